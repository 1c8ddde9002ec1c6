//! What is true now: an incident's updates, folded.
//!
//! An update is *said* at the earlier of its own time and its earliest receipt. An incident folds by (said, id), so
//! that a late phone's old "investigating" does not reopen what is resolved, and so that two stations which got the
//! same updates in different orders say the same; the log and the feeds list by index.

mod continuation;
mod fold;
mod outlook;
mod relations;
mod spans;
mod state;
#[cfg(test)]
mod tests;
mod uptime;

pub use continuation::{Course, is_taken_over};
pub use outlook::{Outlook, worst};
pub use spans::Span;
pub use state::{IncidentState, Stated};
pub use uptime::{Chronicle, Day, Measured, Percent, Tally};

use std::collections::{BTreeMap, BTreeSet};

use outband_keys::KeyName;
use relations::{Relation, relations};

use crate::sort::sort_by;
use crate::text::{ComponentPath, Condition, Id, IncidentKind, Slug, Update};
use crate::time::Time;

/// One update, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedUpdate {
    /// Its place in the log.
    pub index: u64,
    /// What was said.
    pub update: Update,
    /// Who said it: the key, and the person as the roster of that time shows them.
    pub signers: Vec<Signer>,
    /// The earliest valid receipt.
    pub received: Time,
    /// The entry itself: the text, an empty line, signatures and receipts.
    pub leaf: String,
}

/// Who signed an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key's name.
    pub key: KeyName,
    /// The key itself, by its fingerprint: a name may get another key, and a key another name.
    pub fingerprint: String,
    /// The person's display name or role, by the roster of that time.
    pub person: String,
}

impl LoggedUpdate {
    /// When it was said: the operator's clock, or the receipt where that is earlier.
    pub fn effective_time(&self) -> Time {
        self.update.time.min(self.received)
    }

    /// Its place among the updates of its incident. Of two that were said in the same second neither is the later;
    /// the id decides, since it is signed, and a log index is not the same everywhere.
    pub(crate) fn order(&self) -> (Time, &Id) {
        (self.effective_time(), &self.update.id)
    }

    /// Whether readers should see "received" beside the operator's time.
    pub fn shows_received(&self) -> bool {
        self.update.time.posix().abs_diff(self.received.posix()) > SHOWN_DIFFERENCE_SECONDS
    }
}

/// Clocks of laptops and phones differ by this much without anyone being wrong.
const SHOWN_DIFFERENCE_SECONDS: u64 = 10 * 60;

/// An update in its turn, and what it left standing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'i> {
    /// Whose turn it is.
    pub place: &'i LoggedUpdate,
    /// What stands there: the same update, or its correction.
    pub logged: &'i LoggedUpdate,
    /// Conditions as stated so far; each holds for what is under it, unless that stands here too. Empty once it is
    /// over or taken over by another incident.
    pub conditions: BTreeMap<&'i ComponentPath, Condition>,
}

/// All updates of one slug: an incident, a maintenance or a notice; and what follows for it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    updates: Vec<LoggedUpdate>,
    relations: Vec<Relation>,
    taken_over: bool,
    named_by: BTreeSet<Slug>,
}

impl Incident {
    /// An incident of its first update.
    pub fn begin(first: LoggedUpdate) -> Self {
        Self::of(vec![first])
    }

    /// From updates in the order of the log; `None` where there are none. Until it is told otherwise, nothing takes
    /// it over: what is not known to be over goes on.
    pub fn from_updates(updates: Vec<LoggedUpdate>) -> Option<Self> {
        (!updates.is_empty()).then(|| Self::of(updates))
    }

    fn of(updates: Vec<LoggedUpdate>) -> Self {
        Self { relations: relations(&updates), updates, taken_over: false, named_by: BTreeSet::new() }
    }

    /// Whether the incident in which it goes on, by its own words, takes it over.
    pub fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// Says whether another incident takes it over, as [`is_taken_over`] finds; gives whether that changed.
    pub fn set_taken_over(&mut self, taken_over: bool) -> bool {
        std::mem::replace(&mut self.taken_over, taken_over) != taken_over
    }

