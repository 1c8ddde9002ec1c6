//! Which period each condition covers.

use proptest::collection::vec;
use proptest::prelude::*;

use super::order::{plan, received, updates};
use super::passing::WINDOW;
use super::*;

/// The spans, as `mail outage 11:10 12:00`, sorted by their beginning, with full timestamps for other days.
fn spans(incident: &Incident) -> Vec<String> {
    let short = |time: Time| {
        let text = time.to_string();
        let hours = text.strip_prefix("2013-09-03T").and_then(|text| text.strip_suffix(":00Z"));
        hours.map_or(text.clone(), ToOwned::to_owned)
    };
    let line = |span: &Span| {
        let to = span.to.map_or_else(|| "on".to_owned(), short);
        format!("{} {} {} {to}", span.component, span.condition, short(span.from))
    };
    incident.spans().iter().map(line).collect()
}

#[track_caller]
fn check(updates: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(spans(&incident(updates)), expected);
}

const DOWN: (&str, &str) = ("11:10", "affects: mail outage");

#[test]
fn conditions_change_at_the_step_of_the_update_that_says_so() {
    check(
        &[
            DOWN,
            ("11:30", "phase: identified"),
            ("12:00", "affects: mail degraded"),
            ("13:00", "phase: resolved"),
        ],
        &["mail outage 11:10 12:00", "mail degraded 12:00 13:00"],
    );
    check(&[DOWN, ("12:00", "affects: voice partial")], &["mail outage 11:10 on", "voice partial 12:00 on"]);
    check(&[DOWN, ("12:00", "affects: mail operational")], &["mail outage 11:10 12:00"]);
    check(&[DOWN, ("12:00", "unaffected: mail")], &["mail outage 11:10 12:00"]);
    check(&[DOWN, ("12:00", "affects: mail outage")], &["mail outage 11:10 on"]);
    check(&[("11:10", "unaffected: voice")], &[]);
    // Of two updates in one second, the first held for no time.
    check(
        &[DOWN, ("11:10", "affects: mail degraded"), ("12:00", "phase: resolved")],
        &["mail degraded 11:10 12:00"],
    );
}

#[test]
fn what_begins_with_the_end_of_a_period_does_not_touch_it() {
    let down = incident(&[DOWN, ("12:00", "phase: resolved")]).spans();
    let touches = |from, to| down[0].touches(t(from), t(to));
    assert!(touches("11:00", "11:11") && touches("11:59", "13:00"));
    assert!(!touches("11:00", "11:10") && !touches("12:00", "13:00"));
}

/// An operational span exempts a component from its parent's condition, and is nothing before or after that.
#[test]
fn operational_spans_beside_a_parents_are_left_out() {
    check(
        &[
            ("11:10", "affects: mail/eu operational\naffects: voice partial"),
            ("12:00", "affects: mail outage"),
        ],
        &["voice partial 11:10 on", "mail outage 12:00 on"],
    );
    check(
        &[
            DOWN,
            ("12:00", "phase: resolved"),
            ("12:00", "affects: mail/eu operational\naffects: voice partial"),
        ],
        &["mail outage 11:10 12:00", "voice partial 12:00 on"],
    );
}

/// What was stated when nothing was affected yet does not count for what is affected after it is reopened.
#[test]
fn after_reopening_a_condition_begins_when_it_is_said() {
    let started = "started: 2013-09-03T10:00:00Z";
    check(
        &[("11:10", started), ("12:00", "phase: resolved"), ("13:00", "affects: mail outage")],
        &["mail outage 13:00 on"],
    );
}

/// An end that was stated before it continued elsewhere is cancelled once it is open here again.
#[test]
fn an_incident_that_comes_back_ends_when_reported_over() {
    let ended = "ended: 2013-09-03T11:15:00Z";
    check(
        &[
            DOWN,
            ("11:20", &format!("{ended}\ncontinues-in: another")),
            ("11:40", "affects: mail outage"),
            ("13:00", "phase: resolved"),
        ],
        &["mail outage 11:10 13:00"],
    );
}

#[test]
fn the_first_conditions_count_from_the_stated_beginning() {
    let begun = "started: 2013-09-03T11:00:00Z";
    check(&[("11:10", &format!("affects: mail outage\n{begun}"))], &["mail outage 11:00 on"]);
    check(&[DOWN, ("11:20", begun)], &["mail outage 11:00 on"]);
    check(&[("11:05", ""), ("11:10", "affects: mail outage"), ("11:20", begun)], &["mail outage 11:00 on"]);
    check(
        &[DOWN, ("11:20", &format!("affects: voice partial\n{begun}"))],
        &["mail outage 11:00 on", "voice partial 11:20 on"],
    );
    check(&[DOWN, ("11:20", begun), ("11:30", "started: 2013-09-03T11:05:00Z")], &["mail outage 11:05 on"]);
    check(&[DOWN, ("11:20", "started: 2013-09-03T11:15:00Z")], &["mail outage 11:10 on"]);
    // Naming the parent replaces what was stated of the child before.
    let first_calm = ("11:05", "unaffected: mail/eu");
    check(&[first_calm, ("11:10", "affects: mail outage"), ("11:20", begun)], &["mail outage 11:00 on"]);
}

