//! SSH signatures, as made by `ssh-keygen -Y sign -n outband@v1`.

use sha2::{Digest, Sha512};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, SshSig};

use crate::{PublicKey, PublicKeyError, Signature, printable, quoted};

/// The namespace in which operators sign (`ssh-keygen -Y sign -n …`), so that a signature made for another purpose is
/// never accepted.
pub const SSH_NAMESPACE: &str = "outband@v1";

/// The last line of an armoured signature.
pub(crate) const ARMOUR_END: &str = "-----END SSH SIGNATURE-----";

/// An SSH signature on a note's text, not yet verified.
///
/// ```text
/// -----BEGIN SSH SIGNATURE-----
/// <base64, 70 characters a line, of:>
///   "SSHSIG" ‖ u32 1 ‖ string public key ‖ string "outband@v1" ‖ string "" ‖ string "sha512" ‖ string signature
/// -----END SSH SIGNATURE-----
/// ```
///
/// The format is that of OpenSSH's `PROTOCOL.sshsig`, restricted to Ed25519 keys and sha512.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSignature {
    public: PublicKey,
    signature: Signature,
}

/// Why an armoured block is not an [`SshSignature`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshSignatureError {
    /// The block cannot be parsed.
    #[error("the SSH signature cannot be read ({0}); send what ssh-keygen wrote, unchanged")]
    Unreadable(String),
    /// The key is of a type unknown to the parser, such as ECDSA.
    #[error("the SSH signature is by a key of an unknown type; only ssh-ed25519 is accepted")]
    UnknownKeyType,
    /// The block can be parsed but differs from what `ssh-keygen` writes.
    #[error(
        "the SSH signature's block is not what ssh-keygen writes: 70 characters a line, canonical base64"
    )]
    NotCanonical,
    /// The format's version is not 1.
    #[error("the SSH signature has format version {found}; only 1 is known")]
    Version {
        /// The version found.
        found: u32,
    },
    /// Made for another purpose.
    #[error(
        "the SSH signature is for the namespace {}; sign with `ssh-keygen -Y sign -n {SSH_NAMESPACE}`",
        quoted(found)
    )]
    Namespace {
        /// The namespace found.
        found: String,
    },
    /// The reserved field is not empty.
    #[error("the SSH signature's reserved field holds {bytes} bytes; it must be empty")]
    Reserved {
        /// Its length.
        bytes: usize,
    },
    /// The text was hashed with an algorithm other than sha512.
    #[error("the SSH signature uses {}; omit `-O hashalg`, or use `-O hashalg=sha512`", printable(found))]
    Hash {
        /// The algorithm found.
        found: String,
    },
    /// The key is not a plain Ed25519 key but, say, RSA or a FIDO key.
    #[error("the SSH signature is by a key of type {}; only ssh-ed25519 is accepted", printable(found))]
    KeyType {
        /// The type found.
        found: String,
    },
    /// The key is Ed25519 but refused.
    #[error("{0}")]
    Key(#[from] PublicKeyError),
    /// The inner signature is not 64 bytes of Ed25519.
    #[error("the SSH signature does not contain an Ed25519 signature of 64 bytes")]
    Signature,
}

impl SshSignature {
    /// Parses an armoured block, from its first line to its last, including the final newline.
    ///
    /// # Errors
    /// If it is not exactly what `ssh-keygen` writes, or uses another namespace, hash or key type.
    pub fn parse(armour: &str) -> Result<Self, SshSignatureError> {
        let parsed = SshSig::from_pem(armour).map_err(|error| match error {
            ssh_key::Error::AlgorithmUnknown => SshSignatureError::UnknownKeyType,
            other => SshSignatureError::Unreadable(other.to_string()),
        })?;
        // The parser tolerates text before the block and other line endings; the printer writes only one form.
        if parsed.to_pem(LineEnding::LF).as_deref() != Ok(armour) {
            return Err(SshSignatureError::NotCanonical);
        }
        if parsed.version() != SshSig::VERSION {
            return Err(SshSignatureError::Version { found: parsed.version() });
        }
        if parsed.namespace() != SSH_NAMESPACE {
            return Err(SshSignatureError::Namespace { found: parsed.namespace().to_owned() });
        }
        if !parsed.reserved().is_empty() {
            return Err(SshSignatureError::Reserved { bytes: parsed.reserved().len() });
        }
        if parsed.hash_alg() != HashAlg::Sha512 {
            return Err(SshSignatureError::Hash { found: parsed.hash_alg().to_string() });
        }
        let KeyData::Ed25519(key) = parsed.public_key() else {
            return Err(SshSignatureError::KeyType { found: parsed.public_key().algorithm().to_string() });
        };
        if parsed.algorithm() != Algorithm::Ed25519 {
            return Err(SshSignatureError::Signature);
        }
        let signature = parsed.signature_bytes().try_into().map_err(|_| SshSignatureError::Signature)?;
        Ok(Self { public: PublicKey::from_bytes(key.0)?, signature: Signature::from_bytes(signature) })
    }

    /// The key that the signature claims as its signer.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The 64 bytes that are kept when the note is stored.
    #[must_use]
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

/// The bytes that an SSH signature over a text covers.
///
/// ```text
/// "SSHSIG" ‖ string "outband@v1" ‖ string "" ‖ string "sha512" ‖ string SHA-512(text)
/// ```
///
/// A string is a u32-BE length and that many bytes. No note text can begin like this, since it would contain a NUL.
pub(crate) fn signed_message(text: &str) -> Vec<u8> {
    let hash = Sha512::digest(text);
    let mut message = b"SSHSIG".to_vec();
    for string in [SSH_NAMESPACE.as_bytes(), b"", b"sha512", hash.as_slice()] {
        // All are far shorter than 4 GiB.
        message.extend(u32::try_from(string.len()).unwrap_or(u32::MAX).to_be_bytes());
        message.extend(string);
    }
    message
}

/// The bytes before the 32 bytes of every Ed25519 key in SSH's wire form: `string "ssh-ed25519"` and the key's length.
const WIRE_PREFIX: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x20";

/// The key in SSH's wire form, which SSH key lines contain in base64, and of which fingerprints are the hash.
pub(crate) fn wire_key(public: &PublicKey) -> Vec<u8> {
    [WIRE_PREFIX, public.as_bytes()].concat()
}

/// The 32 bytes of a key in SSH's wire form.
pub(crate) fn parse_wire_key(wire: &[u8]) -> Option<[u8; 32]> {
    wire.strip_prefix(WIRE_PREFIX)?.try_into().ok()
}
