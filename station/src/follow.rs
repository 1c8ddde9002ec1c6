//! Following a station: reading what its log has gained, proving it, and computing every file from it. Nothing but the
//! log crosses the line.
//!
//! A follower holds a proven log and all files that follow from it. It never goes back, and a log that contradicts what
//! it holds is refused with both signed checkpoints, which prove that the log's key signed two histories.

use std::collections::{BTreeMap, BTreeSet};

use outband_keys::{Note, SecretKey, VerifierKey};
use outband_record::authority::Authority;
use outband_record::log::{self, Checkpoint, Hash, LogError, Tree};
use outband_record::text::{Roster, Text};
use outband_record::time::Time;
use outband_site::{pages, paths};

use crate::admission::History;
use crate::checkpoint::{Head, cosigned};
use crate::error::StationError;
use crate::projection::{Files, Projection, missing};
use crate::redact;
use crate::store::{File, MemoryStore, Store};
use crate::verify::{
    Log, Logged, Source, Stored, Unproven, bundled, check_log, check_stamps, malformed, required,
    stored_files,
};

/// What a follower is sure of before it reads anything.
#[derive(Debug)]
pub struct Follower<'k> {
    /// The roots of roster 1; without them, the first roster is trusted on first use.
    pub roots: Option<&'k [VerifierKey]>,
    /// A time that has not come yet is refused, as of this one (POSIX seconds): everything up to it would be rendered.
    pub latest: u64,
    /// Who vouches for the time of the files.
    pub stamp: Stamp<'k>,
}

/// Whose cosignature is on a follower's checkpoint.
#[derive(Debug)]
pub enum Stamp<'k> {
    /// The station's that is followed: this is a mirror of it.
    Theirs,
    /// A second station's own.
    Own {
        /// Its key, which the roster lists.
        key: &'k SecretKey,
        /// The time on its clock, in POSIX seconds.
        now: u64,
    },
}

/// What there was to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Nothing new.
    Unchanged,
    /// The same log, signed at a later time.
    Renewed,
    /// New entries.
    Extended {
        /// The index of the first.
        from: u64,
        /// The index after the last.
        to: u64,
    },
    /// An earlier state of the log, such as a cache or a restored backup has. Nothing was changed.
    Behind {
        /// Its number of entries.
        found: u64,
        /// The number of entries held.
        held: u64,
    },
}

/// Why nothing was followed. The store is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// What was read is not proven.
    #[error(transparent)]
    Unproven(#[from] Unproven),
    /// The log has two histories.
    #[error(
        "the log contradicts the one that is held: {} is no earlier or later state of {}. Its key has signed both, and so two histories",
        .found.lines().nth(1).unwrap_or_default(), .held.lines().nth(1).unwrap_or_default()
    )]
    Contradiction {
        /// The signed checkpoint of the log that is held.
        held: String,
        /// The signed checkpoint that was read.
        found: String,
    },
    /// A second station's key is not in the roster.
    #[error(
        "the roster has no line `station: {key}`, so nobody would believe what this station signs. Add it with `outband roster add --station`"
    )]
    NotListed {
        /// The key.
        key: Box<VerifierKey>,
    },
}

impl From<StationError> for FollowError {
    fn from(error: StationError) -> Self {
        Self::Unproven(error.into())
    }
}

impl From<LogError> for FollowError {
    fn from(error: LogError) -> Self {
        StationError::from(error).into()
    }
}

/// At most this many new entries are read one by one. A bundle has up to 255 others beside the new ones.
const SINGLE: u64 = 16;

