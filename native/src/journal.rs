//! The host's messages on standard error: one line per note, and errors. They never contain secrets or the text of a
//! note.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use outband_station::{Handled, Outcome};

/// What the host writes to standard error besides its own failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Journal {
    /// One line per note: accepted, or refused and why.
    Notes,
    /// Nothing, for a process that reports on its notes itself.
    Quiet,
}

/// Writes a line. Failing to write it is no reason to stop serving.
pub(crate) fn say(line: &dyn Display) {
    let _ = writeln!(std::io::stderr(), "outband: {line}");
}

/// The outcome of a request other than a read.
fn outcome(handled: &Handled) -> String {
    match handled.outcome {
        Some(outcome) => format!("note {outcome}"),
        None if handled.response.status == 200 => "text checked; nothing was stored".to_owned(),
        None => format!("request refused: status {}", handled.response.status),
    }
}

/// The lines about requests other than reads. Strangers must not fill the disk with them: of those that bring nothing
/// new, only the first few of each second get a line.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<Second>);

/// The current second, and how many requests in it brought nothing new.
#[derive(Debug, Default)]
struct Second {
    at: u64,
    others: usize,
}

/// Lines in one second about requests that brought nothing new.
const MAX_OTHER_LINES: usize = 10;

impl Outcomes {
    /// The lines to write about a request that was answered in this second.
    pub(crate) fn lines(&self, handled: &Handled, now: u64) -> Vec<String> {
        let is_new = matches!(handled.outcome, Some(Outcome::Accepted { .. } | Outcome::Held));
        let mut second = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        if second.at != now {
            let more = second.others.saturating_sub(MAX_OTHER_LINES);
            lines.extend((more > 0).then(|| format!("{more} more notes or requests within one second")));
            *second = Second { at: now, others: 0 };
        }
        second.others += usize::from(!is_new);
        if is_new || second.others <= MAX_OTHER_LINES {
            lines.push(outcome(handled));
        }
        lines
    }
}

/// Work that takes longer than this is announced, so that a waiting user knows the reason.
pub(crate) const SLOW: Duration = Duration::from_secs(2);

/// Does `work`, and calls `announce` if it takes longer than `patience`.
pub(crate) fn if_slow<T>(patience: Duration, announce: impl FnOnce() + Send, work: impl FnOnce() -> T) -> T {
    let (done, waiting) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
                announce();
            }
        });
        let result = work();
        drop(done);
        result
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use outband_station::{HostError, ProblemType, Response};

    use super::*;

    #[test]
    fn a_note_is_logged_in_one_line_without_its_text() {
        let line = |outcome| {
            let response = HostError::LateBody.response("POST");
            super::outcome(&Handled { response, due: None, outcome })
        };
        assert_eq!(line(Some(Outcome::Accepted { index: 41 })), "note accepted as entry 41");
        assert_eq!(line(Some(Outcome::Known { index: 41 })), "note already accepted as entry 41");
        assert_eq!(line(Some(Outcome::Refused(ProblemType::BadSignature))), "note refused: bad-signature");
        assert_eq!(line(None), "request refused: status 408");
        let response = Response { status: 200, headers: Vec::new(), body: Vec::new() };
        let checked = Handled { response, due: None, outcome: None };
        assert_eq!(super::outcome(&checked), "text checked; nothing was stored");
    }

    #[test]
    fn a_flood_of_refusals_is_a_few_lines_a_second() {
        let outcomes = Outcomes::default();
        let handled =
            |outcome| Handled { response: HostError::LateBody.response("POST"), due: None, outcome };
        let refused = handled(Some(Outcome::Refused(ProblemType::BadNote)));
        let lines = |handled: &Handled, now| outcomes.lines(handled, now);
        let count: usize = (0..500).map(|_| lines(&refused, 7).len()).sum();
        assert_eq!(count, MAX_OTHER_LINES);
        assert_eq!(lines(&handled(Some(Outcome::Accepted { index: 41 })), 7), ["note accepted as entry 41"]);
        assert_eq!(
            lines(&refused, 8),
            ["490 more notes or requests within one second", "note refused: bad-note"]
        );
        assert_eq!(lines(&refused, 9), ["note refused: bad-note"]);
    }

    #[test]
    fn only_slow_work_is_announced() {
        let is_announced = |patience, work: Duration| {
            let announced = AtomicBool::new(false);
            let result = if_slow(
                patience,
                || announced.store(true, Ordering::Relaxed),
                || {
                    thread::sleep(work);
                    7
                },
            );
            assert_eq!(result, 7);
            announced.into_inner()
        };
        assert!(!is_announced(Duration::from_secs(60), Duration::ZERO));
        assert!(is_announced(Duration::from_millis(1), Duration::from_millis(500)));
    }
}
