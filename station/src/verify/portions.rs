//! What must be there, in portions: who compares files need not hold them all, nor recompute them on one thread.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use outband_record::authority::Authority;
use outband_record::text::{Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::data::Redacted;
use outband_site::feeds::{Channel, Feeds, Written};
use outband_site::{Rendered, View};

use super::{Proven, Unproven};
use crate::fault::Fault;
use crate::render::of_incident;

/// Some of the files that must be there.
pub struct Portion(Files);

enum Files {
    Ready(Vec<Rendered>),
    /// Those of these incidents.
    Of(Arc<Settled>, Range<usize>),
}

/// Files in a portion; an incident has about four.
const FILES: usize = 32;
/// Incidents in a portion.
const INCIDENTS: usize = FILES / 4;

impl Portion {
    /// These files, so many at a time.
    pub(super) fn of(files: impl IntoIterator<Item = Rendered>) -> impl Iterator<Item = Self> {
        let mut files = files.into_iter();
        std::iter::from_fn(move || {
            let some: Vec<_> = files.by_ref().take(FILES).collect();
            (!some.is_empty()).then_some(Self::ready(some))
        })
    }

    pub(super) fn ready(files: Vec<Rendered>) -> Self {
        Self(Files::Ready(files))
    }

    /// The files themselves, which may have to be recomputed.
    pub fn files(self) -> Result<Vec<Rendered>, Unproven> {
        match self.0 {
            Files::Ready(files) => Ok(files),
            Files::Of(settled, incidents) => Ok(settled.files(incidents)?),
        }
    }
}

/// What files of incidents follow from.
struct Settled {
    site: Site,
    authority: Authority,
    now: Time,
    spoke: Option<Time>,
    redactions: Vec<Redacted>,
    channels: BTreeSet<Channel>,
    incidents: Vec<(Slug, Incident)>,
    /// An update stands in its incident's feed and in an archive.
    written: Written,
}

impl Settled {
    fn files(&self, incidents: Range<usize>) -> Result<Vec<Rendered>, Fault> {
        let Self { site, authority, now, spoke, redactions, channels, .. } = self;
        let view = View { site, authority, now: *now, spoke: *spoke, redactions, channels };
        let mut feeds = Feeds::after(&view, &self.written);
        let mut files = Vec::new();
        for (slug, incident) in self.incidents.get(incidents).unwrap_or_default() {
            files.extend(of_incident(&view, &mut feeds, slug, incident)?);
        }
        Ok(files)
    }
}

impl Proven<'_> {
    /// What follows from the log besides what [`Judging`](super::Judging) gives: what stands in place of entries that were
    /// taken out and, if `pages`, documents, pages and feeds.
    pub fn portions(&mut self, pages: bool) -> Result<Vec<Portion>, Unproven> {
        let book = &mut self.book;
        let gone: Vec<_> = book.redactions.redacted.iter().map(Redacted::note).collect();
        let mut portions: Vec<_> = Portion::of(gone).collect();
        if !pages {
            return Ok(portions);
        }
        book.changed.everything();
        book.changed.months = book.months.keys().cloned().collect();
        book.changed.lists = book.lists.keys().cloned().collect();
        book.prepare(self.time)?;
        // These are left to whoever takes the portions.
        book.changed.incidents.clear();
        let (files, written) = book.files(self.time)?;
        portions.extend(Portion::of(files));
        if let Some(view) = book.view(self.time) {
            let settled = Arc::new(Settled {
                site: view.site.clone(),
                authority: view.authority.clone(),
                now: view.now,
                spoke: view.spoke,
                redactions: view.redactions.to_vec(),
                channels: view.channels.clone(),
                incidents: book.incidents.clone().into_iter().collect(),
                written,
            });
            let all = settled.incidents.len();
            let some = |from| Portion(Files::Of(settled.clone(), from..all.min(from + INCIDENTS)));
            portions.extend((0..all).step_by(INCIDENTS).map(some));
        }
        Ok(portions)
    }
}
