//! Setting up.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::{INIT, bad, good, outband, set_up, text};
use crate::terminal::at_a_terminal;

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
        std::fs::read_to_string(made.join(".gitignore")).expect("the file").lines().next(),
        Some("/keys/")
    );
    let before = std::fs::read(made.join("keys/root.key")).expect("a key");
    let error = bad(dir.path(), &INIT);
    assert!(error.contains("is already set up") && error.ends_with("Nothing was written.\n"), "{error}");
    assert_eq!(std::fs::read(made.join("keys/root.key")).expect("a key"), before);
}

#[test]
fn init_prints_the_next_steps_and_no_secret() {
    let dir = tempfile::tempdir().expect("a directory");
    let output = outband(dir.path(), &INIT);
    let logged = text(&output.stdout) + &text(&output.stderr);
    for line in [
        "  npx wrangler login\n",
        "  npx wrangler secret put LOG_KEY --config status.example.net/wrangler.toml < status.example.net/keys/log.key\n",
        "  npx wrangler secret put STATION_KEY --config status.example.net/wrangler.toml < status.example.net/keys/station.key\n",
        "  npx wrangler deploy --config status.example.net/wrangler.toml\n",
        " send --dir status.example.net status.example.net/roster-1.note status.example.net/site-1.note\n",
    ] {
        assert!(logged.contains(line), "{line:?} is missing from:\n{logged}");
    }
    assert!(!logged.contains("PRIVATE"), "{logged}");
    assert!(!logged.contains("warning"), "{logged}");
    // One log key, one history: the page must not be tried on this machine with these keys.
    assert!(!logged.contains("serve --dir"), "{logged}");
}

/// The file has everything but the secrets, and differs from the repository's in nothing else.
#[test]
fn init_writes_the_settings_of_the_edge_host() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(dir.path().join("build/worker")).expect("a folder");
    std::fs::write(dir.path().join("build/worker/index.js"), "").expect("a bundle");
    good(dir.path(), &[&INIT[..], &["--dir", "pages/status"]].concat());
    let made = dir.path().join("pages/status");
    let text = std::fs::read_to_string(made.join("wrangler.toml")).expect("the file");
    let root = std::fs::read_to_string(made.join("root.pub")).expect("the root's public key");
    let settings: toml::Table = text.parse().expect("TOML");
    assert_eq!(settings["main"].as_str(), Some("../../build/worker/index.js"));
    assert_eq!(settings["vars"]["ORIGIN"].as_str(), Some("status.example.net"));
    assert_eq!(settings["vars"]["ROOT_KEYS"].as_str(), Some(root.trim_end()));
    assert_eq!(settings["routes"][0]["pattern"].as_str(), Some("status.example.net"));
    assert_eq!(settings["routes"][0]["custom_domain"].as_bool(), Some(true));
    let template: toml::Table = include_str!("../../../wrangler.toml").parse().expect("TOML");
    for (name, value) in &template {
        assert!(["main", "vars"].contains(&name.as_str()) || settings[name] == *value, "{name}");
    }
    assert!(!text.contains("PRIVATE"), "{text}");
    std::fs::create_dir(dir.path().join("other")).expect("a folder");
    std::fs::write(dir.path().join("other/wrangler.toml"), "mine").expect("a file");
    let error = bad(dir.path(), &[&INIT[..], &["--dir", "other"]].concat());
    assert!(error.contains("contains wrangler.toml") && error.ends_with("Nothing was written.\n"), "{error}");
}

/// Runs the printed commands unchanged.
#[test]
fn the_commands_that_init_prints_for_a_trial_work() {
    let dir = tempfile::tempdir().expect("a directory");
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("a port");
    let trial = ["--dir", "a trial", "--endpoint", &format!("http://{free}")];
    let logged = good(dir.path(), &[&INIT[..], &trial].concat());
    let commands: Vec<&str> = logged.lines().filter_map(|line| line.strip_prefix("  ")).collect();
    let [serve, send, publish] = commands.as_slice() else { panic!("three commands:\n{logged}") };
    assert!(!logged.contains("wrangler"), "{logged}");
    assert!(!dir.path().join("a trial/wrangler.toml").exists(), "throwaway keys are not deployed");
    let script = format!(
        "{serve} > /dev/null & server=$!; trap 'kill $server' EXIT; {send} && {publish} --quick 'Mail is down' --affects mail=outage --yes"
    );
    let run = Command::new("sh").args(["-c", &script]).current_dir(dir.path()).output().expect("a shell");
    let logged = text(&run.stdout);
    assert!(run.status.success(), "{logged}{}", text(&run.stderr));
    assert!(logged.contains("Published (entry 2)"), "{logged}");
}

