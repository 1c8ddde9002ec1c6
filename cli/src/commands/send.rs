//! `outband send`: signed notes, from wherever they were signed.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;

use crate::client::delivery::{self, Delivery, Tell};
use crate::client::settings::Directory;

/// Send signed notes to every endpoint; needs no key.
///
/// A note that is in the log already counts as accepted: sending twice does no harm.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband send --to https://status.example.net update.note\n  outband send --dir status.example.net roster-1.note site-1.note"
)]
pub(crate) struct Send {
    /// Notes, sent in this order
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Base URL to send to, as often as there are; those of outband.toml without it
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory of outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print the answers as JSON, one object a note
    #[arg(long)]
    json: bool,
}

impl Send {
    /// Sends each; stops at the first that nobody accepts, since those after it may depend on it.
    pub(crate) fn run(self) -> Result<()> {
        let settings = Directory::open_if_any(&self.dir)?.map(|d| d.settings.endpoints).unwrap_or_default();
        let endpoints = delivery::endpoints(&self.to, &settings)?;
        let notes = self.files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
        for (file, note) in self.files.iter().zip(notes) {
            let tell = if self.json { Tell::Json } else { Tell::Lines };
            if !self.json {
                anstream::println!("{}", file.display());
            }
            let delivery = Delivery::send(&endpoints, &note, tell);
            delivery.report(tell);
            if delivery.is_accepted() {
                continue;
            }
            let file = file.display();
            if delivery.is_open() {
                bail!(
                    "{file} is not known to be in any log, and no file after it was sent. Send the same files again later: what is in the log already counts as accepted"
                );
            }
            bail!(
                "{file} was not accepted anywhere; neither it nor a file after it is in the log. Correct what is said above, or send again later"
            );
        }
        Ok(())
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let bytes = std::fs::read(file)
        .with_context(|| format!("{} cannot be read; nothing was sent", file.display()))?;
    Note::parse(&bytes)
        .with_context(|| format!("{} is not a signed note; nothing was sent", file.display()))?;
    Ok(bytes)
}
