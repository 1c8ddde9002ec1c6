//! SSH signatures, as made by `ssh-keygen -Y sign -n outband@v1`.

mod blob;
mod key;
mod passkey;
mod wire;

use core::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use self::key::MAX_TYPE_BYTES;
use self::wire::{Reader, put_string};
use crate::{printable, quoted};
pub(crate) use blob::{SignatureBlob, signed_message};
pub(crate) use key::check_type;
pub use key::{SshKey, SshKeyError, SshKeyKind};

/// The namespace in which operators sign (`ssh-keygen -Y sign -n …`), so that a signature made for another purpose is
/// never accepted.
pub const SSH_NAMESPACE: &str = "outband@v1";

/// The first and the last line of an armoured signature.
const ARMOUR_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";
pub(crate) const ARMOUR_END: &str = "-----END SSH SIGNATURE-----";

/// The number of base64 characters on each line of an armoured signature but the last.
const ARMOUR_WIDTH: usize = 70;

/// An SSH signature on a note's text, not yet verified.
///
/// ```text
/// -----BEGIN SSH SIGNATURE-----
/// <base64, 70 characters a line, of:>
///   "SSHSIG" ‖ u32 1 ‖ string public key ‖ string "outband@v1" ‖ string "" ‖ string "sha512" ‖ string signature
/// -----END SSH SIGNATURE-----
/// ```
///
/// The format is that of OpenSSH's `PROTOCOL.sshsig`, restricted to the types of [`SshKey`] and to sha512.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshSignature {
    key: SshKey,
    blob: SignatureBlob,
}

/// Why an armoured block is not an [`SshSignature`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshSignatureError {
    /// The block is not what `ssh-keygen` writes.
    #[error(
        "the SSH signature's block is not what ssh-keygen writes: its first and last line, 70 characters a line, canonical base64"
    )]
    Armour,
    /// A part of the signature is missing, too long or not as it is encoded.
    #[error("the SSH signature is cut off or malformed at its {0}; send what ssh-keygen wrote, unchanged")]
    Malformed(&'static str),
    /// The format's version is not 1.
    #[error("the SSH signature has format version {found}; only 1 is known")]
    Version {
        /// The version found.
        found: u32,
    },
    /// The key is not accepted.
    #[error("{0}")]
    Key(#[from] SshKeyError),
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
    #[error("the SSH signature's reserved field must be empty")]
    Reserved,
    /// The text was hashed with an algorithm other than sha512.
    #[error("the SSH signature uses {}; omit `-O hashalg`, or use `-O hashalg=sha512`", printable(found))]
    Hash {
        /// The algorithm found.
        found: String,
    },
    /// The signature inside is of another type than the key.
    #[error(
        "the SSH signature is of type {}, but its key is of type {key}; they must agree",
        printable(found)
    )]
    OtherType {
        /// The type of signature found.
        found: String,
        /// The type of the key.
        key: &'static str,
    },
    /// A passkey signed without knowing who used it.
    #[error(
        "the passkey did not verify who used it, by face, fingerprint or PIN; sign again, and unlock it when asked"
    )]
    NotVerified,
    /// A passkey signed for a page outside its domain.
    #[error(
        "the passkey signed for a page at {}, which is not below https://{domain}; sign at that site",
        quoted(found)
    )]
    Origin {
        /// The page's origin.
        found: String,
        /// The passkey's domain.
        domain: String,
    },
    /// What a browser signed is not the client data of a page's own request.
    #[error(
        "the passkey's client data is not as browsers write it for a page of its own: {{\"type\":\"webauthn.get\",\"challenge\":…,\"origin\":…"
    )]
    ClientData,
    /// The signature inside is not 64 bytes of Ed25519.
    #[error("the SSH signature does not contain an Ed25519 signature of 64 bytes")]
    Ed25519,
    /// The signature inside is not two integers r and s of P-256.
    #[error(
        "the SSH signature does not contain a P-256 signature: two integers from 1 to n - 1, each in its shortest form"
    )]
    P256,
    /// A security key signed without a person's touch.
    #[error(
        "the security key was not touched when it signed; sign again, with a key that was created without `-O no-touch-required`"
    )]
    NotTouched,
    /// A security key's flags announce data that is not accepted.
    #[error("the security key's flags are {found:#04x}, which announce more data than is accepted here")]
    Flags {
        /// The flags found.
        found: u8,
    },
}

