//! The terminal: colours, errors, questions and their answers, interruptions, progress, and commands to paste.

mod interrupt;
mod json;

use std::fmt::{Display, Formatter};
use std::io::{ErrorKind, IsTerminal as _};
use std::path::Path;
use std::time::{Duration, Instant};

use age::secrecy::SecretString;
use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result, anyhow, bail};
use dialoguer::console::{Key, Term};
use dialoguer::{Confirm, Input, MultiSelect, Select};
pub(crate) use interrupt::{kept, report_interruptions, undisturbed};
pub(crate) use json::{OrJson, print_json, print_json_of};
use outband_keys::{printable, quoted};
use outband_record::text::Value;
use outband_record::time::Time;

/// Success. `anstream` omits colours if the output is not a terminal.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default().bold();
/// Success with a reservation.
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default().bold();
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
    /// No reader can see it.
    Seen,
    /// Whether readers see it is not known.
    KnownToBeSeen,
}

impl Display for Nothing {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Written => "Nothing was written.",
            Self::Signed => "Nothing was signed.",
            Self::SignedOrSent => "Nothing was signed or sent.",
            Self::Sent => "Nothing was sent.",
            Self::Verified => "Nothing was verified.",
            Self::Seen => "READERS DO NOT SEE IT.",
            Self::KnownToBeSeen => "READERS MAY NOT SEE IT.",
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
    interrupt::await_report(error);
    let mut lines = lines_of(error).into_iter();
    let bad = BAD;
    anstream::eprintln!("{bad}outband:{bad:#} {}", lines.next().unwrap_or_default());
    for line in lines {
        anstream::eprintln!("{line}");
    }
}

