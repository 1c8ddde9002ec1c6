//! Rebuilding a store from a copy: everything that follows from the copy's proven log, and its head, signed again.

use outband_record::log::Checkpoint;
use outband_site::{Rendered, paths};

use super::{Job, Log, Proven, Source, Unproven};
use crate::Station;
use crate::checkpoint::Head;
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
        let mut jobs = Vec::new();
        let mut keep = |job| {
            jobs.push(job);
            true
        };
        let mut proven = Log::read(copy, Some(&self.roots))?.prove(&scratch, &mut keep)?;
        self.continues(&proven)?;
        let head = Head { tree: *proven.tree(), time: proven.time() };
        let mut filling = Filling { store, modified: head.time.posix(), batch: Vec::new(), failed: None };
        let tiles = std::mem::take(&mut proven.log.recomputed.tiles);
        filling.take(tiles.into_iter().map(|(path, body)| Rendered { path, body }));
        jobs.into_iter().try_for_each(|job| filling.take_job(job))?;
        proven.rest(true, &mut |job| {
            let taken = filling.take_job(job);
            filling.failed = filling.failed.take().or(taken.err());
            filling.failed.is_none()
        })?;
        if let Some(failed) = filling.failed {
            return Err(failed.into());
        }
        let body = self.sign(&head).map_err(Unproven::from)?;
        filling.take([Rendered { path: paths::CHECKPOINT.to_owned(), body }]);
        filling.commit()?;
        Ok(Checkpoint { tree: head.tree, ..self.empty_log() })
    }

    /// Checks that the copy's checkpoint, whose signatures are proven, bears those of this station's keys.
    fn continues(&self, proven: &Proven<'_>) -> Result<(), RestoreError> {
        let (log_key, station_key) = (self.log_key.verifier(), self.station_key.verifier());
        let lines = proven.log.note.signatures();
        if !lines.iter().any(|line| line.name() == log_key.name() && line.id() == log_key.id()) {
            return Err(RestoreError::OtherKey { setting: "LOG_KEY" });
        }
        if !lines.iter().any(|line| station_key.cosigned_at(line).is_some()) {
            return Err(RestoreError::OtherKey { setting: "STATION_KEY" });
        }
        Ok(())
    }
}

/// A store being filled, a few hundred files at a time.
struct Filling<'s> {
    store: &'s mut dyn Store,
    modified: u64,
    batch: Vec<File>,
    failed: Option<Unproven>,
}

impl Filling<'_> {
    /// Takes a job's files, except tiles: jobs name these as readers ask for them, and not as they are stored.
    fn take_job(&mut self, job: Job) -> Result<(), Unproven> {
        let files = job.files()?;
        self.take(files.into_iter().filter(|file| !file.path.starts_with(TILES)));
        if self.batch.len() < BATCH { Ok(()) } else { self.commit() }
    }

    fn take(&mut self, files: impl IntoIterator<Item = Rendered>) {
        self.batch.extend(files.into_iter().map(|file| File::new(file.path, file.body, self.modified)));
    }

    fn commit(&mut self) -> Result<(), Unproven> {
        let batch = std::mem::take(&mut self.batch);
        Ok(self.store.commit(&batch).map_err(StationError::from)?)
    }
}
