//! The current state, computed by folding an incident's updates.
//!
//! An update's *effective time* is the earlier of its own time and its earliest receipt. Updates are folded in order of
//! (effective time, size of the log that the author had seen, id), so that an old "investigating" that arrives late from a phone does not reopen a resolved
//! incident, and so that two stations which received the same updates in different orders show the same state. The log
//! and the feeds are ordered by index.

mod fold;
mod names;
mod outlook;
mod spans;
mod state;
#[cfg(test)]
mod tests;
mod uptime;

pub use names::{Names, Said};
pub use outlook::{Outlook, worst};
pub use spans::Span;
pub use state::{IncidentState, Stated};
pub use uptime::{Chronicle, Day, Measured, Percent, Tally};

use fold::Fold;
use outband_keys::{KeyName, SshKey, SshKeyKind, VerifierKey};

use crate::sort::sort_by_key;
use crate::sorted::{Map, Set};
use crate::text::{ComponentPath, Condition, Id, IncidentKind, Slug, Update};
use crate::time::Time;

/// An update in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedUpdate {
    /// Its log index.
    pub index: u64,
    /// The parsed update.
    pub update: Update,
    /// Its signers, with display names from the roster in force at that entry.
    pub signers: Vec<Signer>,
    /// The earliest valid receipt.
    pub received: Time,
    /// Its date in feeds: when it was received, but later than that of every update before it that feeds list.
    pub listed: Time,
    /// What it refers to, as it was called then.
    pub names: Names,
    /// The entry's bytes as text: the update's text, an empty line, signatures and receipts.
    pub leaf: String,
    /// Whether it is not in the log yet, and the index is only where it would be.
    pub is_pending: bool,
}

/// A signer of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key's name.
    pub key: KeyName,
    /// The key's fingerprint, which identifies it: a name may be given to another key, and a key to another name.
    pub fingerprint: String,
    /// The person's display name or role in the roster in force at that entry.
    pub person: String,
    /// Where the key is, if it is an SSH key.
    pub kind: Option<SshKeyKind>,
}

impl Signer {
    /// A person who signed with this key.
    pub fn new(key: &VerifierKey, person: &str) -> Self {
        Self {
            key: key.name().clone(),
            fingerprint: key.fingerprint(),
            person: person.to_owned(),
            kind: key.ssh().map(SshKey::kind),
        }
    }
}

impl LoggedUpdate {
    /// The time by the operator's clock, or the receipt's if that is earlier.
    pub fn effective_time(&self) -> Time {
        self.update.time.min(self.received)
    }

    /// The sort key among the updates of its incident. Within a second, an author who had seen a longer log may have
    /// read what the others wrote, never the reverse. Then the id decides, since it is signed, whereas log indices
    /// differ between logs.
    pub fn order(&self) -> (Time, u64, &Id) {
        let seen = self.update.seen.as_ref().map_or(0, |seen| seen.size);
        (self.effective_time(), seen, &self.update.id)
    }

    /// Whether pages show the time of receipt beside the operator's time.
    pub fn shows_received(&self) -> bool {
        self.update.time.posix().abs_diff(self.received.posix()) > SHOWN_DIFFERENCE_SECONDS
    }
}

/// A normal clock error of laptops and phones; smaller differences are not shown.
const SHOWN_DIFFERENCE_SECONDS: u64 = 10 * 60;

/// One step of the fold: an update, and the conditions after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'i> {
    /// The update whose effective time orders this step.
    pub place: &'i LoggedUpdate,
    /// The update applied: the same one, or its correction.
    pub logged: &'i LoggedUpdate,
    /// The conditions stated so far. Each applies to the component's descendants too, except those listed themselves.
    /// Empty once the incident is over or taken over by another.
    pub conditions: Map<&'i ComponentPath, Condition>,
}

