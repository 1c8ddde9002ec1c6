//! One admission: `verify` refuses what a station refuses, for the same reason, and accepts what it accepts.

use std::sync::LazyLock;

use outband_keys::{MAX_NOTE_BYTES, Note};
use outband_record::log;
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::verify::{Proven, Unproven};
use outband_station::{MemoryStore, ProblemType};
use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::copies::Copy;
use crate::harness::Harness;
use crate::spoilt::{core, harness, rows};
use crate::texts::{HOUR, START, by_alice, composed, id, key, time, update, value};

/// The entries of a station's log.
fn entries(harness: &Harness) -> Vec<Vec<u8>> {
    (0..harness.tree().size).map(|index| harness.get(&log::note_path(index)).0.body).collect()
}

/// The entry that a station without admission would make of a note: with its receipt, if there is a text.
fn entry(note: &[u8], now: u64) -> Vec<u8> {
    let Ok(parsed) = Note::parse(note) else { return note.to_vec() };
    let receipt = key("station1").receipt(parsed.text(), now).unwrap();
    let armoured = [note, format!("{receipt}\n").as_bytes()].concat();
    // An armoured signature is stored as a line.
    if parsed.ssh().is_empty() { armoured } else { note.to_vec() }
}

/// Why `verify` refuses a log with this last entry; `None` if it does not.
fn verified(before: &[Vec<u8>], last: Vec<u8>, now: u64) -> Option<ProblemType> {
    let entries: Vec<_> = before.iter().cloned().chain([last]).collect();
    let roots = [key("carol/root").verifier(), key("dave/root").verifier()];
    let copy = Copy::of_log(&entries, now);
    match Proven::from_source(&copy, Some(&roots), &MemoryStore::default()) {
        Ok(_) => None,
        Err(Unproven::Entry { index, refusal }) => {
            assert_eq!(index, before.len() as u64, "{refusal:?}");
            Some(refusal.problem)
        }
        Err(other) => panic!("{other}"),
    }
}

/// A station's answer to a note: the entry, or the reason for refusing it.
fn received(harness: &Harness, note: &[u8]) -> Result<Vec<u8>, ProblemType> {
    let mut twin = harness.twin();
    let reply = twin.send(note);
    if reply.status() == 201 {
        return Ok(twin.get(&log::note_path(harness.tree().size)).0.body);
    }
    let name = reply.problem();
    Err(*ProblemType::ALL.iter().find(|problem| problem.as_str() == name).unwrap())
}

#[test]
fn a_spoilt_note_is_refused_for_the_same_reason_on_receipt_and_in_a_log() {
    let harness = harness();
    let before = entries(&harness);
    for row in rows() {
        // The rows for notes that are too large are not signed, so they cannot be in a log; the next test has a signed
        // one.
        if row.problem == ProblemType::TooLarge {
            continue;
        }
        assert_eq!(received(&harness, &row.note), Err(row.problem), "{}", row.name);
        assert_eq!(
            verified(&before, entry(&row.note, harness.now), harness.now),
            Some(row.problem),
            "{}",
            row.name
        );
    }
}

#[test]
fn a_note_that_is_too_large_is_too_large_in_an_entry() {
    let harness = harness();
    let mut text = core(|_| {});
    text.push('\n');
    while text.len() < 16_300 {
        text.push_str("More and more.\n");
    }
    let lines: Vec<_> = (0..16).map(|n| key(&format!("p{n}/phone")).sign_note(&text).unwrap()).collect();
    let note = composed(&text, &lines);
    assert_eq!(received(&harness, &note), Err(ProblemType::TooLarge));
    let receipt = key("station1").receipt(&text, harness.now).unwrap();
    let entry = [note.as_slice(), format!("{receipt}\n").as_bytes()].concat();
    assert_eq!(verified(&entries(&harness), entry, harness.now), Some(ProblemType::TooLarge));
}

