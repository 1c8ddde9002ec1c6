//! Daily totals of each component's conditions, and the resulting uptime. It is *reported* uptime: it is computed from
//! published updates, not from measurements.
//!
//! Days are UTC. At each second a component's condition is the worst that any incident states for it or its nearest
//! ancestor, and a parent's is the worst of its own and its descendants'. Then
//!
//! ```text
//! uptime = 1 − (outage + partial / 2) / (measured − unknown)
//! ```
//!
//! in seconds. A partial outage counts half, degraded and maintenance don't count, and unknown time is excluded. All
//! arithmetic uses integers.

use std::fmt;

use super::Span;
use crate::sort::sort_by;
use crate::sorted::{Map, Set};
use crate::text::{Component, ComponentPath, Condition, Site, Slug};
use crate::time::{Date, Time};

/// All reported conditions over time.
#[derive(Clone, Debug)]
pub struct Chronicle {
    since: Time,
    incidents: Map<Slug, Set<Span>>,
}

/// A component's days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured<'s> {
    /// The component, from the site note.
    pub component: &'s Component,
    /// Consecutive days, in order.
    pub days: Vec<Day>,
}

/// A day of a component, or the part of it for which there is data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// The seconds in each condition.
    pub tally: Tally,
}

/// Seconds in each condition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In total; 0 if there is no data.
    pub measured: u64,
    /// Down.
    pub outage: u64,
    /// Down for some users.
    pub partial: u64,
    /// Slow, or partly not working.
    pub degraded: u64,
    /// Under planned work.
    pub maintenance: u64,
    /// In an unknown condition.
    pub unknown: u64,
}

/// A share in hundredths of a percent: `98.82`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

/// A period in a condition.
type Interval = (Time, Time, Condition);

impl Chronicle {
    /// An empty chronicle of a page that exists since `since`; there is no data before that.
    pub fn new(since: Time) -> Self {
        Self { since, incidents: Map::new() }
    }

    /// Adds spans of an incident.
    pub fn add(&mut self, slug: &Slug, spans: impl IntoIterator<Item = Span>) {
        self.incidents.or_default(slug.clone()).extend(spans);
    }

    /// The time from which there is data.
    pub fn since(&self) -> Time {
        self.since
    }

    /// The days of each component of the site, from `first` up to `to`.
    pub fn measure<'s>(&self, site: &'s Site, first: Date, to: Time) -> Vec<Measured<'s>> {
        let from = self.since.max(first.start());
        let spans = self.incidents.values().flatten();
        // A component removed from the site still counts for its parent.
        let paths = spans.map(|span| &span.component).chain(site.component.iter().map(|c| &c.path));
        let mut own = Map::new();
        for path in paths {
            own.or_insert_with(path, || self.own(path, from, to));
        }
        let measured = |component: &'s Component| {
            let under = own.iter().filter(|(path, _)| path.is_within(&component.path));
            let intervals: Vec<_> = under.flat_map(|(_, intervals)| intervals.iter().copied()).collect();
            Measured { component, days: tallied(&worst(intervals), first, from, to) }
        };
        site.component.iter().map(measured).collect()
    }

    /// The component's conditions in each incident, from its own or its nearest ancestor's spans.
    fn own(&self, component: &ComponentPath, from: Time, to: Time) -> Vec<Interval> {
        let concerns = |span: &&Span| component.is_within(&span.component) && span.touches(from, to);
        let mut intervals = Vec::new();
        for spans in self.incidents.values() {
            // At the same time, ends sort before beginnings, since no two spans of a component overlap.
            let mut turns: Vec<(Time, Option<Condition>, usize)> = Vec::new();
            for span in spans.iter().filter(concerns) {
                let nearness = span.component.as_str().len();
                turns.push((span.from.max(from), Some(span.condition), nearness));
                turns.push((span.to.map_or(to, |end| end.min(to)), None, nearness));
            }
            sort_by(&mut turns, Ord::cmp);
            let mut stated: Map<usize, Condition> = Map::new();
            let mut since = from;
            for (at, turn, nearness) in turns {
                if let Some(nearest) = stated.values().next_back().filter(|_| since < at) {
                    intervals.push((since, at, *nearest));
                }
                since = at;
                match turn {
                    Some(condition) => stated.insert(nearness, condition),
                    None => stated.remove(&nearness),
                };
            }
        }
        intervals
    }
}

