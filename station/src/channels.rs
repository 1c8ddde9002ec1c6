//! Which updates stand in which channel: lists of places, so that no publication has to look through the log.

use std::collections::BTreeSet;

use outband_record::timeline::{Incident, LoggedUpdate};
use outband_site::data::{self, UpdateRef};
use outband_site::feeds::{self, Channel};

use crate::error::StationError;
use crate::projection::{Projection, missing, read};

impl Projection<'_> {
    /// How many archives are full.
    pub(crate) fn archives(&self) -> u64 {
        self.newest.count / AN_ARCHIVE
    }

    /// Begins the feeds of components that the site has not had before, so that each can be subscribed to before
    /// anything befalls it.
    pub(crate) fn begin_channels(&mut self) {
        let site = self.site.as_ref().map(|entry| &entry.site);
        let components = site.into_iter().flat_map(|site| &site.component);
        let channels: Vec<_> =
            components.map(|component| Channel::Component(component.path.clone())).collect();
        for channel in channels {
            if !self.channels.contains(&channel) {
                self.begin_channel(&channel);
            }
        }
    }

    /// Files an update where it belongs, as the last of each: `newest` has it already, unless it is a translation.
    pub(crate) fn file_places(&mut self, logged: &LoggedUpdate) -> Result<(), StationError> {
        let channels = self.site.as_ref().map(|entry| Channel::of(&entry.site, &logged.update));
        for channel in channels.unwrap_or_default() {
            if !self.channels.contains(&channel) {
                self.begin_channel(&channel);
            }
            let update_refs = self.update_refs(&channel)?;
            update_refs.insert(0, update_ref(logged));
            update_refs.truncate(channel.limit());
            self.changed.lists.insert(channel);
        }
        let is_full = logged.update.translates.is_none() && self.newest.count.is_multiple_of(AN_ARCHIVE);
        if is_full {
            self.fill_archive(self.archives());
        }
        Ok(())
    }

    /// The fifty that are the newest now stay together for ever; the archive before them gets a link to them.
    fn fill_archive(&mut self, number: u64) {
        let archive = Channel::Archive(number);
        self.lists.insert(archive.clone(), self.newest.updates.iter().map(update_ref).collect());
        self.changed.lists.insert(archive);
        if number > 1 {
            self.changed.lists.insert(Channel::Archive(number - 1));
        }
    }

    fn begin_channel(&mut self, channel: &Channel) {
        self.channels.insert(channel.clone());
        self.lists.insert(channel.clone(), Vec::new());
        self.changed.channels = true;
        self.changed.lists.insert(channel.clone());
    }

    /// The places of a channel that has begun.
    fn update_refs(&mut self, channel: &Channel) -> Result<&mut Vec<UpdateRef>, StationError> {
        if !self.lists.contains_key(channel) {
            let path = channel.document();
            let update_refs =
                read(self.store, &path, data::parse_update_refs)?.ok_or_else(|| missing(&path))?;
            self.lists.insert(channel.clone(), update_refs);
        }
        Ok(self.lists.entry(channel.clone()).or_default())
    }

    /// Reads what the channels that changed are rendered from.
    pub(crate) fn load_channels(&mut self) -> Result<(), StationError> {
        let mut slugs = BTreeSet::new();
        for channel in self.changed.lists.clone() {
            let update_refs = self.update_refs(&channel)?.clone();
            let older =
                update_refs.into_iter().filter(|update_ref| self.newest_at(update_ref.index).is_none());
            slugs.extend(older.map(|update_ref| update_ref.slug));
        }
        for slug in slugs {
            self.load_incident(&slug)?;
        }
        Ok(())
    }

    /// The updates of a channel whose places were loaded.
    pub(crate) fn updates_in(&self, channel: &Channel) -> Vec<&LoggedUpdate> {
        self.lists
            .get(channel)
            .into_iter()
            .flatten()
            .filter_map(|update_ref| self.update_at_ref(update_ref))
            .collect()
    }

    fn update_at_ref(&self, update_ref: &UpdateRef) -> Option<&LoggedUpdate> {
        let of_incident = || {
            let logged = self.incidents.get(&update_ref.slug).map(Incident::updates)?;
            logged.get(logged.binary_search_by_key(&update_ref.index, |logged| logged.index).ok()?)
        };
        self.newest_at(update_ref.index).or_else(of_incident)
    }

    fn newest_at(&self, index: u64) -> Option<&LoggedUpdate> {
        self.newest.updates.iter().find(|logged| logged.index == index)
    }
}

/// Updates in an archive: as many as are the newest, so that one is complete when that many are new.
const AN_ARCHIVE: u64 = feeds::NEWEST as u64;

fn update_ref(logged: &LoggedUpdate) -> UpdateRef {
    UpdateRef { slug: logged.update.incident.clone(), index: logged.index }
}
