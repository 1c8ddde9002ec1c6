//! The line-based reader and writer used by every type of text.

use std::fmt::{Display, Write as _};

use outband_keys::{VerifierKey, is_forbidden, is_visible, looks_signed, quoted};

use super::grammar::{Header, Occurs};
use super::values::{Origin, Value};
use crate::sorted::Set;

/// Why a text is invalid, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct TextError {
    /// The line number, from 1; for a missing line, where it should be.
    pub line: usize,
    /// The error.
    pub problem: Problem,
}

/// What is wrong with a line. Each message states what would be valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The first line is not that of a known type and version.
    #[error(
        "{} is not a known type; the first line is one of \"outband update v1\", \"outband site v1\", \"outband roster v1\", \"outband removal v1\", \"outband redaction v1\"",
        quoted(found)
    )]
    UnknownType {
        /// The first line found.
        found: String,
    },
    /// A line that is not `name: value`.
    #[error(
        "{} is not a header line; write `name: value`, with one space and a value that neither begins nor ends with a space",
        quoted(found)
    )]
    NotAHeader {
        /// The line found.
        found: String,
    },
    /// A name that is not in the type's grammar.
    #[error("unknown header {}; this type has: {known}", quoted(name))]
    UnknownHeader {
        /// The name found.
        name: String,
        /// The valid names, in order.
        known: String,
    },
    /// A known name that is out of order.
    #[error("{} comes too late; the order of this type is: {known}", quoted(name))]
    WrongOrder {
        /// The name that comes too late.
        name: String,
        /// The valid names, in order.
        known: String,
    },
    /// A repeated line that may appear only once.
    #[error("a second {} line; only one is allowed", quoted(name))]
    Duplicate {
        /// The name.
        name: String,
    },
    /// Two lines of the same name with the same subject.
    #[error("{} appears twice among the {name:?} lines; say it once", quoted(value))]
    Repeated {
        /// The name.
        name: &'static str,
        /// The repeated subject.
        value: String,
    },
    /// A required line is missing.
    #[error("{name:?} is missing: {why}")]
    Missing {
        /// The name.
        name: &'static str,
        /// Why it is needed.
        why: String,
    },
    /// A line that is not allowed in this text.
    #[error("{name:?} is not allowed here: {why}")]
    Forbidden {
        /// The name.
        name: &'static str,
        /// Why not, and what to do instead.
        why: String,
    },
    /// A value of the wrong form.
    #[error("{name:?} has the value {}; it must be {expected}", quoted(value))]
    Value {
        /// The header's name.
        name: &'static str,
        /// The value found.
        value: String,
        /// What would be valid.
        expected: String,
    },
    /// A body where the type has none, or one of an invalid form.
    #[error("the body {what}")]
    Body {
        /// What is wrong, and what would be valid.
        what: &'static str,
    },
    /// The text does not end with a newline, or contains forbidden characters.
    #[error("{what}")]
    Form {
        /// What is wrong, and what would be valid.
        what: String,
    },
}

impl Problem {
    /// The name of the header line that it is about.
    pub fn header(&self) -> Option<&str> {
        match self {
            Self::UnknownHeader { name, .. } | Self::WrongOrder { name, .. } | Self::Duplicate { name } => {
                Some(name)
            }
            Self::Repeated { name, .. }
            | Self::Missing { name, .. }
            | Self::Forbidden { name, .. }
            | Self::Value { name, .. } => Some(name),
            Self::UnknownType { .. } | Self::NotAHeader { .. } | Self::Body { .. } | Self::Form { .. } => {
                None
            }
        }
    }
}

/// The header lines of one text, consumed in the order of the type's grammar.
pub(super) struct Fields<'t> {
    headers: &'static [Header],
    lines: Vec<(&'t str, &'t str)>,
    next: usize,
    body: Option<&'t str>,
}

/// The line on which the header lines begin.
const FIRST_HEADER: usize = 2;

