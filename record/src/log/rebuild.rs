//! Rebuilds the whole log from its leaves alone, for a verifier to compare with the published files.

use std::mem;

use super::path::{Sequence, bundle_path};
use super::tile::{self, FULL};
use super::{Appended, LogError, MAX_SIZE, Tree, bundle};

/// Every file of the log with these leaves (hashes for redacted ones), as [`append`](super::append) would have written
/// them, and its tree.
///
/// It shares no code path with `append`: the root follows RFC 6962's definition over all leaf hashes, and the tiles are
/// cut from whole levels.
pub fn rebuild<'l>(leaves: impl IntoIterator<Item = &'l [u8]>) -> Result<Appended, LogError> {
    let mut files = Vec::new();
    let mut hashes = Vec::new();
    let mut bundle = Vec::new();
    for (index, leaf) in (0_u64..).zip(leaves) {
        if index >= MAX_SIZE {
            return Err(LogError::TooLarge { size: index + 1 });
        }
        if index % FULL == 0 && index > 0 {
            files.push((bundle_path(index - 1), mem::take(&mut bundle)));
        }
        bundle::push(&mut bundle, leaf)?;
        hashes.push(bundle::entry_hash(leaf));
    }
    let tree = Tree { size: hashes.len() as u64, root: tile::root(&hashes) };
    if tree.size > 0 {
        files.push((bundle_path(tree.size - 1), bundle));
    }

    for level in 0..=u8::MAX {
        let mut above = Vec::new();
        for (number, hashes) in (0..).zip(hashes.chunks(FULL as usize)) {
            files.push((Sequence::Level(level).path(number), tile::print(hashes)));
            if hashes.len() as u64 == FULL {
                above.push(tile::root(hashes));
            }
        }
        if above.is_empty() {
            break;
        }
        hashes = above;
    }
    Ok(Appended { tree, files })
}
