//! The repository's documents and manifests match its contents.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests fail by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Documents whose crates, chores and links must exist. The command's own tests check the commands shown in them.
const DOCUMENTS: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "SPEC.md",
    "SECURITY.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "docs/exit-codes.md",
    "docs/native.md",
    "docs/second-place.md",
];

/// The workspace's crates that each crate may use: the arrows of ARCHITECTURE.md, which point one way only.
const ARROWS: &[(&str, &[&str])] = &[
    ("keys", &[]),
    ("record", &["outband-keys"]),
    ("site", &["outband-keys", "outband-record"]),
    ("station", &["outband-keys", "outband-record", "outband-site"]),
    // Only the tests' bundle uses keys, to measure signatures.
    ("worker", &["outband-station", "outband-keys"]),
    ("native", &["outband-station"]),
    ("cli", &["outband-keys", "outband-native", "outband-record", "outband-site", "outband-station"]),
    ("fuzz", &["outband-keys", "outband-record", "outband-site", "outband-station"]),
];

/// Crates without clock, disk, network and randomness. A `clippy.toml` in each refuses the calls.
const PURE: &[&str] = &["keys", "record", "site", "station"];

const MAX_SOURCE_LINES: usize = 600;
const MAX_ARCHITECTURE_LINES: usize = 200;

#[test]
fn documents_name_crates_that_exist() {
    let crates: BTreeSet<String> =
        members().iter().map(|folder| field(&read(&format!("{folder}/Cargo.toml")), "name")).collect();
    for document in DOCUMENTS {
        for word in code_words(&read(document)) {
            let named = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            // Names of formats have two hyphens: `outband-received-v1`.
            let hyphens = named.matches('-').count();
            if named.starts_with("outband-") && hyphens == 1 && !named.contains(['.', '/', '@', ':', '+']) {
                assert!(crates.contains(named), "{document} names the crate {named}, which does not exist");
            }
        }
    }
}

#[test]
fn documents_name_chores_that_exist() {
    let chores = run(Command::new(env!("CARGO_BIN_EXE_xtask")).arg("help"));
    let mut named = 0;
    for document in DOCUMENTS {
        for chore in after(&read(document), "cargo xtask ") {
            named += 1;
            let usage = format!("cargo xtask {chore}");
            assert!(chores.contains(&usage), "{document} names `{usage}`, which does not exist");
        }
    }
    assert!(named > 0, "no document names a chore: is this test looking for the right words?");
}

#[test]
fn documents_link_files_that_exist() {
    let mut linked = 0;
    for document in DOCUMENTS {
        let text = read(document);
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let references =
            text.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
        for target in targets.chain(references.map(|(_, target)| target)) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") {
                linked += 1;
                let folder = root().join(document).with_file_name("");
                assert!(folder.join(file).exists(), "{document} links to {file}, which does not exist");
            }
        }
    }
    assert!(linked > 5, "hardly any links: is this test looking for the right words?");
}

#[test]
fn dependencies_point_one_way() {
    for (folder, allowed) in ARROWS {
        let manifest = read(&format!("{folder}/Cargo.toml"));
        for line in manifest.lines().skip_while(|line| !line.starts_with("[dependencies")) {
            let used = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let ours = used == "outband" || used.starts_with("outband-");
            assert!(!ours || allowed.contains(&used), "{folder} must not use {used}");
        }
    }
}

#[test]
fn pure_crates_refuse_clock_disk_and_network() {
    for folder in PURE {
        let rules = read(&format!("{folder}/clippy.toml"));
        for refused in ["std::time::SystemTime::now", "std::fs::read", "std::env::var"] {
            assert!(rules.contains(refused), "{folder}/clippy.toml does not refuse {refused}");
        }
    }
}

