//! Refusals: problem documents (RFC 9457) with a stable type.

use std::fmt::Display;

use outband_keys::{Damage, NoteError, is_secret};
use outband_record::authority::Denied;
use outband_record::text::{Problem, TextError};
use serde::Serialize;

use super::Response;
use super::problem::ProblemType;
use crate::error::StationError;

/// Why a note was refused. Nothing was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of problem.
    pub problem: ProblemType,
    /// The problem, and how to solve it.
    pub detail: String,
    /// The number of the wrong line in the note, from 1.
    pub line: Option<usize>,
    /// The wrong value, unless it is a secret key.
    pub value: Option<String>,
    /// The expected value.
    pub expected: Option<String>,
    /// The name of the wrong header line.
    pub header: Option<String>,
}

#[derive(Serialize)]
struct Document<'r> {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    #[serde(flatten)]
    what: What<'r>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Error<'r>>,
}

/// One of several problems.
#[derive(Serialize)]
struct Error<'r> {
    r#type: String,
    detail: &'r str,
    #[serde(flatten)]
    what: What<'r>,
}

impl<'r> Error<'r> {
    fn of(refusal: &'r Refusal) -> Self {
        Self { r#type: refusal.urn(), detail: &refusal.detail, what: refusal.what() }
    }
}

/// What is wrong in a text.
#[derive(Serialize)]
struct What<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'r str>,
}

impl Refusal {
    pub(crate) fn new(problem: ProblemType, detail: impl Display) -> Self {
        let detail = detail.to_string();
        Self { problem, detail, line: None, value: None, expected: None, header: None }
    }

    pub(crate) fn value(mut self, value: impl Display) -> Self {
        self.value = Some(value.to_string()).filter(|value| !is_secret(value));
        self
    }

    pub(crate) fn expected(mut self, expected: impl Display) -> Self {
        self.expected = Some(expected.to_string());
        self
    }

    pub(crate) fn line(mut self, line: Option<usize>) -> Self {
        self.line = line;
        self
    }

    /// Names the wrong header line. If there are several of this name, it is the one that begins with the value.
    pub(crate) fn header(mut self, name: &str) -> Self {
        self.header = Some(name.to_owned()).filter(|name| !is_secret(name));
        self
    }

    /// Adds the number of that line in `text`.
    pub(crate) fn located(mut self, text: &str) -> Self {
        let Some(name) = self.header.as_deref().filter(|_| self.line.is_none()) else { return self };
        let begins = |line: &str, value: &str| {
            line.strip_prefix(name)
                .and_then(|rest| rest.strip_prefix(": "))
                .is_some_and(|rest| rest.starts_with(value))
        };
        let at = |value: &str| text.lines().position(|line| begins(line, value)).map(|before| before + 1);
        self.line = self.value.as_deref().and_then(at).or_else(|| at(""));
        self
    }

    /// The problem document as a response.
    pub fn response(&self) -> Response {
        self.response_with(&[])
    }

    /// The same with a list of problems, of which this is the summary.
    pub(crate) fn response_with(&self, errors: &[Self]) -> Response {
        let status = self.problem.status();
        let document = Document {
            r#type: self.urn(),
            title: self.problem.as_str().replace('-', " "),
            status,
            detail: self.whole_detail(),
            what: self.what(),
            errors: errors.iter().map(Error::of).collect(),
        };
        let mut body =
            serde_json::to_vec_pretty(&document).unwrap_or_else(|_| self.whole_detail().into_bytes());
        body.push(b'\n');
        let mut response = Response::new(status, "application/problem+json", body);
        response.header("cache-control", "no-store");
        if let Some(seconds) = self.problem.retry_seconds() {
            response.header("retry-after", &seconds.to_string());
        }
        response
    }

    fn urn(&self) -> String {
        format!("urn:outband:problem:{}", self.problem.as_str())
    }

    fn what(&self) -> What<'_> {
        What {
            line: self.line,
            header: self.header.as_deref(),
            value: self.value.as_deref(),
            expected: self.expected.as_deref(),
        }
    }

    /// The detail, with a note that nothing was stored wherever that is certain.
    fn whole_detail(&self) -> String {
        let detail = self.detail.trim_end_matches('.');
        match self.problem {
            ProblemType::NoAnswer => format!("{detail}."),
            _ => format!("{detail}. Nothing was stored."),
        }
    }
}

impl From<StationError> for Refusal {
    fn from(error: StationError) -> Self {
        Self::new(
            ProblemType::StationFault,
            format!(
                "the station cannot accept notes now: {error}. Keep the note and send it again later, or to another station"
            ),
        )
    }
}

