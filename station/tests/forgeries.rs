//! Forgeries that fail although the station has its own keys: a log with an inadmissible entry is not proven.

use outband_record::log;
use outband_record::text::{Phase, Seen};
use outband_station::MemoryStore;
use outband_station::verify::{Log, Proven, Source, SourceError, Unproven};

use crate::copies::{Copy, checkpoint, entry};
use crate::harness::OPERATORS;
use crate::texts::{
    DAY, ORIGIN, START, by_alice, by_carol, composed, id, key, redaction, revocation, roster, signed, site,
    time, update, value,
};

/// A roster, a site note and three updates by alice; the last one has seen the four entries before it.
fn entries() -> Vec<Vec<u8>> {
    let mut entries = vec![
        entry(&by_carol(&roster(1, &OPERATORS).print()), "station1", START),
        entry(&by_carol(&site(1).print()), "station1", START),
        logged(&update(1, START, "core", Phase::Investigating).print()),
        logged(&update(2, START, "core", Phase::Identified).print()),
    ];
    let seen = log::rebuild(entries.iter().map(Vec::as_slice)).unwrap().tree;
    let mut last = update(3, START, "core", Phase::Resolved);
    last.seen = Some(Seen { size: seen.size, root: seen.root.0 });
    entries.push(logged(&last.print()));
    entries
}

fn logged(text: &str) -> Vec<u8> {
    said_by("alice/phone", text)
}

fn said_by(name: &str, text: &str) -> Vec<u8> {
    entry(&signed(text, &[name]), "station1", START)
}

fn prove(copy: &Copy) -> Result<u64, Unproven> {
    let roots = [key("carol/root").verifier(), key("dave/root").verifier()];
    Proven::from_source(copy, Some(&roots), &MemoryStore::default()).map(|proven| proven.tree().size)
}

#[test]
fn an_inadmissible_entry_is_found() {
    let good = entries();
    assert_eq!(prove(&Copy::of_log(&good, START)).unwrap(), 5);

    let text = update(9, START, "core", Phase::Identified).print();
    let alice = key("alice/phone").sign_note(&text).unwrap();
    let receipt = |name: &str, at| key(name).receipt(&text, at).unwrap();
    let mut future = update(9, START + 601, "core", Phase::Resolved);
    future.next_update = None;
    let mut late = update(9, START - 9, "core", Phase::Resolved);
    late.submit_by = Some(time(START - 1));
    let mut nowhere = update(9, START, "core", Phase::Resolved);
    nowhere.unaffected.push(value("fax"));
    let mut stranger = roster(2, &OPERATORS);
    stranger.station.remove(0);
    let root = |text: &str| said_by("carol/root", text);
    let reused = update(1, START, "core", Phase::Resolved).print();
    let elsewhere = text.replace(ORIGIN, "status.example.org");
    let cases = [
        ("by an unknown key", said_by("mallory/phone", &text), "with an enrolled key"),
        ("by a root", root(&text), "with an enrolled key"),
        ("the same note again", good[3].clone(), "has the same id"),
        ("another text under the same id", logged(&reused), "has the same id"),
        ("of another origin", logged(&elsewhere), "was written for the log"),
        ("without a receipt", composed(&text, std::slice::from_ref(&alice)), "no receipt by a station"),
        ("with a stranger's receipt", entry(&by_alice(&text), "station3", START), "no receipt"),
        (
            "with a line that has no effect",
            composed(
                &text,
                &[alice.clone(), key("mallory/phone").sign_note(&text).unwrap(), receipt("station1", START)],
            ),
            "neither signatures nor receipts",
        ),
        ("without a signature", composed(&text, &[receipt("station1", START)]), "with an enrolled key"),
        ("received before it was written", logged(&future.print()), "601 seconds ahead"),
        ("received too late", logged(&late.print()), "submitted by"),
        ("about nothing", logged(&nowhere.print()), "no component fax"),
        (
            "of another kind",
            logged(&update(9, START, "core", Phase::Notice).print()),
            "use a phase of the kind",
        ),
        ("a skipped roster", root(&roster(3, &OPERATORS).print()), "the next one is number 2"),
        ("a roster by an operator", logged(&roster(2, &OPERATORS).print()), "with an enrolled key"),
        ("a roster without the station", root(&stranger.print()), "receipts would be invalid"),
        (
            "a redaction of an id in another entry",
            root(&redaction(1, START, 2, b"", 2).print()),
            "the leaf hash of entry 2",
        ),
        ("no text", logged("outband update v1\n"), "origin"),
        ("no note", b"hello".to_vec(), "not signed"),
    ];
    for (name, forged, says) in cases {
        let mut entries = good.clone();
        entries.push(forged);
        let error = prove(&Copy::of_log(&entries, START)).expect_err(name).to_string();
        assert!(error.starts_with("entry 5: ") && error.contains(says), "{name}: {error}");
    }
}

