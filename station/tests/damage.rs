//! A damaged store: no note is accepted, and no damaged file is shown.

use outband_keys::Note;
use outband_site::paths;
use outband_station::verify::check_entries;
use outband_station::{File, MemoryStore, ProblemType, Store};

use crate::harness::Harness;
use crate::refusals::refused;
use crate::spoilt::{Row, core, harness, row};
use crate::stores::Recording;
use crate::texts::{by_alice, id, signed, value};

/// If any file that the station reads before accepting a note is changed or missing, it accepts nothing and names the
/// file.
#[test]
fn a_damaged_store_accepts_nothing_and_names_the_damaged_file() {
    let harness = harness();
    // A note for which it reads every kind of document: of an update, of its incident and month, tiles, and an entry.
    let correction = core(|u| {
        u.corrects = Some(id(1));
        u.seen = Some(value(format!(
            "{} {}",
            harness.tree().size,
            outband_record::log::hash_text(&harness.tree().root)
        )));
    });
    let note = signed(&correction, &["alice/phone", "bob/laptop"]);
    let duplicate = by_alice(Note::parse(&harness.get("/log/2.note").0.body).unwrap().text());
    for (note, status) in [(&note, 201), (&duplicate, 200)] {
        let mut recording =
            Harness::on(Recording { inner: harness.store.clone(), ..Recording::default() }, harness.now);
        assert_eq!(recording.send(note).status(), status);
        let mut read = recording.store.read.take();
        read.sort();
        read.dedup();
        // Files that are only read to see whether they change, such as pages, are replaced if damaged.
        read.retain(|path| harness.get(path).status() == 200 || path.starts_with("/log/tile/"));
        read.retain(|path| {
            let rewritten = [paths::STATUS_JSON, paths::UPTIME_JSON, paths::UPTIME_CSV];
            path.starts_with("/log/") || path.starts_with("/data/") && !rewritten.contains(&path.as_str())
        });
        assert!(read.len() >= 3, "{read:?}");
        for path in &read {
            damaged(&harness, note, path);
        }
    }
}

#[test]
fn a_store_whose_entries_do_not_hash_to_its_checkpoint_is_found() {
    let harness = harness();
    assert_eq!(check_entries(&harness.store).map_err(|why| why.to_string()), Ok(()));
    let found = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut twin = harness.twin();
        let File { path, mut body, modified, .. } = twin.store.get("/log/tile/entries/000").unwrap().unwrap();
        change(&mut body);
        twin.store.commit(&[File::new(path, body, modified)]).unwrap();
        check_entries(&twin.store).unwrap_err().to_string()
    };
    let changed = found(&|body| body[100] ^= 1);
    assert!(changed.contains("entry 0"), "{changed}");
    let cut = found(&|body| body.clear());
    assert!(cut.contains("/log/tile/entries/000"), "{cut}");
}

fn damaged(harness: &Harness, note: &[u8], path: &str) {
    let whole = harness.store.get(path).unwrap().unwrap();
    for at in [0, whole.body.len() / 3, whole.body.len() / 2, whole.body.len() - 1] {
        for bit in [1, 0x20] {
            let mut harness = harness.twin();
            let mut file = whole.clone();
            file.body[at] ^= bit;
            harness.store.commit(&[file]).unwrap();
            refused(&mut harness, &fault(note, path));
            let shown = harness.get(path);
            let is_tile = path.starts_with("/log/tile/");
            assert!(shown.status() == 503 || is_tile, "{path} is shown though it is damaged");
        }
    }
    let mut gone = MemoryStore::default();
    let others: Vec<_> = harness.store.files().filter(|file| file.path != path).cloned().collect();
    gone.commit(&others).unwrap();
    let mut harness = Harness::on(gone, harness.now);
    refused(&mut harness, &fault(note, path));
}

/// A changed store must not make a station sign on top of a log that it did not sign.
#[test]
fn a_checkpoint_with_an_invalid_signature_is_not_built_upon() {
    let harness = harness();
    let file = harness.store.get(paths::CHECKPOINT).unwrap().unwrap();
    let text = String::from_utf8(file.body.clone()).unwrap();
    let note = by_alice(&core(|_| {}));
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with('—')).collect();
    assert_eq!(lines.len(), 2);
    for line in lines {
        let at = line.len() - 8;
        let other = if line[at..].starts_with('A') { "B" } else { "A" };
        let forged = text.replace(line, &format!("{}{other}{}", &line[..at], &line[at + 1..]));
        let mut harness = harness.twin();
        harness
            .store
            .commit(&[File::new(paths::CHECKPOINT.to_owned(), forged.into_bytes(), file.modified)])
            .unwrap();
        refused(&mut harness, &fault(&note, paths::CHECKPOINT));
    }
}

fn fault(note: &[u8], path: &str) -> Row {
    let says = Box::leak(path.to_owned().into_boxed_str());
    row("a damaged store", note.to_vec(), ProblemType::StationFault, says)
}
