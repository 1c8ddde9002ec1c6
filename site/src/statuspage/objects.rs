//! The objects of the responses: components, incidents and their updates, as they follow from the log.

use outband_record::sorted::Map;
use outband_record::text::{self, ComponentPath, Condition, IncidentKind, Phase};
use outband_record::time::Time;
use outband_record::timeline::{self, IncidentState, LoggedUpdate, Outlook, Step};

use super::shape::{Affected, Component, Health, Incident, Level, Stage, Update};
use super::{Dates, Listing, id, incident_id, moment};
use crate::messages::Messages;
use crate::pages::url;
use crate::{View, paths};

/// The components of the site in its order.
///
/// Statuspage has one level of groups. A top-level component with descendants is the group of all of them, however
/// deep, and the names of deeper ones include those in between.
pub(super) struct Components(Vec<Listed>);

/// A component with its path and those of its ancestors.
struct Listed {
    /// Its own path first, that of its group last.
    line: Vec<ComponentPath>,
    object: Component,
}

impl Components {
    pub(super) fn of(view: &View<'_>, outlook: &Outlook<'_>, listing: &Listing<'_>) -> Self {
        let lines: Vec<_> = view.site.component.iter().map(|component| line(&component.path)).collect();
        let own_id = |path: &ComponentPath| id(&view.site.origin, "component", path.as_str());
        let listed = |(nth, (component, line)): (usize, (&text::Component, &Vec<ComponentPath>))| {
            let path = &component.path;
            let is_above = |other: &&Vec<ComponentPath>| other.last() == Some(path) && other.len() > 1;
            let under: Vec<_> = lines.iter().filter(is_above).filter_map(|line| line.first()).collect();
            let condition = outlook.shown(path);
            let dates = dates(listing, path, view.site.time);
            let object = Component {
                id: own_id(path),
                name: name(view, line),
                status: Health::of(condition),
                created_at: moment(dates.since),
                updated_at: moment(dates.named),
                position: nth + 1,
                description: description(view, path, condition),
                showcase: false,
                start_date: Some(dates.since.date().to_string()),
                group_id: line.last().filter(|group| *group != path).map(own_id),
                page_id: id(&view.site.origin, "page", ""),
                group: !under.is_empty(),
                only_show_if_degraded: false,
                components: under.into_iter().map(own_id).collect(),
            };
            Listed { line: line.clone(), object }
        };
        Self(view.site.component.iter().zip(&lines).enumerate().map(listed).collect())
    }

    /// All components, including groups.
    pub(super) fn objects(&self) -> Vec<&Component> {
        self.0.iter().map(|listed| &listed.object).collect()
    }

    /// The components that are not groups. A group's status only follows from its parts.
    fn parts(&self) -> impl Iterator<Item = &Listed> {
        self.0.iter().filter(|listed| !listed.object.group)
    }

    /// A published incident with the current state of its components.
    pub(super) fn refresh(&self, published: &Incident) -> Incident {
        let mut incident = published.clone();
        let by_id = |id: &str| self.objects().into_iter().find(|component| component.id == id).cloned();
        incident.components = incident.components.iter().filter_map(|then| by_id(&then.id)).collect();
        incident
    }
}

/// A component's dates. Updates on its ancestors and descendants count too.
fn dates(listing: &Listing<'_>, path: &ComponentPath, otherwise: Time) -> Dates {
    let since = listing.components.get(path).map_or(otherwise, |dates| dates.since);
    let related = |(other, _): &(&ComponentPath, &Dates)| other.is_within(path) || path.is_within(other);
    let named = listing.components.iter().filter(related).map(|(_, dates)| dates.named);
    Dates { since, named: named.max().unwrap_or(since).max(since) }
}

/// A path and its ancestors.
fn line(path: &ComponentPath) -> Vec<ComponentPath> {
    std::iter::successors(Some(path.clone()), ComponentPath::parent).collect()
}

