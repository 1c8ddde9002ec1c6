//! `outband roster`: adds and revokes operators' keys.

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use outband_keys::{VerifierKey, printable};
use outband_record::authority::Authority;
use outband_record::text::{Person, Revocation, Roster, SingleLine};
use outband_record::time::Time;
use outband_station::MemoryStore;
use serde_json::json;

use crate::client::delivery::Destination;
use crate::signers::keys;
use crate::signers::signing::{self, RootSigning, Target};
use crate::terminal::{self, Guarantee as _, Nothing, QUIET};

/// Show who may sign; add or revoke an operator's key
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster list --dir status.example.net
  outband roster add --person bob --key bob.pub --shown \"Network operations\"
  outband roster remove status.example.net/alice/phone --since 41")]
pub(crate) struct RosterCommand {
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand)]
enum Change {
    List(List),
    Add(Add),
    Remove(Remove),
}

/// Show who may sign, from the verified log
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband roster list --dir status.example.net")]
struct List {
    #[command(flatten)]
    destination: Destination,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Add an operator's key
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  outband roster add --person bob --key bob.pub --shown \"Network operations\""
)]
struct Add {
    /// The person's part of the key's name
    #[arg(long)]
    person: String,
    /// The .pub file of an SSH key (Ed25519 or ECDSA P-256, also on a security key), or a verifier key
    #[arg(long, value_name = "FILE or KEY")]
    key: String,
    /// What readers see for this person
    #[arg(long, value_name = "ROLE")]
    shown: Option<String>,
    #[command(flatten)]
    signing: RootSigning,
}

/// Revoke an operator's key immediately
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband roster remove status.example.net/alice/phone --since 41")]
struct Remove {
    /// The key's name
    #[arg(value_name = "KEY NAME")]
    key: String,
    /// Flag what this key signed from this entry on; earlier entries stay as they are
    #[arg(long, value_name = "INDEX")]
    since: Option<u64>,
    #[command(flatten)]
    signing: RootSigning,
}

impl RosterCommand {
    /// Verifies the log first: this command decides who may publish, so it must not start from a forged roster.
    pub(crate) fn run(self) -> Result<()> {
        match self.change {
            Change::List(list) => list.run(),
            Change::Add(add) => add.run(),
            Change::Remove(remove) => remove.run(),
        }
    }
}

impl List {
    fn run(&self) -> Result<()> {
        let authority = authority(&Target::of(&self.destination)?)?;
        let roster = authority.roster();
        let (operators, revoked) = (authority.operators(), authority.revoked());
        if self.json {
            let keys = |keys: &[VerifierKey]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
            let revoked: Vec<_> = revoked.iter().map(|revoked| revoked.key.to_string()).collect();
            let people: Vec<_> = roster
                .person
                .iter()
                .map(|person| json!({"person": person.person, "shown": person.shown.as_str()}))
                .collect();
            terminal::print_json(&json!({
                "number": roster.number,
                "root": keys(&roster.root),
                "root_threshold": roster.root_threshold,
                "operator": keys(&operators),
                "person": people,
                "rule": roster.rule.iter().map(ToString::to_string).collect::<Vec<_>>(),
                "revoked": revoked,
            }));
            return Ok(());
        }
        anstream::println!(
            "Roster {} ({} of {} roots decide)",
            roster.number,
            roster.root_threshold,
            roster.root.len()
        );
        let shown = |key: &VerifierKey| {
            let person = key.name().person_under(roster.origin.as_str())?;
            roster
                .person
                .iter()
                .find(|known| known.person == person)
                .map(|known| printable(known.shown.as_str()))
        };
        let print = |role: &str, key: &VerifierKey| {
            let role_shown = shown(key).map(|shown| format!(", {shown}")).unwrap_or_default();
            anstream::println!(
                "{role:9} {}{role_shown}\n          {QUIET}{}{QUIET:#}",
                key.name(),
                key.fingerprint()
            );
        };
        roster.root.iter().for_each(|key| print("root", key));
        operators.iter().for_each(|key| print("operator", key));
        revoked.iter().for_each(|revoked| print("revoked", &revoked.key));
        for rule in &roster.rule {
            anstream::println!("rule      {rule}");
        }
        Ok(())
    }
}

impl Add {
    fn run(self) -> Result<()> {
        let (target, next) = self.prepare().guarantee(Nothing::SignedOrSent)?;
        let name = format!("roster-{}-{}", next.number, signing::short(&next.id));
        target.sign_and_send(&self.signing, &next.print(), &name, UNCHANGED)
    }

    fn prepare(&self) -> Result<(Target, Roster)> {
        let target = Target::open(&self.signing)?;
        let key = keys::of_colleague(&target.origin, &self.person, &self.key)?;
        let shown = self.shown.as_deref().map(|text| terminal::option_value("--shown", text)).transpose()?;
        let authority = authority(&target)?;
        let next = next_roster(&authority, &self.person, key, shown, signing::now())?;
        Ok((target, next))
    }
}

impl Remove {
    fn run(self) -> Result<()> {
        let (target, revocation) = self.prepare().guarantee(Nothing::SignedOrSent)?;
        let name = format!("removal-{}", signing::short(&revocation.id));
        target.sign_and_send(&self.signing, &revocation.print(), &name, UNCHANGED)
    }

    fn prepare(&self) -> Result<(Target, Revocation)> {
        let target = Target::open(&self.signing)?;
        let authority = authority(&target)?;
        let operators = authority.operators();
        let found = operators.iter().find(|key| key.name().as_str() == self.key);
        let Some(key) = found else {
            let names: Vec<&str> = operators.iter().map(|key| key.name().as_str()).collect();
            bail!("no operator key named {}; current keys: {}", printable(&self.key), names.join(", "));
        };
        let revocation = Revocation {
            origin: target.origin.clone(),
            id: signing::new_id()?,
            time: signing::now(),
            key: key.clone(),
            since: self.since,
        };
        Ok((target, revocation))
    }
}

/// The current authority, from the verified log.
fn authority(target: &Target) -> Result<Authority> {
    let scratch = MemoryStore::default();
    target.prove(&scratch)?.authority().cloned().context("the log has no roster")
}

/// The guarantee to report if a roster or a removal is refused.
const UNCHANGED: &str = "the roster is unchanged";

/// The current roster with one more key, and without revoked keys, which a roster that lists them would enrol again.
fn next_roster(
    authority: &Authority,
    person: &str,
    key: VerifierKey,
    shown: Option<SingleLine<80>>,
    now: Time,
) -> Result<Roster> {
    let mut next = authority.roster().clone();
    next.operator = authority.operators();
    next.id = signing::new_id()?;
    next.time = now;
    next.number += 1;
    next.continues = None;
    if let Some(known) = next.operator.iter().find(|known| known.public() == key.public()) {
        bail!("this key is already enrolled, as {}", known.name());
    }
    next.operator.push(key);
    if let Some(shown) = shown {
        next.person.retain(|known| known.person != person);
        next.person.push(Person { person: person.to_owned(), shown });
    }
    let keys = next.root.iter().chain(&next.operator);
    let persons: Vec<&str> = keys.filter_map(|key| key.name().person_under(next.origin.as_str())).collect();
    next.person.retain(|known| persons.contains(&known.person.as_str()));
    Roster::parse(&next.print()).context("the resulting roster would be invalid")
}
