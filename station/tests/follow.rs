//! Followers have every file of the station that they follow, and refuse whatever contradicts what they hold.

use std::cell::{Cell, RefCell};

use outband_keys::{Note, VerifierKey};
use outband_record::log;
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::verify::{Source, SourceError, Unproven};
use outband_station::{FollowError, Followed, Follower, MemoryStore, Stamp, Station, Store as _};
use proptest::prelude::*;

use crate::copies::Copy;
use crate::harness::{Harness, OPERATORS, station_with_keys};
use crate::history;
use crate::redact::redact;
use crate::steps::{Walk, config, step};
use crate::texts::{DAY, HOUR, MINUTE, by_alice, by_carol, id, key, roster, site, update};

/// The way to a station, which may be interrupted, or replace files. Records what crossed it.
struct Wire<'h> {
    to: &'h Harness,
    read: RefCell<Vec<(String, usize)>>,
    /// After how many reads the connection fails.
    until: Cell<usize>,
    replaced: Vec<(String, Vec<u8>)>,
}

impl<'h> Wire<'h> {
    fn to(to: &'h Harness) -> Self {
        Self { to, read: RefCell::default(), until: Cell::new(usize::MAX), replaced: Vec::new() }
    }

    fn bytes(&self) -> usize {
        self.read.borrow().iter().map(|(_, bytes)| bytes).sum()
    }

    fn paths(&self) -> Vec<String> {
        self.read.borrow().iter().map(|(path, _)| path.clone()).collect()
    }
}

impl Source for Wire<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        if self.read.borrow().len() >= self.until.get() {
            return Err(SourceError { path: path.to_owned(), what: "no route to host".to_owned() });
        }
        let replaced = self.replaced.iter().find(|(replaced, _)| replaced == path);
        let found = match replaced {
            Some((_, body)) => Some(body.clone()),
            None => self.to.read(path)?,
        };
        self.read.borrow_mut().push((path.to_owned(), found.as_ref().map_or(0, Vec::len)));
        Ok(found)
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

fn mirror<'k>(now: u64) -> Follower<'k> {
    Follower { roots: None, latest: now + DAY, stamp: Stamp::Theirs }
}

fn follow(source: &dyn Source, store: &mut MemoryStore, now: u64) -> Result<Followed, FollowError> {
    mirror(now).follow(source, store)
}

/// A mirror of the station.
fn mirror_of(harness: &Harness) -> MemoryStore {
    let mut store = MemoryStore::default();
    follow(harness, &mut store, harness.now).unwrap();
    store
}

/// Every file but those named.
fn contents<'s>(store: &'s MemoryStore, without: &[&str]) -> Vec<(&'s str, &'s [u8])> {
    let files = store.files().filter(|file| !without.contains(&file.path.as_str()));
    files.map(|file| (file.path.as_str(), file.body.as_slice())).collect()
}

#[track_caller]
fn assert_same(harness: &Harness, store: &MemoryStore, without: &[&str]) {
    let (theirs, ours) = (contents(&harness.store, without), contents(store, without));
    let differing = theirs.iter().zip(&ours).find(|(theirs, ours)| theirs != ours);
    let shown = differing.map(|(theirs, ours)| {
        [theirs, ours].map(|(path, body)| format!("{path}\n{}", String::from_utf8_lossy(body)))
    });
    assert!(theirs == ours, "{} and {} files; {shown:#?}", theirs.len(), ours.len());
}

fn say(harness: &mut Harness, n: u64, slug: &str, phase: Phase) {
    harness.now += MINUTE;
    harness.accept(&by_alice(&update(n, harness.now, slug, phase).print()));
}

