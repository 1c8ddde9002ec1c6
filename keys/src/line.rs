//! One signature line of a note.

use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::{KeyId, KeyName, KeyNameError};

/// The start of a signature line: an em dash and a space.
pub(crate) const SIGNATURE_PREFIX: &str = "— ";

/// A signature line, not yet verified.
///
/// ```text
/// — <key name> <base64(4-byte key id ‖ payload)>
/// ```
///
/// The payload is 64 bytes for a note's signature, 8 bytes of time and 64 of signature for a receipt or a cosignature,
/// and any non-empty bytes for an unknown key. Each line has one encoding: padded standard base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureLine {
    name: KeyName,
    id: KeyId,
    payload: Vec<u8>,
}

/// Why a text is not a [`SignatureLine`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureLineError {
    /// It does not begin with an em dash and a space.
    #[error("a signature line begins with an em dash (U+2014) and a space")]
    Prefix,
    /// It is not a name, one space, and base64.
    #[error(
        "a signature line is `— <key name> <base64>`, each followed by exactly one space or the line's end"
    )]
    Shape,
    /// The name is not a valid key name.
    #[error("{0}")]
    Name(#[from] KeyNameError),
    /// Not base64, or not in its canonical form.
    #[error(
        "the signature is not canonical base64: the standard alphabet, padded with `=`, unused bits zero"
    )]
    Base64,
    /// No byte follows the key id.
    #[error(
        "the signature is {bytes} bytes long; 4 bytes of key id and at least one of signature are needed"
    )]
    TooShort {
        /// The decoded length.
        bytes: usize,
    },
}

impl SignatureLine {
    pub(crate) fn new(name: KeyName, id: KeyId, payload: Vec<u8>) -> Self {
        Self { name, id, payload }
    }

    /// Parses a line, without its newline.
    ///
    /// # Errors
    /// If it is not such a line, or not in the canonical form.
    pub fn parse(line: &str) -> Result<Self, SignatureLineError> {
        let rest = line.strip_prefix(SIGNATURE_PREFIX).ok_or(SignatureLineError::Prefix)?;
        let (name, encoded) = rest.split_once(' ').ok_or(SignatureLineError::Shape)?;
        if name.is_empty() || encoded.is_empty() || encoded.contains(' ') {
            return Err(SignatureLineError::Shape);
        }
        let name = KeyName::parse(name)?;
        let decoded = BASE64_STANDARD.decode(encoded).map_err(|_| SignatureLineError::Base64)?;
        match decoded.split_first_chunk::<4>() {
            Some((id, payload)) if !payload.is_empty() => {
                Ok(Self { name, id: KeyId::from_bytes(*id), payload: payload.to_vec() })
            }
            _ => Err(SignatureLineError::TooShort { bytes: decoded.len() }),
        }
    }

    /// The name of the key that the line claims as its signer.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// The id of the key that the line claims as its signer.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The bytes after the key id.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }
}

impl fmt::Display for SignatureLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_bytes().as_slice(), &self.payload].concat();
        write!(f, "{SIGNATURE_PREFIX}{} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl FromStr for SignatureLine {
    type Err = SignatureLineError;

    fn from_str(line: &str) -> Result<Self, SignatureLineError> {
        Self::parse(line)
    }
}