#[test]
fn no_source_file_is_too_long() {
    let mut files = Vec::new();
    for folder in members() {
        sources(&root().join(folder), &mut files);
    }
    assert!(files.len() > members().len(), "hardly any sources found: {files:?}");
    for file in files {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        assert!(
            lines <= MAX_SOURCE_LINES,
            "{} has {lines} lines, but may have at most {MAX_SOURCE_LINES}",
            file.display()
        );
    }
}

#[test]
fn the_architecture_fits_on_a_few_screens() {
    let lines = read("ARCHITECTURE.md").lines().count();
    assert!(
        lines <= MAX_ARCHITECTURE_LINES,
        "ARCHITECTURE.md has {lines} lines, but may have at most {MAX_ARCHITECTURE_LINES}"
    );
}

/// The map is where newcomers look first, so it must be complete.
#[test]
fn the_architecture_maps_every_folder_and_every_file_of_station() {
    let architecture = read("ARCHITECTURE.md");
    for folder in members() {
        assert!(architecture.contains(&format!("| `{folder}/` |")), "ARCHITECTURE.md does not map {folder}/");
    }
    let mut files = Vec::new();
    let station = root().join("station/src");
    sources(&station, &mut files);
    assert!(files.len() > 20, "hardly any files in station/src");
    for file in files {
        let name = file.strip_prefix(&station).unwrap().to_string_lossy().replace('\\', "/");
        assert!(
            architecture.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not map station/src/{name}"
        );
    }
    let map = architecture.split("`station/src/`:").nth(1).and_then(|rest| rest.split("## ").next()).unwrap();
    for name in map.split('`').filter(|word| word.ends_with(".rs")) {
        assert!(
            station.join(name).is_file(),
            "ARCHITECTURE.md maps station/src/{name}, which does not exist"
        );
    }
    let glossary =
        architecture.split("## Glossary").nth(1).and_then(|rest| rest.split("## ").next()).unwrap();
    for name in glossary.split('`').filter(|word| word.contains("/src/")) {
        assert!(root().join(name).exists(), "ARCHITECTURE.md's glossary names {name}, which does not exist");
    }
}

/// A machine may be configured to use another registry, so no file may name one.
#[test]
fn lock_files_name_no_registry_host() {
    let npm = read("xtask/npm/package-lock.json");
    assert!(!npm.contains("\"resolved\""), "xtask/npm/package-lock.json names a registry");
    let official = "registry+https://github.com/rust-lang/crates.io-index";
    for line in read("Cargo.lock").lines().filter(|line| line.starts_with("source")) {
        assert!(line.contains(official), "Cargo.lock: {line}");
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn run(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The folders in the workspace's `members = ["…", …]`.
fn members() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("members = [")).expect("members on one line");
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn field(manifest: &str, name: &str) -> String {
    let prefix = format!("{name} = \"");
    let line = manifest.lines().find_map(|line| line.strip_prefix(&prefix)).unwrap();
    line.trim_end_matches('"').to_owned()
}

/// The words in backquotes or in fenced blocks.
fn code_words(document: &str) -> Vec<String> {
    code_lines(document).iter().flat_map(|code| code.split_whitespace()).map(str::to_owned).collect()
}

/// Text in backquotes, and the lines of fenced blocks.
fn code_lines(document: &str) -> Vec<String> {
    let mut code = Vec::new();
    let mut fenced = false;
    for line in document.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            code.push(line.to_owned());
        } else {
            code.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    code
}

/// The words after `command`, if it begins a code line or follows a prompt, a pipe or a `cargo run … --`.
fn after(text: &str, command: &str) -> Vec<String> {
    let starts = text.match_indices(command).filter(|(at, _)| {
        let before = text[..*at].trim_end_matches(' ');
        before.is_empty() || before.ends_with(['$', '|', '`', '\n', ';', '&', '(']) || before.ends_with("--")
    });
    starts
        .filter_map(|(at, _)| {
            text[at + command.len()..].split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next()
        })
        .filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, files);
        } else if path.extension().is_some_and(|end| end == "rs" || end == "js") {
            files.push(path);
        }
    }
}
