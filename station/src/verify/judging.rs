//! Judging a log a few entries at a time: who compares files need not wait for the last entry.

use std::collections::{BTreeMap, VecDeque};

use outband_keys::VerifierKey;
use outband_record::log;
use outband_site::Rendered;

use super::portions::FILES;
use super::{Log, Portion, Proven, Recomputed, Replay, Unproven, check_signatures};
use crate::store::MemoryStore;

/// A log whose entries are judged, each by those before it. It gives the files of the log itself but for the
/// checkpoint: tiles and bundles, then the entries one by one, as they are let in. What stands in place of one that was
/// taken out follows from the redaction, see [`Proven::portions`]. An entry that is wrong is never passed, and its log
/// never proven.
pub struct Judging<'r, 's> {
    log: Log,
    replay: Replay<'r, 's>,
    /// Tiles and bundles that were not given yet: the public path, and the name under which a station stores them.
    tiles: VecDeque<(String, String)>,
}

impl<'r, 's> Judging<'r, 's> {
    pub(super) fn new(log: Log, roots: Option<&'r [VerifierKey]>, scratch: &'s MemoryStore) -> Self {
        let tiles = log::paths(log.checkpoint.tree.size).into();
        Self { log, replay: Replay::new(roots, scratch), tiles }
    }

    /// Judges what is not judged yet, and who signed the checkpoint.
    pub fn proven(mut self) -> Result<Proven<'s>, Unproven> {
        let Recomputed { leaves, .. } = &self.log.recomputed;
        for leaf in leaves.iter().skip(self.judged()) {
            self.replay.pass(&self.log.recomputed, leaf)?;
        }
        let (projection, newest) = self.replay.finish(&self.log.recomputed)?;
        let time = check_signatures(&projection, &self.log, newest)?;
        Ok(Proven { projection, time, log: self.log })
    }

    /// The same with every file that follows from the log, by public path, but for the checkpoint: those of the log and,
    /// if `pages`, documents, pages and feeds.
    pub fn expected(mut self, pages: bool) -> Result<(Proven<'s>, BTreeMap<String, Vec<u8>>), Unproven> {
        let mut portions = self.by_ref().collect::<Result<Vec<_>, _>>()?;
        let mut proven = self.proven()?;
        portions.extend(proven.portions(pages)?.collect::<Result<Vec<_>, _>>()?);
        let mut expected = BTreeMap::new();
        for portion in portions {
            expected.extend(portion.files()?.into_iter().map(|file| (file.path, file.body)));
        }
        Ok((proven, expected))
    }

    fn judged(&self) -> usize {
        usize::try_from(self.replay.next).unwrap_or(usize::MAX)
    }

    fn tiles(&mut self) -> Result<Vec<Rendered>, Unproven> {
        let tiles = &self.log.recomputed.tiles;
        let some = self.tiles.drain(..FILES.min(self.tiles.len()));
        let tile = |(path, name): (String, String)| match tiles.get(&name).cloned() {
            Some(body) => Ok(Rendered { path, body }),
            None => Err(Unproven::Missing { path }),
        };
        some.map(tile).collect()
    }

    /// Judges the next entries; gives their files.
    fn entries(&mut self) -> Result<Vec<Rendered>, Unproven> {
        let mut files = Vec::new();
        for leaf in self.log.recomputed.leaves.iter().skip(self.judged()).take(FILES) {
            let path = log::note_path(self.replay.next);
            self.replay.pass(&self.log.recomputed, leaf)?;
            if log::redacted(leaf).is_none() {
                files.push(Rendered { path, body: leaf.clone() });
            }
        }
        Ok(files)
    }
}

impl Iterator for Judging<'_, '_> {
    type Item = Result<Portion, Unproven>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.tiles.is_empty() {
            return Some(self.tiles().map(Portion::ready));
        }
        (self.judged() < self.log.recomputed.leaves.len()).then(|| self.entries().map(Portion::ready))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let entries = self.log.recomputed.leaves.len().saturating_sub(self.judged());
        let left = self.tiles.len().div_ceil(FILES) + entries.div_ceil(FILES);
        (left, Some(left))
    }
}