/// `US East`, or `US / East` if there are components between it and its group.
fn name(view: &View<'_>, line: &[ComponentPath]) -> String {
    let below_group = line.iter().enumerate().filter(|(nth, _)| *nth == 0 || nth + 1 < line.len());
    let names: Vec<_> = below_group.map(|(_, path)| view.site.component_name(path)).collect();
    names.into_iter().rev().collect::<Vec<_>>().join(" / ")
}

/// The component's hints, preceded by a note if its condition is unknown, which the API has no value for.
fn description(view: &View<'_>, path: &ComponentPath, condition: Condition) -> Option<String> {
    let unknown = (condition == Condition::Unknown)
        .then(|| Messages::of(&view.site.lang).text("statuspage_unknown").to_owned());
    let hints = view.site.hint.iter().filter(|hint| hint.component == *path);
    let words: Vec<_> = unknown.into_iter().chain(hints.map(|hint| hint.words.to_string())).collect();
    (!words.is_empty()).then(|| words.join(" · "))
}

/// Maximum number of updates per incident, newest first, so that one with a thousand does not bloat every response.
const UPDATES: usize = 50;

/// The current state of an incident or a maintenance; `None` for anything that this API cannot express.
pub(super) fn incident(
    view: &View<'_>,
    components: &Components,
    incident: &timeline::Incident,
) -> Option<Incident> {
    let state = incident.state().filter(|state| !state.drill)?;
    let status = stage(&state, view.now)?;
    let is_over = matches!(status, Stage::Resolved | Stage::Postmortem | Stage::Completed);
    let steps = incident.steps();
    let received = || incident.updates().iter().filter(|s| s.update.translates.is_none()).map(|s| s.received);
    let watched = steps.iter().rev().find(|step| step.logged.update.phase == Phase::Monitoring);
    let ended = state.ended.or(state.continues_in.map(|stated| stated.by.effective_time()));
    let planned = (state.kind == IncidentKind::Maintenance).then(|| planned(&state));
    Some(Incident {
        id: incident_id(&view.site.origin, state.slug),
        name: state.title.value.to_string(),
        status,
        created_at: moment(received().min().unwrap_or(state.started)),
        updated_at: moment(received().max().unwrap_or(state.started)),
        monitoring_at: watched
            .filter(|_| is_over || status == Stage::Monitoring)
            .map(|s| moment(s.place.effective_time())),
        resolved_at: ended.filter(|_| is_over).map(moment),
        impact: match state.kind {
            IncidentKind::Maintenance => Level::Maintenance,
            IncidentKind::Incident | IncidentKind::Notice => state.impact.map_or(Level::Minor, Level::of),
        },
        shortlink: url(view, &paths::incident(state.slug, false)),
        started_at: moment(state.started),
        page_id: id(&view.site.origin, "page", ""),
        incident_updates: updates(view, components, &steps),
        components: affected(components, &steps).map(|listed| listed.object.clone()).collect(),
        reminder_intervals: None,
        scheduled_for: planned.map(|(from, _)| moment(from)),
        scheduled_until: planned.map(|(_, until)| moment(until)),
    })
}

/// The current stage. An incident that continues in another is resolved. A maintenance is in progress once its window
/// has opened, until an update states otherwise.
fn stage(state: &IncidentState<'_>, now: Time) -> Option<Stage> {
    match state.kind {
        _ if state.phase.is_final() => Stage::of(state.phase),
        IncidentKind::Notice => None,
        IncidentKind::Incident if state.continues_in.is_some() => Some(Stage::Resolved),
        IncidentKind::Maintenance if state.continues_in.is_some() => Some(Stage::Completed),
        IncidentKind::Maintenance if state.phase == Phase::Scheduled && !state.is_ahead(now) => {
            Some(Stage::InProgress)
        }
        IncidentKind::Incident | IncidentKind::Maintenance => Stage::of(state.phase),
    }
}

/// The planned start and end. Clients require both, so without a window the nearest stated times are used.
fn planned(state: &IncidentState<'_>) -> (Time, Time) {
    if let Some(window) = state.window {
        return (window.value.start, window.value.end);
    }
    let estimate = state.eta.and_then(|eta| eta.value.end());
    let until = state.ended.or(estimate).or(state.next_update).unwrap_or(state.started);
    (state.started, until.max(state.started))
}

