//! The native host.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use crate::support::{Server, bad, outband, set_up, text};

fn port_of(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

#[test]
fn a_port_and_a_store_belong_to_one_server() {
    let (first, second) = (set_up(), set_up());
    let server = Server::start(first.path());
    let same_port = format!("127.0.0.1:{}", port_of(&server.url));
    let error = bad(second.path(), &["serve", "--dir", "status.example.net", "--listen", &same_port]);
    assert!(error.contains("is in use by another program. Stop that one"), "{error}");
    assert!(error.contains("--listen 127.0.0.1:0 picks any free port"), "{error}");
    let error = bad(second.path(), &["demo", "--port", port_of(&server.url)]);
    assert!(error.contains("is in use") && error.contains("--port 0 picks any free port"), "{error}");
    let error = bad(first.path(), &["serve", "--dir", "status.example.net", "--listen", "127.0.0.1:0"]);
    assert!(error.contains("status.example.net is already being served by another process"), "{error}");
}

#[test]
fn key_files_that_cannot_be_trusted_or_read_are_reported() {
    let dir = set_up();
    let serve = ["serve", "--dir", "status.example.net", "--listen", "127.0.0.1:0"];
    let key = dir.path().join("status.example.net/keys/log.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let error = bad(dir.path(), &serve);
    assert!(error.contains("keys/log.key has mode 0644") && error.contains("chmod 600"), "{error}");

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let secret = std::fs::read_to_string(&key).expect("a key");
    std::fs::write(&key, secret.replace("log1", "log2")).expect("a file");
    let error = bad(dir.path(), &serve);
    assert!(error.contains("LOG_KEY is wrong") && !error.contains("PRIVATE"), "{error}");

    std::fs::remove_file(&key).expect("removed");
    for cause in ["missing", "a folder"] {
        let error = bad(dir.path(), &serve);
        let says =
            ["not started", "cannot read the key file", "keys/log.key. Restore it", "name another file"];
        assert!(says.iter().all(|says| error.contains(says)), "{cause}: {error}");
        let _ = std::fs::create_dir(&key);
    }
}

#[test]
fn a_damaged_store_is_reported_and_left_alone() {
    let dir = set_up();
    let store = dir.path().join("status.example.net/outband.sqlite");
    std::fs::write(&store, b"not a store, and long enough to differ from an empty one".repeat(100))
        .expect("a file");
    let before = std::fs::read(&store).expect("a file");
    let error = bad(dir.path(), &["serve", "--dir", "status.example.net", "--listen", "127.0.0.1:0"]);
    assert!(
        error.contains("is damaged, or not an outband store") && error.contains("Nothing was changed"),
        "{error}"
    );
    assert_eq!(std::fs::read(&store).expect("a file"), before);
}

#[test]
fn only_this_machine_is_served_by_default() {
    let dir = set_up();
    let help = text(&outband(dir.path(), &["serve", "--help"]).stdout);
    assert!(help.contains("[default: 127.0.0.1:8080]"), "{help}");
}

#[test]
fn each_note_is_logged_in_one_line_without_its_contents() {
    let dir = set_up();
    let server = Server::start(dir.path());
    let post = |note: &[u8]| {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.post(format!("{}/notes", server.url)).send(note).expect("an answer")
    };
    let note = std::fs::read(dir.path().join("status.example.net/roster-1.note")).expect("a note");
    for note in [&note[..], &note, b"SECRET"] {
        post(note);
    }
    let lines = [
        "outband: note accepted as entry 0\n",
        "outband: note already accepted as entry 0\n",
        "outband: note refused: no-signature\n",
    ];
    assert_eq!(server.log(), lines.concat());
}

#[test]
fn the_health_check_says_whether_the_store_can_be_read() {
    let dir = set_up();
    let server = Server::start(dir.path());
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let health = || {
        let mut answer = agent.get(format!("{}/healthz", server.url)).call().expect("an answer");
        assert_eq!(answer.headers().get("cache-control").expect("said"), "no-store");
        (answer.status().as_u16(), answer.body_mut().read_to_string().expect("text"))
    };
    assert_eq!(health(), (200, "ok\n".to_owned()));
    let store = dir.path().join("status.example.net/outband.sqlite");
    rusqlite::Connection::open(store).expect("the store").execute("DROP TABLE file", []).expect("dropped");
    assert_eq!(health().0, 503);
}

/// A note in transit when the server is asked to stop still gets its response.
#[test]
fn a_request_in_progress_is_answered_before_the_server_stops() {
    let dir = set_up();
    let server = Server::start(dir.path());
    let address = server.url.strip_prefix("http://").expect("an address");
    let note = std::fs::read(dir.path().join("status.example.net/roster-1.note")).expect("a note");
    let (first, rest) = note.split_at(note.len() / 2);
    let mut client = TcpStream::connect(address).expect("a connection");
    write!(client, "POST /notes HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", note.len())
        .expect("sent");
    client.write_all(first).expect("sent");
    std::thread::sleep(Duration::from_millis(500));
    server.ask_to_stop();
    let refused = (0..30).any(|_| {
        std::thread::sleep(Duration::from_millis(100));
        TcpStream::connect(address).is_err()
    });
    assert!(refused, "it accepts no new connections");
    client.write_all(rest).expect("sent");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    server.await_end();
    let server = Server::start(dir.path());
    let again = outband(dir.path(), &["send", "--to", &server.url, "status.example.net/roster-1.note"]);
    assert!(text(&again.stdout).contains("already published"), "{}", text(&again.stderr));
}
