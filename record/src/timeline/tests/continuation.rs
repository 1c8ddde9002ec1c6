//! Continuing in another incident.

use std::collections::BTreeMap;

use super::*;
use crate::text::{Impact, Phase, Value as _};

/// Incidents by slug, each from updates given as time and lines, with takeovers computed.
struct Site(BTreeMap<Slug, Incident>);

fn slug(text: &str) -> Slug {
    Slug::parse(text).unwrap()
}

impl Site {
    fn of(incidents: &[(&str, &[(&str, &str)])]) -> Self {
        let mut all: BTreeMap<_, _> =
            incidents.iter().map(|(name, updates)| (slug(name), incident(updates))).collect();
        let courses: BTreeMap<_, _> =
            all.iter().map(|(slug, incident)| (slug.clone(), incident.course())).collect();
        for (slug, incident) in &mut all {
            let find = |slug: &Slug| Ok::<_, ()>(courses.get(slug).cloned().flatten());
            incident.set_taken_over(is_taken_over(slug, find).unwrap());
        }
        Self(all)
    }

    /// The incidents open at 23:00, by slug.
    fn open(&self) -> Vec<&str> {
        let open = self.0.iter().filter(|(_, incident)| incident.state().unwrap().is_open(t("23:00")));
        open.map(|(slug, _)| slug.as_str()).collect()
    }

    fn state(&self, name: &str) -> IncidentState<'_> {
        self.0[&slug(name)].state().unwrap()
    }
}

const BEGUN: (&str, &str) = ("11:10", "affects: mail outage");

#[test]
fn an_incident_that_is_taken_over_is_over() {
    let site = Site::of(&[
        ("core", &[BEGUN, ("11:20", "continues-in: edge\nnext-update: 2013-09-03T11:40:00Z")]),
        ("edge", &[("11:15", "affects: mail partial")]),
    ]);
    assert_eq!(site.open(), ["edge"]);
    let core = site.state("core");
    assert!(!core.is_overdue(t("23:00")) && core.conditions.is_empty() && core.next_update.is_none());
    assert_eq!(core.condition(&path("mail"), t("11:30")), None);
    assert_eq!((core.moments().count(), core.ended), (0, Some(t("11:20"))));
    assert_eq!((core.impact, core.reopened), (Some(Impact::Critical), false));
    assert_eq!(core.continues_in.map(|stated| stated.value.as_str()), Some("edge"));
}

#[test]
fn it_stays_over_when_the_other_one_is_over_later() {
    let edge: [(&str, &[(&str, &str)]); 2] = [
        ("edge", &[("11:15", ""), ("12:00", "phase: resolved")]),
        ("edge", &[("11:15", ""), ("12:00", "phase: resolved"), ("15:00", "phase: postmortem")]),
    ];
    for edge in edge {
        assert_eq!(Site::of(&[("core", &[BEGUN, ("11:20", "continues-in: edge")]), edge]).open(), [""; 0]);
    }
}

#[test]
fn an_incident_that_is_over_or_missing_takes_nothing_over() {
    let core: (&str, &[(&str, &str)]) = ("core", &[BEGUN, ("11:20", "continues-in: edge")]);
    let over: (&str, &[(&str, &str)]) = ("edge", &[("11:00", ""), ("11:15", "phase: resolved")]);
    let same_second: (&str, &[(&str, &str)]) = ("edge", &[("11:00", ""), ("11:20", "phase: resolved")]);
    for others in [vec![over], vec![same_second], vec![]] {
        let site = Site::of(&[vec![core], others].concat());
        assert_eq!(site.open(), ["core"]);
        let core = site.state("core");
        assert_eq!((core.ended, core.continues_in), (None, None));
        assert_eq!(core.condition(&path("mail"), t("23:00")).unwrap().value, Condition::Outage);
    }
    let advice = |ended: &'static str| -> [(&str, &str); 1] { [("11:00", ended)] };
    let past = advice("phase: notice\nended: 2013-09-03T11:10:00Z");
    let present = advice("phase: notice\nended: 2013-09-03T11:30:00Z");
    assert_eq!(Site::of(&[core, ("edge", &past)]).open(), ["core"]);
    assert_eq!(Site::of(&[core, ("edge", &present)]).open(), [""; 0]);
}

