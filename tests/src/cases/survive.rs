//! Power cuts and upgrades: acknowledged notes are kept, and nothing is half-written.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use crate::author::{Author, in_seconds, sign};
use crate::history::History;
use crate::host::Host;
use crate::http::Client;
use crate::proof::prove;
use crate::session::{Receipt, Session, wait_for};

/// The number of power cuts, of concurrent publishers, and of notes that must be accepted between two cuts.
const CUTS: u64 = 50;
const PUBLISHERS: usize = 2;
const BETWEEN: usize = 3;

/// How long a note may take across a restart; on an idle machine it takes far less.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) fn killed_while_publishing(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let (publishing, count) = (AtomicBool::new(true), AtomicUsize::new(0));
    let Session { host, author, .. } = &mut *session;
    let (author, address) = (&*author, host.address());
    let acknowledged = thread::scope(|scope| -> Result<Vec<Acknowledged>> {
        let publish = |incident: String| {
            let publisher = Publisher { publishing: &publishing, count: &count, author, address };
            scope.spawn(move || publisher.publish(&incident))
        };
        let publishers: Vec<_> = (0..PUBLISHERS).map(|n| publish(format!("outage-{n}"))).collect();
        let cut = cut_the_power(host, &count);
        publishing.store(false, Ordering::Relaxed);
        let mut all = Vec::new();
        for publisher in publishers {
            all.extend(publisher.join().ok().context("a publisher panicked")??);
        }
        cut.map(|()| all)
    })?;
    session.client = Client::new(address);

    let repeated = acknowledged.iter().filter(|note| note.tries > 1).count();
    ensure!(repeated > 0, "no cut interrupted a request, so this tests nothing");
    for Acknowledged { text, receipt, .. } in &acknowledged {
        let leaf = session.text(&format!("/log/{}.note", receipt.index))?;
        ensure!(
            leaf.starts_with(&format!("{text}\n— ")),
            "entry {} is not the acknowledged note",
            receipt.index
        );
        ensure!(leaf.contains(&receipt.line), "entry {} has another receipt", receipt.index);
    }
    let size = session.checkpoint()?.tree.size;
    ensure!(size == 2 + acknowledged.len() as u64, "{size} entries for {} notes", acknowledged.len());
    let history = History::read(session, size)?;
    history.is_tiled(session)?;
    ensure!(prove(session)?.size == size);
    Ok(())
}

/// Cuts the power after some more notes, at an arbitrary moment of another one.
fn cut_the_power(host: &mut Host, count: &AtomicUsize) -> Result<()> {
    for cut in 0..=CUTS {
        let before = count.load(Ordering::Relaxed);
        wait_for(PATIENCE, "accepted notes", || {
            Ok((count.load(Ordering::Relaxed) >= before + BETWEEN).then_some(()))
        })?;
        if cut < CUTS {
            thread::sleep(Duration::from_millis(7 * cut % 41));
            host.restart()?;
        }
    }
    Ok(())
}

struct Acknowledged {
    text: String,
    receipt: Receipt,
    tries: usize,
}

struct Publisher<'p> {
    publishing: &'p AtomicBool,
    count: &'p AtomicUsize,
    author: &'p Author,
    address: SocketAddr,
}

impl Publisher<'_> {
    /// Publishes notes one by one, and like `outband send` sends one again if it gets no answer.
    fn publish(&self, incident: &str) -> Result<Vec<Acknowledged>> {
        let client = Client::new(self.address);
        let mut acknowledged = Vec::new();
        while self.publishing.load(Ordering::Relaxed) {
            let text = self.author.investigating(incident);
            let note = sign(&text, &[&self.author.alice])?;
            let start = Instant::now();
            let mut tries = 0;
            let receipt = loop {
                tries += 1;
                match client.post("/notes", note.as_bytes()) {
                    Ok(answer) if matches!(answer.status, 200 | 201) => break Receipt::read(&answer)?,
                    Ok(answer) if answer.status != 503 => bail!("refused on try {tries}: {}", answer.shown()),
                    Ok(_) | Err(_) => thread::sleep(Duration::from_millis(20)),
                }
                ensure!(start.elapsed() < PATIENCE, "no answer after {tries} tries");
            };
            acknowledged.push(Acknowledged { text, receipt, tries });
            self.count.fetch_add(1, Ordering::Relaxed);
        }
        Ok(acknowledged)
    }
}

