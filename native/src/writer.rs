//! The store's only writer, which keeps the acknowledged head beside the store.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use outband_station::{Checkpoint, File, Store, StoreError, checkpoint_of, extends, stored_checkpoint};

use crate::error::{Loss, OpenError};
use crate::head::HeadFile;
use crate::journal;
use crate::store::{Found, SqliteStore};

/// A store that has everything that was acknowledged.
pub(crate) struct Writer {
    store: SqliteStore,
    file: HeadFile,
    /// The head of the newest commit.
    head: Checkpoint,
    /// Whether that may not be in the file yet. The station reads nothing before it is: what it reads, it acknowledges.
    unsettled: Arc<AtomicBool>,
}

impl Writer {
    /// Opens the store at `path`, and creates it if there is none. `empty` is the log before its first entry. A store
    /// that lacks something is accepted if `accepted_loss` is the number of its entries.
    pub(crate) fn open(
        path: &Path,
        empty: &Checkpoint,
        accepted_loss: Option<u64>,
    ) -> Result<Self, OpenError> {
        let file = HeadFile::of(path);
        let unusable = |source| OpenError::Head { path: file.path().to_owned(), source };
        let there = is_there(path).then(|| Found::at(path)).transpose()?;
        let head = head_of(path, there.as_ref(), empty)?;
        let has_head = there.as_ref().is_some_and(Found::has_head);
        let store = there.as_ref().map(|found| &found.store);
        match (loss(path, &file, store, &head, has_head)?, accepted_loss) {
            (None, None) => {}
            (None, Some(_)) => return Err(OpenError::NoLoss { path: path.to_owned() }),
            (Some(loss), Some(accepted)) if accepted == head.tree.size => {
                journal::say(&format_args!("{loss}. Continuing after {accepted} entries, as asked"));
            }
            (Some(loss), _) => return Err(OpenError::Loss { loss, has: head.tree.size }),
        }
        // Before the store is created or upgraded: from then on it must have a head.
        if file.read().ok().flatten().as_ref() != Some(&head) {
            file.write(&head).map_err(unusable)?;
        }
        let found = there.map_or_else(|| Found::at(path), Ok)?;
        let store = found.start().map_err(|error| OpenError::sqlite(path, error))?;
        Ok(Self { store, file, head, unsettled: Arc::default() })
    }

    /// Commits with `commit`, and keeps the new head if the log has grown. Whatever may fail for lack of space is done
    /// before the commit, which cannot be undone.
    fn commit_with(
        &mut self,
        batch: &[File],
        commit: impl FnOnce(&mut SqliteStore) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.settle()?;
        let head = checkpoint_of(batch).map_err(|error| StoreError(error.to_string()))?;
        let Some(head) = head.filter(|head| *head != self.head) else { return commit(&mut self.store) };
        self.file.prepare(&head).map_err(|error| self.unsettled(&error))?;
        self.unsettled.store(true, Ordering::SeqCst);
        let committed = commit(&mut self.store);
        if committed.is_ok() {
            self.head = head;
            self.file.settle().map_err(|error| self.unsettled(&error))?;
        }
        self.unsettled.store(false, Ordering::SeqCst);
        committed
    }