proptest! {
    #![proptest_config(config())]

    /// One follower sees every step, another only some, a third is a second station with a clock of its own.
    #[test]
    fn followers_have_the_files_of_the_station(
        steps in prop::collection::vec((step(), any::<bool>(), proptest::option::weighted(0.1, 0..20_usize)), 1..24),
    ) {
        let mut walk = Walk::begin();
        let (mut close, mut seldom, mut second) =
            (MemoryStore::default(), MemoryStore::default(), MemoryStore::default());
        let (own, station) = (key("station2"), second_station());
        for (step, is_seen, redacted) in &steps {
            walk.take(step);
            if let Some((_, update)) = redacted.and_then(|nth| walk.logged.get(nth).cloned()) {
                let of = (2..walk.harness.tree().size).find(|index| {
                    walk.harness.get(&log::note_path(*index)).text().contains(&format!("id: {update}\n"))
                });
                if let Some(entry) = of {
                    let number = (0..10_000).find(|number| id(*number) == update).unwrap();
                    redact(&mut walk.harness, entry, number, None);
                }
            }
            walk.harness.settle();
            // The station's clock may be set back by more than is believed.
            let any = Follower { latest: u64::MAX, ..mirror(0) };
            any.follow(&walk.harness, &mut close).unwrap();
            assert_same(&walk.harness, &close, &[]);
            if *is_seen {
                any.follow(&walk.harness, &mut seldom).unwrap();
                assert_same(&walk.harness, &seldom, &[]);
                // Of the same time, files are the same.
                let now = walk.harness.station.stored_time(&walk.harness.store).unwrap();
                let stamp = Stamp::Own { key: &own, now };
                Follower { stamp, ..any }.follow(&walk.harness, &mut second).unwrap();
                station.tick(&mut second, now).unwrap();
                assert_same(&walk.harness, &second, &[paths::CHECKPOINT]);
            }
        }
    }
}

#[test]
fn one_update_costs_its_note_and_a_checkpoint() {
    let mut harness = Harness::on(history::restored(300), crate::texts::START);
    history::say(&mut harness, 300);
    let mut store = mirror_of(&harness);
    history::say(&mut harness, 301);
    let wire = Wire::to(&harness);
    let size = harness.tree().size;
    assert_eq!(follow(&wire, &mut store, harness.now), Ok(Followed::Extended { from: size - 1, to: size }));
    let note = log::note_path(size - 1);
    assert_eq!(wire.paths(), [paths::CHECKPOINT, &note]);
    let [checkpoint, note] = [paths::CHECKPOINT, &note].map(|path| harness.get(path).0.body.len());
    assert!(wire.bytes() <= 3 * note + checkpoint, "{} bytes", wire.bytes());

    let wire = Wire::to(&harness);
    assert_eq!(follow(&wire, &mut store, harness.now), Ok(Followed::Unchanged));
    assert_eq!(wire.paths(), [paths::CHECKPOINT]);
    harness.pass(MINUTE);
    assert_eq!(follow(&harness, &mut store, harness.now), Ok(Followed::Renewed));
    assert_same(&harness, &store, &[]);
}

#[test]
fn a_follower_that_was_away_for_long_reads_bundles() {
    let mut harness = Harness::on(history::restored(240), crate::texts::START);
    history::say(&mut harness, 240);
    let mut store = mirror_of(&harness);
    let from = harness.tree().size;
    (241..270).for_each(|n| history::say(&mut harness, n));
    let (wire, to) = (Wire::to(&harness), harness.tree().size);
    assert_eq!(follow(&wire, &mut store, harness.now), Ok(Followed::Extended { from, to }));
    let bundles = log::bundles(to).map(|(path, _)| path);
    assert_eq!(wire.paths(), [paths::CHECKPOINT.to_owned()].into_iter().chain(bundles).collect::<Vec<_>>());
    assert_same(&harness, &store, &[]);
}

/// Wherever the connection fails, nothing is written, and the next attempt succeeds.
#[test]
fn an_interruption_leaves_what_was_held() {
    let mut harness = Harness::set_up();
    let mut store = mirror_of(&harness);
    say(&mut harness, 1, "core", Phase::Investigating);
    say(&mut harness, 2, "core", Phase::Identified);
    let wire = Wire::to(&harness);
    for until in 0..3 {
        wire.until.set(until);
        wire.read.borrow_mut().clear();
        let before = store.clone();
        let failed = follow(&wire, &mut store, harness.now).unwrap_err();
        assert!(matches!(failed, FollowError::Unproven(Unproven::Source(_))), "{failed}");
        assert_eq!(contents(&store, &[]), contents(&before, &[]));
    }
    wire.until.set(3);
    wire.read.borrow_mut().clear();
    follow(&wire, &mut store, harness.now).unwrap();
    assert_same(&harness, &store, &[]);
}

