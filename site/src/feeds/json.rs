use std::sync::Arc;

use serde::Serialize;

use super::Feeds;
use super::item::Item;
use crate::pages::base;
use crate::{Rendered, paths};

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

impl Feeds<'_> {
    /// `/updates.json`
    pub(super) fn json(&self, items: &[Arc<Item>]) -> Rendered {
        let (site, base) = (self.view.site, base(self.view));
        let feed = Feed {
            version: "https://jsonfeed.org/version/1.1",
            title: self.messages().fill("feed_title", &[("name", site.name.as_str())]),
            home_page_url: format!("{base}{}", paths::INDEX),
            feed_url: format!("{base}{}", paths::JSON_FEED),
            language: site.lang.as_str(),
            items: items.iter().map(|item| entry(item, self.messages().text("item_note"))).collect(),
        };
        // Strings and lists only: writing them cannot fail.
        let mut body = serde_json::to_vec(&feed).unwrap_or_default();
        body.push(b'\n');
        Rendered { path: paths::JSON_FEED.to_owned(), body }
    }
}

fn entry<'a>(item: &'a Item, note_title: &'static str) -> Entry<'a> {
    let attachment = |url| Attachment { url, mime_type: "text/plain", title: note_title };
    Entry {
        id: &item.id,
        url: &item.url,
        title: &item.title,
        content_html: &item.html,
        date_published: &item.published,
        authors: item.authors.iter().map(|name| Author { name }).collect(),
        tags: [item.category],
        language: &item.lang,
        attachments: item.note.as_deref().map(attachment).into_iter().collect(),
    }
}
