//! Compares with the real `ssh-keygen`, in both directions.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "runs ssh-keygen on files; the crate itself does neither"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use outband_keys::{
    KeyKind, Note, NoteError, SSH_NAMESPACE, SshSignature, SshSignatureError, VerifierKey, VerifyError,
    fingerprint,
};
use ssh_key::public::{Ed25519PublicKey, KeyData};
use ssh_key::{Algorithm, HashAlg, LineEnding, SshSig};
use tempfile::TempDir;

use crate::{ORIGIN, TEXT, key};

#[test]
fn a_note_signed_by_ssh_keygen_verifies() {
    let ssh = Ssh::new("ed25519");
    let note = format!("{TEXT}\n{}", ssh.sign(TEXT, &["-n", SSH_NAMESPACE]));
    let note = Note::parse(note.as_bytes()).unwrap();
    let verified = note.verify(&[ssh.verifier()]).unwrap();
    assert_eq!(verified.signers(), [ssh.verifier()]);
    assert_eq!(verified.text(), TEXT);

    let stored = Note::compose(verified.text(), verified.lines());
    let again = Note::parse(stored.as_bytes()).unwrap().verify(&[ssh.verifier()]).unwrap();
    assert_eq!(again, verified);
}

#[test]
fn ssh_keygen_takes_an_explicit_sha512() {
    let ssh = Ssh::new("ed25519");
    let note = format!("{TEXT}\n{}", ssh.sign(TEXT, &["-n", SSH_NAMESPACE, "-O", "hashalg=sha512"]));
    Note::parse(note.as_bytes()).unwrap().verify(&[ssh.verifier()]).unwrap();
}

#[test]
fn altered_text_is_refused() {
    let ssh = Ssh::new("ed25519");
    let armour = ssh.sign(TEXT, &["-n", SSH_NAMESPACE]);
    let note = format!("{}\n{armour}", TEXT.replace("fail", "fall"));
    let refused = Note::parse(note.as_bytes()).unwrap().verify(&[ssh.verifier()]);
    assert_eq!(refused, Err(VerifyError::Bad { name: ssh.verifier().name().clone() }));
}

#[test]
fn another_ssh_key_is_unknown_and_named_by_its_fingerprint() {
    let (known, other) = (Ssh::new("ed25519"), Ssh::new("ed25519"));
    let note = format!("{TEXT}\n{}", other.sign(TEXT, &["-n", SSH_NAMESPACE]));
    let refused = Note::parse(note.as_bytes()).unwrap().verify(&[known.verifier()]);
    assert_eq!(refused, Err(VerifyError::NoKnownSigner { names: vec![other.fingerprint()] }));
}

#[test]
fn wrong_namespace_hash_and_type_of_key_are_refused() {
    let ed25519 = Ssh::new("ed25519");
    let wrong_namespace = ed25519.sign(TEXT, &["-n", "file"]);
    let wrong_hash = ed25519.sign(TEXT, &["-n", SSH_NAMESPACE, "-O", "hashalg=sha256"]);
    let ecdsa = Ssh::new("ecdsa").sign(TEXT, &["-n", SSH_NAMESPACE]);
    let rsa = Ssh::new("rsa").sign(TEXT, &["-n", SSH_NAMESPACE]);
    for (armour, expected) in [
        (wrong_namespace, SshSignatureError::Namespace { found: "file".to_owned() }),
        (wrong_hash, SshSignatureError::Hash { found: "sha256".to_owned() }),
        (ecdsa, SshSignatureError::UnknownKeyType),
        (rsa, SshSignatureError::KeyType { found: "ssh-rsa".to_owned() }),
    ] {
        let refused = Note::parse(format!("{TEXT}\n{armour}").as_bytes());
        assert_eq!(refused, Err(NoteError::Ssh { line: 7, cause: expected }));
    }
}

#[test]
fn a_block_that_is_not_as_ssh_keygen_writes_it_is_refused() {
    let armour = Ssh::new("ed25519").sign(TEXT, &["-n", SSH_NAMESPACE]);
    assert!(SshSignature::parse(&armour).is_ok());
    for altered in [format!("Comment\n{armour}"), armour.replace('\n', "\r\n"), armour.trim_end().to_owned()]
    {
        assert_eq!(SshSignature::parse(&altered), Err(SshSignatureError::NotCanonical));
    }
}

#[test]
fn fingerprints_agree() {
    let ssh = Ssh::new("ed25519");
    assert_eq!(fingerprint(ssh.verifier().public()), ssh.fingerprint());
}

#[test]
fn ssh_keygen_verifies_what_we_sign() {
    let secret = key("carol/laptop", KeyKind::Ssh, 3);
    let line = secret.sign_note(TEXT).unwrap();
    let public = KeyData::Ed25519(Ed25519PublicKey(*secret.verifier().public().as_bytes()));
    let signature = ssh_key::Signature::new(Algorithm::Ed25519, line.payload()).unwrap();
    let armour = SshSig::new(public, SSH_NAMESPACE, HashAlg::Sha512, signature)
        .unwrap()
        .to_pem(LineEnding::LF)
        .unwrap();

    let folder = TempDir::new().unwrap();
    let (signers, sig) = (folder.path().join("signers"), folder.path().join("note.sig"));
    let verifier = secret.verifier().to_string();
    fs::write(&signers, verifier.replacen(' ', &format!(" namespaces=\"{SSH_NAMESPACE}\" "), 1) + "\n")
        .unwrap();
    fs::write(&sig, armour).unwrap();
    let note = folder.path().join("note");
    fs::write(&note, TEXT).unwrap();
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", SSH_NAMESPACE, "-I", secret.verifier().name().as_str(), "-f"])
        .args([&signers, &PathBuf::from("-s"), &sig])
        .stdin(fs::File::open(note).unwrap())
        .stdout(Stdio::null())
        .status();
    assert!(status.expect(MISSING).success());
}

const MISSING: &str = "ssh-keygen must be installed for these tests (Debian package openssh-client)";

/// A new key from `ssh-keygen`.
struct Ssh {
    folder: TempDir,
}

impl Ssh {
    fn new(key_type: &str) -> Self {
        let ssh = Self { folder: TempDir::new().unwrap() };
        ssh.run(&["-q", "-t", key_type, "-N", "", "-C", "a comment", "-f", "key"]);
        ssh
    }

    fn sign(&self, text: &str, options: &[&str]) -> String {
        fs::write(self.folder.path().join("note.txt"), text).unwrap();
        let _ = fs::remove_file(self.folder.path().join("note.txt.sig"));
        self.run(&[&["-Y", "sign", "-f", "key"], options, &["note.txt"]].concat());
        fs::read_to_string(self.folder.path().join("note.txt.sig")).unwrap()
    }

    fn verifier(&self) -> VerifierKey {
        let public = fs::read_to_string(self.folder.path().join("key.pub")).unwrap();
        let without_comment = public.strip_suffix(" a comment\n").unwrap();
        format!("{ORIGIN}/carol/laptop {without_comment}").parse().unwrap()
    }

    fn fingerprint(&self) -> String {
        self.run(&["-l", "-f", "key.pub"]).split(' ').nth(1).unwrap().to_owned()
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new("ssh-keygen")
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect(MISSING);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}
