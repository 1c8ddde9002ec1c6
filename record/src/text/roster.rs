//! `outband roster v1`: who may sign. `outband removal v1`: revokes one key.

use std::fmt::{self, Display};

use outband_keys::{KeyKind, VerifierKey, distinct_persons};

use super::fields::{At, Rules, TextError};
use super::grammar::text_type;
use super::values::{Id, Origin, Seen, SingleLine, Value};
use super::words::RuleName;
use crate::sorted::Set;
use crate::time::Time;

text_type! {
    /// A roster: the keys in force from its place in the log onwards.
    ///
    /// ```text
    /// outband roster v1
    /// origin: status.example.net
    /// id: 1f1ed002ab5595859014ebf0951522d9
    /// time: 2013-01-01T00:00:00Z
    /// number: 1
    /// root: status.example.net/carol/root+6c27c4d1+AWm…
    /// root-threshold: 1
    /// log: status.example.net/log1+0d2a…+AQ…
    /// station: status.example.net/station1+9c…+BA…
    /// operator: status.example.net/alice/laptop+…
    /// operator: status.example.net/bob/ssh ssh-ed25519 AAAA…
    /// operator: status.example.net/dana/ssh sk-ecdsa-sha2-nistp256@openssh.com AAAA…
    /// person: alice Network operations
    /// rule: data-none 2
    /// ```
    pub struct Roster: "roster" {
        /// The log's origin.
        "origin" origin: one(Origin), by_program;
        /// This text's own random id.
        "id" id: one(Id), by_program;
        /// When it was written.
        "time" time: one(Time), by_program;
        /// 1 for the first roster, then one higher each time.
        "number" number: one(u64);
        /// A key that signs rosters and site notes.
        "root" root: many(VerifierKey);
        /// How many distinct persons among the roots must sign.
        "root-threshold" root_threshold: one(u64);
        /// The key that signs checkpoints, named `<origin>/log1`, later `log2` and so on.
        "log" log: one(VerifierKey);
        /// With a new log key: how much of the old log it continues.
        "continues" continues: maybe(Continues);
        /// A key for receipts and cosignatures.
        "station" station: many(VerifierKey);
        /// A key that signs updates.
        "operator" operator: many(VerifierKey);
        /// What readers see for the person part of a key name.
        "person" person: many(Person);
        /// A claim that more than one person must sign.
        "rule" rule: many(Rule);
    }
}

/// `continues: <size> <base64 root hash>`: how much of the old log the new one continues.
pub type Continues = Seen;

impl Roster {
    /// The number of distinct persons who must sign a note to which `rule` applies: 1 if the roster has no such rule.
    pub fn threshold(&self, rule: RuleName) -> u64 {
        self.rule.iter().find(|r| r.name == rule).map_or(1, |r| r.persons)
    }

    /// The name that readers see for the holder of `key`: the display name, or else the person part of the key's name.
    pub fn person_of<'r>(&'r self, key: &'r VerifierKey) -> &'r str {
        let person = key.name().person_under(self.origin.as_str()).unwrap_or(key.name().as_str());
        let shown = self.person.iter().find(|p| p.person == person);
        shown.map_or(person, |p| p.shown.as_str())
    }
}

impl Rules for Roster {
    fn check(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if self.number == 0 {
            return Err(at.value(
                "number",
                &self.number,
                "1 for the first roster, then one higher each time",
            ));
        }
        if self.number == 1 && self.continues.is_some() {
            return Err(
                at.forbidden("continues", "the first roster begins the log; there is nothing before it")
            );
        }
        if self.root.is_empty() {
            return Err(at.missing("root", "without a root there could never be another roster"));
        }
        self.check_personal_keys(at)?;
        self.check_host_keys(at)?;
        self.check_raw_keys(at)?;
        let persons = self.persons(&self.root);
        if self.root_threshold == 0 || self.root_threshold > persons {
            let expected = format!("from 1 to the number of distinct persons among the roots, {persons}");
            return Err(at.value("root-threshold", &self.root_threshold, expected));
        }
        let operators = self.persons(&self.operator);
        if let Some(rule) = self.rule.iter().find(|rule| rule.persons > operators) {
            let expected =
                format!("from 1 to the number of distinct persons among the operators, {operators}");
            return Err(at.value("rule", rule, expected));
        }
        match self.person.iter().find(|p| !self.has_person(&p.person)) {
            Some(person) => Err(at.value("person", person, "about a person who has a key in this roster")),
            None => Ok(()),
        }
    }
}

impl Roster {
    /// Root and operator keys belong to persons' devices, each with its own name.
    fn check_personal_keys(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        let origin = &self.origin;
        let mut names = Set::new();
        for (field, keys) in [("root", &self.root), ("operator", &self.operator)] {
            for key in keys {
                let is_personal = key.name().person_under(origin.as_str()).is_some();
                if !is_personal || key.kind() == KeyKind::Cosignature {
                    return Err(at.key_name(field, key, origin, "<person>/<device>, which signs notes"));
                }
                if !key.name().person_under(origin.as_str()).is_some_and(is_person) {
                    let form = "<person>/<device>, the person of the characters a-z, 0-9, -, _ and .";
                    return Err(at.key_name(field, key, origin, form));
                }
                if !names.insert(key.name()) {
                    return Err(at.value(
                        field,
                        key,
                        "named differently from every other key of this roster",
                    ));
                }
            }
        }
        match self.root.iter().find(|key| key.kind() != KeyKind::Note) {
            Some(root) => Err(at.value("root", root, "a note verifier key, `<name>+<key id>+<base64>`")),
            None => Ok(()),
        }
    }

