//! Proving a copy: recomputes every file from its log, and meanwhile reads the copy to compare them.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use outband_keys::VerifierKey;
use outband_record::time::Time;
use outband_site::{Rendered, paths};
use outband_station::MemoryStore;
use outband_station::verify::{self, Difference, Job, Log, Source as _, Unproven};
use sha2::{Digest as _, Sha256};

use super::outcome::Outcome;
use crate::client::copy::Copy;
use crate::client::endpoint::CONNECTIONS;
use crate::client::known::Signed;
use crate::signers::signing;
use crate::terminal::Progress;

/// The maximum number of rounds: a log that grows while its files are read is verified again.
const ROUNDS: usize = 10;

/// Verifies the log, then compares each file. Files at a URL that differ are read again, bypassing caches, until the
/// checkpoint is the same before and after, since a note may have been published between two reads.
pub(super) fn prove(copy: &Copy, roots: Option<&[VerifierKey]>) -> Result<Outcome, Unproven> {
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
            let mut proven = Log::read(copy, roots)?.until(latest()).prove(&scratch, &mut hand_out)?;
            let incomparable = verify::incomparable(copy)?;
            let pending = proven.add_pending(copy)?;
            proven.rest(incomparable.is_none(), &mut hand_out)?;
            Ok((proven, incomparable, pending))
        };
        let ((proven, incomparable, pending), compared) = compare(copy, matching, recompute)?;
        let Compared { matching, mut differences } = compared;
        let files = matching.len() + differences.len();
        if incomparable.is_none() {
            let differing = differences.iter().map(|difference| difference.path.as_str());
            let expected = matching.keys().map(String::as_str).chain(differing).collect();
            differences.extend(proven.unexpected(copy, &expected)?);
        }
        let outcome = Outcome {
            signed: Signed::of(&proven)
                .map_err(|error| Unproven::Checkpoint { what: format!("{error:#}") })?,
            hashes: proven.hashes(),
            time: proven.time(),
            roots: proven.founders(),
            roots_now: proven
                .authority()
                .map(|authority| authority.roster().root.clone())
                .unwrap_or_default(),
            redacted: proven.redactions().to_vec(),
            pending,
            files,
            differences,
            incomparable,
            objections: Vec::new(),
            evidence: None,
        };
        Ok(Self { outcome, matching })
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

/// More bytes than CDNs add to a page.
const ADDED: u64 = 64 * 1024;

impl Compared {
    fn take(&mut self, copy: &Copy, job: Job, matching: &Matching) -> Result<(), Unproven> {
        for Rendered { path, body } in job.files()? {
            let digest = Sha256::digest(&body).into();
            if matching.get(&path) != Some(&digest) {
                // It may have no end; a little more than expected shows what a CDN has added.
                let found = copy.read_up_to(&path, body.len() as u64 + ADDED)?;
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

fn latest() -> Time {
    signing::now().plus(verify::MAX_AHEAD_SECONDS)
}
