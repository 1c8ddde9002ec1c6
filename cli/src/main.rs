//! `outband`: an operator's command, and the native host.

mod ask;
mod clock;
mod colleague;
mod colour;
mod delivery;
mod demo;
#[cfg(test)]
mod documents;
mod draft;
mod endpoint;
mod grammar;
mod host;
mod init;
mod names;
mod publish;
mod random;
mod redact;
mod root;
mod roster;
mod secret_file;
mod send;
mod serve;
mod settings;
mod shell;
mod sign;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;

/// Pages are made of many small strings, which one thread makes and others let go.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Out-of-band status: say what is happening when everything else of yours is down
#[derive(Parser)]
#[command(version, after_help = "Begin with:\n  outband demo\n  outband init --help")]
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
            tell(&error);
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes, on one line each.
fn tell(error: &anyhow::Error) {
    let bad = colour::BAD;
    anstream::eprintln!("{bad}outband:{bad:#} {error}");
    for cause in error.chain().skip(1) {
        anstream::eprintln!("  {cause}");
    }
}