    /// Tries again to keep the head of a commit after which that failed.
    fn settle(&self) -> Result<(), StoreError> {
        if self.unsettled.load(Ordering::SeqCst) {
            self.file.write(&self.head).map_err(|error| self.unsettled(&error))?;
            self.unsettled.store(false, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Whether readers may see a commit that must not be acknowledged yet.
    pub(crate) fn is_unsettled(&self) -> Arc<AtomicBool> {
        self.unsettled.clone()
    }

    fn unsettled(&self, error: &io::Error) -> StoreError {
        StoreError(format!("cannot write {}: {error}", self.file.path().display()))
    }
}

impl Store for Writer {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.settle()?;
        self.store.get(path)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.commit_with(batch, |store| store.commit(batch))
    }

    fn commit_redaction(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.commit_with(batch, |store| store.commit_redaction(batch))
    }

    fn wipe(&mut self) -> Result<(), StoreError> {
        self.store.wipe()
    }
}

/// Whether there is a store. SQLite leaves an empty file if it is interrupted while creating one, and if it finds
/// one, deletes the write-ahead log beside it.
fn is_there(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(metadata) => metadata.len() > 0,
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// The head of the log in the store.
fn head_of(path: &Path, found: Option<&Found>, empty: &Checkpoint) -> Result<Checkpoint, OpenError> {
    let Some(found) = found.filter(|found| !found.is_new()) else { return Ok(empty.clone()) };
    let stored = stored_checkpoint(&found.store);
    let stored = stored.map_err(|why| OpenError::Log { path: path.to_owned(), why })?;
    Ok(stored.unwrap_or_else(|| empty.clone()))
}

/// What the store lacks, whose head is `head`.
fn loss(
    path: &Path,
    file: &HeadFile,
    store: Option<&SqliteStore>,
    head: &Checkpoint,
    has_head: bool,
) -> Result<Option<Loss>, OpenError> {
    let (path, at) = (path.to_owned(), file.path().to_owned());
    let acknowledged = match file.read() {
        // Nothing can be lost, and the settings may name another origin now.
        Ok(Some(acknowledged)) if acknowledged.tree.size == 0 => return Ok(None),
        Ok(Some(acknowledged)) => acknowledged,
        // A new store, or one whose hosts have kept no head so far.
        Ok(None) if !has_head => return Ok(None),
        Ok(None) => return Ok(Some(Loss::Untold { path, head: at })),
        Err(why) => return Ok(Some(Loss::Unreadable { path, head: at, why })),
    };
    let (has, acknowledged_size) = (head.tree.size, acknowledged.tree.size);
    if head.origin == acknowledged.origin && has < acknowledged_size {
        return Ok(Some(Loss::Behind { path, head: at, has, acknowledged: acknowledged_size }));
    }
    let extended = match store {
        Some(store) => extends(store, head, &acknowledged),
        None => Ok(*head == acknowledged),
    };
    if extended.map_err(|why| OpenError::Log { path: path.clone(), why })? {
        return Ok(None);
    }
    Ok(Some(Loss::OtherLog { path, head: at, acknowledged: acknowledged_size }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The log after `size` entries.
    fn head(size: u64) -> Checkpoint {
        let root = match size {
            0 => "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned(),
            size => format!("{size:042}A="),
        };
        Checkpoint::parse(&format!("status.example.net/log1\n{size}\n{root}\n")).unwrap()
    }

    /// What a station commits with that head.
    fn batch(size: u64, modified: u64) -> Vec<File> {
        let signature = format!("{}AAA=", "AAAA".repeat(22));
        let note = format!("{}\n— status.example.net/log1 {signature}\n", head(size).print());
        vec![
            File::new(format!("/log/{}.note", size - 1), b"a note".to_vec(), modified),
            File::new("/log/checkpoint".to_owned(), note.into_bytes(), modified),
        ]
    }

    fn open(directory: &tempfile::TempDir, accepted_loss: Option<u64>) -> Result<Writer, OpenError> {
        Writer::open(&directory.path().join("store.sqlite"), &head(0), accepted_loss)
    }

    fn refusal(directory: &tempfile::TempDir, accepted_loss: Option<u64>) -> String {
        open(directory, accepted_loss).err().expect("a refusal").to_string()
    }

    fn kept(directory: &tempfile::TempDir) -> Option<Checkpoint> {
        HeadFile::of(&directory.path().join("store.sqlite")).read().unwrap()
    }

    /// A store of `size` entries, and what was acknowledged.
    fn with(size: u64, acknowledged: u64) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = open(&directory, None).unwrap();
        (1..=size).for_each(|size| writer.commit(&batch(size, 7)).unwrap());
        writer.file.write(&head(acknowledged)).unwrap();
        directory
    }

    #[test]
    fn each_longer_log_is_kept_before_it_is_acknowledged() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = open(&directory, None).unwrap();
        assert_eq!(kept(&directory), Some(head(0)));
        writer.commit(&batch(1, 7)).unwrap();
        assert_eq!(kept(&directory), Some(head(1)));
        std::fs::remove_file(directory.path().join("store.sqlite-head")).unwrap();
        writer.commit(&batch(1, 67)).unwrap();
        assert_eq!(kept(&directory), None, "a tick writes no head");
        writer.commit_redaction(&batch(2, 67)).unwrap();
        assert_eq!(kept(&directory), Some(head(2)));
    }

    #[test]
    fn nothing_is_committed_if_its_head_finds_no_space() {
        let directory = with(1, 1);
        let mut writer = open(&directory, None).unwrap();
        let next = directory.path().join("store.sqlite-head-next");
        std::fs::create_dir(&next).unwrap();
        let error = writer.commit(&batch(2, 7)).unwrap_err().to_string();
        assert!(error.contains("cannot write") && error.contains("store.sqlite-head"), "{error}");
        assert_eq!(writer.get("/log/1.note").unwrap(), None);
        std::fs::remove_dir(&next).unwrap();
        writer.commit(&batch(2, 7)).unwrap();
        assert_eq!(kept(&directory), Some(head(2)));
    }

    #[test]
    fn nothing_is_read_before_the_head_is_kept() {
        let directory = with(1, 1);
        let mut writer = open(&directory, None).unwrap();
        let file = directory.path().join("store.sqlite-head");
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
        assert!(writer.commit(&batch(2, 7)).is_err());
        assert!(writer.get("/log/1.note").is_err(), "the note would be acknowledged as already published");
        assert!(writer.commit(&batch(3, 7)).is_err());
        std::fs::remove_dir(&file).unwrap();
        assert!(writer.get("/log/1.note").unwrap().is_some());
        assert_eq!(kept(&directory), Some(head(2)));
    }

    #[test]
    fn a_store_behind_what_was_acknowledged_is_refused_and_left_alone() {
        let directory = with(2, 5);
        let error = refusal(&directory, None);
        for says in [
            "store.sqlite has 2 entries, but 5 were acknowledged, as ",
            "entries 2 to 4 are missing. Nothing was changed, and nothing was signed",
            "the newest backup in its place",
            "`outband restore --help`",
            "`outband serve --accept-loss-after 2` gives up every entry from 2 on",
        ] {
            assert!(error.contains(says), "{says}: {error}");
        }
        assert_eq!(refusal(&directory, Some(3)), error);
        assert_eq!(kept(&directory), Some(head(5)));
        drop(open(&directory, Some(2)).unwrap());
        assert_eq!(kept(&directory), Some(head(2)));
        let error = refusal(&directory, Some(2));
        assert!(error.contains("there is no loss to accept"), "{error}");
        assert!(open(&directory, None).is_ok());
    }

    #[test]
    fn a_store_beside_what_was_acknowledged_is_refused() {
        let directory = with(2, 2);
        let file = directory.path().join("store.sqlite-head");
        let other = head(2).print().replace("2A=", "2w=");
        std::fs::write(&file, other).unwrap();
        let error = refusal(&directory, None);
        assert!(
            error.contains("has another log than the one that was acknowledged, of 2 entries"),
            "{error}"
        );
        std::fs::write(&file, head(2).print().replace("status", "page")).unwrap();
        assert!(refusal(&directory, None).contains("has another log"));
        std::fs::write(&file, "status.example.net/log1\n2\n").unwrap();
        let error = refusal(&directory, None);
        assert!(error.contains("store.sqlite-head cannot be read (malformed checkpoint"), "{error}");
    }

    #[test]
    fn a_store_without_its_head_is_refused_unless_an_older_version_wrote_it() {
        let directory = with(2, 2);
        let (path, file) =
            (directory.path().join("store.sqlite"), directory.path().join("store.sqlite-head"));
        std::fs::remove_file(&file).unwrap();
        let error = refusal(&directory, None);
        assert!(error.contains("store.sqlite-head does not exist, so nobody can tell"), "{error}");
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch("DROP TABLE state; PRAGMA user_version = 1").unwrap();
        drop(connection);
        drop(open(&directory, None).unwrap());
        assert_eq!(kept(&directory), Some(head(2)));
        std::fs::remove_file(&file).unwrap();
        assert!(refusal(&directory, None).contains("does not exist"), "it was upgraded");
    }

    #[test]
    fn a_missing_or_empty_store_is_refused_if_anything_was_acknowledged() {
        for is_missing in [true, false] {
            let directory = with(2, 2);
            let path = directory.path().join("store.sqlite");
            std::fs::remove_file(&path).unwrap();
            if !is_missing {
                std::fs::write(&path, b"").unwrap();
            }
            let log = directory.path().join("store.sqlite-wal");
            std::fs::write(&log, b"the entries").unwrap();
            let error = refusal(&directory, None);
            assert!(error.contains("has 0 entries, but 2 were acknowledged"), "{error}");
            assert_eq!(path.exists(), !is_missing);
            assert!(log.exists());
            assert!(open(&directory, Some(0)).is_ok());
        }
        assert!(open(&with(0, 0), None).is_ok());
        let (directory, other) = (with(0, 0), head(0).print().replace("status", "page"));
        std::fs::write(directory.path().join("store.sqlite-head"), other).unwrap();
        assert!(open(&directory, None).is_ok(), "set up again with another origin");
    }
}
