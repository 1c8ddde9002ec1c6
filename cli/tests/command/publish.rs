//! Publishing.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use outband_keys::VerifierKey;

use crate::support::{BIN, Server, bad, found, good, outband, publish, set_up, text};
use crate::terminal::at_a_terminal;

#[test]
fn from_nothing_to_a_verified_page() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    let url = server.url.clone();
    let (roster, site) = ("status.example.net/roster-1.note", "status.example.net/site-1.note");
    let early = bad(dir, &["send", "--to", &url, site]);
    assert!(
        early.contains("urn:outband:problem:not-set-up") && early.contains("Nothing was stored"),
        "{early}"
    );
    good(dir, &["send", "--to", &url, roster, site]);
    assert!(
        good(dir, &["send", "--to", &url, roster]).contains("Accepted (entry 0)"),
        "sent twice, stored once"
    );

    let publish = ["publish", "--dir", "status.example.net", "--to", &url];
    let nobody = bad(dir, &[&publish[..], &["--quick", "No mail arrives"]].concat());
    assert!(
        nobody.contains("nobody can confirm") && nobody.ends_with("Nothing was signed or sent.\n"),
        "{nobody}"
    );
    let with_dead =
        ["--to", "http://127.0.0.1:1", "--quick", "No mail arrives", "--affects", "mail=outage", "--yes"];
    let logged = good(dir, &[&publish[..], &with_dead].concat());
    assert!(logged.contains("Published (entry 2) at 1 of 2 endpoints: http"), "{logged}");
    assert!(logged.contains("\nREADERS SEE IT: http"), "{logged}");
    let last = logged.lines().last().expect("a line");
    assert!(last.starts_with("You promised the next update by ") && last.contains(" update 20"), "{last}");
    let refused = bad(
        dir,
        &[&publish[..], &["--quick", "Voice is down", "--affects", "voice=outage", "--yes"]].concat(),
    );
    assert!(
        refused.contains("the site has no component \"voice\"\n")
            && refused.ends_with("Nothing was signed or sent.\n"),
        "{refused}"
    );

    let bob = dir.join("bob.pub");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@laptop\n";
    std::fs::write(&bob, key).expect("a file");
    let roster = ["--dir", "status.example.net", "--to", &url, "--yes"];
    good(dir, &[&["roster", "add", "--person", "bob", "--key", "bob.pub"][..], &roster].concat());
    let again = bad(dir, &[&["roster", "add", "--person", "bob", "--key", "bob.pub"][..], &roster].concat());
    assert!(again.contains("is already enrolled"), "{again}");
    // A phone's line, as a chat breaks it, with the words that the phone shows.
    let vector = include_str!("../../../keys/tests/vectors/verifier-ssh-passkey.txt");
    let line = vector.trim_end().rsplit('\n').next().expect("a key");
    let phone = outband(dir, &[&["roster", "add", &line.replacen(' ', "\n", 2)][..], &roster].concat());
    let (said, key) = (text(&phone.stderr), line.parse::<VerifierKey>().expect("a key"));
    assert!(phone.status.success() && said.contains(&key.fingerprint_words()), "{said}");
    let listed = good(dir, &["roster", "list", "--dir", "status.example.net", "--to", &url]);
    assert!(listed.contains(&format!("{}, passkey\n", key.name())), "{listed}");
    good(dir, &[&["roster", "remove", "status.example.net/bob/ssh"][..], &roster].concat());

    let redact = |entry, reason| [&["redact", entry, "--reason", reason][..], &roster].concat();
    let error = bad(dir, &redact("1", "named a customer"));
    assert!(error.contains("entry 1 is a site note; only updates can be redacted"), "{error}");
    let error = bad(dir, &redact("9", "named a customer"));
    assert!(
        error.contains("the log has no entry 9; it has 6 entries\nNothing was signed or sent.\n"),
        "{error}"
    );
    let store = dir.join("status.example.net/outband.sqlite");
    let holds = |words: &str| {
        let files =
            ["", "-wal"].map(|end| std::fs::read(format!("{}{end}", store.display())).unwrap_or_default());
        files.iter().any(|bytes| bytes.windows(words.len()).any(|window| window == words.as_bytes()))
    };
    assert!(holds("No mail arrives"));
    good(dir, &redact("2", "named a customer"));
    assert!(!holds("No mail arrives"), "it is still in free space of the store");
    let error = bad(dir, &redact("2", "named a customer"));
    assert!(error.contains("entry 2 was already redacted"), "{error}");
    let logged = good(dir, &["verify", &url]);
    assert!(logged.contains("redacted: named a customer (entry 2, by entry 6)"), "{logged}");

    assert!(good(dir, &["verify", &url]).contains("verified: all"));
    server.stop();
    let server = Server::start(dir);
    let logged = good(dir, &["verify", &server.url, "--json"]);
    assert!(
        logged.contains("\"entries\":7") && logged.contains("\"proven\":true"),
        "after a restart: {logged}"
    );
    let root_of = |dir: &Path| {
        let settings =
            std::fs::read_to_string(dir.join("status.example.net/outband.toml")).expect("settings");
        let line =
            settings.lines().find_map(|line| line.strip_prefix("root-keys = [\"")?.strip_suffix("\"]"));
        line.expect("a root key").to_owned()
    };
    good(dir, &["verify", &server.url, "--root", &root_of(dir)]);
    let other = set_up();
    let error = bad(dir, &["verify", &server.url, "--root", &root_of(other.path())]);
    assert!(error.contains("FAILED verification: entry 0: roster 1 names other roots"), "{error}");
}

