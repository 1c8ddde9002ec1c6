//! Files for other people's pages: an iframe, an unbranded iframe for resellers, a badge, and the document the banner
//! script reads.
//!
//! All but a component's badge show the index's verdict in the same words, and the time of the last update, since a copy may be old.
//! None claims that everything works: without known incidents, they state only that there are none.

use askama::Template;
use outband_record::text::{ComponentPath, Site};
use outband_record::timeline::{IncidentState, Outlook};
use serde_json::json;

use crate::messages::Messages;
use crate::pages::{Band, leading, others, url, verdict};
use crate::template::{self, RenderError};
use crate::words::{Fact, Locale, Phrase, answers};
use crate::{Rendered, View, data, paths};

/// All embeds that depend on the current status.
pub fn files(view: &View<'_>, outlook: &Outlook<'_>) -> Result<Vec<Rendered>, RenderError> {
    let banner = Banner::of(view, outlook);
    let badge = badge(view, &banner.band)?;
    Ok(vec![banner.page()?, banner.plain_page()?, badge, banner.json()?])
}

/// The verdict, prepared for other people's pages.
struct Banner<'a> {
    view: &'a View<'a>,
    words: &'static Messages,
    band: Band,
    /// The incident the verdict is about.
    state: Option<&'a IncidentState<'a>>,
    affects: Option<Fact>,
    next: Option<Fact>,
    /// How many other open incidents count.
    others: usize,
}

#[derive(Template)]
#[template(path = "embed.html")]
struct Frame<'b> {
    t: &'static Messages,
    style: &'static str,
    title: &'b str,
    band: &'b Band,
    word: &'static str,
    headline: Option<&'b Phrase>,
    next: Option<&'b Fact>,
    others: Option<String>,
    link: Option<String>,
}

impl<'a> Banner<'a> {
    fn of(view: &'a View<'a>, outlook: &'a Outlook<'a>) -> Self {
        let state = leading(outlook);
        let locale = Locale::page(view.site);
        let facts = state.map(|state| answers(&locale, state, view.now, &view.site.contact).first);
        let fact = |line| facts.iter().flatten().find(|fact: &&Fact| fact.line == line).cloned();
        Self {
            view,
            words: Messages::of(&view.site.lang),
            band: verdict(view, outlook),
            state,
            affects: fact("affects"),
            next: fact("next-update"),
            others: others(outlook),
        }
    }

    /// The URL of the full details.
    fn url(&self) -> String {
        let path = self.state.map(|state| paths::incident(state.slug, state.drill));
        url(self.view, path.as_deref().unwrap_or(paths::INDEX))
    }

    fn page(&self) -> Result<Rendered, RenderError> {
        let verdict = (self.band.word, Some(&self.band.headline));
        self.render(paths::EMBED, self.view.site.name.as_str(), verdict, Some(self.url()))
    }

    /// No name and no link, since either would reveal the provider. If the headline reveals it, the worst affected
    /// components replace it; if they do too, only the verdict's word remains.
    fn plain_page(&self) -> Result<Rendered, RenderError> {
        let brand = Brand::of(self.view.site);
        let affected = self.affects.iter().flat_map(|fact| &fact.words).take(1).map(|worst| ("", worst));
        let mut candidates = std::iter::once((self.band.word, &self.band.headline)).chain(affected);
        let unbranded = candidates.find(|(_, phrase)| !brand.is_in(&phrase.to_string()));
        let verdict = unbranded.map_or((self.band.word, None), |(word, phrase)| (word, Some(phrase)));
        self.render(paths::EMBED_PLAIN, self.words.text("embed_title"), verdict, None)
    }

