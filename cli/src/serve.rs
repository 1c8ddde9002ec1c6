//! `outband serve`: the native host on this machine.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use outband_station::Station;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::Clock;
use crate::host::{self, Host};
use crate::secret_file;
use crate::settings::Directory;

/// Serve the page from this machine: the native host.
///
/// The directory holds the settings that `outband init` wrote (or the environment does: ORIGIN, ROOT_KEYS, and
/// LOG_KEY_FILE and STATION_KEY_FILE, which name key files), and gets the store. Secrets are read from files only.
///
/// It speaks plain HTTP. To serve the public, put a server in front that holds a certificate.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband serve --data status.example.net --listen 127.0.0.1:8080")]
pub(crate) struct Serve {
    /// Directory of the settings and of the store
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Address to listen at; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// The log's origin, instead of the settings'
    #[arg(long, env = "ORIGIN", hide_env_values = true, value_name = "HOST")]
    origin: Option<String>,
    /// Verifier keys of the roots, separated by spaces, instead of the settings'
    #[arg(long, env = "ROOT_KEYS", hide_env_values = true, value_name = "KEYS")]
    root_keys: Option<String>,
    /// File with the secret key that signs checkpoints
    #[arg(long, env = "LOG_KEY_FILE", value_name = "FILE")]
    log_key_file: Option<PathBuf>,
    /// File with the secret key that signs receipts
    #[arg(long, env = "STATION_KEY_FILE", value_name = "FILE")]
    station_key_file: Option<PathBuf>,
}

impl Serve {
    /// Serves until SIGINT, SIGTERM or SIGHUP.
    pub(crate) fn run(self) -> Result<()> {
        let station = self.station()?;
        let host = Host::open(station, &self.data, Arc::new(Clock::real()))?;
        runtime()?.block_on(async {
            let stop = stop_asked()?;
            let another = format!("--listen {}:0", self.listen.ip());
            let listener = host::listen(self.listen, &another).await?;
            let address = listener.local_addr().context("the address is not known")?;
            anstream::println!("listening on http://{address}");
            host.serve(listener, stop).await;
            anstream::eprintln!("outband: stopped");
            Ok(())
        })
    }

    fn station(&self) -> Result<Station> {
        let directory = Directory::open_if_any(&self.data)?;
        let settings = directory.as_ref().map(|directory| &directory.settings);
        let origin = self.origin.clone().or_else(|| settings.map(|settings| settings.origin.clone()));
        let roots = self.root_keys.clone().or_else(|| settings.map(|settings| settings.root_keys.join(" ")));
        let from = |file: &Option<PathBuf>| file.as_ref().map(|file| self.data.join(file));
        let log = self.log_key_file.clone().or_else(|| settings.and_then(|s| from(&s.keys.log)));
        let station = self.station_key_file.clone().or_else(|| settings.and_then(|s| from(&s.keys.station)));
        station_of(origin.as_deref(), roots.as_deref(), log.as_deref(), station.as_deref()).with_context(
            || {
                format!(
                    "nothing is served: the settings in {} and the environment do not make a station",
                    self.data.display()
                )
            },
        )
    }
}

/// The station of these settings, its secrets read from files.
pub(crate) fn station_of(
    origin: Option<&str>,
    roots: Option<&str>,
    log_key: Option<&Path>,
    station_key: Option<&Path>,
) -> Result<Station> {
    let (log, station) =
        (log_key.map(secret_file::read).transpose()?, station_key.map(secret_file::read).transpose()?);
    let (log, station) = (log.as_ref().map(|key| key.as_str()), station.as_ref().map(|key| key.as_str()));
    Ok(Station::new(origin, roots, log, station)?)
}

/// Threads that serve, at least: more than there are processors, for the disk may keep some of them waiting.
const THREADS: usize = 8;

/// A runtime whose threads read files; what waits for others too, and what commits, has threads of its own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    builder
        .worker_threads(THREADS.max(2 * processors))
        .enable_all()
        .build()
        .context("the server's threads cannot be started")
}

/// Completes on SIGINT, SIGTERM or SIGHUP. From the call on, not from the first wait on, they end nothing by themselves.
pub(crate) fn stop_asked() -> Result<impl Future<Output = ()>> {
    let listen = |kind| signal(kind).context("signals cannot be listened for; nothing was started");
    let mut interrupted = listen(SignalKind::interrupt())?;
    let mut terminated = listen(SignalKind::terminate())?;
    // The terminal was closed.
    let mut hung_up = listen(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
            _ = hung_up.recv() => {}
        }
    })
}
