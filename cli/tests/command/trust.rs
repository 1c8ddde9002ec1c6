//! Stations that lie to their operators.

use std::path::Path;

use outband_keys::{Note, SecretKey};

use crate::support::{KNOWN, Server, bad, changed, found, good, liar, publish, respond, set_up, text};

const QUICK: [&str; 5] = ["--quick", "Mail is down", "--affects", "mail=outage", "--phase=investigating"];

/// A receipt for the text of `note` by this key, in an answer that also names a page of its own.
fn answer(key: &SecretKey, note: &str) -> Vec<u8> {
    let note = Note::parse(note.as_bytes()).expect("a note");
    let receipt = key.receipt(note.text(), 1_378_206_000).expect("a receipt").to_string();
    let answer =
        serde_json::json!({"index": 7, "receipt": receipt, "page": "/elsewhere", "entry": "/elsewhere"});
    answer.to_string().into_bytes()
}

fn station_key(dir: &Path) -> SecretKey {
    let text = std::fs::read_to_string(dir.join("status.example.net/keys/station.key")).expect("a key");
    SecretKey::parse(text.trim()).expect("a key")
}

#[test]
fn without_a_valid_receipt_a_note_was_not_accepted() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let stranger = set_up();
    let (own, other) = (station_key(dir), station_key(stranger.path()));
    let other_text = text(&std::fs::read(dir.join("status.example.net/site-1.note")).expect("a note"));
    let other_roster = stranger.path().join("status.example.net/roster-1.note");
    let other_roster = std::fs::read(other_roster).expect("a note");
    type Lie = Box<dyn Fn(&str) -> Vec<u8> + Send + Sync>;
    let cases: [(&str, Lie, &str); 4] = [
        ("none", Box::new(|_| b"{\"index\":7}".to_vec()), "the answer has no receipt"),
        (
            "nonsense",
            Box::new(|_| b"{\"index\":7,\"receipt\":\"x\"}".to_vec()),
            "a signature line begins with",
        ),
        ("a stranger's", Box::new(move |note| answer(&other, note)), "is not a valid one of a station"),
        ("another text's", Box::new(move |_| answer(&own, &other_text)), "is not a valid one of a station"),
    ];
    for (what, lie, says) in cases {
        let roster = other_roster.clone();
        let url = changed(&server.url, move |path, note, body| match path {
            "/notes" => (201, lie(note)),
            "/log/0.note" => (200, roster.clone()),
            _ => (0, body),
        });
        let output = publish(dir, &url, &QUICK);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {said}");
        assert!(
            said.contains("it says that it accepted the note, but ") && said.contains(says),
            "{what}: {said}"
        );
        assert!(
            said.contains("Don't publish it again") && said.contains("send the same note again"),
            "{what}: {said}"
        );
        assert!(!text(&output.stdout).contains("Published"), "{what}");
    }
}

#[test]
fn a_receipt_is_kept_and_addresses_follow_from_the_note() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let key = station_key(dir);
    let url = changed(
        &server.url,
        move |path, note, body| {
            if path == "/notes" { (201, answer(&key, note)) } else { (0, body) }
        },
    );
    let output = publish(dir, &url, &[&QUICK[..], &["--incident", "mail", "--new", "--drill"]].concat());
    let said = text(&output.stdout);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(said.contains(&format!("READERS SEE IT: {url}/drill/mail\n")), "{said}");
    let notes = dir.join("status.example.net/notes/sent");
    let kept = |ending: &str| {
        let mut entries =
            std::fs::read_dir(&notes).expect("notes").map(|entry| entry.expect("a name").path());
        let path = entries.find(|path| path.extension().is_some_and(|found| found == ending));
        std::fs::read_to_string(path.expect(ending)).expect("a file")
    };
    let (note, receipt) = (kept("note"), kept("receipt"));
    let note = Note::parse(note.as_bytes()).expect("a note");
    let line = receipt.trim_end().parse().expect("one signature line");
    assert!(station_key(dir).verifier().verify_receipt(note.text(), &line).is_ok());
}

/// A roster that replaces the first one may list other stations: then the log says so.
#[test]
fn a_receipt_is_checked_with_the_roster_in_force() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    let url = changed(
        &server.url,
        |path, _, body| {
            if path == "/log/0.note" { (404, Vec::new()) } else { (0, body) }
        },
    );
    let output = publish(dir, &url, &QUICK);
    assert!(output.status.success(), "the whole log shows it: {}", text(&output.stderr));
    let url = changed(&server.url, |path, _, body| {
        if path.starts_with("/log/") && path != "/log/checkpoint" { (404, Vec::new()) } else { (0, body) }
    });
    let output = publish(dir, &url, &QUICK);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && said.contains("its receipt cannot be checked"), "{said}");
}

