//! A station with its store and its clock: answering requests, ticking when time alone changes something, and the
//! threads and signals of the serving process.

use std::fmt::Display;
use std::fs::{File, TryLockError};
use std::io;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::{self, Thread};
use std::time::Duration;

use outband_station::{
    Enrolled, Handled, HostError, Outcome, Request, Response, Station, StationError, Store as _, StoreError,
    TICK_AGAIN_SECONDS,
};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::sleep;

use crate::clock::Clock;
use crate::encoding::Encodings;
use crate::error::OpenError;
use crate::following::{self, Upstream};
use crate::journal::{Journal, Outcomes};
use crate::queue::Queue;
use crate::store::SqliteStore;
use crate::writer::Writer;
use crate::{http, journal};

/// The name of the store's file in its directory.
pub const STORE: &str = "outband.sqlite";
/// The name of the file that is locked while a process serves from its directory.
const LOCK: &str = "outband.sqlite-lock";

/// A store may be ahead of the machine's clock by this much without a word.
const MAX_AHEAD_SECONDS: u64 = 10 * 60;

/// The state shared by requests and ticks.
pub struct Host {
    station: Station,
    clock: Arc<Clock>,
    journal: Journal,
    outcomes: Outcomes,
    path: PathBuf,
    /// The keys that make a note genuine, as of the last commit.
    enrolled: RwLock<Enrolled>,
    /// The way to the store's writer.
    queue: Queue,
    /// Whether the writer's last commit must not be acknowledged yet.
    is_unsettled: Arc<AtomicBool>,
    /// Idle connections for readers; never more than there were concurrent requests.
    readers: Mutex<Vec<SqliteStore>>,
    /// When the station must be called next, in POSIX seconds.
    due: watch::Sender<u64>,
    pub(crate) encodings: Encodings,
    /// The thread that follows the station with the log's key, if this one has not got it.
    follower: OnceLock<Thread>,
}

impl Host {
    /// A host for `station` with its store in `directory`. A store that lacks anything acknowledged is
    /// refused, unless `accepted_loss` is the number of entries that it has.
    pub fn open(
        station: Station,
        directory: &Path,
        clock: Arc<Clock>,
        journal: Journal,
        accepted_loss: Option<u64>,
    ) -> Result<Arc<Self>, OpenError> {
        let lock = lock(directory)?;
        let path = directory.join(STORE);
        let writer = Writer::open(&path, &station.empty_log(), accepted_loss)?;
        if let Some(warning) = ahead(station.stored_time(&writer).unwrap_or_default(), clock.now()) {
            journal::say(&warning);
        }
        let enrolled = RwLock::new(Enrolled::read(&writer).unwrap_or_default());
        let is_unsettled = writer.is_unsettled();
        let queue = Queue::start(writer, lock).map_err(OpenError::Thread)?;
        let readers = Mutex::new(Vec::new());
        let due = watch::Sender::new(0);
        Ok(Arc::new(Self {
            station,
            clock,
            journal,
            outcomes: Outcomes::default(),
            path,
            enrolled,
            queue,
            is_unsettled,
            readers,
            due,
            encodings: Encodings::default(),
            follower: OnceLock::new(),
        }))
    }

    /// Follows the station that has the log's key, until the host is gone.
    pub fn follow(self: &Arc<Self>, upstream: Box<dyn Upstream>) -> io::Result<()> {
        let follower = following::start(self, upstream)?;
        let _ = self.follower.set(follower);
        Ok(())
    }

