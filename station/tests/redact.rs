//! A redaction removes an entry's text from every file, and everything else still follows from the log.

use outband_record::log;
use outband_record::text::{Condition, Id, Phase, Update, Yes};
use outband_site::{pages, paths};
use outband_station::{ProblemType, Store};

use crate::harness::{Harness, Reply};
use crate::history;
use crate::rebuild::of_an_older_version;
use crate::stores::Unwiped;
use crate::texts::{DAY, HOUR, affects, by_alice, by_carol, id, past, redaction, update, value};

/// The text to be removed.
const NAME: &str = "Acme Widgets";

/// An update that names a customer in every line with free text.
fn naming(number: u64, now: u64, slug: &str, phase: Phase) -> Update {
    let mut update = update(number, now, slug, phase);
    update.title = value(format!("Mail of {NAME} is down"));
    update.summary = Some(value(format!("{NAME} told us first")));
    update.workaround = Some(value(format!("as {NAME} does")));
    update.affects.push(affects("mail", Condition::Outage));
    update.body = Some(format!("It was {NAME} who called.\n"));
    update
}

/// Makes an update refer to an earlier one.
type Relate = fn(&mut Update, Id);

/// The update, referring to the `number`th one.
fn about(mut update: Update, number: u64, relate: Relate) -> Vec<u8> {
    relate(&mut update, id(number));
    by_alice(&update.print())
}

pub(crate) fn redact<S: Store>(
    harness: &mut Harness<S>,
    entry: u64,
    number: u64,
    slug: Option<&str>,
) -> Reply {
    let leaf = harness.get(&log::note_path(entry)).text();
    let mut text = redaction(harness.tree().size, harness.now, entry, leaf.as_bytes(), number);
    text.incident = slug.map(value);
    harness.send(&by_carol(&text.print()))
}

/// Redacts, and checks that the text is gone, and that every file follows from the log, also after further notes.
fn gone(mut harness: Harness, entry: u64, number: u64, slug: Option<&str>) -> Harness {
    let naming = |harness: &Harness| {
        let files = harness.store.files().filter(|file| String::from_utf8_lossy(&file.body).contains(NAME));
        files.map(|file| file.path.clone()).collect::<Vec<_>>()
    };
    assert!(naming(&harness).len() > 3, "only {:?} name it", naming(&harness));
    harness.verify_whole();
    let note = harness.get(&log::note_path(entry)).text();
    let before = harness.tree();

    let reply = redact(&mut harness, entry, number, slug);
    assert_eq!(reply.status(), 201, "{}", reply.text());
    assert!(reply.text().contains("empty the CDN's cache"), "{}", reply.text());
    assert_eq!(naming(&harness), [""; 0]);
    harness.verify_whole();
    assert_eq!(harness.tree().size, before.size + 1);
    let by = log::note_path(before.size);
    assert_eq!(harness.get(&log::note_path(entry)).text(), format!("redacted: named a customer\nby: {by}\n"));
    for page in [paths::HISTORY, paths::REDACTIONS_JSON] {
        assert!(harness.get(page).text().contains("named a customer"), "{page}");
    }

    let whole = harness.dump();
    let lines = note.lines().filter(|line| !line.contains("/station1 ")).collect::<Vec<_>>().join("\n");
    let reply = harness.send(format!("{lines}\n").as_bytes());
    assert_eq!((reply.status(), reply.json()["type"].as_str()), (409, Some("urn:outband:problem:redacted")));
    let reply = redact(&mut harness, entry, number, slug);
    assert_eq!(reply.json()["type"], "urn:outband:problem:not-redactable", "{}", reply.text());
    assert_eq!(harness.dump(), whole);

    for (n, phase) in [Phase::Investigating, Phase::Identified, Phase::Resolved].into_iter().enumerate() {
        harness.pass(HOUR);
        harness.accept(&by_alice(&update(9_000_000 + n as u64, harness.now, "after", phase).print()));
        harness.verify_whole();
    }
    harness.pass(DAY);
    harness.verify_whole();
    harness
}

