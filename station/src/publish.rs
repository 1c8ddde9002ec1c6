//! Publishing: one commit for each accepted note and each tick, with one checkpoint, whatever follows from it.

use outband_keys::{Note, SignatureLine, VerifierKey};
use outband_record::log::{self, Hash, Tree};
use outband_record::text::Text;
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::paths;
use serde::Serialize;

use crate::Station;
use crate::admission::{Arrival, Candidate, History, admit};
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::genuine::Genuine;
use crate::http::{Refusal, Response};
use crate::memory;
use crate::projection::{Files, Projection, missing};
use crate::redact;
use crate::station::{COSIGNATURE_SECONDS, Handled, Outcome};
use crate::store::{File, Store};

/// Pieces of a pending re-rendering that one note may do besides its own files: enough for a small site to be complete
/// at once.
const BUDGET_OF_A_NOTE: u64 = 48;

/// What happens to a valid note, before the commit.
enum Step {
    /// It becomes the next entry.
    Publish { index: u64, receipt: Receipt, files: Vec<File>, due: u64, is_redaction: bool },
    /// It is already in the log, and this is the answer.
    Known(Handled),
}

impl Station {
    /// Accepts or refuses a note. The cost depends on the incident, its month and the open incidents, not on the length
    /// of the log, except for a redaction.
    pub(crate) fn receive(&self, store: &mut dyn Store, body: &[u8], now: u64) -> Handled {
        let handled =
            if self.log_key.is_some() { self.publish(store, body, now) } else { self.hold(store, body, now) };
        handled.unwrap_or_else(Handled::refused)
    }

    fn publish(&self, store: &mut dyn Store, body: &[u8], now: u64) -> Result<Handled, Refusal> {
        match self.step(store, body, now)? {
            Step::Known(handled) => Ok(handled),
            Step::Publish { index, mut receipt, files, due, is_redaction } => {
                let mut response = receipt.response(201)?;
                // Nothing after the commit may fail: the note is in the log then.
                let committed =
                    if is_redaction { store.commit_redaction(&files) } else { store.commit(&files) };
                committed.map_err(StationError::from)?;
                if is_redaction && let Err(error) = store.wipe() {
                    receipt.remark = Some(redact::not_wiped(&error));
                    response = receipt.response(201).unwrap_or(response);
                }
                let outcome = Some(Outcome::Accepted { index });
                Ok(Handled { response, due: Some(due), outcome })
            }
        }
    }

    fn step(&self, store: &dyn Store, body: &[u8], now: u64) -> Result<Step, Refusal> {
        let mut projection = Projection::empty(Files::of(store));
        let genuine = self.genuine(projection.find_authority()?, body)?;
        let next = || -> Result<Step, Refusal> {
            let (last, checkpoint) = self.stored(&projection.files)?;
            projection.require_authority(&last)?;
            if let Some(handled) = self.find_repeated(&projection, &genuine)? {
                return Ok(Step::Known(handled));
            }
            self.verify_head(projection.authority(), &last, checkpoint.as_ref())?;
            projection.open(&last)?;
            self.extend(projection, &genuine, last, now)
        };
        next().map_err(|refusal| refusal.located(genuine.note.text()))
    }

