//! The fold: one state machine, to which each update in force is applied in order. State, steps and spans all read its
//! records, so that they cannot disagree.

use std::sync::Arc;

use super::{Course, LoggedUpdate};
use crate::sort::sort_by_key;
use crate::sorted::{Map, Set};
use crate::text::{
    Carried, ComponentPath, Condition, DataKind, DataStatement, Id, Impact, IncidentKind, Phase, Slug,
    Update, Window,
};
use crate::time::Time;

/// The result of folding an incident's updates. Updates are identified by their positions in the incident's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fold {
    places: Map<Id, usize>,
    relations: Vec<Relation>,
    translations: Map<Id, Vec<usize>>,
    pub(super) steps: Vec<Step>,
    pub(super) machine: Machine,
}

/// One step of the fold, and the machine's state after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// The update whose effective time orders this step.
    pub(super) place: usize,
    /// The update applied: the same one, or its correction.
    pub(super) update: usize,
    /// The effective time of `place`.
    pub(super) at: Time,
    /// Whether it reopens the incident.
    pub(super) reopens: bool,
    /// The conditions stated so far, including those of this update. After a final update they are the last ones before
    /// the incident ended.
    pub(super) conditions: Arc<Conditions>,
    pub(super) window: Option<Window>,
    pub(super) stated_end: Option<StatedEnd>,
    pub(super) over_since: Option<Time>,
    /// Whether the incident continues elsewhere, by its own updates.
    pub(super) is_elsewhere: bool,
}

/// The condition of each component, and the update that stated it.
pub(super) type Conditions = Map<ComponentPath, (Condition, usize)>;

/// An end stated by an `ended` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct StatedEnd {
    pub(super) at: Time,
    /// The end used for spans. It is no later than the time of the statement, since nobody knows the end of an outage
    /// in advance; a notice, however, may state how long it is current.
    pub(super) counted: Time,
}

/// The state after the last step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) phase: Option<Phase>,
    furthest: u8,
    pub(super) reopened: bool,
    /// The last update that has each header line.
    stated: Map<&'static str, usize>,
    impact: Option<Impact>,
    pub(super) worst_impact: Option<Impact>,
    pub(super) conditions: Arc<Conditions>,
    /// The worst condition ever stated for each component.
    pub(super) affected: Map<ComponentPath, Condition>,
    pub(super) unaffected: Vec<(ComponentPath, usize)>,
    /// The components stated to be affected since the incident was last over.
    pub(super) hit: Set<ComponentPath>,
    pub(super) data: Map<DataKind, (DataStatement, usize)>,
    pub(super) stated_end: Option<StatedEnd>,
    pub(super) over_since: Option<Time>,
    /// The last update that stated `continues-in`, and its effective time; cleared by the next update with an open
    /// phase and no `continues-in`.
    pub(super) continues: Option<(usize, Time)>,
    window: Option<Window>,
}

impl Fold {
    /// Folds all of `updates`, given in log order.
    pub(super) fn of(updates: &[LoggedUpdate]) -> Self {
        let mut fold = Self { relations: relations(updates), ..Self::default() };
        for (place, logged) in updates.iter().enumerate() {
            fold.index(place, logged);
        }
        let mut turns: Vec<usize> =
            (0..updates.len()).filter(|place| fold.has_turn(updates, *place)).collect();
        sort_by_key(&mut turns, |place| updates.get(*place).map(LoggedUpdate::order));
        for place in turns {
            fold.turn(updates, place);
        }
        fold
    }

