//! Signing with the keys that people have, through the system's `ssh-keygen`.

use std::path::Path;
use std::process::Command;

use crate::support::{INIT, Server, bad, found, good, outband, text};
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
