//! The Merkle tree over the leaves: its hashes, its next state, all of its files from the leaves alone, and its earlier
//! roots.

use std::{fmt, mem};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::path::{Sequence, bundle_path};
use super::tile::{FULL, HASH_BYTES, entries, entry_hash, parse_tile, print_tile, push_entry, redacted};
use super::{Appended, LogError, MAX_SIZE, Read, Tree};
use crate::sorted::Map;

/// Appends `leaf` to the log at state `tree`, reading only the files at its right edge. Returns the new state and the
/// two to five files that change.
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
    if redacted(leaf).is_some() {
        return Err(LogError::HashForLeaf);
    }
    let (path, mut bundle) = newest_bundle(read, tree.size)?;
    push_entry(&mut bundle, leaf)?;
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

/// Every file of the log with these leaves (hashes for redacted ones), as [`append`] would have written them, and its
/// tree, for a verifier to compare with the published files.
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
        push_entry(&mut bundle, leaf)?;
        hashes.push(entry_hash(leaf));
    }
    let tree = Tree { size: hashes.len() as u64, root: tree_hash(&hashes) };
    if tree.size > 0 {
        files.push((bundle_path(tree.size - 1), bundle));
    }

    for level in 0..=u8::MAX {
        let mut above = Vec::new();
        for (number, hashes) in (0..).zip(hashes.chunks(FULL as usize)) {
            files.push((Sequence::Level(level).path(number), print_tile(hashes)));
            if hashes.len() as u64 == FULL {
                above.push(tree_hash(hashes));
            }
        }
        if above.is_empty() {
            break;
        }
        hashes = above;
    }
    Ok(Appended { tree, files })
}

