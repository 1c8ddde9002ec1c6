//! One story of when something was: on the index, in months, in the data, wherever the reader's midnight is.

use crate::samples;
use crate::samples::Stage;
use crate::samples::reading::words;
use outband_record::timeline::Incident;
use outband_site::data::Card;
use outband_site::pages;

const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";
const AUCKLAND: &str = "NZST-12NZDT,M9.5.0,M4.1.0/3";

/// The zone, when an incident began, the month that lists it, how its beginning reads, and what the tooltip says.
const DATES: [(&str, &str, &str, &str, &str); 7] = [
    // New Year.
    (NEW_YORK, "2014-01-01T04:30:00Z", "2014-01", "23:30 EST, Tue 31 Dec 2013", "04:30 UTC, Wed 1 Jan 2014"),
    (AUCKLAND, "2013-12-31T11:30:00Z", "2013-12", "00:30 NZDT, Wed 1 Jan 2014", "11:30 UTC, Tue 31 Dec 2013"),
    // Midnight between two months.
    (NEW_YORK, "2013-09-01T03:59:00Z", "2013-09", "23:59 EDT, Sat 31 Aug 2013", "03:59 UTC, Sun 1 Sep 2013"),
    // The hour that a clock change repeats.
    (NEW_YORK, "2013-11-03T05:30:00Z", "2013-11", "01:30 EDT, Sun 3 Nov 2013", "05:30 UTC, Sun 3 Nov 2013"),
    (NEW_YORK, "2013-11-03T06:30:00Z", "2013-11", "01:30 EST, Sun 3 Nov 2013", "06:30 UTC, Sun 3 Nov 2013"),
    // The hour that one leaves out.
    (BERLIN, "2014-03-30T01:00:00Z", "2014-03", "03:00 CEST, Sun 30 Mar 2014", "01:00 UTC, Sun 30 Mar 2014"),
    // A day that most years do not have.
    (BERLIN, "2012-02-29T23:30:00Z", "2012-02", "00:30 CET, Thu 1 Mar 2012", "23:30 UTC, Wed 29 Feb 2012"),
];

#[test]
fn a_time_is_the_same_everywhere_and_months_say_that_they_are_utc() {
    for (zone, began, month, local, utc) in DATES {
        let sample = format!(
            "==== 7 {began} alice/phone\noutband update v1\norigin: status.mail.example\nid: {:032x}\ntime: {began}\n\
             incident: edge-of-a-day\nphase: resolved\ntitle: It was short\n",
            7
        );
        let now = samples::time(began).plus(86_400).to_string();
        let stage = Stage::at(&now, &[&sample]).in_zone(zone);
        let state = stage.incidents[0].state().expect("a state");
        let card = Card::of(&state);
        assert_eq!(card.month(), month, "{began}");
        let view = stage.view();
        let cards: Vec<_> =
            stage.incidents.iter().filter_map(Incident::state).map(|h| Card::of(&h)).collect();
        let of_month = pages::month(&view, month, &cards, None).expect("rendered");
        let history = pages::history(&view, &[(month, &cards)], &[]).expect("rendered");
        for page in [of_month, history] {
            let page = String::from_utf8(page.body).expect("UTF-8");
            assert!(words(&page).contains(local), "{began}: no {local} in {page}");
            assert!(page.contains(&format!("title=\"{utc}\"")), "{began}: no {utc} in {page}");
            assert!(words(&page).contains("(UTC)"), "{page}");
        }
        for page in [samples::reading::index(&stage), samples::reading::story(&stage)] {
            assert!(words(&page).contains(local), "{began}: no {local} in {page}");
        }
    }
}

#[test]
fn february_has_as_many_days_as_the_year_says() {
    for (year, days) in [(2012, 29), (2013, 28)] {
        let now = samples::time(&format!("{year}-04-01T00:00:00Z"));
        let stage =
            Stage { since: samples::time("2011-01-01T00:00:00Z"), ..Stage::at(&now.to_string(), &[]) };
        let month = format!("{year}-02");
        let page = pages::month(&stage.view(), &month, &[], stage.month(&month).as_ref()).expect("rendered");
        let width = days * 4 - 1;
        let page = String::from_utf8(page.body).expect("UTF-8");
        assert!(page.contains(&format!("viewBox=\"0 0 {width} 24\"")), "{year}: {page}");
    }
}
