//! Who may sign, judged by log position: entry *i* is checked against the entries before it, so that old entries stay
//! valid after a key rotation, and nothing signed by a revoked key is admitted after its removal.

use outband_keys::{Note, Verified, VerifierKey, VerifyError, distinct_persons};

use crate::text::{DataKind, DataStatus, Fault, Redaction, Revocation, Roster, RuleName, Text, Update};

/// The roster in force, and the revoked keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    roster: Roster,
    roster_index: u64,
    revoked: Vec<RevokedKey>,
}

/// A key revoked by a removal or by a later roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    /// The key.
    pub key: VerifierKey,
    /// The entry that revoked it.
    pub at: u64,
    /// The index from which its entries are flagged; only a removal sets it, not a roster. A later removal may reach
    /// further back.
    pub since: Option<u64>,
}

/// Why a note's signers may not sign its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// No signature by any key that may sign such a text.
    #[error(
        "none of the keys that may sign this has signed it; the signatures are by {}. Sign with an enrolled key, or have a root enrol this one",
        list(names)
    )]
    UnknownSigner {
        /// The key names on the note.
        names: Vec<String>,
    },
    /// Signed by a revoked key.
    #[error(
        "the key {name} was removed by entry {at}; sign with another key, or have a roster enrol this one again"
    )]
    RevokedSigner {
        /// The key's name.
        name: String,
        /// The entry that removed it.
        at: u64,
    },
    /// A known key's signature that does not match the text.
    #[error(
        "the signature by {name} does not match the text: the text or the signature was altered in transit, or the key is not the enrolled one. Sign the text again and send both unchanged"
    )]
    BadSignature {
        /// The key's name.
        name: String,
    },
    /// Signed by too few persons.
    #[error(
        "{what} must be signed by {need} of {whom}, as distinct persons; {have} did. Collect the missing signatures on the same text and send it again"
    )]
    TooFewPersons {
        /// The statement that requires them.
        what: &'static str,
        /// Who must sign.
        whom: &'static str,
        /// The number of persons required.
        need: u64,
        /// The number of persons who signed.
        have: u64,
    },
    /// A roster with the wrong number.
    #[error(
        "the roster's number is {found}; the next one is number {expected}. Write it again from the roster in force"
    )]
    RosterNumber {
        /// The value in the text.
        found: u64,
        /// The expected value.
        expected: u64,
    },
    /// A roster that enrols a key which was removed.
    #[error(
        "the roster enrols {name}, whose key was removed by entry {at}; a removed key is not enrolled again. Enrol a new key, and write the roster again from the one in force"
    )]
    EnrolsRemoved {
        /// The key's name.
        name: String,
        /// The entry that removed it.
        at: u64,
        /// The name of the line that enrols it.
        line: &'static str,
    },
    /// The first roster's roots differ from the host's.
    #[error("roster 1 names other roots than this station's ROOT_KEYS; both must hold exactly the same keys")]
    OtherRoots,
    /// A removal of a root.
    #[error("{name} is a root; only a new roster can remove a root")]
    RevokesRoot {
        /// The key's name.
        name: String,
    },
    /// A removal of a key that is not an enrolled operator's.
    #[error(
        "{name} with this public key is not an operator's key in the roster in force; see /data/roster.json"
    )]
    NotEnrolled {
        /// The key's name.
        name: String,
    },
    /// A redaction of an entry that does not exist.
    #[error("entry: {entry} is beyond the log's {size} entries; name the entry whose text is to be removed")]
    EntryBeyond {
        /// The value in the text.
        entry: u64,
        /// Entries in the log.
        size: u64,
    },
    /// A removal that flags entries that do not exist.
    #[error("since: {since} is beyond the log's {size} entries; name the first entry to flag")]
    SinceBeyond {
        /// The value in the text.
        since: u64,
        /// Entries in the log.
        size: u64,
    },
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

impl Authority {
    /// The first entry's authority: roster 1, signed by its own threshold, whose roots are exactly `roots`.
    pub fn founding(note: &Note, roster: &Roster, roots: &[VerifierKey]) -> Result<Verified, Denied> {
        if roster.number != 1 {
            return Err(Denied::RosterNumber { found: roster.number, expected: 1 });
        }
        let has =
            |keys: &[VerifierKey], others: &[VerifierKey]| others.iter().all(|other| keys.contains(other));
        if !has(&roster.root, roots) || !has(roots, &roster.root) {
            return Err(Denied::OtherRoots);
        }
        let verified = note.verify(&roster.root).map_err(|error| denied(error, None))?;
        enough(roster, &verified, &roster.root, roster.root_threshold, "a roster", "the roots")?;
        Ok(verified)
    }

