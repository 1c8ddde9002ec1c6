//! Ed25519: public keys, signatures, and the only verification of them that the project uses.

#[cfg(test)]
mod tests;

use ed25519_dalek::VerifyingKey;

use crate::SignatureInvalid;

/// An Ed25519 public key: 32 bytes, the canonical encoding of a point that is not of low order.
///
/// RFC 8032 does not define how to treat other encodings, and libraries differ. They are refused here, once, so that a
/// browser, `ssh-keygen` and this crate agree on which notes are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ed25519Key([u8; 32]);

/// Why 32 bytes are not a [`Ed25519Key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ed25519KeyError {
    /// The y coordinate is not below 2^255 − 19: a second encoding of another key.
    #[error("the public key is not in canonical form: its coordinate must be below 2^255 - 19")]
    NotCanonical,
    /// No point of the curve has this y coordinate.
    #[error("the public key is not a point of the Ed25519 curve; it was copied wrongly or is not a key")]
    NotAPoint,
    /// One of the 14 encodings of the eight points of low order, under which one signature is valid for many texts.
    #[error("the public key is one of the weak keys of low order, with which anybody can sign")]
    LowOrder,
}

/// An Ed25519 signature: 32 bytes R, 32 bytes S. It may be any 64 bytes; [`Ed25519Key::verify`] checks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ed25519Signature([u8; 64]);

impl Ed25519Key {
    /// Parses a key.
    ///
    /// # Errors
    /// If the encoding is not canonical, not a point of the curve, or of low order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, Ed25519KeyError> {
        if !is_below_p(&bytes) {
            return Err(Ed25519KeyError::NotCanonical);
        }
        let point = VerifyingKey::from_bytes(&bytes).map_err(|_| Ed25519KeyError::NotAPoint)?;
        // The second encodings of x = 0 (sign bit set) belong to points of order 1 and 2, so this refuses
        // them as well.
        if point.is_weak() {
            return Err(Ed25519KeyError::LowOrder);
        }
        Ok(Self(bytes))
    }

    /// The public key of a secret. A clamped scalar is a multiple of 8 below 8 times the base point's order, so never a
    /// multiple of that order: the point has prime order, and none of the checks above can fail.
    pub(crate) fn of_secret(secret: &ed25519_dalek::SigningKey) -> Self {
        Self(secret.verifying_key().to_bytes())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Verifies strictly: S below the group order, R canonical and not of low order, and
    /// `[S]B = R + [k]A` without a cofactor.
    ///
    /// # Errors
    /// If the signature is not valid.
    pub fn verify(&self, message: &[u8], signature: &Ed25519Signature) -> Result<(), SignatureInvalid> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| SignatureInvalid)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(message, &signature).map_err(|_| SignatureInvalid)
    }
}

impl Ed25519Signature {
    /// A signature from its 64 bytes, unchecked.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// The 64 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

/// Whether the y coordinate (little-endian, top bit aside) is below p = 2^255 − 19.
fn is_below_p(bytes: &[u8; 32]) -> bool {
    let [lowest, middle @ .., highest] = bytes;
    *lowest < 0xed || middle.iter().any(|byte| *byte != 0xff) || highest & 0x7f != 0x7f
}
