//! A damaged, old or mixed store: every acknowledged note is there, or the host does not start. It never signs a second
//! history.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Server, found, good, publish, set_up, text};

const DATA: &str = "status.example.net";
const STORE: &str = "outband.sqlite";
const WAL: &str = "outband.sqlite-wal";
const HEAD: &str = "outband.sqlite-head";
const NOTES: usize = 5;

/// The files of a store, by name.
type Files = BTreeMap<&'static str, Vec<u8>>;

/// A host that was killed after its last note, and its files after each note.
struct Killed {
    dir: TempDir,
    states: Vec<Files>,
    /// The entries, as they were acknowledged.
    entries: Vec<String>,
}

impl Killed {
    /// `empty_after` says after which notes the write-ahead log is moved into the database, as happens when it is long.
    fn host(empty_after: &[usize]) -> Self {
        let dir = set_up();
        let server = Server::start(dir.path());
        found(dir.path(), &server.url);
        let data = dir.path().join(DATA);
        let mut states = vec![files_in(&data)];
        for number in 1..=NOTES {
            let title = format!("Outage {number}");
            let words = ["--quick", &title, "--affects", "mail=outage"];
            let published = publish(dir.path(), &server.url, &words);
            assert!(published.status.success(), "{}", text(&published.stderr));
            if empty_after.contains(&number) {
                let store = rusqlite::Connection::open(data.join(STORE)).expect("the store");
                let emptied = store.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
                assert_eq!(emptied, Ok(0), "a reader is in the way");
            }
            states.push(files_in(&data));
        }
        let entries = (0..NOTES + 2).map(|index| entry(&server.url, index)).collect();
        server.kill();
        Self { dir, states, entries }
    }

    fn newest(&self) -> &Files {
        self.states.last().expect("a state")
    }

    /// Starts a host on these files. Returns whether it started, with every acknowledged note.
    fn starts_on(&self, files: &Files, what: &str) -> bool {
        let data = self.dir.path().join(DATA);
        for name in [STORE, WAL, HEAD, "outband.sqlite-shm"] {
            let _ = fs::remove_file(data.join(name));
        }
        files.iter().for_each(|(name, bytes)| fs::write(data.join(name), bytes).expect("a file"));
        let _ = fs::remove_file(self.dir.path().join("serve.log"));
        match Server::try_start(self.dir.path(), &[]) {
            Ok(server) => {
                for (index, acknowledged) in self.entries.iter().enumerate() {
                    assert_eq!(entry(&server.url, index), *acknowledged, "{what}: entry {index}");
                }
                assert!(good(self.dir.path(), &["verify", &server.url]).contains("verified: all"), "{what}");
                let again =
                    good(self.dir.path(), &["send", "--to", &server.url, "status.example.net/site-1.note"]);
                assert!(again.contains("already published"), "{what}: {again}");
                server.kill();
                true
            }
            Err(error) => {
                assert!(error.contains("Nothing was changed, and nothing was signed."), "{what}: {error}");
                assert!(error.contains("`outband restore --help`"), "{what}: {error}");
                // SQLite makes an empty write-ahead log where there is none.
                let mut left = files_in(&data);
                left.retain(|name, bytes| !bytes.is_empty() || files.contains_key(name));
                assert!(left == *files, "{what}: the files were changed: {error}");
                false
            }
        }
    }
}

fn files_in(data: &Path) -> Files {
    let read = |name| fs::read(data.join(name)).ok().map(|bytes| (name, bytes));
    [STORE, WAL, HEAD].into_iter().filter_map(read).collect()
}

fn entry(url: &str, index: usize) -> String {
    let mut answer = ureq::get(format!("{url}/log/{index}.note")).call().expect("an entry");
    answer.body_mut().read_to_string().expect("text")
}