    fn render(
        &self,
        path: &str,
        title: &str,
        (word, headline): (&'static str, Option<&Phrase>),
        link: Option<String>,
    ) -> Result<Rendered, RenderError> {
        let others = self.others.to_string();
        let others = (self.others > 0).then(|| self.words.fill("embed_others", &[("n", &others)]));
        let (t, style, next) = (self.words, template::EMBED_STYLE, self.next.as_ref());
        let frame = Frame { t, style, title, band: &self.band, word, headline, next, others, link };
        Ok(Rendered::text(path, template::render(path, &frame)?))
    }

    /// `/banner.json`, as specified in SPEC.md.
    fn json(&self) -> Result<Rendered, RenderError> {
        let state = self.state;
        let lang = state.and_then(|state| state.title.by.update.lang.as_ref());
        let lang = lang.or(state.map(|_| &self.view.site.lang));
        let as_of = state.map(|state| state.newest.effective_time()).or(self.view.last_update);
        let next = state.and_then(|state| state.next_update);
        let document = json!({
            "state": self.band.appearance.class,
            "word": self.band.word,
            "headline": self.band.headline.to_string(),
            "lang": lang.map_or(self.words.text("lang"), |lang| lang.as_str()),
            "url": self.url(),
            "as-of": as_of.map(|as_of| as_of.to_string()),
            "next-update": next.map(|next| next.to_string()),
            "others": self.others,
            "overdue": state.is_some_and(|state| state.is_overdue(self.view.now)),
        });
        data::print(paths::BANNER_JSON, document)
    }
}

/// Two boxes side by side: a label, and the verdict in a word.
#[derive(Template)]
#[template(path = "badge.svg")]
struct Badge<'b> {
    t: &'static Messages,
    title: String,
    description: String,
    label: &'b str,
    value: &'b str,
    /// Where each text starts and how wide it is rendered; `textLength` forces the width, since the reader's fonts
    /// are unknown.
    label_width: usize,
    value_at: usize,
    value_width: usize,
    split: usize,
    width: usize,
    colour: &'b str,
    ink: &'static str,
}

/// An image cannot show how old it is, so "no known incidents" is not green here.
const NEUTRAL: &str = "57606a";

/// Space on either side of each text.
const MARGIN: usize = 7;

/// `/badge.svg`. Its text has the same meaning as its colour.
fn badge(view: &View<'_>, band: &Band) -> Result<Rendered, RenderError> {
    let headline = band.headline.to_string();
    let value = if band.word.is_empty() { headline.trim_end_matches('.') } else { band.word };
    let label = Messages::of(&view.site.lang).text("embed_badge");
    badge_of(view, paths::BADGE, (label, value), band)
}

/// The badge of a component, which it names. Its path is that of a component's badge.
pub(crate) fn component_badge(
    view: &View<'_>,
    path: &ComponentPath,
    band: &Band,
) -> Result<Rendered, RenderError> {
    let value = if band.word.is_empty() { "–" } else { band.word };
    badge_of(view, &paths::component_badge(path), (view.site.component_name(path), value), band)
}

fn badge_of(
    view: &View<'_>,
    path: &str,
    (label, value): (&str, &str),
    band: &Band,
) -> Result<Rendered, RenderError> {
    let words = Messages::of(&view.site.lang);
    let (label_width, value_width) = (width(label), width(value));
    let split = label_width + 2 * MARGIN;
    let badge = Badge {
        t: words,
        title: format!("{}: {}", view.site.name, band.sentence),
        description: band.description(),
        label,
        value,
        label_width,
        value_at: split + MARGIN,
        value_width,
        split,
        width: split + value_width + 2 * MARGIN,
        colour: if band.appearance.class == "calm" { NEUTRAL } else { band.appearance.icon_colour },
        // White text on the yellow of "degraded" would be unreadable.
        ink: if band.appearance.class == "degraded" { "000" } else { "fff" },
    };
    Ok(Rendered::text(path, template::render(path, &badge)?))
}

/// Rough width in pixels of text 11 pixels high; `textLength` stretches the text to exactly this width.
fn width(words: &str) -> usize {
    words.chars().map(|c| if c < '\u{1100}' { 7 } else { 12 }).sum()
}

/// The names a provider is known by. Resellers show its status to customers who do not know the provider.
pub(crate) struct Brand(Vec<String>);

impl Brand {
    /// The site's name, and the domains of its origin and of its URL.
    pub(crate) fn of(site: &Site) -> Self {
        let hosts = [site.origin.as_str(), site.url.host()];
        let mut known = vec![site.name.as_str().to_lowercase()];
        known.extend(hosts.iter().map(|host| domain(host).to_lowercase()));
        Self(known)
    }

    /// Whether `text` reveals the provider.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.0.iter().any(|known| text.contains(known))
    }
}

/// The last two labels: everything below them belongs to the same owner.
fn domain(host: &str) -> &str {
    let dot = host.rmatch_indices('.').nth(1);
    dot.and_then(|(at, _)| host.get(at + 1..)).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::domain;

    #[test]
    fn a_domain_is_the_last_two_labels() {
        for (host, end) in [
            ("status.mail.example", "mail.example"),
            ("a.b.mail.example", "mail.example"),
            ("mail.example", "mail.example"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(domain(host), end);
        }
    }
}
