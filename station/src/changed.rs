//! Marks in a book: what must be written anew.

use std::collections::{BTreeMap, BTreeSet};

use outband_record::text::Slug;
use outband_record::timeline::Span;
use outband_site::feeds::Channel;

/// What must be written anew.
#[derive(Clone, Default)]
pub(crate) struct Changed {
    pub(crate) roster: bool,
    pub(crate) site: bool,
    pub(crate) renderer: bool,
    pub(crate) watch: bool,
    pub(crate) newest: bool,
    pub(crate) channels: bool,
    pub(crate) history: bool,
    pub(crate) drills: bool,
    pub(crate) statuspage: bool,
    pub(crate) redactions: bool,
    /// The pages and feeds that say what is true now.
    pub(crate) now: bool,
    pub(crate) incidents: BTreeSet<Slug>,
    pub(crate) months: BTreeSet<String>,
    /// The months whose days changed.
    pub(crate) days: BTreeSet<String>,
    /// The spans of what changes, as they were before.
    pub(crate) spans: BTreeMap<Slug, Vec<Span>>,
    pub(crate) lists: BTreeSet<Channel>,
}

impl Changed {
    /// Whatever is no incident's, no month's and no channel's own.
    pub(crate) fn everything(&mut self) {
        (self.roster, self.site, self.renderer, self.watch) = (true, true, true, true);
        (self.newest, self.history, self.drills, self.now) = (true, true, true, true);
        (self.statuspage, self.channels, self.redactions) = (true, true, true);
    }
}
