//! Requests and responses: HTTP according to RFC 9110, the same on both hosts.

use std::io::Read as _;
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use flate2::read::GzDecoder;

use crate::author::sign;
use crate::http::Answer;
use crate::session::Session;

/// One path of each kind.
const PATHS: &[&str] = &[
    "/",
    "/incidents/outage",
    "/history",
    "/drill",
    "/incidents/outage/say",
    "/embed",
    "/embed/plain",
    "/embed/help",
    "/help",
    "/embed.js",
    "/banner.json",
    "/badge.svg",
    "/page.js",
    "/sw.js",
    "/robots.txt",
    "/favicon.ico",
    "/apple-touch-icon.png",
    "/.well-known/security.txt",
    "/status.txt",
    "/updates.atom",
    "/updates.rss",
    "/updates.json",
    "/data/status.json",
    "/data/incidents/outage.json",
    "/data/uptime.json",
    "/data/uptime.csv",
    "/log/checkpoint",
    "/log/2.note",
    "/log/tile/0/000.p/3",
    "/log/tile/entries/000.p/3",
];

fn with_an_outage(session: &Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage")).map(drop)
}

pub(super) fn conditional_requests(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    for path in PATHS {
        conditional(session, path).with_context(|| (*path).to_owned())?;
    }
    let etag = session.get("/")?.header("etag").context("no ETag")?.to_owned();
    session.publish(&session.author.investigating("outage").replace("is down", "is slow"))?;
    let changed = session.client.get_with("/", &[("if-none-match", &etag)])?.expect(200)?;
    ensure!(changed.header("etag") != Some(&etag) && changed.text()?.contains("Mail is slow"));
    Ok(())
}

fn conditional(session: &Session<'_>, path: &str) -> Result<()> {
    let whole = dated(session, path)?;
    let etag = whole.header("etag").context("no ETag")?;
    let modified = whole.header("last-modified").context("no Last-Modified")?;
    ensure!(etag.starts_with('"') && etag.len() > 20, "not a strong validator: {etag}");
    let status = |headers: &[(&str, &str)]| session.client.get_with(path, headers);
    let (list, weak) = (format!("\"x\", {etag}, \"y\""), format!("W/{etag}"));
    let old = "Sun, 06 Nov 1994 08:49:37 GMT";
    let fresh: &[&[(&str, &str)]] = &[
        &[("if-none-match", etag)],
        &[("if-none-match", &list)],
        &[("if-none-match", &weak)],
        &[("if-none-match", "*")],
        &[("if-modified-since", modified)],
        &[("if-none-match", etag), ("if-modified-since", old)],
    ];
    for headers in fresh {
        let answer = status(headers)?.expect(304).with_context(|| format!("{headers:?}"))?;
        ensure!(answer.body.is_empty() && answer.header("etag") == Some(etag), "{answer:?}");
        for kept in ["cache-control", "last-modified"] {
            ensure!(answer.header(kept) == whole.header(kept), "the 304 has a different {kept}: {answer:?}");
        }
    }
    let stale: &[&[(&str, &str)]] = &[
        &[("if-none-match", "\"x\"")],
        &[("if-none-match", "\"x\""), ("if-modified-since", modified)],
        &[("if-modified-since", old)],
        &[("if-modified-since", "yesterday")],
        &[("a-im", "feed")],
        &[("range", "bytes=0-0")],
    ];
    for headers in stale {
        let answer = status(headers)?.expect(200).with_context(|| format!("{headers:?}"))?;
        ensure!(answer.body == whole.body, "{headers:?} changed the body");
    }
    Ok(())
}

/// The file, once the second in which it was written is over: until then it has no date.
fn dated(session: &Session<'_>, path: &str) -> Result<Answer> {
    let mut whole = session.get(path)?;
    for _ in 0..30 {
        if whole.header("last-modified").is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
        whole = session.get(path)?;
    }
    Ok(whole)
}

/// The native host compresses itself; at the edge, that is the platform's.
pub(super) fn compressed(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    // The checkpoint may be signed again in between.
    for path in PATHS.iter().filter(|path| **path != "/log/checkpoint") {
        compressed_file(session, path).with_context(|| (*path).to_owned())?;
    }
    let is_br = |answer: &Answer| answer.header("content-encoding") == Some("br");
    ensure!(is_br(&session.client.get_with("/", &[("accept-encoding", "gzip, deflate, br, zstd")])?));
    Ok(())
}