/// A station on which `core` is open and `edge` is over.
fn harness() -> Harness {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&update(1, harness.now, "core", Phase::Investigating).print()));
    harness.accept(&by_alice(&update(2, harness.now, "edge", Phase::Investigating).print()));
    harness.pass(HOUR);
    harness.accept(&by_alice(&update(3, harness.now, "edge", Phase::Resolved).print()));
    harness
}

/// Other updates keep the titles of what they refer to; these go with the words.
#[test]
fn what_others_quoted_is_gone_too() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(4, harness.now, "acme", Phase::Investigating).print()));
    let mut again = past(5, harness.now, "again");
    again.recurrence_of = Some(value("acme"));
    again.affects.push(affects("voice", Condition::Outage));
    harness.accept(&by_alice(&again.print()));
    let quoting = ["/data/incidents/again.json", "/components/voice.atom", "/incidents/again", paths::ATOM];
    for path in quoting {
        assert!(harness.get(path).text().contains(NAME), "{path}");
    }
    gone(harness, 5, 4, None);
}

#[test]
fn the_receipt_says_that_free_space_could_not_be_wiped() {
    let mut harness = Harness::set_up();
    harness.accept(&by_alice(&naming(1, harness.now, "core", Phase::Investigating).print()));
    let mut harness = Harness::on(Unwiped(harness.store), harness.now);
    let reply = redact(&mut harness, 2, 1, None);
    assert_eq!(reply.status(), 201, "{}", reply.text());
    let remark = reply.json()["remark"].as_str().unwrap().to_owned();
    for says in ["empty the CDN's cache", "still in free space", "a backup reads it"] {
        assert!(remark.contains(says), "{says}: {remark}");
    }
}

#[test]
fn an_update_among_others() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "core", Phase::Identified).print()));
    harness.pass(HOUR);
    harness.accept(&by_alice(&update(6, harness.now, "core", Phase::Monitoring).print()));
    let harness = gone(harness, 5, 5, Some("core"));
    assert!(harness.get("/incidents/core").text().contains("named a customer"));
    assert!(!harness.get("/incidents/edge").text().contains("named a customer"));
}

#[test]
fn the_newest_update() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "core", Phase::Resolved).print()));
    let harness = gone(harness, 5, 5, Some("core"));
    assert_eq!(harness.document("/data/incidents/core.json")["holds"]["phase"], "investigating");
}

#[test]
fn all_updates_of_an_incident() {
    let mut harness = harness();
    harness.pass(40 * DAY);
    harness.accept(&by_alice(&naming(5, harness.now, "acme", Phase::Investigating).print()));
    for path in ["/incidents/acme", "/incidents/acme/say", "/data/incidents/acme.json"] {
        assert_eq!(harness.get(path).status(), 200, "{path}");
    }
    let harness = gone(harness, 5, 5, None);
    for path in ["/incidents/acme", "/incidents/acme/say", "/data/incidents/acme.json"] {
        assert_eq!(harness.get(path).status(), 404, "{path}");
    }
}

#[test]
fn the_first_update_so_that_the_beginning_moves_to_another_month() {
    let mut harness = harness();
    let mut first = naming(5, harness.now, "old", Phase::Investigating);
    first.started = Some(value("2012-01-02T03:04:05Z"));
    harness.accept(&by_alice(&first.print()));
    harness.pass(HOUR);
    harness.accept(&by_alice(&update(6, harness.now, "old", Phase::Identified).print()));
    assert_eq!(harness.get("/history/2012-01").status(), 200);
    let harness = gone(harness, 5, 5, Some("old"));
    assert_eq!(harness.get("/history/2012-01").status(), 404);
}

#[test]
fn an_update_that_others_refer_to() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "core", Phase::Identified).print()));
    harness.pass(HOUR);
    let logged = |number, harness: &Harness| update(number, harness.now, "core", Phase::Identified);
    harness.accept(&about(logged(6, &harness), 5, |u, id| u.corrects = Some(id)));
    harness.accept(&about(logged(7, &harness), 6, |u, id| u.corrects = Some(id)));
    let mut german = logged(8, &harness);
    german.next_update = None;
    german.lang = Some(value("de"));
    harness.accept(&about(german, 5, |u, id| u.translates = Some(id)));
    harness.accept(&about(logged(9, &harness), 5, |u, id| u.retracts = Some(id)));
    gone(harness, 5, 5, Some("core"));
}

