//! Mirrors in directories: what is written, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Duration;

use crate::logs::{Log, put};
use crate::support::{self, Server, bad, command, found, good, outband, publish, set_up, text, until};

fn say(dir: &Path, url: &str, title: &str) {
    let published = publish(dir, url, &["--quick", title, "--affects", "mail=outage"]);
    assert!(published.status.success(), "{}", text(&published.stderr));
}

fn mirror(dir: &Path, from: &str, to: &str) -> String {
    good(dir, &["mirror", "--from", from, "--to", to])
}

/// Everything in a directory. What is removed meanwhile is left out.
fn files(of: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let found = |error: &std::io::Error| assert_eq!(error.kind(), std::io::ErrorKind::NotFound, "{error}");
    let mut files = BTreeMap::new();
    let mut folders = vec![of.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder).inspect_err(found) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(body) = fs::read(&path).inspect_err(found) {
                files.insert(path.strip_prefix(of).expect("a path").to_owned(), body);
            }
        }
    }
    files
}

#[test]
fn a_mirror_is_the_page_and_only_what_changed_is_written() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    say(dir, &server.url, "Mail is down");
    let told = mirror(dir, &server.url, "copy");
    assert!(told.starts_with("copy: 3 entries, root hash "), "{told}");
    assert!(good(dir, &["verify", "copy"]).contains("verified: all"));
    assert!(good(dir, &["verify", &server.url, "copy"]).contains("agreed: both copies have the same log"));

    say(dir, &server.url, "Mail is still down");
    let told = mirror(dir, &server.url, "copy");
    let written = told.split_once("; ").and_then(|(_, rest)| rest.split(' ').next()).expect("a number");
    assert!((10..70).contains(&written.parse::<u32>().expect("a number")), "{told}");
    assert!(good(dir, &["verify", "copy"]).contains("verified: all"));
    let before = files(&dir.join("copy"));
    assert!(mirror(dir, &server.url, "copy").contains("; 0 files written, 0 removed"));
    assert!(files(&dir.join("copy")) == before);
    let json = good(dir, &["mirror", "--from", &server.url, "--to", "copy", "--json"]);
    assert!(json.contains("\"entries\":4") && json.contains("\"written\":0"), "{json}");
}

#[test]
fn what_was_spoilt_is_written_again_and_what_is_not_the_pages_is_removed() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    Log::begun("log1").and(1, "Mail is slow").write(dir.join("page"));
    mirror(dir, "page", "copy");
    let copy = dir.join("copy");
    let whole = files(&copy);
    fs::write(copy.join("status.txt"), "All is well.\n").expect("a file");
    fs::remove_file(copy.join("history.html")).expect("removed");
    put(&copy, "/incidents/of-another-page", b"<p>");
    put(&copy, "/log/tile/entries/000.p/1", b"x");
    fs::create_dir_all(copy.join(".well-known/acme-challenge")).expect("a folder");
    fs::write(copy.join(".well-known/acme-challenge/token"), "t").expect("a file");
    let told = mirror(dir, "page", "copy");
    assert!(told.contains("; 2 files written, 2 removed"), "{told}");
    let mut now = files(&copy);
    assert!(now.remove(Path::new(".well-known/acme-challenge/token")).is_some());
    assert!(now == whole);
}

#[test]
fn the_files_of_others_are_never_touched() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    Log::begun("log1").write(dir.join("page"));
    fs::create_dir(dir.join("home")).expect("a folder");
    fs::write(dir.join("home/thesis.txt"), "years of work").expect("a file");
    let error = bad(dir, &["mirror", "--from", "page", "--to", "home"]);
    assert!(error.contains("home has files, but no copy of a page"), "{error}");
    assert!(error.contains("home is not up to date"), "{error}");
    assert_eq!(files(&dir.join("home")).len(), 1);
    fs::rename(dir.join("home/thesis.txt"), dir.join("home/.hidden")).expect("renamed");
    mirror(dir, "page", "home");
    assert!(dir.join("home/.hidden").exists());
}

/// Before its first checkpoint, too, an interrupted run is continued.
#[test]
fn a_first_run_that_was_interrupted_is_continued() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    Log::begun("log1").and(1, "Mail is slow").write(dir.join("page"));
    mirror(dir, "page", "copy");
    fs::remove_file(dir.join("copy/log/checkpoint")).expect("removed");
    fs::remove_file(dir.join("copy/status.txt")).expect("removed");
    let told = mirror(dir, "page", "copy");
    assert!(told.contains("; 2 files written, 0 removed"), "{told}");
    assert!(good(dir, &["verify", "copy"]).contains("verified: all"));
}

/// A file cannot be written for a while: what was missed is written later.
#[test]
fn a_write_that_fails_is_made_up_for() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let log = Log::begun("log1");
    log.write(dir.join("page"));
    let _watching = Watching::start(dir, "page", "copy");
    let copy = dir.join("copy");
    until(|| copy.join("log/checkpoint").exists());
    // A folder is in the way of the next entry.
    fs::create_dir(copy.join("log/2.note")).expect("a folder");
    fs::write(copy.join("log/2.note/x"), "x").expect("a file");
    log.and(1, "Mail is slow").write(dir.join("page"));
    std::thread::sleep(Duration::from_secs(6));
    fs::remove_dir_all(copy.join("log/2.note")).expect("removed");
    until(|| outband(dir, &["verify", "page", "copy"]).status.success());
}

