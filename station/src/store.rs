use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::StationError;

/// One public file: a path and its bytes, with what conditional requests need.
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

/// Where files live: one table, read by path, written in batches that happen whole or not at all.
pub trait Store {
    /// The file at `path`, or `None` where nothing was ever committed there.
    fn get(&self, path: &str) -> Result<Option<File>, StoreError>;
    /// Writes every file of `batch`, each replacing what stood at its path, in one durable transaction; of one that
    /// [is gone](File::is_gone), nothing is left there.
    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError>;
    /// Wipes what was replaced or taken away off the medium, where the store leaves it there.
    fn forget(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// The store did not do what was asked; after a failed commit nothing of the batch may be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store failed: {0}")]
pub struct StoreError(pub String);

/// Files in memory: for `verify`, which recomputes them, and for tests.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    files: BTreeMap<String, File>,
}

impl File {
    /// A file of this content, committed at `modified`.
    pub fn new(path: String, body: Vec<u8>, modified: u64) -> Self {
        Self { path, etag: etag(&body), modified, body }
    }

    /// In a batch: what stands at `path` is to be there no more.
    pub fn deletion(path: String) -> Self {
        Self { path, etag: String::new(), modified: 0, body: Vec::new() }
    }

    /// Whether this takes a file away: what is there has a validator.
    pub fn is_deletion(&self) -> bool {
        self.etag.is_empty()
    }
}

/// The file at `path` as it was committed. Media lose bits: what does not fit its validator is neither served nor built
/// upon.
pub(crate) fn read(store: &dyn Store, path: &str) -> Result<Option<File>, StationError> {
    match store.get(path)? {
        Some(file) if file.etag != etag(&file.body) => {
            Err(StationError::document(path, "it is not what was committed there; restore it from a mirror"))
        }
        file => Ok(file),
    }
}

/// A strong validator (RFC 9110, 8.8.3) that is the same on every host: half of the content's SHA-256 is plenty.
fn etag(body: &[u8]) -> String {
    Sha256::digest(body).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

impl MemoryStore {
    /// Every file, in the order of paths.
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
