//! Responses to readers' requests.

use outband_record::log;
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::{ProblemType, Request, Store};

use crate::harness::{Harness, Reply};
use crate::texts::{HOUR, START, by_alice, past, update};

fn harness() -> Harness {
    let mut harness = Harness::set_up();
    harness.now = START + HOUR;
    harness.accept(&by_alice(&update(1, harness.now, "core", Phase::Investigating).print()));
    harness.now += 1;
    harness
}

/// 2013-09-03T12:00:00Z, when the files of `harness` were written, a second before it is read; and a second before and
/// after.
const WRITTEN: &str = "Tue, 03 Sep 2013 12:00:00 GMT";
const BEFORE: &str = "Tue, 03 Sep 2013 11:59:59 GMT";
const AFTER: &str = "Tue, 03 Sep 2013 12:00:01 GMT";

#[test]
fn conditional_requests_follow_rfc_9110() {
    let harness = harness();
    for path in ["/", "/incidents/core", paths::STATUS_JSON, "/log/2.note", "/log/tile/0/000.p/2"] {
        let whole = harness.get(path);
        let etag = whole.header("etag").unwrap().to_owned();
        assert!(etag.len() == 34 && etag.starts_with('"') && etag.ends_with('"'), "{etag}");
        assert_eq!(whole.header("last-modified"), Some(WRITTEN), "{path}");
        let none = "\"0123456789abcdef0123456789abcdef\"".to_owned();
        let marked = |mark: &str| format!("{}{mark}\"", etag.trim_end_matches('"'));
        let cases: [(Vec<(&str, String)>, u16); 19] = [
            // As proxies mark the tags of what they have compressed.
            (vec![("if-none-match", marked("-gzip"))], 304),
            (vec![("if-none-match", format!("W/{}", marked("--gzip")))], 304),
            (vec![("if-none-match", marked(";br"))], 304),
            (vec![("if-none-match", marked("-other"))], 200),
            (vec![("if-none-match", marked("0"))], 200),
            (vec![("if-none-match", etag.clone())], 304),
            (vec![("if-none-match", format!("W/{etag}"))], 304),
            (vec![("if-none-match", format!("{none}, {etag}"))], 304),
            (vec![("if-none-match", format!("{none},W/{etag} , \"x\""))], 304),
            (vec![("if-none-match", "*".to_owned())], 304),
            (vec![("if-none-match", none.clone())], 200),
            (vec![("if-none-match", String::new())], 200),
            (vec![("if-none-match", none.clone()), ("if-none-match", etag.clone())], 304),
            (vec![("if-modified-since", WRITTEN.to_owned())], 304),
            (vec![("if-modified-since", AFTER.to_owned())], 304),
            (vec![("if-modified-since", BEFORE.to_owned())], 200),
            (vec![("if-modified-since", "yesterday".to_owned())], 200),
            (vec![("if-none-match", none), ("if-modified-since", AFTER.to_owned())], 200),
            (vec![("if-none-match", etag.clone()), ("if-modified-since", BEFORE.to_owned())], 304),
        ];
        for (headers, expected) in cases {
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            for method in ["GET", "HEAD"] {
                let reply = harness.ask(method, path, &headers);
                assert_eq!(reply.status(), expected, "{method} {path} {headers:?}");
                assert_eq!(reply.header("etag"), Some(etag.as_str()));
                // A host that has kept the file decides alike.
                let fields = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
                let request = Request { headers: fields.collect(), ..Request::default() };
                assert_eq!(request.has_file_of(&whole.0), expected == 304, "{headers:?}");
                assert_eq!(reply.header("cache-control"), whole.header("cache-control"));
                let has_body = method == "GET" && expected == 200;
                assert_eq!(reply.text(), if has_body { whole.text() } else { String::new() });
            }
        }
    }
}

/// Whole seconds are all that the date has.
#[test]
fn who_sends_only_a_date_misses_no_change_of_the_same_second() {
    let mut harness = harness();
    let second = |harness: &mut Harness, number| {
        let note = by_alice(&update(number, harness.now, "core", Phase::Monitoring).print());
        harness.accept(&note);
        harness.get("/")
    };
    let first = second(&mut harness, 2);
    assert_eq!(first.header("last-modified"), None, "it may change within this second");
    let next = second(&mut harness, 3);
    assert_ne!(next.text(), first.text());
    // Once the second is over, nothing changes at that time any more.
    harness.now += 1;
    let known = harness.get("/").header("last-modified").unwrap().to_owned();
    assert_eq!(harness.ask("GET", "/", &[("if-modified-since", &known)]).status(), 304);
    second(&mut harness, 4);
    assert_eq!(harness.ask("GET", "/", &[("if-modified-since", &known)]).status(), 200);
}

