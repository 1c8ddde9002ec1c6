//! An endpoint: a base URL that accepts notes and serves files.

use std::fmt::Write as _;
use std::io::Read as _;
use std::time::Duration;

use anyhow::{Result, bail};
use outband_keys::{printable, quoted};
use outband_record::time::Time;
use serde::Deserialize;
use ureq::Agent;
use ureq::unversioned::transport::DefaultConnector;

use crate::client::names::Names;

/// A station or a mirror, by its base URL without a trailing `/`.
#[derive(Clone)]
pub(crate) struct Endpoint {
    base: String,
    agent: Agent,
    names: Names,
}

/// A file as fetched, with the server's clock.
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    /// The server's clock at the time of the response, if it was sent.
    pub(crate) server_time: Option<Time>,
}

/// The outcome of sending a note.
pub(crate) enum Answer {
    /// It is in the log, from this or an earlier attempt.
    Accepted(Accepted),
    /// It was refused: nothing was stored, and sending it again unchanged is pointless.
    Refused(Problem),
    /// The outcome is unknown or temporary: it may be in the log, or the station cannot accept notes at the moment. The
    /// same note should be sent again, since a new one could make readers see the update twice.
    Later(String),
    /// It did not reach the station.
    Failed(String),
}

/// The answer to a note that was accepted, if it is true. Addresses in it are not used: they follow from the note.
#[derive(Deserialize)]
pub(crate) struct Accepted {
    /// Its log index.
    pub(crate) index: u64,
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

const CONNECT_TIME: Duration = Duration::from_secs(5);
const WHOLE_TIME: Duration = Duration::from_secs(20);
/// The number of connections kept open, and of files that `verify` reads in parallel.
pub(crate) const CONNECTIONS: usize = 8;
/// The maximum size in bytes of a file whose content is not known yet. The log's tiles are 8 KiB, its bundles at most
/// 5 MiB.
pub(crate) const MAX_FILE: u64 = 16 << 20;
/// The maximum size in bytes of the answer to a note.
const MAX_ANSWER: u64 = 64 << 10;
/// The number of attempts to send a note to a busy station.
const ATTEMPTS: u32 = 4;
/// Pauses before a failed connection is retried; a server that is starting up listens by then.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];
/// The longest `retry-after` to wait for; with a longer one the station is given up on, since the operator may have
/// other endpoints.
const LONGEST_PATIENCE: Duration = Duration::from_secs(30);

impl Endpoint {
    /// The endpoint at a base URL.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let base = url.trim_end_matches('/');
        if !base.starts_with("https://") && !base.starts_with("http://") {
            bail!("{} is not an endpoint; use a base URL such as https://status.example.net", quoted(url));
        }
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(WHOLE_TIME))
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .http_status_as_error(false)
            .user_agent(concat!("outband/", env!("CARGO_PKG_VERSION")));
        let names = Names::default();
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), names.clone());
        Ok(Self { base: base.to_owned(), agent, names })
    }

    /// Whether it is on this machine, as in a trial.
    pub(crate) fn is_local(url: &str) -> bool {
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        ["127.", "localhost", "[::1]"].iter().any(|own| host.starts_with(own))
    }

    /// The base URL.
    pub(crate) fn url(&self) -> &str {
        &self.base
    }

    /// The file at a public path; `None` if there is none. `fresh` makes caches revalidate with the station.
    pub(crate) fn get(&self, path: &str, fresh: bool) -> Result<Option<Fetched>> {
        let file = self.get_up_to(path, fresh, MAX_FILE + 1)?;
        match file {
            Some(file) if file.body.len() as u64 > MAX_FILE => {
                bail!("{}{path}: the response is larger than {MAX_FILE} bytes, and may never end", self.base)
            }
            file => Ok(file),
        }
    }

    /// Like [`get`](Self::get), but reads no more than `limit` bytes of the body.
    pub(crate) fn get_up_to(&self, path: &str, fresh: bool, limit: u64) -> Result<Option<Fetched>> {
        let mut request = self.agent.get(format!("{}{path}", self.base));
        if fresh {
            request = request.header("cache-control", "no-cache");
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) => {
                self.names.forget();
                bail!("could not reach {} ({error})", self.base);
            }
        };
        let status = response.status().as_u16();
        // The 404 page is itself a file, served with status 404.
        let is_wanted = status == 200 || (status == 404 && path == outband_site::paths::NOT_FOUND);
        let server_time = server_time(response.headers());
        if status == 404 && !is_wanted {
            return Ok(None);
        }
        if !is_wanted {
            bail!("{}{path} replied {status}", self.base);
        }
        if response.headers().contains_key("content-encoding") {
            bail!("{}{path}: the response is compressed, which was not asked for", self.base);
        }
        let mut body = Vec::new();
        match response.body_mut().with_config().limit(u64::MAX).reader().take(limit).read_to_end(&mut body) {
            Ok(_) => Ok(Some(Fetched { body, server_time })),
            Err(error) => bail!("{}{path}: the response was cut short ({error})", self.base),
        }
    }

    /// Sends a note, and retries within limits if the station asks for it. `waiting` is called before each pause.
    pub(crate) fn send(&self, note: &[u8], waiting: impl Fn(Duration)) -> Answer {
        let mut pauses = PAUSES.into_iter();
        let mut asked = 1;
        loop {
            match self.send_once(note) {
                Outcome::Answered(answer) => return answer,
                Outcome::Busy(answer, time) => {
                    if asked == ATTEMPTS || time > LONGEST_PATIENCE {
                        return answer;
                    }
                    asked += 1;
                    waiting(time);
                    std::thread::sleep(time);
                }
                Outcome::Lost(answer) => match pauses.next() {
                    Some(pause) => std::thread::sleep(pause),
                    None => return answer,
                },
            }
        }
    }

    fn send_once(&self, note: &[u8]) -> Outcome {
        let request = self.agent.post(format!("{}/notes", self.base));
        let sent = request.content_type("text/plain; charset=utf-8").send(note);
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => {
                self.names.forget();
                return lost(&error);
            }
        };
        let status = response.status().as_u16();
        let patience = (status == 503).then(|| retry_after(response.headers()));
        let Ok(body) = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec() else {
            return Outcome::Lost(Answer::Later(format!(
                "replied {status}, but the response was cut short; {UNCERTAIN}"
            )));
        };
        let answer = answer(status, &body);
        match patience {
            Some(time) => Outcome::Busy(answer, time),
            None => Outcome::Answered(answer),
        }
    }
}

