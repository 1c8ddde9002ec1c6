//! The project's own chores. `cargo xtask` lists them.

mod bench;
mod build;
mod dist;
mod fuzz;
mod gallery;
mod gate;
mod mutants;
mod parallel;
mod size;
mod targets;
mod tools;
mod worker;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use xshell::Shell;

use tools::Tools;

const USAGE: &str = "\
cargo xtask tools                   installs whatever the other chores need
cargo xtask worker                  builds the worker's bundle into build/worker and lists what it contains
cargo xtask worker --panic-routes   builds the tests' bundle, with routes that panic, into build/worker-panic
cargo xtask dist                    packs the command, the bundle and the documents into target/dist, with SHA256SUMS
cargo xtask dist --ssh-key <file>   the same, and signs the sums with an SSH key
cargo xtask gallery                 takes screenshots of pages and console in every state, into target/gallery
cargo xtask bench                   measures publications as the log grows, and verifications: about ten minutes
cargo xtask flood                   measures both hosts under floods of strangers: about three minutes
cargo xtask fuzz <minutes>          fuzzes the parsers and a station, and keeps the inputs that break one
cargo xtask fuzz <minutes> <target> the same for one target, a folder of fuzz/corpus
cargo xtask mutants                 mutates keys, record and station, and lists the mutants no test catches: hours
cargo xtask mutants <crate or file> the same for one of them; `--in-diff <revision>`: only for lines changed since then
cargo xtask test                    checks everything; run it before each merge
cargo xtask test --only <step>      one of its steps; `cargo xtask test --list` lists them";

fn main() -> ExitCode {
    match chore() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn chore() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let root = root()?;
    let shell = Shell::new()?;
    shell.change_dir(&root);
    match arguments.as_slice() {
        ["tools"] => Tools::ensure(&shell, &root).map(drop),
        ["worker"] => worker::build(&shell, &Tools::ensure(&shell, &root)?, &root),
        ["worker", "--panic-routes"] => {
            worker::build_panic_routes(&shell, &Tools::ensure(&shell, &root)?, &root)
        }
        ["bench"] => bench::run(&shell, &Tools::ensure(&shell, &root)?, &root),
        ["flood"] => bench::flood(&shell, &Tools::ensure(&shell, &root)?, &root),
        ["gallery"] => gallery::show(&shell, &Tools::ensure(&shell, &root)?, &root),
        ["dist"] => dist::build(&shell, &Tools::ensure(&shell, &root)?, &root, None),
        ["dist", "--ssh-key", key] => dist::build(&shell, &Tools::ensure(&shell, &root)?, &root, Some(key)),
        ["fuzz", minutes] => fuzz::run(&shell, &root, minutes, None),
        ["fuzz", minutes, target] => fuzz::run(&shell, &root, minutes, Some(target)),
        ["mutants"] => mutants::run(&shell, &root, None, None),
        ["mutants", "--in-diff", revision] => mutants::run(&shell, &root, None, Some(revision)),
        ["mutants", only] => mutants::run(&shell, &root, Some(only), None),
        ["mutants", only, "--in-diff", revision] => mutants::run(&shell, &root, Some(only), Some(revision)),
        ["test"] => gate::run(&shell, &root),
        ["test", "--only", step] => gate::run_only(&shell, &root, step),
        ["test", "--parallel", step] => gate::run_parallel(&shell, &root, step),
        ["test", "--list"] => gate::list(),
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => bail!("there is no `cargo xtask {}`; there are:\n\n{USAGE}", arguments.join(" ")),
    }
}

/// The workspace's folder, from the variable that cargo sets when it runs this crate.
fn root() -> anyhow::Result<PathBuf> {
    let here = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask`")?;
    Ok(Path::new(&here).parent().context("xtask has no parent folder")?.to_owned())
}
