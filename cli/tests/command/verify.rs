//! Verifying a copy.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::support::{Server, bad, found, good, mirror, outband, publish, set_up, text};

#[test]
fn alterations_of_a_copy_are_found() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let published = publish(dir, &server.url, &["--quick", "Mail is down", "--affects", "mail=outage"]);
    assert!(published.status.success(), "{}", text(&published.stderr));

    let copy = dir.join("copy");
    mirror(&dir.join("status.example.net/outband.sqlite"), &server.url, 3, &copy);
    assert!(good(dir, &["verify", "copy"]).contains("verified: all"));
    std::fs::write(copy.join("apology.html"), "We are so sorry.\n").expect("a file");
    let output = outband(dir, &["verify", "copy"]);
    let logged = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(logged.contains("unexpected: /apology.html follows from no entry"), "{logged}");
    assert!(
        logged.contains("FAILED: 0 of ") && logged.contains(" differ from the log, 1 follow from no entry;"),
        "{logged}"
    );
    std::fs::remove_file(copy.join("apology.html")).expect("removed");
    let page = copy.join("status.txt");
    std::fs::write(&page, "All is well.\n").expect("a file");
    std::fs::remove_file(copy.join("history.html")).expect("removed");
    let output = outband(dir, &["verify", "copy"]);
    let logged = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{logged}");
    assert!(
        logged.contains("differs: /status.txt, from byte") && logged.contains("missing: /history\n"),
        "{logged}"
    );
    assert!(logged.contains("FAILED: 2 of "), "{logged}");

    assert!(logged.contains(" files differ from the log, 0 follow from no entry;"), "{logged}");

    std::fs::remove_file(&page).expect("removed");
    std::os::unix::fs::symlink("status.txt", &page).expect("a link to itself");
    let output = outband(dir, &["verify", "copy"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let logged = text(&output.stderr);
    assert!(logged.contains("copy could not be read: /status.txt could not be read"), "{logged}");
    std::fs::remove_file(&page).expect("removed");

    let renderer = copy.join("data/renderer.json");
    let document = std::fs::read_to_string(&renderer).expect("a file");
    let other = document.replacen("\"renderer\":\"", "\"renderer\":\"another-", 1);
    assert_ne!(other, document);
    std::fs::write(&renderer, other).expect("a file");
    let output = outband(dir, &["verify", "copy"]);
    let logged = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{logged}");
    assert!(
        logged.contains("pages were NOT compared: the copy says it was written by renderer another-"),
        "{logged}"
    );
    assert!(!logged.contains("verified:"), "{logged}");
    let logged = text(&outband(dir, &["verify", "copy", "--json"]).stdout);
    let is_said = logged.contains("\"proven\":false") && logged.contains("\"pages_compared\":false");
    assert!(is_said && logged.contains("renderer another-"), "{logged}");
    std::fs::write(&renderer, "nonsense").expect("a file");
    let output = outband(dir, &["verify", "copy"]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("differs: /data/renderer.json"), "{}", text(&output.stdout));

    let entry = copy.join("log/2.note");
    std::fs::write(&entry, "nothing happened\n").expect("a file");
    assert_eq!(outband(dir, &["verify", "copy"]).status.code(), Some(1), "the log is still compared");
    std::fs::write(copy.join("log/checkpoint"), "nothing\n").expect("a file");
    assert!(bad(dir, &["verify", "copy"]).contains("copy FAILED verification"));
}

/// A proxy in front of a station. Each time `path` is read, one of `notes` is published; the first request for `lost`
/// gets no response.
fn between(dir: &Path, station: &str, path: &'static str, lost: &'static str, notes: Vec<String>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (station, dir) = (station.to_owned(), dir.to_owned());
    let state = Mutex::new((notes, Some(lost)));
    let answer = move |mut stream: TcpStream| {
        let mut head = Vec::new();
        let mut bytes = [0; 4096];
        while !head.ends_with(b"\r\n\r\n") {
            match stream.read(&mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(length) => head.extend(&bytes[..length]),
            }
        }
        let asked = text(&head).split(' ').nth(1).expect("a path").to_owned();
        let mut state = state.lock().expect("a lock");
        if state.1 == Some(asked.as_str()) {
            state.1 = None;
            return;
        }
        let note = if asked == path { state.0.pop() } else { None };
        drop(state);
        if let Some(note) = note {
            good(&dir, &["send", "--to", &station, &note]);
        }
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("{station}{asked}")).call().expect("an answer");
        let body = answer.body_mut().read_to_vec().expect("a body");
        let head = format!(
            "HTTP/1.1 {} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            answer.status().as_u16(),
            body.len()
        );
        let _ = stream.write_all(&[head.as_bytes(), &body].concat());
    };
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream.expect("a connection")));
        }
    });
    url
}

/// Notes that change files are published while these are read one by one, and a request is lost; the station still
/// verifies.
#[test]
fn a_station_that_keeps_publishing_verifies() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let mut notes = Vec::new();
    for n in 0..3 {
        let update = format!(
            "outband update v1\norigin: status.example.net\nid: {n:032x}\ntime: 2013-09-03T11:10:00Z\nincident: news-{n}\nphase: notice\ntitle: News {n}\n"
        );
        std::fs::write(dir.join(format!("{n}.txt")), update).expect("a file");
        good(dir, &["sign", &format!("{n}.txt"), "--dir", "status.example.net", "-o", &format!("{n}.note")]);
        notes.push(format!("{n}.note"));
    }
    let url = between(dir, &server.url, "/data/newest.json", "/updates.rss", notes);
    let logged = good(dir, &["verify", &url]);
    assert!(logged.contains("verified: all"), "{logged}");
    let came = ["log: 2 entries", "log: 3 entries"].iter().all(|few| !logged.contains(few));
    assert!(came, "too few notes were published meanwhile: {logged}");
}
