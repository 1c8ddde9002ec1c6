use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::StationError;

/// One public file: its path and content, with the fields that conditional requests need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The public path, beginning with `/`; `/` itself is the index page.
    pub path: String,
    /// Strong validator, without quotes: the first 32 hex digits of the body's SHA-256.
    pub etag: String,
    /// When this content was committed, POSIX seconds.
    pub modified: u64,
    /// The content.
    pub body: Vec<u8>,
}

/// Where files are kept: one table, read by path and written in atomic batches.
pub trait Store {
    /// The file at `path`, or `None` if there is none.
    fn get(&self, path: &str) -> Result<Option<File>, StoreError>;
    /// Writes every file of `batch` in one durable transaction, replacing the file at its path. A
    /// [deletion](File::deletion) leaves no file there.
    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError>;
    /// Like [`commit`](Self::commit), for a redaction. A store that leaves replaced content on the medium notes in the
    /// same transaction that it must be [wiped](Self::wipe).
    fn commit_redaction(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.commit(batch)
    }
    /// Wipes from the medium what redactions have replaced. Does nothing if that has been done.
    fn wipe(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The store failed. After a failed commit the store holds nothing of the batch, or its host acknowledges nothing of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);

/// Files in memory, for `verify`, which recomputes them, and for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    files: BTreeMap<String, File>,
}

impl File {
    /// A file with this content, committed at `modified` (POSIX seconds).
    pub fn new(path: String, body: Vec<u8>, modified: u64) -> Self {
        Self { path, etag: etag(&body), modified, body }
    }

    /// In a batch: deletes the file at `path`.
    pub fn deletion(path: String) -> Self {
        Self { path, etag: String::new(), modified: 0, body: Vec::new() }
    }

    /// Whether this is a deletion: only an existing file has a validator.
    pub fn is_deletion(&self) -> bool {
        self.etag.is_empty()
    }
}

/// The file at `path` as committed. A file that does not match its validator was damaged on the medium: that is an
/// error, so that it is neither served nor built upon.
pub(crate) fn read(store: &dyn Store, path: &str) -> Result<Option<File>, StationError> {
    match store.get(path)? {
        Some(file) if file.etag != etag(&file.body) => {
            Err(StationError::document(path, "it differs from what was committed; restore it from a mirror"))
        }
        file => Ok(file),
    }
}

/// A strong validator (RFC 9110, 8.8.3) that is the same on every host: half of the content's SHA-256, which is enough.
fn etag(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl MemoryStore {
    /// Every file, ordered by path.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }
}

impl Store for MemoryStore {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        Ok(self.files.get(path).cloned())
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        for file in batch {
            if file.is_deletion() {
                self.files.remove(&file.path);
            } else {
                self.files.insert(file.path.clone(), file.clone());
            }
        }
        Ok(())
    }
}
