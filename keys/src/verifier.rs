//! A public key with its name and kind, as written in rosters and by people.

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::line::{MAX_TIME, Stamp, Statement};
use crate::{
    KeyId, KeyKind, KeyName, KeyNameError, PublicKey, PublicKeyError, Signature, SignatureInvalid,
    SignatureLine, is_secret, printable, quoted, ssh,
};

/// A public key with its name and kind.
///
/// ```text
/// <name>+<8 hex: key id>+<base64(0x01 ‖ key)>      signs notes                       (C2SP signed-note)
/// <name>+<8 hex: key id>+<base64(0x04 ‖ key)>      a station's: receipts, cosignatures (C2SP tlog-cosignature)
/// <name> ssh-ed25519 <base64 of the SSH wire form> signs notes with ssh-keygen; no comment
/// ```
///
/// Each key has only one form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: KeyName,
    kind: KeyKind,
    public: PublicKey,
    id: KeyId,
}

/// Why a text is not a [`VerifierKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Neither of the two forms of a key.
    #[error(
        "a key is written `<name>+<8 hex digits>+<base64>`, or `<name> ssh-ed25519 <base64>` without a comment"
    )]
    Shape,
    /// A secret key.
    #[error(
        "this is a secret key, which must never be shown or sent; the verifier key is public, and needed here"
    )]
    Secret,
    /// The name is not a valid key name.
    #[error("{0}")]
    Name(#[from] KeyNameError),
    /// Not base64, or not in its canonical form.
    #[error("the key is not canonical base64: the standard alphabet, padded with `=`, unused bits zero")]
    Base64,
    /// The byte before the key is not a known kind.
    #[error("the key is of an unknown kind; only 0x01 (notes) and 0x04 (stations) are known")]
    Kind,
    /// Another type of SSH key.
    #[error("the SSH key is of type {}; only ssh-ed25519 is accepted", quoted(found))]
    SshType {
        /// The type found.
        found: String,
    },
    /// The base64 of an SSH key is not an Ed25519 key.
    #[error("the SSH key's base64 is not an ssh-ed25519 key; copy the whole second field of the .pub file")]
    SshWire,
    /// The key is not 32 bytes.
    #[error("the key is {bytes} bytes long; an Ed25519 key has 32")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// The key is Ed25519 but refused.
    #[error("{0}")]
    Key(#[from] PublicKeyError),
    /// The id in the text does not match the key.
    #[error(
        "the key's id is {expected}, but the text has {}; the name or the key was copied wrongly",
        printable(found)
    )]
    Id {
        /// The id computed from name and key.
        expected: KeyId,
        /// The id in the text.
        found: String,
    },
}

/// Why a signature line is not valid for a key and a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineInvalid {
    /// Keys of this kind do not make such lines.
    #[error("{name} is a {kind} key, which does not make such signatures")]
    Kind {
        /// The key's name.
        name: KeyName,
        /// The key's kind.
        kind: KeyKind,
    },
    /// The line's name and id are those of another key.
    #[error("the line is by {name} with key id {id}, which is another key")]
    OtherKey {
        /// The name in the line.
        name: KeyName,
        /// The id in the line.
        id: KeyId,
    },
    /// The payload has the wrong length.
    #[error("the signature of {name} is {bytes} bytes long; it should have {expected}")]
    Length {
        /// The key's name.
        name: KeyName,
        /// Its length.
        bytes: usize,
        /// The valid length.
        expected: usize,
    },
    /// The time is over [`MAX_TIME`].
    #[error("the time {time} in the signature of {name} is out of range")]
    Time {
        /// The key's name.
        name: KeyName,
        /// The time found.
        time: u64,
    },
    /// The signature is not valid.
    #[error("{name}: {cause}")]
    Signature {
        /// The key's name.
        name: KeyName,
        /// The verification error.
        cause: SignatureInvalid,
    },
}

