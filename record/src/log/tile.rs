//! A tile: up to 256 adjacent hashes of one level, concatenated, 32 bytes each.

use super::hash::{EMPTY_HASH, HASH_SIZE, Hash, node_hash};

/// The number of hashes in a full tile, and of entries in a full bundle.
pub(super) const FULL: u64 = 256;

/// The size of a hash in a tile, in bytes.
pub(super) const HASH_BYTES: u64 = HASH_SIZE as u64;

/// Prints a tile.
pub(super) fn print(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Parses a tile; `None` if the last hash is truncated.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_SIZE>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

/// The Merkle tree hash over subtree hashes; all subtrees have the same size, except that the last may be smaller (RFC
/// 6962, 2.1).
pub(super) fn root(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_HASH,
        [only] => *only,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node_hash(root(left), root(right))
        }
    }
}
