//! What feeds of some of the updates have in them: `/data/components/<path>.json`, `/data/languages/<lang>.json` and
//! `/data/updates/<number>.json`; `/data/channels.json`: for which components and languages there are such feeds.

use std::collections::BTreeSet;

use outband_record::text::Slug;
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, value};
use crate::feeds::Channel;
use crate::{Rendered, paths};

/// Where an update stands: under its incident, and in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateRef {
    /// The incident.
    pub slug: Slug,
    /// The entry.
    pub index: u64,
}

#[derive(Serialize, Deserialize)]
struct UpdateRefsDocument {
    updates: Vec<UpdateRefDocument>,
}

#[derive(Serialize, Deserialize)]
struct UpdateRefDocument {
    incident: String,
    index: u64,
}

/// The updates of a channel, the highest index first.
pub fn update_refs(channel: &Channel, update_refs: &[UpdateRef]) -> Rendered {
    let place =
        |place: &UpdateRef| UpdateRefDocument { incident: place.slug.to_string(), index: place.index };
    print(&channel.document(), UpdateRefsDocument { updates: update_refs.iter().map(place).collect() })
}

/// Reads [`places`] back.
pub fn parse_update_refs(body: &[u8]) -> Result<Vec<UpdateRef>, DataError> {
    let place =
        |place: UpdateRefDocument| Ok(UpdateRef { slug: value(&place.incident)?, index: place.index });
    parse::<UpdateRefsDocument>(body)?.updates.into_iter().map(place).collect()
}

#[derive(Serialize, Deserialize)]
struct ChannelsDocument {
    components: Vec<String>,
    languages: Vec<String>,
}

/// The components and languages that have feeds of their own, whether or not the site still has them.
pub fn channels(channels: &BTreeSet<Channel>) -> Rendered {
    let mut document = ChannelsDocument { components: Vec::new(), languages: Vec::new() };
    for channel in channels {
        match channel {
            Channel::Component(path) => document.components.push(path.to_string()),
            Channel::Language(lang) => document.languages.push(lang.to_string()),
            // How many there are follows from how much was said.
            Channel::Archive(_) => {}
        }
    }
    print(paths::CHANNELS_JSON, document)
}

/// Reads [`channels`] back.
pub fn parse_channels(body: &[u8]) -> Result<BTreeSet<Channel>, DataError> {
    let document: ChannelsDocument = parse(body)?;
    let mut channels = BTreeSet::new();
    for path in &document.components {
        channels.insert(Channel::Component(value(path)?));
    }
    for lang in &document.languages {
        channels.insert(Channel::Language(value(lang)?));
    }
    Ok(channels)
}
