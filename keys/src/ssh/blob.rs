//! What an SSH key signed, in the form that its type has.

use sha2::{Digest, Sha256, Sha512};

use super::key::{ED25519, MAX_TYPE_BYTES, SshKey};
use super::passkey::ClientData;
use super::wire::{Reader, put_mpint, put_string};
use super::{SSH_NAMESPACE, SshSignatureError};
use crate::public::Signature;
use crate::{Ed25519Signature, P256Signature, PublicKey, SignatureInvalid};

/// The signature inside an SSH signature: by a key, and not yet verified.
///
/// ```text
/// string "ssh-ed25519"                        ‖ string signature
/// string "ecdsa-sha2-nistp256"                ‖ string (mpint r ‖ mpint s)
/// string "sk-ssh-ed25519@openssh.com"         ‖ string signature           ‖ flags ‖ u32 counter
/// string "sk-ecdsa-sha2-nistp256@openssh.com" ‖ string (mpint r ‖ mpint s) ‖ flags ‖ u32 counter
/// string "webauthn-sk-ecdsa-sha2-nistp256@openssh.com" ‖ string (mpint r ‖ mpint s) ‖ flags ‖ u32 counter
///     ‖ string origin ‖ string client data ‖ string ""
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureBlob {
    signature: Signature,
    form: Form,
}

/// What a signature covers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    /// The text's [`signed_message`].
    Plain,
    /// A security key's authenticator data and the SHA-256 of the text's [`signed_message`].
    SecurityKey(Authenticated),
    /// A passkey's authenticator data and the SHA-256 of client data with the text's [`signed_message`].
    Passkey(Authenticated, ClientData),
}

/// Authenticator data: what the device that holds the key says of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Authenticated {
    flags: u8,
    counter: u32,
}

/// The flag that says that a person was there, and touched the key.
const USER_PRESENT: u8 = 0x01;

/// The flag that says who it was, by face, fingerprint or PIN.
const USER_VERIFIED: u8 = 0x04;

/// The flags which say that more data follows the counter.
const MORE_DATA: u8 = 0x40 | 0x80;

impl SignatureBlob {
    /// Parses a signature that is claimed to be by this key.
    pub(crate) fn parse(key: &SshKey, blob: &[u8]) -> Result<Self, SshSignatureError> {
        let mut blob = Reader::new(blob);
        let found = blob.word(MAX_TYPE_BYTES).ok_or(SshSignatureError::Malformed("signature's type"))?;
        if found != key.signature_type() {
            let found = found.to_owned();
            return Err(SshSignatureError::OtherType { found, key: key.signature_type() });
        }
        let signature = match key.public() {
            PublicKey::Ed25519(_) => Signature::Ed25519(ed25519(&mut blob)?),
            PublicKey::P256(_) => Signature::P256(p256(&mut blob)?),
        };
        let form = Form::parse(key, &mut blob)?;
        blob.end().ok_or(SshSignatureError::Malformed("end"))?;
        Ok(Self { signature, form })
    }

    /// Parses the payload of a stored line by this key.
    pub(crate) fn parse_payload(key: &SshKey, payload: &[u8]) -> Result<Self, SshSignatureError> {
        if key.type_name() != ED25519 {
            return Self::parse(key, payload);
        }
        let bytes = payload.try_into().map_err(|_| SshSignatureError::Ed25519)?;
        Ok(Self { signature: Signature::Ed25519(Ed25519Signature::from_bytes(bytes)), form: Form::Plain })
    }

    /// The payload of a stored line: for ssh-ed25519 the 64 bytes alone, for every other type the whole.
    pub(crate) fn payload(&self, key: &SshKey) -> Vec<u8> {
        match (&self.signature, &self.form) {
            (Signature::Ed25519(signature), Form::Plain) => signature.as_bytes().to_vec(),
            _ => self.print(key),
        }
    }

    pub(super) fn print(&self, key: &SshKey) -> Vec<u8> {
        let mut blob = Vec::new();
        put_string(&mut blob, key.signature_type().as_bytes());
        match &self.signature {
            Signature::Ed25519(signature) => put_string(&mut blob, signature.as_bytes()),
            Signature::P256(signature) => {
                let mut integers = Vec::new();
                signature.scalars().iter().for_each(|integer| put_mpint(&mut integers, integer));
                put_string(&mut blob, &integers);
            }
        }
        match &self.form {
            Form::Plain => {}
            Form::SecurityKey(authenticated) => authenticated.print(&mut blob),
            Form::Passkey(authenticated, client) => {
                authenticated.print(&mut blob);
                client.print(&mut blob);
                // No extensions.
                put_string(&mut blob, b"");
            }
        }
        blob
    }