impl<'t> Fields<'t> {
    /// Splits `text`, whose first line must be `first_line`. `headers` are the type's, in order.
    pub(super) fn open(
        text: &'t str,
        first_line: &str,
        headers: &'static [Header],
    ) -> Result<Self, TextError> {
        check_characters(text)?;
        let Some(inner) = text.strip_suffix('\n') else {
            let last = text.lines().count().max(1);
            return Err(form(last, "the last line must end with a newline".to_owned()));
        };
        let (head, body) = match text.split_once("\n\n") {
            Some((head, body)) => (head, Some(body.strip_suffix('\n').unwrap_or(body))),
            None => (inner, None),
        };
        let mut rows = head.split('\n');
        let first = rows.next().unwrap_or_default();
        if first != first_line {
            return Err(TextError { line: 1, problem: Problem::UnknownType { found: first.to_owned() } });
        }
        let mut lines = Vec::new();
        for (n, row) in rows.enumerate() {
            let split =
                row.split_once(": ").filter(|(name, value)| !name.is_empty() && value.trim() == *value);
            match split {
                Some((name, value)) if !value.is_empty() => lines.push((name, value)),
                _ => {
                    let problem = Problem::NotAHeader { found: row.to_owned() };
                    return Err(TextError { line: FIRST_HEADER + n, problem });
                }
            }
        }
        if let Some(body) = body {
            check_body(body, FIRST_HEADER + lines.len() + 1)?;
        }
        Ok(Self { headers, lines, next: 0, body })
    }

    /// Takes the required line `name`.
    pub(super) fn one<T: Value>(&mut self, name: &'static str) -> Result<T, TextError> {
        let missing =
            || Problem::Missing { name, why: format!("every text of this type has it, as {}", T::EXPECTED) };
        match self.maybe(name)? {
            Some(value) => Ok(value),
            None => Err(self.instead_of(name).unwrap_or_else(|| self.here(missing()))),
        }
    }

    /// Takes the line `name`, if it comes next.
    pub(super) fn maybe<T: Value>(&mut self, name: &'static str) -> Result<Option<T>, TextError> {
        let Some(&(found, value)) = self.lines.get(self.next) else { return Ok(None) };
        if found != name {
            return Ok(None);
        }
        // Each type's `parse` should be strict already; this check covers any that is not.
        let canonical = T::parse(value).filter(|parsed| parsed.to_string() == value);
        let Some(parsed) = canonical else {
            let problem = Problem::Value { name, value: value.to_owned(), expected: T::EXPECTED.to_owned() };
            return Err(self.here(problem));
        };
        self.next += 1;
        Ok(Some(parsed))
    }

    /// Takes all lines `name` that come next. No two may have the same subject.
    pub(super) fn many<T: Value>(&mut self, name: &'static str) -> Result<Vec<T>, TextError> {
        let mut values = Vec::<T>::new();
        let mut subjects = Set::new();
        loop {
            let line = self.line();
            let Some(value) = self.maybe::<T>(name)? else { return Ok(values) };
            let subject = value.subject();
            if subjects.contains(&subject) {
                return Err(TextError { line, problem: Problem::Repeated { name, value: subject } });
            }
            subjects.insert(subject);
            values.push(value);
        }
    }

    /// The body after the header lines.
    pub(super) fn body(&self) -> Option<String> {
        self.body.map(|body| format!("{body}\n"))
    }

    /// Checks that no header line is left, and that there is no body unless the type has one.
    pub(super) fn finish(&self, has_body: bool) -> Result<(), TextError> {
        if let Some(error) = self.instead_of("") {
            return Err(error);
        }
        if self.body.is_some() && !has_body {
            let problem = Problem::Body { what: "must be absent: this type has header lines only" };
            return Err(TextError { line: self.line() + 1, problem });
        }
        Ok(())
    }

    fn line(&self) -> usize {
        FIRST_HEADER + self.next
    }

    fn here(&self, problem: Problem) -> TextError {
        TextError { line: self.line(), problem }
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.headers.iter().position(|known| known.name == name)
    }

    /// The error if another line is found in place of `wanted` (`""` for the end); `None` if `wanted` is simply
    /// missing.
    fn instead_of(&self, wanted: &str) -> Option<TextError> {
        let (name, _) = self.lines.get(self.next)?;
        let known = || self.headers.iter().map(|header| header.name).collect::<Vec<_>>().join(", ");
        let found = self.headers.iter().enumerate().find(|(_, known)| known.name == *name);
        let Some((place, header)) = found else {
            return Some(self.here(Problem::UnknownHeader { name: (*name).to_owned(), known: known() }));
        };
        let repeated = self.lines.iter().take(self.next).any(|(before, _)| before == name);
        if repeated && header.occurs != Occurs::Many {
            return Some(self.here(Problem::Duplicate { name: (*name).to_owned() }));
        }
        let too_late = |line: usize, name: &str| {
            let problem = Problem::WrongOrder { name: name.to_owned(), known: known() };
            TextError { line: FIRST_HEADER + line, problem }
        };
        if self.place(wanted).is_none_or(|wanted| place < wanted) {
            return Some(too_late(self.next, name));
        }
        self.lines.iter().position(|(later, _)| *later == wanted).map(|line| too_late(line, wanted))
    }
}

