//! Verifying a note's signatures.

use crate::line::Statement;
use crate::{KeyKind, KeyName, Note, SignatureLine, VerifierKey};

/// A valid receipt or cosignature of a station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamped<'n> {
    /// The line.
    pub line: &'n SignatureLine,
    /// The station's key.
    pub station: &'n VerifierKey,
    /// Its time, POSIX seconds.
    pub time: u64,
}

/// A text and its verified signers. Only [`Note::verify`] creates one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    text: String,
    signers: Vec<VerifierKey>,
    lines: Vec<SignatureLine>,
}

/// Why a note is not [`Verified`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A known key's signature is not valid. One such line invalidates the note, regardless of the others.
    #[error(
        "the signature of {name} does not match the text; the text was changed after signing, or another key signed"
    )]
    Bad {
        /// The known key's name.
        name: KeyName,
    },
    /// There is no signature by a known key.
    #[error("no known key signed this; it is signed by {}", .names.join(", "))]
    NoKnownSigner {
        /// The names in the note's lines, and the fingerprints of its SSH keys.
        names: Vec<String>,
    },
}

impl Verified {
    /// The signed text, including its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The keys that signed: distinct raw keys, in the order of [`Verified::lines`].
    #[must_use]
    pub fn signers(&self) -> &[VerifierKey] {
        &self.signers
    }

    /// The signature lines of known keys, in the note's order, then its SSH signatures in the stored form: a line with
    /// the id of [`KeyKind::Ssh`] and the signature's [payload](crate::SshSignature::payload). No two are by the same
    /// key.
    #[must_use]
    pub fn lines(&self) -> &[SignatureLine] {
        &self.lines
    }

    fn add(&mut self, key: &VerifierKey, line: SignatureLine) {
        // An SSH signature may be present both armoured and in the stored form.
        let repeated = |known: &SignatureLine| known.name() == line.name() && known.id() == line.id();
        if !self.lines.iter().any(repeated) {
            self.lines.push(line);
        }
        // One raw key under two names, or of two kinds or types, is one signer.
        if !self.signers.iter().any(|signer| signer.public() == key.public()) {
            self.signers.push(key.clone());
        }
    }
}

impl Note {
    /// Verifies every signature by one of these keys and leaves out all others. Station keys among them are ignored:
    /// see [`Note::receipts`] and [`Note::cosignatures`].
    ///
    /// # Errors
    /// If a signature of a known key is not valid, or there is none.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Verified, VerifyError> {
        self.verify_among(keys, &[])
    }

    /// Like [`Note::verify`]. A signature that claims to be by one of the `others` must be valid too, but does not
    /// count.
    ///
    /// # Errors
    /// If a signature of a known key or of one of the others is not valid, or there is none of a known key.
    pub fn verify_among(
        &self,
        keys: &[VerifierKey],
        others: &[VerifierKey],
    ) -> Result<Verified, VerifyError> {
        let mut verified = Verified { text: self.text().to_owned(), signers: Vec::new(), lines: Vec::new() };
        let all = || keys.iter().map(|key| (key, true)).chain(others.iter().map(|key| (key, false)));
        for line in self.signatures() {
            let known = |(key, _): &(&VerifierKey, bool)| {
                matches!(key.kind(), KeyKind::Note | KeyKind::Ssh)
                    && key.name() == line.name()
                    && key.id() == line.id()
            };
            let signer = first_valid(line, all().filter(known), |(key, counts)| {
                key.verify_note_line(self.text(), line).ok().map(|()| (key, counts))
            })?;
            if let Some((key, true)) = signer {
                verified.add(key, line.clone());
            }
        }
        for signature in self.ssh() {
            // Type and application included: a security key's signature is none by a plain key with the same raw key.
            let enrolled = |(key, _): &(&VerifierKey, bool)| key.ssh() == Some(signature.key());
            let Some((key, counts)) = all().find(enrolled) else { continue };
            let line = SignatureLine::new(key.name().clone(), key.id(), signature.payload());
            key.verify_note_line(self.text(), &line)
                .map_err(|_| VerifyError::Bad { name: key.name().clone() })?;
            if counts {
                verified.add(key, line);
            }
        }
        if verified.signers.is_empty() {
            return Err(VerifyError::NoKnownSigner { names: self.claimed_names() });
        }
        Ok(verified)
    }

    /// The verified receipts on this note, in the note's order. Every line with the name and receipt id of one of these
    /// station keys is verified; all others are ignored.
    ///
    /// # Errors
    /// If such a line is not valid.
    pub fn receipts<'n>(&'n self, stations: &'n [VerifierKey]) -> Result<Vec<Stamped<'n>>, VerifyError> {
        self.stamps(Statement::Received, stations)
    }

    /// The verified cosignatures on this checkpoint, like [`Note::receipts`].
    ///
    /// # Errors
    /// If such a line is not valid.
    pub fn cosignatures<'n>(&'n self, stations: &'n [VerifierKey]) -> Result<Vec<Stamped<'n>>, VerifyError> {
        self.stamps(Statement::Cosigned, stations)
    }

    fn stamps<'n>(
        &'n self,
        statement: Statement,
        stations: &'n [VerifierKey],
    ) -> Result<Vec<Stamped<'n>>, VerifyError> {
        let mut stamps = Vec::new();
        for line in self.signatures() {
            let known =
                |key: &&VerifierKey| key.name() == line.name() && key.stamp_id(statement) == Some(line.id());
            stamps.extend(first_valid(line, stations.iter().filter(known), |station| {
                let time = station.verify_stamp(statement, self.text(), line).ok()?;
                Some(Stamped { line, station, time })
            })?);
        }
        Ok(stamps)
    }

    fn claimed_names(&self) -> Vec<String> {
        let lines = self.signatures().iter().map(|line| line.name().to_string());
        let ssh = self.ssh().iter().map(|signature| signature.key().fingerprint());
        lines.chain(ssh).collect()
    }
}