#[test]
fn an_update_that_refers_to_others() {
    for relate in [(|u, id| u.corrects = Some(id)) as Relate, |u, id| u.retracts = Some(id)] {
        let mut harness = harness();
        harness.accept(&about(naming(5, harness.now, "core", Phase::Identified), 1, relate));
        gone(harness, 5, 5, Some("core"));
    }
}

#[test]
fn a_drill() {
    let mut harness = harness();
    let mut drill = naming(5, harness.now, "drill", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    harness.accept(&by_alice(&drill.print()));
    let harness = gone(harness, 5, 5, None);
    assert_eq!(harness.get("/drill/drill").status(), 404);
}

#[test]
fn an_update_of_an_incident_in_which_another_continues() {
    gone(core_continues_in_big(), 5, 5, None);
}

/// A station on which `core` continues in `big`, whose first update names the customer.
fn core_continues_in_big() -> Harness {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "big", Phase::Investigating).print()));
    let mut ends = update(6, harness.now, "core", Phase::Identified);
    ends.continues_in = Some(value("big"));
    harness.accept(&by_alice(&ends.print()));
    harness
}

/// What remains of an incident is its end, which no station would accept as its beginning.
#[test]
fn the_update_that_opened_what_is_over() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "acme", Phase::Investigating).print()));
    harness.pass(HOUR);
    harness.accept(&by_alice(&update(6, harness.now, "acme", Phase::Resolved).print()));
    gone(harness, 5, 5, Some("acme"));
}

/// Full bundles and archives follow it; in every later archive the first update drops out and another becomes the last.
#[test]
fn an_update_far_back_in_the_log() {
    let mut harness = Harness::on(history::restored(0), 1_577_836_800);
    let naming = naming(7_000_000, 1_577_836_800, "acme", Phase::Notice);
    harness.accept(&by_alice(&naming.print()));
    let entry = harness.tree().size - 1;
    for n in 0..300 {
        history::say(&mut harness, n);
    }
    gone(harness, entry, 7_000_000, Some("acme"));
}

/// Archives have fifty updates each: with one fewer the last is gone, and nothing links to it.
#[test]
fn an_update_without_which_an_archive_is_not_full() {
    // Without the first one, all others move forward; without the last one, they stay where they are.
    for (archives, is_last) in [(1, false), (2, false), (2, true)] {
        let mut harness = harness();
        let naming = by_alice(&naming(5, harness.now, "acme", Phase::Notice).print());
        let mut notes: Vec<_> = (4..50 * archives)
            .map(|number| by_alice(&past(100 + number, harness.now, &format!("of-{number}")).print()))
            .collect();
        notes.insert(if is_last { notes.len() } else { 0 }, naming);
        let entry = if is_last { harness.tree().size + notes.len() as u64 - 1 } else { harness.tree().size };
        notes.iter().for_each(|note| drop(harness.accept(note)));
        assert_eq!(harness.get(&paths::archive_atom(archives)).status(), 200);
        let mut twin = harness.twin();
        assert_eq!(redact(&mut twin, entry, 5, Some("acme")).status(), 201);
        assert_eq!(twin.get(&paths::archive_atom(archives)).status(), 404);
        gone(harness, entry, 5, Some("acme"));
    }
}

