//! A public key with its name and kind, as written in rosters and by people.

#[cfg(test)]
mod tests;

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::line::{MAX_TIME, Stamp, Statement};
use crate::ssh::{self, SignatureBlob};
use crate::{
    Ed25519Key, Ed25519KeyError, Ed25519Signature, KeyId, KeyKind, KeyName, KeyNameError, PublicKey,
    SignatureInvalid, SignatureLine, SshKey, SshKeyError, SshSignatureError, is_secret, printable,
};

/// A public key with its name and kind.
///
/// ```text
/// <name>+<8 hex: key id>+<base64(0x01 ‖ key)>      signs notes                       (C2SP signed-note)
/// <name>+<8 hex: key id>+<base64(0x04 ‖ key)>      a station's: receipts, cosignatures (C2SP tlog-cosignature)
/// <name> <type> <base64 of the SSH wire form>      signs notes with ssh-keygen; no comment
/// ```
///
/// Each key has only one form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: KeyName,
    key: Key,
    id: KeyId,
}

/// A key of each kind: only SSH keys may be other than Ed25519.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Note(Ed25519Key),
    Station(Ed25519Key),
    Ssh(SshKey),
}

/// Why a text is not a [`VerifierKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Neither of the two forms of a key.
    #[error(
        "a key is written `<name>+<8 hex digits>+<base64>`, or for SSH `<name> <type> <base64>` without a comment"
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
    /// An SSH key that is not accepted.
    #[error("{0}")]
    Ssh(#[from] SshKeyError),
    /// The base64 of an SSH key is a key of another type than the one before it.
    #[error("the SSH key's base64 is not a key of the type before it; copy both from the .pub file")]
    SshTypes,
    /// The key is not 32 bytes.
    #[error("the key is {bytes} bytes long; an Ed25519 key has 32")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// The key is Ed25519 but refused.
    #[error("{0}")]
    Key(#[from] Ed25519KeyError),
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
    /// The payload is not a signature of the key's type.
    #[error("the signature of {name} is not one of its key: {cause}")]
    Ssh {
        /// The key's name.
        name: KeyName,
        /// What is wrong with it.
        cause: SshSignatureError,
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
    /// An Ed25519 key with a name. [`KeyKind::Received`] gives the station's key, whose kind is
    /// [`KeyKind::Cosignature`], since a station has one key for both.
    #[must_use]
    pub fn new(name: KeyName, kind: KeyKind, public: Ed25519Key) -> Self {
        let key = match kind {
            KeyKind::Note => Key::Note(public),
            KeyKind::Cosignature | KeyKind::Received => Key::Station(public),
            KeyKind::Ssh => return Self::of_ssh(name, SshKey::ed25519(public)),
        };
        let id = KeyId::of(&name, kind.of_key(), public.as_bytes());
        Self { name, key, id }
    }

    /// An SSH key with a name.
    #[must_use]
    pub fn of_ssh(name: KeyName, key: SshKey) -> Self {
        let id = KeyId::of(&name, KeyKind::Ssh, &key.id_bytes());
        Self { name, key: Key::Ssh(key), id }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The key's kind: [`KeyKind::Note`], [`KeyKind::Cosignature`] (a station) or [`KeyKind::Ssh`].
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self.key {
            Key::Note(_) => KeyKind::Note,
            Key::Station(_) => KeyKind::Cosignature,
            Key::Ssh(_) => KeyKind::Ssh,
        }
    }

    /// The raw key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        match &self.key {
            Key::Note(key) | Key::Station(key) => PublicKey::Ed25519(*key),
            Key::Ssh(key) => key.public(),
        }
    }

    /// The SSH key, if it is one.
    #[must_use]
    pub fn ssh(&self) -> Option<&SshKey> {
        match &self.key {
            Key::Ssh(key) => Some(key),
            Key::Note(_) | Key::Station(_) => None,
        }
    }

    /// The fingerprint of the key, as `ssh-keygen -l` prints it: that of the SSH key, or of the ssh-ed25519 key with the
    /// same raw key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        match &self.key {
            Key::Note(key) | Key::Station(key) => SshKey::ed25519(*key).fingerprint(),
            Key::Ssh(key) => key.fingerprint(),
        }
    }

    /// The same as six words for reading out: see [`SshKey::fingerprint_words`].
    #[must_use]
    pub fn fingerprint_words(&self) -> String {
        match &self.key {
            Key::Note(key) | Key::Station(key) => SshKey::ed25519(*key).fingerprint_words(),
            Key::Ssh(key) => key.fingerprint_words(),
        }
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
        match &self.key {
            Key::Note(key) => {
                self.expect_line_by(self.id, line)?;
                let signature = line.payload().try_into().map_err(|_| self.wrong_length(line, 64))?;
                self.valid(key.verify(text.as_bytes(), &Ed25519Signature::from_bytes(signature)))
            }
            Key::Ssh(key) => {
                self.expect_line_by(self.id, line)?;
                let blob = SignatureBlob::parse_payload(key, line.payload())
                    .map_err(|cause| LineInvalid::Ssh { name: self.name.clone(), cause })?;
                self.valid(blob.verify(key, text))
            }
            Key::Station(_) => Err(self.wrong_kind()),
        }
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
        self.station().map(|key| KeyId::of(&self.name, statement.kind(), key.as_bytes()))
    }

    fn station(&self) -> Option<&Ed25519Key> {
        match &self.key {
            Key::Station(key) => Some(key),
            Key::Note(_) | Key::Ssh(_) => None,
        }
    }

    pub(crate) fn verify_stamp(
        &self,
        statement: Statement,
        text: &str,
        line: &SignatureLine,
    ) -> Result<u64, LineInvalid> {
        let key = self.station().ok_or_else(|| self.wrong_kind())?;
        self.expect_line_by(KeyId::of(&self.name, statement.kind(), key.as_bytes()), line)?;
        let stamp = Stamp::parse(line.payload()).ok_or_else(|| self.wrong_length(line, Stamp::BYTES))?;
        if stamp.time > MAX_TIME {
            return Err(LineInvalid::Time { name: self.name.clone(), time: stamp.time });
        }
        self.valid(key.verify(&statement.message(stamp.time, text), &stamp.signature))?;
        Ok(stamp.time)
    }

    /// The same name and id with another raw key.
    #[cfg(test)]
    pub(crate) fn with_key_of(&self, other: &Self) -> Self {
        Self { key: other.key.clone(), ..self.clone() }
    }

    fn valid(&self, verified: Result<(), SignatureInvalid>) -> Result<(), LineInvalid> {
        verified.map_err(|cause| LineInvalid::Signature { name: self.name.clone(), cause })
    }

    fn expect_line_by(&self, id: KeyId, line: &SignatureLine) -> Result<(), LineInvalid> {
        if line.name() == &self.name && line.id() == id {
            return Ok(());
        }
        Err(LineInvalid::OtherKey { name: line.name().clone(), id: line.id() })
    }

    fn wrong_kind(&self) -> LineInvalid {
        LineInvalid::Kind { name: self.name.clone(), kind: self.kind() }
    }

    fn wrong_length(&self, line: &SignatureLine, expected: usize) -> LineInvalid {
        LineInvalid::Length { name: self.name.clone(), bytes: line.payload().len(), expected }
    }
}

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
    if found.is_empty() {
        return Err(VerifierKeyError::Shape);
    }
    ssh::check_type(found)?;
    if encoded.contains(' ') {
        return Err(VerifierKeyError::Shape);
    }
    let wire = BASE64_STANDARD.decode(encoded).map_err(|_| VerifierKeyError::Base64)?;
    let key = SshKey::parse(&wire)?;
    if key.type_name() != found {
        return Err(VerifierKeyError::SshTypes);
    }
    Ok(VerifierKey::of_ssh(name, key))
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
    let verifier = VerifierKey::new(name, kind, Ed25519Key::from_bytes(key)?);
    if verifier.id.to_string() != found {
        return Err(VerifierKeyError::Id { expected: verifier.id, found: found.to_owned() });
    }
    Ok(verifier)
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Key::Note(key) | Key::Station(key) => {
                let material = [self.kind().type_bytes(), key.as_bytes()].concat();
                write!(f, "{}+{}+{}", self.name, self.id, BASE64_STANDARD.encode(material))
            }
            Key::Ssh(key) => {
                write!(f, "{} {} {}", self.name, key.type_name(), BASE64_STANDARD.encode(key.wire()))
            }
        }
    }
}
