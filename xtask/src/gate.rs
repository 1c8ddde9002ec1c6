use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use xshell::{Cmd, Shell, cmd};

use crate::beside::{self, Beside, Done};
use crate::build::{self, HOST, Shared};
use crate::dist;
use crate::gallery;
use crate::targets;
use crate::tools::{Tools, WASM};
use crate::worker;

/// The whole check: what fails within seconds.
const FIRST: &[Step] = &[
    step("fmt", "Formatting", &[], fmt),
    step("deny", "Licences, sources and duplicates of dependencies", &[], deny),
];

/// What is compiled and run here.
const HERE: &[Step] = &[
    step("clippy", "Warnings and lints; keys, record, site and station for the edge too", &[], clippy),
    step("doc", "Documentation", &[], doc),
    step("targets", "The command on Windows and macOS", &[], targets::check),
    step("unit", "Tests beside the code, and fuzzing for some seconds", &[], unit),
    step("pages", "Pages in every state, for everyone who reads them", &[], gallery::check),
];

/// What is built to be shipped, beside that: most of its time goes into linking, which takes one processor.
const BESIDE: &[Step] = &[
    step("worker", "The worker's bundle and its size", &[], worker::build),
    step("panic-routes", "The worker's bundle for the tests", &[], worker::build_panic_routes),
    step("release", "The command, as it is shipped", &[], release),
];

/// What is done with it, when nothing else runs: moments are kept, and stalls noticed.
const LAST: &[Step] = &[
    step("wrangler", "wrangler takes the bundle", &["worker"], wrangler),
    step("dist", "The archive, from unpacking to a published update", &["worker"], dist::check),
    step("end-to-end", "Both hosts, from outside", &["worker", "panic-routes"], end_to_end),
];

struct Step {
    name: &'static str,
    title: &'static str,
    /// The steps that build what this one runs.
    needs: &'static [&'static str],
    run: Run,
}

type Run = fn(&Shell, &Tools, &Path) -> anyhow::Result<()>;

const fn step(name: &'static str, title: &'static str, needs: &'static [&'static str], run: Run) -> Step {
    Step { name, title, needs, run }
}

fn steps() -> impl Iterator<Item = &'static Step> {
    [FIRST, HERE, BESIDE, LAST].into_iter().flatten()
}

/// One of the steps after those that it needs.
fn selected(only: &str) -> Vec<&'static Step> {
    let needs = steps().find(|step| step.name == only).map(|step| step.needs).unwrap_or_default();
    steps().filter(|step| step.name == only || needs.contains(&step.name)).collect()
}

/// Runs one step, and what it needs before it.
pub(crate) fn run_only(shell: &Shell, root: &Path, only: &str) -> anyhow::Result<()> {
    let steps = selected(only);
    if steps.is_empty() {
        bail!("there is no step {only}; `cargo xtask test --list` names them");
    }
    let mut gate = Gate::begin(shell, root)?;
    steps.into_iter().try_for_each(|step| gate.take(step))?;
    gate.end("That holds");
    Ok(())
}

/// Runs one step, beside a gate that has its output.
pub(crate) fn run_beside(shell: &Shell, root: &Path, name: &str) -> anyhow::Result<()> {
    beside::end_with_the_gate();
    let Some(step) = steps().find(|step| step.name == name) else { bail!("there is no step {name}") };
    let (tools, _shared) = (Tools::ensure(shell, root)?, Shared::with(shell)?);
    (step.run)(shell, &tools, root)
}

/// Runs all steps up to the first that fails.
pub(crate) fn run(shell: &Shell, root: &Path) -> anyhow::Result<()> {
    let mut gate = Gate::begin(shell, root)?;
    FIRST.iter().try_for_each(|step| gate.take(step))?;
    let beside = Beside::start(BESIDE.iter().map(|step| step.name))?;
    for step in HERE {
        gate.take(step)?;
        beside.ended().try_for_each(|done| gate.was_beside(done))?;
    }
    beside.wait().try_for_each(|done| gate.was_beside(done))?;
    LAST.iter().try_for_each(|step| gate.take(step))?;
    gate.end("Everything holds");
    Ok(())
}

/// Steps that were run, and what they took.
struct Gate<'g> {
    shell: &'g Shell,
    root: &'g Path,
    tools: Tools,
    _shared: Shared,
    start: Instant,
    summary: String,
}

impl<'g> Gate<'g> {
    fn begin(shell: &'g Shell, root: &'g Path) -> anyhow::Result<Self> {
        let start = Instant::now();
        heading("Tools");
        let (tools, shared) = (Tools::ensure(shell, root)?, Shared::with(shell)?);
        let summary = format!("{}  tools\n", seconds(start.elapsed()));
        Ok(Self { shell, root, tools, _shared: shared, start, summary })
    }

    fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        heading(step.title);
        let start = Instant::now();
        let result = (step.run)(self.shell, &self.tools, self.root);
        self.took(step.name, start.elapsed(), result)
    }

    fn was_beside(&mut self, done: Done) -> anyhow::Result<()> {
        let title = steps().find(|step| step.name == done.name).map_or("", |step| step.title);
        heading(&format!("{title} (beside the others)"));
        print!("{}", done.output);
        self.took(done.name, done.took, done.result)
    }

    fn took(&mut self, name: &str, took: Duration, result: anyhow::Result<()>) -> anyhow::Result<()> {
        let took = seconds(took);
        if let Err(error) = result {
            println!("\n{}{took}  {name}: FAILED", self.summary);
            return Err(error.context(format!("the step {name} failed")));
        }
        println!("{took}");
        writeln!(self.summary, "{took}  {name}")?;
        Ok(())
    }

    fn end(&self, what: &str) {
        heading(what);
        println!("{}{}  in all", self.summary, seconds(self.start.elapsed()));
    }
}

/// Names the steps.
pub(crate) fn list() -> anyhow::Result<()> {
    for step in steps() {
        println!("{:<14}{}", step.name, step.title);
    }
    Ok(())
}

fn heading(title: &str) {
    println!("\n── {title}");
}

fn seconds(took: Duration) -> String {
    format!("{:>6.1} s", took.as_secs_f64())
}

fn fmt(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    Ok(cmd!(shell, "cargo fmt --all --check").run()?)
}

fn deny(shell: &Shell, tools: &Tools, _: &Path) -> anyhow::Result<()> {
    let cargo_deny = &tools.cargo_deny;
    // Advisories are left out, since their database is not at a package registry.
    Ok(cmd!(shell, "{cargo_deny} --locked --log-level error check bans licenses sources").run()?)
}

/// The crates that the edge has in it must compile without an operating system, as they do there.
fn clippy(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo clippy --locked --quiet {HOST...} --all-targets -- --deny warnings").run()?;
    cmd!(shell, "cargo clippy --locked --quiet --target {WASM}")
        .args(["-p", "outband-keys", "-p", "outband-record", "-p", "outband-site", "-p", "outband-station"])
        .args(["-p", "outband-worker", "--features", "outband-worker/panic-routes"])
        .args(["--", "--deny", "warnings"])
        .run()?;
    Ok(())
}

/// Without the examples: two of them, of one name, would be written over each other.
fn doc(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    for which in [
        cmd!(shell, "cargo doc --locked --quiet {HOST...} --no-deps --lib --bins"),
        cmd!(shell, "cargo doc --locked --quiet --package outband-worker --no-deps --target {WASM}"),
    ] {
        which.env("RUSTDOCFLAGS", "--deny warnings").run()?;
    }
    Ok(())
}

fn unit(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    Ok(cmd!(shell, "cargo test --locked --quiet {HOST...} --exclude outband-tests").run()?)
}

fn release(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    dist::command(shell)
}

fn wrangler(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let (node, wrangler, dry_run) = (tools.node(), tools.wrangler(), root.join("target/edge/dry-run"));
    cmd!(shell, "{node} {wrangler} deploy --dry-run --outdir {dry_run}")
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_HIDE_BANNER", "true")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .run()?;
    Ok(())
}

/// The command is the one of the tests beside the code: it fails where a number overflows.
fn end_to_end(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo build --locked --quiet {HOST...} --bin outband --test hosts").run()?;
    let tests = cmd!(shell, "cargo test --locked --quiet {HOST...} --test hosts");
    let tests = with_tools(tests, tools, root)?;
    Ok(tests.env("OUTBAND_BIN", build::target(root).join("debug/outband")).run()?)
}

/// Tells the end-to-end tests where everything is.
pub(crate) fn with_tools<'s>(command: Cmd<'s>, tools: &Tools, root: &Path) -> anyhow::Result<Cmd<'s>> {
    let command = command
        .env("OUTBAND_BUNDLE", root.join(worker::BUNDLE))
        .env("OUTBAND_PANIC_BUNDLE", root.join(worker::PANIC_BUNDLE))
        .env("OUTBAND_WORKERD", tools.workerd())
        .env("OUTBAND_NODE", tools.node())
        .env("OUTBAND_NPM", tools.node_modules())
        .env("OUTBAND_PYTHON", tools.python())
        .env("OUTBAND_CHROMIUM", tools.chromium()?);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_alone_comes_after_what_builds_for_it() {
        let names = |only| selected(only).iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names("fmt"), ["fmt"]);
        assert_eq!(names("wrangler"), ["worker", "wrangler"]);
        assert_eq!(names("dist"), ["worker", "dist"]);
        assert_eq!(names("end-to-end"), ["worker", "panic-routes", "end-to-end"]);
        assert!(names("no-such-step").is_empty());
        for step in steps() {
            assert_eq!(names(step.name).len(), step.needs.len() + 1, "{} needs what is no step", step.name);
        }
    }
}
