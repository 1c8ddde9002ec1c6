//! Changes caused by time alone.

use outband_record::text::{Condition, Phase};
use outband_site::paths;

use crate::harness::Harness;
use crate::texts::{DAY, HOUR, MINUTE, START, affects, by_alice, key, past, time, update, value};

/// Ticks at `at`, and returns whether the index changed, and when to tick next.
fn tick_at(harness: &mut Harness, at: u64) -> (bool, u64) {
    let before = harness.get(paths::INDEX).text();
    harness.now = at;
    let next = harness.tick();
    assert!(next > at, "{next} is not later than {at}");
    harness.verify_whole();
    (harness.get(paths::INDEX).text() != before, next)
}

/// The time of the checkpoint's cosignature.
fn cosigned(harness: &Harness) -> u64 {
    let note = outband_keys::Note::parse(&harness.get(paths::CHECKPOINT).0.body).unwrap();
    note.cosignatures(&[key("station1").verifier()]).unwrap()[0].time
}

fn open(harness: &Harness, slug: &str) -> bool {
    let status = harness.document(paths::STATUS_JSON);
    status["open"].as_array().unwrap().iter().any(|open| open["slug"] == slug)
}

fn condition(harness: &Harness, path: &str) -> String {
    let status = harness.document(paths::STATUS_JSON);
    let component =
        status["components"].as_array().unwrap().iter().find(|c| c["path"] == path).unwrap().clone();
    component["condition"].as_str().unwrap().to_owned()
}

fn overdue(harness: &Harness, slug: &str) -> bool {
    let status = harness.document(paths::STATUS_JSON);
    status["open"].as_array().unwrap().iter().any(|open| open["slug"] == slug && open["overdue"] == true)
}

#[test]
fn a_promised_update_is_overdue_to_the_second() {
    let mut harness = Harness::set_up();
    let mut logged = update(1, START, "core", Phase::Investigating);
    logged.next_update = Some(time(START + 90));
    harness.accept(&by_alice(&logged.print()));
    assert!(!overdue(&harness, "core"));
    assert_eq!(tick_at(&mut harness, START), (false, START + 60));
    assert_eq!(
        tick_at(&mut harness, START + 60),
        (false, START + 90),
        "the moment comes before the next minute"
    );
    assert_eq!(tick_at(&mut harness, START + 89), (false, START + 90));
    assert!(!overdue(&harness, "core"));
    assert_eq!(tick_at(&mut harness, START + 90), (true, START + 150));
    assert!(overdue(&harness, "core"));
    assert_eq!(tick_at(&mut harness, START + 150), (false, START + 210));

    let mut next = update(2, START + 200, "core", Phase::Identified);
    next.next_update = Some(time(START + 3600));
    harness.now = START + 200;
    harness.accept(&by_alice(&next.print()));
    assert!(!overdue(&harness, "core"));
}

/// A note also brings changes that were already due.
#[test]
fn a_note_brings_everything_up_to_date() {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&update(1, START, "core", Phase::Investigating).print()));
    harness.now = START + 2 * HOUR;
    harness.accept(&by_alice(&update(2, harness.now, "edge", Phase::Investigating).print()));
    assert!(overdue(&harness, "core"));
    assert_eq!(cosigned(&harness), harness.now);
    harness.verify_whole();
}

#[test]
fn a_maintenance_counts_from_the_start_of_its_window_until_reported_completed() {
    let mut harness = Harness::set_up();
    let mut logged = update(1, START, "upgrade", Phase::Scheduled);
    logged.affects.push(affects("mail", Condition::Maintenance));
    logged.next_update = Some(time(START + 9 * DAY));
    harness.accept(&by_alice(&logged.print()));
    assert_eq!(condition(&harness, "mail/eu"), "operational");
    let (opens, closes) = (START + 2 * HOUR, START + 3 * HOUR);
    assert_eq!(tick_at(&mut harness, opens - 1), (false, opens));
    assert_eq!(condition(&harness, "mail/eu"), "operational");
    assert!(tick_at(&mut harness, opens).0);
    assert_eq!(condition(&harness, "mail/eu"), "maintenance");
    assert!(!harness.get(paths::INDEX).text().contains("end not confirmed"));
    assert!(tick_at(&mut harness, closes).0);
    assert!(harness.get(paths::INDEX).text().contains("end not confirmed"));
    assert_eq!(condition(&harness, "mail/eu"), "maintenance");
    assert!(open(&harness, "upgrade"), "nobody has reported it completed");
    harness.accept(&by_alice(&update(2, closes, "upgrade", Phase::Completed).print()));
    assert_eq!(condition(&harness, "mail/eu"), "operational");
}

