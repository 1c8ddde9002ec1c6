//! An endpoint: a base URL that accepts notes and serves files.

use std::io::Read as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use outband_keys::{printable, quoted};
use outband_record::time::Time;
use outband_site::paths;
use ureq::http::{Response, Uri};
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body, SendBody};

use crate::client::answer::{Answer, UNDECIDED};
use crate::client::failure::cause;
use crate::client::names::Names;
use crate::client::network;
use crate::client::redirect::{self, Purpose};

/// A station or a mirror, by its base URL without a trailing `/`.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// As it was given.
    url: String,
    /// The way to it, which a redirect changes for all requests that follow.
    route: Arc<Mutex<Route>>,
}

/// How a base URL is reached.
#[derive(Clone)]
struct Route {
    base: String,
    agent: Agent,
    names: Names,
    /// The host and port of the proxy, if there is one.
    proxy: Option<String>,
    is_redirected: bool,
}

/// A file as fetched, with the server's clock.
pub(crate) struct Fetched {
    pub(crate) body: Vec<u8>,
    /// The server's clock at the time of the response, if it was sent.
    pub(crate) server_time: Option<Time>,
}

const CONNECT_TIME: Duration = Duration::from_secs(5);
const WHOLE_TIME: Duration = Duration::from_secs(20);
/// The number of connections kept open, and of files that `verify` reads in parallel.
pub(crate) const CONNECTIONS: usize = 8;
/// The maximum size in bytes of a file whose content is not known yet. The log's tiles are 8 KiB, its bundles at most
/// 5 MiB.
pub(crate) const MAX_FILE: u64 = 16 << 20;
/// Where a station takes notes.
const NOTES: &str = "/notes";
/// The maximum size in bytes of the answer to a note.
const MAX_ANSWER: u64 = 64 << 10;
/// The number of attempts to send a note to a busy station.
const ATTEMPTS: u32 = 4;
/// Pauses before a failed request is repeated; a server that is starting up listens by then.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_millis(1500)];
/// The longest `retry-after` to wait for; with a longer one the station is given up on, since the operator may have
/// other endpoints.
const LONGEST_PATIENCE: Duration = Duration::from_secs(10);

impl Endpoint {
    /// The endpoint at a base URL.
    pub(crate) fn new(url: &str) -> Result<Self> {
        let base = url.trim_end_matches('/');
        if let Some(base) = base.strip_suffix(NOTES) {
            bail!("{} is where notes are sent to; use the base URL {}", quoted(url), printable(base));
        }
        let route = Arc::new(Mutex::new(Route::to(base)?));
        Ok(Self { url: base.to_owned(), route })
    }

    /// Whether it is on this machine, as in a trial.
    pub(crate) fn is_local(url: &str) -> bool {
        let url = url.parse::<Uri>();
        url.is_ok_and(|url| url.host().is_some_and(network::is_loopback))
    }

    /// The base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The file at a public path; `None` if there is none. `fresh` makes caches revalidate with the station.
    pub(crate) fn get(&self, path: &str, fresh: bool) -> Result<Option<Fetched>> {
        let file = self.get_up_to(path, fresh, MAX_FILE + 1)?;
        match file {
            Some(file) if file.body.len() as u64 > MAX_FILE => {
                bail!("{}{path}: the response is larger than {MAX_FILE} bytes, and may never end", self.url)
            }
            file => Ok(file),
        }
    }

    /// Like [`get`](Self::get), but reads no more than `limit` bytes of the body.
    pub(crate) fn get_up_to(&self, path: &str, fresh: bool, limit: u64) -> Result<Option<Fetched>> {
        let url = &self.url;
        let headers: &[_] = if fresh { &[("cache-control", "no-cache")] } else { &[] };
        let mut response = self.request(path, headers)?;
        let status = response.status().as_u16();
        // The 404 page is itself a file, served with status 404.
        let is_wanted = status == 200 || (status == 404 && path == paths::NOT_FOUND);
        let server_time = server_time(response.headers());
        if status == 404 && !is_wanted {
            return Ok(None);
        }
        if !is_wanted {
            bail!("{url}{path} replied {status}");
        }
        if response.headers().contains_key("content-encoding") {
            bail!("{url}{path}: the response is compressed, which was not asked for");
        }
        let mut body = Vec::new();
        match response.body_mut().with_config().limit(u64::MAX).reader().take(limit).read_to_end(&mut body) {
            Ok(_) => Ok(Some(Fetched { body, server_time })),
            Err(error) => bail!("{url}{path}: the response was cut short ({})", cause(&error.into())),
        }
    }