    pub(crate) fn station(&self) -> &Station {
        &self.station
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Has the writer do this, and waits for it; `None` if it has no room or panicked.
    pub(crate) fn write<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self, &mut Writer) -> T + Send + 'static,
    ) -> Option<T> {
        let host = self.clone();
        let work = move |writer: &mut Writer| {
            let done = work(&host, writer);
            host.know_enrolled(writer);
            done
        };
        self.queue.offer(work)?.blocking_recv().ok()
    }

    /// Serves until `stop` completes, then lets requests in progress finish.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let ticker = tokio::spawn(tick_forever(self.clone()));
        http::serve(self, listener, stop).await;
        ticker.abort();
    }

    /// Answers a request; `None` if the station panicked. Reading a file takes less time than passing the request to
    /// another thread would, and so does checking a signature.
    pub(crate) async fn handle(self: &Arc<Self>, request: Request) -> Option<Handled> {
        let at_once = catch_unwind(AssertUnwindSafe(|| self.answer(&request))).ok()?;
        match at_once {
            Some(handled) => Some(handled),
            None => self.publish(request).await,
        }
    }

    /// The answer to everything but a new genuine note, which only reads.
    fn answer(&self, request: &Request) -> Option<Handled> {
        let unreadable = |error: StoreError| HostError::Store(&error).handled(&request.method);
        if request.is_read() {
            let handled = |response| Handled { response, due: None, outcome: None };
            return Some(self.read(request).map_or_else(unreadable, handled));
        }
        let screened = {
            let enrolled = self.enrolled.read().unwrap_or_else(PoisonError::into_inner);
            self.station.screen(&enrolled, request)
        };
        let genuine = match screened {
            Ok(genuine) => genuine,
            Err(refused) => return Some(refused),
        };
        let repeated =
            self.with_reader(|reader| reader.snapshot(|reader| self.station.repeated(reader, &genuine)));
        // What was just committed is acknowledged only by the writer.
        let may_acknowledge = !self.is_unsettled.load(Ordering::SeqCst);
        repeated.unwrap_or_else(|error| Some(unreadable(error))).filter(|_| may_acknowledge)
    }

    /// Has the writer judge a genuine note.
    async fn publish(self: &Arc<Self>, request: Request) -> Option<Handled> {
        let (host, method) = (self.clone(), request.method.clone());
        let work = move |writer: &mut Writer| {
            let handled = host.station.handle(writer, &request, host.clock.now());
            host.know_enrolled(writer);
            if let Some(due) = handled.due {
                host.due.send_replace(due);
            }
            if let (Some(Outcome::Held), Some(follower)) = (handled.outcome, host.follower.get()) {
                follower.unpark();
            }
            // A commit whose head is not kept may be acknowledged neither as accepted nor as refused.
            let is_unsettled = host.is_unsettled.load(Ordering::SeqCst);
            (!is_unsettled).then_some(handled)
        };
        match self.queue.offer(work) {
            Some(handled) => handled.await.ok().flatten(),
            None => Some(HostError::Busy.handled(&method)),
        }
    }

    /// Reads the keys that make a note genuine. A store that cannot be read now passes every note on to the writer,
    /// which says so.
    fn know_enrolled(&self, writer: &Writer) {
        let enrolled = Enrolled::read(writer).unwrap_or_default();
        *self.enrolled.write().unwrap_or_else(PoisonError::into_inner) = enrolled;
    }

    fn read(&self, request: &Request) -> Result<Response, StoreError> {
        let now = self.clock.now();
        self.with_reader(|reader| reader.snapshot(|reader| self.station.answer(reader, request, now)))
    }

    /// Whether each note is written to standard error.
    pub(crate) fn logs_notes(&self) -> bool {
        self.journal == Journal::Notes
    }

    /// Writes what became of a request other than a read.
    pub(crate) fn log(&self, handled: &Handled) {
        for line in self.outcomes.lines(handled, self.clock.now()) {
            journal::say(&line);
        }
    }

    /// Whether the store can be read.
    pub(crate) fn is_healthy(&self) -> bool {
        self.with_reader(|reader| reader.get("/")).is_ok()
    }

    /// Reads on an idle or new connection. A connection that fails is not used again.
    pub(crate) fn with_reader<T>(
        &self,
        read: impl FnOnce(&mut SqliteStore) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = idle.map_or_else(|| SqliteStore::reader(&self.path), Ok)?;
        let result = read(&mut reader)?;
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(result)
    }

    /// Does the work that is due.
    fn tick(&self, store: &mut Writer) -> Result<(), StationError> {
        if let Err(error) = store.wipe() {
            journal::say(&format_args!(
                "redacted text is still in free space of {}: {error}. Trying again soon",
                self.path.display()
            ));
        }
        let due = self.station.tick(store, self.clock.now())?;
        self.know_enrolled(store);
        self.due.send_replace(due);
        Ok(())
    }
}

/// The warning about a store that is ahead of the machine's clock. Both are in POSIX seconds.
fn ahead(stored: u64, now: u64) -> Option<String> {
    let seconds = stored.saturating_sub(now);
    (seconds > MAX_AHEAD_SECONDS).then(|| {
        format!("THE STORE IS {seconds} s AHEAD OF THIS MACHINE'S CLOCK. One of the two is wrong. Pages keep the time that they have until the clock reaches it")
    })
}

/// Locks the directory. If two processes used one store, each would append to the log as it last read it, and one of the
/// entries would be lost.
pub(crate) fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(LOCK);
    let file = File::create(&path)
        .map_err(|source| OpenError::NotWritable { directory: directory.to_owned(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyServed { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::NotLocked { path, source }),
    }
}

/// The clock is read at least this often: it may have been set, or the machine may have slept.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A station never asks for a tick later than this from now.
const FURTHEST_SECONDS: u64 = 2 * 60;

/// Calls the station when time alone changes something: once immediately, then whenever the latest tick or note asked
/// for it.
async fn tick_forever(host: Arc<Host>) {
    let mut due = host.due.subscribe();
    loop {
        let ticking = host.clone();
        match host.queue.offer(move |writer| ticking.tick(writer)) {
            Some(ticked) => match ticked.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => retry(&host, &error),
                Err(_) => retry(&host, &"the station panicked"),
            },
            // Notes do the work that is due, too.
            None => sleep(LONGEST_WAIT).await,
        }
        wait_until_due(&host, &mut due).await;
    }
}

