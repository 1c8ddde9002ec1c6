use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

use crate::build;
use crate::size::Size;
use crate::tools::{self, Tools, WASM};

/// The bundle that `wrangler.toml` names.
pub(crate) const BUNDLE: &str = "build/worker";
/// The bundle of the tests, with routes that panic.
pub(crate) const PANIC_BUNDLE: &str = "build/worker-panic";

/// What the whole bundle may have, gzip'd. The free plan takes 3 MB; this is far less because the edge compiles the
/// module again wherever a reader is the first in a while, and because growth should be noticed when it comes in.
const MAX_GZIP_BYTES: usize = 700_000;

/// What rustc's target has by default. Named one by one, so that wasm-opt uses nothing that workerd does not have.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// A function that is called once is moved into its caller only where it is tiny: a large one would bring its locals with
/// it, under numbers of two bytes that no longer look like those of other functions. That costs 2 % before gzip, and saves
/// 10 % after it.
const INLINING: &str = "--one-caller-inline-max-function-size=15";

/// Builds the bundle, says what is in it, and refuses one that is too large.
pub(crate) fn build(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let built =
        Build { entry: "entry.js", features: "", bundle: root.join(BUNDLE) }.run(shell, tools, root)?;
    let size = Size::of(shell, &root.join(BUNDLE), &built)?;
    println!("{size}");
    ensure!(
        size.gzip <= MAX_GZIP_BYTES,
        "The bundle has {} bytes gzip'd; {MAX_GZIP_BYTES} are allowed.",
        size.gzip
    );
    Ok(())
}

/// Builds the bundle of the tests.
pub(crate) fn build_panic_routes(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let build = Build { entry: "panic.js", features: "panic-routes", bundle: root.join(PANIC_BUNDLE) };
    build.run(shell, tools, root).map(drop)
}

struct Build {
    entry: &'static str,
    features: &'static str,
    bundle: PathBuf,
}

impl Build {
    /// Rust → WebAssembly → its JavaScript side → smaller → one script and one module. Returns the module as it is
    /// with the names of its functions, which the bundle leaves out.
    fn run(&self, shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<PathBuf> {
        let Self { entry, features, bundle } = self;
        let stage = root.join("target/edge/stage");
        shell.remove_path(&stage)?;
        shell.create_dir(&stage)?;

        cmd!(shell, "cargo build --locked --quiet --package outband-worker --features {features}")
            .args(["--target", WASM, "--profile", "edge"])
            .env("CARGO_ENCODED_RUSTFLAGS", no_paths_of_this_machine()?)
            .run()?;

        let module = build::target(root).join(WASM).join("edge/outband_worker.wasm");
        let wasm_bindgen = &tools.wasm_bindgen;
        cmd!(shell, "{wasm_bindgen} --target web --no-typescript --experimental-reset-state-function")
            .args(["--out-name", "rust", "--out-dir"])
            .args([&stage, &module])
            .run()?;

        let (node, wasm_opt) = (tools.node(), tools.wasm_opt());
        let (bound, named, small) =
            (stage.join("rust_bg.wasm"), stage.join("named.wasm"), bundle.join("rust_bg.wasm"));
        shell.create_dir(bundle)?;
        cmd!(shell, "{node} {wasm_opt} -Oz {INLINING} -g {WASM_FEATURES...} {bound} -o {named}").run()?;
        cmd!(
            shell,
            "{node} {wasm_opt} --strip-debug --strip-producers {WASM_FEATURES...} {named} -o {small}"
        )
        .run()?;

        for script in ["entry.js", "panic.js"] {
            shell.copy_file(root.join("worker/src").join(script), &stage)?;
        }
        let esbuild = tools.esbuild();
        let (script, outfile) = (stage.join(entry), bundle.join("index.js"));
        cmd!(shell, "{esbuild} {script} --outfile={outfile} --bundle --format=esm --log-level=warning")
            .args(["--external:./rust_bg.wasm", "--external:cloudflare:*"])
            .run()?;
        refuse_paths_of_this_machine(&fs::read(&small)?, root)?;
        Ok(named)
    }
}

/// Flags by which the places in panic messages begin with `crates/`: the bundle is the same on every machine, and says
/// nothing about the one that it was built on. (Cargo names files of the checkout by their path in it.) The flags are the
/// same in every clone, so that clones can share what is compiled with them.
fn no_paths_of_this_machine() -> anyhow::Result<OsString> {
    let home = env::var_os("HOME").context("HOME is not set")?;
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| Path::new(&home).join(".cargo"), PathBuf::from);
    let mut flags = Vec::new();
    // One folder for each registry, named after it.
    for registry in fs::read_dir(cargo.join("registry/src")).context("the sources of crates")? {
        flags.push(remap(&registry?.path(), "crates"));
    }
    Ok(flags.join(OsStr::new("\u{1f}")))
}

fn refuse_paths_of_this_machine(module: &[u8], root: &Path) -> anyhow::Result<()> {
    for path in [root, &tools::cache()?] {
        let path = path.as_os_str().as_encoded_bytes();
        let found = module.windows(path.len()).any(|window| window == path);
        ensure!(!found, "the bundle has {} in it, a path of this machine", String::from_utf8_lossy(path));
    }
    Ok(())
}

fn remap(from: &Path, to: &str) -> OsString {
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(from);
    flag.push("=");
    flag.push(to);
    flag
}
