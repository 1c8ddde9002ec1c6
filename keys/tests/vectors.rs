//! Runs every file under `vectors/`; `vectors/README.md` describes them.

#![expect(clippy::disallowed_methods, reason = "reads the vectors; the crate itself touches no disk")]

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;
use std::str::FromStr;

use outband_keys::{
    KeyName, Note, NoteError, SecretKey, SignatureLine, SshSignature, SshSignatureError, Stamped, Verified,
    VerifierKey, VerifierKeyError,
};

#[test]
fn every_vector_has_the_expected_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut seen = BTreeSet::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let case = Case::parse(&bytes).unwrap_or_else(|| panic!("{name} is not a vector"));
        let outcome = case.run();
        assert_eq!(outcome.as_deref().unwrap_or_else(|error| error), case.expect, "{name}: {}", case.why);
        seen.insert(format!("{} {}", case.read, case.expect.split(' ').next().unwrap()));
    }
    for format in ["note", "entry", "verifier-key", "secret-key", "signature-line", "key-name"] {
        assert!(seen.contains(&format!("{format} ok")), "no vector for a good {format}");
    }
    for error in NOTE_ERRORS {
        assert!(seen.contains(&format!("note {error}")), "no vector for NoteError::{error}");
    }
}

/// A file: header lines `name: value`, a line `---`, and the bytes to parse.
struct Case<'f> {
    expect: &'f str,
    read: &'f str,
    why: &'f str,
    header: Vec<(&'f str, &'f str)>,
    body: &'f [u8],
}

impl<'f> Case<'f> {
    fn parse(file: &'f [u8]) -> Option<Self> {
        let end = file.windows(5).position(|bytes| bytes == b"\n---\n")?;
        let header: Vec<_> = std::str::from_utf8(&file[..end])
            .ok()?
            .lines()
            .map(|line| line.split_once(": "))
            .collect::<Option<_>>()?;
        let one = |name| header.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
        Some(Self {
            expect: one("expect")?,
            read: one("read")?,
            why: one("why")?,
            body: &file[end + 5..],
            header,
        })
    }

    fn all(&self, name: &str) -> Vec<&'f str> {
        self.header.iter().filter(|(found, _)| *found == name).map(|(_, value)| *value).collect()
    }

    /// "ok", or the names of the error's variants.
    fn run(&self) -> Result<String, String> {
        match self.read {
            "note" => self.run_note(Note::parse(self.body)),
            "entry" => self.run_note(Note::parse_entry(self.body)),
            "verifier-key" => self.round_trip(VerifierKey::from_str, |error| match error {
                VerifierKeyError::Ssh(cause) => format!("Ssh {}", variant(cause)),
                other => variant(other),
            }),
            "signature-line" => self.round_trip(SignatureLine::parse, variant),
            "key-name" => self.round_trip(KeyName::parse, variant),
            "secret-key" => {
                let key = SecretKey::parse(self.line()).map_err(|error| variant(&error))?;
                assert_eq!(*key.encode(), self.line());
                assert_eq!(self.all("public"), [key.verifier().to_string()]);
                Ok("ok".to_owned())
            }
            other => panic!("nothing reads {other}"),
        }
    }

    fn line(&self) -> &'f str {
        std::str::from_utf8(self.body).unwrap().strip_suffix('\n').expect("one line")
    }

    fn round_trip<T: ToString, E>(
        &self,
        parse: impl FnOnce(&'f str) -> Result<T, E>,
        name: impl FnOnce(&E) -> String,
    ) -> Result<String, String> {
        let parsed = parse(self.line()).map_err(|error| name(&error))?;
        assert_eq!(parsed.to_string(), self.line());
        Ok("ok".to_owned())
    }

    fn run_note(&self, parsed: Result<Note, NoteError>) -> Result<String, String> {
        let note = parsed.map_err(|error| self.note_error(&error))?;
        if note.ssh().is_empty() {
            assert_eq!(Note::compose(note.text(), note.signatures()).into_bytes(), self.body);
        }
        let keys: Vec<VerifierKey> = self.all("key").into_iter().map(|key| key.parse().unwrap()).collect();
        if keys.is_empty() {
            return Ok("ok".to_owned());
        }
        let receipts = note.receipts(&keys).map_err(|error| variant(&error))?;
        let cosignatures = note.cosignatures(&keys).map_err(|error| variant(&error))?;
        let verified = note.verify(&keys).map_err(|error| variant(&error))?;
        assert_eq!(self.all("receipt"), stamps(receipts));
        assert_eq!(self.all("cosignature"), stamps(cosignatures));
        self.check_verified(&note, &verified);
        Ok("ok".to_owned())
    }

    fn check_verified(&self, note: &Note, verified: &Verified) {
        assert_eq!(verified.text(), note.text());
        let signers: Vec<_> = verified.signers().iter().map(|key| key.name().as_str()).collect();
        assert_eq!(self.all("signer"), signers);
        let lines: Vec<_> = verified.lines().iter().map(ToString::to_string).collect();
        if !self.all("line").is_empty() {
            assert_eq!(self.all("line"), lines);
        }
        for signature in note.ssh() {
            let rebuilt = SshSignature::from_payload(signature.key().clone(), &signature.payload()).unwrap();
            let printed = rebuilt.to_string();
            let sent = std::str::from_utf8(self.body).unwrap().replace("\r\n", "\n");
            assert!(sent.contains(&printed), "armour of the stored line");
        }
        let stored = Note::compose(verified.text(), verified.lines());
        let again = Note::parse_entry(stored.as_bytes()).unwrap().verify(verified.signers()).unwrap();
        assert_eq!(again.lines(), verified.lines(), "the stored form has the same lines");
    }

    fn note_error(&self, error: &NoteError) -> String {
        let debug = format!("{error:?}");
        for at in self.all("at") {
            assert!(
                debug.contains(&format!("{at} ")) || debug.contains(&format!("{at},")),
                "{debug} not at {at}"
            );
        }
        match error {
            NoteError::Ssh { cause: SshSignatureError::Key(cause), .. } => {
                format!("Ssh Key {}", variant(cause))
            }
            NoteError::Ssh { cause, .. } => format!("Ssh {}", variant(cause)),
            other => {
                assert!(NOTE_ERRORS.contains(&name(other)));
                name(other).to_owned()
            }
        }
    }
}

