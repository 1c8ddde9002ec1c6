//! `outband roster`: who may sign, from now on.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use outband_keys::{Note, VerifierKey};
use outband_record::authority::Authority;
use outband_record::text::{Id, Line, Origin, Person, Removal, Roster, Value as _};
use outband_record::time::Time;
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use crate::clock::Clock;
use crate::delivery::{self, Delivery, Tell};
use crate::endpoint::Endpoint;
use crate::settings::{Directory, Role};
use crate::verify::source::Copy;
use crate::{ask, colleague, colour, random};

/// Enrol an operator's key, or take one away; signed by the root key.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster add --person bob --key bob.pub --shown \"Network operations\"
  outband roster remove status.example.net/alice/phone --since 41")]
pub(crate) struct RosterCommand {
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand)]
enum Change {
    Add(Add),
    Remove(Remove),
}

/// Enrol an operator's key with the next roster
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  outband roster add --person bob --key bob.pub --shown \"Network operations\""
)]
struct Add {
    /// The person part of the key's name
    #[arg(long)]
    person: String,
    /// The .pub file of an ssh-ed25519 key, or a verifier key
    #[arg(long, value_name = "FILE or KEY")]
    key: String,
    /// What readers see for this person
    #[arg(long, value_name = "ROLE")]
    shown: Option<String>,
    #[command(flatten)]
    signing: Signing,
}

/// Take an operator's key away, at once
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband roster remove status.example.net/alice/phone --since 41")]
struct Remove {
    /// The key's name
    #[arg(value_name = "KEY NAME")]
    key: String,
    /// The first entry of this key that is flagged; those before stay as they are
    #[arg(long, value_name = "INDEX")]
    since: Option<u64>,
    #[command(flatten)]
    signing: Signing,
}

#[derive(clap::Args)]
struct Signing {
    /// Root key file; the settings' without it
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// Do not ask before signing
    #[arg(short, long)]
    yes: bool,
    /// Base URL to send to, as often as there are; those of outband.toml without it
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory of outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl RosterCommand {
    /// Proves the log first: what is signed here hands out power, so it must not begin with a forged roster.
    pub(crate) fn run(self) -> Result<()> {
        match self.change {
            Change::Add(add) => add.run(),
            Change::Remove(remove) => remove.run(),
        }
    }
}

impl Add {
    fn run(self) -> Result<()> {
        let place = Place::open(&self.signing)?;
        let key = colleague::key(&place.origin, &self.person, &self.key)?;
        let shown = self.shown.as_deref().map(parse_shown).transpose()?;
        let authority = place.authority()?;
        let now = Time::from_posix(Clock::real().now());
        let next = next_roster(&authority, &self.person, key, shown, now)?;
        let name = format!("roster-{}-{}", next.number, short(&next.id));
        place.sign_and_send(&self.signing, &next.print(), &name)
    }
}

impl Remove {
    fn run(self) -> Result<()> {
        let place = Place::open(&self.signing)?;
        let authority = place.authority()?;
        let operators = authority.operators();
        let found = operators.iter().find(|key| key.name().as_str() == self.key);
        let Some(key) = found else {
            let names: Vec<&str> = operators.iter().map(|key| key.name().as_str()).collect();
            bail!(
                "no operator's key is called {}; nothing was signed. Those in force are: {}",
                self.key,
                names.join(", ")
            );
        };
        let removal = Removal {
            origin: place.origin.clone(),
            id: random::id()?,
            time: Time::from_posix(Clock::real().now()),
            key: key.clone(),
            since: self.since,
        };
        place.sign_and_send(&self.signing, &removal.print(), &format!("removal-{}", short(&removal.id)))
    }
}

/// Enough of an id for the name of a file: what was refused is kept, and does not stand in the way of the next try.
fn short(id: &Id) -> &str {
    id.as_str().get(..6).unwrap_or_default()
}

/// Where the roster is, and where the next one goes.
struct Place {
    directory: Directory,
    origin: Origin,
    endpoints: Vec<Endpoint>,
}

impl Place {
    fn open(signing: &Signing) -> Result<Self> {
        let directory = Directory::open(&signing.dir)?;
        let endpoints = delivery::endpoints(&signing.to, &directory.settings.endpoints)?;
        Ok(Self { origin: directory.origin()?, directory, endpoints })
    }

    /// Who may sign, by the first endpoint whose log can be proven from the roots of the settings.
    fn authority(&self) -> Result<Authority> {
        let roots = self.directory.root_keys()?;
        let mut why = Vec::new();
        for endpoint in &self.endpoints {
            let scratch = MemoryStore::default();
            match Proven::from_source(&Copy::fresh(endpoint), Some(&roots), &scratch) {
                Ok(proven) => return proven.authority().cloned().context("the log has no roster"),
                Err(unproven) => why.push(format!("{}: {unproven}", endpoint.url())),
            }
        }
        bail!("the roster in force could not be proven, so nothing was signed. {}", why.join("; "))
    }

    fn sign_and_send(&self, signing: &Signing, text: &str, name: &str) -> Result<()> {
        let quiet = colour::QUIET;
        anstream::eprintln!("{quiet}This will be signed and is public for ever:{quiet:#}\n\n{text}");
        ask::to_sign(signing.yes, "Sign it with the root key and send it?")?;
        let key = self.directory.key(signing.root_key.as_deref(), Role::Root)?;
        let line = key.sign_note(text).context("nothing was signed or sent")?;
        let note = Note::compose(text, [&line]);
        let file = self.directory.path.join(format!("{name}.note"));
        crate::settings::create(&file, &note)?;
        let delivery = Delivery::send(&self.endpoints, note.as_bytes(), Tell::Lines);
        delivery.report(Tell::Lines);
        if delivery.is_accepted() {
            return Ok(());
        }
        bail!(
            "no endpoint accepted it; the roster in force is the same as before. The signed note is {}: where the roster asks for more roots, have them add theirs with `outband sign`, then `outband send` it",
            file.display()
        )
    }
}

fn parse_shown(text: &str) -> Result<Line<80>> {
    Line::parse(text).with_context(|| format!("--shown {text:?}: it must be {}", Line::<80>::EXPECTED))
}

/// The roster in force with one key more, and without the keys that were taken away: a roster that names them
/// would enrol them again.
fn next_roster(
    authority: &Authority,
    person: &str,
    key: VerifierKey,
    shown: Option<Line<80>>,
    now: Time,
) -> Result<Roster> {
    let mut next = authority.roster().clone();
    next.operator = authority.operators();
    next.id = random::id()?;
    next.time = now;
    next.number += 1;
    next.continues = None;
    if let Some(known) = next.operator.iter().find(|known| known.public() == key.public()) {
        bail!("this key is enrolled already, as {}; nothing was signed", known.name());
    }
    next.operator.push(key);
    if let Some(shown) = shown {
        next.person.retain(|known| known.person != person);
        next.person.push(Person { person: person.to_owned(), shown });
    }
    let keys = next.root.iter().chain(&next.operator);
    let persons: Vec<&str> = keys.filter_map(|key| key.name().person_under(next.origin.as_str())).collect();
    next.person.retain(|known| persons.contains(&known.person.as_str()));
    Roster::parse(&next.print()).context("with this key the roster would not be one; nothing was signed")
}