impl VerifierKey {
    /// A key with a name. [`KeyKind::Received`] gives the station's key, whose kind is [`KeyKind::Cosignature`], since
    /// a station has one key for both.
    #[must_use]
    pub fn new(name: KeyName, kind: KeyKind, public: PublicKey) -> Self {
        let kind = kind.of_key();
        let id = KeyId::of(&name, kind, &public);
        Self { name, kind, public, id }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's kind: [`KeyKind::Note`], [`KeyKind::Cosignature`] (a station) or [`KeyKind::Ssh`].
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The raw key.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key's id for lines of its own kind.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Verifies this note or SSH key's line over a note's text; for an SSH key, a line in the stored form.
    ///
    /// # Errors
    /// If the line is another key's, or not valid.
    pub fn verify_note_line(&self, text: &str, line: &SignatureLine) -> Result<(), LineInvalid> {
        let message = self.kind.note_message(text).ok_or_else(|| self.wrong_kind())?;
        self.expect_line_by(self.id, line)?;
        let signature = line.payload().try_into().map_err(|_| self.wrong_length(line, 64))?;
        self.verify(&message, &Signature::from_bytes(signature))
    }

    /// Verifies this station's receipt on a note's text. Returns its time in POSIX seconds.
    ///
    /// # Errors
    /// If the line is another key's, or not valid.
    pub fn verify_receipt(&self, text: &str, line: &SignatureLine) -> Result<u64, LineInvalid> {
        self.verify_stamp(Statement::Received, text, line)
    }

    /// Verifies this station's cosignature on a checkpoint's text. Returns its time in POSIX seconds.
    ///
    /// # Errors
    /// If the line is another key's, or not valid.
    pub fn verify_cosignature(
        &self,
        checkpoint_text: &str,
        line: &SignatureLine,
    ) -> Result<u64, LineInvalid> {
        self.verify_stamp(Statement::Cosigned, checkpoint_text, line)
    }

    /// The time of a line that claims to be this station's cosignature; `None` for any other line. It is not verified.
    #[must_use]
    pub fn cosigned_at(&self, line: &SignatureLine) -> Option<u64> {
        self.stamped_at(Statement::Cosigned, line)
    }

    /// The time of a line that claims to be this station's receipt; `None` for any other line. It is not verified.
    #[must_use]
    pub fn received_at(&self, line: &SignatureLine) -> Option<u64> {
        self.stamped_at(Statement::Received, line)
    }

    fn stamped_at(&self, statement: Statement, line: &SignatureLine) -> Option<u64> {
        let is_ours = line.name() == &self.name && self.stamp_id(statement) == Some(line.id());
        Stamp::parse(line.payload()).filter(|_| is_ours).map(|stamp| stamp.time)
    }

    /// The id of this station's lines of one kind; `None` for a key that makes no such lines.
    pub(crate) fn stamp_id(&self, statement: Statement) -> Option<KeyId> {
        match self.kind {
            KeyKind::Cosignature => Some(KeyId::of(&self.name, statement.kind(), &self.public)),
            KeyKind::Note | KeyKind::Ssh | KeyKind::Received => None,
        }
    }

    pub(crate) fn verify_stamp(
        &self,
        statement: Statement,
        text: &str,
        line: &SignatureLine,
    ) -> Result<u64, LineInvalid> {
        let id = self.stamp_id(statement).ok_or_else(|| self.wrong_kind())?;
        self.expect_line_by(id, line)?;
        let stamp = Stamp::parse(line.payload()).ok_or_else(|| self.wrong_length(line, Stamp::BYTES))?;
        if stamp.time > MAX_TIME {
            return Err(LineInvalid::Time { name: self.name.clone(), time: stamp.time });
        }
        self.verify(&statement.message(stamp.time, text), &stamp.signature)?;
        Ok(stamp.time)
    }

    /// The same name and id with another raw key.
    #[cfg(test)]
    pub(crate) fn with_public(&self, public: PublicKey) -> Self {
        Self { public, ..self.clone() }
    }

    fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), LineInvalid> {
        self.public
            .verify(message, signature)
            .map_err(|cause| LineInvalid::Signature { name: self.name.clone(), cause })
    }