/// The result of the first of these keys under which the line is valid; `None` if there are no keys. Key ids are short,
/// so two enrolled keys may share one; the signer is the key under which the line verifies.
fn first_valid<K, T>(
    line: &SignatureLine,
    keys: impl Iterator<Item = K>,
    verify: impl FnMut(K) -> Option<T>,
) -> Result<Option<T>, VerifyError> {
    let mut keys = keys.peekable();
    if keys.peek().is_none() {
        return Ok(None);
    }
    keys.find_map(verify).map(Some).ok_or_else(|| VerifyError::Bad { name: line.name().clone() })
}

#[cfg(test)]
mod tests {
    use super::VerifyError;
    use crate::{KeyKind, KeyName, Note, SecretKey, SignatureLine, VerifierKey};

    const TEXT: &str = "text\n";

    fn secret(name: &str, kind: KeyKind, seed: u8) -> SecretKey {
        SecretKey::from_seed(KeyName::parse(name).unwrap(), kind, [seed; 32])
    }

    fn times(note: &Note, stations: &[VerifierKey]) -> Result<Vec<(KeyName, u64)>, VerifyError> {
        Ok(note.receipts(stations)?.iter().map(|given| (given.line.name().clone(), given.time)).collect())
    }

    fn note(lines: &[SignatureLine]) -> Note {
        Note::parse(Note::compose(TEXT, lines).as_bytes()).unwrap()
    }

    #[test]
    fn if_two_known_keys_share_an_id_the_one_that_signed_counts() {
        let (alice, other) = (secret("o/a/b", KeyKind::Note, 1), secret("o/a/b", KeyKind::Note, 2));
        // Finding such a key takes 2^32 attempts.
        let twin = alice.verifier().with_key_of(&other.verifier());
        let note = note(&[alice.sign_note(TEXT).unwrap()]);
        for keys in [[alice.verifier(), twin.clone()], [twin.clone(), alice.verifier()]] {
            assert_eq!(note.verify(&keys).unwrap().signers(), [alice.verifier()]);
        }
        assert_eq!(note.verify(&[twin]), Err(VerifyError::Bad { name: alice.verifier().name().clone() }));
    }

    #[test]
    fn one_raw_key_is_one_signer_under_however_many_names_and_kinds() {
        let keys = [
            secret("o/alice/phone", KeyKind::Note, 1),
            secret("o/bob/phone", KeyKind::Note, 1),
            secret("o/bob/laptop", KeyKind::Ssh, 1),
        ];
        let lines = keys.each_ref().map(|key| key.sign_note(TEXT).unwrap());
        let verified = note(&lines).verify(&keys.each_ref().map(SecretKey::verifier)).unwrap();
        assert_eq!(verified.signers(), [keys[0].verifier()]);
        assert_eq!(verified.lines(), lines);
    }

    #[test]
    fn two_keys_of_one_name_are_two_signers() {
        let keys = [secret("o/alice/phone", KeyKind::Note, 1), secret("o/alice/phone", KeyKind::Ssh, 2)];
        let lines = keys.each_ref().map(|key| key.sign_note(TEXT).unwrap());
        let verified = note(&lines).verify(&keys.each_ref().map(SecretKey::verifier)).unwrap();
        assert_eq!(verified.signers(), keys.each_ref().map(SecretKey::verifier));
        assert_eq!(verified.lines(), lines);
    }

    #[test]
    fn stations_state_and_do_not_sign() {
        let alice = secret("o/alice/phone", KeyKind::Note, 1);
        let (first, second) =
            (secret("o/station1", KeyKind::Cosignature, 2), secret("o/station2", KeyKind::Cosignature, 3));
        let note = note(&[
            alice.sign_note(TEXT).unwrap(),
            second.receipt(TEXT, 7).unwrap(),
            first.receipt(TEXT, 9).unwrap(),
            first.cosign(TEXT, 11).unwrap(),
        ]);
        let all = [alice.verifier(), first.verifier(), second.verifier()];
        let named = |key: &SecretKey, time| (key.verifier().name().clone(), time);
        assert_eq!(times(&note, &all), Ok(vec![named(&second, 7), named(&first, 9)]));
        assert_eq!(times(&note, &all[..2]), Ok(vec![named(&first, 9)]));
        assert_eq!(times(&note, &[]), Ok(vec![]));
        let cosigned: Vec<_> = note.cosignatures(&all).unwrap().iter().map(|stamped| stamped.time).collect();
        assert_eq!(cosigned, [11]);
        assert_eq!(note.verify(&all).unwrap().lines(), [alice.sign_note(TEXT).unwrap()]);
    }

    #[test]
    fn strangers_are_named() {
        let note = note(&[secret("o/x/y", KeyKind::Note, 1).sign_note(TEXT).unwrap()]);
        let error = note.verify(&[]).unwrap_err();
        assert_eq!(error.to_string(), "no known key signed this; it is signed by o/x/y");
    }
}
