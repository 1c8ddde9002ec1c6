//! Requests and responses: reading a stored file, and the problem documents of refusals.

mod address;
mod host_error;
mod problem;
mod read;
mod refusal;

pub use host_error::HostError;
pub(crate) use outband_site::paths::{CHECK, NOTES};
pub use problem::ProblemType;
pub(crate) use read::other_method;
pub use refusal::Refusal;

/// A request as passed on by a host.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `HEAD`, `POST`, …
    pub method: String,
    /// The path of the URL, still percent-encoded, without its query string.
    pub path: String,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. The host need not read more than [`crate::MAX_BODY`] bytes of it.
    pub body: Vec<u8>,
}

impl Request {
    /// Whether it only asks for a file, and so cannot change anything.
    pub fn is_read(&self) -> bool {
        is_read(&self.method)
    }

    /// The values of a field, one per field line: a list may be split over several.
    pub(crate) fn header<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a request with this method asks for a file.
pub(crate) fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// The response, which the host sends unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, empty for HEAD and 304.
    pub body: Vec<u8>,
}

impl Response {
    /// A response with the fields that every response has: its content type must not be guessed, following a link must
    /// not reveal where the reader came from, and after the first visit by https, plain http is never used again. Nothing
    /// here is for some readers only, so pages of any origin may read it.
    pub(crate) fn new(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let mut response = Self { status, headers: Vec::new(), body };
        response.header("content-type", media_type);
        response.header("x-content-type-options", "nosniff");
        response.header("referrer-policy", "no-referrer");
        response.header("strict-transport-security", "max-age=63072000; includeSubDomains");
        response.header("access-control-allow-origin", "*");
        response.header("access-control-expose-headers", "ETag, Location, Retry-After, Tidied");
        response
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}
