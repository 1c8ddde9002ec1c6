//! What signs for a person: a key file of outband's own, plain or with a passphrase, or an SSH key through the system's
//! `ssh-keygen`, which knows about agents, passphrases, and security keys with a PIN and a touch.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::{Note, SSH_NAMESPACE, SecretKey, VerifierKey};
use outband_record::authority::Authority;
use serde::Serialize;

use super::encrypted::EncryptedKey;
use super::key_file;
use super::passphrase::Passphrase;
use crate::client::files;
use crate::terminal::shown;

/// A key that can sign.
pub(crate) enum Signer {
    /// A plain key file of outband's own.
    File(Box<SecretKey>),
    /// A key file of outband's own with a passphrase.
    Encrypted(Box<Encrypted>),
    /// An SSH key.
    Ssh(SshSigner),
}

/// A key that its passphrase opens when something is signed.
pub(crate) struct Encrypted {
    key: EncryptedKey,
    public: VerifierKey,
    passphrase: Passphrase,
}

/// An SSH key by its file: the private key, or the public key of one that an agent or a security key holds.
pub(crate) struct SshSigner {
    file: PathBuf,
    /// The public key, named after its file.
    key: VerifierKey,
}

/// How the secret of a key is kept.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    Plain,
    Passphrase,
    /// As OpenSSH keeps it.
    Ssh,
}

impl Form {
    /// As a remark on a key.
    pub(crate) fn remark(self) -> &'static str {
        match self {
            Self::Plain => "without a passphrase",
            Self::Passphrase => "with a passphrase",
            Self::Ssh => "an SSH key",
        }
    }
}

impl Signer {
    /// The key in a file: one of outband's own, an OpenSSH private key, or a `.pub` file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let is_public = path.extension().is_some_and(|extension| extension == "pub");
        if is_public {
            return Ok(Self::Ssh(SshSigner { file: path.to_owned(), key: public_key(path)? }));
        }
        // Its owner alone may read it, as `ssh-keygen` demands too.
        let secret = files::read_secret(path)?;
        if let Some(key) = EncryptedKey::recognise(path, &secret) {
            let public = key.public()?;
            return Ok(Self::Encrypted(Box::new(Encrypted {
                key,
                public,
                passphrase: Passphrase::default(),
            })));
        }
        if secret.starts_with("-----BEGIN ") {
            let key = public_key(&key_file::beside(path))
                .with_context(|| format!("the public key of {} is needed beside it", shown(path)))?;
            return Ok(Self::Ssh(SshSigner { file: path.to_owned(), key }));
        }
        Ok(Self::File(Box::new(key_file::parse(path, &secret)?)))
    }

    /// The same, with its passphrase from this source.
    pub(crate) fn unlocked_by(mut self, passphrase: &Passphrase) -> Self {
        if let Self::Encrypted(encrypted) = &mut self {
            encrypted.passphrase = passphrase.clone();
        }
        self
    }

    /// Whether the roster in force has it as an operator's key.
    pub(crate) fn is_enrolled(&self, authority: &Authority) -> bool {
        self.enrolled(authority).is_some()
    }

    /// The operator's key in the roster in force that is this one, under the name that it has there.
    pub(crate) fn enrolled(&self, authority: &Authority) -> Option<VerifierKey> {
        let public = match self {
            Self::File(key) => key.verifier().public(),
            Self::Encrypted(encrypted) => encrypted.public.public(),
            Self::Ssh(ssh) => ssh.key.public(),
        };
        authority.operators().into_iter().find(|enrolled| enrolled.public() == public)
    }

    /// The key as messages name it: by its name, or for an SSH key, which has none of its own, by file and fingerprint.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(key) => key.verifier().name().to_string(),
            Self::Encrypted(encrypted) => encrypted.public.name().to_string(),
            Self::Ssh(ssh) => format!("{} ({})", shown(&ssh.file), ssh.key.fingerprint()),
        }
    }

    /// The public key in full, as rosters and `.pub` files have it.
    pub(crate) fn public_part(&self) -> String {
        match self {
            Self::File(key) => key.verifier().to_string(),
            Self::Encrypted(encrypted) => encrypted.public.to_string(),
            Self::Ssh(ssh) => ssh.key.to_string().trim_start_matches("ssh ").to_owned(),
        }
    }

    /// How its secret is kept.
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::File(_) => Form::Plain,
            Self::Encrypted(_) => Form::Passphrase,
            Self::Ssh(_) => Form::Ssh,
        }
    }

    /// The lines that sign `text`, with their newlines.
    pub(crate) fn signature(&self, text: &str) -> Result<String> {
        match self {
            Self::File(key) => Ok(format!("{}\n", key.sign_note(text)?)),
            Self::Encrypted(encrypted) => {
                let key = encrypted.passphrase.unlock(&encrypted.key)?;
                Ok(format!("{}\n", key.sign_note(text)?))
            }
            Self::Ssh(ssh) => ssh.signature(text),
        }
    }
}

impl SshSigner {
    fn signature(&self, text: &str) -> Result<String> {
        let mut command = Command::new("ssh-keygen");
        command.args(["-Y", "sign", "-n", SSH_NAMESPACE, "-f"]).arg(&self.file);
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.context(
            "ssh-keygen cannot be started. Install OpenSSH 8.1 or later, or sign elsewhere and use `outband send`",
        )?;
        if let Some(mut input) = child.stdin.take() {
            // If it has ended already, its status says so.
            let _ = input.write_all(text.as_bytes());
        }
        let output = child.wait_with_output().context("ssh-keygen did not end")?;
        ensure!(
            output.status.success(),
            "ssh-keygen could not sign with {}; its message is above. Is the key in the agent (`ssh-add -l`), the security key plugged in, the passphrase right?",
            shown(&self.file)
        );
        let armour = String::from_utf8(output.stdout).context("ssh-keygen did not write a signature")?;
        let note = Note::parse(format!("{text}\n{armour}").as_bytes());
        let note = note.context("the signature that ssh-keygen made cannot be used")?;
        note.verify(std::slice::from_ref(&self.key))
            .with_context(|| format!("ssh-keygen signed with another key than {}", shown(&self.file)))?;
        Ok(armour)
    }
}

/// The key in a `.pub` file. Its name is not known here; the roster has it.
fn public_key(path: &Path) -> Result<VerifierKey> {
    let text = files::read_text(path)?;
    let mut words = text.split_whitespace();
    let (Some(key_type), Some(base64)) = (words.next(), words.next()) else {
        bail!("{} is not the public key of an SSH key", shown(path));
    };
    ensure!(!key_type.starts_with("-----"), "{} is a private key; name its .pub file", shown(path));
    format!("ssh {key_type} {base64}").parse().with_context(|| format!("{} cannot be used", shown(path)))
}
