//! Pages, feeds and data files, rendered from the record.
//!
//! Everything here is a function of what was said and of one moment: the same input gives the same bytes on every
//! host and platform. [`paths`] is the map of the site, [`data`] the documents that programs read (and from which
//! the station picks up where it left off), [`pages`], [`feeds`] and the [`calendar`] what people and their programs see.

mod brand;
pub mod calendar;
pub mod data;
pub mod embed;
pub mod feeds;
mod messages;
pub mod pages;
pub mod paths;
mod qr;
mod say;
pub mod scripts;
pub mod statuspage;
mod template;
mod uptime;
mod words;

pub use uptime::Uptime;

use std::collections::BTreeSet;

use outband_record::authority::Authority;
use outband_record::text::Site;
use outband_record::time::Time;

use data::Redacted;
use feeds::Channel;

/// A file as rendered: its public path and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The public path, see [`paths`].
    pub path: String,
    /// The content.
    pub body: Vec<u8>,
}

/// What every page is rendered against.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What the page is about.
    pub site: &'a Site,
    /// Who may sign, for names and flags.
    pub authority: &'a Authority,
    /// The moment for which it is rendered: "overdue" and the like depend on it; it is never printed.
    pub now: Time,
    /// The latest effective time of an update; `None` where there is none yet.
    pub last_update: Option<Time>,
    /// What was taken out of the log.
    pub redactions: &'a [Redacted],
    /// The feeds of components and languages: the index announces them.
    pub channels: &'a BTreeSet<Channel>,
}
