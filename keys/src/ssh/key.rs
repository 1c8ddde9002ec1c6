//! SSH public keys.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

use super::passkey::is_domain;
use super::wire::{Reader, put_string};
use crate::{Ed25519Key, Ed25519KeyError, P256Key, P256KeyError, PublicKey, printable, quoted};

/// An SSH public key of one of the four accepted types.
///
/// ```text
/// string "ssh-ed25519"                        ‖ string key
/// string "ecdsa-sha2-nistp256"                ‖ string "nistp256" ‖ string point
/// string "sk-ssh-ed25519@openssh.com"         ‖ string key ‖ string application
/// string "sk-ecdsa-sha2-nistp256@openssh.com" ‖ string "nistp256" ‖ string point ‖ string application
/// ```
///
/// The two with an application are security keys (OpenSSH's `PROTOCOL.u2f`), which sign other bytes than a plain key; the
/// last is a passkey if its application is a domain. So the type and the application are part of the key: two that
/// differ only in these are different keys, with one holder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SshKey {
    public: PublicKey,
    application: Option<Application>,
}

/// The application to which a security key is bound; it signs the SHA-256 of this.
///
/// It begins with `ssh:`, as `ssh-keygen` makes it (`-O application=ssh:…`), or is the domain of a passkey. Browsers sign
/// only for the page's own domain, so no web page can have a signature made for an application of the first form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Application(String);

/// Why bytes are not an [`SshKey`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SshKeyError {
    /// Another type of key.
    #[error("the SSH key is of type {}: {}", printable(found), why_refused(found))]
    Type {
        /// The type found.
        found: String,
    },
    /// Not the encoding of a key of the type that it names.
    #[error("the SSH key is cut off or malformed; copy it again, exactly as ssh-keygen wrote it")]
    Malformed,
    /// An Ed25519 key that is refused.
    #[error("{0}")]
    Ed25519(#[from] Ed25519KeyError),
    /// A P-256 key that is refused.
    #[error("{0}")]
    P256(#[from] P256KeyError),
    /// A security key's application is neither one of SSH's nor, for P-256, a domain.
    #[error(
        "the security key is bound to {}, which is neither an application of SSH (`ssh:…`) nor, for P-256, the domain of a passkey. Create a key with `ssh-keygen -t ed25519-sk`, or `-t ecdsa-sk`",
        quoted(found)
    )]
    Application {
        /// The application found.
        found: String,
    },
}

pub(super) const ED25519: &str = "ssh-ed25519";
const P256: &str = "ecdsa-sha2-nistp256";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com";
const SK_P256: &str = "sk-ecdsa-sha2-nistp256@openssh.com";

/// The type of a passkey's signatures.
const WEBAUTHN: &str = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";

/// The curve's name, which each P-256 key repeats.
const CURVE: &str = "nistp256";

/// The maximum length of a type's name; the longest that OpenSSH has is of 47 characters.
pub(super) const MAX_TYPE_BYTES: usize = 64;

/// The maximum length of an application: that of a domain name, which the application of a passkey is.
const MAX_APPLICATION_BYTES: usize = 255;

/// Where an SSH key is, which decides what its signatures say of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SshKeyKind {
    /// In a file, in an agent, or in a browser's storage: anyone who has the device may sign.
    Plain,
    /// On a security key, which was touched.
    SecurityKey,
    /// A passkey, which verified its user: a browser has it sign, for pages of one domain.
    Passkey,
}

impl SshKeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Plain, Self::SecurityKey, Self::Passkey];

    /// Its name in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "ssh",
            Self::SecurityKey => "security-key",
            Self::Passkey => "passkey",
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn shown(self) -> &'static str {
        match self {
            Self::Plain => "SSH key",
            Self::SecurityKey => "security key",
            Self::Passkey => "passkey",
        }
    }
}

/// Words that people compare: 96 bits, more than anyone can search for a second key with the same.
const WORDS: usize = 6;

const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
const VOWELS: &[u8; 4] = b"aiou";

/// Two bytes as a word of five letters.
fn proquint(bytes: &[u8]) -> String {
    let bits = bytes.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
    let letter = |letters: &[u8], shift: usize| letters.get(bits >> shift & (letters.len() - 1)).copied();
    let letters = [
        letter(CONSONANTS, 12),
        letter(VOWELS, 10),
        letter(CONSONANTS, 6),
        letter(VOWELS, 4),
        letter(CONSONANTS, 0),
    ];
    letters.into_iter().flatten().map(char::from).collect()
}

