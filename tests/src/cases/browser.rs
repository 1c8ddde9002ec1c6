//! The page in a real browser, at the worst moment of a real outage.

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
    scenario::tell(&session)?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/first_screen.mjs");
    let home = TempDir::new()?;
    let run = Command::new(&tools.node)
        .arg(script)
        .args([&tools.npm, &tools.chromium])
        .arg(format!("http://{}/", session.host.address()))
        .env("HOME", home.path())
        .output()?;
    let said = [run.stdout, run.stderr].concat();
    ensure!(run.status.success(), "{}", String::from_utf8_lossy(&said));
    Ok(())
}
