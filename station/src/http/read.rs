//! Reading: from a request to a stored file, in full or as not modified. Reads never render.

use outband_record::log::{self, TileRequest};
use outband_record::time::Time;
use outband_site::pages;
use outband_site::paths::{self, CHECK, CacheClass, NOTES, Reach};
use outband_site::statuspage::{ID_CHARACTERS, Listing, incident_id};
use serde_json::json;

use super::address::meant;
use super::host_error::unreadable;
use super::{Request, Response};
use crate::Station;
use crate::error::StationError;
use crate::memory::Ledger;
use crate::pending::Overlaid;
use crate::projection::Files;
use crate::store::{self, File, Store};

/// Whether requests to `path` post something; all others read.
fn is_posted_to(path: &str) -> bool {
    matches!(path, NOTES | CHECK)
}

impl Station {
    /// Answers every request except a posted note, without changing anything. `now` is in POSIX seconds.
    pub fn answer(&self, store: &dyn Store, request: &Request, now: u64) -> Response {
        let overlaid = Overlaid(store);
        let store: &dyn Store = if self.log_key.is_none() { &overlaid } else { store };
        let read = || match self.find(store, &request.path) {
            Ok(Some(file)) => found(request, file, now),
            Ok(None) => self.moved(store, &request.path).unwrap_or_else(|error| unreadable(&error)),
            Err(error) => unreadable(&error),
        };
        let is_file = request.is_read() && !is_posted_to(&request.path);
        let mut response = if is_file { read() } else { other_method(request) };
        if request.method == "HEAD" {
            response.body.clear();
        }
        response
    }

    /// The file at a public path. Tiles are stored only at their newest width, and cut to the requested width.
    fn find(&self, store: &dyn Store, path: &str) -> Result<Option<File>, StationError> {
        if path == paths::NOT_FOUND {
            return Ok(None);
        }
        if !path.starts_with("/log/tile/") {
            return store::read(store, path);
        }
        let (head, _) = self.stored(&Files::of(store))?;
        let size = head.tree.size;
        match log::locate(path, size) {
            None => Ok(None),
            Some(TileRequest::Whole { stored }) => store::read(store, &stored),
            Some(TileRequest::Cut { stored, bundle, width }) => {
                let file = store::read(store, &stored)?;
                let cut = file.and_then(|file| Some((file.modified, log::cut(&file.body, bundle, width)?)));
                let damaged =
                    || StationError::document(&stored, "it is narrower than the checkpoint requires");
                let (modified, body) = cut.ok_or_else(damaged)?;
                Ok(Some(File::new(path.to_owned(), body, modified)))
            }
        }
    }

    /// Where the file is that a mangled address meant, if there is one.
    fn moved(&self, store: &dyn Store, path: &str) -> Result<Response, StationError> {
        for meant in meant(path) {
            let meant = self.page_of(store, &meant)?.unwrap_or(meant);
            if meant != path && self.find(store, &meant)?.is_some() {
                let mut response = Response::new(
                    301,
                    paths::media_type(paths::STATUS_TXT),
                    format!("{meant}\n").into_bytes(),
                );
                response.header("location", &meant);
                response.header("cache-control", cache_control(CacheClass::Live));
                return Ok(response);
            }
        }
        self.nothing_there(store, path)
    }

    /// The page of the incident or maintenance that has the id in this path, as in `/incidents/zjvfbh3bz7mh`, in the
    /// Statuspage-compatible API.
    fn page_of(&self, store: &dyn Store, path: &str) -> Result<Option<String>, StationError> {
        let id = path.strip_prefix("/incidents/").filter(|id| id.len() == ID_CHARACTERS);
        let Some(id) = id else { return Ok(None) };
        let ledger = Files::of(store).document(paths::STATUSPAGE_JSON, Ledger::parse)?.unwrap_or_default();
        let Listing { incidents, maintenances, .. } = ledger.listing();
        let mut listed = incidents.into_iter().chain(maintenances);
        let slug = listed.find(|slug| incident_id(&self.origin, slug) == id);
        Ok(slug.map(|slug| paths::incident(slug, false)))
    }

    /// A real 404; on a station that is not set up, a response that says so and claims nothing else. People get a page,
    /// programs a problem document.
    fn nothing_there(&self, store: &dyn Store, path: &str) -> Result<Response, StationError> {
        let page = store::read(store, paths::NOT_FOUND)?;
        let mut response = match page {
            Some(_) if paths::is_for_programs(path) => {
                problem(404, "Not Found", "There is nothing at this path.")
            }
            Some(page) => page_response(404, page.body),
            None if paths::is_for_programs(path) => {
                let detail =
                    format!("The station of {} is not set up yet: the status is unknown.", self.origin);
                problem(503, "Service Unavailable", &detail)
            }
            None => {
                let page = pages::not_set_up(self.origin.as_str());
                page_response(503, page?.body)
            }
        };
        if response.status == 503 {
            response.header("cache-control", "no-store");
            response.header("retry-after", "60");
        } else {
            response.header("cache-control", cache_control(CacheClass::Live));
        }
        Ok(response)
    }
}

