//! Files named by the operator, with `-` for standard input. New files never replace existing ones.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};

/// The contents of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map(drop)
    };
    read.with_context(|| format!("cannot read {}", path.display()))?;
    Ok(bytes)
}

/// Like [`read`], for text.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{} is not UTF-8", path.display()))
}

/// Writes a new file that everybody may read.
pub(crate) fn create(path: &Path, text: &str) -> Result<()> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| not_created(path, error))
}

/// Why a file could not be created, with a separate message for an existing file.
pub(crate) fn not_created(path: &Path, error: Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("{} already exists and is never overwritten", path.display()),
        _ => anyhow::Error::new(error).context(format!("cannot write {}", path.display())),
    }
}
