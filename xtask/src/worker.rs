use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use xshell::{Shell, cmd};

use crate::build;
use crate::size::Size;
use crate::tools::{self, Tools, WASM};

/// The folder of the bundle that `wrangler.toml` names.
pub(crate) const BUNDLE: &str = "build/worker";
/// The folder of the tests' bundle, which has routes that panic.
pub(crate) const PANIC_BUNDLE: &str = "build/worker-panic";

/// The maximum size of the bundle, gzipped. The free plan allows 3 MB; this is far less because the edge compiles the
/// module again at every location that has been idle, and so that a change that makes the bundle grow is noticed.
const MAX_GZIP_BYTES: usize = 640_000;

/// The features that rustc enables by default. Listed explicitly so that wasm-opt uses none that workerd lacks.
const WASM_FEATURES: &[&str] = &[
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Inlines functions with one caller only if they are tiny: the locals of a large one would get two-byte indices that
/// no longer resemble those of other functions. This makes the module 2 % larger before gzip and 10 % smaller after it.
const INLINING: &str = "--one-caller-inline-max-function-size=15";

/// Puts instantiations of one generic function side by side, within gzip's window of 32 kB: 5 % smaller after gzip than
/// in the order of how often they are called.
const ORDER: &str = "--reorder-functions-by-name";

/// Builds the bundle, lists its contents, and fails if it is too large.
pub(crate) fn build(shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<()> {
    let built =
        Build { entry: "entry.js", features: "", bundle: root.join(BUNDLE) }.run(shell, tools, root)?;
    let size = Size::of(shell, &root.join(BUNDLE), &built)?;
    println!("{size}");
    ensure!(
        size.gzip <= MAX_GZIP_BYTES,
        "the bundle has {} bytes gzipped; at most {MAX_GZIP_BYTES} are allowed",
        size.gzip
    );
    Ok(())
}

/// Builds the tests' bundle.
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
    /// Rust → WebAssembly → JavaScript bindings → optimised → one script and one module. Returns the path of the module
    /// with function names, which the bundle leaves out.
    fn run(&self, shell: &Shell, tools: &Tools, root: &Path) -> anyhow::Result<PathBuf> {
        let Self { entry, features, bundle } = self;
        let stage = root.join("target/edge/stage");
        shell.remove_path(&stage)?;
        shell.create_dir(&stage)?;

        cmd!(shell, "cargo build --locked --quiet --package outband-worker --features {features}")
            .args(["--target", WASM, "--profile", "edge"])
            .env("CARGO_ENCODED_RUSTFLAGS", remap_local_paths()?)
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
        cmd!(shell, "{node} {wasm_opt} -Oz {INLINING} {ORDER} -g {WASM_FEATURES...} {bound} -o {named}")
            .run()?;
        cmd!(
            shell,
            "{node} {wasm_opt} --strip-debug --strip-producers {WASM_FEATURES...} {named} -o {small}"
        )
        .run()?;

        for script in ["copy.js", "entry.js", "front.js", "instance.js", "panic.js", "wait.js"] {
            shell.copy_file(root.join("worker/src").join(script), &stage)?;
        }
        let esbuild = tools.esbuild();
        let (script, outfile) = (stage.join(entry), bundle.join("index.js"));
        cmd!(shell, "{esbuild} {script} --outfile={outfile} --bundle --format=esm --log-level=warning")
            .args(["--external:./rust_bg.wasm", "--external:cloudflare:*"])
            .run()?;
        refuse_local_paths(&fs::read(&small)?, root)?;
        Ok(named)
    }
}

/// Flags that make paths in panic messages begin with `crates/`, so that the bundle is the same on every machine and
/// reveals nothing about the one that built it. (Paths within the checkout are relative anyway.) The flags are the same
/// in every clone, so that clones can share crates compiled with them.
fn remap_local_paths() -> anyhow::Result<OsString> {
    let home = env::var_os("HOME").context("HOME is not set")?;
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| Path::new(&home).join(".cargo"), PathBuf::from);
    let mut flags = Vec::new();
    // There is one folder per registry.
    for registry in
        fs::read_dir(cargo.join("registry/src")).context("cannot list cargo's registry sources")?
    {
        flags.push(remap(&registry?.path(), "crates"));
    }
    Ok(flags.join(OsStr::new("\u{1f}")))
}

fn refuse_local_paths(module: &[u8], root: &Path) -> anyhow::Result<()> {
    for path in [root, &tools::cache()?] {
        let path = path.as_os_str().as_encoded_bytes();
        let found = module.windows(path.len()).any(|window| window == path);
        ensure!(!found, "the bundle contains {}, a path of this machine", String::from_utf8_lossy(path));
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
