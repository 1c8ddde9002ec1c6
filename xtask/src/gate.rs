use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use xshell::{Cmd, Shell, cmd};

use crate::build::{self, HOST, Shared};
use crate::dist;
use crate::gallery;
use crate::parallel::{self, Finished, Parallel};
use crate::targets;
use crate::tools::{Tools, WASM};
use crate::worker;

/// Steps that fail within seconds.
const FIRST: &[Step] = &[
    step("fmt", "Formatting", &[], fmt),
    step("deny", "Licences and sources of dependencies, and duplicates", &[], deny),
];

/// Steps that compile and run the code on this machine.
const CHECKS: &[Step] = &[
    step("clippy", "Warnings and lints, also of the crates for the edge", &[], clippy),
    step("doc", "Documentation", &[], doc),
    step("targets", "The command on Windows and macOS", &[], targets::check),
    step("unit", "Unit tests, and a few seconds of fuzzing", &[], unit),
];

/// In parallel with those: release builds, which spend most of their time linking, on one processor, and a browser, which
/// spends it waiting.
const BACKGROUND: &[Step] = &[
    step("worker", "The worker's bundle and its size", &[], worker::build),
    step("panic-routes", "The worker's bundle for the tests", &[], worker::build_panic_routes),
    step("release", "The command, as released", &[], release),
    step("pages", "Every state of the pages, for every kind of reader", &[], gallery::check),
];

/// Steps that use these builds, with nothing else running: their tests depend on timing.
const LAST: &[Step] = &[
    step("wrangler", "wrangler accepts the bundle", &["worker"], wrangler),
    step("dist", "The release archive, from unpacking to a published update", &["worker"], dist::check),
    step("end-to-end", "Both hosts, over HTTP", &["worker", "panic-routes"], end_to_end),
];

struct Step {
    name: &'static str,
    title: &'static str,
    /// The steps whose output this one uses.
    needs: &'static [&'static str],
    run: Run,
}

type Run = fn(&Shell, &Tools, &Path) -> anyhow::Result<()>;

const fn step(name: &'static str, title: &'static str, needs: &'static [&'static str], run: Run) -> Step {
    Step { name, title, needs, run }
}

fn steps() -> impl Iterator<Item = &'static Step> {
    [FIRST, CHECKS, BACKGROUND, LAST].into_iter().flatten()
}

/// One step, preceded by those it needs.
fn selected(only: &str) -> Vec<&'static Step> {
    let needs = steps().find(|step| step.name == only).map(|step| step.needs).unwrap_or_default();
    steps().filter(|step| step.name == only || needs.contains(&step.name)).collect()
}

/// Runs one step, preceded by those it needs.
pub(crate) fn run_only(shell: &Shell, root: &Path, only: &str) -> anyhow::Result<()> {
    let steps = selected(only);
    if steps.is_empty() {
        bail!("there is no step {only}; `cargo xtask test --list` lists them");
    }
    let mut gate = Gate::begin(shell, root)?;
    steps.into_iter().try_for_each(|step| gate.take(step))?;
    gate.end("Passed");
    Ok(())
}

/// Runs one step in the background of a gate, which prints its output.
pub(crate) fn run_parallel(shell: &Shell, root: &Path, name: &str) -> anyhow::Result<()> {
    parallel::end_with_the_gate();
    let Some(step) = steps().find(|step| step.name == name) else { bail!("there is no step {name}") };
    let (tools, _shared) = (Tools::ensure(shell, root)?, Shared::with(shell, root)?);
    (step.run)(shell, &tools, root)
}

/// Runs all steps up to the first that fails.
pub(crate) fn run(shell: &Shell, root: &Path) -> anyhow::Result<()> {
    let mut gate = Gate::begin(shell, root)?;
    FIRST.iter().try_for_each(|step| gate.take(step))?;
    let background = Parallel::start(&build::target(root), BACKGROUND.iter().map(|step| step.name))?;
    for step in CHECKS {
        gate.take(step)?;
        background.finished().try_for_each(|step| gate.record(step))?;
    }
    background.wait().try_for_each(|step| gate.record(step))?;
    LAST.iter().try_for_each(|step| gate.take(step))?;
    gate.end("Everything passed");
    Ok(())
}

