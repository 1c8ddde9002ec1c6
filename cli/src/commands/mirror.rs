//! `outband mirror`: a copy of the page at a second place, which any static file server can serve.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use outband_keys::{Note, VerifierKey, printable};
use outband_record::log::{hash_text, public_name};
use outband_record::time::Time;
use outband_site::paths;
use outband_station::verify::{MAX_AHEAD_SECONDS, Source as _};
use outband_station::{
    Checkpoint, File, FollowError, Followed, Follower, MemoryStore, Stamp, Store, StoreError, memory,
    stored_checkpoint,
};
use serde_json::json;

use crate::client::copy::Copy;
use crate::client::known::{Known, Signed};
use crate::client::place::Place;
use crate::commands::verify;
use crate::signers::signing;
use crate::terminal::{self, OrJson as _, shown};

/// Keep a copy of the page at a second place
///
/// Only the log is read, a few kilobytes an update: it is verified as `outband verify` does, and every file is computed
/// from it. Files that changed are written, the checkpoint last. The copy never goes back to an earlier state, and a log
/// that contradicts it is refused; both signed checkpoints are kept as evidence. Whatever interrupts this, the next run
/// continues.
///
/// Serve the directory with any web server: docs/second-place.md has a configuration for nginx. Everything else in it is
/// removed, except for hidden files. Without --root, the first roster is trusted when the copy is begun; later ones must
/// continue it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband mirror --from https://status.example.net --to mirror
  outband mirror --watch --from https://status.example.net --to /srv/status --root \"$(cat root.pub)\"")]
pub(crate) struct Mirror {
    /// Base URL or directory of the page, or of another copy of it
    #[arg(long, value_name = "URL or DIRECTORY")]
    from: String,
    /// Directory to write to; it is created if it does not exist
    #[arg(long, value_name = "DIRECTORY")]
    to: PathBuf,
    /// Verifier key of a root in roster 1; may be repeated (default: trust the first roster)
    #[arg(long, value_name = "KEY")]
    root: Vec<String>,
    /// Go on: look for something new every five seconds
    #[arg(long)]
    watch: bool,
    /// Print the result as JSON, in --watch one line for each change
    #[arg(long)]
    json: bool,
}

/// How often a watching mirror looks for something new. Readers are warned of a copy that is three minutes old.
const INTERVAL: Duration = Duration::from_secs(5);

/// After how many of these rounds every file is compared with what it should be: a quarter of an hour.
const ROUNDS_UNTIL_COMPARED: u64 = 180;

/// A mirror at work.
struct Mirroring<'m> {
    from: Copy,
    place: Place,
    roots: Option<&'m [VerifierKey]>,
    store: Recorded,
    /// The log's size in the directory.
    size: u64,
    /// Tiles that are narrower than the newest, for readers who have just read the checkpoint before it.
    narrower: Vec<String>,
}

/// What one round has done.
struct Round {
    head: Checkpoint,
    written: usize,
    removed: usize,
    /// The source has an earlier state, of this size.
    behind: Option<u64>,
}

impl Mirror {
    /// Mirrors once, or until the process is stopped.
    pub(crate) fn run(self) -> Result<()> {
        let roots = verify::roots(&self.root)?;
        let mirror = || -> Result<()> {
            let from = Copy::open(&self.from)?;
            let from = from.past_caches().unwrap_or(from);
            let place = Place::open(&self.to)?;
            let mut mirroring = Mirroring {
                from,
                place,
                roots: roots.as_deref(),
                store: Recorded::default(),
                size: 0,
                narrower: Vec::new(),
            };
            mirroring.resume().with_context(|| self.unsound())?;
            if self.watch { self.watch(mirroring) } else { self.report(&mirroring.first()?, None) }
        };
        mirror().with_context(|| format!("{} is not up to date", shown(&self.to))).or_json(self.json)
    }

    fn unsound(&self) -> String {
        format!(
            "the copy there is not proven, so it is not continued. Unless --root names other keys than its own, it is damaged: move it away, or choose another directory, and this command writes a new one from {}",
            printable(&self.from)
        )
    }

    /// Looks for something new again and again. A failure is reported once, and tried again.
    fn watch(&self, mut mirroring: Mirroring<'_>) -> Result<()> {
        let (mut is_first, mut told, mut size, mut rounds) = (true, None, None, 0_u64);
        loop {
            let round = if is_first { mirroring.first() } else { mirroring.round() };
            match round {
                Ok(round) => {
                    rounds += 1;
                    // Somebody may have damaged files.
                    is_first = rounds % ROUNDS_UNTIL_COMPARED == 0;
                    let behind = round.behind.map(|size| format!("it has only {size} entries"));
                    let is_news = size != Some(round.head.tree.size) || told != behind;
                    (size, told) = (Some(round.head.tree.size), behind);
                    if is_news {
                        self.report(&round, Some(signing::now()))?;
                    }
                }
                Err(error) if error.downcast_ref::<FollowError>().is_some_and(is_final) => return Err(error),
                Err(error) => {
                    // What was not written is compared again.
                    is_first = true;
                    let why = format!("{error:#}");
                    if told.as_ref() != Some(&why) {
                        terminal::warn(&format!(
                            "{}: {why}. Trying again every {} seconds",
                            signing::now(),
                            INTERVAL.as_secs()
                        ));
                        told = Some(why);
                    }
                }
            }
            sleep(INTERVAL);
        }
    }

