//! The contents of tiles and of entry bundles.
//!
//! A tile is up to 256 adjacent hashes of one level, concatenated, 32 bytes each. An entry bundle is up to 256 leaves,
//! each prefixed with its length as two big-endian bytes.
//!
//! ```text
//! 00 05 h e l l o   00 03 b y e
//! ```
//!
//! For a redacted entry the bundle holds the leaf's hash instead of the leaf. A note is never as short as a hash, so
//! the two cannot be confused.

use super::tree::{HASH_SIZE, Hash, leaf_hash};
use super::{LogError, MAX_LEAF};

/// The number of hashes in a full tile, and of entries in a full bundle.
pub(super) const FULL: u64 = 256;

/// The size of a hash in a tile, in bytes.
pub(super) const HASH_BYTES: u64 = HASH_SIZE as u64;

/// Splits an entry bundle into its leaves; trailing bytes are an error. The caller checks the number of leaves.
pub fn entries(bundle: &[u8]) -> Result<Vec<&[u8]>, LogError> {
    let mut found = Vec::new();
    let mut rest = bundle;
    while !rest.is_empty() {
        if found.len() as u64 == FULL {
            return Err(LogError::Bundle(format!("more than {FULL} entries")));
        }
        let (entry, after) =
            split(rest).ok_or_else(|| LogError::Bundle(format!("it ends within entry {}", found.len())))?;
        found.push(entry);
        rest = after;
    }
    Ok(found)
}

/// The hash of a bundle entry in the tree.
pub fn entry_hash(entry: &[u8]) -> Hash {
    redacted(entry).unwrap_or_else(|| leaf_hash(entry))
}

/// The leaf's hash, if the entry is redacted.
pub fn redacted(entry: &[u8]) -> Option<Hash> {
    <[u8; HASH_BYTES as usize]>::try_from(entry).ok().map(Hash)
}

/// The first `width` hashes of a tile, or entries of a bundle; `None` if there are fewer or `width` is 0.
pub fn cut(bytes: &[u8], bundle: bool, width: u64) -> Option<Vec<u8>> {
    if width == 0 {
        return None;
    }
    let part = if bundle {
        first_entries(bytes, width)?
    } else {
        bytes.get(..usize::try_from(width.checked_mul(HASH_BYTES)?).ok()?)?
    };
    Some(part.to_vec())
}

/// Prints a tile.
pub(super) fn print_tile(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// Parses a tile; `None` if the last hash is truncated.
pub(super) fn parse_tile(bytes: &[u8]) -> Option<Vec<Hash>> {
    let (hashes, rest) = bytes.as_chunks::<HASH_SIZE>();
    rest.is_empty().then(|| hashes.iter().copied().map(Hash).collect())
}

/// Appends a leaf to a bundle.
pub(super) fn push_entry(bundle: &mut Vec<u8>, leaf: &[u8]) -> Result<(), LogError> {
    let length = u16::try_from(leaf.len()).map_err(|_| LogError::LeafTooLarge { bytes: leaf.len() })?;
    bundle.extend(length.to_be_bytes());
    bundle.extend(leaf);
    Ok(())
}

/// The first `width` entries of a bundle, as a bundle; `None` if it has fewer.
fn first_entries(bundle: &[u8], width: u64) -> Option<&[u8]> {
    let mut rest = bundle;
    for _ in 0..width {
        (_, rest) = split(rest)?;
    }
    bundle.get(..bundle.len() - rest.len())
}

/// The first entry, and the remaining bytes.
fn split(bundle: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bundle.split_first_chunk()?;
    rest.split_at_checked(u16::from_be_bytes(*length).into())
}

/// [`MAX_LEAF`] is the largest length that fits in two bytes.
const _: () = assert!(MAX_LEAF == u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[u8] = b"\0\x05hello\0\x03bye";

    #[test]
    fn a_bundle_reads_back() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, b"hello").unwrap();
        push_entry(&mut bundle, b"bye").unwrap();
        assert_eq!(bundle, TWO);
        assert_eq!(entries(&bundle).unwrap(), [b"hello".as_slice(), b"bye"]);
        assert!(entries(b"").unwrap().is_empty());
        assert_eq!(entries(b"\0\0").unwrap(), [b""]);
    }

    #[test]
    fn a_bundle_that_ends_early_is_refused_wherever_it_ends() {
        for end in 1..TWO.len() {
            let whole = end == 7;
            assert_eq!(entries(&TWO[..end]).is_ok(), whole, "{end} bytes");
        }
        let trailing = [TWO, b"\0"].concat();
        assert_eq!(entries(&trailing), Err(LogError::Bundle("it ends within entry 2".into())));
    }

    #[test]
    fn a_bundle_has_256_entries_at_most() {
        assert_eq!(entries(&[0; 512]).unwrap().len(), 256);
        assert_eq!(entries(&[0; 514]), Err(LogError::Bundle("more than 256 entries".into())));
    }

    #[test]
    fn a_redacted_entry_keeps_its_hash() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, &leaf_hash(b"hello").0).unwrap();
        push_entry(&mut bundle, b"bye").unwrap();
        let before: Vec<_> = entries(TWO).unwrap().into_iter().map(entry_hash).collect();
        let left = entries(&bundle).unwrap();
        let after: Vec<_> = left.iter().copied().map(entry_hash).collect();
        assert_eq!(before, after);
        assert_eq!(redacted(left[0]), Some(leaf_hash(b"hello")));
        assert_eq!(redacted(left[1]), None);
    }

    #[test]
    fn the_longest_leaf_is_65535_bytes() {
        let mut bundle = Vec::new();
        push_entry(&mut bundle, &[b'a'; MAX_LEAF]).unwrap();
        assert_eq!(entries(&bundle).unwrap(), [[b'a'; MAX_LEAF].as_slice()]);
        let before = bundle.clone();
        let refused = push_entry(&mut bundle, &[b'a'; MAX_LEAF + 1]);
        assert_eq!(refused, Err(LogError::LeafTooLarge { bytes: 65_536 }));
        assert_eq!(bundle, before);
    }
}
