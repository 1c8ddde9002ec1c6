//! Which updates of an incident are retracted or corrected, and by which others.

use std::collections::BTreeMap;

use super::LoggedUpdate;

/// How later updates change one; each field is a position among the incident's updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// Its retraction, unless that was itself retracted.
    pub(super) retracted_by: Option<usize>,
    /// Its correction in force, or that one's own correction, and so on; the one with the latest effective time if
    /// there are several.
    pub(super) corrected_by: Option<usize>,
}

/// The relations of all updates, in log order. Only references from later to earlier updates count, so no chain can be
/// a cycle, whatever the authors wrote, and one pass from the last update to the first is enough.
pub(super) fn relations(logged: &[LoggedUpdate]) -> Vec<Relation> {
    let mut places = BTreeMap::new();
    let (mut retractions, mut corrections) = (BTreeMap::new(), BTreeMap::new());
    for (place, by) in logged.iter().enumerate() {
        let note = |targets: &mut BTreeMap<usize, Vec<usize>>, id| {
            if let Some(target) = places.get(id) {
                targets.entry(*target).or_default().push(place);
            }
        };
        by.update.retracts.iter().for_each(|id| note(&mut retractions, id));
        by.update.corrects.iter().for_each(|id| note(&mut corrections, id));
        places.entry(&by.update.id).or_insert(place);
    }

    let mut relations = vec![Relation::default(); logged.len()];
    let of = |relations: &[Relation], place: usize| relations.get(place).copied().unwrap_or_default();
    for place in (0..logged.len()).rev() {
        let stands = |by: &&usize| of(&relations, **by).retracted_by.is_none();
        let retracted_by = retractions.get(&place).into_iter().flatten().find(stands).copied();
        let standing = corrections.get(&place).into_iter().flatten().filter(stands);
        let last = standing.map(|by| of(&relations, *by).corrected_by.unwrap_or(*by));
        let corrected_by = last.max_by_key(|by| logged.get(*by).map(LoggedUpdate::order));
        if let Some(relation) = relations.get_mut(place) {
            *relation = Relation { retracted_by, corrected_by };
        }
    }
    relations
}
