//! What holds now of the whole site: what is going on, put in order, and how each component is by all of that.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::IncidentState;
use crate::sort::sort_by;
use crate::text::{ComponentPath, Condition, Impact, Site};
use crate::time::Time;

/// What is true of the whole site at a moment: what is going on, and how each component is.
#[derive(Clone, Debug)]
pub struct Outlook<'i> {
    /// The moment.
    pub now: Time,
    /// What the page is about.
    pub site: &'i Site,
    /// What is going on, drills left out: the worst first, then the newest.
    pub open: Vec<IncidentState<'i>>,
    /// How each component of the site is, by its own statement or its nearest ancestor's, the worst of all incidents;
    /// `unsaid` where there is none.
    pub conditions: BTreeMap<&'i ComponentPath, Condition>,
    /// How a component is of which nothing is said: unknown before operators have said anything, and while something
    /// is going on of which nobody knows how far it reaches; else operational, which readers see as "no known problem".
    pub unstated: Condition,
}

impl<'i> Outlook<'i> {
    /// Puts together what `holdings` say at `now`; `spoke` is when operators last spoke, drills left out.
    pub fn at(
        now: Time,
        site: &'i Site,
        spoke: Option<Time>,
        states: impl IntoIterator<Item = IncidentState<'i>>,
    ) -> Self {
        let mut open: Vec<_> = states.into_iter().filter(|h| h.is_open(now) && !h.drill).collect();
        sort_by(&mut open, |a, b| {
            let place =
                |h: &IncidentState<'i>| (h.kind, Reverse(weight(h.impact)), Reverse(h.newest.order()));
            place(a).cmp(&place(b))
        });
        let is_unknown = spoke.is_none() || open.iter().any(|h| h.is_of_unknown_extent(now));
        let unstated = if is_unknown { Condition::Unknown } else { Condition::Operational };
        let condition = |path: &ComponentPath| stated(&open, path, now).max().unwrap_or(unstated);
        let mut conditions = BTreeMap::new();
        conditions.extend(site.component.iter().map(|c| (&c.path, condition(&c.path))));
        Self { now, site, open, conditions, unstated }
    }

    /// Whether anything that is going on states how `component` is.
    pub fn is_stated(&self, component: &ComponentPath) -> bool {
        stated(&self.open, component, self.now).next().is_some()
    }

    /// A component's condition as the page shows it: a parent shows the worst of what is under it.
    pub fn shown(&self, component: &ComponentPath) -> Condition {
        let under = self.conditions.iter().filter(|(path, _)| path.is_within(component));
        worst(under.map(|(_, condition)| *condition))
    }
}

/// What each of `open` states of a component.
fn stated(
    open: &[IncidentState<'_>],
    component: &ComponentPath,
    now: Time,
) -> impl Iterator<Item = Condition> {
    open.iter().filter_map(move |h| h.condition(component, now)).map(|stated| stated.value)
}

/// The worst of several conditions; operational where nothing is said.
pub fn worst(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    conditions.into_iter().max().unwrap_or(Condition::Operational)
}

/// An unknown extent may be anything: it stands before what is known to be minor, after what is known to be major.
fn weight(impact: Option<Impact>) -> u8 {
    match impact {
        Some(Impact::None) => 0,
        Some(Impact::Minor) => 1,
        None => 2,
        Some(Impact::Major) => 3,
        Some(Impact::Critical) => 4,
    }
}
