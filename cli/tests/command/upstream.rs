//! An update that begins with what a supplier says on its own outband page.

use std::io::Write as _;

use crate::compose::{Page, SIGN};
use crate::support::{bad, changed, liar, outband, respond, text};

/// A supplier whose mail is down.
fn supplier() -> Page {
    let page = Page::new();
    page.good(&[
        "publish",
        "--incident",
        "core",
        "--new",
        "--title",
        "Our core network is down",
        "--affects",
        "mail=down",
        "--fault",
        "ours confirmed",
        "--next-update",
        "20m",
        "--body",
        "We replace a line card.\n\nNo mail is lost.",
        "--yes",
    ]);
    page
}

fn seen(page: &Page, url: &str, words: &[&str]) -> String {
    let words = [&["publish", "--from", url, "--dry-run"][..], words].concat();
    let output = outband(page.path(), &page.words(&words));
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn a_supplier_s_words_become_a_draft() {
    let (theirs, ours) = (supplier(), Page::new());
    for end in ["/incidents/core", "/data/incidents/core.json"] {
        let shown = seen(&ours, &format!("{}{end}", theirs.server.url), &[]);
        for line in [
            "whose page is not verified here",
            "phase: investigating\ntitle: Our core network is down\n",
            "affects: mail outage\n",
            "fault: upstream Example Mail confirmed\n",
            "\nstarted: ",
            "\n\nExample Mail wrote at ",
            "/incidents/core#u-",
            "\n\nWe replace a line card.\n\nNo mail is lost.\n",
            "Draft, not signed:",
        ] {
            assert!(shown.contains(line), "{line:?} is missing: {shown}");
        }
    }
    let shown = seen(&ours, &format!("{}/incidents/core", theirs.server.url), &["--title", "Mail is down"]);
    assert!(shown.contains("title: Mail is down\n"), "an option comes first: {shown}");
}

#[test]
fn nothing_of_a_supplier_is_signed_unread() {
    let (theirs, ours) = (supplier(), Page::new());
    let url = format!("{}/incidents/core", theirs.server.url);
    let output = outband(ours.path(), &ours.words(&["publish", "--from", &url, "--yes"]));
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let error = ours.bad(&["publish", "--from", &url]);
    assert!(
        error.contains("a person must read") && error.ends_with("Nothing was signed or sent.\n"),
        "{error}"
    );
    let enter = [
        "What can't users do?",
        "What stage",
        "What is affected?",
        "Mail is",
        "Whose fault",
        "meantime?",
        "expect a fix?",
        "next update?",
        "Anything else?",
    ];
    let answers: Vec<(&str, &str)> = enter.iter().map(|question| (*question, "\r")).chain([SIGN]).collect();
    let (done, shown) = ours.at_a_terminal(&["publish", "--from", &url], &answers);
    assert!(done && shown.contains("READERS SEE IT:"), "{shown}");
    assert!(
        shown.contains("\n\nWe replace a line card.\n\nNo mail is lost.\n"),
        "paragraphs are kept: {shown}"
    );
    assert!(shown.contains("fault: upstream Example Mail confirmed\n"), "{shown}");
}

#[test]
fn what_this_page_does_not_have_is_said() {
    let (theirs, ours) = (supplier(), Page::new());
    let renamed = changed(&ours.server.url, |path, _, body| {
        let body = String::from_utf8_lossy(&body).replace("component: mail Mail", "component: files Files");
        if path == "/data/site.json" { (200, body.into_bytes()) } else { (0, body.into_bytes()) }
    });
    let from = format!("{}/incidents/core", theirs.server.url);
    let words = ["publish", "--dir", "status.example.net", "--to", &renamed, "--from", &from, "--dry-run"];
    let shown = text(&outband(ours.path(), &words).stderr);
    assert!(shown.contains("it also says: Mail outage, which is no component of this page"), "{shown}");
    assert!(!shown.contains("\naffects: "), "{shown}");
}

#[test]
fn a_page_that_is_none_is_named_as_such() {
    let ours = Page::new();
    let liar = liar(|path, stream| match path {
        "/data/incidents/html.json" => respond(stream, 200, b"<!doctype html><title>\x1b[2J</title>"),
        "/data/incidents/broken.json" => respond(stream, 500, b"no"),
        "/data/incidents/endless.json" => {
            let _ = stream.write_all(b"HTTP/1.1 200 x\r\n\r\n");
            while stream.write_all(&[b'x'; 1 << 16]).is_ok() {}
        }
        _ => respond(stream, 404, b"nothing"),
    });
    for (end, says) in [
        ("/incidents/html", "is not what an outband page publishes"),
        ("/incidents/broken", "replied 500"),
        ("/incidents/endless", "is larger than"),
        ("/incidents/none", "has no incident none, or is no outband page"),
        ("/other/none", "is not the address of an incident on an outband page"),
    ] {
        let error = ours.bad(&["publish", "--from", &format!("{liar}{end}"), "--dry-run"]);
        assert!(error.contains(says) && !error.contains('\x1b'), "{end}: {error}");
        assert!(error.ends_with("Nothing was signed or sent.\n"), "{error}");
    }
    let dead = [
        "publish",
        "--from",
        "http://127.0.0.1:1/incidents/mail",
        "--dry-run",
        "--dir",
        "status.example.net",
        "--to",
        &ours.server.url,
    ];
    assert!(bad(ours.path(), &dead).contains("could not reach http://127.0.0.1:1"));
    let foreign = supplier();
    let swapped = changed(&foreign.server.url, |_, _, body| (0, body));
    let error = ours.bad(&[
        "publish",
        "--from",
        &format!("{swapped}/incidents/core#u-00000000000000000000000000000000"),
        "--dry-run",
    ]);
    assert!(error.contains("it has no update 00000000"), "{error}");
}
