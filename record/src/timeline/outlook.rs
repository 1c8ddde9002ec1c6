//! The current state of the whole site: the open incidents in order, and the resulting condition of each component.

use std::cmp::Reverse;

use super::IncidentState;
use crate::sort::sort_by;
use crate::sorted::Map;
use crate::text::{ComponentPath, Condition, Impact, Site};
use crate::time::Time;

/// The state of the whole site at one moment: the open incidents, and the condition of each component.
#[derive(Clone, Debug)]
pub struct Outlook<'i> {
    /// The time for which it was computed.
    pub now: Time,
    /// What the page is about.
    pub site: &'i Site,
    /// Open incidents, maintenances and notices, without drills: by kind, then worst first, then newest first.
    pub open: Vec<IncidentState<'i>>,
    /// The condition of each component of the site: its own or its nearest ancestor's, the worst of all incidents;
    /// `unstated` if none states any.
    pub conditions: Map<&'i ComponentPath, Condition>,
    /// The condition of components for which none is stated. Unknown before the first update, and during an incident of
    /// unknown extent; otherwise operational, shown as "no known problems".
    pub unstated: Condition,
}

impl<'i> Outlook<'i> {
    /// Combines `states` at `now`. `spoke` is the time of the last update, not counting drills.
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
        let mut conditions = Map::new();
        conditions.extend(site.component.iter().map(|c| (&c.path, condition(&c.path))));
        Self { now, site, open, conditions, unstated }
    }

    /// Whether any open incident states a condition for `component`.
    pub fn is_stated(&self, component: &ComponentPath) -> bool {
        stated(&self.open, component, self.now).next().is_some()
    }

    /// A component's condition as pages show it: a parent shows the worst of itself and its descendants.
    pub fn shown(&self, component: &ComponentPath) -> Condition {
        let under = self.conditions.iter().filter(|(path, _)| path.is_within(component));
        worst(under.map(|(_, condition)| *condition))
    }
}

/// The conditions of a component by each of `open`.
fn stated(
    open: &[IncidentState<'_>],
    component: &ComponentPath,
    now: Time,
) -> impl Iterator<Item = Condition> {
    open.iter().filter_map(move |h| h.condition(component, now)).map(|stated| stated.value)
}

/// The worst of several conditions; operational if there are none.
pub fn worst(conditions: impl IntoIterator<Item = Condition>) -> Condition {
    conditions.into_iter().max().unwrap_or(Condition::Operational)
}

/// The severity of an impact. An unknown extent may be anything, so it ranks between minor and major.
fn weight(impact: Option<Impact>) -> u8 {
    match impact {
        Some(Impact::None) => 0,
        Some(Impact::Minor) => 1,
        None => 2,
        Some(Impact::Major) => 3,
        Some(Impact::Critical) => 4,
    }
}
