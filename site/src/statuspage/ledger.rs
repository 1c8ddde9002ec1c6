use std::collections::BTreeMap;

use outband_record::text::{ComponentPath, IncidentKind, Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::{IncidentState, LoggedUpdate};
use serde::{Deserialize, Serialize};

use crate::data::{self, DataError, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

/// The number of newest incidents, and of newest maintenances, that the API lists.
const LISTED: usize = 50;

/// `/data/statuspage.json`: everything that the responses need from the whole log, updated with each entry, so that no
/// publication has to read the log for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    components: BTreeMap<ComponentPath, Dates>,
    incidents: Vec<Begun>,
    maintenances: Vec<Begun>,
}

/// When a component was created and last updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    /// The time of the first site note that lists it.
    pub(super) since: Time,
    /// When the newest update was received that names it, or that belongs to an incident which affected it.
    pub(super) named: Time,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Begun {
    #[serde(with = "text")]
    slug: Slug,
    #[serde(with = "text")]
    started: Time,
}

impl Ledger {
    /// Applies a site note.
    pub fn apply_site(&mut self, site: &Site) {
        for component in &site.component {
            let dates = Dates { since: site.time, named: site.time };
            self.components.entry(component.path.clone()).or_insert(dates);
        }
    }

    /// Applies an update, with the incident's state after it. It must be neither part of a drill nor a translation.
    pub fn apply(&mut self, logged: &LoggedUpdate, state: &IncidentState<'_>) {
        let affects = logged.update.affects.iter().map(|affects| &affects.component);
        let moved = affects.chain(&logged.update.unaffected).chain(state.affected.keys().copied());
        for path in moved {
            if let Some(dates) = self.components.get_mut(path) {
                dates.named = dates.named.max(logged.received);
            }
        }
        let list = match state.kind {
            IncidentKind::Incident => &mut self.incidents,
            IncidentKind::Maintenance => &mut self.maintenances,
            IncidentKind::Notice => return,
        };
        list.retain(|begun| begun.slug != *state.slug);
        let begun = Begun { slug: state.slug.clone(), started: state.started };
        let later = |listed: &Begun| (listed.started, &listed.slug) > (begun.started, &begun.slug);
        list.insert(list.partition_point(later), begun);
        list.truncate(LISTED);
    }

    /// The most recently started incidents, newest first.
    pub fn incidents(&self) -> impl Iterator<Item = &Slug> {
        self.incidents.iter().map(|begun| &begun.slug)
    }

    /// The maintenances with the latest beginning, upcoming ones first.
    pub fn maintenances(&self) -> impl Iterator<Item = &Slug> {
        self.maintenances.iter().map(|begun| &begun.slug)
    }

    /// A component's dates. Updates on its ancestors and descendants count too.
    pub(super) fn dates(&self, path: &ComponentPath, otherwise: Time) -> Dates {
        let since = self.components.get(path).map_or(otherwise, |dates| dates.since);
        let related = |(other, _): &(&ComponentPath, &Dates)| other.is_within(path) || path.is_within(other);
        let named = self.components.iter().filter(related).map(|(_, dates)| dates.named);
        Dates { since, named: named.max().unwrap_or(since).max(since) }
    }
}

#[derive(Serialize, Deserialize)]
struct Document {
    components: Vec<DatesDocument>,
    incidents: Vec<Begun>,
    maintenances: Vec<Begun>,
}

#[derive(Serialize, Deserialize)]
struct DatesDocument {
    #[serde(with = "text")]
    path: ComponentPath,
    #[serde(with = "text")]
    since: Time,
    #[serde(with = "text")]
    named: Time,
}

impl Ledger {
    /// The document.
    pub fn print(&self) -> Result<Rendered, RenderError> {
        let dates = |(path, dates): (&ComponentPath, &Dates)| DatesDocument {
            path: path.clone(),
            since: dates.since,
            named: dates.named,
        };
        let document = Document {
            components: self.components.iter().map(dates).collect(),
            incidents: self.incidents.clone(),
            maintenances: self.maintenances.clone(),
        };
        data::print(paths::STATUSPAGE_JSON, document)
    }

    /// Reads [`Ledger::print`] back.
    pub fn parse(body: &[u8]) -> Result<Self, DataError> {
        let Document { components, incidents, maintenances } = data::parse(body)?;
        let mut ledger = Self { components: BTreeMap::new(), incidents, maintenances };
        for DatesDocument { path, since, named } in components {
            ledger.components.insert(path, Dates { since, named });
        }
        Ok(ledger)
    }
}