/// Work is due that no tick has done yet when the redaction arrives.
#[test]
fn while_work_is_due() {
    let mut harness = harness();
    harness.accept(&by_alice(&naming(5, harness.now, "acme", Phase::Notice).print()));
    let mut drill = update(6, harness.now, "practice", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    harness.accept(&by_alice(&drill.print()));
    harness.now += 40 * DAY;
    let reply = redact(&mut harness, 5, 5, None);
    assert_eq!(reply.status(), 201, "{}", reply.text());
    harness.verify_whole();
    harness.accept(&by_alice(&update(7, harness.now, "core", Phase::Resolved).print()));
    harness.verify_whole();
}

/// A translation of a redacted update does not state whether that was a drill.
#[test]
fn a_translated_drill() {
    for before in [false, true] {
        let mut harness = harness();
        let german = |number, harness: &Harness, slug: &str| {
            let mut german = update(number, harness.now, slug, Phase::Investigating);
            (german.next_update, german.lang) = (None, Some(value("de")));
            german
        };
        if before {
            let german = german(4, &harness, "core");
            harness.accept(&about(german, 1, |u, id| u.translates = Some(id)));
        }
        let mut drill = naming(5, harness.now, "practice", Phase::Investigating);
        drill.drill = Some(Yes::Yes);
        harness.accept(&by_alice(&drill.print()));
        let entry = harness.tree().size - 1;
        let mut german = german(6, &harness, "practice");
        german.title = value("Eine Übung");
        harness.accept(&about(german, 5, |u, id| u.translates = Some(id)));
        let harness = gone(harness, entry, 5, None);
        for path in ["/updates.de.atom", "/updates.atom"] {
            assert!(!harness.get(path).text().contains("Eine Übung"), "{path}");
        }
    }
}

/// An incident that continues in another one still does when the first update of that one is redacted, and when that
/// one begins again.
#[test]
fn the_first_update_of_an_incident_in_which_others_continue() {
    let mut harness = core_continues_in_big();
    let is_open = |harness: &Harness| harness.document(paths::STATUS_JSON).to_string().contains("\"core\"");
    let mut twin = harness.twin();
    harness.accept(&by_alice(&update(7, harness.now, "big", Phase::Identified).print()));
    assert!(!is_open(&harness));
    assert!(!is_open(&gone(harness, 5, 5, None)), "it is still taken over");

    assert_eq!(redact(&mut twin, 5, 5, None).status(), 201);
    twin.verify_whole();
    assert!(is_open(&twin), "no incident takes it over");
    twin.accept(&by_alice(&update(7, twin.now, "big", Phase::Identified).print()));
    twin.verify_whole();
    assert!(!is_open(&twin));
}

/// A re-rendering in progress continues over the remaining pieces.
#[test]
fn during_a_re_rendering() {
    let mut harness = harness();
    let mut old = naming(5, harness.now, "old", Phase::Notice);
    old.started = Some(value("2012-01-02T03:04:05Z"));
    harness.accept(&by_alice(&old.print()));
    for number in 0..6 {
        let mut other = past(100 + number, harness.now, &format!("of-{number}"));
        other.started = Some(value(format!("2011-0{}-02T03:04:05Z", number + 1)));
        harness.accept(&by_alice(&other.print()));
    }
    let entry = 5;
    let total = harness.tree().size;
    for steps in 0..total + 8 {
        let mut harness = of_an_older_version(&harness);
        for _ in 0..steps {
            harness.station.rebuild(&mut harness.store, pages::RENDERER, harness.now, 1).unwrap();
        }
        assert_eq!(redact(&mut harness, entry, 5, None).status(), 201);
        harness.tick();
        harness.settle();
        harness.verify_whole();
    }
}

#[test]
fn an_inadmissible_redaction_is_refused_and_changes_nothing() {
    let mut harness = harness();
    let whole = harness.dump();
    for (entry, number, slug, says) in [
        (1, 1, None, "only the text of updates"),
        (2, 2, None, "is the update"),
        (2, 1, Some("edge"), "belongs to the incident core"),
    ] {
        let reply = redact(&mut harness, entry, number, slug);
        assert_eq!(reply.status(), ProblemType::NotRedactable.status());
        assert!(reply.text().contains(says), "{}", reply.text());
    }
    let by_operator = by_alice(&redaction(9, harness.now, 2, b"", 1).print());
    assert_eq!(harness.send(&by_operator).status(), 403);
    assert_eq!(harness.dump(), whole);
    assert!(harness.store.get("/data/redactions.json").unwrap().is_some());
}
