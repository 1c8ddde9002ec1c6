//! The site in languages other than English: snapshots, and that no message is missing or unused.

#![allow(clippy::disallowed_methods, reason = "this reads the sources and the messages")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::samples;
use crate::samples::Stage;
use outband_site::feeds::Feeds;
use outband_site::pages;

fn stage(tag: &str) -> Stage {
    let sample = if tag == "ar" { samples::ARABIC } else { samples::GERMAN };
    Stage::at("2014-03-04T08:55:00Z", &[sample]).in_language(tag)
}

fn text(body: Vec<u8>) -> String {
    String::from_utf8(body).expect("UTF-8")
}

/// Index, incident page and plain text of a site.
fn site(stage: &Stage) -> [(&'static str, String); 3] {
    let (view, outlook, open) = (stage.view(), stage.outlook(), stage.open());
    let index = pages::index(&view, &outlook, &open, &[], &stage.uptime()).expect("rendered");
    let story =
        pages::incident(&view, &stage.incidents[0]).expect("rendered").expect("an incident with updates");
    let status = pages::status_txt(&view, &outlook, &open).expect("rendered");
    [("index", text(index.body)), ("incident", text(story.body)), ("status", text(status.body))]
}

fn without_style(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<style>") else { return page.to_owned() };
    format!("{before}<style></style>{}", rest.split_once("</style>").expect("its end").1)
}

#[test]
fn pages_match_their_snapshots_in_every_language() {
    for tag in ["de", "ar"] {
        for (name, page) in site(&stage(tag)) {
            insta::assert_snapshot!(format!("{name}-{tag}"), without_style(&page));
        }
        let logged = stage(tag);
        let [feed, ..] = Feeds::new(&logged.view()).updates(&logged.listed(), 0).expect("rendered");
        insta::assert_snapshot!(format!("atom-{tag}"), text(feed.body));
    }
}

#[test]
fn a_page_declares_its_language_and_direction() {
    for (tag, html) in [
        ("de", r#"<html lang="de" dir="ltr">"#),
        ("de-AT", r#"<html lang="de" dir="ltr">"#),
        ("ar", r#"<html lang="ar" dir="rtl">"#),
        ("tlh", r#"<html lang="en" dir="ltr">"#),
    ] {
        let [(_, index), (_, story), _] = site(&stage(tag));
        assert!(index.contains(html) && story.contains(html), "{tag}");
        // Updates in the page's language are not marked as foreign, other ones are.
        assert_eq!(story.contains(&format!(r#"lang="{tag}" dir="auto""#)), tag == "tlh", "{tag}");
        assert_eq!(story.contains(r#"<div class="words" lang="en">"#), tag != "tlh", "{tag}");
    }
}

/// A German page contains no English messages.
#[test]
fn no_english_is_left() {
    let stage = stage("de");
    let english = messages("en");
    let german: BTreeSet<String> = messages("de").into_values().collect();
    for (name, page) in site(&stage) {
        for (key, message) in &english {
            // Short ones may occur in other words, in names and in operators' text.
            if message.len() > 12 && !message.contains('{') && !german.contains(message) {
                assert!(!page.contains(message.as_str()), "{name}: {key} is in English");
            }
        }
    }
}

type Texts = std::collections::BTreeMap<String, String>;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn messages(tag: &str) -> Texts {
    let source = fs::read_to_string(folder("messages").join(format!("{tag}.txt"))).expect("a language");
    let lines = source.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
    lines.map(|(key, text)| (key.trim().to_owned(), text.trim().to_owned())).collect()
}

/// Every file under `folder`, with its content.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let source = fs::read_to_string(&path).expect("a source file");
            let file = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("within the crate");
            found.push((file.display().to_string(), source));
        }
    }
    found
}

fn is_key(word: &str) -> bool {
    let parts: Vec<_> = word.split('_').collect();
    parts.iter().all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase()))
}

/// The literals of Rust code that look like keys, and whether each is passed to a function that takes a key.
fn literals(source: &str) -> Vec<(&str, bool)> {
    let takes = ["text(", "fill(", "phrase("];
    let mut found = Vec::new();
    let mut before = String::new();
    for (place, piece) in source.split('"').enumerate() {
        if place % 2 == 1 && is_key(piece) {
            found.push((piece, takes.iter().any(|call| before.ends_with(call))));
        }
        before = piece.split_whitespace().collect();
    }
    found
}

/// The messages that a template shows.
fn shown(source: &str) -> impl Iterator<Item = &str> {
    source.split(r#"t.text(""#).skip(1).filter_map(|after| after.split('"').next())
}

#[test]
fn every_message_is_used_and_every_message_that_is_used_exists() {
    let messages = messages("en");
    let exists = |key: &str, file: &str| assert!(messages.contains_key(key), "{file}: no message {key}");
    let mut used = BTreeSet::new();
    for (file, source) in files(&folder("src")) {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for (literal, is_taken) in literals(code) {
            // In these modules, a literal with an underscore is a key.
            let speaks = ["src/words/", "src/pages/"].iter().any(|part| file.starts_with(part));
            if is_taken || (speaks && literal.contains('_')) {
                exists(literal, &file);
            }
            used.insert(literal.to_owned());
        }
    }
    for (file, source) in files(&folder("templates")) {
        for key in shown(&source) {
            exists(key, &file);
            used.insert(key.to_owned());
        }
    }
    for (file, source) in files(&folder("static/console")) {
        for (at, _) in source.match_indices("\"console_") {
            let literal = source[at + 1..].split('"').next().unwrap_or_default();
            exists(literal, &file);
            used.insert(literal.to_owned());
        }
    }
    let idle: Vec<_> = messages.keys().filter(|key| !used.contains(*key)).collect();
    assert!(idle.is_empty(), "unused messages: {idle:?}");
}
