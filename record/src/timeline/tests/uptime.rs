//! Seconds per day, and the resulting uptime.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::text::{Site, Slug};
use crate::time::Date;

fn site(paths: &[&str]) -> Site {
    let components: String = paths.iter().map(|path| format!("component: {path} Name\n")).collect();
    let head = "outband site v1\norigin: status.example.net\nid: 0f1ed002ab5595859014ebf0951522d9\n\
                time: 2013-01-01T00:00:00Z\nname: Mail\nurl: https://status.example.net\nlang: en\nzone: UTC0\n";
    Site::parse(&format!("{head}{components}")).unwrap()
}

fn chronicle(since: &str, incidents: &[&Incident]) -> Chronicle {
    let mut chronicle = Chronicle::new(t(since));
    for (n, incident) in incidents.iter().enumerate() {
        chronicle.add(&Slug::parse(&format!("incident-{n}")).unwrap(), incident.spans());
    }
    chronicle
}

/// One component over September 2013.
fn september(chronicle: &Chronicle, component: &str) -> Vec<Day> {
    let site = site(&["mail", "mail/eu", "mail/us", "voice"]);
    let first = Date::parse("2013-09-01").unwrap();
    let measured = chronicle.measure(&site, first, first.month_end());
    measured.into_iter().find(|measured| measured.component.path == path(component)).unwrap().days
}

fn total(days: &[Day]) -> Tally {
    Tally::of(days.iter().map(|day| day.tally))
}

fn share(tally: Tally) -> String {
    tally.uptime().map_or_else(|| "none".to_owned(), |share| share.to_string())
}

const HOUR: u64 = 3600;
const BEFORE: &str = "2013-01-01T00:00:00Z";

/// The outage of 3 September 2013, in US Eastern time: down from 07:00 to 15:30, then degraded until 18:30.
#[test]
fn the_outage_of_september_2013_is_98_82_percent() {
    let outage = incident(&[
        ("11:10", "affects: mail outage\nstarted: 2013-09-03T11:00:00Z"),
        ("19:30", "affects: mail degraded\nphase: monitoring"),
        ("22:40", "phase: resolved\nended: 2013-09-03T22:30:00Z"),
    ]);
    let days = september(&chronicle(BEFORE, &[&outage]), "mail");
    assert_eq!(days.len(), 30);
    let sum = total(&days);
    assert_eq!((sum.measured, sum.outage, sum.degraded), (30 * 24 * HOUR, 8 * HOUR + HOUR / 2, 3 * HOUR));
    assert_eq!(share(sum), "98.82");
    let reported: Vec<_> = days.iter().filter(|day| day.tally.worst().is_some()).collect();
    assert_eq!(reported.len(), 1);
    assert_eq!(
        (reported[0].date.to_string().as_str(), reported[0].tally.worst()),
        ("2013-09-03", Some(Condition::Outage))
    );
    assert_eq!(share(total(&september(&chronicle(BEFORE, &[&outage]), "voice"))), "100.00");
}

#[test]
fn a_partial_outage_weighs_half_and_unknown_is_left_out() {
    let tally = Tally { measured: 1000, partial: 100, ..Tally::default() };
    assert_eq!(share(tally), "95.00");
    assert_eq!(share(Tally { outage: 100, ..tally }), "85.00");
    assert_eq!(share(Tally { degraded: 400, maintenance: 300, ..tally }), "95.00");
    assert_eq!(share(Tally { unknown: 500, ..tally }), "90.00");
    assert_eq!(share(Tally { unknown: 1000, partial: 0, ..tally }), "none");
    assert_eq!(share(Tally::default()), "none");
    assert_eq!(share(Tally { measured: 1000, outage: 1000, ..Tally::default() }), "0.00");
}

#[test]
fn a_second_of_outage_is_never_a_hundred_percent() {
    let days = Tally { measured: 90 * 24 * HOUR, ..Tally::default() };
    assert_eq!(share(days), "100.00");
    assert_eq!(share(Tally { partial: 1, ..days }), "99.99");
    assert_eq!(share(Tally { degraded: 24 * HOUR, ..days }), "100.00");
}

