//! `outband completions`: what a shell needs to complete command lines.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use clap_complete::Shell;

use crate::completion;

/// Print the completions for a shell
///
/// Put it where your shell looks for completions: for bash, ~/.local/share/bash-completion/completions/outband; for zsh,
/// _outband in a directory of fpath. It completes subcommands, options, files, components and their conditions, phases,
/// prepared texts, and the incidents that were open when `publish` or `status` last asked. The shell runs `outband` for
/// that, which reads only files in the page's directory.
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
        let script = completion::script(&self.shell.to_string())?;
        std::io::stdout().write_all(&script).context("cannot write to standard output")
    }
}
