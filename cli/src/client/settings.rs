//! `outband.toml`: the settings written by `init` and read by every other command. It contains no secrets.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use outband_keys::{VerifierKey, printable, quoted};
use outband_record::text::{Origin, Value as _};
use serde::{Deserialize, Serialize};

use crate::client::files;

/// The name of the settings file.
pub(crate) const FILE: &str = "outband.toml";

/// A directory with its settings.
pub(crate) struct Directory {
    /// Its path.
    pub(crate) path: PathBuf,
    /// The settings in its file, with the paths of key files resolved against `path`.
    pub(crate) settings: Settings,
}

/// The settings.
///
/// ```toml
/// origin = "status.example.net"
/// endpoints = ["https://status.example.net"]
/// root-keys = ["status.example.net/alice/root+5ef2c0bd+AW…"]
/// log-key = "status.example.net/log1+0d2a77c1+AQ…"
///
/// [keys]
/// root = "keys/root.key"
/// operator = "keys/operator.key"
/// log = "keys/log.key"
/// station = "keys/station.key"
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Settings {
    /// The log's origin.
    pub(crate) origin: String,
    /// Base URLs to which notes are sent.
    pub(crate) endpoints: Vec<String>,
    /// The verifier keys of roster 1's roots.
    pub(crate) root_keys: Vec<String>,
    /// The log's verifier key, which verifies its checkpoints.
    pub(crate) log_key: Option<String>,
    /// The secret key files.
    #[serde(default)]
    pub(crate) keys: KeyFiles,
}

/// Paths of key files; in the file, relative to its directory. Most machines have only some of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct KeyFiles {
    /// Signs rosters and site notes.
    pub(crate) root: Option<PathBuf>,
    /// Signs updates. It may be an SSH key: a private key, or the `.pub` file of one in an agent or a security key.
    pub(crate) operator: Option<PathBuf>,
    /// Signs the log's checkpoints.
    pub(crate) log: Option<PathBuf>,
    /// Signs receipts and cosignatures.
    pub(crate) station: Option<PathBuf>,
}

impl Directory {
    /// The directory at `path`, which must have settings.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::open_if_any(path)?.with_context(|| {
            let file = path.join(FILE);
            format!(
                "{} does not exist. Run `outband init`, or pass the directory that it created with --dir",
                file.display()
            )
        })
    }

    /// The directory at `path`; `None` if it has no settings.
    pub(crate) fn open_if_any(path: &Path) -> Result<Option<Self>> {
        let file = path.join(FILE);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
        };
        let mut settings: Settings = toml::from_str(&text).map_err(|error| invalid(&file, &text, &error))?;
        settings.keys = settings.keys.within(path);
        Ok(Some(Self { path: path.to_owned(), settings }))
    }

    /// The log's origin.
    pub(crate) fn origin(&self) -> Result<Origin> {
        let text = &self.settings.origin;
        Origin::parse(text)
            .with_context(|| format!("{FILE}: origin is {}; it must be {}", quoted(text), Origin::EXPECTED))
    }

    /// The roots of roster 1.
    pub(crate) fn root_keys(&self) -> Result<Vec<VerifierKey>> {
        let parse = |(before, text): (usize, &String)| {
            text.parse().with_context(|| format!("{FILE}: key {} of root-keys is not valid", before + 1))
        };
        self.settings.root_keys.iter().enumerate().map(parse).collect()
    }

    /// The log's key, if it is in the settings.
    pub(crate) fn log_key(&self) -> Result<Option<VerifierKey>> {
        let parse =
            |text: &String| text.parse().with_context(|| format!("{FILE}: log-key is not a verifier key"));
        self.settings.log_key.as_ref().map(parse).transpose()
    }

    /// The key file that is given, or else that the settings name for `role`.
    pub(crate) fn key_file(&self, given: Option<&Path>, role: Role) -> Result<PathBuf> {
        match given.or(role.file(&self.settings.keys)) {
            Some(path) => Ok(path.to_owned()),
            None => bail!("{FILE} names no {role} key. Pass its file with {}", role.option()),
        }
    }
}

/// Why a file has no valid settings. The parser's own message would show the line, which may be a secret key.
fn invalid(file: &Path, text: &str, error: &toml::de::Error) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    anyhow!("line {line}: {}", printable(error.message()))
        .context(format!("{} is not a valid {FILE}", file.display()))
}

impl KeyFiles {
    fn within(self, directory: &Path) -> Self {
        let within = |file: Option<PathBuf>| file.map(|file| directory.join(at_home(file)));
        Self {
            root: within(self.root),
            operator: within(self.operator),
            log: within(self.log),
            station: within(self.station),
        }
    }
}

/// A path that may begin with `~`.
pub(crate) fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

/// The purpose of a key in the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Root,
    Operator,
}

impl Role {
    /// The option that names its file.
    fn option(self) -> &'static str {
        match self {
            Self::Root => "--root-key (or --key of `outband sign`)",
            Self::Operator => "--key",
        }
    }

    fn file(self, keys: &KeyFiles) -> Option<&Path> {
        match self {
            Self::Root => keys.root.as_deref(),
            Self::Operator => keys.operator.as_deref(),
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Root => "root",
            Self::Operator => "operator",
        })
    }
}

impl Settings {
    /// Writes the settings file; never overwrites one.
    pub(crate) fn create(&self, directory: &Path) -> Result<()> {
        let comment =
            "# Written by `outband init`. No secrets: those are in the files that [keys] names.\n\n";
        let text = toml::to_string(self).context("the settings cannot be written as TOML")?;
        files::create(&directory.join(FILE), &format!("{comment}{text}"))
    }
}
