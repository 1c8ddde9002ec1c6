//! The first entries, and what readers see before them.

use outband_keys::{KeyKind, SecretKey};
use outband_record::text::Phase;
use outband_site::paths;

use crate::harness::{Harness, OPERATORS, station_with_keys, station_with_secrets};
use crate::texts::{ORIGIN, by_alice, by_carol, composed, id, key, roster, signed, site, update, value};

/// Pages, feeds and documents, some of which never exist.
const ANY_PATH: [&str; 9] = [
    paths::INDEX,
    paths::HISTORY,
    paths::DRILL,
    paths::ATOM,
    paths::STATUS_JSON,
    paths::STATUS_TXT,
    "/incidents/core",
    "/404",
    "/nothing/here",
];

fn not_set_up(harness: &Harness) {
    for path in ANY_PATH {
        let reply = harness.get(path);
        assert_eq!(reply.status(), 503, "{path}");
        assert!(reply.text().contains(ORIGIN), "{path}: {}", reply.text());
        let programs = [paths::ATOM, paths::STATUS_JSON, paths::STATUS_TXT].contains(&path);
        let media_type = if programs { "application/problem+json" } else { "text/html; charset=utf-8" };
        assert_eq!(reply.header("content-type"), Some(media_type), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert!(reply.header("retry-after").is_some(), "{path}");
        let head = harness.ask("HEAD", path, &[]);
        assert_eq!((head.status(), head.text().as_str()), (503, ""), "{path}");
    }
}

#[test]
fn a_station_without_a_site_is_not_set_up_and_claims_nothing() {
    let mut harness = Harness::empty();
    not_set_up(&harness);
    assert_eq!(harness.station.stored_time(&harness.store), Ok(0));
    assert_eq!(harness.tick(), harness.now + 60);
    assert_eq!(harness.dump().len(), 0, "a tick has nothing to do yet");

    harness.accept(&by_carol(&roster(1, &OPERATORS).print()));
    assert_eq!(harness.station.stored_time(&harness.store), Ok(harness.now));
    not_set_up(&harness);
    harness.tick();
    not_set_up(&harness);
    harness.verify_whole();
    assert_eq!(harness.get(paths::ROSTER_JSON).status(), 200);
    assert_eq!(harness.get("/log/0.note").status(), 200);

    harness.accept(&by_carol(&site(1).print()));
    harness.verify_whole();
    for path in ANY_PATH {
        let found = !["/incidents/core", "/404", "/nothing/here"].contains(&path);
        assert_eq!(harness.get(path).status(), if found { 200 } else { 404 }, "{path}");
    }
    assert!(harness.get(paths::INDEX).text().contains("Example Mail 1"));
}

#[test]
fn a_receipt_states_entry_and_time() {
    let mut harness = Harness::set_up();
    harness.now += 90;
    let note = by_alice(&update(1, harness.now - 60, "core", Phase::Investigating).print());
    let reply = harness.accept(&note);
    let receipt = reply.json();
    assert_eq!(receipt["index"], 2);
    assert_eq!(receipt["entry"], "/log/2.note");
    assert_eq!(receipt["page"], "/incidents/core");
    assert_eq!(receipt["received"], "2013-09-03T11:01:30Z");
    assert_eq!(receipt.get("remark"), None);
    assert_eq!(reply.header("location"), Some("/log/2.note"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));

    let line = receipt["receipt"].as_str().unwrap();
    let entry = harness.get("/log/2.note").text();
    assert_eq!(entry, format!("{}{line}\n", String::from_utf8(note).unwrap()));
    let parsed = line.parse().unwrap();
    let text = entry.split_once("\n\n").unwrap().0.to_owned() + "\n";
    assert_eq!(key("station1").verifier().verify_receipt(&text, &parsed), Ok(harness.now));
    assert_eq!(harness.get("/incidents/core").status(), 200);
}

/// Signatures by unknown keys, and by operators who may not sign this text, are dropped; receipts by other stations are
/// kept, and their times count.
#[test]
fn an_entry_keeps_only_signatures_that_count() {
    let mut harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let sign = |name: &str| key(name).sign_note(&text).unwrap();
    let second = |time| key("station2").receipt(&text, time).unwrap();
    let (alice, bob) = (sign("alice/phone"), sign("bob/laptop"));
    let lines =
        [alice.clone(), sign("carol/root"), sign("mallory/phone"), bob.clone(), second(harness.now + 5)];
    harness.now += 600;
    let reply = harness.accept(&composed(&text, &lines));
    let own = reply.json()["receipt"].as_str().unwrap().parse().unwrap();
    let expected = [alice, bob, second(harness.now - 595), own];
    assert_eq!(harness.get("/log/2.note").0.body, composed(&text, &expected));
    let logged = &harness.document("/data/incidents/core.json")["updates"][0];
    assert_eq!(logged["received"], "2013-09-03T11:00:05Z");
    let signers: Vec<_> = logged["signers"].as_array().unwrap().iter().map(|s| s["person"].clone()).collect();
    assert_eq!(signers, ["Network operations", "bob"]);
    harness.verify_whole();
}

/// A host with the keys of another log must not change the log that it finds.
#[test]
fn a_host_with_other_keys_signs_nothing() {
    let harness = Harness::set_up();
    let note = by_alice(&update(1, harness.now, "core", Phase::Investigating).print());
    let log = |seed| SecretKey::from_seed(key("log1").verifier().name().clone(), KeyKind::Note, [seed; 32]);
    let roots = ["carol/root", "dave/root"];
    for (station, says) in [
        (station_with_keys("log2", "station1"), "LOG_KEY"),
        (station_with_keys("log1", "station2"), "STATION_KEY"),
        // Another key of the same name.
        (station_with_secrets(&roots, &log(7), &key("station1")), "LOG_KEY"),
    ] {
        let mut other = Harness { station, ..harness.twin() };
        other.now += 60;
        let reply = other.send(&note);
        assert_eq!((reply.status(), reply.problem().as_str()), (503, "station-fault"));
        assert!(reply.text().contains(says) && reply.text().contains(paths::CHECKPOINT), "{}", reply.text());
        assert!(other.station.tick(&mut other.store, other.now).is_err());
        assert_eq!(other.dump(), harness.dump());
        assert_eq!(other.get(paths::INDEX).status(), 200, "reads still work");
    }
}

/// A second station with a fast clock does not make the log unprovable.
#[test]
fn a_receipt_from_the_future_is_harmless() {
    let mut harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let lines = [
        key("alice/phone").sign_note(&text).unwrap(),
        key("station2").receipt(&text, harness.now + 30).unwrap(),
    ];
    harness.accept(&composed(&text, &lines));
    harness.verify_whole();
}

/// The author of a late update learns that it changed nothing, and how far the clocks are apart.
#[test]
fn a_late_note_gets_a_remark_that_it_changes_nothing() {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&update(1, harness.now, "core", Phase::Investigating).print()));
    harness.now += 3600;
    let resolved = harness.accept(&by_alice(&update(3, harness.now, "core", Phase::Resolved).print()));
    assert_eq!(resolved.json().get("remark"), None);
    let mut translation = update(4, harness.now, "core", Phase::Resolved);
    (translation.lang, translation.translates) = (Some(value("de")), Some(id(3)));
    assert_eq!(harness.accept(&by_alice(&translation.print())).json().get("remark"), None);
    let late = update(2, harness.now - 1800, "core", Phase::Investigating);
    let receipt = harness.accept(&signed(&late.print(), &["bob/laptop"])).json();
    let remark = receipt["remark"].as_str().unwrap();
    assert!(remark.contains("the state of core is unchanged") && remark.contains("1800 seconds"), "{remark}");
    assert_eq!(harness.document("/data/incidents/core.json")["holds"]["phase"], "resolved");
    harness.verify_whole();
}
