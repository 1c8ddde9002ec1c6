//! The last day of a server's certificate.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use outband_record::time::Time;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

const PATIENCE: Duration = Duration::from_secs(5);

/// The time until which the certificate of the server at `host` is valid, whether or not it can be trusted: that is for
/// the requests to judge, and this connection carries none.
pub(super) fn valid_until(host: &str, port: u16) -> Result<Time> {
    let mut stream = connect(host, port)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let provider = Arc::new(ring::default_provider());
    let settings =
        ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let settings = settings.dangerous().with_custom_certificate_verifier(Arc::new(Unjudged(provider)));
    let name = ServerName::try_from(host.to_owned())?;
    let mut connection = ClientConnection::new(Arc::new(settings.with_no_client_auth()), name)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    let certificate = connection.peer_certificates().and_then(<[_]>::first).context("it has none")?;
    not_after(certificate).context("its validity cannot be read")
}

/// Connects to the first of the host's addresses that answers.
fn connect(host: &str, port: u16) -> Result<TcpStream> {
    let mut failed = anyhow!("the name has no address");
    for address in (host, port).to_socket_addrs().context("the name was not found")? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error.into(),
        }
    }
    Err(failed)
}

/// Accepts any certificate, but only from the holder of its key.
#[derive(Debug)]
struct Unjudged(Arc<CryptoProvider>);

impl ServerCertVerifier for Unjudged {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a certificate (RFC 5280, 4.1).
fn not_after(certificate: &[u8]) -> Option<Time> {
    let mut signed = Der(Der(certificate).of(SEQUENCE)?);
    let mut fields = Der(signed.of(SEQUENCE)?);
    // The version may be left out. Then follow the serial number, the algorithm and the issuer.
    if fields.next()?.0 == VERSION {
        fields.next()?;
    }
    fields.next()?;
    fields.next()?;
    let mut validity = Der(fields.of(SEQUENCE)?);
    validity.next()?;
    let (kind, text) = validity.next()?;
    let text = std::str::from_utf8(text).ok()?;
    let text = match kind {
        // Years from 50 on are of the last century.
        UTC_TIME => format!("{}{text}", if text.get(..2)? < "50" { "20" } else { "19" }),
        GENERALIZED_TIME => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize| text.get(from..from.checked_add(2)?);
    let (year, month, day) = (text.get(..4)?, part(4)?, part(6)?);
    let (hour, minute, second, zone) = (part(8)?, part(10)?, part(12)?, text.get(14..)?);
    Time::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}{zone}"))
}

/// The values in a piece of DER, one after another.
struct Der<'d>(&'d [u8]);

impl<'d> Der<'d> {
    /// The next value's tag and contents.
    fn next(&mut self) -> Option<(u8, &'d [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (length, rest) = rest.split_first()?;
        let (length, rest) = match length {
            0..=0x7f => (usize::from(*length), rest),
            // The number of bytes of the length.
            0x81..=0x83 => {
                let (length, rest) = rest.split_at_checked((length & 0x7f).into())?;
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, contents))
    }

    /// The contents of the next value, which must have this tag.
    fn of(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, contents)| contents)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(["status.example.net".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 2, 3);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    /// Years up to 2049 are written with two digits.
    #[test]
    fn the_last_day_is_read_in_both_forms() {
        for year in [1999, 2026, 2049, 2050, 4000] {
            let until = not_after(&certificate(year)).unwrap();
            assert_eq!(until.to_string(), format!("{year}-02-03T00:00:00Z"));
        }
    }

    #[test]
    fn a_certificate_that_is_cut_short_has_no_last_day() {
        let whole = certificate(2030);
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
    }
}