/// What became of an update that no longer applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<'i> {
    /// This correction replaced it.
    Corrected(&'i LoggedUpdate),
    /// This retraction withdrew it.
    Retracted(&'i LoggedUpdate),
}

impl<'i> Fate<'i> {
    /// The update that decided it.
    pub fn by(self) -> &'i LoggedUpdate {
        match self {
            Self::Corrected(by) | Self::Retracted(by) => by,
        }
    }
}

/// All updates of one slug (an incident, a maintenance or a notice), and its links to other incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    updates: Vec<LoggedUpdate>,
    fold: Fold,
    taken_over: bool,
    named_by: Set<Slug>,
}

impl Incident {
    /// An incident that consists of its first update.
    pub fn begin(first: LoggedUpdate) -> Self {
        Self::of(vec![first])
    }

    /// From updates in log order; `None` if there are none. It counts as not taken over until
    /// [`set_taken_over`](Self::set_taken_over) is called, so that an incident stays open unless it is known to be
    /// over.
    pub fn from_updates(updates: Vec<LoggedUpdate>) -> Option<Self> {
        (!updates.is_empty()).then(|| Self::of(updates))
    }

    fn of(updates: Vec<LoggedUpdate>) -> Self {
        Self { fold: Fold::of(&updates), updates, taken_over: false, named_by: Set::new() }
    }

    /// Whether the incident named in its `continues-in` takes it over.
    pub fn is_taken_over(&self) -> bool {
        self.taken_over
    }

    /// Sets whether another incident takes it over, as computed by [`is_taken_over`]. Returns whether that changed.
    pub fn set_taken_over(&mut self, taken_over: bool) -> bool {
        std::mem::replace(&mut self.taken_over, taken_over) != taken_over
    }

    /// Records that `slug` named this incident in its `continues-in`. Returns whether that is new.
    pub fn add_name(&mut self, slug: Slug) -> bool {
        self.named_by.insert(slug)
    }

    /// Every incident that ever named this one in its `continues-in`. Each update of this one may change whether it
    /// takes them over.
    pub fn named_by(&self) -> &Set<Slug> {
        &self.named_by
    }

    /// Every component that its updates ever named.
    pub fn components(&self) -> Set<&ComponentPath> {
        self.updates.iter().flat_map(|logged| logged.update.components()).collect()
    }

    /// Adds an update, the newest in the log.
    pub fn add(&mut self, logged: LoggedUpdate) {
        self.updates.push(logged);
        self.fold.add(&self.updates);
    }

    /// All updates in log order, including translations and corrected or retracted updates.
    pub fn updates(&self) -> &[LoggedUpdate] {
        &self.updates
    }

    /// Its name in URLs.
    pub fn slug(&self) -> Option<&Slug> {
        self.updates.first().map(|logged| &logged.update.incident)
    }

    /// Its kind, from the first update's phase; admission requires the same kind of all others.
    pub fn kind(&self) -> Option<IncidentKind> {
        self.updates.first().map(|logged| logged.update.phase.kind())
    }

    /// Whether it has any update besides translations; it has none if all their originals were redacted.
    pub fn has_own_words(&self) -> bool {
        self.updates.iter().any(|logged| logged.update.translates.is_none())
    }

    /// Whether it is a drill, by its first update that is not a translation; admission requires all others to agree.
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