/// Two stations of one log that have said different things.
fn forked(before: u64, one: u64, other: u64) -> [Harness; 2] {
    let mut first = Harness::set_up();
    (0..before).for_each(|n| say(&mut first, n, "core", Phase::Investigating));
    let mut second = first.twin();
    (0..one).for_each(|n| say(&mut first, 100 + n, "core", Phase::Identified));
    (0..other).for_each(|n| say(&mut second, 200 + n, "core", Phase::Monitoring));
    [first, second]
}

#[test]
fn two_histories_are_proven_by_their_checkpoints() {
    for (one, other) in [(1, 1), (2, 1), (1, 2), (1, 20), (20, 1)] {
        let [first, second] = forked(3, one, other);
        let mut store = mirror_of(&first);
        let before = store.clone();
        let refused = follow(&second, &mut store, second.now).unwrap_err();
        let FollowError::Contradiction { held, found } = refused else { panic!("{one} {other}: {refused}") };
        assert_eq!(held, first.get(paths::CHECKPOINT).text());
        assert_eq!(found, second.get(paths::CHECKPOINT).text());
        for checkpoint in [held, found] {
            let note = Note::parse(checkpoint.as_bytes()).unwrap();
            assert!(note.verify(&[key("log1").verifier()]).is_ok());
        }
        assert_eq!(contents(&store, &[]), contents(&before, &[]), "{one} {other}");
    }
}

#[test]
fn a_follower_never_goes_back() {
    let mut harness = Harness::set_up();
    let old = harness.twin();
    say(&mut harness, 1, "core", Phase::Investigating);
    let earlier = harness.twin();
    harness.pass(HOUR);
    let mut store = mirror_of(&harness);
    for (source, found) in [
        (&old, Followed::Behind { found: 2, held: 3 }),
        (&earlier, Followed::Unchanged),
        (&harness, Followed::Unchanged),
    ] {
        assert_eq!(follow(source, &mut store, harness.now), Ok(found));
        assert_same(&harness, &store, &[]);
    }
    // Longer, but cosigned before what is held: by a clock that was set back.
    let mut behind = earlier.twin();
    say(&mut behind, 2, "core", Phase::Identified);
    let refused = follow(&behind, &mut store, harness.now).unwrap_err().to_string();
    assert!(refused.contains("before what is held"), "{refused}");
    assert_same(&harness, &store, &[]);
}

/// What the log's key has not signed proves nothing against it.
#[test]
fn a_forged_checkpoint_is_no_contradiction() {
    let [first, second] = forked(3, 1, 1);
    let mut store = mirror_of(&first);
    let unsigned = second.get(paths::CHECKPOINT).text().replacen("/log1 ", "/log2 ", 1);
    let wire =
        Wire { replaced: vec![(paths::CHECKPOINT.to_owned(), unsigned.into_bytes())], ..Wire::to(&second) };
    let refused = follow(&wire, &mut store, first.now).unwrap_err();
    assert!(matches!(refused, FollowError::Unproven(Unproven::Checkpoint { .. })), "{refused}");
}

