//! The first entries, and what readers see before them.

use outband_record::text::Phase;
use outband_site::paths;

use crate::desk::{Desk, OPERATORS, station_with_keys};
use crate::logged::{ORIGIN, roster, signed, site, update};

/// Pages, feeds, documents, the log's files, and what never was.
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

fn not_set_up(desk: &Desk) {
    for path in ANY_PATH {
        let reply = desk.get(path);
        assert_eq!(reply.status(), 503, "{path}");
        assert!(reply.text().contains(ORIGIN), "{path}: {}", reply.text());
        let programs = [paths::ATOM, paths::STATUS_JSON, paths::STATUS_TXT].contains(&path);
        let media_type = if programs { "application/problem+json" } else { "text/html; charset=utf-8" };
        assert_eq!(reply.header("content-type"), Some(media_type), "{path}");
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{path}");
        assert!(reply.header("retry-after").is_some(), "{path}");
        let head = desk.ask("HEAD", path, &[]);
        assert_eq!((head.status(), head.text().as_str()), (503, ""), "{path}");
    }
}

#[test]
fn a_station_without_a_site_says_that_it_is_not_set_up_and_claims_nothing() {
    let mut desk = Desk::empty();
    not_set_up(&desk);
    assert_eq!(desk.tick(), desk.now + 60);
    assert_eq!(desk.dump().len(), 0, "a tick has nothing to do yet");

    desk.accept(&signed(&roster(1, &OPERATORS).print(), &["carol/root"]));
    not_set_up(&desk);
    desk.tick();
    not_set_up(&desk);
    desk.verify_whole();
    assert_eq!(desk.get(paths::ROSTER_JSON).status(), 200);
    assert_eq!(desk.get("/log/0.note").status(), 200);

    desk.accept(&signed(&site(1).print(), &["carol/root"]));
    desk.verify_whole();
    for path in ANY_PATH {
        let found = !["/incidents/core", "/404", "/nothing/here"].contains(&path);
        assert_eq!(desk.get(path).status(), if found { 200 } else { 404 }, "{path}");
    }
    assert!(desk.get(paths::INDEX).text().contains("Example Mail 1"));
}

#[test]
fn a_receipt_says_where_the_note_is_and_when_it_came() {
    let mut desk = Desk::set_up();
    desk.now += 90;
    let note = signed(&update(1, desk.now - 60, "core", Phase::Investigating).print(), &["alice/phone"]);
    let reply = desk.accept(&note);
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
    let entry = desk.get("/log/2.note").text();
    assert_eq!(entry, format!("{}{line}\n", String::from_utf8(note).unwrap()));
    let parsed = line.parse().unwrap();
    let text = entry.split_once("\n\n").unwrap().0.to_owned() + "\n";
    assert_eq!(crate::logged::key("station1").verifier().verify_receipt(&text, &parsed), Ok(desk.now));
    assert_eq!(desk.get("/incidents/core").status(), 200);
}

/// Lines of keys that nobody knows, and of operators who may not say this, are dropped; receipts by other stations
/// are kept, and their time counts.
#[test]
fn an_entry_bears_what_counts() {
    let mut desk = Desk::set_up();
    let text = update(1, desk.now, "core", Phase::Investigating).print();
    let sign = |name: &str| crate::logged::key(name).sign_note(&text).unwrap();
    let second = |time| crate::logged::key("station2").receipt(&text, time).unwrap();
    let (alice, bob) = (sign("alice/phone"), sign("bob/laptop"));
    let lines = [alice.clone(), sign("carol/root"), sign("mallory/phone"), bob.clone(), second(desk.now + 5)];
    desk.now += 600;
    let reply = desk.accept(&crate::logged::composed(&text, &lines));
    let own = reply.json()["receipt"].as_str().unwrap().parse().unwrap();
    let expected = [alice, bob, second(desk.now - 595), own];
    assert_eq!(desk.get("/log/2.note").0.body, crate::logged::composed(&text, &expected));
    let logged = &desk.document("/data/incidents/core.json")["updates"][0];
    assert_eq!(logged["received"], "2013-09-03T11:00:05Z");
    let signers: Vec<_> = logged["signers"].as_array().unwrap().iter().map(|s| s["person"].clone()).collect();
    assert_eq!(signers, ["Network operations", "bob"]);
    desk.verify_whole();
}

/// With the keys of another log, a host must not touch the one that it finds.
#[test]
fn a_host_with_other_keys_signs_nothing() {
    let desk = Desk::set_up();
    let note = signed(&update(1, desk.now, "core", Phase::Investigating).print(), &["alice/phone"]);
    for (log, station, says) in [("log2", "station1", "LOG_KEY"), ("log1", "station2", "STATION_KEY")] {
        let mut other = Desk { station: station_with_keys(log, station), ..desk.twin() };
        other.now += 60;
        let reply = other.send(&note);
        assert_eq!((reply.status(), reply.problem().as_str()), (503, "station-fault"));
        assert!(reply.text().contains(says) && reply.text().contains(paths::CHECKPOINT), "{}", reply.text());
        assert!(other.station.tick(&mut other.store, other.now).is_err());
        assert_eq!(other.dump(), desk.dump());
        assert_eq!(other.get(paths::INDEX).status(), 200, "reads go on");
    }
}

/// A second station whose clock is ahead does not make the log unprovable.
#[test]
fn a_receipt_from_the_future_is_harmless() {
    let mut desk = Desk::set_up();
    let text = update(1, desk.now, "core", Phase::Investigating).print();
    let lines = [
        crate::logged::key("alice/phone").sign_note(&text).unwrap(),
        crate::logged::key("station2").receipt(&text, desk.now + 30).unwrap(),
    ];
    desk.accept(&crate::logged::composed(&text, &lines));
    desk.verify_whole();
}

/// Whoever said it late learns that nothing changed, and how far the clocks are apart.
#[test]
fn a_late_note_is_told_that_it_changes_nothing() {
    let mut desk = Desk::set_up();
    desk.accept(&signed(&update(1, desk.now, "core", Phase::Investigating).print(), &["alice/phone"]));
    desk.now += 3600;
    desk.accept(&signed(&update(3, desk.now, "core", Phase::Resolved).print(), &["alice/phone"]));
    let late = update(2, desk.now - 1800, "core", Phase::Investigating);
    let receipt = desk.accept(&signed(&late.print(), &["bob/laptop"])).json();
    let remark = receipt["remark"].as_str().unwrap();
    assert!(
        remark.contains("nothing that holds now has changed") && remark.contains("1800 seconds"),
        "{remark}"
    );
    assert_eq!(desk.document("/data/incidents/core.json")["holds"]["phase"], "resolved");
    desk.verify_whole();
}