/// Prints a text that [`Fields`] reads.
pub(super) fn print(
    first_line: &str,
    lines: impl Iterator<Item = (&'static str, String)>,
    body: Option<&str>,
) -> String {
    let mut text = format!("{first_line}\n");
    for (name, value) in lines {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name}: {value}");
    }
    if let Some(body) = body {
        text.push('\n');
        text.push_str(body);
    }
    text
}

/// Values as text.
pub(super) fn texts(values: &[impl Display]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn form(line: usize, what: String) -> TextError {
    TextError { line, problem: Problem::Form { what } }
}

fn check_characters(text: &str) -> Result<(), TextError> {
    for (n, row) in text.split('\n').enumerate() {
        if let Some(c) = row.chars().find(|c| is_forbidden(*c)) {
            let what = format!(
                "the character U+{:04X} is not allowed; a text has no control characters other than the newline, and no bidirectional, line-separator or hidden characters",
                u32::from(c)
            );
            return Err(form(n + 1, what));
        }
    }
    Ok(())
}

/// Checks that the body consists of paragraphs of plain text with one empty line between them.
fn check_body(body: &str, first_line: usize) -> Result<(), TextError> {
    if body.is_empty() {
        let problem = Problem::Body { what: "is empty; remove the empty line at the end" };
        return Err(TextError { line: first_line - 1, problem });
    }
    let mut after_empty = true;
    for (n, row) in body.split('\n').enumerate() {
        let what = if row.is_empty() && after_empty {
            "has an empty line at its beginning, or two in a row; write one empty line between paragraphs"
        } else if row.trim() != row {
            "has a line that begins or ends with white space; remove it"
        } else if !row.is_empty() && !row.contains(is_visible) {
            "has a line of invisible characters only; remove it"
        } else if looks_signed(row) {
            "has a line that begins like a signature; begin it with another word"
        } else {
            after_empty = row.is_empty();
            continue;
        };
        return Err(TextError { line: first_line + n, problem: Problem::Body { what } });
    }
    if after_empty {
        let line = first_line + body.split('\n').count() - 1;
        return Err(TextError {
            line,
            problem: Problem::Body { what: "ends with an empty line; remove it" },
        });
    }
    Ok(())
}

/// The rules of a type that involve several lines.
pub(super) trait Rules {
    /// Returns the first rule broken, and its line.
    fn check(&self, _at: &At<'_, '_>) -> Result<(), TextError> {
        Ok(())
    }
}

/// The header lines, for [`Rules`] to find the line of an error.
pub(super) struct At<'f, 't>(pub(super) &'f Fields<'t>);

impl At<'_, '_> {
    pub(super) fn missing(&self, name: &'static str, why: impl Display) -> TextError {
        let problem = Problem::Missing { name, why: why.to_string() };
        TextError { line: self.line_of(name, ""), problem }
    }

    pub(super) fn forbidden(&self, name: &'static str, why: impl Display) -> TextError {
        let problem = Problem::Forbidden { name, why: why.to_string() };
        TextError { line: self.line_of(name, ""), problem }
    }

    pub(super) fn value(
        &self,
        name: &'static str,
        value: &impl Display,
        expected: impl Display,
    ) -> TextError {
        let value = value.to_string();
        let line = self.line_of(name, &value);
        TextError { line, problem: Problem::Value { name, value, expected: expected.to_string() } }
    }

    pub(super) fn key_name(
        &self,
        name: &'static str,
        key: &VerifierKey,
        origin: &Origin,
        form: &str,
    ) -> TextError {
        self.value(name, key, format!("a key named {origin}/{form}"))
    }

    /// The body that line `name` requires is missing.
    pub(super) fn no_body(&self, name: &'static str, what: &'static str) -> TextError {
        TextError { line: self.line_of(name, ""), problem: Problem::Body { what } }
    }

    /// The name of the first header line for which `is_meant` is true.
    pub(super) fn first(&self, is_meant: impl Fn(&Header) -> bool) -> Option<&'static str> {
        let mut headers = self
            .0
            .lines
            .iter()
            .filter_map(|(name, _)| self.0.headers.iter().find(|known| known.name == *name));
        headers.find(|header| is_meant(header)).map(|header| header.name)
    }

    /// The number, from 1, of the line `name: value`, or else of the first line `name`, or else of the place where one
    /// should be.
    fn line_of(&self, name: &str, value: &str) -> usize {
        let Fields { lines, .. } = self.0;
        let place = self.0.place(name);
        let at = lines
            .iter()
            .position(|line| *line == (name, value))
            .or_else(|| lines.iter().position(|(found, _)| *found == name))
            .or_else(|| lines.iter().position(|(found, _)| self.0.place(found) > place));
        FIRST_HEADER + at.unwrap_or(lines.len())
    }
}
