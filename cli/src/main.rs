//! `outband`: the command for operators.

/// One subcommand per file.
mod commands {
    pub(crate) mod backup;
    pub(crate) mod completions;
    pub(crate) mod countersign;
    pub(crate) mod demo;
    pub(crate) mod doctor;
    pub(crate) mod grammar;
    pub(crate) mod init;
    pub(crate) mod key;
    pub(crate) mod man;
    pub(crate) mod mirror;
    pub(crate) mod publish;
    pub(crate) mod redact;
    pub(crate) mod restore;
    pub(crate) mod roster;
    pub(crate) mod send;
    pub(crate) mod serve;
    pub(crate) mod sign;
    pub(crate) mod site;
    pub(crate) mod status;
    pub(crate) mod verify;
}

/// Access to stations and mirrors over HTTP, and to the settings and files in the operator's directory.
mod client {
    pub(crate) mod answer;
    pub(crate) mod copy;
    pub(crate) mod delivery;
    pub(crate) mod endpoint;
    pub(crate) mod failure;
    pub(crate) mod files;
    pub(crate) mod known;
    pub(crate) mod last_seen;
    pub(crate) mod live;
    pub(crate) mod names;
    pub(crate) mod network;
    pub(crate) mod newest;
    pub(crate) mod outbox;
    pub(crate) mod place;
    pub(crate) mod receipt;
    pub(crate) mod redirect;
    pub(crate) mod settings;
}

/// Texts that decide for the whole page, and who must sign them.
mod decisions {
    pub(crate) mod changes;
    pub(crate) mod decision;
    pub(crate) mod quorum;
    pub(crate) mod roster;
    pub(crate) mod site;
}

/// Keys, and signing with them.
mod signers {
    pub(crate) mod dumps;
    pub(crate) mod encrypted;
    pub(crate) mod key_file;
    pub(crate) mod keys;
    pub(crate) mod passphrase;
    pub(crate) mod signer;
    pub(crate) mod signing;
}

mod completion;
mod nearest;
mod terminal;
mod when;
mod zone;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use outband_keys::is_secret;

use commands::{
    backup, completions, countersign, demo, doctor, grammar, init, key, man, mirror, publish, redact,
    restore, roster, send, serve, sign, site, status, verify,
};
use signers::dumps;

/// Pages consist of many small strings, allocated by one thread and freed by others. Cargo.toml states the gain.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// An out-of-band status page: tell people what is happening when everything else you run is down
#[derive(Parser)]
#[command(version, after_help = "Start with:\n  outband demo\n  outband init --help")]
struct Outband {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(Box<init::Init>),
    Doctor(doctor::Doctor),
    Status(status::StatusCommand),
    Publish(Box<publish::Publish>),
    Update(publish::UpdateCommand),
    Resolve(publish::Resolve),
    Sign(sign::Sign),
    Send(send::Send),
    Key(key::KeyCommand),
    Roster(roster::RosterCommand),
    Site(site::SiteCommand),
    Countersign(countersign::Countersign),
    Redact(redact::Redact),
    Verify(verify::Verify),
    Grammar(grammar::GrammarCommand),
    Serve(serve::Serve),
    Mirror(mirror::Mirror),
    Backup(backup::Backup),
    Restore(restore::Restore),
    Demo(demo::Demo),
    Completions(completions::Completions),
    Man(man::Man),
}

fn main() -> ExitCode {
    dumps::refuse();
    completion::answer();
    let command = match Outband::try_parse() {
        Ok(outband) => outband.command,
        Err(error) => return not_understood(&error),
    };
    let done = match command {
        Command::Init(init) => init.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Status(status) => status.run(),
        Command::Publish(publish) => publish.run(),
        Command::Update(update) => update.run(),
        Command::Resolve(resolve) => resolve.run(),
        Command::Sign(sign) => sign.run(),
        Command::Send(send) => send.run(),
        Command::Key(key) => key.run(),
        Command::Roster(roster) => return ended(roster.run()),
        Command::Site(site) => return ended(site.run()),
        Command::Countersign(countersign) => return ended(countersign.run()),
        Command::Redact(redact) => return ended(redact.run()),
        Command::Verify(verify) => return verify.run(),
        Command::Grammar(grammar) => grammar.run(),
        Command::Serve(serve) => serve.run(),
        Command::Mirror(mirror) => mirror.run(),
        Command::Backup(backup) => backup.run(),
        Command::Restore(restore) => restore.run(),
        Command::Demo(demo) => demo.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    };
    ended(done.map(|()| ExitCode::SUCCESS))
}

fn ended(done: anyhow::Result<impl Into<ExitCode>>) -> ExitCode {
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            terminal::print_error(&error);
            ExitCode::FAILURE
        }
    }
}

