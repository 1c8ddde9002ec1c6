//! The way to a server: the proxy to use, and the certificates to trust. Environment variables decide, as they do for
//! curl, so that the command works in any network in which curl works.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use outband_keys::printable;
use rustls_native_certs::{load_certs_from_paths, load_native_certs};
use ureq::http::Uri;
use ureq::tls::{Certificate, RootCerts};
use ureq::{Proxy, ProxyProtocol};

/// The value of an environment variable; as for curl, an empty one is not set.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The proxy for a URL; `None` to connect directly.
///
/// The variable of the URL's scheme comes first, `ALL_PROXY` second, and lower case before upper case. `HTTP_PROXY` is
/// not read in upper case: a web server sets it from a visitor's `Proxy` header. A proxy resolves the server's name
/// itself, with `socks5://` as well, since a network that needs a proxy often resolves no outside names.
pub(crate) fn proxy(url: &Uri, variable: impl Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let host = url.host().unwrap_or_default();
    let first = |names: &[&'static str]| names.iter().find_map(|name| Some((*name, variable(name)?)));
    let of_scheme: &[_] =
        if url.scheme_str() == Some("https") { &["https_proxy", "HTTPS_PROXY"] } else { &["http_proxy"] };
    let exempt = first(&["no_proxy", "NO_PROXY"]);
    // A proxy would look for a server on its own machine.
    if is_loopback(host) || exempt.is_some_and(|(_, list)| is_exempt(host, &list)) {
        return Ok(None);
    }
    let Some((name, proxy)) = first(of_scheme).or_else(|| first(&["all_proxy", "ALL_PROXY"])) else {
        return Ok(None);
    };
    // It may contain a password, so it is not shown.
    let invalid = |_| {
        anyhow!(
            "{name} is not the URL of a proxy, such as http://proxy.example.net:3128 or socks5h://127.0.0.1:1080"
        )
    };
    let given = Proxy::new(&proxy).map_err(invalid)?;
    if !has_valid_port(given.uri()) {
        return Err(invalid(ureq::Error::InvalidProxyUrl));
    }
    let port = given.uri().port_u16().unwrap_or(match given.protocol() {
        ProxyProtocol::Https => 443,
        _ => CURLS_PORT,
    });
    let mut proxy = Proxy::builder(given.protocol())
        .host(given.host())
        .port(port)
        // SOCKS 4 has no names.
        .resolve_target(given.protocol() == ProxyProtocol::Socks4);
    if let Some(name) = given.username() {
        proxy = proxy.username(name);
    }
    if let Some(password) = given.password() {
        proxy = proxy.password(password);
    }
    proxy.build().map(Some).map_err(invalid)
}

/// curl's port of a proxy whose URL has none.
const CURLS_PORT: u16 = 1080;

/// Whether what follows a URL's host, if anything, is a port. The parser accepts `:99999`, and then uses another port.
pub(crate) fn has_valid_port(url: &Uri) -> bool {
    let rest = url
        .authority()
        .and_then(|authority| authority.as_str().rsplit('@').next()?.strip_prefix(authority.host()));
    rest.is_some_and(str::is_empty) || url.port_u16().is_some()
}

/// Whether a URL's host is this machine, by its name alone.
pub(crate) fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| address.is_loopback())
}

/// Whether curl would connect to a host directly: by `*`, by its name or a parent domain, or by its address or network.
fn is_exempt(host: &str, no_proxy: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let matches = |entry: &str| match address(&host) {
        Some(address) => Prefix::parse(entry).is_some_and(|prefix| prefix.contains(address)),
        None => {
            let domain = entry.trim_matches('.').to_ascii_lowercase();
            host.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        }
    };
    no_proxy.trim() == "*"
        || no_proxy.split([',', ' ']).any(|entry| !entry.trim_matches('.').is_empty() && matches(entry))
}

/// A network, or a single address: `10.0.0.0/8`, `10.1.2.3` or `[2001:db8::1]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prefix {
    start: IpAddr,
    length: u32,
}

impl Prefix {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (start, length) = match text.split_once('/') {
            Some((start, length)) => (start, Some(length)),
            None => (text, None),
        };
        let start = address(start)?;
        let bits = bits(start);
        let length = length.map_or(Some(bits), |length| length.parse().ok())?;
        (length <= bits).then_some(Self { start, length })
    }

    pub(crate) fn contains(self, address: IpAddr) -> bool {
        let (start, address) = match (self.start, address) {
            (IpAddr::V4(start), IpAddr::V4(address)) => (start.to_bits().into(), address.to_bits().into()),
            (IpAddr::V6(start), IpAddr::V6(address)) => (start.to_bits(), address.to_bits()),
            _ => return false,
        };
        // Shifting by all bits leaves none to compare.
        let rest = bits(self.start).saturating_sub(self.length);
        let first = |bits: u128| bits.checked_shr(rest).unwrap_or(0);
        first(start) == first(address)
    }
}

impl std::fmt::Display for Prefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.start, self.length)
    }
}

fn bits(address: IpAddr) -> u32 {
    if address.is_ipv4() { Ipv4Addr::BITS } else { Ipv6Addr::BITS }
}