    /// Remembers that `slug` was said to go on in this one; gives whether that is new.
    pub fn add_name(&mut self, slug: Slug) -> bool {
        self.named_by.insert(slug)
    }

    /// What was said, at any time, to go on in this one: whether this one takes it over is to be decided anew
    /// whenever something is said of this one.
    pub fn named_by(&self) -> &BTreeSet<Slug> {
        &self.named_by
    }

    /// Adds the newest entry of the log.
    pub fn add(&mut self, logged: LoggedUpdate) {
        self.updates.push(logged);
        self.relations = relations(&self.updates);
    }

    /// Every update in the order of the log; nothing is left out, neither what was corrected or retracted nor
    /// translations.
    pub fn updates(&self) -> &[LoggedUpdate] {
        &self.updates
    }

    /// What it is called in URLs.
    pub fn slug(&self) -> Option<&Slug> {
        self.updates.first().map(|logged| &logged.update.incident)
    }

    /// What it is: the first update's phase says so, and all others must be of the same kind.
    pub fn kind(&self) -> Option<IncidentKind> {
        self.updates.first().map(|logged| logged.update.phase.kind())
    }

    /// Whether anything is left of it but translations of what was redacted.
    pub fn has_own_words(&self) -> bool {
        self.updates.iter().any(|logged| logged.update.translates.is_none())
    }

    /// Whether it is a drill: the first update says so, and all others must agree. A translation is what its original is.
    pub fn is_drill(&self) -> bool {
        self.updates
            .iter()
            .find(|logged| logged.update.translates.is_none())
            .is_some_and(|logged| logged.update.is_drill())
    }

    /// The update with this id.
    pub fn by_id(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.iter().find(|logged| logged.update.id == *id)
    }

    /// What stands in the place of `id` by a correction, or by that one's own correction, and so on: the last said,
    /// if there are several. A retracted correction does not.
    pub fn corrected_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.relation(id)?.corrected_by?)
    }

    /// The retraction of `id`, unless that was retracted itself.
    pub fn retracted_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.relation(id)?.retracted_by?)
    }

    fn relation(&self, id: &Id) -> Option<Relation> {
        self.relations.get(self.place(id)?).copied()
    }

    fn place(&self, id: &Id) -> Option<usize> {
        self.updates.iter().position(|logged| logged.update.id == *id)
    }

    /// Translations of `id`, one a language: the last said.
    pub fn translations_of(&self, id: &Id) -> Vec<&LoggedUpdate> {
        let later = self.place(id).map_or(self.updates.len(), |place| place + 1);
        let mut translations: Vec<_> = self
            .updates
            .iter()
            .skip(later)
            .filter(|logged| logged.update.translates.as_ref() == Some(id))
            .collect();
        sort_by(&mut translations, |a, b| a.order().cmp(&b.order()));
        let mut by_lang = BTreeMap::new();
        by_lang.extend(translations.into_iter().map(|logged| (&logged.update.lang, logged)));
        by_lang.into_values().collect()
    }

    /// The updates that stand, each in its turn: without translations, without what was corrected or retracted.
    pub fn steps(&self) -> Vec<Step<'_>> {
        fold::steps(self)
    }

    /// What holds now by what was said so far; `None` where that is translations only.
    pub fn state(&self) -> Option<IncidentState<'_>> {
        fold::fold(self)
    }

    /// Whether and where it goes on, by its own words; `None` where nothing holds.
    pub fn course(&self) -> Option<Course> {
        fold::course(self)
    }

    /// What `update`, another one of this incident, takes back: the one that it corrects or retracts, what that one
    /// corrects or retracts, and so on.
    pub fn taken_back_by(&self, update: &Update) -> Vec<&Update> {
        let target = |by: &Update| self.by_id(by.corrects.as_ref().or(by.retracts.as_ref())?);
        let mut taken_back: Vec<&Update> = Vec::new();
        let mut next = target(update);
        // A station lets in only what speaks of earlier updates; this ends whatever they speak of.
        while let Some(logged) =
            next.filter(|logged| taken_back.iter().all(|known| known.id != logged.update.id))
        {
            taken_back.push(&logged.update);
            next = target(&logged.update);
        }
        taken_back
    }
}
