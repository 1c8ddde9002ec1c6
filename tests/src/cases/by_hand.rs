//! Publishing with nothing installed: a shell, `ssh-keygen`, `curl`.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::author::{ORIGIN, sign};
use crate::proof::prove;
use crate::session::Session;

/// A text is tidied and signed; one with problems gets all of them. Nothing is stored either way.
pub(super) fn a_text_is_checked(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let Session { author, client, .. } = &*session;
    let size = session.checkpoint()?.tree.size;
    let text = author.investigating("outage");
    let typed =
        text.replace(&format!("origin: {ORIGIN}\n"), "").replace("phase: ", "Phase:").replace('\n', "\r\n");
    let plain = client.post("/notes/check", typed.as_bytes())?.expect(200)?;
    ensure!(plain.header("content-type") == Some("text/plain; charset=utf-8"), "{:?}", plain.headers);
    ensure!(plain.body == text.as_bytes(), "{}", String::from_utf8_lossy(&plain.body));
    let accept = [("Accept", "application/json")];
    let answer = client.send("POST", "/notes/check", &accept, typed.as_bytes())?.expect(200)?;
    let answer: Json = serde_json::from_slice(&answer.body)?;
    let done = answer.get("tidied").and_then(Json::as_array).map(Vec::len);
    ensure!(answer.get("text") == Some(&json!(text)) && done == Some(3), "{answer}");

    let wrong = typed.replace("Phase:investigating", "phase: broken").replace("title: ", "headline: ");
    let answer = client.post("/notes/check", wrong.as_bytes())?.expect(400)?;
    ensure!(answer.header("content-type") == Some("application/problem+json"), "{:?}", answer.headers);
    let answer: Json = serde_json::from_slice(&answer.body)?;
    ensure!(answer.get("type") == Some(&json!("urn:outband:problem:bad-text")), "{answer:#}");
    let errors = answer.get("errors").and_then(Json::as_array).context("no errors")?;
    let headers: Vec<_> = errors.iter().filter_map(|error| error.get("header")?.as_str()).collect();
    ensure!(headers == ["phase", "headline", "title"], "{answer:#}");
    ensure!(session.checkpoint()?.tree.size == size, "a text that was checked changed the log");
    session.accept(&sign(&String::from_utf8(plain.body)?, &[&author.alice])?)?;
    Ok(())
}

/// `/notes/new` as it is served, in an empty directory, twice.
pub(super) fn the_shell_script(session: &mut Session<'_>) -> Result<()> {
    let author = &session.author;
    let folder = TempDir::new()?;
    let key = folder.path().join("key");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "erin", "-f"])
        .arg(&key)
        .status();
    ensure!(made.context("ssh-keygen is missing")?.success(), "ssh-keygen failed");
    let public = fs::read_to_string(key.with_extension("pub"))?;
    let public = public.trim_end().strip_suffix(" erin").context("an unexpected public key")?;
    let roster = author.roster_with(&format!("operator: {ORIGIN}/erin/ssh {public}\n"));
    session.accept(&sign(&roster, &[&author.carol])?)?;
    session.accept(&sign(&author.site(), &[&author.carol])?)?;

    let endpoint = format!("http://{}/notes", session.host.address());
    let run = |title: &str, phase: &str| -> Result<Output> {
        let empty = TempDir::new()?;
        fs::write(empty.path().join("new"), session.get("/notes/new")?.body)?;
        shell(empty.path(), &key, &endpoint, title, phase)
    };
    for (title, phase) in
        [("Mail is down", "investigating"), ("Mail is down", "investigating"), ("It works", "resolved")]
    {
        let Output { status, stdout, stderr } = run(title, phase)?;
        let (said, errors) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
        ensure!(status.success() && said.contains("\"receipt\""), "{status}: {said}{errors}");
    }
    ensure!(session.text("/incidents/by-hand")?.contains("It works"));
    let refused = run("Not a phase", "broken")?;
    ensure!(!refused.status.success(), "{refused:?}");
    ensure!(session.text("/notes/new.ps1")?.contains(ORIGIN));
    prove(session)?;
    Ok(())
}

fn shell(folder: &Path, key: &Path, endpoint: &str, title: &str, phase: &str) -> Result<Output> {
    let variables = [("slug", "by-hand"), ("title", title), ("phase", phase), ("endpoint", endpoint)];
    let mut sh = Command::new("sh");
    sh.arg("new").current_dir(folder).envs(variables).env("key", key);
    sh.output().context("sh could not be started")
}