/// The components that were ever stated to be in a condition other than operational.
fn affected<'c>(components: &'c Components, steps: &[Step<'_>]) -> impl Iterator<Item = &'c Listed> {
    let naming = |step: &&Step<'_>| !step.logged.update.affects.is_empty();
    let stated: Vec<_> = steps.iter().filter(naming).map(|step| &step.conditions).collect();
    components
        .parts()
        .filter(move |part| stated.iter().any(|stated| held(stated, part) != Condition::Operational))
}

/// The condition of a component: its own, or that of its nearest ancestor.
fn held(conditions: &Map<&ComponentPath, Condition>, part: &Listed) -> Condition {
    let nearest = part.line.iter().find_map(|path| conditions.get(path));
    nearest.copied().unwrap_or(Condition::Operational)
}

/// The updates, newest first.
fn updates(view: &View<'_>, components: &Components, steps: &[Step<'_>]) -> Vec<Update> {
    let before = std::iter::once(None).chain(steps.iter().map(Some));
    let pairs: Vec<_> = before.zip(steps).collect();
    let newest = pairs.into_iter().rev().take(UPDATES);
    newest.filter_map(|(before, step)| update(view, components, before, step)).collect()
}

fn update(
    view: &View<'_>,
    components: &Components,
    before: Option<&Step<'_>>,
    step: &Step<'_>,
) -> Option<Update> {
    let (place, update) = (&step.place.update, &step.logged.update);
    let affected: Vec<_> = components.parts().filter_map(|part| moved(part, before, step)).collect();
    Some(Update {
        id: id(&view.site.origin, "update", place.id.as_str()),
        status: Stage::of(update.phase)?,
        body: body(view, step.logged),
        incident_id: incident_id(&view.site.origin, &update.incident),
        created_at: moment(step.place.received),
        updated_at: moment(step.logged.received),
        display_at: moment(step.place.effective_time()),
        affected_components: (!affected.is_empty()).then_some(affected),
        deliver_notifications: true,
        custom_tweet: None,
        tweet_id: None,
    })
}

/// The change that an update makes to a component; `None` if it neither names nor changes it.
fn moved(part: &Listed, before: Option<&Step<'_>>, step: &Step<'_>) -> Option<Affected> {
    let health = |step: &Step<'_>| match step.logged.update.phase {
        // Only announced: it has not begun.
        Phase::Scheduled => Health::Operational,
        _ => Health::of(held(&step.conditions, part)),
    };
    let (old_status, new_status) = (before.map_or(Health::Operational, health), health(step));
    let update = &step.logged.update;
    let mut named = update.components();
    let is_named = named.any(|path| part.line.contains(path));
    (is_named || old_status != new_status).then(|| Affected {
        code: part.object.id.clone(),
        name: part.object.name.clone(),
        old_status,
        new_status,
    })
}

/// The update's text, never empty, with notes for anything that this API cannot express otherwise.
fn body(view: &View<'_>, logged: &LoggedUpdate) -> String {
    let (update, messages) = (&logged.update, Messages::of(&view.site.lang));
    let summary = update.summary.as_ref().map(|line| line.as_str());
    let words: Vec<_> = summary.into_iter().chain(update.body.as_deref().map(str::trim_end)).collect();
    let words = if words.is_empty() { update.title.to_string() } else { words.join("\n\n") };
    let wrap = |body: String, key| messages.fill(key, &[("body", &body)]);
    let keys = [
        (update.phase == Phase::Cancelled, "statuspage_cancelled"),
        (update.corrects.is_some(), "statuspage_correction"),
        (update.retracts.is_some(), "statuspage_retraction"),
    ];
    let mut body = keys.into_iter().filter(|(is_so, _)| *is_so).fold(words, |body, (_, key)| wrap(body, key));
    if let Some(slug) = &update.continues_in {
        let link = url(view, &paths::incident(slug, false));
        body.push_str("\n\n");
        body.push_str(&messages.fill("statuspage_continues", &[("link", &link)]));
    }
    body
}
