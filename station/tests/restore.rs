//! A station that lost its store goes on from a copy, as if nothing had happened.

use outband_keys::{KeyKind, SecretKey};
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::verify::{RestoreError, Unproven};
use outband_station::{Checkpoint, File, MemoryStore, Station, Store as _, extends, stored_checkpoint};

use crate::copies::checkpoint;
use crate::harness::{Harness, station_with_keys, station_with_roots, station_with_secrets};
use crate::history;
use crate::stores::Full;
use crate::texts::{HOUR, START, by_alice, key, update};

/// A station that was rebuilt from another's responses.
fn rebuilt(from: &Harness) -> Harness {
    let mut store = MemoryStore::default();
    from.station.restore(from, &mut store).unwrap();
    Harness::on(store, from.now)
}

#[test]
fn both_go_on_in_the_same_way() {
    let mut one = Harness::on(history::restored(300), START);
    history::say(&mut one, 300);
    let mut other = rebuilt(&one);
    for harness in [&mut one, &mut other] {
        history::say(harness, 301);
        harness.pass(HOUR);
        harness.verify_whole();
    }
    let bodies = |harness: &Harness| {
        harness.dump().into_values().map(|file| (file.path, file.body)).collect::<Vec<_>>()
    };
    assert!(bodies(&one) == bodies(&other));
}

#[test]
fn only_the_log_of_a_copy_is_needed() {
    let whole = Harness::set_up();
    let mut store = whole.store.clone();
    store.commit(&[File::new(paths::INDEX.to_owned(), b"All is well".to_vec(), 0)]).unwrap();
    let spoilt = Harness::on(store, whole.now);
    assert_eq!(rebuilt(&spoilt).get(paths::INDEX), whole.get(paths::INDEX));
}

#[test]
fn a_station_that_could_not_continue_the_log_is_refused() {
    let harness = Harness::set_up();
    let restore = |station: Station| station.restore(&harness, &mut MemoryStore::default()).unwrap_err();
    let other = restore(station_with_keys("log2", "station1"));
    assert_eq!(other, RestoreError::OtherKey { setting: "LOG_KEY" });
    let same_name = SecretKey::from_seed(key("log1").verifier().name().clone(), KeyKind::Note, [9; 32]);
    let other = restore(station_with_secrets(&["carol/root", "dave/root"], &same_name, &key("station1")));
    assert_eq!(other, RestoreError::OtherKey { setting: "LOG_KEY" });
    let other = restore(station_with_keys("log1", "station2"));
    assert_eq!(other, RestoreError::OtherKey { setting: "STATION_KEY" });
    let other = restore(station_with_roots(&["carol/root"]));
    assert!(matches!(other, RestoreError::Unproven(Unproven::Entry { index: 0, .. })), "{other}");
}

#[test]
fn a_store_that_fails_is_an_error() {
    let harness = Harness::set_up();
    let failed = harness.station.restore(&harness, &mut Full(MemoryStore::default())).unwrap_err();
    assert!(failed.to_string().contains("the store failed"), "{failed}");
}

#[test]
fn a_store_extends_each_of_its_earlier_checkpoints_and_no_other() {
    let mut harness = Harness::set_up();
    assert_eq!(stored_checkpoint(&MemoryStore::default()), Ok(None));
    let mut earlier = vec![stored_checkpoint(&harness.store).unwrap().unwrap()];
    for n in 1..=5 {
        harness.accept(&by_alice(&update(n, harness.now, "core", Phase::Investigating).print()));
        earlier.push(stored_checkpoint(&harness.store).unwrap().unwrap());
    }
    let newest = earlier.last().unwrap();
    assert_eq!(newest.print(), checkpoint(harness.tree()));
    assert_eq!(extends(&harness.store, newest, newest), Ok(true));
    for (first, second) in earlier.iter().zip(earlier.iter().skip(1)) {
        assert_eq!(extends(&harness.store, newest, first), Ok(true));
        let mut other = second.clone();
        other.tree.root = first.tree.root;
        assert_eq!(extends(&harness.store, newest, &other), Ok(false), "another history");
        let elsewhere = Checkpoint { origin: "status.example.com/log1".to_owned(), ..first.clone() };
        assert_eq!(extends(&harness.store, newest, &elsewhere), Ok(false));
        assert_eq!(extends(&harness.store, first, second), Ok(false), "it is longer");
    }
}
