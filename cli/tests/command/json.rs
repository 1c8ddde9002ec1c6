//! What scripts read: every outcome is one JSON document, errors too.

use serde_json::{Value, json};

use crate::compose::Page;
use crate::support::{changed, outband, set_up, text};

/// The exit code, and the document.
fn run(page: &Page, words: &[&str]) -> (i32, Value) {
    let output = outband(page.path(), words);
    let printed = text(&output.stdout);
    let document = serde_json::from_str(&printed).expect(&printed);
    (output.status.code().expect("a code"), document)
}

#[test]
fn an_error_before_anything_is_sent_is_a_document() {
    let dir = set_up();
    let page = |words: &[&str]| {
        let output = outband(dir.path(), words);
        let document: Value = serde_json::from_str(&text(&output.stdout)).expect("JSON");
        assert_eq!(output.status.code(), Some(if words[0] == "verify" { 2 } else { 1 }), "{words:?}");
        assert!(!text(&output.stderr).is_empty(), "people are told too");
        document
    };
    for words in [
        &[
            "publish",
            "--quick",
            "Mail",
            "--affects",
            "mail",
            "--dir",
            "status.example.net",
            "--to",
            "http://127.0.0.1:1",
            "--yes",
            "--json",
        ][..],
        &["publish", "--quick", "Mail", "--dir", "nowhere", "--yes", "--json"],
        &["resolve", "--dir", "status.example.net", "--to", "http://127.0.0.1:1", "--yes", "--json"],
        &["send", "--dir", "status.example.net", "--to", "http://127.0.0.1:1", "none.note", "--json"],
        &["sign", "none.txt", "--dir", "status.example.net", "--json"],
        &[
            "redact",
            "1",
            "--reason",
            "x",
            "--dir",
            "status.example.net",
            "--to",
            "http://127.0.0.1:1",
            "--yes",
            "--json",
        ],
        &["backup", "--dir", "nowhere", "copy", "--json"],
        &["restore", "nowhere", "--dir", "status.example.net", "--json"],
        &["verify", "nowhere", "--json"],
        &["key", "export", "none.key", "--json"],
        &["key", "list", "--dir", "nowhere", "--json"],
        &["key", "new", "bob.key", "--person", "Bob B", "--dir", "status.example.net", "--json"],
        &["status", "--dir", "nowhere", "--json"],
        &["doctor", "--dir", "nowhere", "--json"],
    ] {
        let document = page(words);
        assert!(document["error"].as_str().is_some_and(|error| !error.is_empty()), "{words:?}: {document}");
        assert_eq!(document["may_be_in_log"], false, "{words:?}: {document}");
    }
}

#[test]
fn a_station_that_is_busy_has_not_stored_the_note() {
    let page = Page::new();
    let answer = |kind: &str| {
        json!({"type": format!("urn:outband:problem:{kind}"), "title": "t", "status": 503, "detail": "d"})
            .to_string()
    };
    for (kind, may_be) in [("behind", false), ("no-answer", true)] {
        let answer = answer(kind);
        let url = changed(&page.server.url, move |path, _, body| {
            if path == "/notes" { (503, answer.clone().into_bytes()) } else { (0, body) }
        });
        let words =
            ["publish", "--dir", "status.example.net", "--to", &url, "--quick", "Mail", "--yes", "--json"];
        let (code, document) = run(&page, &words);
        assert_eq!((code, &document["may_be_in_log"]), (1, &may_be.into()), "{kind}: {document}");
        let endpoint = &document["endpoints"][0];
        assert_eq!((&endpoint["may_be_in_log"], &endpoint["send_again"]), (&may_be.into(), &true.into()));
        let note = document["note"].as_str().expect("where the note is");
        assert!(note.contains("/unsent/"), "it can be sent later: {document}");
        let says = if may_be { "we don't know" } else { "it was not accepted, but may be later" };
        assert!(document["error"].as_str().expect("an error").contains(says), "{document}");
    }
}

#[test]
fn what_succeeded_is_a_document() {
    let page = Page::new();
    let json = |words: &[&str]| {
        let (code, document) = run(&page, words);
        assert!(code == 0 && document.get("error").is_none(), "{words:?}: {document}");
        document
    };
    let url = page.server.url.as_str();
    let to = ["--dir", "status.example.net", "--to", url, "--json"];
    let sent = json(&[&["publish", "--quick", "Mail", "--yes"][..], &to].concat());
    assert_eq!((&sent["accepted"], &sent["endpoints"][0]["index"]), (&true.into(), &2.into()));
    let note = sent["note"].as_str().expect("a file").to_owned();
    let again = json(&[&["send", &note][..], &to].concat());
    assert_eq!((&again["accepted"], &again["note"]), (&true.into(), &note.clone().into()));
    let redacted = json(&[&["redact", "2", "--reason", "named a customer", "--yes"][..], &to].concat());
    assert_eq!(redacted["endpoints"][0]["index"], 3);
    let new = ["key", "new", "bob.key", "--person", "bob", "--dir", "status.example.net", "--no-passphrase"];
    let key = json(&[&new[..], &["--json"]].concat());
    assert_eq!(json(&["key", "export", "bob.key", "--json"]), key);
    let text = "outband update v1\norigin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:00:00Z\nincident: mail\nphase: resolved\ntitle: Mail works\n";
    std::fs::write(page.path().join("update.txt"), text).expect("a file");
    let signed = json(&["sign", "update.txt", "--dir", "status.example.net", "--json"]);
    assert_eq!((&signed["kind"], &signed["file"]), (&"update".into(), &Value::Null));
    assert!(signed["note"].as_str().expect("a note").starts_with(text));
    let backup = json(&["backup", "--dir", "status.example.net", "copy", "--json"]);
    assert_eq!((&backup["entries"], &backup["file"]), (&4.into(), &"copy/outband.sqlite".into()));
}