fn found(request: &Request, file: File, now: u64) -> Response {
    let fresh = request.has(&file.etag, Some(Time::from_posix(file.modified)));
    let (path, quoted) = (request.path.as_str(), format!("\"{}\"", file.etag));
    let (status, body) = if fresh { (304, Vec::new()) } else { (200, file.body) };
    let mut response = Response::new(status, paths::media_type(path), body);
    response.header("etag", &quoted);
    // Within the second of a change there may be another, which the same date would hide.
    if file.modified < now {
        response.header("last-modified", &Time::from_posix(file.modified).http_date());
    }
    response.header("cache-control", cache_control(paths::cache_class(path)));
    decorate(&mut response, path);
    response
}

/// Sets the policy fields. Pages are never part of another origin's page; files for programs and for embedding may be.
fn decorate(response: &mut Response, path: &str) {
    response.header("content-security-policy", pages::policy(path));
    if path == paths::CONSOLE {
        response.header("integrity-policy", "blocked-destinations=(script)");
    }
    if paths::reach(path) == Reach::Own {
        response.header("cross-origin-resource-policy", "same-origin");
        response.header("cross-origin-opener-policy", "same-origin");
    } else {
        response.header("cross-origin-resource-policy", "cross-origin");
    }
}

fn page_response(status: u16, body: Vec<u8>) -> Response {
    let mut response = Response::new(status, paths::media_type(paths::INDEX), body);
    decorate(&mut response, paths::INDEX);
    response
}

/// The problem document (RFC 9457) for programs: the file does not exist, or the station is not set up yet.
fn problem(status: u16, title: &str, detail: &str) -> Response {
    let document = json!({"type": "about:blank", "title": title, "status": status, "detail": detail});
    let mut response =
        Response::new(status, "application/problem+json", format!("{document}\n").into_bytes());
    decorate(&mut response, paths::STATUS_JSON);
    response
}

/// The answer to a method that reads nothing and posts nothing: what the path accepts instead. A browser asks for that
/// before a page of another origin may send more than the simplest requests (Fetch, "CORS-preflight request").
pub(crate) fn other_method(request: &Request) -> Response {
    let allow = if is_posted_to(&request.path) { "POST" } else { "GET, HEAD" };
    if request.method == "OPTIONS" {
        let mut response = Response::new(204, paths::media_type(paths::STATUS_TXT), Vec::new());
        response.header("allow", allow);
        response.header("access-control-allow-methods", allow);
        response.header("access-control-allow-headers", "*");
        response.header("access-control-max-age", "86400");
        return response;
    }
    let text = format!("Not allowed; this path accepts {allow}. Send notes with POST /notes.\n");
    let mut response = Response::new(405, paths::media_type(paths::STATUS_TXT), text.into_bytes());
    response.header("allow", allow);
    response.header("cache-control", "no-store");
    response
}

/// Live files may be used for a few seconds, and a little longer while they are being refreshed. `s-maxage`,
/// `must-revalidate` and `proxy-revalidate` are never sent: they would forbid a cache to serve its stale copy while
/// this station is down.
fn cache_control(class: CacheClass) -> &'static str {
    match class {
        CacheClass::Immutable => "public, max-age=31536000, immutable",
        CacheClass::Live => "public, max-age=10, stale-while-revalidate=60, stale-if-error=604800",
    }
}

impl Request {
    /// Whether the client has a file with this validator, without quotes, that was committed at `modified`. As in RFC
    /// 9110, 13.2.2, `If-Modified-Since` counts only without `If-None-Match`.
    fn has(&self, etag: &str, modified: Option<Time>) -> bool {
        let mut lists = self.header("if-none-match").peekable();
        if lists.peek().is_some() {
            return lists.flat_map(|tags| tags.split(',')).map(str::trim).any(|tag| is_of(tag, etag));
        }
        let since = self.header("if-modified-since").next().and_then(Time::parse_http_date);
        since.zip(modified).is_some_and(|(since, modified)| modified <= since)
    }

    /// Whether the client has the file of this response, for a host that has kept it for a moment.
    pub fn has_file_of(&self, response: &Response) -> bool {
        let field =
            |name| response.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        let modified = field("last-modified").and_then(Time::parse_http_date);
        field("etag").is_some_and(|etag| self.has(etag.trim_matches('"'), modified))
    }
}

/// What proxies add to the tag of a file that they compress.
const ENCODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// Whether a tag that a client sends is that of the file, perhaps marked by a proxy: `W/"…"`, `"…-gzip"`, `"…;br"`.
fn is_of(tag: &str, etag: &str) -> bool {
    let own = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
    let is_mark =
        |rest: &str| rest.is_empty() || ENCODINGS.contains(&rest.trim_start_matches(['-', ';', ':']));
    tag == "*" || own.strip_prefix(etag).is_some_and(is_mark)
}