    /// The authority after `roster` at `index`, with the keys that earlier entries revoked.
    pub fn new(roster: Roster, roster_index: u64, revoked: Vec<RevokedKey>) -> Self {
        Self { roster, roster_index, revoked }
    }

    /// The roster in force.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The log index of the roster in force.
    pub fn roster_index(&self) -> u64 {
        self.roster_index
    }

    /// Every revoked key, in the order of revocation.
    pub fn revoked(&self) -> &[RevokedKey] {
        &self.revoked
    }

    /// The operators' keys in force.
    pub fn operators(&self) -> Vec<VerifierKey> {
        self.roster.operator.iter().filter(|key| self.removed(key).is_none()).cloned().collect()
    }

    /// Whether an entry at `index`, signed by the key with this fingerprint, is flagged because the key's removal
    /// reaches back to it. Keys are compared by fingerprint, since a name may later be given to another key, and a key
    /// to another name; and by raw key, since a key may have been enrolled as another type before.
    pub fn is_flagged(&self, fingerprint: &str, index: u64) -> bool {
        self.revoked.iter().any(|revoked| {
            let reaches = revoked.since.is_some_and(|since| since <= index && index < revoked.at);
            let is_the_same = |key: &&VerifierKey| key.public() == revoked.key.public();
            reaches && self.every_key().filter(is_the_same).any(|key| key.fingerprint() == fingerprint)
        })
    }

    /// Refuses a note that no key has signed which is or was enrolled, or that has an invalid signature by one. A
    /// stranger's signature is not verified, and nothing after the first invalid one.
    pub fn genuine(&self, note: &Note) -> Result<(), Denied> {
        note.verify(&self.ever_enrolled()).map(drop).map_err(|error| denied(error, None))
    }

    /// Checks that the signers of `note` may publish `text` as the next entry of a log with `size` entries.
    /// `taken_back` are the updates that it corrects or retracts: see
    /// [`Incident::taken_back_by`](crate::timeline::Incident::taken_back_by).
    pub fn admit(
        &self,
        note: &Note,
        text: &Text,
        size: u64,
        taken_back: &[Update],
    ) -> Result<Verified, Denied> {
        // The others are judged by their content before their signatures are verified under the keys that it names.
        if !matches!(text, Text::Update(_) | Text::Site(_)) {
            self.genuine(note)?;
        }
        match text {
            Text::Update(update) => self.admit_update(note, update, taken_back),
            Text::Site(_) => self.admit_site(note),
            Text::Roster(roster) => self.admit_roster(note, roster),
            Text::Revocation(revocation) => self.admit_removal(note, revocation, size),
            Text::Redaction(redaction) => self.admit_redaction(note, redaction, size),
        }
    }

    /// The authority after `text` was accepted at `index`.
    pub fn after(mut self, text: &Text, index: u64) -> Self {
        match text {
            Text::Roster(roster) => {
                let old = self.roster.root.iter().chain(&self.roster.operator);
                let kept = |key: &VerifierKey| roster.root.contains(key) || roster.operator.contains(key);
                let dropped: Vec<_> = old
                    .filter(|key| !kept(key) && self.removed(key).is_none())
                    .map(|key| RevokedKey { key: key.clone(), at: index, since: None })
                    .collect();
                self.revoked.extend(dropped);
                self.roster = roster.as_ref().clone();
                self.roster_index = index;
            }
            Text::Revocation(revocation) => {
                let since = Some(revocation.since.unwrap_or(index));
                let is_in_force = self.is_in_force(&revocation.key);
                match self.revoked.iter_mut().rfind(|revoked| !is_in_force && revoked.key == revocation.key) {
                    Some(revoked) => revoked.since = since,
                    None => self.revoked.push(RevokedKey { key: revocation.key.clone(), at: index, since }),
                }
            }
            Text::Update(_) | Text::Site(_) | Text::Redaction(_) => {}
        }
        self
    }

    /// The revocation of `key` in force: one that no later roster has undone.
    fn removed(&self, key: &VerifierKey) -> Option<&RevokedKey> {
        self.revoked.iter().find(|revoked| revoked.key == *key && revoked.at > self.roster_index)
    }

