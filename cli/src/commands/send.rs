//! `outband send`: sends notes signed here or elsewhere.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::{Note, VerifierKey};

use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::terminal::{Guarantee as _, Nothing};

/// Send signed notes to every endpoint; needs no key
///
/// Sending a note twice is harmless: a note that is already in the log counts as accepted.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband send --to https://status.example.net update.note\n  outband send --dir status.example.net roster-1.note site-1.note"
)]
pub(crate) struct Send {
    /// Signed notes, sent in this order; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    destination: Destination,
    /// Print the results as JSON, one object per note
    #[arg(long)]
    json: bool,
}

impl Send {
    /// Sends each note; stops at the first that no endpoint accepts, since later ones may depend on it.
    pub(crate) fn run(self) -> Result<()> {
        let (endpoints, roots, notes) = self.prepare().guarantee(Nothing::Sent)?;
        let report = Report::new(self.json);
        for (file, note) in self.files.iter().zip(notes) {
            if report == Report::Lines {
                anstream::println!("{}", file.display());
            }
            let delivery = Delivery::send(&endpoints, &note, roots.as_deref(), report);
            delivery.report(report);
            if file.as_os_str() != "-" {
                delivery.keep_receipts(file);
            }
            if delivery.is_accepted() {
                continue;
            }
            let file = file.display();
            if delivery.is_undecided() {
                bail!(
                    "we don't know whether {file} got through; no file after it was sent. Send the same files again later: what is already in the log counts as accepted"
                );
            }
            bail!(
                "no endpoint accepted {file}; no file after it was sent. Fix the problem reported above, or try again later"
            );
        }
        Ok(())
    }

    fn prepare(&self) -> Result<Prepared> {
        let (endpoints, roots) = self.destination.endpoints()?;
        let notes = self.files.iter().map(|file| read(file)).collect::<Result<Vec<_>>>()?;
        Ok((endpoints, roots, notes))
    }
}

/// The endpoints, the roots of roster 1 if they are known, and the notes.
type Prepared = (Vec<Endpoint>, Option<Vec<VerifierKey>>, Vec<Vec<u8>>);

fn read(file: &Path) -> Result<Vec<u8>> {
    let bytes = files::read(file)?;
    Note::parse(&bytes).with_context(|| format!("{} is not a signed note", file.display()))?;
    Ok(bytes)
}
