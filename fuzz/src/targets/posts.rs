//! A station that receives a series of notes.
//!
//! ```text
//! ==== 60 alice/phone
//! outband update v1
//! …
//! ```
//!
//! Sixty seconds after the previous note, the text that follows is signed by Alice's phone and sent. `{alice/phone}` is
//! replaced by her verifier key, `{entry 2}` by the hash of an entry. Mutated texts are signed too, so that they get
//! past the check of the signature.

use std::collections::BTreeMap;

use outband_keys::{KeyKind, KeyName, Note, SecretKey};
use outband_record::log::{entry_hash, hash_text, note_path};
use outband_station::{File, MemoryStore, Request, Station, Store as _};

use super::Verdict;

const ORIGIN: &str = "status.example.net";

/// 2013-09-03T11:00:00Z, in POSIX seconds.
const START: u64 = 1_378_206_000;

/// The maximum number of notes.
const MAX_NOTES: usize = 24;

/// The prefix of a note.
const BEGINS: &str = "==== ";

pub(super) fn read(bytes: &[u8]) -> Verdict {
    publish(bytes).map(|(_, accepted)| accepted)
}

/// The station's store after these notes, and whether it accepted any of them.
pub(crate) fn publish(bytes: &[u8]) -> Result<(MemoryStore, bool), String> {
    let text = String::from_utf8_lossy(bytes);
    let station = station()?;
    let (mut store, mut now, mut accepted) = (MemoryStore::default(), START, false);
    for block in text.split(BEGINS).skip(1).take(MAX_NOTES) {
        let (header, text) = block.split_once('\n').unwrap_or((block, ""));
        let (seconds, signer) = header.split_once(' ').unwrap_or((header, ""));
        now = now.saturating_add(seconds.parse::<u32>().unwrap_or_default().into());
        let note = signed(&filled(text, &store), signer);
        accepted |= post(&station, &mut store, now, &note)?;
    }
    station.tick(&mut store, now.saturating_add(60)).map_err(|error| format!("the tick failed: {error}"))?;
    Ok((store, accepted))
}

/// Sends a note, which must be accepted, or refused without changing the store.
fn post(station: &Station, store: &mut MemoryStore, now: u64, note: &str) -> Verdict {
    let before = files(store);
    let request = Request {
        method: "POST".to_owned(),
        path: "/notes".to_owned(),
        headers: Vec::new(),
        body: note.as_bytes().to_vec(),
    };
    let response = station.handle(store, &request, now).response;
    match response.status {
        200 | 201 => Ok(true),
        400..=499 if files(store) == before => Ok(false),
        status => {
            let response = String::from_utf8_lossy(&response.body).into_owned();
            Err(format!(
                "the station answered {status}, or refused but changed the store: {response}\n{note}"
            ))
        }
    }
}

fn files(store: &MemoryStore) -> BTreeMap<String, String> {
    store.files().map(|File { path, etag, .. }| (path.clone(), etag.clone())).collect()
}

fn station() -> Result<Station, String> {
    let root = key("carol/root", KeyKind::Note)?.verifier().to_string();
    let (log, own) = (key("log1", KeyKind::Note)?.encode(), key("station1", KeyKind::Cosignature)?.encode());
    Station::new(Some(ORIGIN), Some(&root), Some(&log), Some(&own)).map_err(|error| error.to_string())
}

/// The key with this name, which is also its seed.
fn key(name: &str, kind: KeyKind) -> Result<SecretKey, String> {
    let mut seed = [7; 32];
    seed.iter_mut().zip(name.bytes()).for_each(|(seed, byte)| *seed = byte);
    let name = KeyName::parse(&format!("{ORIGIN}/{name}")).map_err(|error| error.to_string())?;
    Ok(SecretKey::from_seed(name, kind, seed))
}

/// The text, signed by the key that the header names; unchanged if it cannot be signed.
fn signed(text: &str, signer: &str) -> String {
    let line = key(signer, KeyKind::Note).ok().and_then(|key| key.sign_note(text).ok());
    line.map_or_else(|| text.to_owned(), |line| Note::compose(text, [&line]))
}

fn filled(text: &str, store: &MemoryStore) -> String {
    let mut filled = String::new();
    for (nth, part) in text.split(['{', '}']).enumerate() {
        match part.strip_prefix("entry ").and_then(|index| index.parse().ok()) {
            _ if nth % 2 == 0 => filled.push_str(part),
            Some(index) => {
                let entry = store.get(&note_path(index)).ok().flatten();
                filled.push_str(&hash_text(&entry_hash(&entry.map(|file| file.body).unwrap_or_default())));
            }
            None => match key(part, if part == "station1" { KeyKind::Cosignature } else { KeyKind::Note }) {
                Ok(key) => filled.push_str(&key.verifier().to_string()),
                Err(_) => filled.push_str(part),
            },
        }
    }
    filled
}
