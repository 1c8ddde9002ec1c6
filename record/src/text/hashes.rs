//! Log hashes as values of header lines.

use std::fmt::{self, Display};

use super::values::Value;
use crate::log::{Hash, hash_text, parse_hash};

/// `seen: 41 <base64 root hash>`: the newest checkpoint that the author's client had verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The number of entries in that log.
    pub size: u64,
    /// Its root hash.
    pub root: [u8; 32],
}

impl Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.size, hash_text(&Hash(self.root)))
    }
}

impl Value for Seen {
    const EXPECTED: &'static str = "a log's size and its root hash in base64, as its checkpoint has them";
    fn parse(text: &str) -> Option<Self> {
        let (size, root) = text.split_once(' ')?;
        Some(Self { size: Value::parse(size)?, root: parse_hash(root)?.0 })
    }
}

/// `hash: <base64 leaf hash>`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeafHash(pub [u8; 32]);

impl Display for LeafHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hash_text(&Hash(self.0)))
    }
}

impl Value for LeafHash {
    const EXPECTED: &'static str = "the entry's leaf hash (RFC 6962) in base64";
    fn parse(text: &str) -> Option<Self> {
        Some(Self(parse_hash(text)?.0))
    }
}
