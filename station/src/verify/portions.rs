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
    written: Arc<Written>,
}

impl Settled {
    fn files(&self, incidents: Range<usize>) -> Result<Vec<Rendered>, Fault> {
        let Self { site, authority, now, spoke, redactions, channels, .. } = self;
        let view = View { site, authority, now: *now, spoke: *spoke, redactions, channels };
        let mut feeds = Feeds::sharing(&view, self.written.clone());
        let mut files = Vec::new();
        for (slug, incident) in self.incidents.get(incidents).unwrap_or_default() {
            files.extend(of_incident(&view, &mut feeds, slug, incident)?);
        }
        Ok(files)
    }
}

impl Proven<'_> {
    /// What stands in place of entries that were taken out of the log.
    pub fn redacted(&self) -> Vec<Portion> {
        Portion::of(self.redactions().iter().map(Redacted::note)).collect()
    }

    /// What each incident has for itself: to be recomputed by whoever takes it.
    pub fn incidents(&self) -> Vec<Portion> {
        let Some(view) = self.book.view(self.time) else { return Vec::new() };
        let settled = Arc::new(Settled {
            site: view.site.clone(),
            authority: view.authority.clone(),
            now: view.now,
            spoke: view.spoke,
            redactions: view.redactions.to_vec(),
            channels: view.channels.clone(),
            incidents: self.book.incidents.clone().into_iter().collect(),
            written: self.written.clone(),
        });
        let all = settled.incidents.len();
        let some = |from| Portion(Files::Of(settled.clone(), from..all.min(from + INCIDENTS)));
        (0..all).step_by(INCIDENTS).map(some).collect()
    }

    /// What is no incident's own: documents, pages and feeds. It is recomputed here and now.
    pub fn pages(&mut self) -> Result<Vec<Portion>, Unproven> {
        let book = &mut self.book;
        book.changed.everything();
        book.changed.incidents = book.incidents.keys().cloned().collect();
        book.changed.months = book.months.keys().cloned().collect();
        book.changed.lists = book.lists.keys().cloned().collect();
        book.prepare(self.time)?;
        book.changed.incidents.clear();
        Ok(Portion::of(book.files(self.time, self.written.clone())?).collect())
    }
}
