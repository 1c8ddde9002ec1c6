//! A signature line of a note: the kind of its statement, the id of its key, and the payload with a time that stations
//! write.

use core::fmt;
use core::str::FromStr;
use std::borrow::Cow;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use crate::{Ed25519Signature, KeyName, KeyNameError, ssh};

/// The start of a signature line: an em dash and a space.
pub(crate) const SIGNATURE_PREFIX: &str = "— ";

/// A signature line, not yet verified.
///
/// ```text
/// — <key name> <base64(4-byte key id ‖ payload)>
/// ```
///
/// The payload is 64 bytes for a note's signature, 8 bytes of time and 64 of signature for a receipt or a cosignature,
/// a key type's own form for an SSH signature ([`SshSignature::payload`](crate::SshSignature::payload)), and any
/// non-empty bytes for an unknown key. Each line has one encoding: padded standard base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: KeyName,
    id: KeyId,
    payload: Vec<u8>,
}

/// Why a text is not a [`SignatureLine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureLineError {
    /// It does not begin with an em dash and a space.
    #[error("a signature line begins with an em dash (U+2014) and a space")]
    Prefix,
    /// It is not a name, one space, and base64.
    #[error(
        "a signature line is `— <key name> <base64>`, each followed by exactly one space or the line's end"
    )]
    Shape,
    /// The name is not a valid key name.
    #[error("{0}")]
    Name(#[from] KeyNameError),
    /// Not base64, or not in its canonical form.
    #[error(
        "the signature is not canonical base64: the standard alphabet, padded with `=`, unused bits zero"
    )]
    Base64,
    /// No byte follows the key id.
    #[error(
        "the signature is {bytes} bytes long; 4 bytes of key id and at least one of signature are needed"
    )]
    TooShort {
        /// The decoded length.
        bytes: usize,
    },
}

impl SignatureLine {
    pub(crate) fn new(name: KeyName, id: KeyId, payload: Vec<u8>) -> Self {
        Self { name, id, payload }
    }

    /// Parses a line, without its newline.
    ///
    /// # Errors
    /// If it is not such a line, or not in the canonical form.
    pub fn parse(line: &str) -> Result<Self, SignatureLineError> {
        let rest = line.strip_prefix(SIGNATURE_PREFIX).ok_or(SignatureLineError::Prefix)?;
        let (name, encoded) = rest.split_once(' ').ok_or(SignatureLineError::Shape)?;
        if name.is_empty() || encoded.is_empty() || encoded.contains(' ') {
            return Err(SignatureLineError::Shape);
        }
        let name = KeyName::parse(name)?;
        let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| SignatureLineError::Base64)?;
        match decoded.split_first_chunk::<4>() {
            Some((id, payload)) if !payload.is_empty() => {
                Ok(Self { name, id: KeyId(*id), payload: payload.to_vec() })
            }
            _ => Err(SignatureLineError::TooShort { bytes: decoded.len() }),
        }
    }

    /// The name of the key that the line claims as its signer.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that the line claims as its signer.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes after the key id.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_bytes().as_slice(), &self.payload].concat();
        write!(f, "{SIGNATURE_PREFIX}{} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl FromStr for SignatureLine {
    type Err = SignatureLineError;

    fn from_str(line: &str) -> Result<Self, SignatureLineError> {
        Self::parse(line)
    }
}

/// The kind of statement that a signature line makes. It is part of the key id, so a line of one kind can never be
/// mistaken for a line of another kind by the same raw key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyKind {
    /// `0x01`: a note's text, signed as is (C2SP signed-note).
    Note,
    /// `0x04`: a checkpoint, seen at a stated time (C2SP tlog-cosignature). Station keys are encoded with this kind.
    Cosignature,
    /// `0xff "outband-received-v1"`: a note, received at a stated time. Not a separate key: a station key makes these
    /// lines too, under this id.
    Received,
    /// `0xff "sshsig:outband@v1"`: a note's text, signed by `ssh-keygen -Y sign -n outband@v1`.
    Ssh,
}

