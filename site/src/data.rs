//! Documents under `/data/`, for programs. The station prints and parses its own with the same functions.
//!
//! Every document is one JSON object on one line, begins with its version, `"v":1`, and is described in `SPEC.md`. If a
//! document contains a note, the note is authoritative, and the members beside it are for convenience: reading the
//! document back parses the note again.

mod grammar;
mod history;
mod incident;
pub mod logged;
pub mod text;
mod uptime;

pub use grammar::Grammars;
pub use history::{Card, Month, Redacted, cards, months, parse_cards, parse_months};
pub use incident::{incident, parse_incident, status};
pub use uptime::{Uptime, uptime, uptime_csv};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Rendered;
use crate::template::RenderError;

/// A document that this version did not write: the store is corrupt, or another program wrote to it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document is damaged: {what}")]
pub struct DataError {
    what: String,
}

impl DataError {
    /// A document that is damaged in this way.
    pub fn new(what: impl ToString) -> Self {
        Self { what: what.to_string() }
    }
}

/// The version at the start of every document.
const VERSION: u8 = 1;

/// Any document, preceded by its version.
#[derive(serde::Serialize)]
struct Versioned<T> {
    v: u8,
    #[serde(flatten)]
    document: T,
}

/// The version, which is read before the rest of a document.
#[derive(serde::Deserialize)]
struct Version {
    v: u8,
}

/// Prints a document.
pub fn print(path: &str, document: impl Serialize) -> Result<Rendered, RenderError> {
    Rendered::json(path, serde_json::to_vec(&Versioned { v: VERSION, document }))
}

/// Reads a document back.
pub fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, DataError> {
    let Version { v } = serde_json::from_slice(body).map_err(DataError::new)?;
    if v == VERSION {
        serde_json::from_slice(body).map_err(DataError::new)
    } else {
        Err(DataError::new(format!("its version is {v}, but this program reads version {VERSION}")))
    }
}
