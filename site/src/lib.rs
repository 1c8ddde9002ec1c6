//! Pages, feeds and data files, rendered from the record.
//!
//! Everything here is a pure function of the record and a point in time: the same input gives the same bytes on every
//! host and platform. [`paths`] maps the site; [`data`] has the documents for programs (from which the station also
//! resumes); [`pages`], [`feeds`] and the [`calendar`] are for people and their apps.

pub mod calendar;
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
mod words;

pub use data::Uptime;

use std::collections::BTreeSet;

use outband_record::authority::Authority;
use outband_record::text::Site;
use outband_record::time::Time;

use data::Redacted;
use feeds::Channel;

/// A rendered file: its public path and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The public path, see [`paths`].
    pub path: String,
    /// The content.
    pub body: Vec<u8>,
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
    pub channels: &'a BTreeSet<Channel>,
}
