//! `outband redaction v1`: one entry's words leave every file and copy.

use super::fields::{Fields, Printer, TextError};
use super::hashes::LeafHash;
use super::values::{Id, Origin, SingleLine, Slug};
use crate::time::Time;

pub(super) const TYPE: &str = "outband redaction v1";

const NAMES: &[&str] = &["origin", "id", "time", "entry", "hash", "update", "incident", "reason"];

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redaction {
    /// The log's origin.
    pub origin: Origin,
    /// This text's own name.
    pub id: Id,
    /// When it was written.
    pub time: Time,
    /// The index of the entry.
    pub entry: u64,
    /// The entry's leaf hash, which takes its place: no other entry can be withheld by this text.
    pub hash: LeafHash,
    /// The id of the update that stood there: it is taken for ever, so that the words do not come in again.
    pub update: Id,
    /// Which incident's page says that something was redacted. The log alone can no longer tell; absent where the slug is
    /// what had to go.
    pub incident: Option<Slug>,
    /// What readers see in its place.
    pub reason: SingleLine<200>,
}

impl Redaction {
    /// Parses the text.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut f = Fields::open(text, TYPE, NAMES)?;
        let redaction = Self {
            origin: f.one("origin")?,
            id: f.one("id")?,
            time: f.one("time")?,
            entry: f.one("entry")?,
            hash: f.one("hash")?,
            update: f.one("update")?,
            incident: f.maybe("incident")?,
            reason: f.one("reason")?,
        };
        f.finish(false)?;
        Ok(redaction)
    }

    /// The text that parses to this.
    pub fn print(&self) -> String {
        Printer::new(TYPE)
            .one("origin", &self.origin)
            .one("id", &self.id)
            .one("time", &self.time)
            .one("entry", &self.entry)
            .one("hash", &self.hash)
            .one("update", &self.update)
            .maybe("incident", self.incident.as_ref())
            .one("reason", &self.reason)
            .finish()
    }
}