impl SshSignature {
    /// Parses an armoured block, from its first line to its last, including the final newline.
    ///
    /// # Errors
    /// If it is not exactly what `ssh-keygen` writes, or uses another namespace, hash or type of key.
    pub fn parse(armour: &str) -> Result<Self, SshSignatureError> {
        use SshSignatureError::Malformed;

        let bytes = unarmoured(armour).ok_or(SshSignatureError::Armour)?;
        let mut sig = Reader::new(&bytes);
        if sig.array() != Some(*b"SSHSIG") {
            return Err(Malformed("beginning"));
        }
        let version = sig.u32().ok_or(Malformed("version"))?;
        if version != 1 {
            return Err(SshSignatureError::Version { found: version });
        }
        let key = SshKey::parse(sig.string(bytes.len()).ok_or(Malformed("key"))?)?;
        let namespace = sig.word(MAX_TYPE_BYTES).ok_or(Malformed("namespace"))?;
        if namespace != SSH_NAMESPACE {
            return Err(SshSignatureError::Namespace { found: namespace.to_owned() });
        }
        if !sig.string(bytes.len()).ok_or(Malformed("reserved field"))?.is_empty() {
            return Err(SshSignatureError::Reserved);
        }
        let hash = sig.word(MAX_TYPE_BYTES).ok_or(Malformed("hash"))?;
        if hash != "sha512" {
            return Err(SshSignatureError::Hash { found: hash.to_owned() });
        }
        let blob = SignatureBlob::parse(&key, sig.string(bytes.len()).ok_or(Malformed("signature"))?)?;
        sig.end().ok_or(Malformed("end"))?;
        Ok(Self { key, blob })
    }

    /// The signature whose stored line by this key has this payload.
    ///
    /// # Errors
    /// If it is not the payload of such a line.
    pub fn from_payload(key: SshKey, payload: &[u8]) -> Result<Self, SshSignatureError> {
        let blob = SignatureBlob::parse_payload(&key, payload)?;
        Ok(Self { key, blob })
    }

    /// The key that the signature claims as its signer.
    #[must_use]
    pub fn key(&self) -> &SshKey {
        &self.key
    }

    /// The payload of the line in which the signature is stored.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        self.blob.payload(&self.key)
    }
}

/// The armoured block, with its final newline: what `ssh-keygen -Y verify` reads.
impl fmt::Display for SshSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sig = b"SSHSIG\0\0\0\x01".to_vec();
        for string in [
            self.key.wire().as_slice(),
            SSH_NAMESPACE.as_bytes(),
            b"",
            b"sha512",
            &self.blob.print(&self.key),
        ] {
            put_string(&mut sig, string);
        }
        f.write_str(&armoured(&sig))
    }
}

fn armoured(bytes: &[u8]) -> String {
    let mut armour = format!("{ARMOUR_BEGIN}\n");
    let base64 = BASE64_STANDARD.encode(bytes);
    let mut rest = base64.as_str();
    while !rest.is_empty() {
        let (line, below) = rest.split_at_checked(ARMOUR_WIDTH).unwrap_or((rest, ""));
        armour.push_str(line);
        armour.push('\n');
        rest = below;
    }
    armour.push_str(ARMOUR_END);
    armour.push('\n');
    armour
}

fn unarmoured(armour: &str) -> Option<Vec<u8>> {
    let base64: String = armour.lines().filter(|line| !line.starts_with("-----")).collect();
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    (armoured(&bytes) == armour).then_some(bytes)
}