pub(super) fn an_upgrade_re_renders(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    for n in 0..40 {
        let day = format!("2013-{:02}-03T11:00:00Z", n % 12 + 1);
        let lines = format!("phase: notice\ntitle: It was short\nstarted: {day}\nended: {day}\n");
        session.publish(&session.author.update(&format!("short-{n}"), &lines))?;
    }
    let open = format!("phase: identified\ntitle: Mail is slow\nnext-update: {}\n", in_seconds(1800));
    session.publish(&session.author.update("slow", &open))?;
    let before = prove(session)?.files;

    let old = b"<!doctype html><title>Old</title><p>As the old version wrote it.\n".to_vec();
    let scribbled =
        ["/incidents/short-0", "/incidents/short-39", "/incidents/slow", "/history/2013-05", "/", "/404"];
    session.host.kill()?;
    {
        let store = Connection::open(session.host.database()?)?;
        for path in scribbled {
            write(&store, path, &old)?;
        }
        let renderer = read(&store, "/data/renderer.json")?;
        let older = String::from_utf8(renderer)?.replace("\"renderer\":\"", "\"renderer\":\"older-than-");
        write(&store, "/data/renderer.json", older.as_bytes())?;
        forget_the_digest(&store)?;
    }
    session.restart()?;
    // During the re-rendering every page is complete, old or new.
    for path in scribbled.iter().filter(|path| **path != "/404") {
        let found = session.get(path)?.body;
        ensure!(found == old || Some(&found) == before.get(*path), "{path} is neither old nor new");
    }
    session.publish(&session.author.update("slow", &open.replace("Mail is slow", "Mail is still slow")))?;
    wait_for(Duration::from_secs(120), "the end of the re-rendering", || {
        let renderer = session.get("/data/renderer.json")?.json()?;
        let pending = renderer.get("pending").is_some_and(|pending| !pending.is_null());
        Ok((!pending && !renderer.to_string().contains("older-than-")).then_some(()))
    })?;
    let after = prove(session)?.files;
    for path in scribbled {
        let [before, after] = [before.get(path), after.get(path)];
        let updated = path == "/incidents/slow" || path == "/";
        ensure!(after.is_some() && (updated || before == after), "{path} is not what it was");
    }
    Ok(())
}

/// Leaves the native host's store as its first version did, which kept no digest of the files.
fn forget_the_digest(store: &Connection) -> Result<()> {
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'state'";
    if store.query_row(tables, [], |row| row.get::<_, bool>(0))? {
        store.execute_batch("DROP TABLE state; PRAGMA user_version = 1")?;
    }
    Ok(())
}

/// Stops the host, changes a file in its store without changing the validator, and starts it again. Returns the file's
/// old content.
pub(super) fn edit(session: &mut Session<'_>, path: &str, change: impl Fn(&mut Vec<u8>)) -> Result<Vec<u8>> {
    session.host.kill()?;
    let store = Connection::open(session.host.database()?)?;
    let before = read(&store, path)?;
    let mut body = before.clone();
    change(&mut body);
    ensure!(body != before, "{path} was not changed");
    store.execute("UPDATE file SET body = ?2 WHERE path = ?1", (path, &body))?;
    drop(store);
    session.restart()?;
    Ok(before)
}

fn read(store: &Connection, path: &str) -> Result<Vec<u8>> {
    let read = store.query_row("SELECT body FROM file WHERE path = ?1", [path], |row| row.get(0));
    read.with_context(|| format!("reading {path} from the store"))
}

/// Writes a file as another version would have committed it: with its own validator.
fn write(store: &Connection, path: &str, body: &[u8]) -> Result<()> {
    let etag: String = Sha256::digest(body).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let rows = store.execute("UPDATE file SET etag = ?2, body = ?3 WHERE path = ?1", (path, etag, body))?;
    ensure!(rows == 1, "{path} has {rows} rows");
    Ok(())
}
