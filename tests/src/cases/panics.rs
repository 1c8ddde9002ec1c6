//! Panics at the edge: each affects at most the request that caused it. The bundle is the released one with added
//! routes that panic: see `worker/src/panic_routes.rs`.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result, bail, ensure};

use crate::author::{in_seconds, now, sign};
use crate::host::Host;
use crate::proof::prove;
use crate::session::{Session, wait_for};

/// The number of panics in a row.
const TIMES: usize = 5;

/// The client of a request that panicked may get an error or no answer, but no success, and must not wait long.
fn panics(session: &Session<'_>, path: &str, body: &[u8]) -> Result<()> {
    let start = Instant::now();
    if let Ok(answer) = session.client.post(path, body) {
        ensure!(matches!(answer.status, 500..=599), "{path}: {}: {}", answer.status, answer.shown());
    }
    ensure!(start.elapsed() < Duration::from_secs(15), "{path}: the client waited {:?}", start.elapsed());
    Ok(())
}

fn costs_that_request(session: &Session<'_>, path: &str) -> Result<()> {
    session.set_up()?;
    for n in 0..TIMES {
        panics(session, path, b"")?;
        session.get("/").context("the next request")?;
        panics(session, path, b"")?;
        session.publish(&session.author.investigating(&format!("outage-{n}"))).context("the next note")?;
    }
    ensure!(prove(session)?.size == 2 + TIMES as u64);
    let log = session.host.log();
    ensure!(log.contains("requested by"), "nothing panicked: {log}");
    Ok(())
}

pub(super) fn in_the_worker(session: &mut Session<'_>) -> Result<()> {
    costs_that_request(session, "/panic/worker")
}

pub(super) fn in_the_object(session: &mut Session<'_>) -> Result<()> {
    costs_that_request(session, "/panic/object")
}

pub(super) fn within_a_commit(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let body = [b'x'; 16 * 1024];
    for _ in 0..TIMES {
        panics(session, "/panic/commit", &body)?;
        for path in ["/panic/first", "/panic/second"] {
            session.client.get(path)?.expect(404).context("half of a commit was stored")?;
        }
    }
    session.publish(&session.author.investigating("outage"))?;
    session.restart()?;
    session
        .client
        .get("/panic/first")?
        .expect(404)
        .context("half of a commit was stored, as a restart shows")?;

    // The same commit without the panic, to show that it would have left something behind.
    session.client.post("/panic/no", &body)?;
    ensure!(session.get("/panic/first")?.body.len() == body.len());
    let before = session.get("/panic/second")?.body;
    ensure!(before.len() > 3 << 20, "{} bytes fit into a single row", before.len());
    panics(session, "/panic/commit", b"another")?;
    ensure!(session.get("/panic/first")?.body == body && session.get("/panic/second")?.body == before);
    prove(session)?;
    Ok(())
}

pub(super) fn among_publishers(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let session = &*session;
    thread::scope(|scope| {
        let publishers: Vec<_> = (0..3)
            .map(|n| {
                scope.spawn(move || -> Result<()> {
                    for _ in 0..15 {
                        session.publish(&session.author.investigating(&format!("outage-{n}")))?;
                        session.get("/")?;
                    }
                    Ok(())
                })
            })
            .collect();
        for path in ["/panic/worker", "/panic/object", "/panic/commit"].into_iter().cycle().take(30) {
            panics(session, path, b"x")?;
        }
        publishers.into_iter().try_for_each(|publisher| publisher.join().ok().context("it panicked")?)
    })?;
    ensure!(prove(session)?.size == 2 + 45);
    Ok(())
}

pub(super) fn a_silent_object(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let start = Instant::now();
    let answer = session.client.post("/panic/silent", b"")?.expect(503)?;
    let waited = start.elapsed();
    ensure!((5..15).contains(&waited.as_secs()), "the client waited {waited:?}");
    ensure!(answer.header("retry-after").is_some() && answer.header("cache-control") == Some("no-store"));
    ensure!(answer.header("content-type") == Some("application/problem+json"), "{answer:?}");
    session.publish(&session.author.investigating("outage")).context("the next note")?;
    Ok(())
}

/// The tests' bundle treats an alarm as lost after 2 seconds.
const LOST_SECONDS: u64 = 2;

