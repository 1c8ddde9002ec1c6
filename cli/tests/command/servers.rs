//! TLS servers with their own certificate authority, and proxies. All are on this machine and end with the test.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::request;

/// Serves each connection in a thread of its own, and returns the address.
pub(crate) fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (serve, stream) = (serve.clone(), stream.expect("a connection"));
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

/// A certificate authority that only this test knows.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// Creates one, with its certificate in `ca.pem` in this directory.
    pub(crate) fn new(dir: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Otherwise it has the name of the servers' certificates, which curl then takes for self-signed.
        params.distinguished_name.push(DnType::CommonName, "outband's tests");
        let key = KeyPair::generate().expect("a key");
        let ca = CertifiedIssuer::self_signed(params, key).expect("a certificate");
        std::fs::write(dir.join("ca.pem"), ca.pem()).expect("a file");
        Self(ca)
    }

    /// The settings of a server with a certificate for these hosts, which is valid until this year, month and day.
    fn server(&self, hosts: &[&str], (year, month, day): (i32, u8, u8)) -> Arc<ServerConfig> {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(hosts.iter().map(ToString::to_string).collect::<Vec<_>>())
            .expect("a name");
        params.not_after = date_time_ymd(year, month, day);
        let certificate = params.signed_by(&key, &*self.0).expect("a certificate");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let provider = rustls::crypto::ring::default_provider();
        let settings =
            ServerConfig::builder_with_provider(provider.into()).with_safe_default_protocol_versions();
        let settings = settings.expect("versions").with_no_client_auth();
        settings.with_single_cert(vec![certificate.der().clone()], key).expect("settings").into()
    }

    /// A TLS server with a certificate for `host`, which answers each request with what `answer` returns for it. Returns
    /// its port.
    pub(crate) fn serve(&self, host: &str, answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> u16 {
        self.serve_hosts((4000, 1, 1), &[host], answer)
    }

    /// Like `serve`, with a certificate that is valid until this year, month and day.
    pub(crate) fn serve_until(
        &self,
        until: (i32, u8, u8),
        host: &str,
        answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> u16 {
        self.serve_hosts(until, &[host], answer)
    }

    /// Like `serve_until`, with a certificate for all these hosts.
    pub(crate) fn serve_hosts(
        &self,
        until: (i32, u8, u8),
        hosts: &[&str],
        answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static,
    ) -> u16 {
        let settings = self.server(hosts, until);
        let address = listen(move |stream| {
            let connection = ServerConnection::new(settings.clone()).expect("TLS");
            let mut stream = StreamOwned::new(connection, stream);
            if let Some(request) = request(&mut stream) {
                let _ = stream.write_all(&answer(&request));
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        address.port()
    }
}

/// Answers as the server at `url` does.
pub(crate) fn relay(url: &str) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    let address = url.strip_prefix("http://").expect("a URL").to_owned();
    move |request| {
        let mut server = TcpStream::connect(&address).expect("the server");
        let (first, rest) = request.split_once("\r\n").expect("a request");
        write!(server, "{first}\r\nconnection: close\r\n{rest}").expect("sent");
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).expect("an answer");
        answer
    }
}

/// A redirect to this address.
pub(crate) fn redirect(status: u16, location: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} x\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .into_bytes()
}

/// A proxy, and what it was asked: one line for each connection.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// `serve` gets each connection, and a function that notes what was asked, to be called before the answer.
    fn start(serve: impl Fn(TcpStream, &dyn Fn(&str)) -> Option<()> + Send + Sync + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = asked.clone();
        let address = listen(move |stream| {
            serve(stream, &|asked| kept.lock().expect("the list").push(asked.to_owned()));
        });
        Self { address, asked }
    }

    /// What it was asked since the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().expect("the list"))
    }

    /// An HTTP proxy for `CONNECT`, which answers with `refusal` instead if there is one.
    pub(crate) fn http(refusal: Option<&'static str>) -> Self {
        Self::connecting(refusal, reach)
    }

    /// An HTTP proxy that finds every host at this port of this machine.
    pub(crate) fn towards(port: u16) -> Self {
        Self::connecting(None, move |_| TcpStream::connect(("127.0.0.1", port)).ok())
    }

    fn connecting(
        refusal: Option<&'static str>,
        reach: impl Fn(&str) -> Option<TcpStream> + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |mut client, note| {
            let request = request(&mut client)?;
            note(&request);
            if let Some(refusal) = refusal {
                return write!(client, "HTTP/1.1 {refusal}\r\ncontent-length: 0\r\n\r\n").ok();
            }
            let target = request.strip_prefix("CONNECT ")?.split(' ').next()?;
            let server = reach(target)?;
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()?;
            pass(client, server);
            Some(())
        })
    }

    /// A SOCKS 5 proxy (RFC 1928) that wants a user name and a password, and answers each request with this status.
    pub(crate) fn socks(status: u8) -> Self {
        Self::start(move |mut client, note| {
            let [5, methods] = take(&mut client)? else { return None };
            let mut offered = vec![0; methods.into()];
            client.read_exact(&mut offered).ok()?;
            if !offered.contains(&2) {
                note("no password offered");
                return client.write_all(&[5, 0xff]).ok();
            }
            client.write_all(&[5, 2]).ok()?;
            let [1] = take(&mut client)? else { return None };
            let login = [counted(&mut client)?, counted(&mut client)?].join(":");
            client.write_all(&[1, 0]).ok()?;
            let [5, 1, 0, kind] = take(&mut client)? else { return None };
            let host = match kind {
                3 => counted(&mut client)?,
                _ => format!("an address of type {kind}"),
            };
            let port = u16::from_be_bytes(take(&mut client)?);
            note(&format!("{login} {host}:{port}"));
            client.write_all(&[5, status, 0, 1, 0, 0, 0, 0, 0, 0]).ok()?;
            if status == 0 {
                pass(client, reach(&format!("{host}:{port}"))?);
            }
            Some(())
        })
    }
}