/// A text of several lines, as a terminal may show it.
pub(crate) fn text(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// Prints a warning.
pub(crate) fn warn(text: &str) {
    anstream::eprintln!("{BAD}warning:{BAD:#} {}", printable(text));
}

/// The value, or a warning that says why there is none.
pub(crate) fn or_warn<T>(result: Result<T>) -> Option<T> {
    result.inspect_err(|error| warn(&format!("{error:#}"))).ok()
}

fn lines_of(error: &anyhow::Error) -> Vec<String> {
    let guarantee = error.downcast_ref::<Nothing>().map(ToString::to_string);
    causes(error).into_iter().chain(guarantee).collect()
}

/// What happened, with its causes, without what is guaranteed.
fn causes(error: &anyhow::Error) -> Vec<String> {
    let guarantee = error.downcast_ref::<Nothing>().map(ToString::to_string);
    let causes = error.chain().map(ToString::to_string).filter(|cause| Some(cause) != guarantee.as_ref());
    let indented = |(at, cause): (usize, String)| if at == 0 { cause } else { format!("  {cause}") };
    let lines = causes.enumerate().map(indented);
    lines.flat_map(|text| text.lines().map(printable).collect::<Vec<_>>()).collect()
}

/// Whether questions can be answered: both input and output are a terminal.
pub(crate) fn can_ask() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Asks for a value until the answer is a valid `T`.
pub(crate) fn ask<T: Value>(question: &str) -> Result<T> {
    let check = |text: &str| T::parse(text).map(drop).with_context(|| format!("it must be {}", T::EXPECTED));
    let text = ask_for(question, check)?;
    T::parse(&text).with_context(|| format!("it must be {}", T::EXPECTED))
}

/// Asks for a text until it passes `check`.
pub(crate) fn ask_for(question: &str, check: impl Fn(&str) -> Result<()>) -> Result<String> {
    let check = |text: &String| check(text).map_err(|error| format!("{error:#}"));
    Input::new().with_prompt(question).validate_with(check).interact_text().context(CANCELLED)
}

/// Asks for a value that can be skipped by pressing Enter.
pub(crate) fn ask_optional<T: Value>(question: &str) -> Result<Option<T>> {
    let check = |text: &str| match T::parse(text) {
        Some(_) => Ok(()),
        None => bail!("it must be empty, or {}", T::EXPECTED),
    };
    Ok(ask_text(question, None, check)?.and_then(|text| T::parse(&text)))
}

/// Asks for a text until it passes `check`; `None` if it is skipped by pressing Enter. `proposal` is there already, and
/// can be changed or erased.
pub(crate) fn ask_text(
    question: &str,
    proposal: Option<&str>,
    check: impl Fn(&str) -> Result<()>,
) -> Result<Option<String>> {
    let check = |text: &String| match text.as_str() {
        "" => Ok(()),
        text => check(text).map_err(|error| format!("{error:#}")),
    };
    let mut input = Input::<String>::new().with_prompt(question).allow_empty(true).validate_with(check);
    if let Some(proposal) = proposal {
        input = input.with_initial_text(proposal);
    }
    let text = input.interact_text().context(CANCELLED)?;
    Ok((!text.is_empty()).then_some(text))
}

/// Asks for one of `choices`, and returns its position; Enter takes the one at `proposal`.
pub(crate) fn choose(question: &str, choices: &[&str], proposal: usize) -> Result<usize> {
    Select::new().with_prompt(question).items(choices).default(proposal).interact().context(CANCELLED)
}

/// Asks for any number of `choices`, and returns their positions. Those that are `checked` are chosen already.
pub(crate) fn choose_several(question: &str, choices: &[String], checked: &[bool]) -> Result<Vec<usize>> {
    let choices = choices.iter().zip(checked.iter().copied().chain(std::iter::repeat(false)));
    MultiSelect::new().with_prompt(question).items_checked(choices).interact().context(CANCELLED)
}

/// Asks yes or no; Enter means yes.
pub(crate) fn confirm(question: &str) -> Result<bool> {
    let answer = Confirm::new().with_prompt(question).default(true).interact();
    answer.context(CANCELLED)
}

/// Asks whether to sign and send the text shown above; `yes` skips the question.
pub(crate) fn confirm_signing(yes: bool, question: &str) -> Result<()> {
    if yes {
        return Ok(());
    }
    if !can_ask() {
        bail!("not a terminal, so nobody can confirm. Use --yes to sign without confirmation");
    }
    if confirm(question)? {
        return Ok(());
    }
    bail!(CANCELLED)
}

/// Like [`confirm_signing`]; the key `p` shows a preview first.
pub(crate) fn confirm_or_preview(yes: bool, question: &str, preview: impl Fn()) -> Result<()> {
    if yes || !can_ask() {
        return confirm_signing(yes, question);
    }
    loop {
        anstream::eprint!("{question} {QUIET}[Y/n, p to preview the page]{QUIET:#} ");
        let key = Term::stderr().read_key().map_err(dialoguer::Error::from).context(CANCELLED)?;
        anstream::eprintln!();
        match key {
            Key::Enter | Key::Char('y' | 'Y') => return Ok(()),
            Key::Escape | Key::Char('n' | 'N') => bail!(CANCELLED),
            Key::Char('p' | 'P') => preview(),
            _ => {}
        }
    }
}

/// Asks for a passphrase at the terminal itself, whatever standard input and output are. Nothing of it is shown.
pub(crate) fn ask_passphrase(question: &str) -> Result<SecretString> {
    match interrupt::put_back(|| rpassword::prompt_password(question)) {
        Ok(typed) => Ok(typed.into()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => bail!(CANCELLED),
        Err(error) => Err(anyhow!(error).context(
            "there is no terminal to ask for a passphrase. Name a file that has it with --passphrase-file",
        )),
    }
}

const CANCELLED: &str = "cancelled";

/// The value of a command-line option.
pub(crate) fn option_value<T: Value>(option: &str, text: &str) -> Result<T> {
    T::parse(text).with_context(|| format!("{option} {}: it must be {}", quoted(text), T::EXPECTED))
}

/// The time between two moments, in its two largest units: `2 h 10 min`.
pub(crate) fn ago(from: Time, to: Time) -> String {
    let minutes = to.posix().saturating_sub(from.posix()) / 60;
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A file's path, as a message may show it.
pub(crate) fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
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
    fn a_guarantee_is_printed_once_as_the_last_line() {
        let failed: Result<()> = Err(anyhow!("no such file").context("cannot read update.txt"));
        let error = failed.guarantee(Nothing::Sent).unwrap_err();
        let lines = ["cannot read update.txt", "  no such file", "Nothing was sent."];
        assert_eq!(lines_of(&error), lines);
        let error = anyhow!("no such file").context("cannot read update.txt");
        assert_eq!(lines_of(&error), lines[..2]);
    }

    #[test]
    fn an_error_shows_no_secret_and_no_hidden_characters() {
        let error =
            anyhow!("found PRIVATE+KEY+o/alice/phone+01234567+AQ\u{1b}[2J").context("a\u{202e}b\n  c\u{7}");
        assert_eq!(lines_of(&error), ["a\\u{202e}b", "  c\\u{7}", "(a secret key, not shown)"]);
    }
}