impl SshKey {
    /// The type's name, as SSH writes it.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match (&self.public, &self.application) {
            (PublicKey::Ed25519(_), None) => ED25519,
            (PublicKey::P256(_), None) => P256,
            (PublicKey::Ed25519(_), Some(_)) => SK_ED25519,
            (PublicKey::P256(_), Some(_)) => SK_P256,
        }
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> SshKeyKind {
        match &self.application {
            None => SshKeyKind::Plain,
            Some(application) if application.domain().is_some() => SshKeyKind::Passkey,
            Some(_) => SshKeyKind::SecurityKey,
        }
    }

    /// The raw key.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        self.public
    }

    /// The fingerprint as `ssh-keygen -l` prints it: `SHA256:` and unpadded base64 of the SHA-256 of the wire form.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", BASE64_STANDARD_NO_PAD.encode(Sha256::digest(self.wire())))
    }

    /// The first 96 bits of the same hash as six words for reading out and comparing, in any language: consonants and
    /// vowels take turns, 16 bits a word (proquints, arXiv:0901.4016).
    #[must_use]
    pub fn fingerprint_words(&self) -> String {
        let words: Vec<String> =
            Sha256::digest(self.wire()).chunks_exact(2).take(WORDS).map(proquint).collect();
        words.join(" ")
    }

    /// A key of type ssh-ed25519.
    pub(crate) fn ed25519(key: Ed25519Key) -> Self {
        Self { public: PublicKey::Ed25519(key), application: None }
    }

    /// The type of its signatures: its own, but for passkeys.
    pub(super) fn signature_type(&self) -> &'static str {
        if self.kind() == SshKeyKind::Passkey { WEBAUTHN } else { self.type_name() }
    }

    pub(super) fn application(&self) -> Option<&Application> {
        self.application.as_ref()
    }

    /// What identifies the key in the hash of a [`KeyId`](crate::KeyId): 32 bytes of ssh-ed25519, or the wire form, which
    /// is longer for every other type.
    pub(crate) fn id_bytes(&self) -> Vec<u8> {
        match (&self.public, &self.application) {
            (PublicKey::Ed25519(key), None) => key.as_bytes().to_vec(),
            _ => self.wire(),
        }
    }

    /// Parses a key's wire form, which SSH key lines contain in base64.
    pub(crate) fn parse(wire: &[u8]) -> Result<Self, SshKeyError> {
        let mut wire = Reader::new(wire);
        let found = wire.word(MAX_TYPE_BYTES).ok_or(SshKeyError::Malformed)?;
        check_type(found)?;
        let public = match found {
            ED25519 | SK_ED25519 => PublicKey::Ed25519(ed25519(&mut wire)?),
            _ => PublicKey::P256(p256(&mut wire)?),
        };
        let application = match found {
            SK_ED25519 | SK_P256 => Some(Application::parse(&mut wire, public)?),
            _ => None,
        };
        wire.end().ok_or(SshKeyError::Malformed)?;
        Ok(Self { public, application })
    }

    /// The key in SSH's wire form.
    pub(crate) fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::new();
        put_string(&mut wire, self.type_name().as_bytes());
        match &self.public {
            PublicKey::Ed25519(key) => put_string(&mut wire, key.as_bytes()),
            PublicKey::P256(key) => {
                put_string(&mut wire, CURVE.as_bytes());
                put_string(&mut wire, key.as_bytes());
            }
        }
        if let Some(Application(application)) = &self.application {
            put_string(&mut wire, application.as_bytes());
        }
        wire
    }
}

impl Application {
    fn parse(wire: &mut Reader<'_>, key: PublicKey) -> Result<Self, SshKeyError> {
        let found = wire.word(MAX_APPLICATION_BYTES).ok_or(SshKeyError::Malformed)?.to_owned();
        // OpenSSH has no form for passkeys with Ed25519, which phones do not make.
        let is_passkey = is_domain(&found) && matches!(key, PublicKey::P256(_));
        if found.starts_with("ssh:") || is_passkey {
            Ok(Self(found))
        } else {
            Err(SshKeyError::Application { found })
        }
    }

    /// The domain of a passkey.
    pub(super) fn domain(&self) -> Option<&str> {
        (!self.0.starts_with("ssh:")).then_some(&self.0)
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.0).into()
    }
}

/// Refuses the name of a type that is not accepted.
pub(crate) fn check_type(found: &str) -> Result<(), SshKeyError> {
    match found {
        ED25519 | P256 | SK_ED25519 | SK_P256 => Ok(()),
        _ => Err(SshKeyError::Type { found: found.to_owned() }),
    }
}

fn ed25519(wire: &mut Reader<'_>) -> Result<Ed25519Key, SshKeyError> {
    let key = wire.string(32).and_then(|key| key.try_into().ok()).ok_or(SshKeyError::Malformed)?;
    Ok(Ed25519Key::from_bytes(key)?)
}

