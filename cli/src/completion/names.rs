//! The names that a page has: components, open incidents, prepared texts; and the words of the grammar.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use outband_keys::{Note, printable};
use outband_record::text::{ComponentPath, Condition, Phase, Site, Slug, Value};

use crate::client::last_seen::{self, LastSeen};
use crate::client::settings::at_home;
use crate::commands::init::SITE;
use crate::commands::publish::prepared;

/// A component and its condition: `mail=outage`. Shells put a space after an only offer, so an only component is offered
/// with each condition.
pub(crate) fn affected() -> ArgValueCompleter {
    completer(|typed| {
        let of = |path: &str| Condition::ALL.iter().map(|condition| format!("{path}={condition}")).collect();
        if let Some((path, _)) = typed.split_once('=') {
            return of(path);
        }
        let components = of_page().components.into_iter().filter(|path| path.starts_with(typed));
        let components: Vec<_> = components.collect();
        match components.as_slice() {
            [only] => of(only),
            _ => components.into_iter().map(|path| path + "=").collect(),
        }
    })
}

/// A component.
pub(crate) fn components() -> ArgValueCompleter {
    completer(|_| of_page().components.into_iter().collect())
}

/// An open incident.
pub(crate) fn incidents() -> ArgValueCompleter {
    completer(|_| of_page().open.into_iter().collect())
}

/// A phase.
pub(crate) fn phases() -> ArgValueCompleter {
    completer(|_| Phase::ALL.iter().map(ToString::to_string).collect())
}

/// A prepared text.
pub(crate) fn templates() -> ArgValueCompleter {
    completer(|_| prepared(&directory()).into_iter().filter(|name| printable(name) == *name).collect())
}

/// Offers the names that begin as typed.
fn completer(names: impl Fn(&str) -> Vec<String> + Send + Sync + 'static) -> ArgValueCompleter {
    ArgValueCompleter::new(move |typed: &OsStr| {
        let typed = typed.to_string_lossy();
        let found = names(&typed).into_iter().filter(|name| name.starts_with(&*typed));
        found.map(CompletionCandidate::new).collect()
    })
}

/// What the page showed last; before anything was asked, the components with which it was set up. The server's names are
/// read like those in any text, since a shell would act on what is in them.
fn of_page() -> LastSeen {
    let directory = directory();
    let mut seen = LastSeen::read(&directory);
    if seen.components.is_empty() {
        seen.components = set_up(&directory).as_ref().map(last_seen::components).unwrap_or_default();
    }
    seen.components.retain(|path| ComponentPath::parse(path).is_some());
    seen.open.retain(|slug| Slug::parse(slug).is_some());
    seen
}

/// The site note that `init` wrote.
fn set_up(directory: &Path) -> Option<Site> {
    let note = Note::parse(&std::fs::read(directory.join(SITE)).ok()?).ok()?;
    Site::parse(note.text()).ok()
}

/// The page's directory, by the words typed so far.
fn directory() -> PathBuf {
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let after = words.iter().position(|word| word == "--dir").and_then(|at| {
        // bash splits `--dir=status`.
        words.iter().skip(at + 1).find(|word| *word != "=")
    });
    let joined = || words.iter().find_map(|word| word.strip_prefix("--dir="));
    at_home(after.map(String::as_str).or_else(joined).unwrap_or(".").into())
}
