//! Updates that a second station has accepted and that are not in the log yet. They are shown at once, since an
//! operator's signature makes an update valid, and are passed on until the log has them.
//!
//! The store has the log's files as if there were none of these, and beside them, under names that no request has, the
//! files that differ because of them. So when the log has them, in whatever order, nothing is left to undo.

use outband_keys::Note;
use outband_record::text::{Text, Update};
use outband_record::time::Time;
use outband_site::data::{DataError, parse, print};
use outband_site::pages::RenderError;
use outband_site::{Refused, Rendered, paths};
use serde::{Deserialize, Serialize};

use crate::admission::{Arrival, Candidate, History, admit, redacted, sha256};
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::follow::{FollowError, Followed, Follower, Stamp};
use crate::http::{ProblemType, Refusal};
use crate::memory::NoteRef;
use crate::projection::{Files, Projection};
use crate::publish::{Receipt, Stored};
use crate::station::{Handled, Outcome};
use crate::store::{File, Store, StoreError};
use crate::verify::{Logged, MAX_AHEAD_SECONDS, Proven, Source, Unproven};
use crate::{Genuine, Station};

/// An update that is not in the log yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Its text, its signatures and this station's receipt, as they will be in the entry.
    pub note: String,
    /// The problem for which the station with the log's key refused it, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
struct PendingDocument {
    pending: Vec<Pending>,
}

/// `/data/pending.json`: in the order in which they came.
fn document(pending: &[Pending]) -> Result<Rendered, RenderError> {
    print(paths::PENDING_JSON, PendingDocument { pending: pending.to_vec() })
}

/// Reads that document back.
pub fn parse_pending(body: &[u8]) -> Result<Vec<Pending>, DataError> {
    Ok(parse::<PendingDocument>(body)?.pending)
}

/// At most this many wait: a station that cannot pass them on for so long must not take more.
const MAX_WAITING: usize = 256;
/// How many refused ones are shown: the newest.
const MAX_REFUSED: usize = 16;

impl Pending {
    fn parse(&self) -> Result<(Note, Text), StationError> {
        let damaged = |error: &dyn ToString| StationError::document(paths::PENDING_JSON, error.to_string());
        let note = Note::parse_entry(self.note.as_bytes()).map_err(|error| damaged(&error))?;
        let text = Text::parse(note.text()).map_err(|error| damaged(&error))?;
        Ok((note, text))
    }
}

/// The files of a store, with those that differ because of pending updates.
pub(crate) struct Overlaid<'s>(pub(crate) &'s dyn Store);

/// What precedes the path of such a file. No request's path begins with it.
const BESIDE: &str = "+";

fn beside(path: &str) -> String {
    format!("{BESIDE}{path}")
}

impl Store for Overlaid<'_> {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        match self.0.get(&beside(path))? {
            Some(file) => Ok(Some(File { path: path.to_owned(), ..file })),
            None => self.0.get(path),
        }
    }

    fn commit(&mut self, _: &[File]) -> Result<(), StoreError> {
        Err(StoreError("these files are only read".to_owned()))
    }
}

impl Station {
    /// Reads what the log at `source` has gained: for a second station, and for one that was restored from a backup.
    pub fn follow(
        &self,
        source: &dyn Source,
        store: &mut dyn Store,
        now: u64,
    ) -> Result<Followed, FollowError> {
        let stamp = Stamp::Own { key: &self.station_key, now };
        let latest = now.saturating_add(MAX_AHEAD_SECONDS);
        let followed = Follower { roots: Some(&self.roots), latest, stamp }.follow(source, store)?;
        if matches!(followed, Followed::Extended { .. }) {
            self.show_pending(store)?;
        }
        Ok(followed)
    }

    /// The updates to pass on to the station with the log's key, in the order in which they came.
    pub fn to_pass_on(&self, store: &dyn Store) -> Result<Vec<Vec<u8>>, StationError> {
        let pending = self.pending(store)?.into_iter().filter(|pending| pending.refused.is_none());
        Ok(pending.map(|pending| pending.note.into_bytes()).collect())
    }

    /// Records why the station with the log's key has refused an update: it stays visible, but changes nothing.
    pub fn was_refused(
        &self,
        store: &mut dyn Store,
        note: &[u8],
        problem: ProblemType,
    ) -> Result<(), StationError> {
        let mut pending = self.pending(store)?;
        for refused in pending.iter_mut().filter(|pending| pending.note.as_bytes() == note) {
            refused.refused = Some(problem.as_str().to_owned());
        }
        let refused = pending.iter().filter(|pending| pending.refused.is_some()).count();
        let mut surplus = refused.saturating_sub(MAX_REFUSED);
        pending.retain(|pending| {
            let is_surplus = pending.refused.is_some() && surplus > 0;
            surplus -= usize::from(is_surplus);
            !is_surplus
        });
        self.show(store, &pending)
    }

