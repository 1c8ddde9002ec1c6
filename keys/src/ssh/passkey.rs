//! What a browser has a passkey sign: not the text, but JSON that contains it as a challenge (W3C WebAuthn, level 3).

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::SshSignatureError;
use super::wire::{Reader, put_string};

/// The maximum length of the JSON. A browser's has about 350 bytes.
const MAX_BYTES: usize = 1024;

/// The client data of a signature: by which page it was made, and for which challenge.
///
/// ```text
/// {"type":"webauthn.get","challenge":"<base64url>","origin":"https://status.example.net","crossOrigin":false}
/// ```
///
/// As OpenSSH does, this reads it without a parser of JSON: browsers must write the beginning exactly so (section 5.8.1.1,
/// "Serialization"), and what follows has no influence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientData {
    origin: String,
    json: String,
}

const BEFORE_CHALLENGE: &str = r#"{"type":"webauthn.get","challenge":""#;
const BEFORE_ORIGIN: &str = r#","origin":""#;
/// Follows the origin if the page was inside one of another site.
const EMBEDDED: &str = r#","crossOrigin":true"#;

impl ClientData {
    /// Parses the origin and the JSON of a signature by a passkey that is bound to `domain`.
    pub(super) fn parse(blob: &mut Reader<'_>, domain: &str) -> Result<Self, SshSignatureError> {
        let origin = blob.word(MAX_BYTES).ok_or(SshSignatureError::Malformed("origin"))?;
        if !is_within(origin, domain) {
            return Err(SshSignatureError::Origin { found: origin.to_owned(), domain: domain.to_owned() });
        }
        let json = blob.string(MAX_BYTES).and_then(|json| core::str::from_utf8(json).ok());
        let json = json.ok_or(SshSignatureError::ClientData)?;
        let data = Self { origin: origin.to_owned(), json: json.to_owned() };
        let (_, after) = data.parts().ok_or(SshSignatureError::ClientData)?;
        if after.starts_with(EMBEDDED) || !after.starts_with([',', '}']) || !after.ends_with('}') {
            return Err(SshSignatureError::ClientData);
        }
        Ok(data)
    }

    pub(super) fn print(&self, blob: &mut Vec<u8>) {
        put_string(blob, self.origin.as_bytes());
        put_string(blob, self.json.as_bytes());
    }

    /// Whether a browser was asked to sign this.
    pub(super) fn has_challenge(&self, message: &[u8]) -> bool {
        let expected = BASE64_URL_SAFE_NO_PAD.encode(message);
        self.parts().is_some_and(|(challenge, _)| challenge == expected)
    }

    pub(super) fn sha256(&self) -> [u8; 32] {
        Sha256::digest(&self.json).into()
    }

    /// The challenge, and what follows the origin.
    fn parts(&self) -> Option<(&str, &str)> {
        let (challenge, rest) = self.json.strip_prefix(BEFORE_CHALLENGE)?.split_once('"')?;
        let after = rest.strip_prefix(BEFORE_ORIGIN)?.strip_prefix(&self.origin)?;
        Some((challenge, after.strip_prefix('"')?))
    }
}

/// Whether this is a domain as browsers bind passkeys to: lower case, IDNs in their ASCII form, no address, no port.
pub(super) fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(is_known)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 253 && text.split('.').all(is_label) && !text.rsplit('.').next().is_some_and(is_number)
}

/// Whether a page at this origin may use a passkey of this domain: over https, at the domain or below it. A browser also
/// lets pages at `http://localhost` do so, for development.
fn is_within(origin: &str, domain: &str) -> bool {
    let local = || origin.strip_prefix("http://").filter(|_| domain == LOCALHOST);
    let Some(authority) = origin.strip_prefix("https://").or_else(local) else { return false };
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_below =
        |host: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    is_domain(host) && is_below(host) && port.is_none_or(is_port)
}

const LOCALHOST: &str = "localhost";

fn is_port(text: &str) -> bool {
    !text.starts_with(['0', '+']) && text.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::{is_domain, is_within};

    #[test]
    fn passkeys_are_bound_to_domains() {
        let longest = format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61));
        for domain in ["status.example.net", "localhost", "xn--mnchen-3ya.example", "1and1.example", &longest]
        {
            assert!(is_domain(domain), "{domain}");
        }
        for other in [
            "",
            ".",
            "example.",
            ".example",
            "a..b",
            "Example.net",
            "exa_mple.net",
            "münchen.example",
            "192.0.2.1",
            "[2001:db8::1]",
            "2001:db8::1",
            "example.net:443",
            "https://example.net",
            "-a.example",
            "a-.example",
            &format!("a{longest}"),
            &"a".repeat(64),
        ] {
            assert!(!is_domain(other), "{other}");
        }
    }

    #[test]
    fn an_origin_is_at_the_domain_or_below_it() {
        let domain = "status.example.net";
        for origin in [
            "https://status.example.net",
            "https://status.example.net:8443",
            "https://console.status.example.net",
        ] {
            assert!(is_within(origin, domain), "{origin}");
        }
        for origin in [
            "http://status.example.net",
            "https://example.net",
            "https://badstatus.example.net",
            "https://status.example.net.evil.example",
            "https://status.example.net/",
            "https://status.example.net:",
            "https://status.example.net:0443",
            "https://status.example.net:+443",
            "https://status.example.net:65536",
            "https://evil@status.example.net",
            "https://evil.example#.status.example.net",
            r#"https://evil.example","origin":"https://status.example.net"#,
            "HTTPS://status.example.net",
            "https://STATUS.example.net",
            "https://.status.example.net",
            "status.example.net",
            "null",
            "",
        ] {
            assert!(!is_within(origin, domain), "{origin}");
        }
        assert!(is_within("http://localhost:8080", "localhost"));
        assert!(!is_within("http://localhost:8080", "status.example.net"));
        assert!(!is_within("http://status.localhost.example", "localhost"));
    }
}
