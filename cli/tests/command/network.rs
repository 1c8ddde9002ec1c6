//! Networks: what stops a note on its way, what may have arrived, proxies, certificates and redirects.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Output;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::servers::{Authority, Proxy, full_port, listen, redirect, relay};
use crate::support::{Server, command, found, liar, respond, set_up, text};

const NOTE: &str = "status.example.net/roster-1.note";

/// Runs the command with these environment variables, and none of this machine's for proxies and certificates.
pub(crate) fn run(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(dir, args);
    for name in ["http_proxy", "https_proxy", "all_proxy", "no_proxy"] {
        command.env_remove(name).env_remove(name.to_uppercase());
    }
    command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    command.envs(variables.iter().copied()).output().expect("the command starts")
}

/// Sends the roster to `url`, which must fail. Returns whether it may be in the log, and why it failed.
fn fails(dir: &Path, url: &str, variables: &[(&str, &str)]) -> (bool, String) {
    let output = run(dir, &["send", "--to", url, "--json", NOTE], variables);
    let (json, error) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{url}: {json}{error}");
    let json: serde_json::Value = serde_json::from_str(&json).expect(&error);
    let answer = &json["endpoints"][0];
    let may_be_in_log = answer["may_be_in_log"].as_bool().expect("a claim");
    assert_eq!(error.contains("we don't know whether"), may_be_in_log, "{error}");
    assert_eq!((&answer["accepted"], &answer["send_again"]), (&false.into(), &true.into()), "{answer}");
    (may_be_in_log, answer["why"].as_str().expect("a reason").to_owned())
}

/// Asserts that nothing was sent, for this reason.
fn is_not_sent(dir: &Path, url: &str, variables: &[(&str, &str)], cause: &str) {
    let (may_be_in_log, why) = fails(dir, url, variables);
    let says_so = why.starts_with("not sent") && why.contains(cause) && !why.contains("may be in the log");
    assert!(!may_be_in_log && says_so, "{url}: {cause}: {why}");
    assert!(!why.contains("hunter2"), "{why}");
}

/// Asserts that the note may be in the log, for this reason.
fn is_undecided(dir: &Path, url: &str, cause: &str) {
    let (may_be_in_log, why) = fails(dir, url, &[]);
    let says_so = why.contains("may be in the log") && why.contains(cause);
    assert!(may_be_in_log && says_so, "{url}: {why}");
}

/// A server that lets `serve` do what it likes with each connection, and counts them.
fn counted(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> (u16, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let address = listen(move |stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        serve(stream);
    });
    (address.port(), count)
}

#[test]
fn a_server_that_cannot_be_reached_was_sent_nothing() {
    let dir = set_up();
    let begun = Instant::now();
    is_not_sent(dir.path(), "https://status.invalid", &[], "the name status.invalid was not found");
    assert!(begun.elapsed() < Duration::from_secs(2), "it was tried again");
    is_not_sent(dir.path(), "http://127.0.0.1:1", &[], "Connection refused");
    is_not_sent(dir.path(), "https://127.0.0.1:1", &[], "Connection refused");
}

#[test]
fn a_connection_that_is_never_made_is_given_up() {
    let dir = set_up();
    let (port, _sockets) = full_port();
    is_not_sent(dir.path(), &format!("http://127.0.0.1:{port}"), &[], "no connection in time");
    let (port, count) = counted(|stream| {
        std::thread::sleep(Duration::from_secs(60));
        drop(stream);
    });
    is_not_sent(dir.path(), &format!("https://localhost:{port}"), &[], "no connection in time");
    let proxy = format!("http://127.0.0.1:{port}");
    is_not_sent(dir.path(), "https://station.test", &[("https_proxy", &proxy)], "no connection in time");
    assert_eq!(count.load(Ordering::SeqCst), 2, "each once");
}

#[test]
fn a_failed_tls_handshake_sends_nothing() {
    let dir = set_up();
    let (port, count) = counted(|mut stream| {
        let _ = stream.read(&mut [0; 1024]);
        respond(&mut stream, 200, b"{\"index\":1}");
    });
    is_not_sent(dir.path(), &format!("https://localhost:{port}"), &[], "does not speak TLS");
    assert_eq!(count.load(Ordering::SeqCst), 1, "tried again");
    let (port, count) = counted(drop);
    is_not_sent(dir.path(), &format!("https://localhost:{port}"), &[], "");
    assert_eq!(count.load(Ordering::SeqCst), 1, "tried again");
}

