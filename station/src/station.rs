//! The station: its settings, and the two calls that a host makes.

use std::fmt;

use outband_keys::{KeyKind, SecretKey, VerifierKey, quoted};
use outband_record::text::{Origin, Value};
use outband_site::pages;

use crate::error::StationError;
use crate::http::{CHECK, NOTES, ProblemType, Refusal, Request, Response};
use crate::store::Store;

/// A station's identity: its origin, its root keys, and its own keys.
#[derive(Debug)]
pub struct Station {
    pub(crate) origin: Origin,
    pub(crate) roots: Vec<VerifierKey>,
    /// The key that signs the log; a second station has none, and follows the one that has it.
    pub(crate) log_key: Option<SecretKey>,
    pub(crate) station_key: SecretKey,
}

/// Why a configuration was refused. The message names the setting, the problem and the expected value; it never
/// contains a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A setting is missing or empty.
    #[error("{setting} is not set; it must be {expected}. `outband init` makes it and prints how to set it")]
    Missing {
        /// The setting's name.
        setting: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A setting is invalid.
    #[error(
        "{setting} is wrong: {problem}; it must be {expected}. `outband init` makes it and prints how to set it"
    )]
    Wrong {
        /// The setting's name.
        setting: &'static str,
        /// What is wrong with it; leaves out the value where that is secret.
        problem: String,
        /// What it must be.
        expected: &'static str,
    },
}

impl ConfigError {
    /// The message for everybody: which setting, and what it must be, without anything that was found in it.
    pub(crate) fn for_everybody(&self) -> String {
        let (setting, is, expected) = match self {
            Self::Missing { setting, expected } => (setting, "not set", expected),
            Self::Wrong { setting, expected, .. } => (setting, "wrong", expected),
        };
        format!("{setting} is {is}; it must be {expected}. `outband init` makes it and prints how to set it")
    }
}

const ROOT_KEYS: &str = "the verifier keys of roster 1's roots, separated by spaces";
const LOG_KEY: &str = "the secret key named <origin>/log1, of type 0x01";
const STATION_KEY: &str = "the secret key named <origin>/<station>, of type 0x04";

/// The result of a request.
#[derive(Debug)]
pub struct Handled {
    /// The response to send.
    pub response: Response,
    /// When [`Station::tick`] must be called next, in POSIX seconds; `None` if nothing changed.
    pub due: Option<u64>,
    /// What happened to the note; `None` for any other request.
    pub outcome: Option<Outcome>,
}

impl Handled {
    /// The answer to a request other than a note.
    pub(crate) fn answered(response: Response) -> Self {
        Self { response, due: None, outcome: None }
    }

    /// The answer to a note that was refused.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        let outcome = Some(Outcome::Refused(refusal.problem));
        Self { response: refusal.response(), due: None, outcome }
    }
}

/// What happened to a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was appended to the log.
    Accepted {
        /// Its index in the log.
        index: u64,
    },
    /// It was already in the log.
    Known {
        /// Its index in the log.
        index: u64,
    },
    /// A second station shows it, and passes it on.
    Held,
    /// It was refused.
    Refused(ProblemType),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { index } => write!(f, "accepted as entry {index}"),
            Self::Known { index } => write!(f, "already accepted as entry {index}"),
            Self::Held => write!(f, "held: signed, not yet in the log"),
            Self::Refused(problem) => write!(f, "refused: {}", problem.as_str()),
        }
    }
}

/// Interval at which the checkpoint's time-stamped cosignature is renewed, so that readers can tell a frozen copy from
/// a station with nothing to report.
pub(crate) const COSIGNATURE_SECONDS: u64 = 60;

/// Seconds after a failed tick until the host tries again.
pub const TICK_AGAIN_SECONDS: u64 = 10;

/// Pieces of re-rendering in one tick: about a tenth of a second at the edge, so that readers are not kept waiting.
const BUDGET_OF_A_TICK: u64 = 64;

impl Station {
    /// Answers any request. `now` is in POSIX seconds.
    pub fn handle(&self, store: &mut dyn Store, request: &Request, now: u64) -> Handled {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", NOTES) => self.receive(store, &request.body, now),
            ("POST", CHECK) => Handled::answered(self.check(request)),
            (_, _) => Handled::answered(self.answer(store, request, now)),
        }
    }

    /// Does the work due at `now` (POSIX seconds): marks promised updates as overdue, opens maintenance windows, renews
    /// the cosignature, and continues re-rendering after an upgrade. Returns when to call it again, always later than
    /// `now`.
    pub fn tick(&self, store: &mut dyn Store, now: u64) -> Result<u64, StationError> {
        let due = self.rebuild(store, pages::RENDERER, now, BUDGET_OF_A_TICK)?;
        if self.log_key.is_none() {
            self.show_pending(store)?;
        }
        Ok(due)
    }

    /// Builds a station from a host's four settings: `ORIGIN`, `ROOT_KEYS` (verifier keys separated by white space),
    /// and the secrets `LOG_KEY` and `STATION_KEY`. `None` means that the setting is missing.
    pub fn new(
        origin: Option<&str>,
        root_keys: Option<&str>,
        log_key: Option<&str>,
        station_key: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let (origin, roots) = identity(origin, root_keys)?;
        let log_key = Some(secret("LOG_KEY", LOG_KEY, &origin, log_key, KeyKind::Note)?);
        let station_key = secret("STATION_KEY", STATION_KEY, &origin, station_key, KeyKind::Cosignature)?;
        Ok(Self { origin, roots, log_key, station_key })
    }

    /// Builds a second station, which follows the one that has the log's key, from the other three settings.
    pub fn second(
        origin: Option<&str>,
        root_keys: Option<&str>,
        station_key: Option<&str>,
    ) -> Result<Self, ConfigError> {
        let (origin, roots) = identity(origin, root_keys)?;
        let station_key = secret("STATION_KEY", STATION_KEY, &origin, station_key, KeyKind::Cosignature)?;
        Ok(Self { origin, roots, log_key: None, station_key })
    }

    /// The host name that identifies the log.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}

