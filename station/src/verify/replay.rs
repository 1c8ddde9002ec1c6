//! Admitting every entry of a log again, each judged by the log before it.

use outband_keys::{Note, VerifierKey};
use outband_record::log::{self, Hash, LogError};
use outband_record::time::Time;

use super::{Recomputed, Unproven};
use crate::admission::{Admitted, Arrival, Candidate, History, admit, parse_entry};
use crate::error::StationError;
use crate::http::{ProblemType, Refusal};
use crate::projection::{Entry, Files, Projection};
use crate::store::MemoryStore;

/// One pass over a log.
pub(crate) struct Replay<'r, 's> {
    /// The projection of the entries so far.
    pub(super) projection: Projection<'s>,
    /// The index of the next entry.
    pub(super) next: u64,
    roots: Option<&'r [VerifierKey]>,
    newest: Time,
    /// Whether only the hash is left of an earlier entry.
    has_gaps: bool,
    /// Entries that refer to something that may have been redacted, with the refusal that they would otherwise have
    /// got.
    excused: Vec<(u64, Refusal)>,
}

impl<'r, 's> Replay<'r, 's> {
    /// `roots`, if given, must be exactly the roots of roster 1.
    pub(super) fn new(roots: Option<&'r [VerifierKey]>, scratch: &'s MemoryStore) -> Self {
        Self {
            projection: Projection::empty(Files::of(scratch)),
            next: 0,
            roots,
            newest: Time::EPOCH,
            has_gaps: false,
            excused: Vec::new(),
        }
    }

    /// Replays a whole log.
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

    /// Admits the next entry.
    pub(super) fn pass(&mut self, log: &Recomputed, leaf: &[u8]) -> Result<(), Unproven> {
        let index = self.next;
        if log::redacted(leaf).is_some() {
            self.has_gaps = true;
        } else {
            self.admit(log, index, leaf).map_err(|refusal| Unproven::entry(index, refusal))?;
        }
        self.next += 1;
        Ok(())
    }

    fn admit(&mut self, log: &Recomputed, index: u64, leaf: &[u8]) -> Result<(), Refusal> {
        let (roots, has_gaps) = (self.roots, self.has_gaps);
        let logged = Logged { index, leaf, has_gaps, is_pending: false, roots, history: log };
        let admitted = logged.apply_to(&mut self.projection)?;
        self.newest = self.newest.max(admitted.received);
        self.excused.extend(admitted.excused.map(|refusal| (index, refusal)));
        Ok(())
    }

    /// Finishes after the last entry: returns the projection, and when the newest entry was received.
    pub(super) fn finish(mut self, log: &Recomputed) -> Result<(Projection<'s>, Time), Unproven> {
        self.check_withheld(log)?;
        self.check_excused()?;
        self.projection.renderer.change().pending = None;
        Ok((self.projection, self.newest))
    }

    /// Checks that exactly the entries named by redactions are replaced by hashes.
    fn check_withheld(&self, log: &Recomputed) -> Result<(), Unproven> {
        for (index, leaf) in (0_u64..).zip(&log.leaves) {
            let what = match (log::redacted(leaf), self.projection.redaction_of(index)) {
                (Some(_), None) => "only its hash is present, and no redaction names it".to_owned(),
                (None, Some(redacted)) => {
                    format!("entry {} redacts it, but its text is still present", redacted.by)
                }
                (Some(_), Some(_)) | (None, None) => continue,
            };
            return Err(Unproven::entry(index, Refusal::new(ProblemType::NotRedactable, what)));
        }
        Ok(())
    }

    /// Checks that every missing update that an entry refers to was redacted by this log.
    fn check_excused(&self) -> Result<(), Unproven> {
        let ids: Vec<_> =
            self.projection.redactions().iter().map(|redacted| redacted.update.as_str()).collect();
        let is_known = |refusal: &Refusal| {
            refusal.problem != ProblemType::UnknownUpdate
                || refusal.value.as_deref().is_some_and(|id| ids.contains(&id))
        };
        match self.excused.iter().find(|(_, refusal)| !is_known(refusal)) {
            Some((index, refusal)) => Err(Unproven::entry(*index, refusal.clone())),
            None => Ok(()),
        }
    }
}

/// An entry of a log, judged again.
pub(crate) struct Logged<'e> {
    pub(crate) index: u64,
    pub(crate) leaf: &'e [u8],
    /// Whether only the hash is left of an earlier entry.
    pub(crate) has_gaps: bool,
    /// Whether it is not in the log yet.
    pub(crate) is_pending: bool,
    pub(crate) roots: Option<&'e [VerifierKey]>,
    pub(crate) history: &'e dyn History,
}

impl Logged<'_> {
    /// Admits it as the next entry after those in `projection`, and applies it.
    pub(crate) fn apply_to(&self, projection: &mut Projection<'_>) -> Result<Admitted, Refusal> {
        let Self { index, leaf, has_gaps, is_pending, roots, history } = *self;
        let note = Note::parse_entry(leaf)?;
        let text = parse_entry(projection.authority(), &note)?;
        let arrival = Arrival::Logged { leaf, has_gaps };
        let candidate = Candidate { note: &note, text: &text, index, arrival, roots, history };
        let admitted = admit(projection, &candidate)?;
        projection.apply(Entry { is_pending, ..admitted.entry(index, &text, note.text()) })?;
        Ok(admitted)
    }
}

impl History for Recomputed {
    fn root_at(&self, size: u64) -> Result<Hash, StationError> {
        let read = |path: &str| Ok::<_, LogError>(self.tiles.get(path).cloned());
        Ok(log::root_at(&read, size, &self.tree)?)
    }

    fn leaf(&self, index: u64) -> Result<Vec<u8>, StationError> {
        let leaf = usize::try_from(index).ok().and_then(|index| self.leaves.get(index)).cloned();
        leaf.ok_or_else(|| StationError::document(&log::note_path(index), "the log has no such entry"))
    }
}
