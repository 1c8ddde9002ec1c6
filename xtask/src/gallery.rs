//! Sample sites in every state: screenshots for people to look at, and checks for every kind of reader.

use std::path::Path;

use anyhow::ensure;
use xshell::{Shell, cmd};

use crate::build::{self, HOST};
use crate::gate;
use crate::tools::Tools;
use crate::worker;

const FOLDER: &str = "target/gallery";

/// Where an index of all pictures expects those of the console.
const CONSOLE: &str = "target/gallery/pictures/console";

/// Renders the gallery, takes screenshots of it and of the console in use, and prints where they are.
pub(crate) fn show(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    render(shell, root)?;
    worker::build(shell, tools, root)?;
    worker::build_panic_routes(shell, tools, root)?;
    let console = gate::tests_of_hosts(shell, tools, root)?.args(["--", "native: the console"]);
    console.env("OUTBAND_PICTURES", root.join(CONSOLE)).run()?;
    in_browser(shell, tools, root, "pictures.mjs")?;
    println!("{}", root.join(FOLDER).join("index.html").display());
    Ok(())
}

/// Renders the gallery, and checks the sizes of its pages, then the pages themselves.
pub(crate) fn check(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    render(shell, root)?;
    in_browser(shell, tools, root, "sizes.mjs")?;
    validate(shell, tools, root)?;
    in_browser(shell, tools, root, "pages.mjs")
}

/// Has the Nu HTML Checker, the W3C's, read every page, and one with faults that it must find.
fn validate(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let nu = |pages: &Path| {
        cmd!(shell, "java -jar").arg(tools.nu()).args(["--Werror", "--skip-non-html"]).arg(pages).quiet()
    };
    nu(&root.join(FOLDER)).run()?;
    let found = nu(&root.join("tests/browser/checks/bad.html")).ignore_status().ignore_stderr().output()?;
    ensure!(!found.status.success(), "the Nu HTML Checker finds no fault in the page that is full of them");
    Ok(())
}

fn render(shell: &Shell, root: &Path) -> anyhow::Result<()> {
    // Stale pages must not be checked.
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