/// Every file that is read, replaced by another: nothing is written.
#[test]
fn wrong_bytes_are_refused() {
    let mut harness = Harness::set_up();
    let mut store = mirror_of(&harness);
    say(&mut harness, 1, "core", Phase::Investigating);
    let before = store.clone();
    let wire = Wire::to(&harness);
    follow(&wire, &mut store.clone(), harness.now).unwrap();
    for path in wire.paths() {
        let right = harness.get(&path).0.body;
        for at in (0..right.len()).step_by(7) {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            let mut replaced = vec![(path.clone(), wrong.clone())];
            // A note alone is read again in its bundle.
            let bundle = log::bundles(harness.tree().size).last().unwrap().0;
            if path != paths::CHECKPOINT {
                let body = String::from_utf8_lossy(&harness.get(&bundle).0.body).into_owned();
                let forged =
                    body.replace(&*String::from_utf8_lossy(&right), &String::from_utf8_lossy(&wrong));
                replaced.push((bundle, forged.into_bytes()));
            }
            let wire = Wire { replaced, ..Wire::to(&harness) };
            let refused = follow(&wire, &mut store, harness.now);
            assert!(matches!(refused, Err(FollowError::Unproven(_))), "{path} {at}: {refused:?}");
            assert_eq!(contents(&store, &[]), contents(&before, &[]));
        }
    }
}

#[test]
fn a_single_note_that_was_changed_on_the_way_is_read_from_its_bundle() {
    let mut harness = Harness::set_up();
    let mut store = mirror_of(&harness);
    say(&mut harness, 1, "core", Phase::Investigating);
    let replaced = vec![(log::note_path(2), b"<html>Please sign in</html>".to_vec())];
    let wire = Wire { replaced, ..Wire::to(&harness) };
    assert_eq!(follow(&wire, &mut store, harness.now), Ok(Followed::Extended { from: 2, to: 3 }));
    assert_same(&harness, &store, &[]);
}

#[test]
fn only_the_roots_that_are_known_found_a_log() {
    let harness = Harness::set_up();
    let roots = |names: &[&str]| names.iter().map(|name| key(name).verifier()).collect::<Vec<VerifierKey>>();
    let follow = |roots: &[VerifierKey]| {
        let follower = Follower { roots: Some(roots), ..mirror(harness.now) };
        follower.follow(&harness, &mut MemoryStore::default())
    };
    assert!(follow(&roots(&["carol/root", "dave/root"])).is_ok());
    let refused = follow(&roots(&["carol/root"])).unwrap_err();
    assert!(matches!(refused, FollowError::Unproven(Unproven::Entry { index: 0, .. })), "{refused}");
}

#[test]
fn a_time_that_has_not_come_is_refused() {
    let mut harness = Harness::set_up();
    let mut store = mirror_of(&harness);
    let now = harness.now;
    harness.pass(2 * DAY);
    for store in [&mut store, &mut MemoryStore::default()] {
        let refused = follow(&harness, store, now).unwrap_err().to_string();
        assert!(refused.contains("has not come yet"), "{refused}");
    }
}

/// A redaction that came between two visits, of an entry that the follower has, and of one that it never had.
#[test]
fn a_redaction_leaves_the_text_nowhere() {
    for had in [true, false] {
        let mut harness = Harness::set_up();
        let mut store = mirror_of(&harness);
        say(&mut harness, 1, "core", Phase::Investigating);
        if had {
            follow(&harness, &mut store, harness.now).unwrap();
        }
        say(&mut harness, 2, "core", Phase::Identified);
        assert_eq!(redact(&mut harness, 2, 1, None).status(), 201);
        say(&mut harness, 3, "core", Phase::Monitoring);
        follow(&harness, &mut store, harness.now).unwrap();
        assert_same(&harness, &store, &[]);
        let text = "investigating of core";
        assert!(!store.files().any(|file| String::from_utf8_lossy(&file.body).contains(text)));
    }
}

fn second_station() -> Station {
    let roots = ["carol/root", "dave/root"].map(|name| key(name).verifier().to_string()).join(" ");
    Station::second(Some(crate::texts::ORIGIN), Some(&roots), Some(&key("station2").encode())).unwrap()
}