/// The line of an SSH signature in an entry may be longer than its armour in a note.
#[test]
fn an_entry_may_be_longer_than_a_note_by_the_form_of_its_signature() {
    let harness = harness();
    let note_of = |bytes: usize| {
        let mut text = core(|_| {});
        text.push('\n');
        let signed = |text: &str| composed(text, &[key("alice/phone").sign_note(text).unwrap()]);
        while signed(&text).len() + 200 < bytes {
            text.push_str(&format!("{}\n", "x".repeat(99)));
        }
        text.push_str(&format!("{}\n", "x".repeat(bytes - signed(&text).len() - 1)));
        signed(&text)
    };
    for (more, refused) in [(0, None), (100, None), (101, Some(ProblemType::TooLarge))] {
        let note = note_of(MAX_NOTE_BYTES + more);
        assert_eq!(note.len(), MAX_NOTE_BYTES + more);
        let receipt = key("station1").receipt(Note::parse_entry(&note).unwrap().text(), harness.now).unwrap();
        let entry = [note.as_slice(), format!("{receipt}\n").as_bytes()].concat();
        assert_eq!(verified(&entries(&harness), entry, harness.now), refused, "{more}");
    }
}

#[test]
fn a_time_may_be_ten_minutes_ahead_and_submit_by_the_moment_of_receipt() {
    let harness = harness();
    let now = harness.now;
    let received = |time: u64, submit_by: Option<u64>| {
        let note = core(|u| {
            (u.time, u.submit_by) = (self::time(time), submit_by.map(self::time));
            u.next_update = Some(self::time(now + HOUR));
        });
        harness.twin().send(&by_alice(&note))
    };
    assert_eq!(received(now + 600, None).status(), 201);
    assert_eq!(received(now - 1, Some(now)).status(), 201);
    let ahead = received(now + 601, None);
    assert_eq!(ahead.problem(), "time-in-future");
    assert!(
        ahead.text().contains("which is 601 seconds ahead") && ahead.text().contains("at most 600"),
        "{}",
        ahead.text()
    );
    assert_eq!(received(now - 2, Some(now - 1)).problem(), "past-submit-by");
}

#[test]
fn the_refusal_of_a_line_begins_with_its_number() {
    let mut harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let refused = harness.send(&by_alice(&text.replace("phase: investigating", "phase: broken")));
    assert_eq!((refused.problem().as_str(), &refused.json()["line"]), ("bad-value", &6.into()));
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("line 6: \"phase\" has the value \"broken\""), "{detail}");
}

/// Those that are most like it at both ends come first.
#[test]
fn what_is_open_is_named_to_those_who_end_what_nobody_began() {
    let mut harness = Harness::set_up();
    let likest_first = ["abcdefgxxx", "abcxxxxhij", "zzzzzzzhij", "zzzzzzzzzz"];
    for (number, slug) in likest_first.iter().rev().enumerate() {
        let text = update(number as u64 + 1, harness.now, slug, Phase::Investigating).print();
        harness.accept(&by_alice(&text));
    }
    // Neither of these is open: a drill, and a maintenance that is over, but whose report is still to come.
    let mut drill = update(20, harness.now, "abcdefghi-drill", Phase::Investigating);
    drill.drill = Some(value("yes"));
    harness.accept(&by_alice(&drill.print()));
    let mut over = update(21, harness.now, "abcdefghi-over", Phase::Scheduled);
    harness.accept(&by_alice(&over.print()));
    over = update(22, harness.now, "abcdefghi-over", Phase::Completed);
    over.report = Some(value("promised 2013-12-01"));
    harness.accept(&by_alice(&over.print()));
    let open = harness.document(paths::STATUS_JSON)["open"].as_array().unwrap().len();
    assert_eq!(open, likest_first.len());
    assert!(harness.document(paths::WATCH_JSON).to_string().contains("abcdefghi-over"), "it is watched");
    let refused = harness.send(&by_alice(&update(9, harness.now, "abcdefghij", Phase::Resolved).print()));
    let named = format!("Open now: {}", likest_first.join(", "));
    assert!(refused.text().contains(&named), "{}", refused.text());
}

/// A change of one line of a text.
#[derive(Clone, Debug)]
enum Change {
    Drop(Index),
    Double(Index),
    Swap(Index, Index),
    /// Replaces the line's value by another one, possibly one for another kind of line.
    Value(Index, String),
    Add(String),
}

