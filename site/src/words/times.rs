//! Times and dates for people: `07:40 EDT, Tue 3 Sep` on pages, `07:40 EDT · 11:40 UTC, Tue 3 Sep 2013` in plain text.
//!
//! Absolute, to the minute; the markup carries the seconds, and UTC for tooltips and print. Today's date is shown too: a
//! page outlives its day, and this code does not know the current date.

use jiff::civil;
use jiff::tz::TimeZone;
use outband_record::time::{Date, Time};

use crate::messages::Messages;

/// Whether the year is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    /// It is.
    Shown,
    /// It is shown nearby.
    Known,
}

/// In the site's time zone and in UTC. The date is shown once if it is the same.
pub(super) fn times(messages: &Messages, time: Time, zone: &TimeZone, year: Year) -> String {
    let (local, utc) = (Local::of(time, zone), Local::of(time, &TimeZone::UTC));
    let (there, here) = (local.clock(messages), utc.clock(messages));
    let day = civil_day(messages, utc.at.date(), year);
    if there == here {
        messages.fill("moment", &[("clock", &here), ("day", &day)])
    } else if local.at.date() == utc.at.date() {
        messages.fill("moment_same_day", &[("there", &there), ("here", &here), ("day", &day)])
    } else {
        // The weekday suffices next to a full date.
        let (date, day) = (civil_day(messages, local.at.date(), year), weekday(messages, utc.at.date()));
        let parts = [("there", &*there), ("date", &date), ("here", &here), ("day", day)];
        messages.fill("moment_two_days", &parts)
    }
}

/// In the given time zone only.
pub(super) fn short(messages: &Messages, time: Time, zone: &TimeZone, year: Year) -> String {
    let local = Local::of(time, zone);
    let day = civil_day(messages, local.at.date(), year);
    messages.fill("moment", &[("clock", &local.clock(messages)), ("day", &day)])
}

/// In UTC with the year, unless the time zone is the same.
pub(super) fn utc(messages: &Messages, time: Time, zone: &TimeZone) -> Option<String> {
    let is_other = clock(messages, time, zone) != clock(messages, time, &TimeZone::UTC);
    is_other.then(|| short(messages, time, &TimeZone::UTC, Year::Shown))
}

/// The clock time, if the day is known: `07:40 EDT`.
pub(super) fn clock(messages: &Messages, time: Time, zone: &TimeZone) -> String {
    Local::of(time, zone).clock(messages)
}

/// As people read it aloud on the phone: `10 p.m. Eastern, Tue 3 Sep`.
pub(super) fn aloud(messages: &Messages, time: Time, zone: &TimeZone) -> String {
    let Local { at, abbreviation } = Local::of(time, zone);
    let (hour, is_morning) = match messages.text("aloud_clock") {
        "12" => ((at.hour() + 11) % 12 + 1, at.hour() < 12),
        _ => (at.hour(), true),
    };
    let key = match (at.hour(), at.minute(), is_morning) {
        (0, 0, _) => "aloud_midnight",
        (12, 0, _) => "aloud_noon",
        (_, 0, true) => "aloud_am_sharp",
        (_, 0, false) => "aloud_pm_sharp",
        (_, _, true) => "aloud_am",
        (_, _, false) => "aloud_pm",
    };
    let (hour, minute) = (hour.to_string(), format!("{:02}", at.minute()));
    let clock = messages.fill(key, &[("hour", &hour), ("minute", &minute)]);
    // Other countries use the same letters.
    let hours = zone.to_offset(time.timestamp()).seconds() / 3600;
    let zone = match (abbreviation.as_str(), hours) {
        ("EST", -5) | ("EDT", -4) => messages.text("aloud_eastern"),
        ("CST", -6) | ("CDT", -5) => messages.text("aloud_central"),
        ("MST", -7) | ("MDT", -6) => messages.text("aloud_mountain"),
        ("PST", -8) | ("PDT", -7) => messages.text("aloud_pacific"),
        (other, _) => other,
    };
    let day = civil_day(messages, at.date(), Year::Known);
    messages.fill("aloud", &[("clock", &clock), ("zone", zone), ("day", &day)])
}