#[test]
fn everything_ends_as_stated_or_when_it_was_reported_over() {
    let over = ("12:00", "phase: resolved");
    check(&[DOWN, over], &["mail outage 11:10 12:00"]);
    check(&[DOWN, ("12:00", "phase: resolved\nended: 2013-09-03T11:50:00Z")], &["mail outage 11:10 11:50"]);
    let earlier = ("11:40", "affects: mail degraded");
    check(
        &[DOWN, earlier, ("12:00", "phase: resolved\nended: 2013-09-03T11:30:00Z")],
        &["mail outage 11:10 11:30"],
    );
    check(
        &[DOWN, over, ("14:00", "phase: postmortem\nended: 2013-09-03T12:30:00Z")],
        &["mail outage 11:10 12:30"],
    );
    check(
        &[DOWN, over, ("14:00", "phase: postmortem\nended: 2031-09-03T12:30:00Z")],
        &["mail outage 11:10 14:00"],
    );
    let watched = ("11:50", "phase: monitoring\nended: 2013-09-03T11:40:00Z");
    check(&[DOWN, watched], &["mail outage 11:10 on"]);
    check(&[DOWN, watched, over], &["mail outage 11:10 11:40"]);
    check(&[DOWN, watched, ("11:55", "phase: identified"), over], &["mail outage 11:10 12:00"]);
}

#[test]
fn one_note_written_afterwards_counts_like_many_written_during_it() {
    let lines = "phase: resolved\naffects: mail outage\naffects: mail/eu degraded\n\
                 started: 2013-09-03T11:00:00Z\nended: 2013-09-03T12:00:00Z";
    check(&[("14:00", lines)], &["mail outage 11:00 12:00", "mail/eu degraded 11:00 12:00"]);
    check(
        &[("11:10", ""), ("11:30", "phase: resolved"), ("14:00", "phase: postmortem\naffects: mail outage")],
        &[],
    );
}

#[test]
fn reopened_it_counts_again_and_not_between() {
    let (over, back) = (("12:00", "phase: resolved"), ("13:00", "affects: mail partial"));
    check(&[DOWN, over, back], &["mail outage 11:10 12:00", "mail partial 13:00 on"]);
    let ended = ("14:00", "phase: resolved\nended: 2013-09-03T13:30:00Z");
    check(&[DOWN, over, back, ended], &["mail outage 11:10 12:00", "mail partial 13:00 13:30"]);
    let early = ("12:00", "phase: resolved\nended: 2013-09-03T11:30:00Z");
    check(
        &[DOWN, early, ("13:00", "affects: mail outage"), ("14:00", "phase: resolved")],
        &["mail outage 11:10 11:30", "mail outage 13:00 14:00"],
    );
    check(&[DOWN, over, ("13:00", "")], &["mail outage 11:10 12:00"]);
}

#[test]
fn corrections_take_their_targets_place_and_retractions_take_it_away() {
    let second = ("12:00", "affects: mail degraded");
    check(
        &[DOWN, second, ("12:30", &format!("{}affects: mail operational", corrects(2)))],
        &["mail outage 11:10 12:00"],
    );
    check(&[DOWN, second, ("12:30", &retracts(2))], &["mail outage 11:10 on"]);
    let shorter = format!("{}phase: resolved\nended: 2013-09-03T11:40:00Z", corrects(2));
    check(&[DOWN, ("12:00", "phase: resolved"), ("15:00", &shorter)], &["mail outage 11:10 11:40"]);
    let longer = format!("{}phase: resolved\nended: 2013-09-03T12:40:00Z", corrects(2));
    check(&[DOWN, ("12:00", "phase: resolved"), ("15:00", &longer)], &["mail outage 11:10 12:40"]);
    check(&[DOWN, ("12:00", &retracts(1))], &[]);
}

#[test]
fn a_parents_condition_applies_where_the_same_update_names_no_other() {
    check(
        &[("11:10", "affects: mail outage\naffects: mail/eu partial"), ("12:00", "affects: mail degraded")],
        &["mail outage 11:10 12:00", "mail/eu partial 11:10 12:00", "mail degraded 12:00 on"],
    );
    check(
        &[("11:10", "affects: mail outage\nunaffected: mail/eu\nunaffected: voice")],
        &["mail outage 11:10 on", "mail/eu operational 11:10 on"],
    );
}

