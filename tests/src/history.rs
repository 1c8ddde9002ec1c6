//! The log, recomputed from its leaves by `tlog_tiles`, independently of the project's own code.

use anyhow::{Context as _, Result, ensure};
use outband_record::log::Hash;
use tlog_tiles::{
    HashReader, check_record, check_tree, prove_record, prove_tree, record_hash, stored_hash_index,
    stored_hashes, tree_hash,
};

use crate::session::{Session, Signed};

/// A log, computed from its leaves.
#[derive(Debug)]
pub struct History {
    /// Every entry, as served under `/log/<index>.note`.
    pub leaves: Vec<String>,
    hashes: Stored,
}

/// Every hash of the tree, in the order of `tlog_tiles`.
#[derive(Debug, Default)]
struct Stored(Vec<tlog_tiles::Hash>);

/// The number of hashes in a full tile.
const FULL: u64 = 256;

impl History {
    /// Reads every entry by its readable path, and computes the tree over them.
    pub fn read(session: &Session<'_>, size: u64) -> Result<Self> {
        let mut history = Self { leaves: Vec::new(), hashes: Stored::default() };
        for index in 0..size {
            let leaf = session.text(&format!("/log/{index}.note"))?;
            let hashes = stored_hashes(index, leaf.as_bytes(), &history.hashes)?;
            history.hashes.0.extend(hashes);
            history.leaves.push(leaf);
        }
        let beyond = session.client.get(&format!("/log/{size}.note"))?;
        ensure!(beyond.status == 404, "there is an entry beyond the {size} of the checkpoint");
        Ok(history)
    }

    /// The number of entries.
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// The root hash of the first `size` entries.
    pub fn root(&self, size: u64) -> Result<Hash> {
        Ok(Hash(tree_hash(size, &self.hashes)?.0))
    }

    /// Checks that every checkpoint seen is a state of this one history, and extends the one before it: by root hash,
    /// and by a consistency proof.
    pub fn holds(&self, seen: &[Signed]) -> Result<()> {
        let whole = self.root(self.size())?;
        for Signed { tree, .. } in seen.iter().filter(|signed| signed.tree.size > 0) {
            ensure!(
                self.root(tree.size)? == tree.root,
                "a checkpoint of another history was seen at size {}",
                tree.size
            );
            let proof = prove_tree(self.size(), tree.size, &self.hashes)?;
            check_tree(&proof, self.size(), theirs(whole), tree.size, theirs(tree.root))?;
        }
        for pair in seen.windows(2) {
            let [before, after] = pair else { continue };
            ensure!(before.tree.size <= after.tree.size, "the log shrank: {before:?}, then {after:?}");
            ensure!(before.time <= after.time, "time went back: {before:?}, then {after:?}");
        }
        Ok(())
    }

    /// Checks that every entry has an inclusion proof against the root.
    pub fn proves_every_entry(&self, root: Hash) -> Result<()> {
        for (index, leaf) in (0..).zip(&self.leaves) {
            let proof = prove_record(self.size(), index, &self.hashes)?;
            check_record(&proof, self.size(), theirs(root), index, record_hash(leaf.as_bytes()))
                .with_context(|| format!("entry {index}"))?;
        }
        Ok(())
    }

    /// Checks that the tiles and entry bundles required by C2SP are served at the right width, and contain these hashes
    /// and leaves.
    pub fn is_tiled(&self, session: &Session<'_>) -> Result<()> {
        let mut level = 0_u8;
        loop {
            let count = self.size() >> (8 * u32::from(level));
            if count == 0 {
                return Ok(());
            }
            for first in (0..count).step_by(256) {
                let width = (count - first).min(FULL);
                let hashes = (first..first + width).map(|n| self.hashes.at(stored_hash_index(8 * level, n)));
                let expected: Vec<u8> = hashes.flat_map(|hash| hash.0).collect();
                let name = tile_name(&level.to_string(), first / FULL, width);
                ensure!(session.get(&name)?.body == expected, "{name} does not contain the tree's hashes");
                if level == 0 {
                    self.is_bundled(session, first, width)?;
                }
            }
            level += 1;
        }
    }

    fn is_bundled(&self, session: &Session<'_>, first: u64, width: u64) -> Result<()> {
        let mut expected = Vec::new();
        for leaf in self.leaves.iter().skip(usize::try_from(first)?).take(usize::try_from(width)?) {
            expected.extend(u16::try_from(leaf.len())?.to_be_bytes());
            expected.extend(leaf.as_bytes());
        }
        let name = tile_name("entries", first / FULL, width);
        ensure!(session.get(&name)?.body == expected, "{name} does not contain the entries");
        Ok(())
    }
}

fn theirs(hash: Hash) -> tlog_tiles::Hash {
    tlog_tiles::Hash(hash.0)
}

/// The path of a tile whose number is below 1000.
fn tile_name(row: &str, number: u64, width: u64) -> String {
    let partial = if width < FULL { format!(".p/{width}") } else { String::new() };
    format!("/log/tile/{row}/{number:03}{partial}")
}

impl Stored {
    fn at(&self, index: u64) -> tlog_tiles::Hash {
        usize::try_from(index).ok().and_then(|index| self.0.get(index)).copied().unwrap_or_default()
    }
}

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        Ok(indexes.iter().map(|index| self.at(*index)).collect())
    }
}
