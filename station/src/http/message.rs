/// A request as a host hands it over.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET`, `HEAD`, `POST`, …
    pub method: String,
    /// The path of the URL, still percent-encoded, without its query string.
    pub path: String,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, of which the host need not have read more than [`crate::MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// Whether it asks for a file, and so cannot change anything.
    pub fn is_read(&self) -> bool {
        is_read(&self.method)
    }

    /// The values of a field, one a line: a list may be sent in several.
    pub(crate) fn header<'r>(&'r self, name: &'r str) -> impl Iterator<Item = &'r str> {
        self.headers.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }
}

/// Whether a request with this method asks for a file.
pub(crate) fn is_read(method: &str) -> bool {
    matches!(method, "GET" | "HEAD")
}

/// What the host sends back, as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header fields; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body: for HEAD and 304 it is empty.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with what every answer carries: nothing of it may be sniffed, framed by others, or leak where the
    /// reader came from, and once reached by https it is never again reached without.
    pub(crate) fn new(status: u16, media_type: &str, body: Vec<u8>) -> Self {
        let mut response = Self { status, headers: Vec::new(), body };
        response.header("content-type", media_type);
        response.header("x-content-type-options", "nosniff");
        response.header("referrer-policy", "no-referrer");
        response.header("strict-transport-security", "max-age=63072000; includeSubDomains");
        response
    }

    pub(crate) fn header(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}
