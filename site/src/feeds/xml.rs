use outband_record::time::Time;
use outband_record::timeline::Said;
use serde::Serialize;

use super::item::{Item, items, updated};
use crate::messages::Messages;
use crate::pages::base;
use crate::template::{self, RenderError};
use crate::{Rendered, View, paths};

/// `/updates.atom`, from updates with the highest index first.
pub fn atom(view: &View<'_>, said: &[&Said]) -> Result<Rendered, RenderError> {
    feed(view, said, "updates.atom", paths::ATOM, &|time| time.to_string())
}

/// `/updates.rss`, from updates with the highest index first.
pub fn rss(view: &View<'_>, said: &[&Said]) -> Result<Rendered, RenderError> {
    feed(view, said, "updates.rss", paths::RSS, &rfc822)
}

#[derive(Serialize)]
struct Feed<'a> {
    /// The origin is for ever, the address of the page is not.
    id: String,
    name: &'a str,
    title: String,
    description: String,
    lang: &'a str,
    home: String,
    own: String,
    updated: String,
    items: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    title: String,
    url: String,
    note: String,
    said: String,
    authors: Vec<String>,
    category: &'static str,
    lang: String,
    html: String,
}

fn feed(
    view: &View<'_>,
    said: &[&Said],
    template: &'static str,
    path: &str,
    written: &dyn Fn(Time) -> String,
) -> Result<Rendered, RenderError> {
    let entry = |item: Item| Entry {
        id: item.id,
        title: item.title,
        url: item.url,
        note: item.note,
        said: written(item.said),
        authors: item.authors,
        category: item.category,
        lang: item.lang,
        html: item.html,
    };
    let (messages, name) = (Messages::of(&view.site.lang), view.site.name.as_str());
    let feed = Feed {
        id: format!("https://{}{}", view.site.origin, paths::ATOM),
        name,
        title: messages.fill("feed_title", &[("name", name)]),
        description: messages.fill("feed_description", &[("name", name)]),
        lang: view.site.lang.as_str(),
        home: format!("{}/", base(view)),
        own: format!("{}{path}", base(view)),
        updated: written(updated(view, said)),
        items: items(view, said)?.into_iter().map(entry).collect(),
    };
    Ok(Rendered { path: path.to_owned(), body: template::render(template, messages, &feed)?.into_bytes() })
}

/// `Tue, 03 Sep 2013 11:40:00 GMT`: RFC 822 with a year of four digits, as RSS 2.0 asks; English in every language.
fn rfc822(time: Time) -> String {
    time.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_rss() {
        let time = Time::parse("2013-09-03T11:40:00Z").expect("a time");
        assert_eq!(rfc822(time), "Tue, 03 Sep 2013 11:40:00 GMT");
    }
}
