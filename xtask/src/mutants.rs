//! Tests that would not notice: the code is changed in one place after the other, and its tests must fail each time.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::tools::Tools;

/// Crates whose rules must each be held by a test.
const CRATES: &[&str] = &["keys", "record", "station"];

/// Where cargo-mutants writes what it did, with the list of the survivors.
const FOLDER: &str = "target/mutants";

/// How long a mutant's tests may take, in seconds: longer than any test does, so that what loops for ever is cut off.
const TIMEOUT: &str = "300";

/// Mutates one of the crates, or a file of it, or all; `changed`: only lines that differ from that revision.
pub(crate) fn run(
    shell: &Shell,
    root: &Path,
    only: Option<&str>,
    changed: Option<&str>,
) -> anyhow::Result<()> {
    let mutants = Tools::cargo_mutants(shell)?;
    let folder = root.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let files = files(root, only)?;
    let files = files.iter().flat_map(|file| ["--file", file]);
    // A copy of the checkout without what is ignored (target, build) is mutated, never the checkout itself. The tests of
    // the crate that was changed must notice: those of crates that build on it would take minutes for each mutant.
    let mut command =
        cmd!(shell, "{mutants} mutants --gitignore true --no-shuffle --baseline run --timeout {TIMEOUT}")
            .args([
                "--workspace",
                "--output",
                FOLDER,
                "--test-workspace",
                "false",
                "--minimum-test-timeout",
                "60",
            ])
            .args(files);
    if let Some(revision) = changed {
        let diff = folder.join("changed.diff");
        fs::write(&diff, cmd!(shell, "git diff {revision}").read()?)?;
        command = command.arg("--in-diff").arg(diff);
    }
    // Survivors are what it is run for: they are no failure of the command.
    command.ignore_status().run()?;
    survivors(&folder.join("mutants.out/missed.txt"))
}

/// The files to be mutated, by pattern.
fn files(root: &Path, only: Option<&str>) -> anyhow::Result<Vec<String>> {
    match only {
        None => Ok(CRATES.iter().map(|name| format!("{name}/src/**/*.rs")).collect()),
        Some(name) if CRATES.contains(&name) => Ok(vec![format!("{name}/src/**/*.rs")]),
        Some(file) if root.join(file).is_file() => Ok(vec![file.to_owned()]),
        Some(other) => bail!("{other} is neither one of {} nor a file", CRATES.join(", ")),
    }
}

fn survivors(file: &Path) -> anyhow::Result<()> {
    let missed =
        fs::read_to_string(file).with_context(|| format!("nothing was tried: no {}", file.display()))?;
    println!("\n{} survivors, in {}", missed.lines().count(), file.display());
    print!("{missed}");
    Ok(())
}
