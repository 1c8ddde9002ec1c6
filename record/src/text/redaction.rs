//! `outband redaction v1`: removes one entry's text from every file and mirror.

use std::fmt::{self, Display};

use super::fields::Rules;
use super::grammar::text_type;
use super::values::{Id, Origin, SingleLine, Slug, Value};
use crate::log::{Hash, hash_text, parse_hash};
use crate::time::Time;

text_type! {
    /// A redaction, signed by the root threshold like a roster.
    ///
    /// ```text
    /// outband redaction v1
    /// origin: status.example.net
    /// id: 3f1ed002ab5595859014ebf0951522d9
    /// time: 2013-09-03T12:00:00Z
    /// entry: 41
    /// hash: CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    /// update: 7f3a9c0e5d1b48a2b6c4e8f012d3a596
    /// incident: 2013-09-03-core-network
    /// reason: named a customer
    /// ```
    pub struct Redaction: "redaction" {
        /// The log's origin.
        "origin" origin: one(Origin), by_program;
        /// This text's own random id.
        "id" id: one(Id), by_program;
        /// When it was written.
        "time" time: one(Time), by_program;
        /// Index of the entry.
        "entry" entry: one(u64);
        /// The entry's leaf hash.
        // It replaces the entry, so this text cannot be used to remove any other entry.
        "hash" hash: one(LeafHash);
        /// Id of the update that the entry was.
        // This id stays used, so that the same update cannot be published again.
        "update" update: one(Id);
        /// The incident whose page says that something was redacted.
        // The redacted log does not contain it; absent if the slug itself had to be removed.
        "incident" incident: maybe(Slug);
        /// What readers see in its place.
        "reason" reason: one(SingleLine<200>);
    }
}

impl Rules for Redaction {}

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
