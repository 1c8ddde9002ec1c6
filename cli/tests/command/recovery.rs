//! Backups, and a store rebuilt from a mirror.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{KNOWN, Server, bad, found, good, mirror, outband, publish, set_up, text};

const DATA: &str = "status.example.net";
const STORE: &str = "status.example.net/outband.sqlite";
const BACKUP: [&str; 3] = ["backup", "--dir", DATA];
const RESTORE: [&str; 4] = ["restore", "--dir", DATA, "copy"];

fn say(dir: &Path, url: &str, title: &str) {
    let published = publish(dir, url, &["--quick", title, "--affects", "mail=outage"]);
    assert!(published.status.success(), "{}", text(&published.stderr));
}

/// Removes the store, but not what was acknowledged.
fn lose(dir: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(dir.join(format!("{STORE}{suffix}")));
    }
}

/// Every file in a store except the checkpoint, which is signed again each minute.
fn dump(store: &Path) -> BTreeMap<String, Vec<u8>> {
    let store = rusqlite::Connection::open(store).expect("the store");
    let mut rows = store.prepare("SELECT path, body FROM file").expect("the table");
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
    let mut files: BTreeMap<String, Vec<u8>> = rows.collect::<Result<_, _>>().expect("files");
    files.remove("/log/checkpoint").expect("a checkpoint");
    files
}

#[test]
fn a_backup_is_whole_and_an_old_one_is_refused() {
    let dir = set_up();
    let dir = dir.path();
    assert!(bad(dir, &[&BACKUP[..], &["none"]].concat()).contains("outband.sqlite does not exist"));
    let server = Server::start(dir);
    assert!(bad(dir, &[&BACKUP[..], &["none"]].concat()).contains("has no entries yet"));
    found(dir, &server.url);
    say(dir, &server.url, "Mail is down");
    let told = good(dir, &[&BACKUP[..], &["backups/old"]].concat());
    assert!(told.contains("backed up 3 entries, root hash "), "{told}");
    assert!(told.contains("to backups/old/outband.sqlite\n"), "{told}");
    let error = bad(dir, &[&BACKUP[..], &["backups/old"]].concat());
    assert!(error.contains("outband.sqlite already exists and is never overwritten"), "{error}");
    say(dir, &server.url, "Mail is down again");
    server.kill();
    good(dir, &[&BACKUP[..], &["backups/new"]].concat());
    let of = |backup| fs::read_dir(dir.join(backup)).expect("a folder").count();
    assert_eq!([of("backups/old"), of("backups/new")], [1, 1], "one file each");

    fs::remove_file(dir.join(format!("{STORE}-wal"))).expect("removed");
    let error = bad(dir, &[&BACKUP[..], &["backups/lost"]].concat());
    assert!(error.contains("does not have all 4 entries that were acknowledged"), "{error}");
    assert!(!dir.join("backups/lost/outband.sqlite").exists());

    lose(dir);
    fs::copy(dir.join("backups/old/outband.sqlite"), dir.join(STORE)).expect("copied");
    let error = Server::try_start(dir, &[]).err().expect("refused");
    assert!(error.contains("has 3 entries, but 4 were acknowledged"), "{error}");
    lose(dir);
    fs::copy(dir.join("backups/new/outband.sqlite"), dir.join(STORE)).expect("copied");
    let server = Server::start(dir);
    assert!(good(dir, &["verify", &server.url]).contains("log: 4 entries"));
    say(dir, &server.url, "Mail is slow");
    assert!(good(dir, &["verify", &server.url]).contains("verified: all"));
}

#[test]
fn a_backup_alone_needs_a_word_about_what_came_after_it() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    good(dir, &[&BACKUP[..], &["backups"]].concat());
    server.kill();
    lose(dir);
    fs::remove_file(dir.join(format!("{STORE}-head"))).expect("removed");
    fs::copy(dir.join("backups/outband.sqlite"), dir.join(STORE)).expect("copied");
    let _ = fs::remove_file(dir.join("serve.log"));
    let error = Server::try_start(dir, &[]).err().expect("refused");
    assert!(error.contains("it may be an old copy") && error.contains("--accept-loss-after 2"), "{error}");
    let server = Server::try_start(dir, &["--accept-loss-after", "2"]).expect("accepted");
    server.kill();
    Server::start(dir).kill();
}

