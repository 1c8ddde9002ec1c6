//! The renderer's name: a digest of everything that decides which bytes a record is rendered to.

use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest as _, Sha256};

/// The sources, relative to the workspace's root: files, folders with everything in them, and the versions of
/// libraries.
pub(crate) const SOURCES: &[&str] = &[
    "keys/src",
    "record/src",
    "site/askama.toml",
    "site/src",
    "site/messages",
    "site/static",
    "site/templates",
    "station/src/memory",
    "station/src/memory.rs",
    "station/src/projection",
    "station/src/projection.rs",
    "Cargo.lock",
];

/// Digits of the name: 64 bits.
const DIGITS: usize = 16;

/// The name that follows from the sources under `root`. Line endings do not count, since a checkout may change them.
///
/// # Errors
/// If a source cannot be read.
pub(crate) fn name(root: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    for source in SOURCES {
        list(&root.join(source), &mut files)?;
    }
    let mut digest = Sha256::new();
    for file in files {
        let path = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        let content: Vec<u8> = fs::read(&file)?.into_iter().filter(|byte| *byte != b'\r').collect();
        digest.update(format!("{path} {}\n", content.len()));
        digest.update(content);
    }
    let digits: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digits.chars().take(DIGITS).collect())
}

/// A file, or every file in a folder, in the order of names. Tests next to the code do not count.
fn list(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for entry in entries.iter().filter(|entry| !is_test(entry)) {
        list(entry, files)?;
    }
    Ok(())
}

fn is_test(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == "tests" || name == "snapshots")
}
