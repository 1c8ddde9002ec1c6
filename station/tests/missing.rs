//! A store that hides a document: every step that needs it is refused and names it, so a missing document is never
//! shown as "no incidents".

use outband_record::text::{Phase, Yes};
use outband_site::{pages, paths};
use outband_station::{File, MemoryStore, Store, StoreError};

use crate::harness::{Harness, OPERATORS};
use crate::spoilt::{core, harness};
use crate::stores::Recording;
use crate::texts::{DAY, by_carol, id, redaction, revocation, roster, signed, site, update, value};

/// A store that hides one file.
struct Hiding {
    inner: MemoryStore,
    hidden: String,
}

impl Store for Hiding {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        if path == self.hidden { Ok(None) } else { self.inner.get(path) }
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.inner.commit(batch)
    }
}

/// A step of a station.
enum Work {
    Note(Vec<u8>),
    /// A tick after this many seconds.
    Tick(u64),
    /// A step of a re-rendering after an upgrade, with this budget.
    Upgrade(u64),
}

impl Work {
    /// Performs the step, and returns the error if it was refused.
    fn done<S: Store>(&self, mut harness: Harness<S>) -> (Harness<S>, Result<(), String>) {
        let done = match self {
            Work::Note(note) => {
                let reply = harness.send(note);
                if reply.status() < 300 { Ok(()) } else { Err(reply.text()) }
            }
            Work::Tick(later) => {
                harness.now += later;
                let ticked = harness.station.tick(&mut harness.store, harness.now);
                ticked.map(drop).map_err(|error| error.to_string())
            }
            Work::Upgrade(budget) => {
                let renderer = if *budget == 0 { pages::RENDERER } else { "another" };
                let done = harness.station.rebuild(&mut harness.store, renderer, harness.now, *budget);
                done.map(drop).map_err(|error| error.to_string())
            }
        };
        (harness, done)
    }
}

/// Every kind of step.
fn steps(harness: &Harness) -> Vec<(&'static str, Work)> {
    let now = harness.now;
    let by_two = |text: String| Work::Note(signed(&text, &["alice/phone", "bob/laptop"]));
    let [alice, bob, _] = OPERATORS;
    let mut last = roster(4, &[alice, bob]);
    last.rule.clear();
    let mut drill = update(101, now, "fire", Phase::Resolved);
    drill.drill = Some(Yes::Yes);
    let leaf = harness.get("/log/2.note").0.body;
    vec![
        ("an update", by_two(core(|_| {}))),
        ("a correction", by_two(core(|u| u.corrects = Some(id(1))))),
        ("the end", by_two(core(|u| (u.phase, u.next_update) = (Phase::Resolved, None)))),
        (
            "a translation",
            by_two(core(|u| {
                (u.next_update, u.affects, u.lang) = (None, Vec::new(), Some(value("de")));
                u.translates = Some(id(1));
            })),
        ),
        ("another incident", by_two(update(102, now, "edge", Phase::Investigating).print())),
        (
            "a recurrence",
            by_two(core(|u| u.recurrence_of = Some(value("core2"))).replace("core2", "upgrade")),
        ),
        ("a drill", by_two(drill.print())),
        ("a site note", Work::Note(by_carol(&site(2).print()))),
        ("a roster", Work::Note(by_carol(&last.print()))),
        ("a revocation", Work::Note(by_carol(&revocation(9, now, "bob/laptop", Some(2)).print()))),
        ("a redaction", Work::Note(by_carol(&redaction(9, now, 2, &leaf, 1).print()))),
        ("a minute", Work::Tick(60)),
        ("a promise that is broken", Work::Tick(3600)),
        ("a day", Work::Tick(DAY)),
        ("two months", Work::Tick(62 * DAY)),
        ("a piece of an upgrade", Work::Upgrade(1)),
        ("an upgrade", Work::Upgrade(1000)),
    ]
}

/// Whether a step only reads this file to see whether it changes (a page, a feed, a response in JSON). Such a file is
/// written again if it is hidden.
fn is_output(path: &str) -> bool {
    let outputs = [paths::STATUS_JSON, paths::UPTIME_JSON, paths::UPTIME_CSV];
    !(path.starts_with("/data/") || path.starts_with("/log/")) || outputs.contains(&path)
}

#[test]
fn every_hidden_document_is_noticed() {
    let harness = harness();
    let mut missed = 0;
    for (name, work) in steps(&harness) {
        let recording = Recording { inner: harness.store.clone(), ..Recording::default() };
        let (recording, done) = work.done(Harness::on(recording, harness.now));
        assert_eq!(done, Ok(()), "{name}");
        let mut read = recording.store.read.take();
        read.sort();
        read.dedup();
        for path in read.into_iter().filter(|path| !is_output(path)) {
            let Some(there) = harness.store.get(&path).unwrap() else { continue };
            let hiding = Hiding { inner: harness.store.clone(), hidden: path.clone() };
            let (hiding, done) = work.done(Harness::on(hiding, harness.now));
            // A hidden document that the step only writes is written as usual.
            let written = recording.store.get(&path).unwrap();
            match done {
                Err(error) => assert!(error.contains(&path), "{name}: {path} is not in {error}"),
                Ok(()) => {
                    let after = hiding.store.inner.get(&path).unwrap();
                    assert_eq!(after, written, "{name} continues without {path}");
                    let all = |store: &MemoryStore| {
                        store.files().map(|file| (file.path.clone(), file.body.clone())).collect::<Vec<_>>()
                    };
                    assert_eq!(
                        all(&hiding.store.inner),
                        all(&recording.store.inner),
                        "{name} writes other files without {path}"
                    );
                }
            }
            assert!(!there.body.is_empty(), "{path} is empty");
            missed += 1;
        }
    }
    assert!(missed > 100, "only {missed} documents were hidden");
}

/// If a document is deleted, an upgrade, which writes everything again, either is refused or writes it as it was. Of
/// the log it reads only the entries of updates.
#[test]
fn every_deleted_document_is_noticed_or_restored_by_an_upgrade() {
    let harness = harness();
    let mut missed = 0;
    for file in harness.store.files().filter(|file| file.path.starts_with("/data/") && !is_output(&file.path))
    {
        let mut store = MemoryStore::default();
        let others: Vec<_> = harness.store.files().filter(|other| other.path != file.path).cloned().collect();
        store.commit(&others).unwrap();
        let (after, done) = Work::Upgrade(1000).done(Harness::on(store, harness.now));
        match done {
            Err(error) => {
                assert!(error.contains(&file.path), "{} is not in {error}", file.path);
                missed += 1;
            }
            // A note's document is read only when its id is received again.
            Ok(()) if file.path.starts_with("/data/notes/") => {}
            Ok(()) => assert_eq!(after.get(&file.path).0.body, file.body, "{} is not missed", file.path),
        }
    }
    assert!(missed > 12, "only {missed} were missed");
}
