//! Hosts that are empty or misconfigured.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::author::{Author, ORIGIN, sign};
use crate::http::Client;
use crate::place;
use crate::proof::prove;
use crate::session::Session;
use crate::tools::Tools;
use crate::workerd::Workerd;

pub(super) fn an_empty_host(session: &mut Session<'_>) -> Result<()> {
    is_not_set_up(session)?;
    let Session { author, client, .. } = &*session;
    let update = sign(&author.investigating("too-early"), &[&author.alice])?;
    let site = sign(&author.site(), &[&author.carol])?;
    let roster = sign(&author.roster(), &[&author.carol])?;
    for early in [&update, &site] {
        let answer = client.post("/notes", early.as_bytes())?.expect(409)?;
        ensure!(answer.text()?.contains("urn:outband:problem:not-set-up"), "{}", answer.shown());
    }
    is_not_set_up(session)?;

    ensure!(session.accept(&roster)?.index == 0);
    is_not_set_up(session)?;
    client.post("/notes", update.as_bytes())?.expect(409)?;
    ensure!(session.accept(&site)?.index == 1);
    let index = session.text("/")?;
    ensure!(index.contains("Example Mail"), "the page lacks the site's name: {index}");
    ensure!(session.publish(&author.investigating("in-time"))?.index == 2);
    ensure!(prove(session)?.size == 3);
    Ok(())
}

/// Checks that every path readers know shows "not set up", and claims nothing about components.
fn is_not_set_up(session: &Session<'_>) -> Result<()> {
    for path in ["/", "/incidents/x", "/status.txt", "/updates.atom", "/anything"] {
        let answer = session.client.get(path)?.expect(503)?;
        let text = without_style(answer.text()?).to_lowercase();
        ensure!(text.contains("not set up"), "{path} does not say that it is not set up: {text}");
        ensure!(
            !text.contains("operational") && !text.contains("no known incident"),
            "{path} makes a claim: {text}"
        );
        ensure!(answer.header("retry-after").is_some(), "{path} has no Retry-After");
    }
    Ok(())
}

/// A page without its style sheet, which names every state but claims none.
fn without_style(page: &str) -> String {
    let after = page.split_once("</style>").map(|(_, after)| after);
    page.split("<style>").next().unwrap_or_default().to_owned() + after.unwrap_or_default()
}

pub(super) fn other_roots(session: &mut Session<'_>) -> Result<()> {
    let Session { author, client, .. } = &*session;
    let other =
        author.roster().replace(&author.carol.verifier().to_string(), &author.mallory.verifier().to_string());
    let answer = client.post("/notes", sign(&other, &[&author.mallory])?.as_bytes())?.expect(403)?;
    ensure!(answer.text()?.contains("urn:outband:problem:other-roots"), "{}", answer.shown());
    is_not_set_up(session)?;
    session.set_up()
}

/// Only for the edge: the native host has its own tests for this.
pub(super) fn missing_settings(tools: &Tools) -> Result<()> {
    let author = Author::new()?;
    let root = author.carol.verifier().to_string();
    let (log, station) = (author.log.encode(), author.station.encode());
    let all = [("ORIGIN", ORIGIN), ("ROOT_KEYS", &root), ("LOG_KEY", &log), ("STATION_KEY", &station)];
    for (missing, _) in all {
        let bindings: Vec<_> = all.into_iter().filter(|(name, _)| *name != missing).collect();
        error_names(tools, &bindings, missing, "is not set", &[&log, &station])?;
    }
    let swapped = [("ORIGIN", ORIGIN), ("ROOT_KEYS", &root), ("LOG_KEY", &station), ("STATION_KEY", &log)];
    error_names(tools, &swapped, "LOG_KEY", "is wrong", &[&log, &station])
}

fn error_names(
    tools: &Tools,
    bindings: &[(&str, &str)],
    setting: &str,
    problem: &str,
    secrets: &[&str],
) -> Result<()> {
    let edge = Workerd::start(&tools.workerd, &tools.bundle, bindings)?;
    let address: SocketAddr = edge.address();
    let client = Client::new(address);
    for answer in [client.get("/")?, client.get("/status.txt")?, client.post("/notes", b"x")?] {
        let text = answer.clone().expect(500)?.text()?.to_owned();
        ensure!(text.contains(&format!("{setting} {problem}")), "{setting} is not named: {text}");
        ensure!(text.contains("outband init"), "the error does not say what to do: {text}");
        for name in ["x-content-type-options", "strict-transport-security"] {
            ensure!(answer.header(name).is_some(), "no {name}: {:?}", answer.headers);
        }
        let fields = answer.headers.iter().map(|(_, value)| value.as_str()).chain([text.as_str()]);
        for shown in fields.chain([edge.log().as_str()]) {
            for secret in secrets {
                let seed = secret.rsplit('+').next().unwrap_or(secret);
                ensure!(!shown.contains(seed), "a secret is revealed when {setting} {problem}: {shown}");
            }
        }
    }
    let folder = place::folder()?;
    let note = folder.path().join("roster-1.note");
    let author = Author::new()?;
    fs::write(&note, sign(&author.roster(), &[&author.carol])?)?;
    let sent = Command::new(&tools.outband).args(["send", "--to", &edge.url("")]).arg(&note).output()?;
    let logged = String::from_utf8_lossy(&sent.stderr);
    ensure!(!sent.status.success() && logged.contains(&format!("{setting} {problem}")), "{logged}");
    ensure!(logged.contains("or try again later"), "{logged}");
    Ok(())
}
