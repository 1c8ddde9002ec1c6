//! `outband roster`: who may sign, from now on.

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use outband_keys::VerifierKey;
use outband_native::Clock;
use outband_record::authority::Authority;
use outband_record::text::{Person, Revocation, Roster, SingleLine, Value as _};
use outband_record::time::Time;
use outband_station::MemoryStore;

use crate::signers::root::{Place, Signing, short};
use crate::signers::{colleague, random};

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
        let authority = authority(&place)?;
        let now = Time::from_posix(Clock::real().now());
        let next = next_roster(&authority, &self.person, key, shown, now)?;
        let name = format!("roster-{}-{}", next.number, short(&next.id));
        place.sign_and_send(&self.signing, &next.print(), &name, UNCHANGED)
    }
}

impl Remove {
    fn run(self) -> Result<()> {
        let place = Place::open(&self.signing)?;
        let authority = authority(&place)?;
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
        let revocation = Revocation {
            origin: place.origin.clone(),
            id: random::id()?,
            time: Time::from_posix(Clock::real().now()),
            key: key.clone(),
            since: self.since,
        };
        let name = format!("removal-{}", short(&revocation.id));
        place.sign_and_send(&self.signing, &revocation.print(), &name, UNCHANGED)
    }
}

/// Who may sign.
fn authority(place: &Place) -> Result<Authority> {
    let scratch = MemoryStore::default();
    place.prove(&scratch)?.authority().cloned().context("the log has no roster")
}

/// Where a roster or a removal was refused.
const UNCHANGED: &str = "the roster in force is the same as before";

fn parse_shown(text: &str) -> Result<SingleLine<80>> {
    SingleLine::parse(text)
        .with_context(|| format!("--shown {text:?}: it must be {}", SingleLine::<80>::EXPECTED))
}

/// The roster in force with one key more, and without the keys that were taken away: a roster that names them
/// would enrol them again.
fn next_roster(
    authority: &Authority,
    person: &str,
    key: VerifierKey,
    shown: Option<SingleLine<80>>,
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
