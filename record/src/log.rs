//! The log: an append-only Merkle tree, kept and published as files (C2SP `tlog-tiles`, `tlog-checkpoint`).
//!
//! ```text
//! /log/tile/<L>/<N>       up to 256 hashes of 32 bytes, of level 8·L of the tree, from hash 256·N
//! /log/tile/entries/<N>   up to 256 leaves, each prefixed with its length (u16, big-endian), from leaf 256·N; for a
//!                         redacted one, its hash
//! /log/checkpoint         a signed note whose text is a `Checkpoint`: origin, size, root
//! /log/<index>.note       one leaf, for people
//! ```
//!
//! A leaf's hash is SHA-256(0x00 ‖ leaf), a node's SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1).
//!
//! Only the newest width of each tile and entry bundle is stored, under its full-width name. Requests for C2SP's
//! partial names, `.p/<W>`, are answered by cutting that file ([`locate`], [`cut`]); stored separately, each file would
//! exist up to 255 times.
//!
//! This module neither signs nor stores: [`append`] returns the files that change, [`rebuild`] recomputes all files
//! from the leaves.

pub use checkpoint::Checkpoint;
pub use path::{TileRequest, bundle_path, bundles, is_bundle, locate, note_path, paths, public_name};
pub use tile::{cut, entries, entry_hash, redacted};
pub use tree::{Hash, append, hash_text, leaf_hash, parse_hash, rebuild, root_at};

mod checkpoint;
mod path;
#[cfg(test)]
mod tests;
mod tile;
mod tree;

/// The maximum number of leaves: one per second for eight years, where people write a few per day.
///
/// Up to this size no index computation overflows, and the [`paths`] for any size that a hostile checkpoint claims fit
/// in 250 MB.
pub const MAX_SIZE: u64 = 1 << 28;

/// The maximum length of a leaf in bytes: entry bundles store it in 16 bits.
pub const MAX_LEAF: usize = 65_535;

/// Reads a stored file by its public path without `.p/<W>`, such as `/log/tile/0/000`. Returns `None` if there is no
/// such file, and [`LogError::Read`] if the store fails.
pub type Read<'r> = &'r dyn Fn(&str) -> Result<Option<Vec<u8>>, LogError>;

/// A state of the log: its number of leaves and its root hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The number of leaves.
    pub size: u64,
    /// The root hash; SHA-256 of the empty string if there are no leaves.
    pub root: Hash,
}

impl Tree {
    /// The empty log.
    pub const EMPTY: Tree = Tree { size: 0, root: tree::EMPTY_HASH };
}

/// The log's next state, and the files to store for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The tree including the new leaves.
    pub tree: Tree,
    /// New and changed files, as public path without `.p/<W>` and content: first the bundles, then the tiles by level.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why the log could not be read or extended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The store failed.
    #[error("the log's files cannot be read: {0}")]
    Read(String),
    /// A stored file does not match the log's size and root.
    #[error("the log is damaged, nothing was written: {path}: {what}; restore it from a mirror")]
    Corrupt {
        /// The path of the file; several, separated by commas, if it is unknown which of them is wrong.
        path: String,
        /// What is wrong with it.
        what: String,
    },
    /// A leaf does not fit into an entry bundle.
    #[error("a leaf of {bytes} bytes is too large for the log: at most {MAX_LEAF}")]
    LeafTooLarge {
        /// Its length.
        bytes: usize,
    },
    /// A leaf is as long as a hash, and would be mistaken for a redacted one.
    #[error("a leaf of 32 bytes would be mistaken for the hash of a redacted one")]
    HashForLeaf,
    /// The log has, or claims, more leaves than [`MAX_SIZE`].
    #[error("a log of {size} entries is too large: at most {MAX_SIZE}")]
    TooLarge {
        /// The actual or resulting size.
        size: u64,
    },
    /// The requested size exceeds the log's.
    #[error("{asked} is beyond the log's size of {size}")]
    Beyond {
        /// The requested size.
        asked: u64,
        /// The log's size.
        size: u64,
    },
    /// An entry bundle ends in the middle of an entry, or has more than 256 entries.
    #[error("malformed entry bundle: {0}")]
    Bundle(String),
    /// A text is not a checkpoint.
    #[error("malformed checkpoint, line {line}: {what}")]
    Checkpoint {
        /// The line number, from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}