/// A hash in place of an entry requires a redaction of that entry, and a redaction requires the hash.
#[test]
fn an_entry_may_be_withheld_only_if_a_redaction_names_it() {
    let hash = |entry: &[u8]| log::entry_hash(entry).0.to_vec();
    let leaves = entries();
    let redact = |number, entry: usize, update| {
        let text = redaction(number, START, entry as u64, &leaves[entry], update);
        said_by("carol/root", &text.print())
    };
    let of = |entries: &[Vec<u8>]| prove(&Copy::of_log(entries, START)).map_err(|error| error.to_string());
    let mut entries = leaves.clone();
    let whole = entries[3].clone();
    entries[3] = hash(&whole);
    assert!(of(&entries).unwrap_err().contains("entry 3: only its hash is present"));
    entries.push(redact(1, 2, 1));
    assert!(of(&entries).is_err(), "another one is redacted");
    entries[5] = redact(1, 3, 2);
    assert_eq!(of(&entries), Ok(6));
    entries[3] = whole;
    assert!(of(&entries).unwrap_err().contains("entry 3: entry 5 redacts it, but its text is still present"));
    entries[5] = redact(1, 3, 77);
    assert!(of(&entries).unwrap_err().contains("entry 5: entry 3 is the update"));

    entries[3] = hash(&entries[3]);
    let other = redaction(1, START, 3, &leaves[2], 77).print();
    let signed = std::mem::replace(&mut entries[5], said_by("carol/root", &other));
    assert!(of(&entries).unwrap_err().contains("entry 5: the leaf hash of entry 3 is"));
    entries[5] = redact(1, 3, 1);
    assert!(of(&entries).unwrap_err().contains("elsewhere in the log"), "the id of another update");
    entries[5] = signed;
    entries.push(redact(2, 3, 78));
    assert!(of(&entries).unwrap_err().contains("has already been redacted by entry 5"));
    entries[6] = said_by("alice/phone", &redaction(2, START, 2, b"", 1).print());
    assert!(of(&entries).unwrap_err().contains("entry 6: "));
    entries[6] = logged(&update(77, START, "core", Phase::Resolved).print());
    assert!(of(&entries).unwrap_err().contains("was published as entry 3 and redacted"));
    let first = hash(&entries[0]);
    entries[0] = first;
    assert!(of(&entries).is_err());
}

/// Notes signed by a revoked key are refused from the revocation on, and not before.
#[test]
fn authority_depends_on_the_place_in_the_log() {
    let mut entries = entries();
    entries.push(said_by("carol/root", &revocation(1, START, "alice/phone", None).print()));
    assert_eq!(prove(&Copy::of_log(&entries, START)).unwrap(), 6);
    entries.push(logged(&update(9, START, "core", Phase::Resolved).print()));
    let error = prove(&Copy::of_log(&entries, START)).unwrap_err().to_string();
    assert!(error.contains("entry 6: ") && error.contains("removed by entry 5"), "{error}");
}

/// To rewrite the past, a forger would have to drop every update whose author has seen more of the log.
#[test]
fn a_rewritten_past_contradicts_what_a_later_author_has_seen() {
    let good = entries();
    let without = |gone: usize| {
        let mut entries = good.clone();
        entries.remove(gone);
        entries
    };
    let mut swapped = good.clone();
    swapped.swap(2, 3);
    let mut altered = good.clone();
    altered[3] = logged(&update(2, START, "core", Phase::Monitoring).print());
    let mut later = good.clone();
    later[3] = entry(&by_alice(&text_of_entry(&good[3])), "station1", START + 1);
    for (name, entries) in
        [("dropped", without(2)), ("swapped", swapped), ("altered", altered), ("later", later)]
    {
        let error = prove(&Copy::of_log(&entries, START + 1)).expect_err(name).to_string();
        assert!(["rewritten", "another history"].iter().any(|says| error.contains(says)), "{name}: {error}");
    }
    assert_eq!(prove(&Copy::of_log(&without(4), START)).unwrap(), 4, "a shorter log is still valid");
}

