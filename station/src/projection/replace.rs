//! Replaces a projection by one with less information after a redaction: which files must be written, and which
//! deleted.

use outband_record::sorted::Set;
use outband_record::text::{Id, Slug};
use outband_record::time::Time;
use outband_site::feeds::Channel;
use outband_site::pages::RenderError;
use outband_site::{Rendered, data};

use super::Projection;
use super::documents::Keyed;
use crate::error::StationError;
use crate::memory::{self, UpdateRef};

/// The files to write and to delete.
pub(crate) struct Replaced {
    /// Files to write if they differ from the stored ones.
    pub(crate) files: Vec<Rendered>,
    /// Paths of files to delete.
    pub(crate) gone: Vec<String>,
}

impl Projection<'_> {
    /// Replaces `old`, which had more about `incident` and the notes `ids`. Documents are compared one by one, and
    /// pages are rendered from those that differ.
    pub(crate) fn replace(
        &mut self,
        old: &mut Projection<'_>,
        incident: &Slug,
        ids: [&Id; 2],
        now: Time,
    ) -> Result<Replaced, StationError> {
        self.settle(now)?;
        for month in self.measured_months(now) {
            self.begin_spans(&month)?;
        }
        self.published = old.published;
        let renderer = self.renderer.change();
        *renderer = old.renderer.clone();
        if let Some(pending) = &mut renderer.pending {
            // The pieces after the entries are counted again: some of them may be gone.
            pending.done = pending.done.min(pending.entries());
        }
        self.touch_differing(old, incident)?;
        for id in ids {
            self.notes.touch(id.clone());
        }
        old.incidents.touch(incident.clone());
        self.touch_lost(old);
        let before = old.render(now)?;
        // Rendering `old` settled what was due, which marked more documents.
        let known = |slug: &&Slug| self.incidents.is_known(slug);
        let incidents: Vec<_> = old.incidents.changed().iter().filter(known).cloned().collect();
        incidents.into_iter().for_each(|slug| self.incidents.touch(slug));
        let months: Vec<_> = old.spans.changed().iter().filter(|month| self.spans.is_known(month)).collect();
        months.into_iter().cloned().for_each(|month| self.spans.touch(month));
        let files = self.render(now)?;
        let is_left: Set<&str> = files.iter().map(|rendered| rendered.path.as_str()).collect();
        let gone =
            before.into_iter().map(|rendered| rendered.path).filter(|path| !is_left.contains(path.as_str()));
        Ok(Replaced { gone: gone.collect(), files })
    }

    /// Marks documents that differ from those `old` wrote.
    fn touch_differing(&mut self, old: &Projection<'_>, incident: &Slug) -> Result<(), StationError> {
        differing(&mut self.incidents, old, data::incident)?;
        differing(&mut self.spans, old, |month, spans| memory::spans(month, spans))?;
        differing(&mut self.months, old, |month, cards| data::cards(month, cards))?;
        differing(&mut self.lists, old, |channel, list| memory::update_refs(channel, list))?;
        self.notes.settled();
        if self.incidents.is_known(incident) {
            self.incidents.touch(incident.clone());
        }
        // Feeds quote what an incident's document says of an update: the names in it, and what became of it.
        let quotes = |list: &[UpdateRef]| list.iter().any(|at| self.incidents.changed().contains(&at.slug));
        let quoting = self.lists.known().into_iter().filter(|(_, list)| quotes(list));
        for (channel, _) in quoting.collect::<Vec<_>>() {
            self.lists.touch(channel);
        }
        self.touch_everything();
        Ok(())
    }

    /// Marks the documents that exist only in `old`, and here those that refer to them.
    fn touch_lost(&mut self, old: &mut Projection<'_>) {
        let months: Vec<_> = old.history.iter().map(|listed| listed.month.clone()).collect();
        for month in months.into_iter().filter(|month| !self.months.is_known(month)) {
            if self.spans.is_known(&month) {
                self.spans.touch(month.clone());
            }
            old.months.touch(month);
        }
        let archives = (1..=old.archives()).map(Channel::Archive);
        let lists: Vec<_> = old.channels.all().cloned().chain(archives).collect();
        for channel in lists.into_iter().filter(|channel| !self.lists.is_known(channel)) {
            old.lists.touch(channel);
        }
        if old.archives() > self.archives() && self.archives() > 0 {
            self.lists.touch(Channel::Archive(self.archives()));
        }
    }
}

/// Marks all known documents that differ from the stored ones.
fn differing<K: Ord + Clone, V: Clone>(
    keyed: &mut Keyed<K, V>,
    old: &Projection<'_>,
    print: impl Fn(&K, &V) -> Result<Rendered, RenderError>,
) -> Result<(), StationError> {
    keyed.settled();
    for (key, value) in keyed.known() {
        let Rendered { path, body } = print(&key, &value)?;
        if old.files.read(&path)?.is_none_or(|stored| stored.body != body) {
            keyed.touch(key);
        }
    }
    Ok(())
}
