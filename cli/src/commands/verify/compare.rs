//! Reading a copy while what it must be is recomputed.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ScopedJoinHandle};

use outband_site::Rendered;
use outband_station::verify::{self, Difference, Portion, Source as _, Unproven};
use sha2::{Digest as _, Sha256};

use crate::client::copy::{Copy, Progress};
use crate::client::endpoint::CONNECTIONS;

/// The files that are as they must be, by path, with their SHA-256.
pub(super) type Right = BTreeMap<String, [u8; 32]>;

/// What came of reading a copy.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) right: Right,
    pub(super) differences: Vec<Difference>,
}

/// Runs `recompute`, and meanwhile reads what it finds must be there, but for what is known to be `right` already, and
/// compares it. A page may have thousands of files, and each takes a round trip: several are read at once.
pub(super) fn compare<T>(
    copy: &Copy,
    right: &Right,
    recompute: impl FnOnce(&Todo) -> Result<T, Unproven>,
) -> Result<(T, Compared), Unproven> {
    let (todo, work) = Todo::new();
    let progress = Progress::new();
    let read = || -> Result<Compared, Unproven> {
        let mut compared = Compared::default();
        while let Some(piece) = work.next() {
            compared.take(copy, piece.portion, right).inspect_err(|_| work.end())?;
            progress.show(piece.of, piece.percent);
        }
        Ok(compared)
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (0..CONNECTIONS).map(|_| scope.spawn(read)).collect();
        let recomputed = recompute(&todo);
        // Before anything else: a reader that waits for more holds on to the rest.
        drop(todo);
        let recomputed = recomputed.inspect_err(|_| work.end());
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

/// What must be there, for the readers.
pub(super) struct Todo(Sender<Piece>);

/// What one reader compares at a time.
struct Piece {
    portion: Portion,
    of: &'static str,
    /// How much of it is done with this.
    percent: usize,
}

impl Todo {
    fn new() -> (Self, Work) {
        let (todo, work) = channel();
        (Self(todo), Work(Mutex::new(Some(work))))
    }

    /// Hands out all `of` it; stops once a reader could not go on.
    pub(super) fn hand_out(
        &self,
        of: &'static str,
        portions: impl Iterator<Item = Result<Portion, Unproven>>,
    ) -> Result<(), Unproven> {
        let all = portions.size_hint().0.max(1);
        for (done, portion) in (1..).zip(portions) {
            let piece = Piece { portion: portion?, of, percent: (done * 100 / all).min(99) };
            if self.0.send(piece).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// What is to be compared next, until all is, or one reader cannot go on.
struct Work(Mutex<Option<Receiver<Piece>>>);

impl Work {
    fn next(&self) -> Option<Piece> {
        self.receiver().as_ref()?.recv().ok()
    }

    fn end(&self) {
        *self.receiver() = None;
    }

    fn receiver(&self) -> MutexGuard<'_, Option<Receiver<Piece>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Compared {
    fn take(&mut self, copy: &Copy, portion: Portion, right: &Right) -> Result<(), Unproven> {
        for Rendered { path, body } in portion.files()? {
            let digest = Sha256::digest(&body).into();
            if right.get(&path) != Some(&digest) {
                let found = copy.read(&path)?;
                if let Some(difference) = verify::compare(&path, &body, found.as_deref()) {
                    self.differences.push(difference);
                    continue;
                }
            }
            self.right.insert(path, digest);
        }
        Ok(())
    }

    fn extend(&mut self, other: Self) {
        self.right.extend(other.right);
        self.differences.extend(other.differences);
    }
}
