//! Measures the figures that the project promises.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::tools::Tools;
use crate::{build, dist, gate, worker};

/// Measures the station alone (files and bytes per publication, counted by the store), then both hosts over HTTP.
pub(crate) fn run(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    worker::build(shell, tools, root)?;
    worker::build_panic_routes(shell, tools, root)?;
    dist::command(shell)?;
    cmd!(shell, "cargo run --release --locked --quiet --package outband-station --example bench").run()?;
    let bench = cmd!(shell, "cargo run --release --locked --quiet --package outband-tests --bin bench");
    gate::with_tools(bench, tools, root)?
        .env("OUTBAND_BIN", build::target(root).join("release/outband"))
        .run()?;
    Ok(())
}
