//! The partial tiles of a tree: enough to compute its root and to append to it.

use super::path::Sequence;
use super::tile::{self, FULL};
use super::{Hash, LogError, Read, Tree, hash_text};

/// The right edge of a tree.
pub(super) struct Edge {
    size: u64,
    /// The hashes of each level's partial tile, from level 0 up, and one empty level above, which a leaf may start.
    levels: Vec<Vec<Hash>>,
}

impl Edge {
    /// Reads the edge of `tree`, and checks its tile widths and its root.
    pub(super) fn read(read: Read, tree: &Tree) -> Result<Edge, LogError> {
        let rows = Sequence::all(tree.size).filter(|row| *row != Sequence::Entries).count();
        let mut edge = Edge { size: tree.size, levels: Vec::new() };
        let mut paths = Vec::new();
        for level in (0..=u8::MAX).take(rows + 1) {
            let (path, width) = newest(Sequence::Level(level), tree.size);
            if width == 0 {
                edge.levels.push(Vec::new());
                continue;
            }
            edge.levels.push(hashes(read, &path, width)?);
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
    pub(super) fn push(&mut self, leaf: Hash) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut hash = leaf;
        for (level, tile) in (0..).zip(&mut self.levels) {
            tile.push(hash);
            let (path, _) = newest(Sequence::Level(level), self.size);
            files.push((path, tile::print(tile)));
            if (tile.len() as u64) < FULL {
                break;
            }
            hash = tile::root(tile);
            tile.clear();
        }
        self.size += 1;
        files
    }

    /// The tree's root. Everything to the right of a level's hashes forms one more, smaller subtree beside them.
    pub(super) fn root(&self) -> Hash {
        let mut right = Vec::new();
        for tile in &self.levels {
            let row = [tile.as_slice(), right.as_slice()].concat();
            right = if row.is_empty() { row } else { vec![tile::root(&row)] };
        }
        tile::root(&right)
    }

    /// The partial tile of a level.
    pub(super) fn tile(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }
}

/// The path of the file that a sequence's next item goes into, and the number of items already in it, 0 to 255.
pub(super) fn newest(row: Sequence, size: u64) -> (String, u64) {
    let count = row.count(size);
    (row.path(count / FULL), count % FULL)
}

/// The hashes of a stored tile, which must have exactly `width` of them.
pub(super) fn hashes(read: Read, path: &str, width: u64) -> Result<Vec<Hash>, LogError> {
    let bytes = stored(read, path, width)?;
    let hashes = tile::parse(&bytes).filter(|hashes| hashes.len() as u64 == width);
    hashes.ok_or_else(|| {
        corrupt(path, format!("{} bytes, where the log's size says {width} hashes", bytes.len()))
    })
}

/// Reads a stored file, which must exist if `width` is positive, and must not if it is 0.
pub(super) fn stored(read: Read, path: &str, width: u64) -> Result<Vec<u8>, LogError> {
    match read(path)? {
        Some(bytes) if width > 0 => Ok(bytes),
        None if width == 0 => Ok(Vec::new()),
        Some(_) => Err(corrupt(path, "a file beyond the log's size".into())),
        None => Err(corrupt(path, format!("missing, where the log's size says {width} items"))),
    }
}

pub(super) fn corrupt(path: &str, what: String) -> LogError {
    LogError::Corrupt { path: path.into(), what }
}