    /// Adds the last of `updates`. If it is ordered last and neither corrects nor retracts another, one step of the
    /// machine is enough; otherwise all updates are folded again.
    pub(super) fn add(&mut self, updates: &[LoggedUpdate]) {
        let Some((new, before)) = updates.split_last() else { return };
        let Update { id, corrects, retracts, translates, .. } = &new.update;
        let is_last = self.steps.last().and_then(|step| updates.get(step.place)).map(LoggedUpdate::order);
        let moves_on = translates.is_some() || is_last.is_none_or(|last| last < new.order());
        let is_awaited = before.iter().any(|logged| logged.update.corrects.as_ref() == Some(id));
        if corrects.is_some() || retracts.is_some() || !moves_on || is_awaited {
            *self = Self::of(updates);
            return;
        }
        self.index(before.len(), new);
        self.relations.push(Relation::default());
        if translates.is_none() {
            self.turn(updates, before.len());
        }
    }

    /// The position of the update `id`.
    pub(super) fn place(&self, id: &Id) -> Option<usize> {
        self.places.get(id).copied()
    }

    /// The corrections and retractions of the update `id`.
    pub(super) fn relation(&self, id: &Id) -> Option<Relation> {
        self.relations.get(self.place(id)?).copied()
    }

    /// The positions of the translations of `id`, in log order.
    pub(super) fn translations(&self, id: &Id) -> &[usize] {
        self.translations.get(id).map_or(&[], Vec::as_slice)
    }

    fn index(&mut self, place: usize, logged: &LoggedUpdate) {
        if let Some(of) = &logged.update.translates
            && self.places.contains_key(of)
        {
            self.translations.or_default(of.clone()).push(place);
        }
        self.places.or_insert_with(logged.update.id.clone(), || place);
    }

    /// Translations and retracted updates have no step. A correction takes its target's, or has its own if the target
    /// was redacted.
    fn has_turn(&self, updates: &[LoggedUpdate], place: usize) -> bool {
        let is_retracted = self.relations.get(place).is_some_and(|relation| relation.retracted_by.is_some());
        updates.get(place).is_some_and(|logged| {
            let Update { translates, corrects, .. } = &logged.update;
            translates.is_none()
                && !is_retracted
                && corrects.as_ref().is_none_or(|id| self.place(id).is_none())
        })
    }

    fn turn(&mut self, updates: &[LoggedUpdate], place: usize) {
        let update = self.relations.get(place).and_then(|relation| relation.corrected_by).unwrap_or(place);
        if let (Some(at), Some(logged)) = (updates.get(place), updates.get(update)) {
            self.steps.push(self.machine.take(place, at.effective_time(), update, logged));
        }
    }
}

/// How later updates change one; each field is a position among the incident's updates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// Its retraction, unless that was itself retracted.
    pub(super) retracted_by: Option<usize>,
    /// Its correction in force, or that one's own correction, and so on; the one with the latest effective time if
    /// there are several.
    pub(super) corrected_by: Option<usize>,
    /// The last one in the log that corrects or retracts it, or that takes back such a correction or retraction, and so
    /// on, whether or not it is in force.
    pub(super) revised_by: Option<usize>,
}

/// The relations of all updates, in log order. Only references from later to earlier updates count, so no chain can be
/// a cycle, whatever the authors wrote, and one pass from the last update to the first is enough.
fn relations(logged: &[LoggedUpdate]) -> Vec<Relation> {
    let mut places = Map::new();
    let (mut retractions, mut corrections) = (Map::new(), Map::new());
    for (place, by) in logged.iter().enumerate() {
        let note = |targets: &mut Map<usize, Vec<usize>>, id| {
            if let Some(target) = places.get(id) {
                targets.or_default(*target).push(place);
            }
        };
        by.update.retracts.iter().for_each(|id| note(&mut retractions, id));
        by.update.corrects.iter().for_each(|id| note(&mut corrections, id));
        places.or_insert_with(&by.update.id, || place);
    }

    let mut relations = vec![Relation::default(); logged.len()];
    let of = |relations: &[Relation], place: usize| relations.get(place).copied().unwrap_or_default();
    for place in (0..logged.len()).rev() {
        let is_in_force = |by: &&usize| of(&relations, **by).retracted_by.is_none();
        let retracted_by = retractions.get(&place).into_iter().flatten().find(is_in_force).copied();
        let in_force = corrections.get(&place).into_iter().flatten().filter(is_in_force);
        let last = in_force.map(|by| of(&relations, *by).corrected_by.unwrap_or(*by));
        let corrected_by = last.max_by_key(|by| logged.get(*by).map(LoggedUpdate::order));
        let takes_back = |targets: &Map<usize, Vec<usize>>| {
            let by = targets.get(&place).into_iter().flatten();
            by.map(|by| of(&relations, *by).revised_by.unwrap_or(*by)).max()
        };
        let revised_by = takes_back(&retractions).max(takes_back(&corrections));
        if let Some(relation) = relations.get_mut(place) {
            *relation = Relation { retracted_by, corrected_by, revised_by };
        }
    }
    relations
}

