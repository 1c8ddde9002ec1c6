//! Proving a copy: everything a station publishes is recomputed from the log alone.
//!
//! 1. [`Log::read`] reads the checkpoint and the first entries. Only once roster 1 is admitted and its log key has signed
//!    the checkpoint does it believe the checkpoint's size, read the other bundles, and recompute the tree.
//! 2. [`Log::prove`] admits every entry by the log before it, as the station did, and checks all of the checkpoint's
//!    signatures.
//! 3. It and [`Proven::rest`] hand out the expected content of every public file, byte for byte, at the time T of the
//!    checkpoint's cosignature; [`compare`] reports differences, and [`Proven::unexpected`] additional files.
//!
//! Files that cannot follow from the log are checked in another way: the checkpoint and the entries by their
//! signatures.

mod comparison;
mod jobs;
mod replay;
mod restore;

use std::collections::BTreeMap;

pub use comparison::{Cause, Difference, How, Incomparable, compare, incomparable};
pub use jobs::{HandOut, Job};
use outband_keys::{Note, VerifierKey, VerifyError};
use outband_record::authority::Authority;
use outband_record::log::{self, Checkpoint, Hash, LogError, Tree};
use outband_record::text::{Roster, Text};
use outband_record::time::Time;
use outband_site::data::Redacted;
use outband_site::pages::RenderError;
use outband_site::paths;
pub(crate) use replay::{Logged, Replay};
pub use restore::RestoreError;
pub(crate) use restore::stored_files;

use crate::admission::History as _;
use crate::error::StationError;
use crate::http::Refusal;
use crate::projection::Projection;
use crate::store::{self, MemoryStore, Store};

/// A copy to read from, by public path.
pub trait Source {
    /// The file's bytes; `None` if the copy has no such file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError>;

    /// Every file of the copy, by its name in a directory; `None` if the copy cannot list them.
    fn names(&self) -> Result<Option<Vec<String>>, SourceError>;
}

/// A copy could not be read. This does not mean that it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path} could not be read: {what}")]
pub struct SourceError {
    /// The public path.
    pub path: String,
    /// What went wrong.
    pub what: String,
}

/// Why a copy's log is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It could not be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A file of the log is missing.
    #[error("{path} is missing")]
    Missing {
        /// The public path.
        path: String,
    },
    /// A file of the log is malformed.
    #[error("{path}: {what}")]
    Malformed {
        /// The public path.
        path: String,
        /// What is wrong.
        what: String,
    },
    /// The entries do not hash to the checkpoint's root.
    #[error(
        "{}: the entries' root hash is {found}, the checkpoint says {logged}: an entry or the checkpoint was changed",
        paths::CHECKPOINT
    )]
    Root {
        /// The root of the entries.
        found: String,
        /// The checkpoint's.
        logged: String,
    },
    /// The checkpoint is not correctly signed.
    #[error("{}: {what}", paths::CHECKPOINT)]
    Checkpoint {
        /// What is missing or wrong.
        what: String,
    },
    /// An entry that the station should not have accepted.
    #[error("entry {index}: {}", .refusal.detail)]
    Entry {
        /// Its index in the log.
        index: u64,
        /// Why a station refuses it.
        refusal: Box<Refusal>,
    },
    /// This program could not recompute the files.
    #[error("this program could not recompute the files: {0}")]
    Failed(#[from] StationError),
}

impl Unproven {
    pub(crate) fn entry(index: u64, refusal: Refusal) -> Self {
        Self::Entry { index, refusal: Box::new(refusal) }
    }
}

impl From<RenderError> for Unproven {
    fn from(error: RenderError) -> Self {
        Self::Failed(StationError::from(error))
    }
}

/// A log that matches its checkpoint, which its log key has signed. Only the first entry is admitted yet.
pub struct Log {
    roots: Option<Vec<VerifierKey>>,
    /// T is not later than this.
    latest: Time,
    /// Files are rendered for no earlier time than this.
    earliest: Time,
    bytes: Vec<u8>,
    note: Note,
    checkpoint: Checkpoint,
    pub(crate) recomputed: Recomputed,
}

