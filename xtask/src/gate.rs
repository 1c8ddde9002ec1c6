use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use xshell::{Cmd, Shell, cmd};

use crate::dist;
use crate::gallery;
use crate::tools::Tools;
use crate::worker;

/// The whole check, in the order in which it runs: what fails quickly comes first.
const STEPS: &[Step] = &[
    step("fmt", "Formatting", &[], fmt),
    step("deny", "Licences, sources and duplicates of dependencies", &[], deny),
    step("pure", "keys, record, site and station compile without an operating system", &[], pure),
    step("clippy", "Warnings and lints", &[], clippy),
    step("doc", "Documentation", &[], doc),
    step("unit", "Tests beside the code", &[], unit),
    step("pages", "Pages in every state, for everyone who reads them", &[], gallery::check),
    step("worker", "The worker's bundle and its size", &[], worker::build),
    step("panic-routes", "The worker's bundle for the tests", &[], worker::build_panic_routes),
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

/// All steps, or one of them after those that it needs.
fn selected(only: Option<&str>) -> Vec<&'static Step> {
    let needs = STEPS.iter().find(|step| Some(step.name) == only).map(|step| step.needs).unwrap_or_default();
    let is_selected = |step: &&Step| only.is_none_or(|only| step.name == only || needs.contains(&step.name));
    STEPS.iter().filter(is_selected).collect()
}

/// Runs the steps up to the first that fails, or `only` one of them.
pub(crate) fn run(shell: &Shell, root: &Path, only: Option<&str>) -> anyhow::Result<()> {
    let steps = selected(only);
    if steps.is_empty() {
        bail!("there is no step {}; `cargo xtask test --list` names them", only.unwrap_or_default());
    }
    let start = Instant::now();
    heading("Tools");
    let tools = Tools::ensure(shell, root)?;
    let mut summary = format!("{}  tools\n", seconds(start.elapsed()));
    let mut steps = steps.into_iter();
    for step in steps.by_ref() {
        heading(step.title);
        let start = Instant::now();
        let result = (step.run)(shell, &tools, root);
        let took = seconds(start.elapsed());
        if let Err(error) = result {
            writeln!(summary, "{took}  {}: FAILED", step.name)?;
            steps.try_for_each(|step| writeln!(summary, "{:>8}  {}: not run", "", step.name))?;
            println!("\n{summary}");
            return Err(error.context(format!("the step {} failed", step.name)));
        }
        println!("{took}");
        writeln!(summary, "{took}  {}", step.name)?;
    }
    heading(only.map_or("Everything holds", |_| "That holds"));
    println!("{summary}{}  in all", seconds(start.elapsed()));
    Ok(())
}

/// Names the steps.
pub(crate) fn list() -> anyhow::Result<()> {
    for step in STEPS {
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

fn pure(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo check --locked --quiet --target wasm32-unknown-unknown")
        .args(["-p", "outband-keys", "-p", "outband-record", "-p", "outband-site", "-p", "outband-station"])
        .run()?;
    Ok(())
}

fn clippy(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo clippy --locked --quiet --workspace --all-targets -- --deny warnings").run()?;
    cmd!(shell, "cargo clippy --locked --quiet --package outband-worker --all-features")
        .args(["--target", "wasm32-unknown-unknown", "--", "--deny", "warnings"])
        .run()?;
    Ok(())
}

fn doc(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    cmd!(shell, "cargo doc --locked --quiet --workspace --no-deps")
        .env("RUSTDOCFLAGS", "--deny warnings")
        .run()?;
    Ok(())
}

fn unit(shell: &Shell, _: &Tools, _: &Path) -> anyhow::Result<()> {
    Ok(cmd!(shell, "cargo test --locked --quiet --workspace --exclude outband-tests").run()?)
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
    let tests = cmd!(shell, "cargo test --locked --quiet --package outband-tests");
    Ok(with_tools(tests, tools, root)?.run()?)
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
        let names = |only| selected(Some(only)).iter().map(|step| step.name).collect::<Vec<_>>();
        assert_eq!(names("fmt"), ["fmt"]);
        assert_eq!(names("wrangler"), ["worker", "wrangler"]);
        assert_eq!(names("dist"), ["worker", "dist"]);
        assert_eq!(names("end-to-end"), ["worker", "panic-routes", "end-to-end"]);
        assert!(names("no-such-step").is_empty());
        assert_eq!(selected(None).len(), STEPS.len());
        for step in STEPS {
            assert_eq!(names(step.name).len(), step.needs.len() + 1, "{} needs what is no step", step.name);
        }
    }
}
