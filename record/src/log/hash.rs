//! Hashes of the tree: SHA-256, with a different first byte for leaves and nodes (RFC 6962, 2.1).

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

/// The size of a hash in bytes.
pub(super) const HASH_SIZE: usize = 32;

/// The hash of a leaf, of a node, or of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hash(pub [u8; HASH_SIZE]);

/// The root of the empty tree: SHA-256 of the empty string.
pub(super) const EMPTY_HASH: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// Prints as [`hash_text`] does.
impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hash_text(self))
    }
}

/// SHA-256(0x00 ‖ leaf).
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256(&[&[0], leaf])
}

/// SHA-256(0x01 ‖ left ‖ right).
pub(super) fn node_hash(left: Hash, right: Hash) -> Hash {
    sha256(&[&[1], &left.0, &right.0])
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part));
    Hash(digest.finalize().into())
}

/// A hash as text: standard base64, padded, 44 characters.
pub fn hash_text(hash: &Hash) -> String {
    BASE64_STANDARD.encode(hash.0)
}

/// Parses exactly what [`hash_text`] writes.
pub fn parse_hash(text: &str) -> Option<Hash> {
    let hash = Hash(BASE64_STANDARD.decode(text).ok()?.try_into().ok()?);
    (hash_text(&hash) == text).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_one_text() {
        let hash = Hash([0xff; 32]);
        let text = hash_text(&hash);
        assert_eq!(text, "//////////////////////////////////////////8=");
        assert_eq!(format!("{hash:?}"), text);
        assert_eq!(parse_hash(&text), Some(hash));
        for other in
            [&text[..43], "", &text.replace("8=", "9="), &text.replace('/', "_"), &format!("{text}\n")]
        {
            assert_eq!(parse_hash(other), None, "{other}");
        }
    }

    #[test]
    fn hashes_are_those_of_tlog_tiles() {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b""));
        assert_eq!(left.0, tlog_tiles::record_hash(b"left").0);
        let node = tlog_tiles::node_hash(tlog_tiles::Hash(left.0), tlog_tiles::Hash(right.0));
        assert_eq!(node_hash(left, right).0, node.0);
        assert_eq!(EMPTY_HASH.0, tlog_tiles::EMPTY_HASH.0);
        assert_eq!(EMPTY_HASH, sha256(&[]));
    }
}
