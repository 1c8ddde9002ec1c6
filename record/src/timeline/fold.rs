//! The fold itself: each update in its turn moves what holds.

use std::collections::BTreeMap;

use super::{Holding, Incident, Said, Stated};
use crate::text::{ComponentPath, Condition, Contact, DataKind, DataStatement, Impact, Line, Phase, Slug, Update, Url};
use crate::time::Time;

/// What holds after every update of `incident`; `None` where it has none.
pub(super) fn fold(incident: &Incident) -> Option<Holding<'_>> {
    let turns = turns(incident);
    let newest = turns.last().copied().or_else(|| incident.said().first())?;
    let mut state = State::new(incident.slug()?);
    for said in &turns {
        state.take(said);
    }
    // Where everything was retracted, the first words still name the thing, and nothing that they said holds.
    if turns.is_empty() {
        state.title = Some(Stated { value: &newest.update.title, by: newest });
        state.phase = Some(newest.update.phase);
    }
    state.finish(incident, newest)
}

/// The updates in the order in which they hold: by (said, index), a correction in its target's place, without
/// translations, without what was corrected or retracted.
fn turns(incident: &Incident) -> Vec<&Said> {
    let mut turns: Vec<((Time, u64), &Said)> = Vec::new();
    for said in incident.said() {
        let update = &said.update;
        let stands = update.translates.is_none()
            && update.corrects.is_none()
            && incident.retracted_by(&update.id).is_none();
        if stands {
            turns.push(((said.said(), said.index), last_correction(incident, said)));
        }
    }
    turns.sort_by_key(|(place, _)| *place);
    turns.into_iter().map(|(_, said)| said).collect()
}

/// What stands in the place of `said`: its correction, the correction's correction, and so on.
fn last_correction<'i>(incident: &'i Incident, said: &'i Said) -> &'i Said {
    let mut standing = said;
    // A correction stands later in the log than its target, so this ends.
    while let Some(next) = incident.corrected_by(&standing.update.id).filter(|next| next.index > standing.index) {
        standing = next;
    }
    standing
}

struct State<'i> {
    slug: &'i Slug,
    phase: Option<Phase>,
    furthest: u8,
    reopened: bool,
    title: Option<Stated<'i, &'i Line<120>>>,
    stated_impact: Option<Impact>,
    peak: Option<Impact>,
    conditions: BTreeMap<&'i ComponentPath, Stated<'i, Condition>>,
    affected: BTreeMap<&'i ComponentPath, Condition>,
    unaffected: Vec<Stated<'i, &'i ComponentPath>>,
    data: BTreeMap<DataKind, Stated<'i, DataStatement>>,
    symptom: Option<Stated<'i, &'i [Line<120>]>>,
    reply: Option<Stated<'i, &'i [Url]>>,
    contact: Option<Stated<'i, &'i [Contact]>>,
    started: Option<Time>,
    ended: Option<Time>,
    over_since: Option<Time>,
    turns: Vec<&'i Said>,
}

impl<'i> State<'i> {
    fn new(slug: &'i Slug) -> Self {
        Self {
            slug,
            phase: None,
            furthest: 0,
            reopened: false,
            title: None,
            stated_impact: None,
            peak: None,
            conditions: BTreeMap::new(),
            affected: BTreeMap::new(),
            unaffected: Vec::new(),
            data: BTreeMap::new(),
            symptom: None,
            reply: None,
            contact: None,
            started: None,
            ended: None,
            over_since: None,
            turns: Vec::new(),
        }
    }

    fn take(&mut self, said: &'i Said) {
        let update = &said.update;
        self.turns.push(said);
        self.title = Some(Stated { value: &update.title, by: said });
        self.take_phase(said);
        self.stated_impact = update.impact.or(self.stated_impact);
        self.take_conditions(said);
        self.data.extend(update.data.iter().map(|d| (d.kind, Stated { value: *d, by: said })));
        self.symptom = stated_list(&update.symptom, said).or(self.symptom);
        self.reply = stated_list(&update.reply, said).or(self.reply);
        self.contact = stated_list(&update.contact, said).or(self.contact);
        self.started = update.started.or(self.started);
        self.ended = update.ended.or(self.ended);
        self.peak = self.peak.max(self.impact_now());
    }

