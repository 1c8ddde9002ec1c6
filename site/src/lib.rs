//! Pages, feeds and data files, rendered from the record.
//!
//! Everything here is a pure function of the record and a point in time: the same input gives the same bytes on every
//! host and platform. [`paths`] maps the site; [`data`] has the documents for programs (some of which the
//! station reads back); [`pages`], [`feeds`] and the [`calendar`] are for people and their apps.

pub mod calendar;
pub mod console;
pub mod data;
pub mod embed;
pub mod feeds;
mod messages;
pub mod pages;
pub mod paths;
mod say;
pub mod scripts;
pub mod statuspage;
mod template;
pub mod well_known;
mod words;

pub use data::Uptime;
pub use messages::languages;

use outband_record::authority::Authority;
use outband_record::sorted::Set;
use outband_record::text::{Lang, Site};
use outband_record::time::Time;

use data::Redacted;
use feeds::Channel;
use template::RenderError;

/// A rendered file: its public path and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The public path, see [`paths`].
    pub path: String,
    /// The content.
    pub body: Vec<u8>,
}

impl Rendered {
    /// A file of text.
    pub(crate) fn text(path: impl Into<String>, text: String) -> Self {
        Self { path: path.into(), body: text.into_bytes() }
    }

    /// A JSON document on one line, as `serde_json` printed it. Failure is an error, never an empty file.
    pub(crate) fn json(path: &str, printed: serde_json::Result<Vec<u8>>) -> Result<Self, RenderError> {
        let mut body = printed.map_err(|error| RenderError::new(path, error))?;
        body.push(b'\n');
        Ok(Self { path: path.to_owned(), body })
    }
}

/// The context every page is rendered in.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// The site note in force.
    pub site: &'a Site,
    /// Who may sign, for signers' names and revoked keys.
    pub authority: &'a Authority,
    /// The time to render for: "overdue" and the like depend on it; it is never printed.
    pub now: Time,
    /// The latest effective time of an update; `None` before the first one.
    pub last_update: Option<Time>,
    /// The redacted entries.
    pub redactions: &'a [Redacted],
    /// The feeds of components and languages, which the index announces.
    pub channels: &'a Set<Channel>,
    /// Updates that the station with the log's key has refused, and a second station still shows.
    pub refused: &'a [Refused],
}

/// An update that is signed, but that the log does not take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its title.
    pub title: String,
    /// Its language, if it names one.
    pub lang: Option<Lang>,
    /// Why it was refused.
    pub why: String,
}