#[test]
fn what_a_station_says_is_shown_as_text() {
    let dir = set_up();
    let dir = dir.path();
    let evil = "\u{1b}]0;owned\u{7}\u{202e}ok\u{200b}\nVerified";
    let problem = serde_json::json!({"type": evil, "title": evil, "status": 400, "detail": evil, "value": evil, "expected": evil, "line": 1});
    let url = liar(move |_, stream| respond(stream, 400, problem.to_string().as_bytes()));
    let update = "outband update v1\norigin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:10:00Z\nincident: mail\nphase: notice\ntitle: Mail\n";
    std::fs::write(dir.join("update.txt"), update).expect("a file");
    good(dir, &["sign", "update.txt", "--dir", "status.example.net", "-o", "update.note"]);
    let accepted = serde_json::json!({"index": 7, "remark": evil});
    let friend = liar(move |_, stream| respond(stream, 201, accepted.to_string().as_bytes()));
    let refused = bad(dir, &["send", "update.note", "--to", &url]);
    let json = good(dir, &["send", "update.note", "--to", &friend, "--json"]);
    for said in [refused, good(dir, &["send", "update.note", "--to", &friend])] {
        assert!(said.contains("\\u{1b}]0;owned\\u{7}\\u{202e}ok\\u{200b}\\u{a}Verified"), "{said}");
        let shown = |c: char| c == '\n' || !c.is_control() && !['\u{202e}', '\u{200b}'].contains(&c);
        assert!(said.chars().all(shown), "{said:?}");
    }
    assert!(json.contains("\\u001b]0;owned\\u0007\\u202eok\\u200b\\nVerified"), "{json}");
}

/// The lines of the draft that `publish` shows, and its warnings.
fn draft(dir: &Path, url: &str) -> String {
    let output = publish(dir, url, &[&QUICK[..], &["--dry-run"]].concat());
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn an_update_refers_to_the_newest_checkpoint_that_was_verified() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    assert!(draft(dir, &server.url).contains("\nseen: 2 "));
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let get = |url: &str| agent.get(url).call().expect("an answer").body_mut().read_to_vec().expect("a body");
    let early = get(&format!("{}/log/checkpoint", server.url));
    assert!(publish(dir, &server.url, &QUICK).status.success());
    let newest = draft(dir, &server.url);
    let seen = newest.lines().find(|line| line.starts_with("seen: 3 ")).expect(&newest);
    assert!(!newest.contains("warning:"), "{newest}");
    let known = std::fs::read(dir.join(KNOWN)).expect("the file");

    let rollback = changed(&server.url, move |path, _, body| {
        (0, if path == "/log/checkpoint" { early.clone() } else { body })
    });
    let other = set_up();
    let stranger = Server::start(other.path());
    found(other.path(), &stranger.url);
    let fork = forked(dir);
    for (url, says) in [
        (&rollback, "DO NOT TRUST http://127.0.0.1"),
        (&rollback, "rollback: this log has 2 entries, the one verified earlier has 3"),
        (&fork.url, "split view: this log has 3 entries, like the one verified earlier"),
        (&stranger.url, "the server's log is not signed by your page's key"),
        (&"http://127.0.0.1:1".to_owned(), "could not reach"),
    ] {
        let said = draft(dir, url);
        assert!(said.contains("warning:") && said.contains(says), "{url}: {said}");
        assert!(said.contains(&format!("\n{seen}\n")), "{url}: {said}");
        assert_eq!(std::fs::read(dir.join(KNOWN)).expect("the file"), known, "{url}");
    }
    let names = std::fs::read_dir(dir).expect("names").map(|entry| entry.expect("a name").file_name());
    let evidence = names.filter(|name| name.to_string_lossy().contains(".evidence-3-")).count();
    assert_eq!(evidence, 2, "of the rollback and of the fork");

    // The words still get out; the station itself has the log that was seen.
    let output = publish(dir, &rollback, &QUICK);
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("DO NOT TRUST"), "{said}");

    let hides =
        changed(
            &server.url,
            |path, _, body| {
                if path.starts_with("/log/tile/") { (404, Vec::new()) } else { (0, body) }
            },
        );
    let said = draft(dir, &hides);
    assert!(said.contains("cannot be compared with the one verified earlier"), "{said}");
    assert!(said.contains(&format!("\n{seen}\n")), "{said}");
    assert!(draft(dir, &server.url).contains("\nseen: 4 "));
    let error = bad(
        dir,
        &["redact", "2", "--reason", "x", "--dir", "status.example.net", "--to", &rollback, "--yes"],
    );
    assert!(error.contains("the log could not be verified"), "{error}");
    let error = bad(
        dir,
        &["redact", "2", "--reason", "x", "--dir", "status.example.net", "--to", &fork.url, "--yes"],
    );
    assert!(error.contains("rollback") && error.contains("move "), "{error}");
}

/// A second host with the same keys and another history of three entries.
fn forked(dir: &Path) -> Server {
    let twin = dir.join("twin");
    let copied =
        std::process::Command::new("cp").arg("-r").arg(dir.join("status.example.net")).arg(&twin).status();
    assert!(copied.expect("cp").success());
    for entry in std::fs::read_dir(&twin).expect("names") {
        let path = entry.expect("a name").path();
        if path.to_string_lossy().contains("outband.sqlite") {
            std::fs::remove_file(path).expect("removed");
        }
    }
    let place = tempfile::tempdir_in(dir).expect("a directory").keep();
    std::fs::rename(twin, place.join("status.example.net")).expect("moved");
    let server = Server::start(&place);
    found(&place, &server.url);
    let output = publish(&place, &server.url, &["--quick", "All is well", "--affects", "mail=operational"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    server
}
