//! The station's files in SQLite.

mod digest;
mod found;

use std::path::Path;
use std::time::Duration;

use outband_station::{File, Store, StoreError};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior};

use digest::Digest;
pub(crate) use found::Found;

/// One connection to the station's files:
///
/// ```text
/// file(path, etag, modified, body)
/// state(digest, unwiped)              one row
/// ```
///
/// SQLite's write-ahead log lets readers continue while a note is committed; `synchronous = FULL` makes a commit
/// durable before its receipt is sent. `secure_delete = ON` overwrites what is replaced, at no measurable cost, which
/// leaves less for [`wipe`](Store::wipe) to do.
pub(crate) struct SqliteStore(Connection);

const SELECT: &str = "SELECT etag, modified, body FROM file WHERE path = ?1";
const SELECT_ETAG: &str = "SELECT etag FROM file WHERE path = ?1";
const REPLACE: &str = "INSERT OR REPLACE INTO file (path, etag, modified, body) VALUES (?1, ?2, ?3, ?4)";
const DELETE: &str = "DELETE FROM file WHERE path = ?";
const SELECT_DIGEST: &str = "SELECT digest FROM state";
const UPDATE_DIGEST: &str = "UPDATE state SET digest = ?";

/// How long a connection waits for another process (such as a backup) that has locked the file.
const BUSY: Duration = Duration::from_secs(5);
/// How long wiping waits for readers. Publications wait meanwhile.
const WIPING: Duration = Duration::from_millis(250);

impl SqliteStore {
    /// Opens a read-only connection.
    pub(crate) fn reader(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        Ok(Self(connection))
    }

    /// Writes one state of the database to a new file at `to`, without free space, while others read and write.
    pub(crate) fn copy_to(&self, to: &Path) -> rusqlite::Result<()> {
        let to = to.to_str().ok_or_else(|| rusqlite::Error::InvalidPath(to.to_owned()))?;
        self.0.execute("VACUUM INTO ?1", [to]).map(drop)
    }

