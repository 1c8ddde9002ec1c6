//! The command and its native host as processes: set up, serve, send, publish, verify, stop.

#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

const BIN: &str = env!("CARGO_BIN_EXE_outband");

fn outband(dir: &Path, args: &[&str]) -> Output {
    Command::new(BIN).args(args).current_dir(dir).stdin(Stdio::null()).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs what must succeed and gives its standard output.
fn good(dir: &Path, args: &[&str]) -> String {
    let output = outband(dir, args);
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Runs what must fail and gives its standard error.
fn bad(dir: &Path, args: &[&str]) -> String {
    let output = outband(dir, args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stderr)
}

const INIT: [&str; 13] = [
    "init",
    "--origin",
    "status.example.net",
    "--provider",
    "example.com",
    "--name",
    "Example Mail",
    "--person",
    "alice",
    "--component",
    "mail Mail",
    "--component",
    "support Support: phone and tickets",
];

fn set_up() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    good(dir.path(), &INIT);
    dir
}

/// A server that ends with the test, whatever becomes of that.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(BIN)
            .args(["serve", "--data", "status.example.net", "--listen", "127.0.0.1:0"])
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a first line");
        let url = line.trim().strip_prefix("listening on ").expect(&line).to_owned();
        Self { child, url }
    }

    fn stop(mut self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill").success());
        assert!(self.child.wait().expect("it ends").success(), "SIGTERM ends it in good order");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn port_of(url: &str) -> &str {
    url.rsplit(':').next().expect("a port")
}

#[test]
fn init_writes_secrets_that_only_their_owner_can_read_and_replaces_nothing() {
    let dir = set_up();
    let made = dir.path().join("status.example.net");
    for key in ["root", "operator", "log", "station"] {
        let path = made.join(format!("keys/{key}.key"));
        let mode = std::fs::metadata(&path).expect("a key file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
        let secret = std::fs::read_to_string(&path).expect("a key");
        assert!(secret.starts_with("PRIVATE+KEY+status.example.net/"), "{key}");
    }
    assert_eq!(
        std::fs::read_to_string(made.join(".gitignore")).expect("it is there").lines().next(),
        Some("/keys/")
    );
    let before = std::fs::read(made.join("keys/root.key")).expect("a key");
    let error = bad(dir.path(), &INIT);
    assert!(error.contains("is set up already") && error.contains("Nothing was changed"), "{error}");
    assert_eq!(std::fs::read(made.join("keys/root.key")).expect("a key"), before);
}

#[test]
fn init_tells_what_comes_next_and_no_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = outband(dir.path(), &INIT);
    let said = text(&output.stdout) + &text(&output.stderr);
    for line in [
        "  outband serve --data status.example.net\n",
        "  outband send --to http://127.0.0.1:8080 status.example.net/roster-1.note status.example.net/site-1.note\n",
        "  outband publish --dir status.example.net --to http://127.0.0.1:8080\n",
        "  ORIGIN = \"status.example.net\"\n",
        "  wrangler secret put LOG_KEY < status.example.net/keys/log.key\n",
        "  wrangler secret put STATION_KEY < status.example.net/keys/station.key\n",
    ] {
        assert!(said.contains(line), "{line:?} is missing from:\n{said}");
    }
    assert!(!said.contains("PRIVATE"), "{said}");
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn init_warns_of_an_origin_that_goes_down_with_the_provider() {
    let dir = tempfile::tempdir().expect("a directory");
    let within = INIT.map(|arg| if arg == "example.com" { "example.net" } else { arg });
    let output = outband(dir.path(), &within);
    assert!(
        text(&output.stderr).contains("status.example.net lies under example.net"),
        "{}",
        text(&output.stderr)
    );
    let dir = tempfile::tempdir().expect("a directory");
    let similar = INIT.map(|arg| if arg == "example.com" { "ample.net" } else { arg });
    assert!(!text(&outband(dir.path(), &similar).stderr).contains("warning"));
}

#[test]
fn from_nothing_to_a_page_that_proves_itself() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    let url = server.url.clone();
    let (roster, site) = ("status.example.net/roster-1.note", "status.example.net/site-1.note");
    let early = bad(dir, &["send", "--to", &url, site]);
    assert!(
        early.contains("urn:outband:problem:not-set-up") && early.contains("Nothing was stored"),
        "{early}"
    );
    good(dir, &["send", "--to", &url, roster, site]);
    assert!(
        good(dir, &["send", "--to", &url, roster]).contains("accepted as entry 0"),
        "sent twice, stored once"
    );

    let publish = ["publish", "--dir", "status.example.net", "--to", &url];
    let nobody = bad(dir, &[&publish[..], &["--quick", "Mail is down"]].concat());
    assert!(nobody.contains("nobody is there to confirm; nothing was signed or sent"), "{nobody}");
    let with_dead =
        ["--to", "http://127.0.0.1:1", "--quick", "Mail is down", "--affects", "mail=outage", "--yes"];
    let said = good(dir, &[&publish[..], &with_dead].concat());
    assert!(said.contains("accepted as entry 2 · 1 of 2 endpoints · visible after"), "{said}");
    let refused = bad(
        dir,
        &[&publish[..], &["--quick", "Voice is down", "--affects", "voice=outage", "--yes"]].concat(),
    );
    assert!(
        refused.contains("the site has no component voice") && refused.contains("it was refused"),
        "{refused}"
    );

    let bob = dir.join("bob.pub");
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@laptop\n";
    std::fs::write(&bob, key).expect("a file");
    let roster = ["--dir", "status.example.net", "--to", &url, "--yes"];
    good(dir, &[&["roster", "add", "--person", "bob", "--key", "bob.pub"][..], &roster].concat());
    let again = bad(dir, &[&["roster", "add", "--person", "bob", "--key", "bob.pub"][..], &roster].concat());
    assert!(again.contains("enrolled already"), "{again}");
    good(dir, &[&["roster", "remove", "status.example.net/bob/ssh"][..], &roster].concat());

    assert!(good(dir, &["verify", &url]).contains("proven: all"));
    server.stop();
    let server = Server::start(dir);
    let said = good(dir, &["verify", &server.url, "--json"]);
    assert!(said.contains("\"entries\":5") && said.contains("\"proven\":true"), "after a restart: {said}");
    let root_of = |dir: &Path| {
        let settings =
            std::fs::read_to_string(dir.join("status.example.net/outband.toml")).expect("settings");
        let line =
            settings.lines().find_map(|line| line.strip_prefix("root-keys = [\"")?.strip_suffix("\"]"));
        line.expect("a root key").to_owned()
    };
    good(dir, &["verify", &server.url, "--root", &root_of(dir)]);
    let other = set_up();
    let error = bad(dir, &["verify", &server.url, "--root", &root_of(other.path())]);
    assert!(error.contains("is not proven: entry 0: roster 1 names other roots"), "{error}");
}

#[test]
fn a_port_and_a_store_belong_to_one_server() {
    let (first, second) = (set_up(), set_up());
    let server = Server::start(first.path());
    let same_port = format!("127.0.0.1:{}", port_of(&server.url));
    let error = bad(second.path(), &["serve", "--data", "status.example.net", "--listen", &same_port]);
    assert!(error.contains("is in use by another program; nothing is served"), "{error}");
    let error = bad(first.path(), &["serve", "--data", "status.example.net", "--listen", "127.0.0.1:0"]);
    assert!(error.contains("status.example.net is being served by another process"), "{error}");
}

#[test]
fn key_files_that_cannot_be_trusted_or_read_are_told() {
    let dir = set_up();
    let serve = ["serve", "--data", "status.example.net", "--listen", "127.0.0.1:0"];
    let key = dir.path().join("status.example.net/keys/log.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).expect("a mode");
    let error = bad(dir.path(), &serve);
    assert!(error.contains("keys/log.key has mode 0644") && error.contains("chmod 600"), "{error}");

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("a mode");
    let secret = std::fs::read_to_string(&key).expect("a key");
    std::fs::write(&key, secret.replace("log1", "log2")).expect("a file");
    let error = bad(dir.path(), &serve);
    assert!(error.contains("LOG_KEY is wrong") && !error.contains("PRIVATE"), "{error}");

    std::fs::remove_file(&key).expect("it goes");
    let error = bad(dir.path(), &serve);
    assert!(error.contains("keys/log.key cannot be read"), "{error}");
}

#[test]
fn a_damaged_store_is_told_and_left_alone() {
    let dir = set_up();
    let store = dir.path().join("status.example.net/outband.sqlite");
    std::fs::write(&store, b"not a store, and long enough to be told from an empty one".repeat(100))
        .expect("a file");
    let before = std::fs::read(&store).expect("a file");
    let error = bad(dir.path(), &["serve", "--data", "status.example.net", "--listen", "127.0.0.1:0"]);
    assert!(
        error.contains("is damaged, or no store of outband") && error.contains("Nothing was changed"),
        "{error}"
    );
    assert_eq!(std::fs::read(&store).expect("a file"), before);
}

#[test]
fn what_is_signed_here_can_be_sent_from_elsewhere() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    let (roster, site) = ("status.example.net/roster-1.note", "status.example.net/site-1.note");
    good(dir, &["send", "--to", &server.url, roster, site]);
    let update = "outband update v1\norigin: status.example.net\nid: 6f1ed002ab5595859014ebf0951522d9\ntime: 2013-09-03T11:10:00Z\nincident: mail\nphase: notice\ntitle: Signed here, sent from elsewhere\n";
    std::fs::write(dir.join("update.txt"), update).expect("a file");
    std::fs::write(dir.join("wrong.txt"), update.replace("phase: notice", "phase: solved")).expect("a file");
    let error = bad(dir, &["sign", "wrong.txt", "--dir", "status.example.net"]);
    assert!(
        error.contains("wrong.txt was not signed") && error.contains("\"phase\" has the value \"solved\""),
        "{error}"
    );
    good(dir, &["sign", "update.txt", "--dir", "status.example.net", "-o", "update.note"]);
    let elsewhere = tempfile::tempdir().expect("a directory");
    std::fs::copy(dir.join("update.note"), elsewhere.path().join("update.note")).expect("carried");
    let said = good(elsewhere.path(), &["send", "--to", &server.url, "update.note"]);
    assert!(said.contains("accepted as entry 2"), "{said}");
}

#[test]
fn what_was_altered_in_a_copy_is_found() {
    let dir = set_up();
    let dir = dir.path();
    let server = Server::start(dir);
    let (roster, site) = ("status.example.net/roster-1.note", "status.example.net/site-1.note");
    good(dir, &["send", "--to", &server.url, roster, site]);
    let publish = ["publish", "--dir", "status.example.net", "--to", &server.url];
    good(dir, &[&publish[..], &["--quick", "Mail is down", "--affects", "mail=outage", "--yes"]].concat());

    let copy = dir.join("copy");
    mirror(&dir.join("status.example.net/outband.sqlite"), &server.url, &copy);
    assert!(good(dir, &["verify", "copy"]).contains("proven: all"));
    let page = copy.join("status.txt");
    std::fs::write(&page, "All is well.\n").expect("a file");
    std::fs::remove_file(copy.join("history.html")).expect("it goes");
    let output = outband(dir, &["verify", "copy"]);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("differs: /status.txt, from byte") && said.contains("missing: /history\n"),
        "{said}"
    );
    assert!(said.contains("not proven: 2 of"), "{said}");

    let renderer = copy.join("data/renderer.json");
    let document = std::fs::read_to_string(&renderer).expect("a file");
    let other = document.replacen("\"renderer\":\"", "\"renderer\":\"another-", 1);
    assert_ne!(other, document);
    std::fs::write(&renderer, other).expect("a file");
    let output = outband(dir, &["verify", "copy"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));

    let entry = copy.join("log/2.note");
    std::fs::write(&entry, "nothing happened\n").expect("a file");
    assert_eq!(outband(dir, &["verify", "copy"]).status.code(), Some(1), "the log is compared all the same");
    std::fs::write(copy.join("log/checkpoint"), "nothing\n").expect("a file");
    assert!(bad(dir, &["verify", "copy"]).contains("copy is not proven"));
}