#[test]
fn a_promised_report_is_overdue_after_its_day() {
    let mut harness = Harness::set_up();
    let mut logged = past(1, START, "core");
    logged.report = Some(value("promised 2013-09-05"));
    harness.accept(&by_alice(&logged.print()));
    let midnight = value::<outband_record::time::Time>("2013-09-06T00:00:00Z").posix();
    let page = |harness: &Harness| harness.get("/incidents/core").text();
    let before = page(&harness);
    assert_eq!(tick_at(&mut harness, midnight - 1).1, midnight);
    assert_eq!(page(&harness), before);
    tick_at(&mut harness, midnight);
    assert_ne!(page(&harness), before, "overdue, though it is not open");
    assert_eq!(
        harness.document(paths::WATCH_JSON)["watch"].as_array().unwrap().len(),
        0,
        "no moments are left"
    );
}

#[test]
fn a_notice_expires() {
    let mut harness = Harness::set_up();
    let mut until = update(1, START, "advice", Phase::Notice);
    until.ended = Some(time(START + HOUR));
    harness.accept(&by_alice(&until.print()));
    harness.accept(&by_alice(&update(2, START, "more-advice", Phase::Notice).print()));
    assert!(open(&harness, "advice") && open(&harness, "more-advice"));
    assert_eq!(tick_at(&mut harness, START + HOUR - 1), (false, START + HOUR));
    assert!(tick_at(&mut harness, START + HOUR).0);
    assert!(!open(&harness, "advice") && open(&harness, "more-advice"));
    assert_eq!(tick_at(&mut harness, START + 7 * DAY - 1).1, START + 7 * DAY);
    assert!(open(&harness, "more-advice"));
    tick_at(&mut harness, START + 7 * DAY);
    assert!(!open(&harness, "more-advice"));
}

#[test]
fn a_drill_changes_only_its_own_pages() {
    let mut harness = Harness::set_up();
    let mut drill = update(1, START, "fire", Phase::Investigating);
    drill.drill = Some(outband_record::text::Yes::Yes);
    drill.affects.push(affects("mail", Condition::Outage));
    let calm = harness.get(paths::INDEX).text();
    harness.accept(&by_alice(&drill.print()));
    let pages = |harness: &Harness| [paths::DRILL, "/drill/fire"].map(|path| harness.get(path).text());
    let before = pages(&harness);
    assert_eq!(tick_at(&mut harness, START + HOUR), (false, START + HOUR + 60));
    assert_ne!(pages(&harness), before, "overdue");
    assert_eq!(harness.get(paths::INDEX).text(), calm);
    assert_eq!(condition(&harness, "mail"), "unknown", "there are no updates except in a drill");
    assert_eq!(harness.get("/incidents/fire").status(), 404);
}

/// This lets readers tell a frozen copy from a station with nothing to report.
#[test]
fn the_cosignature_is_renewed_every_minute_and_nothing_else_is_written() {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&past(1, START, "core").print()));
    let mut before = harness.dump();
    for minute in 1..4 {
        harness.now = START + minute * MINUTE;
        assert_eq!(harness.tick(), harness.now + 60);
        assert_eq!(cosigned(&harness), harness.now);
        let mut after = harness.dump();
        let renewed = after[paths::CHECKPOINT].clone();
        assert_eq!(renewed.modified, harness.now);
        assert_ne!(before.insert(paths::CHECKPOINT.to_owned(), renewed), after.remove(paths::CHECKPOINT));
        after.insert(paths::CHECKPOINT.to_owned(), before[paths::CHECKPOINT].clone());
        assert_eq!(after, before);
    }
}

/// T never goes back, nor does anything shown to readers: neither when a clock is set back, nor in a note's receipt.
#[test]
fn setting_the_clock_back_reverts_nothing() {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&update(1, START, "core", Phase::Investigating).print()));
    assert!(tick_at(&mut harness, START + HOUR).0);
    let late = cosigned(&harness);
    assert_eq!(late, START + HOUR);
    let (changed, next) = tick_at(&mut harness, START + 60);
    assert_eq!((changed, next), (false, START + 120), "the next tick is timed by the host's own clock");
    assert!(overdue(&harness, "core"));
    assert_eq!(cosigned(&harness), late);

    let receipt =
        harness.accept(&by_alice(&update(2, START + 60, "edge", Phase::Investigating).print())).json();
    assert_eq!(receipt["received"], time(late).to_string());
    assert!(overdue(&harness, "core"));
    assert_eq!(cosigned(&harness), late);
    harness.verify_whole();
}
