//! Both hosts side by side: given the same notes at the same time, they write the same bytes.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};

use crate::author::{Author, in_seconds, now, sign};
use crate::host::Kind;
use crate::http::Answer;
use crate::proof::prove;
use crate::session::{Receipt, Session};
use crate::tools::Tools;

/// On a busy machine a note may reach the two hosts in different seconds; then the case starts over.
const TRIES: usize = 5;

pub(super) fn the_same_bytes(tools: &Tools) -> Result<()> {
    with_the_same_notes(tools, are_the_same)
}

pub(super) fn the_same_answers(tools: &Tools) -> Result<()> {
    with_the_same_notes(tools, answer_alike)
}

/// Compares two hosts that got the same notes in the same seconds.
fn with_the_same_notes(tools: &Tools, compare: fn(&Session<'_>, &Session<'_>) -> Result<()>) -> Result<()> {
    for _ in 0..TRIES {
        let [native, edge] = [Session::start(Kind::Native, tools)?, Session::start(Kind::Edge, tools)?];
        if published_simultaneously(&native, &edge, &notes(&native.author)?)? {
            return compare(&native, &edge);
        }
    }
    bail!("in {TRIES} tries the hosts never received all notes in the same seconds")
}

fn notes(author: &Author) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for text in [author.roster(), author.site()] {
        notes.push(sign(&text, &[&author.carol])?);
    }
    let next = in_seconds(3600);
    let affects = "affects: mail outage\naffects: voice partial\nunaffected: support\n";
    let eta = format!("next-update: {next}\neta: {} likely\n", next.plus(3600));
    for (incident, lines) in [
        (
            "outage",
            format!(
                "phase: investigating\ntitle: Mail <is> \"down\" & out\n{affects}next-update: {next}\n\nWe look — 🙂.\n"
            ),
        ),
        (
            "outage",
            format!(
                "phase: identified\ntitle: Mail is down\n{eta}\nA router.\n\n- one\n- two https://www.example.com/\n"
            ),
        ),
        ("outage", "phase: resolved\ntitle: Mail works\ncredit: none\n".to_owned()),
        (
            "work",
            format!(
                "phase: scheduled\ntitle: Work\naffects: files maintenance\nwindow: {next}/{}\nnext-update: {next}\n",
                next.plus(60)
            ),
        ),
        ("practice", format!("phase: investigating\ntitle: A drill\nnext-update: {next}\ndrill: yes\n")),
    ] {
        notes.push(sign(&author.update_at(now().minus(900), incident, &lines), &[&author.alice])?);
    }
    Ok(notes)
}

/// Sends the notes to both hosts, and returns whether each was received in the same second, according to the receipts.
fn published_simultaneously(native: &Session<'_>, edge: &Session<'_>, notes: &[String]) -> Result<bool> {
    for note in notes {
        wait_for_a_second_to_begin();
        let [by_native, by_edge] = thread::scope(|scope| {
            let hosts = [native, edge].map(|host| scope.spawn(|| host.accept(note)));
            hosts.map(|host| host.join().ok().context("a host's thread panicked").flatten())
        });
        let (by_native, by_edge): (Receipt, Receipt) = (by_native?, by_edge?);
        if by_native.received != by_edge.received {
            return Ok(false);
        }
        ensure!(by_native == by_edge, "{by_native:?} is not {by_edge:?}");
    }
    Ok(true)
}

fn wait_for_a_second_to_begin() {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let left = 1_000_000_000 - u64::from(since.subsec_nanos());
    thread::sleep(Duration::from_nanos(left) + Duration::from_millis(20));
}

fn are_the_same(native: &Session<'_>, edge: &Session<'_>) -> Result<()> {
    let (of_native, of_edge) = (prove(native)?.files, prove(edge)?.files);
    ensure!(of_native.keys().eq(of_edge.keys()), "the hosts have different files");
    // Within the second in which it was written, a file has no date.
    thread::sleep(Duration::from_millis(1100));
    let differing: Vec<_> = of_native
        .iter()
        .filter(|(path, body)| of_edge.get(*path) != Some(body))
        .map(|(path, _)| path)
        .collect();
    ensure!(differing.is_empty(), "files differ: {differing:?}");
    for path in of_native.keys() {
        if path == "/404" {
            continue;
        }
        let [native, edge] = [comparable(native.get(path)?), comparable(edge.get(path)?)];
        ensure!(native == edge, "{path}:\n{:?}\n{:?}", native.headers, edge.headers);
    }
    Ok(())
}

/// A response without the fields that depend on the HTTP implementation.
fn comparable(mut answer: Answer) -> Answer {
    answer.headers.retain(|(name, _)| {
        !matches!(
            name.as_str(),
            "date" | "content-length" | "transfer-encoding" | "connection" | "keep-alive" | "vary"
        )
    });
    answer
}

