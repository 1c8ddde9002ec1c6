//! The settings of the edge host, for this page: the repository's own `wrangler.toml`, filled in.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::client::settings::Settings;

/// The name of the file.
pub(super) const FILE: &str = "wrangler.toml";

const TEMPLATE: &str = include_str!("../../../../wrangler.toml");
/// The worker's bundle, within a release archive or the repository.
const BUNDLE: &str = "build/worker/index.js";

/// The lines to fill in.
const MAIN: &str = "main = \"build/worker/index.js\"";
const ROUTES: &str = "# routes = [{ pattern = \"status.example.net\", custom_domain = true }]";
const ORIGIN: &str = "ORIGIN = \"\"";
const ROOT_KEYS: &str = "ROOT_KEYS = \"\"";

/// The file for the directory `dir`. Paths in it are relative to `dir`.
pub(super) fn print(dir: &Path, settings: &Settings) -> Result<String> {
    let origin = &settings.origin;
    let lines = [
        (MAIN, format!("main = {}", toml::Value::String(bundle_from(dir)?))),
        (ROUTES, format!("routes = [{{ pattern = \"{origin}\", custom_domain = true }}]")),
        (ORIGIN, format!("ORIGIN = \"{origin}\"")),
        (ROOT_KEYS, format!("ROOT_KEYS = \"{}\"", settings.root_keys.join(" "))),
    ];
    let filled = lines.iter().fold(TEMPLATE.to_owned(), |text, (line, with)| text.replace(line, with));
    Ok(filled)
}

/// The bundle's path as seen from `dir`. If no bundle is found, that of an archive in which `dir` is a folder.
fn bundle_from(dir: &Path) -> Result<String> {
    let here = std::env::current_dir().context("the current directory cannot be read")?;
    let program = std::env::current_exe().ok();
    let folders = program.iter().flat_map(|program| program.ancestors().skip(1));
    let archive = std::iter::once(here.as_path()).chain(folders).find(|folder| folder.join(BUNDLE).is_file());
    let dir = std::path::absolute(dir).context("the directory cannot be found")?;
    let archive = archive.or(dir.parent()).unwrap_or(&here);
    Ok(relative(&dir, &archive.join(BUNDLE)))
}

/// `to` as seen from the folder `from`, with the separator that every system understands. Both are absolute.
fn relative(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(to.components().skip(shared)).collect();
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_to_fill_in_is_in_the_template_once() {
        for line in [MAIN, ROUTES, ORIGIN, ROOT_KEYS] {
            assert_eq!(TEMPLATE.matches(line).count(), 1, "{line}");
        }
    }

    #[test]
    fn the_bundle_is_found_from_any_folder() {
        for (from, path) in [
            ("/a/status", "../build/worker/index.js"),
            ("/a/pages/status", "../../build/worker/index.js"),
            ("/a", "build/worker/index.js"),
            ("/home/b", "../../a/build/worker/index.js"),
        ] {
            assert_eq!(relative(Path::new(from), Path::new("/a/build/worker/index.js")), path, "{from}");
        }
    }
}
