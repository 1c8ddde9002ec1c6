//! A store that is damaged: nothing is accepted by it, and nothing of it is shown.

use outband_keys::Note;
use outband_site::paths;
use outband_station::{ProblemType, MemoryStore, Store};

use crate::desk::Desk;
use crate::refusals::{Row, by_alice, core, desk, refused, row};
use crate::logged::{id, signed, value};
use crate::stores::Recording;

/// Whatever the station reads before it accepts: with any part of it changed or gone, it accepts nothing, and names
/// the file.
#[test]
fn a_damaged_store_accepts_nothing_and_names_what_is_damaged() {
    let desk = desk();
    // It reads each kind of document: of an update, of its incident and month, tiles, and an entry.
    let correction = core(|u| {
        u.corrects = Some(id(1));
        u.seen = Some(value(format!(
            "{} {}",
            desk.tree().size,
            outband_record::log::hash_text(&desk.tree().root)
        )));
    });
    let note = signed(&correction, &["alice/phone", "bob/laptop"]);
    let duplicate = by_alice(Note::parse(&desk.get("/log/2.note").0.body).unwrap().text());
    for (note, status) in [(&note, 201), (&duplicate, 200)] {
        let mut recording =
            Desk::on(Recording { inner: desk.store.clone(), ..Recording::default() }, desk.now);
        assert_eq!(recording.send(note).status(), status);
        let mut read = recording.store.read.take();
        read.sort();
        read.dedup();
        // Pages, and what is written anew each time, are read to see whether they change; a damaged one is replaced.
        read.retain(|path| desk.get(path).status() == 200 || path.starts_with("/log/tile/"));
        read.retain(|path| {
            let anew = [paths::STATUS_JSON, paths::UPTIME_JSON, paths::UPTIME_CSV];
            path.starts_with("/log/") || path.starts_with("/data/") && !anew.contains(&path.as_str())
        });
        assert!(read.len() >= 3, "{read:?}");
        for path in &read {
            damaged(&desk, note, path);
        }
    }
}

fn damaged(desk: &Desk, note: &[u8], path: &str) {
    let whole = desk.store.get(path).unwrap().unwrap();
    for at in [0, whole.body.len() / 3, whole.body.len() / 2, whole.body.len() - 1] {
        for bit in [1, 0x20] {
            let mut desk = desk.twin();
            let mut file = whole.clone();
            file.body[at] ^= bit;
            desk.store.commit(&[file]).unwrap();
            refused(&mut desk, &fault(note, path));
            let shown = desk.get(path);
            let is_tile = path.starts_with("/log/tile/");
            assert!(shown.status() == 503 || is_tile, "{path} is shown though it is damaged");
        }
    }
    let mut gone = MemoryStore::default();
    let others: Vec<_> = desk.store.files().filter(|file| file.path != path).cloned().collect();
    gone.commit(&others).unwrap();
    let mut desk = Desk::on(gone, desk.now);
    refused(&mut desk, &fault(note, path));
}

fn fault(note: &[u8], path: &str) -> Row {
    let says = Box::leak(path.to_owned().into_boxed_str());
    row("a damaged store", note.to_vec(), ProblemType::StationFault, says)
}
