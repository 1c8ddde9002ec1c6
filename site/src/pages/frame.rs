//! What every page has around its content: the verdict band on top, and how to be told and how to check below.

use serde::Serialize;

use crate::View;
use crate::words::{Look, Phrase, Span, Voice};
use crate::{Rendered, paths, template, template::RenderError};

/// The frame of one page.
#[derive(Serialize)]
pub(super) struct Frame<'a> {
    site: &'a str,
    site_lang: Option<String>,
    origin: &'a str,
    base: &'a str,
    path: String,
    title: String,
    description: String,
    band: Band,
    contacts: Vec<Phrase>,
    links: Vec<Phrase>,
    mirrors: Vec<Phrase>,
    feeds: [Feed; 3],
}

/// The band across the top: a look, a word, and the sentence that is the page's heading.
#[derive(Clone, Serialize)]
pub(super) struct Band {
    look: Drawn,
    /// The verdict in a word; empty where the sentence says it all.
    word: &'static str,
    headline: Phrase,
    lines: Vec<Phrase>,
}

#[derive(Clone, Copy, Serialize)]
struct Drawn {
    class: &'static str,
    solid: &'static str,
    mark: &'static str,
    /// The silhouette in the browser's tab, which every page has.
    icon: &'static str,
    /// Its colour, six hexadecimal digits, since an icon knows no style sheet.
    icon_colour: &'static str,
}

#[derive(Serialize)]
struct Feed {
    path: &'static str,
    media_type: &'static str,
    name: &'static str,
}

impl Band {
    pub(super) fn new(look: Look, word: &'static str, headline: Phrase, lines: Vec<Phrase>) -> Self {
        let look = Drawn {
            class: look.class(),
            solid: look.solid(),
            mark: look.mark(),
            icon: look.icon(),
            icon_colour: look.icon_colour(),
        };
        Self { look, word, headline, lines }
    }

    /// The heading as one sentence: `Outage: Mail is down`.
    pub(super) fn sentence(&self) -> String {
        if self.word.is_empty() {
            self.headline.to_string()
        } else {
            format!("{}: {}", self.word, self.headline)
        }
    }

    /// The verdict in plain words: what a search engine or a chat shows beneath the title.
    pub(super) fn description(&self) -> String {
        let lines = self.lines.iter().map(ToString::to_string);
        let sentences: Vec<_> = std::iter::once(self.sentence()).chain(lines).collect();
        sentences.iter().map(|sentence| closed(sentence)).collect::<Vec<_>>().join(" ")
    }
}

fn closed(sentence: &str) -> String {
    let is_closed = sentence.ends_with(['.', '!', '?']);
    if is_closed { sentence.to_owned() } else { format!("{sentence}.") }
}

impl<'a> Frame<'a> {
    pub(super) fn new(view: &View<'a>, path: impl Into<String>, band: Band) -> Self {
        let site = view.site;
        let voice = Voice::page(site);
        let named = |name: &str, url: &str| Phrase::default().link(name, url);
        Self {
            site: site.name.as_str(),
            site_lang: voice.foreign(None),
            origin: site.origin.as_str(),
            base: base(view),
            path: path.into(),
            title: format!("{} · {}", band.sentence().trim_end_matches('.'), site.name),
            description: band.description(),
            band,
            contacts: site.contact.iter().map(|contact| voice.contact(contact).into()).collect(),
            links: site.link.iter().map(|link| named(link.name.as_str(), link.url.as_str())).collect(),
            mirrors: site.mirror.iter().map(|url| named(url.host(), url.as_str())).collect(),
            feeds: [(paths::ATOM, "Atom"), (paths::RSS, "RSS"), (paths::JSON_FEED, "JSON Feed")].map(feed),
        }
    }
}

fn feed((path, name): (&'static str, &'static str)) -> Feed {
    let media_type = paths::media_type(path).split(';').next().unwrap_or_default();
    Feed { path, media_type, name }
}

/// What paths are appended to for an absolute link.
pub(crate) fn base<'a>(view: &View<'a>) -> &'a str {
    view.site.url.as_str().trim_end_matches('/')
}

/// A page by its template.
pub(super) fn page(
    template: &'static str,
    path: &str,
    model: &impl Serialize,
) -> Result<Rendered, RenderError> {
    let body = template::render(template, model)?.into_bytes();
    Ok(Rendered { path: path.to_owned(), body })
}

/// Words that nobody but this program says.
pub(super) fn own(words: &str) -> Phrase {
    Phrase::plain(words)
}

/// The line beneath a headline: the stage, and the last change.
pub(super) fn stage(words: &str, as_of: Span) -> Phrase {
    Phrase::plain(format!("{words} · as of ")).span(as_of)
}
