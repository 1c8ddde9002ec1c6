//! The fold itself: each update in its turn moves what holds.

use std::collections::{BTreeMap, BTreeSet};

use super::state::{affecting, notice_end};
use super::{Course, Incident, IncidentState, LoggedUpdate, Stated, Step};
use crate::sort::sort_by;
use crate::text::{
    ComponentPath, Condition, DataKind, DataStatement, Impact, IncidentKind, Phase, Slug, Update,
};
use crate::time::Time;

/// What holds after every update of `incident`; `None` where no update stands.
pub(super) fn fold(incident: &Incident) -> Option<IncidentState<'_>> {
    State::after(incident).finish(incident)
}

/// Whether and where `incident` goes on, by its own words alone; `None` where no update stands.
pub(super) fn course(incident: &Incident) -> Option<Course> {
    let state = State::after(incident);
    let over = match state.phase?.kind() {
        IncidentKind::Notice => Some(notice_end(state.stated_end, state.turns.last()?.logged)),
        IncidentKind::Incident | IncidentKind::Maintenance => state.over_since,
    };
    let goes_on = state.goes_on.map(|(stated, at)| (stated.value.clone(), at));
    Some(Course { over, goes_on })
}

/// The update by which `incident` went on in the one that takes it over; `None` where none does.
pub(super) fn left(incident: &Incident) -> Option<&LoggedUpdate> {
    let goes_on = State::after(incident).goes_on.filter(|_| incident.is_taken_over());
    goes_on.map(|(stated, _)| stated.by)
}

/// What each update left standing in its turn.
pub(super) fn steps<'i>(incident: &'i Incident) -> Vec<Step<'i>> {
    let mut state = State::default();
    let step = |turn: Turn<'i>| {
        state.take(turn);
        let is_elsewhere = state.goes_on.is_some() && incident.is_taken_over();
        let standing = state.conditions.iter().filter(|_| !is_elsewhere);
        let conditions = standing.map(|(path, stated)| (*path, stated.value)).collect();
        Step { place: turn.place, logged: turn.logged, conditions }
    };
    turns(incident).into_iter().map(step).collect()
}

/// An update in its turn.
#[derive(Clone, Copy)]
pub(super) struct Turn<'i> {
    /// When its place in the fold was taken: when it was said, or for a correction, its target.
    pub(super) at: Time,
    /// Whose place that is: its own, or its target's.
    place: &'i LoggedUpdate,
    pub(super) logged: &'i LoggedUpdate,
}

/// The updates in the order in which they hold: a correction in its target's place, or in its own where the target was
/// redacted; without translations, without what was corrected or retracted.
pub(super) fn turns<'i>(incident: &'i Incident) -> Vec<Turn<'i>> {
    let stands = |logged: &&LoggedUpdate| {
        let update = &logged.update;
        update.translates.is_none()
            && update.corrects.as_ref().is_none_or(|target| incident.by_id(target).is_none())
            && incident.retracted_by(&update.id).is_none()
    };
    let mut places: Vec<_> = incident.updates().iter().filter(stands).collect();
    sort_by(&mut places, |a, b| a.order().cmp(&b.order()));
    let turn = |place: &'i LoggedUpdate| {
        let logged = incident.corrected_by(&place.update.id).unwrap_or(place);
        Turn { at: place.effective_time(), place, logged }
    };
    places.into_iter().map(turn).collect()
}

#[derive(Default)]
struct State<'i> {
    turns: Vec<Turn<'i>>,
    phase: Option<Phase>,
    furthest: u8,
    reopened: bool,
    stated_impact: Option<Impact>,
    worst_impact: Option<Impact>,
    conditions: BTreeMap<&'i ComponentPath, Stated<'i, Condition>>,
    affected: BTreeMap<&'i ComponentPath, Condition>,
    unaffected: Vec<Stated<'i, &'i ComponentPath>>,
    /// What was said to be affected since it was last over.
    hit: BTreeSet<&'i ComponentPath>,
    data: BTreeMap<DataKind, Stated<'i, DataStatement>>,
    stated_end: Option<Time>,
    over_since: Option<Time>,
    /// Where it was last said to go on, and when: until an update speaks of it as going on here.
    goes_on: Option<(Stated<'i, &'i Slug>, Time)>,
}

impl<'i> State<'i> {
    fn after(incident: &'i Incident) -> Self {
        let mut state = Self::default();
        for turn in turns(incident) {
            state.take(turn);
        }
        state
    }

    fn take(&mut self, turn: Turn<'i>) {
        let update = &turn.logged.update;
        self.turns.push(turn);
        self.take_phase(turn);
        self.take_conditions(turn.logged);
        self.data.extend(update.data.iter().map(|d| (d.kind, Stated { value: *d, by: turn.logged })));
        self.take_end(turn);
        self.stated_impact = update.impact.or(self.stated_impact);
        self.worst_impact = self.worst_impact.max(self.impact());
        if update.phase.is_final() {
            self.conditions.clear();
            self.unaffected.clear();
            self.hit.clear();
        }
    }

    fn take_phase(&mut self, Turn { at, logged, .. }: Turn<'i>) {
        let phase = logged.update.phase;
        let is_back = self.phase.is_some_and(|before| rank(phase) < rank(before));
        let goes_on = logged.update.continues_in.as_ref().map(|value| (Stated { value, by: logged }, at));
        // What was said to go on elsewhere goes on here again: as if it had been over.
        let returns = self.goes_on.is_some() && goes_on.is_none() && !phase.is_final();
        self.furthest = self.furthest.max(rank(if returns { Phase::Resolved } else { phase }));
        self.reopened = !phase.is_final() && rank(phase) < self.furthest;
        self.phase = Some(phase);
        if phase.is_final() {
            self.over_since = self.over_since.or(Some(at));
            self.goes_on = goes_on.or(self.goes_on);
        } else {
            self.over_since = None;
            self.goes_on = goes_on;
            // Where it goes on, what was said of its end no longer holds.
            self.stated_end = self.stated_end.filter(|_| !is_back && !returns);
        }
    }

