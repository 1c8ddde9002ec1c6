//! The root at an earlier size, which shows whether a log extends a state that somebody saw before.
//!
//! Every stored tile is checked against the tree's root before it is used.

use std::collections::BTreeMap;

use super::edge::{self, Edge};
use super::hash::{EMPTY_HASH, node_hash};
use super::path::Sequence;
use super::tile::{self, FULL};
use super::{Hash, LogError, MAX_SIZE, Read, Tree};

/// The root of the log at `size` leaves, from the tiles of `tree`. It takes a few reads, however long the log is.
pub fn root_at(read: Read, size: u64, tree: &Tree) -> Result<Hash, LogError> {
    if size > tree.size {
        return Err(LogError::Beyond { asked: size, size: tree.size });
    }
    if tree.size > MAX_SIZE {
        return Err(LogError::TooLarge { size: tree.size });
    }
    let mut tiles = Tiles { read, size: tree.size, edge: Edge::read(read, tree)?, full: BTreeMap::new() };
    // A tree is a row of complete subtrees, one for each bit set in its size; the smallest is rightmost.
    let (mut start, mut root) = (size, None);
    while start > 0 {
        let height = start.trailing_zeros();
        start -= 1 << height;
        let left = tiles.subtree(height, start)?;
        root = Some(root.map_or(left, |right| node_hash(left, right)));
    }
    Ok(root.unwrap_or(EMPTY_HASH))
}

/// The tiles of a tree, each checked before use: partial tiles against the tree's root, full tiles against their hash
/// in the level above.
struct Tiles<'r> {
    read: Read<'r>,
    size: u64,
    edge: Edge,
    /// Full tiles already checked, by level and number.
    full: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Tiles<'_> {
    /// The hash of the complete subtree over the 2^height leaves from `start`. In its tile it covers 1 to 128 adjacent
    /// hashes.
    fn subtree(&mut self, height: u32, start: u64) -> Result<Hash, LogError> {
        let level = u8::try_from(height / 8).unwrap_or(u8::MAX);
        let first = start >> (height / 8 * 8);
        let hashes = self.tile(level, first / FULL)?;
        let within = (first % FULL) as usize;
        let covered = hashes.get(within..within + (1 << (height % 8)));
        covered.map(tile::root).ok_or(LogError::Beyond { asked: start, size: self.size })
    }

    fn tile(&mut self, level: u8, number: u64) -> Result<Vec<Hash>, LogError> {
        let row = Sequence::Level(level);
        if row.width(number, self.size) < FULL {
            return Ok(self.edge.tile(level).to_vec());
        }
        if let Some(hashes) = self.full.get(&(level, number)) {
            return Ok(hashes.clone());
        }
        let path = row.path(number);
        let hashes = edge::hashes(self.read, &path, FULL)?;
        let above = self.tile(level + 1, number / FULL)?;
        if above.get((number % FULL) as usize) != Some(&tile::root(&hashes)) {
            return Err(edge::corrupt(&path, "not the hashes that the level above stands for".into()));
        }
        self.full.insert((level, number), hashes.clone());
        Ok(hashes)
    }
}
