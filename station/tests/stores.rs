//! Stores that count, record or fail.

use std::cell::{Cell, RefCell};

use outband_station::{File, MemoryStore, Store, StoreError};

/// Counts what is read and written, without tiles and entry bundles where `tiles` is off: those grow to 256 items,
/// and begin again.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) inner: MemoryStore,
    pub(crate) counted: Cell<Counted>,
}

/// Files and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counted {
    pub(crate) files_read: u64,
    pub(crate) bytes_read: u64,
    pub(crate) files_written: u64,
    pub(crate) bytes_written: u64,
    /// Of those, of tiles and entry bundles.
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

/// Remembers which files were read, and which were written in how many commits.
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

/// Reads, and refuses to write.
pub(crate) struct Full(pub(crate) MemoryStore);

impl Store for Full {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.0.get(path)
    }

    fn commit(&mut self, _: &[File]) -> Result<(), StoreError> {
        Err(StoreError("no space left on device".to_owned()))
    }
}
