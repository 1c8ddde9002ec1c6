//! `outband send`: sends notes signed here or elsewhere.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use outband_keys::{Note, VerifierKey};

use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::outbox::{Outbox, Outcome};
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, shown};

/// Send signed notes to every endpoint; needs no key
///
/// Sending a note twice is harmless: a note that is already in the log counts as accepted.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband send --to https://status.example.net update.note\n  outband send --dir status.example.net status.example.net/roster-1.note\n  outband send --dir status.example.net --unsent"
)]
pub(crate) struct Send {
    /// Signed notes, sent in this order; `-` for standard input
    #[arg(required_unless_present = "unsent", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Send what was signed here and not sent, oldest first
    #[arg(long, conflicts_with = "files")]
    unsent: bool,
    #[command(flatten)]
    destination: Destination,
    /// Print the results as JSON, one object per note
    #[arg(long)]
    json: bool,
}

impl Send {
    /// Sends each note; stops at the first that no endpoint accepts, since later ones may depend on it.
    pub(crate) fn run(self) -> Result<()> {
        let prepared = self.prepare().guarantee(Nothing::Sent).or_json(self.json)?;
        let Prepared { endpoints, roots, outbox, notes } = prepared;
        let report = Report::new(self.json);
        if notes.is_empty() && report == Report::Lines {
            anstream::println!("There is nothing to send.");
        }
        for (file, note) in notes {
            if report == Report::Lines {
                anstream::println!("{}", shown(&file));
            }
            let delivery = Delivery::send(&endpoints, &note, roots.as_deref(), report);
            if report == Report::Lines {
                delivery.say();
            }
            let outbox = outbox.as_ref().filter(|outbox| outbox.is_unsent(&file));
            let (file, done) = conclude(&delivery, file, outbox);
            if report == Report::Json {
                terminal::print_json_of(delivery.json(Some(&file)), &done);
            }
            done?;
        }
        Ok(())
    }

    fn prepare(&self) -> Result<Prepared> {
        let (endpoints, roots) = self.destination.endpoints()?;
        let outbox = self.destination.outbox()?;
        let files = match (&outbox, self.unsent) {
            (Some(outbox), true) => outbox.unsent()?,
            (None, true) => bail!("--unsent needs the directory of outband.toml; pass it with --dir"),
            (_, false) => self.files.clone(),
        };
        let read = |file: PathBuf| Ok((file.clone(), read(&file)?));
        let notes = files.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        Ok(Prepared { endpoints, roots, outbox, notes })
    }
}

/// Files a note by its outcome, with its receipts; returns its new path.
fn conclude(delivery: &Delivery<'_>, file: PathBuf, outbox: Option<&Outbox>) -> (PathBuf, Result<()>) {
    if delivery.is_accepted() {
        let outbox = outbox.filter(|_| delivery.is_logged());
        let file = outbox.map_or(file.clone(), |outbox| outbox.file(file, Outcome::Sent));
        if file.as_os_str() != "-" {
            delivery.keep_receipts(&file);
        }
        return (file, Ok(()));
    }
    if delivery.is_undecided() {
        let error = anyhow!(
            "we don't know whether {} got through; no file after it was sent. Send the same files again later: what is already in the log counts as accepted",
            shown(&file)
        );
        return (file, Err(error));
    }
    let is_final = delivery.is_refused() && !delivery.is_postponed();
    if let Some(outbox) = outbox.filter(|_| is_final) {
        let file = outbox.file(file, Outcome::Refused);
        let error = anyhow!(
            "every endpoint that answered refused it; it is now {}, and no file after it was sent",
            shown(&file)
        );
        return (file, Err(error));
    }
    let error = anyhow!(
        "no endpoint accepted {}; no file after it was sent. Fix the problem reported above, or try again later",
        shown(&file)
    );
    (file, Err(error))
}

/// What is sent, and where to.
struct Prepared {
    endpoints: Vec<Endpoint>,
    /// The roots of roster 1, if they are known.
    roots: Option<Vec<VerifierKey>>,
    /// The folder of notes, if there is one.
    outbox: Option<Outbox>,
    /// Each note with its file.
    notes: Vec<(PathBuf, Vec<u8>)>,
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let bytes = files::read(file)?;
    Note::parse(&bytes).with_context(|| format!("{} is not a signed note", file.display()))?;
    Ok(bytes)
}
