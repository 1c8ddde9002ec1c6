//! The release archive, its sums and their signature, and a check that it is all an operator needs.

mod sums;

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

/// Where archives are written.
const FOLDER: &str = "target/dist";

/// Packed along with the command and the worker's bundle.
const FILES: &[&str] = &[
    "wrangler.toml",
    "SPEC.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/exit-codes.md",
    "docs/native.md",
    "docs/second-place.md",
    "docs/scenario-a-1280.png",
    "docs/scenario-a-390.png",
    "LICENSE-APACHE",
    "LICENSE-MIT",
];

/// Shells, and the names under which they look for completions.
const COMPLETIONS: &[(&str, &str)] = &[("bash", "outband"), ("fish", "outband.fish"), ("zsh", "_outband")];

/// The section of the README whose two blocks of commands (a trial, then the real setup) must work from the archive,
/// and the maximum length of each block.
const SECTION: &str = "## Adopt it";
const MAX_COMMANDS: usize = 7;

/// The addresses in those commands; the check replaces them by free ones.
const TRIAL: &str = "http://127.0.0.1:8080";
const PUBLIC: &str = "https://status.example.net";

/// How the archive's README begins, instead of the repository's.
const HEAD: &str = include_str!("dist/archive.md");

/// Builds everything, packs it, and signs its sums if there is a key.
pub(crate) fn build(shell: &Shell, tools: &Tools, root: &Path, key: Option<&str>) -> anyhow::Result<()> {
    let key = key.map(fs::canonicalize).transpose().context("--ssh-key names no file")?;
    worker::build(shell, tools, root)?;
    let archive = pack(shell, root)?;
    let Some(key) = key else {
        println!("Its sum is not signed: pass an SSH key with --ssh-key.");
        return Ok(());
    };
    let (signer, verify) = sums::sign(shell, &archive, &key)?;
    println!(
        "Publish this line by another way than the archive; it is what a file allowed_signers needs:\n\n    {signer}\n"
    );
    println!("With that file, SHA256SUMS and SHA256SUMS.sig, this verifies the archive:\n\n    {verify}");
    Ok(())
}

/// Builds the command as released.
pub(crate) fn command(shell: &Shell) -> anyhow::Result<()> {
    Ok(cmd!(shell, "cargo build --release --locked --quiet --package outband").run()?)
}

/// Packs the bundle that has been built, and runs the README's commands in an empty directory outside the checkout,
/// with no Rust in `PATH`.
pub(crate) fn check(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let archive = pack(shell, root)?;
    check_listing(shell, &archive)?;
    let unpacked = tempfile::tempdir().context("cannot create a temporary directory")?;
    let place = unpacked.path();
    ensure!(!place.starts_with(root), "{} lies within the checkout", place.display());
    check_sums(shell, place, &archive)?;
    cmd!(shell, "tar --extract --gzip --strip-components 1 --file {archive} --directory {place}")
        .quiet()
        .run()?;
    let readme = fs::read_to_string(place.join("README.md"))?;
    for link in links(&readme) {
        let file = link.split('#').next().unwrap_or(link);
        ensure!(place.join(file).exists(), "the README links to {link}, which is not in the archive");
    }
    let path = place.join("path");
    fake_npx(shell, tools, &path)?;
    for program in ["rustc", "cargo"] {
        let found = run_script(place, &path, &format!("command -v {program} || true"))?;
        ensure!(found.trim().is_empty(), "the check has Rust in its PATH: {found}");
    }

    let [trial, real] = commands(&readme)?;
    let local = format!("http://{}", free_address()?);
    let script = trial.join("\n").replace(TRIAL, &local).replace(" &\n", &in_background(&local));
    let answer = run_script(place, &path, &script)?;
    ensure!(answer.contains("Mail is down"), "the update is missing from the output:\n{answer}");

    let public = format!("http://{}", free_address()?);
    let answer = run_script(place, &path, &real_setup(&readme, &trial, &real, &public)?)?;
    ensure!(answer.contains("Published (entry 2)"), "the real setup published nothing:\n{answer}");
    ensure!(answer.contains("verified: all"), "the published log was not verified:\n{answer}");
    println!("{} + {} commands of the README work from the archive alone:\n", trial.len(), real.len());
    trial.iter().chain(&real).for_each(|command| println!("    {command}"));
    Ok(())
}

/// The archive has what [`FILES`] lists, what is built, and nothing else.
fn check_listing(shell: &Shell, archive: &Path) -> anyhow::Result<()> {
    let listing = cmd!(shell, "tar --list --gzip --file {archive}").quiet().read()?;
    let packed: Vec<&str> =
        listing.lines().filter_map(|line| line.split_once('/')).map(|(_, file)| file).collect();
    let built = ["outband", "README.md", "man/man1/outband.1", "completions/_outband"];
    if let Some(missing) = FILES.iter().chain(&built).find(|file| !packed.contains(file)) {
        bail!("the archive lacks {missing}");
    }
    let folders = [worker::BUNDLE, "man/man1", "completions"];
    let is_known = |file: &&&str| {
        let within = |folder: &&str| file.strip_prefix(*folder).is_some_and(|rest| rest.starts_with('/'));
        file.is_empty()
            || file.ends_with('/')
            || FILES.contains(file)
            || built.contains(file)
            || folders.iter().any(within)
    };
    match packed.iter().find(|file| !is_known(file)) {
        Some(file) => bail!("the archive has {file}, which is not listed"),
        None => Ok(()),
    }
}

