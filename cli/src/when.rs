//! Times as people write them: `45m`, `in 2 hours`, `20 min ago`, `22:00`, `2026-12-01 22:00`.

use anyhow::{Result, bail};
use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use outband_keys::quoted;
use outband_record::time::Time;

/// Which way a time of day without a date is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The next such time.
    Ahead,
    /// The last such time.
    Past,
}

/// Reads times of day in one zone, and durations from one point in time.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) now: Time,
    pub(crate) zone: TimeZone,
}

/// What [`When::time`] accepts.
pub(crate) const FORMS: &str =
    "45m, 1h30m, 2 hours, 22:00, 2026-12-01 22:00, or a UTC time such as 2026-12-01T21:00:00Z";

impl When {
    /// By this machine's time zone.
    pub(crate) fn here(now: Time) -> Self {
        Self { now, zone: TimeZone::system() }
    }

    /// A time that somebody wrote. A duration counts from now, forwards unless it says otherwise (`-20m`, `20m ago`).
    pub(crate) fn time(&self, text: &str, side: Side) -> Result<Time> {
        let text = text.trim();
        if let Some(time) = Time::parse(text) {
            return Ok(time);
        }
        // Before durations, which can be written like times of day.
        if let Ok(clock) = clock(text) {
            return self.of_day(clock, side);
        }
        if let Some(duration) = duration(text) {
            return match shifted(self.now, duration) {
                Some(time) => Ok(time),
                None => bail!("{} is too far away", quoted(text)),
            };
        }
        match date_time(text) {
            Some(local) => self.local(local),
            None => bail!("{} is not a time; use {FORMS}", quoted(text)),
        }
    }

    /// A time range: `22:00/23:30`, `2026-12-01 22:00 to 2h`. The end may be a time of day after the start, or a duration
    /// from it.
    pub(crate) fn range(&self, text: &str, side: Side) -> Result<(Time, Time)> {
        let Some((start, end)) = text.split_once('/').or_else(|| text.split_once(" to ")) else {
            bail!("{} is not from one time to another; write both with / between them", quoted(text));
        };
        let start = self.time(start, side)?;
        let end = Self { now: start, zone: self.zone.clone() }.time(end, Side::Ahead)?;
        in_order(text, start, end)
    }

    /// A range of an estimate: durations count from now in both parts, as in `2h/4h`.
    pub(crate) fn range_from_now(&self, text: &str) -> Result<(Time, Time)> {
        match text.split_once('/') {
            Some((start, end)) if duration(end.trim()).is_some() => {
                in_order(text, self.time(start, Side::Ahead)?, self.time(end, Side::Ahead)?)
            }
            _ => self.range(text, Side::Ahead),
        }
    }

    /// A time as shown to the person who wrote it: `Tue 22:00 EST`, with the date unless it is within a day.
    pub(crate) fn show(&self, time: Time) -> String {
        let zoned = time.timestamp().to_zoned(self.zone.clone());
        let is_near = time.posix().abs_diff(self.now.posix()) < 24 * 60 * 60;
        let form = if is_near { "%a %H:%M %Z" } else { "%a %Y-%m-%d %H:%M %Z" };
        zoned.strftime(form).to_string()
    }

    fn of_day(&self, clock: Clock, side: Side) -> Result<Time> {
        let today = self.now.timestamp().to_zoned(self.zone.clone()).date();
        let days: [fn(Date) -> Result<Date, jiff::Error>; 2] = match side {
            Side::Ahead => [Ok, Date::tomorrow],
            Side::Past => [Ok, Date::yesterday],
        };
        for day in days {
            let time = self.local(day(today)?.to_datetime(clock))?;
            let fits = match side {
                Side::Ahead => time > self.now,
                Side::Past => time <= self.now,
            };
            if fits {
                return Ok(time);
            }
        }
        bail!("there is no {clock} on that day in your time zone")
    }

    /// The time at which a clock in this zone shows this. Clocks that are set back show an hour twice, clocks that are
    /// set forward leave one out.
    fn local(&self, local: DateTime) -> Result<Time> {
        let found = self.zone.to_ambiguous_timestamp(local);
        let utc = |offset: jiff::tz::Offset| offset.to_timestamp(local).map(time);
        match found.offset() {
            AmbiguousOffset::Unambiguous { offset } => Ok(utc(offset)?),
            AmbiguousOffset::Fold { before, after } => {
                bail!("{local} comes twice in your time zone; write {} or {}", utc(before)?, utc(after)?)
            }
            AmbiguousOffset::Gap { before, after } => {
                bail!("there is no {local} in your time zone; write {} or {}", utc(after)?, utc(before)?)
            }
        }
    }
}

fn in_order(text: &str, start: Time, end: Time) -> Result<(Time, Time)> {
    if end <= start {
        bail!("{}: it must end after it starts", quoted(text));
    }
    Ok((start, end))
}

fn time(timestamp: Timestamp) -> Time {
    Time::from_posix(u64::try_from(timestamp.as_second()).unwrap_or_default())
}

