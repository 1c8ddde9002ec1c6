//! Mutation testing: finds changes to the code that make no test fail.

use std::path::Path;
use std::{env, fs};

use anyhow::{Context as _, bail};
use xshell::{Shell, cmd};

use crate::tools::Tools;

/// Crates whose every rule should be covered by a test.
const CRATES: &[&str] = &["keys", "record", "station"];

/// What those crates use and what is not mutated with them, compiled for speed: most of the time goes into tests.
const USED: &[(&str, &[&str])] = &[("record", &["keys"]), ("station", &["keys", "record", "site"])];

/// Tests that take seconds each. They judge only the mutants that all others have let through.
const SLOW: &str = "test(/^(steps|bytes|cost|order)::|at_most_64_incidents|far_back_in_the_log/)";

/// Where the reports are written, including the list of survivors.
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
    // Cargo finds the runner of tests, which stops at the first failure, by its name.
    let runner = Tools::cargo_nextest(shell)?;
    let folders = runner.parent().into_iter().map(Path::to_owned);
    let path = env::var_os("PATH").unwrap_or_default();
    shell.set_var("PATH", env::join_paths(folders.chain(env::split_paths(&path)))?);
    for (name, files) in targets(root, only)? {
        mutate(shell, root, name, &files, changed)?;
    }
    Ok(())
}

/// What to mutate: crates with patterns for their files.
fn targets(root: &Path, only: Option<&str>) -> anyhow::Result<Vec<(&'static str, String)>> {
    let whole = |name: &'static str| (name, format!("{name}/src/**/*.rs"));
    let Some(only) = only else { return Ok(CRATES.iter().copied().map(whole).collect()) };
    let of = |name: &&&str| only == **name || only.starts_with(&format!("{name}/src/"));
    match CRATES.iter().find(of).copied() {
        Some(name) if only == name => Ok(vec![whole(name)]),
        Some(name) if root.join(only).is_file() => Ok(vec![(name, only.to_owned())]),
        _ => bail!("{only} is neither one of {} nor a file of one of them", CRATES.join(", ")),
    }
}

fn mutate(shell: &Shell, root: &Path, name: &str, files: &str, changed: Option<&str>) -> anyhow::Result<()> {
    let mutants = Tools::cargo_mutants(shell)?;
    let folder = root.join(FOLDER).join(name);
    fs::create_dir_all(&folder)?;
    let used = USED.iter().filter(|(of, _)| *of == name).flat_map(|(_, used)| *used);
    let optimised: Vec<String> = used
        .map(|used| format!("--cargo-arg=--config=profile.mutants.package.outband-{used}.opt-level=2"))
        .collect();
    let diff = match changed {
        Some(revision) => {
            let file = folder.join("changed.diff");
            fs::write(&file, cmd!(shell, "git diff {revision}").read()?)?;
            vec!["--in-diff".into(), file.into_os_string()]
        }
        None => Vec::new(),
    };
    // This mutates a copy of the checkout without ignored files (target, build), never the checkout itself. A mutant
    // must be caught by its own crate's tests: running those of dependent crates would take minutes per mutant.
    for (pass, tests) in [("--no-shuffle", format!("not {SLOW}")), ("--iterate", SLOW.to_owned())] {
        let filter = ["-E", &tests, "--no-tests=pass"];
        cmd!(shell, "{mutants} mutants {pass} --gitignore true --baseline run --test-tool nextest")
            .args(["--workspace", "--test-workspace", "false", "--profile", "mutants", "--jobs", JOBS])
            .args(["--timeout", TIMEOUT, "--file", files, "--output"])
            .arg(&folder)
            .args(&optimised)
            .args(&diff)
            .arg("--")
            .args(filter)
            .env("PROPTEST_CASES", CASES)
            // It fails if there are survivors, but listing them is the purpose of this command.
            .ignore_status()
            .run()?;
    }
    survivors(&folder.join("mutants.out/missed.txt"))
}

fn survivors(file: &Path) -> anyhow::Result<()> {
    let missed =
        fs::read_to_string(file).with_context(|| format!("cargo-mutants wrote no {}", file.display()))?;
    println!("\n{} survivors, in {}", missed.lines().count(), file.display());
    print!("{missed}");
    Ok(())
}
