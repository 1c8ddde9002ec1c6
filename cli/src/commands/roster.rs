//! `outband roster`: who may sign, and how many of them together.

use anyhow::{Result, bail};
use clap::Subcommand;
use outband_keys::{VerifierKey, printable, quoted};
use outband_record::authority::Authority;
use outband_record::text::{Origin, Revocation, RuleName, Text, Value as _};
use serde_json::json;

use crate::client::delivery::Destination;
use crate::decisions::decision::{Outcome, Page, RootSigning};
use crate::decisions::roster::Next;
use crate::nearest::did_you_mean;
use crate::signers::{keys, signing};
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, QUIET};

/// Show who may sign; add, replace or revoke a key; change how many must sign
///
/// If more roots must sign than hold a key here, nothing is sent: the note is saved in a file, which the others sign with
/// `outband countersign`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster list --dir status.example.net
  outband roster add --person bob --key bob.pub --shown \"Network operations\"
  outband roster add 'status.example.net/bob/phone sk-ecdsa-sha2-nistp256@openssh.com AAAA…'
  outband roster add --root --person bob --key bob-root.pub --root-threshold 2
  outband roster rotate status.example.net/alice/laptop --key new.pub
  outband roster remove status.example.net/alice/phone --since 41
  outband roster threshold 2 --of data-none")]
pub(crate) struct RosterCommand {
    #[command(subcommand)]
    change: Change,
}

#[derive(Subcommand)]
enum Change {
    List(List),
    Add(Add),
    Rotate(Rotate),
    Remove(Remove),
    Threshold(Threshold),
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

// The option of commands that may change the roots. See `Destination` for why this is not a `///` comment.
#[derive(clap::Args)]
struct Roots {
    /// How many persons among the roots must sign from then on (default: as many as now)
    #[arg(long, value_name = "PERSONS")]
    root_threshold: Option<u64>,
}

/// Add an operator's key, or a root's
///
/// The console on a phone shows a line that has the key and its name, and a link with the same; several may be added in one
/// step. Compare the six words that are printed with those on the phone, by voice, before you sign.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster add --person bob --key bob.pub --shown \"Network operations\"
  outband roster add 'status.example.net/bob/phone sk-ecdsa-sha2-nistp256@openssh.com AAAA…'
  outband roster add --root --person bob --key bob-root.pub --root-threshold 2
  outband roster add --station status.example.net/station2+9f248a19+BK…")]
struct Add {
    /// Lines or links that consoles show, each a key with its name
    #[arg(value_name = "LINE or LINK", conflicts_with_all = ["person", "key"], required_unless_present_any = ["key", "station"])]
    lines: Vec<String>,
    /// The person's part of the key's name
    #[arg(long, requires = "key")]
    person: Option<String>,
    /// The .pub file of an SSH key (Ed25519 or ECDSA P-256, also on a security key), or a verifier key
    #[arg(long, value_name = "FILE or KEY", requires = "person")]
    key: Option<String>,
    /// Add it as a root, which must be a key made by `outband key new`
    #[arg(long)]
    root: bool,
    /// Add the key of a second station, made by `outband key new --station`
    #[arg(long, value_name = "KEY", conflicts_with_all = ["lines", "person", "key", "root", "shown"])]
    station: Option<String>,
    /// What readers see for this person
    #[arg(long, value_name = "ROLE")]
    shown: Option<String>,
    #[command(flatten)]
    roots: Roots,
    #[command(flatten)]
    signing: RootSigning,
}

/// Replace a key, an operator's or a root's, by a new one of the same person
///
/// What the old key signed before stays as it is. If the old key was stolen, revoke it with `outband roster remove`
/// instead, which can also flag what the thief signed. A new root's own signature is needed too: name both key files with
/// --root-key, or have it added elsewhere by `outband countersign`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster rotate status.example.net/alice/laptop --key new.pub
  outband roster rotate status.example.net/alice/root --key new-root.pub \\
      --root-key root.key --root-key new-root.key")]
struct Rotate {
    /// The old key's name
    #[arg(value_name = "KEY NAME")]
    old: String,
    /// The new key: the .pub file of an SSH key, or a verifier key or its file
    #[arg(long, value_name = "FILE or KEY")]
    key: String,
    #[command(flatten)]
    roots: Roots,
    #[command(flatten)]
    signing: RootSigning,
}

/// Revoke an operator's key immediately, or leave out a root
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster remove status.example.net/alice/phone --since 41
  outband roster remove status.example.net/bob/root --root-threshold 1")]
struct Remove {
    /// The key's name
    #[arg(value_name = "KEY NAME")]
    key: String,
    /// Flag what this operator's key signed from this entry on; earlier entries stay as they are
    #[arg(long, value_name = "INDEX", conflicts_with = "root_threshold")]
    since: Option<u64>,
    #[command(flatten)]
    roots: Roots,
    #[command(flatten)]
    signing: RootSigning,
}

/// Change how many persons must sign: of the roots for a roster, or of the operators for a claim
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband roster threshold 2
  outband roster threshold 2 --of data-none")]
struct Threshold {
    /// How many distinct persons; 0 removes a rule
    #[arg(value_name = "PERSONS")]
    persons: u64,
    /// The rule: fault-other, data-none, retract or site (default: the roots)
    #[arg(long, value_name = "RULE")]
    of: Option<String>,
    #[command(flatten)]
    signing: RootSigning,
}

impl RosterCommand {
    /// Verifies the log first: this command decides who may publish, so it must not start from a forged roster.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.change {
            Change::List(list) => list.run().or_json(list.json).map(|()| Outcome::Done),
            Change::Add(add) => add.run(),
            Change::Rotate(rotate) => rotate.run(),
            Change::Remove(remove) => remove.run(),
            Change::Threshold(threshold) => threshold.run(),
        }
    }
}

