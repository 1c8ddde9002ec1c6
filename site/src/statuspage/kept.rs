use std::collections::BTreeMap;

use outband_record::text::{Origin, Slug};
use serde::Deserialize;

use super::component::Components;
use super::incident::incident_id;
use super::shape::Incident;

/// Incidents and maintenances as they were last published, by id: those that are over and of which nothing was said
/// since need not be read and written out again. The site note and the renderer must be the same.
#[derive(Clone, Debug, Default)]
pub struct Kept(BTreeMap<String, Incident>);

#[derive(Deserialize)]
struct Answer {
    #[serde(alias = "scheduled_maintenances")]
    incidents: Vec<Incident>,
}

impl Kept {
    /// Keeps what an answer of incidents or of maintenances lists. One that cannot be read gives nothing: what it
    /// had is written out again.
    pub fn add(&mut self, answer: &[u8]) {
        let listed = serde_json::from_slice(answer).map_or_else(|_| Vec::new(), |a: Answer| a.incidents);
        self.0.extend(listed.into_iter().map(|incident| (incident.id.clone(), incident)));
    }

    /// Whether the incident or maintenance of this name was kept.
    pub fn has(&self, origin: &Origin, slug: &Slug) -> bool {
        self.0.contains_key(&incident_id(origin, slug))
    }

    /// It, with its components as they are now.
    pub(super) fn object(&self, origin: &Origin, slug: &Slug, components: &Components) -> Option<Incident> {
        let mut incident = self.0.get(&incident_id(origin, slug))?.clone();
        let now = |then: &super::shape::Component| components.by_id(&then.id).cloned();
        incident.components = incident.components.iter().filter_map(now).collect();
        Some(incident)
    }
}
