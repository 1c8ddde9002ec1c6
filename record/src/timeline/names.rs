//! What an update refers to, as it was called when the update was received: later site notes and titles do not change
//! what was said.

use std::collections::BTreeMap;

use super::LoggedUpdate;
use crate::text::{ComponentPath, Id, Site, Slug, Update};
use crate::time::Time;

/// The names in force when an update was received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Components, each with its ancestors: `Exchange mail / US East`.
    pub components: BTreeMap<ComponentPath, String>,
    /// The titles of other incidents.
    pub incidents: BTreeMap<Slug, String>,
    /// The updates that this one corrects, retracts or translates.
    pub updates: BTreeMap<Id, Said>,
}

/// An update that another one refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// When it was written.
    pub time: Time,
    /// Its title.
    pub title: String,
}

impl Said {
    /// As this update says it.
    pub fn of(update: &Update) -> Self {
        Self { time: update.time, title: update.title.to_string() }
    }
}

impl Names {
    /// The names for `update`, received after the updates `before` of the same incident. `title` finds the title of
    /// another incident.
    pub fn of<E>(
        update: &Update,
        site: &Site,
        before: &[LoggedUpdate],
        mut title: impl FnMut(&Slug) -> Result<Option<String>, E>,
    ) -> Result<Self, E> {
        let mut names = Self::default();
        let components = update.affects.iter().map(|affects| &affects.component).chain(&update.unaffected);
        names.components.extend(components.filter_map(|path| Some((path.clone(), site.full_name(path)?))));
        for slug in update.recurrence_of.iter().chain(&update.continues_in) {
            names.incidents.extend(title(slug)?.map(|title| (slug.clone(), title)));
        }
        for id in update.corrects.iter().chain(&update.retracts).chain(&update.translates) {
            let said = before.iter().find(|logged| logged.update.id == *id);
            names.updates.extend(said.map(|logged| (id.clone(), Said::of(&logged.update))));
        }
        Ok(names)
    }
}