impl Follower<'_> {
    /// Reads what `source` has that `store` has not, and commits everything that follows from it at once. An empty
    /// store gets the whole log.
    pub fn follow(&self, source: &dyn Source, store: &mut dyn Store) -> Result<Followed, FollowError> {
        let found = Found::read(source)?;
        let Some(held) = Held::in_store(store)? else { return self.begin(source, store) };
        let mut projection = Projection::empty(Files::of(&*store));
        projection.open(&held.head)?;
        let log_key = &self.roster(projection.authority())?.log;
        check_log(log_key, &found.note, &found.origin)?;
        let tree = held.head.tree;
        if found.tree.size <= tree.size {
            if log::root_at(&projection.files.reader(), found.tree.size, &tree)? != found.tree.root {
                return Err(held.contradicted_by(&found));
            }
            if found.tree.size < tree.size {
                return Ok(Followed::Behind { found: found.tree.size, held: tree.size });
            }
        }
        let files = Files::of(&*store);
        match self.gain(source, &files, &held, &found)? {
            Gain::Appended(gained) => {
                let Some(batch) = self.extend(projection, held.head.time, &found, gained)? else {
                    return Ok(Followed::Unchanged);
                };
                store.commit(&batch).map_err(StationError::from)?;
            }
            Gain::Redacted(leaves) => {
                let batch = self.replace(store, held.head.time, &found, leaves)?;
                store.commit_redaction(&batch).map_err(StationError::from)?;
                // If it fails, a host tries again with each tick.
                let _ = store.wipe();
            }
        }
        Ok(match (tree.size, found.tree.size) {
            (from, to) if from == to => Followed::Renewed,
            (from, to) => Followed::Extended { from, to },
        })
    }

    /// Fills an empty store.
    fn begin(&self, source: &dyn Source, store: &mut dyn Store) -> Result<Followed, FollowError> {
        let log = Log::read(source, self.roots)?;
        let size = log.tree().size;
        let batch = self.whole(log, Time::EPOCH, store, &mut BTreeSet::new())?;
        store.commit(&batch).map_err(StationError::from)?;
        Ok(Followed::Extended { from: 0, to: size })
    }

    /// Reads the new entries. If they do not lead to the checkpoint that was found, the whole log is read: it shows
    /// whether only they were wrong.
    fn gain<'s>(
        &self,
        source: &dyn Source,
        files: &'s Files<'s>,
        held: &Held,
        found: &Found,
    ) -> Result<Gain<'s>, FollowError> {
        let from = held.head.tree.size;
        let leaves = new_leaves(source, from, found.tree.size)?;
        let gained = Gained::of(files, held.head.tree, leaves)?;
        if let Some(gained) = gained.filter(|gained| gained.tree == found.tree) {
            return Ok(match gained.without_redacted()? {
                Some(leaves) => Gain::Redacted(leaves),
                None => Gain::Appended(gained),
            });
        }
        let whole = Log::read(source, self.roots)?;
        if whole.tree() != &found.tree {
            let what = "the log changed while it was read".to_owned();
            return Err(Unproven::Checkpoint { what }.into());
        }
        if whole.root_at(from)? != held.head.tree.root {
            return Err(held.contradicted_by(found));
        }
        Ok(Gain::Redacted(whole.into_leaves()))
    }

    /// Admits the new entries, and computes what follows from them; `None` if there is nothing to write.
    fn extend(
        &self,
        mut projection: Projection<'_>,
        held: Time,
        found: &Found,
        gained: Gained<'_>,
    ) -> Result<Option<Vec<File>>, FollowError> {
        let mut newest = Time::EPOCH;
        for (index, leaf) in (gained.from..).zip(&gained.leaves) {
            // What it refers to was there when the station that is followed admitted it, and nothing has gone since.
            let logged =
                Logged { index, leaf, has_gaps: false, is_pending: false, roots: None, history: &gained };
            let admitted = logged.apply_to(&mut projection);
            newest = newest.max(admitted.map_err(|refusal| Unproven::entry(index, refusal))?.received);
        }
        let roster = self.roster(projection.authority())?;
        let stamped = check_stamps(roster, &found.note, &found.bytes, newest, self.latest())?;
        let is_later = matches!(self.stamp, Stamp::Theirs) && stamped > held;
        if gained.leaves.is_empty() && !is_later {
            return Ok(None);
        }
        let time = self.time(held, stamped)?.max(newest);
        let checkpoint = self.checkpoint(&found.note, time)?;
        projection.upgrade(pages::RENDERER, found.tree.size);
        projection.step_rendering(u64::MAX)?;
        let rendered = projection.render(time)?.into_iter().map(|file| (file.path, file.body));
        let notes = (gained.from..).zip(gained.leaves).map(|(index, leaf)| (log::note_path(index), leaf));
        let bodies = gained.tiles.into_iter().chain(notes).chain(rendered);
        Ok(Some(projection.files.batch(bodies, checkpoint, time.posix())?))
    }

    /// Computes everything from the leaves of the whole log, from some of which a redaction has taken the text: what
    /// differs from the store, and what must be deleted.
    fn replace(
        &self,
        store: &dyn Store,
        held: Time,
        found: &Found,
        leaves: Vec<Vec<u8>>,
    ) -> Result<Vec<File>, FollowError> {
        let mut gone = BTreeSet::new();
        stored_files(Log::read(&Stored(store), None)?, &MemoryStore::default(), &mut |file| {
            gone.insert(file.path);
            Ok(())
        })?;
        let log = Log::of(self.roots, found.bytes.clone(), leaves)?;
        let mut batch = self.whole(log, held, store, &mut gone)?;
        batch.extend(gone.into_iter().map(File::deletion));
        Ok(batch)
    }

    /// Everything that follows from a log and differs from the store. Takes it from the paths in `gone`.
    fn whole(
        &self,
        log: Log,
        held: Time,
        store: &dyn Store,
        gone: &mut BTreeSet<String>,
    ) -> Result<Vec<File>, FollowError> {
        let own = match self.stamp {
            Stamp::Theirs => Time::EPOCH,
            Stamp::Own { now, .. } => held.max(Time::from_posix(now)),
        };
        let scratch = MemoryStore::default();
        let mut files = Vec::new();
        let proven = stored_files(log.until(self.latest()).not_before(own), &scratch, &mut |file| {
            gone.remove(&file.path);
            files.push((file.path, file.body));
            Ok(())
        })?;
        self.roster(proven.authority())?;
        self.time(held, proven.time())?;
        let time = proven.time();
        let checkpoint = self.checkpoint(proven.checkpoint(), time)?;
        Ok(Files::of(store).batch(files, checkpoint, time.posix())?)
    }

    fn latest(&self) -> Time {
        Time::from_posix(self.latest)
    }

    /// The roster in force, which lists a second station's key.
    fn roster<'a>(&self, authority: Option<&'a Authority>) -> Result<&'a Roster, FollowError> {
        let roster = authority.map(Authority::roster).ok_or_else(|| missing(paths::ROSTER_JSON))?;
        match self.stamp {
            Stamp::Own { key, .. } if !roster.station.contains(&key.verifier()) => {
                Err(FollowError::NotListed { key: Box::new(key.verifier()) })
            }
            Stamp::Own { .. } | Stamp::Theirs => Ok(roster),
        }
    }

    /// The time for which files are rendered. It never goes back.
    fn time(&self, held: Time, stamped: Time) -> Result<Time, Unproven> {
        match self.stamp {
            Stamp::Own { now, .. } => Ok(held.max(Time::from_posix(now))),
            Stamp::Theirs if stamped < held => {
                let what = format!("it was cosigned at {stamped}, before what is held, of {held}");
                Err(Unproven::Checkpoint { what })
            }
            Stamp::Theirs => Ok(stamped),
        }
    }

    /// The checkpoint to publish for a log whose checkpoint is `note`.
    fn checkpoint(&self, note: &Note, time: Time) -> Result<Vec<u8>, FollowError> {
        match self.stamp {
            Stamp::Theirs => Ok(Note::compose(note.text(), note.signatures()).into_bytes()),
            Stamp::Own { key, .. } => Ok(cosigned(note, key, time)?),
        }
    }
}