    /// The update that replaces `id`: its correction, or that one's correction, and so on; the one with the latest
    /// effective time if there are several. Retracted corrections do not count.
    pub fn corrected_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.fold.relation(id)?.corrected_by?)
    }

    /// The retraction of `id`, unless it was itself retracted.
    pub fn retracted_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        self.updates.get(self.fold.relation(id)?.retracted_by?)
    }

    /// What became of `id`; `None` while it applies. A translation shares the fate of its original.
    pub fn fate(&self, id: &Id) -> Option<Fate<'_>> {
        let own = |id: &Id| {
            let retracted = self.retracted_by(id).map(Fate::Retracted);
            retracted.or_else(|| self.corrected_by(id).map(Fate::Corrected))
        };
        own(id).or_else(|| own(self.by_id(id)?.update.translates.as_ref()?))
    }

    /// The last update in the log that changed what became of `id`, whether or not it is in force. A translation shares
    /// the fate of its original.
    pub fn revised_by(&self, id: &Id) -> Option<&LoggedUpdate> {
        let own = |id: &Id| self.updates.get(self.fold.relation(id)?.revised_by?);
        let original = self.by_id(id).and_then(|logged| own(logged.update.translates.as_ref()?));
        own(id).into_iter().chain(original).max_by_key(|by| by.index)
    }

    /// The translations of `id`, one per language: the one with the latest effective time.
    pub fn translations_of(&self, id: &Id) -> Vec<&LoggedUpdate> {
        let places = self.fold.translations(id).iter();
        let mut translations: Vec<_> = places.filter_map(|place| self.updates.get(*place)).collect();
        sort_by_key(&mut translations, |logged| logged.order());
        let mut by_lang = Map::new();
        by_lang.extend(translations.into_iter().map(|logged| (&logged.update.lang, logged)));
        by_lang.into_values().collect()
    }

    /// The steps of the fold in order, without translations and without corrected or retracted updates.
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

    /// Whether it is over and where it continues, by its own updates alone; `None` if it has no steps.
    pub fn course(&self) -> Option<Course> {
        let newest = self.fold.steps.last().and_then(|step| self.updates.get(step.update));
        self.fold.machine.course(&self.updates, newest)
    }

    /// The updates that `update`, another one of this incident, takes back: the one that it corrects or retracts, the
    /// one that that corrects or retracts, and so on.
    pub fn taken_back_by(&self, update: &Update) -> Vec<&Update> {
        let target = |by: &Update| self.by_id(by.revises()?);
        let mut taken_back: Vec<&Update> = Vec::new();
        let mut next = target(update);
        // A station admits only references to earlier updates; this check ends the loop whatever the references are.
        while let Some(logged) =
            next.filter(|logged| taken_back.iter().all(|known| known.id != logged.update.id))
        {
            taken_back.push(&logged.update);
            next = target(&logged.update);
        }
        taken_back
    }
}

/// What decides whether an incident can take over another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// When it ends by its own updates; for a notice, its planned end.
    pub over: Option<Time>,
    /// The incident that it continues in, and when that was published.
    pub continues_in: Option<(Slug, Time)>,
}

/// Whether another incident takes `slug` over: the one named in `continues-in` was not over when that was published.
/// `continues-in` alone ends nothing: two incidents that name each other, or one that names an incident already over,
/// stay on the page.
///
/// Where that one continues in a further incident, the last of the chain counts; a cycle has no last one, and nothing
/// in it is taken over. `course` finds an incident; one that does not exist takes nothing over.
///
/// The effective times decide, not `now` and not places in the log: neither the passing of time nor the order of
/// arrival changes the answer.
pub fn is_taken_over<E>(
    slug: &Slug,
    mut course: impl FnMut(&Slug) -> Result<Option<Course>, E>,
) -> Result<bool, E> {
    let mut chain: Vec<(Slug, Course)> = Vec::new();
    let mut next = Some(slug.clone());
    let mut circle = None;
    while let Some(slug) = next.take() {
        circle = chain.iter().position(|(known, _)| *known == slug);
        let Some(course) = course(&slug)?.filter(|_| circle.is_none()) else { break };
        next = course.continues_in.as_ref().map(|(slug, _)| slug.clone());
        chain.push((slug, course));
    }
    let mut taken_over = false;
    let mut after: Option<Ends> = None;
    for (place, (_, course)) in chain.iter().enumerate().rev() {
        let continues_in =
            course.continues_in.as_ref().filter(|_| circle.is_none_or(|circle| place < circle));
        let taker =
            continues_in.zip(after).filter(|((_, logged), ends)| ends.0.is_none_or(|end| end > *logged));
        taken_over = taker.is_some();
        after = Some(taker.map_or(Ends(course.over), |(_, ends)| ends));
    }
    Ok(taken_over)
}

/// When an incident is over, itself or in the one that took it over.
#[derive(Clone, Copy)]
struct Ends(Option<Time>);
