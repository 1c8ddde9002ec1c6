//! A software authenticator: keys and signatures in OpenSSH's form (`PROTOCOL.sshsig`, `PROTOCOL.u2f`), and spoilt ones.
//! It shares no code with the crate.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ed25519_dalek::Signer as _;
use sha2::{Digest as _, Sha256, Sha512};

use crate::ORIGIN;

/// The application that `ssh-keygen` takes by default.
pub(crate) const SSH: &str = "ssh:";

/// A person was there.
pub(crate) const PRESENT: u8 = 0x01;

/// It was verified who.
pub(crate) const VERIFIED: u8 = 0x04;

/// A key of any of the four types. All of a curve have one seed, so that they differ in the type alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Authenticator {
    is_p256: bool,
    application: Option<&'static str>,
}

pub(crate) const ED25519: Authenticator = Authenticator { is_p256: false, application: None };
pub(crate) const ECDSA: Authenticator = Authenticator { is_p256: true, application: None };
pub(crate) const SK_ED25519: Authenticator = ED25519.bound_to(SSH);
pub(crate) const SK_ECDSA: Authenticator = ECDSA.bound_to(SSH);
pub(crate) const PASSKEY: Authenticator = ECDSA.bound_to(ORIGIN);

/// What is signed with, besides the key: as `ssh-keygen` would, unless changed.
#[derive(Clone, Copy)]
pub(crate) struct Signing<'s> {
    pub(crate) namespace: &'s str,
    pub(crate) hash: &'s str,
    pub(crate) flags: u8,
    pub(crate) counter: u32,
}

pub(crate) const USUAL: Signing<'static> =
    Signing { namespace: "outband@v1", hash: "sha512", flags: PRESENT, counter: 5 };

/// What a browser signs with: as one would on the page of the tests' site, unless changed.
#[derive(Clone, Copy)]
pub(crate) struct Browser<'b> {
    pub(crate) origin: &'b str,
    /// The client data before the challenge, between challenge and origin, and after the origin.
    pub(crate) client_data: [&'b str; 3],
    pub(crate) flags: u8,
    pub(crate) counter: u32,
    pub(crate) extensions: &'b [u8],
}

pub(crate) const BROWSER: Browser<'static> = Browser {
    origin: "https://status.example.net",
    client_data: [r#"{"type":"webauthn.get","challenge":""#, r#"","origin":""#, r#"","crossOrigin":false}"#],
    flags: PRESENT | VERIFIED,
    counter: 0,
    extensions: b"",
};

impl Browser<'_> {
    fn client_data(&self, challenge: &[u8]) -> String {
        let challenge = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(challenge);
        let [before, between, after] = self.client_data;
        format!("{before}{challenge}{between}{}{after}", self.origin)
    }
}

impl Authenticator {
    pub(crate) const fn bound_to(self, application: &'static str) -> Self {
        Self { application: Some(application), ..self }
    }

