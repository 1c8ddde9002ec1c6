//! Changes that come with time alone.

use super::*;
use crate::text::IncidentKind;

#[test]
fn a_promised_update_is_overdue_from_that_second_onwards() {
    let incident = incident(&[("11:10", "next-update: 2013-09-03T11:40:00Z")]);
    let state = incident.state().unwrap();
    assert!(!state.is_overdue(t("2013-09-03T11:39:59Z")) && state.is_overdue(t("11:40")));
    let over = [("11:10", ""), ("11:20", "phase: resolved\nnext-update: 2013-09-03T11:40:00Z")];
    assert!(!self::incident(&over).state().unwrap().is_overdue(t("23:00")));
}

#[test]
fn an_estimate_is_past_from_its_last_second_onwards() {
    let past = |eta: &str, now: &str| {
        incident(&[("11:10", &format!("eta: {eta}"))]).state().unwrap().is_past_estimate(t(now))
    };
    assert!(!past("2013-09-03T19:30:00Z likely", "2013-09-03T19:29:59Z"));
    assert!(past("2013-09-03T19:30:00Z likely", "19:30"));
    assert!(!past("2013-09-03T19:00:00Z/2013-09-03T21:00:00Z possible", "20:59"));
    assert!(past("2013-09-03T19:00:00Z/2013-09-03T21:00:00Z possible", "21:00"));
    assert!(!past("unknown yet", "23:00"));
    let over = incident(&[("11:10", "eta: 2013-09-03T19:30:00Z likely"), ("18:30", "phase: resolved")]);
    assert!(!over.state().unwrap().is_past_estimate(t("23:00")));
}

#[test]
fn promised_days_are_overdue_when_they_are_over() {
    let lines = "phase: resolved\nreport: promised 2013-09-10\ncredit: not-assessed until 2013-09-20";
    let incident = incident(&[("11:10", lines)]);
    let state = incident.state().unwrap();
    assert!(!state.is_report_overdue(t("2013-09-10T23:59:59Z")));
    assert!(state.is_report_overdue(t("2013-09-11T00:00:00Z")));
    assert!(!state.is_credit_past(t("2013-09-20T23:59:59Z")));
    assert!(state.is_credit_past(t("2013-09-21T00:00:00Z")));
    let moments: Vec<_> = state.moments().collect();
    assert_eq!(moments, [t("2013-09-11T00:00:00Z"), t("2013-09-21T00:00:00Z")]);
}

#[test]
fn a_delivered_report_or_a_settled_credit_is_not_overdue() {
    let promise = ("11:10", "report: promised 2013-09-10\ncredit: automatic by 2013-09-20, 10 %");
    for (more, report, credit) in [
        ("", true, true),
        ("report: delivered https://example.net/rfo", false, true),
        ("credit: none", true, false),
        ("credit: claim by 2020-09-20 at https://example.net/, 10 %", true, false),
        ("report: promised 2020-09-10", false, true),
    ] {
        let incident = incident(&[promise, ("11:20", more)]);
        let (state, now) = (incident.state().unwrap(), t("2014-01-01T00:00:00Z"));
        assert_eq!((state.is_report_overdue(now), state.is_credit_past(now)), (report, credit), "{more}");
    }
}

#[test]
fn a_notice_ends_as_stated_or_a_week_after_it_was_last_posted() {
    let open = |updates: &[(&str, &str)], now: &str| incident(updates).state().unwrap().is_open(t(now));
    let (first, again) = (("11:10", "phase: notice"), ("2013-09-05T00:00:00Z", "phase: notice"));
    assert!(open(&[first], "2013-09-10T11:09:59Z") && !open(&[first], "2013-09-10T11:10:00Z"));
    assert!(open(&[first, again], "2013-09-11T23:59:59Z") && !open(&[first, again], "2013-09-12T00:00:00Z"));
    let stated = ("11:10", "phase: notice\nended: 2013-09-04T00:00:00Z");
    assert!(open(&[stated], "2013-09-03T23:59:59Z") && !open(&[stated], "2013-09-04T00:00:00Z"));
    let notice = incident(&[first]);
    assert_eq!(notice.state().unwrap().moments().collect::<Vec<_>>(), [t("2013-09-10T11:10:00Z")]);
    assert_eq!(notice.state().unwrap().kind, IncidentKind::Notice);
}

pub(super) const WINDOW: &str =
    "phase: scheduled\naffects: mail maintenance\nwindow: 2013-09-07T04:00:00Z/2013-09-07T06:00:00Z";

#[test]
fn a_scheduled_maintenance_counts_once_its_window_opens() {
    let incident = incident(&[("11:10", WINDOW)]);
    let state = incident.state().unwrap();
    for (now, ahead, unconfirmed, expected) in [
        ("12:00", true, false, None),
        ("2013-09-07T03:59:59Z", true, false, None),
        ("2013-09-07T04:00:00Z", false, false, Some(Condition::Maintenance)),
        ("2013-09-07T05:59:59Z", false, false, Some(Condition::Maintenance)),
        ("2013-09-07T06:00:00Z", false, true, Some(Condition::Maintenance)),
    ] {
        assert_eq!(condition(&incident, "mail", now), expected, "{now}");
        assert_eq!(state.is_ahead(t(now)), ahead, "{now}");
        assert_eq!(state.is_unconfirmed(t(now)), unconfirmed, "{now}");
        assert!(state.is_open(t(now)), "{now}");
    }
    let moments: Vec<_> = state.moments().collect();
    assert_eq!(moments, [t("11:40"), t("2013-09-07T04:00:00Z"), t("2013-09-07T06:00:00Z")]);
    let over = self::incident(&[("11:10", WINDOW), ("2013-09-07T06:10:00Z", "phase: completed")]);
    assert_eq!(condition(&over, "mail", "2013-09-07T06:10:00Z"), None);
    assert!(!over.state().unwrap().is_unconfirmed(t("2013-09-07T06:10:00Z")));
}

#[test]
fn a_maintenance_that_has_begun_lasts_until_it_is_reported_over() {
    let early = incident(&[("11:10", WINDOW), ("2013-09-07T03:50:00Z", "phase: in-progress")]);
    let state = early.state().unwrap();
    assert!(!state.is_ahead(t("2013-09-07T03:55:00Z")));
    for now in ["2013-09-07T03:55:00Z", "2013-09-07T05:00:00Z", "2013-09-07T09:00:00Z"] {
        assert_eq!(condition(&early, "mail", now), Some(Condition::Maintenance), "{now}");
    }
    assert_eq!(state.window.unwrap().by.index, 0, "the window stays in force");
    let moved = WINDOW.replace("04:00", "05:00");
    let moved = incident(&[("11:10", WINDOW), ("11:20", &moved)]);
    assert_eq!(condition(&moved, "mail", "2013-09-07T04:30:00Z"), None);
}
