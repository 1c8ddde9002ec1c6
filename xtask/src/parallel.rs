//! Steps that run in the background, one at a time, while the gate runs others. Each is a process whose output is held
//! back until it ends.

use std::env;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;

/// How often a background process checks that the gate is still running.
const POLL: Duration = Duration::from_secs(1);

/// The background steps.
pub(crate) struct Parallel {
    finished: Receiver<Finished>,
}

/// A background step that has ended.
pub(crate) struct Finished {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
    /// What it would have written to the console.
    pub(crate) output: String,
    pub(crate) result: anyhow::Result<()>,
}

impl Parallel {
    /// Starts the steps, by a program in `folder`. A failure skips the rest.
    pub(crate) fn start(
        folder: &Path,
        names: impl IntoIterator<Item = &'static str> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let program = Program::copied(folder)?;
        let (send, finished) = channel();
        thread::spawn(move || {
            for name in names {
                let start = Instant::now();
                let mut output = String::new();
                let result = program.run(name, &mut output);
                let failed = result.is_err();
                let sent = send.send(Finished { name, took: start.elapsed(), output, result });
                if failed || sent.is_err() {
                    return;
                }
            }
        });
        Ok(Self { finished })
    }

    /// The steps that have ended since the last call.
    pub(crate) fn finished(&self) -> impl Iterator<Item = Finished> {
        self.finished.try_iter()
    }

    /// Waits for the remaining steps.
    pub(crate) fn wait(self) -> impl Iterator<Item = Finished> {
        self.finished.into_iter()
    }
}

/// A copy of this program: compiling the tests makes cargo replace the original.
struct Program {
    path: PathBuf,
}

impl Program {
    fn copied(folder: &Path) -> anyhow::Result<Self> {
        let (fresh, path) = (folder.join("xtask-parallel.new"), folder.join("xtask-parallel"));
        fs::create_dir_all(folder)?;
        fs::copy(env::current_exe()?, &fresh)?;
        fs::rename(fresh, &path)?;
        Ok(Self { path })
    }

    /// At low priority, because the gate's own steps include tests that depend on timing.
    fn run(&self, name: &str, output: &mut String) -> anyhow::Result<()> {
        let mut file = tempfile::tempfile()?;
        let status = Command::new("nice")
            .args(["-n", "5"])
            .arg(&self.path)
            .args(["test", "--parallel", name])
            .stdin(process::Stdio::null())
            .stdout(File::try_clone(&file)?)
            .stderr(File::try_clone(&file)?)
            .process_group(0)
            .status()?;
        file.rewind()?;
        file.read_to_string(output)?;
        ensure!(status.success(), "{status}");
        Ok(())
    }
}

/// In a background process: ends it and its children once the gate has ended.
pub(crate) fn end_with_the_gate() {
    let gate = parent_id();
    thread::spawn(move || {
        while parent_id() == gate {
            thread::sleep(POLL);
        }
        let group = format!("-{}", process::id());
        let _ = Command::new("kill").args(["--", &group]).status();
    });
}
