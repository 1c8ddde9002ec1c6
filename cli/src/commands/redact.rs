//! `outband redact`: an update's words leave every file.

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_native::Clock;
use outband_record::log;
use outband_record::text::{LeafHash, Redaction, SingleLine, Text, Update, Value as _};
use outband_record::time::Time;
use outband_station::MemoryStore;

use crate::signers::random;
use crate::signers::root::{Place, Signing, short};
use crate::terminal::colour;

/// Take an update's words out of every file, for the day when it names a customer; signed by the root key.
///
/// What is only wrong is corrected or retracted instead: that keeps the record whole. The log still proves; in the
/// update's place stands that it was redacted, and why. What translates or corrects it is redacted by itself. Copies that others have made are out of reach: empty the CDN's
/// cache afterwards, and ask the mirrors' owners.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband redact 41 --reason \"named a customer\"")]
pub(crate) struct Redact {
    /// The update's index in the log, as its page shows it
    #[arg(value_name = "ENTRY")]
    entry: u64,
    /// What readers see in its place
    #[arg(long, value_name = "WORDS")]
    reason: String,
    /// Do not say on the incident's page that something was redacted: for a slug that must go too
    #[arg(long)]
    without_incident: bool,
    #[command(flatten)]
    signing: Signing,
}

impl Redact {
    /// Proves the log and reads what stands there, so that nothing else can be withheld by what is signed, and its author
    /// sees what will go.
    pub(crate) fn run(self) -> Result<()> {
        let reason = SingleLine::parse(&self.reason).with_context(|| {
            format!(
                "--reason {:?}: it must be {}; nothing was signed",
                self.reason,
                SingleLine::<200>::EXPECTED
            )
        })?;
        let place = Place::open(&self.signing)?;
        let scratch = MemoryStore::default();
        let proven = place.prove(&scratch)?;
        let leaf = proven.entry(self.entry).with_context(|| {
            format!("the log has no entry {}, only {}; nothing was signed", self.entry, proven.tree().size)
        })?;
        let update = update_of(self.entry, leaf)?;
        let quiet = colour::QUIET;
        anstream::eprintln!(
            "{quiet}Entry {} is an update of {}, written {}:{quiet:#} {}",
            self.entry,
            update.incident,
            update.time,
            update.title
        );
        let redaction = Redaction {
            origin: place.origin.clone(),
            id: random::id()?,
            time: Time::from_posix(Clock::real().now()),
            entry: self.entry,
            hash: LeafHash(log::entry_hash(leaf).0),
            update: update.id,
            incident: (!self.without_incident).then_some(update.incident),
            reason,
        };
        let name = format!("redaction-{}", short(&redaction.id));
        place.sign_and_send(&self.signing, &redaction.print(), &name, "nothing was redacted")
    }
}

/// The update that this leaf says.
fn update_of(entry: u64, leaf: &[u8]) -> Result<Update> {
    let parsed = Note::parse_entry(leaf).map(|note| Text::parse(note.text()));
    match parsed {
        Ok(Ok(Text::Update(update))) => Ok(*update),
        Ok(Ok(text)) => {
            bail!("entry {entry} is a {}, and only updates can be redacted; nothing was signed", text.kind())
        }
        Ok(Err(_)) | Err(_) => bail!("entry {entry} was redacted already; nothing was signed"),
    }
}
