//! Notes signed by SSH keys of every type.

use outband_keys::{Note, SshSignature, VerifierKey};
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use crate::authenticator::{
    Authenticator, BROWSER, Browser, ECDSA, ED25519, PASSKEY, PRESENT, SK_ECDSA, SK_ED25519, Signing, USUAL,
    armour, scalars, stored, twin,
};
use crate::copies::Copy;
use crate::harness::{Harness, OPERATORS};
use crate::texts::{by_carol, key, roster, site, update, value};

/// A station whose roster has one key of each curve, as `dana/key` and `erik/key`.
fn station_of(dana: Authenticator, erik: Authenticator) -> Harness {
    let mut harness = Harness::empty();
    let mut first = roster(1, &OPERATORS);
    first.operator.push(dana.verifier().parse().unwrap());
    first.operator.push(verifier_of_erik(erik));
    harness.accept(&by_carol(&first.print()));
    harness.accept(&by_carol(&site(1).print()));
    harness
}

fn verifier_of_erik(erik: Authenticator) -> VerifierKey {
    erik.verifier().replace("/dana/", "/erik/").parse().unwrap()
}

fn note(text: &str, key: Authenticator, blob: &[u8]) -> Vec<u8> {
    format!("{text}\n{}", armour(&key.wire(), USUAL, blob)).into_bytes()
}

/// The inner signature over a text, by a browser if the key is a passkey.
fn usual_blob(key: Authenticator, text: &str) -> Vec<u8> {
    if key == PASSKEY { key.webauthn(text, BROWSER) } else { key.blob(text, USUAL) }
}

#[test]
fn a_key_of_each_type_publishes_and_its_signature_can_be_rebuilt_from_the_log() {
    for (dana, erik) in [
        (ED25519, SK_ECDSA),
        (SK_ED25519, ECDSA),
        (ECDSA, ED25519),
        (SK_ECDSA, SK_ED25519),
        (PASSKEY, ED25519),
        (ED25519, PASSKEY),
    ] {
        let mut harness = station_of(dana, erik);
        for (index, (key, person)) in (2..).zip([(dana, "dana"), (erik, "erik")]) {
            let text = update(index, harness.now, person, Phase::Investigating).print();
            let sent = note(&text, key, &usual_blob(key, &text));
            harness.accept(&sent);
            let entry = Note::parse_entry(&harness.get(&format!("/log/{index}.note")).0.body).unwrap();
            let [line, _receipt] = entry.signatures() else { panic!("{:?}", entry.signatures()) };
            assert_eq!(line.name().as_str(), format!("status.example.net/{person}/key"));
            if key.type_name() != ED25519.type_name() && person == "dana" {
                assert_eq!(line.to_string(), stored(&key.wire(), &usual_blob(key, &text)));
            }
            let verifier: VerifierKey = key.verifier().parse().unwrap();
            let rebuilt =
                SshSignature::from_payload(verifier.ssh().unwrap().clone(), line.payload()).unwrap();
            assert_eq!(format!("{text}\n{rebuilt}").into_bytes(), sent);
            let signer = &harness.document(&paths::incident_json(&value(person)))["updates"][0]["signers"][0];
            assert_eq!(signer["fingerprint"], verifier.fingerprint());
            assert_eq!(signer["person"], person);
        }
        harness.verify_whole();
    }
}

#[test]
fn a_second_signature_of_a_text_by_the_same_key_is_the_same_note() {
    for (dana, erik) in [(SK_ECDSA, SK_ED25519), (ECDSA, ED25519)] {
        let mut harness = station_of(dana, erik);
        let text = update(2, harness.now, "core", Phase::Investigating).print();
        let raw = dana.raw_signature(&text, USUAL);
        let first = harness.accept(&note(&text, dana, &dana.blob_of(&raw, USUAL))).json();
        let before = harness.dump();
        let counted = Signing { counter: 6, ..USUAL };
        for blob in [dana.blob_of(&twin(&raw), USUAL), dana.blob(&text, counted)] {
            let reply = harness.send(&note(&text, dana, &blob));
            assert_eq!((reply.status(), &reply.json()["receipt"]), (200, &first["receipt"]));
            assert_eq!(harness.dump(), before);
        }
    }
}

