//! After an upgrade of the renderer, everything is re-rendered in steps; until then the old files are served.

use outband_record::text::Phase;
use outband_site::{pages, paths};
use outband_station::verify::{self, Incomparable};
use outband_station::{File, Store};

use crate::harness::Harness;
use crate::texts::{DAY, START, by_alice, by_carol, past, revocation, signed, site, time, update};

const OLD: &[u8] = b"<!doctype html><title>As the old version wrote it</title>\n";

/// Thirty notices and incidents in as many weeks, one of them open.
fn harness() -> Harness {
    let mut harness = Harness::set_up();
    for n in 1..=30 {
        harness.now = START + n * 7 * DAY;
        let slug = format!("incident-{n}");
        let update = match n {
            30 => update(n, harness.now, &slug, Phase::Investigating),
            _ => past(n, harness.now, &slug),
        };
        harness.accept(&by_alice(&update.print()));
    }
    harness.verify_whole();
    harness
}

/// The same store as an older renderer would have left it: every page and feed differs.
pub(crate) fn of_an_older_version(harness: &Harness) -> Harness {
    let mut old = harness.twin();
    let is_rendered = |file: &&File| !file.path.starts_with("/log/") && !file.path.starts_with("/data/");
    let scribbled: Vec<_> = harness.store.files().filter(is_rendered).cloned().collect();
    let scribbled: Vec<_> =
        scribbled.into_iter().map(|file| File::new(file.path, OLD.to_vec(), file.modified)).collect();
    old.store.commit(&scribbled).unwrap();
    let renderer =
        harness.get(paths::RENDERER_JSON).text().replace("\"renderer\":\"", "\"renderer\":\"older-than-");
    old.store
        .commit(&[File::new(paths::RENDERER_JSON.to_owned(), renderer.into_bytes(), harness.now)])
        .unwrap();
    assert!(is_incomparable(&old));
    old
}

fn is_incomparable(harness: &Harness) -> bool {
    verify::incomparable(harness).unwrap().is_some()
}

/// Bodies by path, without the checkpoint, which contains the time.
fn bodies(harness: &Harness) -> Vec<(String, Vec<u8>)> {
    let mut dump = harness.dump();
    dump.remove(paths::CHECKPOINT);
    dump.into_values().map(|file| (file.path, file.body)).collect()
}

fn rebuild(harness: &mut Harness, budget: u64) -> u64 {
    let next = harness.station.rebuild(&mut harness.store, pages::RENDERER, harness.now, budget).unwrap();
    assert!(next > harness.now);
    next
}

#[test]
fn re_rendering_in_small_steps_restores_every_file() {
    let harness = harness();
    for budget in [1, 3, 7, 1000] {
        let mut old = of_an_older_version(&harness);
        let mut steps = 0;
        while is_incomparable(&old) {
            let next = rebuild(&mut old, budget);
            steps += 1;
            let busy = is_incomparable(&old);
            assert_eq!(next, old.now + if busy { 1 } else { 60 });
            // Each page is complete, old or new.
            for (path, body) in
                bodies(&harness).into_iter().filter(|(path, _)| path.starts_with("/incidents/"))
            {
                let found = old.get(&path);
                assert!(found.status() == 200 && (found.0.body == OLD || found.0.body == body), "{path}");
            }
            // The host restarts.
            old = old.twin();
        }
        // 32 entries, months from September to April, and the feeds of four components and two languages.
        assert_eq!(steps, 46_u64.div_ceil(budget), "steps of {budget}");
        assert_eq!(bodies(&old), bodies(&harness), "budget {budget}");
        old.verify_whole();
    }
}

