//! The folder `notes/` beside `outband.toml`: a draft that is not signed yet, and what was signed here, by what became of
//! it.
//!
//! ```text
//! notes/draft.txt    what was typed and is not signed yet; notes/site.txt for the site note
//! notes/*.txt        what could not be signed
//! notes/unsent/      signed; no log is known to have it
//! notes/sent/        accepted by a station, each with its receipts
//! notes/refused/     refused by every station that answered
//! ```

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::client::files;
use crate::client::settings::Directory;
use crate::terminal::{self, shown};

/// The folder.
#[derive(Debug)]
pub(crate) struct Outbox {
    folder: PathBuf,
}

/// A draft that this command alone writes.
#[derive(Debug)]
pub(crate) struct DraftFile {
    path: PathBuf,
    /// Locked as long as the draft is being written.
    _lock: Option<File>,
}

/// What became of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Sent,
    Refused,
}

const UNSENT: &str = "unsent";

impl Outbox {
    /// That of a page's directory.
    pub(crate) fn of(directory: &Directory) -> Self {
        Self { folder: directory.path.join("notes") }
    }

    /// Saves a note that is about to be sent.
    pub(crate) fn keep(&self, name: &str, note: &str) -> Result<PathBuf> {
        let file = self.subfolder(UNSENT)?.join(name);
        files::create_note(&file, note)?;
        Ok(file)
    }

    /// Saves the text of a note that could not be signed.
    pub(crate) fn keep_unsigned(&self, name: &str, text: &str) -> Result<PathBuf> {
        create_folder(&self.folder)?;
        let file = self.folder.join(name);
        files::create_note(&file, text)?;
        Ok(file)
    }

    /// Files a note by its outcome; returns its new path. A failure is only a warning: the note stays where it is,
    /// and sending it again is harmless.
    pub(crate) fn file(&self, note: PathBuf, outcome: Outcome) -> PathBuf {
        let folder = match outcome {
            Outcome::Sent => "sent",
            Outcome::Refused => "refused",
        };
        let moved = self.subfolder(folder).and_then(|folder| {
            let to = folder.join(note.file_name().unwrap_or_default());
            fs::rename(&note, &to)
                .with_context(|| format!("cannot move {} to {}", shown(&note), shown(&to)))?;
            Ok(to)
        });
        terminal::or_warn(moved).unwrap_or(note)
    }

    /// The notes that no station is known to have, oldest first.
    pub(crate) fn unsent(&self) -> Result<Vec<PathBuf>> {
        let folder = self.folder.join(UNSENT);
        let unreadable = || format!("cannot read {}", shown(&folder));
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(unreadable),
        };
        let mut notes = Vec::new();
        for entry in entries {
            let path = entry.with_context(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "note") {
                // Another command may just have moved it.
                let Ok(written) = path.metadata().and_then(|metadata| metadata.modified()) else { continue };
                notes.push((written, path));
            }
        }
        notes.sort();
        Ok(notes.into_iter().map(|(_, path)| path).collect())
    }

    /// Whether a note in this file is one of [`unsent`](Self::unsent).
    pub(crate) fn is_unsent(&self, note: &Path) -> bool {
        let real = |folder: &Path| folder.canonicalize().ok();
        note.parent().and_then(real).is_some_and(|folder| real(&self.folder.join(UNSENT)) == Some(folder))
    }

    /// The file for what is typed but not signed yet. While another command writes it, this one has a file of its own.
    pub(crate) fn draft(&self) -> DraftFile {
        self.draft_of("draft")
    }

    /// The same for the site note.
    pub(crate) fn site_draft(&self) -> DraftFile {
        self.draft_of("site")
    }

    fn draft_of(&self, name: &str) -> DraftFile {
        let lock = self.lock(name);
        let name = match &lock {
            Ok(None) => format!("{name}-{}.txt", std::process::id()),
            // Without a lock, what can be saved is saved all the same.
            Ok(Some(_)) | Err(_) => format!("{name}.txt"),
        };
        DraftFile { path: self.folder.join(name), _lock: lock.ok().flatten() }
    }

    /// `None` if another command has the lock.
    fn lock(&self, name: &str) -> std::io::Result<Option<File>> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(format!("{name}.lock"));
        let file = File::options().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    fn subfolder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        create_folder(&folder)?;
        Ok(folder)
    }
}

impl DraftFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Saves what is typed so far, in one step: a crash leaves the earlier draft or this one.
    pub(crate) fn save(&self, text: &str) -> Result<()> {
        self.path.parent().map_or(Ok(()), create_folder)?;
        let new = self.path.with_extension("new");
        files::replace_note(&new, text)?;
        fs::rename(&new, &self.path).with_context(|| format!("cannot write {}", shown(&self.path)))?;
        terminal::kept(&self.path);
        Ok(())
    }

    /// Removes it: it has been signed.
    pub(crate) fn remove(&self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                terminal::warn(&format!("cannot remove {} ({error})", shown(&self.path)));
            }
            _ => {}
        }
    }
}

fn create_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", shown(folder)))
}