#[test]
fn an_older_backup_catches_up_from_a_mirror_before_it_is_served() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    say(dir, &server.url, "Mail is down");
    good(dir, &[&BACKUP[..], &["backups"]].concat());
    for title in ["Mail is slow", "Mail is still slow"] {
        say(dir, &server.url, title);
    }
    good(dir, &["mirror", "--from", &server.url, "--to", "copy"]);
    server.kill();
    let before = dump(&dir.join(STORE));
    lose(dir);
    fs::copy(dir.join("backups/outband.sqlite"), dir.join(STORE)).expect("copied");
    let error = Server::try_start(dir, &[]).err().expect("refused");
    assert!(error.contains("has 3 entries, but 5 were acknowledged"), "{error}");
    let told = good(dir, &RESTORE);
    assert!(told.contains("restored 5 entries, root hash "), "{told}");
    assert!(dump(&dir.join(STORE)) == before, "other files than before");
    let server = Server::start(dir);
    assert!(good(dir, &["verify", &server.url, "copy"]).contains("agreed: both copies have the same log"));
    say(dir, &server.url, "Mail is well again");
    server.kill();
    // A log with another history is refused, and the store left as it is.
    lose(dir);
    fs::copy(dir.join("backups/outband.sqlite"), dir.join(STORE)).expect("copied");
    fs::remove_file(dir.join(format!("{STORE}-head"))).expect("removed");
    let server = Server::try_start(dir, &["--accept-loss-after", "3"]).expect("accepted");
    // Somebody who has seen the lost entries could publish nothing here.
    fs::remove_file(dir.join(KNOWN)).expect("removed");
    say(dir, &server.url, "Mail has another history");
    server.stop();
    let error = bad(dir, &RESTORE);
    assert!(error.contains("the log contradicts the one that is held"), "{error}");
}

/// A redaction, a resolved and an open incident; the same files come back, and the log goes on.
#[test]
fn a_lost_store_is_rebuilt_from_a_mirror() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    for title in ["Acme Widgets cannot log in", "Mail is down", "Mail is slow"] {
        say(dir, &server.url, title);
    }
    let redact = ["redact", "2", "--reason", "named a customer", "--dir", DATA, "--yes", "--to", &server.url];
    good(dir, &redact);
    mirror(&dir.join(STORE), &server.url, 6, &dir.join("copy"));
    let entry = |url: &str, index| {
        let mut answer = ureq::get(format!("{url}/log/{index}.note")).call().expect("an entry");
        answer.body_mut().read_to_string().expect("text")
    };
    let entries: Vec<_> = (0..6).map(|index| entry(&server.url, index)).collect();
    server.stop();
    let before = dump(&dir.join(STORE));
    let error = bad(dir, &RESTORE);
    assert!(error.contains("nothing was restored") && error.contains("already exists"), "{error}");

    lose(dir);
    fs::write(dir.join("copy/status.txt"), "All is well.\n").expect("a file");
    let told = good(dir, &RESTORE);
    assert!(told.contains("restored 6 entries, root hash "), "{told}");
    assert!(dump(&dir.join(STORE)) == before, "other files than before");
    let server = Server::start(dir);
    assert!(good(dir, &["verify", &server.url]).contains("verified: all"));
    assert_eq!((0..6).map(|index| entry(&server.url, index)).collect::<Vec<_>>(), entries);
    let again = good(dir, &["send", "--to", &server.url, "status.example.net/site-1.note"]);
    assert!(again.contains("already published"), "{again}");
    say(dir, &server.url, "Mail is down once more");
    let logged = good(dir, &["verify", &server.url]);
    assert!(logged.contains("log: 7 entries") && logged.contains("verified: all"), "{logged}");
    server.kill();

    lose(dir);
    let error = bad(dir, &RESTORE);
    assert!(error.contains("the copy has 6 entries, but not all 7 that were acknowledged"), "{error}");
    assert!(!dir.join(STORE).exists());
}

