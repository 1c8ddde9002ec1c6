//! Why a host could not be opened.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a host could not be opened. In each case the store is unchanged.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The directory of the store cannot be written to.
    #[error("cannot write to {}, where the store belongs", directory.display())]
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
    /// The store has a different schema version.
    #[error(
        "{} was written by another version of outband (schema {found}; this version reads schema {expected}). Nothing was changed. Use that version, or serve from an empty directory and send the notes again",
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
    /// A program that is not a host has locked the store.
    #[error("{} is in use by another program. Stop that one, or serve from another directory", path.display())]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// Anything else.
    #[error("cannot open the store {}: {why}", path.display())]
    Failed {
        /// The store.
        path: PathBuf,
        /// SQLite's error.
        why: rusqlite::Error,
    },
}

/// How to recover from an unreadable store.
const RESTORE: &str = "Nothing was changed. Restore it from a backup, or move it away and send the notes again to an empty store, roster first; every mirror has the log's entries under /log/";