    fn expect_line_by(&self, id: KeyId, line: &SignatureLine) -> Result<(), LineInvalid> {
        if line.name() == &self.name && line.id() == id {
            return Ok(());
        }
        Err(LineInvalid::OtherKey { name: line.name().clone(), id: line.id() })
    }

    fn wrong_kind(&self) -> LineInvalid {
        LineInvalid::Kind { name: self.name.clone(), kind: self.kind }
    }

    fn wrong_length(&self, line: &SignatureLine, expected: usize) -> LineInvalid {
        LineInvalid::Length { name: self.name.clone(), bytes: line.payload().len(), expected }
    }
}

/// SSH's name for the only accepted key type.
const SSH_TYPE: &str = "ssh-ed25519";

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        if is_secret(text) {
            return Err(VerifierKeyError::Secret);
        }
        match text.split_once(' ') {
            Some((name, ssh_key)) => parse_ssh(name, ssh_key),
            None => parse_c2sp(text),
        }
    }
}

fn parse_ssh(name: &str, ssh_key: &str) -> Result<VerifierKey, VerifierKeyError> {
    let name = KeyName::parse(name)?;
    let (found, encoded) = ssh_key.split_once(' ').ok_or(VerifierKeyError::Shape)?;
    if found != SSH_TYPE {
        return Err(VerifierKeyError::SshType { found: found.to_owned() });
    }
    if encoded.contains(' ') {
        return Err(VerifierKeyError::Shape);
    }
    let wire = BASE64_STANDARD.decode(encoded).map_err(|_| VerifierKeyError::Base64)?;
    let public = PublicKey::from_bytes(ssh::parse_wire_key(&wire).ok_or(VerifierKeyError::SshWire)?)?;
    Ok(VerifierKey::new(name, KeyKind::Ssh, public))
}

fn parse_c2sp(text: &str) -> Result<VerifierKey, VerifierKeyError> {
    // The base64 may contain further `+`.
    let (name, rest) = text.split_once('+').ok_or(VerifierKeyError::Shape)?;
    let (found, encoded) = rest.split_once('+').ok_or(VerifierKeyError::Shape)?;
    let name = KeyName::parse(name)?;
    let material = BASE64_STANDARD.decode(encoded).map_err(|_| VerifierKeyError::Base64)?;
    let (kind, key) = match material.split_first() {
        Some((0x01, key)) => (KeyKind::Note, key),
        Some((0x04, key)) => (KeyKind::Cosignature, key),
        _ => return Err(VerifierKeyError::Kind),
    };
    let key = key.try_into().map_err(|_| VerifierKeyError::Length { bytes: key.len() })?;
    let verifier = VerifierKey::new(name, kind, PublicKey::from_bytes(key)?);
    if verifier.id.to_string() != found {
        return Err(VerifierKeyError::Id { expected: verifier.id, found: found.to_owned() });
    }
    Ok(verifier)
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == KeyKind::Ssh {
            let wire = BASE64_STANDARD.encode(ssh::wire_key(&self.public));
            return write!(f, "{} {SSH_TYPE} {wire}", self.name);
        }
        let material = [self.kind.type_bytes(), self.public.as_bytes()].concat();
        write!(f, "{}+{}+{}", self.name, self.id, BASE64_STANDARD.encode(material))
    }
}

#[cfg(test)]
mod tests {
    use super::LineInvalid;
    use crate::line::{KeyId, Stamp, Statement};
    use crate::{KeyKind, KeyName, MAX_TIME, SecretKey, Signature, SignatureLine, VerifierKey};

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
        let stamp = Stamp { time: MAX_TIME + 1, signature: Signature::from_bytes([1; 64]) };
        let id = verifier.stamp_id(Statement::Cosigned).unwrap();
        let beyond = SignatureLine::new(verifier.name().clone(), id, stamp.print());
        let invalid = LineInvalid::Time { name: verifier.name().clone(), time: MAX_TIME + 1 };
        assert_eq!(verifier.verify_cosignature(TEXT, &beyond), Err(invalid));
    }
}
