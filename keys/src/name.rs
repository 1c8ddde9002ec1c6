//! Key names.

use core::fmt;
use core::str::FromStr;

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
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
        self.parts_under(origin).map(|(person, _)| person)
    }

    /// The device part, if the name is `<origin>/<person>/<device>`.
    #[must_use]
    pub fn device_under<'a>(&'a self, origin: &str) -> Option<&'a str> {
        self.parts_under(origin).map(|(_, device)| device)
    }

    fn parts_under<'a>(&'a self, origin: &str) -> Option<(&'a str, &'a str)> {
        let (person, device) = self.0.strip_prefix(origin)?.strip_prefix('/')?.split_once('/')?;
        let whole = !person.is_empty() && !device.is_empty() && !device.contains('/');
        whole.then_some((person, device))
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyName({})", self.0)
    }
}

impl FromStr for KeyName {
    type Err = KeyNameError;

    fn from_str(text: &str) -> Result<Self, KeyNameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::KeyName;

    #[test]
    fn person_and_device_are_the_two_parts_under_the_origin() {
        for (name, origin, expected) in [
            ("status.example.net/alice/phone", "status.example.net", Some(("alice", "phone"))),
            ("example.net/status/alice/phone", "example.net/status", Some(("alice", "phone"))),
            ("status.example.net/log1", "status.example.net", None),
            ("status.example.net/alice/phone/2", "status.example.net", None),
            ("status.example.net//phone", "status.example.net", None),
            ("status.example.net/alice/", "status.example.net", None),
            ("status.example.network/alice/phone", "status.example.net", None),
            ("status.example.net/alice/phone", "status.example.ne", None),
            ("status.example.net", "status.example.net", None),
            ("/alice/phone", "", Some(("alice", "phone"))),
        ] {
            let name = KeyName::parse(name).unwrap();
            assert_eq!(
                name.person_under(origin),
                expected.map(|(person, _)| person),
                "{name} under {origin}"
            );
            assert_eq!(
                name.device_under(origin),
                expected.map(|(_, device)| device),
                "{name} under {origin}"
            );
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
}
