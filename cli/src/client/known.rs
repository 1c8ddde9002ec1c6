//! The newest checkpoint of each log that was verified here, so that no server can take entries back, or show another
//! history than before, unnoticed.
//!
//! ```json
//! {"v":1,"checkpoints":[{"log":"status.example.net/log1+0d2a77c1+AQ…","size":41,"root":"CsUY…","time":"2013-09-03T11:10:04Z","checkpoint":"status.example.net/log1\n41\nCsUY…\n\n— …\n"}]}
//! ```

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::{Note, VerifierKey};
use outband_record::log::{Checkpoint, Hash, LogError, Tree, hash_text};
use outband_record::time::Time;
use outband_station::verify::Proven;
use serde::{Deserialize, Serialize};

use crate::terminal::{self, shown};

/// A checkpoint that its log's key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signed {
    log: VerifierKey,
    tree: Tree,
    /// T, if the cosignature was verified too.
    time: Option<Time>,
    note: String,
}

/// The file with the checkpoints.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    path: PathBuf,
    checkpoints: Vec<Signed>,
}

/// How a log contradicts one that was verified before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contradiction {
    /// It is shorter.
    Shorter { found: u64, known: u64 },
    /// Another root hash for the same size.
    OtherRoot { size: u64 },
    /// Longer, but not a continuation.
    NotContinued { found: u64, known: u64 },
    /// Another log of the same origin.
    OtherKey { name: String },
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shorter { found, known } => write!(
                f,
                "rollback: this log has {found} entries, the one verified earlier has {known}; entries were taken back, or this is an old copy"
            ),
            Self::OtherRoot { size } => write!(
                f,
                "split view: this log has {size} entries, like the one verified earlier, but not the same ones; somebody keeps two histories"
            ),
            Self::NotContinued { found, known } => write!(
                f,
                "split view: the first {known} of this log's {found} entries are not those of the one verified earlier; somebody keeps two histories"
            ),
            Self::OtherKey { name } => {
                write!(
                    f,
                    "split view: this log is signed by another key than the one verified earlier, {name}"
                )
            }
        }
    }
}

impl Signed {
    /// Takes a checkpoint that `log` has signed. `time` is that of its cosignature, if that was verified.
    pub(crate) fn new(log: &VerifierKey, note: &Note, time: Option<Time>) -> Result<Self> {
        note.verify(std::slice::from_ref(log)).context("the checkpoint is not signed by the log's key")?;
        let tree = Checkpoint::parse(note.text())?.tree;
        let note = Note::compose(note.text(), note.signatures());
        Ok(Self { log: log.clone(), tree, time, note })
    }

    /// The checkpoint of a proven log.
    pub(crate) fn of(proven: &Proven<'_>) -> Result<Self> {
        let authority = proven.authority().context("the log has no roster")?;
        Self::new(&authority.roster().log, proven.checkpoint(), Some(proven.time()))
    }

    /// The log's key.
    pub(crate) fn log(&self) -> &VerifierKey {
        &self.log
    }

    /// The size and root hash.
    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The signed checkpoint.
    pub(crate) fn note(&self) -> &str {
        &self.note
    }

    /// Whether the log at `self`, with its earlier root hashes, is `earlier` or a continuation of it.
    pub(crate) fn continues(
        &self,
        earlier: &Self,
        root_at: impl FnOnce(u64) -> Result<Hash, LogError>,
    ) -> Result<Option<Contradiction>, LogError> {
        let (found, known) = (self.tree.size, earlier.tree.size);
        if self.log != earlier.log {
            return Ok(Some(Contradiction::OtherKey { name: earlier.log.name().to_string() }));
        }
        if found < known {
            return Ok(Some(Contradiction::Shorter { found, known }));
        }
        if found == known {
            let is_same = self.tree.root == earlier.tree.root;
            return Ok((!is_same).then_some(Contradiction::OtherRoot { size: known }));
        }
        let is_prefix = root_at(known)? == earlier.tree.root;
        Ok((!is_prefix).then_some(Contradiction::NotContinued { found, known }))
    }

    /// Whether this replaces `known`: a longer log, or the same at a later time.
    fn is_newer_than(&self, known: &Self) -> bool {
        let is_same = self.tree == known.tree;
        self.tree.size > known.tree.size || (is_same && self.time > known.time)
    }
}

/// The origin of a log, whose key is named `<origin>/log1`.
fn origin(log: &VerifierKey) -> &str {
    let name = log.name().as_str();
    name.rsplit_once('/').map_or(name, |(origin, _)| origin)
}

/// The maximum size of the file in bytes: enough for thousands of logs.
const MAX_BYTES: u64 = 4 << 20;

