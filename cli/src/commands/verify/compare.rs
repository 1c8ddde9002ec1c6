//! Reading a copy while its files are recomputed from the log.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use outband_site::Rendered;
use outband_station::verify::{self, Difference, Job, Source as _, Unproven};
use sha2::{Digest as _, Sha256};

use crate::client::copy::Copy;
use crate::client::endpoint::CONNECTIONS;
use crate::terminal::messages::Progress;

/// The files that match the log, by path, with their SHA-256.
pub(super) type Matching = BTreeMap<String, [u8; 32]>;

/// The result of comparing a copy.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) matching: Matching,
    pub(super) differences: Vec<Difference>,
}

/// Runs `recompute`, and meanwhile reads and compares the files that it submits, except for those known to be
/// `matching`. A page may have thousands of files, and each takes a round trip, so several are read in parallel.
pub(super) fn compare<T>(
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
        // First of all, since readers wait for more jobs until this is dropped.
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
pub(super) struct Jobs(SyncSender<Job>);

/// The maximum number of waiting jobs, so that on a slow connection the recomputation pauses instead of filling the
/// memory.
const WAITING: usize = 4 * CONNECTIONS;

impl Jobs {
    fn new() -> (Self, Queue) {
        let (sender, receiver) = sync_channel(WAITING);
        (Self(sender), Queue(Mutex::new(Some(receiver))))
    }

    /// Adds a job. Returns false once a reader has failed.
    pub(super) fn submit(&self, job: Job) -> bool {
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