#[test]
fn what_is_not_proven_is_not_restored() {
    let (dir, other) = (set_up(), set_up());
    let (dir, other) = (dir.path(), other.path());
    let server = Server::start(dir);
    found(dir, &server.url);
    say(dir, &server.url, "Mail is down");
    mirror(&dir.join(STORE), &server.url, 3, &dir.join("copy"));
    let theirs = bad(other, &["restore", "--dir", DATA, &server.url]);
    assert!(theirs.contains("entry 0: roster 1 names other roots"), "{theirs}");
    let error = bad(dir, &RESTORE);
    assert!(error.contains("already being served"), "{error}");
    server.stop();
    lose(dir);

    let bundle = dir.join("copy/log/tile/entries/000.p/3");
    let whole = fs::read(&bundle).expect("a bundle");
    let words = b"Mail is down";
    let at = whole.windows(words.len()).position(|window| window == words).expect("the words");
    let mut changed = whole.clone();
    changed[at] ^= 1;
    fs::write(&bundle, changed).expect("a file");
    let error = bad(dir, &RESTORE);
    assert!(error.contains("an entry or the checkpoint was changed"), "{error}");
    fs::write(&bundle, whole).expect("a file");

    let key = fs::read_to_string(other.join("status.example.net/keys/log.key")).expect("a key");
    fs::write(dir.join("other.key"), key).expect("a file");
    let chmod = std::process::Command::new("chmod").args(["600", "other.key"]).current_dir(dir).status();
    assert!(chmod.expect("chmod").success());
    let error = bad(dir, &[&RESTORE[..], &["--log-key-file", "other.key"]].concat());
    assert!(error.contains("the copy's checkpoint is not signed by the key in LOG_KEY"), "{error}");
    let error = bad(dir, &[&RESTORE[..], &["--station-key-file", "none.key"]].concat());
    assert!(error.contains("cannot read the key file none.key"), "{error}");
    assert!(!dir.join(STORE).exists());
    assert_eq!(outband(dir, &RESTORE).status.code(), Some(0));
}

/// Another program reads the store while an update is redacted, so that its old content cannot be wiped.
#[test]
fn redacted_words_are_wiped_as_soon_as_nobody_reads() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    found(dir, &server.url);
    say(dir, &server.url, "Acme Widgets cannot log in");
    let has_words = || {
        let files = fs::read_dir(dir.join(DATA)).expect("a folder").map(|file| file.expect("a file").path());
        let mut bodies = files.filter(|path| path.is_file()).map(|path| fs::read(path).expect("a file"));
        bodies.any(|body| body.windows(12).any(|window| window == b"Acme Widgets"))
    };
    let reader = rusqlite::Connection::open(dir.join(STORE)).expect("the store");
    reader.execute_batch("BEGIN; SELECT count(*) FROM file").expect("a snapshot");
    let redact = ["redact", "2", "--reason", "named a customer", "--dir", DATA, "--yes", "--to", &server.url];
    let told = good(dir, &redact);
    assert!(told.contains("still in free space") && told.contains("another program is reading it"), "{told}");
    assert!(has_words());
    server.kill();
    let _ = fs::remove_file(dir.join("serve.log"));
    let server = Server::start(dir);
    let soon = |done: &dyn Fn() -> bool| {
        (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(100));
            done()
        })
    };
    assert!(soon(&|| server.log().contains("redacted text is still in free space")), "{}", server.log());
    assert!(has_words());
    server.kill();
    drop(reader);
    let server = Server::start(dir);
    assert!(soon(&|| !has_words()), "{}", server.log());
    assert!(good(dir, &["verify", &server.url]).contains("verified: all"));
}
