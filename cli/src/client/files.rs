//! Files named by the operator: texts, with `-` for standard input, and secret keys. New files never replace existing
//! ones.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, anyhow};
use outband_keys::SecretKey;
use zeroize::Zeroizing;

use crate::terminal::shown;

/// The contents of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(drop)
    } else {
        File::open(path).and_then(|mut file| file.read_to_end(&mut bytes)).map(drop)
    };
    read.with_context(|| format!("cannot read {}", shown(path)))?;
    Ok(bytes)
}

/// Like [`read`], for text.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read(path)?).with_context(|| format!("{} is not UTF-8", shown(path)))
}

/// Writes a new file that anybody may read.
pub(crate) fn create(path: &Path, text: &str) -> Result<()> {
    create_with(OpenOptions::new(), path, text)
}

/// Writes a new file that only its owner may read: anyone with a signed note can send it.
pub(crate) fn create_note(path: &Path, text: &str) -> Result<()> {
    create_with(private(), path, text)
}

/// Options by which a file has mode 0600 from the moment it is created. On Windows, where files have no mode, the
/// folder's permissions apply; a user's folders are private there.
fn private() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has modes"))]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Writes a file that only its owner may read; replaces one of that name.
pub(crate) fn replace_note(path: &Path, text: &str) -> Result<()> {
    let file = private().write(true).create(true).truncate(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| not_created(path, error))
}

fn create_with(mut options: OpenOptions, path: &Path, text: &str) -> Result<()> {
    let file = options.write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| not_created(path, error))
}

/// Adds a line to a file that anybody may read, unless it has this line already.
pub(crate) fn add_line(path: &Path, line: &str) -> Result<()> {
    let known = match std::fs::read_to_string(path) {
        Ok(known) => known,
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", shown(path))),
    };
    if known.lines().any(|found| found == line) {
        return Ok(());
    }
    let file = OpenOptions::new().append(true).create(true).open(path);
    file.and_then(|mut file| writeln!(file, "{line}")).map_err(|error| not_created(path, error))
}

/// Writes a new key file, readable only by its owner.
pub(crate) fn create_secret(path: &Path, text: &str) -> Result<()> {
    let mut file =
        private().write(true).create_new(true).open(path).map_err(|error| not_created(path, error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("{} was not written completely; delete it", shown(path)))
}

/// Replaces a key file in one step: it has the earlier contents or these, even after a crash.
pub(crate) fn replace_secret(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let replaced = || {
        // Created with mode 0600, and removed unless it gets the file's name.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        #[cfg(unix)]
        File::open(folder)?.sync_all()?;
        Ok(())
    };
    replaced().map_err(|error| not_created(path, error))
}

/// The line that a plain key file has.
pub(crate) fn line_of(key: &SecretKey) -> Zeroizing<String> {
    let encoded = key.encode();
    // Allocated once, since a growing buffer leaves unwiped copies behind.
    let mut line = Zeroizing::new(String::with_capacity(encoded.len() + 1));
    line.push_str(&encoded);
    line.push('\n');
    line
}

/// The contents of a key file, without its newline. Refuses a file that anybody but its owner may read.
pub(crate) fn read_secret(path: &Path) -> Result<Zeroizing<String>> {
    let mut file = File::open(path).with_context(|| unread(path))?;
    check_permissions(path, &file)?;
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text).with_context(|| unread(path))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}

/// The first line of a file that only its owner may read, or of a pipe.
pub(crate) fn read_passphrase(path: &Path) -> Result<Zeroizing<String>> {
    let unread = || format!("cannot read the passphrase in {}", shown(path));
    let file = File::open(path).with_context(unread)?;
    let found = file.metadata().with_context(unread)?;
    if found.is_file() {
        check_mode(path, &found, "passphrase")?;
    }
    let mut text = Zeroizing::new(String::with_capacity(MAX_PASSPHRASE_BYTES));
    let limit = u64::try_from(MAX_PASSPHRASE_BYTES).unwrap_or(u64::MAX);
    file.take(limit).read_to_string(&mut text).with_context(unread)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Longer than anything that is typed.
const MAX_PASSPHRASE_BYTES: usize = 4096;

/// Why a file could not be created, with a separate message for an existing file.
fn not_created(path: &Path, error: Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::AlreadyExists => anyhow!("{} already exists and is never overwritten", shown(path)),
        _ => anyhow::Error::new(error).context(format!("cannot write {}", shown(path))),
    }
}

fn unread(path: &Path) -> String {
    format!(
        "cannot read the key file {}. Restore it, run this as the user who owns it, or name another file",
        shown(path)
    )
}

/// Checks the file that is open, not whatever has its name by then.
fn check_permissions(path: &Path, file: &File) -> Result<()> {
    let found = file.metadata();
    let found = found.with_context(|| unread(path))?;
    if !found.is_file() {
        return Err(anyhow!("it is not a file").context(unread(path)));
    }
    check_mode(path, &found, "key")
}

/// Checks that only its owner may read a file that holds this secret.
#[cfg_attr(not(unix), expect(unused_variables, reason = "only Unix has modes"))]
fn check_mode(path: &Path, found: &Metadata, secret: &str) -> Result<()> {
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        if mode & 0o077 != 0 {
            anyhow::bail!(
                "the {secret} file {0} has mode {mode:04o}, so others on this machine can read the secret. It was not used. If nobody has read it, run `chmod 600 {0}`; otherwise replace the {secret}",
                shown(path)
            );
        }
    }
    Ok(())
}
