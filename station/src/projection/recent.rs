//! The most recent incidents, from the months' documents: for the index, the feeds of incidents and the calendar.

use std::collections::BTreeSet;
use std::sync::Arc;

use outband_record::text::{IncidentKind, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::data::Card;
use outband_site::feeds;

use super::Projection;
use crate::error::StationError;

/// The index shows this many closed incidents.
const RECENT: usize = 10;

/// The index looks for them in at most this many months in which anything began, so a quiet year costs no more than a
/// busy one.
const RECENT_MONTHS: usize = 12;

/// The calendar keeps maintenances from this many months in which anything began, besides future and current ones.
const CALENDAR_MONTHS: usize = 2;

impl Projection<'_> {
    /// The most recent incidents that are not open, newest first.
    pub(super) fn recent(&self, now: Time) -> Result<Vec<Card>, StationError> {
        let is_open = |card: &Card| self.watch.get(&card.slug).is_some_and(|watched| watched.open);
        let mut recent = Vec::new();
        for cards in self.begun(now).take(RECENT_MONTHS) {
            recent.extend(cards?.into_iter().filter(|card| !is_open(card)));
            if recent.len() >= RECENT {
                break;
            }
        }
        recent.truncate(RECENT);
        Ok(recent)
    }

    /// The incidents for the calendar: all watched ones except drills, and recent maintenances. The calendar itself
    /// picks those that have a window.
    pub(super) fn planned(&self, now: Time) -> Result<Vec<Arc<Incident>>, StationError> {
        let mut slugs: BTreeSet<Slug> = BTreeSet::new();
        slugs
            .extend(self.watch.values().filter(|watched| !watched.drill).map(|watched| watched.slug.clone()));
        for cards in self.begun(now).take(CALENDAR_MONTHS) {
            let maintenances = cards?.into_iter().filter(|card| card.kind == IncidentKind::Maintenance);
            slugs.extend(maintenances.map(|card| card.slug));
        }
        slugs.iter().map(|slug| self.listed(slug)).collect()
    }

    /// The incidents with the latest beginnings, future ones included, for the feeds of incidents.
    pub(super) fn last_begun(&self) -> Result<Vec<Arc<Incident>>, StationError> {
        let mut last = Vec::new();
        for month in self.filled_months() {
            let room = feeds::HISTORY.saturating_sub(last.len());
            if room == 0 {
                break;
            }
            for card in self.month(&month.month)?.iter().take(room) {
                last.push(self.listed(&card.slug)?);
            }
        }
        Ok(last)
    }

    /// Incidents that had begun by `now`, by month, newest first. Future incidents are not part of the history; their
    /// beginnings are watched for. Months without any are left out.
    fn begun(&self, now: Time) -> impl Iterator<Item = Result<Vec<Card>, StationError>> {
        let last = now.date().month();
        let months = self.filled_months().filter(move |month| month.month <= last);
        let begun = months.map(move |month| {
            let cards = self.month(&month.month)?;
            Ok(cards.iter().filter(|card| card.started <= now).cloned().collect::<Vec<_>>())
        });
        begun.filter(|cards| !matches!(cards, Ok(cards) if cards.is_empty()))
    }
}