#[test]
fn head_equals_get_without_the_body() {
    let harness = harness();
    for path in ["/", paths::ATOM, paths::CHECKPOINT, "/log/tile/entries/000.p/3", "/nothing", "/notes"] {
        let (get, head) = (harness.get(path), harness.ask("HEAD", path, &[]));
        assert_eq!((head.status(), &head.0.headers), (get.status(), &get.0.headers), "{path}");
        assert_eq!(head.text(), "", "{path}");
        assert_ne!(get.text(), "", "{path}");
    }
}

#[test]
fn readers_get_a_page_for_an_unknown_path() {
    let harness = harness();
    let page = harness.store.get(paths::NOT_FOUND).unwrap().unwrap();
    let long = format!("/{}", "a/".repeat(10_000));
    for path in [
        "/404",
        "/nothing",
        "/nothing.html",
        "/incidents/other/",
        "/incidents/../core",
        "/incidents/zjvfbh3bz7mh",
        "/status.txt;a=b",
        "/.well-known/",
        "/api",
        long.as_str(),
    ] {
        let reply = harness.get(path);
        assert_eq!((reply.status(), &reply.0.body), (404, &page.body), "{path}");
        assert_eq!(reply.header("etag"), None);
        assert!(reply.header("location").is_none());
    }
}

/// As people, chats and programs mangle addresses: one permanent redirect to what was meant.
#[test]
fn a_mangled_address_leads_to_what_was_meant() {
    let harness = harness();
    let id = harness.document(paths::API_INCIDENTS)["incidents"][0]["id"].as_str().unwrap().to_owned();
    let of_statuspage = format!("/incidents/{id}");
    for (mangled, meant) in [
        ("/incidents/core/", "/incidents/core"),
        ("/incidents/core.", "/incidents/core"),
        ("/incidents/core)", "/incidents/core"),
        ("/incidents/core).", "/incidents/core"),
        ("/incidents/core>", "/incidents/core"),
        ("/incidents/core%3E", "/incidents/core"),
        ("/incidents/core,", "/incidents/core"),
        ("/incidents/core”", "/incidents/core"),
        ("/incidents/core%E2%80%9D", "/incidents/core"),
        ("/incidents/core**", "/incidents/core"),
        ("/incidents/core%20", "/incidents/core"),
        ("/incidents/core&utm_source=chat", "/incidents/core"),
        ("/incidents/core%3Futm_source=chat", "/incidents/core"),
        ("/incidents/core%23update", "/incidents/core"),
        ("/incidents/Core", "/incidents/core"),
        ("/INCIDENTS/CORE", "/incidents/core"),
        ("/incidents//core", "/incidents/core"),
        ("//incidents/core", "/incidents/core"),
        ("/incidents\\core", "/incidents/core"),
        ("/%69ncidents/cor%65", "/incidents/core"),
        ("/incidents/core.html", "/incidents/core"),
        ("/incidents/core/index.html", "/incidents/core"),
        ("/incidents/core/say/", "/incidents/core/say"),
        ("/incidents/core.atom/", "/incidents/core.atom"),
        (&of_statuspage, "/incidents/core"),
        ("/incidents", "/history"),
        ("/incidents/", "/history"),
        ("/history/", "/history"),
        ("/history.html", "/history"),
        ("/History/2013-09/", "/history/2013-09"),
        ("/index.html", "/"),
        ("/index.htm", "/"),
        ("/index.php", "/"),
        ("/INDEX.HTML", "/"),
        ("/status", "/"),
        ("/status/", "/"),
        ("//", "/"),
        ("", "/"),
        ("/%2e%2e/", "/"),
        ("/feed", "/updates.atom"),
        ("/feed/", "/updates.atom"),
        ("/atom.xml", "/updates.atom"),
        ("/feed.json", "/updates.json"),
        ("/rss", "/updates.rss"),
        ("/rss.xml", "/updates.rss"),
        ("/Updates.RSS", "/updates.rss"),
        ("/history.rss/", "/history.rss"),
        ("/STATUS.TXT", "/status.txt"),
        ("/status.txt.", "/status.txt"),
        ("/data//status.json", "/data/status.json"),
        ("/help/", "/help"),
        ("/console/", "/console"),
        ("/embed/", "/embed"),
        ("/log/2.note/", "/log/2.note"),
    ] {
        for method in ["GET", "HEAD"] {
            let reply = harness.ask(method, mangled, &[]);
            assert_eq!((reply.status(), reply.header("location")), (301, Some(meant)), "{method} {mangled}");
            assert_eq!(harness.get(meant).status(), 200, "{meant}");
        }
    }
    // Never for clients of the API, and never for what is sent.
    for path in
        ["/api/v2/summary.json/", "//api/v2/summary.json", "/API/v2/summary.json", "/api/v2/Status.json"]
    {
        let reply = harness.get(path);
        assert_eq!((reply.status(), reply.header("location")), (404, None), "{path}");
    }
    assert_eq!(harness.ask("POST", "/notes/", &[]).status(), 405);
}