    /// Makes the note the next entry after `last`, and computes everything that follows from it.
    fn extend(
        &self,
        mut projection: Projection<'_>,
        genuine: &Genuine,
        last: Head,
        now: u64,
    ) -> Result<Step, Refusal> {
        let Genuine { note, text } = genuine;
        let log_key = self.log_key.as_ref().ok_or_else(|| missing(paths::CHECKPOINT))?;
        let (index, time) = (last.tree.size, last.time.max(Time::from_posix(now)));
        let candidate = Candidate {
            note,
            text,
            index,
            arrival: Arrival::Received {
                origin: &self.origin,
                log: log_key.verifier(),
                station: &self.station_key,
                now: time,
            },
            roots: Some(&self.roots),
            history: &Stored { files: &projection.files, tree: last.tree },
        };
        let admitted = admit(&projection, &candidate)?;
        let appended = log::append(&projection.files.reader(), &last.tree, admitted.leaf.as_bytes());
        let appended = appended.map_err(StationError::from)?;
        let head = Head { tree: appended.tree, time };
        let (entry, received) = (admitted.entry(index, text, note.text()), admitted.received);
        let own = self.receipt(text, &admitted.lines, Some(index), &[self.station_key.verifier()])?;
        let (files, remark, due);
        if let Text::Redaction(redaction) = text {
            let next;
            (files, next) = self.redact(&mut projection, redaction, &head, &admitted.leaf)?;
            remark = Some(redact::REMARK.to_owned());
            due = self.due(next, projection.renderer.pending.is_some(), now);
        } else {
            let before = match text {
                Text::Update(update) => projection.incident(&update.incident)?,
                Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
            };
            projection.apply(entry)?;
            projection.step_rendering(BUDGET_OF_A_NOTE)?;
            remark = changes_nothing(before.as_deref(), &projection, text, received)?;
            let mut bodies = appended.files;
            bodies.push((log::note_path(index), admitted.leaf.into_bytes()));
            bodies.extend(projection.render(head.time)?.into_iter().map(|file| (file.path, file.body)));
            files = self.batch(&projection.files, &head, bodies)?;
            due = self.due(projection.next_moment(head.time), projection.renderer.pending.is_some(), now);
        }
        let receipt = Receipt { remark, ..own };
        let is_redaction = matches!(text, Text::Redaction(_));
        Ok(Step::Publish { index, receipt, files, due, is_redaction })
    }

    /// Like [`Station::tick`], for a renderer of a given name. If the stored files were written by another renderer,
    /// they are rendered again in steps of at most `budget` pieces; until then the old files are served.
    pub fn rebuild(
        &self,
        store: &mut dyn Store,
        renderer: &str,
        now: u64,
        budget: u64,
    ) -> Result<u64, StationError> {
        let mut projection = Projection::empty(Files::of(&*store));
        let (last, checkpoint) = self.stored(&projection.files)?;
        if last.tree.size == 0 {
            return Ok(now.saturating_add(COSIGNATURE_SECONDS));
        }
        self.verify_head(projection.find_authority()?, &last, checkpoint.as_ref())?;
        let head = Head { time: last.time.max(Time::from_posix(now)), ..last };
        projection.open(&last)?;
        projection.upgrade(renderer, head.tree.size);
        projection.step_rendering(budget)?;
        let bodies = projection.render(head.time)?.into_iter().map(|file| (file.path, file.body));
        let files =
            projection.files.batch(bodies, self.sign(&head, checkpoint.as_ref())?, head.time.posix())?;
        let due = self.due(projection.next_moment(head.time), projection.renderer.pending.is_some(), now);
        store.commit(&files)?;
        Ok(due)
    }