fn stamps(found: Vec<Stamped<'_>>) -> Vec<String> {
    found.into_iter().map(|stamped| format!("{} {}", stamped.line.name(), stamped.time)).collect()
}

fn variant(error: &impl Debug) -> String {
    let debug = format!("{error:?}");
    debug.split(|c: char| !c.is_alphanumeric()).next().unwrap().to_owned()
}

const NOTE_ERRORS: [&str; 17] = [
    "TooLarge",
    "Damaged",
    "NotUtf8",
    "Control",
    "Invisible",
    "NoSignature",
    "NoFinalNewline",
    "NoEmptyLine",
    "AfterSignatures",
    "TextLine",
    "TooManySignatures",
    "SignatureLine",
    "Base64",
    "DuplicateSignature",
    "SshUnfinished",
    "Ssh",
    "DuplicateSsh",
];

/// Fails to compile when a variant is added, since [`NOTE_ERRORS`] and the vectors then need one more.
fn name(error: &NoteError) -> &'static str {
    match error {
        NoteError::TooLarge { .. } => "TooLarge",
        NoteError::Damaged { .. } => "Damaged",
        NoteError::NotUtf8 { .. } => "NotUtf8",
        NoteError::Control { .. } => "Control",
        NoteError::Invisible { .. } => "Invisible",
        NoteError::NoSignature => "NoSignature",
        NoteError::NoFinalNewline => "NoFinalNewline",
        NoteError::NoEmptyLine { .. } => "NoEmptyLine",
        NoteError::AfterSignatures { .. } => "AfterSignatures",
        NoteError::TextLine { .. } => "TextLine",
        NoteError::TooManySignatures { .. } => "TooManySignatures",
        NoteError::SignatureLine { .. } => "SignatureLine",
        NoteError::Base64 { .. } => "Base64",
        NoteError::DuplicateSignature { .. } => "DuplicateSignature",
        NoteError::SshUnfinished { .. } => "SshUnfinished",
        NoteError::Ssh { .. } => "Ssh",
        NoteError::DuplicateSsh { .. } => "DuplicateSsh",
    }
}