fn compressed_file(session: &Session<'_>, path: &str) -> Result<()> {
    let gzip = ("accept-encoding", "gzip");
    let (whole, encoded) = (session.get(path)?, session.client.get_with(path, &[gzip])?.expect(200)?);
    if path.starts_with("/log/tile/") || path.ends_with(".ico") || path.ends_with(".png") {
        ensure!(encoded.header("content-encoding").is_none() && encoded.body == whole.body);
        return Ok(());
    }
    ensure!(encoded.header("content-encoding") == Some("gzip"), "{:?}", encoded.headers);
    for answer in [&whole, &encoded] {
        ensure!(answer.header("vary") == Some("accept-encoding"), "{:?}", answer.headers);
    }
    let mut decoded = Vec::new();
    GzDecoder::new(encoded.body.as_slice()).read_to_end(&mut decoded)?;
    ensure!(decoded == whole.body, "it is not the file");
    let etag = encoded.header("etag").context("no ETag")?;
    ensure!(whole.header("etag") != Some(etag), "two forms have one tag");
    let fresh = session.client.get_with(path, &[gzip, ("if-none-match", etag)])?.expect(304)?;
    ensure!(fresh.header("etag") == Some(etag) && fresh.body.is_empty(), "{fresh:?}");
    Ok(())
}

pub(super) fn head(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    for path in PATHS.iter().chain(&["/nothing", "/notes", "/log/tile/0/001"]) {
        let get = session.client.get(path)?;
        let head = session.client.send("HEAD", path, &[], b"")?;
        ensure!(head.status == get.status && head.body.is_empty(), "{path}: {head:?}");
        // RFC 9110, 9.3.2: fields that depend on the content may be left out; those that are sent must equal GET's.
        let varies =
            |name: &str| matches!(name, "date" | "content-length" | "transfer-encoding" | "connection");
        let fields = |answer: &Answer| {
            let kept = answer.headers.iter().filter(|(name, _)| !varies(name));
            kept.cloned().collect::<Vec<_>>()
        };
        ensure!(fields(&head) == fields(&get), "{path}: {:?} is not {:?}", head.headers, get.headers);
        let length = head.header("content-length").map(str::to_owned);
        let right = length.as_ref().is_none_or(|length| *length == get.body.len().to_string());
        ensure!(right, "{path}: HEAD announces {length:?} bytes, GET sends {}", get.body.len());
    }
    Ok(())
}

pub(super) fn query_strings(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    for path in PATHS {
        let plain = session.get(path)?;
        for query in ["?", "?x=1", "?cache=%00&buster=/../x", "?utm_source=a#b"] {
            let answer = session.get(&format!("{path}{query}"))?;
            ensure!(
                answer.body == plain.body && answer.header("etag") == plain.header("etag"),
                "{path}{query}"
            );
        }
    }
    session.client.get("/nothing?x")?.expect(404)?;
    let note = sign(&session.author.investigating("outage"), &[&session.author.alice])?;
    session.client.post("/notes?again=1", note.as_bytes())?.expect(201)?;
    Ok(())
}

pub(super) fn not_found(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    let page = session.client.get("/nothing")?.expect(404)?;
    ensure!(page.text()?.contains("Example Mail") && page.text()?.contains("</html>"), "{}", page.shown());
    ensure!(page.header("content-type") == Some("text/html; charset=utf-8"));
    let paths = [
        "/incidents/never-was",
        "/incidents/never-was/",
        "/history/1999-01",
        "/404",
        "/nothing.html",
        "/%2e%2e/etc/passwd",
        "/%00",
    ];
    for path in paths {
        let answer = session.client.get(path)?.expect(404).with_context(|| path.to_owned())?;
        ensure!(answer.body == page.body, "{path} gets a different page");
    }
    for (path, meant) in [
        ("/incidents/outage/", "/incidents/outage"),
        ("/Incidents/outage", "/incidents/outage"),
        ("/index.html", "/"),
    ] {
        let answer = session.client.get(path)?.expect(301).with_context(|| path.to_owned())?;
        ensure!(answer.header("location") == Some(meant), "{path}: {answer:?}");
    }
    let for_programs = [
        "/api/v3/none.json",
        "/never-was.atom",
        "/log/3.note",
        "/log/-1.note",
        "/log/02.note",
        "/log/tile/0/001",
        "/log/tile/0/000.p/4",
        "/log/tile/0/000.p/0",
        "/log/tile/0/000.p/03",
        "/log/tile/1/000",
        "/log/tile/8/000",
        "/log/tile/256/000",
        "/log/tile/0/x999/999",
        "/log/tile/entries/001",
        "/log/tile/",
        "/data/",
    ];
    for path in for_programs {
        let answer = session.client.get(path)?.expect(404).with_context(|| path.to_owned())?;
        ensure!(answer.header("content-type") == Some("application/problem+json"), "{path}: {answer:?}");
        ensure!(
            answer.header("access-control-allow-origin") == Some("*"),
            "{path} does not allow any origin"
        );
        ensure!(
            answer.json()?.get("status").is_some_and(|status| status == 404),
            "{path}: {}",
            answer.shown()
        );
    }
    let long = format!("/{}", "x".repeat(4000));
    session.client.get(&long)?.expect(404)?;
    Ok(())
}

