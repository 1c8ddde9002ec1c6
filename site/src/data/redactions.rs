//! What was taken out of the log, and why.

use std::collections::{BTreeMap, BTreeSet};

use outband_record::log;
use outband_record::text::{Id, LeafHash, Redaction, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::{DataError, maybe, parse, print, value};
use crate::{Rendered, paths};

/// An entry whose words left every file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// Its index.
    pub entry: u64,
    /// Its leaf hash.
    pub hash: LeafHash,
    /// The id of the update that stood there.
    pub update: Id,
    /// The index of the redaction.
    pub by: u64,
    /// When the redaction was written.
    pub time: Time,
    /// On whose page it is told.
    pub incident: Option<Slug>,
    /// Why.
    pub reason: String,
}

impl Redacted {
    /// What `redaction`, at index `by` of the log, takes out.
    pub fn new(by: u64, redaction: &Redaction) -> Self {
        Self {
            entry: redaction.entry,
            hash: redaction.hash,
            update: redaction.update.clone(),
            by,
            time: redaction.time,
            incident: redaction.incident.clone(),
            reason: redaction.reason.to_string(),
        }
    }

    /// What stands in the entry's place, for people.
    pub fn note(&self) -> Rendered {
        let body = format!("redacted: {}\nby: {}\n", self.reason, log::note_path(self.by));
        Rendered { path: log::note_path(self.entry), body: body.into_bytes() }
    }
}

/// All that was taken out, and what outlives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redactions {
    /// In the order of the log.
    pub redacted: Vec<Redacted>,
    /// What was said to go on in incidents of which nothing is left, by these.
    pub named: BTreeMap<Slug, BTreeSet<Slug>>,
}

#[derive(Serialize, Deserialize)]
struct RedactionsDocument {
    redactions: Vec<RedactedDocument>,
    named: Vec<NamedDocument>,
}

#[derive(Serialize, Deserialize)]
struct NamedDocument {
    slug: String,
    by: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct RedactedDocument {
    entry: u64,
    hash: String,
    update: String,
    by: u64,
    time: String,
    incident: Option<String>,
    reason: String,
}

/// `/data/redactions.json`: in the order of the log.
pub fn redactions(redactions: &Redactions) -> Rendered {
    let name = |(slug, by): (&Slug, &BTreeSet<Slug>)| NamedDocument {
        slug: slug.to_string(),
        by: by.iter().map(ToString::to_string).collect(),
    };
    let item = |redacted: &Redacted| RedactedDocument {
        entry: redacted.entry,
        hash: redacted.hash.to_string(),
        update: redacted.update.to_string(),
        by: redacted.by,
        time: redacted.time.to_string(),
        incident: redacted.incident.as_ref().map(ToString::to_string),
        reason: redacted.reason.clone(),
    };
    let document = RedactionsDocument {
        redactions: redactions.redacted.iter().map(item).collect(),
        named: redactions.named.iter().map(name).collect(),
    };
    print(paths::REDACTIONS_JSON, document)
}

/// Reads [`redactions`] back.
pub fn parse_redactions(body: &[u8]) -> Result<Redactions, DataError> {
    let item = |item: RedactedDocument| {
        Ok(Redacted {
            entry: item.entry,
            hash: value(&item.hash)?,
            update: value(&item.update)?,
            by: item.by,
            time: value(&item.time)?,
            incident: maybe(item.incident.as_ref())?,
            reason: item.reason,
        })
    };
    let document: RedactionsDocument = parse(body)?;
    let redacted = document.redactions.into_iter().map(item).collect::<Result<_, DataError>>()?;
    let mut redactions = Redactions { redacted, named: BTreeMap::new() };
    for NamedDocument { slug, by } in document.named {
        let names = redactions.named.entry(value(&slug)?).or_default();
        for slug in by {
            names.insert(value(&slug)?);
        }
    }
    Ok(redactions)
}
