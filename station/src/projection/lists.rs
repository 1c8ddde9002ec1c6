//! The lists: which updates each feed has, as lists of references, so that no publication has to scan the log; and which
//! incidents began last, from the months' documents, for the index, the feeds of incidents and the calendar.

use std::cmp::Reverse;
use std::sync::Arc;

use outband_record::sort::sort_by_key;
use outband_record::sorted::Set;
use outband_record::text::{IncidentKind, Slug, Update};
use outband_record::time::Time;
use outband_record::timeline::{Incident, LoggedUpdate};
use outband_site::data::{Card, Month};
use outband_site::feeds::{self, Channel, Listed};

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

/// The calendars keep maintenances from this many months in which anything began, besides future and current ones.
const CALENDAR_MONTHS: usize = 2;

impl Projection<'_> {
    /// Number of full archives.
    pub(super) fn archives(&self) -> u64 {
        self.newest.count / AN_ARCHIVE
    }

    /// Creates the feeds of components that are new to the site, and of languages that the program speaks, so that
    /// readers can subscribe before anything happens to them or is said in them.
    pub(super) fn begin_channels(&mut self) {
        let Some(site) = self.site() else { return };
        let components = site.component.iter().map(|component| Channel::Component(component.path.clone()));
        let (components, languages): (Vec<_>, _) = (components.collect(), Channel::supported(site));
        for channel in
            components.into_iter().filter(|channel| !self.channels.contains(channel)).collect::<Vec<_>>()
        {
            self.begin_channel(&channel);
        }
        for channel in
            languages.into_iter().filter(|channel| !self.channels.contains(channel)).collect::<Vec<_>>()
        {
            self.channels.change().silent.insert(channel.clone());
            self.lists.set(&channel, Vec::new());
        }
    }

    /// Adds an update to each of its channels as the latest one. Unless it is a translation, `newest` already contains
    /// it.
    pub(super) fn file_ref(&mut self, logged: &LoggedUpdate) -> Result<(), StationError> {
        let channels = self.site().map(|site| Channel::of(site, &logged.update));
        for channel in channels.unwrap_or_default() {
            if self.channels.silent.contains(&channel) {
                let channels = self.channels.change();
                channels.announced.extend(channels.silent.take(&channel));
            } else if !self.channels.contains(&channel) {
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

    /// Marks the feeds that list what `update` takes back, since it reads differently from now on.
    pub(super) fn revise_lists(&mut self, incident: &Incident, update: &Update) -> Result<(), StationError> {
        let mut revised = Set::new();
        revised.extend(incident.taken_back_by(update).into_iter().map(|update| &update.id));
        // Translations share the fate of their originals.
        let reads_differently = |logged: &&LoggedUpdate| {
            let Update { id, translates, .. } = &logged.update;
            revised.contains(id) || translates.as_ref().is_some_and(|of| revised.contains(of))
        };
        let changed: Vec<_> = incident.updates().iter().filter(reads_differently).collect();
        let takes_one = |channel: &&Channel| changed.iter().any(|logged| channel.takes(&logged.update));
        let mut channels: Set<_> = self.channels.all().filter(takes_one).cloned().collect();
        for logged in &changed {
            channels.extend(self.archive_of(logged)?);
        }
        for channel in channels {
            let list = self.lists.get(&self.files, &channel)?;
            if list.iter().any(|listed| changed.iter().any(|logged| logged.index == listed.index)) {
                self.lists.touch(channel);
            }
        }
        Ok(())
    }

    /// The archive that would list an update. Archives are in log order.
    fn archive_of(&self, logged: &LoggedUpdate) -> Result<Option<Channel>, StationError> {
        let (mut first, mut last) = (1, self.archives());
        while first < last {
            let middle = first + (last - first) / 2;
            let list = self.lists.get(&self.files, &Channel::Archive(middle))?;
            if list.first().is_some_and(|newest| newest.index < logged.index) {
                first = middle + 1;
            } else {
                last = middle;
            }
        }
        Ok((first == last).then_some(Channel::Archive(first)))
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
        self.channels.change().announced.insert(channel.clone());
        self.lists.set(channel, Vec::new());
    }

    /// The updates of a channel.
    pub(super) fn updates_in(&self, channel: &Channel) -> Result<Vec<Found<'_>>, StationError> {
        let (list, revised) = (self.lists.get(&self.files, channel)?, self.revised_slugs());
        list.iter().map(|update_ref| self.found_at(update_ref, &revised)).collect()
    }

    fn found_at(&self, at: &UpdateRef, revised: &Set<&Slug>) -> Result<Found<'_>, StationError> {
        let newest = self.newest.updates.iter().find(|logged| logged.index == at.index);
        if let Some(newest) = newest.filter(|_| !revised.contains(&at.slug)) {
            return Ok(Found::Newest(newest));
        }
        let incident = self.listed(&at.slug)?;
        match incident.updates().binary_search_by_key(&at.index, |logged| logged.index) {
            Ok(place) => Ok(Found::Of(incident, place)),
            Err(_) => {
                let what = format!("it has no update at entry {}, which a feed lists", at.index);
                Err(StationError::document(&self.incidents.path(&at.slug), what))
            }
        }
    }

    /// The incidents in which one of the newest updates takes another back. What takes back one of the newest is newer
    /// itself, so in all other incidents each of them applies.
    fn revised_slugs(&self) -> Set<&Slug> {
        let revisions = self.newest.updates.iter().filter(|logged| logged.update.revises().is_some());
        revisions.map(|logged| &logged.update.incident).collect()
    }

    /// The items of the main feeds: the newest updates and all updates of open incidents, highest index first.
    pub(super) fn items(&self, going: &[Arc<Incident>]) -> Result<Vec<Found<'_>>, StationError> {
        let revised = self.revised_slugs();
        let newest = self.newest.updates.iter().map(|logged| self.found_at(&update_ref(logged), &revised));
        let mut items = newest.collect::<Result<Vec<_>, _>>()?;
        for incident in going {
            let own = incident.updates().iter().enumerate();
            let own = own.filter(|(_, logged)| logged.update.translates.is_none());
            items.extend(own.map(|(place, _)| Found::Of(incident.clone(), place)));
        }
        sort_by_key(&mut items, |found| found.logged().map(|logged| Reverse(logged.index)));
        items.dedup_by_key(|found| found.logged().map(|logged| logged.index));
        Ok(items)
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
        let mut slugs: Set<Slug> = Set::new();
        slugs
            .extend(self.watch.values().filter(|watched| !watched.drill).map(|watched| watched.slug.clone()));
        for month in self.past_months(now).take(CALENDAR_MONTHS) {
            let cards = self.month(&month.month)?;
            let maintenances = cards.iter().filter(|card| card.kind == IncidentKind::Maintenance);
            slugs.extend(maintenances.map(|card| card.slug.clone()));
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

    /// The months up to that of `now` in which something began or will begin, newest first.
    pub(super) fn past_months(&self, now: Time) -> impl Iterator<Item = &Month> {
        let last = now.date().month();
        self.filled_months().filter(move |month| month.month <= last)
    }

    /// Incidents that had begun by `now`, by month, newest first. Future incidents are not part of the history; their
    /// beginnings are watched for. Months without any are left out.
    fn begun(&self, now: Time) -> impl Iterator<Item = Result<Vec<Card>, StationError>> {
        let begun = self.past_months(now).map(move |month| {
            let cards = self.month(&month.month)?;
            Ok(cards.iter().filter(|card| card.started <= now).cloned().collect::<Vec<_>>())
        });
        begun.filter(|cards| !matches!(cards, Ok(cards) if cards.is_empty()))
    }
}

/// An update that a feed lists.
pub(super) enum Found<'p> {
    /// One of the newest, which nothing takes back.
    Newest(&'p LoggedUpdate),
    /// The one at this place in its incident.
    Of(Arc<Incident>, usize),
}

impl Found<'_> {
    pub(super) fn listed(&self) -> Option<Listed<'_>> {
        let logged = self.logged()?;
        Some(match self {
            Self::Newest(_) => Listed::applying(logged),
            Self::Of(incident, _) => Listed::of(incident, logged),
        })
    }

    fn logged(&self) -> Option<&LoggedUpdate> {
        match self {
            Self::Newest(logged) => Some(logged),
            Self::Of(incident, place) => incident.updates().get(*place),
        }
    }
}

fn update_ref(logged: &LoggedUpdate) -> UpdateRef {
    UpdateRef { slug: logged.update.incident.clone(), index: logged.index }
}
