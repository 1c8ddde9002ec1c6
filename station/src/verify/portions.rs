//! All that follows from a log, recomputed a few files at a time: who compares them need not hold them all, nor wait for
//! the last.

use std::collections::VecDeque;

use outband_record::log;
use outband_record::text::Slug;
use outband_site::Rendered;
use outband_site::data::Redacted;

use super::{Log, Proven, Unproven};
use crate::changed::Changed;
use crate::fault::Fault;

/// Entries whose files are one portion.
const ENTRIES: usize = 256;
/// Incidents whose files are one portion: each has a handful.
const INCIDENTS: usize = 8;

impl Log {
    /// The files of the log itself but for the checkpoint: tiles, bundles, and the entries one by one. What stands in
    /// place of one that was taken out follows from the redaction, see [`Proven::portions`].
    pub fn portions(&self) -> impl Iterator<Item = Vec<Rendered>> {
        let tile = |(path, name)| Rendered { path, body: self.tiles.get(&name).cloned().unwrap_or_default() };
        let tiles = log::paths(self.checkpoint.tree.size).into_iter().map(tile).collect();
        let entries = (0..).step_by(ENTRIES).zip(self.leaves.chunks(ENTRIES));
        std::iter::once(tiles).chain(entries.map(|(from, leaves)| {
            let there = (from..).zip(leaves).filter(|(_, leaf)| log::redacted(leaf).is_none());
            there.map(|(index, leaf)| Rendered { path: log::note_path(index), body: leaf.clone() }).collect()
        }))
    }
}

/// What follows from the log besides its own files, some at a time.
pub struct Portions<'p, 's> {
    proven: &'p mut Proven<'s>,
    left: VecDeque<Portion>,
}

/// Which files.
enum Portion {
    /// What stands in place of the entries that were taken out.
    Redactions,
    /// What is no incident's own.
    Pages(Box<Changed>),
    Incidents(Vec<Slug>),
}

impl<'s> Proven<'s> {
    /// What follows from the log besides [its own files](Log::portions): what stands in place of entries that were taken
    /// out and, if `pages`, documents, pages and feeds.
    pub fn portions(&mut self, pages: bool) -> Result<Portions<'_, 's>, Unproven> {
        let mut left = VecDeque::from([Portion::Redactions]);
        if pages {
            let book = &mut self.book;
            book.changed.everything();
            book.changed.incidents = book.incidents.keys().cloned().collect();
            book.changed.months = book.months.keys().cloned().collect();
            book.changed.lists = book.lists.keys().cloned().collect();
            book.prepare(self.time)?;
            let mut changed = std::mem::take(&mut book.changed);
            let incidents: Vec<_> = std::mem::take(&mut changed.incidents).into_iter().collect();
            left.push_back(Portion::Pages(Box::new(changed)));
            left.extend(incidents.chunks(INCIDENTS).map(|some| Portion::Incidents(some.to_vec())));
        }
        Ok(Portions { proven: self, left })
    }
}

impl Portions<'_, '_> {
    fn files(&mut self, portion: Portion) -> Result<Vec<Rendered>, Fault> {
        let Proven { book, time, .. } = &mut *self.proven;
        match portion {
            Portion::Redactions => Ok(book.redactions.redacted.iter().map(Redacted::note).collect()),
            Portion::Pages(changed) => {
                book.changed = *changed;
                book.files(*time)
            }
            Portion::Incidents(slugs) => {
                book.changed = Changed { incidents: slugs.into_iter().collect(), ..Changed::default() };
                // They are no incident's own.
                let notes = std::mem::take(&mut book.notes);
                let files = book.files(*time);
                book.notes = notes;
                files
            }
        }
    }
}

impl Iterator for Portions<'_, '_> {
    type Item = Result<Vec<Rendered>, Unproven>;

    fn next(&mut self) -> Option<Self::Item> {
        let portion = self.left.pop_front()?;
        Some(self.files(portion).map_err(Unproven::from))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left.len(), Some(self.left.len()))
    }
}