    fn take_phase(&mut self, said: &'i Said) {
        let phase = said.update.phase;
        let rank = rank(phase);
        self.reopened = rank < self.furthest;
        self.furthest = self.furthest.max(rank);
        self.phase = Some(phase);
        if !phase.is_final() {
            if self.over_since.take().is_some() {
                self.ended = None;
            }
        } else if self.over_since.is_none() {
            self.over_since = Some(said.said());
        }
    }

    /// A parent's condition holds for the descendants that the same update does not name: what earlier updates
    /// said of those no longer does.
    fn take_conditions(&mut self, said: &'i Said) {
        let update = &said.update;
        let affected = update.affects.iter().map(|affects| (&affects.component, affects.condition));
        let unaffected = update.unaffected.iter().map(|path| (path, Condition::Operational));
        let named: BTreeMap<_, _> = affected.chain(unaffected).collect();
        for path in named.keys() {
            self.conditions.retain(|stated, _| !stated.is_within(path));
            self.unaffected.retain(|stated| !stated.value.is_within(path));
        }
        for (path, condition) in named {
            self.conditions.insert(path, Stated { value: condition, by: said });
            if condition != Condition::Operational {
                let worst = self.affected.entry(path).or_insert(condition);
                *worst = (*worst).max(condition);
            }
        }
        self.unaffected.extend(update.unaffected.iter().map(|path| Stated { value: path, by: said }));
        if update.phase.is_final() {
            self.conditions.clear();
            self.unaffected.clear();
        }
    }

    /// Without an impact line the worst affected component decides; without either, the extent is unknown.
    fn impact_now(&self) -> Option<Impact> {
        let worst = self.conditions.values().map(|stated| stated.value).max();
        self.stated_impact.or(match worst? {
            Condition::Outage => Some(Impact::Critical),
            Condition::Partial => Some(Impact::Major),
            Condition::Degraded | Condition::Unknown | Condition::Maintenance => Some(Impact::Minor),
            Condition::Operational => Some(Impact::None),
        })
    }

    /// The last statement of a line that stands until it is restated.
    fn last<T>(&self, line: impl Fn(&'i Update) -> Option<T>) -> Option<Stated<'i, T>> {
        self.turns.iter().rev().find_map(|said| line(&said.update).map(|value| Stated { value, by: said }))
    }

    fn finish(self, incident: &'i Incident, newest: &'i Said) -> Option<Holding<'i>> {
        let phase = self.phase?;
        let over = phase.is_final();
        let first_said = incident.said().iter().map(Said::said).min()?;
        let first_said = self.turns.iter().map(|said| said.said()).min().unwrap_or(first_said);
        Some(Holding {
            slug: self.slug,
            drill: incident.is_drill(),
            kind: phase.kind(),
            phase,
            reopened: self.reopened,
            newest,
            title: self.title?,
            summary: self.last(|u| u.summary.as_ref()),
            symptom: self.symptom,
            scope: self.last(|u| u.scope.as_ref()),
            impact: if over { self.peak } else { self.impact_now() },
            fault: self.last(|u| u.fault.as_ref()),
            cause: self.last(|u| u.cause),
            workaround: self.last(|u| u.workaround.as_ref()),
            window: self.last(|u| u.window),
            eta: self.last(|u| u.eta.as_ref()),
            recurrence_of: self.last(|u| u.recurrence_of.as_ref()),
            continues_in: self.last(|u| u.continues_in.as_ref()),
            report: self.last(|u| u.report.as_ref()),
            credit: self.last(|u| u.credit.as_ref()),
            started: self.started.unwrap_or(first_said),
            ended: self.ended.or(self.over_since),
            next_update: if self.turns.is_empty() { None } else { newest.update.next_update.filter(|_| !over) },
            lang: newest.update.lang.as_ref(),
            conditions: self.conditions,
            affected: self.affected,
            unaffected: self.unaffected,
            data: self.data,
            reply: self.reply,
            contact: self.contact,
        })
    }
}

fn stated_list<'i, T>(list: &'i [T], by: &'i Said) -> Option<Stated<'i, &'i [T]>> {
    (!list.is_empty()).then_some(Stated { value: list, by })
}

/// How far a phase is along its kind's course, so that going back can be told.
fn rank(phase: Phase) -> u8 {
    match phase {
        Phase::Investigating | Phase::Scheduled | Phase::Notice => 0,
        Phase::Identified | Phase::InProgress => 1,
        Phase::Monitoring | Phase::Verifying => 2,
        Phase::Resolved | Phase::Completed | Phase::Cancelled => 3,
        Phase::Postmortem => 4,
    }
}
