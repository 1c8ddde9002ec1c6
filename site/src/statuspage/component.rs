use outband_record::text::{self, ComponentPath, Condition};
use outband_record::time::Time;
use outband_record::timeline::Outlook;

use super::id::id;
use super::shape::{Component, Health, Incident};
use super::{Dates, Listing, moment};
use crate::View;
use crate::messages::Messages;

/// The components of the site in its order.
///
/// Statuspage has one level of groups. A top-level component with descendants is the group of all of them, however
/// deep, and the names of deeper ones include those in between.
pub(super) struct Components(Vec<Listed>);

/// A component with its path and those of its ancestors.
pub(super) struct Listed {
    /// Its own path first, that of its group last.
    pub(super) line: Vec<ComponentPath>,
    pub(super) object: Component,
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
    pub(super) fn parts(&self) -> impl Iterator<Item = &Listed> {
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
