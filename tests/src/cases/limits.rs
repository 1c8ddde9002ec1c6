//! Limits: what clients may send, and what happens to those that send too much or nothing.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use outband_keys::MAX_NOTE_BYTES;
use outband_station::ProblemType;
use rusqlite::{Connection, TransactionBehavior};

use crate::author::sign;
use crate::flood::{Flood, Report, measure, within_memory};
use crate::http::{Client, read_head};
use crate::session::{Session, wait_for};

pub(super) fn sizes(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let Session { author, client, .. } = &*session;
    let note = |bytes: usize| {
        let short = sign(&author.investigating("outage"), &[&author.alice])?.len();
        let more = "x".repeat(bytes - short);
        let text = author.investigating("outage").replace("We look.", &format!("We look.{more}"));
        sign(&text, &[&author.alice])
    };
    let largest = note(MAX_NOTE_BYTES)?;
    ensure!(largest.len() == MAX_NOTE_BYTES);
    session.accept(&largest)?;
    let size = session.checkpoint()?.tree.size;

    let larger = note(MAX_NOTE_BYTES + 1)?;
    client.post("/notes", larger.as_bytes())?.expect(413)?;
    client.post("/notes", "x".repeat(1 << 20).as_bytes())?.expect(413)?;

    // Chunked, without a length.
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let chunked = format!(
        "POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{}",
        chunk.repeat(20)
    );
    let whole = client.raw(format!("{chunked}0\r\n\r\n").as_bytes())?;
    ensure!(whole.starts_with("HTTP/1.1 413 "), "chunked: {whole}");
    let endless = client.raw(chunked.as_bytes())?;
    ensure!(endless.starts_with("HTTP/1.1 413 "), "endless chunks: {endless}");

    // Announces a gigabyte, but must get its answer after the first few bytes.
    let start = Instant::now();
    let announced = format!(
        "POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n{}",
        "x".repeat(20 * 1024)
    );
    let answer = client.raw(announced.as_bytes())?;
    ensure!(answer.starts_with("HTTP/1.1 413 "), "announced: {answer}");
    ensure!(start.elapsed() < Duration::from_secs(10), "the host waited for the rest");

    ensure!(session.checkpoint()?.tree.size == size, "a refused note changed the log");
    session.publish(&author.investigating("outage"))?;
    Ok(())
}

/// The longest time that a client may wait while others stall.
const OTHERS_WAIT: Duration = Duration::from_secs(5);

/// Connections that never finish their requests.
const STALLED: usize = 50;

pub(super) fn stalling_clients(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let client = &session.client;
    let mut stalled = Vec::new();
    for n in 0..STALLED {
        let mut connection = client.connect()?;
        let sent: &[u8] = match n % 3 {
            0 => b"",
            1 => b"GET / HTTP/1.1\r\nHo",
            _ => b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\noutband upd",
        };
        connection.write_all(sent)?;
        stalled.push(connection);
    }
    // A host that waits for them would take 15 seconds or longer. A second try allows for a busy machine.
    let others = || -> Result<Duration> {
        let start = Instant::now();
        session.publish(&session.author.investigating("outage"))?;
        ensure!(session.text("/")?.contains("Mail is down"));
        Ok(start.elapsed())
    };
    let waited = others()?;
    ensure!(waited < OTHERS_WAIT || others()? < OTHERS_WAIT, "other clients had to wait {waited:?}");

    // A connection lost in the middle of a note must not store any of it.
    let size = session.checkpoint()?.tree.size;
    let note = sign(&session.author.investigating("half"), &[&session.author.alice])?;
    let head = format!("POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", note.len() + 1);
    let mut connection = client.connect()?;
    connection.write_all(format!("{head}{note}").as_bytes())?;
    connection.shutdown(std::net::Shutdown::Write)?;
    let answer = read_head(&mut connection).unwrap_or_default();
    ensure!(!answer.contains(" 201 "), "an incomplete note was accepted: {answer}");
    drop(stalled);
    ensure!(session.checkpoint()?.tree.size == size, "half a note was stored");
    session.client.get("/incidents/half")?.expect(404)?;

    let broken = ["\r\n\r\n", "GET\r\n\r\n", "\u{1}\u{2}\u{3}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"];
    for bytes in broken {
        let answer = client.raw(bytes.as_bytes()).unwrap_or_default();
        ensure!(!answer.contains(" 200 "), "{bytes:?} is answered by {answer}");
    }
    ensure!(session.text("/")?.contains("Mail is down"));
    Ok(())
}