pub(super) fn a_lost_alarm(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let due = in_seconds(6);
    let lines = format!("phase: investigating\ntitle: Mail is down\nnext-update: {due}\n");
    session.publish(&session.author.update("outage", &lines))?;
    // The tick after each note sets the alarm.
    thread::sleep(Duration::from_secs(2));
    session.client.post("/panic/alarm", b"")?.expect(200)?;
    ensure!(now() < due, "this machine is too busy to delete the alarm in time");
    while now() <= due.plus(LOST_SECONDS) {
        thread::sleep(Duration::from_millis(200));
    }
    let is_overdue =
        || -> Result<bool> { Ok(session.text("/status.txt")?.to_lowercase().contains("overdue")) };
    ensure!(!is_overdue()?, "it ticked without an alarm, so this tests nothing");
    wait_for(Duration::from_secs(10), "overdue, by an alarm that a request set", || {
        Ok(is_overdue()?.then_some(()))
    })?;
    prove(session)?;
    Ok(())
}

/// The object fails: readers get the last copies of what they look at first, with their age, and everything else is an
/// honest error. Notes get 503, and are accepted afterwards.
pub(super) fn a_failing_object(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let shown = session.text("/")?;
    ensure!(session.client.post("/panic/down", b"")?.status == 200);
    thread::sleep(Duration::from_millis(1_500));
    let copy = session.get("/").context("the copy")?;
    ensure!(copy.text()? == shown && copy.header("age").is_some(), "{:?}", copy.headers);
    let etag = copy.header("etag").context("no etag")?.to_owned();
    ensure!(session.client.get_with("/", &[("if-none-match", &etag)])?.status == 304);
    for (path, headers) in [("/history", &[][..]), ("/", &[("cache-control", "no-cache")])] {
        let answer = session.client.get_with(path, headers)?;
        ensure!(answer.status == 503, "{path}: {}", answer.shown());
    }
    let note = sign(&session.author.investigating("another"), &[&session.author.alice])?;
    let refused = session.client.post("/notes", note.as_bytes())?;
    ensure!(refused.status == 503 && refused.header("retry-after").is_some(), "{}", refused.shown());
    wait_for(Duration::from_secs(20), "the object", || {
        Ok((session.client.post("/notes", note.as_bytes())?.status == 201).then_some(()))
    })?;
    ensure!(session.text("/")? != shown);
    ensure!(session.get("/")?.header("age").is_none());
    Ok(())
}

/// The object cannot start, and the worker remembers nothing: readers get the copy outside of both, with its age, and
/// notes get 503. With the object, all is as before.
pub(super) fn a_copy_outside_the_object(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let page = session.get("/")?;
    let (shown, etag) =
        (page.text()?.to_owned(), page.header("etag").context("no etag")?.trim_matches('"').to_owned());
    let Host::Edge(workerd) = &session.host else { bail!("this host has no copy") };
    let copy = workerd.copy();
    wait_for(Duration::from_secs(20), "the copy", || {
        Ok(fs::read_to_string(&copy).is_ok_and(|copy| copy.contains(&etag)).then_some(()))
    })?;
    let database = session.host.database()?;
    session.host.kill()?;
    rename(&database, "", ".away")?;
    fs::write(&database, "this is no database")?;
    session.restart()?;
    // Younger than a second, it would need no age.
    thread::sleep(Duration::from_millis(1_500));
    for path in ["/", "/status.txt", "/updates.atom", "/banner.json"] {
        let answer = session.get(path)?;
        ensure!(answer.status == 200 && answer.header("age").is_some(), "{path}: {}", answer.shown());
    }
    ensure!(session.text("/")? == shown);
    ensure!(session.client.get_with("/", &[("if-none-match", &format!("\"{etag}\""))])?.status == 304);
    ensure!(session.client.get_with("/history", &[])?.status == 503);
    let note = sign(&session.author.investigating("another"), &[&session.author.alice])?;
    let refused = session.client.post("/notes", note.as_bytes())?;
    ensure!(refused.status == 503 && refused.header("retry-after").is_some(), "{}", refused.shown());
    session.host.kill()?;
    rename(&database, ".away", "")?;
    session.restart()?;
    session.accept(&note)?;
    let page = session.get("/")?;
    ensure!(page.header("age").is_none() && page.text()? != shown.as_str());
    Ok(())
}

/// Renames a database and what SQLite keeps beside it.
fn rename(database: &Path, from: &str, to: &str) -> Result<()> {
    for part in ["", "-wal", "-shm"] {
        let [old, new] = [from, to].map(|ending| {
            let mut name = OsString::from(database);
            name.push(part);
            name.push(ending);
            name
        });
        match fs::rename(&old, &new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}
