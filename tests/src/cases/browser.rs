//! The page in a real browser, in the worst hour of a real outage.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, ensure};
use tempfile::TempDir;

use crate::host::Kind;
use crate::scenario;
use crate::session::Session;
use crate::tools::Tools;

pub(super) fn the_first_screen(tools: &Tools) -> Result<()> {
    let session = Session::start(Kind::Native, tools)?;
    scenario::set_up(&session)?;
    run(&session, "first_screen.mjs")
}

/// The browser's own audit tool.
pub(super) fn an_audit(tools: &Tools) -> Result<()> {
    let session = Session::start(Kind::Native, tools)?;
    scenario::set_up(&session)?;
    run(&session, "audit.mjs")
}

fn run(session: &Session<'_>, script: &str) -> Result<()> {
    let home = home()?;
    let run = node(session, script, &home).output()?;
    let (said, complaints) = (String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    ensure!(run.status.success(), "{said}{complaints}");
    print!("{said}");
    Ok(())
}

/// A home folder for the browser, deleted when this is dropped.
pub(super) fn home() -> Result<TempDir> {
    Ok(TempDir::new()?)
}

/// Runs a script of `browser/` on the page of the session's host.
pub(super) fn node(session: &Session<'_>, script: &str, home: &TempDir) -> Command {
    let mut node = self::script(session, script, home);
    node.arg(format!("http://{}/", session.host.address()));
    node
}

/// Runs a script of `browser/`, which gets npm's modules and the browser as its first arguments.
pub(super) fn script(session: &Session<'_>, script: &str, home: &TempDir) -> Command {
    let tools = session.tools;
    let mut node = Command::new(&tools.node);
    node.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("browser").join(script))
        .args([&tools.npm, &tools.chromium])
        .env("HOME", home.path());
    node
}
