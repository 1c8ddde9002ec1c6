//! The contents of feeds with a selection of updates: `/data/components/<path>.json`, `/data/languages/<lang>.json` and
//! `/data/updates/<number>.json`; `/data/channels.json`: the components and languages that have such feeds.

use std::collections::BTreeSet;

use outband_record::text::{ComponentPath, Lang, Slug};
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, text};
use crate::feeds::Channel;
use crate::template::RenderError;
use crate::{Rendered, paths};

/// A reference to an update: its incident and its log index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateRef {
    /// The incident's slug.
    #[serde(rename = "incident", with = "text")]
    pub slug: Slug,
    /// The log index.
    pub index: u64,
}

#[derive(Serialize, Deserialize)]
struct UpdateRefsDocument<U> {
    updates: U,
}

/// The updates of a channel, the highest index first.
pub fn update_refs(channel: &Channel, updates: &[UpdateRef]) -> Result<Rendered, RenderError> {
    print(&channel.document(), UpdateRefsDocument { updates })
}

/// Reads [`update_refs`] back.
pub fn parse_update_refs(body: &[u8]) -> Result<Vec<UpdateRef>, DataError> {
    Ok(parse::<UpdateRefsDocument<_>>(body)?.updates)
}

#[derive(Default, Serialize, Deserialize)]
struct ChannelsDocument {
    #[serde(with = "text::list")]
    components: Vec<ComponentPath>,
    #[serde(with = "text::list")]
    languages: Vec<Lang>,
}

/// The components and languages that have their own feeds, including components removed from the site.
pub fn channels(channels: &BTreeSet<Channel>) -> Result<Rendered, RenderError> {
    let mut document = ChannelsDocument::default();
    for channel in channels {
        match channel {
            Channel::Component(path) => document.components.push(path.clone()),
            Channel::Language(lang) => document.languages.push(lang.clone()),
            // The number of archives follows from the number of updates.
            Channel::Archive(_) => {}
        }
    }
    print(paths::CHANNELS_JSON, document)
}

/// Reads [`channels`] back.
pub fn parse_channels(body: &[u8]) -> Result<BTreeSet<Channel>, DataError> {
    let ChannelsDocument { components, languages } = parse(body)?;
    let components = components.into_iter().map(Channel::Component);
    let mut channels = BTreeSet::new();
    channels.extend(components.chain(languages.into_iter().map(Channel::Language)));
    Ok(channels)
}