    pub(crate) fn type_name(self) -> &'static str {
        match (self.is_p256, self.application) {
            (false, None) => "ssh-ed25519",
            (true, None) => "ecdsa-sha2-nistp256",
            (false, Some(_)) => "sk-ssh-ed25519@openssh.com",
            (true, Some(_)) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    /// 32 bytes of Ed25519, or an uncompressed point.
    pub(crate) fn raw_key(self) -> Vec<u8> {
        if self.is_p256 {
            return ecdsa_secret().verifying_key().to_encoded_point(false).as_bytes().to_vec();
        }
        ed25519_secret().verifying_key().to_bytes().to_vec()
    }

    pub(crate) fn wire(self) -> Vec<u8> {
        self.wire_of(&self.raw_key())
    }

    /// The wire form with another raw key.
    pub(crate) fn wire_of(self, raw: &[u8]) -> Vec<u8> {
        let curve = if self.is_p256 { string(b"nistp256") } else { Vec::new() };
        let application = self.application.map(|application| string(application.as_bytes()));
        [string(self.type_name().as_bytes()), curve, string(raw), application.unwrap_or_default()].concat()
    }

    pub(crate) fn verifier(self) -> String {
        verifier(self.type_name(), &self.wire())
    }

    /// The inner signature over a text.
    pub(crate) fn blob(self, text: &str, signing: Signing<'_>) -> Vec<u8> {
        self.blob_of(&self.raw_signature(text, signing), signing)
    }

    /// The inner signature with these bytes as its raw one.
    pub(crate) fn blob_of(self, raw: &[u8], signing: Signing<'_>) -> Vec<u8> {
        let asserted =
            self.application.map(|_| [&[signing.flags][..], &signing.counter.to_be_bytes()].concat());
        [string(self.type_name().as_bytes()), string(raw), asserted.unwrap_or_default()].concat()
    }

    /// 64 bytes of Ed25519, or two mpints.
    pub(crate) fn raw_signature(self, text: &str, signing: Signing<'_>) -> Vec<u8> {
        let message = message(text, signing);
        let Some(application) = self.application else { return self.sign(&message) };
        self.sign(&[&asserted(application, signing)[..], &Sha256::digest(message)].concat())
    }

    /// The inner signature over a text, as this browser would have it made.
    pub(crate) fn webauthn(self, text: &str, browser: Browser<'_>) -> Vec<u8> {
        let json = browser.client_data(&message(text, USUAL));
        let signing = Signing { flags: browser.flags, counter: browser.counter, ..USUAL };
        let asserted = [&asserted(self.application.unwrap(), signing)[..], browser.extensions].concat();
        let raw = self.sign(&[&asserted[..], &Sha256::digest(&json)].concat());
        [
            string(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com"),
            string(&raw),
            vec![browser.flags],
            browser.counter.to_be_bytes().to_vec(),
            string(browser.origin.as_bytes()),
            string(json.as_bytes()),
            string(browser.extensions),
        ]
        .concat()
    }

    pub(crate) fn sign(self, message: &[u8]) -> Vec<u8> {
        if self.is_p256 {
            let signature: p256::ecdsa::Signature = ecdsa_secret().sign(message);
            let (r, s) = signature.split_bytes();
            return integers(&r, &s);
        }
        ed25519_secret().sign(message).to_vec()
    }
}

/// The other signature that is valid whenever this one is: (r, n − s).
pub(crate) fn twin(raw: &[u8]) -> Vec<u8> {
    let (r, s) = scalars(raw);
    let signature = p256::ecdsa::Signature::from_scalars(r, s).unwrap();
    let (r, s) = p256::ecdsa::Signature::from_scalars(signature.r(), -signature.s()).unwrap().split_bytes();
    integers(&r, &s)
}

/// r and s of two mpints.
pub(crate) fn scalars(raw: &[u8]) -> ([u8; 32], [u8; 32]) {
    let (length, rest) = raw.split_first_chunk::<4>().unwrap();
    let (r, s) = rest.split_at(u32::from_be_bytes(*length).try_into().unwrap());
    let padded = |digits: &[u8]| {
        let mut scalar = [0; 32];
        let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
        scalar[32 - digits.len()..].copy_from_slice(digits);
        scalar
    };
    (padded(r), padded(&s[4..]))
}

/// Two positive integers as mpints.
pub(crate) fn integers(r: &[u8], s: &[u8]) -> Vec<u8> {
    let mpint = |integer: &[u8]| {
        let digits: Vec<u8> = integer.iter().copied().skip_while(|byte| *byte == 0).collect();
        let sign: &[u8] = if digits.first().is_some_and(|high| *high > 0x7f) { &[0] } else { &[] };
        string(&[sign, &digits].concat())
    };
    [mpint(r), mpint(s)].concat()
}

pub(crate) fn string(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

/// A roster's line for a key of Dana's.
pub(crate) fn verifier(type_name: &str, wire: &[u8]) -> String {
    format!("{ORIGIN}/dana/key {type_name} {}", BASE64_STANDARD.encode(wire))
}

/// The armoured signature with this key and this inner signature.
pub(crate) fn armour(wire: &[u8], signing: Signing<'_>, blob: &[u8]) -> String {
    let bytes = [
        b"SSHSIG\0\0\0\x01".to_vec(),
        string(wire),
        string(signing.namespace.as_bytes()),
        string(b""),
        string(signing.hash.as_bytes()),
        string(blob),
    ];
    let base64 = BASE64_STANDARD.encode(bytes.concat());
    let lines: Vec<&str> = base64.as_bytes().chunks(70).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", lines.join("\n"))
}

/// The line in which a log keeps a signature by Dana's key.
pub(crate) fn stored(key: &[u8], payload: &[u8]) -> String {
    let name = format!("{ORIGIN}/dana/key");
    let id = Sha256::digest([name.as_bytes(), b"\n\xffsshsig:outband@v1", key].concat());
    format!("— {name} {}", BASE64_STANDARD.encode([&id[..4], payload].concat()))
}

fn message(text: &str, signing: Signing<'_>) -> Vec<u8> {
    let hash = match signing.hash {
        "sha256" => Sha256::digest(text).to_vec(),
        _ => Sha512::digest(text).to_vec(),
    };
    [
        b"SSHSIG".to_vec(),
        string(signing.namespace.as_bytes()),
        string(b""),
        string(signing.hash.as_bytes()),
        string(&hash),
    ]
    .concat()
}

fn asserted(application: &str, signing: Signing<'_>) -> Vec<u8> {
    [&Sha256::digest(application)[..], &[signing.flags], &signing.counter.to_be_bytes()].concat()
}

fn ed25519_secret() -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[7; 32])
}

fn ecdsa_secret() -> p256::ecdsa::SigningKey {
    p256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap()
}
