//! Key names, and the distinct persons behind named keys.

use core::fmt;
use std::collections::BTreeSet;

use crate::{PublicKey, VerifierKey};

/// The maximum length of a key name. An origin, which `record` limits to 191 bytes, leaves 64 for `/<person>/<device>`,
/// and 16 signature lines stay well under a note's limit.
pub const MAX_KEY_NAME_BYTES: usize = 255;

/// A key's name, as used in signature lines and key encodings.
///
/// ```text
/// status.example.net/alice/phone     <origin>/<person>/<device>: an operator's key
/// status.example.net/log1            the log's key
/// ```
///
/// C2SP signed-note requires it to be non-empty, without Unicode spaces and without `+`. Here it must also be printable
/// ASCII, so that two names that look alike are the same name, and at most [`MAX_KEY_NAME_BYTES`] long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

/// Why a text is not a [`KeyName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyNameError {
    /// The name is empty.
    #[error("the key name is empty; it should look like status.example.net/alice/phone")]
    Empty,
    /// Longer than [`MAX_KEY_NAME_BYTES`].
    #[error("the key name is {bytes} bytes long; at most {MAX_KEY_NAME_BYTES} are allowed")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// A space, a `+`, a control character, or anything outside ASCII.
    #[error(
        "character {position} of the key name is {character:?}; \
         only visible ASCII characters other than '+' are allowed"
    )]
    Character {
        /// The character.
        character: char,
        /// Its position in characters, from 1.
        position: usize,
    },
}

impl KeyName {
    /// Parses a name, which has only one form.
    ///
    /// # Errors
    /// If the text is empty, too long, or contains a character not allowed in names.
    pub fn parse(text: &str) -> Result<Self, KeyNameError> {
        if text.is_empty() {
            return Err(KeyNameError::Empty);
        }
        if text.len() > MAX_KEY_NAME_BYTES {
            return Err(KeyNameError::TooLong { bytes: text.len() });
        }
        for (before, character) in text.chars().enumerate() {
            if !character.is_ascii_graphic() || character == '+' {
                return Err(KeyNameError::Character { character, position: before + 1 });
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The person part, if the name is `<origin>/<person>/<device>`.
    #[must_use]
    pub fn person_under<'a>(&'a self, origin: &str) -> Option<&'a str> {
        let (person, device) = self.0.strip_prefix(origin)?.strip_prefix('/')?.split_once('/')?;
        let whole = !person.is_empty() && !device.is_empty() && !device.contains('/');
        whole.then_some(person)
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The number of distinct persons who hold these keys, for comparison with a threshold.
///
/// A person is the middle part of `<origin>/<person>/<device>`; keys with other names do not count. Two devices of one
/// person count once, and so do two persons who share a raw key, since its holder can sign as either. Order and
/// repetition of the keys do not matter.
pub fn distinct_persons<'k>(origin: &str, keys: impl IntoIterator<Item = &'k VerifierKey>) -> usize {
    let mut groups: Vec<Group<'k>> = Vec::new();
    for key in keys {
        let Some(person) = key.name().person_under(origin) else { continue };
        let mut joined = Group { persons: BTreeSet::from([person]), raw: BTreeSet::from([key.public()]) };
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
    raw: BTreeSet<PublicKey>,
}

impl Group<'_> {
    fn touches(&self, other: &Self) -> bool {
        !self.persons.is_disjoint(&other.persons) || !self.raw.is_disjoint(&other.raw)
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyName, distinct_persons};
    use crate::{KeyKind, PublicKey, SecretKey, VerifierKey};

    #[test]
    fn the_person_is_the_first_of_two_parts_under_the_origin() {
        for (name, origin, expected) in [
            ("status.example.net/alice/phone", "status.example.net", Some("alice")),
            ("example.net/status/alice/phone", "example.net/status", Some("alice")),
            ("status.example.net/log1", "status.example.net", None),
            ("status.example.net/alice/phone/2", "status.example.net", None),
            ("status.example.net//phone", "status.example.net", None),
            ("status.example.net/alice/", "status.example.net", None),
            ("status.example.network/alice/phone", "status.example.net", None),
            ("status.example.net/alice/phone", "status.example.ne", None),
            ("status.example.net", "status.example.net", None),
            ("/alice/phone", "", Some("alice")),
        ] {
            let name = KeyName::parse(name).unwrap();
            assert_eq!(name.person_under(origin), expected, "{name} under {origin}");
        }
    }

    #[test]
    fn a_message_says_where_and_what() {
        let error = KeyName::parse("alice phone").unwrap_err();
        assert_eq!(
            error.to_string(),
            "character 6 of the key name is ' '; only visible ASCII characters other than '+' are allowed"
        );
    }

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
        let PublicKey::Ed25519(raw) = note.public() else { panic!("every note key is of Ed25519") };
        let ssh = VerifierKey::new(KeyName::parse("o/bob/laptop").unwrap(), KeyKind::Ssh, raw);
        assert_eq!(distinct_persons("o", [&note, &ssh]), 1);
    }
}
