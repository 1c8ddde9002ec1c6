//! Letting every entry of a log in again, each judged by what the log said before it.

use std::collections::BTreeSet;

use outband_keys::{Note, VerifierKey};
use outband_record::authority::Authority;
use outband_record::log::{self, Hash, LogError};
use outband_record::text::{Id, Redaction, Text, TextError, Update};
use outband_record::time::Time;

use super::{Recomputed, Unproven, explain};
use crate::admit::{self, Signers};
use crate::error::StationError;
use crate::problem::ProblemType;
use crate::projection::{Entry, Projection};
use crate::receive::{sha256, signers};
use crate::refusal::Refusal;
use crate::store::MemoryStore;

/// One run through a log.
pub(crate) struct Replay<'r, 's> {
    /// What is known so far.
    pub(super) projection: Projection<'s>,
    /// The index of the next entry.
    pub(super) next: u64,
    roots: Option<&'r [VerifierKey]>,
    ids: BTreeSet<Id>,
    newest: Time,
    /// Whether an entry was passed of which only the hash is left.
    has_gaps: bool,
    /// What refers to something that may have been redacted, and why it would not have been let in otherwise.
    excused: Vec<(u64, Refusal)>,
}

impl<'r, 's> Replay<'r, 's> {
    /// `roots`, where given, must be exactly roster 1's.
    pub(super) fn new(roots: Option<&'r [VerifierKey]>, scratch: &'s MemoryStore) -> Self {
        Self {
            projection: Projection::empty(scratch),
            next: 0,
            roots,
            ids: BTreeSet::new(),
            newest: Time::EPOCH,
            has_gaps: false,
            excused: Vec::new(),
        }
    }

