//! Logs made in memory, with chosen times, to be written as copies: earlier ones, longer ones, and forks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use outband_keys::{KeyKind, KeyName, Note, SecretKey};
use outband_record::log;
use outband_record::time::Time;
use outband_site::paths;
use outband_station::{MemoryStore, Request, Station};

pub(crate) const ORIGIN: &str = "status.example.net";

/// 2013-09-03T11:00:00Z.
pub(crate) const START: u64 = 1_378_206_000;

/// A key whose seed is its name.
pub(crate) fn key(name: &str) -> SecretKey {
    let kind = if name.starts_with("station") { KeyKind::Cosignature } else { KeyKind::Note };
    let mut seed = [b'.'; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(KeyName::parse(&format!("{ORIGIN}/{name}")).expect("a name"), kind, seed)
}

/// A station with its files, and its log's key.
#[derive(Clone)]
pub(crate) struct Log {
    log_key: &'static str,
    store: MemoryStore,
    now: u64,
}

impl Log {
    /// With a roster and a site note.
    pub(crate) fn begun(log_key: &'static str) -> Self {
        let mut log = Self { log_key, store: MemoryStore::default(), now: START };
        let verifier = |name: &str| key(name).verifier();
        let roster = format!(
            "outband roster v1\norigin: {ORIGIN}\nid: {:032x}\ntime: {}\nnumber: 1\nroot: {}\nroot-threshold: 1\nlog: {}\nstation: {}\noperator: {}\n",
            0xa,
            Time::from_posix(START),
            verifier("carol/root"),
            verifier(log_key),
            verifier("station1"),
            verifier("alice/phone")
        );
        let site = format!(
            "outband site v1\norigin: {ORIGIN}\nid: {:032x}\ntime: {}\nname: Example Mail\nurl: https://{ORIGIN}\nlang: en\nzone: UTC0\ncomponent: mail Mail\n",
            0xb,
            Time::from_posix(START)
        );
        log.send(&roster, "carol/root");
        log.send(&site, "carol/root");
        log
    }

    /// With one more notice, sent a minute later.
    pub(crate) fn and(&self, number: u64, title: &str) -> Self {
        let mut log = self.clone();
        log.now += 60;
        let time = Time::from_posix(log.now);
        let notice = format!(
            "outband update v1\norigin: {ORIGIN}\nid: {number:032x}\ntime: {time}\nincident: news-{number}\nphase: notice\ntitle: {title}\n"
        );
        log.send(&notice, "alice/phone");
        log
    }

    /// With a checkpoint that was cosigned again at this time.
    pub(crate) fn at(&self, now: u64) -> Self {
        let mut log = Self { now, ..self.clone() };
        log.station().tick(&mut log.store, now).expect("a tick");
        log
    }

    /// Every file, by public path.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let stored: BTreeMap<_, _> =
            self.store.files().map(|file| (file.path.clone(), file.body.clone())).collect();
        let tiles = log::paths(self.size()).into_iter().map(|(public, name)| (public, stored[&name].clone()));
        let others = stored.iter().filter(|(path, _)| !path.starts_with("/log/tile/"));
        others.map(|(path, body)| (path.clone(), body.clone())).chain(tiles).collect()
    }

    /// Writes every file into this directory, and returns it.
    pub(crate) fn write(&self, copy: PathBuf) -> PathBuf {
        for (path, body) in self.files() {
            put(&copy, &path, &body);
        }
        copy
    }

    fn size(&self) -> u64 {
        let checkpoint =
            self.store.files().find(|file| file.path == paths::CHECKPOINT).expect("a checkpoint");
        let note = Note::parse(&checkpoint.body).expect("a note");
        log::Checkpoint::parse(note.text()).expect("a checkpoint").tree.size
    }

    fn station(&self) -> Station {
        let root = key("carol/root").verifier().to_string();
        let (log, station) = (key(self.log_key).encode(), key("station1").encode());
        Station::new(Some(ORIGIN), Some(&root), Some(&log), Some(&station)).expect("valid settings")
    }

    fn send(&mut self, text: &str, signer: &str) {
        let line = key(signer).sign_note(text).expect("a signature");
        let body = Note::compose(text, [&line]).into_bytes();
        let request = Request { method: "POST".into(), path: "/notes".into(), headers: vec![], body };
        let response = self.station().handle(&mut self.store, &request, self.now).response;
        assert_eq!(response.status, 201, "{}", String::from_utf8_lossy(&response.body));
    }
}

/// Writes a file of a copy by its public path.
pub(crate) fn put(copy: &Path, path: &str, body: &[u8]) {
    let file = copy.join(paths::in_directory(path));
    std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    std::fs::write(file, body).expect("a file");
}
