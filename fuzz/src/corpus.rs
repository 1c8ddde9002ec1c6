//! The inputs that the mutations are made of.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result, ensure};

use crate::Target;
use crate::targets::posts;

/// One input, by the file that it stands in.
#[derive(Clone, Debug)]
pub struct Input {
    /// Where it stands.
    pub file: PathBuf,
    /// What it is.
    pub bytes: Vec<u8>,
}

/// Where the corpora are.
const FOLDER: &str = "fuzz/corpus";

/// Between what a vector says about itself and its bytes.
const END_OF_HEADERS: &[u8] = b"\n---\n";

/// The corpus of a target, in the order of its files' names: those in its own folder, and the vectors.
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

/// What a station publishes that gets the notes of the corpus of `posts`: as formats are now, whatever they were.
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

/// Keeps an input in a target's folder, under a name that its content gives; where.
pub fn keep(target: &Target, bytes: &[u8]) -> Result<PathBuf> {
    // FNV-1a: the same input is kept once.
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
    // No folder is a corpus of vectors alone.
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
