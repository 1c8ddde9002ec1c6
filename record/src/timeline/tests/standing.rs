//! Values that stay in force until they are restated, and the impact.

use std::fmt::Debug;

use super::*;
use crate::text::{Impact, IncidentKind, Phase};

#[test]
fn affects_merges_by_component() {
    let incident = incident(&[
        ("11:10", "affects: mail outage\naffects: voice partial"),
        ("11:20", "affects: voice degraded\naffects: files unknown"),
    ]);
    assert_eq!(conditions(&incident), ["files unknown", "mail outage", "voice degraded"]);
    let state = incident.state().unwrap();
    let by: Vec<_> = state.conditions.values().map(|stated| stated.by.index).collect();
    assert_eq!(by, [1, 0, 1]);
    assert_eq!(state.affected.get(&path("voice")), Some(&Condition::Partial), "its worst condition");
}

#[test]
fn each_line_in_force_names_the_update_that_stated_it() {
    let incident = incident(&[
        ("11:10", "summary: Mail is down\nscope: 400 customers"),
        ("11:20", "scope: 500 customers"),
    ]);
    let state = incident.state().unwrap();
    let carried: Vec<_> = state.carried.iter().map(|(line, by)| (*line, by.index)).collect();
    assert_eq!(carried, [("scope", 1), ("summary", 0), ("title", 1)]);
}

#[test]
fn a_parents_condition_holds_for_the_descendants_that_the_update_does_not_name() {
    let one = incident(&[("11:10", "affects: mail outage\naffects: mail/eu degraded")]);
    assert_eq!(condition(&one, "mail", "12:00"), Some(Condition::Outage));
    assert_eq!(condition(&one, "mail/us", "12:00"), Some(Condition::Outage));
    assert_eq!(condition(&one, "mail/us/east", "12:00"), Some(Condition::Outage));
    assert_eq!(condition(&one, "mail/eu", "12:00"), Some(Condition::Degraded));
    assert_eq!(condition(&one, "mail/eu/west", "12:00"), Some(Condition::Degraded), "the nearest ancestor's");
    assert_eq!(condition(&one, "mail-archive", "12:00"), None, "not within mail");
    assert_eq!(condition(&one, "voice", "12:00"), None);
}

#[test]
fn a_later_word_on_the_parent_replaces_earlier_ones_on_its_descendants() {
    let incident = incident(&[
        ("11:10", "affects: mail/eu outage\naffects: mail/us outage\naffects: mail-archive partial"),
        ("11:20", "affects: mail degraded\naffects: mail/us partial"),
    ]);
    assert_eq!(conditions(&incident), ["mail degraded", "mail-archive partial", "mail/us partial"]);
    assert_eq!(condition(&incident, "mail/eu", "12:00"), Some(Condition::Degraded));
}

#[test]
fn a_later_word_on_a_child_leaves_the_parents_for_the_others() {
    let incident = incident(&[("11:10", "affects: mail outage"), ("11:20", "affects: mail/eu operational")]);
    assert_eq!(condition(&incident, "mail/eu", "12:00"), Some(Condition::Operational));
    assert_eq!(condition(&incident, "mail/us", "12:00"), Some(Condition::Outage));
}

#[test]
fn an_unaffected_component_is_so_until_it_or_its_parent_is_affected() {
    let outage = |more: &'static str| {
        incident(&[
            ("11:10", "affects: mail outage\nunaffected: mail/eu\nunaffected: voice"),
            ("11:20", more),
        ])
    };
    let unaffected = |incident: &Incident| {
        incident.state().unwrap().unaffected.iter().map(|u| u.value.to_string()).collect::<Vec<_>>()
    };
    let still = outage("");
    assert_eq!(unaffected(&still), ["mail/eu", "voice"]);
    assert_eq!(condition(&still, "mail/eu", "12:00"), Some(Condition::Operational));
    assert_eq!(condition(&still, "mail/us", "12:00"), Some(Condition::Outage));
    assert_eq!(unaffected(&outage("affects: voice degraded")), ["mail/eu"]);
    let parent = outage("affects: mail degraded");
    assert_eq!(unaffected(&parent), ["voice"]);
    assert_eq!(condition(&parent, "mail/eu", "12:00"), Some(Condition::Degraded));
    let again = outage("unaffected: voice");
    assert_eq!(again.state().unwrap().unaffected.last().unwrap().by.index, 1);
    let recovered = incident(&[("11:10", "affects: mail outage"), ("11:20", "unaffected: mail")]);
    assert_eq!(condition(&recovered, "mail", "12:00"), Some(Condition::Operational));
}

