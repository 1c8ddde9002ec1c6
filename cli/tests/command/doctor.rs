//! `outband doctor`: each check with what makes it good, and with what does not.

use std::io::Write as _;
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use outband_record::time::Time;
use serde_json::Value as Json;

use crate::network::run;
use crate::servers::{Authority, listen, relay};
use crate::support::{Server, bad, changed, dated, found, good, liar, request, respond, set_up, text};

/// What the doctor found.
struct Found {
    status: Option<i32>,
    checks: Vec<Json>,
    stderr: String,
}

fn doctor(dir: &Path, url: &str, options: &[&str]) -> Found {
    let args = ["doctor", "--json", "--dir", "status.example.net", "--to", url];
    let output = run(dir, &[&args[..], options].concat(), &[("SSL_CERT_FILE", "ca.pem")]);
    let stderr = text(&output.stderr);
    let document: Json = serde_json::from_slice(&output.stdout).expect(&stderr);
    let checks = document["checks"].as_array().expect("a list").clone();
    let problems = checks.iter().filter(|found| found["level"] == "problem").count();
    assert_eq!(document["problems"], problems);
    assert_eq!(output.status.code(), Some(i32::from(problems > 0)), "{document} {stderr}");
    Found { status: output.status.code(), checks, stderr }
}

impl Found {
    /// Asserts that this check has this level and says this.
    fn says(&self, check: &str, level: &str, what: &str) -> &Self {
        let matches = |found: &&Json| {
            let says = format!("{}: {}", found["about"], found["what"]);
            found["check"] == check && found["level"] == level && says.contains(what)
        };
        assert!(
            self.checks.iter().any(|found| matches(&found)),
            "{check} {level} {what}: {:#?}",
            self.checks
        );
        self
    }

    /// Asserts that this check is at this level wherever it was made.
    fn is(&self, check: &str, level: &str) -> &Self {
        let made: Vec<_> = self.checks.iter().filter(|found| found["check"] == check).collect();
        assert!(!made.is_empty(), "{check} was not checked");
        assert!(made.iter().all(|found| found["level"] == level), "{check} {level}: {made:#?}");
        self
    }
}

/// A page that has been set up, in a directory that also trusts an authority of its own.
fn page() -> (tempfile::TempDir, Authority, Server) {
    let dir = set_up();
    let authority = Authority::new(dir.path());
    let server = Server::start(dir.path());
    found(dir.path(), &server.url);
    (dir, authority, server)
}

fn now() -> Time {
    Time::from_posix(SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs())
}