/// The root of the log at `size` leaves, from the tiles of `tree`, which shows whether the log extends a state that
/// somebody saw before. It takes a few reads, however long the log is. Every tile is checked against the tree's root
/// before it is used.
pub fn root_at(read: Read, size: u64, tree: &Tree) -> Result<Hash, LogError> {
    if size > tree.size {
        return Err(LogError::Beyond { asked: size, size: tree.size });
    }
    if tree.size > MAX_SIZE {
        return Err(LogError::TooLarge { size: tree.size });
    }
    let mut tiles = Tiles { read, size: tree.size, edge: Edge::read(read, tree)?, full: Map::new() };
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

/// The size of a hash in bytes.
pub(super) const HASH_SIZE: usize = 32;

/// The hash of a leaf, of a node, or of a whole tree: SHA-256, with a different first byte for leaves and nodes (RFC
/// 6962, 2.1).
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

/// A hash as text: standard base64, padded, 44 characters.
pub fn hash_text(hash: &Hash) -> String {
    BASE64_STANDARD.encode(hash.0)
}

/// Parses exactly what [`hash_text`] writes.
pub fn parse_hash(text: &str) -> Option<Hash> {
    let hash = Hash(BASE64_STANDARD.decode(text).ok()?.try_into().ok()?);
    (hash_text(&hash) == text).then_some(hash)
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

/// The right edge of a tree: its partial tiles, which are enough to compute its root and to append to it.
struct Edge {
    size: u64,
    /// The hashes of each level's partial tile, from level 0 up, and one empty level above, which a leaf may start.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// Reads the edge of `tree`, and checks its tile widths and its root.
    fn read(read: Read, tree: &Tree) -> Result<Edge, LogError> {
        let rows = Sequence::all(tree.size).filter(|row| *row != Sequence::Entries).count();
        let mut edge = Edge { size: tree.size, levels: Vec::new() };
        let mut paths = Vec::new();
        for level in (0..=u8::MAX).take(rows + 1) {
            let (path, width) = newest(Sequence::Level(level), tree.size);
            if width == 0 {
                edge.levels.push(Vec::new());
                continue;
            }
            edge.levels.push(tile_hashes(read, &path, width)?);
            paths.push(path);
        }
        let root = edge.root();
        if root != tree.root {
            let path = if paths.is_empty() { "/log/checkpoint".into() } else { paths.join(", ") };
            let what =
                format!("the root is {}, where {} is expected", hash_text(&root), hash_text(&tree.root));
            return Err(corrupt(&path, what));
        }
        Ok(edge)
    }

    /// Appends a leaf's hash and returns the tiles that change. A tile that becomes full adds one hash to the level
    /// above.
    fn push(&mut self, leaf: Hash) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut hash = leaf;
        for (level, tile) in (0..).zip(&mut self.levels) {
            tile.push(hash);
            let (path, _) = newest(Sequence::Level(level), self.size);
            files.push((path, print_tile(tile)));
            if (tile.len() as u64) < FULL {
                break;
            }
            hash = tree_hash(tile);
            tile.clear();
        }
        self.size += 1;
        files
    }

    /// The tree's root. Everything to the right of a level's hashes forms one more, smaller subtree beside them.
    fn root(&self) -> Hash {
        let mut right = Vec::new();
        for tile in &self.levels {
            let row = [tile.as_slice(), right.as_slice()].concat();
            right = if row.is_empty() { row } else { vec![tree_hash(&row)] };
        }
        tree_hash(&right)
    }

    /// The partial tile of a level.
    fn tile(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }
}

/// The path of the file that a sequence's next item goes into, and the number of items already in it, 0 to 255.
fn newest(row: Sequence, size: u64) -> (String, u64) {
    let count = row.count(size);
    (row.path(count / FULL), count % FULL)
}

/// The hashes of a stored tile, which must have exactly `width` of them.
fn tile_hashes(read: Read, path: &str, width: u64) -> Result<Vec<Hash>, LogError> {
    let bytes = stored(read, path, width)?;
    let hashes = parse_tile(&bytes).filter(|hashes| hashes.len() as u64 == width);
    hashes.ok_or_else(|| {
        corrupt(path, format!("{} bytes, where the log's size says {width} hashes", bytes.len()))
    })
}

/// Reads a stored file, which must exist if `width` is positive, and must not if it is 0.
fn stored(read: Read, path: &str, width: u64) -> Result<Vec<u8>, LogError> {
    match read(path)? {
        Some(bytes) if width > 0 => Ok(bytes),
        None if width == 0 => Ok(Vec::new()),
        Some(_) => Err(corrupt(path, "a file beyond the log's size".into())),
        None => Err(corrupt(path, format!("missing, where the log's size says {width} items"))),
    }
}

fn corrupt(path: &str, what: String) -> LogError {
    LogError::Corrupt { path: path.into(), what }
}

/// The tiles of a tree, each checked before use: partial tiles against the tree's root, full tiles against their hash
/// in the level above.
struct Tiles<'r> {
    read: Read<'r>,
    size: u64,
    edge: Edge,
    /// Full tiles already checked, by level and number.
    full: Map<(u8, u64), Vec<Hash>>,
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
        covered.map(tree_hash).ok_or(LogError::Beyond { asked: start, size: self.size })
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
        let hashes = tile_hashes(self.read, &path, FULL)?;
        let above = self.tile(level + 1, number / FULL)?;
        if above.get((number % FULL) as usize) != Some(&tree_hash(&hashes)) {
            return Err(corrupt(&path, "its hashes do not match the level above".into()));
        }
        self.full.insert((level, number), hashes.clone());
        Ok(hashes)
    }
}

/// The Merkle tree hash over subtree hashes; all subtrees have the same size, except that the last may be smaller (RFC
/// 6962, 2.1).
fn tree_hash(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => EMPTY_HASH,
        [only] => *only,
        _ => {
            let (left, right) = hashes.split_at(hashes.len().next_power_of_two() / 2);
            node_hash(tree_hash(left), tree_hash(right))
        }
    }
}

/// SHA-256(0x01 ‖ left ‖ right).
fn node_hash(left: Hash, right: Hash) -> Hash {
    sha256(&[&[1], &left.0, &right.0])
}

fn sha256(parts: &[&[u8]]) -> Hash {
    let digest = parts.iter().fold(Sha256::new(), |digest, part| digest.chain_update(part));
    Hash(digest.finalize().into())
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
