//! Feeds: one item per update, as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1; and one item per incident, for clients
//! that expect feeds shaped like Statuspage's.
//!
//! An item keeps its update's words until they are redacted, with times in UTC and names as they were: feed readers keep an edited entry
//! marked as read, or report it again. One thing changes it: a later update that corrects or retracts it. Then its title
//! says so first, and what it said is struck out. The correction is an item of its own, so readers that show no edits
//! miss nothing.
//!
//! An item's date is that of its receipt, later than that of every item before it, since many readers look only at what
//! is newer than what they have. When it was written is in its words.

mod channel;
mod format;
mod item;

pub use channel::{Announced, Channel};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outband_record::time::Time;
use outband_record::timeline::{Fate, Incident, LoggedUpdate};

use crate::messages::Messages;
use crate::pages::url;
use crate::template::RenderError;
use crate::{Rendered, View, paths};
use format::{Head, Link};
use item::{Item, is_item, listed_at};

/// Feeds carry this many of the newest updates, and so does an archive.
pub const NEWEST: usize = 50;

/// The history feeds carry this many of the events that started most recently.
pub const HISTORY: usize = 25;

/// An update as feeds list it.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'u> {
    /// The update.
    pub logged: &'u LoggedUpdate,
    /// What became of it; `None` while it applies.
    pub fate: Option<Fate<'u>>,
    /// The last update that changed what became of it.
    pub revised_by: Option<&'u LoggedUpdate>,
}

impl<'u> Listed<'u> {
    /// An update of this incident.
    pub fn of(incident: &'u Incident, logged: &'u LoggedUpdate) -> Self {
        let id = &logged.update.id;
        Self { logged, fate: incident.fate(id), revised_by: incident.revised_by(id) }
    }

    /// An update that nothing has ever corrected or retracted.
    pub fn applying(logged: &'u LoggedUpdate) -> Self {
        Self { logged, fate: None, revised_by: None }
    }

    /// When it last changed.
    fn updated(self) -> Time {
        self.revised_by.map_or(self.logged.listed, |by| by.listed.max(self.logged.listed))
    }
}

/// The feeds of one publication. Each item is rendered once per language, however many feeds it appears in.
pub struct Feeds<'v> {
    view: &'v View<'v>,
    messages: &'static Messages,
    written: Arc<Written>,
}

