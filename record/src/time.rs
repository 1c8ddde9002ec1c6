//! Times and dates as texts write them: `2013-09-03T11:00:00Z` and `2013-09-03`, always UTC, to the second.

use std::fmt;

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::Offset;

/// A point in time: POSIX seconds, from 1970 to 9999-12-30T22:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(u64);

/// The last second that falls in the year 9999 in every time zone, so that `YYYY-…` can write it:
/// `jiff::Timestamp::MAX`.
const LAST: u64 = 253_402_207_200;

/// Month names as HTTP writes them.
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Time {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Time = Time(0);

    /// From POSIX seconds, clamped to the last representable time.
    pub fn from_posix(seconds: u64) -> Self {
        Time(seconds.min(LAST))
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    pub fn posix(self) -> u64 {
        self.0
    }

    /// Parses exactly `YYYY-MM-DDTHH:MM:SSZ`.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
        let [hour, minute, second] = numbers(clock, ':')?;
        let time = Date::parse(date)?
            .start()
            .plus(u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second));
        // An out-of-range number prints differently.
        (time.to_string() == text).then_some(time)
    }

    /// Parses exactly what [`Self::http_date`] prints.
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let mut words = text.split(' ').skip(1);
        let (day, month, year, clock) = (words.next()?, words.next()?, words.next()?, words.next()?);
        let month = MONTHS.iter().position(|name| *name == month)? + 1;
        let time = Self::parse(&format!("{year}-{month:02}-{day}T{clock}Z"))?;
        (time.http_date() == text).then_some(time)
    }

    /// `seconds` later, clamped to the last representable time.
    pub fn plus(self, seconds: u64) -> Self {
        Self::from_posix(self.0.saturating_add(seconds))
    }

    /// `seconds` earlier, clamped to 1970.
    pub fn minus(self, seconds: u64) -> Self {
        Time(self.0.saturating_sub(seconds))
    }

    /// The UTC day.
    pub fn date(self) -> Date {
        Date(Offset::UTC.to_datetime(self.timestamp()).date())
    }

    /// `Tue, 03 Sep 2013 11:40:00 GMT`: the date format of HTTP (RFC 9110, 5.6.7) and RSS.
    pub fn http_date(self) -> String {
        let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
        // This fails only for years outside the range of `Time`.
        printer.timestamp_to_rfc9110_string(&self.timestamp()).unwrap_or_default()
    }

    /// The same time as a jiff timestamp, for conversion to time zones.
    pub fn timestamp(self) -> Timestamp {
        i64::try_from(self.0).ok().and_then(|s| Timestamp::from_second(s).ok()).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = Offset::UTC.to_datetime(self.timestamp());
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }
}

/// A calendar day, `2013-09-03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// Parses exactly `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let [year, month, day] = numbers(text, '-')?;
        let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        let date = Date(civil::Date::new(i16::try_from(year).ok()?, month, day).ok()?);
        (date.to_string() == text && year >= 1970).then_some(date)
    }

    /// The first second of this day, in UTC.
    pub fn start(self) -> Time {
        start(self.0)
    }

    /// The first second after this day, in UTC: when a promise for this day becomes overdue. For the last days of 9999,
    /// whose end is out of range, the last representable [`Time`].
    pub fn end(self) -> Time {
        start(self.0.tomorrow().unwrap_or(civil::Date::MAX))
    }

    /// The first second after this day's month, in UTC.
    pub fn month_end(self) -> Time {
        start(self.0.last_of_month().tomorrow().unwrap_or(civil::Date::MAX))
    }

    /// `2013-09`.
    pub fn month(self) -> String {
        format!("{:04}-{:02}", self.0.year(), self.0.month())
    }

    /// The same day as a jiff date.
    pub fn civil(self) -> civil::Date {
        self.0
    }
}

/// The first second of a day, in UTC.
fn start(day: civil::Date) -> Time {
    let start = Offset::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok();
    let second = start.and_then(|start| u64::try_from(start.as_second()).ok());
    Time::from_posix(second.unwrap_or(LAST))
}

/// Parses three numbers with a separator between them.
fn numbers(text: &str, separator: char) -> Option<[u16; 3]> {
    let (first, rest) = text.split_once(separator)?;
    let (second, third) = rest.split_once(separator)?;
    Some([first.parse().ok()?, second.parse().ok()?, third.parse().ok()?])
}

