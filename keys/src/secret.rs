//! Secret keys and signing.

use core::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::{Zeroize as _, Zeroizing};

use crate::line::{MAX_TIME, Stamp, Statement};
use crate::{
    Ed25519Key, Ed25519Signature, KeyId, KeyKind, KeyName, KeyNameError, Note, NoteError, SignatureLine,
    VerifierKey,
};

/// A secret key with its name and kind.
///
/// ```text
/// PRIVATE+KEY+<name>+<8 hex: key id>+<base64(type bytes ‖ 32-byte seed)>
/// ```
///
/// The type is `0x01` for a key that signs notes and `0x04` for a station key. (A key of kind [`KeyKind::Ssh`] can be
/// encoded like this too, with its longer type, for tests and tools; people's SSH keys stay with SSH.) The seed is
/// wiped from memory on drop and never printed by `Debug`.
pub struct SecretKey {
    secret: SigningKey,
    verifier: VerifierKey,
}

/// Why a text is not a [`SecretKey`]. It never contains the text, which is secret, nor anything that
/// [`is_secret`](crate::is_secret) takes for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    /// It does not begin like a secret key.
    #[error("it does not begin as a secret key does; use a key file as `outband init` wrote it")]
    Prefix,
    /// Parts are missing.
    #[error("parts of the secret key are missing; it is one line without spaces, as `outband init` wrote it")]
    Shape,
    /// The name is not a valid key name.
    #[error("{0}")]
    Name(#[from] KeyNameError),
    /// Not base64, or not in its canonical form.
    #[error(
        "the secret key is not canonical base64: the standard alphabet, padded with `=`, unused bits zero"
    )]
    Base64,
    /// The bytes before the seed are not a known kind.
    #[error("the secret key is of an unknown kind; 0x01 (notes) and 0x04 (stations) are known")]
    Kind,
    /// The seed is not 32 bytes.
    #[error("the secret key's seed is {bytes} bytes long; it should have 32")]
    Length {
        /// Its length.
        bytes: usize,
    },
    /// The id in the text does not match the key.
    #[error(
        "the secret key's id is {expected}, but the text has another; the name or the key was copied wrongly"
    )]
    Id {
        /// The id computed from name and seed.
        expected: KeyId,
    },
}

/// Why a key refused to sign.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The key is of another kind. A station key must never sign a bare text, which could be exactly the bytes of a
    /// receipt or a cosignature.
    #[error(
        "{name} is a {kind} key and does not sign this; notes need a note key, receipts and cosignatures a station's"
    )]
    Kind {
        /// The key's name.
        name: KeyName,
        /// The key's kind.
        kind: KeyKind,
    },
    /// A note with this text could not be parsed.
    #[error("the text cannot be signed: {0}")]
    Text(#[from] NoteError),
    /// The time is over [`MAX_TIME`].
    #[error("the time {time} is out of range; POSIX seconds are expected, at most {MAX_TIME}")]
    Time {
        /// The time given.
        time: u64,
    },
}

/// The start of every encoded secret key.
const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// The kinds that secret keys have.
const KINDS: [KeyKind; 3] = [KeyKind::Note, KeyKind::Cosignature, KeyKind::Ssh];

impl SecretKey {
    /// The key for a seed, which must be 32 random bytes. [`KeyKind::Received`] gives the station's key, as in
    /// [`VerifierKey::new`].
    #[must_use]
    pub fn from_seed(name: KeyName, kind: KeyKind, mut seed: [u8; 32]) -> Self {
        let key = Self::of_seed(name, kind, &seed);
        seed.zeroize();
        key
    }

