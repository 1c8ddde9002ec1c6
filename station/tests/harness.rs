//! A station under test, with its store and its clock, and the requests to it.

use std::collections::{BTreeMap, BTreeSet};

use outband_keys::SecretKey;
use outband_record::log::{self, Checkpoint, Tree};
use outband_record::time::Time;
use outband_site::paths;
use outband_station::verify::{self, How, Log, Source, SourceError};
use outband_station::{File, MemoryStore, Request, Response, Station, Store};
use serde_json::Value as Json;

use crate::texts::{ORIGIN, START, by_carol, key, roster, site};

/// The operators that the first roster enrols.
pub(crate) const OPERATORS: [&str; 3] = ["alice/phone", "bob/laptop", "erin/phone"];

/// A station with a store and a clock.
pub(crate) struct Harness<S: Store = MemoryStore> {
    pub(crate) station: Station,
    pub(crate) store: S,
    pub(crate) now: u64,
}

/// The default station of the tests.
pub(crate) fn station() -> Station {
    station_with_keys("log1", "station1")
}

pub(crate) fn station_with_roots(roots: &[&str]) -> Station {
    station_with(roots, "log1", "station1")
}

pub(crate) fn station_with_keys(log: &str, own: &str) -> Station {
    station_with(&["carol/root", "dave/root"], log, own)
}

fn station_with(roots: &[&str], log: &str, own: &str) -> Station {
    station_with_secrets(roots, &key(log), &key(own))
}

pub(crate) fn station_with_secrets(roots: &[&str], log: &SecretKey, own: &SecretKey) -> Station {
    let roots: Vec<_> = roots.iter().map(|name| key(name).verifier().to_string()).collect();
    let (log, own) = (log.encode(), own.encode());
    Station::new(Some(ORIGIN), Some(&roots.join(" ")), Some(&log), Some(&own)).unwrap()
}

impl Harness {
    /// A host with an empty store.
    pub(crate) fn empty() -> Self {
        Self { station: station(), store: MemoryStore::default(), now: START }
    }

    /// With roster 1 and the first site note.
    pub(crate) fn set_up() -> Self {
        let mut harness = Self::empty();
        harness.accept(&by_carol(&roster(1, &OPERATORS).print()));
        harness.accept(&by_carol(&site(1).print()));
        harness
    }

    /// Another host with the same files.
    pub(crate) fn twin(&self) -> Self {
        Self { station: station(), store: self.store.clone(), now: self.now }
    }

    /// Every file of the store, by path.
    pub(crate) fn dump(&self) -> BTreeMap<String, File> {
        self.store.files().map(|file| (file.path.clone(), file.clone())).collect()
    }
}

impl<S: Store> Harness<S> {
    pub(crate) fn on(store: S, now: u64) -> Self {
        Self { station: station(), store, now }
    }

    /// Sends a note.
    pub(crate) fn send(&mut self, note: &[u8]) -> Reply {
        let request =
            Request { method: "POST".into(), path: "/notes".into(), headers: vec![], body: note.into() };
        Reply(self.station.handle(&mut self.store, &request, self.now).response)
    }

    /// Sends a note that must be accepted.
    pub(crate) fn accept(&mut self, note: &[u8]) -> Reply {
        let reply = self.send(note);
        assert_eq!(reply.status(), 201, "{}\n{}", reply.text(), String::from_utf8_lossy(note));
        reply
    }

    /// Does the work due now, and returns when to tick next.
    pub(crate) fn tick(&mut self) -> u64 {
        self.station.tick(&mut self.store, self.now).unwrap()
    }

    /// Lets time pass: ticks at every watched moment, and at the end. (A real host also ticks every minute.)
    pub(crate) fn pass(&mut self, seconds: u64) {
        let end = self.now + seconds;
        while let Some(moment) = self.next_moment().filter(|moment| *moment < end) {
            self.now = self.now.max(moment);
            self.tick();
        }
        self.now = end;
        self.tick();
    }

    /// The next watched moment, at which some file changes.
    pub(crate) fn next_moment(&self) -> Option<u64> {
        let document = self.document(paths::WATCH_JSON);
        let watched = document["watch"].as_array().unwrap().iter();
        let moments = watched.filter_map(|watched| watched["next"].as_str());
        moments.map(|moment| Time::parse(moment).unwrap().posix()).min()
    }