/// Whether both times are on the same day in `zone`.
pub(super) fn same_day(a: Time, b: Time, zone: &TimeZone) -> bool {
    Local::of(a, zone).at.date() == Local::of(b, zone).at.date()
}

/// `Tue 10 Sep 2013`
pub(super) fn day(messages: &Messages, date: Date) -> String {
    civil_day(messages, date.civil(), Year::Shown)
}

/// `September 2013` for a month such as `2013-09`; other text as is.
pub(crate) fn month(messages: &Messages, month: &str) -> String {
    match Date::parse(&format!("{month}-01")).map(Date::civil) {
        Some(first) => {
            let parts = [("month", month_name(messages, first.month())), ("year", &first.year().to_string())];
            messages.fill("month_year", &parts)
        }
        None => month.to_owned(),
    }
}

/// `11 h 30 min`
pub(super) fn duration(messages: &Messages, from: Time, to: Time) -> String {
    let minutes = to.posix().saturating_sub(from.posix()) / 60;
    let parts = [
        ("duration_days", minutes / 1440),
        ("duration_hours", minutes / 60 % 24),
        ("duration_minutes", minutes % 60),
    ];
    let shown = parts.into_iter().filter(|(_, n)| *n > 0);
    let shown: Vec<_> = shown.map(|(unit, n)| messages.fill(unit, &[("n", &n.to_string())])).collect();
    if shown.is_empty() { messages.text("duration_none").to_owned() } else { shown.join(" ") }
}

/// A time in one time zone.
struct Local {
    at: civil::DateTime,
    abbreviation: String,
}

impl Local {
    fn of(time: Time, zone: &TimeZone) -> Self {
        let info = zone.to_offset_info(time.timestamp());
        Self { at: info.offset().to_datetime(time.timestamp()), abbreviation: info.abbreviation().to_owned() }
    }

    fn clock(&self, messages: &Messages) -> String {
        messages.isolated(&format!("{:02}:{:02} {}", self.at.hour(), self.at.minute(), self.abbreviation))
    }
}

fn civil_day(messages: &Messages, date: civil::Date, year: Year) -> String {
    let (day, in_year) = (date.day().to_string(), date.year().to_string());
    let parts = [
        ("weekday", weekday(messages, date)),
        ("day", &*day),
        ("month", month_short(messages, date.month())),
    ];
    match year {
        Year::Known => messages.fill("day", &parts),
        Year::Shown => messages.fill("day_in_year", &[&parts[..], &[("year", &*in_year)]].concat()),
    }
}

/// `Tue`
fn weekday(messages: &Messages, date: civil::Date) -> &'static str {
    messages.text(match date.weekday() {
        civil::Weekday::Monday => "weekday_monday",
        civil::Weekday::Tuesday => "weekday_tuesday",
        civil::Weekday::Wednesday => "weekday_wednesday",
        civil::Weekday::Thursday => "weekday_thursday",
        civil::Weekday::Friday => "weekday_friday",
        civil::Weekday::Saturday => "weekday_saturday",
        civil::Weekday::Sunday => "weekday_sunday",
    })
}

/// `September`
fn month_name(messages: &Messages, month: i8) -> &'static str {
    messages.text(match month {
        1 => "month_january",
        2 => "month_february",
        3 => "month_march",
        4 => "month_april",
        5 => "month_may",
        6 => "month_june",
        7 => "month_july",
        8 => "month_august",
        9 => "month_september",
        10 => "month_october",
        11 => "month_november",
        _ => "month_december",
    })
}

/// `Sep`
fn month_short(messages: &Messages, month: i8) -> &'static str {
    messages.text(match month {
        1 => "month_short_january",
        2 => "month_short_february",
        3 => "month_short_march",
        4 => "month_short_april",
        5 => "month_short_may",
        6 => "month_short_june",
        7 => "month_short_july",
        8 => "month_short_august",
        9 => "month_short_september",
        10 => "month_short_october",
        11 => "month_short_november",
        _ => "month_short_december",
    })
}

#[cfg(test)]
mod tests {
    use outband_record::text::{Lang, Value, Zone};

    use super::*;