fn answer_alike(native: &Session<'_>, edge: &Session<'_>) -> Result<()> {
    let mut differing = Vec::new();
    let paths = ODD_PATHS.iter().map(|path| format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    for request in paths.chain(ODD_REQUESTS.iter().map(|request| request.replace('\n', "\r\n"))) {
        let [of_native, of_edge] = [native, edge].map(|host| odd_answer(host, &request));
        let (of_native, of_edge) = (of_native?, of_edge?);
        if of_native != of_edge {
            differing.push(format!("{request:?}: native {of_native:?}, edge {of_edge:?}"));
        }
    }
    ensure!(differing.is_empty(), "{}", differing.join("\n"));
    Ok(())
}

/// The status of the answer, and the fields that say how to read it.
fn odd_answer(host: &Session<'_>, request: &str) -> Result<Vec<String>> {
    let head = host.client.raw(request.as_bytes())?.to_lowercase();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or("none").to_owned();
    // Before any of our code runs, each runtime refuses what is not HTTP in its own words.
    if status == "400" && !head.contains("problem+json") {
        return Ok(vec![status]);
    }
    let is_shown = |line: &&str| {
        ["content-type:", "allow:", "retry-after:", "cache-control:", "etag:", "location:", "access-control-"]
            .iter()
            .any(|name| line.starts_with(name))
    };
    let mut fields: Vec<_> = lines.filter(is_shown).map(str::to_owned).collect();
    fields.sort();
    Ok([vec![status], fields].concat())
}

/// Requests that few clients send. What the runtimes alone decide is listed in SPEC, under "Sending".
const ODD_REQUESTS: &[&str] = &[
    "GET / HTTP/1.1\nHost: x\nContent-Length: 0\n\n",
    "GET / HTTP/1.1\nHost: x\nContent-Length: 3\n\nabc",
    "GET / HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
    "HEAD / HTTP/1.1\nHost: x\nContent-Length: 0\n\n",
    "GET /?a=1&b HTTP/1.1\nHost: x\nContent-Length: 0\n\n",
    "HEAD /status.txt?a HTTP/1.1\nHost: x\n\n",
    "GET /nothing?a HTTP/1.1\nHost: x\n\n",
    "GET /api/v2/nothing.json?a HTTP/1.1\nHost: x\n\n",
    "GET / HTTP/1.1\nHost: x\nIf-None-Match: *\n\n",
    "GET /?a HTTP/1.1\nHost: x\nIf-None-Match: *\n\n",
    "GET / HTTP/1.1\nHost: x\nIf-None-Match: not quoted\n\n",
    "GET / HTTP/1.1\nHost: x\nIf-Modified-Since: yesterday\n\n",
    "GET / HTTP/1.1\nHost: x\nRange: bytes=0-9\n\n",
    "GET / HTTP/1.1\nHost: x\nIf-Match: \"other\"\n\n",
    "GET / HTTP/1.1\nHost: x\nAccept: image/png\nAccept-Encoding: identity\n\n",
    "GET / HTTP/1.1\nHost: x\nX-A: 1\nX-A: 2\n\n",
    "GET / HTTP/1.1\nHost: other.example\nX-Forwarded-Host: a\n\n",
    "GET /notes HTTP/1.1\nHost: x\n\n",
    "HEAD /notes HTTP/1.1\nHost: x\n\n",
    "POST /notes HTTP/1.1\nHost: x\nContent-Length: 0\n\n",
    "POST /notes HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n0\n\n",
    "POST /notes HTTP/1.1\nHost: x\nContent-Length: 1\n\n\u{1}",
    "POST /notes?a HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "POST /notes/ HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "POST /notes HTTP/1.1\nHost: x\nContent-Encoding: gzip\nContent-Length: 1\n\nx",
    "POST / HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "PUT /status.txt HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "PATCH /notes HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "DELETE / HTTP/1.1\nHost: x\n\n",
    "HEAD /index.html HTTP/1.1\nHost: x\n\n",
    "POST /index.html HTTP/1.1\nHost: x\nContent-Length: 1\n\nx",
    "GET /index.html HTTP/1.1\nHost: x\nIf-None-Match: *\n\n",
    "GET / HTTP/1.1\nHost: x\nOrigin: https://a.example\n\n",
    "OPTIONS /nothing HTTP/1.1\nHost: x\n\n",
    "OPTIONS /index.html HTTP/1.1\nHost: x\n\n",
    "OPTIONS /data/status.json HTTP/1.1\nHost: x\nOrigin: https://a.example\nAccess-Control-Request-Method: GET\nAccess-Control-Request-Headers: if-none-match\n\n",
    "OPTIONS / HTTP/1.1\nHost: x\n\n",
    "OPTIONS /notes HTTP/1.1\nHost: x\nOrigin: https://a.example\nAccess-Control-Request-Method: POST\n\n",
];

/// Paths that a proxy, a crawler or a mistyped link may request. No dot segments: browsers resolve them, and so does
/// the edge before it calls the worker.
const ODD_PATHS: &[&str] = &[
    "//",
    "//status.txt",
    "/status.txt/",
    "/STATUS.TXT",
    "/%73tatus.txt",
    "/incidents/%6futage",
    "/incidents//outage",
    "/status.txt%20",
    "/status.txt;a=b",
    "/status.txt#part",
    "/status.txt?#part",
    "//status.txt?a=b",
    "//incidents/outage?a=b",
    "/status.txt.",
    "/status.txt).",
    "/status.txt%3E",
    "/status.txt%3Fa=b",
    "/status.txt&a=b",
    "/status.txt%E2%80%9D",
    "/Status.txt?a=b",
    "/index.html",
    "/INDEX.HTML",
    "/index.html?a=b",
    "/index.php",
    "/status",
    "/status/",
    "/feed",
    "/feed/",
    "/rss.xml",
    "/security.txt",
    "/feed.json",
    "/history/",
    "/history.html",
    "/history/2013-9",
    "/incidents",
    "/incidents/outage/",
    "/incidents/outage/?a=b",
    "/incidents/outage/say/",
    "/incidents/outage.html",
    "/incidents/OUTAGE",
    "/incidents/other/",
    "/incidents/zjvfbh3bz7mh",
    "/help/",
    "/console/",
    "/embed/",
    "/data//status.json",
    "/log/2.note/",
    "/api/v2/summary.json/",
    "//api/v2/summary.json",
    "/API/v2/summary.json",
    "/nothing.html",
    "/?",
    "/log/tile/0/000.p%2f3",
    "/\\status.txt",
    "/status.txt\\",
    "/caf\u{e9}",
    "/a|b^c`d{e}",
    "http://status.example.net/status.txt",
];
