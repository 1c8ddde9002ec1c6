//! What the host says on standard error: one line a note, and what goes wrong. No secrets, and no word of a note.

use std::fmt::Display;
use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use outband_station::Response;

/// Writes a line. If nobody can read it any more, that is no reason to stop serving.
pub(crate) fn say(line: &dyn Display) {
    let _ = writeln!(std::io::stderr(), "outband: {line}");
}

/// What became of a note, by the answer that its sender gets.
pub(crate) fn outcome(response: &Response) -> String {
    let document: serde_json::Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let index = document.get("index").and_then(serde_json::Value::as_u64);
    let problem = document.get("type").and_then(serde_json::Value::as_str);
    match (response.status, index, problem) {
        (201, Some(index), _) => format!("note accepted as entry {index}"),
        (200, Some(index), _) => format!("note already accepted as entry {index}"),
        (_, _, Some(problem)) => format!("note refused: {}", problem.rsplit(':').next().unwrap_or(problem)),
        (status, ..) => format!("note refused: status {status}"),
    }
}

/// Work that takes longer than this is announced: whoever waits should know for what.
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

    use super::*;

    #[test]
    fn a_note_leaves_one_line_without_its_words() {
        let line = |status: u16, body: &str| {
            outcome(&Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
        };
        assert_eq!(line(201, r#"{"index":41,"page":"/incidents/x"}"#), "note accepted as entry 41");
        assert_eq!(line(200, r#"{"index":41}"#), "note already accepted as entry 41");
        let refused =
            r#"{"type":"urn:outband:problem:bad-signature","detail":"the note says PRIVATE","index":7}"#;
        assert_eq!(line(403, refused), "note refused: bad-signature");
        assert_eq!(line(503, "anything"), "note refused: status 503");
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