    /// Accepts or refuses an update that the log does not have.
    pub(crate) fn hold(&self, store: &mut dyn Store, body: &[u8], now: u64) -> Result<Handled, Refusal> {
        let mut pending = self.pending(store)?;
        let (held, mut receipt) = match self.judge(&*store, &pending, body, now)? {
            Judged::Known(handled) => return Ok(handled),
            Judged::New(held, receipt) => (held, receipt),
        };
        receipt.remark = Some(REMARK.to_owned());
        let response = receipt.response(202)?;
        pending.push(held);
        let due = self.tick(store, now)?;
        self.show(store, &pending)?;
        Ok(Handled { response, due: Some(due), outcome: Some(Outcome::Held) })
    }

    fn judge(
        &self,
        store: &dyn Store,
        pending: &[Pending],
        body: &[u8],
        now: u64,
    ) -> Result<Judged, Refusal> {
        let (mut projection, head) = self.ahead(store, pending)?;
        let genuine = self.genuine(projection.find_authority()?, body)?;
        let judged = || self.judge_genuine(&projection, &head, pending, &genuine, now);
        judged().map_err(|refusal| refusal.located(genuine.note.text()))
    }

    fn judge_genuine(
        &self,
        projection: &Projection<'_>,
        head: &Head,
        pending: &[Pending],
        genuine: &Genuine,
        now: u64,
    ) -> Result<Judged, Refusal> {
        let (Genuine { note, text }, tree) = (genuine, head.tree);
        match projection.note_of(text.id())? {
            Some(NoteRef { sha256: None, index }) => return Err(redacted(text, index)),
            Some(NoteRef { index, sha256: Some(known) })
                if index < tree.size && known == sha256(note.text()) =>
            {
                return self.known(&projection.files, index, text).map(Judged::Known);
            }
            _ => {}
        }
        if let Some(handled) = self.known_pending(pending, note, text)? {
            return Ok(Judged::Known(handled));
        }
        let Some(authority) = projection.authority().filter(|_| tree.size > 1) else {
            return Err(elsewhere("it has no log yet, since it has not followed the first one so far"));
        };
        if !matches!(text, Text::Update(_)) {
            return Err(elsewhere(&format!("it takes updates only, not a {} note", text.kind())));
        }
        if pending.iter().filter(|pending| pending.refused.is_none()).count() >= MAX_WAITING {
            return Err(elsewhere(&format!("{MAX_WAITING} updates are waiting to be passed on")));
        }
        let (log, now) = (authority.roster().log.clone(), head.time.max(Time::from_posix(now)));
        let candidate = Candidate {
            note,
            text,
            index: tree.size,
            arrival: Arrival::Received { origin: &self.origin, log, station: &self.station_key, now },
            roots: Some(&self.roots),
            history: &Stored { files: &projection.files, tree },
        };
        let admitted = admit(projection, &candidate)?;
        // It is passed on with the receipt.
        Note::parse(admitted.leaf.as_bytes())?;
        let receipt = self.receipt(text, &admitted.lines, None, &[self.station_key.verifier()])?;
        Ok(Judged::New(Pending { note: admitted.leaf, refused: None }, receipt))
    }

    /// The answer to an update that waits already, which is its first receipt, or that was refused.
    fn known_pending(
        &self,
        pending: &[Pending],
        note: &Note,
        text: &Text,
    ) -> Result<Option<Handled>, Refusal> {
        for held in pending {
            let (known, _) = held.parse()?;
            if known.text() != note.text() {
                continue;
            }
            if let Some(problem) = held.refused.as_deref().and_then(ProblemType::named) {
                let detail = "the station with the log's key has refused this update".to_owned();
                return Err(Refusal::new(problem, detail));
            }
            let stations = [self.station_key.verifier()];
            let mut receipt = self.receipt(text, known.signatures(), None, &stations)?;
            receipt.remark = Some(REMARK.to_owned());
            let response = receipt.response(202)?;
            return Ok(Some(Handled { response, due: None, outcome: Some(Outcome::Held) }));
        }
        Ok(None)
    }

    fn pending(&self, store: &dyn Store) -> Result<Vec<Pending>, StationError> {
        let files = Files::of(store);
        Ok(files.document(paths::PENDING_JSON, parse_pending)?.unwrap_or_default())
    }

