//! Who must sign a text that decides for the whole page, and who has.

use anyhow::Result;
use outband_keys::{Note, VerifierKey, VerifyError, distinct_persons};
use outband_record::authority::{Authority, Denied};
use outband_record::text::{Roster, RuleName, Text};
use serde_json::json;

/// Judges a note by the log, or before there is one by the settings.
pub(crate) enum Judge {
    /// The log so far, with this many entries.
    Log { authority: Box<Authority>, size: u64 },
    /// No log yet: roster 1 must have exactly these roots.
    Founders(Vec<VerifierKey>),
}

/// As many persons as must sign, of those who hold these keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quorum {
    pub(crate) whom: &'static str,
    pub(crate) need: u64,
    pub(crate) keys: Vec<VerifierKey>,
}

impl Judge {
    /// Who must sign `text`.
    pub(crate) fn quorums(&self, text: &Text) -> Vec<Quorum> {
        let new = |roster: &Roster| Quorum::new("the new roots", roster.root_threshold, &roster.root);
        let Self::Log { authority, .. } = self else {
            return if let Text::Roster(roster) = text { vec![new(roster)] } else { Vec::new() };
        };
        let roster = authority.roster();
        let roots = |need| Quorum::new("the roots in force", need, &roster.root);
        match text {
            Text::Roster(next) if changes_roots(roster, next) => {
                vec![roots(roster.root_threshold), new(next)]
            }
            Text::Roster(_) | Text::Redaction(_) => vec![roots(roster.root_threshold)],
            Text::Revocation(_) | Text::Site(_) => vec![roots(1)],
            Text::Update(_) => vec![Quorum::new("the operators", 1, &authority.operators())],
        }
    }

    /// The keys that may sign `text`. Where a rule lets operators sign site notes, theirs are among them.
    pub(crate) fn keys(&self, text: &Text) -> Vec<VerifierKey> {
        let quorums = self.quorums(text).into_iter().chain(self.site_rule(text));
        quorums.flat_map(|quorum| quorum.keys).collect()
    }

    /// Those of them that have signed `note`.
    pub(crate) fn signers(&self, note: &Note, text: &Text) -> Result<Vec<VerifierKey>, VerifyError> {
        match note.verify(&self.keys(text)) {
            Ok(verified) => Ok(verified.signers().to_vec()),
            Err(VerifyError::NoKnownSigner { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// The quorums that still lack signatures; none if the note can be sent.
    ///
    /// # Errors
    /// If no further signature would help.
    pub(crate) fn lacking(&self, note: &Note, text: &Text) -> Result<Vec<Quorum>> {
        let Err(denied) = self.admit(note, text) else { return Ok(Vec::new()) };
        let signers = self.signers(note, text)?;
        let by_operators = self.site_rule(text).filter(|quorum| quorum.have(&signers) > 0);
        let quorums = by_operators.map_or_else(|| self.quorums(text), |quorum| vec![quorum]);
        let lacking: Vec<_> =
            quorums.into_iter().filter(|quorum| quorum.have(&signers) < quorum.need).collect();
        let is_early = matches!(denied, Denied::TooFewPersons { .. } | Denied::UnknownSigner { .. });
        if is_early && !lacking.is_empty() { Ok(lacking) } else { Err(denied.into()) }
    }

    fn admit(&self, note: &Note, text: &Text) -> Result<(), Denied> {
        match (self, text) {
            (Self::Log { authority, size }, _) => authority.admit(note, text, *size, &[]).map(drop),
            (Self::Founders(roots), Text::Roster(roster)) => {
                Authority::founding(note, roster, roots).map(drop)
            }
            (Self::Founders(_), _) => Ok(()),
        }
    }

    fn site_rule(&self, text: &Text) -> Option<Quorum> {
        let (Self::Log { authority, .. }, Text::Site(_)) = (self, text) else { return None };
        let rule = authority.roster().rule.iter().find(|rule| rule.name == RuleName::Site)?;
        Some(Quorum::new("the operators", rule.persons, &authority.operators()))
    }
}

/// Whether another set of roots, or another number of them, decides from this roster on.
pub(crate) fn changes_roots(old: &Roster, new: &Roster) -> bool {
    let has = |roster: &Roster, key: &VerifierKey| roster.root.contains(key);
    old.root_threshold != new.root_threshold
        || old.root.len() != new.root.len()
        || old.root.iter().any(|key| !has(new, key))
}

impl Quorum {
    fn new(whom: &'static str, need: u64, keys: &[VerifierKey]) -> Self {
        Self { whom, need, keys: keys.to_vec() }
    }

    /// How many persons of this quorum are among the signers.
    pub(crate) fn have(&self, signers: &[VerifierKey]) -> u64 {
        let signed = |key: &&VerifierKey| signers.iter().any(|signer| signer.public() == key.public());
        self.persons(self.keys.iter().filter(signed))
    }

    /// The keys of the persons who have not signed yet.
    pub(crate) fn open(&self, signers: &[VerifierKey]) -> Vec<&VerifierKey> {
        let have = self.have(signers);
        let adds = |key: &&VerifierKey| self.have(&[signers, &[VerifierKey::clone(key)]].concat()) > have;
        self.keys.iter().filter(adds).collect()
    }

    pub(crate) fn json(&self, signers: &[VerifierKey]) -> serde_json::Value {
        let open: Vec<_> = self.open(signers).iter().map(|key| key.name().to_string()).collect();
        json!({"of": self.whom, "need": self.need, "have": self.have(signers), "from": open})
    }

    fn persons<'k>(&self, keys: impl Iterator<Item = &'k VerifierKey>) -> u64 {
        let origin = self.keys.first().and_then(|key| key.name().as_str().split('/').next());
        u64::try_from(distinct_persons(origin.unwrap_or_default(), keys)).unwrap_or(u64::MAX)
    }
}
