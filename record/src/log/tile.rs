//! A tile: up to 256 neighbouring hashes of one level, one after the other, 32 bytes each.

use super::hash::{EMPTY_HASH, HASH_SIZE, Hash, node_hash};

/// The hashes of a full tile, the entries of a full bundle.
pub(super) const FULL: u64 = 256;

/// Bytes of one hash in a tile.
pub(super) const HASH_BYTES: u64 = HASH_SIZE as u64;

/// A tile's content.
pub(super) fn print(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// A tile's hashes; `None` if the last one is cut short.
pub(super) fn parse(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_SIZE>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

/// The Merkle tree hash over hashes of equally large subtrees, of which the last may be smaller (RFC 6962, 2.1).
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
