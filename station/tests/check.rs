//! `POST /notes/check`: a text before it is signed.

use outband_record::text::Phase;
use outband_station::{Enrolled, Request};
use serde_json::{Value as Json, json};

use crate::harness::{Harness, OPERATORS, Reply};
use crate::texts::{START, by_alice, roster, update};

fn request(text: &[u8], accept: &str) -> Request {
    let headers = vec![("accept".to_owned(), accept.to_owned())];
    Request { method: "POST".into(), path: "/notes/check".into(), headers, body: text.into() }
}

/// The answer of the host that owns the store. The one of the host that screens requests must be the same.
fn check(harness: &mut Harness, text: &[u8], accept: &str) -> Reply {
    let before = harness.dump();
    let request = request(text, accept);
    let enrolled = Enrolled::read(&harness.store).unwrap();
    let screened = harness.station.screen(&enrolled, &request).err().unwrap();
    let handled = harness.station.handle(&mut harness.store, &request, harness.now);
    assert_eq!(handled.response, screened.response);
    assert_eq!((handled.outcome, screened.outcome, handled.due), (None, None, None));
    assert_eq!(harness.dump(), before);
    Reply(handled.response)
}

#[test]
fn the_answer_is_ready_to_be_signed() {
    let text = update(1, START, "core", Phase::Investigating).print();
    let typed =
        text.replace("origin: status.example.net\n", "").replace('\n', "\r\n").replace("phase: ", "Phase:");
    for mut harness in [Harness::set_up(), Harness::empty()] {
        let reply = check(&mut harness, typed.as_bytes(), "*/*");
        assert_eq!((reply.status(), reply.text()), (200, text.clone()));
        assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
        let done = [
            "changed line ends to plain newlines",
            "wrote names in lower case and a colon and a space after them",
            "added the origin line",
        ];
        assert_eq!(reply.header("tidied"), Some(done.join("; ").as_str()));

        let reply = check(&mut harness, typed.as_bytes(), "application/json");
        let lines = [json!([]), json!([5]), json!([])];
        let tidied: Vec<_> =
            done.iter().zip(lines).map(|(what, lines)| json!({"what": what, "lines": lines})).collect();
        assert_eq!(reply.json(), json!({"text": text, "tidied": tidied}));
        assert_eq!(check(&mut harness, text.as_bytes(), "").header("tidied"), None);
    }
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&text));
    let reply = harness.ask("GET", "/notes/check", &[]);
    assert_eq!((reply.status(), reply.header("allow")), (405, Some("POST")));
}

#[test]
fn all_problems_are_in_one_answer() {
    let text = update(1, START, "core", Phase::Investigating).print();
    let typed = text
        .replace("origin: status.example.net", "origin: status.example.org")
        .replace("phase: investigating", "phase: broken")
        .replace("title: investigating of core\n", "colour: red\n");
    let reply = check(&mut Harness::set_up(), typed.as_bytes(), "application/json");
    let document = reply.json();
    assert_eq!((reply.status(), reply.problem().as_str()), (400, "bad-text"));
    let found: Vec<_> = document["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            assert!(error["detail"].is_string() && error["expected"].is_string(), "{error}");
            let kind = error["type"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
            (kind, error["line"].as_u64(), error["header"].clone(), error["value"].clone())
        })
        .collect();
    let expected = [
        ("wrong-origin", Some(2), json!("origin"), json!("status.example.org")),
        ("bad-value", Some(6), json!("phase"), json!("broken")),
        ("unknown-header", Some(7), json!("colour"), json!("colour")),
        ("missing-line", None, json!("title"), Json::Null),
    ];
    assert_eq!(found, expected.map(|(kind, line, header, value)| (kind.to_owned(), line, header, value)));
    let detail = document["detail"].as_str().unwrap();
    assert!(
        detail.contains("line 6: \"phase\" has the value") && detail.ends_with("Nothing was stored."),
        "{detail}"
    );
}

#[test]
fn what_is_not_checked_says_why() {
    let mut harness = Harness::set_up();
    let text = update(1, START, "core", Phase::Investigating).print();
    let secret = format!("{text}\n{}\n", crate::texts::key("alice/phone").encode().as_str());
    for (typed, problem, says) in [
        (secret, "bad-text", "contains a secret key"),
        (roster(2, &OPERATORS).print(), "bad-text", "`outband roster` writes them"),
        (
            text.replace('\n', ""),
            "damaged",
            "`curl --data-binary @note.txt https://status.example.net/notes/check`",
        ),
        (text.repeat(100), "too-large", "at most 16384"),
    ] {
        let reply = check(&mut harness, typed.as_bytes(), "");
        assert_eq!(reply.problem(), problem, "{}", reply.text());
        assert!(reply.text().contains(says) && !reply.text().contains("PRIVATE"), "{}", reply.text());
    }
}
