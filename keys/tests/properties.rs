//! Properties of every key, text and time.

use outband_keys::{
    KeyKind, KeyName, MAX_KEY_NAME_BYTES, MAX_TIME, Note, SecretKey, SignError, SignatureLine, SshSignature,
    VerifierKey, distinct_persons,
};
use proptest::prelude::*;

use crate::authenticator::{
    Authenticator, ECDSA, ED25519, PRESENT, SK_ECDSA, SK_ED25519, Signing, USUAL, armour, stored,
};
use crate::{ORIGIN, TEXT, key};

fn names() -> impl Strategy<Value = KeyName> {
    "[!-*,-~]{1,40}".prop_map(|name| KeyName::parse(&name).unwrap())
}

fn kinds() -> impl Strategy<Value = KeyKind> {
    prop_oneof![Just(KeyKind::Note), Just(KeyKind::Cosignature), Just(KeyKind::Ssh)]
}

fn secrets() -> impl Strategy<Value = SecretKey> {
    (names(), kinds(), any::<[u8; 32]>())
        .prop_map(|(name, kind, seed)| SecretKey::from_seed(name, kind, seed))
}

fn authenticators() -> impl Strategy<Value = Authenticator> {
    let other = SK_ED25519.bound_to("ssh:outband");
    prop_oneof![Just(ED25519), Just(ECDSA), Just(SK_ED25519), Just(SK_ECDSA), Just(other)]
}

/// Valid note texts of one to six lines, some empty.
fn texts() -> impl Strategy<Value = String> {
    let texts = prop::collection::vec("[ -~à-ſ一-龜🔥—]{0,30}\n", 1..6).prop_map(|lines| lines.concat());
    texts.prop_filter("a line that looks like a signature", |text| Note::check_text(text).is_ok())
}

