//! The Statuspage-compatible documents that a station publishes.

#[path = "../../site/tests/schemas/mod.rs"]
pub(crate) mod schemas;

use outband_record::text::Phase;
use outband_site::paths;
use serde_json::Value as Json;

use crate::harness::Harness;
use crate::texts::{HOUR, MINUTE, affects, by_alice, by_carol, site, time, update, value};
use schemas::{ANSWERS, Shapes};

/// Checks that every document has the right shape, and that none claims health that another one denies.
pub(crate) fn holds(harness: &Harness, shapes: &Shapes) {
    for path in ANSWERS {
        assert_eq!(shapes.fault(path, &harness.document(path)), None);
    }
    let summary = harness.document(paths::API_SUMMARY);
    let list = |path: &str, name: &str| harness.document(path)[name].as_array().unwrap().clone();
    let unresolved = list(paths::API_UNRESOLVED, "incidents");
    let active = list(paths::API_ACTIVE, "scheduled_maintenances");
    let both = [list(paths::API_UPCOMING, "scheduled_maintenances"), active.clone()].concat();
    assert_eq!(summary["incidents"].as_array(), Some(&unresolved));
    assert_eq!(summary["scheduled_maintenances"].as_array(), Some(&both));
    assert_eq!(summary["status"], harness.document(paths::API_STATUS)["status"]);
    assert_eq!(summary["components"], harness.document(paths::API_COMPONENTS)["components"]);

    let components = summary["components"].as_array().unwrap();
    let is_well = components.iter().all(|component| component["status"] == "operational");
    if summary["status"]["description"] == "All Systems Operational" {
        assert!(unresolved.is_empty() && active.is_empty() && is_well, "{summary:#}");
    }
    if summary["status"]["indicator"] == "none" {
        let hindering = unresolved.iter().find(|incident| incident["impact"] != "none");
        assert!(hindering.is_none() && active.is_empty() && is_well, "{summary:#}");
    }
    // Exactly the incidents that are open in our own status document are open here.
    let open = harness.document(paths::STATUS_JSON)["open"].as_array().unwrap().clone();
    let of = |kind: &str| open.iter().filter(|open| open["holds"]["kind"] == kind).count();
    assert_eq!((unresolved.len(), both.len()), (of("incident"), of("maintenance")));
    for incident in list(paths::API_INCIDENTS, "incidents").iter().chain(&both).chain(&unresolved) {
        are_ordered(incident);
    }
}

fn are_ordered(incident: &Json) {
    let updates = incident["incident_updates"].as_array().unwrap();
    let shown: Vec<_> = updates.iter().map(|update| update["display_at"].as_str().unwrap()).collect();
    assert!(shown.is_sorted_by(|newer, older| newer >= older), "{incident:#}");
    for update in updates {
        assert_eq!(update["incident_id"], incident["id"]);
        assert!(update["created_at"].as_str() <= update["updated_at"].as_str(), "{incident:#}");
        assert!(update["updated_at"].as_str() <= incident["updated_at"].as_str(), "{incident:#}");
    }
    let ended = incident["resolved_at"].is_string();
    assert_eq!(
        ended,
        ["resolved", "postmortem", "completed"].iter().any(|status| incident["status"] == *status)
    );
}

fn accept(harness: &mut Harness, update: &outband_record::text::Update) {
    harness.accept(&by_alice(&update.print()));
}

#[test]
fn a_window_opens_without_an_update() {
    let mut harness = Harness::set_up();
    let mut scheduled = update(1, harness.now, "upgrade", Phase::Scheduled);
    scheduled.affects.push(affects("voice", value("maintenance")));
    accept(&mut harness, &scheduled);
    let reads = |harness: &Harness| {
        let status = harness.document(paths::API_SUMMARY)["status"]["indicator"].clone();
        let listed = &harness.document(paths::API_MAINTENANCES)["scheduled_maintenances"][0]["status"];
        let voice = &harness.document(paths::API_COMPONENTS)["components"][2]["status"];
        [&status, listed, voice].map(|text| text.as_str().unwrap().to_owned())
    };
    assert_eq!(reads(&harness), ["none", "scheduled", "operational"]);
    harness.pass(2 * HOUR - 1);
    assert_eq!(reads(&harness), ["none", "scheduled", "operational"]);
    harness.pass(2);
    assert_eq!(reads(&harness), ["maintenance", "in_progress", "under_maintenance"]);
    harness.pass(2 * HOUR);
    assert_eq!(
        reads(&harness),
        ["maintenance", "in_progress", "under_maintenance"],
        "nobody has reported it completed"
    );
    harness.now += MINUTE;
    let now = harness.now;
    accept(&mut harness, &update(2, now, "upgrade", Phase::Completed));
    assert_eq!(reads(&harness), ["none", "completed", "operational"]);
    harness.verify_whole();
}