/// A duration that is not negative, in seconds.
pub(crate) fn seconds(text: &str) -> Option<u64> {
    duration(text.trim()).and_then(|duration| duration.as_secs().try_into().ok())
}

/// `45m`, `1h30m`, `2 hours`, `in 30 min`, `1d`, `-20m`, `20 min ago`; days have 24 hours.
fn duration(text: &str) -> Option<SignedDuration> {
    let text = text.strip_prefix("in ").unwrap_or(text);
    // `P1D` and other forms of ISO 8601 would be understood too, but nobody types them.
    let is_written = text.trim_start_matches(['+', '-']).starts_with(|c: char| c.is_ascii_digit());
    let span: Span = if is_written { text.parse().ok()? } else { return None };
    let has_unknown_length = span.get_years() != 0 || span.get_months() != 0;
    if has_unknown_length {
        return None;
    }
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

fn shifted(now: Time, duration: SignedDuration) -> Option<Time> {
    let shifted = now.timestamp().checked_add(duration).ok()?;
    (shifted.as_second() >= 0).then(|| time(shifted))
}

/// `22:00`, `9:30` or `22:00:00`.
fn clock(text: &str) -> Result<Clock, jiff::Error> {
    Clock::strptime("%H:%M", text).or_else(|_| Clock::strptime("%H:%M:%S", text))
}

/// `2026-12-01 22:00`, also with a `T`.
fn date_time(text: &str) -> Option<DateTime> {
    ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"].iter().find_map(|form| DateTime::strptime(form, text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    /// Noon in New York on the day before its clocks are set back.
    fn when() -> When {
        When { now: utc("2026-10-31T16:00:00Z"), zone: TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap() }
    }

    #[test]
    fn times_are_understood_as_people_write_them() {
        for (text, expected) in [
            ("45m", "2026-10-31T16:45:00Z"),
            ("+45m", "2026-10-31T16:45:00Z"),
            ("1h30m", "2026-10-31T17:30:00Z"),
            ("1h 30m", "2026-10-31T17:30:00Z"),
            ("2 hours", "2026-10-31T18:00:00Z"),
            ("in 30 min", "2026-10-31T16:30:00Z"),
            ("in 1 hour", "2026-10-31T17:00:00Z"),
            ("90 minutes", "2026-10-31T17:30:00Z"),
            ("1d", "2026-11-01T16:00:00Z"),
            ("1w", "2026-11-07T16:00:00Z"),
            ("-20m", "2026-10-31T15:40:00Z"),
            ("20 min ago", "2026-10-31T15:40:00Z"),
            ("22:00", "2026-11-01T02:00:00Z"),
            ("22:00:00", "2026-11-01T02:00:00Z"),
            ("9:30", "2026-11-01T14:30:00Z"),
            ("2026-12-01 22:00", "2026-12-02T03:00:00Z"),
            ("2026-12-01T22:00", "2026-12-02T03:00:00Z"),
            ("2026-12-01T22:00:00Z", "2026-12-01T22:00:00Z"),
        ] {
            assert_eq!(when().time(text, Side::Ahead).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!(when().time("11:00", Side::Past).unwrap().to_string(), "2026-10-31T15:00:00Z");
        assert_eq!(when().time("13:00", Side::Past).unwrap().to_string(), "2026-10-30T17:00:00Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "soon", "45", "m", "P1D", "25:00", "2026-13-01 22:00", "1 month", "2 years", "99999999999h"]
        {
            assert!(when().time(text, Side::Ahead).is_err(), "{text}");
        }
    }

    #[test]
    fn an_hour_that_comes_twice_or_never_is_asked_about() {
        let error = when().time("2026-11-01 01:30", Side::Ahead).unwrap_err().to_string();
        assert!(error.contains("2026-11-01T05:30:00Z or 2026-11-01T06:30:00Z"), "{error}");
        let error = when().time("2026-03-08 02:30", Side::Ahead).unwrap_err().to_string();
        assert!(error.contains("there is no") && error.contains("2026-03-08T06:30:00Z"), "{error}");
    }

    #[test]
    fn ranges_end_after_they_start() {
        let range = |text| when().range(text, Side::Ahead).map(|(from, to)| format!("{from} {to}"));
        assert_eq!(range("22:00/23:30").unwrap(), "2026-11-01T02:00:00Z 2026-11-01T03:30:00Z");
        assert_eq!(range("22:00 to 2h").unwrap(), "2026-11-01T02:00:00Z 2026-11-01T04:00:00Z");
        assert_eq!(range("2026-12-01 23:00/01:00").unwrap(), "2026-12-02T04:00:00Z 2026-12-02T06:00:00Z");
        assert!(range("2h/-1h").is_err() && range("22:00").is_err());
    }

    #[test]
    fn times_are_shown_with_their_zone() {
        assert_eq!(when().show(utc("2026-10-31T17:30:00Z")), "Sat 13:30 EDT");
        assert_eq!(when().show(utc("2026-12-02T03:00:00Z")), "Tue 2026-12-01 22:00 EST");
    }
}
