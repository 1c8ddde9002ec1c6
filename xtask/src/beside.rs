//! Steps that run beside the others: each in a process of its own, one after the other, its output kept until the end.

use std::env;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::ensure;
use tempfile::TempDir;

/// How often a process beside looks whether the gate is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What runs beside.
pub(crate) struct Beside {
    done: Receiver<Done>,
}

/// A step that has ended.
pub(crate) struct Done {
    pub(crate) name: &'static str,
    pub(crate) took: Duration,
    /// What it would have written to the console.
    pub(crate) output: String,
    pub(crate) result: anyhow::Result<()>,
}

impl Beside {
    /// Begins. None is begun after one that fails.
    pub(crate) fn start(
        names: impl IntoIterator<Item = &'static str> + Send + 'static,
    ) -> anyhow::Result<Self> {
        let program = Program::copied()?;
        let (send, done) = channel();
        thread::spawn(move || {
            for name in names {
                let start = Instant::now();
                let mut output = String::new();
                let result = program.run(name, &mut output);
                let failed = result.is_err();
                let sent = send.send(Done { name, took: start.elapsed(), output, result });
                if failed || sent.is_err() {
                    return;
                }
            }
        });
        Ok(Self { done })
    }

    /// The steps that have ended since this was asked last.
    pub(crate) fn ended(&self) -> impl Iterator<Item = Done> {
        self.done.try_iter()
    }

    /// Waits for the others.
    pub(crate) fn wait(self) -> impl Iterator<Item = Done> {
        self.done.into_iter()
    }
}

/// A copy of this program: the tests are compiled meanwhile, and cargo puts a new one in place of the one that runs.
struct Program {
    folder: TempDir,
}

impl Program {
    fn copied() -> anyhow::Result<Self> {
        let program = Self { folder: tempfile::tempdir()? };
        fs::copy(env::current_exe()?, program.path())?;
        Ok(program)
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("xtask")
    }

    /// With less priority than the others: what they run has moments to keep.
    fn run(&self, name: &str, output: &mut String) -> anyhow::Result<()> {
        let mut file = tempfile::tempfile()?;
        let status = Command::new("nice")
            .args(["-n", "5"])
            .arg(self.path())
            .args(["test", "--beside", name])
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

/// In a process beside: ends it, and all that it has started, when the gate has ended.
pub(crate) fn end_with_the_gate() {
    let gate = parent_id();
    thread::spawn(move || {
        while parent_id() == gate {
            thread::sleep(LOOK);
        }
        let group = format!("-{}", process::id());
        let _ = Command::new("kill").args(["--", &group]).status();
    });
}