/// The log that a follower holds.
struct Held {
    head: Head,
    note: Note,
}

impl Held {
    /// The log in a store; `None` if it is empty.
    fn in_store(store: &dyn Store) -> Result<Option<Self>, FollowError> {
        let damaged = |what: &dyn ToString| StationError::document(paths::CHECKPOINT, what.to_string());
        let mut projection = Projection::empty(Files::of(store));
        let Some(file) = projection.files.checkpoint()? else { return Ok(None) };
        let authority = projection.find_authority()?.ok_or_else(|| missing(paths::ROSTER_JSON))?;
        let roster = authority.roster();
        let note = Note::parse(&file.body).map_err(|error| damaged(&error))?;
        let tree = Checkpoint::parse(note.text())?.tree;
        let by_log = note.verify(std::slice::from_ref(&roster.log));
        by_log.map_err(|error| damaged(&error))?;
        let cosigned = note.cosignatures(&roster.station).map_err(|error| damaged(&error))?;
        let time = cosigned.first().ok_or_else(|| damaged(&"it has no cosignature by a station"))?.time;
        drop(cosigned);
        Ok(Some(Self { head: Head { tree, time: Time::from_posix(time) }, note }))
    }

    fn contradicted_by(&self, found: &Found) -> FollowError {
        let print = |note: &Note| Note::compose(note.text(), note.signatures());
        FollowError::Contradiction { held: print(&self.note), found: print(&found.note) }
    }
}

