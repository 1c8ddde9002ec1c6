//! A feed as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1.

use std::sync::Arc;

use askama::Template;
use outband_record::text::Lang;
use outband_record::time::Time;
use serde::Serialize;

use super::Feeds;
use super::item::Item;
use crate::pages::base;
use crate::template::{self, RenderError};
use crate::{Rendered, paths};

/// A feed's metadata. Addresses are paths of this site.
pub(super) struct Head<'a> {
    pub(super) title: String,
    /// The feed's description, in one sentence.
    pub(super) about: String,
    /// The language of the feed.
    pub(super) lang: &'a Lang,
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
pub(super) struct Link {
    pub(super) rel: &'static str,
    pub(super) href: String,
}

impl Feeds<'_> {
    pub(super) fn atom(&self, head: &Head<'_>, items: &[Arc<Item>]) -> Result<Rendered, RenderError> {
        let (site, base) = (self.view.site, base(self.view));
        let feed = Atom {
            lang: head.lang.as_str(),
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
        let mut body = template::render(head.own, &feed)?;
        for item in items {
            body.push_str(&item.entry);
            body.push('\n');
        }
        body.push_str("</feed>\n");
        Ok(Rendered::text(head.own, body))
    }

    pub(super) fn rss(&self, head: &Head<'_>, items: &[Arc<Item>]) -> Result<Rendered, RenderError> {
        let base = base(self.view);
        let feed = Rss {
            lang: head.lang.as_str(),
            title: &head.title,
            about: &head.about,
            updated: head.updated.http_date(),
            own: format!("{base}{}", head.own),
            page: format!("{base}{}", head.page),
            items: items.iter().map(Arc::as_ref).collect(),
        };
        Ok(Rendered::text(head.own, template::render(head.own, &feed)?))
    }

    /// `/updates.json`
    pub(super) fn json(&self, items: &[Arc<Item>]) -> Result<Rendered, RenderError> {
        let (site, base) = (self.view.site, base(self.view));
        let feed = Feed {
            version: "https://jsonfeed.org/version/1.1",
            title: self.messages.fill("feed_title", &[("name", site.name.as_str())]),
            home_page_url: format!("{base}{}", paths::INDEX),
            feed_url: format!("{base}{}", paths::JSON_FEED),
            language: site.lang.as_str(),
            items: items.iter().map(|item| entry(item, self.messages.text("item_note"))).collect(),
        };
        Rendered::json(paths::JSON_FEED, serde_json::to_vec(&feed))
    }
}

#[derive(Template)]
#[template(path = "feed.atom")]
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

#[derive(Template)]
#[template(path = "feed.rss")]
struct Rss<'a> {
    lang: &'a str,
    title: &'a str,
    about: &'a str,
    updated: String,
    own: String,
    page: String,
    items: Vec<&'a Item>,
}

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    language: &'a str,
    items: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    content_html: &'a str,
    date_published: &'a str,
    date_modified: &'a str,
    authors: Vec<Author<'a>>,
    tags: [&'a str; 1],
    language: &'a str,
    attachments: Vec<Attachment<'a>>,
}

#[derive(Serialize)]
struct Author<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Attachment<'a> {
    url: &'a str,
    mime_type: &'static str,
    title: &'a str,
}

fn entry<'a>(item: &'a Item, note_title: &'static str) -> Entry<'a> {
    let attachment = |url| Attachment { url, mime_type: "text/plain", title: note_title };
    Entry {
        id: &item.id,
        url: &item.url,
        title: &item.title,
        content_html: &item.html,
        date_published: &item.published,
        date_modified: &item.updated,
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        tags: [item.category],
        language: &item.lang,
        attachments: item.note.as_deref().map(attachment).into_iter().collect(),
    }
}
