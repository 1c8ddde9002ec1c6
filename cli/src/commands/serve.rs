//! `outband serve`: the native host on this machine.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use outband_native::{Clock, Host, Journal, PassedOn, Upstream};
use outband_station::verify::{Source, SourceError};
use outband_station::{ProblemType, Station};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::client::answer::Answer;
use crate::client::copy::Copy;
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::settings::Directory;
use crate::signers::encrypted::EncryptedKey;
use crate::terminal::shown;

/// Serve the page from this machine
///
/// Settings come from the directory that `outband init` wrote, or from the environment: ORIGIN, ROOT_KEYS, and
/// LOG_KEY_FILE and STATION_KEY_FILE, which name key files. Secrets are read from files only. The store is kept in the
/// same directory; a store that lacks an acknowledged note is refused.
///
/// Speaks plain HTTP: to serve the public, put a reverse proxy with a certificate in front. Logs one line per note to
/// standard error. GET /healthz answers 200 `ok` while the store can be read, otherwise 503.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband serve --dir status.example.net --listen 127.0.0.1:8080
  outband serve --follow https://status.example.net --dir second")]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: StationSettings,
    /// Address to listen on; port 0 picks any free port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Continue a log that has lost acknowledged entries after its first N, and give the others up for good: anyone who
    /// holds one of them can prove that the log has two histories. N is the number in the error that calls for it
    #[arg(long, value_name = "N")]
    accept_loss_after: Option<u64>,
    /// Be a second station, for the log of the page at this base URL: show it, and take updates while the first one is
    /// away. Needs a station key of its own, which the roster lists, and no log key
    #[arg(long, value_name = "URL")]
    follow: Option<String>,
}

/// What makes this machine the page's station.
#[derive(clap::Args)]
pub(crate) struct StationSettings {
    /// Directory of the settings and the store
    #[arg(long, alias = "data", value_name = "DIR", default_value = ".")]
    pub(crate) dir: PathBuf,
    /// Host name of the page (default: origin in outband.toml)
    #[arg(long, env = "ORIGIN", hide_env_values = true, value_name = "HOST")]
    origin: Option<String>,
    /// Verifier keys of the roots, separated by spaces (default: root-keys in outband.toml)
    #[arg(long, env = "ROOT_KEYS", hide_env_values = true, value_name = "KEYS")]
    root_keys: Option<String>,
    /// File with the secret key that signs checkpoints (default: key in outband.toml)
    #[arg(long, env = "LOG_KEY_FILE", value_name = "FILE")]
    log_key_file: Option<PathBuf>,
    /// File with the secret key that signs receipts (default: key in outband.toml)
    #[arg(long, env = "STATION_KEY_FILE", value_name = "FILE")]
    station_key_file: Option<PathBuf>,
}

impl Serve {
    /// Serves until SIGINT, SIGTERM or SIGHUP.
    pub(crate) fn run(self) -> Result<()> {
        let station = match self.follow {
            Some(_) => self.settings.second_station(),
            None => self.settings.station(),
        };
        let station = station.context("not started")?;
        let upstream =
            self.follow.as_deref().map(Endpoint::new).transpose().context("not started: --follow")?;
        let host = Host::open(
            station,
            &self.settings.dir,
            Arc::new(Clock::real()),
            Journal::Notes,
            self.accept_loss_after,
        )
        .context("not started")?;
        runtime()?.block_on(async {
            let stop = stop_asked()?;
            let listener = listen(self.listen, &format!("--listen {}:0", self.listen.ip())).await?;
            let address = listener.local_addr()?;
            if let Some(upstream) = upstream {
                let upstream = Box::new(First { copy: Copy::fresh(&upstream), endpoint: upstream });
                host.follow(upstream).context("not started: cannot start the thread that follows")?;
            }
            anstream::println!("listening on http://{address}");
            host.serve(listener, stop).await;
            anstream::eprintln!("outband: stopped");
            Ok(())
        })
    }
}

/// The station with the log's key.
struct First {
    endpoint: Endpoint,
    copy: Copy,
}