/// The worst condition at each time, of intervals that may overlap; gaps remain gaps.
fn worst(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut turns: Vec<(Time, Condition, bool)> = Vec::new();
    for (from, to, condition) in intervals {
        turns.push((from, condition, true));
        turns.push((to, condition, false));
    }
    sort_by(&mut turns, Ord::cmp);
    let mut going: Map<Condition, usize> = Map::new();
    let mut worst = Vec::new();
    let mut since = Time::EPOCH;
    for (at, condition, begins) in turns {
        if let Some(condition) = going.keys().next_back().filter(|_| since < at) {
            worst.push((since, at, *condition));
        }
        since = at;
        let count = going.remove(&condition).unwrap_or_default();
        let count = if begins { count + 1 } else { count.saturating_sub(1) };
        if count > 0 {
            going.insert(condition, count);
        }
    }
    worst
}

/// Totals sorted, non-overlapping intervals by day.
fn tallied(intervals: &[Interval], first: Date, from: Time, to: Time) -> Vec<Day> {
    let mut days = Vec::new();
    let mut rest = intervals;
    let mut date = first;
    while date.start() < to {
        let mut tally =
            Tally { measured: overlap((date.start(), date.end()), (from, to)), ..Tally::default() };
        for (start, end, condition) in rest.iter().take_while(|(start, _, _)| *start < date.end()) {
            tally.count(*condition, overlap((date.start(), date.end()), (*start, *end)));
        }
        let past = rest.iter().take_while(|(_, end, _)| *end <= date.end()).count();
        rest = rest.get(past..).unwrap_or_default();
        days.push(Day { date, tally });
        let next = date.end().date();
        if next <= date {
            break;
        }
        date = next;
    }
    days
}

fn overlap(a: (Time, Time), b: (Time, Time)) -> u64 {
    a.1.min(b.1).posix().saturating_sub(a.0.max(b.0).posix())
}

impl Tally {
    /// The sum of several days.
    pub fn of(days: impl IntoIterator<Item = Tally>) -> Self {
        days.into_iter().fold(Self::default(), |sum, day| Self {
            measured: sum.measured + day.measured,
            outage: sum.outage + day.outage,
            partial: sum.partial + day.partial,
            degraded: sum.degraded + day.degraded,
            maintenance: sum.maintenance + day.maintenance,
            unknown: sum.unknown + day.unknown,
        })
    }

    /// The worst condition reported; `None` if none was, with or without data.
    pub fn worst(&self) -> Option<Condition> {
        let by_weight = [
            (self.outage, Condition::Outage),
            (self.partial, Condition::Partial),
            (self.degraded, Condition::Degraded),
            (self.unknown, Condition::Unknown),
            (self.maintenance, Condition::Maintenance),
        ];
        by_weight.into_iter().find(|(seconds, _)| *seconds > 0).map(|(_, condition)| condition)
    }

    /// The reported uptime, to the nearest hundredth of a percent, but below 100 if there was any downtime; `None` if
    /// nothing is known.
    pub fn uptime(&self) -> Option<Percent> {
        // In half seconds, so that all values are integers.
        let base = 2 * self.measured.saturating_sub(self.unknown);
        let lost = (2 * self.outage + self.partial).min(base);
        let rounded = (2 * Percent::ALL * (base - lost) + base).checked_div(2 * base)?;
        let highest = if lost == 0 { Percent::ALL } else { Percent::ALL - 1 };
        Some(Percent(rounded.min(highest)))
    }

    fn count(&mut self, condition: Condition, seconds: u64) {
        match condition {
            Condition::Outage => self.outage += seconds,
            Condition::Partial => self.partial += seconds,
            Condition::Degraded => self.degraded += seconds,
            Condition::Maintenance => self.maintenance += seconds,
            Condition::Unknown => self.unknown += seconds,
            Condition::Operational => {}
        }
    }
}

impl Percent {
    /// 100 %.
    const ALL: u64 = 10_000;
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}