impl KeyKind {
    /// The bytes before the key in the input of the [`KeyId`] hash, and in key encodings.
    #[must_use]
    pub const fn type_bytes(self) -> &'static [u8] {
        match self {
            Self::Note => b"\x01",
            Self::Cosignature => b"\x04",
            Self::Received => b"\xffoutband-received-v1",
            Self::Ssh => b"\xffsshsig:outband@v1",
        }
    }

    /// The bytes that a key of this kind signs for a note's text. A station key signs no bare text, since that could be
    /// exactly the bytes of a receipt or a cosignature.
    pub(crate) fn note_message(self, text: &str) -> Option<Cow<'_, [u8]>> {
        match self {
            Self::Note => Some(Cow::Borrowed(text.as_bytes())),
            Self::Ssh => Some(Cow::Owned(ssh::signed_message(text))),
            Self::Cosignature | Self::Received => None,
        }
    }

    /// The kind of the *key*: a station has one key, for both cosignatures and receipts.
    pub(crate) const fn of_key(self) -> Self {
        match self {
            Self::Received => Self::Cosignature,
            other => other,
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Cosignature => "station",
            Self::Received => "receipt",
            Self::Ssh => "SSH",
        })
    }
}

/// The first four bytes of a hash over a key, its name and its kind; printed as 8 hexadecimal digits.
///
/// ```text
/// SHA-256(name ‖ LF ‖ type bytes ‖ public key)[:4]
/// ```
///
/// The public key is 32 bytes of Ed25519, or an SSH key of another type in its wire form, which is longer and contains
/// the type.
///
/// A hint to which key to try, not a commitment to it: anybody can create a key with a given id (C2SP signed-note).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// The id of a key under a name, for a kind of line.
    pub(crate) fn of(name: &KeyName, kind: KeyKind, public: &[u8]) -> Self {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(name.as_str())
            .chain_update(b"\n")
            .chain_update(kind.type_bytes())
            .chain_update(public)
            .finalize()
            .into();
        let [a, b, c, d, ..] = hash;
        Self([a, b, c, d])
    }

    /// The id as encoded in a signature line.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 4] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// The latest time in a receipt or a cosignature, in POSIX seconds: C2SP tlog-cosignature allows 63 bits.
pub const MAX_TIME: u64 = i64::MAX.unsigned_abs();

/// The payload of a timed signature line.
///
/// ```text
/// u64-BE POSIX seconds ‖ 64-byte Ed25519
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) time: u64,
    pub(crate) signature: Ed25519Signature,
}

impl Stamp {
    /// The length of the payload.
    pub(crate) const BYTES: usize = 8 + 64;

    pub(crate) fn parse(payload: &[u8]) -> Option<Self> {
        let (time, signature) = payload.split_first_chunk::<8>()?;
        let signature = Ed25519Signature::from_bytes(signature.try_into().ok()?);
        Some(Self { time: u64::from_be_bytes(*time), signature })
    }

    pub(crate) fn print(&self) -> Vec<u8> {
        [self.time.to_be_bytes().as_slice(), self.signature.as_bytes()].concat()
    }
}

/// The two kinds of timed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Statement {
    /// Receipt of a note, our own format.
    Received,
    /// Cosignature on a checkpoint, C2SP's format, whose header is reserved for checkpoints.
    Cosigned,
}

impl Statement {
    pub(crate) const fn kind(self) -> KeyKind {
        match self {
            Self::Received => KeyKind::Received,
            Self::Cosigned => KeyKind::Cosignature,
        }
    }

    /// The bytes that are signed.
    ///
    /// ```text
    /// outband received v1        or        cosignature/v1
    /// time 1679315147                      time 1679315147
    /// <text>                               <text>
    /// ```
    pub(crate) fn message(self, time: u64, text: &str) -> Vec<u8> {
        let header = match self {
            Self::Received => "outband received v1",
            Self::Cosigned => "cosignature/v1",
        };
        format!("{header}\ntime {time}\n{text}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyId, KeyKind, Stamp};
    use crate::{Ed25519Signature, SSH_NAMESPACE};

    #[test]
    fn the_ssh_kind_names_the_namespace() {
        let bytes = [b"\xffsshsig:", SSH_NAMESPACE.as_bytes()].concat();
        assert_eq!(KeyKind::Ssh.type_bytes(), bytes);
    }

    #[test]
    fn a_stamp_has_the_length_that_errors_name() {
        let stamp = Stamp { time: 1, signature: Ed25519Signature::from_bytes([2; 64]) };
        assert_eq!(stamp.print().len(), Stamp::BYTES);
    }

    #[test]
    fn errors_name_kinds_and_ids() {
        let kinds = [KeyKind::Note, KeyKind::Cosignature, KeyKind::Received, KeyKind::Ssh];
        assert_eq!(kinds.map(|kind| kind.to_string()), ["note", "station", "receipt", "SSH"]);
        let id = KeyId([0, 0x1f, 0xa0, 0xff]);
        assert_eq!(
            (id.to_string(), format!("{id:?}")),
            ("001fa0ff".to_owned(), "KeyId(001fa0ff)".to_owned())
        );
    }
}