    /// Taking back an update needs as many persons as publishing it did, so that one person cannot correct away a
    /// statement that needed two.
    fn admit_update(&self, note: &Note, update: &Update, taken_back: &[Update]) -> Result<Verified, Denied> {
        let operators = self.operators();
        let verified = self.verify(note, &operators)?;
        let takes_back = update.retracts.is_some() || update.corrects.is_some();
        // Without what is taken back, an earlier statement of its kind may be in force again.
        let back = |names: fn(&Update) -> bool| taken_back.iter().any(names);
        let rules = [
            (
                blames(update) || back(|update| update.fault.is_some()),
                RuleName::FaultOther,
                "blame on a customer or an upstream, or taking back whose fault it is,",
            ),
            (
                reassures(update) || back(tells_of_data),
                RuleName::DataNone,
                "the statement that no data came to harm, or taking back what was said of data,",
            ),
            (takes_back, RuleName::Retract, "a correction or a retraction"),
        ];
        for (applies, rule, what) in rules {
            if applies {
                let need = self.roster.threshold(rule);
                enough(&self.roster, &verified, &operators, need, what, "the operators")?;
            }
        }
        Ok(verified)
    }

    /// Needs the signature of one root, or of as many operators as the roster's `site` rule requires, if it has one.
    fn admit_site(&self, note: &Note) -> Result<Verified, Denied> {
        let has_rule = self.roster.rule.iter().any(|rule| rule.name == RuleName::Site);
        let operators = if has_rule { self.operators() } else { Vec::new() };
        let keys: Vec<_> = self.roster.root.iter().chain(&operators).cloned().collect();
        let verified = self.verify(note, &keys)?;
        if enough(&self.roster, &verified, &self.roster.root, 1, "a site note", "the roots").is_err() {
            let need = self.roster.threshold(RuleName::Site);
            enough(&self.roster, &verified, &operators, need, "a site note", "the operators")?;
        }
        Ok(verified)
    }

    fn admit_roster(&self, note: &Note, roster: &Roster) -> Result<Verified, Denied> {
        let expected = self.roster.number + 1;
        if roster.number != expected {
            return Err(Denied::RosterNumber { found: roster.number, expected });
        }
        self.enrols_no_removed_key(roster)?;
        let added = roster.root.iter().filter(|key| !self.roster.root.contains(key));
        let keys: Vec<_> = self.roster.root.iter().chain(added).cloned().collect();
        let verified = self.verify(note, &keys)?;
        self.enough_roots(&verified, "a roster")?;
        enough(roster, &verified, &roster.root, roster.root_threshold, "a roster", "its new roots")?;
        Ok(verified)
    }

    /// A key that was removed stays removed: a roster that was written before its removal, and held back or signed
    /// meanwhile, must not bring it back. (A key that a roster merely left out may return.)
    fn enrols_no_removed_key(&self, roster: &Roster) -> Result<(), Denied> {
        let removed = self.revoked.iter().filter(|revoked| revoked.since.is_some());
        for revoked in removed {
            for (line, keys) in [("root", &roster.root), ("operator", &roster.operator)] {
                if let Some(key) = keys.iter().find(|key| key.public() == revoked.key.public()) {
                    return Err(Denied::EnrolsRemoved { name: key.name().to_string(), at: revoked.at, line });
                }
            }
        }
        Ok(())
    }

    fn admit_removal(&self, note: &Note, revocation: &Revocation, size: u64) -> Result<Verified, Denied> {
        let key = &revocation.key;
        if self.roster.root.contains(key) {
            return Err(Denied::RevokesRoot { name: key.name().to_string() });
        }
        let mut keys = self.roster.root.clone();
        if self.operators().contains(key) {
            keys.push(key.clone());
        } else {
            self.reaches_further_back(revocation)?;
        }
        if let Some(since) = revocation.since.filter(|since| *since > size) {
            return Err(Denied::SinceBeyond { since, size });
        }
        let verified = self.verify(note, &keys)?;
        if revocation.since.is_some_and(|since| since < size) {
            let what = "a removal that flags earlier entries";
            enough(&self.roster, &verified, &self.roster.root, 1, what, "the roots")?;
        }
        Ok(verified)
    }

