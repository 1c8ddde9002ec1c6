//! What a host judges before a note waits for its one writer: who signed it.

use outband_record::text::Phase;
use outband_station::{Enrolled, Handled, MemoryStore, Outcome, ProblemType, Request};

use crate::harness::Harness;
use crate::texts::{by_alice, composed, key, signed, update};

/// What becomes of a posted note: passed on, or what it is refused for.
fn screened(harness: &Harness, enrolled: &Enrolled, note: &[u8]) -> Option<Outcome> {
    let (method, path) = ("POST".to_owned(), "/notes".to_owned());
    let request = Request { method, path, body: note.to_vec(), ..Request::default() };
    match harness.station.screen(enrolled, &request) {
        Ok(_) => None,
        Err(Handled { outcome, due, .. }) => {
            assert_eq!(due, None, "nothing has changed");
            Some(outcome.unwrap())
        }
    }
}

#[test]
fn only_notes_by_enrolled_keys_are_passed_on() {
    let harness = Harness::set_up();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    let forged = |name: &str| composed(&text, &[key(name).sign_note("Another.\n").unwrap()]);
    let document = harness.get(Enrolled::PATH).0.body;
    for enrolled in [Enrolled::read(&harness.store).unwrap(), Enrolled::parse(&document).unwrap()] {
        let screened = |note: &[u8]| screened(&harness, &enrolled, note);
        let refused = |problem| Some(Outcome::Refused(problem));
        assert_eq!(screened(&by_alice(&text)), None);
        assert_eq!(screened(&signed(&text, &["mallory/phone"])), refused(ProblemType::UnknownSigner));
        assert_eq!(screened(&forged("alice/phone")), refused(ProblemType::BadSignature));
        assert_eq!(screened(&forged("mallory/phone")), refused(ProblemType::UnknownSigner));
    }
    assert!(Enrolled::parse(b"{}").is_err());
}

/// Its roots are in the settings, which the writer knows.
#[test]
fn before_the_first_roster_every_note_is_passed_on() {
    let harness = Harness::empty();
    let enrolled = Enrolled::read(&MemoryStore::default()).unwrap();
    let text = update(1, harness.now, "core", Phase::Investigating).print();
    assert_eq!(screened(&harness, &enrolled, &signed(&text, &["mallory/phone"])), None);
}

#[test]
fn outcomes_are_one_line_each() {
    for (outcome, line) in [
        (Outcome::Accepted { index: 2 }, "accepted as entry 2"),
        (Outcome::Known { index: 2 }, "already accepted as entry 2"),
        (Outcome::Refused(ProblemType::UnknownSigner), "refused: unknown-signer"),
    ] {
        assert_eq!(outcome.to_string(), line);
    }
}
