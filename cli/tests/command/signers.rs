//! Signing with the keys that people have, through the system's `ssh-keygen`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{BIN, INIT, KNOWN, Server, bad, found, good, outband, text};
use crate::terminal::at_a_terminal;

/// Makes an SSH key; returns the name of its public half.
fn ssh_key(dir: &Path, name: &str, key_type: &str, passphrase: &str) -> String {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", key_type, "-C", "alice", "-N", passphrase, "-f", name])
        .current_dir(dir)
        .status();
    assert!(made.expect("ssh-keygen, of OpenSSH").success());
    format!("{name}.pub")
}

/// A page whose operator signs with this SSH key, and its station.
fn page(dir: &Path, public: &str) -> Server {
    good(dir, &[&INIT[..], &["--ssh-key", public]].concat());
    let server = Server::start(dir);
    found(dir, &server.url);
    server
}

const QUICK: [&str; 6] = ["publish", "--dir", "status.example.net", "--quick", "Mail is down", "--to"];

#[test]
fn an_operator_signs_with_an_ssh_key() {
    for key_type in ["ed25519", "ecdsa"] {
        let dir = tempfile::tempdir().expect("a directory");
        let dir = dir.path();
        let public = ssh_key(dir, "id", key_type, "");
        let server = page(dir, &public);
        assert!(!dir.join("status.example.net/keys/operator.key").exists());
        let said = good(dir, &[&QUICK[..], &[&server.url, "--yes"]].concat());
        assert!(said.contains("READERS SEE IT: "), "{key_type}: {said}");
        assert!(good(dir, &["verify", &server.url]).contains("verified: all"), "{key_type}");
        let status = good(dir, &["status", "--dir", "status.example.net", "--to", &server.url]);
        assert!(status.contains("id.pub (SHA256:") && status.contains("), enrolled"), "{key_type}: {status}");
        // The private key itself may be named too.
        let with = [&QUICK[..], &[&server.url, "--key", "id", "--yes"]].concat();
        assert!(good(dir, &with).contains("READERS SEE IT: "), "{key_type}");
    }
}

#[test]
fn an_ssh_key_with_a_passphrase_is_asked_for_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let public = ssh_key(dir, "id", "ed25519", "correct horse");
    let server = page(dir, &public);
    let publish = [&QUICK[..], &[&server.url, "--yes"]].concat();
    let (done, shown) = at_a_terminal(dir, &publish, &[("passphrase", "correct horse\r")]);
    assert!(done.success() && shown.contains("READERS SEE IT:"), "{shown}");
    let (done, shown) = at_a_terminal(dir, &publish, &[("passphrase", "wrong\r")]);
    assert!(!done.success() && shown.contains("could not sign with"), "{shown}");
    assert!(shown.ends_with("Nothing was signed or sent.\n"), "{shown}");
    assert!(!shown.contains("correct horse") && !shown.contains("wrong\n"), "{shown}");
}

/// Runs a line in a shell that has an agent of its own.
fn in_agent(dir: &Path, line: &str) -> (bool, String) {
    let asked = dir.join("askpass");
    std::fs::write(&asked, "#!/bin/sh\necho lock\n").expect("a file");
    std::fs::set_permissions(&asked, std::fs::Permissions::from_mode(0o700)).expect("its mode");
    let mut agent = Command::new("ssh-agent");
    agent.args(["sh", "-c", line]).current_dir(dir).stdin(Stdio::null());
    agent
        .env("OUTBAND_STATE", dir.join(KNOWN))
        .env("SSH_ASKPASS", &asked)
        .env("SSH_ASKPASS_REQUIRE", "force");
    let output = agent.output().expect("ssh-agent, of OpenSSH");
    (output.status.success(), text(&output.stdout) + &text(&output.stderr))
}

/// The private half is not on this machine; an agent may sign with it from elsewhere.
#[test]
fn an_agent_signs_if_it_has_the_key_and_is_not_locked() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let public = ssh_key(dir, "id", "ed25519", "");
    let server = page(dir, &public);
    std::fs::rename(dir.join("id"), dir.join("elsewhere")).expect("moved");
    let publish = format!("'{BIN}' publish --dir status.example.net --quick Mail --yes --to {}", server.url);
    let (signed, said) = in_agent(dir, &format!("ssh-add -q elsewhere && {publish}"));
    assert!(signed && said.contains("READERS SEE IT: "), "{said}");
    for (why, line) in [
        ("without the key", publish.clone()),
        ("locked", format!("ssh-add -q elsewhere && ssh-add -x && {publish}")),
    ] {
        let (signed, said) = in_agent(dir, &line);
        assert!(
            !signed && said.contains("could not sign with") && said.contains("ssh-add -l"),
            "{why}: {said}"
        );
        assert!(
            said.contains("it is kept in ") && said.ends_with("Nothing was signed or sent.\n"),
            "{why}: {said}"
        );
    }
}

