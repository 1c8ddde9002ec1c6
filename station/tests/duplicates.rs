//! Repeated notes, and a store that fails: an acknowledged note is in the log once, and any other may be sent again.

use outband_record::text::Phase;
use outband_site::paths;
use outband_station::{Enrolled, Outcome, ProblemType, Request};

use crate::harness::{Harness, OPERATORS};
use crate::redact::redact;
use crate::stores::Full;
use crate::texts::{by_alice, by_carol, composed, key, roster, signed, site, update};

#[test]
fn a_repeated_note_gets_its_first_receipt_and_changes_nothing() {
    let mut harness = Harness::empty();
    let notes = [
        by_carol(&roster(1, &OPERATORS).print()),
        by_carol(&site(1).print()),
        by_alice(&update(1, harness.now, "core", Phase::Investigating).print()),
        signed(&update(2, harness.now, "edge", Phase::Investigating).print(), &["bob/laptop"]),
    ];
    let receipts: Vec<_> = notes.iter().map(|note| harness.accept(note).json()).collect();
    harness.pass(7 * 3600);
    let before = harness.dump();
    for (note, first) in notes.iter().zip(&receipts) {
        let reply = harness.send(note);
        assert_eq!(reply.status(), 200, "{}", reply.text());
        let again = reply.json();
        for member in ["index", "receipt", "received", "entry", "page"] {
            assert_eq!(again.get(member), first.get(member), "{member}");
        }
        assert!(again["remark"].as_str().unwrap().contains("already"), "{again}");
    }
    assert_eq!(harness.dump(), before);
}

/// The first note's signatures remain: only the text tells notes apart.
#[test]
fn the_same_text_with_other_signatures_is_the_same_note() {
    let mut harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let first = harness.accept(&by_alice(&text)).json();
    let before = harness.dump();
    let own = first["receipt"].as_str().unwrap().parse().unwrap();
    for note in [
        signed(&text, &["bob/laptop"]),
        signed(&text, &["alice/phone", "bob/laptop"]),
        signed(&text, &["alice/phone", "mallory/phone"]),
        composed(&text, &[key("alice/phone").sign_note(&text).unwrap(), own]),
        composed(
            &text,
            &[key("alice/phone").sign_note(&text).unwrap(), key("station2").receipt(&text, 1).unwrap()],
        ),
    ] {
        let reply = harness.send(&note);
        assert_eq!((reply.status(), &reply.json()["receipt"]), (200, &first["receipt"]));
        assert_eq!(harness.dump(), before);
    }
}

/// An entry that returns to the station that first received it keeps that station's receipt and gets no second one.
#[test]
fn a_station_does_not_add_a_second_receipt() {
    let mut harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let lines = [
        key("station1").receipt(&text, harness.now + 7).unwrap(),
        key("alice/phone").sign_note(&text).unwrap(),
        key("station2").receipt(&text, harness.now + 9).unwrap(),
    ];
    harness.now += 600;
    let receipt = harness.accept(&composed(&text, &lines)).json();
    assert_eq!(receipt["receipt"], lines[0].to_string());
    assert_eq!(receipt["received"], "2013-09-03T11:00:07Z");
    let [own, alice, second] = lines;
    assert_eq!(harness.get("/log/2.note").0.body, composed(&text, &[alice, own, second]));
    assert_eq!(harness.send(&by_alice(&text)).json()["receipt"], receipt["receipt"]);
    harness.verify_whole();
}

#[test]
fn after_a_failed_commit_the_note_can_be_sent_again() {
    let harness = Harness::set_up();
    let note = by_alice(&update(1, harness.now, "core", Phase::Investigating).print());
    let mut full = Harness::on(Full(harness.store.clone()), harness.now);
    for _ in 0..2 {
        let reply = full.send(&note);
        assert_eq!((reply.status(), reply.problem().as_str()), (503, "station-fault"));
        assert!(reply.text().contains("no space left on device"), "{}", reply.text());
        assert!(reply.header("retry-after").is_some());
    }
    let after = Harness::on(full.store.0.clone(), harness.now);
    assert_eq!(after.dump(), harness.dump());
    assert!(full.station.tick(&mut full.store, full.now + 60).is_err());
    assert_eq!(full.get(paths::INDEX).status(), 200, "reads still work");

    let mut repaired = after;
    repaired.now += 60;
    assert_eq!(repaired.accept(&note).json()["index"], 2);
    repaired.verify_whole();
}

/// What hosts answer before the writer's queue: repetitions only, and nothing that would be news.
#[test]
fn repetitions_are_answered_without_the_writer() {
    let mut harness = Harness::set_up();
    let note = by_alice(&update(1, harness.now, "core", Phase::Investigating).print());
    let request = |note: &[u8]| Request {
        method: "POST".to_owned(),
        path: "/notes".to_owned(),
        body: note.to_vec(),
        ..Request::default()
    };
    let answered = |harness: &Harness, note: &[u8]| {
        let enrolled = Enrolled::read(&harness.store).unwrap();
        let genuine = harness.station.screen(&enrolled, &request(note)).unwrap();
        harness.station.repeated(&harness.store, &genuine).and_then(|handled| handled.outcome)
    };
    assert_eq!(answered(&harness, &note), None);
    harness.accept(&note);
    assert_eq!(answered(&harness, &note), Some(Outcome::Known { index: 2 }));
    assert_eq!(redact(&mut harness, 2, 1, None).status(), 201);
    assert_eq!(answered(&harness, &note), Some(Outcome::Refused(ProblemType::Redacted)));
    let other = by_alice(&update(2, harness.now, "core", Phase::Identified).print());
    assert_eq!(answered(&harness, &other), None);
}