/// Rendered items, by language and the update's index in the log.
#[derive(Default)]
pub struct Written(Mutex<BTreeMap<(&'static str, u64), Arc<Item>>>);

impl<'v> Feeds<'v> {
    /// Starts without any rendered items.
    pub fn new(view: &'v View<'v>) -> Self {
        Self::sharing(view, Arc::default())
    }

    /// Shares rendered items with other feeds of the same site, which may be rendered on other threads: no item is
    /// rendered twice.
    pub fn sharing(view: &'v View<'v>, written: Arc<Written>) -> Self {
        Self { view, messages: Messages::of(&view.site.lang), written }
    }
}

impl Feeds<'_> {
    /// The feeds of all updates, as Atom, RSS and JSON, from the newest updates and those of open incidents, highest
    /// index first. `archives` is the number of archives.
    pub fn updates(&self, updates: &[Listed<'_>], archives: u64) -> Result<[Rendered; 3], RenderError> {
        let updates: Vec<Listed<'_>> =
            updates.iter().copied().filter(|update| is_item(update.logged)).collect();
        let items = self.items(&updates)?;
        let head = |own| Head {
            links: (archives > 0).then(|| self.link("prev-archive", archives)).into_iter().collect(),
            ..self.head(own, self.updated(&updates))
        };
        let atom = self.atom(&head(paths::ATOM), &items)?;
        let rss = self.rss(&head(paths::RSS), &items)?;
        Ok([atom, rss, self.json(&items)?])
    }

    /// The newest updates of one incident, maintenance or notice; `None` for a drill, which is in no feed.
    pub fn incident(&self, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
        let Some(state) = incident.state().filter(|state| !state.drill) else { return Ok(None) };
        let newest = incident.updates().iter().rev().filter(|logged| is_item(logged)).take(NEWEST);
        let updates: Vec<Listed<'_>> = newest.map(|logged| Listed::of(incident, logged)).collect();
        let path = paths::incident_atom(state.slug);
        let names = [("name", self.view.site.name.as_str()), ("title", state.title.value.as_str())];
        let head = Head {
            title: self.messages.fill("feed_incident", &names),
            page: paths::incident(state.slug, false),
            ..self.head(&path, self.updated(&updates))
        };
        let items = self.items(&updates)?;
        self.atom(&head, &items).map(Some)
    }

    /// The feed of a channel, from its updates, highest index first; a component's also as RSS. `archives` is the number
    /// of archives. The feed of a language is in that language, if it is supported.
    pub fn channel(
        &self,
        channel: &Channel,
        updates: &[Listed<'_>],
        archives: u64,
    ) -> Result<Vec<Rendered>, RenderError> {
        if let Channel::Language(lang) = channel
            && let Some(messages) = Messages::in_language(lang)
            && messages.tag() != self.messages.tag()
        {
            let own = Feeds { messages, written: Arc::clone(&self.written), ..*self };
            return own.channel(channel, updates, archives);
        }
        let items = self.items(updates)?;
        let path = channel.path();
        let title = channel.title(self.view.site, self.messages);
        let head = Head { title, ..self.head(&path, self.updated(updates)) };
        let head = match channel {
            Channel::Component(component) => {
                let (own, page) = (paths::component_rss(component), paths::component(component));
                let head = Head { page, whole: &path, ..head };
                let atom = self.atom(&head, &items)?;
                return Ok(vec![atom, self.rss(&Head { own: &own, ..head }, &items)?]);
            }
            Channel::Language(lang) if Messages::in_language(lang).is_some() => Head { lang, ..head },
            Channel::Language(_) => head,
            Channel::Archive(number) => Head {
                whole: paths::ATOM,
                links: self.archive_links(*number, archives),
                is_archive: true,
                ..head
            },
        };
        Ok(vec![self.atom(&head, &items)?])
    }

    /// `/history.atom` and `/history.rss`, from the most recently started events, newest first.
    pub fn history(&self, incidents: &[&Incident]) -> Result<[Rendered; 2], RenderError> {
        let items = incidents.iter().filter_map(|incident| Some((*incident, incident.state()?)));
        let items = items.map(|(incident, state)| self.story(incident, &state).map(Arc::new));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let updated = incidents.iter().filter_map(|incident| listed_at(incident)).max();
        let name = [("name", self.view.site.name.as_str())];
        let head = |own| Head {
            title: self.messages.fill("feed_history", &name),
            about: self.messages.fill("feed_history_about", &name),
            whole: paths::HISTORY_ATOM,
            page: paths::HISTORY.to_owned(),
            ..self.head(own, updated.unwrap_or(self.view.site.time))
        };
        Ok([self.atom(&head(paths::HISTORY_ATOM), &items)?, self.rss(&head(paths::HISTORY_RSS), &items)?])
    }

    /// The metadata of a feed of all updates.
    fn head<'a>(&'a self, own: &'a str, updated: Time) -> Head<'a> {
        let name = [("name", self.view.site.name.as_str())];
        Head {
            title: self.messages.fill("feed_title", &name),
            about: self.messages.fill("feed_description", &name),
            lang: &self.view.site.lang,
            own,
            // The formats are the same feed.
            whole: if own == paths::RSS { paths::ATOM } else { own },
            page: paths::INDEX.to_owned(),
            updated,
            links: Vec::new(),
            is_archive: false,
        }
    }

    fn archive_links(&self, number: u64, archives: u64) -> Vec<Link> {
        let mut links = vec![Link { rel: "current", href: url(self.view, paths::ATOM) }];
        links.extend((number > 1).then(|| self.link("prev-archive", number - 1)));
        links.extend((number < archives).then(|| self.link("next-archive", number + 1)));
        links
    }

    fn link(&self, rel: &'static str, archive: u64) -> Link {
        Link { rel, href: url(self.view, &paths::archive_atom(archive)) }
    }
}

impl Written {
    fn items(&self) -> MutexGuard<'_, BTreeMap<(&'static str, u64), Arc<Item>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
