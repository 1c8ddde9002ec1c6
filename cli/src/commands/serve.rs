//! `outband serve`: the native host on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use outband_native::{Clock, Host};
use outband_station::Station;
use tokio::net::TcpListener;

use crate::client::settings::Directory;
use crate::signers::secret_file;

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
        outband_native::runtime()?.block_on(async {
            let stop = outband_native::stop_asked()?;
            let another = format!("--listen {}:0", self.listen.ip());
            let listener = listen(self.listen, &another).await?;
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

/// Binds the address; 0 as the port takes any that is free. `another` is the option by which another one is taken.
pub(crate) async fn listen(address: SocketAddr, another: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "port {} is in use by another program; nothing is served. Stop that one, or take another port: {another} takes any that is free",
            address.port()
        ),
        Err(error) => Err(error).with_context(|| format!("nothing can be served at {address}")),
    }
}
