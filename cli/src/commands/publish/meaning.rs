//! What people mean by words that the grammar does not have: common ones are taken for those that it has, near misses
//! are named, before anything is signed.

use anyhow::{Result, bail};
use outband_keys::{printable, quoted};
use outband_record::text::{Condition, Impact, IncidentKind, Phase, Site, Value};

use super::draft::Draft;
use crate::nearest::did_you_mean;

/// Common words for phases.
const PHASES: [(&str, Phase); 21] = [
    ("investigation", Phase::Investigating),
    ("started", Phase::InProgress),
    ("begun", Phase::InProgress),
    ("known", Phase::Identified),
    ("found", Phase::Identified),
    ("mitigated", Phase::Monitoring),
    ("watching", Phase::Monitoring),
    ("recovering", Phase::Monitoring),
    ("fixed", Phase::Resolved),
    ("solved", Phase::Resolved),
    ("over", Phase::Resolved),
    ("up", Phase::Resolved),
    ("closed", Phase::Resolved),
    ("report", Phase::Postmortem),
    ("post-mortem", Phase::Postmortem),
    ("planned", Phase::Scheduled),
    ("checking", Phase::Verifying),
    ("finished", Phase::Completed),
    ("canceled", Phase::Cancelled),
    ("info", Phase::Notice),
    ("information", Phase::Notice),
];

/// Common words for conditions.
const CONDITIONS: [(&str, Condition); 16] = [
    ("up", Condition::Operational),
    ("ok", Condition::Operational),
    ("fine", Condition::Operational),
    ("working", Condition::Operational),
    ("fixed", Condition::Operational),
    ("resolved", Condition::Operational),
    ("slow", Condition::Degraded),
    ("unstable", Condition::Degraded),
    ("flaky", Condition::Degraded),
    ("some", Condition::Partial),
    ("partly", Condition::Partial),
    ("partially", Condition::Partial),
    ("down", Condition::Outage),
    ("dead", Condition::Outage),
    ("broken", Condition::Outage),
    ("offline", Condition::Outage),
];

/// Replaces what people mean by the words of the grammar and by the site's components. Returns what was replaced.
pub(super) fn understand(
    draft: &mut Draft,
    site: Option<&Site>,
    kind: Option<IncidentKind>,
) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    for (name, value) in draft.values_mut() {
        let meant = match name {
            "phase" => phase(value, kind)?,
            "impact" => word::<Impact>(value, &[], Impact::ALL)?,
            "affects" => affects(value, site)?,
            "unaffected" => component(value, site)?,
            _ => continue,
        };
        if meant != *value {
            remarks.push(format!("{name}: {} is taken to mean {meant}", quoted(value)));
            *value = meant;
        }
    }
    Ok(remarks)
}

/// A phase. Some words mean one phase of an incident and another of a maintenance.
pub(super) fn phase(text: &str, kind: Option<IncidentKind>) -> Result<String> {
    let meant = word(text, &PHASES, Phase::ALL)?;
    let is_over = matches!(text.to_lowercase().as_str(), "over" | "finished" | "closed");
    Ok(match kind {
        Some(IncidentKind::Maintenance) if is_over => Phase::Completed.to_string(),
        Some(IncidentKind::Incident) if is_over => Phase::Resolved.to_string(),
        _ => meant,
    })
}

/// A component and its condition, in this order.
fn affects(text: &str, site: Option<&Site>) -> Result<String> {
    let Some((path, condition)) = text.rsplit_once(' ') else {
        bail!(
            "affects {}: it must be a component and its condition, such as {} outage",
            quoted(text),
            site.and_then(|site| site.component.first()).map_or("mail", |component| component.path.as_str())
        );
    };
    Ok(format!("{} {}", component(path.trim(), site)?, word(condition, &CONDITIONS, Condition::ALL)?))
}

