//! The kind of statement that a key signs, and the short key id that depends on it.

use core::fmt;
use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::{KeyName, PublicKey, ssh};

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
/// SHA-256(name ‖ LF ‖ type bytes ‖ 32-byte public key)[:4]
/// ```
///
/// A hint to which key to try, not a commitment to it: anybody can create a key with a given id (C2SP signed-note).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl KeyId {
    /// The id of a key under a name, for a kind of line.
    #[must_use]
    pub fn of(name: &KeyName, kind: KeyKind, public: &PublicKey) -> Self {
        let hash: [u8; 32] = Sha256::new()
            .chain_update(name.as_str())
            .chain_update(b"\n")
            .chain_update(kind.type_bytes())
            .chain_update(public.as_bytes())
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

    pub(crate) const fn from_bytes(bytes: [u8; 4]) -> Self {
        Self(bytes)
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

#[cfg(test)]
mod tests {
    use super::KeyKind;
    use crate::SSH_NAMESPACE;

    #[test]
    fn the_ssh_kind_names_the_namespace() {
        let bytes = [b"\xffsshsig:", SSH_NAMESPACE.as_bytes()].concat();
        assert_eq!(KeyKind::Ssh.type_bytes(), bytes);
    }
}
