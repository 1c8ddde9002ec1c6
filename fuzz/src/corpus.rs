//! The corpora: the inputs from which mutations are made.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, ensure};

use crate::Target;
use crate::targets::posts;

/// One input and its file.
#[derive(Clone, Debug)]
pub struct Input {
    /// The path of its file.
    pub file: PathBuf,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The folder of the corpora, relative to the workspace.
const FOLDER: &str = "fuzz/corpus";

/// The separator between a vector's headers and its bytes.
const END_OF_HEADERS: &[u8] = b"\n---\n";

/// The corpus of a target: the files in its own folder, ordered by name, the vectors, and files published by a station.
pub fn of(target: &Target) -> Result<Vec<Input>> {
    let mut inputs = read(&folder(target))?;
    for vectors in target.vectors {
        let vectors = read(&root().join(vectors))?;
        inputs
            .extend(vectors.into_iter().map(|input| Input { bytes: behind_headers(&input.bytes), ..input }));
    }
    inputs.extend(published(target)?);
    ensure!(!inputs.is_empty(), "the corpus of {} is empty", target.name);
    Ok(inputs)
}

/// The files that a station publishes when it gets the notes of the corpus of `posts`: these always have the current
/// formats.
fn published(target: &Target) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for posts in read(&root().join(FOLDER).join("posts"))? {
        let (store, _) = posts::publish(&posts.bytes)
            .map_err(Error::msg)
            .with_context(|| posts.file.display().to_string())?;
        for file in store.files() {
            let bytes = (target.published)(&file.path, &file.body);
            inputs.extend(
                bytes.map(|bytes| Input { file: posts.file.join(file.path.trim_start_matches('/')), bytes }),
            );
        }
    }
    Ok(inputs)
}

/// Saves an input in the target's folder, under a name derived from its content. Returns its path.
pub fn keep(target: &Target, bytes: &[u8]) -> Result<PathBuf> {
    // FNV-1a: the same input is saved once.
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let file = folder(target).join(format!("found-{hash:016x}"));
    fs::create_dir_all(folder(target))?;
    fs::write(&file, bytes).with_context(|| file.display().to_string())?;
    Ok(file)
}

fn folder(target: &Target) -> PathBuf {
    root().join(FOLDER).join(target.name)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(folder: &Path) -> Result<Vec<Input>> {
    let mut files = Vec::new();
    // A target without a folder has only vectors.
    for entry in fs::read_dir(folder).into_iter().flatten() {
        files.push(entry?.path());
    }
    files.retain(|file| file.is_file() && !file.ends_with("README.md"));
    files.sort_unstable();
    files
        .into_iter()
        .map(|file| {
            let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
            Ok(Input { file, bytes })
        })
        .collect()
}

fn behind_headers(vector: &[u8]) -> Vec<u8> {
    let end = vector.windows(END_OF_HEADERS.len()).position(|window| window == END_OF_HEADERS);
    let start = end.map_or(0, |end| end + END_OF_HEADERS.len());
    vector.get(start..).unwrap_or_default().to_vec()
}
