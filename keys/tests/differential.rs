//! Compares with Cloudflare's `signed_note`, an independent parser of the same format.

use outband_keys::{
    Damage, KeyKind, KeyNameError, MAX_NOTE_BYTES, Note, NoteError, SignatureLine, SignatureLineError,
};
use proptest::prelude::*;

use crate::{TEXT, key};

#[test]
fn differences_on_purpose() {
    let line = key("alice/phone", KeyKind::Note, 1).sign_note(TEXT).unwrap();
    let signed = |text: &str| Note::compose(text, [&line]);
    let control = |character| NoteError::Control { line: 2, character };
    let invisible = |character| NoteError::Invisible { line: 2, character };
    let large = signed(&"a\n".repeat(MAX_NOTE_BYTES / 2));
    let too_large = NoteError::TooLarge { bytes: large.len(), limit: MAX_NOTE_BYTES };
    let cases = [
        (large, too_large),
        (Note::compose(TEXT, [&line, &line]), NoteError::DuplicateSignature { line: 8, first: 7 }),
        (signed("a\nb\u{7f}\n"), control('\u{7f}')),
        (signed("a\nb\u{80}\n"), control('\u{80}')),
        (signed("a\nb\u{9f}\n"), control('\u{9f}')),
        (signed("a\nb\u{2028}\n"), invisible('\u{2028}')),
        (signed("a\nb\u{2029}\n"), invisible('\u{2029}')),
        (signed("a\nb\u{202a}\n"), invisible('\u{202a}')),
        (signed("a\nb\u{202e}\n"), invisible('\u{202e}')),
        (signed("a\nb\u{2066}\n"), invisible('\u{2066}')),
        (signed("a\nb\u{2069}\n"), invisible('\u{2069}')),
        (signed("a\nb\u{feff}\n"), invisible('\u{feff}')),
        (signed("\u{feff}a\n"), NoteError::Damaged { damage: Damage::ByteOrderMark }),
        (signed("a\nb\u{e0020}\n"), invisible('\u{e0020}')),
        (signed("a\nb\u{fffe}\n"), invisible('\u{fffe}')),
        (signed("a\n— b\n"), NoteError::TextLine { line: 2 }),
        (signed("a\n-----BEGIN\n"), NoteError::TextLine { line: 2 }),
        (
            signed(TEXT).replace("alice", "alicé"),
            NoteError::SignatureLine {
                line: 7,
                cause: SignatureLineError::Name(KeyNameError::Character { character: 'é', position: 24 }),
            },
        ),
    ];
    for (note, expected) in cases {
        assert!(signed_note::Note::from_bytes(note.as_bytes()).is_ok(), "refused by both: {expected}");
        assert_eq!(Note::parse(note.as_bytes()), Err(expected));
    }
}

#[test]
fn neighbours_of_the_refused_characters_are_fine() {
    let alice = key("alice/phone", KeyKind::Note, 1);
    for character in [' ', '~', '\u{a0}', '\u{2027}', '\u{202f}', '\u{2065}', '\u{206a}', '\u{10fffd}'] {
        let text = format!("a{character}b\n");
        let note = Note::compose(&text, [&alice.sign_note(&text).unwrap()]);
        Note::parse(note.as_bytes()).unwrap().verify(&[alice.verifier()]).unwrap();
    }
}

/// Pieces that matter to a parser of notes, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<String> = (1..=3)
        .map(|seed| key("alice/phone", KeyKind::Note, seed).sign_note(TEXT).unwrap().to_string())
        .collect();
    let [first, second, third] = lines.try_into().unwrap();
    let piece = prop_oneof![
        8 => Just(format!("{first}\n")),
        4 => Just(format!("{second}\n")),
        4 => Just(format!("{third}\n")),
        2 => Just(first),
        2 => Just("— name AAAAAAAA\n".to_owned()),
        1 => Just("— name AAAAAA==\n".to_owned()),
        1 => Just("— name AAAAAB==\n".to_owned()),
        1 => Just("— name AAAAAAA\n".to_owned()),
        1 => Just("— na+me AAAAAAAA\n".to_owned()),
        1 => Just("—  AAAAAAAA\n".to_owned()),
        8 => Just(TEXT.to_owned()),
        6 => Just("\n".to_owned()),
        2 => "[ -~]{0,6}\n",
        1 => "\\PC{1,3}",
        1 => any::<char>().prop_map(String::from),
    ];
    let whole = prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat());
    // Often a valid beginning, so that many cases are accepted.
    (any::<bool>(), whole)
        .prop_map(|(begin, rest)| if begin { format!("{TEXT}\n{rest}") } else { rest }.into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn it_reads_what_we_accept_alike_and_we_refuse_more_only_for_listed_reasons(bytes in pieces()) {
        let theirs = signed_note::Note::from_bytes(&bytes);
        match Note::parse(&bytes) {
            Ok(ours) => same(&ours, &theirs.expect("it accepts everything that we accept"))?,
            Err(error) if theirs.is_ok() => prop_assert!(
                matches!(
                    error,
                    NoteError::DuplicateSignature { .. }
                        | NoteError::Control { .. }
                        | NoteError::Invisible { .. }
                        | NoteError::Damaged { damage: Damage::ByteOrderMark }
                        | NoteError::TextLine { .. }
                        | NoteError::SignatureLine { cause: SignatureLineError::Name(_), .. }
                ),
                "{error:?}"
            ),
            Err(_) => {}
        }
    }
}

/// `signed_note` does not list signatures, but can compare notes: ours, rebuilt with its types, must equal its own.
fn same(ours: &Note, theirs: &signed_note::Note) -> Result<(), TestCaseError> {
    let lines: Vec<_> = ours.signatures().iter().map(SignatureLine::to_string).collect();
    let lines: Vec<_> =
        lines.iter().map(|line| signed_note::Signature::from_bytes(line.as_bytes()).unwrap()).collect();
    prop_assert_eq!(&signed_note::Note::new(ours.text().as_bytes(), &lines).unwrap(), theirs);
    Ok(())
}