    /// The response to a request with these headers, whatever its status, after at most one redirect.
    pub(crate) fn request(&self, path: &str, headers: &[(&str, &str)]) -> Result<Response<Body>> {
        let route = self.route().clone();
        let mut request = route.agent.get(format!("{}{path}", route.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.call().map_err(|error| {
            route.names.forget();
            anyhow!("could not reach {}{} ({})", route.base, route.by_proxy(), cause(&error))
        })?;
        match redirect::location(response.status(), response.headers()) {
            None => Ok(response),
            Some(location) => {
                let moved = self.redirect(&route, path, &location, Purpose::Read);
                moved.map_err(|why| anyhow!("{}{path} {why}", route.base))?;
                self.request(path, headers)
            }
        }
    }

    /// Sends a note, and retries within limits if that may help. `waiting` is called before each pause that the station
    /// asks for.
    pub(crate) fn send(&self, note: &[u8], waiting: impl Fn(Duration)) -> Answer {
        let mut pauses = PAUSES.into_iter();
        let (mut asked, mut is_undecided) = (1, false);
        loop {
            let Attempt { answer, again } = self.send_once(note);
            let pause = match again {
                Again::After(time) if asked < ATTEMPTS && time <= LONGEST_PATIENCE => {
                    asked += 1;
                    waiting(time);
                    Some(time)
                }
                Again::Soon => pauses.next(),
                Again::After(_) | Again::Never => None,
            };
            match pause {
                Some(pause) => std::thread::sleep(pause),
                None if is_undecided => return answer.after_an_undecided_one(),
                None => return answer,
            }
            is_undecided |= matches!(answer, Answer::Later(_));
        }
    }

    /// One attempt, after at most one redirect.
    fn send_once(&self, note: &[u8]) -> Attempt {
        let route = self.route().clone();
        let mut body = Outgoing { rest: note, has_begun: false };
        let request = route.agent.post(format!("{}{}", route.base, NOTES));
        let request = request.content_type("text/plain; charset=utf-8").header("content-length", note.len());
        let mut response = match request.send(SendBody::from_reader(&mut body)) {
            Ok(response) => response,
            Err(error) => {
                route.names.forget();
                return Attempt::failed(&error, body.has_begun, &route.by_proxy());
            }
        };
        if let Some(location) = redirect::location(response.status(), response.headers()) {
            return match self.redirect(&route, NOTES, &location, Purpose::Send) {
                Ok(()) => self.send_once(note),
                Err(why) => Attempt { answer: Answer::Failed(why), again: Again::Never },
            };
        }
        let status = response.status().as_u16();
        let patience = (status == 503).then(|| retry_after(response.headers()));
        let Ok(body) = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec() else {
            let why = format!("replied {status}, but the response was cut short; {UNDECIDED}");
            return Attempt { answer: Answer::Later(why), again: Again::Soon };
        };
        Attempt { answer: Answer::read(status, &body), again: patience.map_or(Again::Never, Again::After) }
    }

    /// Changes the route as a redirect says, once, or explains why not.
    fn redirect(&self, from: &Route, path: &str, location: &str, purpose: Purpose) -> Result<(), String> {
        if from.is_redirected {
            let to = location.strip_suffix(path).unwrap_or(location);
            return Err(format!("redirects a second time, to {}. Use the right address instead", quoted(to)));
        }
        let base = redirect::follow(&from.base, path, location, purpose)?;
        let to = Route::to(&base).map_err(|error| format!("redirects to {}: {error:#}", quoted(&base)))?;
        let mut route = self.route();
        if !route.is_redirected {
            anstream::eprintln!("{} redirects to {}, which is used instead", self.url, printable(&base));
        }
        *route = Route { is_redirected: true, ..to };
        Ok(())
    }

    fn route(&self) -> MutexGuard<'_, Route> {
        self.route.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// The way to a base URL.
    fn to(base: &str) -> Result<Self> {
        if base.contains('@') {
            bail!(
                "an endpoint's URL has no user name and no password; use a base URL such as https://status.example.net"
            );
        }
        let url = base.parse::<Uri>().ok().filter(|url| {
            let is_web = matches!(url.scheme_str(), Some("https" | "http"));
            let has_host = url.host().is_some_and(|host| !host.is_empty());
            is_web && has_host && network::has_valid_port(url) && !base.contains(['?', '#'])
        });
        let Some(url) = url else {
            bail!("{} is not an endpoint; use a base URL such as https://status.example.net", quoted(base));
        };
        let proxy = network::proxy(&url, network::variable)?;
        let address = proxy.as_ref().map(|proxy| format!("{}:{}", proxy.host(), proxy.port()));
        let certificates = network::certificates(network::variable)?;
        let config = Agent::config_builder()
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(WHOLE_TIME))
            .max_idle_connections(CONNECTIONS)
            .max_idle_connections_per_host(CONNECTIONS)
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .tls_config(TlsConfig::builder().root_certs(certificates).build())
            .user_agent(concat!("outband/", env!("CARGO_PKG_VERSION")));
        let names = Names::default();
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), names.clone());
        Ok(Self { base: base.to_owned(), agent, names, proxy: address, is_redirected: false })
    }

    /// ` through the proxy HOST:PORT`, or nothing.
    fn by_proxy(&self) -> String {
        self.proxy
            .as_ref()
            .map_or_else(String::new, |proxy| format!(" through the proxy {}", printable(proxy)))
    }
}

