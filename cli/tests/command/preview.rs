//! The page as it will be, before anything is signed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::compose::{Page, SIGN};
use crate::support::{changed, command, outband, text};

const QUICK: [&str; 5] = ["publish", "--quick", "Mail is down", "--affects", "mail=down"];

fn shown(page: &Page, words: &[&str]) -> String {
    let output = outband(page.path(), &page.words(&[&QUICK[..], words].concat()));
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn a_preview_as_text_needs_no_display_and_publishes_nothing() {
    let page = Page::new();
    let shown = shown(&page, &["--dry-run", "--preview=text"]);
    assert!(shown.contains("Preview of https://status.example.net/incidents/"), "{shown}");
    assert!(shown.contains("Outage: Mail is down\n"), "{shown}");
    assert!(shown.contains("Preview of https://status.example.net/: Outage: Mail is down."), "{shown}");
    assert!(page.good(&["status"]).contains("Open     nothing"), "nothing is published");
}

/// The words of a page, without the moment at which the station got the note.
fn words(html: &str) -> Vec<String> {
    let html = html.replace("<script src=\"/page.js\" defer></script>\n", "");
    let words = html.split('<').filter_map(|tag| Some(tag.split_once('>')?.1.to_owned()));
    words.filter(|words| !(words.starts_with("20") && words.ends_with('Z'))).collect()
}

#[test]
fn a_preview_is_the_page_that_readers_get() {
    let page = Page::new();
    // A browser that keeps what it is given.
    let bin = page.path().join("bin");
    fs::create_dir(&bin).expect("a folder");
    fs::write(bin.join("xdg-open"), "#!/bin/sh\ncp -r \"${1%/*}\" opened\n").expect("a script");
    fs::set_permissions(bin.join("xdg-open"), fs::Permissions::from_mode(0o755)).expect("executable");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("a path"));
    let arguments = page.words(&[&QUICK[..], &["--preview", "--yes"]].concat());
    let output = command(page.path(), &arguments)
        .env("PATH", path)
        .env("DISPLAY", ":99")
        .output()
        .expect("the command starts");
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success() && stderr.contains("Preview, opened in the browser: "), "{stderr}");
    let url = stdout.lines().find_map(|line| line.strip_prefix("READERS SEE IT: ")).expect("a page");
    let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
    let served = |url: &str| agent.get(url).call().expect("it").body_mut().read_to_string().expect("text");
    for (file, url) in [("update.html", url), ("index.html", &page.server.url)] {
        let previewed = fs::read_to_string(page.path().join("opened").join(file)).expect(file);
        assert_eq!(words(&previewed), words(&served(url)), "{file}");
        assert!(!previewed.contains("href=\"/") && !previewed.contains("page.js"), "{file}");
    }
}

#[test]
fn a_preview_can_be_asked_for_at_the_last_question() {
    let page = Page::new();
    let look = ("Sign and send?", "p");
    let (done, shown) =
        page.at_a_terminal(&QUICK, &[look, ("Outage: Mail is down. Investigating", ""), SIGN]);
    assert!(
        done && shown.contains("which no browser could open") && shown.contains("READERS SEE IT:"),
        "{shown}"
    );
    let (done, shown) = page
        .at_a_terminal(&QUICK, &[look, ("Outage: Mail is down. Investigating", ""), ("Sign and send?", "n")]);
    assert!(
        !done && shown.contains("cancelled") && shown.ends_with("Nothing was signed or sent.\n"),
        "{shown}"
    );
}

#[test]
fn what_cannot_be_previewed_is_said_and_does_not_stop_anything() {
    let page = Page::new();
    let dead = ["--dir", "status.example.net", "--to", "http://127.0.0.1:1", "--dry-run", "--preview=text"];
    let output = outband(page.path(), &[&QUICK[..], &dead].concat());
    let said = text(&output.stderr);
    assert!(
        output.status.success()
            && said.contains("the page cannot be previewed: no endpoint shows the page now"),
        "{said}"
    );
    let hiding =
        changed(
            &page.server.url,
            |path, _, body| {
                if path == "/data/watch.json" { (404, Vec::new()) } else { (0, body) }
            },
        );
    let words = ["--dir", "status.example.net", "--to", &hiding, "--dry-run", "--preview=text"];
    let output = outband(page.path(), &[&QUICK[..], &words].concat());
    let said = text(&output.stderr);
    assert!(
        said.contains("/data/watch.json is missing or damaged") && !said.contains("Preview of"),
        "{said}"
    );
}

#[test]
fn updates_and_drills_are_previewed_too() {
    let page = Page::new();
    page.open("mail", "Mail is down");
    let words = ["resolve", "--title", "Mail works", "--dry-run", "--preview=text"];
    let output = outband(page.path(), &page.words(&words));
    let said = text(&output.stderr);
    assert!(said.contains("incidents/mail") && said.contains("Resolved"), "{said}");
    assert!(said.contains("Preview of https://status.example.net/: No known"), "{said}");
    let drill = shown(&page, &["--drill", "--dry-run", "--preview=text"]);
    assert!(drill.contains("Preview of https://status.example.net/drill/"), "{drill}");
    assert!(!drill.contains("Preview of https://status.example.net/:"), "the index shows no drill: {drill}");
}
