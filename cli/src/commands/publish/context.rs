//! The context of a new update: the site note, the newest checkpoint, the incident so far, the server's clock; and what
//! it implies for a draft: defaults and warnings.

use anyhow::{Context as _, Result};
use outband_keys::VerifierKey;
use outband_record::text::{
    Affects, Condition, Impact, Origin, Phase, Seen, SingleLine, Site, Slug, Update, Value as _,
};
use outband_record::time::Time;
use outband_record::timeline::{Incident, worst};
use outband_site::{data, paths};
use outband_station::memory;

use super::draft::Draft;
use crate::client::endpoint::Endpoint;
use crate::client::known::Known;
use crate::client::newest::Newest;
use crate::signers::signing;

/// The context as far as it is known. Nothing in it is required to publish.
#[derive(Default)]
pub(super) struct Context {
    /// The site note in force.
    pub(super) site: Option<Site>,
    /// The newest checkpoint that was verified here.
    newest: Newest,
    /// The incident so far.
    so_far: Option<SoFar>,
    /// The server's clock at the time of its response.
    server_time: Option<Time>,
    /// Warnings for the operator.
    pub(super) warnings: Vec<String>,
}

/// The current state of an incident.
struct SoFar {
    phase: Phase,
    title: SingleLine<120>,
    impact: Option<Impact>,
}

/// The clock difference above which a warning is shown, since readers see the time of each update.
const CLOCK_SECONDS: u64 = 2 * 60;

impl Context {
    /// Asks the endpoints in turn until one answers.
    pub(super) fn ask(
        endpoints: &[Endpoint],
        log_key: Option<&VerifierKey>,
        incident: Option<&Slug>,
    ) -> Self {
        let mut found = Self::default();
        let known = Known::of_user_or_warn();
        if let Some(log) = log_key {
            found.newest = Newest::known(known.as_ref(), log);
        }
        for endpoint in endpoints {
            match found.ask_one(endpoint, log_key.map(|log| (log, known.as_ref())), incident) {
                Ok(()) => return found,
                Err(error) => found.warnings.push(format!("{error:#}")),
            }
        }
        found
    }

    fn ask_one(
        &mut self,
        endpoint: &Endpoint,
        log: Option<(&VerifierKey, Option<&Known>)>,
        incident: Option<&Slug>,
    ) -> Result<()> {
        let Some(checkpoint) = endpoint.get(paths::CHECKPOINT, true)? else {
            self.warnings.push(format!("{} is not set up yet: it has no log", endpoint.url()));
            return Ok(());
        };
        self.server_time = checkpoint.server_time;
        match log {
            Some((key, known)) => {
                self.newest.update(endpoint, &checkpoint.body, key, known);
                self.warnings.append(&mut self.newest.warnings);
            }
            None => self
                .warnings
                .push("outband.toml has no log-key; publishing without a log reference".to_owned()),
        }
        let site = endpoint.get(paths::SITE_JSON, false)?;
        self.site = site.and_then(|file| memory::parse_site(&file.body).ok()).map(|entry| entry.site);
        if let Some(slug) = incident {
            let document = endpoint.get(&paths::incident_json(slug), true)?;
            self.so_far = document.and_then(|file| data::parse_incident(&file.body).ok()).and_then(so_far);
        }
        Ok(())
    }

    /// Adds a warning if this machine's clock and the server's disagree.
    pub(super) fn compare_clocks(&mut self, now: Time) {
        let Some(server) = self.server_time else { return };
        let apart = server.posix().abs_diff(now.posix());
        if apart > CLOCK_SECONDS {
            self.warnings.push(format!(
                "this machine's clock says {now}, the server's says {server} ({apart} seconds apart). Readers see the time that you sign; if your clock is wrong, set it first"
            ));
        }
    }
}

fn so_far(incident: Incident) -> Option<SoFar> {
    let state = incident.state()?;
    Some(SoFar { phase: state.phase, title: state.title.value.clone(), impact: state.impact })
}

/// Minutes to the next update if no site note is known.
const CADENCE_MINUTES: u64 = 30;

/// Fills in missing lines: origin, id, time, the incident's current phase and title, a slug, the next update, the
/// checkpoint seen.
pub(super) fn fill(draft: &mut Draft, context: &Context, origin: &Origin, now: Time) -> Result<()> {
    draft.fill("origin", origin.as_str())?;
    draft.fill("id", signing::new_id()?.as_str())?;
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
    if let Some(checkpoint) = &context.newest.checkpoint {
        let tree = checkpoint.tree();
        draft.fill("seen", &Seen { size: tree.size, root: tree.root.0 }.to_string())?;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Time {
        Time::parse("2013-09-03T11:00:00Z").unwrap()
    }

    #[test]
    fn clocks_that_disagree_are_reported_before_signing() {
        let now = now();
        let warnings = |server: Time| {
            let mut context = Context { server_time: Some(server), ..Context::default() };
            context.compare_clocks(now);
            context.warnings.len()
        };
        assert_eq!(warnings(now.plus(CLOCK_SECONDS)), 0);
        assert_eq!(warnings(now.plus(CLOCK_SECONDS + 1)), 1);
        assert_eq!(warnings(now.minus(CLOCK_SECONDS + 1)), 1);
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
