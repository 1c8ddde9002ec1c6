//! Stores that count, record or fail.

use std::cell::{Cell, RefCell};

use outband_station::{File, MemoryStore, Store, StoreError};

/// Counts the files and bytes that are read and written.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) inner: MemoryStore,
    pub(crate) counted: Cell<Counted>,
}

/// Counted files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    pub(crate) files_read: u64,
    pub(crate) bytes_read: u64,
    pub(crate) files_written: u64,
    pub(crate) bytes_written: u64,
    /// The part of these bytes that belongs to tiles and entry bundles.
    pub(crate) tile_bytes: u64,
}

impl Counting {
    fn count(&self, file: &File, add: impl FnOnce(&mut Counted, u64)) {
        let mut counted = self.counted.get();
        let bytes = file.body.len() as u64;
        add(&mut counted, bytes);
        if file.path.starts_with("/log/tile/") {
            counted.tile_bytes += bytes;
        }
        self.counted.set(counted);
    }
}

impl Store for Counting {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        let file = self.inner.get(path)?;
        if let Some(file) = &file {
            self.count(file, |counted, bytes| {
                counted.files_read += 1;
                counted.bytes_read += bytes;
            });
        }
        Ok(file)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        for file in batch {
            self.count(file, |counted, bytes| {
                counted.files_written += 1;
                counted.bytes_written += bytes;
            });
        }
        self.inner.commit(batch)
    }
}

/// Records which files were read, and which were written in each commit.
#[derive(Default)]
pub(crate) struct Recording {
    pub(crate) inner: MemoryStore,
    pub(crate) read: RefCell<Vec<String>>,
    pub(crate) commits: Vec<Vec<String>>,
}

impl Store for Recording {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.read.borrow_mut().push(path.to_owned());
        self.inner.get(path)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.commits.push(batch.iter().map(|file| file.path.clone()).collect());
        self.inner.commit(batch)
    }
}

/// Cannot wipe what a redaction has replaced.
pub(crate) struct Unwiped(pub(crate) MemoryStore);

impl Store for Unwiped {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.0.get(path)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.0.commit(batch)
    }

    fn wipe(&mut self) -> Result<(), StoreError> {
        Err(StoreError("a backup reads it".to_owned()))
    }
}

/// Reads normally, but every commit fails.
pub(crate) struct Full(pub(crate) MemoryStore);

impl Store for Full {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.0.get(path)
    }

    fn commit(&mut self, _: &[File]) -> Result<(), StoreError> {
        Err(StoreError("no space left on device".to_owned()))
    }
}
