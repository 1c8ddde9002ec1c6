//! What must be there, in portions: who compares files need not hold them all, nor recompute them on one thread.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use outband_record::authority::Authority;
use outband_record::text::{Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::data::Redacted;
use outband_site::feeds::{Channel, Feeds, Written};
use outband_site::{Rendered, View};

use super::{Proven, Unproven};
use crate::error::StationError;
use crate::projection::of_incident;

/// Some of the files that must be there.
pub struct Portion(Files);

enum Files {
    Ready(Vec<Rendered>),
    Of(Arc<Settled>, Vec<(Slug, Arc<Incident>)>),
}

/// Few, so that all who compare have as much to do, and stop soon once they need not go on.
pub(super) const FILES: usize = 16;
/// Each has about four files.
const INCIDENTS: usize = FILES / 4;

impl Portion {
    pub(super) fn ready(files: Vec<Rendered>) -> Self {
        Self(Files::Ready(files))
    }

    /// The files themselves, which may have to be recomputed: on any thread.
    pub fn files(self) -> Result<Vec<Rendered>, Unproven> {
        match self.0 {
            Files::Ready(files) => Ok(files),
            Files::Of(settled, incidents) => Ok(settled.files(&incidents)?),
        }
    }
}

/// `all` in lists of at most `count`.
fn split<T>(all: impl IntoIterator<Item = T>, count: usize) -> impl Iterator<Item = Vec<T>> {
    let mut all = all.into_iter();
    std::iter::from_fn(move || {
        let some: Vec<_> = all.by_ref().take(count).collect();
        (!some.is_empty()).then_some(some)
    })
}

/// What files of incidents follow from, beside the incident.
struct Settled {
    site: Site,
    authority: Authority,
    now: Time,
    last_update: Option<Time>,
    redactions: Vec<Redacted>,
    channels: BTreeSet<Channel>,
    written: Arc<Written>,
}

impl Settled {
    fn files(&self, incidents: &[(Slug, Arc<Incident>)]) -> Result<Vec<Rendered>, StationError> {
        let Self { site, authority, now, last_update, redactions, channels, written } = self;
        let view = View { site, authority, now: *now, last_update: *last_update, redactions, channels };
        let mut feeds = Feeds::sharing(&view, written.clone());
        let mut files = Vec::new();
        for (slug, incident) in incidents {
            files.extend(of_incident(&view, &mut feeds, slug, incident)?);
        }
        Ok(files)
    }
}

/// What follows from the log besides its own files, see [`Proven::portions`].
pub struct Portions<'p, 's> {
    proven: &'p mut Proven<'s>,
    ready: VecDeque<Portion>,
    /// Whether there are pages besides, which are recomputed when their turn comes.
    pages: bool,
    /// An update stands in its incident's feed and in an archive: whoever comes first writes it for both.
    written: Arc<Written>,
}

impl<'s> Proven<'s> {
    /// What follows from the log besides its own files, which [`Judging`](super::Judging) gives: what stands in place of
    /// entries that were taken out and, if `pages`, documents, pages and feeds. Those of incidents come first and are
    /// left to whoever takes them; the rest is recomputed here, meanwhile.
    pub fn portions(&mut self, pages: bool) -> Result<Portions<'_, 's>, Unproven> {
        let redacted = split(self.redactions().iter().map(Redacted::note), FILES);
        let ready = redacted.map(Portion::ready).collect();
        let mut portions = Portions { proven: self, ready, pages, written: Arc::default() };
        if pages {
            let incidents = portions.incidents()?;
            portions.ready.extend(incidents);
        }
        Ok(portions)
    }
}

impl Portions<'_, '_> {
    /// Before the first site note there are none.
    fn incidents(&self) -> Result<Vec<Portion>, Unproven> {
        let Proven { projection, time, .. } = &*self.proven;
        let Some(view) = projection.view(*time)? else { return Ok(Vec::new()) };
        let settled = Arc::new(Settled {
            site: view.site.clone(),
            authority: view.authority.clone(),
            now: view.now,
            last_update: view.last_update,
            redactions: view.redactions.to_vec(),
            channels: view.channels.clone(),
            written: self.written.clone(),
        });
        let incidents = split(projection.incidents.known(), INCIDENTS);
        Ok(incidents.map(|some| Portion(Files::Of(settled.clone(), some))).collect())
    }

    /// What is no incident's own.
    fn pages(&mut self) -> Result<VecDeque<Portion>, Unproven> {
        let Proven { projection, time, .. } = &mut *self.proven;
        projection.touch_everything();
        let files = projection.render_rest(*time, self.written.clone())?;
        Ok(split(files, FILES).map(Portion::ready).collect())
    }
}

impl Iterator for Portions<'_, '_> {
    type Item = Result<Portion, Unproven>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && std::mem::take(&mut self.pages) {
            match self.pages() {
                Ok(pages) => self.ready = pages,
                Err(unproven) => return Some(Err(unproven)),
            }
        }
        self.ready.pop_front().map(Ok)
    }

    /// How many pages there are shows when they are recomputed; each note has a document among them.
    fn size_hint(&self) -> (usize, Option<usize>) {
        let notes = if self.pages { self.proven.tree().size } else { 0 };
        let notes = usize::try_from(notes).unwrap_or_default();
        (self.ready.len() + notes.div_ceil(FILES), None)
    }
}
