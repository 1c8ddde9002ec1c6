//! The archive of a release, and the proof that it is all one needs.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};
use xshell::{Shell, cmd};

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
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// The section of the README whose commands the archive must carry out, and how many they may be.
const SECTION: &str = "## Adopt it";
const MAX_COMMANDS: usize = 6;

/// The address in those commands; the check takes a free one instead.
const README_ADDRESS: &str = "127.0.0.1:8080";

/// Builds everything and packs it.
pub(crate) fn build(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    worker::build(shell, tools, root)?;
    pack(shell, root).map(drop)
}

/// Packs it, with the bundle that is there, and carries out the README's commands in an empty directory, with no
/// Rust on the path.
pub(crate) fn check(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let archive = pack(shell, root)?;
    let commands = commands(&fs::read_to_string(root.join("README.md"))?)?;
    let place = root.join(FOLDER).join("unpacked");
    shell.remove_path(&place)?;
    shell.create_dir(&place)?;
    cmd!(shell, "tar --extract --gzip --strip-components 1 --file {archive} --directory {place}")
        .quiet()
        .run()?;
    let path = place.join("path");
    stand_in_for_npx(shell, tools, &path)?;
    let address = free_address()?;
    let script = commands.join("\n").replace(README_ADDRESS, &address);
    let answer = carry_out(&place, &path, &script)?;
    ensure!(
        answer.contains("Mail is down"),
        "the published update was not read back; the commands printed:\n{answer}"
    );
    println!(
        "{} commands of the README, from the archive to a published update read back:\n",
        commands.len()
    );
    commands.iter().for_each(|command| println!("    {command}"));
    Ok(())
}

/// The archive: `outband-<version>/…`.
fn pack(shell: &Shell, root: &Path) -> anyhow::Result<PathBuf> {
    cmd!(shell, "cargo build --release --locked --quiet --package outband").run()?;
    let name = format!("outband-{}", env!("CARGO_PKG_VERSION"));
    let folder = root.join(FOLDER).join(&name);
    shell.remove_path(&folder)?;
    shell.create_dir(folder.join(worker::BUNDLE))?;
    shell.copy_file(root.join("target/release/outband"), &folder)?;
    for file in FILES {
        shell.copy_file(root.join(file), &folder)?;
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

/// The commands of the section's first block of shell.
fn commands(readme: &str) -> anyhow::Result<Vec<String>> {
    let (_, section) =
        readme.split_once(SECTION).with_context(|| format!("the README has no {SECTION:?}"))?;
    let (_, block) = section.split_once("```sh\n").context("the section has no block of commands")?;
    let (block, _) = block.split_once("```").context("the block of commands does not end")?;
    let commands: Vec<String> = block.replace("\\\n ", "").lines().map(str::to_owned).collect();
    ensure!(
        commands.len() <= MAX_COMMANDS,
        "{} commands, at most {MAX_COMMANDS} are allowed",
        commands.len()
    );
    Ok(commands)
}

/// `npx wrangler …` without a download: the pinned wrangler, under the pinned Node.
fn stand_in_for_npx(shell: &Shell, tools: &Tools, path: &Path) -> anyhow::Result<()> {
    let (node, wrangler) = (tools.node(), tools.wrangler());
    let script = format!(
        "#!/bin/sh\nshift\nexec '{}' '{}' \"$@\"\n",
        Path::new(&node).display(),
        Path::new(&wrangler).display()
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

/// Runs the commands as one shell script, and ends what they left running.
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
    // A server in the background needs a moment to listen, and must not outlive the script: it would keep the
    // output open.
    let in_background = "&\nserver=$!\ntrap 'kill $server' EXIT\nsleep 1\n";
    writeln!(stdin, "{}", script.replace("&\n", in_background))?;
    drop(stdin);
    let output = shell.wait_with_output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("the README's commands failed with {}; they printed:\n{printed}", output.status);
    }
    Ok(printed)
}