/// The steps so far and how long each took.
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
        let (tools, shared) = (Tools::ensure(shell, root)?, Shared::with(shell, root)?);
        let summary = format!("{}  tools\n", seconds(start.elapsed()));
        Ok(Self { shell, root, tools, _shared: shared, start, summary })
    }

    fn take(&mut self, step: &Step) -> anyhow::Result<()> {
        heading(step.title);
        let start = Instant::now();
        let result = (step.run)(self.shell, &self.tools, self.root);
        self.took(step.name, start.elapsed(), result)
    }

    fn record(&mut self, step: Finished) -> anyhow::Result<()> {
        let title = steps().find(|known| known.name == step.name).map_or("", |known| known.title);
        heading(&format!("{title} (in parallel)"));
        print!("{}", step.output);
        self.took(step.name, step.took, step.result)
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
        println!("{}{}  total", self.summary, seconds(self.start.elapsed()));
    }
}

/// Lists the steps.
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
    // Not advisories: their database is not in a package registry.
    Ok(cmd!(shell, "{cargo_deny} --locked --log-level error check bans licenses sources").run()?)
}

/// The crates that run at the edge must also compile without an operating system.
fn clippy(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo clippy --locked --quiet {HOST...} --all-targets -- --deny warnings").run()?;
    cmd!(shell, "cargo clippy --locked --quiet --target {WASM}")
        .args(["-p", "outband-keys", "-p", "outband-record", "-p", "outband-site", "-p", "outband-station"])
        .args(["-p", "outband-worker", "--features", "outband-worker/panic-routes"])
        .args(["--", "--deny", "warnings"])
        .run()?;
    Ok(())
}

/// Not of the examples: two of them have the same name, and would overwrite each other.
fn doc(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    for which in [
        cmd!(shell, "cargo doc --locked --quiet {HOST...} --no-deps --lib --bins"),
        cmd!(shell, "cargo doc --locked --quiet --package outband-worker --no-deps --target {WASM}"),
    ] {
        which.env("RUSTDOCFLAGS", "--deny warnings").run()?;
    }
    Ok(())
}

/// More tests at once than processors: some of them wait for a time-out.
fn unit(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    let tests = cmd!(shell, "cargo test --locked --quiet {HOST...} --exclude outband-tests");
    Ok(tests.env("RUST_TEST_THREADS", "4").run()?)
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

fn end_to_end(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    Ok(tests_of_hosts(shell, tools, root)?.run()?)
}

/// The end-to-end tests, with the debug build of the command, which panics on integer overflow.
pub(crate) fn tests_of_hosts<'s>(shell: &'s Shell, tools: &Tools, root: &Path) -> anyhow::Result<Cmd<'s>> {
    cmd!(shell, "cargo build --locked --quiet {HOST...} --bin outband --test hosts").run()?;
    let tests = cmd!(shell, "cargo test --locked --quiet {HOST...} --test hosts");
    let tests = with_tools(tests, tools, root)?;
    Ok(tests.env("OUTBAND_BIN", build::target(root).join("debug/outband")))
}

/// Sets the environment in which the end-to-end tests find their tools.
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
    fn a_selected_step_comes_after_the_steps_it_needs() {
        let names = |only| selected(only).iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names("fmt"), ["fmt"]);
        assert_eq!(names("wrangler"), ["worker", "wrangler"]);
        assert_eq!(names("dist"), ["worker", "dist"]);
        assert_eq!(names("end-to-end"), ["worker", "panic-routes", "end-to-end"]);
        assert!(names("no-such-step").is_empty());
        for step in steps() {
            assert_eq!(
                names(step.name).len(),
                step.needs.len() + 1,
                "{} needs a step that does not exist",
                step.name
            );
        }
    }
}