#[test]
fn invalid_answers_leave_nothing_behind() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("bob.pub"), BOB).expect("a file");
    let twice: &[&str] = &["--operator", "bob=bob.pub", "--operator", "bob=bob.pub"];
    for (wrong, says) in [
        (&["--component", "mail Mail again"][..], "the site note would not be valid"),
        (&["--endpoint", "status.example.net"], "is not an endpoint"),
        (twice, "the roster would not be valid"),
    ] {
        let error = bad(dir.path(), &[&INIT[..], wrong].concat());
        assert!(error.contains(says) && error.ends_with("Nothing was written.\n"), "{wrong:?}: {error}");
        assert!(!dir.path().join("status.example.net").exists(), "{wrong:?} left something behind");
    }
    good(dir.path(), &INIT);
}

const BOB: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl bob@laptop\n";

#[test]
fn a_colleague_is_enrolled_from_the_first_roster_on() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("bob.pub"), BOB).expect("a file");
    good(dir.path(), &[&INIT[..], &["--operator", "bob=bob.pub"]].concat());
    let roster =
        std::fs::read_to_string(dir.path().join("status.example.net/roster-1.note")).expect("a note");
    let key = BOB.split(' ').nth(1).expect("a key");
    assert!(
        roster.contains(&format!("\noperator: status.example.net/bob/ssh ssh-ed25519 {key}\n")),
        "{roster}"
    );
    assert!(roster.contains("\noperator: status.example.net/alice/laptop+"), "{roster}");
    assert!(roster.contains("\nroot-threshold: 1\n") && !roster.contains("\nrule: "), "{roster}");
}

#[test]
fn missing_answers_are_asked_for_at_a_terminal() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join("bob.pub"), BOB).expect("a file");
    let init = [&INIT[..12], &["--dir", "made"]].concat();
    let answers = [
        ("Time zone of the page (Enter for UTC): UTC", "\u{7f}\u{7f}\u{7f}America/New_York\r"),
        // The second of the list, German.
        ("Language of the page", "\u{1b}[B\u{1b}[B\r"),
        ("How can customers reach you", "tel:+1-555-0100\r"),
        ("How can customers reach you", "\r"),
        ("A colleague who may publish", "bob=no-such-file.pub\r"),
        // An invalid answer stays in the input line; Ctrl-U erases it.
        ("neither an existing file", "\u{15}bob=bob.pub\r"),
        ("A colleague who may publish", "\r"),
    ];
    let (done, shown) = at_a_terminal(dir.path(), &init, &answers);
    assert!(done.success(), "{shown}");
    let made = |name: &str| std::fs::read_to_string(dir.path().join("made").join(name)).expect("a note");
    assert!(
        made("site-1.note").contains("\nlang: de\nzone: EST5EDT,M3.2.0,M11.1.0\ncontact: tel:+1-555-0100\n")
    );
    assert!(made("roster-1.note").contains("/bob/ssh ssh-ed25519 "));
}

#[test]
fn init_warns_of_an_origin_that_goes_down_with_the_provider() {
    let dir = tempfile::tempdir().expect("a directory");
    let within = INIT.map(|arg| if arg == "example.com" { "example.net" } else { arg });
    let output = outband(dir.path(), &within);
    assert!(
        text(&output.stderr).contains("status.example.net is under example.net"),
        "{}",
        text(&output.stderr)
    );
    let dir = tempfile::tempdir().expect("a directory");
    let similar = INIT.map(|arg| if arg == "example.com" { "ample.net" } else { arg });
    assert!(!text(&outband(dir.path(), &similar).stderr).contains("warning"));
}
