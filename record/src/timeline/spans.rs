//! From when to when each component was in which condition, by an incident's updates.

use std::collections::BTreeMap;

use super::fold::{Conditions, Step, notice_end};
use super::{Incident, LoggedUpdate};
use crate::sort::sort_by;
use crate::text::{ComponentPath, Condition, Phase};
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
    /// The conditions over time, as the updates so far have them; none of a drill. Of one component no two spans
    /// overlap.
    ///
    /// A condition holds from the turn of the update that states it until another takes its place. What was first
    /// stated counts from the stated beginning, where that is earlier; all ends with the stated end once the incident is
    /// stated to be over or is taken over by another one, or else when that was stated. So one note that is written
    /// afterwards counts like many written meanwhile.
    pub fn spans(&self) -> Vec<Span> {
        if self.is_drill() {
            return Vec::new();
        }
        let left = self.fold.machine.continues.filter(|_| self.taken_over).map(|(by, _)| by);
        let mut record = Record { begun: self.begun(), ..Record::default() };
        let mut before = None;
        for step in &self.fold.steps {
            let Some(logged) = self.updates.get(step.update) else { continue };
            record.take(before, step, logged);
            before = Some(step);
            if left == Some(step.update) {
                record.leave(step.at);
                break;
            }
        }
        record.finish(before)
    }

    /// The beginning as it was stated; a maintenance begins with its window.
    pub(super) fn begun(&self) -> Option<Time> {
        let last = |line| self.updates.get(self.fold.machine.last(line)?).map(|logged| &logged.update);
        let window = || last("window")?.window.map(|window| window.start);
        last("started").and_then(|update| update.started).or_else(window)
    }
}

/// What held between two turns.
struct Stretch<'i> {
    from: Time,
    to: Option<Time>,
    /// Whether it ends by itself, as a notice does, whatever is stated of the incident's end.
    limited: bool,
    conditions: &'i Conditions,
}

#[derive(Default)]
struct Record<'i> {
    begun: Option<Time>,
    stretches: Vec<Stretch<'i>>,
    /// How many stretches were over when the incident was last reopened.
    reopened: Option<usize>,
    /// Whether any component was stated to be other than operational.
    affects: bool,
    /// When it was left for another incident.
    left: Option<Time>,
}

impl<'i> Record<'i> {
    fn take(&mut self, before: Option<&Step>, step: &'i Step, logged: &LoggedUpdate) {
        if let Some(last) = self.stretches.last_mut() {
            last.to = Some(last.to.map_or(step.at, |to| to.min(step.at)));
        }
        if let Some(before) = before.filter(|_| step.reopens) {
            self.end(before, Some(step.at));
            self.reopened = Some(self.stretches.len());
        }
        let phase = logged.update.phase;
        self.begin(step, phase);
        if !phase.is_final() {
            let stated = step.stated_end.map(|end| end.counted);
            let until = (phase == Phase::Notice).then(|| notice_end(stated, logged));
            self.push(step, phase, step.at, until);
        }
    }

    /// Another incident takes it over: it is over by this turn.
    fn leave(&mut self, at: Time) {
        self.stretches.retain(|stretch| stretch.from < at);
        self.left = Some(at);
    }

    /// With the first condition that is worse than operational, what was before this turn is known.
    fn begin(&mut self, step: &'i Step, phase: Phase) {
        let mut conditions = step.conditions.values();
        if self.affects || conditions.all(|(condition, _)| *condition == Condition::Operational) {
            return;
        }
        self.affects = true;
        if let Some(begun) = self.begun.filter(|begun| *begun < step.at && self.reopened.is_none()) {
            self.stretches.clear();
            self.push(step, phase, begun, Some(step.at));
            // It ends as what follows does, and only before this turn if all of it was over by then.
            if let Some(last) = self.stretches.last_mut() {
                last.limited = false;
            }
        }
    }

    /// What holds from `from` on; `until` is when it ends by itself, if it does.
    fn push(&mut self, step: &'i Step, phase: Phase, from: Time, until: Option<Time>) {
        let window = step.window.filter(|_| phase == Phase::Scheduled);
        let from = window.map_or(from, |window| window.start.max(from));
        self.stretches.push(Stretch { from, to: until, limited: until.is_some(), conditions: &step.conditions });
    }

    /// It was over: at the stated end, or when that was stated; before it went on at `limit`.
    fn end(&mut self, last: &Step, limit: Option<Time>) {
        let over = last.over_since.or(self.left);
        let Some(end) = last.stated_end.map(|end| end.counted).or(over) else { return };
        let end = limit.map_or(end, |limit| end.min(limit));
        let mut last = None;
        for stretch in self.stretches.iter_mut().skip(self.reopened.unwrap_or_default()) {
            stretch.to = Some(stretch.to.map_or(end, |to| to.min(end)));
            last = Some(stretch);
        }
        if let Some(last) = last.filter(|last| !last.limited) {
            last.to = Some(end);
        }
    }

    fn finish(mut self, last: Option<&Step>) -> Vec<Span> {
        let Some(last) = last else { return Vec::new() };
        let is_notice = self.stretches.last().is_some_and(|stretch| stretch.limited);
        if last.over_since.is_some() || self.left.is_some() || is_notice {
            self.end(last, None);
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut latest: BTreeMap<&ComponentPath, usize> = BTreeMap::new();
        for stretch in self.stretches.iter().filter(|s| s.to.is_none_or(|to| s.from < to)) {
            for (path, (condition, _)) in stretch.conditions {
                let going = latest.get(path).and_then(|place| spans.get_mut(*place));
                match going.filter(|s| s.condition == *condition && s.to == Some(stretch.from)) {
                    Some(going) => going.to = stretch.to,
                    None => {
                        latest.insert(path, spans.len());
                        let (component, condition) = (path.clone(), *condition);
                        spans.push(Span { from: stretch.from, component, condition, to: stretch.to });
                    }
                }
            }
        }
        excepting(spans)
    }
}

/// Without what is operational and excepts nothing, in order.
fn excepting(spans: Vec<Span>) -> Vec<Span> {
    let mut by_component: BTreeMap<ComponentPath, Vec<(Time, Option<Time>)>> = BTreeMap::new();
    for span in &spans {
        by_component.entry(span.component.clone()).or_default().push((span.from, span.to));
    }
    // A component's spans are in order and do not overlap: the last that begins before the end decides.
    let touches = |above: &ComponentPath, span: &Span| {
        let listed = by_component.get(above).map_or(&[][..], Vec::as_slice);
        let before = listed.partition_point(|(from, _)| span.to.is_none_or(|end| *from < end));
        let last = before.checked_sub(1).and_then(|last| listed.get(last));
        last.is_some_and(|(_, to)| to.is_none_or(|to| span.from < to))
    };
    let excepts = |span: &Span| {
        let above = std::iter::successors(span.component.parent(), ComponentPath::parent);
        above.into_iter().any(|above| touches(&above, span))
    };
    let mut kept = spans.clone();
    kept.retain(|span| span.condition != Condition::Operational || excepts(span));
    sort_by(&mut kept, Span::cmp);
    kept
}
