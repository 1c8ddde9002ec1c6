//! The log: an append-only Merkle tree, kept and published as files (C2SP `tlog-tiles`, `tlog-checkpoint`).
//!
//! ```text
//! /log/tile/<L>/<N>       up to 256 hashes of 32 bytes: of level 8·L of the tree, from 256·N on
//! /log/tile/entries/<N>   up to 256 leaves, each behind its length (u16, big-endian), from leaf 256·N on; of a redacted
//!                         one, its hash
//! /log/checkpoint         a signed note whose text is a `Checkpoint`: origin, size, root
//! /log/<index>.note       one leaf, for people
//! ```
//!
//! A leaf's hash is SHA-256(0x00 ‖ leaf), a node's SHA-256(0x01 ‖ left ‖ right) (RFC 6962, 2.1).
//!
//! Of each tile and entry bundle only the newest width is stored, under its full-width name. The names with `.p/<W>`,
//! which C2SP gives to partial ones, are answered by cutting ([`locate`], [`cut`]): stored literally, each would be
//! kept up to 255 times.
//!
//! Nothing here signs or stores: [`append`] says which files change, [`rebuild`] recomputes all of them from the leaves.

pub use append::append;
pub use bundle::{entries, entry_hash, redacted};
pub use checkpoint::Checkpoint;
pub use hash::{Hash, hash_text, leaf_hash, parse_hash};
pub use path::{bundle_path, is_bundle, note_path, paths};
pub use place::{TileRequest, cut, locate};
pub use rebuild::rebuild;
pub use root::root_at;

mod append;
mod bundle;
mod checkpoint;
mod edge;
mod hash;
mod path;
mod place;
mod rebuild;
mod root;
#[cfg(test)]
mod tests;
mod tile;

/// The most leaves a log may have: one a second for eight years, where people write a few a day.
///
/// Below it no index computation overflows, and the [`paths`] of whatever size a hostile checkpoint claims fit in
/// 250 MB.
pub const MAX_SIZE: u64 = 1 << 28;

/// The longest leaf in bytes: an entry bundle gives its length in 16 bits.
pub const MAX_LEAF: usize = 65_535;

/// How log code reads the stored files: by public path without `.p/<W>`, such as `/log/tile/0/000`; `None` where
/// there is no such file, [`LogError::Read`] where the store fails.
pub type Read<'r> = &'r dyn Fn(&str) -> Result<Option<Vec<u8>>, LogError>;

/// A state of the log: how many leaves, and the hash over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The number of leaves.
    pub size: u64,
    /// The root hash; SHA-256 of nothing where there are no leaves.
    pub root: Hash,
}

impl Tree {
    /// The log before its first leaf.
    pub const EMPTY: Tree = Tree { size: 0, root: hash::EMPTY_HASH };
}

/// The log's next state, and the files to be stored for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The tree with the new leaves.
    pub tree: Tree,
    /// Public path without `.p/<W>`, and content: what is new or changed. The bundles, then the tiles by level.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Why the log was not read, or not extended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// The store failed.
    #[error("the log's files cannot be read: {0}")]
    Read(String),
    /// A stored file is not what a log of this size and root has there.
    #[error("the log is damaged, nothing was written: {path}: {what}; restore it from a mirror")]
    Corrupt {
        /// The file, or several, separated by commas, where only together they can be told to be wrong.
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
    /// A leaf is as long as a hash, and would be taken for a redacted one.
    #[error("a leaf of 32 bytes would be taken for the hash of a redacted one")]
    HashForLeaf,
    /// The log has, or claims, more leaves than [`MAX_SIZE`].
    #[error("a log of {size} entries is too large: at most {MAX_SIZE}")]
    TooLarge {
        /// The size it has or would get.
        size: u64,
    },
    /// Asked for a size that the log does not reach.
    #[error("{asked} is beyond the log's size of {size}")]
    Beyond {
        /// The size that was asked for.
        asked: u64,
        /// The log's size.
        size: u64,
    },
    /// An entry bundle ends within an entry, or has more than 256.
    #[error("malformed entry bundle: {0}")]
    Bundle(String),
    /// A text is not a checkpoint.
    #[error("malformed checkpoint, line {line}: {what}")]
    Checkpoint {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}