    /// For a key already revoked, a removal may only flag entries from further back, and only a root may sign it.
    /// Otherwise a thief could revoke the stolen key first, and so keep the entries signed with it unflagged.
    fn reaches_further_back(&self, revocation: &Revocation) -> Result<(), Denied> {
        let name = || revocation.key.name().to_string();
        let revoked = self.revoked.iter().rfind(|revoked| revoked.key == revocation.key);
        let revoked = revoked.ok_or_else(|| Denied::NotEnrolled { name: name() })?;
        if revocation.since.is_some_and(|since| since < revoked.since.unwrap_or(revoked.at)) {
            return Ok(());
        }
        match self.removed(&revocation.key) {
            Some(revoked) => Err(Denied::RevokedSigner { name: name(), at: revoked.at }),
            None => Err(Denied::NotEnrolled { name: name() }),
        }
    }

    fn admit_redaction(&self, note: &Note, redaction: &Redaction, size: u64) -> Result<Verified, Denied> {
        if redaction.entry >= size {
            return Err(Denied::EntryBeyond { entry: redaction.entry, size });
        }
        let verified = self.verify(note, &self.roster.root)?;
        self.enough_roots(&verified, "a redaction")?;
        Ok(verified)
    }

    /// The keys in the roster in force, and the revoked ones.
    fn ever_enrolled(&self) -> Vec<VerifierKey> {
        self.every_key().cloned().collect()
    }

    fn every_key(&self) -> impl Iterator<Item = &VerifierKey> {
        let enrolled = self.roster.root.iter().chain(&self.roster.operator);
        enrolled.chain(self.revoked.iter().map(|revoked| &revoked.key))
    }

    /// Strictly verifies `note` under `keys`, and every signature by another key that is or was enrolled. If it is
    /// signed by none of `keys` but by a revoked key, the error names that key.
    fn verify(&self, note: &Note, keys: &[VerifierKey]) -> Result<Verified, Denied> {
        note.verify_among(keys, &self.ever_enrolled()).map_err(|error| {
            let mut taken = self.revoked.iter().rev().filter(|revoked| !self.is_in_force(&revoked.key));
            denied(error, taken.find(|revoked| signed_by(note, &revoked.key)))
        })
    }

    fn is_in_force(&self, key: &VerifierKey) -> bool {
        self.roster.root.contains(key) || self.operators().contains(key)
    }

    fn enough_roots(&self, verified: &Verified, what: &'static str) -> Result<(), Denied> {
        enough(&self.roster, verified, &self.roster.root, self.roster.root_threshold, what, "the roots")
    }
}

fn blames(update: &Update) -> bool {
    matches!(update.fault, Some(Fault::Customer(_) | Fault::Upstream(..)))
}

fn reassures(update: &Update) -> bool {
    update.data.iter().any(|d| d.kind != DataKind::Delay && d.status == DataStatus::None)
}

fn tells_of_data(update: &Update) -> bool {
    update.data.iter().any(|d| d.kind != DataKind::Delay)
}

fn denied(error: VerifyError, taken: Option<&RevokedKey>) -> Denied {
    match (error, taken) {
        (VerifyError::Bad { name }, _) => Denied::BadSignature { name: name.to_string() },
        (VerifyError::NoKnownSigner { .. }, Some(revoked)) => {
            Denied::RevokedSigner { name: revoked.key.name().to_string(), at: revoked.at }
        }
        (VerifyError::NoKnownSigner { names }, None) => Denied::UnknownSigner { names },
    }
}

/// Whether `note` has a signature that claims to be by `key`; it is not verified.
fn signed_by(note: &Note, key: &VerifierKey) -> bool {
    note.signatures().iter().any(|line| line.name() == key.name() && line.id() == key.id())
        || note.ssh().iter().any(|signature| signature.key().public() == key.public())
}

fn enough(
    roster: &Roster,
    verified: &Verified,
    among: &[VerifierKey],
    need: u64,
    what: &'static str,
    whom: &'static str,
) -> Result<(), Denied> {
    // Compared by raw key: the same key may be listed under different names.
    let signed = |key: &&VerifierKey| verified.signers().iter().any(|signer| signer.public() == key.public());
    let signers = among.iter().filter(signed);
    let have = u64::try_from(distinct_persons(roster.origin.as_str(), signers)).unwrap_or(u64::MAX);
    if have >= need { Ok(()) } else { Err(Denied::TooFewPersons { what, whom, need, have }) }
}

#[cfg(test)]
mod tests;