/// Everything that is served, under the names that a mirror's directory has.
fn mirror(store: &Path, url: &str, copy: &Path) {
    let store = rusqlite::Connection::open(store).expect("the store");
    let mut rows = store.prepare("SELECT path FROM file").expect("the table");
    let stored = rows.query_map([], |row| row.get::<_, String>(0)).expect("rows");
    let stored = stored.map(|path| path.expect("a path")).filter(|path| !path.starts_with("/log/tile/"));
    let tiles = outband_record::log::paths(3).into_iter().map(|(public, _)| public);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for path in stored.chain(tiles) {
        let mut answer = agent.get(format!("{url}{path}")).call().expect("an answer");
        let file = copy.join(outband_site::paths::in_directory(&path));
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, answer.body_mut().read_to_vec().expect("a body")).expect("a file");
    }
}

#[test]
fn every_subcommand_explains_itself_with_an_example() {
    let dir = tempfile::tempdir().expect("a directory");
    let commands: [&[&str]; 10] = [
        &["init"],
        &["publish"],
        &["sign"],
        &["send"],
        &["verify"],
        &["serve"],
        &["demo"],
        &["roster"],
        &["roster", "add"],
        &["roster", "remove"],
    ];
    for command in commands {
        let help = good(dir.path(), &[command, &["--help"]].concat());
        let example = format!("\n  outband {}", command.join(" "));
        assert!(help.contains("Example") && help.contains(&example), "{command:?}: {help}");
    }
}
