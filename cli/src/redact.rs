//! `outband redact`: an update's words leave every file.

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_record::log;
use outband_record::text::{Line, Redaction, Text, Update, Value as _};
use outband_record::time::Time;

use crate::clock::Clock;
use crate::root::{Place, Signing, short};
use crate::{colour, random};

/// Take an update's words out of every file, for the day when it names a customer; signed by the root key.
///
/// What is only wrong is corrected or retracted instead: that keeps the record whole. The log still proves; in the
/// update's place stands that it was redacted, and why. Copies that others have made are out of reach: empty the CDN's
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
    /// Reads what stands there, so that its id is in the redaction and its author sees what will go.
    pub(crate) fn run(self) -> Result<()> {
        let reason = Line::parse(&self.reason).with_context(|| {
            format!("--reason {:?}: it must be {}; nothing was signed", self.reason, Line::<200>::EXPECTED)
        })?;
        let place = Place::open(&self.signing)?;
        let update = update_at(&place, self.entry)?;
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
            update: update.id,
            incident: (!self.without_incident).then_some(update.incident),
            reason,
        };
        let name = format!("redaction-{}", short(&redaction.id));
        place.sign_and_send(&self.signing, &redaction.print(), &name, "nothing was redacted")
    }
}

/// The update at `entry`, from the first endpoint that has it.
fn update_at(place: &Place, entry: u64) -> Result<Update> {
    let mut why = Vec::new();
    for endpoint in &place.endpoints {
        match endpoint.get(&log::note_path(entry), true) {
            Ok(Some(file)) => return read(entry, &file.body),
            Ok(None) => why.push(format!("{} has no entry {entry}", endpoint.url())),
            Err(error) => why.push(format!("{error:#}")),
        }
    }
    bail!("entry {entry} could not be read; nothing was signed. {}", why.join("; "))
}

fn read(entry: u64, body: &[u8]) -> Result<Update> {
    let parsed = Note::parse_entry(body).map(|note| Text::parse(note.text()));
    match parsed {
        Ok(Ok(Text::Update(update))) => Ok(*update),
        Ok(Ok(text)) => {
            bail!("entry {entry} is a {}, and only updates can be redacted; nothing was signed", text.kind())
        }
        Ok(Err(_)) | Err(_) => bail!(
            "entry {entry} is no signed text; nothing was signed. It reads: {}",
            String::from_utf8_lossy(body).lines().next().unwrap_or_default()
        ),
    }
}
