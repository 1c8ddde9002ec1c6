//! Documents in memory: each is read from the store once, and its changes are tracked.
//!
//! Documents are read on demand. So no list of the documents that a page needs can fall short of what the page shows,
//! and a missing document is an error where it is read.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use outband_record::log::LogError;
use outband_site::data::DataError;
use outband_site::paths;

use crate::error::StationError;
use crate::store::{self, File, Store};

/// The files of the store, with the validators of those already read.
pub(crate) struct Files<'s> {
    store: &'s dyn Store,
    etags: RefCell<BTreeMap<String, Option<String>>>,
}

impl<'s> Files<'s> {
    pub(crate) fn of(store: &'s dyn Store) -> Self {
        Self { store, etags: RefCell::default() }
    }

    /// The file at `path`, as committed.
    pub(crate) fn read(&self, path: &str) -> Result<Option<File>, StationError> {
        let file = store::read(self.store, path)?;
        self.etags.borrow_mut().insert(path.to_owned(), file.as_ref().map(|file| file.etag.clone()));
        Ok(file)
    }

    /// A file that must exist.
    pub(crate) fn required(&self, path: &str) -> Result<File, StationError> {
        self.read(path)?.ok_or_else(|| missing(path))
    }

    /// The document at `path`.
    pub(crate) fn document<T>(&self, path: &str, parse: Parse<T>) -> Result<Option<T>, StationError> {
        self.read(path)?.map(|file| parse(&file.body).map_err(StationError::data(path))).transpose()
    }

    /// A document that exists once the log has an entry: without it, the page would read as if nothing had been posted.
    pub(crate) fn required_document<T>(&self, path: &str, parse: Parse<T>) -> Result<T, StationError> {
        self.document(path, parse)?.ok_or_else(|| missing(path))
    }

    /// Whether the store contains exactly this file. A file that was not read yet is compared byte for byte, so that a
    /// damaged one is replaced.
    pub(crate) fn has(&self, file: &File) -> Result<bool, StationError> {
        if let Some(etag) = self.etags.borrow().get(&file.path) {
            return Ok(etag.as_ref() == Some(&file.etag));
        }
        let stored = self.store.get(&file.path)?;
        Ok(stored.is_some_and(|stored| stored.etag == file.etag && stored.body == file.body))
    }

    /// Those of the files that differ from the stored ones, and the checkpoint, all committed at `modified`.
    pub(crate) fn batch(
        &self,
        bodies: impl IntoIterator<Item = (String, Vec<u8>)>,
        checkpoint: Vec<u8>,
        modified: u64,
    ) -> Result<Vec<File>, StationError> {
        let mut batch = Vec::new();
        for (path, body) in bodies {
            let file = File::new(path, body, modified);
            if !self.has(&file)? {
                batch.push(file);
            }
        }
        batch.push(File::new(paths::CHECKPOINT.to_owned(), checkpoint, modified));
        Ok(batch)
    }

    /// A reader of these files for the log functions.
    pub(crate) fn reader(&self) -> impl Fn(&str) -> Result<Option<Vec<u8>>, LogError> + '_ {
        |path| match self.read(path) {
            Ok(file) => Ok(file.map(|file| file.body)),
            Err(error) => Err(LogError::Read(error.to_string())),
        }
    }
}

/// Parses a stored document.
pub(crate) type Parse<T> = fn(&[u8]) -> Result<T, DataError>;

pub(crate) fn missing(path: &str) -> StationError {
    StationError::document(path, "it is missing; restore it from a mirror")
}

/// A document that exists once, with a mark if it must be written.
#[derive(Default)]
pub(crate) struct Tracked<T> {
    value: T,
    changed: bool,
}

impl<T> Tracked<T> {
    /// A value as stored, not marked.
    pub(crate) fn stored(value: T) -> Self {
        Self { value, changed: false }
    }

    /// Returns the value for changing, and marks it to be written.
    pub(crate) fn change(&mut self) -> &mut T {
        self.changed = true;
        &mut self.value
    }

    /// Marks it to be written even if it is unchanged.
    pub(crate) fn touch(&mut self) {
        self.changed = true;
    }

    pub(crate) fn is_changed(&self) -> bool {
        self.changed
    }
}

impl<T> Tracked<Option<T>> {
    /// Takes the value out so that it can be replaced.
    pub(crate) fn take_value(&mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Deref for Tracked<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Documents of one kind, by key; each is read on first use.
pub(crate) struct Keyed<K, V> {
    path: fn(&K) -> String,
    parse: Parse<V>,
    known: RefCell<BTreeMap<K, Option<Arc<V>>>>,
    changed: BTreeSet<K>,
}

impl<K: Ord + Clone, V: Clone> Keyed<K, V> {
    pub(crate) fn new(path: fn(&K) -> String, parse: Parse<V>) -> Self {
        Self { path, parse, known: RefCell::default(), changed: BTreeSet::new() }
    }

    pub(crate) fn path(&self, key: &K) -> String {
        (self.path)(key)
    }

    /// The document of `key`, if it exists.
    pub(crate) fn find(&self, files: &Files<'_>, key: &K) -> Result<Option<Arc<V>>, StationError> {
        if let Some(known) = self.known.borrow().get(key) {
            return Ok(known.clone());
        }
        let document = files.document(&self.path(key), self.parse)?.map(Arc::new);
        self.known.borrow_mut().insert(key.clone(), document.clone());
        Ok(document)
    }

    /// The document of `key`, which must exist.
    pub(crate) fn get(&self, files: &Files<'_>, key: &K) -> Result<Arc<V>, StationError> {
        self.find(files, key)?.ok_or_else(|| missing(&self.path(key)))
    }

    /// Replaces the document of `key` and marks it to be written.
    pub(crate) fn set(&mut self, key: &K, value: V) {
        self.known.get_mut().insert(key.clone(), Some(Arc::new(value)));
        self.changed.insert(key.clone());
    }

    /// The document of `key` for changing, if it exists; marks it to be written.
    pub(crate) fn change(&mut self, files: &Files<'_>, key: &K) -> Result<Option<&mut V>, StationError> {
        if self.find(files, key)?.is_none() {
            return Ok(None);
        }
        self.changed.insert(key.clone());
        Ok(self.known.get_mut().get_mut(key).and_then(Option::as_mut).map(Arc::make_mut))
    }

    /// Marks it to be written even if it is unchanged.
    pub(crate) fn touch(&mut self, key: K) {
        self.changed.insert(key);
    }

    pub(crate) fn changed(&self) -> &BTreeSet<K> {
        &self.changed
    }

    pub(crate) fn settled(&mut self) {
        self.changed.clear();
    }

    pub(crate) fn is_known(&self, key: &K) -> bool {
        self.known.borrow().get(key).is_some_and(Option::is_some)
    }

    /// All documents in memory; for a projection built from a whole log, all that exist.
    pub(crate) fn known(&self) -> Vec<(K, Arc<V>)> {
        let known = self.known.borrow();
        known.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect()
    }
}
