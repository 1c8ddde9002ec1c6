use std::collections::BTreeMap;

use outband_record::text::{ComponentPath, IncidentKind, Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::{IncidentState, LoggedUpdate};
use serde::{Deserialize, Serialize};

use crate::data::{self, DataError, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

/// The API answers with the newest incidents, and the newest maintenances, so many of each.
const LISTED: usize = 50;

/// `/data/statuspage.json`: what the answers need of the whole log, brought up to date entry by entry, so that no
/// publication reads the log for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    components: BTreeMap<ComponentPath, Dates>,
    incidents: Vec<Begun>,
    maintenances: Vec<Begun>,
}

/// When a component came to be, and when something was last said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dates {
    /// The time of the first site note that lists it.
    pub(super) since: Time,
    /// When the newest update came in that names it, or that moves an incident which affected it.
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
    /// Takes a site note into account.
    pub fn apply_site(&mut self, site: &Site) {
        for component in &site.component {
            let dates = Dates { since: site.time, named: site.time };
            self.components.entry(component.path.clone()).or_insert(dates);
        }
    }

    /// Takes an update into account, which is no drill and no translation, with what holds after it.
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

    /// The newest incidents by their beginning.
    pub fn incidents(&self) -> impl Iterator<Item = &Slug> {
        self.incidents.iter().map(|begun| &begun.slug)
    }

    /// The newest maintenances by their beginning, those that are still to come first.
    pub fn maintenances(&self) -> impl Iterator<Item = &Slug> {
        self.maintenances.iter().map(|begun| &begun.slug)
    }

    /// A component's dates. What is said of one above or under it is said of it.
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
