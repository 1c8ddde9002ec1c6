//! `outband removal v1`: revokes one key.

use outband_keys::VerifierKey;

use super::fields::Rules;
use super::grammar::text_type;
use super::values::{Id, Origin};
use crate::time::Time;

text_type! {
    /// A removal, signed by one root or by the key itself. It takes effect at its own place in the log.
    ///
    /// ```text
    /// outband removal v1
    /// origin: status.example.net
    /// id: 2f1ed002ab5595859014ebf0951522d9
    /// time: 2013-09-03T12:00:00Z
    /// key: status.example.net/alice/phone+5ef2c0bd+Aeh…
    /// since: 41
    /// ```
    pub struct Revocation: "removal" {
        /// The log's origin.
        "origin" origin: one(Origin), by_program;
        /// This text's own random id.
        "id" id: one(Id), by_program;
        /// When it was written.
        "time" time: one(Time), by_program;
        /// The key that is revoked.
        "key" key: one(VerifierKey);
        /// The index from which on that key's entries are flagged (default: this entry's own).
        "since" since: maybe(u64);
    }
}

impl Rules for Revocation {}
