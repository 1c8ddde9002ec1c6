//! Moments and days as people read them: `07:40 EDT · 11:40 UTC, Tue 3 Sep 2013`.
//!
//! Absolute, always with UTC, to the minute; the markup around them carries the second. No day is left out because
//! it is today: a page outlives its day, and nothing here knows what day it is.

use jiff::civil;
use jiff::tz::TimeZone;
use outband_record::time::{Date, Time};

/// Whether the year is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Year {
    /// It is.
    Shown,
    /// It stands elsewhere in the same place.
    Known,
}

/// In the zone and in UTC. The day stands once where it is the same.
pub(super) fn moment(time: Time, zone: &TimeZone, year: Year) -> String {
    let (local, utc) = (Local::of(time, zone), Local::of(time, &TimeZone::UTC));
    let year = if year == Year::Shown { format!(" {}", utc.at.year()) } else { String::new() };
    let (there, here) = (local.clock(), utc.clock());
    if there == here {
        format!("{here}, {}{year}", utc.day())
    } else if local.at.date() == utc.at.date() {
        format!("{there} · {here}, {}{year}", utc.day())
    } else {
        format!("{there}, {} · {here}, {}{year}", local.day(), utc.day())
    }
}

/// The time of a day that is known: `07:40 EDT`.
pub(super) fn clock(time: Time, zone: &TimeZone) -> String {
    Local::of(time, zone).clock()
}

/// Whether both moments fall on the same day in `zone`.
pub(super) fn same_day(a: Time, b: Time, zone: &TimeZone) -> bool {
    Local::of(a, zone).at.date() == Local::of(b, zone).at.date()
}

/// `Tue 10 Sep 2013`
pub(super) fn day(date: Date) -> String {
    format!("{} {}", weekday_and_day(date.civil()), date.civil().year())
}

/// `September 2013`, of a month such as `2013-09`; other text as it is.
pub(crate) fn month(month: &str) -> String {
    match format!("{month}-01").parse::<civil::Date>() {
        Ok(first) => format!("{} {}", month_name(first.month()), first.year()),
        Err(_) => month.to_owned(),
    }
}

/// `11 h 30 min`
pub(crate) fn duration(from: Time, to: Time) -> String {
    let minutes = to.posix().saturating_sub(from.posix()) / 60;
    let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let shown: Vec<_> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    if shown.is_empty() { "under a minute".to_owned() } else { shown.join(" ") }
}

/// A moment by the clocks of one zone.
struct Local {
    at: civil::DateTime,
    abbreviation: String,
}

impl Local {
    fn of(time: Time, zone: &TimeZone) -> Self {
        let info = zone.to_offset_info(time.timestamp());
        Self { at: info.offset().to_datetime(time.timestamp()), abbreviation: info.abbreviation().to_owned() }
    }

    fn clock(&self) -> String {
        format!("{:02}:{:02} {}", self.at.hour(), self.at.minute(), self.abbreviation)
    }

    fn day(&self) -> String {
        weekday_and_day(self.at.date())
    }
}

fn weekday_and_day(date: civil::Date) -> String {
    let month: String = month_name(date.month()).chars().take(3).collect();
    format!("{} {} {month}", weekday(date), date.day())
}

/// `Tue`
pub(crate) fn weekday(date: civil::Date) -> &'static str {
    match date.weekday() {
        civil::Weekday::Monday => "Mon",
        civil::Weekday::Tuesday => "Tue",
        civil::Weekday::Wednesday => "Wed",
        civil::Weekday::Thursday => "Thu",
        civil::Weekday::Friday => "Fri",
        civil::Weekday::Saturday => "Sat",
        civil::Weekday::Sunday => "Sun",
    }
}

/// `September`; the first three letters are the short name.
pub(crate) fn month_name(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

#[cfg(test)]
mod tests {
    use outband_record::text::{Value, Zone};

    use super::*;

    fn time(text: &str) -> Time {
        Time::parse(text).expect("a time")
    }

    #[test]
    fn a_moment_stands_in_the_zone_and_in_utc() {
        let eastern = Zone::parse("EST5EDT,M3.2.0,M11.1.0").expect("a zone");
        let at = |text: &str, year| moment(time(text), eastern.time_zone(), year);
        assert_eq!(at("2013-09-03T11:40:00Z", Year::Shown), "07:40 EDT · 11:40 UTC, Tue 3 Sep 2013");
        assert_eq!(at("2013-12-03T12:40:59Z", Year::Known), "07:40 EST · 12:40 UTC, Tue 3 Dec");
        assert_eq!(at("2013-09-04T00:30:00Z", Year::Known), "20:30 EDT, Tue 3 Sep · 00:30 UTC, Wed 4 Sep");
        assert_eq!(moment(time("2013-09-03T11:40:00Z"), &TimeZone::UTC, Year::Known), "11:40 UTC, Tue 3 Sep");
    }

    #[test]
    fn durations_are_read_at_a_glance() {
        let from = time("2013-09-03T11:00:00Z");
        assert_eq!(duration(from, time("2013-09-03T22:30:00Z")), "11 h 30 min");
        assert_eq!(duration(from, time("2013-09-05T11:00:10Z")), "2 d");
        assert_eq!(duration(from, time("2013-09-03T11:00:40Z")), "under a minute");
    }

    #[test]
    fn months_have_names() {
        assert_eq!(month("2013-09"), "September 2013");
        assert_eq!(month("elsewhere"), "elsewhere");
    }
}
