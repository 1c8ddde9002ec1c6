//! Servers and directories made to harm their verifier: each is a clear error, and every read is bounded.

use std::io::Write as _;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use outband_keys::Note;
use outband_record::log::{Checkpoint, Hash, MAX_SIZE, Tree};

use crate::logs::{Log, START, key, put};
use crate::support::{KNOWN, liar, outband, respond, text};

/// Verifies with little memory, so that reading without end fails: the status, and everything printed.
fn verify(dir: &Path, place: &str) -> (Option<i32>, String) {
    let limited = format!("ulimit -v 4000000; exec '{}' verify '{place}'", crate::support::BIN);
    let output = Command::new("sh")
        .args(["-c", &limited])
        .current_dir(dir)
        .env("OUTBAND_STATE", dir.join(KNOWN))
        .output()
        .expect("a shell");
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

/// A copy in `dir`, without the file at this public path.
fn copy_without(dir: &Path, path: &str) -> std::path::PathBuf {
    let copy = Log::begun("log1").and(1, "Mail is down").write(dir.join("copy"));
    let file = copy.join(outband_site::paths::in_directory(path));
    std::fs::remove_file(&file).expect("removed");
    file
}

/// Files of three kinds: the first that is read, one of the log, one that is compared.
const PLACES: [&str; 3] = ["/log/checkpoint", "/log/tile/entries/000.p/3", "/status.txt"];

#[test]
fn nothing_but_regular_files_is_read_from_a_directory() {
    type Make = fn(&Path);
    let kinds: [(&str, Make); 6] = [
        ("a named pipe", |file| {
            assert!(Command::new("mkfifo").arg(file).status().expect("mkfifo").success());
        }),
        ("a socket", |file| drop(UnixListener::bind(file).expect("a socket"))),
        ("a directory", |file| std::fs::create_dir(file).expect("a directory")),
        ("a symbolic link", |file| symlink("/dev/zero", file).expect("a link")),
        ("a symbolic link", |file| symlink("../copy/404.html", file).expect("a link")),
        ("a symbolic link", |file| symlink("no-such-file", file).expect("a link")),
    ];
    for path in PLACES {
        for (kind, make) in kinds {
            let dir = tempfile::tempdir().expect("a directory");
            make(&copy_without(dir.path(), path));
            let (code, said) = verify(dir.path(), "copy");
            assert_eq!(code, Some(2), "{path}: {kind}: {said}");
            let says =
                format!("copy could not be read: {path} could not be read: it is {kind}, not a regular file");
            assert!(said.contains(&says), "{said}");
        }
    }
}

/// Only root may make devices.
#[test]
fn a_device_is_not_read() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = copy_without(dir.path(), "/status.txt");
    let made = Command::new("mknod").arg(&file).args(["c", "1", "5"]).output().expect("mknod");
    if made.status.success() {
        let (code, said) = verify(dir.path(), "copy");
        assert!(code == Some(2) && said.contains("/status.txt could not be read: it is a device"), "{said}");
    }
}

#[test]
fn a_huge_file_is_not_read_whole() {
    for (path, expected, says) in [
        (PLACES[0], 2, "/log/checkpoint could not be read: it is larger than 16777216 bytes"),
        (PLACES[1], 2, "it is larger than 16777216 bytes"),
        (PLACES[2], 1, "differs: /status.txt, from byte 0 on"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let file = std::fs::File::create(copy_without(dir.path(), path)).expect("a file");
        // Full of holes: it takes no space.
        file.set_len(1 << 40).expect("a sparse file");
        let (code, said) = verify(dir.path(), "copy");
        assert!(code == Some(expected) && said.contains(says), "{path}: {code:?} {said}");
    }
}

/// Sends a body that never ends.
fn endless(stream: &mut TcpStream, head: &str) {
    let _ = stream.write_all(head.as_bytes());
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "a".repeat(1 << 16));
    while stream.write_all(chunk.as_bytes()).is_ok() {}
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";

/// A server of this log, except for one path.
fn except(log: Log, path: &'static str, answer: fn(&mut TcpStream)) -> String {
    let files = log.files();
    liar(move |asked, stream| match files.get(asked) {
        _ if asked == path => answer(stream),
        Some(body) => respond(stream, 200, body),
        None => respond(stream, 404, b""),
    })
}

#[test]
fn a_response_that_never_ends_is_cut_off() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Log::begun("log1").and(1, "Mail is down");
    for (path, expected, says) in [
        (PLACES[0], 2, "/log/checkpoint could not be read: it is larger than 16777216 bytes"),
        (PLACES[1], 2, "it is larger than 16777216 bytes"),
        (PLACES[2], 1, "differs: /status.txt, from byte 0 on"),
    ] {
        let url = except(log.clone(), path, |stream| endless(stream, CHUNKED));
        let (code, said) = verify(dir.path(), &url);
        assert!(code == Some(expected) && said.contains(says), "{path}: {code:?} {said}");
    }
    let url = except(log.clone(), PLACES[0], |stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"x-more: and more\r\n").is_ok() {}
    });
    let (code, said) = verify(dir.path(), &url);
    assert!(code == Some(2) && said.contains("could not reach"), "{said}");
    let url = except(log, PLACES[0], |stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 302 x\r\nlocation: /log/checkpoint\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        );
    });
    let (code, said) = verify(dir.path(), &url);
    assert!(code == Some(2) && said.contains("redirect"), "a redirection to itself: {said}");
}