/// A component of the site by its path or its name. Without a known site, the text as it is.
fn component(text: &str, site: Option<&Site>) -> Result<String> {
    let Some(site) = site else { return Ok(text.to_owned()) };
    let is_meant = |known: &str| known.eq_ignore_ascii_case(text);
    let by_path = site.component.iter().find(|component| is_meant(component.path.as_str()));
    let by_name: Vec<_> =
        site.component.iter().filter(|component| is_meant(component.name.as_str())).collect();
    match (by_path, by_name.as_slice()) {
        // A name that two components have, such as `Mail` in two regions, does not say which.
        (Some(found), _) | (None, &[found]) => return Ok(found.path.to_string()),
        (None, _) => {}
    }
    let paths = || site.component.iter().map(|component| component.path.as_str());
    bail!(
        "the site has no component {}{}\nIts components: {}",
        quoted(text),
        did_you_mean(text, paths()),
        printable(&paths().collect::<Vec<_>>().join(", "))
    )
}

/// A word of a fixed set, in any case, or a common word for one.
fn word<T: Value + Copy>(text: &str, common: &[(&str, T)], all: &[T]) -> Result<String> {
    let lower = text.to_lowercase().replace(['_', ' '], "-");
    if let Some(known) = T::parse(&lower) {
        return Ok(known.to_string());
    }
    if let Some((_, meant)) = common.iter().find(|(word, _)| *word == lower) {
        return Ok(meant.to_string());
    }
    let known: Vec<String> = all.iter().map(ToString::to_string).collect();
    let near = did_you_mean(&lower, known.iter().map(String::as_str));
    bail!("{} must be {}{near}", quoted(text), T::EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> Site {
        let lines = "origin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:00:00Z\nname: Example\nurl: https://status.example.net\nlang: en\nzone: UTC0\ncomponent: exchange Hosted mail\ncomponent: voice Voice\ncomponent: voice/eu Europe\ncomponent: exchange/eu Europe\n";
        Site::parse(&format!("{}\n{lines}", Site::FIRST_LINE)).unwrap()
    }

    fn meant(name: &str, value: &str) -> Result<String> {
        let mut draft = Draft::default();
        draft.add(name, value).unwrap();
        understand(&mut draft, Some(&site()), None)?;
        Ok(draft.value(name).unwrap().to_owned())
    }

    #[test]
    fn common_words_are_understood() {
        for (name, value, expected) in [
            ("phase", "fixed", "resolved"),
            ("phase", "Investigating", "investigating"),
            ("phase", "in progress", "in-progress"),
            ("phase", "canceled", "cancelled"),
            ("impact", "Major", "major"),
            ("affects", "exchange down", "exchange outage"),
            ("affects", "voice slow", "voice degraded"),
            ("affects", "Voice OK", "voice operational"),
            ("affects", "Hosted mail down", "exchange outage"),
            ("unaffected", "VOICE", "voice"),
        ] {
            assert_eq!(meant(name, value).unwrap(), expected, "{name}: {value}");
        }
    }

    #[test]
    fn what_is_over_depends_on_its_kind() {
        for (text, incident, maintenance) in
            [("over", "resolved", "completed"), ("finished", "resolved", "completed")]
        {
            assert_eq!(phase(text, Some(IncidentKind::Incident)).unwrap(), incident);
            assert_eq!(phase(text, Some(IncidentKind::Maintenance)).unwrap(), maintenance);
        }
    }

    #[test]
    fn near_misses_are_named_before_anything_is_signed() {
        for (name, value, expected) in [
            ("phase", "identifed", "did you mean identified?"),
            ("impact", "mayor", "did you mean major"),
            ("affects", "exchnage outage", "did you mean exchange"),
            ("affects", "exchange outaeg", "did you mean outage?"),
            ("affects", "exchange", "a component and its condition"),
            ("affects", "Europe outage", "the site has no component \"Europe\""),
            ("unaffected", "printers", "Its components: exchange, voice, voice/eu, exchange/eu"),
        ] {
            let error = meant(name, value).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {value}: {error}");
        }
    }

    #[test]
    fn every_word_of_the_grammar_means_itself() {
        for known in Phase::ALL {
            assert_eq!(meant("phase", known.as_str()).unwrap(), known.as_str());
        }
        for known in Condition::ALL {
            let text = format!("voice {known}");
            assert_eq!(meant("affects", &text).unwrap(), text);
        }
    }
}
