//! Mutation testing: finds changes to the code that make no test fail.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::tools::Tools;

/// Crates whose every rule should be covered by a test.
const CRATES: &[&str] = &["keys", "record", "station"];

/// Where cargo-mutants writes its report, including the list of survivors.
const FOLDER: &str = "target/mutants";

/// Time limit for one mutant's tests, in seconds: longer than any test takes, so that only endless loops hit it.
const TIMEOUT: &str = "300";

/// Random cases per property: a rule must be covered by a test that names it, not found by luck after seconds of trying.
const CASES: &str = "32";

/// Mutants tried at a time: each builds its crate, then runs tests that mostly wait for one thread.
const JOBS: &str = "2";

/// Mutates one crate, one file, or all crates; with `changed`, only lines that differ from that revision.
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
    // This mutates a copy of the checkout without ignored files (target, build), never the checkout itself. A mutant
    // must be caught by its own crate's tests: running those of dependent crates would take minutes per mutant.
    let mut command =
        cmd!(shell, "{mutants} mutants --gitignore true --no-shuffle --baseline run --timeout {TIMEOUT}")
            .args([
                "--workspace",
                "--profile",
                "mutants",
                "--output",
                FOLDER,
                "--test-workspace",
                "false",
                "--minimum-test-timeout",
                "60",
                "--jobs",
                JOBS,
            ])
            .env("PROPTEST_CASES", CASES)
            .args(files);
    if let Some(revision) = changed {
        let diff = folder.join("changed.diff");
        fs::write(&diff, cmd!(shell, "git diff {revision}").read()?)?;
        command = command.arg("--in-diff").arg(diff);
    }
    // cargo-mutants fails if there are survivors, but listing them is the purpose of this command.
    command.ignore_status().run()?;
    survivors(&folder.join("mutants.out/missed.txt"))
}

/// Patterns for the files to mutate.
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
        fs::read_to_string(file).with_context(|| format!("cargo-mutants wrote no {}", file.display()))?;
    println!("\n{} survivors, in {}", missed.lines().count(), file.display());
    print!("{missed}");
    Ok(())
}
