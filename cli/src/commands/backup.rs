//! `outband backup`: a whole copy of the store, while a host serves from it.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use outband_native::STORE;
use outband_record::log::hash_text;
use serde_json::json;

use crate::terminal::{self, OrJson as _};

/// Copy the store of `outband serve`, which may go on serving
///
/// The copy is checked: its entries match its checkpoint, and it has everything that was acknowledged. Keys and settings
/// are not copied. Nothing is overwritten.
///
/// To restore it, move the files outband.sqlite, outband.sqlite-wal and outband.sqlite-shm away from the directory that is
/// served, but not outband.sqlite-head, and put the copy there: if notes were accepted after the copy was made, `outband
/// serve` says how many.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband backup --dir status.example.net backups/2013-09-03")]
pub(crate) struct Backup {
    /// Directory for the copy, created if it does not exist
    #[arg(value_name = "DIRECTORY")]
    to: PathBuf,
    /// Directory of the store
    #[arg(long, alias = "from", value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Backup {
    /// Makes the copy and reports what it has.
    pub(crate) fn run(self) -> Result<()> {
        let head = outband_native::backup(&self.dir, &self.to).context("no backup was made");
        let head = head.or_json(self.json)?;
        let (size, root, file) = (head.tree.size, hash_text(&head.tree.root), self.to.join(STORE));
        if self.json {
            terminal::print_json(&json!({"entries": size, "root_hash": root, "file": file}));
            return Ok(());
        }
        anstream::println!("backed up {size} entries, root hash {root}");
        anstream::println!("to {}", file.display());
        Ok(())
    }
}
