//! Opening a store: whether it is whole, and its tables.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, TransactionBehavior};

use super::digest::Digest;
use super::{BUSY, SELECT_DIGEST, SqliteStore, truncate};
use crate::error::OpenError;
use crate::journal::{self, SLOW};

/// The value of `PRAGMA user_version`, raised when the tables change.
const SCHEMA_VERSION: i64 = 2;
/// The version without `state`, whose hosts kept no head beside the store.
const WITHOUT_STATE: i64 = 1;

const FILE: &str = "CREATE TABLE file (
    path TEXT PRIMARY KEY NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT";
/// `digest`: of all files. `unwiped`: 1 from the commit of a redaction until what it replaced has been wiped.
const STATE: &str = "CREATE TABLE state (digest BLOB NOT NULL, unwiped INTEGER NOT NULL) STRICT";

/// A store that was opened and found whole, and nothing in it was changed yet.
pub(crate) struct Found {
    pub(crate) store: SqliteStore,
    version: i64,
}

impl Found {
    /// Opens the store at `path`, and checks its integrity. Until [`Self::start`], its files stay as they are, the
    /// write-ahead log included.
    pub(crate) fn at(path: &Path) -> Result<Self, OpenError> {
        let open = || -> rusqlite::Result<(Connection, i64, String)> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
            let version = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            let health = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
            Ok((connection, version, health))
        };
        let announce = || {
            journal::say(&format_args!("checking the store {} ... (slow if it is large)", path.display()));
        };
        let opened = journal::if_slow(SLOW, announce, open);
        let (connection, version, health) = opened.map_err(|error| OpenError::sqlite(path, error))?;
        if health != "ok" {
            return Err(OpenError::Damaged { path: path.to_owned(), why: health });
        }
        let found = Self { store: SqliteStore(connection), version };
        match version {
            0 | WITHOUT_STATE => Ok(found),
            SCHEMA_VERSION if found.is_of_one_state().map_err(|error| OpenError::sqlite(path, error))? => {
                Ok(found)
            }
            SCHEMA_VERSION => Err(OpenError::Mixed { path: path.to_owned() }),
            version => {
                let expected = SCHEMA_VERSION;
                Err(OpenError::OtherVersion { path: path.to_owned(), found: version, expected })
            }
        }
    }

    /// Whether the store has no table yet.
    pub(crate) fn is_new(&self) -> bool {
        self.version == 0
    }

    /// Whether hosts have kept a head beside the store since it was created or upgraded.
    pub(crate) fn has_head(&self) -> bool {
        self.version == SCHEMA_VERSION
    }

    fn is_of_one_state(&self) -> rusqlite::Result<bool> {
        let stored = self.store.0.query_row(SELECT_DIGEST, [], |row| row.get(0))?;
        Ok(Digest::of_bytes(stored) == Digest::of_files(&self.store.0)?)
    }

    /// The store for writing, created or upgraded if necessary.
    pub(crate) fn start(mut self) -> rusqlite::Result<SqliteStore> {
        let connection = &mut self.store.0;
        if self.version < SCHEMA_VERSION {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if self.version == 0 {
                transaction.execute_batch(FILE)?;
            }
            transaction.execute_batch(STATE)?;
            let digest = Digest::of_files(&transaction)?.to_bytes();
            // An older version said nothing if it could not wipe.
            let unwiped = self.version == WITHOUT_STATE;
            transaction.execute("INSERT INTO state (digest, unwiped) VALUES (?, ?)", (digest, unwiped))?;
            transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
            transaction.commit()?;
            // So that a copy of the database without its write-ahead log has the version too.
            truncate(connection)?;
        }
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON",
        )?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(self.store)
    }
}

#[cfg(test)]
mod tests {
    use outband_station::{File, Store as _};

    use super::super::tests::{file, open};
    use super::*;
    use crate::head::with_suffix;

    #[test]
    fn a_damaged_or_foreign_store_is_reported_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let noise = vec![b'x'; 8192];
        std::fs::write(&path, &noise).unwrap();
        let error = open(&path).err().unwrap().to_string();
        assert!(error.contains("is damaged, or not an outband store"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), noise);

        let newer = directory.path().join("newer.sqlite");
        Connection::open(&newer).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
        let error = open(&newer).err().unwrap().to_string();
        assert!(error.contains("another version of outband (schema 9"), "{error}");
    }

    #[test]
    fn a_store_with_a_broken_page_is_reported() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = open(&path).unwrap();
        let files: Vec<File> = (0..200).map(|n| file(&format!("/{n}"), &[7; 400])).collect();
        store.commit(&files).unwrap();
        drop(store);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[4096..8192].fill(0xaa);
        std::fs::write(&path, bytes).unwrap();
        let error = open(&path).err().unwrap().to_string();
        assert!(error.contains("is damaged"), "{error}");
    }

    #[test]
    fn an_old_database_with_a_newer_write_ahead_log_is_refused() {
        let (directory, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = directory.path().join("store.sqlite");
        let mut store = open(&path).unwrap();
        let files: Vec<File> = (0..100).map(|n| file(&format!("/{n}"), &[7; 3000])).collect();
        store.commit(&files).unwrap();
        assert!(truncate(&store.0).unwrap());
        let to = copy.path().join("store.sqlite");
        std::fs::copy(&path, &to).unwrap();
        store.commit(&[File::deletion("/50".to_owned())]).unwrap();
        assert!(truncate(&store.0).unwrap());
        store.commit(&[file("/later", &[8; 3000])]).unwrap();
        std::fs::copy(with_suffix(&path, "-wal"), with_suffix(&to, "-wal")).unwrap();
        let error = open(&to).err().unwrap().to_string();
        assert!(
            error.contains("is a mixture of two states") && error.contains("`outband backup`"),
            "{error}"
        );
        drop(store);
        assert!(open(&path).is_ok());
    }
}
