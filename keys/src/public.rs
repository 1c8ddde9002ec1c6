//! Raw public keys and signatures, of either curve.

use crate::{Ed25519Key, Ed25519Signature, P256Key, P256Signature};

/// A raw public key, under whatever name, and in whatever type of SSH key: two enrolled keys with equal raw keys have
/// one holder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PublicKey {
    /// A key of Ed25519.
    Ed25519(Ed25519Key),
    /// A key of ECDSA over P-256.
    P256(P256Key),
}

/// A raw signature, not yet verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// By a key of Ed25519.
    Ed25519(Ed25519Signature),
    /// By a key of ECDSA over P-256.
    P256(P256Signature),
}

/// The signature is not valid for this key and message. The error deliberately has no details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the text and the key; the text was altered, or another key signed it")]
pub struct SignatureInvalid;

impl PublicKey {
    /// Verifies strictly: see [`Ed25519Key::verify`] and [`P256Key::verify`].
    pub(crate) fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureInvalid> {
        match (self, signature) {
            (Self::Ed25519(key), Signature::Ed25519(signature)) => key.verify(message, signature),
            (Self::P256(key), Signature::P256(signature)) => key.verify(message, signature),
            (Self::Ed25519(_), Signature::P256(_)) | (Self::P256(_), Signature::Ed25519(_)) => {
                Err(SignatureInvalid)
            }
        }
    }
}
