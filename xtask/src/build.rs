//! Where cargo keeps what it compiles for the gate, so that a fresh clone can reuse it.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::tools;

/// Size in KiB above which the folder is emptied: cargo never deletes anything, and every clone in a new place adds
/// another copy of the workspace's own crates.
const MAX_KIB: u64 = 14 << 20;

/// The crates that run on this machine. Every command selects them all, so that cargo resolves the same features of
/// their dependencies each time and compiles each dependency once. The worker runs elsewhere.
pub(crate) const HOST: &[&str] = &["--workspace", "--exclude", "outband-worker"];

/// Shares compiled crates between clones. Until this is dropped, no other process empties the folder.
///
/// Cargo identifies registry crates by version, features, profile and flags, and workspace crates by their path in the
/// workspace, so clones share both. It takes what another clone compiled for its own if it is newer than its sources. So a
/// clone whose turn it is makes its sources newer, and one that comes while another compiles keeps what it compiles to
/// itself. Programs and bundles go into each clone's own `target`.
pub(crate) struct Shared {
    _in_use: Option<File>,
}

/// Variables of the caller's environment that take precedence.
const OVERRIDES: &[&str] = &["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];

impl Shared {
    /// Configures cargo for all further commands of this shell.
    pub(crate) fn with(shell: &Shell, root: &Path) -> anyhow::Result<Self> {
        // A clone that is checked only once gains nothing from incremental compilation.
        if env::var_os("CI").is_some() {
            shell.set_var("CARGO_INCREMENTAL", "0");
        }
        if OVERRIDES.iter().any(|name| env::var_os(name).is_some()) {
            return Ok(Self { _in_use: None });
        }
        let folder = tools::cache()?.join("build");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let (lock, owner) = (File::create(folder.with_extension("lock"))?, folder.with_extension("owner"));
        let is_ours = fs::read(&owner).is_ok_and(|owner| owner == root.as_os_str().as_encoded_bytes());
        match lock.try_lock() {
            Ok(()) => {
                empty_if_large(shell, &folder)?;
                if !is_ours {
                    renew(shell, root)?;
                    fs::write(&owner, root.as_os_str().as_encoded_bytes())?;
                }
            }
            Err(TryLockError::WouldBlock) if is_ours => {}
            Err(TryLockError::WouldBlock) => {
                eprintln!(
                    "another checkout is compiling; this one compiles everything itself, into target …"
                );
                return Ok(Self { _in_use: None });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.lock_shared()?;
        shell.set_var("CARGO_BUILD_BUILD_DIR", &folder);
        Ok(Self { _in_use: Some(lock) })
    }
}

/// Makes all sources newer than what was compiled so far.
fn renew(shell: &Shell, root: &Path) -> anyhow::Result<()> {
    let now = SystemTime::now();
    for file in cmd!(shell, "git ls-files --cached --others --exclude-standard").quiet().read()?.lines() {
        let file = root.join(file);
        // One that is deleted but not committed is still listed.
        if file.is_file() {
            File::options()
                .append(true)
                .open(&file)
                .and_then(|open| open.set_modified(now))
                .with_context(|| file.display().to_string())?;
        }
    }
    Ok(())
}

fn empty_if_large(shell: &Shell, folder: &Path) -> anyhow::Result<()> {
    let usage = cmd!(shell, "du -sk {folder}").quiet().ignore_stderr().read()?;
    let kib: u64 = usage.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    if kib > MAX_KIB {
        eprintln!(
            "emptying {}, which has grown to {} GB; everything will be compiled again …",
            folder.display(),
            kib >> 20
        );
        fs::remove_dir_all(folder)?;
        fs::create_dir_all(folder)?;
    }
    Ok(())
}

/// Where cargo puts programs.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}
