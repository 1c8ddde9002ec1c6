//! What an update refers to, as it was called when the update was received: later site notes and titles do not change
//! what was said.

use super::LoggedUpdate;
use crate::text::{ComponentPath, Id, Site, Slug, Update};
use crate::time::Time;

/// The names in force when an update was received: short lists, in which nothing occurs twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Components, each with its ancestors: `Exchange mail / US East`.
    pub components: Vec<(ComponentPath, String)>,
    /// The titles of other incidents.
    pub incidents: Vec<(Slug, String)>,
    /// The updates that this one corrects, retracts or translates.
    pub updates: Vec<(Id, Said)>,
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
        let components = update.components();
        for path in components {
            if names.component(path).is_none() {
                names.components.extend(site.full_name(path).map(|name| (path.clone(), name)));
            }
        }
        for slug in update.recurrence_of.iter().chain(&update.continues_in) {
            if names.incident(slug).is_none() {
                names.incidents.extend(title(slug)?.map(|title| (slug.clone(), title)));
            }
        }
        for id in update.corrects.iter().chain(&update.retracts).chain(&update.translates) {
            let said = before.iter().find(|logged| logged.update.id == *id);
            names.updates.extend(said.map(|logged| (id.clone(), Said::of(&logged.update))));
        }
        Ok(names)
    }

    /// A component's name, with those of its ancestors.
    pub fn component(&self, path: &ComponentPath) -> Option<&str> {
        self.components.iter().find(|(named, _)| named == path).map(|(_, name)| name.as_str())
    }

    /// The title of another incident.
    pub fn incident(&self, slug: &Slug) -> Option<&str> {
        self.incidents.iter().find(|(named, _)| named == slug).map(|(_, title)| title.as_str())
    }

    /// An update that this one refers to.
    pub fn update(&self, id: &Id) -> Option<&Said> {
        self.updates.iter().find(|(named, _)| named == id).map(|(_, said)| said)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::text::Value as _;

    fn update(id: char, lines: &str) -> Update {
        let id = id.to_string().repeat(32);
        Update::parse(&format!(
            "outband update v1\norigin: o.example\nid: {id}\ntime: 2013-09-03T11:00:00Z\nincident: mail\nphase: identified\n{lines}"
        ))
        .unwrap()
    }

    #[test]
    fn what_an_update_refers_to_is_called_as_it_was_then() {
        let site = Site::parse(
            "outband site v1\norigin: o.example\nid: 0f1ed002ab5595859014ebf0951522d9\ntime: 2013-01-01T00:00:00Z\nname: Mail\nurl: https://o.example\nlang: en\nzone: UTC0\ncomponent: a One\ncomponent: a/b Two\n",
        )
        .unwrap();
        let earlier = |id: char, title: &str| LoggedUpdate {
            index: 1,
            update: update(id, &format!("title: {title}\nnext-update: 2013-09-03T12:00:00Z\n")),
            signers: Vec::new(),
            received: Time::EPOCH,
            listed: Time::EPOCH,
            names: Names::default(),
            leaf: String::new(),
            is_pending: false,
        };
        let before = [earlier('1', "First"), earlier('2', "Second")];
        let later = update(
            '3',
            "title: Third\naffects: a/b outage\nunaffected: a\nnext-update: 2013-09-03T12:00:00Z\nrecurrence-of: old\ncorrects: 22222222222222222222222222222222\n",
        );
        let title = |slug: &Slug| Ok::<_, Infallible>(Some(format!("the title of {slug}")));
        let names = Names::of(&later, &site, &before, title).unwrap();
        let path = |text: &str| ComponentPath::parse(text).unwrap();
        assert_eq!(names.component(&path("a/b")), Some("One / Two"));
        assert_eq!(names.component(&path("a")), Some("One"));
        assert_eq!(names.component(&path("c")), None);
        assert_eq!(names.incident(&Slug::parse("old").unwrap()), Some("the title of old"));
        assert_eq!(names.incident(&Slug::parse("other").unwrap()), None);
        let said = names.update(&before[1].update.id).map(|said| said.title.as_str());
        assert_eq!((said, names.update(&later.id)), (Some("Second"), None));
    }
}
