//! `outband verify`, run on a host and on a copy in a directory.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use outband_site::paths;
use tempfile::TempDir;

use crate::proof::prove;
use crate::session::Session;

pub(super) fn verify(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    for phase in ["investigating", "identified"] {
        let text = session.author.investigating("outage").replace("investigating", phase);
        session.publish(&text)?;
    }
    let url = format!("http://{}", session.host.address());
    let (code, logged) = run(session, &url)?;
    ensure!(code == Some(0), "exit code {code:?}: {logged}");

    let copy = TempDir::new()?;
    let mut files = prove(session)?.files;
    files.insert(paths::CHECKPOINT.to_owned(), session.get(paths::CHECKPOINT)?.body);
    for (path, body) in &files {
        put(&copy.path().join(paths::in_directory(path)), body)?;
    }
    let directory = copy.path().to_string_lossy().into_owned();
    let (code, logged) = run(session, &directory)?;
    ensure!(code == Some(0), "exit code {code:?}: {logged}");

    for path in
        ["/", "/incidents/outage", "/updates.atom", "/log/tile/0/000.p/4", "/log/2.note", "/data/status.json"]
    {
        let name = paths::in_directory(path);
        let file = copy.path().join(&name);
        let body = files.get(path).with_context(|| format!("no {path}"))?;
        let mut changed = body.clone();
        let middle = changed.len() / 2;
        *changed.get_mut(middle).context("an empty file")? ^= 1;
        put(&file, &changed)?;
        let (code, logged) = run(session, &directory)?;
        ensure!(code == Some(1), "a byte of {path} was changed: exit code {code:?}: {logged}");
        ensure!(logged.contains(path) || logged.contains(&name), "{path} is not named: {logged}");
        put(&file, body)?;
    }
    // What a CDN makes of a page has a name.
    let page = String::from_utf8(files.get(paths::INDEX).context("no index")?.clone())?;
    for (rewritten, says) in [
        (
            page.replace("</body>", r#"<script src="/cdn-cgi/challenge.js"></script></body>"#),
            "a script was added that is not ours",
        ),
        (page.replace('\n', ""), "has minified it"),
    ] {
        let file = copy.path().join(paths::in_directory(paths::INDEX));
        put(&file, rewritten.as_bytes())?;
        let (code, logged) = run(session, &directory)?;
        ensure!(code == Some(1) && logged.contains(says), "exit code {code:?}, without {says:?}: {logged}");
        put(&file, page.as_bytes())?;
    }
    for path in [paths::CHECKPOINT, "/log/tile/entries/000.p/4"] {
        let file = copy.path().join(paths::in_directory(path));
        let body = files.get(path).with_context(|| format!("no {path}"))?;
        let mut changed = body.clone();
        *changed.get_mut(60).context("a short file")? ^= 1;
        put(&file, &changed)?;
        let (code, logged) = run(session, &directory)?;
        ensure!(code == Some(1), "a byte of {path} was changed: exit code {code:?}: {logged}");
        put(&file, body)?;
    }
    for (path, is_right) in [
        // A mirror may have kept a partial tile from when the log was shorter.
        ("/log/tile/0/000.p/3", true),
        ("/log/tile/0/000.p/5", false),
        ("/incidents/nothing-is-wrong.html", false),
        (".well-known/anything", false),
    ] {
        let file = copy.path().join(path.trim_start_matches('/'));
        let body = files.get("/log/tile/0/000.p/4").and_then(|tile| tile.get(..96)).context("no tile")?;
        put(&file, body)?;
        let (code, logged) = run(session, &directory)?;
        ensure!(code == Some(i32::from(!is_right)), "{path} was added: exit code {code:?}: {logged}");
        ensure!(is_right || logged.contains(&format!("{path} follows from no entry")), "{logged}");
        fs::remove_file(&file)?;
    }
    let other = session.author.mallory.verifier().to_string();
    let (code, logged) = verify_with(session, &url, &other)?;
    ensure!(code == Some(1), "with another root: exit code {code:?}: {logged}");
    Ok(())
}

fn put(file: &Path, body: &[u8]) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, body).with_context(|| file.display().to_string())
}

fn run(session: &Session<'_>, what: &str) -> Result<(Option<i32>, String)> {
    verify_with(session, what, &session.author.carol.verifier().to_string())
}

fn verify_with(session: &Session<'_>, what: &str, root: &str) -> Result<(Option<i32>, String)> {
    let run = Command::new(&session.tools.outband)
        .args(["verify", what, "--root", root])
        .env("OUTBAND_STATE", "")
        .output()?;
    let logged = [run.stdout, run.stderr].concat();
    Ok((run.status.code(), String::from_utf8_lossy(&logged).into_owned()))
}