    /// A notice that is said again is current again: an end that was stated for an earlier time is not its.
    fn take_end(&mut self, Turn { at, logged, .. }: Turn<'i>) {
        let is_notice = logged.update.phase == Phase::Notice;
        self.stated_end = logged.update.ended.or(self.stated_end.filter(|end| !is_notice || *end > at));
    }

    /// A parent's condition holds for the descendants that the same update does not name: what earlier updates
    /// said of those no longer does.
    fn take_conditions(&mut self, logged: &'i LoggedUpdate) {
        let update = &logged.update;
        let named = named(update);
        for path in named.keys() {
            self.conditions.retain(|stated, _| !stated.is_within(path));
            self.unaffected.retain(|stated| !stated.value.is_within(path));
        }
        for (path, condition) in named {
            self.conditions.insert(path, Stated { value: condition, by: logged });
            if condition != Condition::Operational {
                let worst = self.affected.entry(path).or_insert(condition);
                *worst = (*worst).max(condition);
                self.hit.insert(path);
            }
        }
        self.unaffected.extend(update.unaffected.iter().map(|path| Stated { value: path, by: logged }));
    }

    /// Without an impact line the worst affected component decides; without either, the extent is unknown.
    fn impact(&self) -> Option<Impact> {
        let affected = affecting(&self.conditions, &self.unaffected, &self.hit);
        let worst = affected.map(|(_, stated)| stated.value).max();
        self.stated_impact.or(worst.map(|worst| match worst {
            Condition::Outage => Impact::Critical,
            Condition::Partial => Impact::Major,
            Condition::Degraded | Condition::Unknown | Condition::Maintenance => Impact::Minor,
            Condition::Operational => Impact::None,
        }))
    }

    /// The last statement of a line that stands until it is restated.
    fn last<T>(&self, line: impl Fn(&'i Update) -> Option<T>) -> Option<Stated<'i, T>> {
        let newest_first = self.turns.iter().rev().map(|turn| turn.logged);
        newest_first.filter_map(|by| line(&by.update).map(|value| Stated { value, by })).next()
    }

    /// As [`State::last`], for a line that may stand several times: the last update that has any states all.
    fn last_all<T>(&self, lines: impl Fn(&'i Update) -> &'i [T]) -> Option<Stated<'i, &'i [T]>> {
        self.last(|update| Some(lines(update)).filter(|lines| !lines.is_empty()))
    }

    /// When it began, as stated; a maintenance begins with its window.
    fn started(&self) -> Option<Time> {
        let stated = self.last(|u| u.started).map(|started| started.value);
        stated.or_else(|| self.last(|u| u.window).map(|window| window.value.start))
    }

    fn finish(mut self, incident: &Incident) -> Option<IncidentState<'i>> {
        let phase = self.phase?;
        let elsewhere = self.goes_on.filter(|_| incident.is_taken_over());
        let over = phase.is_final() || elsewhere.is_some();
        if over {
            self.conditions.clear();
            self.unaffected.clear();
        }
        let over_since = self.over_since.into_iter().chain(elsewhere.map(|(_, at)| at)).min();
        let first = self.turns.first()?;
        let newest = self.turns.last()?.logged;
        Some(IncidentState {
            slug: &newest.update.incident,
            drill: incident.is_drill(),
            kind: phase.kind(),
            phase,
            reopened: self.reopened,
            newest,
            title: self.last(|u| Some(&u.title))?,
            summary: self.last(|u| u.summary.as_ref()),
            symptom: self.last_all(|u| &u.symptom),
            scope: self.last(|u| u.scope.as_ref()),
            impact: if over { self.worst_impact } else { self.impact() },
            fault: self.last(|u| u.fault.as_ref()),
            cause: self.last(|u| u.cause),
            reply: self.last_all(|u| &u.reply),
            workaround: self.last(|u| u.workaround.as_ref()),
            started: self.started().unwrap_or(first.at),
            ended: self.stated_end.or(over_since),
            window: self.last(|u| u.window),
            next_update: newest.update.next_update.filter(|_| !over),
            eta: self.last(|u| u.eta.as_ref()),
            contact: self.last_all(|u| &u.contact),
            recurrence_of: self.last(|u| u.recurrence_of.as_ref()),
            continues_in: elsewhere.map(|(stated, _)| stated),
            report: self.last(|u| u.report.as_ref()),
            credit: self.last(|u| u.credit.as_ref()),
            lang: newest.update.lang.as_ref(),
            conditions: self.conditions,
            affected: self.affected,
            unaffected: self.unaffected,
            hit: self.hit,
            data: self.data,
        })
    }
}

/// The condition of each component that `update` names.
pub(super) fn named(update: &Update) -> BTreeMap<&ComponentPath, Condition> {
    let affected = update.affects.iter().map(|affects| (&affects.component, affects.condition));
    let unaffected = update.unaffected.iter().map(|path| (path, Condition::Operational));
    let mut named = BTreeMap::new();
    named.extend(affected.chain(unaffected));
    named
}

/// How far a phase is along its kind's course, so that going back can be told.
pub(super) fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Investigating | Phase::Scheduled | Phase::Notice => 0,
        Phase::Identified | Phase::InProgress => 1,
        Phase::Monitoring | Phase::Verifying => 2,
        Phase::Resolved | Phase::Completed | Phase::Cancelled => 3,
        Phase::Postmortem => 4,
    }
}