/// A browser asks before a page of another origin may send a request that is not of the simplest kind.
#[test]
fn pages_of_any_origin_may_read_and_post() {
    let harness = harness();
    for (path, allow) in
        [("/", "GET, HEAD"), (paths::STATUS_JSON, "GET, HEAD"), ("/nothing", "GET, HEAD"), ("/notes", "POST")]
    {
        let fields = [("origin", "https://a.example"), ("access-control-request-method", "POST")];
        let reply = harness.ask("OPTIONS", path, &fields);
        assert_eq!((reply.status(), reply.text().as_str()), (204, ""), "{path}");
        for (name, value) in [
            ("allow", allow),
            ("access-control-allow-origin", "*"),
            ("access-control-allow-methods", allow),
            ("access-control-allow-headers", "*"),
        ] {
            assert_eq!(reply.header(name), Some(value), "{path}");
        }
    }
    for reply in
        [harness.get("/"), harness.get("/nothing"), harness.get("/feed"), harness.ask("PUT", "/", &[])]
    {
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        let exposed = reply.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("ETag") && exposed.contains("Retry-After"), "{exposed}");
    }
}

/// A program that requests a missing file gets a small document, from any origin, and no redirection.
#[test]
fn programs_get_a_problem_for_an_unknown_path() {
    let paths = [
        "/log/tile/0/000",
        "/log/3.note",
        "/data/notes/../status.json",
        "/data/",
        "/api/",
        "/api/v2",
        "/api/v2/",
        "/api/v2/status",
        "/api/v1/status.json",
        "/api/v2/incidents",
        "/api/v2/incidents/zjvfbh3bz7mh.json",
        "/api/v2/subscribers.json",
        "/nothing.atom",
        "/nothing.rss",
        "/nothing.txt",
    ];
    for (harness, status) in [(harness(), 404), (Harness::empty(), 503)] {
        for path in paths {
            let reply = harness.get(path);
            assert_eq!(reply.status(), status, "{path}");
            assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{path}");
            assert_eq!(reply.header("access-control-allow-origin"), Some("*"), "{path}");
            assert_eq!(reply.header("cross-origin-resource-policy"), Some("cross-origin"), "{path}");
            assert_eq!(reply.header("retry-after").is_some(), status == 503, "{path}");
            assert_eq!((reply.header("location"), reply.header("etag")), (None, None), "{path}");
            assert_eq!(reply.json()["status"], status, "{path}");
            assert!(reply.text().len() < 200, "{path}");
        }
    }
}

#[test]
fn other_methods_get_405_with_the_allowed_ones() {
    let mut harness = harness();
    let before = harness.dump();
    for method in ["PUT", "DELETE", "PATCH", "TRACE", "get", ""] {
        for (path, allow) in [("/", "GET, HEAD"), ("/nothing", "GET, HEAD"), ("/notes", "POST")] {
            let request =
                Request { method: method.into(), path: path.into(), headers: vec![], body: b"x".to_vec() };
            let reply = Reply(harness.station.handle(&mut harness.store, &request, harness.now).response);
            assert_eq!((reply.status(), reply.header("allow")), (405, Some(allow)), "{method} {path}");
        }
    }
    for (method, path) in [("GET", "/notes"), ("POST", "/"), ("POST", "/incidents/core"), ("POST", "/notes/")]
    {
        let request = Request { method: method.into(), path: path.into(), headers: vec![], body: Vec::new() };
        let reply = Reply(harness.station.handle(&mut harness.store, &request, harness.now).response);
        let allow = if path == "/notes" { "POST" } else { "GET, HEAD" };
        assert_eq!((reply.status(), reply.header("allow")), (405, Some(allow)), "{method} {path}");
    }
    assert_eq!(harness.dump(), before);
}

