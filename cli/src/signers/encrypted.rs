//! A secret key with a passphrase: an armoured age file, as `age --passphrase --armor` writes one.

use std::io::Read as _;
use std::iter;
use std::path::{Path, PathBuf};

use age::armor::ArmoredReader;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, scrypt};
use anyhow::{Context as _, Result, anyhow, ensure};
use outband_keys::{SecretKey, VerifierKey};
use zeroize::Zeroizing;

use super::key_file;
use crate::terminal::shown;

/// The first line of the file.
const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";

/// The scrypt work factor of new files, as a power of two: 256 MiB of memory and less than a second on a laptop, as in
/// the `age` command. It is not measured on this machine, where other work may be going on.
const WORK: u8 = 18;
/// The largest that is accepted: 1 GiB of memory and a few seconds. More could keep this machine busy for hours.
const MAX_WORK: u8 = 20;
/// An encoded secret key is shorter.
const MAX_BYTES: usize = 1024;

/// A secret key that only its passphrase opens.
pub(crate) struct EncryptedKey {
    file: PathBuf,
    armour: String,
}

impl EncryptedKey {
    /// The key in this file, if its contents are one.
    pub(crate) fn recognise(file: &Path, contents: &str) -> Option<Self> {
        contents.starts_with(BEGIN).then(|| Self { file: file.to_owned(), armour: contents.to_owned() })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The public key, which is in the file beside it.
    pub(crate) fn public(&self) -> Result<VerifierKey> {
        key_file::public_beside(&self.file)?.with_context(|| {
            let file = shown(&self.file);
            format!(
                "the public key of {file} is needed beside it. Write it with `outband key export {file} > {file}.pub`"
            )
        })
    }

    /// The secret key; `None` if the passphrase is wrong.
    pub(crate) fn decrypt(&self, passphrase: &SecretString) -> Result<Option<SecretKey>> {
        let secret = match decrypt(self.armour.as_bytes(), passphrase) {
            Ok(secret) => secret,
            Err(DecryptError::DecryptionFailed) => return Ok(None),
            Err(error) => return Err(explain(&error)).with_context(|| self.unusable()),
        };
        let key = SecretKey::parse(secret.trim_end()).with_context(|| self.unusable())?;
        if let Some(public) = key_file::public_beside(&self.file)? {
            ensure!(
                public == key.verifier(),
                "{0}.pub is not the public key of {0}. Remove it, and write it with `outband key export`",
                shown(&self.file)
            );
        }
        Ok(Some(key))
    }

    fn unusable(&self) -> String {
        format!("cannot use the key file {}", shown(&self.file))
    }
}

/// The text of a new file.
pub(crate) fn encrypt(key: &SecretKey, passphrase: &SecretString) -> Result<String> {
    let mut recipient = scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(WORK);
    let mut secret = Zeroizing::new(String::with_capacity(MAX_BYTES));
    secret.push_str(&key.encode());
    secret.push('\n');
    // The crate's own message may have characters that the terminal does not show.
    age::encrypt_and_armor(&recipient, secret.as_bytes()).map_err(|_| anyhow!("the key cannot be encrypted"))
}

fn decrypt(armour: &[u8], passphrase: &SecretString) -> Result<Zeroizing<String>, DecryptError> {
    let mut identity = scrypt::Identity::new(passphrase.clone());
    identity.set_max_work_factor(MAX_WORK);
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(armour))?;
    // Allocated once, since a growing buffer leaves unwiped copies behind.
    let mut secret = Zeroizing::new(String::with_capacity(MAX_BYTES));
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    decryptor.decrypt(iter::once(&identity as _))?.take(limit).read_to_string(&mut secret)?;
    Ok(secret)
}

fn explain(error: &DecryptError) -> anyhow::Error {
    match error {
        DecryptError::ExcessiveWork { required, .. } => anyhow!(
            "its passphrase takes work of 2^{required} to check; at most 2^{MAX_WORK} is done. If the file is yours, write it again with `age --passphrase`"
        ),
        DecryptError::NoMatchingKeys => {
            anyhow!("it is encrypted to another key, not with a passphrase")
        }
        _ => anyhow!("it is damaged. Restore it from a backup"),
    }
}
