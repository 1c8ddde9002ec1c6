//! The acknowledged head: a small file beside the store.
//!
//! ```text
//! status.example.net/log1                         the text of a checkpoint (C2SP tlog-checkpoint):
//! 42                                              origin, size, root
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```
//!
//! A store that has lost its newest entries looks like a store that never had them: an old copy, one without its
//! write-ahead log, one whose write-ahead log was damaged. This file tells them apart. It is replaced after the commit
//! that makes the log longer, and before the note is acknowledged. So at any instant the store has every entry of this
//! head, and perhaps one more, which is not acknowledged yet.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use outband_station::Checkpoint;

/// The file, at its path.
pub(crate) struct HeadFile(PathBuf);

/// What is appended to the store's name.
const SUFFIX: &str = "-head";
/// What is appended to the name while the next head is being written.
const NEXT: &str = "-next";

impl HeadFile {
    /// The file of the store at `path`.
    pub(crate) fn of(store: &Path) -> Self {
        Self(with_suffix(store, SUFFIX))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The head in the file; `None` if there is no file.
    pub(crate) fn read(&self) -> io::Result<Option<Checkpoint>> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let head = Checkpoint::parse(&text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
        Ok(Some(head))
    }

    /// Replaces the head, durably.
    pub(crate) fn write(&self, head: &Checkpoint) -> io::Result<()> {
        self.prepare(head)?;
        self.settle()
    }

    /// Writes the next head to a file of its own: everything that takes space on the disk.
    pub(crate) fn prepare(&self, head: &Checkpoint) -> io::Result<()> {
        let mut file = File::create(with_suffix(&self.0, NEXT))?;
        file.write_all(head.print().as_bytes())?;
        file.sync_all()
    }

    /// Puts the prepared head in place of the old one.
    pub(crate) fn settle(&self) -> io::Result<()> {
        fs::rename(with_suffix(&self.0, NEXT), &self.0)?;
        sync_directory_of(&self.0)
    }
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Makes a renaming in the file's directory durable.
#[cfg(unix)]
pub(crate) fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    match File::open(directory.unwrap_or(Path::new(".")))?.sync_all() {
        // Some network file systems have no such call.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Windows has no such call.
#[cfg(not(unix))]
pub(crate) fn sync_directory_of(_: &Path) -> io::Result<()> {
    Ok(())
}
