//! Sample sites in every state: photographed to be looked at, and checked for everyone who reads them.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::build::{self, HOST};
use crate::tools::Tools;

const FOLDER: &str = "target/gallery";

/// Renders the gallery, photographs it, and says where it is.
pub(crate) fn show(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    render(shell, root)?;
    in_browser(shell, tools, root, "pictures.mjs")?;
    println!("{}", root.join(FOLDER).join("index.html").display());
    Ok(())
}

/// Renders it, and checks the size of its pages and then each of them.
pub(crate) fn check(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    render(shell, root)?;
    in_browser(shell, tools, root, "sizes.mjs")?;
    in_browser(shell, tools, root, "pages.mjs")
}

fn render(shell: &Shell, root: &Path) -> anyhow::Result<()> {
    // A page that is no longer written must not be looked at.
    shell.remove_path(FOLDER)?;
    shell.create_dir(FOLDER)?;
    cmd!(shell, "cargo build --locked --quiet {HOST...} --example gallery").run()?;
    let gallery = build::target(root).join("debug/examples/gallery");
    cmd!(shell, "{gallery} {FOLDER}").quiet().run()?;
    Ok(())
}

fn in_browser(shell: &Shell, tools: &Tools, root: &Path, script: &str) -> anyhow::Result<()> {
    let (node, modules, chromium) = (tools.node(), tools.node_modules(), tools.chromium()?);
    let script = root.join("tests/browser").join(script);
    cmd!(shell, "{node} {script} {modules} {chromium} {FOLDER}").quiet().run()?;
    Ok(())
}
