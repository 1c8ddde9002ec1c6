//! Which updates belong to which channel, as lists of references, so that no publication has to scan the log.

use outband_record::timeline::LoggedUpdate;
use outband_site::feeds::{self, Channel};

use super::{Projection, missing};
use crate::error::StationError;
use crate::memory::UpdateRef;

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
}

/// Updates per archive: as many as the newest list holds, so an archive is complete each time the whole list has been
/// replaced.
const AN_ARCHIVE: u64 = feeds::NEWEST as u64;

fn update_ref(logged: &LoggedUpdate) -> UpdateRef {
    UpdateRef { slug: logged.update.incident.clone(), index: logged.index }
}