/// Leaves, and the tree and tiles computed from them.
pub(crate) struct Recomputed {
    pub(crate) leaves: Vec<Vec<u8>>,
    pub(crate) tree: Tree,
    /// Tiles and bundles, by the path at which a station stores them.
    pub(crate) tiles: BTreeMap<String, Vec<u8>>,
}

impl Recomputed {
    /// Computes tree and tiles from the leaves.
    pub(crate) fn of(leaves: Vec<Vec<u8>>) -> Result<Self, LogError> {
        let rebuilt = log::rebuild(leaves.iter().map(Vec::as_slice))?;
        Ok(Self { leaves, tree: rebuilt.tree, tiles: rebuilt.files.into_iter().collect() })
    }
}

impl Log {
    /// Reads a copy's checkpoint and entries. `roots`, if given, must be exactly the roots of roster 1; without them the
    /// first roster is trusted on first use.
    pub fn read(source: &dyn Source, roots: Option<&[VerifierKey]>) -> Result<Self, Unproven> {
        let bytes = required(source, paths::CHECKPOINT)?;
        let note = Note::parse(&bytes).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let checkpoint =
            Checkpoint::parse(note.text()).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let check = |first: &[u8]| check_first(roots, first, &note, &checkpoint);
        let leaves = bundled(source, 0, checkpoint.tree.size, check)?;
        if leaves.is_empty() {
            return Err(Unproven::Checkpoint { what: EMPTY.to_owned() });
        }
        Self::of(roots, bytes, leaves)
    }

    /// The log with this checkpoint and these leaves.
    pub(crate) fn of(
        roots: Option<&[VerifierKey]>,
        bytes: Vec<u8>,
        leaves: Vec<Vec<u8>>,
    ) -> Result<Self, Unproven> {
        let note = Note::parse(&bytes).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let checkpoint =
            Checkpoint::parse(note.text()).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let recomputed = Recomputed::of(leaves).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let (found, logged) = (&recomputed.tree, &checkpoint.tree);
        if found != logged {
            let (found, logged) = (log::hash_text(&found.root), log::hash_text(&logged.root));
            return Err(Unproven::Root { found, logged });
        }
        let roots = roots.map(<[VerifierKey]>::to_vec);
        let (latest, earliest) = (Time::from_posix(u64::MAX), Time::EPOCH);
        Ok(Self { roots, latest, earliest, bytes, note, checkpoint, recomputed })
    }

    /// The log's size and root hash.
    pub(crate) fn tree(&self) -> &Tree {
        &self.checkpoint.tree
    }

    /// The root hash that the log had at an earlier size.
    pub(crate) fn root_at(&self, size: u64) -> Result<Hash, StationError> {
        self.recomputed.root_at(size)
    }

    pub(crate) fn into_leaves(self) -> Vec<Vec<u8>> {
        self.recomputed.leaves
    }

    /// Renders files for no earlier time than this one, whatever T is.
    pub(crate) fn not_before(self, earliest: Time) -> Self {
        Self { earliest, ..self }
    }

    /// Refuses a T that is later than this. Everything up to T is rendered: a page for each month, without a bound.
    pub fn until(self, latest: Time) -> Self {
        Self { latest, ..self }
    }
}

/// Checks that the entries in a store hash to its checkpoint's root.
pub fn check_entries(store: &dyn Store) -> Result<(), Unproven> {
    Log::read(&Stored(store), None).map(drop)
}

/// A store as a copy to read from. It has one width of each tile, under the full one's name.
pub(crate) struct Stored<'s>(pub(crate) &'s dyn Store);

impl Source for Stored<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let stored = path.split_once(".p/").map_or(path, |(stored, _)| stored);
        let file = store::read(self.0, stored);
        let failed = |error: StationError| SourceError { path: path.to_owned(), what: error.to_string() };
        Ok(file.map_err(failed)?.map(|file| file.body))
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