    /// Verifies it for a text and the key with which it was parsed.
    pub(crate) fn verify(&self, key: &SshKey, text: &str) -> Result<(), SignatureInvalid> {
        let message = signed_message(text);
        let (authenticated, hash) = match &self.form {
            Form::Plain if key.application().is_none() => {
                return key.public().verify(&message, &self.signature);
            }
            Form::Passkey(authenticated, client) if client.has_challenge(&message) => {
                (authenticated, client.sha256())
            }
            Form::SecurityKey(authenticated) => (authenticated, Sha256::digest(message).into()),
            Form::Plain | Form::Passkey(..) => return Err(SignatureInvalid),
        };
        let mut signed = key.application().ok_or(SignatureInvalid)?.sha256().to_vec();
        authenticated.print(&mut signed);
        signed.extend(hash);
        key.public().verify(&signed, &self.signature)
    }
}

impl Form {
    fn parse(key: &SshKey, blob: &mut Reader<'_>) -> Result<Self, SshSignatureError> {
        let Some(application) = key.application() else { return Ok(Self::Plain) };
        let authenticated = Authenticated::parse(blob)?;
        let Some(domain) = application.domain() else { return Ok(Self::SecurityKey(authenticated)) };
        if authenticated.flags & USER_VERIFIED == 0 {
            return Err(SshSignatureError::NotVerified);
        }
        let client = ClientData::parse(blob, domain)?;
        match blob.string(0) {
            Some(_) => Ok(Self::Passkey(authenticated, client)),
            None => Err(SshSignatureError::Malformed("extensions")),
        }
    }
}

impl Authenticated {
    fn parse(blob: &mut Reader<'_>) -> Result<Self, SshSignatureError> {
        let [flags] = blob.array().ok_or(SshSignatureError::Malformed("flags"))?;
        let counter = blob.u32().ok_or(SshSignatureError::Malformed("counter"))?;
        if flags & USER_PRESENT == 0 {
            return Err(SshSignatureError::NotTouched);
        }
        if flags & MORE_DATA != 0 {
            return Err(SshSignatureError::Flags { found: flags });
        }
        Ok(Self { flags, counter })
    }

    fn print(self, bytes: &mut Vec<u8>) {
        bytes.push(self.flags);
        bytes.extend(self.counter.to_be_bytes());
    }
}

fn ed25519(blob: &mut Reader<'_>) -> Result<Ed25519Signature, SshSignatureError> {
    let bytes = blob.string(64).and_then(|bytes| bytes.try_into().ok()).ok_or(SshSignatureError::Ed25519)?;
    Ok(Ed25519Signature::from_bytes(bytes))
}

/// Two mpints of at most 33 bytes, each behind its length.
const MAX_INTEGERS_BYTES: usize = 2 * (4 + 33);

fn p256(blob: &mut Reader<'_>) -> Result<P256Signature, SshSignatureError> {
    blob.string(MAX_INTEGERS_BYTES).and_then(scalars).ok_or(SshSignatureError::P256)
}

fn scalars(integers: &[u8]) -> Option<P256Signature> {
    let mut integers = Reader::new(integers);
    let (r, s) = (integers.mpint()?, integers.mpint()?);
    integers.end()?;
    P256Signature::from_scalars(r, s)
}

/// The bytes that an SSH signature over a text covers.
///
/// ```text
/// "SSHSIG" ‖ string "outband@v1" ‖ string "" ‖ string "sha512" ‖ string SHA-512(text)
/// ```
///
/// No note text can begin like this, since it would contain a NUL.
pub(crate) fn signed_message(text: &str) -> Vec<u8> {
    let hash = Sha512::digest(text);
    let mut message = b"SSHSIG".to_vec();
    for string in [SSH_NAMESPACE.as_bytes(), b"", b"sha512", hash.as_slice()] {
        put_string(&mut message, string);
    }
    message
}