    /// Checks the names and types of the log's and the stations' keys.
    fn check_host_keys(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        let origin = &self.origin;
        let host_name = |key: &VerifierKey| {
            let name = key.name().as_str().strip_prefix(origin.as_str())?.strip_prefix('/')?;
            (!name.is_empty() && !name.contains('/')).then(|| name.to_owned())
        };
        let is_log = |key: &VerifierKey| host_name(key).is_some_and(|name| is_log_name(&name));
        if !is_log(&self.log) || self.log.kind() != KeyKind::Note {
            return Err(at.key_name("log", &self.log, origin, "log<number>, of type 0x01"));
        }
        let is_station = |key: &&VerifierKey| {
            host_name(key).is_some_and(|name| !is_log_name(&name)) && key.kind() == KeyKind::Cosignature
        };
        match self.station.iter().find(|key| !is_station(key)) {
            Some(key) => {
                Err(at.key_name("station", key, origin, "<station>, of type 0x04; log<number> is a log's"))
            }
            None => Ok(()),
        }
    }

    /// Each raw key has one role and one name. Otherwise its holder could sign as somebody else, and revoking it under
    /// one name would leave it valid under another.
    fn check_raw_keys(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        let log = std::slice::from_ref(&self.log);
        let lines: [(&str, &[VerifierKey]); 4] =
            [("root", &self.root), ("log", log), ("station", &self.station), ("operator", &self.operator)];
        let mut raw = Set::new();
        for (field, keys) in lines {
            if let Some(key) = keys.iter().find(|key| !raw.insert(key.public())) {
                return Err(at.value(field, key, "a key that no other line of this roster has"));
            }
        }
        Ok(())
    }

    fn persons(&self, keys: &[VerifierKey]) -> u64 {
        u64::try_from(distinct_persons(self.origin.as_str(), keys)).unwrap_or(u64::MAX)
    }

    fn has_person(&self, person: &str) -> bool {
        let mut keys = self.root.iter().chain(&self.operator);
        keys.any(|key| key.name().person_under(self.origin.as_str()) == Some(person))
    }
}

/// Lower case only, so that two spellings of one name cannot count as two persons.
fn is_person(part: &str) -> bool {
    part.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

/// `log<number>`, the number without leading zeros.
fn is_log_name(name: &str) -> bool {
    name.strip_prefix("log").and_then(<u64 as Value>::parse).is_some_and(|number| number > 0)
}

/// `person: alice Network operations`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person part of key names.
    pub person: String,
    /// The display name or role that readers see.
    pub shown: SingleLine<80>,
}

impl Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.person, self.shown)
    }
}

impl Value for Person {
    const EXPECTED: &'static str =
        "the person part of a key name, then a display name or role, such as `alice Network operations`";
    fn parse(text: &str) -> Option<Self> {
        let (person, shown) = text.split_once(' ')?;
        (!person.is_empty()).then_some(Self { person: person.to_owned(), shown: SingleLine::parse(shown)? })
    }
    fn subject(&self) -> String {
        self.person.clone()
    }
}

/// `rule: data-none 2`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The claim.
    pub name: RuleName,
    /// The number of distinct persons who must sign it, at least 1.
    pub persons: u64,
}

impl Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.persons)
    }
}

impl Value for Rule {
    const EXPECTED: &'static str =
        "`fault-other`, `data-none`, `retract` or `site`, and how many persons must sign, at least 1";
    fn parse(text: &str) -> Option<Self> {
        let (name, persons) = text.split_once(' ')?;
        let persons = Value::parse(persons).filter(|n| *n > 0)?;
        Some(Self { name: RuleName::parse(name)?, persons })
    }
    fn subject(&self) -> String {
        self.name.to_string()
    }
}

text_type! {
    /// A removal, signed by one root or by the key itself. It takes effect at its own place in the log.
    ///
    /// ```text
    /// outband removal v1
    /// origin: status.example.net
    /// id: 2f1ed002ab5595859014ebf0951522d9
    /// time: 2013-09-03T12:00:00Z
    /// key: status.example.net/alice/phone+5ef2c0bd+Aeh…
    /// since: 41
    /// ```
    pub struct Revocation: "removal" {
        /// The log's origin.
        "origin" origin: one(Origin), by_program;
        /// This text's own random id.
        "id" id: one(Id), by_program;
        /// When it was written.
        "time" time: one(Time), by_program;
        /// The key that is revoked.
        "key" key: one(VerifierKey);
        /// The index from which on that key's entries are flagged (default: this entry's own).
        "since" since: maybe(u64);
    }
}

impl Rules for Revocation {}