fn values() -> impl Strategy<Value = String> {
    let mut values: Vec<String> = [
        "core",
        "upgrade",
        "fire",
        "edge",
        "none",
        "yes",
        "de",
        "notice",
        "resolved",
        "monitoring",
        "scheduled",
        "mail outage",
        "mail/us outage",
        "voice degraded",
        "files",
        "loss none",
        "ours confirmed",
        "x",
        "upstream Acme suspected",
        "status.example.org",
        "critical",
        "unknown",
    ]
    .map(str::to_owned)
    .to_vec();
    values.extend((0..5).map(|n| id(n).to_string()));
    values.extend([0, 599, 601, 2 * HOUR].map(|later| time(START + later).to_string()));
    select(values)
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let names = select(vec![
        "corrects",
        "retracts",
        "translates",
        "lang",
        "drill",
        "continues-in",
        "recurrence-of",
        "submit-by",
        "affects",
        "unaffected",
        "data",
        "fault",
        "impact",
        "ended",
        "started",
    ]);
    let change = prop_oneof![
        1 => any::<Index>().prop_map(Change::Drop),
        1 => any::<Index>().prop_map(Change::Double),
        1 => any::<(Index, Index)>().prop_map(|(a, b)| Change::Swap(a, b)),
        4 => (any::<Index>(), values()).prop_map(|(at, value)| Change::Value(at, value)),
        4 => (names, values()).prop_map(|(name, value)| Change::Add(format!("{name}: {value}"))),
    ];
    vec(change, 0..4)
}

/// The text with these changes, its lines in the order of the grammar as far as it has them.
fn changed(text: &str, changes: &[Change]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for change in changes {
        match change {
            Change::Drop(at) => drop(lines.remove(at.index(lines.len()))),
            Change::Double(at) => {
                let line = lines[at.index(lines.len())].clone();
                lines.push(line);
            }
            Change::Swap(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
                continue;
            }
            Change::Value(at, value) => {
                let at = at.index(lines.len().min(9));
                let line = &mut lines[at];
                let name = line.split(':').next().unwrap().to_owned();
                *line = format!("{name}: {value}");
            }
            Change::Add(line) => lines.push(line.clone()),
        }
        let order = |line: &String| {
            let name = line.split(": ").next().unwrap_or_default();
            outband_record::text::Update::HEADERS.iter().position(|header| header.name == name)
        };
        lines[1..].sort_by_key(order);
    }
    lines.join("\n") + "\n"
}

static BEFORE: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| entries(&harness()));

proptest! {
    #[test]
    fn a_station_and_verify_agree_on_every_note(
        changes in changes(),
        signers in select(vec![
            &["alice/phone"][..], &["bob/laptop"], &["alice/phone", "bob/laptop"], &["carol/root"],
            &["erin/phone"], &["mallory/phone"], &["alice/phone", "mallory/phone"],
            &["alice/phone", "carol/root"], &["alice/phone", "frank/phone"],
        ]),
        is_last_forged in weighted(0.2),
    ) {
        let harness = copy_of_harness();
        let text = changed(&core(|_| {}), &changes);
        let known = signers.iter().filter(|_| Note::check_text(&text).is_ok());
        let known: Vec<_> = known.copied().collect();
        let mut lines: Vec<_> = known.iter().map(|name| key(name).sign_note(&text).unwrap()).collect();
        if let (true, Some(last), Some(name)) = (is_last_forged, lines.last_mut(), known.last()) {
            *last = key(name).sign_note("Another text.\n").unwrap();
        }
        let note = composed(&text, &lines);
        match received(&harness, &note) {
            Ok(leaf) => prop_assert_eq!(verified(&BEFORE, leaf, harness.now), None, "{}", text),
            Err(problem) => {
                let found = verified(&BEFORE, entry(&note, harness.now), harness.now);
                prop_assert_eq!(found, Some(problem), "{}", text);
            }
        }
    }
}

/// The station of [`harness`], created once.
fn copy_of_harness() -> Harness {
    static MADE: LazyLock<MemoryStore> = LazyLock::new(|| harness().store);
    Harness::on(MADE.clone(), START)
}
