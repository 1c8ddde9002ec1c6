//! The five kinds of text that can be signed, and the grammar they share.
//!
//! ```text
//! outband update v1
//! origin: status.example.net
//! id: 6f1ed002ab5595859014ebf0951522d9
//! …                                     header lines, in the order of the type's grammar
//!                                       an empty line, where the type has a body
//! Body in plain text.
//! ```
//!
//! Line 1 is the type and version and line 2 the origin, so that a text of one type never parses as another, nor
//! as a checkpoint. Header lines are `name: value`, in fixed order, absent rather than empty. One parser and one
//! printer a type, and `print(parse(text)) == text`: what would not print back to the same bytes is refused.

mod fields;
mod grammar;
mod hashes;
mod promises;
mod redaction;
mod revocation;
mod roster;
mod site;
mod update;
mod values;
mod words;

pub use fields::{Problem, TextError};
pub use grammar::{Carried, Grammar, Header, Line, Occurs};
pub use hashes::{LeafHash, Seen};
pub use promises::{Credit, Eta, Report};
pub use redaction::Redaction;
pub use revocation::Revocation;
pub use roster::{Continues, Person, Roster, Rule};
pub use site::{Cadence, Component, Hint, Link, Site, Zone};
pub use update::Update;
pub use values::{
    Affects, ComponentPath, Contact, DataStatement, Fault, Host, Id, Lang, Origin, SingleLine, Slug, Url,
    Value, Window,
};
pub use words::{
    Cause, Certainty, Condition, DataKind, DataStatus, EtaConfidence, Impact, IncidentKind, Phase, RuleName,
    Yes,
};

use crate::time::Time;

/// Any text that can be signed, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// What one operator said, once.
    Update(Box<Update>),
    /// What the page is about: names, components, contacts.
    Site(Box<Site>),
    /// Who may sign.
    Roster(Box<Roster>),
    /// One key's power ends.
    Revocation(Box<Revocation>),
    /// One entry's words leave every file.
    Redaction(Box<Redaction>),
}

impl Text {
    /// What each type may have.
    pub const GRAMMARS: [Grammar; 5] =
        [Update::GRAMMAR, Site::GRAMMAR, Roster::GRAMMAR, Revocation::GRAMMAR, Redaction::GRAMMAR];

    /// Parses a text of any type, by its first line.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        match text.lines().next().unwrap_or_default() {
            Update::FIRST_LINE => Update::parse(text).map(|t| Self::Update(Box::new(t))),
            Site::FIRST_LINE => Site::parse(text).map(|t| Self::Site(Box::new(t))),
            Roster::FIRST_LINE => Roster::parse(text).map(|t| Self::Roster(Box::new(t))),
            Revocation::FIRST_LINE => Revocation::parse(text).map(|t| Self::Revocation(Box::new(t))),
            Redaction::FIRST_LINE => Redaction::parse(text).map(|t| Self::Redaction(Box::new(t))),
            other => Err(TextError { line: 1, problem: Problem::UnknownType { found: other.to_owned() } }),
        }
    }

    /// The text again, byte for byte what was parsed.
    pub fn print(&self) -> String {
        match self {
            Self::Update(t) => t.print(),
            Self::Site(t) => t.print(),
            Self::Roster(t) => t.print(),
            Self::Revocation(t) => t.print(),
            Self::Redaction(t) => t.print(),
        }
    }

    /// The type's name as the grammar calls it: `update`, `site`, `roster`, `removal`, `redaction`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Update(_) => Update::KIND,
            Self::Site(_) => Site::KIND,
            Self::Roster(_) => Roster::KIND,
            Self::Revocation(_) => Revocation::KIND,
            Self::Redaction(_) => Redaction::KIND,
        }
    }

    /// Line 2: the log that this text was written for.
    pub fn origin(&self) -> &Origin {
        match self {
            Self::Update(t) => &t.origin,
            Self::Site(t) => &t.origin,
            Self::Roster(t) => &t.origin,
            Self::Revocation(t) => &t.origin,
            Self::Redaction(t) => &t.origin,
        }
    }

    /// The text's own random name.
    pub fn id(&self) -> &Id {
        match self {
            Self::Update(t) => &t.id,
            Self::Site(t) => &t.id,
            Self::Roster(t) => &t.id,
            Self::Revocation(t) => &t.id,
            Self::Redaction(t) => &t.id,
        }
    }

    /// When it was written, by its author's clock.
    pub fn time(&self) -> Time {
        match self {
            Self::Update(t) => t.time,
            Self::Site(t) => t.time,
            Self::Roster(t) => t.time,
            Self::Revocation(t) => t.time,
            Self::Redaction(t) => t.time,
        }
    }
}
