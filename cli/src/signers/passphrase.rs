//! Passphrases: asked for at the terminal, or read from a file that is named.

use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret as _, SecretString};
use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::SecretKey;

use super::encrypted::EncryptedKey;
use crate::client::files;
use crate::terminal::{self, shown};

/// How often a passphrase is asked for, as `ssh` does.
const TRIES: usize = 3;

// A `//` comment, as for `Destination`.
// The option of commands that use a key with a passphrase.
#[derive(clap::Args, Clone, Default)]
pub(crate) struct Passphrase {
    /// Read the key's passphrase from the first line of FILE, such as /dev/fd/3, instead of asking for it
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    passphrase_file: Option<PathBuf>,
}

// The options of commands that make keys.
#[derive(clap::Args, Clone)]
pub(crate) struct NewPassphrase {
    /// Read the new passphrase from the first line of FILE, such as /dev/fd/3, instead of asking for it
    #[arg(long, value_name = "FILE", value_parser = a_file)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Write the secret key without a passphrase: anyone who can read the file can sign
    #[arg(long, conflicts_with = "passphrase_file")]
    pub(crate) no_passphrase: bool,
}

impl Passphrase {
    /// The secret key, once its passphrase is right. A file has one try.
    pub(crate) fn unlock(&self, key: &EncryptedKey) -> Result<SecretKey> {
        let file = shown(key.file());
        if let Some(from) = &self.passphrase_file {
            let opened = key.decrypt(&read(from)?)?;
            return opened
                .with_context(|| format!("the passphrase in {} is not that of {file}", shown(from)));
        }
        for _ in 0..TRIES {
            let passphrase = terminal::ask_passphrase(&format!("Passphrase for {file}: "))?;
            if let Some(opened) = key.decrypt(&passphrase)? {
                return Ok(opened);
            }
            anstream::eprintln!("Wrong passphrase.");
        }
        bail!(
            "the passphrase for {file} was wrong {TRIES} times. If it is right, the file is damaged: restore it from a backup"
        )
    }
}

impl NewPassphrase {
    /// Whether there is nothing to ask.
    pub(crate) fn is_given(&self) -> bool {
        self.no_passphrase || self.passphrase_file.is_some()
    }

    /// The passphrase for a new key; `None` for none.
    pub(crate) fn choose(&self, whose: &str) -> Result<Option<SecretString>> {
        match &self.passphrase_file {
            Some(file) => read(file).map(Some),
            None if self.no_passphrase => Ok(None),
            None => ask_twice(whose).map(Some),
        }
    }
}

fn ask_twice(whose: &str) -> Result<SecretString> {
    for _ in 0..TRIES {
        let passphrase = terminal::ask_passphrase(&format!("New passphrase for {whose}: "))
            .context("a key gets a passphrase unless --no-passphrase is given")?;
        if passphrase.expose_secret().is_empty() {
            anstream::eprintln!("A passphrase must not be empty. --no-passphrase makes a key without one.");
            continue;
        }
        let again = terminal::ask_passphrase("The same passphrase again: ")?;
        if passphrase.expose_secret() == again.expose_secret() {
            return Ok(passphrase);
        }
        anstream::eprintln!("They are not the same.");
    }
    bail!("no passphrase was typed twice the same")
}

fn read(file: &Path) -> Result<SecretString> {
    let passphrase = files::read_passphrase(file)?;
    ensure!(!passphrase.is_empty(), "the first line of {} is empty; a passphrase must not be", shown(file));
    Ok(SecretString::from(passphrase.as_str()))
}

/// A file's name as an option. In many commands, standard input has the text.
pub(crate) fn a_file(text: &str) -> Result<PathBuf> {
    ensure!(text != "-", "it must be a file; name a pipe as /dev/fd/3");
    Ok(PathBuf::from(text))
}
