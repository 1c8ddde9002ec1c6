//! Checks that the command compiles for the other systems that operators use.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::tools::{MACOS, Tools, WINDOWS};

/// Checks the command's types and borrows for Windows and macOS. Nothing is linked, and nothing can be run.
pub(crate) fn check(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo check --locked --quiet --package outband --target {WINDOWS}").run()?;
    // Build scripts compile C (SQLite, ring, mimalloc), and no Debian package has a compiler for macOS. `true` does nothing
    // and says it went well. That takes nothing from a check of the Rust code: it reads no object file, and links none.
    let compiler = MACOS.replace('-', "_");
    cmd!(shell, "cargo check --locked --quiet --package outband --target {MACOS}")
        .env(format!("CC_{compiler}"), "true")
        .env(format!("AR_{compiler}"), "true")
        // Otherwise Apple's own tools are asked for it. Any folder but the root is taken.
        .env("SDKROOT", "/usr")
        .run()?;
    Ok(())
}
