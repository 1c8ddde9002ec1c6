//! Encodings and signatures that a lenient check would accept.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};
use sha2::{Digest as _, Sha512};

use super::{Ed25519Key, Ed25519KeyError, Ed25519Signature, SignatureInvalid, is_below_p};

const P: [u8; 32] = little_endian_ff([0xed, 0x7f]);

/// The group order, 2^252 + 27742317777372353535851937790883648493.
const L: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

const fn little_endian_ff([lowest, highest]: [u8; 2]) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = lowest;
    bytes[31] = highest;
    bytes
}

/// Adds two little-endian numbers; `None` if the sum needs more than 256 bits.
fn add(a: &[u8; 32], b: &[u8; 32]) -> Option<[u8; 32]> {
    let mut sum = [0; 32];
    let mut carry = 0;
    for i in 0..32 {
        let digit = u16::from(a[i]) + u16::from(b[i]) + carry;
        sum[i] = digit.to_le_bytes()[0];
        carry = digit >> 8;
    }
    (carry == 0).then_some(sum)
}

/// All 32-byte encodings that decompress to this point: y or y + p, and either sign if x is 0.
fn encodings(point: &EdwardsPoint) -> Vec<[u8; 32]> {
    let mut y = point.compress().to_bytes();
    y[31] &= 0x7f;
    let mut all = Vec::new();
    for y in [Some(y), add(&y, &P)].into_iter().flatten().filter(|y| y[31] & 0x80 == 0) {
        for sign in [0, 0x80] {
            let mut bytes = y;
            bytes[31] |= sign;
            if CompressedEdwardsY(bytes).decompress().is_some_and(|found| found == *point) {
                all.push(bytes);
            }
        }
    }
    all
}

fn low_order_encodings() -> Vec<(EdwardsPoint, [u8; 32])> {
    EIGHT_TORSION.iter().flat_map(|point| encodings(point).into_iter().map(|bytes| (*point, bytes))).collect()
}

fn challenge(r: &[u8; 32], a: &[u8; 32], message: &[u8]) -> Scalar {
    let hash: [u8; 64] =
        Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize().into();
    Scalar::from_bytes_mod_order_wide(&hash)
}

fn join(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    [r, s].concat().try_into().unwrap()
}

fn lenient(a: &[u8; 32], message: &[u8], signature: &[u8; 64]) -> bool {
    let key = VerifyingKey::from_bytes(a).unwrap();
    key.verify(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
}

fn messages() -> impl Iterator<Item = Vec<u8>> {
    (0..1000).map(|number| format!("message {number}\n").into_bytes())
}

#[test]
fn there_are_14_low_order_encodings() {
    let mut all: Vec<_> = low_order_encodings().into_iter().map(|(_, bytes)| bytes).collect();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 14);
}

#[test]
fn low_order_keys_are_refused_though_a_lenient_check_takes_signatures_under_them() {
    let s = Scalar::from(7_u8);
    let r = (ED25519_BASEPOINT_POINT * s).compress().to_bytes();
    for (point, a) in low_order_encodings() {
        // [s]B = R + [k]A is true whenever k is a multiple of A's order.
        let message = messages()
            .find(|message| (point * challenge(&r, &a, message)).is_identity())
            .expect("1 in 8 fits");
        let signature = join(r, s.to_bytes());
        assert!(lenient(&a, &message, &signature), "{a:02x?}: the attack itself fails");

        let expected =
            if super::is_below_p(&a) { Ed25519KeyError::LowOrder } else { Ed25519KeyError::NotCanonical };
        assert_eq!(Ed25519Key::from_bytes(a), Err(expected));
        assert_eq!(Ed25519Key(a).verify(&message, &Ed25519Signature(signature)), Err(SignatureInvalid));
    }
}

