//! Judging a log a few entries at a time: who compares files need not wait for the last entry.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use outband_keys::VerifierKey;
use outband_record::log;
use outband_site::{Rendered, data};

use super::{Log, Portion, Proven, Replay, Unproven, check_signatures};
use crate::store::MemoryStore;

/// A log whose entries are judged, each by those before it. It gives the files of the log itself but for the checkpoint:
/// tiles and bundles, then, as they are let in, the entries one by one, each with its document. What stands in place of one
/// that was taken out follows from the redaction, see [`Proven::redacted`].
pub struct Judging<'r, 's> {
    log: Log,
    replay: Replay<'r, 's>,
    /// Tiles and bundles that were not given yet.
    tiles: VecDeque<Portion>,
}

/// Entries that are judged in one go; each has two files.
const ENTRIES: usize = 16;

impl<'r, 's> Judging<'r, 's> {
    pub(super) fn new(log: Log, roots: Option<&'r [VerifierKey]>, scratch: &'s MemoryStore) -> Self {
        let tiles = &log.recomputed.tiles;
        let tile = |(path, name)| Rendered { path, body: tiles.get(&name).cloned().unwrap_or_default() };
        let tiles = Portion::of(log::paths(log.checkpoint.tree.size).into_iter().map(tile)).collect();
        Self { log, replay: Replay::new(roots, scratch), tiles }
    }

    /// Judges what is not judged yet, and who signed the checkpoint.
    pub fn proven(mut self) -> Result<Proven<'s>, Unproven> {
        for portion in &mut self {
            portion?;
        }
        let (book, newest) = self.replay.finish(&self.log.recomputed)?;
        let time = check_signatures(&book, &self.log, newest)?;
        Ok(Proven { book, time, log: self.log, written: Arc::default() })
    }

    /// The same with every file that follows from the log, by public path, but for the checkpoint: those of the log and, if
    /// `pages`, documents, pages and feeds.
    pub fn expected(mut self, pages: bool) -> Result<(Proven<'s>, BTreeMap<String, Vec<u8>>), Unproven> {
        let mut portions = self.by_ref().collect::<Result<Vec<_>, _>>()?;
        let mut proven = self.proven()?;
        portions.extend(proven.redacted());
        if pages {
            portions.extend(proven.incidents());
            portions.extend(proven.pages()?);
        }
        let mut expected = BTreeMap::new();
        for portion in portions {
            expected.extend(portion.files()?.into_iter().map(|file| (file.path, file.body)));
        }
        Ok((proven, expected))
    }

    fn judged(&self) -> usize {
        usize::try_from(self.replay.next).unwrap_or(usize::MAX)
    }

    /// Judges the next entries; gives their files.
    fn entries(&mut self) -> Result<Vec<Rendered>, Unproven> {
        let mut files = Vec::new();
        for leaf in self.log.recomputed.leaves.iter().skip(self.judged()).take(ENTRIES) {
            let path = log::note_path(self.replay.next);
            self.replay.pass(&self.log.recomputed, leaf)?;
            if log::redacted(leaf).is_none() {
                files.push(Rendered { path, body: leaf.clone() });
            }
        }
        let notes = std::mem::take(&mut self.replay.book.notes);
        files.extend(notes.iter().map(|(id, note)| data::note(id, note)));
        Ok(files)
    }
}

impl Iterator for Judging<'_, '_> {
    type Item = Result<Portion, Unproven>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(tiles) = self.tiles.pop_front() {
            return Some(Ok(tiles));
        }
        (self.judged() < self.log.recomputed.leaves.len()).then(|| self.entries().map(Portion::ready))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let entries = self.log.recomputed.leaves.len().saturating_sub(self.judged());
        let left = self.tiles.len() + entries.div_ceil(ENTRIES);
        (left, Some(left))
    }
}
