//! `outband removal v1`: one key's power ends.

use outband_keys::VerifierKey;

use super::fields::{Fields, Printer, TextError};
use super::values::{Id, Origin};
use crate::time::Time;

pub(super) const TYPE: &str = "outband removal v1";

const NAMES: &[&str] = &["origin", "id", "time", "key", "since"];

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// The log's origin.
    pub origin: Origin,
    /// This text's own name.
    pub id: Id,
    /// When it was written.
    pub time: Time,
    /// Which key.
    pub key: VerifierKey,
    /// The index from which on that key's entries are flagged; the removal's own where absent.
    pub since: Option<u64>,
}

impl Revocation {
    /// Parses the text.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut f = Fields::open(text, TYPE, NAMES)?;
        let revocation = Self {
            origin: f.one("origin")?,
            id: f.one("id")?,
            time: f.one("time")?,
            key: f.one("key")?,
            since: f.maybe("since")?,
        };
        f.finish(false)?;
        Ok(revocation)
    }

    /// The text that parses to this.
    pub fn print(&self) -> String {
        Printer::new(TYPE)
            .one("origin", &self.origin)
            .one("id", &self.id)
            .one("time", &self.time)
            .one("key", &self.key)
            .maybe("since", self.since.as_ref())
            .finish()
    }
}
