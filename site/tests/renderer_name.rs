//! The renderer's name is derived from its sources, so changing any of them changes it automatically.

#![allow(clippy::disallowed_methods, reason = "it copies the sources")]

#[path = "../build/renderer.rs"]
mod renderer;

use std::fs;
use std::path::Path;

use outband_site::pages;

/// A file of each kind of source, from the workspace's root.
const KINDS: &[&str] = &[
    "keys/src/character.rs",
    "record/src/timeline/fold.rs",
    "site/src/pages/index.rs",
    "site/messages/de.txt",
    "site/static/page.js",
    "site/templates/index.html",
    "site/templates/style.css",
    "station/src/memory.rs",
    "station/src/memory/statuspage.rs",
    "station/src/projection/render.rs",
    "station/src/projection.rs",
    "Cargo.lock",
];

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
        return;
    }
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        copy(&entry.path(), &to.join(entry.file_name()));
    }
}

#[test]
fn a_change_of_any_source_changes_the_name() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = tempfile::tempdir().unwrap();
    for source in renderer::SOURCES {
        copy(&root.join(source), &scratch.path().join(source));
    }
    assert_eq!(renderer::name(scratch.path()).unwrap(), pages::RENDERER);
    for kind in KINDS {
        assert!(renderer::SOURCES.iter().any(|source| kind.starts_with(source)), "{kind} is not a source");
        let file = scratch.path().join(kind);
        let before = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{before} ")).unwrap();
        assert_ne!(renderer::name(scratch.path()).unwrap(), pages::RENDERER, "{kind}");
        fs::write(&file, before.replace('\n', "\r\n")).unwrap();
        assert_eq!(renderer::name(scratch.path()).unwrap(), pages::RENDERER, "line ends of {kind}");
        fs::write(&file, before).unwrap();
    }
    let added = scratch.path().join("site/templates/added.html");
    fs::write(&added, "").unwrap();
    assert_ne!(renderer::name(scratch.path()).unwrap(), pages::RENDERER, "a new file");
}
