//! What began last, by the months' documents: for the index, the feeds of what happened and the calendar.

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

/// It looks for them in this many months in which anything began: a calm year costs no more than a busy one.
const RECENT_MONTHS: usize = 12;

/// The calendar keeps what began in this many months in which anything did, beside what is to come or under way.
const CALENDAR_MONTHS: usize = 2;

impl Projection<'_> {
    /// What began last and is not open, the newest first.
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

    /// What the calendar has: all that will read differently or is under way, and the maintenances that began lately.
    /// Which of it has a window, the calendar sees.
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

    /// What began or is to begin last, for the feeds of what happened.
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

    /// By month, the newest first, what had begun by `now`: what is to come is no history, and its beginning is watched
    /// for. Months in which nothing had are left out.
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