/// A note received meanwhile is shown at once, and continues the re-rendering within its own budget.
#[test]
fn a_note_during_a_re_rendering_is_shown_at_once() {
    let harness = harness();
    let mut old = of_an_older_version(&harness);
    rebuild(&mut old, 2);
    assert!(is_incomparable(&old));
    let now = old.now;
    // It began in a month without incidents, before all others, so the list of months shifts during the work.
    let mut update = update(100, now, "core", Phase::Investigating);
    update.started = Some(time(START - 90 * DAY));
    let mut whole = harness.twin();
    for harness in [&mut old, &mut whole] {
        harness.accept(&signed(&update.print(), &["bob/laptop"]));
    }
    for path in ["/incidents/core", "/history/2013-06", "/data/incidents/core.json"] {
        assert_eq!(old.get(path).0.body, whole.get(path).0.body, "{path}");
    }
    while is_incomparable(&old) {
        rebuild(&mut old, 2);
    }
    assert_eq!(bodies(&old), bodies(&whole));
    old.verify_whole();
}

/// A damaged page is not served, and re-rendering replaces it although its validator is unchanged.
#[test]
fn a_damaged_page_is_an_error_until_it_is_re_rendered() {
    let harness = harness();
    let mut damaged = harness.twin();
    for path in ["/incidents/incident-3", "/", "/history/2013-11", "/404"] {
        let mut file = harness.store.get(path).unwrap().unwrap();
        file.body[40] ^= 4;
        damaged.store.commit(&[file]).unwrap();
        let shown = damaged.get(path);
        assert_eq!(shown.status(), 503, "{path}");
        assert!(shown.text().starts_with("Status unknown"), "{}", shown.text());
        assert_eq!(shown.header("cache-control"), Some("no-store"));
    }
    damaged.station.rebuild(&mut damaged.store, "another", damaged.now, 1).unwrap();
    damaged.station.rebuild(&mut damaged.store, pages::RENDERER, damaged.now, 1000).unwrap();
    assert_eq!(bodies(&damaged), bodies(&harness));
}

/// A new site note re-renders everything, and a revocation with `since` re-renders everything from that entry on.
#[test]
fn a_site_note_and_a_revocation_with_since_re_render_in_steps() {
    let mut harness = harness();
    for n in 31..=80 {
        harness.accept(&by_alice(&past(n, harness.now, &format!("incident-{n}")).print()));
    }
    harness.accept(&by_carol(&site(2).print()));
    assert_eq!(
        verify::incomparable(&harness),
        Ok(Some(Incomparable::Unfinished)),
        "more than one note's budget"
    );
    harness.settle();
    harness.verify_whole();
    assert!(harness.get("/incidents/incident-1").text().contains("Example Mail 2"));

    let before = harness.dump();
    let revocation = revocation(1, harness.now, "alice/phone", Some(20));
    harness.accept(&by_carol(&revocation.print()));
    harness.settle();
    harness.verify_whole();
    let after = harness.dump();
    let is_changed = |n: u64| {
        let path = format!("/incidents/incident-{n}");
        before[&path].body != after[&path].body
    };
    // Entry 2 belongs to the first incident.
    assert!((1..=18).all(|n| !is_changed(n)) && (19..=80).all(is_changed));
}

/// A version that speaks another language begins its feed, so that the store is as if that version had written it.
#[test]
fn a_language_that_is_new_to_the_program_gets_its_feed() {
    let harness = harness();
    let mut old = of_an_older_version(&harness);
    let channels = old.get(paths::CHANNELS_JSON).text().replace("\"ar\",", "");
    assert_ne!(channels, old.get(paths::CHANNELS_JSON).text());
    let of_arabic = ["/updates.ar.atom", "/data/languages/ar.json"];
    let mut files: Vec<_> = of_arabic.map(|path| File::deletion(path.to_owned())).into();
    files.push(File::new(paths::CHANNELS_JSON.to_owned(), channels.into_bytes(), harness.now));
    old.store.commit(&files).unwrap();
    while is_incomparable(&old) {
        rebuild(&mut old, 7);
    }
    assert_eq!(bodies(&old), bodies(&harness));
    old.verify_whole();
}