    /// Ticks until no re-rendering is pending.
    pub(crate) fn settle(&mut self) {
        while self.document(paths::RENDERER_JSON)["pending"] != Json::Null {
            self.tick();
        }
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[])
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Request { method: method.into(), path: path.into(), headers, body: Vec::new() };
        Reply(self.station.answer(&self.store, &request, self.now))
    }

    /// A JSON document that must exist.
    pub(crate) fn document(&self, path: &str) -> Json {
        let reply = self.get(path);
        assert_eq!(reply.status(), 200, "{path}: {}", reply.text());
        reply.json()
    }

    /// Proves the station's responses from its log alone: every expected file exists, byte for byte. Returns the paths
    /// of these files.
    pub(crate) fn verify(&self) -> BTreeSet<String> {
        let scratch = MemoryStore::default();
        let roots = [key("carol/root").verifier(), key("dave/root").verifier()];
        let judged = Log::read(self, Some(&roots)).and_then(|log| log.expected(&scratch, true));
        let (_, expected) = judged.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(verify::incomparable(self), Ok(None));
        for (path, expected) in &expected {
            let found = self.read(path).unwrap();
            let Some(difference) = verify::compare(path, expected, found.as_deref()) else { continue };
            let around = |bytes: &[u8]| {
                let at = if let How::From(offset) = difference.how { offset } else { 0 };
                let part = &bytes[at.saturating_sub(200).min(bytes.len())..(at + 200).min(bytes.len())];
                String::from_utf8_lossy(part).into_owned()
            };
            let found = found.as_deref().map(around);
            panic!("{difference:?}\nexpected\n…{}…\nfound\n{found:?}", around(expected));
        }
        expected.into_keys().collect()
    }

    /// The tree in the checkpoint.
    pub(crate) fn tree(&self) -> Tree {
        let checkpoint = self.get(paths::CHECKPOINT).text();
        let (text, _) = checkpoint.split_once("\n\n").unwrap();
        Checkpoint::parse(&format!("{text}\n")).unwrap().tree
    }
}

impl Harness {
    /// Like [`Harness::verify`], and also checks that the store has no other files, and that one rebuilt from these
    /// responses has the same.
    pub(crate) fn verify_whole(&self) {
        let mut expected = self.verify();
        expected.extend(log::paths(self.tree().size).into_iter().map(|(_, stored)| stored));
        expected.insert(paths::CHECKPOINT.to_owned());
        for file in self.store.files() {
            assert!(expected.contains(&file.path), "{} does not follow from the log", file.path);
        }
        let mut rebuilt = MemoryStore::default();
        let head = self.station.restore(self, &mut rebuilt).unwrap();
        assert_eq!(head.tree, self.tree());
        assert!(rebuilt.files().map(content).eq(self.store.files().map(content)), "a rebuilt store differs");
    }
}

fn content(file: &File) -> (&str, &[u8]) {
    (&file.path, &file.body)
}

/// The copy is read by readers' requests.
impl<S: Store> Source for Harness<S> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let Reply(response) = self.get(path);
        match response.status {
            200 => Ok(Some(response.body)),
            404 if path == paths::NOT_FOUND => Ok(Some(response.body)),
            404 => Ok(None),
            _ => Err(SourceError { path: path.into(), what: String::from_utf8_lossy(&response.body).into() }),
        }
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

/// A response.
#[derive(Debug, PartialEq)]
pub(crate) struct Reply(pub(crate) Response);

impl Reply {
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.body).into_owned()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.0.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.0.headers.iter().filter(|(header, _)| header == name);
        let first = found.next();
        assert_eq!(found.next(), None, "{name} appears twice");
        first.map(|(_, value)| value.as_str())
    }

    /// The name of the problem in a problem document.
    pub(crate) fn problem(&self) -> String {
        let document = self.json();
        let kind = document["type"].as_str().and_then(|kind| kind.strip_prefix("urn:outband:problem:"));
        kind.unwrap_or_default().to_owned()
    }
}
