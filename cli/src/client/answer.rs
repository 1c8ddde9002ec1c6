//! What became of a note that was sent, by the station's response.

use std::fmt::Write as _;

use outband_keys::printable;
use outband_station::ProblemType;
use serde::Deserialize;

/// The outcome of sending a note.
pub(crate) enum Answer {
    /// It is in the log, from this or an earlier attempt, or a second station shows it and passes it on.
    Accepted(Accepted),
    /// It was refused: nothing was stored, and sending it again unchanged is pointless.
    Refused(Problem),
    /// The outcome is unknown: it may be in the log. The same note should be sent again, since a new one could make
    /// readers see the update twice.
    Later(String),
    /// A station does not take it at the moment, and has not stored it. The same note may be accepted later.
    Busy(String),
    /// It did not reach a station: it was not sent, or what answered is none.
    Failed(String),
}

/// The answer to a note that was accepted, if it is true. Addresses in it are not used: they follow from the note.
#[derive(Deserialize)]
pub(crate) struct Accepted {
    /// Its log index; `None` if a second station has it, which passes it on to the log.
    pub(crate) index: Option<u64>,
    /// The station's receipt, a signature line.
    pub(crate) receipt: Option<String>,
    /// A remark for its author.
    pub(crate) remark: Option<String>,
}

/// A problem document (RFC 9457) with outband's extension members.
#[derive(Deserialize)]
pub(crate) struct Problem {
    title: String,
    status: u16,
    detail: String,
    line: Option<u64>,
    value: Option<String>,
    expected: Option<String>,
    #[serde(rename = "type")]
    kind: String,
}

/// The message for a note that was sent without a clear response.
pub(crate) const UNDECIDED: &str = "the note may be in the log";
const NOT_NOW: &str = "not accepted right now";

impl Accepted {
    /// Its entry, or that it has none yet.
    pub(crate) fn place(&self) -> String {
        self.index.map_or_else(|| "not yet in the log".to_owned(), |index| format!("entry {index}"))
    }
}

impl Answer {
    /// The meaning of a response.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let problem = || serde_json::from_slice::<Problem>(body);
        let no_station = |_| {
            Self::Failed(format!(
                "replied {status}; this does not look like an outband station. Use the base URL of the page, under which {} is",
                outband_site::paths::CHECKPOINT
            ))
        };
        match status {
            200..=202 => serde_json::from_slice(body).map_or_else(no_station, Self::Accepted),
            // Timeouts and rate limits (408, 425, 429) and the server's own errors say nothing about the note.
            408 | 425 | 429 | 500.. => match problem() {
                Ok(problem) if problem.is_before_the_log() => Self::Busy(problem.explain(NOT_NOW)),
                Ok(problem) => Self::Later(problem.explain(NOT_NOW)),
                Err(_) => Self::Later(format!("replied {status}; {UNDECIDED}")),
            },
            _ => problem().map_or_else(no_station, Self::Refused),
        }
    }

    /// The answer after earlier attempts with the same note, one of which may have reached the log.
    pub(crate) fn after_an_undecided_one(self) -> Self {
        match self {
            Self::Failed(why) | Self::Busy(why) => Self::Later(format!(
                "an earlier attempt got no clear answer, so {UNDECIDED}. The last one: {why}"
            )),
            decided => decided,
        }
    }
}

impl Problem {
    /// Whether a station says so before it stores anything.
    fn is_before_the_log(&self) -> bool {
        let kinds =
            [ProblemType::Busy, ProblemType::Behind, ProblemType::LateBody, ProblemType::NotConfigured];
        self.known().is_some_and(|known| kinds.contains(&known))
    }

    /// Which problem of a station it is, if it is one.
    pub(crate) fn known(&self) -> Option<ProblemType> {
        ProblemType::named(self.kind.strip_prefix("urn:outband:problem:")?)
    }

    /// Explains what is wrong and what would be valid, on several lines.
    pub(crate) fn explain(&self, verdict: &str) -> String {
        let [title, kind, detail] = [&self.title, &self.kind, &self.detail].map(|text| printable(text));
        let mut text = format!("{verdict}: {title} ({}, {kind})\n    {detail}", self.status);
        // Writing to a String cannot fail.
        if let Some(line) = self.line {
            let _ = write!(text, "\n    line:     {line}");
        }
        for (name, value) in [("value:   ", &self.value), ("expected:", &self.expected)] {
            if let Some(value) = value {
                let _ = write!(text, "\n    {name} {}", printable(value));
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_problem_with_the_note_is_a_refusal() {
        let problem = |status: u16| {
            let document = serde_json::json!({"type": "t", "title": "t", "status": status, "detail": "d"});
            Answer::read(status, document.to_string().as_bytes())
        };
        for status in [400, 403, 409, 413, 422] {
            assert!(matches!(problem(status), Answer::Refused(_)), "{status}");
            assert!(matches!(Answer::read(status, b"<html>"), Answer::Failed(_)), "a portal's {status}");
        }
        for status in [408, 429, 500, 502, 503] {
            assert!(
                matches!(problem(status), Answer::Later(why) if why.contains("not accepted right now")),
                "{status}"
            );
            assert!(matches!(Answer::read(status, b"<html>"), Answer::Later(_)), "{status}");
        }
        assert!(
            matches!(Answer::read(200, b"<html>"), Answer::Failed(_)),
            "a captive portal answers 200 to everything"
        );
    }

    #[test]
    fn a_station_that_is_busy_has_not_stored_it() {
        let read = |name: &str| {
            let kind = format!("urn:outband:problem:{name}");
            let document = serde_json::json!({"type": kind, "title": "t", "status": 503, "detail": "d"});
            Answer::read(503, document.to_string().as_bytes())
        };
        for name in ["busy", "behind"] {
            assert!(matches!(read(name), Answer::Busy(_)), "{name}");
            assert!(matches!(read(name).after_an_undecided_one(), Answer::Later(_)), "{name}");
        }
        for name in ["no-answer", "station-fault"] {
            assert!(matches!(read(name), Answer::Later(_)), "{name}");
        }
    }

    #[test]
    fn a_refusal_is_explained() {
        let document = r#"{"type":"urn:outband:problem:bad-value","title":"bad value","status":400,"detail":"line 7: …. Nothing was stored.","line":7,"value":"solved","expected":"one of …"}"#;
        let problem: Problem = serde_json::from_str(document).unwrap();
        assert_eq!(
            problem.explain("refused"),
            "refused: bad value (400, urn:outband:problem:bad-value)\n    line 7: …. Nothing was stored.\n    line:     7\n    value:    solved\n    expected: one of …"
        );
    }
}
