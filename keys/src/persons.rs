//! Counting persons behind keys.

use std::collections::BTreeSet;

use crate::VerifierKey;

/// The number of distinct persons who hold these keys, for comparison with a threshold.
///
/// A person is the middle part of `<origin>/<person>/<device>`; keys with other names do not count. Two devices of one
/// person count once, and so do two persons who share a raw key, since its holder can sign as either. Order and
/// repetition of the keys do not matter.
pub fn distinct_persons<'k>(origin: &str, keys: impl IntoIterator<Item = &'k VerifierKey>) -> usize {
    let mut groups: Vec<Group<'k>> = Vec::new();
    for key in keys {
        let Some(person) = key.name().person_under(origin) else { continue };
        let mut joined =
            Group { persons: BTreeSet::from([person]), raw: BTreeSet::from([key.public().as_bytes()]) };
        let mut apart = Vec::new();
        for group in groups {
            if group.touches(&joined) {
                joined.persons.extend(group.persons);
                joined.raw.extend(group.raw);
            } else {
                apart.push(group);
            }
        }
        apart.push(joined);
        groups = apart;
    }
    groups.len()
}

/// Names and raw keys that count as one person, linked by shared names or raw keys.
struct Group<'k> {
    persons: BTreeSet<&'k str>,
    raw: BTreeSet<&'k [u8; 32]>,
}

impl Group<'_> {
    fn touches(&self, other: &Self) -> bool {
        !self.persons.is_disjoint(&other.persons) || !self.raw.is_disjoint(&other.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::distinct_persons;
    use crate::{KeyKind, KeyName, SecretKey, VerifierKey};

    fn key(name: &str, seed: u8) -> VerifierKey {
        SecretKey::from_seed(KeyName::parse(name).unwrap(), KeyKind::Note, [seed; 32]).verifier()
    }

    #[test]
    fn persons_are_counted_once() {
        for (keys, expected, why) in [
            (vec![], 0, "nobody"),
            (vec![key("o/alice/phone", 1)], 1, "one"),
            (vec![key("o/alice/phone", 1), key("o/bob/phone", 2)], 2, "two"),
            (vec![key("o/alice/phone", 1), key("o/alice/laptop", 2)], 1, "two devices"),
            (vec![key("o/alice/phone", 1), key("o/alice/phone", 2)], 1, "two keys of one device"),
            (vec![key("o/alice/phone", 1), key("o/bob/phone", 1)], 1, "one raw key under two names"),
            (vec![key("o/alice/phone", 1), key("o/alice/phone", 1)], 1, "the same twice"),
            (
                vec![key("o/bob/phone", 1), key("o/alice/phone", 1), key("o/alice/laptop", 2)],
                1,
                "the first key's holder is alice as much as bob",
            ),
            (
                vec![key("o/alice/phone", 1), key("o/bob/phone", 2), key("o/alice/laptop", 2)],
                1,
                "the same, linked by the last key",
            ),
            (vec![key("o/root1", 1), key("o/alice/phone", 2)], 1, "a key without a person"),
            (vec![key("o/root1", 1)], 0, "only a key without a person"),
            (vec![key("o/root1", 1), key("o/alice/phone", 1)], 1, "alice signed, whatever else the key is"),
            (vec![key("other/alice/phone", 1), key("o/bob/phone", 2)], 1, "another origin"),
        ] {
            assert_eq!(distinct_persons("o", &keys), expected, "{why}");
        }
    }

    #[test]
    fn an_ssh_key_and_a_note_key_of_the_same_bytes_are_one() {
        let note = key("o/alice/phone", 1);
        let ssh = VerifierKey::new(KeyName::parse("o/bob/laptop").unwrap(), KeyKind::Ssh, *note.public());
        assert_eq!(distinct_persons("o", [&note, &ssh]), 1);
    }
}