#[test]
fn what_began_last_is_listed_first_whatever_arrived_last() {
    let mut harness = Harness::set_up();
    harness.now += 3 * HOUR;
    let now = harness.now;
    for (number, slug, before) in [(1, "second", 2 * HOUR), (2, "third", HOUR), (3, "first", 3 * HOUR)] {
        let mut down = update(number, now, slug, Phase::Investigating);
        down.started = Some(time(now - before));
        accept(&mut harness, &down);
    }
    let listed = harness.document(paths::STATUSPAGE_JSON);
    let slugs: Vec<_> = listed["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|incident| incident["slug"].as_str().unwrap())
        .collect();
    assert_eq!(slugs, ["third", "second", "first"]);
}

#[test]
fn a_component_has_its_new_name_in_what_is_over_too() {
    let mut harness = Harness::set_up();
    let now = harness.now;
    let mut down = update(1, now, "calls", Phase::Investigating);
    down.affects.push(affects("voice", value("outage")));
    accept(&mut harness, &down);
    accept(&mut harness, &update(2, now, "calls", Phase::Resolved));
    let names = |harness: &Harness| {
        let incident = &harness.document(paths::API_INCIDENTS)["incidents"][0];
        incident["components"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&harness), ["Voice"]);
    let mut next = site(2);
    let voice = next.component.iter_mut().find(|component| component.path.as_str() == "voice").unwrap();
    voice.name = value("Telephony");
    harness.accept(&by_carol(&next.print()));
    harness.settle();
    assert_eq!(names(&harness), ["Telephony"]);
}

/// Published items are reused instead of reading the documents of all listed incidents. If they are lost, these
/// documents are read, and the list is complete again.
#[test]
fn closed_incidents_are_kept_and_restored_if_lost() {
    let mut harness = Harness::set_up();
    for number in 1..=60 {
        harness.now += HOUR;
        let (now, slug) = (harness.now, format!("short-{number}"));
        let mut down = update(number, now, &slug, Phase::Investigating);
        down.affects.push(affects("voice", value("outage")));
        accept(&mut harness, &down);
        accept(&mut harness, &update(100 + number, now, &slug, Phase::Resolved));
    }
    let slugs = |harness: &Harness| -> Vec<_> {
        let incidents = harness.document(paths::API_INCIDENTS)["incidents"].as_array().unwrap().clone();
        incidents.iter().map(|incident| incident["name"].as_str().unwrap().to_owned()).collect()
    };
    let expected: Vec<_> = (11..=60).rev().map(|number| format!("resolved of short-{number}")).collect();
    assert_eq!(slugs(&harness), expected);
    harness.verify_whole();

    let whole = harness.dump();
    let mut lost = Harness::empty();
    let kept: Vec<_> = whole.into_values().filter(|file| !file.path.starts_with("/api/")).collect();
    outband_station::Store::commit(&mut lost.store, &kept).unwrap();
    lost.now = harness.now + HOUR;
    let now = lost.now;
    accept(&mut lost, &update(999, now, "more", Phase::Investigating));
    assert_eq!(slugs(&lost)[1..], expected[..49]);
    lost.verify_whole();
}

/// A changed beginning moves the incident within its list, or out of it.
#[test]
fn the_newest_incidents_are_those_that_began_last() {
    let mut harness = Harness::set_up();
    for (number, days) in [(1, 0), (2, 9), (3, 4)] {
        let mut logged = update(number, harness.now, &format!("incident-{number}"), Phase::Investigating);
        logged.started = Some(time(harness.now - days * 24 * HOUR));
        accept(&mut harness, &logged);
    }
    let order = |harness: &Harness| {
        let incidents = harness.document(paths::API_UNRESOLVED)["incidents"].as_array().unwrap().clone();
        incidents
            .iter()
            .map(|incident| incident["name"].as_str().unwrap().chars().last().unwrap())
            .collect::<String>()
    };
    assert_eq!(order(&harness), "132");
    harness.now += MINUTE;
    let mut moved = update(4, harness.now, "incident-2", Phase::Investigating);
    moved.started = Some(time(harness.now));
    accept(&mut harness, &moved);
    assert_eq!(order(&harness), "213");
    harness.verify_whole();
}
