//! Checks that the command compiles for the other systems that operators use.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::tools::{MACOS, Tools, WINDOWS};

/// Type-checks the command for Windows and macOS, without linking it.
pub(crate) fn check(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo check --locked --quiet --package outband --target {WINDOWS}").run()?;
    // Build scripts compile C (SQLite, ring, mimalloc), but Debian has no C compiler for macOS, so `true` pretends to
    // be one. Checking Rust code needs no object files.
    let compiler = MACOS.replace('-', "_");
    cmd!(shell, "cargo check --locked --quiet --package outband --target {MACOS}")
        .env(format!("CC_{compiler}"), "true")
        .env(format!("AR_{compiler}"), "true")
        // Without this, build scripts run Apple's own tools to find the SDK. Any folder but the root will do.
        .env("SDKROOT", "/usr")
        .run()?;
    Ok(())
}