fn address(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// The certificate authorities to trust.
///
/// On Windows and macOS the system judges certificates itself: its stores are not complete files, and it knows those of
/// the machine's administrator. Elsewhere, its files are read, and where there are none, as in a small container, the
/// roots that Mozilla trusts are used, which are part of this program: an operator must be able to publish from any
/// machine. Everywhere, `SSL_CERT_FILE` and `SSL_CERT_DIR` come before the system's own.
pub(crate) fn certificates(variable: impl Fn(&str) -> Option<String>) -> Result<RootCerts> {
    let (file, directories) = (variable("SSL_CERT_FILE"), variable("SSL_CERT_DIR"));
    if cfg!(any(windows, target_os = "macos")) && file.is_none() && directories.is_none() {
        return Ok(RootCerts::PlatformVerifier);
    }
    if let Some(file) = file {
        let named = load_certs_from_paths(Some(Path::new(&file)), None);
        if named.certs.is_empty() {
            let why = named.errors.first().map_or("it contains none".to_owned(), ToString::to_string);
            bail!("no certificates could be read from SSL_CERT_FILE: {}", printable(&why));
        }
    }
    let found = load_native_certs().certs;
    if found.is_empty() {
        return Ok(RootCerts::WebPki);
    }
    Ok(found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proxy for a URL with these variables, as `protocol host:port`, or `direct`.
    fn route(url: &str, variables: &[(&str, &str)]) -> String {
        let variable =
            |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        match proxy(&url.parse().unwrap(), variable) {
            Ok(Some(proxy)) => format!("{} {}:{}", proxy.protocol(), proxy.host(), proxy.port()),
            Ok(None) => "direct".to_owned(),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn variables_are_read_as_by_curl() {
        let (secure, plain) = ("https://status.example.net", "http://status.example.net");
        for (url, variables, expected) in [
            (secure, &[][..], "direct"),
            (secure, &[("HTTPS_PROXY", "http://p:3128")], "HTTP p:3128"),
            (secure, &[("HTTPS_PROXY", "p:3128")], "HTTP p:3128"),
            (secure, &[("HTTPS_PROXY", "p")], "HTTP p:1080"),
            (secure, &[("HTTPS_PROXY", "https://p")], "HTTPS p:443"),
            (secure, &[("HTTPS_PROXY", "http://upper:1"), ("https_proxy", "http://lower:2")], "HTTP lower:2"),
            (secure, &[("all_proxy", "http://all:1"), ("HTTPS_PROXY", "http://p:2")], "HTTP p:2"),
            (secure, &[("ALL_PROXY", "socks5://[::1]")], "SOCKS5 [::1]:1080"),
            (secure, &[("http_proxy", "http://p:3128")], "direct"),
            (plain, &[("https_proxy", "http://p:3128")], "direct"),
            (plain, &[("http_proxy", "http://p:3128")], "HTTP p:3128"),
            (plain, &[("HTTP_PROXY", "http://p:3128")], "direct"),
            (plain, &[("all_proxy", "socks5h://p:9")], "SOCKS5h p:9"),
            ("http://127.0.0.1:8080", &[("all_proxy", "socks5h://p:9")], "direct"),
            ("http://localhost:8080", &[("all_proxy", "socks5h://p:9")], "direct"),
            (secure, &[("https_proxy", "http://p:1"), ("NO_PROXY", "example.net")], "direct"),
            (secure, &[("https_proxy", "http://p:1"), ("no_proxy", "other"), ("NO_PROXY", "*")], "HTTP p:1"),
        ] {
            assert_eq!(route(url, variables), expected, "{url} {variables:?}");
        }
    }

    #[test]
    fn a_proxy_resolves_names_itself() {
        let resolves = |text: &str| {
            let set = |name: &str| (name == "all_proxy").then(|| text.to_owned());
            proxy(&"https://status.example.net".parse().unwrap(), set).unwrap().unwrap().resolve_target()
        };
        for itself in ["http://p", "https://p", "socks4a://p", "socks5://p", "socks5h://p"] {
            assert!(!resolves(itself), "{itself}");
        }
        assert!(resolves("socks4://p"));
    }

    #[test]
    fn a_malformed_proxy_is_an_error_without_its_password() {
        for value in ["http://alice:hunter2@", "ftp://alice:hunter2@p", "alice:hunter2@p:99999", "http://a b"]
        {
            let error = route("https://status.example.net", &[("HTTPS_PROXY", value)]);
            assert!(error.starts_with("HTTPS_PROXY is not the URL of a proxy"), "{value}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn hosts_are_exempt_as_by_curl() {
        for (host, list, expected) in [
            ("status.example.net", "*", true),
            ("status.example.net", "example.net", true),
            ("status.example.net", ".example.net", true),
            ("example.net", ".example.net", true),
            ("Status.Example.net", "other, STATUS.example.NET.", true),
            ("badexample.net", "example.net", false),
            ("example.net", "status.example.net", false),
            ("example.net", ",", false),
            ("example.net", ". ", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "0.0.0.0/0", true),
            ("10.1.2.3", "10.0.0.0/33", false),
            ("10.1.2.3", "2.3", false),
            ("[2001:db8::1]", "2001:db8::/32", true),
            ("[2001:db8::1]", "[2001:db8::1]", true),
            ("[2001:db8::1]", "::/0", true),
            ("[2001:db8::1]", "10.0.0.0/0", false),
        ] {
            assert_eq!(is_exempt(host, list), expected, "{host} {list}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_an_error() {
        for file in ["no-such-file.pem", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
            let error = certificates(|name| (name == "SSL_CERT_FILE").then(|| file.to_owned())).unwrap_err();
            assert!(error.to_string().contains("could be read from SSL_CERT_FILE"), "{error}");
        }
    }
}
