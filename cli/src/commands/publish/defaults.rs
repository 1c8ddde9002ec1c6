//! What an update says unless its author says otherwise: origin, id, time, the incident's phase and title, a name, the
//! next update, the checkpoint seen.

use anyhow::{Context as _, Result};
use outband_record::text::{Affects, Condition, Impact, Origin, Phase, Seen, Value as _, Window};
use outband_record::time::Time;
use outband_record::timeline::worst;

use super::context::Context;
use super::draft::Draft;
use crate::signers::signing;

/// Minutes to the next update if no site note is known.
const CADENCE_MINUTES: u64 = 30;

/// Fills in missing lines.
pub(super) fn fill(draft: &mut Draft, context: &Context<'_>, origin: &Origin, now: Time) -> Result<()> {
    draft.fill("origin", origin.as_str())?;
    draft.fill("id", signing::new_id()?.as_str())?;
    draft.fill("time", &now.to_string())?;
    let state = context.state();
    draft.fill("phase", state.as_ref().map_or(Phase::Investigating, |state| state.phase).as_str())?;
    if let Some(state) = &state {
        draft.fill("title", state.title.value.as_str())?;
    }
    let title = draft.value("title").context("an update needs a title: what users cannot do")?;
    if draft.value("incident").is_none() {
        let slug = slug(now, title, draft.value("id").unwrap_or_default());
        draft.fill("incident", &context.free_slug(&slug)?)?;
    }
    if draft.value("translates").is_some() {
        return Ok(());
    }
    if let Some(next) = next_update(draft, context, now) {
        draft.fill("next-update", &next.to_string())?;
    }
    if let Some(checkpoint) = &context.newest.checkpoint {
        let tree = checkpoint.tree();
        draft.fill("seen", &Seen { size: tree.size, root: tree.root.0 }.to_string())?;
    }
    Ok(())
}

/// When readers hear more, if this phase promises that: of a maintenance that is still ahead when its window opens,
/// otherwise as the site promises for the impact.
pub(super) fn next_update(draft: &Draft, context: &Context<'_>, now: Time) -> Option<Time> {
    let phase = draft.value("phase").and_then(Phase::parse).filter(|phase| phase.needs_next_update())?;
    let stated = draft.value("window").and_then(Window::parse);
    let window = stated.or(context.state().and_then(|state| Some(state.window?.value)));
    match window {
        Some(window) if phase == Phase::Scheduled && window.start > now => Some(window.start),
        _ => Some(now.plus(cadence_minutes(draft, context) * 60)),
    }
}

fn cadence_minutes(draft: &Draft, context: &Context<'_>) -> u64 {
    let stated = draft.value("impact").and_then(Impact::parse);
    let affects = draft.lines().filter(|(name, _)| *name == "affects");
    let conditions: Vec<Condition> =
        affects.filter_map(|(_, value)| Affects::parse(value)).map(|affects| affects.condition).collect();
    let follows = (!conditions.is_empty()).then(|| match worst(conditions) {
        Condition::Outage => Impact::Critical,
        Condition::Partial => Impact::Major,
        _ => Impact::Minor,
    });
    let impact = stated.or(follows).or(context.state().and_then(|state| state.impact));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        Time::parse("2013-09-03T11:00:00Z").unwrap()
    }

    fn filled(lines: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::default();
        for (name, value) in lines {
            draft.add(name, value).unwrap();
        }
        let origin = Origin::parse("status.example.net").unwrap();
        fill(&mut draft, &Context::default(), &origin, now()).unwrap();
        draft
    }

    #[test]
    fn a_title_is_enough() {
        let title = "Mail is down in all US datacenters — and voice too, for everybody";
        let update = filled(&[("title", title)]).update().unwrap();
        assert_eq!(update.incident.as_str(), "2013-09-03-mail-is-down-in-all-us-datacenters");
        assert_eq!(update.phase, Phase::Investigating);
        assert_eq!(update.next_update.unwrap().to_string(), "2013-09-03T11:30:00Z");
    }

    #[test]
    fn a_scheduled_maintenance_is_next_heard_of_when_its_window_opens() {
        let window = "2013-09-09T22:00:00Z/2013-09-10T00:00:00Z";
        let lines = [("title", "New switches"), ("phase", "scheduled"), ("window", window)];
        assert_eq!(filled(&lines).value("next-update"), Some("2013-09-09T22:00:00Z"));
        let lines = [("title", "New switches"), ("phase", "in-progress"), ("window", window)];
        assert_eq!(filled(&lines).value("next-update"), Some("2013-09-03T11:30:00Z"));
    }

    #[test]
    fn a_title_without_letters_still_gets_a_slug() {
        assert_eq!(slug(now(), "メール停止", "6f1ed002ab55"), "2013-09-03-6f1ed0");
    }
}