#[test]
fn a_scheduled_maintenance_counts_from_its_window_until_it_is_over() {
    let maintenance = incident(&[("11:00", WINDOW)]);
    let opens = maintenance.state().and_then(|state| state.window).unwrap().value.start;
    let at = |updates: &[(&str, &str)]| {
        incident(updates).spans().iter().map(|span| (span.from, span.to)).collect::<Vec<_>>()
    };
    assert_eq!(at(&[("11:00", WINDOW)]), [(opens, None)]);
    assert_eq!(at(&[("11:00", WINDOW), ("11:30", "phase: cancelled")]), []);
    let (begins, ends) = (opens.plus(60).to_string(), opens.plus(9000).to_string());
    let begun = (begins.as_str(), "phase: in-progress");
    assert_eq!(at(&[("11:00", WINDOW), begun]), [(opens, None)]);
    let done = (ends.as_str(), "phase: completed");
    assert_eq!(at(&[("11:00", WINDOW), done]), [(opens, Some(opens.plus(9000)))]);
    assert_eq!(at(&[("11:00", WINDOW), begun, done]), [(opens, Some(opens.plus(9000)))]);
}

#[test]
fn a_notice_counts_while_it_is_current() {
    let notice = "phase: notice\naffects: mail degraded";
    check(&[("11:10", notice)], &["mail degraded 11:10 2013-09-10T11:10:00Z"]);
    check(&[("11:10", &format!("{notice}\nended: 2013-09-03T12:00:00Z"))], &["mail degraded 11:10 12:00"]);
    check(
        &[("11:10", notice), ("11:40", "phase: notice\nended: 2013-09-03T11:30:00Z")],
        &["mail degraded 11:10 11:30"],
    );
    check(
        &[("11:10", notice), ("2013-09-20T11:10:00Z", "phase: notice")],
        &[
            "mail degraded 11:10 2013-09-10T11:10:00Z",
            "mail degraded 2013-09-20T11:10:00Z 2013-09-27T11:10:00Z",
        ],
    );
    let ended = format!("{notice}\nended: 2013-09-03T12:00:00Z");
    check(
        &[("11:10", &ended), ("13:00", "phase: notice")],
        &["mail degraded 11:10 12:00", "mail degraded 13:00 2013-09-10T13:00:00Z"],
    );
}

#[test]
fn only_an_incident_that_is_taken_over_ends() {
    let updates = |more: &[(&'static str, &'static str)]| {
        [&[DOWN, ("12:00", "continues-in: other\naffects: mail partial")], more].concat()
    };
    let taken_over = |updates: &[(&str, &str)]| {
        let mut incident = incident(updates);
        incident.set_taken_over(true);
        spans(&incident)
    };
    let here = ["mail outage 11:10 12:00"];
    assert_eq!(taken_over(&updates(&[])), here);
    assert_eq!(taken_over(&updates(&[("13:00", "phase: postmortem")])), here);
    let goes_on = ["mail outage 11:10 12:00", "mail partial 12:00 on"];
    assert_eq!(taken_over(&updates(&[("13:00", "")])), goes_on, "it returned");
    check(&updates(&[]), &goes_on);
    check(
        &updates(&[("13:00", "phase: resolved")]),
        &["mail outage 11:10 12:00", "mail partial 12:00 13:00"],
    );
}

#[test]
fn a_drill_counts_nothing() {
    check(&[("11:10", "affects: mail outage\ndrill: yes")], &[]);
}

proptest! {
    #[test]
    fn the_same_notes_in_any_order_count_the_same(plans in vec(plan(), 1..10), ranks in vec(any::<u64>(), 10)) {
        let updates = updates(&plans);
        let (one, other) = (received(&updates, &[0; 10]), received(&updates, &ranks));
        prop_assert_eq!(one.spans(), other.spans());
    }

    #[test]
    fn spans_of_a_component_never_overlap_and_end_when_it_is_over(plans in vec(plan(), 1..10)) {
        let incident = received(&updates(&plans), &[0; 10]);
        let spans = incident.spans();
        for (n, span) in spans.iter().enumerate() {
            prop_assert!(span.to.is_none_or(|to| span.from < to), "{span:?}");
            for other in spans.iter().skip(n + 1).filter(|other| other.component == span.component) {
                let end = other.to.unwrap_or(Time::from_posix(u64::MAX));
                prop_assert!(!span.touches(other.from, end), "{span:?} {other:?}");
            }
        }
        let state = incident.state();
        let is_open = state.as_ref().is_some_and(|state| state.is_open(t("14:00")));
        prop_assert!(is_open || spans.iter().all(|span| span.to.is_some()));
        // Open spans match the conditions shown.
        for component in ["mail", "mail/eu", "voice"].map(path) {
            let shown = state.as_ref().and_then(|state| state.condition(&component, t("14:00")));
            let going = spans.iter().filter(|span| span.to.is_none() && component.is_within(&span.component));
            let nearest = going.max_by_key(|span| span.component.as_str().len()).map(|span| span.condition);
            let worse = |condition: &Condition| *condition != Condition::Operational;
            prop_assert_eq!(nearest.filter(worse), shown.map(|stated| stated.value).filter(worse));
        }
    }
}
