//! Where a mirror is written: a directory that any static file server can serve.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_site::paths;
use outband_station::verify::Source as _;

use crate::client::copy::{Copy, MARK};
use crate::terminal::shown;

/// A directory that belongs to one mirror.
pub(crate) struct Place {
    directory: PathBuf,
    /// Held as long as this process may write.
    _lock: File,
}

impl Place {
    /// Opens a directory that has a mirror's mark, or is empty, or does not exist yet. Another's files are never touched.
    pub(crate) fn open(directory: &Path) -> Result<Self> {
        fs::create_dir_all(directory).with_context(|| format!("cannot create {}", shown(directory)))?;
        let mark = directory.join(MARK);
        let is_ours =
            mark.exists() || Copy::Directory(directory.to_owned()).read(paths::CHECKPOINT)?.is_some();
        let mut names = Copy::Directory(directory.to_owned()).names()?.unwrap_or_default().into_iter();
        if !is_ours && names.any(|name| !is_hidden(&name)) {
            bail!(
                "{} has files, but no copy of a page. A mirror removes what does not belong to it: choose an empty directory, or a new one",
                shown(directory)
            );
        }
        Ok(Self { directory: directory.to_owned(), _lock: lock(&mark)? })
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
        if path.starts_with(LOG) {
            sync_folder(folder).with_context(failed)?;
        }
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
const UNFINISHED: &str = ".outband-new-";
const LOG: &str = "/log/";

fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with(HIDDEN))
}

/// Whether a hidden name is that of a page's file, or of one that was not finished.
fn is_ours(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    name == paths::in_directory(paths::SECURITY) || last.starts_with(UNFINISHED)
}

/// Marks the directory as a mirror's, and keeps a second one out.
fn lock(mark: &Path) -> Result<File> {
    let failed = || format!("cannot write {}", shown(mark));
    let file = File::options().create(true).truncate(false).write(true).open(mark).with_context(failed)?;
    match file.try_lock() {
        // Not every file system can lock.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another process is writing a mirror to {}. Stop that one, or choose another directory",
            mark.parent().map(shown).unwrap_or_default()
        ),
    }
}

/// Makes a renaming in this folder durable.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows has no such call.
#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
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