    /// Through all of a log at once.
    pub(crate) fn run(
        log: &Recomputed,
        roots: &'r [VerifierKey],
        scratch: &'s MemoryStore,
    ) -> Result<Projection<'s>, Unproven> {
        let mut replay = Self::new(Some(roots), scratch);
        for leaf in &log.leaves {
            replay.pass(log, leaf)?;
        }
        Ok(replay.finish(log)?.0)
    }

    /// Lets the next entry in.
    pub(super) fn pass(&mut self, log: &Recomputed, leaf: &[u8]) -> Result<(), Unproven> {
        let index = self.next;
        if log::redacted(leaf).is_some() {
            self.has_gaps = true;
        } else {
            self.apply(log, index, leaf)?;
        }
        self.next += 1;
        Ok(())
    }

    /// After the last entry: what then is known, and when the newest entry was received.
    pub(super) fn finish(mut self, log: &Recomputed) -> Result<(Projection<'s>, Time), Unproven> {
        redacted_as_said(&self.projection, &log.leaves)?;
        self.refers_to_redacted()?;
        self.projection.renderer.pending = None;
        Ok((self.projection, self.newest))
    }

    fn apply(&mut self, log: &Recomputed, index: u64, leaf: &[u8]) -> Result<(), Unproven> {
        let wrong = |what: String| Unproven::Entry { index, what };
        let note = Note::parse_entry(leaf).map_err(|error| wrong(error.to_string()))?;
        let text = Text::parse(note.text()).map_err(|error: TextError| wrong(error.to_string()))?;
        let taken_back = admit::taken_back(&mut self.projection, &text)?;
        let verified = match (&self.projection.authority, &text) {
            (Some(authority), _) => authority
                .admit(&note, &text, index, &taken_back)
                .map_err(|denied| wrong(denied.to_string()))?,
            (None, Text::Roster(roster)) => {
                let roots = self.roots.unwrap_or(&roster.root);
                Authority::founding(&note, roster, roots).map_err(Unproven::Roots)?
            }
            (None, _) => return Err(wrong("the log does not begin with a roster".to_owned())),
        };
        let log_key = match (&self.projection.authority, &text) {
            (Some(authority), _) => authority.roster().log.clone(),
            (None, Text::Roster(roster)) => roster.log.clone(),
            (None, _) => return Err(wrong("no roster".to_owned())),
        };
        let receipts =
            admit::received(&self.projection, &text, &note).map_err(|error| wrong(explain(&error)))?;
        let received = receipts
            .first
            .ok_or_else(|| wrong("it bears no receipt by a station of the roster".to_owned()))?;
        self.newest = self.newest.max(received);
        let lines = verified.lines().len() + receipts.stations.len();
        if lines != note.signatures().len()
            || Note::compose(note.text(), note.signatures()).as_bytes() != leaf
        {
            return Err(wrong(
                "it bears lines that are neither signatures nor receipts of the roster's keys".to_owned(),
            ));
        }
        let signing = Signers { log: log_key, stations: receipts.stations };
        self.judge(log, index, &text, received, &signing).map_err(|refusal| wrong(refusal.detail))?;
        let entry = Entry {
            index,
            text: &text,
            sha256: sha256(note.text()),
            signers: signers(self.projection.authority.as_ref(), &text, &verified),
            received,
            leaf: String::from_utf8_lossy(leaf).into_owned(),
        };
        Ok(self.projection.apply(entry)?)
    }

    /// The rules by which the station let it in.
    fn judge(
        &mut self,
        log: &Recomputed,
        index: u64,
        text: &Text,
        received: Time,
        signing: &Signers,
    ) -> Result<(), Refusal> {
        if !self.ids.insert(text.id().clone()) {
            return Err(Refusal::new(
                ProblemType::ReusedId,
                format!("an earlier entry has its id, {}", text.id()),
            ));
        }
        if let Some(authority) = &self.projection.authority {
            admit::origin(text, &authority.roster().origin)?;
        }
        admit::clock(text, received)?;
        admit::boot_order(&self.projection, text)?;
        admit::meaning(&self.projection, text, signing)?;
        match text {
            Text::Update(update) => {
                admit::same_incident(&mut self.projection, update)?;
                self.references(index, update, received)?;
            }
            Text::Redaction(redaction) => self.redaction(redaction)?,
            Text::Site(_) | Text::Roster(_) | Text::Revocation(_) => {}
        }
        check_seen(log, index, text)
    }

    /// What an update refers to may have been redacted since.
    fn references(&mut self, index: u64, update: &Update, received: Time) -> Result<(), Refusal> {
        let Err(refusal) = admit::references(&mut self.projection, update, received) else { return Ok(()) };
        let by_absence = [ProblemType::UnknownUpdate, ProblemType::UnknownIncident, ProblemType::NotOpen];
        if !self.has_gaps || !by_absence.contains(&refusal.kind) {
            return Err(refusal);
        }
        self.excused.push((index, refusal));
        Ok(())
    }

    /// An update that is not there was redacted by this very log.
    fn refers_to_redacted(&self) -> Result<(), Unproven> {
        let ids: Vec<_> =
            self.projection.redactions.redacted.iter().map(|redacted| redacted.update.as_str()).collect();
        let is_known = |refusal: &Refusal| {
            refusal.kind != ProblemType::UnknownUpdate
                || refusal.value.as_deref().is_some_and(|id| ids.contains(&id))
        };
        match self.excused.iter().find(|(_, refusal)| !is_known(refusal)) {
            Some((index, refusal)) => Err(Unproven::Entry { index: *index, what: refusal.detail.clone() }),
            None => Ok(()),
        }
    }

    /// A redaction names an entry that no other one has named, and an id that no other text has.
    fn redaction(&mut self, redaction: &Redaction) -> Result<(), Refusal> {
        admit::once(&self.projection, redaction)?;
        if self.ids.insert(redaction.update.clone()) {
            return Ok(());
        }
        let detail = format!("it redacts the update {}, which stands elsewhere in the log", redaction.update);
        Err(Refusal::new(ProblemType::NotRedactable, detail))
    }
}

/// What an author's client saw was a state of this very log: a rewritten past fails here.
fn check_seen(log: &Recomputed, index: u64, text: &Text) -> Result<(), Refusal> {
    let Some(seen) = admit::seen(text) else { return Ok(()) };
    let read = |path: &str| Ok::<_, LogError>(log.tiles.get(path).cloned());
    let is_same = seen.size <= index
        && log::root_at(&read, seen.size, &log.tree).map_err(StationError::from)? == Hash(seen.root);
    let detail =
        format!("its author had seen {} entries with another root hash: the log was rewritten", seen.size);
    if is_same { Ok(()) } else { Err(Refusal::new(ProblemType::OtherHistory, detail)) }
}

/// Hashes stand in place of exactly those entries that redactions name.
fn redacted_as_said(projection: &Projection<'_>, leaves: &[Vec<u8>]) -> Result<(), Unproven> {
    for (index, leaf) in (0_u64..).zip(leaves) {
        let what = match (log::redacted(leaf), projection.redaction_of(index)) {
            (Some(hash), Some(redacted)) if hash.0 != redacted.hash.0 => {
                format!("entry {} redacts it by another hash than stands there", redacted.by)
            }
            (Some(_), None) => "only its hash is there, and no redaction names it".to_owned(),
            (None, Some(redacted)) => {
                format!("entry {} redacts it, and its words are still there", redacted.by)
            }
            (Some(_), Some(_)) | (None, None) => continue,
        };
        return Err(Unproven::Entry { index, what });
    }
    Ok(())
}
