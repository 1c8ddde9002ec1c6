//! Full verification of a host over HTTP, with the code of `outband verify`.

use std::collections::BTreeMap;

use anyhow::{Result, bail, ensure};
use outband_site::paths;
use outband_station::MemoryStore;
use outband_station::verify::{self, Log, Source, SourceError};

use crate::http::Client;
use crate::session::Session;

/// The contents of a verified host.
#[derive(Debug)]
pub struct Proof {
    /// The number of entries in its log.
    pub size: u64,
    /// Every public file except the checkpoint, by path.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// The host may tick while its files are read; then they are read again, up to this many times.
const TRIES: usize = 5;

/// Proves the log against the site's root key, and compares every file with the recomputed one.
pub fn prove(session: &Session<'_>) -> Result<Proof> {
    for _ in 0..TRIES {
        let before = session.get("/log/checkpoint")?.body;
        let proof = try_prove(session);
        if session.get("/log/checkpoint")?.body == before {
            return proof;
        }
    }
    bail!("the checkpoint changed {TRIES} times while the files were read");
}

fn try_prove(session: &Session<'_>) -> Result<Proof> {
    let source = Served { client: &session.client };
    let scratch = MemoryStore::default();
    let roots = [session.author.carol.verifier()];
    let log = Log::read(&source, Some(&roots))?;
    if let Some(why) = verify::incomparable(&source)? {
        bail!("{why}");
    }
    let (proven, files) = log.expected(&scratch, true)?;
    ensure!(files.len() > 10, "only {} files were recomputed: {:?}", files.len(), files.keys());
    let mut differences = Vec::new();
    for (path, expected) in &files {
        let difference = verify::compare(path, expected, source.read(path)?.as_deref());
        differences.extend(difference.map(|difference| show(&source, difference.path, expected)));
    }
    ensure!(differences.is_empty(), "{} files differ:\n{}", differences.len(), differences.join("\n"));
    Ok(Proof { size: proven.tree().size, files })
}

fn show(source: &Served<'_>, path: String, expected: &[u8]) -> String {
    let found = source.read(&path).ok().flatten().unwrap_or_default();
    let same = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    let around = |bytes: &[u8]| {
        let bytes = bytes.get(same.saturating_sub(40)..).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(..160).unwrap_or(bytes)).into_owned()
    };
    format!(
        "{path} from byte {same}:\n  expected …{:?}…\n  found    …{:?}…",
        around(expected),
        around(&found)
    )
}

/// A host, read over HTTP like any other copy of the log.
struct Served<'c> {
    client: &'c Client,
}

impl Source for Served<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let failed = |what: String| SourceError { path: path.to_owned(), what };
        let answer = self.client.get(path).map_err(|error| failed(format!("{error:#}")))?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            // The body is the "not found" page, not the file.
            404 if path == paths::NOT_FOUND => Ok(Some(answer.body)),
            404 => Ok(None),
            status => Err(failed(format!("status {status}: {}", answer.shown()))),
        }
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}