/// A line, and the same line with another value.
pub(super) const STANDING: [(&str, &str); 15] = [
    ("summary: one", "summary: two"),
    ("symptom: one\nsymptom: more", "symptom: two"),
    ("scope: one", "scope: two"),
    ("impact: major", "impact: minor"),
    ("fault: ours suspected", "fault: upstream Transit confirmed"),
    ("cause: suspected", "cause: confirmed"),
    ("reply: https://a.example/", "reply: https://b.example/"),
    ("data: loss investigating", "data: loss none"),
    ("workaround: one", "workaround: two"),
    ("started: 2013-09-03T11:00:00Z", "started: 2013-09-03T10:55:00Z"),
    ("eta: unknown yet", "eta: 2013-09-03T19:30:00Z likely"),
    ("contact: tel:112\ncontact: tel:113", "contact: tel:110"),
    ("recurrence-of: one", "recurrence-of: two"),
    ("report: promised 2013-09-10", "report: promised 2013-09-12"),
    ("credit: not-assessed until 2013-09-20", "credit: none"),
];

/// The value of a carried line and, where kept, the index of the update that stated it.
fn standing(incident: &Incident, line: &str) -> Option<(String, Option<u64>)> {
    fn shown<T: Debug>(stated: Option<Stated<'_, T>>) -> Option<(String, Option<u64>)> {
        stated.map(|stated| (format!("{:?}", stated.value), Some(stated.by.index)))
    }
    let h = incident.state().unwrap();
    match line.split(':').next().unwrap() {
        "summary" => shown(h.summary),
        "symptom" => shown(h.symptom),
        "scope" => shown(h.scope),
        "impact" => h.impact.map(|impact| (impact.to_string(), None)),
        "fault" => shown(h.fault),
        "cause" => shown(h.cause),
        "reply" => shown(h.reply),
        "data" => h.data.values().next().map(|stated| (stated.value.to_string(), Some(stated.by.index))),
        "workaround" => shown(h.workaround),
        "started" => Some((h.started.to_string(), None)),
        "eta" => shown(h.eta),
        "contact" => shown(h.contact),
        "recurrence-of" => shown(h.recurrence_of),
        "report" => shown(h.report),
        "credit" => shown(h.credit),
        other => panic!("no line {other}"),
    }
}

#[test]
fn other_lines_stand_until_restated_with_the_update_that_stated_them() {
    for (line, again) in STANDING {
        let once = standing(&incident(&[("11:10", line)]), line);
        let stands = standing(&incident(&[("11:10", line), ("11:20", ""), ("11:30", "")]), line);
        assert!(once.is_some(), "{line}");
        assert_eq!(stands, once, "{line}");
        let restated =
            standing(&incident(&[("11:10", line), ("11:20", again), ("11:30", "")]), line).unwrap();
        let alone = standing(&incident(&[("11:10", again)]), line).unwrap();
        assert_eq!(restated.0, alone.0, "{again}");
        assert_eq!(restated.1, alone.1.map(|_| 1), "{again}");
        assert_ne!(Some(restated.0), once.map(|(value, _)| value), "{again}");
    }
}

#[test]
fn the_title_is_the_newest_updates() {
    assert_eq!(title(&incident(&[("11:10", ""), ("11:20", "")])), "update 2");
}

#[test]
fn statements_on_data_stand_by_kind() {
    let incident = incident(&[
        ("11:10", "data: loss investigating\ndata: delay queued"),
        ("11:20", "data: loss none\ndata: breach none"),
    ]);
    let state = incident.state().unwrap();
    let data: Vec<_> = state.data.values().map(|d| (d.value.to_string(), d.by.index)).collect();
    let expected = [("loss none", 1), ("breach none", 1), ("delay queued", 0)];
    assert_eq!(data, expected.map(|(line, index)| (line.to_owned(), index)));
}

#[test]
fn only_the_newest_updates_promise_of_the_next_counts() {
    let promised = |updates: &[(&str, &str)]| incident(updates).state().unwrap().next_update;
    let first = ("11:10", "next-update: 2013-09-03T15:00:00Z");
    assert_eq!(promised(&[first]), Some(t("15:00")));
    assert_eq!(promised(&[first, ("11:20", "next-update: 2013-09-03T11:40:00Z")]), Some(t("11:40")));
    assert_eq!(promised(&[first, ("11:20", "phase: resolved")]), None);
    let over = ("11:20", "phase: resolved\nnext-update: 2013-09-03T12:00:00Z");
    assert_eq!(promised(&[first, over]), None, "no update is due once it is over");
}

#[test]
fn values_that_are_not_stated_are_absent() {
    let incident = incident(&[("11:10", "")]);
    let state = incident.state().unwrap();
    assert_eq!(state.slug.as_str(), "core");
    assert_eq!((state.drill, state.kind, state.phase), (false, IncidentKind::Incident, Phase::Investigating));
    assert_eq!((state.started, state.ended), (t("11:10"), None));
    assert_eq!((state.impact, state.lang), (None, None));
    assert!(state.summary.is_none() && state.fault.is_none() && state.eta.is_none());
    assert!(state.conditions.is_empty() && state.affected.is_empty() && state.unaffected.is_empty());
}

