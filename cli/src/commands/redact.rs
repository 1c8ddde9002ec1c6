//! `outband redact`: removes an update's text from every file.

use anyhow::{Context as _, Result, bail};
use outband_keys::{Note, printable};
use outband_record::log;
use outband_record::text::{LeafHash, Redaction, Text, Update};
use outband_station::MemoryStore;

use crate::decisions::decision::{Outcome, Page, RootSigning};
use crate::signers::signing::{self, Target};
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, QUIET};

/// Remove an update's text everywhere (e.g. it named a customer)
///
/// Signed with the root key. If an update is merely wrong, correct or retract it instead, which keeps the record
/// complete. The log still verifies; readers see that the update was redacted, and why. Redact translations and
/// corrections of it separately. Copies that others have made are out of reach: purge your CDN's cache afterwards, and
/// ask the mirrors' owners.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband redact 41 --reason \"named a customer\"\n  outband redact 41 --reason \"named a customer\" --yes --json"
)]
pub(crate) struct Redact {
    /// The update's index in the log, as shown on its page
    #[arg(value_name = "ENTRY")]
    entry: u64,
    /// What readers see in its place
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Do not mention the redaction on the incident's page, for when the slug itself must go
    #[arg(long)]
    without_incident: bool,
    #[command(flatten)]
    signing: RootSigning,
}

impl Redact {
    /// Verifies the log and reads the entry, so that the redaction can remove nothing else, and its author sees what
    /// will be removed.
    pub(crate) fn run(self) -> Result<Outcome> {
        let prepared = self.prepare().guarantee(Nothing::SignedOrSent).or_json(self.signing.json);
        let (page, redaction) = prepared?;
        let text = Text::Redaction(Box::new(redaction));
        page.decide(text, "nothing was redacted").sign_and_send(&self.signing)
    }

    fn prepare(&self) -> Result<(Page, Redaction)> {
        let reason = terminal::option_value("--reason", &self.reason)?;
        let target = Target::of(&self.signing.destination)?;
        let scratch = MemoryStore::default();
        let proven = target.prove(&scratch)?;
        let leaf = proven.entry(self.entry).with_context(|| {
            format!("the log has no entry {}; it has {} entries", self.entry, proven.tree().size)
        })?;
        let update = update_of(self.entry, leaf)?;
        anstream::eprintln!(
            "{QUIET}Entry {} is an update to {}, written {}:{QUIET:#} {}",
            self.entry,
            update.incident,
            update.time,
            printable(update.title.as_str())
        );
        let redaction = Redaction {
            origin: target.origin.clone(),
            id: signing::new_id()?,
            time: signing::now(),
            entry: self.entry,
            hash: LeafHash(log::entry_hash(leaf).0),
            update: update.id,
            incident: (!self.without_incident).then_some(update.incident),
            reason,
        };
        Ok((Page::of(target, &proven)?, redaction))
    }
}

/// The update in this leaf.
fn update_of(entry: u64, leaf: &[u8]) -> Result<Update> {
    let parsed = Note::parse_entry(leaf).map(|note| Text::parse(note.text()));
    match parsed {
        Ok(Ok(Text::Update(update))) => Ok(*update),
        Ok(Ok(text)) => {
            bail!("entry {entry} is a {} note; only updates can be redacted", text.kind())
        }
        Ok(Err(_)) | Err(_) => bail!("entry {entry} was already redacted"),
    }
}
