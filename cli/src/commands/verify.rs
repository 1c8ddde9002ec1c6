//! `outband verify`: recomputes every file of a copy from its log, and meanwhile reads the copy to compare them.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use anyhow::{Context as _, Result};
use outband_keys::{VerifierKey, fingerprint};
use outband_record::log::hash_text;
use outband_site::data::Redacted;
use outband_site::{Rendered, paths};
use outband_station::MemoryStore;
use outband_station::verify::{self, Difference, How, Incomparable, Job, Log, Source as _, Unproven};
use sha2::{Digest as _, Sha256};

use crate::client::copy::Copy;
use crate::client::endpoint::CONNECTIONS;
use crate::terminal::{self, BAD, GOOD, Guarantee as _, Nothing, Progress};

/// Verify a copy of the page: log, signatures, every file
///
/// Every signature is checked against the roster of its time; every file is recomputed from the log and compared.
///
/// Exit status: 0 everything verified; 1 something differs or is not properly signed; 2 the copy could not be read;
/// 3 the log verified, but the pages were NOT compared, because another version of outband wrote them.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband verify https://status.example.net --root status.example.net/alice/root+5ef2c0bd+AW…\n  outband verify ./mirror"
)]
pub(crate) struct Verify {
    /// Base URL or directory of the copy
    #[arg(value_name = "URL or DIRECTORY")]
    copy: String,
    /// Verifier key of a root in roster 1; may be repeated (default: trust the first roster)
    #[arg(long, value_name = "KEY")]
    root: Vec<String>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

/// The result of a verification.
struct Outcome {
    entries: u64,
    root_hash: String,
    time: String,
    roots: Vec<VerifierKey>,
    redacted: Vec<Redacted>,
    files: usize,
    differences: Vec<Difference>,
    /// Why the pages were not compared, if they were not.
    incomparable: Option<Incomparable>,
}

const UNPROVEN: u8 = 1;
const UNREADABLE: u8 = 2;
const NOT_COMPARED: u8 = 3;

impl Verify {
    /// Verifies and reports.
    pub(crate) fn run(self) -> ExitCode {
        let opened = self.roots().and_then(|roots| Ok((roots, Copy::open(&self.copy)?)));
        let (roots, copy) = match opened.guarantee(Nothing::Verified) {
            Ok(opened) => opened,
            Err(error) => {
                terminal::print_error(&error);
                return ExitCode::from(UNREADABLE);
            }
        };
        let outcome = match prove(&copy, roots.as_deref()) {
            Ok(outcome) => outcome,
            Err(unproven) => return self.print_unproven(&unproven),
        };
        if self.json {
            anstream::println!("{}", outcome.json());
        } else {
            self.print(&outcome, roots.is_some());
        }
        match (outcome.differences.is_empty(), &outcome.incomparable) {
            (false, _) => ExitCode::from(UNPROVEN),
            (true, Some(_)) => ExitCode::from(NOT_COMPARED),
            (true, None) => ExitCode::SUCCESS,
        }
    }

    fn roots(&self) -> Result<Option<Vec<VerifierKey>>> {
        let parse =
            |text: &String| text.parse().with_context(|| format!("--root {text:?} is not a verifier key"));
        let roots = self.root.iter().map(parse).collect::<Result<Vec<_>>>()?;
        Ok((!roots.is_empty()).then_some(roots))
    }

    fn print_unproven(&self, unproven: &Unproven) -> ExitCode {
        let unread = matches!(unproven, Unproven::Source(_));
        if self.json {
            anstream::println!(
                "{}",
                serde_json::json!({"proven": false, "read": !unread, "why": unproven.to_string()})
            );
        } else {
            let verdict = if unread { "could not be read" } else { "FAILED verification" };
            anstream::eprintln!("{BAD}{} {verdict}:{BAD:#} {unproven}", self.copy);
        }
        ExitCode::from(if unread { UNREADABLE } else { UNPROVEN })
    }

