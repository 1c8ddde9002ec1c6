//! Where cargo keeps what it compiles for the gate, so that a fresh clone finds it.

use std::env;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use xshell::{Shell, cmd};

use crate::tools;

/// Beyond this, in KiB, the folder is emptied: cargo never throws anything away, and each clone in another place leaves
/// its own compiled crates behind.
const MAX_KIB: u64 = 14 << 20;

/// The crates that run on this machine. Selected together in every command, so that they get the same features of their
/// dependencies, and each of those is compiled once. The worker is for another one.
pub(crate) const HOST: &[&str] = &["--workspace", "--exclude", "outband-worker"];

/// Shares what is compiled among clones; until this is dropped, nobody empties the folder.
///
/// Cargo tells apart by version, features, profile and flags what comes from a registry, and by their place what is in
/// the checkout: two clones share the former and do not meet in the latter, and cargo's own lock lets one wait for the
/// other. Programs and bundles are put into each clone's own `target` as ever.
pub(crate) struct Shared {
    _in_use: Option<File>,
}

/// Settings of the caller's environment, which take precedence.
const TOLD: &[&str] = &["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];

impl Shared {
    /// Tells cargo, in all commands from here on.
    pub(crate) fn with(shell: &Shell) -> anyhow::Result<Self> {
        // A clone that is checked once has no use for what helps to compile it again.
        if env::var_os("CI").is_some() {
            shell.set_var("CARGO_INCREMENTAL", "0");
        }
        if TOLD.iter().any(|told| env::var_os(told).is_some()) {
            return Ok(Self { _in_use: None });
        }
        let folder = tools::cache()?.join("build");
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let lock = File::create(folder.with_extension("lock"))?;
        match lock.try_lock() {
            Ok(()) => empty_if_large(shell, &folder)?,
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        lock.lock_shared()?;
        shell.set_var("CARGO_BUILD_BUILD_DIR", &folder);
        Ok(Self { _in_use: Some(lock) })
    }
}

fn empty_if_large(shell: &Shell, folder: &Path) -> anyhow::Result<()> {
    let said = cmd!(shell, "du -sk {folder}").quiet().ignore_stderr().read()?;
    let kib: u64 = said.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default();
    if kib > MAX_KIB {
        eprintln!(
            "emptying {}, which has {} GB; the gate compiles everything again …",
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
