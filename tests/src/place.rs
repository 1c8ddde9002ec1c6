//! Folders and processes for hosts, which do not outlive the test even if it is killed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::{env, fs, io, process};

use tempfile::TempDir;

const PREFIX: &str = "outband-test-";

/// An empty folder, deleted when this is dropped. Also deletes the folders of tests that were killed.
pub fn folder() -> io::Result<TempDir> {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(sweep);
    tempfile::Builder::new().prefix(&format!("{PREFIX}{}-", process::id())).tempdir()
}

/// Ignores errors: a folder that cannot be deleted is another user's, or another test is deleting it.
fn sweep() {
    for entry in fs::read_dir(env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A program that the kernel kills when the thread that started it ends.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).stdin(Stdio::null());
    command
}
