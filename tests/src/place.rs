//! Where hosts run: in folders and processes that do not outlive the test, even where it is killed.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;
use std::{env, fs, io, process};

use tempfile::TempDir;

const PREFIX: &str = "outband-test-";

/// An empty folder, gone when it is dropped; and those that killed tests left behind are gone too.
pub fn folder() -> io::Result<TempDir> {
    static SWEPT: Once = Once::new();
    SWEPT.call_once(sweep);
    tempfile::Builder::new().prefix(&format!("{PREFIX}{}-", process::id())).tempdir()
}

/// Whatever cannot be removed is another user's, or being removed by another test.
fn sweep() {
    for entry in fs::read_dir(env::temp_dir()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// A program that the kernel kills when the thread ends that started it.
pub fn command(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program).stdin(Stdio::null());
    command
}