proptest! {
    #[test]
    fn keys_print_as_they_parse(secret in secrets()) {
        let verifier = secret.verifier();
        let printed = verifier.to_string();
        let parsed: VerifierKey = printed.parse().unwrap();
        prop_assert_eq!(&parsed, &verifier);
        prop_assert_eq!(parsed.to_string(), printed);

        let encoded = secret.encode();
        let again = SecretKey::parse(&encoded).unwrap();
        prop_assert_eq!(again.encode(), encoded);
        prop_assert_eq!(again.verifier(), verifier);
    }

    #[test]
    fn every_key_that_parses_prints_back(text in "[a/]{1,3}(\\+[0-9a-f]{8}\\+| ssh-ed25519 )[A-Za-z0-9+/]{43,69}={0,2}") {
        if let Ok(key) = text.parse::<VerifierKey>() {
            prop_assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn a_security_key_signs_for_its_text_and_with_a_touch_only(
        key in authenticators(), flags in any::<u8>(), counter in any::<u32>(), text in texts(), other in texts(),
    ) {
        prop_assume!(text != other);
        let signing = Signing { flags, counter, ..USUAL };
        let armour = armour(&key.wire(), signing, &key.blob(&text, signing));
        let is_plain = key.type_name() == ECDSA.type_name() || key.type_name() == ED25519.type_name();
        let is_allowed = is_plain || flags & PRESENT != 0 && flags & 0xc0 == 0;
        let verifier: VerifierKey = key.verifier().parse().unwrap();
        let verify = |text: &str| {
            let note = Note::parse(format!("{text}\n{armour}").as_bytes());
            note.is_ok_and(|note| note.verify(std::slice::from_ref(&verifier)).is_ok())
        };
        prop_assert_eq!(verify(&text), is_allowed);
        prop_assert!(!verify(&other));
    }

    #[test]
    fn an_altered_ssh_signature_is_refused_or_by_another_key(
        key in authenticators(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in 0_usize..2,
    ) {
        let (wire, blob) = (key.wire(), key.blob(TEXT, USUAL));
        let mut parts = [&wire[..], &blob].concat();
        let at = at.index(parts.len());
        prop_assume!(cut > 0 || parts[at] != byte);
        parts.splice(at..=at, [byte].into_iter().skip(cut));
        let (wire, blob) = parts.split_at(if at < wire.len() { wire.len() - cut } else { wire.len() });
        let armour = armour(wire, USUAL, blob);
        if let Ok(signature) = SshSignature::parse(&armour) {
            prop_assert_eq!(signature.to_string(), armour.clone());
            let again = SshSignature::from_payload(signature.key().clone(), &signature.payload());
            prop_assert_eq!(again, Ok(signature));
        }
        let verifier: VerifierKey = key.verifier().parse().unwrap();
        let note = Note::parse(format!("{TEXT}\n{armour}").as_bytes());
        prop_assert!(!note.is_ok_and(|note| note.verify(&[verifier]).is_ok()));
    }

    #[test]
    fn a_signed_note_verifies_and_no_other_text_does(secret in secrets(), text in texts(), other in texts()) {
        prop_assume!(secret.verifier().kind() != KeyKind::Cosignature && text != other);
        let line = secret.sign_note(&text).unwrap();
        let note = Note::parse(Note::compose(&text, [&line]).as_bytes()).unwrap();
        prop_assert_eq!(note.text(), &text);
        let verified = note.verify(&[secret.verifier()]).unwrap();
        prop_assert_eq!(verified.lines(), std::slice::from_ref(&line));
        prop_assert_eq!(verified.signers(), &[secret.verifier()]);
        let moved = Note::parse(Note::compose(&other, [&line]).as_bytes()).unwrap();
        prop_assert!(moved.verify(&[secret.verifier()]).is_err());
    }

    #[test]
    fn stamps_hold_for_their_text_time_and_statement_only(
        seed in any::<[u8; 32]>(), text in texts(), other in texts(), time in 0..=MAX_TIME,
    ) {
        prop_assume!(text != other);
        let name = KeyName::parse("status.example.net/station1").unwrap();
        let secret = SecretKey::from_seed(name, KeyKind::Cosignature, seed);
        let station = secret.verifier();
        let receipt = secret.receipt(&text, time).unwrap();
        let cosignature = secret.cosign(&text, time).unwrap();
        prop_assert_eq!(station.verify_receipt(&text, &receipt), Ok(time));
        prop_assert_eq!(station.verify_cosignature(&text, &cosignature), Ok(time));
        prop_assert!(station.verify_receipt(&other, &receipt).is_err());
        prop_assert!(station.verify_receipt(&text, &cosignature).is_err());
        prop_assert!(station.verify_cosignature(&text, &receipt).is_err());
        prop_assert!(station.verify_note_line(&text, &receipt).is_err());
    }

    #[test]
    fn every_line_that_parses_prints_back(line in "— [a-z/]{0,5} {0,2}[A-Za-z0-9+/]{6,14}={0,2}") {
        if let Ok(parsed) = SignatureLine::parse(&line) {
            prop_assert_eq!(parsed.to_string(), line);
        }
    }

    #[test]
    fn a_reader_never_panics(bytes in any::<Vec<u8>>(), text in "\\PC*") {
        let _ = Note::parse(&bytes);
        let _ = Note::parse(text.as_bytes());
        let _ = Note::parse([text.as_bytes(), b"\n\n-----BEGIN SSH SIGNATURE-----\n", &bytes].concat().as_slice());
        let _ = text.parse::<VerifierKey>();
        let _ = SecretKey::parse(&text);
        let _ = SignatureLine::parse(&text);
    }

    #[test]
    fn persons_do_not_depend_on_order_or_repetition(
        keys in prop::collection::vec((0_u8..4, 0_u8..5, 1_u8..6), 0..8), turn in 0_usize..8,
    ) {
        let keys: Vec<_> = keys.into_iter().map(|(person, device, seed)| {
            key(&format!("p{person}/d{device}"), KeyKind::Note, seed).verifier()
        }).collect();
        let count = distinct_persons(ORIGIN, &keys);
        let mut turned = keys.clone();
        turned.rotate_left(turn.min(keys.len()));
        prop_assert_eq!(distinct_persons(ORIGIN, &turned), count);
        prop_assert_eq!(distinct_persons(ORIGIN, keys.iter().chain(&keys)), count);
        prop_assert!(count <= keys.len());
        prop_assert_eq!(count == 0, keys.is_empty());
    }
}

/// Flips every bit of a note with one signature, in each of its forms.
#[test]
fn flip_any_bit_of_a_signed_note_and_it_is_refused() {
    let (alice, carol) = (key("alice/phone", KeyKind::Note, 1), key("carol/laptop", KeyKind::Ssh, 3));
    let dana = [ECDSA, SK_ED25519, SK_ECDSA].map(|key| (key, key.verifier().parse().unwrap()));
    let mut keys = vec![alice.verifier(), carol.verifier()];
    keys.extend(dana.iter().map(|(_, verifier): &(_, VerifierKey)| verifier.clone()));
    let armoured = include_str!("vectors/note-ssh-armour.txt").split_once("\n---\n").unwrap().1;
    let mut notes = vec![
        Note::compose(TEXT, [&alice.sign_note(TEXT).unwrap()]),
        Note::compose(TEXT, [&carol.sign_note(TEXT).unwrap()]),
        armoured.to_owned(),
    ];
    for (key, _) in &dana {
        let blob = key.blob(TEXT, USUAL);
        notes.push(format!("{TEXT}\n{}", armour(&key.wire(), USUAL, &blob)));
        notes.push(format!("{TEXT}\n{}\n", stored(&key.wire(), &blob)));
    }
    for note in notes {
        assert!(Note::parse(note.as_bytes()).unwrap().verify(&keys).is_ok());
        for_every_flip(&note, |flipped, bit| {
            let accepted = Note::parse(flipped).is_ok_and(|note| note.verify(&keys).is_ok());
            assert!(!accepted, "bit {bit} of {note}");
        });
    }
}

/// With two signers, a flip may make one of them unknown, but never yields another text or another signer.
#[test]
fn flip_any_bit_of_a_note_with_two_signatures_and_at_most_a_signer_is_lost() {
    let (alice, bob) = (key("alice/phone", KeyKind::Note, 1), key("bob/laptop", KeyKind::Note, 2));
    let keys = [alice.verifier(), bob.verifier()];
    let note = Note::compose(TEXT, [&alice.sign_note(TEXT).unwrap(), &bob.sign_note(TEXT).unwrap()]);
    for_every_flip(&note, |flipped, bit| {
        let Ok(Ok(verified)) = Note::parse(flipped).map(|note| note.verify(&keys)) else { return };
        assert_eq!(verified.text(), TEXT, "bit {bit}");
        assert_eq!(verified.signers().len(), 1, "bit {bit}");
        assert_eq!(verified.lines().len(), 1, "bit {bit}");
    });
}

#[test]
fn flip_any_bit_of_a_receipt_and_it_states_nothing() {
    let station = key("station1", KeyKind::Cosignature, 4);
    let note = Note::compose(TEXT, [&station.receipt(TEXT, 1_700_000_000).unwrap()]);
    let keys = [station.verifier()];
    for_every_flip(&note, |flipped, bit| {
        let Ok(note) = Note::parse(flipped) else { return };
        let stated = note.receipts(&keys).unwrap_or_default();
        assert!(stated.is_empty(), "bit {bit}: {stated:?}");
    });
}

#[test]
fn a_stamp_is_dated_for_its_own_station_and_statement_only() {
    let [station, other] =
        [("station1", 4), ("station2", 5)].map(|(name, seed)| key(name, KeyKind::Cosignature, seed));
    let checkpoint = "status.example.net/log1\n2\nVki6wOrAq3FnKHLuJnSpl3iWUNz7OTxRRiBbxBd6dfg=\n";
    let receipt = station.receipt(TEXT, 1_700_000_000).unwrap();
    let cosignature = station.cosign(checkpoint, 1_700_000_001).unwrap();
    let (own, of_other) = (station.verifier(), other.verifier());
    assert_eq!((own.received_at(&receipt), own.cosigned_at(&receipt)), (Some(1_700_000_000), None));
    assert_eq!((own.received_at(&cosignature), own.cosigned_at(&cosignature)), (None, Some(1_700_000_001)));
    for line in [&receipt, &cosignature] {
        assert_eq!((of_other.received_at(line), of_other.cosigned_at(line)), (None, None));
    }
}

fn for_every_flip(note: &str, mut check: impl FnMut(&[u8], usize)) {
    let mut bytes = note.as_bytes().to_vec();
    for bit in 0..bytes.len() * 8 {
        bytes[bit / 8] ^= 1 << (bit % 8);
        check(&bytes, bit);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

/// The limit of an entry's size, and admission, count on that.
#[test]
fn a_stored_line_is_less_than_100_bytes_longer_than_its_armour() {
    for key in [ED25519, ECDSA, SK_ED25519, SK_ECDSA] {
        let armour = armour(&key.wire(), USUAL, &key.blob(TEXT, USUAL));
        let payload = SshSignature::parse(&armour).unwrap().payload();
        let line = stored(&key.wire(), &payload);
        let longest_name = MAX_KEY_NAME_BYTES - format!("{ORIGIN}/dana/key").len();
        assert!(line.len() + 1 + longest_name < armour.len() + 100, "{}", key.type_name());
    }
}

#[test]
fn a_key_signs_only_what_its_kind_says() {
    let alice = key("alice/phone", KeyKind::Note, 1);
    let carol = key("carol/laptop", KeyKind::Ssh, 3);
    let station = key("station1", KeyKind::Cosignature, 4);
    for refused in [
        station.sign_note(TEXT),
        alice.receipt(TEXT, 1),
        alice.cosign(TEXT, 1),
        carol.receipt(TEXT, 1),
        carol.cosign(TEXT, 1),
    ] {
        assert!(matches!(refused, Err(SignError::Kind { .. })), "{refused:?}");
    }
    assert_eq!(station.receipt(TEXT, MAX_TIME + 1), Err(SignError::Time { time: MAX_TIME + 1 }));
    assert!(matches!(alice.sign_note("no newline"), Err(SignError::Text(_))));
    assert!(matches!(station.receipt("a\u{202e}\n", 1), Err(SignError::Text(_))));
}
