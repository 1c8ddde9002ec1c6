//! The lists: which updates each feed has, as lists of references, so that no publication has to scan the log; and which
//! incidents began last, from the months' documents, for the index, the feeds of incidents and the calendar.

use std::collections::BTreeSet;
use std::sync::Arc;

use outband_record::text::{IncidentKind, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Incident, LoggedUpdate};
use outband_site::data::Card;
use outband_site::feeds::{self, Channel};

use super::{Projection, missing};
use crate::error::StationError;
use crate::memory::UpdateRef;

/// Updates per archive: as many as the newest list holds, so an archive is complete each time the whole list has been
/// replaced.
const AN_ARCHIVE: u64 = feeds::NEWEST as u64;

/// The index shows this many closed incidents.
const RECENT: usize = 10;

/// The index looks for them in at most this many months in which anything began, so a quiet year costs no more than a
/// busy one.
const RECENT_MONTHS: usize = 12;

/// The calendar keeps maintenances from this many months in which anything began, besides future and current ones.
const CALENDAR_MONTHS: usize = 2;

impl Projection<'_> {
    /// Number of full archives.
    pub(super) fn archives(&self) -> u64 {
        self.newest.count / AN_ARCHIVE
    }

    /// Creates the feeds of components that are new to the site, so that readers can subscribe before anything happens
    /// to them.
    pub(super) fn begin_channels(&mut self) {
        let components = self.site().into_iter().flat_map(|site| &site.component);
        let channels = components.map(|component| Channel::Component(component.path.clone()));
        for channel in channels.collect::<Vec<_>>() {
            if !self.channels.contains(&channel) {
                self.begin_channel(&channel);
            }
        }
    }

    /// Adds an update to each of its channels as the latest one. Unless it is a translation, `newest` already contains
    /// it.
    pub(super) fn file_ref(&mut self, logged: &LoggedUpdate) -> Result<(), StationError> {
        let channels = self.site().map(|site| Channel::of(site, &logged.update));
        for channel in channels.unwrap_or_default() {
            if !self.channels.contains(&channel) {
                self.begin_channel(&channel);
            }
            let list = self.lists.change(&self.files, &channel)?;
            let list = list.ok_or_else(|| missing(&channel.document()))?;
            list.insert(0, update_ref(logged));
            list.truncate(channel.limit());
        }
        let is_full = logged.update.translates.is_none() && self.newest.count.is_multiple_of(AN_ARCHIVE);
        if is_full {
            self.fill_archive(self.archives());
        }
        Ok(())
    }

    /// Makes the fifty newest updates an archive, which keeps them for ever; the previous archive gets a link to it.
    fn fill_archive(&mut self, number: u64) {
        let list = self.newest.updates.iter().map(update_ref).collect();
        self.lists.set(&Channel::Archive(number), list);
        if number > 1 {
            self.lists.touch(Channel::Archive(number - 1));
        }
    }

    fn begin_channel(&mut self, channel: &Channel) {
        self.channels.change().insert(channel.clone());
        self.lists.set(channel, Vec::new());
    }

    /// The updates of a channel.
    pub(super) fn updates_in(&self, channel: &Channel) -> Result<Vec<LoggedUpdate>, StationError> {
        let list = self.lists.get(&self.files, channel)?;
        list.iter().map(|update_ref| self.logged_at(update_ref)).collect()
    }

    fn logged_at(&self, at: &UpdateRef) -> Result<LoggedUpdate, StationError> {
        if let Some(newest) = self.newest.updates.iter().find(|logged| logged.index == at.index) {
            return Ok(newest.clone());
        }
        let incident = self.listed(&at.slug)?;
        let updates = incident.updates();
        let place = updates.binary_search_by_key(&at.index, |logged| logged.index).ok();
        let found = place.and_then(|place| updates.get(place)).cloned();
        found.ok_or_else(|| {
            let what = format!("it has no update at entry {}, which a feed lists", at.index);
            StationError::document(&self.incidents.path(&at.slug), what)
        })
    }

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

fn update_ref(logged: &LoggedUpdate) -> UpdateRef {
    UpdateRef { slug: logged.update.incident.clone(), index: logged.index }
}
