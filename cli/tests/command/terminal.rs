//! A person at a terminal of 80 columns, who reads a question before answering it.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{BIN, KNOWN};

/// How long a question may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the command in `dir`; each answer is typed once its question has appeared. Returns how it ended, and all that
/// was shown.
pub(crate) fn at_a_terminal(dir: &Path, args: &[&str], answers: &[(&str, &str)]) -> (ExitStatus, String) {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", BIN]).args(args);
    typed(dir, command, answers)
}

/// The same for a command that is given as a line for a shell.
pub(crate) fn shell_at_a_terminal(dir: &Path, line: &str, answers: &[(&str, &str)]) -> (ExitStatus, String) {
    let mut command = Command::new("setsid");
    command.args(["--ctty", "--wait", "sh", "-c", line]);
    typed(dir, command, answers)
}

fn typed(dir: &Path, mut command: Command, answers: &[(&str, &str)]) -> (ExitStatus, String) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).expect("its other end");
    unlockpt(&master).expect("unlocked");
    let size = Winsize { ws_row: 50, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&master, size).expect("80 columns");
    let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("a path");
    let other_end = || File::options().read(true).write(true).open(&name).expect("opened");
    let mut child = command
        .current_dir(dir)
        .env("OUTBAND_STATE", dir.join(KNOWN))
        .env("TERM", "xterm")
        .env("TZ", "UTC")
        .env_remove("VISUAL")
        .stdin(other_end())
        .stdout(other_end())
        .stderr(other_end())
        .spawn()
        .expect("setsid, of util-linux");
    // Otherwise the terminal stays open when the child ends.
    drop(command);
    let mut master = File::from(master);
    let screen = Screen::of(master.try_clone().expect("cloned"));
    let mut seen = 0;
    for (question, answer) in answers {
        seen = screen.await_text(question, seen);
        master.write_all(answer.as_bytes()).expect("typed");
    }
    let ended = child.wait().expect("it ends");
    screen.reader.join().expect("read to its end");
    let shown = screen.shown.lock().expect("not poisoned").clone();
    (ended, shown.replace("\r\n", "\n"))
}

/// What a terminal shows.
struct Screen {
    shown: Arc<Mutex<String>>,
    reader: std::thread::JoinHandle<()>,
}

impl Screen {
    fn of(mut master: File) -> Self {
        let shown = Arc::new(Mutex::new(String::new()));
        let kept = shown.clone();
        let reader = std::thread::spawn(move || {
            let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
            // Reading fails once nobody has the other end.
            while let Ok(count @ 1..) = master.read(&mut part) {
                bytes.extend(&part[..count]);
                *kept.lock().expect("not poisoned") = String::from_utf8_lossy(&bytes).into_owned();
            }
        });
        Self { shown, reader }
    }

    /// Waits until this text is shown after the first `seen` bytes; returns where it ends.
    fn await_text(&self, text: &str, seen: usize) -> usize {
        let begun = Instant::now();
        loop {
            let is_over = self.reader.is_finished();
            let shown = self.shown.lock().expect("not poisoned").clone();
            if let Some(at) = shown.get(seen..).and_then(|new| new.find(text)) {
                return seen + at + text.len();
            }
            assert!(!is_over && begun.elapsed() < PATIENCE, "{text:?} does not appear: {shown}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
