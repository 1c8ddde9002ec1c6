//! Final phases, and reopening.

use super::*;

#[test]
fn final_phases_make_the_components_operational() {
    for (phase, open) in [
        ("resolved", ""),
        ("postmortem", ""),
        ("completed", "phase: in-progress"),
        ("cancelled", "phase: in-progress"),
    ] {
        let opening = format!("{open}\naffects: mail outage\nunaffected: voice");
        let closing = format!("phase: {phase}\naffects: files degraded");
        let incident = incident(&[("11:10", opening.trim()), ("18:30", &closing)]);
        let state = incident.state().unwrap();
        assert!(state.conditions.is_empty() && state.unaffected.is_empty(), "{phase}");
        assert_eq!(condition(&incident, "mail", "19:00"), None);
        assert_eq!(state.affected.len(), 2, "{phase}: the affected components are kept");
        assert_eq!(state.ended, Some(t("18:30")));
        assert!(!state.is_open(t("19:00")));
    }
    for phase in ["identified", "monitoring"] {
        let incident = incident(&[("11:10", "affects: mail outage"), ("11:20", &format!("phase: {phase}"))]);
        assert_eq!(condition(&incident, "mail", "19:00"), Some(Condition::Outage), "{phase}");
    }
}

#[test]
fn a_notice_that_is_posted_again_at_its_end_is_current_again() {
    let over = |again| {
        let first = ("11:10", "phase: notice\nended: 2013-09-03T12:00:00Z");
        incident(&[first, (again, "phase: notice")]).course().unwrap().over.unwrap()
    };
    assert_eq!(over("11:59"), t("12:00"));
    for again in ["12:00", "12:01"] {
        assert_eq!(over(again), t(again).plus(7 * 24 * 60 * 60), "{again}");
    }
}

#[test]
fn the_end_is_as_stated_or_when_it_was_first_reported_over() {
    let ended = |updates: &[(&str, &str)]| incident(updates).state().unwrap().ended;
    let (open, over) = (("11:10", ""), ("18:30", "phase: resolved"));
    assert_eq!(ended(&[open, over]), Some(t("18:30")));
    assert_eq!(ended(&[open, over, ("20:00", "phase: postmortem")]), Some(t("18:30")));
    assert_eq!(ended(&[open, ("18:30", "phase: resolved\nended: 2013-09-03T18:10:00Z")]), Some(t("18:10")));
    let restated = ("20:00", "phase: postmortem\nended: 2013-09-03T18:05:00Z");
    assert_eq!(ended(&[open, over, restated]), Some(t("18:05")));
    let watched = ("18:00", "phase: monitoring\nended: 2013-09-03T17:50:00Z");
    assert_eq!(ended(&[open, watched, over]), Some(t("17:50")));
}

#[test]
fn the_beginning_is_as_stated_or_the_time_of_the_first_update() {
    let started = |updates: &[(&str, &str)]| incident(updates).state().unwrap().started;
    assert_eq!(started(&[("11:20", ""), ("11:10", "")]), t("11:10"));
    assert_eq!(started(&[("11:10", ""), ("11:20", "started: 2013-09-03T11:00:00Z")]), t("11:00"));
}

#[test]
fn going_back_shows_reopened() {
    let reopened = |phases: &[&str]| {
        let times = ["11:00", "11:10", "11:20", "11:30", "11:40", "11:50"];
        let window = |phase: &str| {
            if phase == "scheduled" { "\nwindow: 2013-09-03T12:00:00Z/2013-09-03T13:00:00Z" } else { "" }
        };
        let lines: Vec<_> = phases.iter().map(|phase| format!("phase: {phase}{}", window(phase))).collect();
        let updates: Vec<_> = times.into_iter().zip(lines.iter().map(String::as_str)).collect();
        incident(&updates).state().unwrap().reopened
    };
    for forward in [
        &["investigating"][..],
        &["investigating", "identified", "monitoring", "resolved", "postmortem"],
        &["investigating", "resolved"],
        &["investigating", "investigating"],
        &["monitoring", "resolved", "resolved"],
        &["scheduled", "in-progress", "verifying", "completed"],
        &["scheduled", "cancelled"],
        &["notice", "notice"],
        &["resolved", "investigating", "resolved"],
        &["resolved", "postmortem", "resolved"],
    ] {
        assert!(!reopened(forward), "{forward:?}");
    }
    for back in [
        &["identified", "investigating"][..],
        &["monitoring", "identified"],
        &["resolved", "investigating"],
        &["resolved", "investigating", "identified", "monitoring"],
        &["postmortem", "monitoring"],
        &["completed", "in-progress"],
        &["cancelled", "scheduled"],
        &["in-progress", "scheduled"],
    ] {
        assert!(reopened(back), "{back:?}");
    }
}

#[test]
fn once_reopened_it_has_no_end_and_its_components_are_restated() {
    let open = ("11:10", "affects: mail outage\nended: 2013-09-03T18:10:00Z\nphase: monitoring");
    for back in [
        &[open, ("18:30", "phase: resolved"), ("19:00", "affects: voice partial")][..],
        &[open, ("19:00", "")],
    ] {
        let incident = incident(back);
        let state = incident.state().unwrap();
        assert!(state.reopened && state.is_open(t("19:10")));
        assert_eq!(state.ended, None);
        assert_eq!(state.started, t("11:10"));
    }
    let updates = [
        open,
        ("18:30", "phase: resolved"),
        ("19:00", "affects: voice partial"),
        ("21:00", "phase: resolved"),
    ];
    assert_eq!(conditions(&incident(&updates[..3])), ["voice partial"]);
    assert_eq!(incident(&updates).state().unwrap().ended, Some(t("21:00")));
}

#[test]
fn a_notice_that_is_posted_again_is_current_again() {
    let first = ("11:10", "phase: notice\nended: 2013-09-03T12:00:00Z");
    let open = |updates: &[(&str, &str)], now: &str| incident(updates).state().unwrap().is_open(t(now));
    assert!(open(&[first], "11:59") && !open(&[first], "12:00"));
    let again = ("13:00", "phase: notice");
    assert!(open(&[first, again], "13:10") && open(&[first, again], "2013-09-10T12:59:59Z"));
    assert!(!open(&[first, again], "2013-09-10T13:00:00Z"));
    assert_eq!(incident(&[first, again]).state().unwrap().ended, None);
    let within = ("11:30", "phase: notice");
    assert!(!open(&[first, within], "12:00"), "a stated end in the future stays in force");
    let over = ("13:00", "phase: notice\nended: 2013-09-03T12:30:00Z");
    assert!(!open(&[first, again, over], "13:10"), "its own stated end stays in force");
}
