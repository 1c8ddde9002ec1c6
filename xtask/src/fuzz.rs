//! Inputs that nobody thought of, for longer than the gate takes.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::build::{self, HOST};

/// Fuzzes one target, or each for its share of the time.
pub(crate) fn run(shell: &Shell, root: &Path, minutes: &str, target: Option<&str>) -> anyhow::Result<()> {
    // As the tests build it: overflows and failed assertions are found too.
    cmd!(shell, "cargo build --locked --quiet {HOST...} --bin outband-fuzz").run()?;
    let fuzz = build::target(root).join("debug/outband-fuzz");
    Ok(cmd!(shell, "{fuzz} {minutes}").args(target).quiet().run()?)
}