/// While the first is away, time goes on at the second: promises become overdue, and its checkpoint is fresh.
#[test]
fn a_second_station_has_a_clock_of_its_own() {
    let mut harness = Harness::set_up();
    say(&mut harness, 1, "core", Phase::Investigating);
    let (own, station) = (key("station2"), second_station());
    let mut store = MemoryStore::default();
    let follow = |harness: &Harness, store: &mut MemoryStore| {
        let stamp = Stamp::Own { key: &own, now: harness.now };
        Follower { stamp, ..mirror(harness.now) }.follow(harness, store).unwrap()
    };
    assert_eq!(follow(&harness, &mut store), Followed::Extended { from: 0, to: 3 });
    assert_same(&harness, &store, &[paths::CHECKPOINT]);

    harness.now += 2 * HOUR;
    station.tick(&mut store, harness.now).unwrap();
    let status = store.get(paths::STATUS_JSON).unwrap().unwrap();
    assert!(String::from_utf8(status.body).unwrap().contains("\"overdue\":true"));
    let stamped = store.get(paths::CHECKPOINT).unwrap().unwrap();
    let note = Note::parse(&stamped.body).unwrap();
    let stations = [own.verifier()];
    assert_eq!(note.cosignatures(&stations).unwrap()[0].time, harness.now);
    assert!(note.verify(&[key("log1").verifier()]).is_ok());

    harness.tick();
    assert_eq!(follow(&harness, &mut store), Followed::Unchanged);
    assert_same(&harness, &store, &[paths::CHECKPOINT]);
    say(&mut harness, 2, "core", Phase::Resolved);
    assert_eq!(follow(&harness, &mut store), Followed::Extended { from: 3, to: 4 });
    assert_same(&harness, &store, &[paths::CHECKPOINT]);
}

/// A second station whose clock is behind is proven all the same, also after a redaction.
#[test]
fn a_slow_clock_makes_no_unprovable_files() {
    for behind in [5, 5 * MINUTE] {
        let mut harness = Harness::set_up();
        say(&mut harness, 1, "core", Phase::Investigating);
        let (own, mut store) = (key("station2"), MemoryStore::default());
        let follow = |harness: &Harness, store: &mut MemoryStore| {
            let stamp = Stamp::Own { key: &own, now: harness.now - behind };
            Follower { stamp, ..mirror(harness.now) }.follow(harness, store).unwrap()
        };
        follow(&harness, &mut store);
        say(&mut harness, 2, "core", Phase::Identified);
        follow(&harness, &mut store);
        assert_eq!(redact(&mut harness, 2, 1, None).status(), 201);
        follow(&harness, &mut store);
        let second = Harness { station: station_with_keys("log1", "station2"), store, now: harness.now };
        second.verify();
        say(&mut harness, 3, "core", Phase::Resolved);
        let mut store = second.store;
        follow(&harness, &mut store);
        Harness { station: station_with_keys("log1", "station2"), store, now: harness.now }.verify();
    }
}

#[test]
fn a_second_station_must_be_in_the_roster() {
    let mut harness = Harness::set_up();
    let other = key("station3");
    let follow = |harness: &Harness| {
        let stamp = Stamp::Own { key: &other, now: harness.now };
        Follower { stamp, ..mirror(harness.now) }.follow(harness, &mut MemoryStore::default())
    };
    let refused = follow(&harness).unwrap_err();
    assert!(matches!(&refused, FollowError::NotListed { key } if **key == other.verifier()), "{refused}");
    let mut next = roster(2, &OPERATORS);
    next.station.push(other.verifier());
    harness.accept(&by_carol(&next.print()));
    assert!(follow(&harness).is_ok());
}

#[test]
fn an_empty_log_has_nothing_to_follow() {
    let harness = Harness::empty();
    let refused = follow(&harness, &mut MemoryStore::default(), harness.now).unwrap_err();
    assert!(matches!(refused, FollowError::Unproven(_)), "{refused}");
    let another = Copy::of_log(&[], harness.now);
    assert!(follow(&another, &mut MemoryStore::default(), harness.now).is_err());
}

/// A site note, a roster and a removal change files of any age.
#[test]
fn what_changes_old_files_changes_them_in_copies() {
    let mut harness = Harness::on(history::restored(120), crate::texts::START);
    history::say(&mut harness, 120);
    let mut store = mirror_of(&harness);
    harness.accept(&by_carol(&site(7).print()));
    harness.settle();
    follow(&harness, &mut store, harness.now).unwrap();
    assert_same(&harness, &store, &[]);
}
