//! The five types of signed text, and the grammar they share.
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
//! Line 1 is the type and version and line 2 the origin, so that a text of one type never parses as another, nor as a
//! checkpoint. Header lines are `name: value`, in fixed order, absent rather than empty. Each type has one parser and
//! one printer, and `print(parse(text)) == text`: a text that would not print back to the same bytes is refused.

mod brand;
mod fields;
mod grammar;
mod promises;
mod redaction;
mod roster;
mod site;
mod tidy;
mod update;
mod values;
mod words;

pub use brand::{Accent, Logo};
pub use fields::{Problem, TextError};
pub use grammar::{Carried, Grammar, Header, Line, Occurs};
pub use promises::{Credit, Eta, Report};
pub use redaction::{LeafHash, Redaction};
pub use roster::{Continues, Person, Revocation, Roster, Rule};
pub use site::{Cadence, Component, Hint, Link, Site, Zone};
pub use tidy::{Change, Tidied, tidy};
pub use update::Update;
pub use values::{
    Affects, ComponentPath, Contact, DataStatement, Fault, Host, Id, Lang, Origin, Seen, SingleLine, Slug,
    Url, Value, Window,
};
pub use words::{
    Cause, Certainty, Condition, DataKind, DataStatus, EtaConfidence, Impact, IncidentKind, Phase, RuleName,
    Yes,
};

use crate::time::Time;

/// A parsed text of any type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// One message by an operator about an incident, a maintenance or a notice.
    Update(Box<Update>),
    /// What the page covers: names, components, contacts.
    Site(Box<Site>),
    /// Who may sign.
    Roster(Box<Roster>),
    /// Revokes one key.
    Revocation(Box<Revocation>),
    /// Removes one entry's text from every file.
    Redaction(Box<Redaction>),
}

/// What `$value` is for the text inside, regardless of its type.
macro_rules! of_any_type {
    ($any:expr, $text:ident => $value:expr) => {
        match $any {
            Text::Update($text) => $value,
            Text::Site($text) => $value,
            Text::Roster($text) => $value,
            Text::Revocation($text) => $value,
            Text::Redaction($text) => $value,
        }
    };
}

impl Text {
    /// The grammar of each type.
    pub const GRAMMARS: [Grammar; 5] =
        [Update::GRAMMAR, Site::GRAMMAR, Roster::GRAMMAR, Revocation::GRAMMAR, Redaction::GRAMMAR];

    /// Parses a text of the type named in its first line.
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

    /// Prints the text, byte for byte as it was parsed.
    pub fn print(&self) -> String {
        of_any_type!(self, text => text.print())
    }

    /// The type's name in the grammar: `update`, `site`, `roster`, `removal`, `redaction`.
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
        of_any_type!(self, text => &text.origin)
    }

    /// The text's own random id.
    pub fn id(&self) -> &Id {
        of_any_type!(self, text => &text.id)
    }

    /// When it was written, by its author's clock.
    pub fn time(&self) -> Time {
        of_any_type!(self, text => text.time)
    }
}