    /// Those of the files that differ from the stored ones, and a checkpoint signed over `head`.
    pub(crate) fn batch(
        &self,
        stored: &Files<'_>,
        head: &Head,
        bodies: Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<File>, StationError> {
        stored.batch(bodies, self.sign(head, None)?, head.time.posix())
    }

    /// When to tick next: at the next moment, for the next cosignature, or in a second while a re-rendering is under
    /// way.
    pub(crate) fn due(&self, moment: Option<Time>, is_rendering: bool, now: u64) -> u64 {
        let later = if is_rendering { 1 } else { COSIGNATURE_SECONDS };
        let moment = moment.map_or(u64::MAX, Time::posix);
        moment.min(now.saturating_add(later)).max(now.saturating_add(1))
    }

    /// The answer to a note that is already in the log: its first receipt.
    pub(crate) fn known(&self, files: &Files<'_>, index: u64, text: &Text) -> Result<Handled, Refusal> {
        let path = log::note_path(index);
        let leaf = files.required(&path)?;
        let entry = Note::parse_entry(&leaf.body).map_err(|error| StationError::document(&path, error))?;
        let mut stations = vec![self.station_key.verifier()];
        // What a second station has is most often received by the first.
        if self.log_key.is_none() {
            let authority = files.required_document(paths::ROSTER_JSON, memory::parse_roster)?;
            stations.extend(authority.roster().station.iter().cloned());
        }
        let receipt = self.receipt(text, entry.signatures(), Some(index), &stations)?;
        let remark = Some("already published; nothing changed".to_owned());
        let response = Receipt { remark, ..receipt }.response(200)?;
        Ok(Handled { response, due: None, outcome: Some(Outcome::Known { index }) })
    }

    /// The receipt by the first of these stations that gave one, from the lines of the entry `index`, or of an update
    /// that is not in the log yet.
    pub(crate) fn receipt(
        &self,
        text: &Text,
        lines: &[SignatureLine],
        index: Option<u64>,
        stations: &[VerifierKey],
    ) -> Result<Receipt, StationError> {
        // It was made or verified when the note was admitted.
        let by = |station: &VerifierKey| {
            lines.iter().find_map(|line| Some((line.to_string(), station.received_at(line)?)))
        };
        let entry = index.map(log::note_path);
        let (receipt, received) = stations.iter().find_map(by).ok_or_else(|| {
            let path = entry.as_deref().unwrap_or(paths::PENDING_JSON);
            StationError::document(path, "it has no receipt by this station")
        })?;
        let page = match text {
            Text::Update(update) => Some(paths::incident(&update.incident, update.is_drill())),
            Text::Site(_) => Some(paths::INDEX.to_owned()),
            Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
        };
        let received = Time::from_posix(received).to_string();
        Ok(Receipt { index, receipt, received, entry, page, remark: None })
    }
}

/// The stored log.
pub(crate) struct Stored<'f, 's> {
    pub(crate) files: &'f Files<'s>,
    pub(crate) tree: Tree,
}

impl History for Stored<'_, '_> {
    fn root_at(&self, size: u64) -> Result<Hash, StationError> {
        Ok(log::root_at(&self.files.reader(), size, &self.tree)?)
    }

    fn leaf(&self, index: u64) -> Result<Vec<u8>, StationError> {
        Ok(self.files.required(&log::note_path(index))?.body)
    }
}

/// The response to an accepted note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Receipt {
    /// The note's index in the log, if it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    /// This station's signed statement of when it received the note, as recorded in the entry.
    receipt: String,
    /// The time of receipt.
    received: String,
    /// The public path of the entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// The page that shows it; absent for notes without a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// A remark for the operator, although the note was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remark: Option<String>,
}

impl Receipt {
    pub(crate) fn response(&self, status: u16) -> Result<Response, StationError> {
        let place = self.entry.as_ref().or(self.page.as_ref()).map_or(paths::INDEX, String::as_str);
        let mut body = serde_json::to_vec_pretty(self)
            .map_err(|error| StationError::document(place, format!("its receipt: {error}")))?;
        body.push(b'\n');
        let mut response = Response::new(status, "application/json; charset=utf-8", body);
        response.header("location", place);
        response.header("cache-control", "no-store");
        Ok(response)
    }
}

/// A remark for the author of a late update that changes nothing because newer updates exist.
fn changes_nothing(
    before: Option<&Incident>,
    projection: &Projection<'_>,
    text: &Text,
    received: Time,
) -> Result<Option<String>, StationError> {
    let Text::Update(update) = text else { return Ok(None) };
    let after = projection.incident(&update.incident)?;
    let (before, after) = (before.and_then(Incident::state), after.as_ref().and_then(|after| after.state()));
    if update.translates.is_some() || before.is_none() || before != after {
        return Ok(None);
    }
    let apart = received.posix().abs_diff(text.time().posix());
    Ok(Some(format!(
        "accepted, but the state of {} is unchanged, because there are newer updates. The note's time and this station's clock are {apart} seconds apart",
        update.incident
    )))
}