#[test]
fn a_compressed_response_is_not_unpacked() {
    let dir = tempfile::tempdir().expect("a directory");
    let log = Log::begun("log1").and(1, "Mail is down");
    for path in PLACES {
        let url = except(log.clone(), path, |stream| {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\nconnection: close\r\n\r\n";
            let _ = stream.write_all(&[head.as_bytes(), b"\x1f\x8b"].concat());
        });
        let (code, said) = verify(dir.path(), &url);
        assert!(code == Some(2) && said.contains("compressed, which was not asked for"), "{path}: {said}");
    }
}

#[test]
fn a_server_that_says_yes_to_everything_proves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let url = liar(|_, stream| respond(stream, 200, b"<html>All systems operational</html>\n"));
    let (code, said) = verify(dir.path(), &url);
    assert!(code == Some(1) && said.contains("FAILED verification: /log/checkpoint: "), "{said}");
    // The checkpoint is genuine, and everything else is it once more.
    let checkpoint = Log::begun("log1").and(1, "Mail is down").files()["/log/checkpoint"].clone();
    let url = liar(move |_, stream| respond(stream, 200, &checkpoint));
    let (code, said) = verify(dir.path(), &url);
    assert!(code == Some(1) && said.contains("FAILED verification: /log/tile/entries/000.p/3: "), "{said}");
}

/// The size that a checkpoint claims costs nothing.
#[test]
fn a_checkpoint_that_claims_too_much_is_refused() {
    for (size, signer, expected, says) in [
        (1 << 60, "log1", 1, "a log of 1152921504606846976 entries is too large"),
        (MAX_SIZE, "mallory/log", 1, "it is not signed by the roster's log key"),
        (MAX_SIZE, "log1", 1, "has 2 entries; by the checkpoint's size of 268435456 it has 256"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        let log = Log::begun("log1");
        let copy = log.write(dir.path().join("copy"));
        let tree = Tree { size, root: Hash([7; 32]) };
        let text = Checkpoint { origin: "status.example.net/log1".to_owned(), tree }.print();
        let lines = [key(signer).sign_note(&text), key("station1").cosign(&text, START)].map(Result::unwrap);
        put(&copy, "/log/checkpoint", Note::compose(&text, &lines).as_bytes());
        put(&copy, "/log/tile/entries/000", &log.files()["/log/tile/entries/000.p/2"]);
        let (code, said) = verify(dir.path(), "copy");
        assert!(code == Some(expected) && said.contains(says), "{size} {signer}: {code:?} {said}");
    }
}

/// Names and answers are shown as text, whatever a terminal would make of them.
#[test]
fn what_a_copy_says_is_shown_as_text() {
    let dir = tempfile::tempdir().expect("a directory");
    let copy = Log::begun("log1").write(dir.path().join("copy"));
    std::fs::write(copy.join("a\u{1b}[2J\u{202e}b"), "x").expect("a file");
    let (_, said) = verify(dir.path(), "copy");
    assert!(said.contains("unexpected: /a\\u{1b}[2J\\u{202e}b follows from no entry"), "{said}");
    let json = text(&outband(dir.path(), &["verify", "copy", "--json"]).stdout);
    assert!(json.contains("/a\\u001b[2J\\u202eb") && !json.contains('\u{202e}'), "{json}");
}