/// Every width that was ever published stays readable; tiles beyond the log's end do not exist.
#[test]
fn a_tile_is_served_at_every_width_up_to_its_own() {
    let mut harness = Harness::set_up();
    let mut published = Vec::new();
    for n in 0..260 {
        let size = harness.tree().size;
        for (path, _) in log::paths(size) {
            published.push((path.clone(), harness.get(&path).0.body));
        }
        if n == 258 {
            break;
        }
        harness.now += 1;
        let update = past(n, harness.now, &format!("incident-{}", n / 8));
        harness.accept(&by_alice(&update.print()));
    }
    assert_eq!(harness.tree().size, 260);
    for (path, body) in published {
        let reply = harness.get(&path);
        assert_eq!((reply.status(), &reply.0.body), (200, &body), "{path}");
        let is_full = !path.contains(".p/");
        let cache = reply.header("cache-control").unwrap();
        assert_eq!(cache.contains("immutable"), is_full, "{path}: {cache}");
        assert_eq!(reply.header("content-type"), Some("application/octet-stream"));
        let length = body.len() as u64;
        if path.starts_with("/log/tile/0/") {
            let width = path.split_once(".p/").map_or(256, |(_, width)| width.parse().unwrap());
            assert_eq!(length, width * 32, "{path}");
        }
    }
    for path in [
        "/log/tile/0/001",
        "/log/tile/0/001.p/5",
        "/log/tile/0/000.p/0",
        "/log/tile/0/000.p/256",
        "/log/tile/0/002.p/1",
        "/log/tile/1/000",
        "/log/tile/1/000.p/2",
        "/log/tile/2/000.p/1",
        "/log/tile/entries/001",
        "/log/tile/entries/001.p/5",
        "/log/tile/entries/000.p/01",
        "/log/tile/",
    ] {
        assert_eq!(harness.get(path).status(), 404, "{path}");
    }
    harness.verify_whole();
}

#[test]
fn every_response_has_exactly_the_required_headers() {
    let mut harness = harness();
    let mut replies = vec![
        harness.send(b"nonsense"),
        harness.send(&by_alice(&update(2, START, "core", Phase::Resolved).print())),
        harness.ask("PUT", "/", &[]),
        harness.get("/nothing"),
        harness.ask("GET", "/", &[("if-none-match", "*")]),
        Harness::empty().get("/"),
    ];
    let files = harness.verify();
    for path in EMBEDDED.iter().chain(&[
        "/embed/help",
        "/help",
        "/embed.js",
        "/banner.json",
        "/page.js",
        "/sw.js",
        "/incidents/core/say",
    ]) {
        assert!(files.contains(*path), "{path} is missing");
    }
    let is_embedded = |path: &&String| EMBEDDED.contains(&path.as_str()) || path.ends_with(".svg");
    replies.extend(files.iter().filter(|path| !is_embedded(path)).map(|path| harness.get(path)));
    assert!(replies.len() > 25);
    for reply in &replies {
        let media_type = reply.header("content-type").unwrap();
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
        assert!(reply.header("strict-transport-security").unwrap().starts_with("max-age=63072000"));
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        for name in ["set-cookie", "vary", "server"] {
            assert_eq!(reply.header(name), None);
        }
        if let Some(cache) = reply.header("cache-control") {
            for forbidden in ["s-maxage", "must-revalidate", "proxy-revalidate", "private"] {
                assert!(!cache.contains(forbidden), "{cache}");
            }
            assert!(cache == "no-store" || cache.starts_with("public, max-age="), "{cache}");
        }
        if matches!(reply.status(), 200 | 304 | 404) && reply.header("location").is_none() {
            let cache = reply.header("cache-control").unwrap();
            let is_kept = cache.contains("immutable") || cache.contains("stale-if-error");
            assert!(is_kept, "{cache}: a cache could not serve its copy when this station is down");
            let policy = reply.header("content-security-policy").unwrap();
            assert!(
                policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
                "{policy}"
            );
            if media_type.starts_with("text/html") {
                assert_eq!(reply.header("cross-origin-resource-policy"), Some("same-origin"));
                assert!(!policy.contains("unsafe"), "{policy}");
            } else {
                assert_eq!(
                    reply.header("cross-origin-resource-policy"),
                    Some("cross-origin"),
                    "{media_type}"
                );
            }
        }
    }
}

/// Files to be embedded in other people's pages.
const EMBEDDED: [&str; 4] = [paths::EMBED, paths::EMBED_PLAIN, paths::BADGE, "/components/files.svg"];

#[test]
fn only_embeds_may_be_framed_by_other_pages() {
    let harness = harness();
    for path in EMBEDDED {
        let reply = harness.get(path);
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'") && policy.ends_with("frame-ancestors *"),
            "{policy}"
        );
        assert!(!policy.contains("script-src"), "{policy}");
        assert_eq!(reply.header("cross-origin-resource-policy"), Some("cross-origin"));
        assert_eq!(reply.header("cross-origin-opener-policy"), None);
    }
    let worker = harness.get(paths::SERVICE_WORKER);
    assert_eq!(worker.header("content-type"), Some("text/javascript; charset=utf-8"));
    assert!(worker.header("content-security-policy").unwrap().contains("connect-src 'self'"));
}

#[test]
fn help_explains_problems_that_exist() {
    let page = harness().get("/help").text();
    let names: Vec<&str> = page.split("<dt>").skip(1).filter_map(|rest| rest.split("</dt>").next()).collect();
    assert!(names.len() > 5, "{page}");
    for name in names {
        assert!(ProblemType::ALL.iter().any(|problem| problem.as_str() == name), "{name}");
    }
}
