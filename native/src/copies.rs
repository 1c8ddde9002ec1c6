//! Whole stores besides the one that is served: backups of it, and stores rebuilt from a mirror.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use outband_station::verify::{self, RestoreError, Source, Unproven};
use outband_station::{
    Checkpoint, FollowError, Followed, Station, StationError, StoreError, extends, stored_checkpoint,
};
use thiserror::Error;

use crate::clock::Clock;
use crate::error::OpenError;
use crate::head::{HeadFile, sync_directory_of, with_suffix};
use crate::host::{STORE, lock};
use crate::store::{Found, SqliteStore};

/// Copies the store in the directory `from` into the directory `to`, while a host may be serving it, and returns the
/// copy's head. Nothing is overwritten.
///
/// The copy has no acknowledged head beside it: it would soon be out of date, and would hide that when both files are
/// put in the place of newer ones.
pub fn backup(from: &Path, to: &Path) -> Result<Checkpoint, CopyError> {
    let path = from.join(STORE);
    if !path.exists() {
        return Err(CopyError::NoStore { path });
    }
    let file = HeadFile::of(&path);
    let acknowledged = file.read().map_err(io_error(file.path()))?;
    fs::create_dir_all(to).map_err(io_error(to))?;
    let new = NewStore::within(to)?;
    let reader = SqliteStore::reader(&path).map_err(|why| CopyError::Unread { path: path.clone(), why })?;
    reader.copy_to(&new.unfinished).map_err(|error| OpenError::sqlite(&path, error))?;
    let found = Found::at(&new.unfinished)?;
    let damaged = |why| CopyError::Damaged { path: path.clone(), why };
    let head = stored_checkpoint(&found.store).map_err(damaged)?;
    let acknowledged = acknowledged.filter(|acknowledged| acknowledged.tree.size > 0);
    let has = |earlier| head.as_ref().map_or(Ok(false), |head| extends(&found.store, head, earlier));
    if let Some(earlier) = acknowledged
        && !has(&earlier).map_err(damaged)?
    {
        return Err(CopyError::Lost { path, acknowledged: earlier.tree.size });
    }
    let head = head.ok_or_else(|| CopyError::Empty { path: path.clone() })?;
    verify::check_entries(&found.store).map_err(|why| CopyError::Unproven { path: path.clone(), why })?;
    new.finish(found)?;
    Ok(head)
}

/// Rebuilds the store of `station` in `directory` from a copy of the page, or continues the one that is there, such as an
/// older backup. Returns its head.
pub fn restore(station: &Station, copy: &dyn Source, directory: &Path) -> Result<Checkpoint, CopyError> {
    let _lock = lock(directory)?;
    let path = directory.join(STORE);
    if path.exists() {
        return catch_up(station, copy, &path);
    }
    let new = NewStore::within(directory)?;
    let sqlite = |error| OpenError::sqlite(&new.unfinished, error);
    let mut store = Found::at(&new.unfinished)?.start().map_err(sqlite)?;
    let head = station.restore(copy, &mut store)?;
    let file = HeadFile::of(&new.path);
    check_acknowledged(&file, &store, &head)?;
    store.close().map_err(sqlite)?;
    // Before the store is there: without it, nothing is served from here.
    file.write(&head).map_err(io_error(file.path()))?;
    new.finish(Found::at(&new.unfinished)?)?;
    Ok(head)
}

/// Adds to the store at `path` what it lacks of the log.
fn catch_up(station: &Station, copy: &dyn Source, path: &Path) -> Result<Checkpoint, CopyError> {
    let damaged = |why| CopyError::Damaged { path: path.to_owned(), why };
    let sqlite = |error| OpenError::sqlite(path, error);
    let mut store = Found::at(path)?.start().map_err(sqlite)?;
    station.stored_time(&store).map_err(damaged)?;
    match station.follow(copy, &mut store, Clock::real().now())? {
        Followed::Extended { .. } => {}
        Followed::Behind { held, .. } => return Err(CopyError::NotNewer { path: path.to_owned(), held }),
        Followed::Unchanged | Followed::Renewed => {
            let held = stored_checkpoint(&store).map_err(damaged)?.map_or(0, |head| head.tree.size);
            return Err(CopyError::NotNewer { path: path.to_owned(), held });
        }
    }
    // An empty store may have got the log of other keys.
    station.stored_time(&store).map_err(damaged)?;
    let head = stored_checkpoint(&store).map_err(damaged)?;
    let head = head.ok_or_else(|| CopyError::Empty { path: path.to_owned() })?;
    let file = HeadFile::of(path);
    check_acknowledged(&file, &store, &head)?;
    store.close().map_err(sqlite)?;
    file.write(&head).map_err(io_error(file.path()))?;
    Ok(head)
}

