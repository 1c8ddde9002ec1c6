//! The queue of the store's one writer: a thread that judges genuine notes and ticks, one at a time, in the order in
//! which they came.

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};

use tokio::sync::{mpsc, oneshot};

use crate::writer::Writer;

/// What waits for the writer, at most: about a third of a second's work. Other notes are told to come back.
const ROOM: usize = 32;

/// The queue. When it is dropped, what waits in it is done, and the store closed.
pub(crate) struct Queue {
    work: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

type Work = Box<dyn FnOnce(&mut Writer) + Send>;

impl Queue {
    /// Starts the writer. The lock is kept as long as it may write.
    pub(crate) fn start(mut writer: Writer, lock: File) -> io::Result<Self> {
        let (work, mut waiting) = mpsc::channel::<Work>(ROOM);
        let write = move || {
            while let Some(work) = waiting.blocking_recv() {
                // The waiting request gets an error, and an open transaction is rolled back.
                let _ = catch_unwind(AssertUnwindSafe(|| work(&mut writer)));
            }
            drop(writer);
            drop(lock);
        };
        let thread = thread::Builder::new().name("writer".to_owned()).spawn(write)?;
        Ok(Self { work: Some(work), thread: Some(thread) })
    }

    /// Has the writer do this next, after what waits already. `None` if there is no room; the result is an error if the
    /// work panicked.
    pub(crate) fn offer<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Option<oneshot::Receiver<T>> {
        let (done, result) = oneshot::channel();
        let work = move |writer: &mut Writer| drop(done.send(work(writer)));
        self.work.as_ref()?.try_send(Box::new(work)).ok()?;
        Some(result)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.work = None;
        // The last piece of work may be what drops the queue.
        if let Some(thread) =
            self.thread.take().filter(|thread| thread.thread().id() != thread::current().id())
        {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use outband_station::{Checkpoint, Store as _};

    use super::*;

    const EMPTY: &str = "status.example.net/log1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

    fn queue(directory: &std::path::Path) -> Queue {
        let empty = Checkpoint::parse(EMPTY).unwrap();
        let writer = Writer::open(&directory.join("store.sqlite"), &empty, None).unwrap();
        Queue::start(writer, File::create(directory.join("lock")).unwrap()).unwrap()
    }

    #[test]
    fn what_finds_no_room_is_not_done_and_all_else_is_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let queue = queue(directory.path());
        let ((begin, begun), (go, wait)) = (mpsc::channel(), mpsc::channel::<()>());
        let first = queue.offer(move |_| {
            begin.send(()).unwrap();
            wait.recv()
        });
        begun.recv().unwrap();
        let (told, done) = mpsc::channel();
        let offer = |n: usize| {
            let told = told.clone();
            queue.offer(move |_| told.send(n).unwrap()).is_some()
        };
        let taken: Vec<usize> = (0..ROOM + 2).filter(|n| offer(*n)).collect();
        assert_eq!(taken, (0..ROOM).collect::<Vec<_>>());
        drop((go, told));
        first.unwrap().blocking_recv().unwrap().unwrap_err();
        drop(queue);
        assert_eq!(done.iter().collect::<Vec<_>>(), taken);
    }

    #[test]
    fn work_that_panics_stops_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let queue = queue(directory.path());
        let panicked = queue.offer(|_| -> () { panic!("on purpose") }).unwrap();
        assert!(panicked.blocking_recv().is_err());
        let read = queue.offer(|writer| writer.get("/").unwrap()).unwrap();
        assert_eq!(read.blocking_recv().unwrap(), None);
    }
}
