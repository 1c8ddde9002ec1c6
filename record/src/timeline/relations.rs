//! Which updates of an incident no longer stand, and what stands in their place.

use std::collections::BTreeMap;

use super::LoggedUpdate;

/// What later updates do to one, each by its place among the incident's updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// Its retraction, unless that was retracted itself.
    pub(super) retracted_by: Option<usize>,
    /// Its correction that stands, or that one's own, and so on; the last said, if there are several.
    pub(super) corrected_by: Option<usize>,
}

/// The relations of all updates, in the order of the log. Only what stands later in the log may speak of an update, so
/// no chain is a circle, whatever its authors wrote, and one pass from the last to the first decides each.
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