fn text_of_entry(entry: &[u8]) -> String {
    outband_keys::Note::parse_entry(entry).map(|note| note.text().to_owned()).unwrap()
}

#[test]
fn a_log_begins_with_its_roster_and_site() {
    let good = entries();
    for (name, entries, says) in [
        ("a site first", vec![good[1].clone()], "needs a roster note next"),
        ("an update second", vec![good[0].clone(), good[2].clone()], "needs a site note next"),
    ] {
        let error = prove(&Copy::of_log(&entries, START)).expect_err(name).to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
    let error = prove(&Copy::of_log(&[], START)).unwrap_err().to_string();
    assert!(error.contains("nothing to prove"), "{error}");
}

/// Without the log's key, nobody can make a reader do any work.
#[test]
fn nothing_that_a_checkpoint_promises_is_read_before_its_signature_is_verified() {
    let entries: Vec<_> = (3..300).fold(entries(), |mut entries, n| {
        entries.push(logged(&update(n, START, "core", Phase::Identified).print()));
        entries
    });
    let mut copy = Copy::of_log(&entries, START);
    let size = log::MAX_SIZE;
    let text = checkpoint(log::Tree { size, root: log::Hash([7; 32]) });
    let first = "/log/tile/entries/000";
    for (signer, says) in [("log2", "not signed by the roster's log key"), ("log1", "is missing")] {
        copy.sign(
            &text,
            &[key(signer).sign_note(&text).unwrap(), key("station1").cosign(&text, START).unwrap()],
        );
        copy.read.borrow_mut().clear();
        let error = prove(&copy).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
        let read = copy.read.borrow().clone();
        let is_signed = signer == "log1";
        assert_eq!(read[..2], ["/log/checkpoint", first]);
        assert_eq!(read.len() > 2, is_signed, "{read:?}");
    }
    let stranger = [key("mallory/root").verifier()];
    copy.read.borrow_mut().clear();
    let error = Proven::from_source(&copy, Some(&stranger), &MemoryStore::default()).err().unwrap();
    assert!(error.to_string().contains("other roots"), "{error}");
    assert_eq!(*copy.read.borrow(), ["/log/checkpoint", first]);
}

/// `--root` names them, also when other roots are in force.
#[test]
fn the_founders_are_the_roots_of_roster_1() {
    let [carol, dave, judy] = ["carol/root", "dave/root", "judy/root"].map(|name| key(name).verifier());
    let mut second = roster(2, &OPERATORS);
    second.root = vec![judy.clone()];
    let second = entry(&signed(&second.print(), &["carol/root", "judy/root"]), "station1", START);
    let copy = Copy::of_log(&[entries(), vec![second]].concat(), START);
    let (roots, scratch) = ([carol, dave], MemoryStore::default());
    let proven = Proven::from_source(&copy, Some(&roots), &scratch).unwrap();
    assert_eq!(proven.founders(), roots);
    assert_eq!(proven.authority().unwrap().roster().root, [judy]);
}

/// Everything up to T is rendered, a page for each month: a T thousands of years ahead would fill the memory.
#[test]
fn a_time_that_has_not_come_is_refused_before_anything_is_rendered() {
    let copy = Copy::of_log(&entries(), START + 2 * DAY);
    let proven = |latest| {
        let log = Log::read(&copy, None).unwrap().until(time(latest));
        log.prove(&MemoryStore::default(), &mut |_| true).map(drop)
    };
    let error = proven(START + DAY).unwrap_err().to_string();
    assert!(error.contains("which has not come yet"), "{error}");
    proven(START + 2 * DAY).unwrap();
}

/// Only a redaction excuses a reference to an update that is not there.
#[test]
fn an_update_that_corrects_nothing_is_found() {
    let mut correction = update(9, START, "core", Phase::Resolved);
    correction.corrects = Some(id(77));
    let entries = [entries(), vec![logged(&correction.print())]].concat();
    let found = prove(&Copy::of_log(&entries, START)).unwrap_err();
    assert!(matches!(found, Unproven::Entry { index: 5, .. }), "{found}");

    // The redaction of another update excuses nothing.
    let with = |corrects| {
        let mut log = self::entries();
        let text = redaction(1, START, 3, &log[3], 2).print();
        log[3] = log::entry_hash(&log[3]).0.to_vec();
        let mut correction = update(9, START, "core", Phase::Resolved);
        correction.corrects = Some(id(corrects));
        log.extend([said_by("carol/root", &text), logged(&correction.print())]);
        prove(&Copy::of_log(&log, START))
    };
    assert_eq!(with(2).unwrap(), 7);
    let found = with(77).unwrap_err();
    assert!(matches!(found, Unproven::Entry { index: 6, .. }), "{found}");
}

/// The log's own key may sign any size; entries that never end are still refused.
#[test]
fn an_endless_log_is_refused() {
    struct Endless(Copy);
    impl Source for Endless {
        fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
            if path == "/log/checkpoint" || path == "/log/tile/entries/000" {
                return self.0.read(path);
            }
            // 256 entries of the largest size, the same for ever.
            Ok(Some([0xff; 2 + log::MAX_LEAF].repeat(256)))
        }

        fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
            Ok(None)
        }
    }
    let first = entries().remove(0);
    let mut copy = Copy::of_log(&vec![first; 256], START);
    let text = checkpoint(log::Tree { size: log::MAX_SIZE, root: log::Hash([7; 32]) });
    copy.sign(&text, &[key("log1").sign_note(&text).unwrap(), key("station1").cosign(&text, START).unwrap()]);
    let error = Proven::from_source(&Endless(copy), None, &MemoryStore::default()).err().unwrap().to_string();
    assert!(error.contains("too many to verify"), "{error}");
}