#[test]
fn keys_that_cannot_sign_are_refused_with_the_way_out() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    ssh_key(dir, "other", "ed25519", "");
    ssh_key(dir, "rsa", "rsa", "");
    let public = ssh_key(dir, "id", "ed25519", "");
    let server = page(dir, &public);
    let with = |key: &str| bad(dir, &[&QUICK[..], &[&server.url, "--yes", "--key", key]].concat());
    let error = with("rsa.pub");
    assert!(error.contains("rsa.pub cannot be used") && error.contains("ssh-rsa"), "{error}");
    let output = outband(dir, &[&QUICK[..], &[&server.url, "--yes", "--key", "other.pub"]].concat());
    let said = text(&output.stderr);
    assert!(
        !output.status.success() && said.contains("the roster does not have your key other.pub"),
        "{said}"
    );
    // The public key of one whose private half is elsewhere.
    std::fs::rename(dir.join("other"), dir.join("elsewhere")).expect("moved");
    let error = with("other.pub");
    assert!(error.contains("could not sign with other.pub") && error.contains("ssh-add -l"), "{error}");
    std::fs::copy(dir.join("elsewhere"), dir.join("wrong.pub")).expect("copied");
    let error = with("wrong.pub");
    assert!(error.contains("wrong.pub is a private key; name its .pub file"), "{error}");
    let error = bad(dir, &[&INIT[..], &["--dir", "second", "--ssh-key", "elsewhere"]].concat());
    assert!(error.ends_with("Nothing was written.\n"), "{error}");
    assert!(!error.contains("BEGIN"), "the key is not shown: {error}");
}

/// A person's second device: made, enrolled, listed and used.
#[test]
fn a_second_device_is_enrolled_by_its_public_part() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let public = ssh_key(dir, "id", "ed25519", "");
    let server = page(dir, &public);
    let at = ["--dir", "status.example.net", "--to", server.url.as_str()];
    let made = good(
        dir,
        &[
            "key",
            "new",
            "--dir",
            "status.example.net",
            "--person",
            "alice",
            "--device",
            "phone",
            "phone.key",
            "--no-passphrase",
        ],
    );
    let phone = made.trim();
    assert!(phone.starts_with("status.example.net/alice/phone+"), "{made}");
    assert_eq!(good(dir, &["key", "export", "phone.key"]).trim(), phone);
    let error = bad(
        dir,
        &["key", "new", "--dir", "status.example.net", "--person", "alice", "phone.key", "--no-passphrase"],
    );
    assert!(error.contains("already exists") && error.ends_with("Nothing was written.\n"), "{error}");
    good(dir, &[&["roster", "add", "--person", "alice", "--key", phone, "--yes"][..], &at].concat());
    let listed = good(dir, &[&["roster", "list"][..], &at].concat());
    assert!(listed.starts_with("Roster 2 (1 of 1 roots decide)\n"), "{listed}");
    assert!(listed.contains("operator  status.example.net/alice/phone\n"), "{listed}");
    let json: serde_json::Value =
        serde_json::from_str(&good(dir, &[&["roster", "list", "--json"][..], &at].concat())).expect("JSON");
    assert_eq!(json["operator"].as_array().map(Vec::len), Some(2));
    let with = [&QUICK[..], &[&server.url, "--key", "phone.key", "--yes"]].concat();
    assert!(good(dir, &with).contains("READERS SEE IT: "));
    // Where there is no outband.toml yet, the page's name is enough.
    let new =
        ["key", "new", "--origin", "status.example.net", "--person", "bob", "bob.key", "--no-passphrase"];
    assert!(good(dir, &new).starts_with("status.example.net/bob/laptop+"));
    let keys = good(dir, &["key", "list", "--dir", "status.example.net"]);
    assert!(keys.contains("operator  ") && keys.contains("ssh-ed25519 AAAA"), "{keys}");
    assert!(!keys.contains("PRIVATE"), "{keys}");
}

/// What the command signs is verified by stock OpenSSH with the exported file.
#[test]
fn stock_openssh_verifies_with_the_exported_operators() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    let public = ssh_key(dir, "id", "ecdsa", "");
    let server = page(dir, &public);
    let at = ["--dir", "status.example.net", "--to", server.url.as_str()];
    let signers = good(dir, &[&["key", "allowed-signers"][..], &at].concat());
    std::fs::write(dir.join("allowed_signers"), &signers).expect("a file");
    let name = signers.split(' ').next().expect("a name");
    good(dir, &[&QUICK[..], &[&server.url, "--yes"]].concat());
    let notes = std::fs::read_dir(dir.join("status.example.net/notes/sent")).expect("notes");
    let mut notes = notes.map(|file| file.expect("a name").path());
    let note =
        notes.find(|file| file.extension().is_some_and(|extension| extension == "note")).expect("a note");
    let note = std::fs::read_to_string(note).expect("a note");
    let (text, armour) = note.split_once("\n-----BEGIN").expect("a signature");
    std::fs::write(dir.join("text"), text).expect("a file");
    std::fs::write(dir.join("sig"), format!("-----BEGIN{armour}")).expect("a file");
    let line = format!("ssh-keygen -Y verify -n outband@v1 -f allowed_signers -I '{name}' -s sig < text");
    let verified = Command::new("sh").args(["-c", &line]).current_dir(dir).output().expect("ssh-keygen");
    assert!(verified.status.success(), "{}", self::text(&verified.stderr));
}
