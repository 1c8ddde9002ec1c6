//! Defaults for a draft, and warnings about it.

use anyhow::{Context as _, Result};
use outband_record::text::{Affects, Condition, Impact, Origin, Phase, Slug, Update, Value as _};
use outband_record::time::Time;
use outband_record::timeline::worst;

use super::context::Context;
use crate::commands::publish::draft::Draft;
use crate::signers::fresh;

/// Minutes to the next update if no site note is known.
const CADENCE_MINUTES: u64 = 30;

/// Fills in missing lines: origin, id, time, the incident's current phase and title, a slug, the next update, the
/// checkpoint seen.
pub(super) fn fill(draft: &mut Draft, context: &Context, origin: &Origin, now: Time) -> Result<()> {
    draft.fill("origin", origin.as_str())?;
    draft.fill("id", fresh::id()?.as_str())?;
    draft.fill("time", &now.to_string())?;
    draft.settle(now);
    let so_far = context.so_far.as_ref();
    draft.fill("phase", so_far.map_or(Phase::Investigating, |so_far| so_far.phase).as_str())?;
    if let Some(so_far) = so_far {
        draft.fill("title", so_far.title.as_str())?;
    }
    let title = draft.value("title").context("an update needs a title: what users cannot do")?;
    let slug = slug(now, title, draft.value("id").unwrap_or_default());
    draft.fill("incident", &slug)?;
    if draft.value("translates").is_some() {
        return Ok(());
    }
    let promises = draft.value("phase").and_then(Phase::parse).is_some_and(Phase::needs_next_update);
    if promises {
        let minutes = cadence_minutes(draft, context);
        draft.fill("next-update", &now.plus(minutes * 60).to_string())?;
    }
    if let Some(seen) = &context.seen {
        draft.fill("seen", &seen.to_string())?;
    }
    Ok(())
}

fn cadence_minutes(draft: &Draft, context: &Context) -> u64 {
    let stated = draft.value("impact").and_then(Impact::parse);
    let affects = draft.lines().filter(|(name, _)| *name == "affects");
    let conditions: Vec<Condition> =
        affects.filter_map(|(_, value)| Affects::parse(value)).map(|affects| affects.condition).collect();
    let follows = (!conditions.is_empty()).then(|| match worst(conditions) {
        Condition::Outage => Impact::Critical,
        Condition::Partial => Impact::Major,
        _ => Impact::Minor,
    });
    let impact = stated.or(follows).or(context.so_far.as_ref().and_then(|so_far| so_far.impact));
    match (&context.site, impact) {
        (Some(site), Some(impact)) => site.cadence_minutes(impact),
        _ => CADENCE_MINUTES,
    }
}

/// `2013-09-03-mail-is-down-in-all-us`: the day, then as many whole words of the title as fit. If the title has no
/// ASCII words, the start of the update's id is used, to distinguish incidents on the same day.
fn slug(now: Time, title: &str, id: &str) -> String {
    let lower = title.to_lowercase();
    let mut words =
        lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
    let mut slug = now.date().to_string();
    if words.peek().is_none() {
        return format!("{slug}-{}", id.get(..6).unwrap_or_default());
    }
    for word in words {
        if slug.len() + 1 + word.len() > SLUG_LENGTH {
            break;
        }
        slug.push('-');
        slug.push_str(word);
    }
    slug
}

/// The maximum length of a generated slug: short enough to read out, and well within the limit for slugs.
const SLUG_LENGTH: usize = 48;

/// Warnings about a valid update, to show before it is signed.
pub(super) fn lint(update: &Update, context: &Context) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(site) = &context.site {
        let named = update.affects.iter().map(|affects| &affects.component).chain(&update.unaffected);
        for path in named.filter(|path| site.component(path).is_none()) {
            let known: Vec<&str> = site.component.iter().map(|component| component.path.as_str()).collect();
            notes.push(format!(
                "the site has no component {path}, so stations will refuse this; its components: {}",
                known.join(", ")
            ));
        }
    }
    if update.translates.is_some() || update.retracts.is_some() || update.phase.is_final() {
        return notes;
    }
    let first = context.so_far.is_none();
    let mut missing = |is_missing: bool, what: &str| {
        if is_missing {
            notes.push(what.to_owned());
        }
    };
    missing(first && update.affects.is_empty(), "no --affects: readers won't know what is affected");
    missing(
        first && update.fault.is_none(),
        "no --fault: readers won't know whether to look at their own systems",
    );
    missing(first && update.workaround.is_none(), "no --workaround: readers won't know what to do meanwhile");
    missing(
        first && update.eta.is_none(),
        "no --eta: readers won't know when to expect a fix (\"2h possible\" or \"unknown WHY\")",
    );
    notes
}

/// Parses the value of `--incident`.
pub(super) fn parse_slug(text: &str) -> Result<Slug> {
    Slug::parse(text).with_context(|| format!("--incident {text:?}: it must be {}", Slug::EXPECTED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        Time::parse("2013-09-03T11:00:00Z").unwrap()
    }

    #[test]
    fn a_title_is_enough() {
        let mut draft = Draft::default();
        draft.add("title", "Mail is down in all US datacenters — and voice too, for everybody").unwrap();
        let origin = Origin::parse("status.example.net").unwrap();
        fill(&mut draft, &Context::default(), &origin, now()).unwrap();
        let update = draft.update().unwrap();
        assert_eq!(update.incident.as_str(), "2013-09-03-mail-is-down-in-all-us-datacenters");
        assert_eq!(update.phase, Phase::Investigating);
        assert_eq!(update.next_update.unwrap().to_string(), "2013-09-03T11:30:00Z");
        assert_eq!(lint(&update, &Context::default()).len(), 4);
    }

    #[test]
    fn a_title_without_letters_still_gets_a_slug() {
        assert_eq!(slug(now(), "メール停止", "6f1ed002ab55"), "2013-09-03-6f1ed0");
    }
}
