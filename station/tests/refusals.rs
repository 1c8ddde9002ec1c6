//! Every refusal, one row each: the note and the response. After each, the store is unchanged.

use std::collections::BTreeSet;

use outband_keys::Note;
use outband_record::text::Phase;
use outband_station::ProblemType;

use crate::harness::{Harness, OPERATORS, station_with_roots};
use crate::spoilt::{Row, core, harness, row, rows};
use crate::stores::Recording;
use crate::texts::{by_alice, by_carol, composed, id, key, roster, signed, site, update};

/// Sends the row's note, and checks the response and that nothing has changed.
pub(crate) fn refused(harness: &mut Harness, row: &Row) {
    let before = harness.dump();
    let reply = harness.send(&row.note);
    let name = row.name;
    let note = String::from_utf8_lossy(&row.note);
    assert_ne!(reply.status(), 201, "{name} was accepted:\n{note}");
    let document = reply.json();
    assert_eq!(reply.problem(), row.problem.as_str(), "{name}: {document:#}\n{note}");
    assert_eq!(reply.status(), row.problem.status(), "{name}");
    assert_eq!(document["status"], row.problem.status(), "{name}");
    let detail = document["detail"].as_str().unwrap();
    assert!(detail.contains(row.says), "{name}: {:?} is not in {detail:?}", row.says);
    assert!(detail.ends_with(". Nothing was stored."), "{name}: {detail}");
    // Problems of the note as a whole, of its signatures or of the station have no line number.
    let is_of_a_line = !matches!(
        row.problem,
        ProblemType::Damaged
            | ProblemType::NotUtf8
            | ProblemType::TooLarge
            | ProblemType::NoSignature
            | ProblemType::TooManySignatures
            | ProblemType::BadNote
            | ProblemType::UnknownSigner
            | ProblemType::RevokedSigner
            | ProblemType::BadSignature
            | ProblemType::BadReceipt
            | ProblemType::TooFewPersons
            | ProblemType::OtherRoots
            | ProblemType::StationFault
    );
    assert!(document["line"].is_u64() || !is_of_a_line, "{name} names no line: {document:#}");
    let is_of_a_value =
        is_of_a_line && row.problem.status() != 400 && row.problem != ProblemType::OtherStationKey;
    assert!(document["value"].is_string() || !is_of_a_value, "{name} names no value: {document:#}");
    if row.line.is_some() {
        assert_eq!(document["line"].as_u64(), row.line, "{name}: {document:#}\n{note}");
    }
    if row.value.is_some() {
        assert_eq!(document["value"].as_str(), row.value, "{name}: {document:#}");
    }
    assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{name}");
    assert_eq!(reply.header("cache-control"), Some("no-store"), "{name}");
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{name}");
    assert_eq!(reply.header("retry-after").is_some(), reply.status() == 503, "{name}");
    assert_eq!(harness.dump(), before, "{name} has changed the store");
}

#[test]
fn every_refusal_states_its_reason_and_changes_nothing() {
    let mut harness = harness();
    let rows = rows();
    for row in &rows {
        refused(&mut harness, row);
    }
    harness.accept(&by_alice(&core(|_| {})));

    // The other problems need stations in another state, and have their own tests.
    let elsewhere = [
        ProblemType::NotSetUp,
        ProblemType::OtherRoots,
        ProblemType::StationFault,
        ProblemType::NotOpen,
        ProblemType::TooManyMerged,
        ProblemType::Redacted,
        ProblemType::BadText,
    ];
    let elsewhere = elsewhere.iter().chain(ProblemType::OF_HOSTS).copied();
    let met: BTreeSet<_> = rows.iter().map(|row| row.problem).chain(elsewhere).collect();
    let missing: Vec<_> =
        ProblemType::ALL.iter().filter(|kind| !met.contains(kind)).map(|kind| kind.as_str()).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}