/// The archive's sum is signed and verified as printed, with stock `ssh-keygen` and a key for this check.
fn check_sums(shell: &Shell, place: &Path, archive: &Path) -> anyhow::Result<()> {
    let key = place.join("release");
    cmd!(shell, "ssh-keygen -q -t ed25519 -N '' -f {key}").quiet().run()?;
    let (signer, verify) = sums::sign(shell, archive, &key)?;
    let folder = archive.parent().context("the archive is in no folder")?;
    let allowed = place.join("allowed_signers");
    shell.write_file(&allowed, format!("{signer}\n"))?;
    let verify = verify.replace("allowed_signers", &allowed.display().to_string());
    let _there = shell.push_dir(folder);
    cmd!(shell, "sh -c {verify}").quiet().run()?;
    // It is by a key that nobody knows.
    shell.remove_path("SHA256SUMS.sig")?;
    Ok(())
}

/// The end of a command that runs in the background: it listens at this URL, and must not outlive the script.
fn in_background(url: &str) -> String {
    let address = url.trim_start_matches("http://");
    format!(" --listen {address} > /dev/null &\ntrap 'kill $!' EXIT\n")
}

/// The commands of the real setup, with replacements for the three things a check cannot have: someone to answer
/// `init`'s questions (it gets the trial's arguments), an account with the vendor ([`fake_npx`]), and the public
/// address (a server on this machine with the same keys).
fn real_setup(readme: &str, trial: &[String], real: &[String], public: &str) -> anyhow::Result<String> {
    let answers = trial.first().context("the trial has no commands")?;
    let answers = answers.replace("--dir trial", "").replace(&format!("--endpoint {TRIAL}"), "");
    let mut script = String::new();
    for command in real {
        let command = match command.split(' ').nth(1) {
            Some("init") => command.replace("./outband init", &answers),
            Some("send") => {
                format!("./outband serve --dir status{}{command} --to {public}", in_background(public))
            }
            Some("publish") => format!("{command} --to {public}"),
            _ => command.clone(),
        };
        script.push_str(&format!("{command}\n"));
    }
    let verify = readme.lines().find(|line| line.starts_with("./outband verify"));
    script.push_str(&verify.context("the README has no `outband verify` command")?.replace(PUBLIC, public));
    Ok(script)
}

/// The files that a document shows or links to.
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
    shell.write_file(folder.join("README.md"), readme(&fs::read_to_string(root.join("README.md"))?)?)?;
    document(shell, &folder)?;
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
    sums::write(shell, &archive)?;
    println!("{} ({} kB)", archive.display(), fs::metadata(&archive)?.len() / 1000);
    Ok(archive)
}

/// The repository's README, which begins with what the archive has.
fn readme(readme: &str) -> anyhow::Result<String> {
    let at = readme.find(SECTION).with_context(|| format!("the README has no {SECTION:?}"))?;
    let target = format!("{} on {}", std::env::consts::OS, std::env::consts::ARCH);
    let head = HEAD.replace("{version}", env!("CARGO_PKG_VERSION")).replace("{target}", &target);
    Ok(format!("{head}{}", readme.split_at(at).1))
}

/// Has the packed command write its man pages and its completions beside itself.
fn document(shell: &Shell, folder: &Path) -> anyhow::Result<()> {
    let outband = folder.join("outband");
    let pages = folder.join("man/man1");
    cmd!(shell, "{outband} man {pages}").quiet().run()?;
    for (name, file) in COMPLETIONS {
        let script = cmd!(shell, "{outband} completions {name}").quiet().read()?;
        shell.write_file(folder.join("completions").join(file), format!("{script}\n"))?;
    }
    Ok(())
}

/// The commands in the section's two shell blocks.
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
        bail!("{} commands, but at most {MAX_COMMANDS} are allowed:\n{}", long.len(), long.join("\n"));
    }
    blocks.try_into().map_err(|blocks: Vec<_>| anyhow!("{} blocks of commands instead of two", blocks.len()))
}

/// Fakes `npx wrangler …`, which would need a download and an account: `deploy` is a dry run of the pinned wrangler
/// under the pinned Node, `secret` accepts any private key, and `login` succeeds.
fn fake_npx(shell: &Shell, tools: &Tools, path: &Path) -> anyhow::Result<()> {
    let wrangler = format!("'{}' '{}'", tools.node().display(), tools.wrangler().display());
    let script = format!(
        "#!/bin/sh
shift
case $1 in
  login) ;;
  secret) exec grep -q '^PRIVATE+KEY+' ;;
  deploy) [ \"$2\" = --dry-run ] || set -- \"$@\" --dry-run; exec {wrangler} \"$@\" ;;
  *) echo \"the fake wrangler cannot do: $*\" >&2; exit 1 ;;
esac
"
    );
    shell.create_dir(path)?;
    shell.write_file(path.join("npx"), script)?;
    fs::set_permissions(path.join("npx"), fs::Permissions::from_mode(0o755))?;
    Ok(())
}

fn free_address() -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot listen on any port")?;
    Ok(listener.local_addr()?.to_string())
}

/// Runs the commands as one shell script.
fn run_script(place: &Path, path: &Path, script: &str) -> anyhow::Result<String> {
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
    let mut stdin = shell.stdin.take().context("the shell has no standard input")?;
    writeln!(stdin, "{script}")?;
    drop(stdin);
    let output = shell.wait_with_output()?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        bail!("the README's commands failed with {}; they printed:\n{printed}", output.status);
    }
    Ok(printed)
}
