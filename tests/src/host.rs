//! The two hosts as released: `outband serve`, and the worker's bundle in `workerd`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use outband_keys::SecretKey;

use crate::author::{Author, ORIGIN};
use crate::place;
use crate::tools::Tools;
use crate::workerd::Workerd;

/// A kind of host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `outband serve`.
    Native,
    /// The worker.
    Edge,
    /// The worker with routes that panic.
    EdgeWithPanics,
}

/// A running host with its own store; both are gone when this is dropped.
#[derive(Debug)]
pub enum Host {
    /// `outband serve`.
    Native(Native),
    /// The worker, from either bundle.
    Edge(Workerd),
}

impl Host {
    /// Starts a host with an empty store and the settings of `author`'s site.
    pub fn start(kind: Kind, tools: &Tools, author: &Author) -> Result<Self> {
        let bundle = match kind {
            Kind::Native => return Native::start(&tools.outband, author).map(Self::Native),
            Kind::Edge => &tools.bundle,
            Kind::EdgeWithPanics => &tools.panic_bundle,
        };
        let root = author.carol.verifier().to_string();
        let (log, station) = (author.log.encode(), author.station.encode());
        let bindings =
            [("ORIGIN", ORIGIN), ("ROOT_KEYS", &root), ("LOG_KEY", &log), ("STATION_KEY", &station)];
        Ok(Self::Edge(Workerd::start(&tools.workerd, bundle, &bindings)?))
    }

    /// The address it listens on; a restart keeps it.
    pub fn address(&self) -> SocketAddr {
        match self {
            Self::Native(native) => native.address,
            Self::Edge(workerd) => workerd.address(),
        }
    }

    /// The id of its process, if it is running.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Native(native) => native.child.as_ref().map(Child::id),
            Self::Edge(workerd) => workerd.pid(),
        }
    }

    /// Ends it like a power cut.
    pub fn kill(&mut self) -> Result<()> {
        match self {
            Self::Native(native) => native.kill(),
            Self::Edge(workerd) => Ok(workerd.kill()?),
        }
    }

    /// Kills it, if it is running, and starts it on the same store and port.
    pub fn restart(&mut self) -> Result<()> {
        match self {
            Self::Native(native) => {
                native.kill()?;
                native.run()
            }
            Self::Edge(workerd) => Ok(workerd.restart()?),
        }
    }

    /// The SQLite file with its files. Open it only while the host is not running.
    pub fn database(&self) -> Result<PathBuf> {
        match self {
            Self::Native(native) => Ok(native.data.path().join("outband.sqlite")),
            Self::Edge(workerd) => {
                let mut found = sqlite_files(&workerd.disk())?;
                found.retain(|path| !path.ends_with("metadata.sqlite"));
                ensure!(found.len() == 1, "expected one database, found {found:?}");
                found.pop().context("no database")
            }
        }
    }

    /// Its console output so far.
    pub fn log(&self) -> String {
        match self {
            Self::Native(native) => native.log(),
            Self::Edge(workerd) => workerd.log(),
        }
    }
}

fn sqlite_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sqlite_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "sqlite") {
            found.push(path);
        }
    }
    Ok(found)
}

/// A running `outband serve`.
#[derive(Debug)]
pub struct Native {
    binary: PathBuf,
    data: TempDir,
    root: String,
    address: SocketAddr,
    /// The URL of the station that it follows, if it is a second one.
    follows: Option<String>,
    child: Option<Child>,
}

impl Native {
    fn start(binary: &Path, author: &Author) -> Result<Self> {
        Self::with_keys(binary, author, &[("log.key", &author.log), ("station.key", &author.station)], None)
    }

    /// Starts a second station, which follows the one at `first`.
    pub fn second(tools: &Tools, author: &Author, first: &str) -> Result<Self> {
        Self::with_keys(&tools.outband, author, &[("station.key", &author.second)], Some(first.to_owned()))
    }

    fn with_keys(
        binary: &Path,
        author: &Author,
        keys: &[(&str, &SecretKey)],
        follows: Option<String>,
    ) -> Result<Self> {
        let data = place::folder()?;
        for (name, key) in keys {
            let path = data.path().join(name);
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", key.encode().as_str())?;
        }
        let root = author.carol.verifier().to_string();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut native = Self { binary: binary.to_owned(), data, root, address, follows, child: None };
        native.run()?;
        Ok(native)
    }

    /// The address it listens on; a restart keeps it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it like a power cut, and starts it on the same store and port.
    pub fn restart(&mut self) -> Result<()> {
        self.kill()?;
        self.run()
    }

    /// The folder of its store.
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    fn run(&mut self) -> Result<()> {
        let stderr = fs::File::options().create(true).append(true).open(self.data.path().join("stderr"))?;
        let mut child = place::command(&self.binary)
            .arg("serve")
            .arg("--dir")
            .arg(self.data.path())
            .arg("--listen")
            .arg(self.address.to_string())
            .args(self.follows.iter().flat_map(|first| ["--follow", first]))
            .env("ORIGIN", ORIGIN)
            .env("ROOT_KEYS", &self.root)
            .envs(self.follows.is_none().then(|| ("LOG_KEY_FILE", self.data.path().join("log.key"))))
            .env("STATION_KEY_FILE", self.data.path().join("station.key"))
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .with_context(|| self.binary.display().to_string())?;
        let stdout = child.stdout.take().context("no standard output")?;
        self.child = Some(child);
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let address = line.trim_end().strip_prefix("listening on http://").and_then(|at| at.parse().ok());
        self.address = address.with_context(|| format!("its first line was {line:?}\n{}", self.log()))?;
        // The rest is not needed, but must not fill the pipe.
        thread::spawn(move || stdout.read_to_string(&mut String::new()));
        Ok(())
    }

    fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.child.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.data.path().join("stderr")).unwrap_or_default()
    }
}

impl Drop for Native {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("outband serve could not be killed: {error}");
        }
    }
}