impl List {
    fn run(&self) -> Result<()> {
        let authority = Page::open(&self.destination)?.authority;
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
                "station": keys(&roster.station),
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
            let kind = key.ssh().map(|key| format!(", {}", key.kind().shown())).unwrap_or_default();
            anstream::println!(
                "{role:9} {}{role_shown}{kind}\n          {QUIET}{}{QUIET:#}",
                key.name(),
                key.fingerprint()
            );
        };
        roster.root.iter().for_each(|key| print("root", key));
        operators.iter().for_each(|key| print("operator", key));
        roster.station.iter().for_each(|key| print("station", key));
        revoked.iter().for_each(|revoked| print("revoked", &revoked.key));
        for rule in &roster.rule {
            anstream::println!("rule      {rule}");
        }
        Ok(())
    }
}

/// The guarantee to report if a roster or a removal is refused.
const UNCHANGED: &str = "the roster is unchanged";

/// Signs the next roster, made from the one in force by `change`.
fn replace(signing: &RootSigning, change: impl FnOnce(&Page, &mut Next) -> Result<()>) -> Result<Outcome> {
    let prepare = || {
        let page = Page::open(&signing.destination)?;
        let next = next(&page, |next| change(&page, next))?;
        Ok((page, next))
    };
    let (page, next) = prepare().guarantee(Nothing::SignedOrSent).or_json(signing.json)?;
    page.decide(next, UNCHANGED).sign_and_send(signing)
}

fn next(page: &Page, change: impl FnOnce(&mut Next) -> Result<()>) -> Result<Text> {
    let mut next = Next::after(&page.authority, signing::now())?;
    change(&mut next)?;
    Ok(Text::Roster(Box::new(next.finish()?)))
}

