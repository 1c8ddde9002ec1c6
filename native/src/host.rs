//! A station with its store and its clock.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use outband_station::{Handled, HostError, Request, Response, Station, Store as _, StoreError};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::error::OpenError;
use crate::store::SqliteStore;
use crate::{http, ticker};

/// The name of the store's file in its directory.
pub const STORE: &str = "outband.sqlite";
/// The name of the file that is locked while a process serves from its directory.
const LOCK: &str = "outband.sqlite-lock";

/// The state shared by requests and ticks.
pub struct Host {
    station: Station,
    pub(crate) clock: Arc<Clock>,
    path: PathBuf,
    writer: Mutex<SqliteStore>,
    /// Idle connections for readers; never more than there were concurrent requests.
    readers: Mutex<Vec<SqliteStore>>,
    /// When the station must be called next, in POSIX seconds.
    pub(crate) due: watch::Sender<u64>,
    /// Keeps the directory locked; never read.
    _lock: File,
}

impl Host {
    /// A host for `station` with its store in `directory`.
    pub fn open(station: Station, directory: &Path, clock: Arc<Clock>) -> Result<Arc<Self>, OpenError> {
        let lock = lock(directory)?;
        let path = directory.join(STORE);
        let writer = Mutex::new(SqliteStore::open(&path)?);
        let readers = Mutex::new(Vec::new());
        Ok(Arc::new(Self { station, clock, path, writer, readers, due: watch::Sender::new(0), _lock: lock }))
    }

    /// Serves until `stop` completes, then lets requests in progress finish.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let ticker = tokio::spawn(ticker::run(self.clone()));
        http::serve(self, listener, stop).await;
        ticker.abort();
    }

    /// Answers a request; blocks while the store is busy.
    pub(crate) fn handle(&self, request: &Request) -> Handled {
        if request.is_read() {
            return self.read(request).map_or_else(
                |error| HostError::Store(&error).handled(&request.method),
                |response| Handled { response, due: None, outcome: None },
            );
        }
        let mut store = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let handled = self.station.handle(&mut *store, request, self.clock.now());
        if let Some(due) = handled.due {
            self.due.send_replace(due);
        }
        handled
    }

    fn read(&self, request: &Request) -> Result<Response, StoreError> {
        self.with_reader(|reader| reader.snapshot(|reader| self.station.answer(reader, request)))
    }

    /// Whether the store can be read.
    pub(crate) fn is_healthy(&self) -> bool {
        self.with_reader(|reader| reader.get("/")).is_ok()
    }

    /// Reads on an idle or new connection. A connection that fails is not used again.
    fn with_reader<T>(
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
    pub(crate) fn tick(&self) -> Result<(), outband_station::StationError> {
        let mut store = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let due = self.station.tick(&mut *store, self.clock.now())?;
        self.due.send_replace(due);
        Ok(())
    }
}

/// Locks the directory. Two processes on one store would each append to the log as they last read it, and one of the
/// entries would be lost.
fn lock(directory: &Path) -> Result<File, OpenError> {
    let path = directory.join(LOCK);
    let file = File::create(&path)
        .map_err(|source| OpenError::NotWritable { directory: directory.to_owned(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::AlreadyServed { directory: directory.to_owned() }),
        Err(TryLockError::Error(source)) => Err(OpenError::NotLocked { path, source }),
    }
}
