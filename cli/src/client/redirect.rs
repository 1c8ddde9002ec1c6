//! Redirects: where a server says that its files and notes are, and whether to believe it.

use outband_keys::quoted;
use ureq::http::{HeaderMap, StatusCode, Uri};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To send a note, which anyone may see and only a station can accept.
    Send,
    /// To read a file of this copy, and of no other.
    Read,
}

/// The address in a redirect; `None` if a response is not one.
pub(crate) fn location(status: StatusCode, headers: &HeaderMap) -> Option<String> {
    let is_redirect = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
    let address = headers.get("location").filter(|_| is_redirect)?;
    Some(String::from_utf8_lossy(address.as_bytes()).into_owned())
}

/// The base URL to use instead of `base`, after a request for `path` was redirected to `location`; or why the redirect
/// is not followed, and which address to use.
///
/// A request is repeated as it was, whatever the status: a station never redirects, so this is a server before it that
/// did not look at the note, and sending a note twice is harmless. Within one host, a redirect may lead from `http` to
/// `https`. Over `https`, a note may follow one to another host, since TLS proves who sent the redirect, and the
/// receipt who accepted the note. A reader does not follow it: what is there is another copy, which the operator must
/// choose.
pub(crate) fn follow(base: &str, path: &str, location: &str, purpose: Purpose) -> Result<String, String> {
    let absolute = absolute(base, location);
    let Some(to) = absolute.strip_suffix(path).filter(|to| !to.contains(['?', '#'])) else {
        return Err(format!(
            "redirects to {}, which is no address of a station. Use the page's base URL, under which {} is",
            quoted(&absolute),
            outband_site::paths::CHECKPOINT
        ));
    };
    let (old, new) = (Parts::of(base), Parts::of(to));
    let same_host = old.host.eq_ignore_ascii_case(&new.host);
    let problem = match (old.secure, new.secure) {
        (true, false) => "which is not encrypted",
        (true, true) if purpose == Purpose::Send => return Ok(to.to_owned()),
        (_, _) if same_host => return Ok(to.to_owned()),
        (_, _) => "another host",
    };
    Err(format!(
        "redirects to {}, {problem}, and that is not followed. If it is the right address, use it instead",
        quoted(to)
    ))
}

fn absolute(base: &str, location: &str) -> String {
    let (scheme, rest) = base.split_once("://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else if location.starts_with('/') {
        format!("{scheme}://{host}{location}")
    } else {
        location.to_owned()
    }
}

struct Parts {
    secure: bool,
    host: String,
}

impl Parts {
    fn of(url: &str) -> Self {
        let url = url.parse::<Uri>().unwrap_or_default();
        Self { secure: url.scheme_str() == Some("https"), host: url.host().unwrap_or_default().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of a redirect from a base URL: `ok`, or a part of the error.
    #[test]
    fn a_redirect_is_followed_only_where_it_can_be_believed() {
        let (http, https) = ("http://status.example.net", "https://status.example.net");
        let (other, downgraded) = ("another host", "which is not encrypted");
        for (base, location, note, file) in [
            (http, "https://status.example.net", "ok", "ok"),
            (http, "http://STATUS.example.net:8080/page", "ok", "ok"),
            (http, "http://status.example.org", other, other),
            (http, "https://status.example.org", other, other),
            (https, "https://www.status.example.net", "ok", other),
            (https, "https://status.example.net/page", "ok", "ok"),
            (https, "//www.status.example.net", "ok", other),
            (https, "/page", "ok", "ok"),
            (https, "http://status.example.net", downgraded, downgraded),
            (https, "http://status.example.org", downgraded, downgraded),
            (https, "HTTPS://www.status.example.net", "ok", other),
            (http, "", "no address of a station", "no address of a station"),
        ] {
            let paths = [("/notes", Purpose::Send, note), ("/log/checkpoint", Purpose::Read, file)];
            for (path, purpose, expected) in paths {
                let location = if location.is_empty() { "page" } else { &format!("{location}{path}") };
                let found = follow(base, path, location, purpose);
                let said = found.clone().map_or_else(|error| error, |_| "ok".to_owned());
                assert!(said.contains(expected), "{base} {location} {purpose:?}: {said}");
                if let Ok(to) = found {
                    assert!(to.contains("://") && !to.ends_with(path), "{to}");
                }
            }
        }
    }

    #[test]
    fn an_address_that_is_not_followed_is_named() {
        let error =
            follow("https://a.example", "/notes", "https://a.example/login?to=\u{1b}[2J", Purpose::Send);
        let error = error.unwrap_err();
        assert!(error.contains("https://a.example/login?to=\\u{1b}[2J"), "{error}");
        let error =
            follow("http://a.example", "/notes", "https://b.example/notes", Purpose::Send).unwrap_err();
        assert!(error.contains("\"https://b.example\""), "{error}");
    }
}
