//! A redacted entry, with its reason.

use outband_record::log;
use outband_record::text::{Id, LeafHash, Redaction, SingleLine, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::text;
use crate::Rendered;

/// An entry whose text was removed from every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// Its index.
    pub entry: u64,
    /// Its leaf hash.
    #[serde(with = "text")]
    pub hash: LeafHash,
    /// The id of the redacted update.
    #[serde(with = "text")]
    pub update: Id,
    /// The index of the redaction.
    pub by: u64,
    /// When the redaction was written.
    #[serde(with = "text")]
    pub time: Time,
    /// The incident whose page mentions it.
    #[serde(with = "text::maybe")]
    pub incident: Option<Slug>,
    /// Why.
    #[serde(with = "text")]
    pub reason: SingleLine<200>,
}

impl Redacted {
    /// The entry that `redaction`, at log index `by`, removes.
    pub fn new(by: u64, redaction: &Redaction) -> Self {
        Self {
            entry: redaction.entry,
            hash: redaction.hash,
            update: redaction.update.clone(),
            by,
            time: redaction.time,
            incident: redaction.incident.clone(),
            reason: redaction.reason.clone(),
        }
    }

    /// The text shown to people in place of the entry.
    pub fn note(&self) -> Rendered {
        let body = format!("redacted: {}\nby: {}\n", self.reason, log::note_path(self.by));
        Rendered { path: log::note_path(self.entry), body: body.into_bytes() }
    }
}
