//! The roster after the one in force.

use anyhow::{Context as _, Result, bail};
use outband_keys::{VerifierKey, quoted};
use outband_record::authority::Authority;
use outband_record::text::{Person, Roster, Rule, RuleName, SingleLine};
use outband_record::time::Time;

use crate::nearest::did_you_mean;
use crate::signers::signing;

/// The next roster, as it is being written.
pub(crate) struct Next {
    roster: Roster,
}

impl Next {
    /// The roster in force without revoked keys, which a roster that lists them would enrol again.
    pub(crate) fn after(authority: &Authority, now: Time) -> Result<Self> {
        let mut roster = authority.roster().clone();
        roster.operator = authority.operators();
        roster.id = signing::new_id()?;
        roster.time = now;
        roster.number += 1;
        roster.continues = None;
        Ok(Self { roster })
    }

    pub(crate) fn add_operator(&mut self, key: VerifierKey) -> Result<()> {
        self.check_new(&key)?;
        self.roster.operator.push(key);
        Ok(())
    }

    pub(crate) fn add_root(&mut self, key: VerifierKey) -> Result<()> {
        self.check_new(&key)?;
        self.roster.root.push(key);
        Ok(())
    }

    pub(crate) fn add_station(&mut self, key: VerifierKey) -> Result<()> {
        if self.roster.station.contains(&key) {
            bail!("this station is already in the roster, as {}", key.name());
        }
        self.roster.station.push(key);
        Ok(())
    }

    /// Puts a new key in the place of an old one.
    pub(crate) fn replace(&mut self, old: &VerifierKey, new: VerifierKey) -> Result<()> {
        self.check_new(&new)?;
        let mut keys = self.roster.root.iter_mut().chain(&mut self.roster.operator);
        keys.find(|key| *key == old).map(|key| *key = new).context("the old key is not in the roster")
    }

    pub(crate) fn remove_root(&mut self, key: &VerifierKey) {
        self.roster.root.retain(|root| root != key);
    }

    pub(crate) fn set_threshold(&mut self, persons: Option<u64>) {
        self.roster.root_threshold = persons.unwrap_or(self.roster.root_threshold);
    }

    /// How many operators must sign what the rule is about; 0 removes the rule.
    pub(crate) fn set_rule(&mut self, name: RuleName, persons: u64) {
        self.roster.rule.retain(|rule| rule.name != name);
        self.roster.rule.extend((persons > 0).then_some(Rule { name, persons }));
    }

    pub(crate) fn show_person(&mut self, person: &str, shown: SingleLine<80>) {
        self.roster.person.retain(|known| known.person != person);
        self.roster.person.push(Person { person: person.to_owned(), shown });
    }

    /// The roster, without the names of persons who no longer have a key.
    pub(crate) fn finish(mut self) -> Result<Roster> {
        let Roster { root, operator, origin, person, .. } = &mut self.roster;
        let keys = root.iter().chain(operator.iter());
        let persons: Vec<&str> = keys.filter_map(|key| key.name().person_under(origin.as_str())).collect();
        person.retain(|known| persons.contains(&known.person.as_str()));
        Roster::parse(&self.roster.print()).context(
            "the resulting roster would be invalid; numbers of persons are changed with --root-threshold and `outband roster threshold`",
        )
    }

    fn check_new(&self, key: &VerifierKey) -> Result<()> {
        let known = self.keys().find(|known| known.public() == key.public());
        known.map_or(Ok(()), |known| bail!("this key is already enrolled, as {}", known.name()))
    }

    fn keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.roster.root.iter().chain(&self.roster.operator)
    }

    /// The key of this name.
    pub(crate) fn find(&self, name: &str) -> Result<&VerifierKey> {
        self.keys().find(|key| key.name().as_str() == name).with_context(|| {
            let known: Vec<&str> = self.keys().map(|key| key.name().as_str()).collect();
            let near = did_you_mean(name, known.iter().copied());
            format!("no key named {}{near}\nThere are: {}", quoted(name), known.join(", "))
        })
    }
}
