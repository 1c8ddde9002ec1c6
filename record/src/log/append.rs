//! Adding one leaf, from nothing but the files at the tree's right edge.

use super::edge::{Edge, corrupt, newest, stored};
use super::path::Sequence;
use super::tile::HASH_BYTES;
use super::{Appended, LogError, MAX_SIZE, Read, Tree, bundle, entries, leaf_hash};

/// Adds `leaf` to the log that is `tree`: its new state, and the two to five files that change.
///
/// Before that, the partial tiles must have the widths that `tree.size` says and give `tree.root`, and where a file is
/// to be begun there must be none: a store that has lost something, or holds more than its checkpoint says, is never
/// written over. They are at most 255 hashes a level, so the cost does not grow with the log. Of the newest entry
/// bundle, the number of entries is checked, not what they say: no new hash depends on it, and `verify` reads them all.
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

/// The entry bundle that the next leaf goes into; empty where that leaf begins it.
fn newest_bundle(read: Read, size: u64) -> Result<(String, Vec<u8>), LogError> {
    let (path, width) = newest(Sequence::Entries, size);
    let bundle = stored(read, &path, width)?;
    let found = entries(&bundle).map_err(|e| corrupt(&path, e.to_string()))?.len();
    if found as u64 != width {
        return Err(corrupt(&path, format!("{found} entries, where the log's size says {width}")));
    }
    Ok((path, bundle))
}