#[test]
fn low_order_r_is_refused_though_the_equation_holds() {
    // Only under a key of mixed order, A = [a]B + U with U of order 8, can R be of low order.
    let a = Scalar::from(1_234_567_u32);
    let u = EIGHT_TORSION[1];
    let mixed = ED25519_BASEPOINT_POINT * a + u;
    let key = mixed.compress().to_bytes();
    for (point, r) in low_order_encodings() {
        let message = messages()
            .find(|message| (point + u * challenge(&r, &key, message)).is_identity())
            .expect("1 in 8 fits");
        let k = challenge(&r, &key, &message);
        let s = k * a;
        assert_eq!(ED25519_BASEPOINT_POINT * s, point + mixed * k, "the attack itself fails");
        let signature = join(r, s.to_bytes());
        // ed25519-dalek's lenient check compares R's bytes, so it accepts the canonical ones.
        assert_eq!(lenient(&key, &message, &signature), point.compress().to_bytes() == r);

        let public = Ed25519Key::from_bytes(key).unwrap();
        assert_eq!(public.verify(&message, &Ed25519Signature(signature)), Err(SignatureInvalid));
    }
}

#[test]
fn s_at_or_over_the_group_order_is_refused() {
    let secret = SigningKey::from_bytes(&[1; 32]);
    let public = Ed25519Key::of_secret(&secret);
    let honest = secret.sign(b"text\n").to_bytes();
    assert_eq!(public.verify(b"text\n", &Ed25519Signature(honest)), Ok(()));

    let (r, s): ([u8; 32], [u8; 32]) = (honest[..32].try_into().unwrap(), honest[32..].try_into().unwrap());
    let mut s_over = s;
    let mut multiples = 0;
    while let Some(next) = add(&s_over, &L) {
        s_over = next;
        multiples += 1;
        assert_eq!(Scalar::from_bytes_mod_order(s_over).to_bytes(), s, "the attack itself fails");
        let refused = public.verify(b"text\n", &Ed25519Signature(join(r, s_over)));
        assert_eq!(refused, Err(SignatureInvalid), "S + {multiples} L");
    }
    assert!(multiples >= 14);
}

#[test]
fn a_key_with_y_from_p_on_is_refused_and_its_canonical_twin_is_not() {
    let mut points = 0;
    for y in 0_u8..19 {
        for sign in [0, 0x80] {
            let mut canonical = [0; 32];
            canonical[0] = y;
            let mut over = add(&canonical, &P).unwrap();
            canonical[31] |= sign;
            over[31] |= sign;
            let Some(point) = CompressedEdwardsY(over).decompress() else {
                // The check of the encoding comes first.
                assert_eq!(Ed25519Key::from_bytes(over), Err(Ed25519KeyError::NotCanonical));
                assert_eq!(Ed25519Key::from_bytes(canonical), Err(Ed25519KeyError::NotAPoint));
                continue;
            };
            points += 1;
            assert!(VerifyingKey::from_bytes(&over).is_ok(), "dalek's own parser accepts it");
            assert_eq!(Ed25519Key::from_bytes(over), Err(Ed25519KeyError::NotCanonical));
            let twin = Ed25519Key::from_bytes(canonical);
            assert_eq!(twin.is_ok(), !point.is_small_order(), "y = {y}");
        }
    }
    assert!(points >= 10, "found {points}");
}

#[test]
fn the_boundary_of_canonical_encodings_is_p() {
    let mut below = P;
    below[0] -= 1;
    assert!(super::is_below_p(&below));
    assert!(!super::is_below_p(&P));
    assert!(!super::is_below_p(&[0xff; 32]));
    assert!(super::is_below_p(&[0; 32]));
}

#[test]
fn y_is_compared_with_p_as_a_whole() {
    let y = |lowest, middle, highest| {
        let mut bytes = [middle; 32];
        (bytes[0], bytes[31]) = (lowest, highest);
        bytes
    };
    for (bytes, is_below) in [
        (y(0xed, 0xff, 0x7f), false),
        (y(0xff, 0xff, 0x7f), false),
        (y(0xed, 0xff, 0xff), false),
        (y(0xec, 0xff, 0x7f), true),
        (y(0xff, 0xfe, 0x7f), true),
        (y(0xff, 0xff, 0x7e), true),
        (y(0xff, 0xfe, 0x7e), true),
    ] {
        assert_eq!(is_below_p(&bytes), is_below, "{bytes:02x?}");
    }
}