    fn report(&self, round: &Round, now: Option<Time>) -> Result<()> {
        let Round { head, written, removed, behind } = round;
        let (size, root) = (head.tree.size, hash_text(&head.tree.root));
        if self.json {
            let time = now.map(|now| now.to_string());
            let document = json!({
                "entries": size, "root_hash": root, "written": written, "removed": removed, "behind": behind,
                "time": time, "to": self.to,
            });
            anstream::println!("{document}");
            return Ok(());
        }
        let at = now.map(|now| format!("{now} ")).unwrap_or_default();
        let files = if *written == 1 { "file" } else { "files" };
        anstream::println!(
            "{at}{}: {size} entries, root hash {root}; {written} {files} written, {removed} removed",
            shown(&self.to)
        );
        if let Some(found) = behind {
            terminal::warn(&format!(
                "{} has only {found} entries, an earlier state of this log: a cache, or a station restored from a backup. The copy was left as it is",
                printable(&self.from)
            ));
        }
        Ok(())
    }
}

/// Whether trying again cannot help.
fn is_final(error: &FollowError) -> bool {
    matches!(error, FollowError::Contradiction { .. })
}

impl Mirroring<'_> {
    /// Reads and proves the copy that is there.
    fn resume(&mut self) -> Result<()> {
        if !self.place.is_empty()? {
            let copy = self.place.copy();
            Self::follower(self.roots).follow(&copy, &mut self.store)?;
        }
        Ok(())
    }

    /// The first round compares every file: an earlier one may have been interrupted.
    fn first(&mut self) -> Result<Round> {
        let behind = self.follow()?;
        self.store.changed = self.store.files.files().map(|file| file.path.clone()).collect();
        let round = self.write(behind)?;
        let expected: BTreeSet<String> = self.store.files.files().map(|file| self.name(&file.path)).collect();
        let names = self.place.names()?.into_iter();
        let surplus: Vec<_> = names.filter(|name| !expected.contains(name)).collect();
        surplus.iter().try_for_each(|name| self.place.remove(name))?;
        Ok(Round { removed: round.removed + surplus.len(), ..round })
    }

    fn round(&mut self) -> Result<Round> {
        let behind = self.follow()?;
        self.write(behind)
    }

    fn follower<'r>(roots: Option<&'r [VerifierKey]>) -> Follower<'r> {
        let latest = signing::now().plus(MAX_AHEAD_SECONDS).posix();
        Follower { roots, latest, stamp: Stamp::Theirs }
    }

    /// Follows the source. Returns its size if it has an earlier state.
    fn follow(&mut self) -> Result<Option<u64>> {
        match Self::follower(self.roots).follow(&self.from, &mut self.store) {
            Ok(Followed::Behind { found, .. }) => Ok(Some(found)),
            Ok(_) => Ok(None),
            Err(FollowError::Contradiction { held, found }) => {
                let evidence = self.keep_evidence(&held, &found);
                let error = anyhow!(FollowError::Contradiction { held, found });
                Err(match terminal::or_warn(evidence).flatten() {
                    Some(file) => error.context(format!("both signed checkpoints are in {}", shown(&file))),
                    None => error,
                })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps both checkpoints of a log with two histories beside the checkpoints that this user has verified.
    fn keep_evidence(&self, held: &str, found: &str) -> Result<Option<PathBuf>> {
        let Some(known) = Known::of_user_or_warn() else { return Ok(None) };
        let roster = self.store.get(paths::ROSTER_JSON)?.context("no roster is held")?;
        let log = memory::parse_roster(&roster.body)?.roster().log.clone();
        let signed = |note: &str| Signed::new(&log, &Note::parse(note.as_bytes())?, None);
        let why = "the log of a page contradicts a copy of it";
        known.keep_evidence(&why, &signed(held)?, &signed(found)?).map(Some)
    }

    /// Writes what has changed and differs: the log's own files first, so that pages never show what it does not have, and
    /// the checkpoint last.
    fn write(&mut self, behind: Option<u64>) -> Result<Round> {
        let head = stored_checkpoint(&self.store)?.context("the log is empty")?;
        let before = std::mem::replace(&mut self.size, head.tree.size);
        let mut changed: Vec<_> = std::mem::take(&mut self.store.changed).into_iter().collect();
        changed.sort_by_key(|path| (path == paths::CHECKPOINT, !path.starts_with("/log/")));
        let mut gone = std::mem::take(&mut self.narrower);
        let (mut written, copy) = (0, self.place.copy());
        for path in &changed {
            let Some(file) = self.store.get(path)? else {
                gone.push(paths::in_directory(path));
                continue;
            };
            let public = public_name(path, head.tree.size).unwrap_or_else(|| path.clone());
            if copy.read(&public).ok().flatten().is_none_or(|found| found != file.body) {
                self.place.write(&public, &file.body)?;
                written += 1;
            }
            let narrower = public_name(path, before).filter(|narrower| *narrower != public);
            self.narrower.extend(narrower.as_deref().map(paths::in_directory));
        }
        // A narrower bundle may still have the text.
        if changed.iter().any(|path| path == paths::REDACTIONS_JSON) {
            gone.append(&mut self.narrower);
        }
        gone.iter().try_for_each(|name| self.place.remove(name))?;
        Ok(Round { head, written, removed: gone.len(), behind })
    }

    /// The name in the directory of a stored file.
    fn name(&self, path: &str) -> String {
        paths::in_directory(&public_name(path, self.size).unwrap_or_else(|| path.to_owned()))
    }
}

/// A store that records which files change.
#[derive(Default)]
struct Recorded {
    files: MemoryStore,
    changed: BTreeSet<String>,
}

impl Store for Recorded {
    fn get(&self, path: &str) -> Result<Option<File>, StoreError> {
        self.files.get(path)
    }

    fn commit(&mut self, batch: &[File]) -> Result<(), StoreError> {
        self.changed.extend(batch.iter().map(|file| file.path.clone()));
        self.files.commit(batch)
    }
}
