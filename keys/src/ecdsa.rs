//! ECDSA over P-256 with SHA-256: public keys, signatures, and the only verification of them that the project uses.

use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::Verifier as _;

use crate::SignatureInvalid;

/// A P-256 public key: a point of the curve, in the 65 bytes `0x04 ‖ x ‖ y` of SEC 1's uncompressed form.
///
/// SEC 1 has other encodings of the same point. OpenSSH reads and writes only this one, and the others are refused
/// here, so that each key has one form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct P256Key([u8; 65]);

/// Why bytes are not a [`P256Key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum P256KeyError {
    /// Not 65 bytes that begin with `0x04`: compressed, hybrid, the point at infinity, or not a point's encoding.
    #[error("the P-256 key is not an uncompressed point, 65 bytes that begin with 04")]
    Form,
    /// A coordinate is not below the field's prime, or the point is not on the curve.
    #[error("the public key is not a point of the P-256 curve; it was copied wrongly or is not a key")]
    NotAPoint,
}

/// An ECDSA signature: r and s, each from 1 to n − 1.
///
/// (r, n − s) is valid whenever (r, s) is: one text has many signatures by one key, and anybody can make a second from
/// the first. Nothing may depend on a signature's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct P256Signature(p256::ecdsa::Signature);

impl P256Key {
    /// Parses a key. P-256 has no points of low order: its order is prime.
    ///
    /// # Errors
    /// If it is not in the uncompressed form, or not a point of the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, P256KeyError> {
        let key: [u8; 65] = bytes.try_into().map_err(|_| P256KeyError::Form)?;
        if !key.starts_with(&[0x04]) {
            return Err(P256KeyError::Form);
        }
        VerifyingKey::from_sec1_bytes(&key).map_err(|_| P256KeyError::NotAPoint)?;
        Ok(Self(key))
    }

    /// The 65 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// Verifies a signature of the message's SHA-256.
    ///
    /// # Errors
    /// If the signature is not valid.
    pub fn verify(&self, message: &[u8], signature: &P256Signature) -> Result<(), SignatureInvalid> {
        let key = VerifyingKey::from_sec1_bytes(&self.0).map_err(|_| SignatureInvalid)?;
        key.verify(message, &signature.0).map_err(|_| SignatureInvalid)
    }
}

impl P256Signature {
    /// A signature from r and s, big-endian; `None` if either is 0 or not below the group order n.
    #[must_use]
    pub fn from_scalars(r: [u8; 32], s: [u8; 32]) -> Option<Self> {
        p256::ecdsa::Signature::from_scalars(r, s).ok().map(Self)
    }

    /// r and s, big-endian.
    #[must_use]
    pub fn scalars(&self) -> [[u8; 32]; 2] {
        let (r, s) = self.0.split_bytes();
        [r.into(), s.into()]
    }
}

#[cfg(test)]
mod tests {
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer as _;

    use super::{P256Key, P256KeyError, P256Signature};

    /// The group order.
    const N: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
        0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    const ONE: [u8; 32] = {
        let mut one = [0; 32];
        one[31] = 1;
        one
    };

    fn secret() -> SigningKey {
        SigningKey::from_slice(&[1; 32]).unwrap()
    }

    fn point() -> [u8; 65] {
        secret().verifying_key().to_encoded_point(false).as_bytes().try_into().unwrap()
    }

    fn scalars(signature: p256::ecdsa::Signature) -> [[u8; 32]; 2] {
        P256Signature(signature).scalars()
    }

    #[test]
    fn both_twins_of_a_signature_are_valid() {
        let key = P256Key::from_bytes(&point()).unwrap();
        let signature: p256::ecdsa::Signature = secret().sign(b"text\n");
        let low = signature.normalize_s().unwrap_or(signature);
        let high = p256::ecdsa::Signature::from_scalars(low.r(), -low.s()).unwrap();
        assert_ne!(low, high);
        for twin in [low, high] {
            let [r, s] = scalars(twin);
            let twin = P256Signature::from_scalars(r, s).unwrap();
            assert_eq!(key.verify(b"text\n", &twin), Ok(()));
            assert!(key.verify(b"test\n", &twin).is_err());
        }
    }

    #[test]
    fn scalars_are_from_1_to_n_less_1() {
        let mut below = N;
        below[31] -= 1;
        let mut above = N;
        above[31] += 1;
        for good in [ONE, below] {
            assert!(P256Signature::from_scalars(good, ONE).is_some());
            assert!(P256Signature::from_scalars(ONE, good).is_some());
        }
        for bad in [[0; 32], N, above, [0xff; 32]] {
            assert_eq!(P256Signature::from_scalars(bad, ONE), None, "{bad:02x?}");
            assert_eq!(P256Signature::from_scalars(ONE, bad), None, "{bad:02x?}");
        }
    }

    #[test]
    fn only_the_uncompressed_form_of_a_point_is_a_key() {
        let good = point();
        assert_eq!(P256Key::from_bytes(&good).unwrap().as_bytes(), &good);
        let compressed = secret().verifying_key().to_encoded_point(true);
        let with_tag = |tag: u8| [&[tag], &good[1..]].concat();
        for bad in [compressed.as_bytes(), &[0], &[], &good[1..], &[&good[..], &[0]].concat()] {
            assert_eq!(P256Key::from_bytes(bad), Err(P256KeyError::Form), "{bad:02x?}");
        }
        for tag in [0, 2, 3, 5, 6, 7] {
            assert_eq!(P256Key::from_bytes(&with_tag(tag)), Err(P256KeyError::Form), "tag {tag}");
        }
    }

    #[test]
    fn points_off_the_curve_and_coordinates_from_p_on_are_refused() {
        let p = [
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ];
        let mut off = point();
        off[64] ^= 1;
        // x = p is another writing of x = 0, where the curve has a point, whose y this is: the root of b.
        let y = [
            0x66, 0x48, 0x5c, 0x78, 0x0e, 0x2f, 0x83, 0xd7, 0x24, 0x33, 0xbd, 0x5d, 0x84, 0xa0, 0x6b, 0xb6,
            0x54, 0x1c, 0x2a, 0xf3, 0x1d, 0xae, 0x87, 0x17, 0x28, 0xbf, 0x85, 0x6a, 0x17, 0x4f, 0x93, 0xf4,
        ];
        let at = |x: [u8; 32]| [&[4][..], &x, &y].concat();
        assert!(P256Key::from_bytes(&at([0; 32])).is_ok());
        for bad in [off.to_vec(), at(p), [&[4][..], &[0; 64]].concat()] {
            assert_eq!(P256Key::from_bytes(&bad), Err(P256KeyError::NotAPoint), "{bad:02x?}");
        }
    }
}