    /// Closes the only connection of a store, and leaves one file.
    pub(crate) fn close(self) -> rusqlite::Result<()> {
        self.0.pragma_update(None, "journal_mode", "DELETE")?;
        self.0.close().map_err(|(_, error)| error)
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

    /// Commits `batch`, and what else `also` does, in one transaction.
    fn write(
        &mut self,
        batch: &[File],
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        // Immediate, because finding out at the commit that another process has written would be too late.
        let transaction = self.0.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        {
            let mut etag = transaction.prepare_cached(SELECT_ETAG).map_err(failed)?;
            let mut replace = transaction.prepare_cached(REPLACE).map_err(failed)?;
            let mut delete = transaction.prepare_cached(DELETE).map_err(failed)?;
            let stored = transaction.query_row(SELECT_DIGEST, [], |row| row.get(0)).map_err(failed)?;
            let mut digest = Digest::of_bytes(stored);
            for file in batch {
                let replaced = etag.query_row([&file.path], |row| row.get::<_, String>(0)).optional();
                if let Some(replaced) = replaced.map_err(failed)? {
                    digest.remove(&file.path, &replaced);
                }
                if file.is_deletion() {
                    delete.execute([&file.path]).map_err(failed)?;
                    continue;
                }
                digest.add(&file.path, &file.etag);
                let modified = i64::try_from(file.modified).map_err(|error| StoreError(error.to_string()))?;
                replace.execute((&file.path, &file.etag, modified, &file.body)).map_err(failed)?;
            }
            transaction.execute(UPDATE_DIGEST, [digest.to_bytes()]).map_err(failed)?;
        }
        also(&transaction).and_then(|()| transaction.commit()).map_err(failed)
    }

    /// Whether a redaction's old content has not been wiped yet.
    fn is_unwiped(&self) -> rusqlite::Result<bool> {
        self.0.query_row("SELECT unwiped FROM state", [], |row| row.get(0))
    }

    /// Rewrites the whole database without its free space, and empties the write-ahead log. Both must happen, and
    /// either needs a moment without readers.
    fn rewrite(&self) -> rusqlite::Result<bool> {
        // First without the new database, which would make the write-ahead log longer with each attempt.
        if !truncate(&self.0)? {
            return Ok(false);
        }
        self.0.execute_batch("VACUUM")?;
        if !truncate(&self.0)? {
            return Ok(false);
        }
        self.0.execute("UPDATE state SET unwiped = 0", [])?;
        Ok(true)
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
        self.write(batch, |_| Ok(()))
    }

    fn commit_redaction(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.write(batch, |transaction| transaction.execute("UPDATE state SET unwiped = 1", []).map(drop))
    }

    fn wipe(&mut self) -> Result<(), StoreError> {
        if !self.is_unwiped().map_err(failed)? {
            return Ok(());
        }
        let wiped = self.0.busy_timeout(WIPING).and_then(|()| self.rewrite());
        self.0.busy_timeout(BUSY).map_err(failed)?;
        match wiped {
            Ok(true) => Ok(()),
            Ok(false) => Err(StoreError("another program is reading it, such as a backup".to_owned())),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Moves the write-ahead log into the database and empties it. Returns false if a reader was in the way, which SQLite
/// reports as a result, not as an error.
fn truncate(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

fn failed(error: rusqlite::Error) -> StoreError {
    StoreError(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::OpenError;
    use crate::head::with_suffix;

    pub(super) fn file(path: &str, body: &[u8]) -> File {
        File { path: path.to_owned(), etag: "e".to_owned(), modified: 7, body: body.to_vec() }
    }

    pub(super) fn open(path: &Path) -> Result<SqliteStore, OpenError> {
        Found::at(path)?.start().map_err(|error| OpenError::sqlite(path, error))
    }

    #[test]
    fn committed_files_survive_reopening() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = open(&path).unwrap();
        let large = vec![3; 3 << 20];
        store.commit(&[file("/", b"one"), file("/empty", b""), file("/large", &large)]).unwrap();
        store.commit(&[file("/", b"two")]).unwrap();
        drop(store);
        let store = open(&path).unwrap();
        assert_eq!(store.get("/").unwrap(), Some(file("/", b"two")));
        assert_eq!(store.get("/empty").unwrap(), Some(file("/empty", b"")));
        assert_eq!(store.get("/large").unwrap().unwrap().body, large);
        assert_eq!(store.get("/none").unwrap(), None);
    }

    #[test]
    fn deleted_files_are_gone() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(&directory.path().join("store.sqlite")).unwrap();
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
        let mut store = open(&path).unwrap();
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
        let mut store = open(&path).unwrap();
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

    /// The words of a redacted file, large enough for pages of its own.
    const WORDS: &[u8] = b"Acme Widgets";

    fn has_words(directory: &Path) -> bool {
        let files = std::fs::read_dir(directory).unwrap();
        let mut bodies = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        bodies.any(|body| body.windows(WORDS.len()).any(|window| window == WORDS))
    }

    /// A store in which a file with the words has been redacted, but not wiped. It has them in all places in which an
    /// older version left some.
    fn redacted(path: &Path) -> SqliteStore {
        let mut store = open(path).unwrap();
        store.0.execute_batch("PRAGMA secure_delete = OFF").unwrap();
        store.commit(&[file("/a", &WORDS.repeat(2000)), file("/b", &[7; 9000])]).unwrap();
        store.commit(&[file("/a", &WORDS.repeat(1000))]).unwrap();
        store.commit_redaction(&[file("/a", b"redacted"), File::deletion("/c".to_owned())]).unwrap();
        store
    }

    #[test]
    fn redacted_words_are_in_no_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = redacted(&directory.path().join("store.sqlite"));
        assert!(has_words(directory.path()), "otherwise this tests nothing");
        store.wipe().unwrap();
        assert!(!has_words(directory.path()));
        assert_eq!(store.get("/a").unwrap(), Some(file("/a", b"redacted")));
    }

    #[test]
    fn what_an_older_version_left_is_wiped_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        redacted(&path).0.execute_batch("DROP TABLE state; PRAGMA user_version = 1").unwrap();
        let mut store = open(&path).unwrap();
        assert!(has_words(directory.path()));
        store.wipe().unwrap();
        assert!(!has_words(directory.path()) && !store.is_unwiped().unwrap());
    }

    #[test]
    fn replaced_words_are_overwritten_in_the_database() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = open(&directory.path().join("store.sqlite")).unwrap();
        store.commit(&[file("/a", &WORDS.repeat(2000)), file("/b", WORDS)]).unwrap();
        store.commit(&[file("/a", b"later"), File::deletion("/b".to_owned())]).unwrap();
        assert!(has_words(directory.path()), "in the write-ahead log");
        assert!(truncate(&store.0).unwrap());
        assert!(!has_words(directory.path()));
    }

    #[test]
    fn wiping_waits_for_readers_and_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite");
        let mut store = redacted(&path);
        let mut reader = SqliteStore::reader(&path).unwrap();
        reader
            .snapshot(|reader| {
                reader.get("/a").unwrap();
                let length = || std::fs::metadata(with_suffix(&path, "-wal")).unwrap().len();
                let before = length();
                for _ in 0..3 {
                    let error = store.wipe().unwrap_err().to_string();
                    assert!(error.contains("another program is reading it"), "{error}");
                    assert!(has_words(directory.path()));
                }
                assert_eq!(length(), before, "trying again takes no space");
                store.commit(&[file("/b", b"a later note")]).unwrap();
            })
            .unwrap();
        store.wipe().unwrap();
        assert!(!has_words(directory.path()));
        assert!(!store.is_unwiped().unwrap());
    }

    #[test]
    fn what_a_crash_left_is_wiped_after_the_restart() {
        let (directory, crashed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let _store = redacted(&directory.path().join("store.sqlite"));
        for name in ["store.sqlite", "store.sqlite-wal"] {
            std::fs::copy(directory.path().join(name), crashed.path().join(name)).unwrap();
        }
        let path = crashed.path().join("store.sqlite");
        drop(open(&path).unwrap());
        let mut store = open(&path).unwrap();
        assert!(has_words(crashed.path()));
        store.wipe().unwrap();
        assert!(!has_words(crashed.path()));
    }
}
