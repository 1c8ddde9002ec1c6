//! `outband`: the command for operators.

/// One subcommand per file.
mod commands {
    pub(crate) mod demo;
    #[cfg(test)]
    mod documents;
    pub(crate) mod grammar;
    pub(crate) mod init;
    pub(crate) mod publish;
    pub(crate) mod redact;
    pub(crate) mod roster;
    pub(crate) mod send;
    pub(crate) mod serve;
    pub(crate) mod sign;
    pub(crate) mod verify;
}

/// Access to stations and mirrors over HTTP, and the settings in the operator's directory.
mod client {
    pub(crate) mod copy;
    pub(crate) mod delivery;
    pub(crate) mod endpoint;
    pub(crate) mod files;
    pub(crate) mod names;
    pub(crate) mod settings;
}

/// Keys, and signing with them.
mod signers {
    pub(crate) mod colleague;
    pub(crate) mod fresh;
    pub(crate) mod key_file;
    pub(crate) mod root;
}

/// Questions and messages.
mod terminal {
    pub(crate) mod ask;
    pub(crate) mod messages;
}

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

use commands::{demo, grammar, init, publish, redact, roster, send, serve, sign, verify};
use terminal::messages;

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
    Publish(Box<publish::Publish>),
    Sign(sign::Sign),
    Send(send::Send),
    Roster(roster::RosterCommand),
    Redact(redact::Redact),
    Verify(verify::Verify),
    Grammar(grammar::GrammarCommand),
    Serve(serve::Serve),
    Demo(demo::Demo),
}

fn main() -> ExitCode {
    let done = match Outband::parse().command {
        Command::Init(init) => init.run(),
        Command::Publish(publish) => publish.run(),
        Command::Sign(sign) => sign.run(),
        Command::Send(send) => send.run(),
        Command::Roster(roster) => roster.run(),
        Command::Redact(redact) => redact.run(),
        Command::Verify(verify) => return verify.run(),
        Command::Grammar(grammar) => grammar.run(),
        Command::Serve(serve) => serve.run(),
        Command::Demo(demo) => demo.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            messages::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
