//! The conditions of components over time, according to an incident's updates.

use super::fold::{Conditions, Step, notice_end};
use super::{Incident, LoggedUpdate};
use crate::sort::sort_by;
use crate::sorted::Map;
use crate::text::{ComponentPath, Condition, Phase};
use crate::time::Time;

/// A period in which a component was in a condition. It applies to the component's descendants too, except where they
/// have their own span in the same incident at the same time; so an operational span exempts a component from its
/// parent's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Its first second.
    pub from: Time,
    /// The component named in the update.
    pub component: ComponentPath,
    /// Its condition.
    pub condition: Condition,
    /// The second after its last; `None` while it lasts.
    pub to: Option<Time>,
}

impl Span {
    /// Whether it overlaps `from..to`.
    pub fn touches(&self, from: Time, to: Time) -> bool {
        self.from < to && self.to.is_none_or(|end| from < end)
    }
}

impl Incident {
    /// The conditions over time according to the updates so far; empty for a drill. No two spans of a component
    /// overlap.
    ///
    /// A condition lasts from the effective time of the update that states it until another replaces it. The first
    /// conditions count from the stated beginning if that is earlier. Once the incident is over or taken over by
    /// another, everything ends at the stated end, or else when that was published. So one update written afterwards
    /// counts like many written during the incident.
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

    /// The stated beginning, or else the start of the maintenance window.
    pub(super) fn begun(&self) -> Option<Time> {
        let last = |line| self.updates.get(self.fold.machine.last(line)?).map(|logged| &logged.update);
        let window = || last("window")?.window.map(|window| window.start);
        last("started").and_then(|update| update.started).or_else(window)
    }
}

/// The conditions between two steps.
struct Stretch<'i> {
    from: Time,
    to: Option<Time>,
    /// Whether it has its own end, as a notice does, regardless of the incident's stated end.
    limited: bool,
    conditions: &'i Conditions,
}

#[derive(Default)]
struct Record<'i> {
    begun: Option<Time>,
    stretches: Vec<Stretch<'i>>,
    /// The number of stretches before the incident was last reopened.
    reopened: Option<usize>,
    /// Whether any component was stated to be other than operational.
    affects: bool,
    /// When another incident took it over.
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

    /// Another incident takes it over, which ends it at this step.
    fn leave(&mut self, at: Time) {
        self.stretches.retain(|stretch| stretch.from < at);
        self.left = Some(at);
    }

    /// The first condition worse than operational also covers the time from the stated beginning to this step.
    fn begin(&mut self, step: &'i Step, phase: Phase) {
        let mut conditions = step.conditions.values();
        if self.affects || conditions.all(|(condition, _)| *condition == Condition::Operational) {
            return;
        }
        self.affects = true;
        if let Some(begun) = self.begun.filter(|begun| *begun < step.at && self.reopened.is_none()) {
            self.stretches.clear();
            self.push(step, phase, begun, Some(step.at));
            // It ends with the following stretches, or earlier if the stated end lies before this step.
            if let Some(last) = self.stretches.last_mut() {
                last.limited = false;
            }
        }
    }

    /// Adds a stretch from `from`; `until` is its own end, if it has one.
    fn push(&mut self, step: &'i Step, phase: Phase, from: Time, until: Option<Time>) {
        let window = step.window.filter(|_| phase == Phase::Scheduled);
        let from = window.map_or(from, |window| window.start.max(from));
        self.stretches.push(Stretch {
            from,
            to: until,
            limited: until.is_some(),
            conditions: &step.conditions,
        });
    }

    /// Ends the stretches at the stated end, or else when the incident was reported over; at the latest at `limit`,
    /// when it was reopened.
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
        let mut latest: Map<&ComponentPath, usize> = Map::new();
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

/// Drops operational spans that exempt nothing from a parent's span, and sorts the rest.
fn excepting(spans: Vec<Span>) -> Vec<Span> {
    let mut by_component: Map<ComponentPath, Vec<(Time, Option<Time>)>> = Map::new();
    for span in &spans {
        by_component.or_default(span.component.clone()).push((span.from, span.to));
    }
    // A component's spans are sorted and do not overlap, so only the last one that begins before the end can overlap.
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
