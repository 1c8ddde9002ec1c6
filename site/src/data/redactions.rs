//! The redacted entries, with reasons.

use std::collections::{BTreeMap, BTreeSet};

use outband_record::log;
use outband_record::text::{Id, LeafHash, Redaction, SingleLine, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

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

/// All redactions, and the data that outlives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redactions {
    /// Redacted entries, in log order.
    pub redacted: Vec<Redacted>,
    /// For each incident of which nothing is left: the incidents that named it in `continues-in`.
    pub named: BTreeMap<Slug, BTreeSet<Slug>>,
}

#[derive(Serialize, Deserialize)]
struct RedactionsDocument<R> {
    redactions: R,
    named: Vec<NamedDocument>,
}

#[derive(Serialize, Deserialize)]
struct NamedDocument {
    #[serde(with = "text")]
    slug: Slug,
    #[serde(with = "text::list")]
    by: BTreeSet<Slug>,
}

/// `/data/redactions.json`, in log order.
pub fn redactions(redactions: &Redactions) -> Result<Rendered, RenderError> {
    let named = redactions.named.iter();
    let document = RedactionsDocument {
        redactions: &redactions.redacted,
        named: named.map(|(slug, by)| NamedDocument { slug: slug.clone(), by: by.clone() }).collect(),
    };
    print(paths::REDACTIONS_JSON, document)
}

/// Reads [`redactions`] back.
pub fn parse_redactions(body: &[u8]) -> Result<Redactions, DataError> {
    let RedactionsDocument { redactions, named } = parse(body)?;
    let mut by_slug = BTreeMap::new();
    by_slug.extend(named.into_iter().map(|NamedDocument { slug, by }| (slug, by)));
    Ok(Redactions { redacted: redactions, named: by_slug })
}
