//! Other places at which the page is read, and written: a cache in front of the host, a mirror in a directory, and a
//! second station.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use outband_site::paths;

use crate::author::sign;
use crate::host::Native;
use crate::http::{Answer, Client};
use crate::nginx::{Nginx, shown_in};
use crate::place;
use crate::session::{Session, wait_for};

const NATIVE: &str = include_str!("../../../docs/native.md");
const SECOND_PLACE: &str = include_str!("../../../docs/second-place.md");

/// How old a copy in a cache may get: what the hosts' `Cache-Control` says, and a second for each of two roundings.
const MAX_AGE: Duration = Duration::from_secs(10 + 2);
const PATIENCE: Duration = Duration::from_secs(30);

/// nginx as docs/native.md shows it: a real cache after RFC 9111, before either host.
pub(super) fn a_cache_in_front(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let host = session.host.address();
    let blocks = shown_in(NATIVE);
    let [_, above, within] = blocks.as_slice() else {
        anyhow::bail!("{} blocks in docs/native.md", blocks.len())
    };
    let nginx = Nginx::start(|address, folder| {
        let above = above.replace("/var/cache/nginx/status", &folder.join("cache").display().to_string());
        format!(
            "{above}\nserver {{ listen {address}; location / {{ proxy_pass http://{host};\n{within}\nadd_header x-cache $upstream_cache_status always; }} }}"
        )
    })?;
    let cache = Client::new(nginx.address());
    let state = |path: &str| -> Result<(String, Answer)> {
        let answer = cache.get(path)?.expect(200).with_context(|| path.to_owned())?;
        Ok((answer.header("x-cache").unwrap_or_default().to_owned(), answer))
    };
    ensure!(state("/")?.0 == "MISS" && state("/")?.0 == "HIT");
    for n in 0..20 {
        let path = format!("/?{n}={n}");
        ensure!(state(&path)?.0 == "HIT", "{path} reached the host");
    }
    // An untidy address gets a redirect, which must not be remembered for the tidy one.
    ensure!(cache.get("//status.txt")?.status == 301);
    ensure!(state(paths::STATUS_TXT)?.1.body == session.get(paths::STATUS_TXT)?.body);

    let next = session.author.update(
        "outage",
        "phase: identified\ntitle: Mail is slow\naffects: mail degraded\nnext-update: 2100-01-01T00:00:00Z\n",
    );
    let posted = cache.post(paths::NOTES, sign(&next, &[&session.author.alice])?.as_bytes())?;
    ensure!(posted.status == 201, "{posted:?}");
    // The first request after that time still gets the old copy, while a new one is fetched.
    wait_for(MAX_AGE + Duration::from_secs(3), "the update behind the cache", || {
        let shown = state("/")?.1.text()?.contains("Mail is slow");
        Ok(shown.then_some(()))
    })?;

    session.host.kill()?;
    let begun = std::time::Instant::now();
    let stale = wait_for(PATIENCE, "a stale copy", || {
        let (state, answer) = state("/")?;
        Ok((state == "STALE").then_some(answer))
    })?;
    ensure!(begun.elapsed() < MAX_AGE + Duration::from_secs(3));
    ensure!(stale.text()?.contains("Mail is slow"));
    ensure!(cache.get("/updates.rss")?.status >= 500, "what was never read is an error, and not calm");
    session.restart()?;
    wait_for(PATIENCE, "the host behind the cache", || {
        Ok((cache.get("/updates.rss")?.status == 200).then_some(()))
    })
}

