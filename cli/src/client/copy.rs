//! A copy to verify: a base URL or a directory. Its author may lie, so every read is bounded.

use std::fs::{File, FileType, OpenOptions};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use outband_keys::printable;
use outband_site::paths;
use outband_station::verify::{Source, SourceError};

use crate::client::endpoint::{Endpoint, MAX_FILE};

/// The source of a copy.
pub(crate) enum Copy {
    /// Over HTTP, bypassing caches if `fresh`.
    Url { endpoint: Endpoint, fresh: bool },
    /// From files, named as in a mirror's directory.
    Directory(PathBuf),
}

impl Copy {
    /// Opens a URL or a directory, depending on the form of `place`.
    pub(crate) fn open(place: &str) -> Result<Self> {
        if place.contains("://") {
            return Ok(Self::Url { endpoint: Endpoint::new(place)?, fresh: false });
        }
        if !Path::new(place).is_dir() {
            bail!("{} is neither a directory nor a URL such as https://status.example.net", printable(place));
        }
        Ok(Self::Directory(PathBuf::from(place)))
    }

    /// A copy at an endpoint, bypassing caches.
    pub(crate) fn fresh(endpoint: &Endpoint) -> Self {
        Self::Url { endpoint: endpoint.clone(), fresh: true }
    }

    /// The same copy, bypassing caches; `None` if there are no caches.
    pub(crate) fn past_caches(&self) -> Option<Self> {
        match self {
            Self::Url { endpoint, .. } => Some(Self::fresh(endpoint)),
            Self::Directory(_) => None,
        }
    }

    /// The first bytes of a file, at most `limit`; `None` if the copy has no such file.
    pub(crate) fn read_up_to(&self, path: &str, limit: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let failed = |what: String| SourceError { path: path.to_owned(), what };
        match self {
            Self::Url { endpoint, fresh } => {
                let read = endpoint.get_up_to(path, *fresh, limit).or_else(|_| {
                    std::thread::sleep(PAUSE);
                    endpoint.get_up_to(path, *fresh, limit)
                });
                let file = read.map_err(|error| failed(format!("{error:#}")))?;
                Ok(file.map(|file| file.body))
            }
            Self::Directory(directory) => {
                let file = directory.join(paths::in_directory(path));
                let Some(file) = open_file(&file).map_err(failed)? else { return Ok(None) };
                let mut body = Vec::new();
                file.take(limit).read_to_end(&mut body).map_err(|error| failed(error.to_string()))?;
                Ok(Some(body))
            }
        }
    }
}

/// The file that marks a directory as a mirror's. It is no part of the copy.
pub(crate) const MARK: &str = ".outband-mirror";

/// A failed request is repeated once, after this pause.
const PAUSE: Duration = Duration::from_millis(200);

impl Source for Copy {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.read_up_to(path, MAX_FILE + 1)? {
            Some(body) if body.len() as u64 > MAX_FILE => {
                let what = format!("it is larger than {MAX_FILE} bytes, as no file of a log is");
                Err(SourceError { path: path.to_owned(), what })
            }
            body => Ok(body),
        }
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        let Self::Directory(directory) = self else { return Ok(None) };
        let mut names = Vec::new();
        list(directory, "", &mut names)
            .map_err(|error| SourceError { path: "/".to_owned(), what: error.to_string() })?;
        names.retain(|name| name != MARK);
        names.sort();
        Ok(Some(names))
    }
}

/// Opens a regular file; `None` if there is nothing of this name. Anything else is refused before it is opened, since a
/// named pipe would wait for its writer, and some devices act when they are opened.
fn open_file(path: &Path) -> Result<Option<File>, String> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if is_absent(error.kind()) => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    check_regular(found.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // It may have been replaced since.
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NONBLOCK | OFlags::NOFOLLOW).bits();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.cast_signed());
    }
    let file = options.open(path).map_err(|error| error.to_string())?;
    check_regular(file.metadata().map_err(|error| error.to_string())?.file_type())?;
    Ok(Some(file))
}

fn check_regular(kind: FileType) -> Result<(), String> {
    if kind.is_file() { Ok(()) } else { Err(format!("it is {}, not a regular file", name(kind))) }
}

fn name(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return "a named pipe";
        }
        if kind.is_socket() {
            return "a socket";
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
    }
    match (kind.is_dir(), kind.is_symlink()) {
        (true, _) => "a directory",
        (_, true) => "a symbolic link",
        (false, false) => "something else",
    }
}

/// Lists the paths of everything that is not a folder. Symbolic links are not followed but listed themselves.
fn list(folder: &Path, prefix: &str, names: &mut Vec<String>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

/// Whether the file does not exist, including when one of its parents is a file.
fn is_absent(kind: std::io::ErrorKind) -> bool {
    matches!(kind, std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}
