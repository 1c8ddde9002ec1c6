//! Key files of outband's own: one secret key each, plain or with a passphrase. Beside that of a person is a file with
//! its public key, which says whose key it is without the passphrase.
//!
//! ```text
//! operator.key        PRIVATE+KEY+… or -----BEGIN AGE ENCRYPTED FILE-----
//! operator.key.pub    status.example.net/alice/laptop+5ef2c0bd+AW…
//! ```

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use anyhow::{Context as _, Result, ensure};
use outband_keys::{SecretKey, VerifierKey};
use zeroize::Zeroizing;

use super::encrypted::{self, EncryptedKey};
use super::passphrase::Passphrase;
use crate::client::files;
use crate::terminal::shown;

/// Checks, before a passphrase is asked for, that a new key file would replace nothing.
pub(crate) fn check_absent(file: &Path) -> Result<()> {
    for file in [file, &beside(file)] {
        ensure!(!file.exists(), "{} already exists and is never overwritten", shown(file));
    }
    Ok(())
}

/// Writes a new key file, and its public key beside it.
pub(crate) fn create(file: &Path, key: &SecretKey, passphrase: Option<&SecretString>) -> Result<()> {
    check_absent(file)?;
    files::create_secret(file, &text(key, passphrase)?)?;
    files::create(&beside(file), &format!("{}\n", key.verifier()))
}

/// Writes the key file again with another passphrase, or without. It has the earlier contents or these at any time.
pub(crate) fn replace(file: &Path, key: &SecretKey, passphrase: Option<&SecretString>) -> Result<()> {
    if public_beside(file)?.is_none() {
        files::create(&beside(file), &format!("{}\n", key.verifier()))?;
    }
    files::replace_secret(file, &text(key, passphrase)?)
}

/// The secret key in a file.
pub(crate) fn open(file: &Path, passphrase: &Passphrase) -> Result<SecretKey> {
    let contents = files::read_secret(file)?;
    if let Some(key) = EncryptedKey::recognise(file, &contents) {
        return passphrase.unlock(&key);
    }
    ensure!(
        !contents.starts_with("-----BEGIN "),
        "{0} is not a key file of outband's own. If it is an SSH key, use `ssh-keygen -p -f {0}`",
        shown(file)
    );
    parse(file, &contents)
}

/// The secret key in the contents of a plain file.
pub(crate) fn parse(file: &Path, contents: &str) -> Result<SecretKey> {
    SecretKey::parse(contents)
        .with_context(|| format!("{} is neither an outband secret key nor an SSH key", shown(file)))
}

/// The public key in the file beside a key file, if there is one.
pub(crate) fn public_beside(file: &Path) -> Result<Option<VerifierKey>> {
    let public = beside(file);
    let text = match std::fs::read_to_string(&public) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", shown(&public))),
    };
    let key = text.trim().parse().with_context(|| format!("{} is not a public key", shown(&public)))?;
    Ok(Some(key))
}

/// The file of the public key.
pub(crate) fn beside(file: &Path) -> PathBuf {
    let mut public = file.as_os_str().to_owned();
    public.push(".pub");
    PathBuf::from(public)
}

fn text(key: &SecretKey, passphrase: Option<&SecretString>) -> Result<Zeroizing<String>> {
    match passphrase {
        Some(passphrase) => encrypted::encrypt(key, passphrase).map(Zeroizing::new),
        None => Ok(files::line_of(key)),
    }
}