fn retry(host: &Host, why: &dyn Display) {
    journal::say(&format_args!(
        "scheduled changes failed ({why}); retrying in {TICK_AGAIN_SECONDS} seconds. Published pages are still being served"
    ));
    host.due.send_replace(host.clock.now().saturating_add(TICK_AGAIN_SECONDS));
}

async fn wait_until_due(host: &Host, due: &mut watch::Receiver<u64>) {
    loop {
        let (next, now) = (*due.borrow_and_update(), host.clock.now());
        // A station asks for a tick each minute at least: a later moment was given by a clock that was set back since.
        if next <= now || next > now + FURTHEST_SECONDS {
            return;
        }
        tokio::select! {
            () = sleep(host.clock.until(next, LONGEST_WAIT)) => {}
            _ = due.changed() => {}
        }
    }
}

/// The minimum number of serving threads, since one may be waiting for the disk. More than processors would only make
/// each other wait.
const THREADS: usize = 2;

/// A runtime whose threads read files and check signatures. Under a flood they give way to the writer.
pub fn runtime() -> io::Result<Runtime> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    Builder::new_multi_thread()
        .worker_threads(THREADS.max(processors))
        .on_thread_start(give_way)
        .enable_all()
        .build()
}

/// Lowers this thread's priority. On Linux only: elsewhere, it would be the whole process's.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        const NICE: i32 = 10;
        // Without it, publications take longer while strangers flood the host.
        let _ = rustix::process::setpriority_process(None, NICE);
    }
}

/// Completes on SIGINT, SIGTERM or SIGHUP (the terminal was closed). From this call on, even before the first poll,
/// these signals no longer terminate the process.
#[cfg(unix)]
pub fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    })
}

/// Completes on Ctrl-C, on Ctrl-Break, or when the console is closed. From this call on, even before the first poll,
/// these events no longer terminate the process.
#[cfg(windows)]
pub fn stop_asked() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close};
    let mut interrupted = ctrl_c()?;
    let mut broken = ctrl_break()?;
    let mut closed = ctrl_close()?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = broken.recv() => {}
            _ = closed.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use outband_station::File;

    use super::*;

    /// Keys of nobody.
    const ROOT: &str = "status.example.net/carol/root+6f5f06fe+AYuaepIJkcFz4I1GZfkO3RNJFiFht65zOt5M+aYQoB0m";
    const LOG_KEY: &str =
        "PRIVATE+KEY+status.example.net/log1+52b8d380+AaxtZ6nRAVIDYOtb8jiFmy7Iu92UQbR2CFDDBTBJgunV";
    const STATION_KEY: &str =
        "PRIVATE+KEY+status.example.net/station1+9f248a19+BIP63PJg23pL4aFGyCSM8jNR2q2q79kel+umSCZfuY7p";

    #[test]
    fn a_store_far_ahead_of_the_clock_is_reported() {
        assert_eq!(ahead(1_000, 2_000), None);
        assert_eq!(ahead(1_000 + MAX_AHEAD_SECONDS, 1_000), None);
        let warning = ahead(1_001 + MAX_AHEAD_SECONDS, 1_000).unwrap();
        assert!(warning.contains("THE STORE IS 601 s AHEAD"), "{warning}");
    }

    #[test]
    fn a_tick_wipes_what_redactions_left() {
        let directory = tempfile::tempdir().unwrap();
        let station = Station::new(Some("status.example.net"), Some(ROOT), Some(LOG_KEY), Some(STATION_KEY));
        let clock = Arc::new(Clock::standing_at(1_000));
        let host = Host::open(station.unwrap(), directory.path(), clock, Journal::Quiet, None).unwrap();
        let has_words = || {
            let files = std::fs::read_dir(directory.path()).unwrap();
            let mut bodies = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
            bodies.any(|body| body.windows(12).any(|window| window == b"Acme Widgets"))
        };
        let redact = |writer: &mut Writer| {
            writer.commit(&[File::new("/a".to_owned(), b"Acme Widgets".repeat(1000), 7)]).unwrap();
            writer.commit_redaction(&[File::new("/a".to_owned(), b"redacted".to_vec(), 7)]).unwrap();
        };
        host.queue.offer(redact).unwrap().blocking_recv().unwrap();
        assert!(has_words());
        let ticking = host.clone();
        host.queue.offer(move |writer| ticking.tick(writer)).unwrap().blocking_recv().unwrap().unwrap();
        assert!(!has_words());
    }
}
