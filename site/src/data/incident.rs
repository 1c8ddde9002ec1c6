//! `/data/incidents/<slug>.json`: all updates of one incident, and its state; `/data/newest.json`: the newest updates
//! of all incidents, and totals over the older ones.

use std::collections::BTreeMap;

use outband_keys::{KeyName, Note};
use outband_record::text::{Occurs, Slug, Update};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, LoggedUpdate, Signer};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{Card, DataError, parse, print, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

#[derive(Serialize, Deserialize)]
struct IncidentDocument {
    #[serde(with = "text")]
    slug: Slug,
    drill: bool,
    page: String,
    holds: Json,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "text::list")]
    named_by: Vec<Slug>,
    updates: Vec<LoggedUpdateDocument>,
}

/// The newest updates, without drills and translations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Newest {
    /// The number of such updates in the whole log.
    pub count: u64,
    /// The latest effective time of all of them, which need not be that of the newest entry.
    pub last_update: Option<Time>,
    /// The newest ones, highest index first.
    pub updates: Vec<LoggedUpdate>,
}

impl Newest {
    /// Adds the newest entry of the log, and keeps the newest `keep` updates.
    pub fn add(&mut self, logged: LoggedUpdate, keep: usize) {
        self.count = self.count.saturating_add(1);
        self.last_update = self.last_update.max(Some(logged.effective_time()));
        self.updates.insert(0, logged);
        self.updates.truncate(keep);
    }
}

#[derive(Serialize, Deserialize)]
struct NewestDocument {
    count: u64,
    #[serde(rename = "spoke", with = "text::maybe")]
    last_update: Option<Time>,
    updates: Vec<LoggedUpdateDocument>,
}

/// A log entry with its receipt time and signers, as determined on admission. The note is authoritative: the update is
/// parsed from it.
#[derive(Serialize, Deserialize)]
struct LoggedUpdateDocument {
    index: u64,
    #[serde(with = "text")]
    received: Time,
    signers: Vec<SignerDocument>,
    note: String,
}

#[derive(Serialize, Deserialize)]
struct SignerDocument {
    key: String,
    fingerprint: String,
    person: String,
}

/// The document of an incident.
pub fn incident(slug: &Slug, incident: &Incident) -> Result<Rendered, RenderError> {
    let drill = incident.is_drill();
    let document = IncidentDocument {
        slug: slug.clone(),
        drill,
        page: paths::incident(slug, drill),
        holds: incident.state().map_or(Json::Null, |state| holds(&state)),
        named_by: incident.named_by().iter().cloned().collect(),
        updates: incident.updates().iter().map(LoggedUpdateDocument::of).collect(),
    };
    print(&paths::incident_json(slug), document)
}

/// Reads [`incident`] back. Everything is parsed from the notes, except for the effects of other incidents, which are
/// read from the document.
pub fn parse_incident(body: &[u8]) -> Result<Incident, DataError> {
    let document: IncidentDocument = parse(body)?;
    let updates = document.updates.into_iter().map(LoggedUpdateDocument::read).collect::<Result<_, _>>()?;
    let mut incident = Incident::from_updates(updates).ok_or_else(|| DataError::new("it has no updates"))?;
    incident.set_taken_over(document.holds.get(CONTINUES_IN).is_some());
    for slug in document.named_by {
        incident.add_name(slug);
    }
    Ok(incident)
}

/// In the state, this line is present only if that incident has taken this one over.
const CONTINUES_IN: &str = "continues-in";

/// The document of the newest updates.
pub fn newest(newest: &Newest) -> Result<Rendered, RenderError> {
    let updates = newest.updates.iter().map(LoggedUpdateDocument::of).collect();
    let document = NewestDocument { count: newest.count, last_update: newest.last_update, updates };
    print(paths::NEWEST_JSON, document)
}

/// Reads [`newest`] back, parsing its notes.
pub fn parse_newest(body: &[u8]) -> Result<Newest, DataError> {
    let NewestDocument { count, last_update, updates } = parse(body)?;
    let updates = updates.into_iter().map(LoggedUpdateDocument::read).collect::<Result<_, _>>()?;
    Ok(Newest { count, last_update, updates })
}

impl LoggedUpdateDocument {
    fn of(logged: &LoggedUpdate) -> Self {
        let signer = |signer: &Signer| SignerDocument {
            key: signer.key.to_string(),
            fingerprint: signer.fingerprint.clone(),
            person: signer.person.clone(),
        };
        Self {
            index: logged.index,
            received: logged.received,
            signers: logged.signers.iter().map(signer).collect(),
            note: logged.leaf.clone(),
        }
    }

    fn read(self) -> Result<LoggedUpdate, DataError> {
        let note = Note::parse_entry(self.note.as_bytes()).map_err(DataError::new)?;
        let signer = |signer: SignerDocument| {
            let key = KeyName::parse(&signer.key).map_err(DataError::new)?;
            Ok(Signer { key, fingerprint: signer.fingerprint, person: signer.person })
        };
        Ok(LoggedUpdate {
            index: self.index,
            update: Update::parse(note.text()).map_err(DataError::new)?,
            signers: self.signers.into_iter().map(signer).collect::<Result<_, DataError>>()?,
            received: self.received,
            leaf: self.note,
        })
    }
}

/// The state, each value in the form of the header line with the same name; values that are not stated are absent.
pub(super) fn holds(state: &IncidentState<'_>) -> Json {
    let mut lines = BTreeMap::new();
    for (line, by) in &state.carried {
        let is_list =
            Update::HEADERS.iter().any(|header| header.name == *line && header.occurs == Occurs::Many);
        let values = by.update.values(line);
        lines.insert(*line, if is_list { json!(values) } else { json!(values.concat()) });
    }
    // Values that no single update states, but that follow from all of them.
    let card = Card::of(state);
    let one = [
        ("kind", Some(card.kind.to_string())),
        ("phase", Some(card.phase.to_string())),
        ("impact", card.impact.map(|impact| impact.to_string())),
        ("started", Some(card.started.to_string())),
        ("ended", card.ended.map(|ended| ended.to_string())),
        ("next-update", state.next_update.map(|next| next.to_string())),
        (CONTINUES_IN, state.continues_in.map(|slug| slug.value.to_string())),
    ];
    let affects = state.conditions.iter().map(|(path, stated)| format!("{path} {}", stated.value));
    let many = [
        ("affects", affects.collect()),
        ("unaffected", strings(state.unaffected.iter().map(|v| v.value))),
        ("data", strings(state.data.values().map(|v| v.value))),
    ];
    for (line, value) in one {
        lines.remove(line);
        lines.extend(value.map(|value| (line, json!(value))));
    }
    lines.extend(
        many.into_iter().filter(|(_, v): &(_, Vec<String>)| !v.is_empty()).map(|(l, v)| (l, json!(v))),
    );
    json!(lines)
}

fn strings(values: impl Iterator<Item = impl ToString>) -> Vec<String> {
    values.map(|value| value.to_string()).collect()
}
