//! How far a verification has got.

use outband_record::text::Phase;
use outband_station::MemoryStore;
use outband_station::verify::Log;

use crate::copies::{Copy, entry};
use crate::harness::OPERATORS;
use crate::texts::{START, by_alice, by_carol, roster, site, update};

/// 22 entries in two files of hashes and bundles, 20 incidents of four files each, and 22 documents of notes.
#[test]
fn progress_rises_to_the_end() {
    let mut notes = vec![by_carol(&roster(1, &OPERATORS).print()), by_carol(&site(1).print())];
    let begun = |n: u64| by_alice(&update(n, START, &format!("core-{n}"), Phase::Investigating).print());
    notes.extend((1..=20).map(begun));
    let entries: Vec<_> = notes.iter().map(|note| entry(note, "station1", START)).collect();
    let copy = Copy::of_log(&entries, START);
    let (scratch, mut of_log, mut of_pages) = (MemoryStore::default(), Vec::new(), Vec::new());
    let mut proven = Log::read(&copy, None)
        .unwrap()
        .prove(&scratch, &mut |job| {
            of_log.push((job.of, job.percent));
            true
        })
        .unwrap();
    let rest = proven.rest(true, &mut |job| {
        of_pages.push((job.of, job.percent));
        true
    });
    rest.unwrap();
    assert_eq!(of_log, [("the log", 8), ("the log", 75), ("the log", 99)]);
    let begin = [15, 31, 47, 62, 78].map(|percent| ("the pages", percent));
    assert_eq!(of_pages[..5], begin);
    assert!(of_pages.is_sorted() && of_pages.last() == Some(&("the pages", 99)), "{of_pages:?}");
}
