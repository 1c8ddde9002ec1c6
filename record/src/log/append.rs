//! Appending one leaf, reading only the files at the tree's right edge.

use super::edge::{Edge, corrupt, newest, stored};
use super::path::Sequence;
use super::tile::HASH_BYTES;
use super::{Appended, LogError, MAX_SIZE, Read, Tree, bundle, entries, leaf_hash};

/// Appends `leaf` to the log at state `tree`. Returns the new state and the two to five files that change.
///
/// First it checks that the partial tiles have the widths given by `tree.size` and hash to `tree.root`, and that no
/// file exists where one is to be started, so a store that has lost files, or holds more than its checkpoint states, is
/// never overwritten. A partial tile has at most 255 hashes per level, so the cost does not grow with the log. Only the
/// number of entries in the newest bundle is checked, not their content: no new hash depends on it, and `verify` reads
/// them all.
pub fn append(read: Read, tree: &Tree, leaf: &[u8]) -> Result<Appended, LogError> {
    if tree.size >= MAX_SIZE {
        return Err(LogError::TooLarge { size: tree.size.saturating_add(1) });
    }
    if bundle::redacted(leaf).is_some() {
        return Err(LogError::HashForLeaf);
    }
    let (path, mut bundle) = newest_bundle(read, tree.size)?;
    bundle::push(&mut bundle, leaf)?;
    let mut edge = Edge::read(read, tree)?;
    let tiles = edge.push(leaf_hash(leaf));
    for (path, tile) in &tiles {
        let begun = tile.len() as u64 == HASH_BYTES;
        if begun {
            stored(read, path, 0)?;
        }
    }
    let tree = Tree { size: tree.size + 1, root: edge.root() };
    Ok(Appended { tree, files: [(path, bundle)].into_iter().chain(tiles).collect() })
}

/// The path and content of the entry bundle that the next leaf goes into; empty if that leaf starts a new one.
fn newest_bundle(read: Read, size: u64) -> Result<(String, Vec<u8>), LogError> {
    let (path, width) = newest(Sequence::Entries, size);
    let bundle = stored(read, &path, width)?;
    let found = entries(&bundle).map_err(|e| corrupt(&path, e.to_string()))?.len();
    if found as u64 != width {
        return Err(corrupt(&path, format!("{found} entries, where the log's size says {width}")));
    }
    Ok((path, bundle))
}
