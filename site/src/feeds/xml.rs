use std::sync::Arc;

use outband_record::time::Time;
use outband_record::timeline::{Incident, LoggedUpdate};
use serde::Serialize;

use super::item::{Item, is_item};
use super::{Channel, Feeds, NEWEST};
use crate::messages::Messages;
use crate::pages::base;
use crate::template::{self, RenderError};
use crate::{Rendered, paths};

/// A feed's metadata. Addresses are paths of this site.
pub(super) struct Head<'a> {
    pub(super) title: String,
    /// The feed's description, in one sentence.
    pub(super) about: String,
    /// The feed's own path.
    pub(super) own: &'a str,
    /// The feed this one is a part of.
    pub(super) whole: &'a str,
    /// The page with the same content.
    pub(super) page: String,
    pub(super) updated: Time,
    pub(super) links: Vec<Link>,
    pub(super) is_archive: bool,
}

/// A link between parts of a paged feed (RFC 5005).
#[derive(Serialize)]
pub(super) struct Link {
    rel: &'static str,
    href: String,
}

impl Feeds<'_> {
    /// The feeds of all updates, as Atom, RSS and JSON, from the newest updates and those of open incidents, highest
    /// index first. `archives` is the number of archives.
    pub fn updates(&mut self, logged: &[&LoggedUpdate], archives: u64) -> Result<[Rendered; 3], RenderError> {
        let logged: Vec<&LoggedUpdate> = logged.iter().copied().filter(|logged| is_item(logged)).collect();
        let items = self.items(&logged)?;
        let head = |own| Head {
            links: (archives > 0).then(|| self.link("prev-archive", archives)).into_iter().collect(),
            ..self.head(own, self.updated(&logged))
        };
        let atom = self.atom(&head(paths::ATOM), &items)?;
        let rss = self.rss(&head(paths::RSS), &items)?;
        Ok([atom, rss, self.json(&items)?])
    }

    /// The newest updates of one incident, maintenance or notice; `None` for a drill, which is in no feed.
    pub fn incident(&mut self, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
        let Some(state) = incident.state().filter(|state| !state.drill) else { return Ok(None) };
        let newest = incident.updates().iter().rev().filter(|logged| is_item(logged)).take(NEWEST);
        let logged: Vec<&LoggedUpdate> = newest.collect();
        let path = paths::incident_atom(state.slug);
        let names = [("name", self.view.site.name.as_str()), ("title", state.title.value.as_str())];
        let head = Head {
            title: self.messages().fill("feed_incident", &names),
            page: paths::incident(state.slug, false),
            ..self.head(&path, self.updated(&logged))
        };
        let items = self.items(&logged)?;
        self.atom(&head, &items).map(Some)
    }

    /// The feed of a channel, from its updates, highest index first. `archives` is the number of archives.
    pub fn channel(
        &mut self,
        channel: &Channel,
        logged: &[&LoggedUpdate],
        archives: u64,
    ) -> Result<Rendered, RenderError> {
        let items = self.items(logged)?;
        let path = channel.path();
        let title = channel.title(self.view.site);
        let head = Head { title, ..self.head(&path, self.updated(logged)) };
        let head = match channel {
            Channel::Component(_) | Channel::Language(_) => head,
            Channel::Archive(number) => Head {
                whole: paths::ATOM,
                links: self.archive_links(*number, archives),
                is_archive: true,
                ..head
            },
        };
        self.atom(&head, &items)
    }

    /// The metadata of a feed of all updates.
    pub(super) fn head<'a>(&self, own: &'a str, updated: Time) -> Head<'a> {
        let name = [("name", self.view.site.name.as_str())];
        Head {
            title: self.messages().fill("feed_title", &name),
            about: self.messages().fill("feed_description", &name),
            own,
            // The formats are the same feed.
            whole: if own == paths::RSS { paths::ATOM } else { own },
            page: paths::INDEX.to_owned(),
            updated,
            links: Vec::new(),
            is_archive: false,
        }
    }

    pub(super) fn messages(&self) -> &'static Arc<Messages> {
        Messages::of(&self.view.site.lang)
    }

    fn archive_links(&self, number: u64, archives: u64) -> Vec<Link> {
        let mut links = vec![Link { rel: "current", href: format!("{}{}", base(self.view), paths::ATOM) }];
        links.extend((number > 1).then(|| self.link("prev-archive", number - 1)));
        links.extend((number < archives).then(|| self.link("next-archive", number + 1)));
        links
    }

    fn link(&self, rel: &'static str, archive: u64) -> Link {
        Link { rel, href: format!("{}{}", base(self.view), paths::archive_atom(archive)) }
    }
}

#[derive(Serialize)]
struct Atom<'a> {
    lang: &'a str,
    /// The origin is permanent, the page's address is not.
    id: String,
    title: &'a str,
    updated: String,
    name: &'a str,
    home: String,
    own: String,
    page: String,
    links: &'a [Link],
    is_archive: bool,
}

#[derive(Serialize)]
struct Rss<'a> {
    lang: &'a str,
    title: &'a str,
    about: &'a str,
    updated: String,
    own: String,
    page: String,
    items: Vec<&'a Item>,
}

impl Feeds<'_> {
    pub(super) fn atom(&self, head: &Head<'_>, items: &[Arc<Item>]) -> Result<Rendered, RenderError> {
        let (site, base) = (self.view.site, base(self.view));
        let feed = Atom {
            lang: site.lang.as_str(),
            id: format!("https://{}{}", site.origin, head.whole),
            title: &head.title,
            updated: head.updated.to_string(),
            name: site.name.as_str(),
            home: format!("{base}{}", paths::INDEX),
            own: format!("{base}{}", head.own),
            page: format!("{base}{}", head.page),
            links: &head.links,
            is_archive: head.is_archive,
        };
        let mut body = template::render("feed.atom", self.messages(), &feed)?;
        for item in items {
            body.push_str(&item.entry);
            body.push('\n');
        }
        body.push_str("</feed>\n");
        Ok(Rendered { path: head.own.to_owned(), body: body.into_bytes() })
    }

    pub(super) fn rss(&self, head: &Head<'_>, items: &[Arc<Item>]) -> Result<Rendered, RenderError> {
        let base = base(self.view);
        let feed = Rss {
            lang: self.view.site.lang.as_str(),
            title: &head.title,
            about: &head.about,
            updated: head.updated.http_date(),
            own: format!("{base}{}", head.own),
            page: format!("{base}{}", head.page),
            items: items.iter().map(Arc::as_ref).collect(),
        };
        Ok(Rendered {
            path: head.own.to_owned(),
            body: template::render("feed.rss", self.messages(), &feed)?.into_bytes(),
        })
    }
}
