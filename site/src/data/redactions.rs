//! What was taken out of the log, and why.

use outband_record::log;
use outband_record::text::{Id, Redaction, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::{DataError, maybe, parse, print, value};
use crate::{Rendered, paths};

/// An entry whose words left every file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// Its index.
    pub entry: u64,
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

#[derive(Serialize, Deserialize)]
struct RedactionsDocument {
    redactions: Vec<RedactedDocument>,
}

#[derive(Serialize, Deserialize)]
struct RedactedDocument {
    entry: u64,
    update: String,
    by: u64,
    time: String,
    incident: Option<String>,
    reason: String,
}

/// `/data/redactions.json`: in the order of the log.
pub fn redactions(redacted: &[Redacted]) -> Rendered {
    let item = |redacted: &Redacted| RedactedDocument {
        entry: redacted.entry,
        update: redacted.update.to_string(),
        by: redacted.by,
        time: redacted.time.to_string(),
        incident: redacted.incident.as_ref().map(ToString::to_string),
        reason: redacted.reason.clone(),
    };
    print(paths::REDACTIONS_JSON, RedactionsDocument { redactions: redacted.iter().map(item).collect() })
}

/// Reads [`redactions`] back.
pub fn parse_redactions(body: &[u8]) -> Result<Vec<Redacted>, DataError> {
    let item = |item: RedactedDocument| {
        Ok(Redacted {
            entry: item.entry,
            update: value(&item.update)?,
            by: item.by,
            time: value(&item.time)?,
            incident: maybe(item.incident.as_ref())?,
            reason: item.reason,
        })
    };
    parse::<RedactionsDocument>(body)?.redactions.into_iter().map(item).collect()
}
