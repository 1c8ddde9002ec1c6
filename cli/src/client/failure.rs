//! Why a request failed, as a message says it.

use outband_keys::printable;
use rustls::{CertificateError, InvalidMessage};
use ureq::{Error, Timeout};

/// The cause of a failed request, on one line, without anything that a terminal would interpret.
pub(crate) fn cause(error: &Error) -> String {
    let cause = match error {
        Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(tls) => of_tls(tls),
            None => io.to_string(),
        },
        Error::Rustls(tls) => of_tls(tls),
        Error::Timeout(Timeout::Resolve) => "the name was not looked up in time".to_owned(),
        Error::Timeout(Timeout::Connect) => "no connection in time".to_owned(),
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::ConnectProxyFailed(reason) => refused_by_proxy(reason),
        other => other.to_string(),
    };
    printable(&cause)
}

fn of_tls(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => "its certificate is not trusted: no certificate authority that this machine trusts has issued it. If your network has its own authority, set SSL_CERT_FILE to the file with its certificate".to_owned(),
        rustls::Error::InvalidCertificate(why) => format!("its certificate is not valid: {why}"),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the TLS handshake failed: what answers there does not speak TLS".to_owned()
        }
        other => format!("the TLS handshake failed: {other}"),
    }
}

/// ureq says `proxy server responded 407/407`.
fn refused_by_proxy(reason: &str) -> String {
    let Some((_, status)) = reason.split_once('/') else {
        return format!("the proxy did not connect: {reason}");
    };
    let hint = match status {
        "401" | "407" => {
            ". Put your user name and password into the proxy's URL: http://NAME:PASSWORD@HOST:PORT"
        }
        _ => "",
    };
    format!("the proxy did not connect: it answered {status}{hint}")
}
