//! The figures that the project promises, measured.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::tools::Tools;
use crate::{gate, worker};

/// Measures the station alone (files and bytes a publication, counted by the store), then both hosts from outside.
pub(crate) fn run(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    worker::build(shell, tools, root)?;
    worker::build_panic_routes(shell, tools, root)?;
    cmd!(shell, "cargo build --release --locked --quiet --package outband").run()?;
    cmd!(shell, "cargo run --release --locked --quiet --package outband-station --example bench").run()?;
    let bench = cmd!(shell, "cargo run --release --locked --quiet --package outband-tests --bin bench");
    gate::with_tools(bench, tools, root)?.env("OUTBAND_BIN", root.join("target/release/outband")).run()?;
    Ok(())
}