#[test]
fn before_the_page_there_is_no_data() {
    let outage = incident(&[("11:10", "affects: mail outage\nstarted: 2013-08-30T00:00:00Z")]);
    let days = september(&chronicle("2013-09-02T18:00:00Z", &[&outage]), "mail");
    assert_eq!(days[0].tally, Tally::default());
    assert_eq!((days[1].tally.measured, days[1].tally.outage), (6 * HOUR, 6 * HOUR));
    assert_eq!((days[2].tally.measured, days[2].tally.outage), (24 * HOUR, 24 * HOUR));
    assert_eq!(september(&chronicle("2014-01-01T00:00:00Z", &[&outage]), "mail")[29].tally, Tally::default());
}

/// Two simultaneous incidents are not two outages: the worse one counts.
#[test]
fn the_worse_of_two_incidents_counts_at_each_time() {
    let one = incident(&[("10:00", "affects: mail outage"), ("12:00", "phase: resolved")]);
    let two = incident(&[("11:00", "affects: mail partial"), ("14:00", "phase: resolved")]);
    let sum = total(&september(&chronicle(BEFORE, &[&one, &two]), "mail"));
    assert_eq!((sum.outage, sum.partial), (2 * HOUR, 2 * HOUR));
}

#[test]
fn a_parent_is_as_bad_as_what_is_under_it_and_a_child_as_its_parent_unless_named() {
    let outage = incident(&[
        ("10:00", "affects: mail degraded\naffects: mail/eu outage"),
        ("12:00", "affects: mail outage\nunaffected: mail/us"),
        ("13:00", "phase: resolved"),
    ]);
    let chronicle = chronicle(BEFORE, &[&outage]);
    let seconds = |component| {
        let sum = total(&september(&chronicle, component));
        (sum.outage / HOUR, sum.degraded / HOUR)
    };
    assert_eq!(seconds("mail"), (3, 0));
    assert_eq!(seconds("mail/eu"), (3, 0));
    assert_eq!(seconds("mail/us"), (0, 2));
    assert_eq!(seconds("voice"), (0, 0));
}

/// Removing a component from the site does not change its parent's past.
#[test]
fn a_component_that_is_gone_counts_for_its_parent() {
    let outage = incident(&[("10:00", "affects: mail/old outage"), ("12:00", "phase: resolved")]);
    assert_eq!(total(&september(&chronicle(BEFORE, &[&outage]), "mail")).outage, 2 * HOUR);
    assert_eq!(total(&september(&chronicle(BEFORE, &[&outage]), "mail/eu")).outage, 0);
}

fn span() -> impl Strategy<Value = Span> {
    let component = select(vec!["mail", "mail/eu", "voice"]);
    (component, select(Condition::ALL.to_vec()), 0..300_u64, prop::option::of(1..200_u64)).prop_map(
        |(component, condition, from, hours)| {
            let from = t("2013-08-25T00:00:00Z").plus(from * HOUR);
            let to = hours.map(|hours| from.plus(hours * HOUR));
            Span { from, component: path(component), condition, to }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Counts each hour separately. Each span is an incident of its own.
    #[test]
    fn the_sums_equal_counting_each_hour(spans in vec(span(), 0..12), since in 0..600_u64) {
        let since = t("2013-08-20T00:00:00Z").plus(since * HOUR);
        let mut chronicle = Chronicle::new(since);
        for (n, span) in spans.iter().enumerate() {
            chronicle.add(&Slug::parse(&format!("incident-{n}")).unwrap(), [span.clone()]);
        }
        for component in ["mail", "mail/eu", "mail/us", "voice"] {
            let mut expected = Tally::default();
            for hour in 0..30 * 24 {
                let at = t("2013-09-01T00:00:00Z").plus(hour * HOUR);
                if at < since {
                    continue;
                }
                let concerns = |span: &&Span| {
                    let (here, there) = (path(component), &span.component);
                    (here.is_within(there) || there.is_within(&here)) && span.touches(at, at.plus(1))
                };
                expected.measured += HOUR;
                match spans.iter().filter(concerns).map(|span| span.condition).max() {
                    Some(Condition::Outage) => expected.outage += HOUR,
                    Some(Condition::Partial) => expected.partial += HOUR,
                    Some(Condition::Degraded) => expected.degraded += HOUR,
                    Some(Condition::Unknown) => expected.unknown += HOUR,
                    Some(Condition::Maintenance) => expected.maintenance += HOUR,
                    Some(Condition::Operational) | None => {}
                }
            }
            prop_assert_eq!(total(&september(&chronicle, component)), expected);
        }
    }
}
