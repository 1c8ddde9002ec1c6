//! Names the renderer after its sources, lists the files of `messages/`, so that a new language only takes a new file, and
//! takes comments and indentation out of scripts and styles, which every page or phone would carry.

#![expect(
    clippy::disallowed_methods,
    reason = "it runs before the crate is compiled; the crate itself touches no file"
)]

mod renderer;

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    // Relative to this package: another checkout may use what was compiled in this one, this program among it.
    let root = Path::new("..");
    for source in renderer::SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rustc-env=OUTBAND_RENDERER={}", renderer::name(root)?);
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo did not set OUT_DIR"))?;
    let out = Path::new(&out);
    fs::write(out.join("messages.rs"), messages(&root.join("site/messages"))?)?;
    for folder in ["static", "static/console", "templates"] {
        bare(&root.join("site").join(folder), &out.join(folder))?;
    }
    Ok(())
}

/// Writes each script and style sheet of a folder without comments, indentation and empty lines. In scripts, comments are
/// whole lines, and no text runs over several.
fn bare(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let file = entry?.path();
        let bare = match file.extension().and_then(|extension| extension.to_str()) {
            Some("js") => lines(&fs::read_to_string(&file)?, |line| !line.starts_with("//")),
            Some("css") => lines(&without_comments(&fs::read_to_string(&file)?), |_| true),
            _ => continue,
        };
        fs::write(to.join(file.file_name().unwrap_or_default()), bare)?;
    }
    Ok(())
}

fn lines(source: &str, is_kept: impl Fn(&str) -> bool) -> String {
    let lines = source.lines().map(str::trim).filter(|line| !line.is_empty() && is_kept(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn without_comments(source: &str) -> String {
    let mut style = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once("/*") {
        style.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    style + rest
}

/// The message files as a Rust expression: the language of each, and its content without comments.
fn messages(folder: &Path) -> io::Result<String> {
    let mut files: Vec<_> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let lang = file.file_stem().unwrap_or_default().to_string_lossy();
        // Writing to a string cannot fail.
        let text = lines(&fs::read_to_string(&file)?, |line| !line.starts_with('#'));
        let _ = writeln!(list, "({lang:?}, {text:?}),");
    }
    list.push(']');
    Ok(list)
}