impl From<NoteError> for Refusal {
    fn from(error: NoteError) -> Self {
        let kind = match &error {
            NoteError::TooLarge { .. } => ProblemType::TooLarge,
            NoteError::Damaged { .. } | NoteError::NoFinalNewline => ProblemType::Damaged,
            NoteError::NotUtf8 { .. } => ProblemType::NotUtf8,
            NoteError::Control { .. } | NoteError::Invisible { .. } => ProblemType::BadCharacter,
            NoteError::NoSignature => ProblemType::NoSignature,
            NoteError::TooManySignatures { .. } => ProblemType::TooManySignatures,
            NoteError::Base64 { .. } => ProblemType::BadBase64,
            NoteError::DuplicateSignature { .. } | NoteError::DuplicateSsh { .. } => {
                ProblemType::DuplicateSignature
            }
            NoteError::SignatureLine { .. } | NoteError::Ssh { .. } | NoteError::SshUnfinished { .. } => {
                ProblemType::BadSignatureLine
            }
            NoteError::NoEmptyLine { .. }
            | NoteError::AfterSignatures { .. }
            | NoteError::TextLine { .. } => ProblemType::BadNote,
        };
        let line = match &error {
            NoteError::Damaged { damage: Damage::CarriageReturns { line } }
            | NoteError::Control { line, .. }
            | NoteError::Invisible { line, .. }
            | NoteError::NoEmptyLine { line }
            | NoteError::AfterSignatures { line }
            | NoteError::TextLine { line }
            | NoteError::SignatureLine { line, .. }
            | NoteError::Base64 { line }
            | NoteError::DuplicateSignature { line, .. }
            | NoteError::SshUnfinished { line }
            | NoteError::Ssh { line, .. }
            | NoteError::DuplicateSsh { line, .. } => Some(*line),
            NoteError::Damaged { .. }
            | NoteError::TooLarge { .. }
            | NoteError::NotUtf8 { .. }
            | NoteError::NoSignature
            | NoteError::NoFinalNewline
            | NoteError::TooManySignatures { .. } => None,
        };
        Self::new(kind, error).line(line)
    }
}

impl From<TextError> for Refusal {
    fn from(error: TextError) -> Self {
        let detail = error.to_string();
        let refusal = Self::from(error.problem).line(Some(error.line));
        Self { detail, ..refusal }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let kind = match &problem {
            Problem::UnknownType { .. } => ProblemType::UnknownType,
            Problem::NotAHeader { .. } => ProblemType::NotAHeader,
            Problem::UnknownHeader { .. } => ProblemType::UnknownHeader,
            Problem::WrongOrder { .. } => ProblemType::WrongOrder,
            Problem::Duplicate { .. } => ProblemType::DuplicateLine,
            Problem::Repeated { .. } => ProblemType::RepeatedValue,
            Problem::Missing { .. } => ProblemType::MissingLine,
            Problem::Forbidden { .. } => ProblemType::ForbiddenLine,
            Problem::Value { .. } => ProblemType::BadValue,
            Problem::Body { .. } => ProblemType::BadBody,
            // A parsed note has only characters that are allowed.
            _ => ProblemType::BadCharacter,
        };
        let mut refusal = Self::new(kind, &problem);
        if let Some(name) = problem.header() {
            refusal = refusal.header(name);
        }
        match problem {
            Problem::Value { value, expected, .. } => refusal.value(value).expected(expected),
            Problem::UnknownHeader { name, known } | Problem::WrongOrder { name, known } => {
                refusal.value(name).expected(known)
            }
            Problem::Missing { name, .. } => refusal.expected(name),
            _ => refusal,
        }
    }
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let kind = match &denied {
            Denied::UnknownSigner { .. } => ProblemType::UnknownSigner,
            Denied::RevokedSigner { .. } => ProblemType::RevokedSigner,
            Denied::BadSignature { .. } => ProblemType::BadSignature,
            Denied::TooFewPersons { .. } => ProblemType::TooFewPersons,
            Denied::RosterNumber { .. } => ProblemType::RosterNumber,
            Denied::EnrolsRemoved { .. } => ProblemType::RemovedKey,
            Denied::OtherRoots => ProblemType::OtherRoots,
            Denied::RevokesRoot { .. } => ProblemType::RevokesRoot,
            Denied::NotEnrolled { .. } => ProblemType::NotEnrolled,
            Denied::SinceBeyond { .. } => ProblemType::SinceBeyond,
            Denied::EntryBeyond { .. } => ProblemType::EntryBeyond,
        };
        let refusal = Self::new(kind, &denied);
        match denied {
            Denied::RosterNumber { found, expected } => {
                refusal.header("number").value(found).expected(expected)
            }
            Denied::SinceBeyond { since, size } => {
                refusal.header("since").value(since).expected(format!("at most {size}"))
            }
            Denied::EntryBeyond { entry, size } => {
                refusal.header("entry").value(entry).expected(format!("below {size}"))
            }
            Denied::UnknownSigner { names } => refusal.value(names.join(" ")),
            Denied::RevokedSigner { name, .. } | Denied::BadSignature { name } => refusal.value(name),
            Denied::EnrolsRemoved { name, line, .. } => refusal.header(line).value(name),
            Denied::RevokesRoot { name } | Denied::NotEnrolled { name } => refusal.header("key").value(name),
            Denied::TooFewPersons { need, have, .. } => refusal.value(have).expected(need),
            Denied::OtherRoots => refusal,
        }
    }
}