/// Checks that a store with this head has everything that was acknowledged.
fn check_acknowledged(file: &HeadFile, store: &SqliteStore, head: &Checkpoint) -> Result<(), CopyError> {
    let acknowledged = file.read().map_err(io_error(file.path()))?;
    let Some(acknowledged) = acknowledged.filter(|head| head.tree.size > 0) else { return Ok(()) };
    let extended = extends(store, head, &acknowledged);
    if extended.map_err(|why| CopyError::Damaged { path: file.path().to_owned(), why })? {
        return Ok(());
    }
    let (has, acknowledged) = (head.tree.size, acknowledged.tree.size);
    Err(CopyError::Behind { head: file.path().to_owned(), has, acknowledged })
}

/// A store that gets its name when it is whole.
struct NewStore {
    path: PathBuf,
    unfinished: PathBuf,
}

/// What is appended to the name of a store that is not whole yet.
const UNFINISHED: &str = "-unfinished";

impl NewStore {
    /// A store in `directory`, which must have none. Removes what an earlier attempt left.
    fn within(directory: &Path) -> Result<Self, CopyError> {
        let path = directory.join(STORE);
        for suffix in ["", "-wal"] {
            let path = with_suffix(&path, suffix);
            if path.exists() {
                return Err(CopyError::Exists { path });
            }
        }
        let unfinished = with_suffix(&path, UNFINISHED);
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let left = with_suffix(&unfinished, suffix);
            match fs::remove_file(&left) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io_error(&left)(error)),
                _ => {}
            }
        }
        Ok(Self { path, unfinished })
    }

    /// Gives the store its name, durably. It has been opened once more, and so checked.
    fn finish(&self, found: Found) -> Result<(), CopyError> {
        let sqlite = |error| OpenError::sqlite(&self.unfinished, error);
        found.start().and_then(SqliteStore::close).map_err(sqlite)?;
        let synced = File::options().write(true).open(&self.unfinished).and_then(|file| file.sync_all());
        synced.map_err(io_error(&self.unfinished))?;
        fs::rename(&self.unfinished, &self.path).map_err(io_error(&self.path))?;
        sync_directory_of(&self.path).map_err(io_error(&self.path))
    }
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> CopyError {
    move |source| CopyError::Io { path: path.to_owned(), source }
}

/// Why there is no backup, or no restored store.
#[derive(Debug, Error)]
pub enum CopyError {
    /// There is no store to back up.
    #[error("{} does not exist. Pass the directory that is served with --dir", path.display())]
    NoStore {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The store to back up has no entries.
    #[error("{} has no entries yet, so there is nothing to back up", path.display())]
    Empty {
        /// The store.
        path: PathBuf,
    },
    /// There is a store already.
    #[error("{} already exists and is never overwritten. Choose another directory, or move it away", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The store to back up cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    Unread {
        /// The store.
        path: PathBuf,
        /// Why not.
        why: StoreError,
    },
    /// The store cannot be opened or written.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store is damaged.
    #[error("{} is damaged: {why}", path.display())]
    Damaged {
        /// The store.
        path: PathBuf,
        /// What is wrong with it.
        why: StationError,
    },
    /// The store's entries do not match its checkpoint.
    #[error("{} is damaged: {why}", path.display())]
    Unproven {
        /// The store.
        path: PathBuf,
        /// What is wrong with it.
        why: Unproven,
    },
    /// The store to back up lacks something.
    #[error(
        "{} does not have all {acknowledged} entries that were acknowledged, so a copy of it would be no backup. `outband serve` says more",
        path.display()
    )]
    Lost {
        /// The store.
        path: PathBuf,
        /// The number of entries that were acknowledged.
        acknowledged: u64,
    },
    /// The copy to restore from is not proven, or belongs to another station.
    #[error(transparent)]
    Restore(#[from] RestoreError),
    /// The copy to restore from does not continue the store's log.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// There is a store, and the copy has nothing that it lacks.
    #[error("{} already exists and has {held} entries; the copy has no more, so nothing was changed. Use a newer copy, or move the store away to rebuild it from this one", path.display())]
    NotNewer {
        /// The store.
        path: PathBuf,
        /// The number of its entries.
        held: u64,
    },
    /// The copy to restore from lacks something.
    #[error(
        "the copy has {has} entries, but not all {acknowledged} that were acknowledged, as {} says. Use a newer copy. Only if there is none, remove that file: the entries it records are then given up for good, and anyone who holds one of them can prove that this log has two histories",
        head.display()
    )]
    Behind {
        /// The file with the acknowledged head.
        head: PathBuf,
        /// The number of entries in the copy.
        has: u64,
        /// The number of entries that were acknowledged.
        acknowledged: u64,
    },
}