#[test]
fn a_certificate_that_proves_nothing_sends_nothing() {
    let dir = set_up();
    let dir = dir.path();
    let authority = Authority::new(dir);
    let trusted = [("SSL_CERT_FILE", "ca.pem")];
    let heard = Arc::new(AtomicUsize::new(0));
    let counted = heard.clone();
    let answer = move |_: &str| {
        counted.fetch_add(1, Ordering::SeqCst);
        Vec::new()
    };
    let url = |port: u16| format!("https://localhost:{port}");
    let unknown = url(authority.serve("localhost", answer.clone()));
    is_not_sent(dir, &unknown, &[], "its certificate is not trusted");
    is_not_sent(dir, &unknown, &[], "set SSL_CERT_FILE to the file");
    let expired = url(authority.serve_until((2020, 1, 1), "localhost", answer.clone()));
    is_not_sent(dir, &expired, &trusted, "its certificate is not valid: certificate expired");
    let other = url(authority.serve("other.example", answer));
    is_not_sent(dir, &other, &trusted, "its certificate is not valid: certificate not valid for name");
    assert_eq!(heard.load(Ordering::SeqCst), 0, "a request was sent");
    let missing = run(dir, &["send", "--to", &unknown, NOTE], &[("SSL_CERT_FILE", "no-such-file.pem")]);
    let error = text(&missing.stderr);
    assert!(
        error.contains("could be read from SSL_CERT_FILE") && error.ends_with("Nothing was sent.\n"),
        "{error}"
    );
}

#[test]
fn a_proxy_that_refuses_was_sent_nothing() {
    let dir = set_up();
    let dir = dir.path();
    let station = "https://station.test";
    for (refusal, cause) in [
        ("403 Forbidden", "the proxy did not connect: it answered 403"),
        ("407 Proxy Authentication Required", "Put your user name and password into the proxy's URL"),
        ("502 Bad Gateway", "it answered 502"),
    ] {
        let proxy = Proxy::http(Some(refusal));
        let address = proxy.address;
        let url = format!("http://alice:hunter2@{address}");
        is_not_sent(dir, station, &[("https_proxy", &url)], cause);
        is_not_sent(
            dir,
            "http://station.test",
            &[("http_proxy", &url)],
            &format!("through the proxy {address}"),
        );
        assert_eq!(proxy.asked().len(), 2, "each once");
    }
    for (status, cause) in [(2, "connection not allowed by ruleset"), (4, "host unreachable")] {
        let proxy = Proxy::socks(status);
        let url = format!("socks5://alice:hunter2@{}", proxy.address);
        is_not_sent(dir, station, &[("ALL_PROXY", &url)], cause);
        assert_eq!(proxy.asked(), ["alice:hunter2 station.test:443"]);
        let without = format!("socks5h://{}", proxy.address);
        is_not_sent(dir, station, &[("ALL_PROXY", &without)], "no acceptable auth methods");
        assert_eq!(proxy.asked(), ["no password offered"]);
    }
    is_not_sent(dir, station, &[("HTTPS_PROXY", "http://alice:hunter2@127.0.0.1:1")], "Connection refused");
    is_not_sent(
        dir,
        station,
        &[("HTTPS_PROXY", "http://alice:hunter2@p.invalid")],
        "the name p.invalid was not found",
    );
    let malformed = run(dir, &["send", "--to", station, NOTE], &[("HTTPS_PROXY", "ftp://alice:hunter2@p")]);
    let error = text(&malformed.stderr);
    assert!(error.contains("HTTPS_PROXY is not the URL of a proxy") && !error.contains("hunter2"), "{error}");
}

/// From its first byte on, a note may have arrived, whatever the network says later.
#[test]
fn a_note_whose_sending_began_may_be_in_the_log() {
    let dir = set_up();
    let dir = dir.path();
    is_undecided(dir, &liar(|_, _| ()), "connection lost");
    let cut = |_: &str, stream: &mut TcpStream| {
        let _ = stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 99\r\n\r\n{");
    };
    is_undecided(dir, &liar(cut), "replied 201, but the response was cut short");
    let (port, count) = counted(|mut stream| {
        let mut first = [0; 300];
        let _ = stream.read_exact(&mut first);
        assert!(text(&first).contains("\r\n\r\noutband "), "the body had begun: {}", text(&first));
    });
    is_undecided(dir, &format!("http://127.0.0.1:{port}"), "connection lost");
    assert_eq!(count.load(Ordering::SeqCst), 3, "such a note is sent again: it counts once");
}

/// The last attempt was sent nothing, but the first may have arrived.
#[test]
fn a_later_attempt_does_not_decide_an_earlier_one() {
    let dir = set_up();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        drop(listener);
        crate::support::request(&mut stream)
    });
    is_undecided(dir.path(), &url, "an earlier attempt got no clear answer");
}

