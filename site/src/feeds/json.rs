use outband_record::timeline::Said;
use serde::Serialize;

use super::item::{Item, items};
use crate::messages::Messages;
use crate::pages::base;
use crate::template::RenderError;
use crate::{Rendered, View, paths};

#[derive(Serialize)]
struct Feed<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: String,
    language: &'a str,
    items: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    url: String,
    title: String,
    content_html: String,
    date_published: String,
    authors: Vec<Author>,
    tags: [&'static str; 1],
    language: String,
    attachments: [Attachment; 1],
}

#[derive(Serialize)]
struct Author {
    name: String,
}

#[derive(Serialize)]
struct Attachment {
    url: String,
    mime_type: &'static str,
    title: &'static str,
}

/// `/updates.json`, from updates with the highest index first.
pub fn json(view: &View<'_>, said: &[&Said]) -> Result<Rendered, RenderError> {
    let messages = Messages::of(&view.site.lang);
    let entry = |item| entry(item, messages.text("item_note"));
    let feed = Feed {
        version: "https://jsonfeed.org/version/1.1",
        title: messages.fill("feed_title", &[("name", view.site.name.as_str())]),
        home_page_url: format!("{}/", base(view)),
        feed_url: format!("{}{}", base(view), paths::JSON_FEED),
        language: view.site.lang.as_str(),
        items: items(view, said)?.into_iter().map(entry).collect(),
    };
    // Strings and lists only: writing them cannot fail.
    let mut body = serde_json::to_vec(&feed).unwrap_or_default();
    body.push(b'\n');
    Ok(Rendered { path: paths::JSON_FEED.to_owned(), body })
}

fn entry(item: Item, note: &'static str) -> Entry {
    Entry {
        id: item.id,
        url: item.url,
        title: item.title,
        content_html: item.html,
        date_published: item.said.to_string(),
        authors: item.authors.into_iter().map(|name| Author { name }).collect(),
        tags: [item.category],
        language: item.lang,
        attachments: [Attachment { url: item.note, mime_type: "text/plain", title: note }],
    }
}
