use std::collections::BTreeMap;

use outband_record::text::{Origin, Slug};
use serde::Deserialize;

use super::component::Components;
use super::incident::incident_id;
use super::shape::Incident;

/// Incidents and maintenances as last published, by id. Those that are over and have no newer updates need not be read
/// and rendered again, as long as the site note and the renderer are the same.
#[derive(Clone, Debug, Default)]
pub struct Kept(BTreeMap<String, Incident>);

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "scheduled_maintenances")]
    incidents: Vec<Incident>,
}

impl Kept {
    /// Adds the incidents or maintenances of a published response. One that cannot be parsed adds nothing, so its
    /// contents are rendered again.
    pub fn add(&mut self, answer: &[u8]) {
        let listed = serde_json::from_slice(answer).map_or_else(|_| Vec::new(), |a: Answer| a.incidents);
        self.0.extend(listed.into_iter().map(|incident| (incident.id.clone(), incident)));
    }

    /// Whether the incident or maintenance of this name is kept.
    pub fn has(&self, origin: &Origin, slug: &Slug) -> bool {
        self.0.contains_key(&incident_id(origin, slug))
    }

    /// The kept incident, with the current state of its components.
    pub(super) fn object(&self, origin: &Origin, slug: &Slug, components: &Components) -> Option<Incident> {
        let mut incident = self.0.get(&incident_id(origin, slug))?.clone();
        let now = |then: &super::shape::Component| components.by_id(&then.id).cloned();
        incident.components = incident.components.iter().filter_map(now).collect();
        Some(incident)
    }
}
