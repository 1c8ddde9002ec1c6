//! The host's messages on standard error: one line per note, and errors. They never contain secrets or the text of a
//! note.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use outband_station::Handled;

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
pub(crate) fn outcome(handled: &Handled) -> String {
    match handled.outcome {
        Some(outcome) => format!("note {outcome}"),
        None => format!("request refused: status {}", handled.response.status),
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

    use outband_station::{HostError, Outcome, ProblemType};

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
