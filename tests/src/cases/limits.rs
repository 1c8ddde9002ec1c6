//! What clients may send, and what happens to those that send more, or nothing.

use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use outband_keys::MAX_NOTE_BYTES;

use crate::author::sign;
use crate::http::read_head;
use crate::session::Session;

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

    // In chunks, without a length.
    let chunk = format!("400\r\n{}\r\n", "x".repeat(0x400));
    let chunked = format!(
        "POST /notes HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{}",
        chunk.repeat(20)
    );
    let whole = client.raw(format!("{chunked}0\r\n\r\n").as_bytes())?;
    ensure!(whole.starts_with("HTTP/1.1 413 "), "in chunks: {whole}");
    let endless = client.raw(chunked.as_bytes())?;
    ensure!(endless.starts_with("HTTP/1.1 413 "), "in chunks without end: {endless}");

    // A gigabyte is announced. The answer comes when the first few of its bytes have.
    let start = Instant::now();
    let announced = format!(
        "POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\nConnection: close\r\n\r\n{}",
        "x".repeat(20 * 1024)
    );
    let answer = client.raw(announced.as_bytes())?;
    ensure!(answer.starts_with("HTTP/1.1 413 "), "announced: {answer}");
    ensure!(start.elapsed() < Duration::from_secs(10), "it waited for the rest");

    ensure!(session.checkpoint()?.tree.size == size, "something was stored");
    session.publish(&author.investigating("outage"))?;
    Ok(())
}

/// Connections that never send what they announced.
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
    let start = Instant::now();
    session.publish(&session.author.investigating("outage"))?;
    ensure!(session.text("/")?.contains("Mail is down"));
    ensure!(start.elapsed() < Duration::from_secs(3), "others had to wait {:?}", start.elapsed());

    // Cut off in the middle of a note: nothing of it is there.
    let size = session.checkpoint()?.tree.size;
    let note = sign(&session.author.investigating("half"), &[&session.author.alice])?;
    let head = format!("POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", note.len() + 1);
    let mut connection = client.connect()?;
    connection.write_all(format!("{head}{note}").as_bytes())?;
    connection.shutdown(std::net::Shutdown::Write)?;
    let answer = read_head(&mut connection).unwrap_or_default();
    ensure!(!answer.contains(" 201 "), "a note that was cut off was accepted: {answer}");
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