/// The second name of the page, as docs/second-place.md sets it up.
pub(super) fn a_mirror_by_nginx(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let folder = place::folder()?;
    let copy = folder.path().join("copy");
    let from = format!("http://{}", session.host.address());
    let mirror = || -> Result<()> {
        let mut command = Command::new(&session.tools.outband);
        let command = command.args(["mirror", "--from", &from, "--to"]).arg(&copy).env("OUTBAND_STATE", "");
        let done = command.output()?;
        ensure!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    };
    mirror()?;
    let shown = shown_in(SECOND_PLACE);
    let nginx = Nginx::start(|address, _| {
        let lines = shown.concat();
        let kept = lines.lines().filter(|line| !line.contains("ssl_certificate") && !line.contains("[::]"));
        let config = kept.collect::<Vec<_>>().join("\n");
        let config = config.replace("listen 443 ssl", &format!("listen {address}"));
        config.replace("/srv/status", &copy.display().to_string())
    })?;
    let other = Client::new(nginx.address());
    session.publish(&session.author.investigating("another"))?;
    mirror()?;
    let mut compared = 0;
    for path in crate::proof::prove(session)?.files.into_keys().filter(|path| path != paths::NOT_FOUND) {
        let (ours, theirs) = (session.client.get(&path)?, other.get(&path)?);
        ensure!(ours.status == theirs.status && ours.body == theirs.body, "{path}: {theirs:?}");
        for name in ["content-type", "cache-control", "access-control-allow-origin", "x-content-type-options"]
        {
            ensure!(ours.header(name) == theirs.header(name), "{path}: {name}: {:?}", theirs.header(name));
        }
        compared += 1;
    }
    ensure!(compared > 80, "only {compared} files");
    let nothing = other.get("/nothing")?;
    ensure!(nothing.status == 404 && nothing.header("content-type") == Some("text/html; charset=utf-8"));
    ensure!(nothing.body == session.client.get("/nothing")?.body);
    ensure!(other.post(paths::NOTES, b"a note")?.status == 404);
    Ok(())
}

/// The first station dies; the second one shows the page and takes an update; the first one returns and gets it.
pub(super) fn a_second_station(session: &mut Session<'_>) -> Result<()> {
    for text in [session.author.roster_with_second(), session.author.site()] {
        session.accept(&sign(&text, &[&session.author.carol])?)?;
    }
    session.publish(&session.author.investigating("outage"))?;
    let first = format!("http://{}", session.host.address());
    let mut second = Native::second(session.tools, &session.author, &first)?;
    let other = Client::new(second.address());
    let shows = |client: &Client, path: &str, words: &str| -> Result<Option<()>> {
        let found = client.get(path).ok().filter(|answer| answer.status == 200);
        Ok(found
            .and_then(|answer| answer.text().ok().map(|text| text.contains(words)))
            .filter(|is| *is)
            .map(|_| ()))
    };
    wait_for(PATIENCE, "the page at the second station", || shows(&other, "/", "Mail is down"))?;
    session.host.kill()?;

    let text = session.author.update(
        "outage",
        "phase: identified\ntitle: Mail is slow\naffects: mail degraded\nnext-update: 2100-01-01T00:00:00Z\n",
    );
    let note = sign(&text, &[&session.author.alice])?;
    let held = other.post(paths::NOTES, note.as_bytes())?.expect(202)?;
    ensure!(held.json()?.get("index").is_none(), "{held:?}");
    shows(&other, "/", "Mail is slow")?.context("it is not shown at once")?;
    shows(&other, "/", "not yet in the log")?.context("it is not marked")?;
    second.restart()?;
    let other = Client::new(second.address());
    shows(&other, "/", "not yet in the log")?.context("a power cut lost it")?;
    let again = other.post(paths::NOTES, note.as_bytes())?.expect(202)?;
    ensure!(again.json()?.get("receipt") == held.json()?.get("receipt"), "another receipt: {again:?}");

    session.restart()?;
    let log = "/log/3.note";
    wait_for(PATIENCE, "the update in the log", || shows(&session.client, log, "Mail is slow"))?;
    let entry = session.text(log)?;
    ensure!(entry.contains("/station1 ") && entry.contains("/station2 "), "{entry}");
    wait_for(PATIENCE, "the second station", || shows(&other, log, "Mail is slow"))?;
    ensure!(!other.get("/")?.text()?.contains("not yet in the log"));
    let files = crate::proof::prove(session)?.files;
    for (path, body) in files.into_iter().filter(|(path, _)| path != paths::CHECKPOINT) {
        ensure!(other.get(&path)?.body == body, "{path} differs at the second station");
    }
    Ok(())
}
