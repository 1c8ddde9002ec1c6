//! What the Statuspage-compatible documents need from the whole log.

use outband_record::sorted::Map;
use outband_record::text::{ComponentPath, IncidentKind, Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::{IncidentState, LoggedUpdate};
use outband_site::data::{self, DataError, text};
use outband_site::pages::RenderError;
use outband_site::statuspage::{Dates, Listing};
use outband_site::{Rendered, paths};
use serde::{Deserialize, Serialize};

/// The number of newest incidents, and of newest maintenances, that the API lists.
const LISTED: usize = 50;

/// `/data/statuspage.json`: everything that the responses need from the whole log, updated with each entry, so that no
/// publication has to read the log for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    components: Map<ComponentPath, Dates>,
    incidents: Vec<Begun>,
    maintenances: Vec<Begun>,
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
            self.components.or_insert_with(component.path.clone(), || dates);
        }
    }

    /// Applies an update, with the incident's state after it. It must be neither part of a drill nor a translation.
    pub fn apply(&mut self, logged: &LoggedUpdate, state: &IncidentState<'_>) {
        let moved = logged.update.components().chain(state.affected.keys().copied());
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

    /// What the documents list, and the dates of components.
    pub fn listing(&self) -> Listing<'_> {
        Listing {
            incidents: slugs(&self.incidents),
            maintenances: slugs(&self.maintenances),
            components: &self.components,
        }
    }
}

fn slugs(begun: &[Begun]) -> Vec<&Slug> {
    begun.iter().map(|begun| &begun.slug).collect()
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
        let mut ledger = Self { components: Map::new(), incidents, maintenances };
        for DatesDocument { path, since, named } in components {
            ledger.components.insert(path, Dates { since, named });
        }
        Ok(ledger)
    }
}