fn identity(origin: Option<&str>, roots: Option<&str>) -> Result<(Origin, Vec<VerifierKey>), ConfigError> {
    let text = set("ORIGIN", Origin::EXPECTED, origin)?;
    let origin = Origin::parse(text)
        .ok_or_else(|| wrong("ORIGIN", Origin::EXPECTED, format!("{} is no such name", quoted(text))))?;
    Ok((origin, parse_roots(set("ROOT_KEYS", ROOT_KEYS, roots)?)?))
}

fn set<'v>(
    setting: &'static str,
    expected: &'static str,
    value: Option<&'v str>,
) -> Result<&'v str, ConfigError> {
    let present = value.map(str::trim).filter(|value| !value.is_empty());
    present.ok_or(ConfigError::Missing { setting, expected })
}

fn wrong(setting: &'static str, expected: &'static str, problem: impl ToString) -> ConfigError {
    ConfigError::Wrong { setting, problem: problem.to_string(), expected }
}

fn parse_roots(text: &str) -> Result<Vec<VerifierKey>, ConfigError> {
    let key = |(before, word): (usize, &str)| {
        let parsed: Result<VerifierKey, _> = word.parse();
        parsed.map_err(|error| wrong("ROOT_KEYS", ROOT_KEYS, format!("key {}: {error}", before + 1)))
    };
    text.split_whitespace().enumerate().map(key).collect()
}

fn secret(
    setting: &'static str,
    expected: &'static str,
    origin: &Origin,
    value: Option<&str>,
    kind: KeyKind,
) -> Result<SecretKey, ConfigError> {
    let value = set(setting, expected, value)?;
    let key = SecretKey::parse(value).map_err(|error| wrong(setting, expected, error))?;
    let verifier = key.verifier();
    let under_origin =
        verifier.name().as_str().strip_prefix(origin.as_str()).is_some_and(|rest| rest.starts_with('/'));
    if verifier.kind() != kind || !under_origin {
        let problem = format!("it is the key {}, which has another name or type", verifier.name());
        return Err(wrong(setting, expected, problem));
    }
    Ok(key)
}

#[cfg(test)]
mod tests {
    use outband_keys::KeyName;

    use super::*;

    const OPENSSH: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n";

    fn key(name: &str, kind: KeyKind) -> String {
        SecretKey::from_seed(KeyName::parse(name).unwrap(), kind, [7; 32]).encode().to_string()
    }

    #[test]
    fn each_setting_is_checked_and_no_secret_is_told() {
        let root = "status.example.net/carol/root";
        let root = SecretKey::from_seed(KeyName::parse(root).unwrap(), KeyKind::Note, [1; 32])
            .verifier()
            .to_string();
        let (log, station) = (
            key("status.example.net/log1", KeyKind::Note),
            key("status.example.net/station1", KeyKind::Cosignature),
        );
        let (origin, roots, log, station) =
            (Some("status.example.net"), Some(root.as_str()), Some(log.as_str()), Some(station.as_str()));
        assert!(Station::new(origin, roots, log, station).is_ok());

        // A key file as some editors wrap it: no word of it but the first begins as a secret does.
        let split = format!("{} {}", roots.unwrap(), log.unwrap().replacen("+AQ", " AQ", 1));
        let cases = [
            (Station::new(None, roots, log, station), "ORIGIN is not set"),
            (Station::new(Some("Status Page"), roots, log, station), "ORIGIN is wrong"),
            (Station::new(origin, Some(" "), log, station), "ROOT_KEYS is not set"),
            (Station::new(origin, Some("nonsense"), log, station), "ROOT_KEYS is wrong: key 1: "),
            (Station::new(origin, log, log, station), "ROOT_KEYS is wrong: key 1: this is a secret key"),
            (Station::new(log, roots, log, station), "ORIGIN is wrong: (a secret key, not shown)"),
            (Station::new(origin, Some(&split), log, station), "ROOT_KEYS is wrong: key 2: "),
            (Station::new(origin, Some(OPENSSH), log, station), "ROOT_KEYS is wrong: key 1: "),
            (Station::new(origin, roots, None, station), "LOG_KEY is not set"),
            (Station::new(origin, roots, station, station), "LOG_KEY is wrong"),
            (Station::new(origin, roots, log, log), "STATION_KEY is wrong"),
            (Station::new(Some("other.example.net"), roots, log, station), "LOG_KEY is wrong"),
            (Station::new(origin, roots, Some("PRIVATE+KEY+garbled"), station), "LOG_KEY is wrong"),
        ];
        let seed = log.and_then(|log| log.rsplit('+').next()).unwrap();
        for (result, expected) in cases {
            let error = result.expect_err(expected);
            let (owner, everybody) = (error.to_string(), error.for_everybody());
            assert!(owner.starts_with(expected), "{owner}");
            let setting = expected.split(' ').next().unwrap();
            assert!(everybody.starts_with(&format!("{setting} is ")), "{everybody}");
            for message in [owner, everybody] {
                let told = [seed, "b3BlbnNz", "PRIVATE"].iter().any(|secret| message.contains(secret));
                assert!(!told, "the secret is in the message: {message}");
            }
        }
    }
}