/// Before an entry is in a checkpoint, anyone who relays it may put the twin in place of its signature: the same words by
/// the same person at the same time, and another leaf.
#[test]
fn a_log_with_the_twin_of_a_signature_is_proven_too() {
    let mut harness = station_of(ECDSA, ED25519);
    let text = update(2, harness.now, "core", Phase::Investigating).print();
    let raw = ECDSA.raw_signature(&text, USUAL);
    assert_ne!(scalars(&raw), scalars(&twin(&raw)));
    let roots = [key("carol/root").verifier(), key("dave/root").verifier()];
    let logs = [raw.clone(), twin(&raw)].map(|raw| {
        let mut station = harness.twin();
        station.accept(&note(&text, ECDSA, &ECDSA.blob_of(&raw, USUAL)));
        let entries: Vec<_> = (0..3).map(|index| station.get(&format!("/log/{index}.note")).0.body).collect();
        let copy = Copy::of_log(&entries, station.now);
        assert!(Proven::from_source(&copy, Some(&roots), &MemoryStore::default()).is_ok());
        entries
    });
    assert_ne!(logs[0][2], logs[1][2]);
    harness.accept(&note(&text, ECDSA, &ECDSA.blob_of(&raw, USUAL)));
    harness.verify_whole();
}

#[test]
fn a_bad_signature_of_each_type_is_refused_and_changes_nothing() {
    for (dana, erik) in [(ED25519, SK_ECDSA), (SK_ED25519, ECDSA), (ED25519, PASSKEY)] {
        let mut harness = station_of(dana, erik);
        let text = update(2, harness.now, "core", Phase::Investigating).print();
        let other = update(3, harness.now, "core", Phase::Investigating).print();
        let before = harness.dump();
        for key in [dana, erik] {
            let reply = harness.send(&note(&text, key, &usual_blob(key, &other)));
            assert_eq!(reply.problem(), "bad-signature", "{}", reply.text());
            assert_eq!(harness.dump(), before);
        }
    }
}

#[test]
fn the_same_raw_key_of_another_type_is_a_stranger() {
    let mut harness = station_of(SK_ED25519, ECDSA);
    let text = update(2, harness.now, "core", Phase::Investigating).print();
    let before = harness.dump();
    for key in [ED25519, SK_ECDSA, SK_ED25519.bound_to("ssh:other"), PASSKEY] {
        let reply = harness.send(&note(&text, key, &usual_blob(key, &text)));
        assert_eq!(reply.problem(), "unknown-signer", "{}", reply.text());
        assert_eq!(harness.dump(), before);
    }
}

#[test]
fn what_is_wrong_with_a_signature_is_said_with_its_line() {
    let mut harness = station_of(SK_ED25519, PASSKEY);
    let text = update(2, harness.now, "core", Phase::Investigating).print();
    let untouched = SK_ED25519.blob(&text, Signing { flags: 0, ..USUAL });
    let passkey = |browser| PASSKEY.webauthn(&text, browser);
    for (key, blob, says) in [
        (SK_ED25519, untouched, "was not touched"),
        (PASSKEY, passkey(Browser { flags: PRESENT, ..BROWSER }), "did not verify who used it"),
        (PASSKEY, passkey(Browser { origin: "https://evil.example", ..BROWSER }), "\"https://evil.example\""),
        (SK_ECDSA, SK_ECDSA.webauthn(&text, BROWSER), "they must agree"),
    ] {
        let reply = harness.send(&note(&text, key, &blob));
        let document = reply.json();
        assert_eq!(reply.problem(), "bad-signature-line", "{document}");
        assert_eq!(document["line"].as_u64(), Some(text.lines().count() as u64 + 2));
        assert!(document["detail"].as_str().unwrap().contains(says), "{document}");
    }
}