#[test]
fn a_server_that_never_answers_may_have_the_note() {
    let dir = set_up();
    let url = liar(|_, _| std::thread::sleep(Duration::from_secs(60)));
    is_undecided(dir.path(), &url, "no answer in time");
}

/// Without `--json`, the same words, on standard error.
#[test]
fn what_was_not_sent_is_told_apart_from_what_may_have_arrived() {
    let dir = set_up();
    for (url, says) in [
        ("http://127.0.0.1:1".to_owned(), "not sent: Connection refused"),
        (liar(|_, _| ()), "; the note may be in the log\n"),
    ] {
        let output = run(dir.path(), &["send", "--to", &url, NOTE], &[]);
        let error = text(&output.stderr);
        assert!(output.status.code() == Some(1) && error.contains(&format!("{url}: ")), "{error}");
        assert!(error.contains(says), "{error}");
    }
}

/// A station behind TLS, reached directly and through each kind of proxy, which alone can resolve its name.
#[test]
fn notes_get_through_proxies_and_private_authorities() {
    let dir = set_up();
    let dir = dir.path();
    let authority = Authority::new(dir);
    let server = Server::start(dir);
    let plain = server.url.rsplit(':').next().expect("a port").to_owned();
    let local = authority.serve("localhost", relay(&server.url));
    let named = authority.serve("station.test", relay(&server.url));
    let (http, socks) = (Proxy::http(None), Proxy::socks(0));
    let http_url = format!("http://alice:hunter2@{}", http.address);
    let socks_url = format!("socks5://alice:hunter2@{}", socks.address);
    std::fs::create_dir(dir.join("trusted")).expect("a directory");
    std::fs::copy(dir.join("ca.pem"), dir.join("trusted/ca.pem")).expect("a copy");
    let ca = ("SSL_CERT_FILE", "ca.pem");
    let dead = "http://127.0.0.1:1";
    let connect = |port: &str| format!("CONNECT station.test:{port} ");
    let named_port = named.to_string();
    let login = "Proxy-Authorization: Basic YWxpY2U6aHVudGVyMg==";
    for (url, variables, asked) in [
        (format!("https://localhost:{local}"), &[ca][..], None),
        (format!("https://localhost:{local}"), &[("SSL_CERT_DIR", "trusted")], None),
        (
            format!("https://station.test:{named}"),
            &[ca, ("HTTPS_PROXY", &http_url)],
            Some((&http, connect(&named_port))),
        ),
        (
            format!("http://station.test:{plain}"),
            &[("http_proxy", &http_url)],
            Some((&http, connect(&plain))),
        ),
        (
            format!("https://station.test:{named}"),
            &[ca, ("all_proxy", &socks_url)],
            Some((&socks, format!("alice:hunter2 station.test:{named}"))),
        ),
        // `127.1` is an address of this machine that does not look like one.
        (format!("http://127.1:{plain}"), &[("ALL_PROXY", dead), ("NO_PROXY", "example.net,127.1")], None),
        (format!("http://127.0.0.1:{plain}"), &[("ALL_PROXY", dead)], None),
    ] {
        let output = run(dir, &["send", "--dir", "status.example.net", "--to", &url, NOTE], variables);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(
            output.status.success() && said.contains("Accepted (entry 0)"),
            "{url} {variables:?}: {said}"
        );
        assert!(!said.contains("receipt"), "the receipt is checked on the same way: {said}");
        if let Some((proxy, target)) = asked {
            let asked = proxy.asked();
            assert!(!asked.is_empty(), "{target}: the proxy was not asked");
            assert!(asked.iter().all(|asked| asked.starts_with(&target)), "{target}: {asked:?}");
            assert!(
                !target.starts_with("CONNECT") || asked.iter().all(|asked| asked.contains(login)),
                "{asked:?}"
            );
        }
    }
    assert!(http.asked().is_empty() && socks.asked().is_empty(), "a proxy was used that was not to be used");
    is_not_sent(
        dir,
        &format!("http://127.1:{plain}"),
        &[("ALL_PROXY", dead)],
        "through the proxy 127.0.0.1:1",
    );
}