#[test]
fn a_page_in_order_has_no_problems() {
    let (dir, _, server) = page();
    let said = good(
        dir.path(),
        &[
            "doctor",
            "--dir",
            "status.example.net",
            "--to",
            &server.url,
            "--provider-prefix",
            "198.51.100.0/24",
        ],
    );
    for line in [
        "good     key           status.example.net/keys/log.key",
        "warning  key           status.example.net/keys/operator.key",
        "warning  key           status.example.net/keys/root.key",
        "`outband key passphrase` gives it a passphrase",
        "good     endpoint",
        "warning  roster",
        "Have two people ready",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(said.ends_with("No problems, 4 warnings\n"), "{said}");
    let all = doctor(dir.path(), &server.url, &["--provider-prefix", "198.51.100.0/24"]);
    for check in ["endpoint", "clock", "checkpoint", "feed", "addresses"] {
        all.is(check, "good");
    }
    assert_eq!(all.stderr, "");
    all.is("name servers", "warning");
}

#[test]
fn a_key_file_must_be_there_private_and_a_key() {
    let (dir, _, server) = page();
    let file = dir.path().join("status.example.net/keys/operator.key");
    let secret = std::fs::read_to_string(&file).expect("a key");
    let set_mode = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    let good = doctor(dir.path(), &server.url, &[]);
    good.says("key", "warning", "status.example.net/alice/laptop").says(
        "key",
        "good",
        "status.example.net/log",
    );
    assert!(!format!("{:?}", good.checks).contains("PRIVATE"), "the public part only");

    set_mode(0o640);
    doctor(dir.path(), &server.url, &[]).says("key", "problem", "has mode 0640");
    set_mode(0o600);
    std::fs::write(&file, secret.replace("PRIVATE", "PR1VATE")).expect("a file");
    let malformed = doctor(dir.path(), &server.url, &[]);
    malformed.says("key", "problem", "neither an outband secret key nor an SSH key");
    // The seed is the fifth part, and may have the sign between the parts in it.
    let seed = secret.trim().splitn(5, '+').last().expect("a seed");
    assert!(!format!("{:?}", malformed.checks).contains(seed), "no secret is shown");
    std::fs::remove_file(&file).expect("a file");
    doctor(dir.path(), &server.url, &[]).says("key", "problem", "cannot read the key file");

    let settings = dir.path().join("status.example.net/outband.toml");
    let lines = std::fs::read_to_string(&settings).expect("settings");
    let without: Vec<_> = lines.lines().filter(|line| !line.starts_with("operator = ")).collect();
    std::fs::write(&settings, without.join("\n")).expect("a file");
    doctor(dir.path(), &server.url, &[]).says("key", "warning", "names no operator key");
}

#[test]
fn clocks_are_compared() {
    let (dir, _, server) = page();
    doctor(dir.path(), &server.url, &[]).is("clock", "good");
    for (date, level, says) in [
        (now().plus(30).http_date(), "good", "agrees with the server's"),
        (now().plus(90).http_date(), "warning", "behind the server's"),
        (now().minus(500).http_date(), "warning", "ahead of the server's"),
        (now().minus(660).http_date(), "problem", "ahead of the server's"),
        ("x".to_owned(), "warning", "does not say what time it is"),
    ] {
        doctor(dir.path(), &dated(&server.url, &date), &[]).says("clock", level, says).is("clock", level);
    }
}

#[test]
fn the_roster_has_the_operators_key_and_two_people() {
    let (dir, _, server) = page();
    let dir = dir.path();
    let alone = doctor(dir, &server.url, &[]);
    alone.says("roster", "good", "is enrolled").says("roster", "warning", "only one person");
    let bob = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    let to = ["--dir", "status.example.net", "--to", &server.url, "--yes"];
    good(dir, &[&["roster", "add", "--person", "bob", "--key", bob][..], &to].concat());
    doctor(dir, &server.url, &[]).says("roster", "good", "2 people can publish").is("roster", "good");

    let other = set_up();
    let key = "status.example.net/keys/operator.key";
    std::fs::copy(other.path().join(key), dir.join(key)).expect("a copy");
    doctor(dir, &server.url, &[]).says("roster", "problem", "is not in the roster");
    let unreadable = changed(&server.url, |path, _, body| match path {
        "/data/roster.json" => (200, b"{}".to_vec()),
        _ => (0, body),
    });
    doctor(dir, &unreadable, &[]).says("roster", "problem", "/data/roster.json cannot be read");
}

#[test]
fn an_endpoint_is_a_station_of_this_page() {
    let (dir, _, server) = page();
    let dir = dir.path();
    doctor(dir, &server.url, &[]).says("endpoint", "good", "it is a station of status.example.net");
    doctor(dir, "http://127.0.0.1:1", &[])
        .says("endpoint", "problem", "could not reach")
        .is("feed", "problem");
    let mirror = changed(&server.url, |_, _, body| (0, body));
    doctor(dir, &mirror, &[]).says("endpoint", "problem", "takes no notes");
    let website = liar(|_, stream| respond(stream, 200, b"<html>"));
    doctor(dir, &website, &[]).says("endpoint", "problem", "/log/checkpoint cannot be read");

    let nothing = liar(|_, stream| respond(stream, 404, b""));
    doctor(dir, &nothing, &[]).says("endpoint", "problem", "it has no log");

    let another = set_up();
    let empty = Server::start(another.path());
    doctor(dir, &empty.url, &[]).says("endpoint", "problem", "/log/checkpoint replied 503");
    found(another.path(), &empty.url);
    doctor(dir, &empty.url, &[]).says("endpoint", "problem", "not signed by the log-key in outband.toml");

    let renamed = changed(&server.url, |path, _, body| match path {
        "/log/checkpoint" => {
            (0, text(&body).replace("status.example.net", "status.example.org").into_bytes())
        }
        _ => (0, body),
    });
    doctor(dir, &renamed, &[]).says("endpoint", "problem", "the log of status.example.org");
}

/// The server's clock is ten minutes later than its station's signature.
#[test]
fn a_station_that_stopped_signing_is_noticed() {
    let (dir, _, server) = page();
    let stopped = dated(&server.url, &now().plus(600).http_date());
    doctor(dir.path(), &server.url, &[]).is("checkpoint", "good");
    doctor(dir.path(), &stopped, &[]).says("checkpoint", "warning", "last signed 10 min ago");
    let unsigned = changed(&server.url, |path, _, body| match path {
        "/log/checkpoint" => {
            (0, text(&body).lines().take(5).map(|line| format!("{line}\n")).collect::<String>().into())
        }
        _ => (0, body),
    });
    doctor(dir.path(), &unsigned, &[]).says("checkpoint", "problem", "no station of the roster has signed");
}

#[test]
fn feed_readers_get_the_feed() {
    let (dir, _, server) = page();
    doctor(dir.path(), &server.url, &[]).is("feed", "good");
    for status in ["200 OK", "403 Forbidden"] {
        let station = relay(&server.url);
        let address = listen(move |mut stream| {
            let Some(request) = request(&mut stream) else { return };
            let challenge =
                format!("HTTP/1.1 {status}\r\ncontent-type: text/html\r\ncontent-length: 0\r\n\r\n");
            let is_bot = request.to_ascii_lowercase().contains("bot 1.0");
            let _ = stream.write_all(&if is_bot { challenge.into_bytes() } else { station(&request) });
        });
        let challenged = doctor(dir.path(), &format!("http://{address}"), &[]);
        challenged.says("feed", "problem", &format!("gets status {} with text/html", &status[..3]));
        challenged.is("endpoint", "good");
    }
}

#[test]
fn a_certificate_lasts_three_weeks() {
    let (dir, authority, server) = page();
    let in_days = |days: i64| {
        let date = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let date = date.checked_add(jiff::Span::new().days(days)).expect("a date");
        let part = |number: i8| u8::try_from(number).expect("a number");
        (i32::from(date.year()), part(date.month()), part(date.day()))
    };
    for (until, level, says) in [
        (in_days(30), "good", "valid until"),
        (in_days(10), "warning", "in 9 days"),
        ((2020, 1, 1), "problem", "it expired on 2020-01-01"),
    ] {
        let port = authority.serve_until(until, "localhost", relay(&server.url));
        let url = format!("https://localhost:{port}");
        doctor(dir.path(), &url, &[]).says("certificate", level, says).is("certificate", level);
    }
    let plain = listen(|mut stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")));
    let not_tls = format!("https://{plain}");
    doctor(dir.path(), &not_tls, &[]).says("certificate", "warning", "not checked");
}

#[test]
fn the_page_shares_no_addresses_with_the_provider() {
    let (dir, _, server) = page();
    let check = |prefix| doctor(dir.path(), &server.url, &["--provider-prefix", prefix]);
    check("10.0.0.0/8").says("addresses", "good", "127.0.0.1");
    check("127.0.0.0/8").says("addresses", "problem", "127.0.0.1 is in 127.0.0.0/8");
    doctor(dir.path(), &server.url, &[]).says("addresses", "warning", "not compared");
    doctor(dir.path(), "https://status.invalid", &["--provider-prefix", "10.0.0.0/8"]).says(
        "addresses",
        "problem",
        "the name was not found",
    );
    let usage = run(dir.path(), &["doctor", "--provider-prefix", "10.0.0.0/33"], &[]);
    assert_eq!(usage.status.code(), Some(2));
}

/// A resolver that answers each question with the name server `server`.
fn resolver(server: &'static [u8]) -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let address = socket.local_addr().expect("an address").to_string();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut question) {
            let mut answer = question[..length].to_vec();
            (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
            answer.extend(b"\xc0\x0c\0\x02\0\x01\0\0\0\x3c\0");
            answer.push(u8::try_from(server.len()).expect("a length"));
            answer.extend(server);
            let _ = socket.send_to(&answer, client);
        }
    });
    address
}

