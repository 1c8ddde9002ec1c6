//! `outband man`: the help texts as man pages.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use crate::Outband;
use crate::terminal::shown;

/// Write man pages, one for each subcommand
///
/// Pages of the same name are replaced. The release archive has them in man/man1.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Directory to write them to, created if it does not exist
    #[arg(value_name = "DIRECTORY")]
    to: PathBuf,
}

impl Man {
    pub(crate) fn run(self) -> Result<()> {
        let written = std::fs::create_dir_all(&self.to)
            .and_then(|()| clap_mangen::generate_to(Outband::command(), &self.to));
        written.with_context(|| format!("cannot write man pages to {}", shown(&self.to)))
    }
}
