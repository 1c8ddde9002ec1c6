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
    KeyKind, Note, NoteError, SSH_NAMESPACE, SshKeyError, SshSignature, SshSignatureError, VerifierKey,
    VerifyError,
};
use tempfile::TempDir;

use crate::{ORIGIN, TEXT, key};

#[test]
fn a_note_signed_by_ssh_keygen_verifies() {
    for key_type in TYPES {
        let ssh = Ssh::new(key_type);
        let armour = ssh.sign(TEXT, &["-n", SSH_NAMESPACE]);
        let note = Note::parse(format!("{TEXT}\n{armour}").as_bytes()).unwrap();
        let verified = note.verify(&[ssh.verifier()]).unwrap();
        assert_eq!(verified.signers(), [ssh.verifier()]);
        assert_eq!(verified.text(), TEXT);

        let stored = Note::compose(verified.text(), verified.lines());
        let again = Note::parse(stored.as_bytes()).unwrap().verify(&[ssh.verifier()]).unwrap();
        assert_eq!(again, verified);
        let [line] = verified.lines() else { panic!("one line") };
        let key = ssh.verifier().ssh().unwrap().clone();
        let rebuilt = SshSignature::from_payload(key, line.payload()).unwrap();
        assert_eq!(rebuilt.to_string(), armour, "from the entry and the roster alone");
    }
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
    let rsa = Ssh::new("rsa").sign(TEXT, &["-n", SSH_NAMESPACE]);
    for (armour, expected) in [
        (wrong_namespace, SshSignatureError::Namespace { found: "file".to_owned() }),
        (wrong_hash, SshSignatureError::Hash { found: "sha256".to_owned() }),
        (rsa, SshSignatureError::Key(SshKeyError::Type { found: "ssh-rsa".to_owned() })),
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
        assert_eq!(SshSignature::parse(&altered), Err(SshSignatureError::Armour));
    }
}

#[test]
fn fingerprints_agree() {
    for key_type in TYPES {
        let ssh = Ssh::new(key_type);
        assert_eq!(ssh.verifier().fingerprint(), ssh.fingerprint());
    }
}

#[test]
fn ssh_keygen_verifies_what_we_sign() {
    let secret = key("carol/laptop", KeyKind::Ssh, 3);
    let line = secret.sign_note(TEXT).unwrap();
    let key = secret.verifier().ssh().unwrap().clone();
    let armour = SshSignature::from_payload(key, line.payload()).unwrap().to_string();
    assert!(is_good(&[&secret.verifier().to_string()], TEXT, &armour));
}

/// Every vector with one armoured signature: `ssh-keygen -Y verify` accepts what this crate accepts, and, besides that,
/// only what a `stricter` line gives a reason for.
#[test]
fn ssh_keygen_agrees_on_every_vector() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let (mut good, mut bad, mut stricter, mut differing) = (0, 0, 0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let Ok(file) = fs::read_to_string(&path) else { continue };
        let Some((header, note)) = file.split_once("\n---\n") else { continue };
        let Some((text, armour)) = note.split_once("\n-----BEGIN SSH SIGNATURE") else { continue };
        let armour = format!("-----BEGIN SSH SIGNATURE{armour}");
        let is_armour_alone = armour.ends_with("-----END SSH SIGNATURE-----\n");
        if !is_armour_alone || armour.matches("-----BEGIN").count() > 1 || text.contains("\n— ") {
            continue;
        }
        let all = |name: &str| -> Vec<&str> {
            header.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
        };
        let is_ours = all("expect") == ["ok"];
        let is_theirs = is_good(&all("key"), text, &armour);
        let reasons = all("stricter").len();
        if is_theirs != (is_ours || reasons == 1) || is_ours && reasons > 0 {
            differing.push((path, is_theirs));
        }
        *(if reasons == 1 {
            &mut stricter
        } else if is_ours {
            &mut good
        } else {
            &mut bad
        }) += 1;
    }
    assert_eq!(differing, [], "and whether ssh-keygen accepts it");
    assert!(good >= 19 && bad >= 90 && stricter >= 25, "{good} good, {bad} bad, {stricter} stricter");
}

/// Whether `ssh-keygen -Y verify` accepts an armoured signature by one of these SSH keys.
fn is_good(keys: &[&str], text: &str, armour: &str) -> bool {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        fs::write(&path, content).unwrap();
        path
    };
    let allowed: String = keys
        .iter()
        .filter_map(|key| key.split_once(' '))
        .map(|(_, key)| format!("{ORIGIN} namespaces=\"{SSH_NAMESPACE}\" {key}\n"))
        .collect();
    let (signers, sig) = (file("signers", &allowed), file("note.sig", armour));
    let status = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", SSH_NAMESPACE, "-I", ORIGIN, "-f"])
        .args([&signers, &PathBuf::from("-s"), &sig])
        .stdin(fs::File::open(file("note", text)).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.expect(MISSING).success()
}

/// The types of key that `ssh-keygen` can make without hardware.
const TYPES: [&str; 2] = ["ed25519", "ecdsa"];

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