/// A note with several faults is refused for the one that tells its author what to do.
#[test]
fn a_station_that_is_behind_reports_that_first_to_those_who_may_post() {
    let mut harness = harness();
    let text =
        core(|u| u.corrects = Some(id(55))).replace("incident: core", "seen: 12 ROOT=\nincident: core");
    let by = |signers| signed(&text.replace("ROOT", &"A".repeat(43)), signers);
    let note = by(&["alice/phone", "bob/laptop"]);
    refused(
        &mut harness,
        &row("restored from a backup", note, ProblemType::Behind, "restored from an old copy"),
    );
    refused(
        &mut harness,
        &row("a stranger", by(&["mallory/phone"]), ProblemType::UnknownSigner, "mallory/phone"),
    );
}

#[test]
fn an_empty_host_and_a_host_with_other_roots_refuse() {
    let mut harness = Harness::empty();
    let update = by_alice(&core(|_| {}));
    let first = by_carol(&roster(1, &OPERATORS).print());
    let site = by_carol(&site(1).print());
    for (name, note) in [("an update first", &update), ("a site first", &site)] {
        let row = row(name, note.clone(), ProblemType::NotSetUp, "needs a roster note next");
        refused(&mut harness, &row);
    }
    let second = by_carol(&roster(2, &OPERATORS).print());
    refused(&mut harness, &row("roster 2 first", second.clone(), ProblemType::RosterNumber, "number 1"));
    let unsigned = by_alice(&roster(1, &OPERATORS).print());
    refused(&mut harness, &row("roster 1 by no root", unsigned, ProblemType::UnknownSigner, "alice/phone"));

    for roots in
        [&["carol/root"][..], &["carol/root", "dave/root", "judy/root"], &["carol/root", "judy/root"]]
    {
        let mut other = Harness { station: station_with_roots(roots), ..Harness::empty() };
        refused(
            &mut other,
            &row("other roots", first.clone(), ProblemType::OtherRoots, "exactly the same keys"),
        );
    }

    harness.accept(&first);
    for (name, note) in [("an update second", &update), ("a roster second", &second)] {
        let row = row(name, note.clone(), ProblemType::NotSetUp, "needs a site note next");
        refused(&mut harness, &row);
    }
    harness.accept(&site);
    harness.accept(&update);
}

/// A note that is not genuine makes the station read one small file, whatever else is wrong with it, and also if its
/// text is in the log.
#[test]
fn a_note_that_is_not_genuine_is_cheap() {
    let harness = harness();
    let mut recording =
        Harness::on(Recording { inner: harness.store.clone(), ..Recording::default() }, harness.now);
    let text = core(|_| {});
    let published = harness.get("/log/2.note").0.body;
    let published = Note::parse(&published).unwrap().text().to_owned();
    let borrowed = |text| composed(text, &[key("alice/phone").sign_note("Another text.\n").unwrap()]);
    for (note, problem) in [
        (signed(&text, &["mallory/phone"]), ProblemType::UnknownSigner),
        (borrowed(&text), ProblemType::BadSignature),
        (signed(&published, &["mallory/phone"]), ProblemType::UnknownSigner),
        (borrowed(&published), ProblemType::BadSignature),
    ] {
        assert_eq!(recording.send(&note).problem(), problem.as_str());
        assert_eq!(recording.store.read.take(), ["/data/roster.json"]);
    }
}

/// A note may hold a secret key in the wrong place, and the answer passes through proxies and their logs.
#[test]
fn no_refusal_repeats_a_secret_key() {
    let mut harness = Harness::set_up();
    let secret = key("alice/phone").encode();
    let update = update(9, harness.now, "core", Phase::Investigating).print();
    let update = |from: &str, to: String| update.replacen(from, &to, 1);
    for text in [
        update("outband update v1", secret.to_string()),
        update("origin: ", format!("{}: ", secret.as_str())),
        update("origin: status.example.net", secret.to_string()),
        update("phase: investigating", format!("phase: {}", secret.as_str())),
        update("incident: core", format!("incident: {}", secret.as_str())),
    ] {
        let line = key("alice/phone").sign_note(&text).unwrap();
        let reply = harness.send(&composed(&text, &[line]));
        assert_eq!(reply.status(), 400, "{}", reply.text());
        assert!(!reply.text().contains("PRIVATE"), "{}", reply.text());
    }
}