    /// The only copy of the seed that this makes is inside the key.
    fn of_seed(name: KeyName, kind: KeyKind, seed: &[u8; 32]) -> Self {
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, Ed25519Key::of_secret(&secret));
        Self { secret, verifier }
    }

    /// Parses an encoded key, without a newline.
    ///
    /// # Errors
    /// If it is not exactly what [`SecretKey::encode`] writes.
    pub fn parse(text: &str) -> Result<Self, SecretKeyError> {
        let rest = text.strip_prefix(SECRET_PREFIX).ok_or(SecretKeyError::Prefix)?;
        // The base64 may contain further `+`.
        let (name, rest) = rest.split_once('+').ok_or(SecretKeyError::Shape)?;
        let (id, encoded) = rest.split_once('+').ok_or(SecretKeyError::Shape)?;
        let name = KeyName::parse(name)?;
        let material = Zeroizing::new(BASE64_STANDARD.decode(encoded).map_err(|_| SecretKeyError::Base64)?);
        let (kind, seed) = KINDS
            .into_iter()
            .find_map(|kind| Some((kind, material.strip_prefix(kind.type_bytes())?)))
            .ok_or(SecretKeyError::Kind)?;
        let seed = seed.try_into().map_err(|_| SecretKeyError::Length { bytes: seed.len() })?;
        let key = Self::of_seed(name, kind, seed);
        if key.verifier.id().to_string() != id {
            return Err(SecretKeyError::Id { expected: key.verifier.id() });
        }
        Ok(key)
    }

    /// The key as text, without a newline.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<String> {
        let seed = Zeroizing::new(self.secret.to_bytes());
        let material = Zeroizing::new([self.verifier.kind().type_bytes(), seed.as_slice()].concat());
        let before = format!("{SECRET_PREFIX}{}+{}+", self.verifier.name(), self.verifier.id());
        // Allocated once, since a growing buffer leaves unwiped copies behind.
        let mut text = Zeroizing::new(String::with_capacity(before.len() + material.len() * 2));
        text.push_str(&before);
        BASE64_STANDARD.encode_string(material.as_slice(), &mut text);
        text
    }

    /// The public key.
    #[must_use]
    pub fn verifier(&self) -> VerifierKey {
        self.verifier.clone()
    }

    /// Signs a note's text, which ends in a newline, with a note or SSH key. An SSH key's line is in the stored form.
    ///
    /// # Errors
    /// If this is a station key, or a note with this text could not be parsed.
    pub fn sign_note(&self, text: &str) -> Result<SignatureLine, SignError> {
        let message = self.verifier.kind().note_message(text).ok_or_else(|| self.wrong_kind())?;
        Note::check_text(text)?;
        let signature = self.secret.sign(&message).to_vec();
        Ok(SignatureLine::new(self.verifier.name().clone(), self.verifier.id(), signature))
    }

    /// A station's statement that a note with this text was received at this time (POSIX seconds).
    ///
    /// # Errors
    /// If this is not a station key, the time is out of range, or no note could have this text.
    pub fn receipt(&self, text: &str, time: u64) -> Result<SignatureLine, SignError> {
        self.stamp(Statement::Received, text, time)
    }

    /// A station's statement that this is the newest checkpoint it had seen at this time (POSIX seconds).
    ///
    /// # Errors
    /// If this is not a station key, the time is out of range, or no note could have this text.
    pub fn cosign(&self, checkpoint_text: &str, time: u64) -> Result<SignatureLine, SignError> {
        self.stamp(Statement::Cosigned, checkpoint_text, time)
    }

    fn stamp(&self, statement: Statement, text: &str, time: u64) -> Result<SignatureLine, SignError> {
        let id = self.verifier.stamp_id(statement).ok_or_else(|| self.wrong_kind())?;
        Note::check_text(text)?;
        if time > MAX_TIME {
            return Err(SignError::Time { time });
        }
        let signature = self.secret.sign(&statement.message(time, text)).to_bytes();
        let stamp = Stamp { time, signature: Ed25519Signature::from_bytes(signature) };
        Ok(SignatureLine::new(self.verifier.name().clone(), id, stamp.print()))
    }

    fn wrong_kind(&self) -> SignError {
        SignError::Kind { name: self.verifier.name().clone(), kind: self.verifier.kind() }
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretKey").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::prelude::BASE64_STANDARD;
    use zeroize::ZeroizeOnDrop;

    use super::{SecretKey, SignError};
    use crate::{KeyKind, KeyName, MAX_TIME};

    fn secret(kind: KeyKind) -> SecretKey {
        SecretKey::from_seed(KeyName::parse("o/alice/phone").unwrap(), kind, [0xa5; 32])
    }

    #[test]
    fn debug_and_errors_do_not_show_the_seed() {
        let encoded_seed = BASE64_STANDARD.encode([0xa5; 32]);
        let shown = format!("{:?}", secret(KeyKind::Note));
        for seed in ["a5a5", "a5, a5", "165, 165", encoded_seed.get(..8).unwrap()] {
            assert!(!shown.contains(seed), "{shown}");
        }
        assert!(shown.contains("o/alice/phone"), "{shown}");
        let renamed = secret(KeyKind::Note).encode().replace("alice", "bob");
        let error = SecretKey::parse(&renamed).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(encoded_seed.get(..8).unwrap()));
    }

    #[test]
    fn the_latest_time_is_still_stamped() {
        let station = secret(KeyKind::Cosignature);
        assert!(station.cosign("t\n", MAX_TIME).is_ok());
        let beyond = MAX_TIME + 1;
        assert_eq!(station.cosign("t\n", beyond), Err(SignError::Time { time: beyond }));
    }

    #[test]
    fn the_seed_is_wiped_on_drop() {
        fn wiped<T: ZeroizeOnDrop>(_: &T) {}
        // The other field is public.
        let SecretKey { secret, verifier: _ } = &secret(KeyKind::Note);
        wiped(secret);
    }

    #[test]
    fn the_encoding_never_outgrows_its_buffer() {
        for kind in super::KINDS {
            let text = secret(kind).encode();
            let before = text.rfind('+').unwrap();
            let material = kind.type_bytes().len() + 32;
            assert!(text.len() <= before + 1 + material * 2 && material.div_ceil(3) * 4 <= material * 2);
        }
    }

    #[test]
    fn a_station_has_one_key_for_both_statements() {
        let (a, b) = (secret(KeyKind::Received), secret(KeyKind::Cosignature));
        assert_eq!(a.verifier(), b.verifier());
        assert_ne!(a.receipt("t\n", 1).unwrap().id(), a.cosign("t\n", 1).unwrap().id());
        assert_eq!(
            a.sign_note("t\n"),
            Err(SignError::Kind { name: a.verifier().name().clone(), kind: KeyKind::Cosignature })
        );
    }
}
