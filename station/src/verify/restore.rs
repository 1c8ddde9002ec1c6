//! Rebuilding a store from a copy: everything that follows from the copy's proven log, and its head, signed again.

use outband_keys::SecretKey;
use outband_record::log::Checkpoint;
use outband_site::paths;

use super::{Job, Log, Proven, Source, Unproven};
use crate::Station;
use crate::checkpoint::{Head, is_by};
use crate::error::StationError;
use crate::store::{File, MemoryStore, Store};

/// Why a store was not rebuilt from a copy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The copy's log is not proven.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// This station could not continue the log.
    #[error(
        "the copy's checkpoint is not signed by the key in {setting}, so this station cannot continue the log"
    )]
    OtherKey {
        /// The setting with the station's key.
        setting: &'static str,
    },
}

/// Files per commit.
const BATCH: usize = 512;

/// Where tiles and bundles are.
const TILES: &str = "/log/tile/";

impl Station {
    /// Proves a copy's log, whose first roster must have this station's roots, and commits to `store`, which must be
    /// empty, every file that this station had at the copy's T. The copy's own pages are not needed. If this fails, what
    /// `store` has must not be used.
    pub fn restore(&self, copy: &dyn Source, store: &mut dyn Store) -> Result<Checkpoint, RestoreError> {
        let scratch = MemoryStore::default();
        let mut filling = Filling { store, batch: Vec::new() };
        let log = Log::read(copy, Some(&self.roots))?;
        let proven = stored_files(log, &scratch, &mut |file| filling.take(file))?;
        self.continues(&proven)?;
        let head = Head { tree: *proven.tree(), time: proven.time() };
        let body = self.sign(&head, Some(proven.checkpoint())).map_err(Unproven::from)?;
        filling.take(File::new(paths::CHECKPOINT.to_owned(), body, head.time.posix()))?;
        filling.commit()?;
        Ok(Checkpoint { tree: head.tree, ..self.empty_log() })
    }

    /// Checks that the copy's checkpoint, whose signatures are proven, bears those of this station's keys.
    fn continues(&self, proven: &Proven<'_>) -> Result<(), RestoreError> {
        let station_key = self.station_key.verifier();
        let lines = proven.log.note.signatures();
        let log_key = self.log_key.as_ref().map(SecretKey::verifier);
        if log_key.is_some_and(|log_key| !lines.iter().any(|line| is_by(line, &log_key))) {
            return Err(RestoreError::OtherKey { setting: "LOG_KEY" });
        }
        if !lines.iter().any(|line| station_key.cosigned_at(line).is_some()) {
            return Err(RestoreError::OtherKey { setting: "STATION_KEY" });
        }
        Ok(())
    }
}

/// Hands out every file that a store has at a log's T, except the checkpoint. `scratch` is an empty store.
pub(crate) fn stored_files<'s>(
    log: Log,
    scratch: &'s MemoryStore,
    take: &mut dyn FnMut(File) -> Result<(), Unproven>,
) -> Result<Proven<'s>, Unproven> {
    let mut jobs = Vec::new();
    let mut keep = |job| {
        jobs.push(job);
        true
    };
    let mut proven = log.prove(scratch, &mut keep)?;
    let modified = proven.time().posix();
    let tiles = proven.log.recomputed.tiles.clone();
    tiles.into_iter().try_for_each(|(path, body)| take(File::new(path, body, modified)))?;
    // Jobs name tiles as readers ask for them, and not as they are stored.
    let mut take_job = |job: Job| -> Result<(), Unproven> {
        let files = job.files()?.into_iter().filter(|file| !file.path.starts_with(TILES));
        files.map(|file| File::new(file.path, file.body, modified)).try_for_each(&mut *take)
    };
    jobs.into_iter().try_for_each(&mut take_job)?;
    let mut failed = None;
    proven.rest(true, &mut |job| {
        failed = failed.take().or(take_job(job).err());
        failed.is_none()
    })?;
    failed.map_or(Ok(proven), Err)
}

/// A store being filled, a few hundred files at a time.
struct Filling<'s> {
    store: &'s mut dyn Store,
    batch: Vec<File>,
}

impl Filling<'_> {
    fn take(&mut self, file: File) -> Result<(), Unproven> {
        self.batch.push(file);
        if self.batch.len() < BATCH { Ok(()) } else { self.commit() }
    }

    fn commit(&mut self) -> Result<(), Unproven> {
        let batch = std::mem::take(&mut self.batch);
        Ok(self.store.commit(&batch).map_err(StationError::from)?)
    }
}
