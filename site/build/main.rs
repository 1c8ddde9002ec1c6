//! Names the renderer after its sources, and lists the files of `messages/`, so that a new language only takes a new file.

#![expect(
    clippy::disallowed_methods,
    reason = "it runs before the crate is compiled; the crate itself touches no file"
)]

mod renderer;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for source in renderer::SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rustc-env=OUTBAND_RENDERER={}", renderer::name(&root)?);
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo did not set OUT_DIR"))?;
    fs::write(Path::new(&out).join("messages.rs"), messages(&root.join("site/messages"))?)
}

/// The message files as a Rust expression: the language and the content of each.
fn messages(folder: &Path) -> io::Result<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let lang = file.file_stem().unwrap_or_default().to_string_lossy();
        // Writing to a string cannot fail.
        let _ = writeln!(list, "({lang:?}, include_str!({:?})),", file.display().to_string());
    }
    list.push(']');
    Ok(list)
}