#[test]
fn a_note_signed_here_can_be_sent_from_elsewhere() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let update = "outband update v1\norigin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:10:00Z\nincident: mail\nphase: notice\ntitle: Signed here, sent from elsewhere\n";
    std::fs::write(dir.join("update.txt"), update).expect("a file");
    std::fs::write(dir.join("wrong.txt"), update.replace("phase: notice", "phase: solved")).expect("a file");
    let error = bad(dir, &["sign", "wrong.txt", "--dir", "status.example.net"]);
    assert!(
        error.contains("no station would accept wrong.txt")
            && error.contains("\"phase\" has the value \"solved\"")
            && error.ends_with("Nothing was signed.\n"),
        "{error}"
    );
    // A file is easily sent for a signature that is not what it is called.
    let roster = std::fs::read_to_string(dir.join("status.example.net/roster-1.note")).expect("a roster");
    let (roster, _) = roster.split_once("\n\n").expect("signatures");
    std::fs::write(dir.join("second.txt"), format!("{roster}\n")).expect("a file");
    let error = bad(dir, &["sign", "second.txt", "--dir", "status.example.net"]);
    assert!(error.contains("a roster note") && error.contains("name the key that is to sign it"), "{error}");
    let root = "status.example.net/keys/root.key";
    good(dir, &["sign", "second.txt", "--key", root, "-o", "second.note"]);
    good(dir, &["sign", "update.txt", "--dir", "status.example.net", "-o", "update.note"]);
    #[cfg(unix)]
    for note in ["update.note", "second.note"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(dir.join(note)).expect(note).permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{note}: anyone who has it can send it");
    }
    let elsewhere = tempfile::tempdir().expect("a directory");
    std::fs::copy(dir.join("update.note"), elsewhere.path().join("update.note")).expect("carried");
    let logged = good(elsewhere.path(), &["send", "--to", &server.url, "update.note"]);
    assert!(logged.contains("Published (entry 2)"), "{logged}");
    let piped =
        format!("'{BIN}' sign - --dir status.example.net < update.txt | '{BIN}' send --to {} -", server.url);
    let piped = Command::new("sh").args(["-c", &piped]).current_dir(dir).output().expect("a shell");
    assert!(text(&piped.stdout).contains("Published (entry 2)"), "{}", text(&piped.stderr));
}

#[test]
fn an_update_is_composed_by_questions_at_a_terminal() {
    let dir = set_up();
    let publish = ["publish", "--dir", "status.example.net", "--to", "http://127.0.0.1:1", "--dry-run"];
    let answers = [
        ("What is this about?", "\r"),
        ("What can't users do?", "Mail is down\r"),
        ("What stage is it at?", "\r"),
        ("Whose fault is it?", "\r"),
        ("in the meantime?", "Use the phone\r"),
        ("expect a fix?", "2h possible\r"),
        ("the next update?", "45m\r"),
        ("Anything else?", "We look.\r"),
    ];
    let (done, shown) = at_a_terminal(dir.path(), &publish, &answers);
    assert!(done.success(), "{shown}");
    let draft = shown.split("Draft, not signed:").nth(1).expect(&shown);
    for line in
        ["phase: investigating\n", "title: Mail is down\n", "fault: unknown\n", "workaround: Use the phone\n"]
    {
        assert!(draft.contains(line), "{line:?} is missing from {draft}");
    }
    assert!(draft.contains("\nnext-update: ") && draft.contains(" possible\n"), "{draft}");
    assert!(draft.contains("\n\nWe look.\n"), "{draft}");
}

