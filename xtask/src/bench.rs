//! Measures the figures that the project promises.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::tools::Tools;
use crate::{build, dist, gate, worker};

/// Measures the station alone (files and bytes per publication, counted by the store), then both hosts.
pub(crate) fn run(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo run --release --locked --quiet --package outband-station --example bench").run()?;
    on_hosts(shell, tools, root, "signatures")?;
    on_hosts(shell, tools, root, "reads")?;
    on_hosts(shell, tools, root, "bench")
}

/// Measures both hosts under floods.
pub(crate) fn flood(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    on_hosts(shell, tools, root, "flood")
}

/// Runs a program of the tests with both hosts as released.
fn on_hosts(shell: &Shell, tools: &Tools, root: &Path, program: &str) -> anyhow::Result<()> {
    worker::build(shell, tools, root)?;
    worker::build_panic_routes(shell, tools, root)?;
    dist::command(shell)?;
    let run = cmd!(shell, "cargo run --release --locked --quiet --package outband-tests --bin {program}");
    gate::with_tools(run, tools, root)?
        .env("OUTBAND_BIN", build::target(root).join("release/outband"))
        .run()?;
    Ok(())
}