/// A log in which every entry is correctly signed and admissible.
pub struct Proven<'s> {
    pub(crate) projection: Projection<'s>,
    time: Time,
    pub(crate) log: Log,
}

impl<'s> Proven<'s> {
    /// Reads a copy's log and proves it: [`Log::read`] and [`Log::prove`].
    pub fn from_source(
        source: &dyn Source,
        roots: Option<&[VerifierKey]>,
        scratch: &'s MemoryStore,
    ) -> Result<Self, Unproven> {
        Log::read(source, roots)?.prove(scratch, &mut |_| false)
    }

    /// The log's size and root hash.
    pub fn tree(&self) -> &Tree {
        &self.log.checkpoint.tree
    }

    /// T: when the serving station last signed the checkpoint.
    pub fn time(&self) -> Time {
        self.time
    }

    /// The authority (the keys that may sign) at the end of the log.
    pub fn authority(&self) -> Option<&Authority> {
        self.projection.authority()
    }

    /// The roots of roster 1, which founded the log.
    pub fn founders(&self) -> Vec<VerifierKey> {
        let first = || Text::parse(Note::parse_entry(self.entry(0)?).ok()?.text()).ok();
        match first() {
            Some(Text::Roster(roster)) => roster.root.clone(),
            _ => Vec::new(),
        }
    }

    /// The signed checkpoint.
    pub fn checkpoint(&self) -> &Note {
        &self.log.note
    }

    /// The log's hashes alone, which are much smaller than its entries.
    pub fn hashes(&self) -> Hashes {
        let tiles = self.log.recomputed.tiles.iter().filter(|(path, _)| !log::is_bundle(path));
        let tiles = tiles.map(|(path, body)| (path.clone(), body.clone())).collect();
        Hashes { tree: *self.tree(), tiles }
    }

    /// The leaf at `index`, or its hash if the entry was redacted.
    pub fn entry(&self, index: u64) -> Option<&[u8]> {
        self.log.recomputed.leaves.get(usize::try_from(index).ok()?).map(Vec::as_slice)
    }

    /// The log's redactions.
    pub fn redactions(&self) -> &[Redacted] {
        self.projection.redactions()
    }
}

/// The hashes of a proven log. They show whether another state of it is an earlier one.
pub struct Hashes {
    tree: Tree,
    tiles: BTreeMap<String, Vec<u8>>,
}

impl Hashes {
    /// The log's size and root hash.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The root hash that the log had at an earlier size.
    pub fn root_at(&self, size: u64) -> Result<Hash, LogError> {
        let read = |path: &str| Ok(self.tiles.get(path).cloned());
        log::root_at(&read, size, &self.tree)
    }
}

pub(crate) fn required(source: &dyn Source, path: &str) -> Result<Vec<u8>, Unproven> {
    source.read(path)?.ok_or_else(|| Unproven::Missing { path: path.to_owned() })
}

pub(crate) fn malformed(path: &str, what: impl ToString) -> Unproven {
    Unproven::Malformed { path: path.to_owned(), what: what.to_string() }
}

/// A T may be later than a reader's clock by a day, since either may be wrong: what is later is refused.
pub const MAX_AHEAD_SECONDS: u64 = 24 * 60 * 60;

/// The maximum size of all entries in bytes, so that a log which never ends cannot fill the memory: a century of ten
/// updates a day, of 700 bytes each.
const MAX_LOG_BYTES: usize = 256 << 20;