#[test]
fn a_damaged_write_ahead_log_forks_nothing() {
    let killed = Killed::host(&[2]);
    let newest = killed.newest();
    assert!(killed.starts_on(newest, "whole"));
    let wal = &newest[WAL];
    let with = |wal: Vec<u8>| {
        newest
            .iter()
            .map(|(name, old)| (*name, if *name == WAL { wal.clone() } else { old.clone() }))
            .collect::<Files>()
    };
    let mut refused = 0;
    for at in (0..24).map(|n| n * wal.len() / 24 + n) {
        let mut flipped = wal.clone();
        flipped[at] ^= 1;
        refused += usize::from(!killed.starts_on(&with(flipped), &format!("bit {at} flipped")));
    }
    for length in (0..12).map(|n| n * wal.len() / 12) {
        refused += usize::from(!killed.starts_on(&with(wal[..length].to_vec()), &format!("cut at {length}")));
    }
    assert!(refused > 30, "only {refused} refused");
    let mut without = newest.clone();
    without.remove(WAL);
    assert!(!killed.starts_on(&without, "without write-ahead log"));
}

#[test]
fn an_old_or_partial_copy_forks_nothing() {
    let killed = Killed::host(&[2, 4]);
    let newest = killed.newest();
    for (number, state) in killed.states.iter().enumerate() {
        let old: Files = state
            .iter()
            .map(|(name, old)| (*name, if *name == HEAD { newest[HEAD].clone() } else { old.clone() }))
            .collect();
        assert_eq!(killed.starts_on(&old, &format!("after note {number}")), number == NOTES);
    }
    for name in [STORE, HEAD] {
        let mut partial = newest.clone();
        partial.remove(name);
        assert!(!killed.starts_on(&partial, &format!("without {name}")));
    }
    let only = |name| {
        newest
            .iter()
            .filter(|(other, _)| **other == name)
            .map(|(name, bytes)| (*name, bytes.clone()))
            .collect()
    };
    assert!(!killed.starts_on(&only(STORE), "the database alone"));
    let mut cut = newest.clone();
    cut.insert(STORE, Vec::new());
    assert!(!killed.starts_on(&cut, "an empty database"));
}

/// What `cp` makes while a host serves: each file as it was after another note.
#[test]
fn a_copy_made_while_the_host_serves_forks_nothing() {
    let killed = Killed::host(&[1, 3]);
    let newest = killed.newest();
    let mut started = Vec::new();
    for (a, store) in killed.states.iter().enumerate() {
        for (b, log) in killed.states.iter().enumerate() {
            let mixed = Files::from([
                (STORE, store[STORE].clone()),
                (WAL, log[WAL].clone()),
                (HEAD, newest[HEAD].clone()),
            ]);
            if killed.starts_on(&mixed, &format!("database {a}, write-ahead log {b}")) {
                started.push((a, b));
            }
        }
    }
    // The database does not change while the write-ahead log grows.
    assert_eq!(started, [(3, 5), (4, 5), (5, 5)]);
}

#[test]
fn a_crash_between_commit_and_head_is_no_loss() {
    let killed = Killed::host(&[]);
    for number in [NOTES - 1, NOTES] {
        let mut files = killed.newest().clone();
        files.insert(HEAD, killed.states[number][HEAD].clone());
        assert!(killed.starts_on(&files, &format!("head {number}")));
    }
    let mut files = killed.newest().clone();
    let other = fs::read_to_string(killed.dir.path().join(DATA).join(HEAD)).expect("a head");
    let other = other.replacen("\n7\n", "\n6\n", 1);
    files.insert(HEAD, other.into_bytes());
    assert!(!killed.starts_on(&files, "another history"));
}

#[test]
fn a_loss_is_accepted_only_by_its_number() {
    let killed = Killed::host(&[]);
    let mut files = killed.newest().clone();
    files.remove(WAL);
    assert!(!killed.starts_on(&files, "without write-ahead log"));
    let (dir, start) =
        (killed.dir.path(), |n: &str| Server::try_start(killed.dir.path(), &["--accept-loss-after", n]));
    let error = start("3").err().expect("refused");
    assert!(error.contains("has 0 entries, but 7 were acknowledged"), "{error}");
    let server = start("0").expect("accepted");
    found(dir, &server.url);
    server.kill();
    let error = start("0").err().expect("refused");
    assert!(error.contains("there is no loss to accept"), "{error}");
}
