//! How long each component was in which condition, day by day, and the uptime that follows. It is *reported*: people
//! say what is wrong and when, and nothing here measures it.
//!
//! Days are UTC. At each second a component is in the worst condition that any incident puts it in, by its own
//! statement or its nearest ancestor's, and a parent in the worst of what is under it. Then
//!
//! ```text
//! uptime = 1 − (outage + partial / 2) / (measured − unknown)
//! ```
//!
//! in seconds: a partial outage weighs half, degraded and maintenance weigh nothing, and a time of which nobody knows
//! is left out. All is counted in whole numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Span;
use crate::sort::sort_by;
use crate::text::{Component, ComponentPath, Condition, Site, Slug};
use crate::time::{Date, Time};

/// What was reported over time.
#[derive(Clone, Debug)]
pub struct Chronicle {
    since: Time,
    incidents: BTreeMap<Slug, BTreeSet<Span>>,
}

/// A component's days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured<'s> {
    /// As the site has it.
    pub component: &'s Component,
    /// In order, none left out.
    pub days: Vec<Day>,
}

/// A component's day, or what of it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// What was counted.
    pub tally: Tally,
}

/// Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In all; 0 where there is no data.
    pub measured: u64,
    /// Down.
    pub outage: u64,
    /// Down for some.
    pub partial: u64,
    /// Slower or in part.
    pub degraded: u64,
    /// Under planned work.
    pub maintenance: u64,
    /// In a condition that nobody knew.
    pub unknown: u64,
}

/// A share in hundredths of a percent: `98.82`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u64);

/// A time in a condition.
type Interval = (Time, Time, Condition);

impl Chronicle {
    /// Nothing reported, on a page that there is `since` then: before it there is no data.
    pub fn new(since: Time) -> Self {
        Self { since, incidents: BTreeMap::new() }
    }

    /// Adds spans of an incident.
    pub fn add(&mut self, slug: &Slug, spans: impl IntoIterator<Item = Span>) {
        self.incidents.entry(slug.clone()).or_default().extend(spans);
    }

    /// From when on there is data.
    pub fn since(&self) -> Time {
        self.since
    }

    /// Each component of the site over the days from `first` on, up to `to`.
    pub fn measure<'s>(&self, site: &'s Site, first: Date, to: Time) -> Vec<Measured<'s>> {
        let from = self.since.max(first.start());
        let spans = self.incidents.values().flatten();
        // A component that the site no longer has counts for its parent as it did.
        let paths = spans.map(|span| &span.component).chain(site.component.iter().map(|c| &c.path));
        let mut own = BTreeMap::new();
        for path in paths {
            own.entry(path).or_insert_with(|| self.own(path, from, to));
        }
        let measured = |component: &'s Component| {
            let under = own.iter().filter(|(path, _)| path.is_within(&component.path));
            let intervals: Vec<_> = under.flat_map(|(_, intervals)| intervals.iter().copied()).collect();
            Measured { component, days: tallied(&worst(intervals), first, from, to) }
        };
        site.component.iter().map(measured).collect()
    }

    /// The conditions that each incident puts the component in, by its own or its nearest ancestor's spans.
    fn own(&self, component: &ComponentPath, from: Time, to: Time) -> Vec<Interval> {
        let concerns = |span: &&Span| component.is_within(&span.component) && span.touches(from, to);
        let mut intervals = Vec::new();
        for spans in self.incidents.values() {
            // At one moment ends come before beginnings: of one component no two spans overlap.
            let mut turns: Vec<(Time, Option<Condition>, usize)> = Vec::new();
            for span in spans.iter().filter(concerns) {
                let nearness = span.component.as_str().len();
                turns.push((span.from.max(from), Some(span.condition), nearness));
                turns.push((span.to.map_or(to, |end| end.min(to)), None, nearness));
            }
            sort_by(&mut turns, Ord::cmp);
            let mut stated: BTreeMap<usize, Condition> = BTreeMap::new();
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

/// The worst condition at each time, of intervals that may overlap; where none is, nothing.
fn worst(intervals: Vec<Interval>) -> Vec<Interval> {
    let mut turns: Vec<(Time, Condition, bool)> = Vec::new();
    for (from, to, condition) in intervals {
        turns.push((from, condition, true));
        turns.push((to, condition, false));
    }
    sort_by(&mut turns, Ord::cmp);
    let mut going: BTreeMap<Condition, usize> = BTreeMap::new();
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

/// Intervals in order that do not overlap, by days.
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
    /// Of several days together.
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

    /// The worst condition that was reported; `None` where nothing was, whether there is data or not.
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

    /// The reported uptime, to the nearest hundredth of a percent, but never 100 where anything was lost; `None`
    /// where nothing is known.
    pub fn uptime(&self) -> Option<Percent> {
        // In half seconds, so that all is whole.
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