impl Source for First {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.copy.read(path)
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

impl Upstream for First {
    fn pass_on(&self, note: &[u8]) -> PassedOn {
        match self.endpoint.send(note, |_| ()) {
            Answer::Accepted(accepted) if accepted.index.is_some() => PassedOn::Logged,
            Answer::Accepted(_) => PassedOn::NotNow("it follows another station itself".to_owned()),
            // Its clock may be wrong, and others than a station refuse too.
            Answer::Refused(problem) => {
                match problem.known().filter(|known| *known != ProblemType::TimeInFuture) {
                    Some(known) => PassedOn::Refused(known),
                    None => PassedOn::NotNow(problem.explain("refused")),
                }
            }
            Answer::Later(why) | Answer::Busy(why) => PassedOn::NotNow(why),
            Answer::Failed(why) => PassedOn::Unreachable(why),
        }
    }
}

impl StationSettings {
    /// The second station with these settings, or else with those in the directory.
    fn second_station(&self) -> Result<Station> {
        let (origin, roots, log, station) = self.named()?;
        if let Some(log) = log.filter(|log| log.exists()) {
            bail!(
                "{} is here, but a second station must not have the log's key, with which it could start a second history. Remove that file",
                shown(&log)
            );
        }
        let station = station.map(|file| read_key(&file)).transpose()?;
        let second =
            Station::second(origin.as_deref(), roots.as_deref(), station.as_ref().map(|key| key.as_str()));
        second.with_context(|| {
            format!("{}: a second station's key is made by `outband key new --station`", self.none_valid())
        })
    }

    fn none_valid(&self) -> String {
        format!("no valid settings in {}", self.dir.display())
    }

    /// The station with these settings, or else with those in the directory.
    pub(crate) fn station(&self) -> Result<Station> {
        let (origin, roots, log, station) = self.named()?;
        station_of(origin.as_deref(), roots.as_deref(), log.as_deref(), station.as_deref())
            .with_context(|| self.none_valid())
    }

    /// Origin, roots, and the files with the log's key and the station's.
    fn named(&self) -> Result<Named> {
        let directory = Directory::open_if_any(&self.dir)?;
        let settings = directory.as_ref().map(|directory| &directory.settings);
        let origin = self.origin.clone().or_else(|| settings.map(|settings| settings.origin.clone()));
        let roots = self.root_keys.clone().or_else(|| settings.map(|settings| settings.root_keys.join(" ")));
        let log = self.log_key_file.clone().or_else(|| settings.and_then(|s| s.keys.log.clone()));
        let station = self.station_key_file.clone().or_else(|| settings.and_then(|s| s.keys.station.clone()));
        Ok((origin, roots, log, station))
    }
}

type Named = (Option<String>, Option<String>, Option<PathBuf>, Option<PathBuf>);

/// The station with these settings; secrets are read from files.
pub(crate) fn station_of(
    origin: Option<&str>,
    roots: Option<&str>,
    log_key: Option<&Path>,
    station_key: Option<&Path>,
) -> Result<Station> {
    let read = |file: Option<&Path>| file.map(read_key).transpose();
    let (log, station) = (read(log_key)?, read(station_key)?);
    let (log, station) = (log.as_ref().map(|key| key.as_str()), station.as_ref().map(|key| key.as_str()));
    Ok(Station::new(origin, roots, log, station)?)
}

/// The contents of a host's key file. A host cannot be asked for a passphrase whenever its machine starts.
fn read_key(file: &Path) -> Result<Zeroizing<String>> {
    let secret = files::read_secret(file)?;
    if EncryptedKey::recognise(file, &secret).is_some() {
        bail!(
            "{0} has a passphrase, which nobody could type when the machine starts. Remove it with `outband key passphrase {0} --no-passphrase`",
            shown(file)
        );
    }
    Ok(secret)
}

/// The runtime that serves requests.
pub(crate) fn runtime() -> Result<Runtime> {
    outband_native::runtime().context("not started: cannot create the server's threads")
}

/// Completes when the process is asked to stop.
pub(crate) fn stop_asked() -> Result<impl Future<Output = ()>> {
    outband_native::stop_asked().context("not started: cannot listen for signals")
}

/// Binds the address. `any` is the option that picks any free port.
pub(crate) async fn listen(address: SocketAddr, any: &str) -> Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => bail!(
            "not started: port {} is in use by another program. Stop that one, or choose another port: {any} picks any free port",
            address.port()
        ),
        Err(error) => Err(error).with_context(|| format!("not started: cannot listen on {address}")),
    }
}
