//! The programs that the tests run, from the environment that `cargo xtask test` sets.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

/// Programs and files outside the tests' own binary. If any is missing, [`Tools::from_env`] fails: a test that cannot
/// run has failed.
#[derive(Debug)]
pub struct Tools {
    /// `OUTBAND_BIN`: the command. If the variable is not set, cargo builds it.
    pub outband: PathBuf,
    /// `OUTBAND_WORKERD`: the edge's runtime.
    pub workerd: PathBuf,
    /// `OUTBAND_BUNDLE`: the folder of the worker's bundle.
    pub bundle: PathBuf,
    /// `OUTBAND_PANIC_BUNDLE`: the same with routes that panic.
    pub panic_bundle: PathBuf,
    /// `OUTBAND_NODE`: Node, which drives the browser.
    pub node: PathBuf,
    /// `OUTBAND_NPM`: the `node_modules` with playwright-core.
    pub npm: PathBuf,
    /// `OUTBAND_PYTHON`: a Python with feedparser and icalendar.
    pub python: PathBuf,
    /// `OUTBAND_CHROMIUM`: the browser.
    pub chromium: PathBuf,
}

impl Tools {
    /// Reads the variables, and checks that everything exists.
    pub fn from_env() -> Result<Self> {
        let mut missing = Vec::new();
        let mut take = |name: &str, proof: &str| {
            let path = PathBuf::from(env::var_os(name).unwrap_or_default());
            let proof = if proof.is_empty() { path.clone() } else { path.join(proof) };
            if path.as_os_str().is_empty() {
                missing.push(format!("{name} is not set"));
            } else if !proof.exists() {
                missing.push(format!("{name}: {} does not exist", proof.display()));
            }
            path
        };
        let mut tools = Self {
            outband: PathBuf::new(),
            workerd: take("OUTBAND_WORKERD", ""),
            bundle: take("OUTBAND_BUNDLE", "index.js"),
            panic_bundle: take("OUTBAND_PANIC_BUNDLE", "index.js"),
            node: take("OUTBAND_NODE", ""),
            npm: take("OUTBAND_NPM", "playwright-core"),
            python: take("OUTBAND_PYTHON", ""),
            chromium: take("OUTBAND_CHROMIUM", ""),
        };
        if !missing.is_empty() {
            bail!("{}\n`cargo xtask test --only end-to-end` builds and sets all of them", missing.join("\n"));
        }
        tools.outband = outband()?;
        Ok(tools)
    }
}

/// The command: the one that `OUTBAND_BIN` names, or else one built by cargo.
fn outband() -> Result<PathBuf> {
    let binary = match env::var_os("OUTBAND_BIN") {
        Some(binary) => PathBuf::from(binary),
        None => build_outband()?,
    };
    ensure!(binary.is_file(), "the command `outband` is not at {}", binary.display());
    Ok(binary)
}

fn build_outband() -> Result<PathBuf> {
    let cargo = env::var_os("CARGO").context("neither OUTBAND_BIN nor CARGO is set; run this with cargo")?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut build = Command::new(cargo);
    build.args(["build", "--locked", "--quiet", "--package", "outband"]).current_dir(here);
    ensure!(build.status()?.success(), "the command `outband` could not be built");
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| here.join("../target"), PathBuf::from);
    Ok(target.join("debug/outband"))
}
