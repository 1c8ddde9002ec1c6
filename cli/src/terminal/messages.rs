//! The command's output: colours, errors, progress, and commands to paste.

use std::fmt::{Display, Formatter};
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::Result;

/// Success. `anstream` omits colours if the output is not a terminal.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Failure.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// Less important text.
pub(crate) const QUIET: Style = Style::new().dimmed();

/// What is guaranteed not to have happened when a phase of a command fails. It is printed once, as the last line of the
/// error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nothing {
    Written,
    Signed,
    SignedOrSent,
    Sent,
    Verified,
}

impl Display for Nothing {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Written => "Nothing was written.",
            Self::Signed => "Nothing was signed.",
            Self::SignedOrSent => "Nothing was signed or sent.",
            Self::Sent => "Nothing was sent.",
            Self::Verified => "Nothing was verified.",
        })
    }
}

/// The phases of a command: `self.prepare().guarantee(Nothing::Sent)?`.
pub(crate) trait Guarantee<T> {
    /// Adds to an error what is guaranteed not to have happened.
    fn guarantee(self, nothing: Nothing) -> Result<T>;
}

impl<T> Guarantee<T> for Result<T> {
    fn guarantee(self, nothing: Nothing) -> Self {
        self.map_err(|error| error.context(nothing))
    }
}

/// Prints an error with its causes, one per line, and what is guaranteed not to have happened.
pub(crate) fn print_error(error: &anyhow::Error) {
    let mut lines = lines_of(error).into_iter();
    let bad = BAD;
    anstream::eprintln!("{bad}outband:{bad:#} {}", lines.next().unwrap_or_default());
    for line in lines {
        anstream::eprintln!("{line}");
    }
}

fn lines_of(error: &anyhow::Error) -> Vec<String> {
    let guarantee = error.downcast_ref::<Nothing>().map(ToString::to_string);
    let causes = error.chain().map(ToString::to_string).filter(|cause| Some(cause) != guarantee.as_ref());
    let indented = |(at, cause): (usize, String)| if at == 0 { cause } else { format!("  {cause}") };
    causes.enumerate().map(indented).chain(guarantee.clone()).collect()
}

/// The progress of a long job, shown on the terminal once it has taken more than a second.
pub(crate) struct Progress {
    begun: Instant,
    shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), shown: std::io::stderr().is_terminal() }
    }

    pub(crate) fn show(&self, of: &str, percent: usize) {
        if self.is_due() {
            anstream::eprint!("\r\x1b[Kcomparing {of}: {percent}%");
        }
    }

    fn is_due(&self) -> bool {
        self.shown && self.begun.elapsed() > Duration::from_secs(1)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_due() {
            anstream::eprint!("\r\x1b[K");
        }
    }
}

/// The command that runs this program again: its name if it was found on the path, otherwise its full path.
pub(crate) fn program() -> String {
    let called = std::env::args().next().unwrap_or_default();
    let here = std::env::current_exe().ok().filter(|_| called.contains(std::path::is_separator));
    here.map_or_else(|| "outband".to_owned(), |path| word(&path.display().to_string()))
}

/// A word of a command to paste. PowerShell and `cmd` agree on double quotes only, and a path there has none.
pub(crate) fn word(text: &str) -> String {
    let special = if cfg!(windows) { "._-/~+=:,\\" } else { "._-/~@%+=:," };
    let is_plain = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || special.contains(c));
    match (is_plain, cfg!(windows)) {
        (true, _) => text.to_owned(),
        (false, true) => format!("\"{text}\""),
        (false, false) => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_guarantee_is_the_last_line_and_said_once() {
        let failed: Result<()> = Err(anyhow!("no such file").context("cannot read update.txt"));
        let error = failed.guarantee(Nothing::Sent).unwrap_err();
        let lines = ["cannot read update.txt", "  no such file", "Nothing was sent."];
        assert_eq!(lines_of(&error), lines);
        let error = anyhow!("no such file").context("cannot read update.txt");
        assert_eq!(lines_of(&error), lines[..2]);
    }
}
