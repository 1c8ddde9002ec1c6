//! The console's files: that they belong together, name nothing foreign, and are small.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::samples;
use crate::samples::Stage;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_record::text::Update;
use outband_site::{console, paths};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

/// The limit for everything that a phone installs.
const MAX_GZIPPED: usize = 40_000;

fn files(tag: &str) -> BTreeMap<String, String> {
    let stage = Stage::at("2013-09-03T12:06:00Z", &[samples::OUTAGE]).in_language(tag);
    let files = console::files(&stage.view()).expect("rendered").into_iter();
    files.map(|file| (file.path, String::from_utf8(file.body).expect("UTF-8"))).collect()
}

/// What the page carries for its modules.
fn data(page: &str) -> Json {
    let (_, rest) = page.split_once("id=\"site\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(data).expect("JSON")
}

fn digest(body: &str) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(body)))
}

fn modules(files: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    files.iter().filter(|(path, _)| path.starts_with("/console/") && path.ends_with(".js"))
}

#[test]
fn the_page_names_the_digest_of_every_module_and_the_worker_that_of_every_file() {
    let files = files("en");
    let page = &files[paths::CONSOLE];
    let mut named = Vec::new();
    for script in page.split("<script type=\"module\" ").skip(1) {
        let attributes: Vec<_> = script.split('"').collect();
        let ["src=", path, " integrity=", integrity, ..] = attributes[..] else { panic!("{script}") };
        assert_eq!(integrity, digest(&files[path]), "{path}");
        // What it imports is named before it.
        for line in files[path].lines().filter(|line| line.starts_with("import ")) {
            let name = line.split('"').nth(1).expect("a module").replacen("./", "/console/", 1);
            assert!(named.contains(&name), "{path} imports {name}");
        }
        named.push(path.to_owned());
    }
    assert_eq!(named.len(), modules(&files).count());
    assert_eq!(page.matches("<script").count(), named.len() + 1, "and the data, which is no script");
    let worker = &files[paths::CONSOLE_WORKER];
    let (_, value) = worker.rsplit_once("})(").expect("its value");
    let value: Json = serde_json::from_str(value.trim_end().trim_end_matches(");")).expect("JSON");
    let named = value["files"].as_object().expect("files");
    let others = files.iter().filter(|(path, _)| *path != paths::CONSOLE_WORKER);
    assert_eq!(named.len(), others.clone().count());
    for (path, body) in others {
        assert_eq!(named[path], digest(body), "{path}");
    }
}

#[test]
fn another_site_note_is_another_version() {
    let version = |tag: &str| {
        let worker = files(tag)[paths::CONSOLE_WORKER].clone();
        let (_, rest) = worker.rsplit_once("\"version\":\"").expect("a version");
        rest.split('"').next().expect("its end").to_owned()
    };
    assert_eq!(version("en"), version("en"));
    assert_ne!(version("en"), version("de"));
    assert_eq!(version("en").len(), 16);
}

#[test]
fn the_page_carries_the_grammar_and_a_label_or_name_for_each_line() {
    let data = data(&files("de")[paths::CONSOLE]);
    let update = &data["grammar"]["types"][0];
    let lines: Vec<_> = update["lines"].as_array().expect("lines").iter().map(|line| &line["name"]).collect();
    assert_eq!(lines, Update::HEADERS.iter().map(|header| header.name).collect::<Vec<_>>());
    assert_eq!(data["labels"]["next-update"], "Nächste Meldung");
    assert_eq!(data["labels"]["recurrence-of"], data["labels"]["recurrence-of"].as_str().expect("a label"));
    assert!(data["phases"].as_array().expect("phases").iter().any(|phase| phase["name"] == "resolved"));
}

#[test]
fn nothing_foreign_is_loaded_and_the_policy_names_the_mirrors() {
    let files = files("en");
    let page = &files[paths::CONSOLE];
    let policy =
        "content=\"connect-src 'self' https://status.mail.example https://status-mail.copies.example\"";
    assert!(page.contains(policy), "{page}");
    for (path, body) in modules(&files) {
        for (at, _) in body.match_indices("http") {
            let rest: String = body[at..].chars().take(40).collect();
            assert!(
                rest.starts_with("http://www.w3.org/2000/svg") || !rest.contains("://"),
                "{path}: {rest}"
            );
        }
    }
    let header = outband_site::pages::policy(paths::CONSOLE);
    for part in
        ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for"]
    {
        assert!(header.contains(part), "{header}");
    }
}

#[test]
fn a_site_note_cannot_end_the_element_that_carries_it() {
    let stage = Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE]);
    let files = console::files(&stage.view()).expect("rendered");
    let page = files.iter().find(|file| file.path == paths::CONSOLE).expect("the page");
    let page = std::str::from_utf8(&page.body).expect("UTF-8");
    let (_, rest) = page.split_once("id=\"site\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    assert!(!data.contains('<'), "{data}");
}

#[test]
fn everything_that_a_phone_installs_is_small() {
    for tag in ["en", "de", "ar"] {
        let mut sizes: Vec<(usize, String)> =
            files(tag).into_iter().map(|(path, body)| (gzipped(&body), path)).collect();
        sizes.sort_unstable();
        let all: usize = sizes.iter().map(|(size, _)| size).sum();
        for (size, path) in sizes.iter().rev() {
            println!("{size:>7} {path}");
        }
        println!("{all:>7} in all, {tag}");
        assert!(all <= MAX_GZIPPED, "{tag}: {all} bytes gzipped, over {MAX_GZIPPED}");
    }
}

fn gzipped(body: &str) -> usize {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(body.as_bytes()).expect("compressed");
    gzip.finish().expect("compressed").len()
}
