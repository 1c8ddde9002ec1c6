//! `outband serve`: the native host on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result};
use outband_station::Station;
use tokio::signal;

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
    /// Serves until SIGINT or SIGTERM.
    pub(crate) fn run(self) -> Result<()> {
        let station = self.station()?;
        let host = Host::open(station, &self.data, Arc::new(Clock::real()))?;
        runtime()?.block_on(async {
            let listener = host::listen(self.listen).await?;
            let address = listener.local_addr().context("the address is not known")?;
            anstream::println!("listening on http://{address}");
            host.serve(listener, stop_asked()).await;
            anstream::eprintln!("outband: stopped");
            Ok(())
        })
    }

    fn station(&self) -> Result<Station> {
        let directory = Directory::open_if_any(&self.data)?;
        let settings = directory.as_ref().map(|directory| &directory.settings);
        let from = |file: &Option<PathBuf>| file.as_ref().map(|file| self.data.join(file));
        let origin = self.origin.clone().or_else(|| settings.map(|settings| settings.origin.clone()));
        let roots = self.root_keys.clone().or_else(|| settings.map(|settings| settings.root_keys.join(" ")));
        let log = self.log_key_file.clone().or_else(|| settings.and_then(|s| from(&s.keys.log)));
        let station = self.station_key_file.clone().or_else(|| settings.and_then(|s| from(&s.keys.station)));
        let read = |path: &PathBuf| secret_file::read(path.as_path());
        let (log, station) = (log.as_ref().map(read).transpose()?, station.as_ref().map(read).transpose()?);
        let station = Station::new(
            origin.as_deref(),
            roots.as_deref(),
            log.as_ref().map(|key| key.as_str()),
            station.as_ref().map(|key| key.as_str()),
        );
        station.with_context(|| self.nothing_served(&self.data))
    }

    fn nothing_served(&self, data: &Path) -> String {
        format!(
            "nothing is served: the settings in {} and the environment do not make a station",
            data.display()
        )
    }
}

/// A runtime of few threads: what takes long waits for the disk, on threads of its own.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().context("the server's threads cannot be started")
}

/// Completes on SIGINT or SIGTERM.
pub(crate) async fn stop_asked() {
    #[cfg(unix)]
    if let Ok(mut terminate) = signal::unix::signal(signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = signal::ctrl_c().await;
}
