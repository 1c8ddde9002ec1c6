//! What began last, by the months' documents: for the index, the feeds of what happened and the calendar.

use outband_record::sort::sort_by;
use outband_record::text::{IncidentKind, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::data::Card;
use outband_site::feeds;

use crate::error::StationError;
use crate::projection::Projection;

/// The index shows this many of what is over.
const RECENT: usize = 10;

/// It looks for them in this many months in which anything began: a calm year costs no more than a busy one.
const RECENT_MONTHS: usize = 12;

/// The calendar keeps what began in this many months in which anything did, beside what is to come or goes on.
const CALENDAR_MONTHS: usize = 2;

impl Projection<'_> {
    /// Reads what [`Projection::recent`] and [`Projection::planned`] need.
    pub(crate) fn load_recent(&mut self, now: Time) -> Result<(), StationError> {
        let months: Vec<String> = self.months_until(now).map(str::to_owned).collect();
        for month in months {
            let begun = self.begun(now).count();
            if begun >= CALENDAR_MONTHS && (begun >= RECENT_MONTHS || self.recent(now).len() >= RECENT) {
                break;
            }
            self.month(&month)?;
        }
        let ahead = self.watch.values().filter(|watched| !watched.drill).map(|watched| watched.slug.clone());
        let past = self.begun_lately(now).map(|card| card.slug.clone());
        let slugs: Vec<Slug> = ahead.chain(past).collect();
        for slug in slugs {
            self.load_incident(&slug)?;
        }
        Ok(())
    }

    /// What began last and is not open, the newest first.
    pub(crate) fn recent(&self, now: Time) -> Vec<Card> {
        let is_open = |card: &&Card| self.watch.get(&card.slug).is_some_and(|watched| watched.open);
        let begun = self.begun(now).take(RECENT_MONTHS).flatten();
        begun.filter(|card| !is_open(card)).take(RECENT).cloned().collect()
    }

    /// What the calendar has: all that will read differently or goes on, and the maintenances that began lately.
    /// Which of it has a window, the calendar sees.
    pub(crate) fn planned(&self, now: Time) -> Vec<&Incident> {
        let ahead = self.watch.values().filter(|watched| !watched.drill).map(|watched| &watched.slug);
        let mut slugs: Vec<_> = ahead.chain(self.begun_lately(now).map(|card| &card.slug)).collect();
        sort_by(&mut slugs, Ord::cmp);
        slugs.dedup();
        slugs.into_iter().filter_map(|slug| self.incidents.get(slug)).collect()
    }

    /// Reads what [`Projection::last_begun`] needs.
    pub(crate) fn load_last_begun(&mut self) -> Result<(), StationError> {
        let months: Vec<String> = self.filled_months().map(|month| month.month.clone()).collect();
        for month in months {
            if self.last_cards().count() >= feeds::HISTORY {
                break;
            }
            self.month(&month)?;
        }
        let slugs: Vec<Slug> = self.last_cards().map(|card| card.slug.clone()).collect();
        for slug in slugs {
            self.load_incident(&slug)?;
        }
        Ok(())
    }

    /// What began or is to begin last, for the feeds of what happened.
    pub(crate) fn last_begun(&self) -> Vec<&Incident> {
        self.last_cards().filter_map(|card| self.incidents.get(&card.slug)).collect()
    }

    fn last_cards(&self) -> impl Iterator<Item = &Card> {
        let months = self.filled_months().map_while(|month| self.months.get(&month.month));
        months.flatten().take(feeds::HISTORY)
    }

    fn begun_lately(&self, now: Time) -> impl Iterator<Item = &Card> {
        let begun = self.begun(now).take(CALENDAR_MONTHS).flatten();
        begun.filter(|card| card.kind == IncidentKind::Maintenance)
    }

    /// By month, what had begun by `now`: what is to come is no history, and its beginning is watched for. Ends
    /// before the first month that was not read.
    fn begun(&self, now: Time) -> impl Iterator<Item = Vec<&Card>> {
        let months = self.months_until(now).map_while(|month| self.months.get(month));
        let begun =
            months.map(move |cards| cards.iter().filter(|card| card.started <= now).collect::<Vec<_>>());
        begun.filter(|cards| !cards.is_empty())
    }

    /// The filled months up to that of `now`, newest first.
    fn months_until(&self, now: Time) -> impl Iterator<Item = &str> {
        let last = now.date().month();
        self.filled_months().map(|month| month.month.as_str()).filter(move |month| *month <= last.as_str())
    }
}
