//! Fuzzing for longer than the gate has time for.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::build::{self, HOST};

/// Fuzzes one target, or all of them for an equal share of the time.
pub(crate) fn run(shell: &Shell, root: &Path, minutes: &str, target: Option<&str>) -> anyhow::Result<()> {
    // A debug build, to catch overflows and failed assertions too.
    cmd!(shell, "cargo build --locked --quiet {HOST...} --bin outband-fuzz").run()?;
    let fuzz = build::target(root).join("debug/outband-fuzz");
    Ok(cmd!(shell, "{fuzz} {minutes}").args(target).quiet().run()?)
}