pub(super) fn methods(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    let size = session.checkpoint()?.tree.size;
    let cases = [
        ("POST", "/", "GET, HEAD"),
        ("PUT", "/", "GET, HEAD"),
        ("DELETE", "/incidents/outage", "GET, HEAD"),
        ("PATCH", "/log/checkpoint", "GET, HEAD"),
        ("POST", "/nothing", "GET, HEAD"),
        ("GET", "/notes", "POST"),
        ("HEAD", "/notes", "POST"),
        ("PUT", "/notes", "POST"),
        ("DELETE", "/notes", "POST"),
        ("GET", "/notes/check", "POST"),
        ("PUT", "/notes/check", "POST"),
        ("POST", "/notes/new", "GET, HEAD"),
    ];
    for (method, path, allow) in cases {
        let answer = session.client.send(method, path, &[], b"x")?.expect(405);
        let answer = answer.with_context(|| format!("{method} {path}"))?;
        ensure!(answer.header("allow") == Some(allow), "{method} {path}: {:?}", answer.header("allow"));
    }
    for (path, allow) in [("/data/status.json", "GET, HEAD"), ("/notes", "POST")] {
        let answer =
            session.client.send("OPTIONS", path, &[("origin", "https://a.example")], b"")?.expect(204)?;
        for name in ["allow", "access-control-allow-methods"] {
            ensure!(answer.header(name) == Some(allow), "OPTIONS {path}: {answer:?}");
        }
    }
    ensure!(session.checkpoint()?.tree.size == size);
    Ok(())
}

pub(super) fn headers(session: &mut Session<'_>) -> Result<()> {
    with_an_outage(session)?;
    for path in PATHS.iter().chain(&["/nothing"]) {
        headers_of(path, &session.client.get(path)?).with_context(|| (*path).to_owned())?;
    }
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/embed.js", "text/javascript; charset=utf-8"),
        ("/badge.svg", "image/svg+xml; charset=utf-8"),
        ("/status.txt", "text/plain; charset=utf-8"),
        ("/updates.atom", "application/atom+xml; charset=utf-8"),
        ("/updates.rss", "application/rss+xml; charset=utf-8"),
        ("/updates.json", "application/feed+json; charset=utf-8"),
        ("/data/status.json", "application/json; charset=utf-8"),
        ("/data/uptime.csv", "text/csv; charset=utf-8"),
        ("/log/checkpoint", "text/plain; charset=utf-8"),
        ("/log/2.note", "text/plain; charset=utf-8"),
        ("/log/tile/0/000.p/3", "application/octet-stream"),
    ] {
        ensure!(session.get(path)?.header("content-type") == Some(media_type), "{path} is not {media_type}");
    }
    Ok(())
}

fn headers_of(path: &str, answer: &Answer) -> Result<()> {
    let has = |name: &str, part: &str| {
        let value = answer.header(name).with_context(|| format!("no {name}"))?;
        ensure!(value.contains(part), "{name}: {value}");
        Ok(value.to_owned())
    };
    has("x-content-type-options", "nosniff")?;
    has("access-control-allow-origin", "*")?;
    has("access-control-expose-headers", "ETag")?;
    has("referrer-policy", "no-referrer")?;
    has("strict-transport-security", "max-age=63072000")?;
    let cache = has("cache-control", "public, max-age=")?;
    for forbidden in ["s-maxage", "must-revalidate", "proxy-revalidate", "no-store", "private"] {
        ensure!(!cache.contains(forbidden), "a cache could not keep serving its copy: {cache}");
    }
    has("content-security-policy", "default-src 'none'")?;
    let embedded = ["/embed", "/embed/plain", "/badge.svg"].contains(&path);
    if embedded {
        has("content-security-policy", "frame-ancestors *")?;
    }
    let is_page = answer.header("content-type").is_some_and(|media_type| media_type.starts_with("text/html"));
    if is_page && !embedded {
        for part in ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "style-src 'sha256-"]
        {
            has("content-security-policy", part)?;
        }
        has("cross-origin-resource-policy", "same-origin")?;
    } else {
        has("cross-origin-resource-policy", "cross-origin")?;
    }
    Ok(())
}

pub(super) fn tiles(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let mut published = Vec::new();
    for size in 3..=8 {
        session.publish(&session.author.investigating("outage"))?;
        for row in ["0", "entries"] {
            let name = format!("/log/tile/{row}/000.p/{size}");
            published.push((session.get(&name)?, name));
        }
    }
    for (then, name) in published {
        let now = session.get(&name)?;
        ensure!(now.body == then.body && now.header("etag") == then.header("etag"), "{name} has changed");
    }
    session.client.get("/log/tile/0/000")?.expect(404).context("the full form of a partial tile")?;
    Ok(())
}