    fn english() -> &'static Messages {
        Messages::reference()
    }

    fn time(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    #[test]
    fn times_are_said_as_people_say_them() {
        let said = |lang: &str, rule: &str, at: &str| {
            let (messages, zone) = (Messages::of(&Lang::parse(lang).unwrap()), Zone::parse(rule).unwrap());
            aloud(messages, time(at), zone.time_zone())
        };
        const NEW_YORK: &str = "EST5EDT,M3.2.0,M11.1.0";
        for (lang, zone, at, expected) in [
            ("en", NEW_YORK, "2013-09-04T02:00:00Z", "10 p.m. Eastern, Tue 3 Sep"),
            ("en", NEW_YORK, "2013-12-03T14:05:00Z", "9:05 a.m. Eastern, Tue 3 Dec"),
            ("en", NEW_YORK, "2013-09-03T16:00:00Z", "noon Eastern, Tue 3 Sep"),
            ("en", NEW_YORK, "2013-09-03T04:00:00Z", "midnight Eastern, Tue 3 Sep"),
            ("en", NEW_YORK, "2013-09-03T04:30:00Z", "12:30 a.m. Eastern, Tue 3 Sep"),
            ("en", "UTC0", "2013-09-03T12:30:00Z", "12:30 p.m. UTC, Tue 3 Sep"),
            // China's standard time has the letters of Chicago's.
            ("en", "CST-8", "2013-09-03T02:00:00Z", "10 a.m. CST, Tue 3 Sep"),
            ("de", "CET-1CEST,M3.5.0,M10.5.0/3", "2013-09-03T20:05:00Z", "Di 3. Sep, 22 Uhr 05 CEST"),
        ] {
            assert_eq!(said(lang, zone, at), expected);
        }
    }

    #[test]
    fn a_time_is_shown_in_the_zone_and_in_utc() {
        let eastern = Zone::parse("EST5EDT,M3.2.0,M11.1.0").expect("a zone");
        let at = |text: &str, year| times(english(), time(text), eastern.time_zone(), year);
        assert_eq!(at("2013-09-03T11:40:00Z", Year::Shown), "07:40 EDT · 11:40 UTC, Tue 3 Sep 2013");
        assert_eq!(at("2013-12-03T12:40:59Z", Year::Known), "07:40 EST · 12:40 UTC, Tue 3 Dec");
        assert_eq!(at("2013-09-04T00:30:00Z", Year::Known), "20:30 EDT, Tue 3 Sep · 00:30 UTC, Wed");
        assert_eq!(at("2013-09-04T00:30:00Z", Year::Shown), "20:30 EDT, Tue 3 Sep 2013 · 00:30 UTC, Wed");
        let in_utc = time("2013-09-03T11:40:00Z");
        assert_eq!(times(english(), in_utc, &TimeZone::UTC, Year::Known), "11:40 UTC, Tue 3 Sep");
        let there = eastern.time_zone();
        assert_eq!(short(english(), in_utc, there, Year::Known), "07:40 EDT, Tue 3 Sep");
        assert_eq!(utc(english(), in_utc, there).as_deref(), Some("11:40 UTC, Tue 3 Sep 2013"));
        assert_eq!(utc(english(), in_utc, &TimeZone::UTC), None);
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        let from = time("2013-09-03T11:00:00Z");
        assert_eq!(duration(english(), from, time("2013-09-03T22:30:00Z")), "11 h 30 min");
        assert_eq!(duration(english(), from, time("2013-09-05T11:00:10Z")), "2 d");
        assert_eq!(duration(english(), from, time("2013-09-03T11:00:40Z")), "under a minute");
    }

    #[test]
    fn months_have_names() {
        assert_eq!(month(english(), "2013-09"), "September 2013");
        assert_eq!(month(english(), "elsewhere"), "elsewhere");
    }

    /// In Arabic text, a clock time is kept together; otherwise its zone would end up on the other side.
    #[test]
    fn a_time_follows_the_order_of_its_language() {
        let at = time("2013-09-03T11:40:00Z");
        let shown = |tag| {
            let messages = Messages::of(&Lang::parse(tag).unwrap());
            times(messages, at, &TimeZone::UTC, Year::Shown)
        };
        assert_eq!(shown("de"), "11:40 UTC, Di 3. Sep 2013");
        assert_eq!(shown("ar"), "\u{2066}11:40 UTC\u{2069}، الثلاثاء 3 سبتمبر 2013");
    }
}