/// A server that sends this response to every request.
fn says(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0; 16 << 10];
            let length = stream.read(&mut request).expect("a request");
            // The note may arrive in a separate packet.
            if request.starts_with(b"POST") && request[..length].ends_with(b"\r\n\r\n") {
                let _ = stream.read(&mut request);
            }
            stream.write_all(answer.as_bytes()).expect("answered");
        }
    });
    url
}

const QUICK: [&str; 4] = ["--quick", "Mail is down", "--affects", "mail=outage"];

/// Publishing again when the note may already be in the log would duplicate it.
#[test]
fn a_note_without_an_answer_is_sent_again_not_published_again() {
    let dir = set_up();
    let url = says(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 3600\r\nconnection: close\r\ncontent-length: 128\r\n\r\n{\"type\":\"urn:outband:problem:no-answer\",\"title\":\"no answer\",\"status\":503,\"detail\":\"Whether it took what was sent is not known.\"}",
    );
    let output = publish(dir.path(), &url, &QUICK);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains("not accepted right now: no answer (503"), "{error}");
    assert!(error.contains("Don't publish it again") && !error.contains("and publish again"), "{error}");
    let command = error.lines().find_map(|line| line.trim().strip_prefix(BIN)).expect(&error);
    let words: Vec<&str> = command.split_whitespace().collect();
    let ["send", note, "--to", to, "--dir", "status.example.net"] = words.as_slice() else {
        panic!("{command}")
    };
    assert_eq!(*to, url);

    let server = Server::start(dir.path());
    found(dir.path(), &server.url);
    assert!(good(dir.path(), &["send", "--to", &server.url, note]).contains("Published (entry 2)"));
}

/// The incident's current title comes from a server that may lie, and nobody would review it before it is signed.
#[test]
fn values_from_a_server_are_not_signed_unseen() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let first = [&QUICK[..], &["--incident", "mail", "--new"]].concat();
    assert!(publish(dir, &server.url, &first).status.success());
    for (given, missing) in [
        (["--phase", "identified"], "--title must be given"),
        (["--title", "Mail is slow"], "--phase must be given"),
    ] {
        let output = publish(dir, &server.url, &[&["--incident", "mail"][..], &given].concat());
        let error = text(&output.stderr);
        assert!(error.contains(missing) && error.contains("Nothing was signed or sent"), "{error}");
        assert_eq!(output.status.code(), Some(1));
    }
    let whole = ["--incident", "mail", "--phase", "resolved", "--title", "Mail works"];
    assert!(publish(dir, &server.url, &whole).status.success());
}

#[test]
fn a_file_is_published_and_a_dry_run_is_not() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    std::fs::write(
        dir.join("update.txt"),
        "# for the night\ntitle: Mail is slow\naffects: mail degraded\n\nWe look.\n",
    )
    .expect("a file");
    let dry = publish(dir, &server.url, &["--file", "update.txt", "--dry-run"]);
    let shown = text(&dry.stderr);
    assert!(dry.status.success() && shown.contains("title: Mail is slow\n"), "{shown}");
    assert!(shown.starts_with("Draft, not signed:\n"), "{shown}");
    assert!(shown.contains("\n\nWe look.\n") && !shown.contains("for the night"), "{shown}");
    assert!(!dir.join("status.example.net/notes").exists(), "a dry run saves no note");
    let output = publish(dir, &server.url, &["--file", "update.txt"]);
    assert!(text(&output.stdout).contains("Published (entry 2)"), "{}", text(&output.stderr));
    let page = text(&outband(dir, &["verify", &server.url]).stdout);
    assert!(page.contains("log: 3 entries"), "the dry run published nothing: {page}");
}

#[test]
fn a_roster_is_not_signed_with_a_key_that_is_no_root() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let add = [
        "roster",
        "add",
        "--person",
        "bob",
        "--key",
        key,
        "--dir",
        "status.example.net",
        "--yes",
        "--to",
        &server.url,
    ];
    let error = bad(dir, &[&add[..], &["--root-key", "status.example.net/keys/operator.key"]].concat());
    assert!(error.contains("alice/laptop is none of the keys that may sign this"), "{error}");
    assert!(error.ends_with("Nothing was signed or sent.\n"), "{error}");
    good(dir, &add);
}