/// Reads the entries from `from` to `size` from the bundles. Nothing but the first of them is read, and no more of the
/// size is believed than its name, before `check` has accepted its first entry.
pub(crate) fn bundled(
    source: &dyn Source,
    from: u64,
    size: u64,
    check: impl FnOnce(&[u8]) -> Result<(), Unproven>,
) -> Result<Vec<Vec<u8>>, Unproven> {
    let (mut leaves, mut bytes, mut check) = (Vec::new(), 0, Some(check));
    let mut first = 0;
    for (path, width) in log::bundles(size) {
        let begins = first;
        first += width;
        if first <= from {
            continue;
        }
        let bundle = required(source, &path)?;
        let entries = log::entries(&bundle).map_err(|error| malformed(&path, error))?;
        if let (Some(check), Some(first)) = (check.take(), entries.first()) {
            check(first)?;
        }
        let count = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        if count != width {
            let what = format!("it has {count} entries; by the checkpoint's size of {size} it has {width}");
            return Err(malformed(&path, what));
        }
        bytes += bundle.len();
        if bytes > MAX_LOG_BYTES {
            let what =
                format!("up to here, the entries have more than {MAX_LOG_BYTES} bytes, too many to verify");
            return Err(malformed(&path, what));
        }
        let held = usize::try_from(from.saturating_sub(begins)).unwrap_or(usize::MAX);
        leaves.extend(entries.into_iter().skip(held).map(<[u8]>::to_vec));
    }
    Ok(leaves)
}

const EMPTY: &str = "the log is empty: there is nothing to prove";

/// Checks that the first entry is a roster with these roots, and that its log key has signed the checkpoint. No later
/// roster has another log key.
fn check_first(
    roots: Option<&[VerifierKey]>,
    first: &[u8],
    note: &Note,
    checkpoint: &Checkpoint,
) -> Result<(), Unproven> {
    let alone = Recomputed::of(vec![first.to_vec()]).map_err(|error| malformed(paths::CHECKPOINT, error))?;
    let scratch = MemoryStore::default();
    let mut replay = Replay::new(roots, &scratch);
    replay.pass(&alone, first)?;
    let roster = replay.projection.authority().map(Authority::roster);
    let begins = || unsigned("the log does not begin with a roster".to_owned());
    check_log(&roster.ok_or_else(begins)?.log, note, &checkpoint.origin)
}

/// Checks that the log's key has signed a checkpoint that bears this name.
pub(crate) fn check_log(log: &VerifierKey, note: &Note, name: &str) -> Result<(), Unproven> {
    if name != log.name().as_str() {
        return Err(unsigned(format!("it belongs to the log {name}, but the roster's is {}", log.name())));
    }
    note.verify(std::slice::from_ref(log)).map(drop).map_err(|error| unsigned(explain(&error)))
}

/// Checks that a checkpoint is signed by the roster's log key, cosigned by one of its stations, and bears no other
/// signatures. Returns T, the time of the cosignature, which is neither before `newest`, when the newest entry was
/// received, nor after `latest`.
pub(crate) fn check_stamps(
    roster: &Roster,
    note: &Note,
    bytes: &[u8],
    newest: Time,
    latest: Time,
) -> Result<Time, Unproven> {
    let log_key = std::slice::from_ref(&roster.log);
    let by_log = note.verify(log_key).map_err(|error| unsigned(explain(&error)))?;
    let cosigned = note.cosignatures(&roster.station).map_err(|error| unsigned(explain(&error)))?;
    let first = cosigned.first();
    let time = first.ok_or_else(|| unsigned("no station of the roster has cosigned it".to_owned()))?.time;
    let counted = by_log.lines().len() + cosigned.len();
    let is_canonical = Note::compose(note.text(), note.signatures()).as_bytes() == bytes;
    // An SSH signature is not among those lines.
    if counted != note.signatures().len() || !is_canonical {
        return Err(unsigned("it has signatures that were not made by keys of the roster".to_owned()));
    }
    let time = Time::from_posix(time);
    if time < newest {
        return Err(unsigned(format!(
            "it was cosigned at {time}, before the newest entry was received, {newest}"
        )));
    }
    if time > latest {
        return Err(unsigned(format!(
            "it was cosigned at {time}, which has not come yet (at most {latest} is believed): the station's clock or this machine's is wrong"
        )));
    }
    Ok(time)
}

fn unsigned(what: String) -> Unproven {
    Unproven::Checkpoint { what }
}

fn explain(error: &VerifyError) -> String {
    match error {
        VerifyError::Bad { name } => format!("the signature by {name} is invalid"),
        VerifyError::NoKnownSigner { .. } => "it is not signed by the roster's log key".to_owned(),
    }
}