impl Known {
    /// Reads the file; one that does not exist has no checkpoints.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let checkpoints = read(path).with_context(|| {
            format!(
                "{} is not a file of verified checkpoints, and was not changed. Restore it, or move it away and verify again",
                shown(path)
            )
        })?;
        Ok(Self { path: path.to_owned(), checkpoints })
    }

    /// The file of this user: `OUTBAND_STATE`, or `outband/checkpoints.json` in the user's directory for state; `None`
    /// if there is no such directory, or if `OUTBAND_STATE` is empty.
    pub(crate) fn of_user() -> Option<PathBuf> {
        if let Some(file) = std::env::var_os("OUTBAND_STATE") {
            return (!file.is_empty()).then(|| PathBuf::from(file));
        }
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let home = if cfg!(windows) {
            set("LOCALAPPDATA")
        } else {
            let absolute = set("XDG_STATE_HOME").filter(|path| path.is_absolute());
            absolute.or_else(|| Some(set("HOME")?.join(".local/state")))
        };
        Some(home?.join("outband").join("checkpoints.json"))
    }

    /// The checkpoints in the user's file; `None`, with a warning, if it cannot be read.
    pub(crate) fn of_user_or_warn() -> Option<Self> {
        terminal::or_warn(Self::open(&Self::of_user()?))
    }

    /// The file's path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The checkpoint of the log with this key.
    pub(crate) fn of(&self, log: &VerifierKey) -> Option<&Signed> {
        self.checkpoints.iter().find(|known| known.log == *log)
    }

    /// The checkpoint of this log, or else of another log of the same origin.
    pub(crate) fn of_origin(&self, log: &VerifierKey) -> Option<&Signed> {
        let same = |known: &&Signed| origin(&known.log) == origin(log);
        self.of(log).or_else(|| self.checkpoints.iter().find(same))
    }

    /// Keeps a verified checkpoint, unless the file has a newer one of this log by now. The file is replaced as a whole,
    /// or not at all.
    pub(crate) fn keep(&self, newest: &Signed) -> Result<()> {
        let failed = || format!("the verified checkpoint was not kept in {}", shown(&self.path));
        self.replace(newest).with_context(failed)
    }

    fn replace(&self, newest: &Signed) -> Result<()> {
        let folder = self.folder()?;
        let lock = std::fs::OpenOptions::new().append(true).create(true).open(self.beside("lock"))?;
        // Not every file system can lock; the time between reading and writing is short.
        let _ = lock.lock();
        let mut checkpoints = read(&self.path)?;
        match checkpoints.iter_mut().find(|known| known.log == newest.log) {
            Some(known) if newest.is_newer_than(known) => known.clone_from(newest),
            Some(_) => return Ok(()),
            None => checkpoints.push(newest.clone()),
        }
        let file = File { v: 1, checkpoints: checkpoints.iter().map(Row::of).collect() };
        let mut next = tempfile::NamedTempFile::new_in(folder)?;
        next.write_all(&serde_json::to_vec_pretty(&file)?)?;
        next.as_file().sync_all()?;
        next.persist(&self.path)?;
        Ok(())
    }

    /// Keeps the checkpoint of a log that was proven with known roots, unless it contradicts the known one.
    pub(crate) fn check_and_keep(&self, proven: &Proven<'_>) -> Result<()> {
        let found = Signed::of(proven)?;
        let hashes = proven.hashes();
        if let Some(known) = self.of(found.log())
            && let Some(why) = found.continues(known, |size| hashes.root_at(size))?
        {
            let evidence = self.keep_evidence(&why, known, &found)?;
            bail!(
                "{why}. Both signed checkpoints are in {}. If you have restored the station from a backup yourself, move {} away",
                shown(&evidence),
                shown(&self.path)
            );
        }
        terminal::or_warn(self.keep(&found));
        Ok(())
    }

    /// Keeps both checkpoints of a contradiction in a file of their own beside this one, and returns its path.
    pub(crate) fn keep_evidence(
        &self,
        why: &dyn fmt::Display,
        known: &Signed,
        found: &Signed,
    ) -> Result<PathBuf> {
        let start: String =
            hash_text(&found.tree.root).chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let path = self.beside(&format!("evidence-{}-{}-{start}.json", known.tree.size, found.tree.size));
        let (known, found) = (Row::of(known), Row::of(found));
        let document = serde_json::json!({"v": 1, "what": why.to_string(), "known": known, "found": found});
        self.folder()?;
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => file.write_all(&serde_json::to_vec_pretty(&document)?)?,
            // From the first time that this was seen.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", shown(&path))),
        }
        Ok(path)
    }

    /// The file's folder, which is created if necessary.
    fn folder(&self) -> Result<&Path> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", shown(folder)))?;
        Ok(folder)
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{ending}"));
        self.path.with_file_name(name)
    }
}

/// The content of the file.
#[derive(Serialize, Deserialize)]
struct File {
    v: u64,
    checkpoints: Vec<Row>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    log: String,
    size: u64,
    root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    checkpoint: String,
}

impl Row {
    fn of(signed: &Signed) -> Self {
        Self {
            log: signed.log.to_string(),
            size: signed.tree.size,
            root: hash_text(&signed.tree.root),
            time: signed.time.map(|time| time.to_string()),
            checkpoint: signed.note.clone(),
        }
    }

    fn signed(&self) -> Result<Signed> {
        let time = self.time.as_deref().map(|text| Time::parse(text).context("a time is malformed"));
        let note = Note::parse(self.checkpoint.as_bytes())?;
        let signed = Signed::new(&self.log.parse()?, &note, time.transpose()?)?;
        let is_same = (self.size, &self.root) == (signed.tree.size, &hash_text(&signed.tree.root));
        ensure!(is_same, "a size or a root hash is not that of its checkpoint");
        Ok(signed)
    }
}

fn read(path: &Path) -> Result<Vec<Signed>> {
    let found = match std::fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    ensure!(found.is_file(), "it is not a regular file");
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    file.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    ensure!(text.len() as u64 <= MAX_BYTES, "it has more than {MAX_BYTES} bytes");
    let file: File = serde_json::from_str(&text)?;
    ensure!(file.v == 1, "it is of version {}, and this program knows version 1", file.v);
    file.checkpoints.iter().map(Row::signed).collect()
}
