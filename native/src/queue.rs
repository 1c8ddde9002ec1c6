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
                // What waits for the result of work that panicked is told so; a commit that was begun is rolled back.
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
