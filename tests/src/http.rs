//! A minimal client: no redirects, no retries, and no status is an error.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use ureq::Agent;
use ureq::http::{Request, Response};

/// Longer than anything here should take: a silent host makes a test fail, not hang.
const PATIENCE: Duration = Duration::from_secs(30);

/// Larger than any file of a test's site.
const MAX_BODY: u64 = 64 << 20;

/// A client of one host.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    address: SocketAddr,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields, sorted by name; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client of the host at `address`.
    pub fn new(address: SocketAddr) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { agent: config.into(), address }
    }

    /// GET.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.get_with(path, &[])
    }

    /// GET with more header fields.
    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
        self.send("GET", path, headers, b"")
    }

    /// POST.
    pub fn post(&self, path: &str, body: &[u8]) -> Result<Answer> {
        self.send("POST", path, &[("content-type", "text/plain; charset=utf-8")], body)
    }

    /// Any method; GET, HEAD, OPTIONS and TRACE are sent without the body.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        let what = || format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match method {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" => self.agent.run(request.body(())?),
            _ => self.agent.run(request.body(body)?),
        };
        answer.map_err(anyhow::Error::from).and_then(Answer::read).with_context(what)
    }

    /// Sends bytes as they are on a new connection, and returns what the host answers up to the end of the header, or
    /// until it closes.
    pub fn raw(&self, bytes: &[u8]) -> Result<String> {
        let mut connection = self.connect()?;
        connection.write_all(bytes)?;
        read_head(&mut connection)
    }

    /// A bare connection to the host, for what no HTTP client would send.
    pub fn connect(&self) -> Result<TcpStream> {
        let connection = TcpStream::connect(self.address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        Ok(connection)
    }
}

/// Reads a response up to the end of its header.
pub fn read_head(connection: &mut TcpStream) -> Result<String> {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match connection.read(&mut byte) {
            Ok(0) => break,
            Ok(_) => head.extend(byte),
            Err(error) => return Err(error).context("the host did not answer"),
        }
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

impl Answer {
    fn read(mut answer: Response<ureq::Body>) -> Result<Self> {
        let text = |(name, value): (&ureq::http::HeaderName, &ureq::http::HeaderValue)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let mut headers: Vec<_> = answer.headers().iter().map(text).collect();
        headers.sort();
        let body = answer.body_mut().with_config().limit(MAX_BODY).read_to_vec()?;
        Ok(Self { status: answer.status().as_u16(), headers, body })
    }

    /// A header field's value; the first if there are several.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The body, which must be text.
    pub fn text(&self) -> Result<&str> {
        std::str::from_utf8(&self.body).context("the body is not UTF-8")
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("not JSON: {}", self.shown()))
    }

    /// The same response; an error if it has another status.
    pub fn expect(self, status: u16) -> Result<Self> {
        ensure!(self.status == status, "status {} instead of {status}: {}", self.status, self.shown());
        Ok(self)
    }

    /// The beginning of the body, for error messages.
    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.body).chars().take(600).collect()
    }
}
