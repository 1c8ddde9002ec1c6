//! Secret key files: one key per file, readable only by its owner from the moment it is created. On Windows, where
//! files have no mode, the folder's permissions apply; a user's folders are private there.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use outband_keys::SecretKey;
use zeroize::Zeroizing;

use crate::client::files;

/// Writes a new key file, which is created with mode 0600. Never overwrites an existing file.
pub(crate) fn create(path: &Path, key: &SecretKey) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| files::not_created(path, error))?;
    let encoded = key.encode();
    let written = file.write_all(encoded.as_bytes()).and_then(|()| file.write_all(b"\n"));
    written
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} was not written completely; delete it", path.display()))
}

/// The contents of a key file, without its newline. Refuses a file that others than its owner may read.
pub(crate) fn read(path: &Path) -> Result<Zeroizing<String>> {
    check_permissions(path)?;
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.with_context(|| unread(path))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// The key in a key file.
pub(crate) fn read_key(path: &Path) -> Result<SecretKey> {
    let text = read(path)?;
    SecretKey::parse(&text).with_context(|| format!("{} is not an outband secret key", path.display()))
}

fn unread(path: &Path) -> String {
    format!(
        "cannot read the key file {}. Restore it, run this as the user who owns it, or name another file",
        path.display()
    )
}

fn check_permissions(path: &Path) -> Result<()> {
    let found = std::fs::metadata(path);
    let found = found.with_context(|| unread(path))?;
    if !found.is_file() {
        return Err(anyhow!("it is not a file").context(unread(path)));
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            anyhow::bail!(
                "the key file {0} has mode {mode:04o}, so others on this machine can read the secret. It was not used. If nobody has read it, run `chmod 600 {0}`; otherwise replace the key",
                path.display()
            );
        }
    }
    Ok(())
}