fn p256(wire: &mut Reader<'_>) -> Result<P256Key, SshKeyError> {
    wire.word(MAX_TYPE_BYTES).filter(|curve| *curve == CURVE).ok_or(SshKeyError::Malformed)?;
    // A point of another form is refused by its own name.
    let point = wire.string(65).ok_or(SshKeyError::Malformed)?;
    Ok(P256Key::from_bytes(point)?)
}

/// The reason for refusing a type of key, and the way out.
fn why_refused(found: &str) -> &'static str {
    if found.contains("-cert-v0") {
        return "outband does not use certificates. Enrol the key itself, and sign with it: its .pub file is the one without `-cert`";
    }
    match found {
        "ssh-rsa" | "rsa-sha2-256" | "rsa-sha2-512" => {
            "RSA is not accepted. Create a key with `ssh-keygen -t ed25519`"
        }
        "ssh-dss" => "DSA is broken, and OpenSSH refuses it too. Create a key with `ssh-keygen -t ed25519`",
        "ecdsa-sha2-nistp384" | "ecdsa-sha2-nistp521" => {
            "of ECDSA, only P-256 is accepted. Create a key with `ssh-keygen -t ed25519`, or `-t ecdsa -b 256`"
        }
        _ => {
            "accepted are ssh-ed25519, ecdsa-sha2-nistp256 and their forms for security keys, sk-ssh-ed25519@openssh.com and sk-ecdsa-sha2-nistp256@openssh.com. Create a key with `ssh-keygen -t ed25519`"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SshKey, SshKeyError, SshKeyKind};
    use crate::{Ed25519Key, KeyKind, KeyName, VerifierKey};

    /// The key of RFC 8032's first test.
    const KEY: [u8; 32] = *b"\xd7\x5a\x98\x01\x82\xb1\x0a\xb7\xd5\x4b\xfe\xd3\xc9\x64\x07\x3a\x0e\xe1\x72\xf3\xda\xa6\x23\x25\xaf\x02\x1a\x68\xf7\x07\x51\x1a";

    #[test]
    fn the_fingerprint_is_what_ssh_keygen_prints() {
        // The output of `ssh-keygen -lf`.
        assert_eq!(
            SshKey::ed25519(Ed25519Key::from_bytes(KEY).unwrap()).fingerprint(),
            "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"
        );
    }

    #[test]
    fn words_are_proquints() {
        // The examples of arXiv:0901.4016: 127.0.0.1 and 63.84.220.193.
        for (bytes, word) in
            [([127, 0], "lusab"), ([0, 1], "babad"), ([63, 84], "gutih"), ([220, 193], "tugad")]
        {
            assert_eq!(super::proquint(&bytes), word);
        }
        let key = SshKey::ed25519(Ed25519Key::from_bytes(KEY).unwrap());
        assert_eq!(key.fingerprint_words(), "kukuj vokum pakup sumis tukip ludop");
        // The same key in a line of either kind.
        let raw = Ed25519Key::from_bytes(KEY).unwrap();
        let name = KeyName::parse("status.example.net/alice/phone").unwrap();
        for line in [VerifierKey::new(name.clone(), KeyKind::Note, raw), VerifierKey::of_ssh(name, key)] {
            assert_eq!(line.fingerprint_words(), "kukuj vokum pakup sumis tukip ludop");
        }
    }

    #[test]
    fn each_kind_has_a_name_in_documents_and_one_for_people() {
        let names = SshKeyKind::ALL.map(|kind| (kind.as_str(), kind.shown()));
        assert_eq!(names, [("ssh", "SSH key"), ("security-key", "security key"), ("passkey", "passkey")]);
    }

    #[test]
    fn a_refused_type_has_a_reason_and_a_way_out() {
        for (found, reason, way_out) in [
            ("ssh-rsa", "RSA", "-t ed25519"),
            ("rsa-sha2-512", "RSA", "-t ed25519"),
            ("ssh-dss", "DSA", "-t ed25519"),
            ("ecdsa-sha2-nistp384", "only P-256", "-b 256"),
            ("ecdsa-sha2-nistp521", "only P-256", "-b 256"),
            ("ssh-ed25519-cert-v01@openssh.com", "certificates", "without `-cert`"),
            ("sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "certificates", "without `-cert`"),
            ("ssh-ed448", "accepted are", "-t ed25519"),
        ] {
            let error = SshKeyError::Type { found: found.to_owned() }.to_string();
            for part in [found, reason, way_out] {
                assert!(error.contains(part), "{error}");
            }
        }
    }
}