#[test]
fn without_an_impact_line_the_worst_component_decides() {
    for (lines, expected) in [
        ("affects: mail outage", Some(Impact::Critical)),
        ("affects: mail partial", Some(Impact::Major)),
        ("affects: mail degraded", Some(Impact::Minor)),
        ("affects: mail unknown", Some(Impact::Minor)),
        ("affects: mail maintenance", Some(Impact::Minor)),
        ("affects: mail operational", Some(Impact::None)),
        ("affects: mail degraded\naffects: voice partial", Some(Impact::Major)),
        ("affects: mail outage\nimpact: minor", Some(Impact::Minor)),
        ("affects: mail operational\nimpact: critical", Some(Impact::Critical)),
        ("impact: none", Some(Impact::None)),
        ("affects: mail partial\nunaffected: voice", Some(Impact::Major)),
        ("phase: resolved\naffects: mail outage", Some(Impact::Critical)),
        ("unaffected: voice", None),
        ("", None),
    ] {
        assert_eq!(incident(&[("11:10", lines)]).state().unwrap().impact, expected, "{lines}");
    }
}

#[test]
fn an_update_that_ends_it_may_still_say_how_bad_it_was() {
    let closing = |lines: &str| {
        let closing = format!("phase: resolved\n{lines}");
        incident(&[("11:10", "affects: mail degraded"), ("11:20", &closing)]).state().unwrap().impact
    };
    assert_eq!(closing("affects: mail outage"), Some(Impact::Critical));
    assert_eq!(closing("affects: voice partial"), Some(Impact::Major));
    assert_eq!(closing("affects: mail operational"), Some(Impact::Minor));
    assert_eq!(closing(""), Some(Impact::Minor));
}

#[test]
fn a_component_that_was_hit_and_is_now_unaffected_has_no_impact() {
    let after = |then: &[&str]| {
        let updates = ["11:10", "11:20", "11:30"].into_iter().zip(then.iter().copied());
        incident(&updates.collect::<Vec<_>>()).state().unwrap().impact
    };
    assert_eq!(after(&["affects: mail outage", "unaffected: mail"]), Some(Impact::None));
    assert_eq!(after(&["affects: mail/eu outage", "unaffected: mail"]), Some(Impact::None));
    assert_eq!(after(&["affects: mail outage", "unaffected: mail/eu"]), Some(Impact::Critical));
    assert_eq!(after(&["unaffected: mail"]), None, "the extent is not stated");
    let reopened = ["affects: mail outage", "phase: resolved", "unaffected: mail"];
    assert_eq!(after(&reopened), None, "reopened: the extent must be restated");
}

#[test]
fn the_derived_impact_follows_the_conditions() {
    let updates = [
        ("11:10", "affects: mail outage"),
        ("11:20", "affects: mail degraded"),
        ("11:30", "phase: resolved"),
        ("11:40", "phase: investigating"),
    ];
    let impact = |count| incident(&updates[..count]).state().unwrap().impact;
    assert_eq!(impact(1), Some(Impact::Critical));
    assert_eq!(impact(2), Some(Impact::Minor));
    assert_eq!(impact(3), Some(Impact::Critical), "once it is over, its worst impact");
    assert_eq!(impact(4), None, "reopened: the extent must be restated");
}

/// The conditions after each update, in the order of the fold: a correction takes its target's place, retracted updates
/// are left out, and no conditions are left once it is over.
#[test]
fn a_step_has_the_conditions_after_its_update() {
    let incident = incident(&[
        ("11:00", "affects: mail outage\naffects: voice degraded"),
        ("11:10", "affects: mail/eu partial"),
        ("11:20", &format!("affects: mail partial\n{}", corrects(1))),
        ("11:30", "affects: files outage"),
        ("11:40", &format!("title: Not that\n{}", retracts(4))),
        ("11:50", "phase: resolved"),
    ]);
    let steps: Vec<_> = incident
        .steps()
        .iter()
        .map(|step| {
            let conditions: Vec<_> = step.conditions.iter().map(|(path, c)| format!("{path} {c}")).collect();
            (step.place.index, step.logged.index, conditions.join(", "))
        })
        .collect();
    let expected = [
        (0, 2, "mail partial"),
        (1, 1, "mail partial, mail/eu partial"),
        (4, 4, "mail partial, mail/eu partial"),
        (5, 5, ""),
    ];
    assert_eq!(steps, expected.map(|(place, logged, conditions)| (place, logged, conditions.to_owned())));
}

#[test]
fn an_incident_that_was_taken_over_has_no_more_conditions() {
    let mut incident = incident(&[("11:00", "affects: mail outage"), ("11:10", "continues-in: edge")]);
    let left = |incident: &Incident| incident.steps().iter().map(|s| s.conditions.len()).collect::<Vec<_>>();
    assert_eq!(left(&incident), [1, 1], "not yet taken over");
    incident.set_taken_over(true);
    assert_eq!(left(&incident), [1, 0]);
}
