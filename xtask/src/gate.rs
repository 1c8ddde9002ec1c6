use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::bail;
use xshell::{Cmd, Shell, cmd};

use crate::dist;
use crate::tools::Tools;
use crate::worker;

/// The whole check, in the order in which it runs: what fails quickly comes first.
const STEPS: &[Step] = &[
    Step { name: "fmt", title: "Formatting", run: fmt },
    Step { name: "deny", title: "Licences, sources and duplicates of dependencies", run: deny },
    Step {
        name: "pure",
        title: "keys, record, site and station compile without an operating system",
        run: pure,
    },
    Step { name: "clippy", title: "Warnings and lints", run: clippy },
    Step { name: "doc", title: "Documentation", run: doc },
    Step { name: "unit", title: "Tests beside the code", run: unit },
    Step { name: "worker", title: "The worker's bundle and its size", run: worker::build },
    Step {
        name: "panic-routes",
        title: "The worker's bundle for the tests",
        run: worker::build_panic_routes,
    },
    Step { name: "wrangler", title: "wrangler takes the bundle", run: wrangler },
    Step { name: "dist", title: "The archive, from unpacking to a published update", run: dist::check },
    Step { name: "end-to-end", title: "Both hosts, from outside", run: end_to_end },
];

struct Step {
    name: &'static str,
    title: &'static str,
    run: fn(&Shell, &Tools, &Path) -> anyhow::Result<()>,
}

/// Runs the steps up to the first that fails, or `only` one of them.
pub(crate) fn run(shell: &Shell, root: &Path, only: Option<&str>) -> anyhow::Result<()> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|only| only == step.name)).collect();
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
    Ok(with_tools(tests, tools, root).run()?)
}

/// Tells the end-to-end tests where everything is.
pub(crate) fn with_tools<'s>(command: Cmd<'s>, tools: &Tools, root: &Path) -> Cmd<'s> {
    command
        .env("OUTBAND_BUNDLE", root.join(worker::BUNDLE))
        .env("OUTBAND_PANIC_BUNDLE", root.join(worker::PANIC_BUNDLE))
        .env("OUTBAND_WORKERD", tools.workerd())
        .env("OUTBAND_NODE", tools.node())
        .env("OUTBAND_NPM", tools.node_modules())
        .env("OUTBAND_PYTHON", tools.python())
        .env("OUTBAND_CHROMIUM", "/usr/bin/chromium")
}
