//! Why a host does not start: the reasons that a store cannot be opened, and that it must not be continued.

use std::io;
use std::path::{Path, PathBuf};

use outband_station::StationError;
use rusqlite::ErrorCode;
use thiserror::Error;

/// Why a host could not be opened. The store is always left unchanged.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory of the store cannot be written to.
    #[error("cannot write to {}, where the store is kept", directory.display())]
    NotWritable {
        /// The directory for the store.
        directory: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another process serves from this directory.
    #[error(
        "{} is already being served by another process. Stop that one, or serve from another directory",
        directory.display()
    )]
    AlreadyServed {
        /// The store's directory.
        directory: PathBuf,
    },
    /// The lock that keeps other processes out cannot be taken.
    #[error("cannot lock {}", path.display())]
    NotLocked {
        /// The lock file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The thread that writes cannot be started.
    #[error("cannot start the thread that writes")]
    Thread(#[source] io::Error),
    /// The store failed SQLite's own check.
    #[error("{} is damaged ({why}). {RESTORE}", path.display())]
    Damaged {
        /// The store.
        path: PathBuf,
        /// The result of the check.
        why: String,
    },
    /// The file is not an SQLite file, or its header is damaged.
    #[error("{} is damaged, or not an outband store ({why}). {RESTORE}", path.display())]
    NotAStore {
        /// The file.
        path: PathBuf,
        /// SQLite's error.
        why: rusqlite::Error,
    },
    /// The files of the store are not of one state.
    #[error(
        "{} is a mixture of two states of the store, as when its files were copied while a host served. {RESTORE}. Copies of a store in use are made by `outband backup`",
        path.display()
    )]
    Mixed {
        /// The store.
        path: PathBuf,
    },
    /// The log's head cannot be read from the store.
    #[error("the log in {} is damaged ({why}). {RESTORE}", path.display())]
    Log {
        /// The store.
        path: PathBuf,
        /// What is wrong with it.
        why: StationError,
    },
    /// The store does not have what was acknowledged.
    #[error("{loss}. {RESTORE}. {}", give_up(*.has))]
    Loss {
        /// What is missing.
        loss: Loss,
        /// The number of entries in the store.
        has: u64,
    },
    /// The option to accept a loss was given, but there is none.
    #[error(
        "{} has everything that was acknowledged, so there is no loss to accept. Nothing was changed. Start without --accept-loss-after",
        path.display()
    )]
    NoLoss {
        /// The store.
        path: PathBuf,
    },
    /// The acknowledged head cannot be read or written.
    #[error("cannot use {}, which says what was acknowledged: {source}", path.display())]
    Head {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The store has a different schema version.
    #[error(
        "{} was written by another version of outband (schema {found}; this version reads schema {expected}). Nothing was changed. Use that version, or restore from a mirror into an empty directory: see `outband restore --help`",
        path.display()
    )]
    OtherVersion {
        /// The store.
        path: PathBuf,
        /// The store's schema version.
        found: i64,
        /// The schema version that this program reads.
        expected: i64,
    },
    /// Another program, which is not a host, has locked the store.
    #[error("{} is in use by another program. Stop that one, or serve from another directory", path.display())]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// Any other error.
    #[error("cannot open the store {}: {why}", path.display())]
    Failed {
        /// The store.
        path: PathBuf,
        /// SQLite's error.
        why: rusqlite::Error,
    },
}

/// How to get a whole store.
const RESTORE: &str = "Nothing was changed, and nothing was signed. Move the store away and put the newest backup in its place, or rebuild it from a mirror: see `outband restore --help`";

/// What a store lacks. To continue from such a store would be to sign a second history.
#[derive(Debug, Error)]
pub enum Loss {
    /// It has fewer entries than were acknowledged.
    #[error(
        "{} has {has} entries, but {acknowledged} were acknowledged, as {} says: {}",
        path.display(), head.display(), missing(*.has, *.acknowledged)
    )]
    Behind {
        /// The store.
        path: PathBuf,
        /// The file with the acknowledged head.
        head: PathBuf,
        /// The number of entries in the store.
        has: u64,
        /// The number of entries that were acknowledged.
        acknowledged: u64,
    },
    /// It has another log than the one that was acknowledged.
    #[error(
        "{} has another log than the one that was acknowledged, of {acknowledged} entries, as {} says",
        path.display(), head.display()
    )]
    OtherLog {
        /// The store.
        path: PathBuf,
        /// The file with the acknowledged head.
        head: PathBuf,
        /// The number of entries that were acknowledged.
        acknowledged: u64,
    },
    /// Nothing says what was acknowledged.
    #[error(
        "{} does not exist, so nobody can tell whether {} has everything that was acknowledged: it may be an old copy",
        head.display(), path.display()
    )]
    Untold {
        /// The store.
        path: PathBuf,
        /// The file with the acknowledged head.
        head: PathBuf,
    },
    /// What says so cannot be read.
    #[error(
        "{} cannot be read ({why}), so nobody can tell whether {} has everything that was acknowledged",
        head.display(), path.display()
    )]
    Unreadable {
        /// The store.
        path: PathBuf,
        /// The file with the acknowledged head.
        head: PathBuf,
        /// What is wrong with it.
        why: io::Error,
    },
}

fn missing(has: u64, acknowledged: u64) -> String {
    let last = acknowledged.saturating_sub(1);
    if has == last {
        format!("entry {has} is missing")
    } else {
        format!("entries {has} to {last} are missing")
    }
}

fn give_up(has: u64) -> String {
    format!(
        "Only if no copy has more: `outband serve --accept-loss-after {has}` gives up every entry from {has} on for good, and anyone who holds one of them can prove that this log has two histories"
    )
}

impl OpenError {
    /// The reason behind an error of SQLite's.
    pub(crate) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::NotAStore { path, why: error }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse { path },
            _ => Self::Failed { path, why: error },
        }
    }
}