impl Machine {
    fn take(&mut self, place: usize, at: Time, update: usize, logged: &LoggedUpdate) -> Step {
        let before = self.phase;
        let phase = logged.update.phase;
        self.take_phase(&logged.update, update, at);
        self.take_conditions(&logged.update, update);
        self.data.extend(logged.update.data.iter().map(|data| (data.kind, (*data, update))));
        self.take_end(logged, at);
        self.window = logged.update.window.or(self.window);
        self.stated.extend(carried(&logged.update).map(|line| (line, update)));
        self.impact = logged.update.impact.or(self.impact);
        self.worst_impact = self.worst_impact.max(self.impact());
        let step = Step {
            place,
            update,
            at,
            reopens: !phase.is_final() && before.is_some_and(Phase::is_final),
            conditions: self.conditions.clone(),
            window: self.window,
            stated_end: self.stated_end,
            over_since: self.over_since,
            is_elsewhere: self.continues.is_some(),
        };
        if phase.is_final() {
            self.conditions = Arc::default();
            self.unaffected.clear();
            self.hit.clear();
        }
        step
    }

    fn take_phase(&mut self, update: &Update, by: usize, at: Time) {
        let phase = update.phase;
        let is_back = self.phase.is_some_and(|before| rank(phase) < rank(before));
        let continues = update.continues_in.as_ref().map(|_| (by, at));
        // It continued elsewhere and is open here again, which counts as reopening.
        let returns = self.continues.is_some() && continues.is_none() && !phase.is_final();
        self.furthest = self.furthest.max(rank(if returns { Phase::Resolved } else { phase }));
        self.reopened = !phase.is_final() && rank(phase) < self.furthest;
        self.phase = Some(phase);
        if phase.is_final() {
            self.over_since = self.over_since.or(Some(at));
            self.continues = continues.or(self.continues);
        } else {
            self.over_since = None;
            self.continues = continues;
            // Reopening cancels an end that was stated before.
            self.stated_end = self.stated_end.filter(|_| !is_back && !returns);
        }
    }

    /// A notice that is posted again is current again, which cancels a stated end that has passed.
    fn take_end(&mut self, logged: &LoggedUpdate, at: Time) {
        let is_notice = logged.update.phase == Phase::Notice;
        let counted = |end: Time| if is_notice { end } else { end.min(logged.effective_time()) };
        let stated = logged.update.ended.map(|at| StatedEnd { at, counted: counted(at) });
        self.stated_end = stated.or(self.stated_end.filter(|end| !is_notice || end.at > at));
    }

