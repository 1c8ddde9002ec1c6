//! From when to when each component was in which condition, by an incident's updates.

use std::collections::BTreeMap;

use super::Incident;
use super::fold::{self, Turn};
use super::state::NOTICE_SECONDS;
use crate::sort::sort_by;
use crate::text::{ComponentPath, Condition, IncidentKind, Phase, Update, Window};
use crate::time::Time;

/// A component in a condition for a time. It holds for what is under the component, unless a span of the same
/// incident says otherwise of that at the same time; so an operational one excepts a component from its parent's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first second.
    pub from: Time,
    /// The component that was named.
    pub component: ComponentPath,
    /// The condition it was in.
    pub condition: Condition,
    /// The second after its last; `None` while it goes on.
    pub to: Option<Time>,
}

impl Span {
    /// Whether some second of `from..to` lies in it.
    pub fn touches(&self, from: Time, to: Time) -> bool {
        self.from < to && self.to.is_none_or(|end| from < end)
    }
}

impl Incident {
    /// The conditions over time, as the updates said so far have them; none of a drill. Of one component no two
    /// spans overlap.
    ///
    /// A condition holds from the turn of the update that states it until another takes its place. What was first
    /// stated counts from the stated beginning, where that is earlier; all ends with the stated end once it is said
    /// to be over or is taken over by another incident, or else when that was said. So one note that is written
    /// afterwards counts like many written meanwhile.
    pub fn spans(&self) -> Vec<Span> {
        if self.is_drill() {
            return Vec::new();
        }
        let turns = fold::turns(self);
        let last =
            |time: fn(&Update) -> Option<Time>| turns.iter().rev().find_map(|t| time(&t.logged.update));
        let begun = last(|update| update.started).or_else(|| last(|update| update.window.map(|w| w.start)));
        let mut course = Course { begun, ..Course::default() };
        let left = fold::left(self).map(|logged| &logged.update.id);
        for turn in turns {
            course.take(turn);
            if left == Some(&turn.logged.update.id) {
                course.leave(turn.at);
                break;
            }
        }
        course.finish()
    }
}

/// What holds between two turns.
struct Stretch<'i> {
    from: Time,
    to: Option<Time>,
    /// Whether it ends by itself, as a notice does, whatever is said of the incident's end.
    limited: bool,
    conditions: BTreeMap<&'i ComponentPath, Condition>,
}

#[derive(Default)]
struct Course<'i> {
    /// The beginning as it was stated.
    begun: Option<Time>,
    stretches: Vec<Stretch<'i>>,
    /// How many stretches were over when it was last reopened.
    reopened: Option<usize>,
    conditions: BTreeMap<&'i ComponentPath, Condition>,
    /// Whether any component was said to be other than operational.
    affects: bool,
    phase: Option<Phase>,
    window: Option<Window>,
    stated_end: Option<Time>,
    over_since: Option<Time>,
    /// Whether it was last said to go on in another incident.
    elsewhere: bool,
}

impl<'i> Course<'i> {
    fn take(&mut self, turn: Turn<'i>) {
        let Turn { at, logged, .. } = turn;
        let update = &logged.update;
        if let Some(last) = self.stretches.last_mut() {
            last.to = Some(last.to.map_or(at, |to| to.min(at)));
        }
        self.take_phase(update, at);
        self.window = update.window.or(self.window);
        // Nobody knows the end of an outage before it is there; a notice may say how long it is current.
        let known =
            |end: Time| if update.phase == Phase::Notice { end } else { end.min(logged.effective_time()) };
        // A notice that is said again is current again: an end that was stated for an earlier time is not its.
        let stands = |end: &Time| update.phase != Phase::Notice || *end > at;
        self.stated_end = update.ended.map(known).or(self.stated_end.filter(stands));
        let named = fold::named(update);
        for path in named.keys() {
            self.conditions.retain(|stated, _| !stated.is_within(path));
        }
        self.conditions.extend(named);
        self.begin(at);
        if !update.phase.is_final() {
            let notice = (update.phase == Phase::Notice)
                .then(|| self.stated_end.unwrap_or_else(|| logged.effective_time().plus(NOTICE_SECONDS)));
            self.push(at, notice);
        } else {
            self.conditions.clear();
        }
    }

