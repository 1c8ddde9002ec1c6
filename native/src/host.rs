//! A station with its store and its clock.

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, bail};
use outband_station::{HostError, Request, Response, Station, StoreError};
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::store::SqliteStore;
use crate::{http, ticker};

/// The name of the store's file in its directory.
pub const STORE: &str = "outband.sqlite";
/// The name of the file that is locked as long as a process serves from its directory.
const LOCK: &str = "outband.sqlite-lock";

/// What requests and ticks share.
pub struct Host {
    station: Station,
    pub(crate) clock: Arc<Clock>,
    path: PathBuf,
    writer: Mutex<SqliteStore>,
    /// Connections that no reader uses at the moment; there are never more of them than there were requests at once.
    readers: Mutex<Vec<SqliteStore>>,
    pub(crate) committed: Notify,
    /// Held, never read.
    _lock: File,
}

impl Host {
    /// A host for `station` with its store in `directory`.
    pub fn open(station: Station, directory: &Path, clock: Arc<Clock>) -> Result<Arc<Self>> {
        let lock = lock(directory)?;
        let path = directory.join(STORE);
        let writer = Mutex::new(SqliteStore::open(&path)?);
        let readers = Mutex::new(Vec::new());
        Ok(Arc::new(Self { station, clock, path, writer, readers, committed: Notify::new(), _lock: lock }))
    }

    /// Serves until `stop` completes, then lets the requests under way end.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let ticker = tokio::spawn(ticker::run(self.clone()));
        http::serve(self, listener, stop).await;
        ticker.abort();
    }

    /// Answers a request; blocks for as long as the store needs.
    pub(crate) fn handle(&self, request: &Request) -> Response {
        if request.is_read() {
            return self
                .read(request)
                .unwrap_or_else(|error| HostError::Store(&error).response(&request.method));
        }
        let mut store = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let response = self.station.handle(&mut *store, request, self.clock.now());
        drop(store);
        if response.status == 201 {
            self.committed.notify_one();
        }
        response
    }

    fn read(&self, request: &Request) -> Result<Response, StoreError> {
        let idle = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = idle.map_or_else(|| SqliteStore::reader(&self.path), Ok)?;
        let now = self.clock.now();
        let response = reader.snapshot(|reader| self.station.handle(reader, request, now))?;
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
        Ok(response)
    }

    /// Does what is due, and says when to come again.
    pub(crate) fn tick(&self) -> Result<u64, outband_station::StationError> {
        let mut store = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.station.tick(&mut *store, self.clock.now())
    }
}

/// Two processes on one store would each append to the log as they last saw it, and one's entry would be lost.
fn lock(directory: &Path) -> Result<File> {
    let path = directory.join(LOCK);
    let file = File::create(&path).with_context(|| {
        format!(
            "{} cannot be written to; nothing is served. --data names the directory of the store",
            directory.display()
        )
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "{} is being served by another process; nothing more is served. Stop that one, or serve from another directory",
            directory.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("{} cannot be locked; nothing is served", path.display()))
        }
    }
}

/// Binds the address; 0 as the port takes any that is free. `another` is the option by which another one is taken.
pub async fn listen(address: SocketAddr, another: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "port {} is in use by another program; nothing is served. Stop that one, or take another port: {another} takes any that is free",
            address.port()
        ),
        Err(error) => Err(error).with_context(|| format!("nothing can be served at {address}")),
    }
}