    fn print(&self, outcome: &Outcome, roots_given: bool) {
        anstream::println!("log: {} entries, root hash {}", outcome.entries, outcome.root_hash);
        anstream::println!("     last signed by the station at {}", outcome.time);
        let how = if roots_given {
            "as given"
        } else {
            "trusted on first use; compare with a key from another source"
        };
        for root in &outcome.roots {
            anstream::println!("root: {} {} ({how})", root.name(), fingerprint(root.public()));
            if !roots_given {
                anstream::println!("      next time: --root '{root}'");
            }
        }
        for Redacted { entry, by, reason, .. } in &outcome.redacted {
            anstream::println!("redacted: {reason} (entry {entry}, by entry {by})");
        }
        for Difference { path, how } in &outcome.differences {
            match how {
                How::From(offset) => anstream::println!("{BAD}differs:{BAD:#} {path}, from byte {offset} on"),
                How::Missing => anstream::println!("{BAD}missing:{BAD:#} {path}"),
                How::Unexpected => {
                    let path = path.escape_debug();
                    anstream::println!("{BAD}unexpected:{BAD:#} {path} follows from no entry");
                }
            }
        }
        let files = outcome.files;
        let added = outcome.differences.iter().filter(|difference| difference.how == How::Unexpected).count();
        match (outcome.differences.len() - added, added, &outcome.incomparable) {
            (0, 0, None) => anstream::println!("{GOOD}verified:{GOOD:#} all {files} files match the log"),
            (0, 0, Some(_)) => {
                anstream::println!("the log and its {files} files are verified; nothing else is")
            }
            (differing, added, _) => anstream::println!(
                "{BAD}FAILED:{BAD:#} {differing} of {files} files differ from the log, {added} follow from no entry; trust the entries under /log/, not these pages"
            ),
        }
        if let Some(why) = &outcome.incomparable {
            anstream::println!("{BAD}pages were NOT compared:{BAD:#} {why}. Trust the entries under /log/");
        }
    }
}

/// The maximum number of rounds: a log that grows while its files are read is verified again.
const ROUNDS: usize = 10;

/// Verifies the log, then compares each file. Files at a URL that differ are read again, bypassing caches, until the
/// checkpoint is the same before and after, since a note may have been published between two reads.
fn prove(copy: &Copy, roots: Option<&[VerifierKey]>) -> Result<Outcome, Unproven> {
    let mut round = Round::run(copy, roots, &Matching::new());
    let Some(fresh) = copy.past_caches() else { return round.map(|round| round.outcome) };
    for _ in 1..ROUNDS {
        if round.as_ref().is_ok_and(|round| round.outcome.differences.is_empty()) {
            break;
        }
        let before = fresh.read(paths::CHECKPOINT)?;
        let matching = round.map(|round| round.matching).unwrap_or_default();
        round = Round::run(&fresh, roots, &matching);
        if fresh.read(paths::CHECKPOINT)? == before {
            break;
        }
    }
    round.map(|round| round.outcome)
}

/// One verification of the log, and a comparison of the files that did not match before.
struct Round {
    outcome: Outcome,
    matching: Matching,
}

impl Round {
    /// `matching` are the files that matched in an earlier round.
    fn run(copy: &Copy, roots: Option<&[VerifierKey]>, matching: &Matching) -> Result<Self, Unproven> {
        let scratch = MemoryStore::default();
        let recompute = |jobs: &Jobs| {
            let mut hand_out = |job| jobs.submit(job);
            let mut proven = Log::read(copy)?.prove(roots, &scratch, &mut hand_out)?;
            let incomparable = verify::incomparable(copy)?;
            proven.rest(incomparable.is_none(), &mut hand_out)?;
            Ok((proven, incomparable))
        };
        let ((proven, incomparable), compared) = compare(copy, matching, recompute)?;
        let Compared { matching, mut differences } = compared;
        let files = matching.len() + differences.len();
        if incomparable.is_none() {
            let differing = differences.iter().map(|difference| difference.path.as_str());
            let expected = matching.keys().map(String::as_str).chain(differing).collect();
            differences.extend(proven.unexpected(copy, &expected)?);
        }
        let outcome = Outcome {
            entries: proven.tree().size,
            root_hash: hash_text(&proven.tree().root),
            time: proven.time().to_string(),
            roots: proven.authority().map(|authority| authority.roster().root.clone()).unwrap_or_default(),
            redacted: proven.redactions().to_vec(),
            files,
            differences,
            incomparable,
        };
        Ok(Self { outcome, matching })
    }
}

impl Outcome {
    fn json(&self) -> serde_json::Value {
        let difference = |d: &Difference| {
            let from_byte = if let How::From(offset) = d.how { Some(offset) } else { None };
            let (missing, unexpected) = (d.how == How::Missing, d.how == How::Unexpected);
            serde_json::json!({"path": d.path, "from_byte": from_byte, "missing": missing, "unexpected": unexpected})
        };
        let redacted =
            |r: &Redacted| serde_json::json!({"entry": r.entry, "by": r.by, "reason": r.reason.as_str()});
        serde_json::json!({
            "proven": self.differences.is_empty() && self.incomparable.is_none(),
            "read": true,
            "entries": self.entries,
            "root_hash": self.root_hash,
            "time": self.time,
            "roots": self.roots.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "redacted": self.redacted.iter().map(redacted).collect::<Vec<_>>(),
            "files": self.files,
            "pages_compared": self.incomparable.is_none(),
            "why": self.incomparable.as_ref().map(ToString::to_string),
            "differences": self.differences.iter().map(difference).collect::<Vec<_>>(),
        })
    }
}

/// The files that match the log, by path, with their SHA-256.
type Matching = BTreeMap<String, [u8; 32]>;

/// The result of comparing a copy.
#[derive(Default)]
struct Compared {
    matching: Matching,
    differences: Vec<Difference>,
}

/// Runs `recompute`, and meanwhile reads and compares the files that it submits, except for those known to be
/// `matching`. A page may have thousands of files, and each takes a round trip, so several are read in parallel.
fn compare<T>(
    copy: &Copy,
    matching: &Matching,
    recompute: impl FnOnce(&Jobs) -> Result<T, Unproven>,
) -> Result<(T, Compared), Unproven> {
    let (jobs, queue) = Jobs::new();
    let progress = Progress::new();
    let read = || -> Result<Compared, Unproven> {
        let _close = CloseOnPanic(&queue);
        let mut compared = Compared::default();
        while let Some(job) = queue.next() {
            let (of, percent) = (job.of, job.percent);
            compared.take(copy, job, matching).inspect_err(|_| queue.close())?;
            progress.show(of, percent);
        }
        Ok(compared)
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(read)).collect();
        let recomputed = recompute(&jobs);
        // Before anything else: readers wait for more jobs until this is dropped.
        drop(jobs);
        let recomputed = recomputed.inspect_err(|_| queue.close());
        let join =
            |reader: ScopedJoinHandle<'_, _>| reader.join().unwrap_or_else(|panic| resume_unwind(panic));
        let read: Vec<Result<Compared, Unproven>> = readers.into_iter().map(join).collect();
        let recomputed = recomputed?;
        let mut all = Compared::default();
        for compared in read {
            all.extend(compared?);
        }
        all.differences.sort_by(|a, b| a.path.cmp(&b.path));
        Ok((recomputed, all))
    })
}