#[test]
fn an_earlier_root_is_computed_from_the_hashes_alone() {
    let entries = entries();
    let copy = Copy::of_log(&entries, START);
    let scratch = MemoryStore::default();
    let hashes = Proven::from_source(&copy, None, &scratch).unwrap().hashes();
    for size in 1..=entries.len() {
        let tree = log::rebuild(entries[..size].iter().map(Vec::as_slice)).unwrap().tree;
        assert_eq!(hashes.root_at(tree.size), Ok(tree.root));
    }
    assert!(hashes.root_at(hashes.tree().size + 1).is_err());
}

#[test]
fn a_checkpoint_has_exactly_the_required_signatures() {
    let entries = entries();
    let mut copy = Copy::of_log(&entries, START);
    let tree = log::rebuild(entries.iter().map(Vec::as_slice)).unwrap().tree;
    let text = checkpoint(tree);
    let other_log = text.replace("/log1", "/log2");
    let log = |name: &str, text: &str| key(name).sign_note(text).unwrap();
    let cosigned = |name: &str, at| key(name).cosign(&text, at).unwrap();
    let (by_log, by_station) = (log("log1", &text), cosigned("station1", START));
    for (name, text, lines, says) in [
        ("no log key", &text, vec![by_station.clone()], "not signed by the roster's log key"),
        (
            "another log key",
            &text,
            vec![log("log2", &text), by_station.clone()],
            "not signed by the roster's log key",
        ),
        ("another log", &other_log, vec![log("log2", &other_log)], "the roster's is"),
        ("no station", &text, vec![by_log.clone()], "no station of the roster"),
        (
            "a strange station",
            &text,
            vec![by_log.clone(), cosigned("station3", START)],
            "no station of the roster",
        ),
        (
            "a line too many",
            &text,
            vec![by_log.clone(), by_station.clone(), log("alice/phone", &text)],
            "not made by keys of the roster",
        ),
        (
            "a receipt for a cosignature",
            &text,
            vec![by_log.clone(), key("station1").receipt(&text, START).unwrap()],
            "no station of the roster",
        ),
        (
            "before its newest entry",
            &text,
            vec![by_log.clone(), cosigned("station1", START - 1)],
            "before the newest",
        ),
    ] {
        copy.sign(text, &lines);
        let error = prove(&copy).expect_err(name).to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
    copy.sign(&text, &[by_log.clone(), cosigned("station2", START)]);
    assert_eq!(prove(&copy).unwrap(), 5, "any station of the roster may serve it");
    copy.sign(&text, &[by_log, by_station]);
    assert_eq!(prove(&copy).unwrap(), 5);
}
