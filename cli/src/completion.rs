//! What a shell asks at each press of Tab: it runs this program with [`VARIABLE`] set and the words typed so far.
//!
//! Names of a page come from files in its directory. Nothing is asked over the network, so that Tab never waits.

mod names;

use std::ffi::{OsStr, OsString};
use std::io::{Error, Write};
use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::CompleteEnv;
use clap_complete::engine::complete;
use clap_complete::env::{Bash as ClapBash, Elvish, EnvCompleter, Fish, Powershell, Shells, Zsh};

use crate::Outband;
pub(crate) use names::{affected, components, incidents, phases, templates};

/// Set by a shell's script, to the shell's name.
const VARIABLE: &str = "OUTBAND_COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Answers the shell and ends, if it is a shell that asks.
pub(crate) fn answer() {
    CompleteEnv::with_factory(Outband::command).var(VARIABLE).shells(SHELLS).complete();
}

/// The script that makes a shell ask.
pub(crate) fn script(shell: &str) -> Result<Vec<u8>, Error> {
    let mut script = Vec::new();
    let completer = SHELLS.completer(shell).ok_or_else(|| Error::other("an unknown shell"))?;
    completer.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)?;
    Ok(script)
}

const NAME: &str = "outband";

/// bash, which takes `--affects mail=outage` for four words, and completes only the last.
struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        ClapBash.name()
    }

    fn is(&self, name: &str) -> bool {
        ClapBash.is(name)
    }

    fn write_registration(
        &self,
        var: &str,
        name: &str,
        bin: &str,
        completer: &str,
        buf: &mut dyn Write,
    ) -> Result<(), Error> {
        let mut script = Vec::new();
        ClapBash.write_registration(var, name, bin, completer, &mut script)?;
        // After `mail=` bash says that the word is empty, which would hide the `=`.
        let word = r#"words[COMP_CWORD]="$2""#;
        let script = String::from_utf8_lossy(&script)
            .replace(word, &format!("[[ $2 ]] || [[ ${{words[COMP_CWORD]}} != '=' ]] && {word}"));
        write!(buf, "{script}")
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        current_dir: Option<&Path>,
        buf: &mut dyn Write,
    ) -> Result<(), Error> {
        let set = |name: &str| std::env::var(name).ok();
        let index = set("_CLAP_COMPLETE_INDEX").and_then(|index| index.parse().ok());
        let (words, index) = joined(words, index.unwrap_or_default());
        let before = words.get(index).map(|word| kept(word)).unwrap_or_default();
        let separator = set("_CLAP_IFS").unwrap_or_else(|| "\n".to_owned());
        let found = complete(command, words, index, current_dir)?;
        let values: Vec<String> = found
            .iter()
            .map(|found| found.get_value().to_string_lossy())
            .map(|value| value.strip_prefix(before.as_str()).unwrap_or(&value).to_owned())
            .collect();
        write!(buf, "{}", values.join(&separator))
    }
}

/// The words as they were typed, with the parts around each `=` joined, and which of them is being completed.
fn joined(words: Vec<OsString>, index: usize) -> (Vec<OsString>, usize) {
    let mut whole: Vec<OsString> = Vec::new();
    let (mut at, mut is_open) = (0, false);
    for (place, word) in words.into_iter().enumerate() {
        let is_equals = word == "=";
        match whole.last_mut().filter(|_| place > 1 && (is_open || is_equals)) {
            Some(last) => last.push(&word),
            None => whole.push(word),
        }
        is_open = is_equals;
        if place <= index {
            at = whole.len().saturating_sub(1);
        }
    }
    (whole, at)
}

/// What bash keeps of a word: up to its last `=`.
fn kept(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    word.rfind('=').map(|at| word.split_at(at + 1).0.to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_bash_splits_are_joined() {
        for (typed, index, expected, at, before) in [
            ("outband publish --affects mail = ou", 5, "outband publish --affects mail=ou", 3, "mail="),
            ("outband publish --affects mail =", 4, "outband publish --affects mail=", 3, "mail="),
            ("outband publish --dir = status --ph", 5, "outband publish --dir=status --ph", 3, ""),
            ("outband pub", 1, "outband pub", 1, ""),
        ] {
            let words = typed.split(' ').map(OsString::from).collect();
            let (words, found) = joined(words, index);
            assert_eq!((words.join(OsStr::new(" ")), found), (expected.into(), at));
            assert_eq!(kept(&words[found]), before);
        }
    }
}