/// How long each flood of this case lasts.
const FLOOD: Duration = Duration::from_millis(1500);

/// Only the native host's own memory and connections: at the edge the vendor's front end has them. `cargo xtask flood`
/// measures all floods on both hosts.
pub(super) fn floods(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    for flood in [Flood::Garbage, Flood::UnknownKey, Flood::Idle, Flood::Slow] {
        let report = measure(session, Some(flood), FLOOD)?;
        within_memory(flood, &report)?;
        let worst = Report::worst(&report.publications).max(Report::worst(&report.reads));
        ensure!(worst < OTHERS_WAIT, "{}: others had to wait {worst:?}", flood.name());
    }
    too_many_notes(session)
}

/// Notes that arrive while the disk is busy are told to come back, and nothing is lost.
fn too_many_notes(session: &Session<'_>) -> Result<()> {
    let Session { author, .. } = session;
    let slugs: Vec<String> = (0..64).map(|n| format!("burst-{n}")).collect();
    let notes: Vec<String> = slugs
        .iter()
        .map(|slug| sign(&author.past(slug, "It was slow"), &[&author.alice]))
        .collect::<Result<_>>()?;
    let mut disk = Connection::open(session.host.database()?)?;
    let busy = AtomicBool::new(false);
    thread::scope(|scope| -> Result<()> {
        // The writer waits for this transaction, so the queue fills up.
        let held = disk.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let senders: Vec<_> = notes.iter().map(|note| scope.spawn(|| insist(session, note, &busy))).collect();
        let waited = wait_for(OTHERS_WAIT, "a full queue", || Ok(busy.load(Ordering::Relaxed).then_some(())));
        held.rollback()?;
        for sender in senders {
            sender.join().map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        waited
    })?;
    for slug in slugs {
        session.get(&format!("/incidents/{slug}"))?;
    }
    Ok(())
}

/// Sends the note until it is accepted.
fn insist(session: &Session<'_>, note: &str, busy: &AtomicBool) -> Result<()> {
    let client = Client::new(session.host.address());
    let start = Instant::now();
    while start.elapsed() < 2 * OTHERS_WAIT {
        let answer = client.post("/notes", note.as_bytes())?;
        if matches!(answer.status, 200 | 201) {
            return Ok(());
        }
        let answer = answer.expect(ProblemType::Busy.status())?;
        // The writer itself may give up waiting for the disk.
        if answer.shown().contains("urn:outband:problem:busy") {
            ensure!(answer.header("retry-after") == Some("1"), "busy for how long?");
            busy.store(true, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(20));
    }
    bail!("not accepted in time")
}

/// Only the native host does this itself; at the edge the vendor's front end does.
pub(super) fn bodies_and_readers_that_stall(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let mut sender = session.client.connect()?;
    sender.write_all(b"POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\noutband upd")?;
    let mut reader = session.client.connect()?;
    let requested = ask_without_reading(&mut reader)?;

    let head = read_head(&mut sender)?.to_lowercase();
    ensure!(head.starts_with("http/1.1 408 "), "{head}");
    for field in [
        "content-type: application/problem+json",
        "x-content-type-options: nosniff",
        "strict-transport-security: ",
    ] {
        ensure!(head.contains(field), "no {field}: {head}");
    }

    // This is longer than the host waits; after it, only what the kernel has buffered still arrives.
    thread::sleep(Duration::from_secs(35));
    reader.set_nonblocking(false)?;
    let mut got = 0;
    let mut bytes = vec![0; 1 << 20];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        got += count;
    }
    let page = session.get("/")?.body.len();
    ensure!(got < requested * page, "all {requested} answers arrived: {got} bytes");
    session.publish(&session.author.investigating("outage"))?;
    Ok(())
}

/// Requests the page until the host stops reading, and returns the number of requests.
fn ask_without_reading(connection: &mut TcpStream) -> Result<usize> {
    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    connection.set_nonblocking(true)?;
    let (requests, mut sent, mut refused) = (REQUEST.repeat(1000), 0, 0);
    // Each write continues where the one before ended, so that every request is complete.
    while refused < 50 {
        match connection.write(requests.get(sent % REQUEST.len()..).unwrap_or_default()) {
            Ok(count) => (sent, refused) = (sent + count, 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                refused += 1;
                thread::sleep(Duration::from_millis(20));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(sent / REQUEST.len())
}