/// The outcome of one attempt.
enum Outcome {
    Answered(Answer),
    /// The station asks for the note again after this time.
    Busy(Answer, Duration),
    /// The connection failed, before or after the note was sent.
    Lost(Answer),
}

fn answer(status: u16, body: &[u8]) -> Answer {
    let problem = || serde_json::from_slice::<Problem>(body);
    let no_station =
        |_| Answer::Failed(format!("replied {status}; this does not look like an outband station"));
    match status {
        200 | 201 => serde_json::from_slice(body).map_or_else(no_station, Answer::Accepted),
        // Timeouts and rate limits (408, 425, 429) and the server's own errors say nothing about the note.
        408 | 425 | 429 | 500.. => match problem() {
            Ok(problem) => Answer::Later(problem.explain("not accepted right now")),
            Err(_) => Answer::Later(format!("replied {status}; {UNCERTAIN}")),
        },
        _ => problem().map_or_else(no_station, Answer::Refused),
    }
}

/// The message for a note without a response.
const UNCERTAIN: &str = "the note may or may not have arrived";

/// An attempt without a response. If no connection was established, the note certainly did not arrive.
fn lost(error: &ureq::Error) -> Outcome {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    match error {
        ureq::Error::Io(io)
            if matches!(io.kind(), ConnectionRefused | HostUnreachable | NetworkUnreachable) =>
        {
            Outcome::Lost(Answer::Failed(format!("could not be reached ({error})")))
        }
        ureq::Error::Io(_) => Outcome::Lost(Answer::Later(format!("connection lost ({error}); {UNCERTAIN}"))),
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            Outcome::Answered(Answer::Failed(format!("could not be reached ({error})")))
        }
        ureq::Error::Timeout(_) | ureq::Error::Protocol(_) => {
            Outcome::Answered(Answer::Later(format!("connection lost ({error}); {UNCERTAIN}")))
        }
        _ => Outcome::Answered(Answer::Failed(format!("could not be reached ({error})"))),
    }
}