/// Names have no addresses here, so a proxy finds all of them on this machine.
fn reach(target: &str) -> Option<TcpStream> {
    let (_, port) = target.rsplit_once(':')?;
    TcpStream::connect(("127.0.0.1", port.parse().ok()?)).ok()
}

/// Passes bytes both ways until both sides have finished.
fn pass(client: TcpStream, server: TcpStream) {
    let one_way = |mut from: TcpStream, mut to: TcpStream| {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Write);
    };
    let back = (server.try_clone().expect("a handle"), client.try_clone().expect("a handle"));
    std::thread::spawn(move || one_way(back.0, back.1));
    std::thread::spawn(move || one_way(client, server));
}

fn take<const LENGTH: usize>(stream: &mut TcpStream) -> Option<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    stream.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// A text after its length in one byte.
fn counted(stream: &mut TcpStream) -> Option<String> {
    let [length] = take(stream)?;
    let mut text = vec![0; length.into()];
    stream.read_exact(&mut text).ok()?;
    String::from_utf8(text).ok()
}

/// A port whose queue of connections is full, so that no further one is made while the value lives.
pub(crate) fn full_port() -> (u16, Vec<File>) {
    use rustix::net::{AddressFamily, SocketFlags, SocketType};
    let socket = |flags| {
        rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, flags, None).expect("a socket")
    };
    let listener = socket(SocketFlags::empty());
    rustix::net::bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    rustix::net::listen(&listener, 0).expect("listening");
    let address = rustix::net::getsockname(&listener).expect("an address");
    let address = SocketAddr::try_from(address).expect("an address");
    let mut sockets = vec![File::from(listener)];
    for _ in 0..4 {
        let waiting = socket(SocketFlags::NONBLOCK);
        let _ = rustix::net::connect(&waiting, &address);
        sockets.push(File::from(waiting));
    }
    (address.port(), sockets)
}
