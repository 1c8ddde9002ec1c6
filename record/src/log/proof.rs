//! That a leaf is in a tree, that a tree continues an earlier one (RFC 6962, 2.1.1 and 2.1.2), and what an earlier
//! one's root was.
//!
//! Whatever is computed from stored tiles is computed from tiles that were checked against the tree's root first.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tlog_tiles::HashReader;

use super::edge::{self, Edge};
use super::path::Sequence;
use super::tile::{self, FULL};
use super::{Hash, LogError, MAX_SIZE, Read, Tree};

/// Proves that the leaf at `index` is in `tree`: the siblings on its way to the root, lowest first.
pub fn inclusion_proof(read: Read, tree: &Tree, index: u64) -> Result<Vec<Hash>, LogError> {
    if index >= tree.size {
        return Err(LogError::Beyond { asked: index, size: tree.size });
    }
    Hashes::with(read, tree, |hashes| tlog_tiles::prove_record(tree.size, index, hashes))
}

/// Checks an [`inclusion_proof`] for a leaf of which the hash is known.
pub fn check_inclusion(proof: &[Hash], tree: &Tree, index: u64, leaf: Hash) -> Result<(), LogError> {
    tlog_tiles::check_record(&proof.to_vec(), tree.size, tree.root, index, leaf).map_err(|_| LogError::Proof)
}

/// Proves that the first `old_size` leaves of `tree` are those of the tree of that size; empty from size 0.
pub fn consistency_proof(read: Read, old_size: u64, tree: &Tree) -> Result<Vec<Hash>, LogError> {
    if old_size > tree.size {
        return Err(LogError::Beyond { asked: old_size, size: tree.size });
    }
    if old_size == 0 {
        return Ok(Vec::new());
    }
    Hashes::with(read, tree, |hashes| tlog_tiles::prove_tree(tree.size, old_size, hashes))
}

/// Checks a [`consistency_proof`]: `new` continues `old`.
pub fn check_consistency(proof: &[Hash], old: &Tree, new: &Tree) -> Result<(), LogError> {
    if old.size == 0 {
        return if proof.is_empty() && *old == Tree::EMPTY { Ok(()) } else { Err(LogError::Proof) };
    }
    tlog_tiles::check_tree(&proof.to_vec(), new.size, new.root, old.size, old.root)
        .map_err(|_| LogError::Proof)
}

/// The root that the log had when it had `size` leaves, from the tiles of `tree`: a few reads, however long the log.
pub fn root_at(read: Read, size: u64, tree: &Tree) -> Result<Hash, LogError> {
    if size > tree.size {
        return Err(LogError::Beyond { asked: size, size: tree.size });
    }
    Hashes::with(read, tree, |hashes| tlog_tiles::tree_hash(size, hashes))
}

/// The hashes of a tree, read from its stored tiles, each checked before it is used: the partial ones against the
/// tree's root, a full one against its hash in the level above.
///
/// `tlog_tiles::TileHashReader` is for this, but trusts full tiles unchecked wherever several of the subtrees that make
/// up the root stand in one tile (0.2.0).
struct Hashes<'r> {
    read: Read<'r>,
    size: u64,
    edge: Edge,
    /// Full tiles that were checked, by level and number.
    full: RefCell<BTreeMap<(u8, u64), Vec<Hash>>>,
    /// Why reading failed, which the trait's error cannot say.
    failed: Cell<Option<LogError>>,
}

impl<'r> Hashes<'r> {
    /// Lets `prove` ask for hashes of `tree`.
    fn with<T>(
        read: Read<'r>,
        tree: &Tree,
        prove: impl FnOnce(&Self) -> Result<T, tlog_tiles::Error>,
    ) -> Result<T, LogError> {
        if tree.size > MAX_SIZE {
            return Err(LogError::TooLarge { size: tree.size });
        }
        let edge = Edge::read(read, tree)?;
        let hashes =
            Hashes { read, size: tree.size, edge, full: RefCell::default(), failed: Cell::default() };
        prove(&hashes).map_err(|_| hashes.failed.take().unwrap_or(LogError::Proof))
    }

    /// The hash that `tlog_tiles` calls `index`: of 2^height hashes that stand side by side in a tile.
    fn hash(&self, index: u64) -> Result<Hash, LogError> {
        let (level, number) = tlog_tiles::split_stored_hash_index(index);
        let height = level % 8;
        let first = number << height;
        let tile = self.tile(level / 8, first / FULL)?;
        let start = (first % FULL) as usize;
        let hashes = tile.get(start..start + (1 << height)).ok_or(LogError::Proof)?;
        Ok(tile::root(hashes))
    }

    fn tile(&self, level: u8, number: u64) -> Result<Vec<Hash>, LogError> {
        let row = Sequence::Level(level);
        if row.width(number, self.size) < FULL {
            return Ok(self.edge.tile(level).to_vec());
        }
        let known = self.full.borrow().get(&(level, number)).cloned();
        if let Some(hashes) = known {
            return Ok(hashes);
        }
        let path = row.path(number);
        let hashes = edge::hashes(self.read, &path, FULL)?;
        let above = self.tile(level + 1, number / FULL)?;
        if above.get((number % FULL) as usize) != Some(&tile::root(&hashes)) {
            return Err(edge::corrupt(&path, "not the hashes that the level above stands for".into()));
        }
        self.full.borrow_mut().insert((level, number), hashes.clone());
        Ok(hashes)
    }
}

impl HashReader for Hashes<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hashes: Result<_, _> = indexes.iter().map(|index| self.hash(*index)).collect();
        hashes.map_err(|e| {
            self.failed.set(Some(e));
            tlog_tiles::Error::InvalidTile
        })
    }
}
