//! Copies of a station's files by public path, as a mirror has them or as a forger would make them.

use std::cell::RefCell;
use std::collections::BTreeMap;

use outband_keys::SignatureLine;
use outband_record::log::{self, Checkpoint, Tree};
use outband_site::paths;
use outband_station::verify::{Source, SourceError};

use crate::texts::{ORIGIN, composed, key, text_of};

/// A copy, with a record of the files read from it.
#[derive(Default)]
pub(crate) struct Copy {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) read: RefCell<Vec<String>>,
}

impl Source for Copy {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.read.borrow_mut().push(path.to_owned());
        Ok(self.files.get(path).cloned())
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(Some(self.files.keys().map(|path| paths::in_directory(path)).collect()))
    }
}

impl Copy {
    /// A log of these entries, signed by the station's keys at `now`, without any file that follows from it.
    pub(crate) fn of_log(entries: &[Vec<u8>], now: u64) -> Self {
        let rebuilt = log::rebuild(entries.iter().map(Vec::as_slice)).unwrap();
        let stored: BTreeMap<_, _> = rebuilt.files.into_iter().collect();
        let public = log::paths(rebuilt.tree.size).into_iter();
        let mut copy = Self {
            files: public.map(|(path, name)| (path, stored[&name].clone())).collect(),
            ..Self::default()
        };
        let text = checkpoint(rebuilt.tree);
        let lines = [key("log1").sign_note(&text).unwrap(), key("station1").cosign(&text, now).unwrap()];
        copy.sign(&text, &lines);
        copy
    }

    /// Sets this checkpoint.
    pub(crate) fn sign(&mut self, text: &str, lines: &[SignatureLine]) {
        self.files.insert(paths::CHECKPOINT.to_owned(), composed(text, lines));
    }
}

/// The checkpoint text for this tree.
pub(crate) fn checkpoint(tree: Tree) -> String {
    Checkpoint { origin: format!("{ORIGIN}/log1"), tree }.print()
}

/// The entry that the station with this name makes of a note received at `at`.
pub(crate) fn entry(note: &[u8], station: &str, at: u64) -> Vec<u8> {
    let receipt = key(station).receipt(&text_of(note), at).unwrap();
    [note, format!("{receipt}\n").as_bytes()].concat()
}