    /// A parent's condition applies to all descendants that the same update does not name, and replaces conditions that
    /// earlier updates stated for them.
    fn take_conditions(&mut self, update: &Update, by: usize) {
        let affects = update.affects.iter().map(|affects| (&affects.component, affects.condition));
        let mut named = Map::new();
        named.extend(affects.chain(update.unaffected.iter().map(|path| (path, Condition::Operational))));
        if named.is_empty() {
            return;
        }
        let conditions = Arc::make_mut(&mut self.conditions);
        for path in named.keys() {
            conditions.retain(|stated, _| !stated.is_within(path));
            self.unaffected.retain(|(stated, _)| !stated.is_within(path));
        }
        for (path, condition) in named {
            conditions.insert(path.clone(), (condition, by));
            if condition != Condition::Operational {
                let worst = self.affected.or_insert_with(path.clone(), || condition);
                *worst = (*worst).max(condition);
                self.hit.insert(path.clone());
            }
        }
        self.unaffected.extend(update.unaffected.iter().map(|path| (path.clone(), by)));
    }

    /// The stated impact, or else that of the worst affected component; `None`, an unknown extent, if there is neither.
    pub(super) fn impact(&self) -> Option<Impact> {
        let affecting = self.conditions.iter().filter(|(path, _)| self.is_affecting(path));
        let worst = affecting.map(|(_, (condition, _))| *condition).max();
        self.impact.or(worst.map(|worst| match worst {
            Condition::Outage => Impact::Critical,
            Condition::Partial => Impact::Major,
            Condition::Degraded | Condition::Unknown | Condition::Maintenance => Impact::Minor,
            Condition::Operational => Impact::None,
        }))
    }

    /// Whether a component with a condition counts as affected. One that has only ever been stated to be unaffected
    /// does not.
    pub(super) fn is_affecting(&self, path: &ComponentPath) -> bool {
        let is_unaffected = self.unaffected.iter().any(|(stated, _)| stated == path);
        !is_unaffected || self.hit.iter().any(|hit| hit.is_within(path))
    }

    /// The last update that has the header line `line`.
    pub(super) fn last(&self, line: &str) -> Option<usize> {
        self.stated.get(line).copied()
    }

    /// The carried lines, each with the last update that has it.
    pub(super) fn stated(&self) -> impl Iterator<Item = (&'static str, usize)> {
        self.stated.iter().map(|(line, by)| (*line, *by))
    }

    /// Whether the incident is over and where it continues, by its own updates alone; `None` if there are no steps.
    pub(super) fn course(&self, updates: &[LoggedUpdate], newest: Option<&LoggedUpdate>) -> Option<Course> {
        let over = match self.phase?.kind() {
            IncidentKind::Notice => Some(notice_end(self.stated_end.map(|end| end.at), newest?)),
            IncidentKind::Incident | IncidentKind::Maintenance => self.over_since,
        };
        let continues = self.continues.and_then(|(by, at)| Some((continues_in(updates, by)?.clone(), at)));
        Some(Course { over, continues_in: continues })
    }
}

/// The `continues-in` line of the update at `by`.
pub(super) fn continues_in(updates: &[LoggedUpdate], by: usize) -> Option<&Slug> {
    updates.get(by)?.update.continues_in.as_ref()
}

/// How long a notice without a stated end stays current after it was last posted.
const NOTICE_SECONDS: u64 = 7 * 24 * 60 * 60;

/// When a notice stops being current: at its stated end, or a fixed time after `newest`.
pub(super) fn notice_end(stated: Option<Time>, newest: &LoggedUpdate) -> Time {
    stated.unwrap_or_else(|| newest.effective_time().plus(NOTICE_SECONDS))
}

/// The lines of `update` that stay in force until they are restated.
fn carried(update: &Update) -> impl Iterator<Item = &'static str> {
    let lines = Update::HEADERS.iter().filter(|header| header.carried == Carried::Last);
    lines.map(|header| header.name).filter(|name| update.has(name))
}

/// The position of a phase in its kind's sequence, to detect steps back.
fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Investigating | Phase::Scheduled | Phase::Notice => 0,
        Phase::Identified | Phase::InProgress => 1,
        Phase::Monitoring | Phase::Verifying => 2,
        Phase::Resolved | Phase::Completed | Phase::Cancelled => 3,
        Phase::Postmortem => 4,
    }
}