/// A redirecting server repeats the path, as web servers do.
fn redirecting(to: String, status: u16) -> impl Fn(&str) -> Vec<u8> + Send + Sync + 'static {
    move |request| redirect(status, &format!("{to}{}", request.split(' ').nth(1).expect("a path")))
}

/// The same without TLS.
fn redirecting_plain(to: String, status: u16) -> u16 {
    let answer = redirecting(to, status);
    let address = listen(move |mut stream| {
        if let Some(request) = crate::support::request(&mut stream) {
            let _ = stream.write_all(&answer(&request));
        }
    });
    address.port()
}

#[test]
fn a_redirect_is_followed_once_as_it_was_sent_and_said() {
    let dir = set_up();
    let dir = dir.path();
    let authority = Authority::new(dir);
    let trusted = [("SSL_CERT_FILE", "ca.pem")];
    let server = Server::start(dir);
    let station = format!("https://localhost:{}", authority.serve("localhost", relay(&server.url)));
    let send = |url: &str| {
        let output = run(dir, &["send", "--dir", "status.example.net", "--to", url, NOTE], &trusted);
        (output.status.success(), text(&output.stdout) + &text(&output.stderr))
    };
    for status in [301, 302, 303, 307, 308] {
        let url = format!("http://localhost:{}", redirecting_plain(station.clone(), status));
        let (sent, said) = send(&url);
        assert!(sent && said.contains("Accepted (entry 0)"), "{status}: {said}");
        assert_eq!(
            said.matches(&format!("{url} redirects to {station}, which is used instead")).count(),
            1,
            "{said}"
        );
    }
    // Within https, a note may follow to another host, and its receipt is read there.
    let elsewhere = authority.serve("127.0.0.1", redirecting(station.clone(), 301));
    let (sent, said) = send(&format!("https://127.0.0.1:{elsewhere}"));
    assert!(sent && said.contains("Accepted (entry 0)") && said.contains("which is used instead"), "{said}");

    let (port, count) = counted(|_| ());
    let nowhere = format!("http://127.0.0.1:{port}");
    let again =
        redirecting_plain(format!("http://localhost:{}", redirecting_plain(station.clone(), 301)), 301);
    for (from, says) in [
        (
            format!("http://localhost:{}", redirecting_plain(nowhere.clone(), 308)),
            format!("redirects to \"{nowhere}\", another host, and that is not followed"),
        ),
        (
            format!("https://localhost:{}", authority.serve("localhost", redirecting(nowhere.clone(), 301))),
            format!("redirects to \"{nowhere}\", which is not encrypted"),
        ),
        (format!("http://localhost:{again}"), format!("redirects a second time, to \"{station}\"")),
        (
            format!("http://localhost:{}", redirecting_plain("/login?to=".to_owned(), 302)),
            "which is no address of a station. Use the page's base URL".to_owned(),
        ),
        (
            format!("{}/notes", server.url),
            format!("is where notes are sent to; use the base URL {}", server.url),
        ),
        (
            format!("{}/history", server.url),
            "this does not look like an outband station. Use the base URL of the page".to_owned(),
        ),
        (
            liar(|_, stream| respond(stream, 200, b"<html>Sign in")),
            "replied 200; this does not look like an outband station".to_owned(),
        ),
    ] {
        let (sent, said) = send(&from);
        assert!(!sent && said.contains(&says), "{from}: {says}: {said}");
        assert!(!said.contains("may be in the log"), "{said}");
    }
    assert_eq!(count.load(Ordering::SeqCst), 0, "it was followed");
}

/// What is read must be of the copy that was named.
#[test]
fn a_reader_is_not_redirected_to_another_host() {
    let dir = set_up();
    let dir = dir.path();
    let authority = Authority::new(dir);
    let server = Server::start(dir);
    found(dir, &server.url);
    let verify = |url: &str| {
        let output = run(dir, &["verify", url], &[("SSL_CERT_FILE", "ca.pem")]);
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let station = format!("https://localhost:{}", authority.serve("localhost", relay(&server.url)));
    let url = format!("http://localhost:{}", redirecting_plain(station.clone(), 301));
    let (code, said) = verify(&url);
    assert!(code == Some(0) && said.contains("verified: all"), "{said}");
    assert_eq!(said.matches("which is used instead").count(), 1, "{said}");
    let url =
        format!("https://127.0.0.1:{}", authority.serve("127.0.0.1", redirecting(station.clone(), 301)));
    let (code, said) = verify(&url);
    let says = format!("redirects to \"{station}\", another host, and that is not followed");
    assert!(code == Some(2) && said.contains(&says), "{said}");
}
