//! `outband restore`: the store again, from any copy of the page.

use anyhow::{Context as _, Result};
use outband_native::STORE;
use outband_record::log::hash_text;
use serde_json::json;

use crate::client::copy::Copy;
use crate::commands::serve::StationSettings;
use crate::terminal::{self, OrJson as _};

/// Rebuild the store from a mirror, after it was lost, or bring an older backup up to date
///
/// The copy's log is verified as `outband verify` does, with the root keys in the settings; everything else is computed
/// from it, and the checkpoint is signed again. Entries keep their receipts, and redacted ones stay
/// redacted. The settings and secret keys are those of `outband serve`.
///
/// Notes that the copy does not have are lost: choose the newest one, and make sure that no other host serves the page. A
/// store that is there, such as an older backup, gets what it lacks, if the copy's log continues its own.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband restore https://mirror.example.org --dir status.example.net\n  outband restore ./mirror --dir status.example.net"
)]
pub(crate) struct Restore {
    /// Base URL or directory of the copy
    #[arg(value_name = "URL or DIRECTORY")]
    copy: String,
    #[command(flatten)]
    settings: StationSettings,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Restore {
    /// Rebuilds the store and reports what it has.
    pub(crate) fn run(self) -> Result<()> {
        self.restore().context("nothing was restored").or_json(self.json)
    }

    fn restore(&self) -> Result<()> {
        let station = self.settings.station()?;
        let copy = Copy::open(&self.copy)?;
        let head = outband_native::restore(&station, &copy, &self.settings.dir)?;
        let (size, root, file) = (head.tree.size, hash_text(&head.tree.root), self.settings.dir.join(STORE));
        if self.json {
            terminal::print_json(&json!({"entries": size, "root_hash": root, "file": file}));
            return Ok(());
        }
        anstream::println!("restored {size} entries, root hash {root}");
        anstream::println!("to {}", file.display());
        anstream::println!(
            "Before you serve it, check that no other host serves this page, and that no other copy has more entries: `outband verify` prints how many each has"
        );
        Ok(())
    }
}
