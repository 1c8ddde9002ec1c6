//! Which updates stand in which channel: lists of places, so that no publication has to look through the log.

use std::collections::BTreeSet;

use outband_record::timeline::{Incident, Said};
use outband_site::data::{self, Place};
use outband_site::feeds::{self, Channel};

use crate::book::{Book, missing, read};
use crate::fault::Fault;

impl Book<'_> {
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
    pub(crate) fn file_places(&mut self, said: &Said) -> Result<(), Fault> {
        let channels = self.site.as_ref().map(|entry| Channel::of(&entry.site, &said.update));
        for channel in channels.unwrap_or_default() {
            if !self.channels.contains(&channel) {
                self.begin_channel(&channel);
            }
            let places = self.places(&channel)?;
            places.insert(0, place(said));
            places.truncate(channel.limit());
            self.changed.lists.insert(channel);
        }
        let is_full = said.update.translates.is_none() && self.newest.count.is_multiple_of(AN_ARCHIVE);
        if is_full {
            self.fill_archive(self.archives());
        }
        Ok(())
    }

    /// The fifty that are the newest now stay together for ever; the archive before them gets a link to them.
    fn fill_archive(&mut self, number: u64) {
        let archive = Channel::Archive(number);
        self.lists.insert(archive.clone(), self.newest.updates.iter().map(place).collect());
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
    fn places(&mut self, channel: &Channel) -> Result<&mut Vec<Place>, Fault> {
        if !self.lists.contains_key(channel) {
            let path = channel.document();
            let places = read(self.store, &path, data::parse_places)?.ok_or_else(|| missing(&path))?;
            self.lists.insert(channel.clone(), places);
        }
        Ok(self.lists.entry(channel.clone()).or_default())
    }

    /// Reads what the channels that changed are rendered from.
    pub(crate) fn load_channels(&mut self) -> Result<(), Fault> {
        let mut slugs = BTreeSet::new();
        for channel in self.changed.lists.clone() {
            let places = self.places(&channel)?.clone();
            let older = places.into_iter().filter(|place| self.newest_at(place.index).is_none());
            slugs.extend(older.map(|place| place.slug));
        }
        for slug in slugs {
            self.load_incident(&slug)?;
        }
        Ok(())
    }

    /// The updates of a channel whose places were loaded.
    pub(crate) fn said_in(&self, channel: &Channel) -> Vec<&Said> {
        self.lists.get(channel).into_iter().flatten().filter_map(|place| self.said_at(place)).collect()
    }

    fn said_at(&self, place: &Place) -> Option<&Said> {
        let of_incident = || {
            let said = self.incidents.get(&place.slug).map(Incident::said)?;
            said.get(said.binary_search_by_key(&place.index, |said| said.index).ok()?)
        };
        self.newest_at(place.index).or_else(of_incident)
    }

    fn newest_at(&self, index: u64) -> Option<&Said> {
        self.newest.updates.iter().find(|said| said.index == index)
    }
}

/// Updates in an archive: as many as are the newest, so that one is complete when that many are new.
const AN_ARCHIVE: u64 = feeds::NEWEST as u64;

fn place(said: &Said) -> Place {
    Place { slug: said.update.incident.clone(), index: said.index }
}