#[test]
fn two_that_name_each_other_both_go_on() {
    for (one, other) in [("11:20", "11:30"), ("11:30", "11:20"), ("11:20", "11:20")] {
        let site = Site::of(&[
            ("disk", &[BEGUN, (one, "continues-in: edge")]),
            ("edge", &[BEGUN, (other, "continues-in: disk")]),
        ]);
        assert_eq!(site.open(), ["disk", "edge"]);
    }
    let three = Site::of(&[
        ("core", &[BEGUN, ("11:20", "continues-in: disk")]),
        ("disk", &[BEGUN, ("11:20", "continues-in: edge")]),
        ("edge", &[BEGUN, ("11:20", "continues-in: fan")]),
        ("fan", &[BEGUN, ("11:20", "continues-in: disk")]),
    ]);
    assert_eq!(
        three.open(),
        ["disk", "edge", "fan"],
        "an incident that continues in the cycle is taken over"
    );
}

#[test]
fn a_chain_ends_with_its_last_one() {
    let chain = |end: &[(&str, &str)]| {
        let site = Site::of(&[
            ("core", &[BEGUN, ("11:20", "continues-in: disk")]),
            ("disk", &[BEGUN, ("11:30", "continues-in: edge")]),
            ("edge", end),
        ]);
        site.open().join(" ")
    };
    assert_eq!(chain(&[BEGUN]), "edge");
    assert_eq!(chain(&[BEGUN, ("12:00", "phase: resolved")]), "");
    assert_eq!(
        chain(&[BEGUN, ("11:25", "phase: resolved")]),
        "disk",
        "the incident it continues in was already over"
    );
    let late = Site::of(&[
        ("core", &[BEGUN, ("15:00", "continues-in: disk")]),
        ("disk", &[BEGUN, ("11:30", "continues-in: edge")]),
        ("edge", &[BEGUN, ("12:00", "phase: resolved")]),
    ]);
    assert_eq!(late.open(), ["core"], "the end of its chain was already over");
}

#[test]
fn a_later_update_without_continues_in_reopens_it() {
    let site = |more: &[(&str, &str)]| {
        let core =
            [&[BEGUN, ("11:20", "phase: monitoring\nended: 2013-09-03T11:19:00Z\ncontinues-in: edge")], more]
                .concat();
        Site::of(&[("core", &core), ("edge", &[BEGUN])])
    };
    let back = site(&[("11:40", "phase: monitoring")]);
    assert_eq!(back.open(), ["core", "edge"]);
    let core = back.state("core");
    assert!(core.reopened && core.ended.is_none() && core.continues_in.is_none());
    assert_eq!(core.condition(&path("mail"), t("11:50")).unwrap().value, Condition::Outage);
    assert_eq!(site(&[("11:40", "phase: identified\ncontinues-in: edge")]).open(), ["edge"]);
    assert_eq!(site(&[("11:10", "phase: identified")]).open(), ["edge"], "its effective time is earlier");

    let report = site(&[("15:00", "phase: postmortem")]);
    let core = report.state("core");
    assert_eq!((core.phase, core.ended), (Phase::Postmortem, Some(t("11:19"))));
    assert!(core.continues_in.is_some(), "a report does not reopen it");
}

#[test]
fn a_corrected_or_retracted_update_does_not_count() {
    for more in [corrects(2), retracts(2)] {
        let site = Site::of(&[
            ("core", &[BEGUN, ("11:20", "continues-in: edge"), ("11:30", &more)]),
            ("edge", &[BEGUN]),
        ]);
        assert_eq!(site.open(), ["core", "edge"], "{more}");
    }
}

#[test]
fn until_it_is_decided_it_goes_on() {
    assert!(incident(&[BEGUN, ("11:20", "continues-in: edge")]).state().unwrap().is_open(t("11:30")));
}