impl Add {
    fn run(&self) -> Result<Outcome> {
        replace(&self.signing, |page, next| {
            if let Some(station) = &self.station {
                next.add_station(keys::of_station(&page.target.origin, station)?)?;
            }
            for key in self.keys(&page.target.origin)? {
                let person = key.name().person_under(page.target.origin.as_str()).unwrap_or_default();
                if let Some(shown) = &self.shown {
                    next.show_person(person, terminal::option_value("--shown", shown)?);
                }
                if self.root {
                    next.add_root(key)?;
                } else {
                    next.add_operator(key)?;
                }
            }
            next.set_threshold(self.roots.root_threshold);
            Ok(())
        })
    }

    fn keys(&self, origin: &Origin) -> Result<Vec<VerifierKey>> {
        if let (Some(person), Some(key)) = (&self.person, &self.key) {
            return Ok(vec![keys::of_colleague(origin, person, key)?]);
        }
        self.lines.iter().map(|line| keys::of_console(origin, line)).collect()
    }
}

impl Rotate {
    fn run(&self) -> Result<Outcome> {
        replace(&self.signing, |page, next| {
            let old = next.find(&self.old)?.clone();
            let origin = &page.target.origin;
            let person = old.name().person_under(origin.as_str()).unwrap_or_default();
            next.replace(&old, keys::of_colleague(origin, person, &self.key)?)?;
            next.set_threshold(self.roots.root_threshold);
            Ok(())
        })
    }
}

impl Remove {
    fn run(&self) -> Result<Outcome> {
        let prepared = self.prepare().guarantee(Nothing::SignedOrSent).or_json(self.signing.json);
        let (page, text) = prepared?;
        page.decide(text, UNCHANGED).sign_and_send(&self.signing)
    }

    /// A removal of an operator's key, or a roster without a root.
    fn prepare(&self) -> Result<(Page, Text)> {
        let page = Page::open(&self.signing.destination)?;
        let text = match self.root(&page.authority)? {
            Some(root) => next(&page, |next| {
                next.remove_root(&root);
                next.set_threshold(self.roots.root_threshold);
                Ok(())
            })?,
            None => Text::Revocation(Box::new(self.revocation(&page)?)),
        };
        Ok((page, text))
    }

    fn root(&self, authority: &Authority) -> Result<Option<VerifierKey>> {
        let mut roots = authority.roster().root.iter();
        let root = roots.find(|key| key.name().as_str() == self.key).cloned();
        match (&root, self.since, self.roots.root_threshold) {
            (Some(_), Some(_), _) => {
                bail!("{} is a root, and nothing that roots sign is flagged; leave out --since", self.key)
            }
            (None, _, Some(_)) => {
                bail!("{} is no root, so --root-threshold does not belong here", printable(&self.key))
            }
            _ => Ok(root),
        }
    }

    fn revocation(&self, page: &Page) -> Result<Revocation> {
        let operators = page.authority.operators();
        let found = operators.iter().find(|key| key.name().as_str() == self.key);
        let Some(key) = found else {
            let names: Vec<&str> = operators.iter().map(|key| key.name().as_str()).collect();
            let near = did_you_mean(&self.key, names.iter().copied());
            bail!("no operator key named {}{near}; current keys: {}", printable(&self.key), names.join(", "));
        };
        Ok(Revocation {
            origin: page.target.origin.clone(),
            id: signing::new_id()?,
            time: signing::now(),
            key: key.clone(),
            since: self.since,
        })
    }
}

impl Threshold {
    fn run(&self) -> Result<Outcome> {
        replace(&self.signing, |_, next| {
            match &self.of {
                None => next.set_threshold(Some(self.persons)),
                Some(name) => next.set_rule(rule(name)?, self.persons),
            }
            Ok(())
        })
    }
}

fn rule(name: &str) -> Result<RuleName> {
    let Some(rule) = RuleName::parse(name) else {
        let known: Vec<&str> = RuleName::ALL.iter().map(|rule| rule.as_str()).collect();
        bail!(
            "there is no rule {}{}; there are {}",
            quoted(name),
            did_you_mean(name, known.iter().copied()),
            known.join(", ")
        );
    };
    Ok(rule)
}