/// The queue's sending side, which passes jobs to the readers.
struct Jobs(SyncSender<Job>);

/// The maximum number of waiting jobs, so that on a slow connection the recomputation pauses instead of filling the
/// memory.
const WAITING: usize = 4 * CONNECTIONS;

impl Jobs {
    fn new() -> (Self, Queue) {
        let (sender, receiver) = sync_channel(WAITING);
        (Self(sender), Queue(Mutex::new(Some(receiver))))
    }

    /// Adds a job. Returns false once a reader has failed.
    fn submit(&self, job: Job) -> bool {
        self.0.send(job).is_ok()
    }
}

/// The queue's receiving side; `None` once a reader has failed.
struct Queue(Mutex<Option<Receiver<Job>>>);

impl Queue {
    fn next(&self) -> Option<Job> {
        self.receiver().as_ref()?.recv().ok()
    }

    fn close(&self) {
        *self.receiver() = None;
    }

    fn receiver(&self) -> MutexGuard<'_, Option<Receiver<Job>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the queue if a reader panics, so that the others do not wait forever.
struct CloseOnPanic<'q>(&'q Queue);

impl Drop for CloseOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

impl Compared {
    fn take(&mut self, copy: &Copy, job: Job, matching: &Matching) -> Result<(), Unproven> {
        for Rendered { path, body } in job.files()? {
            let digest = Sha256::digest(&body).into();
            if matching.get(&path) != Some(&digest) {
                let found = copy.read(&path)?;
                if let Some(difference) = verify::compare(&path, &body, found.as_deref()) {
                    self.differences.push(difference);
                    continue;
                }
            }
            self.matching.insert(path, digest);
        }
        Ok(())
    }

    fn extend(&mut self, other: Self) {
        self.matching.extend(other.matching);
        self.differences.extend(other.differences);
    }
}