/// The checkpoint that was found.
struct Found {
    bytes: Vec<u8>,
    note: Note,
    origin: String,
    tree: Tree,
}

impl Found {
    fn read(source: &dyn Source) -> Result<Self, Unproven> {
        let bytes = required(source, paths::CHECKPOINT)?;
        let note = Note::parse(&bytes).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        let Checkpoint { origin, tree } =
            Checkpoint::parse(note.text()).map_err(|error| malformed(paths::CHECKPOINT, error))?;
        Ok(Self { bytes, note, origin, tree })
    }
}

/// What the log has gained.
enum Gain<'s> {
    /// Entries after those that are held.
    Appended(Gained<'s>),
    /// The leaves of the whole log: a redaction has taken the text of some.
    Redacted(Vec<Vec<u8>>),
}

/// A stored log, and its next entries.
struct Gained<'s> {
    files: &'s Files<'s>,
    from: u64,
    leaves: Vec<Vec<u8>>,
    /// The tree with the new entries, and the tiles and bundles that change.
    tree: Tree,
    tiles: BTreeMap<String, Vec<u8>>,
}

impl<'s> Gained<'s> {
    /// Appends the leaves to the stored log, whose state is `tree`; `None` if one of them is a hash.
    fn of(files: &'s Files<'s>, tree: Tree, leaves: Vec<Vec<u8>>) -> Result<Option<Self>, LogError> {
        let mut gained = Self { files, from: tree.size, leaves: Vec::new(), tree, tiles: BTreeMap::new() };
        for leaf in leaves {
            let appended = match log::append(&|path| gained.read(path), &gained.tree, &leaf) {
                Err(LogError::HashForLeaf) => return Ok(None),
                appended => appended?,
            };
            gained.tree = appended.tree;
            gained.tiles.extend(appended.files);
            gained.leaves.push(leaf);
        }
        Ok(Some(gained))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, LogError> {
        match self.tiles.get(path) {
            Some(tile) => Ok(Some(tile.clone())),
            None => self.files.reader()(path),
        }
    }

    /// If one of the new entries is a redaction, all leaves, without the text that it withdraws.
    fn without_redacted(&self) -> Result<Option<Vec<Vec<u8>>>, FollowError> {
        let entries = self.leaves.iter().filter_map(|leaf| redacted_entry(leaf)).collect::<Vec<_>>();
        if entries.is_empty() {
            return Ok(None);
        }
        let mut leaves = redact::leaves(&|path| self.read(path), self.tree.size)?;
        entries.into_iter().for_each(|entry| redact::withhold(&mut leaves, entry));
        Ok(Some(leaves))
    }
}

impl History for Gained<'_> {
    fn root_at(&self, size: u64) -> Result<Hash, StationError> {
        Ok(log::root_at(&|path| self.read(path), size, &self.tree)?)
    }

    fn leaf(&self, index: u64) -> Result<Vec<u8>, StationError> {
        let new = index.checked_sub(self.from).and_then(|at| self.leaves.get(usize::try_from(at).ok()?));
        new.cloned().map_or_else(|| Ok(self.files.required(&log::note_path(index))?.body), Ok)
    }
}

/// The entry that this entry redacts, if it is a redaction.
fn redacted_entry(leaf: &[u8]) -> Option<u64> {
    match Text::parse(Note::parse_entry(leaf).ok()?.text()) {
        Ok(Text::Redaction(redaction)) => Some(redaction.entry),
        _ => None,
    }
}

/// The entries from `from` to `to` of a source's log, not checked yet.
fn new_leaves(source: &dyn Source, from: u64, to: u64) -> Result<Vec<Vec<u8>>, Unproven> {
    if to.saturating_sub(from) > SINGLE {
        return bundled(source, from, to, |_| Ok(()));
    }
    (from..to).map(|index| required(source, &log::note_path(index))).collect()
}
