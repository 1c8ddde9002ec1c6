//! The cost of a publication does not depend on the log's length.

use outband_site::paths;

use crate::harness::Harness;
use crate::history::{PERIOD, restored, say};
use crate::stores::{Counted, Counting, Recording};

/// Publications whose costs are added up: as many as a tile has items, so that every tile width occurs once.
const WINDOW: u64 = 256;

#[test]
fn the_cost_of_a_publication_does_not_depend_on_the_logs_length() {
    let mut costs = Vec::new();
    for from in [10, 1_000, 7 * PERIOD + 1_000] {
        let mut harness = Harness::on(Counting { inner: restored(from), ..Counting::default() }, 0);
        for n in from..from + WINDOW {
            say(&mut harness, n);
        }
        costs.push((from, harness.store.counted.take()));
    }
    let mean = |sum: u64| sum as f64 / WINDOW as f64;
    println!(
        "a publication, mean of {WINDOW}: files and bytes read, files and bytes written, of which tiles"
    );
    for (from, counted) in &costs {
        let Counted { files_read, bytes_read, files_written, bytes_written, tile_bytes } = *counted;
        let [files_read, files_written] = [files_read, files_written].map(mean);
        let [bytes_read, bytes_written, tile_bytes] = [bytes_read, bytes_written, tile_bytes].map(mean);
        println!(
            "{from:>6} entries: {files_read:>5.1} {bytes_read:>9.0}   {files_written:>5.1} {bytes_written:>9.0}   {tile_bytes:>9.0}"
        );
    }
    let [(_, first), (_, short), (_, long)] = costs[..] else { panic!("three windows") };
    assert_eq!(long.files_written, short.files_written);
    // A new log costs less while its lists fill.
    assert!(first.files_written <= short.files_written, "{first:?} {short:?}");
    assert!(
        first.bytes_read <= short.bytes_read && first.bytes_written <= short.bytes_written,
        "{first:?} {short:?}"
    );
    let is_close = |long: u64, short: u64| long.abs_diff(short) <= short / 50;
    for (long, short) in [
        (long.files_read, short.files_read),
        (long.bytes_read, short.bytes_read),
        (long.bytes_written, short.bytes_written),
    ] {
        assert!(is_close(long, short), "{long} is not within 2 % of {short}");
    }
    assert!(mean(long.files_written) < 50.0, "a few dozen files");
}

/// A note, with everything due until the next one, costs one commit with one checkpoint, and each file is read once.
#[test]
fn a_note_is_one_commit_and_reads_each_file_once() {
    let mut harness = Harness::on(Recording { inner: restored(300), ..Recording::default() }, 0);
    for n in 300..340 {
        say(&mut harness, n);
        let mut read = harness.store.read.take();
        read.sort();
        let twice: Vec<_> = read.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert_eq!(twice, [""; 0], "read twice for note {n}");
        let commits = std::mem::take(&mut harness.store.commits);
        let [written] = commits.as_slice() else { panic!("{} commits for note {n}", commits.len()) };
        let checkpoints = written.iter().filter(|path| *path == paths::CHECKPOINT).count();
        assert_eq!(checkpoints, 1, "checkpoints for note {n}");
    }
}

/// Files restored from a log alone equal those published step by step, and publishing continues from them.
#[test]
fn a_station_restored_from_its_log_equals_the_original() {
    let mut published = Harness::on(restored(0), 0);
    for n in 0..20 {
        say(&mut published, n);
    }
    let mut restored = Harness::on(restored(20), published.now);
    for n in 20..24 {
        let bodies = |harness: &Harness| {
            harness.dump().into_values().map(|file| (file.path, file.body)).collect::<Vec<_>>()
        };
        assert_eq!(bodies(&restored), bodies(&published));
        say(&mut published, n);
        say(&mut restored, n);
    }
    restored.verify_whole();
}
