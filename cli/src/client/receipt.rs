//! Receipts: a station's signature on a note that it accepted. Without a valid one, an answer proves nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use outband_keys::{Note, SignatureLine, VerifierKey};
use outband_record::authority::Authority;
use outband_record::log;
use outband_record::text::{Roster, Text};
use outband_record::time::Time;
use outband_site::paths;
use outband_station::MemoryStore;
use outband_station::verify::{Proven, Source as _};

use crate::client::copy::Copy;
use crate::client::endpoint::Endpoint;
use crate::client::files;

/// A receipt by a station of the roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    line: SignatureLine,
    /// When the station received the note.
    pub(crate) received: Time,
}

impl Receipt {
    /// Verifies a receipt on a note's text against the stations of the roster at `endpoint`, which `roots` have signed.
    pub(crate) fn verify(
        line: Option<&str>,
        note: &Note,
        endpoint: &Endpoint,
        roots: &[VerifierKey],
    ) -> Result<Self> {
        let line = SignatureLine::parse(line.context("the answer has no receipt")?)?;
        let valid = |stations: Vec<VerifierKey>| {
            stations.iter().find_map(|station| station.verify_receipt(note.text(), &line).ok())
        };
        // Usually the first roster lists the station, which one request shows. Otherwise, the whole log is verified.
        let quick = first_roster(endpoint, roots).ok().and_then(|roster| valid(roster.station));
        let received = match quick {
            Some(received) => received,
            None => valid(stations(endpoint, roots)?).with_context(|| {
                format!("its receipt, by {}, is not a valid one of a station of the roster", line.name())
            })?,
        };
        Ok(Self { line, received: Time::from_posix(received) })
    }

    /// Keeps it beside its note: `update.receipt` beside `update.note`, one line a station. Returns the file's path.
    pub(crate) fn keep_beside(&self, note: &Path) -> Result<PathBuf> {
        let path = note.with_extension("receipt");
        files::add_line(&path, &self.line.to_string())?;
        Ok(path)
    }
}

/// The log's first roster, signed by `roots`.
fn first_roster(endpoint: &Endpoint, roots: &[VerifierKey]) -> Result<Roster> {
    let path = log::note_path(0);
    let entry = Copy::fresh(endpoint).read(&path)?.with_context(|| format!("{path} is missing"))?;
    let note = Note::parse_entry(&entry)?;
    let Text::Roster(roster) = Text::parse(note.text())? else { bail!("entry 0 is not a roster") };
    Authority::founding(&note, &roster, roots)?;
    Ok(*roster)
}

/// The stations of the roster in force, from the whole log.
fn stations(endpoint: &Endpoint, roots: &[VerifierKey]) -> Result<Vec<VerifierKey>> {
    let scratch = MemoryStore::default();
    let proven = Proven::from_source(&Copy::fresh(endpoint), Some(roots), &scratch);
    let proven = proven.map_err(|error| anyhow!("its receipt cannot be checked: {error}"))?;
    let authority = proven.authority().context("the log has no roster")?;
    Ok(authority.roster().station.clone())
}

/// The page that shows this note, by what it says itself; `None` if there is none.
pub(crate) fn page(note: &Note) -> Option<String> {
    match Text::parse(note.text()).ok()? {
        Text::Update(update) => Some(paths::incident(&update.incident, update.is_drill())),
        Text::Site(_) => Some(paths::INDEX.to_owned()),
        Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
    }
}
