//! The whole site.

use super::*;
use crate::text::Site;

fn site() -> Site {
    let components =
        ["mail", "mail/eu", "mail/us", "voice"].map(|path| format!("component: {path} {path}\n")).concat();
    Site::parse(&format!(
        "outband site v1\norigin: status.example.net\nid: {}\ntime: 2013-01-01T00:00:00Z\nname: Mail\nurl: https://status.example.net\nlang: en\nzone: UTC0\n{components}",
        id(99)
    ))
    .unwrap()
}

/// The condition shown for each component at 12:00, with these incidents open.
fn shown(incidents: &[Incident]) -> [Condition; 4] {
    let site = site();
    let states = incidents.iter().filter_map(Incident::state);
    let outlook = Outlook::at(t("12:00"), &site, Some(t("11:00")), states);
    ["mail", "mail/eu", "mail/us", "voice"].map(|component| outlook.shown(&path(component)))
}

#[test]
fn between_incidents_the_worst_condition_wins() {
    let worst_first = ["outage", "partial", "degraded", "unknown", "maintenance", "operational"];
    for (at, worse) in worst_first.iter().enumerate() {
        for better in &worst_first[at..] {
            let incidents = [better, worse]
                .map(|condition| incident(&[("11:10", &format!("affects: voice {condition}"))]));
            assert_eq!(shown(&incidents)[3].as_str(), *worse, "{worse} and {better}");
        }
    }
}

#[test]
fn one_incident_does_not_clear_what_another_affects() {
    let down = incident(&[("11:10", "affects: mail outage")]);
    let other = incident(&[("11:20", "affects: voice degraded\nunaffected: mail")]);
    let over = incident(&[("11:20", "affects: voice outage"), ("11:30", "phase: resolved")]);
    use Condition::{Degraded, Operational, Outage};
    assert_eq!(shown(&[down.clone(), other]), [Outage, Outage, Outage, Degraded]);
    assert_eq!(shown(&[down, over]), [Outage, Outage, Outage, Operational]);
}

#[test]
fn a_parent_shows_the_worst_under_it() {
    use Condition::{Degraded, Operational, Outage};
    let child =
        incident(&[("11:10", "affects: mail degraded\naffects: mail/eu outage\nunaffected: mail/us")]);
    assert_eq!(shown(&[child]), [Outage, Outage, Operational, Operational]);
    let parent = incident(&[("11:10", "affects: mail degraded")]);
    assert_eq!(shown(&[parent]), [Degraded, Degraded, Degraded, Operational]);
    assert_eq!(shown(&[]), [Operational; 4]);
}

#[test]
fn a_condition_is_stated_for_a_component_and_what_is_under_it() {
    let (site, down) = (site(), incident(&[("11:10", "affects: mail outage")]));
    let outlook = Outlook::at(t("12:00"), &site, Some(t("11:00")), down.state());
    let stated = ["mail", "mail/eu", "voice"].map(|component| outlook.is_stated(&path(component)));
    assert_eq!(stated, [true, true, false]);
}

#[test]
fn a_drill_changes_nothing() {
    let drill = incident(&[("11:10", "affects: mail outage\ndrill: yes")]);
    assert!(drill.is_drill() && drill.state().unwrap().drill);
    assert_eq!(shown(std::slice::from_ref(&drill)), [Condition::Operational; 4]);
    assert!(Outlook::at(t("12:00"), &site(), None, drill.state()).open.is_empty());
}

#[test]
fn unmentioned_components_are_unknown_while_the_extent_is() {
    use Condition::{Degraded, Operational, Unknown};
    let vague = |lines: &str| incident(&[("11:10", lines)]);
    assert_eq!(shown(&[vague("")]), [Unknown; 4]);
    assert_eq!(
        shown(&[vague("impact: critical\nunaffected: voice")]),
        [Unknown, Unknown, Unknown, Operational]
    );
    assert_eq!(
        shown(&[vague(""), vague("affects: mail/eu degraded")]),
        [Degraded, Degraded, Unknown, Unknown]
    );
    // Stating the affected components states the extent; so does stating that there are none.
    for known in [
        "affects: mail operational",
        "impact: none",
        "phase: resolved",
        "phase: in-progress",
        "phase: notice",
    ] {
        assert_eq!(shown(&[vague(known)]), [Operational; 4], "{known}");
    }
    let found = incident(&[("11:10", ""), ("11:20", "affects: mail/us degraded")]);
    assert_eq!(shown(&[found]), [Degraded, Operational, Degraded, Operational]);
}

#[test]
fn before_the_first_update_nothing_is_known() {
    let site = site();
    let outlook = Outlook::at(t("12:00"), &site, None, []);
    assert!(site.component.iter().all(|c| outlook.shown(&c.path) == Condition::Unknown));
}

#[test]
fn open_incidents_are_sorted_worst_first_then_newest() {
    let incidents = [
        incident(&[("11:10", "phase: notice\ntitle: notice\nimpact: critical")]),
        incident(&[("11:10", "phase: in-progress\ntitle: maintenance\nimpact: critical")]),
        incident(&[("11:10", "title: old minor\nimpact: minor")]),
        incident(&[("11:20", "title: new minor\nimpact: minor")]),
        incident(&[("11:00", "title: critical\nimpact: critical")]),
        incident(&[("11:00", "phase: resolved\ntitle: over\nimpact: critical")]),
    ];
    let site = site();
    let states = incidents.iter().filter_map(Incident::state);
    let outlook = Outlook::at(t("12:00"), &site, Some(t("11:00")), states);
    let titles: Vec<_> = outlook.open.iter().map(|state| state.title.value.as_str()).collect();
    assert_eq!(titles, ["critical", "new minor", "old minor", "maintenance", "notice"]);
}