    /// What follows from the log and the pending updates, and the log's head.
    fn ahead<'s>(
        &self,
        store: &'s dyn Store,
        pending: &[Pending],
    ) -> Result<(Projection<'s>, Head), StationError> {
        let mut projection = Projection::empty(Files::of(store));
        let (head, _) = self.stored(&projection.files)?;
        projection.open(&head)?;
        let files = Files::of(store);
        let history = Stored { files: &files, tree: head.tree };
        add(&mut projection, pending, head.tree.size, &history)?;
        Ok((projection, head))
    }

    /// Forgets the updates that the log has by now, and shows the others.
    pub(crate) fn show_pending(&self, store: &mut dyn Store) -> Result<(), StationError> {
        let pending = self.pending(store)?;
        if pending.is_empty() {
            return Ok(());
        }
        let log = Projection::empty(Files::of(&*store));
        let mut waiting = Vec::new();
        for held in pending {
            if log.note_of(held.parse()?.1.id())?.is_none() {
                waiting.push(held);
            }
        }
        drop(log);
        self.show(store, &waiting)
    }

    /// Commits the pending updates, and the files that differ because of them.
    fn show(&self, store: &mut dyn Store, pending: &[Pending]) -> Result<(), StationError> {
        let (mut projection, head) = self.ahead(&*store, pending)?;
        let mut next = Vec::new();
        if !pending.is_empty() {
            projection.step_rendering(u64::MAX)?;
            let files = Files::of(&*store);
            for Rendered { path, body } in projection.render(head.time)? {
                let file = File::new(path, body, head.time.posix());
                if !files.has(&file)? {
                    next.push(file);
                }
            }
        }
        let Rendered { path, body } = document(pending)?;
        let mut batch = Vec::new();
        if pending.is_empty() {
            batch.push(File::deletion(path));
        } else {
            batch.push(File::new(path, body, head.time.posix()));
        }
        let names: Vec<_> = next.iter().map(|file| file.path.clone()).collect();
        let files = Files::of(&*store);
        for gone in names_beside(&files)?.into_iter().filter(|name| !names.contains(name)) {
            batch.push(File::deletion(beside(&gone)));
        }
        batch.push(File::new(BESIDE.to_owned(), names.join("\n").into_bytes(), head.time.posix()));
        for file in next {
            let file = File { path: beside(&file.path), ..file };
            if !files.has(&file)? {
                batch.push(file);
            }
        }
        drop(files);
        drop(projection);
        // What has gone may have been redacted.
        if batch.iter().any(File::is_deletion) {
            store.commit_redaction(&batch)?;
            // If it fails, a host tries again with each tick.
            let _ = store.wipe();
            return Ok(());
        }
        Ok(store.commit(&batch)?)
    }
}

/// Adds pending updates to what follows from a log of this size. Returns how many are shown: only what an enrolled key
/// has signed and a station has received, and the log has not.
fn add(
    projection: &mut Projection<'_>,
    pending: &[Pending],
    size: u64,
    history: &dyn History,
) -> Result<usize, StationError> {
    let (mut index, mut shown) = (size, 0);
    for held in pending {
        if let Some(problem) = held.refused.as_deref() {
            let refused = ProblemType::named(problem).filter(|_| is_genuine(projection, held));
            if let (Some(problem), Text::Update(update)) = (refused, held.parse()?.1) {
                let Update { title, lang, .. } = *update;
                let why = problem.as_str().replace('-', " ");
                projection.show_refused(Refused { title: title.to_string(), lang, why });
                shown += 1;
            }
            continue;
        }
        let leaf = held.note.as_bytes();
        let logged = Logged { index, leaf, has_gaps: false, is_pending: true, roots: None, history };
        // What the log has gained since may contradict it: the station with the log's key will say so.
        if logged.apply_to(projection).is_ok() {
            index += 1;
            shown += 1;
        }
    }
    Ok(shown)
}

/// Whether a refused update was signed by a key that is or was enrolled, received by a station, and is not in the log.
fn is_genuine(projection: &Projection<'_>, held: &Pending) -> bool {
    let Some(authority) = projection.authority() else { return false };
    let Ok((note, text)) = held.parse() else { return false };
    let stations = &authority.roster().station;
    let is_received = note.receipts(stations).is_ok_and(|receipts| !receipts.is_empty());
    authority.genuine(&note).is_ok()
        && is_received
        && projection.note_of(text.id()).is_ok_and(|logged| logged.is_none())
}

impl Proven<'_> {
    /// Adds the updates that a second station shows and the log does not have. Returns how many there are; what no
    /// enrolled key has signed changes nothing.
    pub fn add_pending(&mut self, source: &dyn Source) -> Result<usize, Unproven> {
        let Some(body) = source.read(paths::PENDING_JSON)? else { return Ok(0) };
        let malformed = |error: &dyn ToString| Unproven::Malformed {
            path: paths::PENDING_JSON.to_owned(),
            what: error.to_string(),
        };
        let pending = parse_pending(&body).map_err(|error| malformed(&error))?;
        if pending.len() > MAX_WAITING + MAX_REFUSED {
            return Err(malformed(&format!("it has {} updates", pending.len())));
        }
        let size = self.log.recomputed.tree.size;
        add(&mut self.projection, &pending, size, &self.log.recomputed).map_err(|error| malformed(&error))
    }
}

/// The paths of all files that differ because of pending updates.
fn names_beside(files: &Files<'_>) -> Result<Vec<String>, StationError> {
    let Some(names) = files.read(BESIDE)? else { return Ok(Vec::new()) };
    let names = String::from_utf8_lossy(&names.body).into_owned();
    Ok(names.lines().map(ToOwned::to_owned).collect())
}

enum Judged {
    /// It is in the log, or waits already.
    Known(Handled),
    New(Pending, Receipt),
}

/// The remark in the receipt.
const REMARK: &str = "signed, not yet in the log: this station shows it, and passes it on to the one with the log's key until that has it";

/// The refusal of what only the station with the log's key can take.
fn elsewhere(why: &str) -> Refusal {
    let detail = format!("this is a second station: {why}. Send the note to the station with the log's key");
    Refusal::new(ProblemType::Behind, detail)
}