/// A note on its way out. It is read only after the name was looked up, the connection made, the proxy passed and TLS
/// set up, and after the request's head was written: until then, not a byte of it can have left.
struct Outgoing<'n> {
    rest: &'n [u8],
    has_begun: bool,
}

impl std::io::Read for Outgoing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.has_begun = true;
        self.rest.read(buffer)
    }
}

/// The outcome of one attempt to send a note.
struct Attempt {
    answer: Answer,
    again: Again,
}

/// Whether to send the note again.
enum Again {
    Never,
    /// It failed in a way that may be over in a moment.
    Soon,
    /// The station asks for it again after this time.
    After(Duration),
}

impl Attempt {
    /// An attempt without a response. Whether the note may have arrived depends only on whether sending it had begun.
    fn failed(error: &ureq::Error, has_begun: bool, by_proxy: &str) -> Self {
        let cause = cause(error);
        if has_begun {
            let is_temporary = matches!(error, ureq::Error::Io(_));
            return Self {
                answer: Answer::Later(format!("connection lost{by_proxy} ({cause}); {UNDECIDED}")),
                again: if is_temporary { Again::Soon } else { Again::Never },
            };
        }
        let is_starting =
            matches!(error, ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused);
        Self {
            answer: Answer::Failed(format!("not sent{by_proxy}: {cause}")),
            again: if is_starting { Again::Soon } else { Again::Never },
        }
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
    use crate::client::answer::Accepted;

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
    fn an_endpoint_is_the_base_url_of_a_page() {
        for url in ["https://status.example.net/", "http://[::1]:8080", "https://status.example.net:444/page"]
        {
            assert!(Endpoint::new(url).is_ok(), "{url}");
        }
        for (url, says) in [
            ("status.example.net", "\"status.example.net\" is not an endpoint"),
            ("ftp://status.example.net", "is not an endpoint"),
            ("https://", "is not an endpoint"),
            ("https://status.example.net:99999", "is not an endpoint"),
            ("https://status.example.net?page", "is not an endpoint"),
            ("https://status.example.net/#page", "is not an endpoint"),
            ("https://status.example.net/notes/", "use the base URL https://status.example.net"),
            ("https://alice:hunter2@status.example.net", "has no user name and no password"),
        ] {
            let error = Endpoint::new(url).err().map(|error| format!("{error:#}")).unwrap_or_default();
            assert!(error.contains(says) && !error.contains("hunter2"), "{url}: {error}");
        }
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
            matches!(answer, Answer::Accepted(Accepted { index: Some(41), .. })),
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
        assert!(matches!(answer, Answer::Accepted(Accepted { index: Some(2), .. })));
        starting.join().unwrap();
    }

    /// The note was sent without a response: it may be in the log.
    #[test]
    fn a_lost_response_is_not_a_refusal() {
        let endpoint = station(&["", "HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{", ""]);
        let answer = endpoint.send(b"the note", |_| {});
        assert!(matches!(answer, Answer::Later(why) if why.contains(UNDECIDED)));
    }

    #[test]
    fn the_age_of_a_cached_response_is_added_to_its_date() {
        let mut headers = ureq::http::HeaderMap::new();
        headers.insert("date", "Tue, 03 Sep 2013 11:00:00 GMT".parse().unwrap());
        headers.insert("age", "40".parse().unwrap());
        assert_eq!(server_time(&headers).unwrap().to_string(), "2013-09-03T11:00:40Z");
    }
}