#[test]
fn the_page_shares_no_name_servers_with_the_provider() {
    let (dir, _, server) = page();
    let url = server.url.replace("127.0.0.1", "localhost");
    let check =
        |resolver: &str| doctor(dir.path(), &url, &["--provider", "example.com", "--resolver", resolver]);
    // `ns.` and a pointer to the name in question: each zone has a name server of its own.
    check(&resolver(b"\x02ns\xc0\x0c"))
        .says("name servers", "good", "ns.localhost")
        .is("name servers", "good");
    check(&resolver(b"\x02ns\x07example\x03com\0")).says("name servers", "problem", "ns.example.com is also");
    check(&resolver(b"\x02ns\x05third\0")).says("name servers", "problem", "ns.third is also example.com's");
    check("127.0.0.1:1").says("name servers", "warning", "not checked");
    doctor(dir.path(), "https://status.invalid", &["--provider", "invalid"]).says(
        "name servers",
        "problem",
        "the name itself is under invalid",
    );
}

#[test]
fn mirrors_are_reached_and_recent() {
    let dir = set_up();
    let authority = Authority::new(dir.path());
    let server = Server::start(dir.path());
    let dir = dir.path();
    let late = dated(&server.url, &now().plus(600).http_date());
    let another = set_up();
    let foreign = Server::start(another.path());
    found(another.path(), &foreign.url);
    let mirror = |url: &str| format!("https://localhost:{}", authority.serve("localhost", relay(url)));
    let [recent, old, other] = [&server.url, &late, &foreign.url].map(|url| mirror(url));
    let gone = "https://localhost:1";
    let note = std::fs::read_to_string(dir.join("status.example.net/site-1.note")).expect("a note");
    let (site, _) = note.split_once("\n\u{2014} ").expect("a signature");
    let mirrors: String = [&recent, &old, &other, gone].map(|url| format!("mirror: {url}\n")).concat();
    let site = site.trim_end().replacen("component: ", &format!("{mirrors}component: "), 1) + "\n";
    std::fs::write(dir.join("site.txt"), site).expect("a file");
    let key = "status.example.net/keys/root.key";
    good(dir, &["sign", "site.txt", "--key", key, "-o", "site.note"]);
    good(dir, &["send", "--to", &server.url, "status.example.net/roster-1.note", "site.note"]);

    let found = doctor(dir, &server.url, &[]);
    found.says("mirror", "good", &recent).says("mirror", "warning", &old);
    found.says("mirror", "problem", &other).says("mirror", "problem", gone);
    assert_eq!(found.status, Some(1));
    doctor(dir, "http://127.0.0.1:1", &[]).says("mirror", "warning", "not checked");
}

#[test]
fn without_settings_nothing_is_checked() {
    let dir = tempfile::tempdir().expect("a directory");
    let error = bad(dir.path(), &["doctor"]);
    assert!(error.contains("outband.toml does not exist"), "{error}");
}
