//! A copy to verify: a base URL or a directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use outband_site::paths;
use outband_station::verify::{Source, SourceError};

use crate::client::endpoint::Endpoint;

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
            bail!("{place} is neither a directory nor a URL such as https://status.example.net");
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
}

/// A failed request is repeated once, after this pause.
const PAUSE: Duration = Duration::from_millis(200);

impl Source for Copy {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let failed = |what: String| SourceError { path: path.to_owned(), what };
        match self {
            Self::Url { endpoint, fresh } => {
                let read = endpoint.get(path, *fresh).or_else(|_| {
                    std::thread::sleep(PAUSE);
                    endpoint.get(path, *fresh)
                });
                let file = read.map_err(|error| failed(format!("{error:#}")))?;
                Ok(file.map(|file| file.body))
            }
            Self::Directory(directory) => {
                let file = directory.join(paths::in_directory(path));
                match std::fs::read(&file) {
                    Ok(body) => Ok(Some(body)),
                    // On Windows, reading a folder fails as a lack of permission.
                    Err(error) if is_absent(error.kind()) || file.is_dir() => Ok(None),
                    Err(error) => Err(failed(error.to_string())),
                }
            }
        }
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        let Self::Directory(directory) = self else { return Ok(None) };
        let mut names = Vec::new();
        list(directory, "", &mut names)
            .map_err(|error| SourceError { path: "/".to_owned(), what: error.to_string() })?;
        names.sort();
        Ok(Some(names))
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
