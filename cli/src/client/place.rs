//! Where a mirror is written: a directory that any static file server can serve.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_site::paths;
use outband_station::verify::Source as _;

use crate::client::copy::Copy;
use crate::terminal::shown;

/// A directory that belongs to one mirror.
pub(crate) struct Place {
    directory: PathBuf,
    /// Held as long as this process may write.
    _lock: Option<File>,
}

impl Place {
    /// Opens a directory that has a copy, or is empty, or does not exist yet. Another's files are never touched.
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", shown(directory)))?;
        let place = Self { directory: directory.to_owned(), _lock: lock(directory)? };
        if place.is_empty()? && place.names()?.iter().any(|name| !is_hidden(name)) {
            bail!(
                "{} has files, but no copy of a page. A mirror removes what does not belong to it: choose an empty directory, or a new one",
                shown(directory)
            );
        }
        Ok(place)
    }

    /// The copy in it.
    pub(crate) fn copy(&self) -> Copy {
        Copy::Directory(self.directory.clone())
    }

    /// Whether it has no copy yet.
    pub(crate) fn is_empty(&self) -> Result<bool> {
        Ok(self.copy().read(paths::CHECKPOINT)?.is_none())
    }

    /// The names of everything in it, except what is hidden.
    pub(crate) fn names(&self) -> Result<Vec<String>> {
        let names = self.copy().names()?.unwrap_or_default();
        Ok(names.into_iter().filter(|name| !is_hidden(name) || is_ours(name)).collect())
    }

    /// Writes the file at a public path, in one step. The log and the checkpoint are also synced: everything else can be
    /// computed again.
    pub(crate) fn write(&self, path: &str, body: &[u8]) -> Result<()> {
        let file = self.directory.join(paths::in_directory(path));
        let failed = || format!("cannot write {}", shown(&file));
        let folder = file.parent().unwrap_or(&self.directory);
        fs::create_dir_all(folder).with_context(failed)?;
        let mut next =
            tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).with_context(failed)?;
        next.write_all(body).with_context(failed)?;
        if path.starts_with(LOG) {
            next.as_file().sync_all().with_context(failed)?;
        }
        readable_by_all(next.as_file()).with_context(failed)?;
        next.persist(&file).with_context(failed)?;
        Ok(())
    }

    /// Removes a file, and the folders that are empty then.
    pub(crate) fn remove(&self, name: &str) -> Result<()> {
        let file = self.directory.join(name);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", shown(&file)));
            }
            _ => {}
        }
        let folders = file.ancestors().skip(1).take_while(|folder| **folder != self.directory);
        // One that is not empty stays.
        let _ = folders.map(fs::remove_dir).take_while(Result::is_ok).count();
        Ok(())
    }
}

/// Names of files that are not a page's begin with this.
const HIDDEN: &str = ".";
/// Names of files that are being written begin with this.
const UNFINISHED: &str = ".outband-";
const LOG: &str = "/log/";

fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with(HIDDEN))
}

/// Whether a hidden name is that of a page's file, or of one that was not finished.
fn is_ours(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name == paths::in_directory(paths::SECURITY) || last.starts_with(UNFINISHED)
}

/// Keeps a second mirror out. Not every system can lock a directory.
fn lock(directory: &Path) -> Result<Option<File>> {
    let Ok(file) = File::open(directory) else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => {
            bail!(
                "another process is writing a mirror to {}. Stop that one, or choose another directory",
                shown(directory)
            )
        }
        Err(TryLockError::Error(_)) => Ok(None),
    }
}

/// A temporary file is its owner's alone, and web servers run as others.
#[cfg(unix)]
fn readable_by_all(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable_by_all(_: &File) -> std::io::Result<()> {
    Ok(())
}