impl Problem {
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

/// The server's clock: `Date`, plus `Age`, the seconds that the response has been in a cache.
fn server_time(headers: &ureq::http::HeaderMap) -> Option<Time> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text("date")?).ok()?;
    let age = text("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0);
    Some(Time::from_posix(u64::try_from(date.as_second()).ok()?).plus(age))
}

/// The wait in seconds; HTTP's other form, a date, is treated as a short wait.
fn retry_after(headers: &ureq::http::HeaderMap) -> Duration {
    let value = headers.get("retry-after").and_then(|value| value.to_str().ok());
    Duration::from_secs(value.and_then(|value| value.trim().parse().ok()).unwrap_or(5))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::sync::Mutex;

    use super::*;

    /// A server that sends these responses, one per connection.
    fn station(answers: &'static [&'static str]) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = Vec::new();
                while !request.ends_with(b"the note") {
                    let mut bytes = [0; 1024];
                    let count = stream.read(&mut bytes).unwrap();
                    request.extend(&bytes[..count]);
                }
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Endpoint::new(&url).unwrap()
    }

    #[test]
    fn a_busy_station_gets_the_note_again() {
        let endpoint = station(&[
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 200 OK\r\ncontent-length: 12\r\nconnection: close\r\n\r\n{\"index\":41}",
        ]);
        let waited = Mutex::new(Vec::new());
        let answer = endpoint.send(b"the note", |time| waited.lock().unwrap().push(time));
        assert!(
            matches!(answer, Answer::Accepted(Accepted { index: 41, .. })),
            "the first receipt is a success"
        );
        assert_eq!(waited.into_inner().unwrap(), [Duration::from_secs(1)]);
    }

    #[test]
    fn a_station_that_asks_for_a_long_wait_is_given_up_on() {
        let endpoint = station(&[
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 3600\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        ]);
        let answer = endpoint.send(b"the note", |_| panic!("it waits"));
        assert!(matches!(answer, Answer::Later(_)));
    }

    #[test]
    fn only_a_problem_with_the_note_is_a_refusal() {
        let problem = |status: u16| {
            let document = serde_json::json!({"type": "t", "title": "t", "status": status, "detail": "d"});
            answer(status, document.to_string().as_bytes())
        };
        for status in [400, 403, 409, 413, 422] {
            assert!(matches!(problem(status), Answer::Refused(_)), "{status}");
            assert!(matches!(answer(status, b"<html>"), Answer::Failed(_)), "a portal's {status}");
        }
        for status in [408, 429, 500, 502, 503] {
            assert!(
                matches!(problem(status), Answer::Later(why) if why.contains("not accepted right now")),
                "{status}"
            );
            assert!(matches!(answer(status, b"<html>"), Answer::Later(_)), "{status}");
        }
        assert!(
            matches!(answer(200, b"<html>"), Answer::Failed(_)),
            "a captive portal answers 200 to everything"
        );
    }

    #[test]
    fn a_server_that_is_still_starting_is_tried_again() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let starting = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            let (mut stream, _) = TcpListener::bind(address).unwrap().accept().unwrap();
            let _ = stream.read(&mut [0; 1024]).unwrap();
            let receipt = b"HTTP/1.1 201 Created\r\ncontent-length: 11\r\n\r\n{\"index\":2}";
            stream.write_all(receipt).unwrap();
        });
        let answer = Endpoint::new(&format!("http://{address}")).unwrap().send(b"the note", |_| {});
        assert!(matches!(answer, Answer::Accepted(Accepted { index: 2, .. })));
        starting.join().unwrap();
    }

    /// The note was sent without a response: it may be in the log.
    #[test]
    fn a_lost_response_is_not_a_refusal() {
        let endpoint = station(&["", "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{", ""]);
        let answer = endpoint.send(b"the note", |_| {});
        assert!(matches!(answer, Answer::Later(why) if why.contains(UNCERTAIN)));
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

    #[test]
    fn the_age_of_a_cached_response_is_added_to_its_date() {
        let mut headers = ureq::http::HeaderMap::new();
        headers.insert("date", "Tue, 03 Sep 2013 11:00:00 GMT".parse().unwrap());
        headers.insert("age", "40".parse().unwrap());
        assert_eq!(server_time(&headers).unwrap().to_string(), "2013-09-03T11:00:40Z");
    }
}
