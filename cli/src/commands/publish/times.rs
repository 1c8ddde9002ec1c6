//! The lines of a draft that hold times, as people write them, settled as UTC.

use anyhow::{Context as _, Result};
use outband_record::text::{EtaConfidence, Update, Value as _};
use outband_record::time::Time;

use super::draft::Draft;
use crate::when::{Side, When};

/// Replaces times as people write them by UTC.
pub(super) fn settle(draft: &mut Draft, when: &When) -> Result<()> {
    for (name, value) in draft.values_mut() {
        let settled = settled(name, value, when).with_context(|| format!("{name}: this is not clear"))?;
        *value = settled.unwrap_or_else(|| value.clone());
    }
    Ok(())
}

/// A line's value with its times in UTC; `None` if such a line has none.
pub(super) fn settled(name: &str, value: &str, when: &When) -> Result<Option<String>> {
    let is_ahead = Update::GRAMMAR.lines.iter().any(|line| line.ahead && line.header.name == name);
    Ok(Some(match name {
        "eta" => eta(value, when)?,
        "window" => {
            let (start, end) = when.range(value, Side::Ahead)?;
            format!("{start}/{end}")
        }
        "started" | "ended" => when.time(value, Side::Past)?.to_string(),
        _ if is_ahead => when.time(value, Side::Ahead)?.to_string(),
        _ => return Ok(None),
    }))
}

/// `2h`, `22:00 possible`, `2h/4h likely`, `unknown WHY`; likely if it does not say.
fn eta(value: &str, when: &When) -> Result<String> {
    if value.starts_with("unknown") {
        return Ok(value.to_owned());
    }
    let (times, confidence) = match value.rsplit_once(' ') {
        Some((times, last)) if EtaConfidence::parse(last).is_some() => (times, last),
        _ => (value, "likely"),
    };
    if times.contains('/') {
        let (start, end) = when.range_from_now(times)?;
        return Ok(format!("{start}/{end} {confidence}"));
    }
    Ok(format!("{} {confidence}", when.time(times, Side::Ahead)?))
}

/// The times of an update that its author has to keep or has stated, as a clock here shows them.
pub(super) fn shown(update: &Update, when: &When) -> Vec<String> {
    let one = |name: &str, time: Option<Time>| time.map(|time| format!("{name} {}", when.show(time)));
    let window = update
        .window
        .map(|window| format!("window {} to {}", when.show(window.start), when.show(window.end)));
    let eta = update.eta.as_ref().and_then(|eta| one("expected by", eta.end()));
    [
        one("started", update.started),
        one("ended", update.ended),
        window,
        one("next update", update.next_update),
        eta,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;

    #[test]
    fn times_of_a_draft_become_utc() {
        let when = When { now: Time::parse("2013-09-03T11:00:00Z").unwrap(), zone: TimeZone::UTC };
        for (name, value, expected) in [
            ("next-update", "30m", "2013-09-03T11:30:00Z"),
            ("next-update", "+30m", "2013-09-03T11:30:00Z"),
            ("submit-by", "22:00", "2013-09-03T22:00:00Z"),
            ("started", "-20m", "2013-09-03T10:40:00Z"),
            ("started", "10:40", "2013-09-03T10:40:00Z"),
            ("eta", "2h", "2013-09-03T13:00:00Z likely"),
            ("eta", "2 hours possible", "2013-09-03T13:00:00Z possible"),
            ("eta", "2h/4h possible", "2013-09-03T13:00:00Z/2013-09-03T15:00:00Z possible"),
            ("eta", "unknown cause not found", "unknown cause not found"),
            ("window", "22:00/2h", "2013-09-03T22:00:00Z/2013-09-04T00:00:00Z"),
            ("title", "22:00", "22:00"),
        ] {
            let mut draft = Draft::default();
            draft.add(name, value).unwrap();
            settle(&mut draft, &when).unwrap();
            assert_eq!(draft.value(name), Some(expected), "{name}: {value}");
        }
        let mut draft = Draft::default();
        draft.add("next-update", "soon").unwrap();
        let error = format!("{:#}", settle(&mut draft, &when).unwrap_err());
        assert!(error.contains("next-update") && error.contains("\"soon\" is not a time"), "{error}");
    }
}