/// Reports arguments that are not a valid command line, or prints the help that they ask for.
fn not_understood(error: &clap::Error) -> ExitCode {
    if is_secret(&error.to_string()) {
        let bad = terminal::BAD;
        anstream::eprintln!("{bad}outband:{bad:#} {SECRET_ARGUMENT}");
    } else {
        // Without a terminal there is nobody to tell.
        let _ = error.print();
        let words = std::env::args_os().skip(1);
        for hint in words.filter_map(|word| publish::typed::hint(&word.to_string_lossy())) {
            anstream::eprintln!("\n{hint}");
        }
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}

const SECRET_ARGUMENT: &str = "an argument that is not understood contains a secret key. Nothing was done. Pass the name of the key's file instead; if others use this machine or read its shell history, replace the key";

/// Checks that every command line shown in a document or a help text is valid.
#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use clap::error::ErrorKind;

    use super::*;

    const DOCUMENTS: [(&str, &str); 9] = [
        ("README.md", include_str!("../../README.md")),
        ("ARCHITECTURE.md", include_str!("../../ARCHITECTURE.md")),
        ("SPEC.md", include_str!("../../SPEC.md")),
        ("SECURITY.md", include_str!("../../SECURITY.md")),
        ("CONTRIBUTING.md", include_str!("../../CONTRIBUTING.md")),
        ("CHANGELOG.md", include_str!("../../CHANGELOG.md")),
        ("docs/exit-codes.md", include_str!("../../docs/exit-codes.md")),
        ("docs/native.md", include_str!("../../docs/native.md")),
        ("docs/second-place.md", include_str!("../../docs/second-place.md")),
    ];

    #[test]
    fn commands_in_documents_are_valid() {
        let (mut whole, mut named) = (0, 0);
        for (document, text) in DOCUMENTS {
            let mut fenced = false;
            for line in text.replace("\\\n", " ").lines() {
                if line.starts_with("```") {
                    fenced = !fenced;
                } else if fenced {
                    for command in line.split(" | ").filter_map(words) {
                        whole += 1;
                        let parsed = Outband::try_parse_from(&command);
                        assert!(parsed.is_ok(), "{document}: {line}\n{}", parsed.err().unwrap());
                    }
                } else {
                    for command in line.split('`').skip(1).step_by(2).filter_map(words) {
                        named += 1;
                        assert!(is_part_of_one(&command), "{document} names `{}`", command.join(" "));
                    }
                }
            }
        }
        assert!(whole > 5 && named > 5, "{whole} and {named}: does this test find the command lines?");
    }

    #[test]
    fn commands_in_help_texts_are_valid() {
        let mut commands = vec![Outband::command()];
        let mut shown = 0;
        while let Some(command) = commands.pop() {
            commands.extend(command.get_subcommands().cloned());
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            for line in help.replace("\\\n", " ").lines() {
                for example in line.split(" | ").filter_map(words) {
                    shown += 1;
                    let parsed = Outband::try_parse_from(&example);
                    let is_help = example.last().is_some_and(|word| word == "--help");
                    assert!(parsed.is_ok() || is_help, "{line}\n{}", parsed.err().unwrap());
                }
            }
        }
        assert!(shown > 10, "only {shown} examples");
    }

    /// Whether the words are the beginning of a valid command line.
    fn is_part_of_one(command: &[String]) -> bool {
        match Outband::try_parse_from(command) {
            Ok(_) => true,
            Err(error) => matches!(
                error.kind(),
                ErrorKind::MissingRequiredArgument
                    | ErrorKind::InvalidValue
                    | ErrorKind::DisplayHelp
                    | ErrorKind::DisplayVersion
                    | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
            ),
        }
    }

    /// The words of a command line that calls `outband`, as a shell would split them; none for any other line, or for the
    /// first line of a text (`outband update v1`). An ellipsis marks omitted words.
    fn words(line: &str) -> Option<Vec<String>> {
        let line = line.trim().trim_end_matches('&').trim_end();
        let called = ["outband ", "./outband "].iter().find_map(|name| line.strip_prefix(name));
        let called = called.or_else(|| line.strip_prefix("cargo run --release -- "))?;
        let mut words = vec!["outband".to_owned()];
        let (mut word, mut quote) = (String::new(), None);
        for c in called.chars().chain([' ']) {
            match (c, quote) {
                ('"' | '\'', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (' ', None) => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
                ('#', None) if word.is_empty() => break,
                _ => word.push(c),
            }
        }
        words.retain(|word| word != "…");
        let is_format = words.get(2).is_some_and(|word| word.starts_with("v1"));
        (!is_format).then_some(words)
    }
}
