//! Responses of a host that has no working station to ask.

use std::fmt::Display;

use super::problem::ProblemType;
use super::refusal::Refusal;
use super::{Response, is_read};
use crate::station::{ConfigError, Handled, Outcome};
use crate::store::StoreError;

/// Why a host could not pass a request to its station, or got no response.
#[derive(Clone, Copy, Debug)]
pub enum HostError<'e> {
    /// The settings are invalid.
    Settings(&'e ConfigError),
    /// The store cannot be opened.
    Store(&'e StoreError),
    /// The request's body did not arrive in time.
    LateBody,
    /// The request's body was cut short.
    BrokenOff,
    /// Too many notes are waiting.
    Busy,
    /// The station gave no response: it panicked, or did not return in time.
    NoAnswer,
}

impl HostError<'_> {
    /// The response to a request with this method. Readers get a text that claims nothing about the provider; other
    /// clients get a problem document.
    pub fn response(self, method: &str) -> Response {
        if !is_read(method) {
            return Refusal::new(self.problem(), self.detail()).response();
        }
        let mut response = match self {
            Self::Settings(error) => {
                let error = error.for_everybody();
                plain(self.problem().status(), &format!("This status page is not set up yet.\n\n{error}\n"))
            }
            Self::Store(error) => unreadable(error),
            Self::LateBody | Self::BrokenOff | Self::Busy => {
                plain(self.problem().status(), &format!("{}.\n", self.detail()))
            }
            Self::NoAnswer => no_answer(),
        };
        if method == "HEAD" {
            response.body.clear();
        }
        response
    }

    /// The response, together with the outcome of the note that was sent.
    pub fn handled(self, method: &str) -> Handled {
        let outcome = (!is_read(method)).then_some(Outcome::Refused(self.problem()));
        Handled { response: self.response(method), due: None, outcome }
    }

    fn problem(self) -> ProblemType {
        match self {
            Self::Settings(_) => ProblemType::NotConfigured,
            Self::Store(_) => ProblemType::StationFault,
            Self::LateBody => ProblemType::LateBody,
            Self::BrokenOff => ProblemType::BrokenOff,
            Self::Busy => ProblemType::Busy,
            Self::NoAnswer => ProblemType::NoAnswer,
        }
    }

    fn detail(self) -> String {
        match self {
            Self::Settings(error) => {
                format!("this station is not set up: {}. Then send the note again", error.for_everybody())
            }
            Self::Store(error) => {
                format!("the station cannot open its store: {}. Keep the note and send it again later", error.0)
            }
            Self::LateBody => "The request's body did not arrive in time; send it again".to_owned(),
            Self::BrokenOff => "The request's body was cut short; send it again".to_owned(),
            Self::Busy => "more notes have come in than the station can judge at once; send the note again in a second".to_owned(),
            Self::NoAnswer => "the station did not answer, so it may or may not have accepted the note. Sending the same note again is safe; sending a new one in its place is not".to_owned(),
        }
    }
}

/// A response that claims nothing about the provider: the status is unknown here.
pub(crate) fn unreadable(what: &dyn Display) -> Response {
    let mut response = plain(
        503,
        &format!("Status unknown: this server cannot read its data ({what}). Try again, or use a mirror.\n"),
    );
    response.header("retry-after", "30");
    response
}

fn no_answer() -> Response {
    let text = "Status unknown: this server did not answer. Try again, or use a mirror.\n";
    let mut response = plain(ProblemType::NoAnswer.status(), text);
    let seconds = ProblemType::NoAnswer.retry_seconds().unwrap_or_default();
    response.header("retry-after", &seconds.to_string());
    response
}

fn plain(status: u16, text: &str) -> Response {
    let mut response = Response::new(status, "text/plain; charset=utf-8", text.as_bytes().to_vec());
    response.header("cache-control", "no-store");
    response
}