    /// Another incident takes it over: it is over by this turn.
    fn leave(&mut self, at: Time) {
        self.stretches.retain(|stretch| stretch.from < at);
        self.over_since = self.over_since.or(Some(at));
    }

    fn take_phase(&mut self, update: &Update, at: Time) {
        let phase = update.phase;
        let is_back = self.phase.is_some_and(|before| fold::rank(phase) < fold::rank(before));
        // What was said to go on elsewhere goes on here again.
        let returns = self.elsewhere && update.continues_in.is_none();
        self.elsewhere = update.continues_in.is_some();
        self.phase = Some(phase);
        if phase.is_final() {
            self.over_since = self.over_since.or(Some(at));
        } else if self.over_since.is_some() {
            self.end(Some(at));
            self.reopened = Some(self.stretches.len());
            (self.over_since, self.stated_end) = (None, None);
        } else if is_back || returns {
            self.stated_end = None;
        }
    }

    /// With the first condition that is worse than operational, what was before this turn is known.
    fn begin(&mut self, at: Time) {
        if self.affects || self.conditions.values().all(|condition| *condition == Condition::Operational) {
            return;
        }
        self.affects = true;
        if let Some(begun) = self.begun.filter(|begun| *begun < at && self.reopened.is_none()) {
            self.stretches.clear();
            self.push(begun, Some(at));
            // It ends as what follows does, and only before this turn if all of it was over by then.
            if let Some(last) = self.stretches.last_mut() {
                last.limited = false;
            }
        }
    }

    /// What holds from `from` on; `until` is when it ends by itself, if it does.
    fn push(&mut self, from: Time, until: Option<Time>) {
        let window = self.window.filter(|_| self.phase == Some(Phase::Scheduled));
        let from = window.map_or(from, |window| window.start.max(from));
        self.stretches.push(Stretch {
            from,
            to: until,
            limited: until.is_some(),
            conditions: self.conditions.clone(),
        });
    }

    /// It was over: at the stated end, or when that was said; before it went on at `limit`.
    fn end(&mut self, limit: Option<Time>) {
        let Some(end) = self.stated_end.or(self.over_since) else { return };
        let end = limit.map_or(end, |limit| end.min(limit));
        let now_over = self.stretches.iter_mut().skip(self.reopened.unwrap_or_default());
        let mut last = None;
        for stretch in now_over {
            stretch.to = Some(stretch.to.map_or(end, |to| to.min(end)));
            last = Some(stretch);
        }
        if let Some(last) = last.filter(|last| !last.limited) {
            last.to = Some(end);
        }
    }

    fn finish(mut self) -> Vec<Span> {
        let is_notice = self.phase.is_some_and(|phase| phase.kind() == IncidentKind::Notice);
        if self.over_since.is_some() || is_notice {
            self.end(None);
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut latest: BTreeMap<&ComponentPath, usize> = BTreeMap::new();
        for stretch in self.stretches.iter().filter(|s| s.to.is_none_or(|to| s.from < to)) {
            for (path, condition) in &stretch.conditions {
                let going = latest.get(path).and_then(|place| spans.get_mut(*place));
                match going.filter(|s| s.condition == *condition && s.to == Some(stretch.from)) {
                    Some(going) => going.to = stretch.to,
                    None => {
                        latest.insert(path, spans.len());
                        spans.push(Span {
                            from: stretch.from,
                            component: (*path).clone(),
                            condition: *condition,
                            to: stretch.to,
                        });
                    }
                }
            }
        }
        excepting(spans)
    }
}

/// Without what is operational and excepts nothing, in order.
fn excepting(spans: Vec<Span>) -> Vec<Span> {
    let excepts = |span: &Span| {
        let end = span.to.unwrap_or(Time::from_posix(u64::MAX));
        spans.iter().any(|other| {
            other.component != span.component
                && span.component.is_within(&other.component)
                && other.touches(span.from, end)
        })
    };
    let matters = |span: &&Span| span.condition != Condition::Operational || excepts(span);
    let mut kept: Vec<_> = spans.iter().filter(matters).cloned().collect();
    sort_by(&mut kept, Span::cmp);
    kept
}
