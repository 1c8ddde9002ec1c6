//! The checkpoint file: the log's state under the log key, and the serving station's time-stamped cosignature.

use outband_keys::{Note, SecretKey, SignatureLine, VerifierKey};
use outband_record::authority::Authority;
use outband_record::log::{self, Checkpoint, Tree};
use outband_record::time::Time;
use outband_site::paths;

use crate::Station;
use crate::error::StationError;
use crate::projection::{Files, missing};
use crate::store::{File, Store};

/// The log as last committed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) tree: Tree,
    /// The time for which the files were rendered, which is that of the cosignature. It never goes back.
    pub(crate) time: Time,
}

impl Head {
    pub(crate) const EMPTY: Head = Head { tree: Tree::EMPTY, time: Time::EPOCH };
}

/// The checkpoint that a commit writes, without its signatures; `None` if it writes none.
pub fn checkpoint_of(batch: &[File]) -> Result<Option<Checkpoint>, StationError> {
    let Some(file) = batch.iter().rfind(|file| file.path == paths::CHECKPOINT) else { return Ok(None) };
    let note = Note::parse(&file.body).map_err(|error| StationError::document(&file.path, error))?;
    Ok(Some(Checkpoint::parse(note.text())?))
}

/// The checkpoint in a store, without its signatures; `None` if the log has no entry yet.
pub fn stored_checkpoint(store: &dyn Store) -> Result<Option<Checkpoint>, StationError> {
    let file = Files::of(store).checkpoint()?;
    file.map_or(Ok(None), |file| checkpoint_of(&[file]))
}

/// Whether the log in a store, whose checkpoint is `now`, ever had the checkpoint `earlier`.
pub fn extends(store: &dyn Store, now: &Checkpoint, earlier: &Checkpoint) -> Result<bool, StationError> {
    if now.origin != earlier.origin || now.tree.size < earlier.tree.size {
        return Ok(false);
    }
    // Needs no tiles, one of which may be damaged.
    if now.tree.size == earlier.tree.size {
        return Ok(now.tree == earlier.tree);
    }
    let root = log::root_at(&Files::of(store).reader(), earlier.tree.size, &now.tree)?;
    Ok(root == earlier.tree.root)
}

/// A checkpoint with this station's cosignature in the place of all others.
pub(crate) fn cosigned(note: &Note, station: &SecretKey, time: Time) -> Result<Vec<u8>, StationError> {
    let own = station.cosign(note.text(), time.posix())?;
    // The line of the log's key, whose name is the text's first line.
    let log = note.text().lines().next().unwrap_or_default();
    let by_log = note.signatures().iter().filter(|line| line.name().as_str() == log);
    Ok(Note::compose(note.text(), by_log.chain([&own])).into_bytes())
}

/// Whether a signature line bears the name and the id of this key.
pub(crate) fn is_by(line: &SignatureLine, key: &VerifierKey) -> bool {
    line.name() == key.name() && line.id() == key.id()
}

impl Files<'_> {
    /// The checkpoint's file; `None` if the log has no entry yet.
    pub(crate) fn checkpoint(&self) -> Result<Option<File>, StationError> {
        match self.read(paths::CHECKPOINT)? {
            Some(file) => Ok(Some(file)),
            // The first commit writes both files: a store with only one of them has lost the other.
            None if self.read(paths::RENDERER_JSON)?.is_some() => Err(missing(paths::CHECKPOINT)),
            None => Ok(None),
        }
    }
}

/// The name of a log's first key under its origin.
const FIRST_LOG: &str = "log1";

impl Station {
    /// T: the time that the stored files bear, in POSIX seconds. It never goes back.
    pub fn stored_time(&self, store: &dyn Store) -> Result<u64, StationError> {
        Ok(self.stored(&Files::of(store))?.0.time.posix())
    }

    /// The checkpoint of this station's log before its first entry.
    pub fn empty_log(&self) -> Checkpoint {
        let own = self.log_key.as_ref().map(|key| key.verifier().name().to_string());
        let origin = own.unwrap_or_else(|| format!("{}/{FIRST_LOG}", self.origin));
        Checkpoint { origin, tree: Tree::EMPTY }
    }

    /// The log's state from the stored checkpoint, and the checkpoint note itself. The note must bear the names and ids
    /// of this station's keys: otherwise the station would continue the log under signatures that the roster does not
    /// list. Signatures are not verified here, which is enough for reading.
    pub(crate) fn stored(&self, files: &Files<'_>) -> Result<(Head, Option<Note>), StationError> {
        let damaged = |what: &dyn ToString| StationError::document(paths::CHECKPOINT, what.to_string());
        let Some(file) = files.checkpoint()? else { return Ok((Head::EMPTY, None)) };
        let note = Note::parse(&file.body).map_err(|error| damaged(&error))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        if let Some(log_key) = self.log_key.as_ref().map(SecretKey::verifier)
            && !note.signatures().iter().any(|line| is_by(line, &log_key))
        {
            return Err(damaged(&"it is not signed by this LOG_KEY"));
        }
        let time = note.signatures().iter().find_map(|line| self.station_key.verifier().cosigned_at(line));
        let time = time.ok_or_else(|| damaged(&"it has no cosignature by this STATION_KEY"))?;
        Ok((Head { tree: checkpoint.tree, time: Time::from_posix(time) }, Some(note)))
    }

    /// Verifies the stored checkpoint's signatures, before anything is signed on top of it.
    pub(crate) fn verify_head(
        &self,
        authority: Option<&Authority>,
        head: &Head,
        checkpoint: Option<&Note>,
    ) -> Result<(), StationError> {
        let Some(note) = checkpoint else { return Ok(()) };
        let damaged = |what: &dyn ToString| StationError::document(paths::CHECKPOINT, what.to_string());
        note.verify(&[self.log_verifier(authority)?]).map_err(|error| damaged(&error))?;
        let stations = [self.station_key.verifier()];
        let cosigned = note.cosignatures(&stations).map_err(|error| damaged(&error))?;
        let is_at = cosigned.iter().any(|stamped| Time::from_posix(stamped.time) == head.time);
        if is_at { Ok(()) } else { Err(damaged(&"its cosignature is invalid")) }
    }

    /// The log's key: this station's own, or else the one in the roster.
    fn log_verifier(&self, authority: Option<&Authority>) -> Result<VerifierKey, StationError> {
        let own = self.log_key.as_ref().map(SecretKey::verifier);
        let listed = || authority.map(|authority| authority.roster().log.clone());
        own.or_else(listed).ok_or_else(|| missing(paths::ROSTER_JSON))
    }

    /// The checkpoint file for `head`. A second station can only sign again what the log's key has signed, in `last`.
    pub(crate) fn sign(&self, head: &Head, last: Option<&Note>) -> Result<Vec<u8>, StationError> {
        let Some(log_key) = &self.log_key else {
            let last = last.ok_or_else(|| missing(paths::CHECKPOINT))?;
            return cosigned(last, &self.station_key, head.time);
        };
        let text = Checkpoint { tree: head.tree, ..self.empty_log() }.print();
        let lines = [log_key.sign_note(&text)?, self.station_key.cosign(&text, head.time.posix())?];
        Ok(Note::compose(&text, &lines).into_bytes())
    }
}