#[test]
fn a_damaged_log_is_not_continued() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let log = Log::begun("log1").and(1, "Mail is slow");
    log.write(dir.join("page"));
    mirror(dir, "page", "copy");
    fs::write(dir.join("copy/log/tile/entries/000.p/3"), "nothing").expect("a file");
    let before = files(&dir.join("copy"));
    let error = bad(dir, &["mirror", "--from", "page", "--to", "copy"]);
    assert!(error.contains("the copy there is not proven, so it is not continued"), "{error}");
    assert!(files(&dir.join("copy")) == before);
}

#[test]
fn two_histories_are_refused_with_evidence() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let begun = Log::begun("log1");
    let one = begun.and(1, "Mail is slow");
    one.write(dir.join("page"));
    begun.and(2, "Mail is fast").and(3, "Mail is very fast").write(dir.join("other"));
    begun.write(dir.join("old"));
    mirror(dir, "page", "copy");
    let before = files(&dir.join("copy"));
    let output = command(dir, &["mirror", "--from", "other", "--to", "copy"])
        .env("OUTBAND_STATE", dir.join("state/checkpoints.json"))
        .output()
        .expect("it runs");
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(
        error.contains("the log contradicts the one that is held") && error.contains("evidence-3-4-"),
        "{error}"
    );
    assert!(files(&dir.join("copy")) == before);
    let evidence = files(&dir.join("state")).into_values().next().expect("evidence");
    assert!(text(&evidence).matches("status.example.net/log1\\n").count() == 2, "{}", text(&evidence));

    let output = outband(dir, &["mirror", "--from", "old", "--to", "copy"]);
    assert!(output.status.success());
    let warned = text(&output.stderr);
    assert!(warned.contains("old has only 2 entries, an earlier state of this log"), "{warned}");
    assert!(files(&dir.join("copy")) == before);
}

#[test]
fn redacted_words_are_in_no_file_of_a_mirror() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    say(dir, &server.url, "Acme Widgets called");
    let _watching = Watching::start(dir, &server.url, "copy");
    let copy = dir.join("copy");
    let has = |words: &str| {
        files(&copy).values().any(|body| body.windows(words.len()).any(|window| window == words.as_bytes()))
    };
    until(|| copy.join("log/checkpoint").exists() && has("Acme Widgets"));
    let redact = ["redact", "2", "--reason", "named a customer", "--yes", "--dir", "status.example.net"];
    good(dir, &[&redact[..], &["--to", &server.url]].concat());
    until(|| copy.join("log/3.note").exists() && copy.join("log/tile/entries/000.p/4").exists());
    until(|| !has("Acme Widgets"));
    until(|| outband(dir, &["verify", "copy"]).status.success());
}

/// An earlier state is reported once, and then nothing more until that changes.
#[test]
fn a_watching_mirror_says_that_the_page_is_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let begun = Log::begun("log1");
    begun.and(1, "Mail is slow").write(dir.join("page"));
    mirror(dir, "page", "copy");
    fs::remove_dir_all(dir.join("page")).expect("removed");
    begun.write(dir.join("page"));
    let log = dir.join("mirror.log");
    let mut child = support::server()
        .args(["mirror", "--watch", "--from", "page", "--to", "copy"])
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).expect("a file"))
        .spawn()
        .expect("it runs");
    let said = || fs::read_to_string(&log).expect("its log").matches("page has only 2 entries").count();
    until(|| said() == 1);
    std::thread::sleep(Duration::from_secs(6));
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(said(), 1);
}

/// A mirror that goes on until this is dropped.
struct Watching(Child);

impl Watching {
    fn start(dir: &Path, from: &str, to: &str) -> Self {
        let child = support::server()
            .args(["mirror", "--watch", "--from", from, "--to", to])
            .current_dir(dir)
            .stdout(Stdio::null())
            .spawn();
        Self(child.expect("it runs"))
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Killed while it writes, again and again: the next run continues, and nothing is half-written.
#[test]
fn a_mirror_that_is_killed_continues() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let mut log = Log::begun("log1");
    log.write(dir.join("page"));
    mirror(dir, "page", "copy");
    for round in 0..12_u64 {
        log = log.and(100 + round, &format!("Mail is slow, {round}"));
        log.write(dir.join("page"));
        let mut child = support::server()
            .args(["mirror", "--from", "page", "--to", "copy"])
            .current_dir(dir)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        std::thread::sleep(Duration::from_millis(2 + 3 * round));
        let _ = child.kill();
        let _ = child.wait();
    }
    mirror(dir, "page", "copy");
    assert!(good(dir, &["verify", "copy"]).contains("verified: all"));
}