/// The months from that of `from` to that of `to`, inclusive: `2013-08`, `2013-09`.
pub fn months(from: Time, to: Time) -> impl Iterator<Item = String> {
    let last = to.date().month();
    let mut next = Some(from.date()).filter(|first| first.month() <= last);
    std::iter::from_fn(move || {
        let day = next?;
        let month = day.month();
        next = (month < last).then(|| day.month_end().date());
        Some(month)
    })
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_a_time() {
        let time = Time::parse("2013-09-03T11:00:00Z").expect("canonical");
        assert_eq!(time.posix(), 1_378_206_000);
        assert_eq!(time.to_string(), "2013-09-03T11:00:00Z");
        for wrong in [
            "2013-09-03 11:00:00Z",
            "2013-09-03T11:00:00+00:00",
            "2013-09-03T11:00:00.0Z",
            "2013-09-03T11:00Z",
            "2013-02-30T11:00:00Z",
            "2013-09-03T11:00:60Z",
            "1969-12-31T23:59:59Z",
            "2013-09-03t11:00:00z",
        ] {
            assert_eq!(Time::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_last_moment_is_the_last_of_jiff() {
        assert_eq!(Ok(LAST), u64::try_from(Timestamp::MAX.as_second()));
        let last = Time::from_posix(u64::MAX);
        assert_eq!(last.to_string(), "9999-12-30T22:00:00Z");
        assert_eq!(Time::parse("9999-12-30T22:00:00Z"), Some(last));
        assert_eq!(Time::parse("9999-12-30T22:00:01Z"), None);
    }

    #[test]
    fn dates_of_http_have_four_digit_years_and_gmt() {
        let date = |text| Time::parse(text).expect("a time").http_date();
        assert_eq!(date("2013-09-03T11:40:00Z"), "Tue, 03 Sep 2013 11:40:00 GMT");
        assert_eq!(Time::EPOCH.http_date(), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(Time::from_posix(u64::MAX).http_date(), "Thu, 30 Dec 9999 22:00:00 GMT");
    }

    #[test]
    fn dates_of_http_are_read_as_they_are_printed() {
        for time in (0..20).map(|n| Time::from_posix(n * 40_000_000)) {
            assert_eq!(Time::parse_http_date(&time.http_date()), Some(time));
        }
        for wrong in [
            "Wed, 03 Sep 2013 11:40:00 GMT",
            "Tue, 3 Sep 2013 11:40:00 GMT",
            "Tue, 03 Sep 2013 11:40:00 UTC",
            "Tue, 03 Sep 2013 11:40:00 GMT ",
            "Tue, 03 Sep 2013 11:60:00 GMT",
            "Tuesday, 03-Sep-13 11:40:00 GMT",
            "Tue Sep  3 11:40:00 2013",
            "Tue, 03 Sep",
            "",
        ] {
            assert_eq!(Time::parse_http_date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_day_ends_when_the_next_begins() {
        let day = Date::parse("2013-09-30").expect("a day");
        assert_eq!(day.end().to_string(), "2013-10-01T00:00:00Z");
        assert_eq!(day.start().to_string(), "2013-09-30T00:00:00Z");
        assert_eq!((day.month().as_str(), day.civil()), ("2013-09", civil::date(2013, 9, 30)));
        assert_eq!(Date::parse("2013-9-30"), None);
    }

    #[test]
    fn the_last_days_end_with_the_last_moment() {
        for (day, end) in [
            ("9999-12-29", "9999-12-30T00:00:00Z"),
            ("9999-12-30", "9999-12-30T22:00:00Z"),
            ("9999-12-31", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(Date::parse(day).expect("a day").end().to_string(), end, "{day}");
        }
    }

    #[test]
    fn months_are_counted_by_their_ends() {
        let time = |text| Time::parse(text).expect("a time");
        let all = |from, to| months(time(from), time(to)).collect::<Vec<_>>();
        assert_eq!(all("2013-12-31T23:59:59Z", "2014-02-01T00:00:00Z"), ["2013-12", "2014-01", "2014-02"]);
        assert_eq!(all("2012-02-29T00:00:00Z", "2012-02-01T00:00:00Z"), ["2012-02"]);
        assert_eq!(all("2013-09-03T11:00:00Z", "2013-08-31T23:59:59Z").len(), 0);
        assert_eq!(all("9999-12-01T00:00:00Z", "9999-12-30T22:00:00Z"), ["9999-12"]);
        assert_eq!(time("2012-02-03T04:05:06Z").date().month_end(), time("2012-03-01T00:00:00Z"));
    }
}
