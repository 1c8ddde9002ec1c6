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
use fold::Fold;

use crate::sort::sort_by_key;
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
    /// The update that takes the turn: the same one, or its correction.
    pub logged: &'i LoggedUpdate,
    /// Conditions as stated so far; each holds for what is under it, unless that is among them too. Empty once the
    /// incident is over or taken over by another one.
    pub conditions: BTreeMap<&'i ComponentPath, Condition>,
}

/// All updates of one slug: an incident, a maintenance or a notice; and what follows for it from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    updates: Vec<LoggedUpdate>,
    fold: Fold,
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
        Self { fold: Fold::of(&updates), updates, taken_over: false, named_by: BTreeSet::new() }
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
        self.fold.add(&self.updates);
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
        self.updates.get(self.fold.place(id)?)
    }

    /// What stands in the place of `id` by a correction, or by that one's own correction, and so on: the one of the
    /// latest effective time, if there are several. A retracted correction does not.
    pub fn corrected_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.fold.relation(id)?.corrected_by?)
    }

    /// The retraction of `id`, unless that was retracted itself.
    pub fn retracted_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.fold.relation(id)?.retracted_by?)
    }

    /// Translations of `id`, one a language: the one of the latest effective time.
    pub fn translations_of(&self, id: &Id) -> Vec<&LoggedUpdate> {
        let places = self.fold.translations(id).iter();
        let mut translations: Vec<_> = places.filter_map(|place| self.updates.get(*place)).collect();
        sort_by_key(&mut translations, |logged| logged.order());
        let mut by_lang = BTreeMap::new();
        by_lang.extend(translations.into_iter().map(|logged| (&logged.update.lang, logged)));
        by_lang.into_values().collect()
    }

    /// The updates that stand, each in its turn: without translations, without what was corrected or retracted.
    pub fn steps(&self) -> Vec<Step<'_>> {
        let mut steps = Vec::new();
        for folded in &self.fold.steps {
            let update = |at: usize| self.updates.get(at);
            let Some((place, logged)) = update(folded.place).zip(update(folded.update)) else { continue };
            let is_over = logged.update.phase.is_final() || folded.is_elsewhere && self.taken_over;
            let standing = folded.conditions.iter().filter(|_| !is_over);
            let conditions = standing.map(|(path, (condition, _))| (path, *condition)).collect();
            steps.push(Step { place, logged, conditions });
        }
        steps
    }

    /// Whether and where it continues, by its own words; `None` where no update stands.
    pub fn course(&self) -> Option<Course> {
        let newest = self.fold.steps.last().and_then(|step| self.updates.get(step.update));
        self.fold.machine.course(&self.updates, newest)
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
