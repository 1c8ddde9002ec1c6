//! Reads every corpus file, and some mutations of each, always the same ones.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot continue should panic")]

use outband_fuzz::random::Random;
use outband_fuzz::{TARGETS, Target, corpus, mutate};

fn holds(name: &str) {
    let target = Target::named(name).unwrap();
    let corpus = corpus::of(target).unwrap();
    let mut accepted = 0;
    for (nth, input) in (0..).zip(&corpus) {
        let read = |bytes: &[u8]| match (target.read)(bytes) {
            Ok(accepted) => accepted,
            Err(broken) => panic!("{}: {broken}\n{:?}", input.file.display(), String::from_utf8_lossy(bytes)),
        };
        accepted += usize::from(read(&input.bytes));
        let mut random = Random::new(nth);
        for _ in 0..target.mutations {
            let other = random.pick(&corpus).unwrap();
            read(&mutate::mutate(&input.bytes, &other.bytes, &mut random));
        }
    }
    assert!(
        accepted > 0,
        "no input in the corpus of {name} is accepted: the format that it was made for has changed"
    );
}

macro_rules! targets {
    ($($test:ident: $name:literal,)*) => {
        const TESTED: &[&str] = &[$($name),*];
        $(#[test] fn $test() { holds($name); })*
    };
}

targets! {
    notes: "note",
    entries: "entry",
    texts: "text",
    checkpoints: "checkpoint",
    tile_paths: "tile-path",
    bundles: "bundle",
    ssh_signatures: "ssh",
    keys: "key",
    documents: "document",
    posts: "posts",
}

#[test]
fn every_target_is_tested() {
    let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, TESTED);
}
