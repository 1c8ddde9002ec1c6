//! The archive of a release, and the proof that it is all one needs.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, anyhow, bail, ensure};
use xshell::{Shell, cmd};

use crate::build;
use crate::tools::Tools;
use crate::worker;

/// Where archives are made.
const FOLDER: &str = "target/dist";

/// Beside the command and the worker's bundle.
const FILES: &[&str] = &[
    "wrangler.toml",
    "README.md",
    "SPEC.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/scenario-a-1280.png",
    "docs/scenario-a-390.png",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// The section of the README whose commands the archive must carry out (a trial, then in earnest), and how many each may
/// have.
const SECTION: &str = "## Adopt it";
const MAX_COMMANDS: usize = 6;

/// The addresses in those commands; the check takes free ones instead.
const TRIAL: &str = "http://127.0.0.1:8080";
const PUBLIC: &str = "https://status.example.net";

/// Builds everything and packs it.
pub(crate) fn build(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    worker::build(shell, tools, root)?;
    pack(shell, root).map(drop)
}

/// Builds the command as it is shipped.
pub(crate) fn command(shell: &Shell) -> anyhow::Result<()> {
    Ok(cmd!(shell, "cargo build --release --locked --quiet --package outband").run()?)
}

/// Packs it, with the bundle that is there, and carries out the README's commands in an empty directory outside of the
/// checkout, with no Rust on the path.
pub(crate) fn check(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let archive = pack(shell, root)?;
    let unpacked = tempfile::tempdir().context("no temporary directory can be made")?;
    let place = unpacked.path();
    ensure!(!place.starts_with(root), "{} lies within the checkout", place.display());
    cmd!(shell, "tar --extract --gzip --strip-components 1 --file {archive} --directory {place}")
        .quiet()
        .run()?;
    let readme = fs::read_to_string(place.join("README.md"))?;
    for link in links(&readme) {
        ensure!(place.join(link).exists(), "the README links {link}, which is not in the archive");
    }
    let path = place.join("path");
    stand_in_for_npx(shell, tools, &path)?;
    for program in ["rustc", "cargo"] {
        let found = carry_out(place, &path, &format!("command -v {program} || true"))?;
        ensure!(found.trim().is_empty(), "the path of the check has Rust on it: {found}");
    }

    let [trial, earnest] = commands(&readme)?;
    let here = format!("http://{}", free_address()?);
    let script = trial.join("\n").replace(TRIAL, &here).replace(" &\n", &in_background(&here));
    let answer = carry_out(place, &path, &script)?;
    ensure!(answer.contains("Mail is down"), "the update was not read back; the commands printed:\n{answer}");

    let public = format!("http://{}", free_address()?);
    let answer = carry_out(place, &path, &in_earnest(&readme, &trial, &earnest, &public)?)?;
    ensure!(answer.contains("Published (entry 2)"), "nothing was published in earnest:\n{answer}");
    ensure!(answer.contains("verified: all"), "what was published is not verified:\n{answer}");
    println!(
        "{} and {} commands of the README, carried out from the archive alone:\n",
        trial.len(),
        earnest.len()
    );
    trial.iter().chain(&earnest).for_each(|command| println!("    {command}"));
    Ok(())
}

/// What ends a command that goes on in the background: it must not outlive the script, and listens where it is told.
fn in_background(url: &str) -> String {
    let address = url.trim_start_matches("http://");
    format!(" --listen {address} > /dev/null &\ntrap 'kill $!' EXIT\n")
}

/// The commands in earnest, with three things in the place of what a check cannot have: answers to `init`'s questions,
/// those of the trial; a vendor's account, for which [`stand_in_for_npx`] stands; the public's address, which is a
/// server of the same keys on this machine.
fn in_earnest(readme: &str, trial: &[String], earnest: &[String], public: &str) -> anyhow::Result<String> {
    let answers = trial.first().context("the trial has no commands")?;
    let answers = answers.replace("--dir trial", "").replace(&format!("--endpoint {TRIAL}"), "");
    let mut script = String::new();
    for command in earnest {
        let command = match command.split(' ').nth(1) {
            Some("init") => command.replace("./outband init", &answers),
            Some("send") => {
                format!("./outband serve --data status{}{command} --to {public}", in_background(public))
            }
            Some("publish") => format!("{command} --to {public}"),
            _ => command.clone(),
        };
        script.push_str(&format!("{command}\n"));
    }
    let verify = readme.lines().find(|line| line.starts_with("./outband verify"));
    script.push_str(&verify.context("the README does not say how to verify")?.replace(PUBLIC, public));
    Ok(script)
}

/// The files that a document shows or links.
fn links(document: &str) -> impl Iterator<Item = &str> {
    let targets = document.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.filter(|target| !target.contains(':') && !target.starts_with('#'))
}

/// The archive: `outband-<version>/…`.
fn pack(shell: &Shell, root: &Path) -> anyhow::Result<PathBuf> {
    command(shell)?;
    let name = format!("outband-{}", env!("CARGO_PKG_VERSION"));
    let folder = root.join(FOLDER).join(&name);
    shell.remove_path(&folder)?;
    shell.create_dir(folder.join(worker::BUNDLE))?;
    shell.copy_file(build::target(root).join("release/outband"), &folder)?;
    for file in FILES {
        if let Some(parent) = Path::new(file).parent() {
            shell.create_dir(folder.join(parent))?;
        }
        shell.copy_file(root.join(file), folder.join(file))?;
    }
    for file in shell.read_dir(root.join(worker::BUNDLE))? {
        shell.copy_file(file, folder.join(worker::BUNDLE))?;
    }
    let (archive, parent) = (root.join(FOLDER).join(format!("{name}.tar.gz")), root.join(FOLDER));
    cmd!(
        shell,
        "tar --create --gzip --owner 0 --group 0 --sort name --file {archive} --directory {parent} {name}"
    )
    .quiet()
    .run()?;
    println!("{} ({} kB)", archive.display(), fs::metadata(&archive)?.len() / 1000);
    Ok(archive)
}

/// The commands of the section's two blocks of shell.
fn commands(readme: &str) -> anyhow::Result<[Vec<String>; 2]> {
    let (_, section) =
        readme.split_once(SECTION).with_context(|| format!("the README has no {SECTION:?}"))?;
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks: Vec<Vec<String>> = section
        .split("```sh\n")
        .skip(1)
        .filter_map(|block| block.split("```").next())
        .map(|block| block.replace("\\\n ", "").lines().map(str::to_owned).collect())
        .collect();
    if let Some(long) = blocks.iter().find(|block| block.len() > MAX_COMMANDS) {
        bail!("{} commands, at most {MAX_COMMANDS} are allowed:\n{}", long.len(), long.join("\n"));
    }
    blocks.try_into().map_err(|blocks: Vec<_>| anyhow!("{} blocks of commands, not two", blocks.len()))
}

/// `npx wrangler …` without a download and an account: the pinned wrangler, under the pinned Node, deploys to nowhere,
/// and a secret only has to be one.
fn stand_in_for_npx(shell: &Shell, tools: &Tools, path: &Path) -> anyhow::Result<()> {
    let wrangler = format!("'{}' '{}'", tools.node().display(), tools.wrangler().display());
    let script = format!(
        "#!/bin/sh
shift
case $1 in
  secret) exec grep -q '^PRIVATE+KEY+' ;;
  deploy) exec {wrangler} deploy --dry-run ;;
  *) echo \"no stand-in for wrangler $*\" >&2; exit 1 ;;
esac
"
    );
    shell.create_dir(path)?;
    shell.write_file(path.join("npx"), script)?;
    fs::set_permissions(path.join("npx"), fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr()?.to_string())
}

/// Runs the commands as one shell script.
fn carry_out(place: &Path, path: &Path, script: &str) -> anyhow::Result<String> {
    let mut shell = Command::new("/bin/sh")
        .args(["-e", "-s"])
        .current_dir(place)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", path.display()))
        .env("HOME", place)
        .env("CLOUDFLARE_CF_FETCH_ENABLED", "false")
        .env("WRANGLER_SEND_METRICS", "false")
        .env("WRANGLER_SEND_ERROR_REPORTS", "false")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut stdin = shell.stdin.take().context("the shell takes no input")?;
    writeln!(stdin, "{script}")?;
    drop(stdin);
    let output = shell.wait_with_output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("the README's commands failed with {}; they printed:\n{printed}", output.status);
    }
    Ok(printed)
}
