//! Lines under other names, of other kinds, with other times.

use super::LineInvalid;
use crate::line::{KeyId, Stamp, Statement};
use crate::{Ed25519Signature, KeyKind, KeyName, MAX_TIME, SecretKey, SignatureLine, VerifierKey};

const TEXT: &str = "text\n";

fn secret(name: &str, kind: KeyKind, seed: u8) -> SecretKey {
    SecretKey::from_seed(KeyName::parse(name).unwrap(), kind, [seed; 32])
}

fn renamed(line: &SignatureLine, name: &str, id: KeyId) -> SignatureLine {
    SignatureLine::new(KeyName::parse(name).unwrap(), id, line.payload().to_vec())
}

fn is_of_another_key(verified: Result<(), LineInvalid>) -> bool {
    matches!(verified, Err(LineInvalid::OtherKey { .. }))
}

#[test]
fn a_line_under_another_name_or_id_is_another_keys() {
    let alice = secret("o/alice/phone", KeyKind::Note, 1);
    let other = secret("o/bob/phone", KeyKind::Note, 2).verifier();
    let line = alice.sign_note(TEXT).unwrap();
    assert_eq!(alice.verifier().verify_note_line(TEXT, &line), Ok(()));
    for (name, id) in [("o/bob/phone", line.id()), ("o/alice/phone", other.id())] {
        let line = renamed(&line, name, id);
        assert!(is_of_another_key(alice.verifier().verify_note_line(TEXT, &line)), "{line}");
    }
}

#[test]
fn a_cosignature_claims_its_time_only_under_the_stations_name_and_id() {
    let station = secret("o/station1", KeyKind::Cosignature, 1);
    let verifier = station.verifier();
    let line = station.cosign(TEXT, 7).unwrap();
    assert_eq!(verifier.cosigned_at(&line), Some(7));
    assert_eq!(verifier.cosigned_at(&station.receipt(TEXT, 7).unwrap()), None);
    assert_eq!(verifier.cosigned_at(&renamed(&line, "o/station2", line.id())), None);
    let alice = secret("o/station1", KeyKind::Note, 1);
    assert_eq!(alice.verifier().cosigned_at(&renamed(&line, "o/station1", alice.verifier().id())), None);
}

#[test]
fn a_stamp_may_have_the_latest_time_and_none_beyond() {
    let station = secret("o/station1", KeyKind::Cosignature, 1);
    let verifier: &VerifierKey = &station.verifier();
    let line = station.cosign(TEXT, MAX_TIME).unwrap();
    assert_eq!(verifier.verify_cosignature(TEXT, &line), Ok(MAX_TIME));
    let stamp = Stamp { time: MAX_TIME + 1, signature: Ed25519Signature::from_bytes([1; 64]) };
    let id = verifier.stamp_id(Statement::Cosigned).unwrap();
    let beyond = SignatureLine::new(verifier.name().clone(), id, stamp.print());
    let invalid = LineInvalid::Time { name: verifier.name().clone(), time: MAX_TIME + 1 };
    assert_eq!(verifier.verify_cosignature(TEXT, &beyond), Err(invalid));
}
