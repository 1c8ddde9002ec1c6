//! The station's files in SQLite, and the reasons that a store cannot be opened.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use outband_station::{File, Store, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior};
use thiserror::Error;

use crate::journal::{self, SLOW};

/// One connection to the station's files:
///
/// ```text
/// file(path, etag, modified, body)
/// ```
///
/// SQLite's write-ahead log lets readers continue while a note is committed; `synchronous = FULL` makes a commit
/// durable before its receipt is sent.
pub(crate) struct SqliteStore(Connection);

/// The value of `PRAGMA user_version`, raised when the table changes.
const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "CREATE TABLE file (
    path TEXT PRIMARY KEY NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT";
const SELECT: &str = "SELECT etag, modified, body FROM file WHERE path = ?1";
const REPLACE: &str = "INSERT OR REPLACE INTO file (path, etag, modified, body) VALUES (?1, ?2, ?3, ?4)";
const DELETE: &str = "DELETE FROM file WHERE path = ?";

/// How long a connection waits for another process (such as a backup) that has locked the file.
const BUSY: Duration = Duration::from_secs(5);

impl SqliteStore {
    /// Opens the store for writing, creates it if it does not exist, and checks its integrity.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let open = || -> rusqlite::Result<(Connection, i64, String)> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            let found = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let health = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            Ok((connection, found, health))
        };
        let announce = || {
            journal::say(&format_args!("checking the store {} ... (slow if it is large)", path.display()));
        };
        let opened = journal::if_slow(SLOW, announce, open);
        let (connection, found, health) = opened.map_err(|error| unopened(path, error))?;
        if health != "ok" {
            return Err(OpenError::Damaged { path: path.to_owned(), why: health });
        }
        match found {
            0 => prepare(&connection).map_err(|error| unopened(path, error))?,
            SCHEMA_VERSION => {}
            found => {
                let expected = SCHEMA_VERSION;
                return Err(OpenError::OtherVersion { path: path.to_owned(), found, expected });
            }
        }
        let pragmas = connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
        pragmas.map_err(|error| unopened(path, error))?;
        Ok(Self(connection))
    }

    /// Opens a read-only connection.
    pub(crate) fn reader(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        Ok(Self(connection))
    }

    /// Runs `read` against one consistent state of the files, unaffected by concurrent commits.
    pub(crate) fn snapshot<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Result<T, StoreError> {
        self.execute("BEGIN")?;
        let result = read(self);
        self.execute("ROLLBACK")?;
        Ok(result)
    }

    fn execute(&self, statement: &str) -> Result<(), StoreError> {
        let executed = self.0.prepare_cached(statement).and_then(|mut statement| statement.execute([]));
        executed.map(|_| ()).map_err(failed)
    }
}

impl Store for SqliteStore {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        let mut statement = self.0.prepare_cached(SELECT).map_err(failed)?;
        let row = statement.query_row([path], |row| {
            let modified: i64 = row.get(1)?;
            let modified = modified.unsigned_abs();
            Ok(File { path: path.to_owned(), etag: row.get(0)?, modified, body: row.get(2)? })
        });
        row.optional().map_err(failed)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        // Immediate, because finding out at the commit that another process has written would be too late.
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        {
            let mut replace = transaction.prepare_cached(REPLACE).map_err(failed)?;
            let mut delete = transaction.prepare_cached(DELETE).map_err(failed)?;
            for file in batch {
                if file.is_deletion() {
                    delete.execute([&file.path]).map_err(failed)?;
                    continue;
                }
                let modified = i64::try_from(file.modified).map_err(|error| StoreError(error.to_string()))?;
                replace.execute((&file.path, &file.etag, modified, &file.body)).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)
    }

    fn forget(&mut self) -> Result<(), StoreError> {
        self.0.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").map_err(failed)
    }
}

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

/// How to recover from an unreadable store.
const RESTORE: &str = "Nothing was changed. Restore it from a backup, or move it away and send the notes to an empty store again, starting with the roster; every mirror has the log's entries under /log/";

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(&format!("BEGIN; {SCHEMA}; PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"))
}

