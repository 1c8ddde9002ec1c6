//! `outband completions`: what a shell needs to complete command lines.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::Outband;

/// Print the completions for a shell
///
/// Put it where your shell looks for completions: for bash, ~/.local/share/bash-completion/completions/outband; for zsh,
/// _outband in a directory of fpath. It completes subcommands, options and files; components and the names of incidents
/// are not completed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband completions bash
  outband completions fish | source")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Outband::command(), "outband", &mut script);
        std::io::stdout().write_all(&script).context("cannot write to standard output")
    }
}