fn unopened(path: &Path, error: rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            OpenError::NotAStore { path, why: error }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::InUse { path },
        _ => OpenError::Failed { path, why: error },
    }
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, body: &[u8]) -> File {
        File { path: path.to_owned(), etag: "e".to_owned(), modified: 7, body: body.to_vec() }
    }

    #[test]
    fn committed_files_survive_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = SqliteStore::open(&path).unwrap();
        let large = vec![3; 3 << 20];
        store.commit(&[file("/", b"one"), file("/empty", b""), file("/large", &large)]).unwrap();
        store.commit(&[file("/", b"two")]).unwrap();
        drop(store);
        let store = SqliteStore::open(&path).unwrap();
        assert_eq!(store.get("/").unwrap(), Some(file("/", b"two")));
        assert_eq!(store.get("/empty").unwrap(), Some(file("/empty", b"")));
        assert_eq!(store.get("/large").unwrap().unwrap().body, large);
        assert_eq!(store.get("/none").unwrap(), None);
    }

    #[test]
    fn deleted_files_are_gone() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::open(&directory.path().join("store.sqlite")).unwrap();
        store.commit(&[file("/a", b"one"), file("/b", b"two")]).unwrap();
        store
            .commit(&[File::deletion("/a".to_owned()), File::deletion("/none".to_owned()), file("/b", b"3")])
            .unwrap();
        assert_eq!(store.get("/a").unwrap(), None);
        assert_eq!(store.get("/b").unwrap(), Some(file("/b", b"3")));
    }

    #[test]
    fn a_failed_commit_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = SqliteStore::open(&path).unwrap();
        store.commit(&[file("/", b"before")]).unwrap();
        let beyond = File { modified: u64::MAX, ..file("/bad", b"") };
        assert!(store.commit(&[file("/", b"after"), file("/new", b"new"), beyond]).is_err());
        assert_eq!(store.get("/").unwrap().unwrap().body, b"before");
        assert_eq!(store.get("/new").unwrap(), None);
        store.commit(&[file("/new", b"later")]).unwrap();
        assert_eq!(store.get("/new").unwrap().unwrap().body, b"later");
    }

    #[test]
    fn a_snapshot_ignores_concurrent_commits() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = SqliteStore::open(&path).unwrap();
        store.commit(&[file("/a", b"1"), file("/b", b"1")]).unwrap();
        let mut reader = SqliteStore::reader(&path).unwrap();
        let body = |store: &SqliteStore, path| store.get(path).unwrap().unwrap().body;
        let seen = reader.snapshot(|reader| {
            let first = body(reader, "/a");
            store.commit(&[file("/a", b"2"), file("/b", b"2")]).unwrap();
            (first, body(reader, "/b"))
        });
        assert_eq!(seen.unwrap(), (b"1".to_vec(), b"1".to_vec()));
        assert_eq!(body(&reader, "/b"), b"2");
        assert!(reader.commit(&[file("/a", b"3")]).is_err(), "a reader cannot write");
    }

    #[test]
    fn a_damaged_or_foreign_store_is_reported_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let noise = vec![b'x'; 8192];
        std::fs::write(&path, &noise).unwrap();
        let error = SqliteStore::open(&path).err().unwrap().to_string();
        assert!(error.contains("is damaged, or not an outband store"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), noise);

        let newer = directory.path().join("newer.sqlite");
        Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        let error = SqliteStore::open(&newer).err().unwrap().to_string();
        assert!(error.contains("another version of outband (schema 9"), "{error}");
    }

    #[test]
    fn a_store_with_a_broken_page_is_reported() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = SqliteStore::open(&path).unwrap();
        let files: Vec<File> = (0..200).map(|n| file(&format!("/{n}"), &[7; 400])).collect();
        store.commit(&files).unwrap();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096..8192].fill(0xaa);
        std::fs::write(&path, bytes).unwrap();
        let error = SqliteStore::open(&path).err().unwrap().to_string();
        assert!(error.contains("is damaged"), "{error}");
    }
}
