use jiff::tz::TimeZone;
use outband_record::sort::sort_by_key;
use outband_record::text::{ComponentPath, Contact, Lang, Site, Url};
use outband_record::time::{Date, Time};

use super::phrase::{Fragment, Phrase};
use super::times::{self, Year};
use crate::messages::Messages;

/// What differs between the places where the same thing is said.
#[derive(Clone, Copy)]
pub(crate) struct Locale<'a> {
    site: &'a Site,
    messages: &'static Messages,
    zone: &'a TimeZone,
    names: bool,
    /// Where all of a long list stands, if not here.
    rest: Option<&'a str>,
}

/// Of a list that is said in part: so many lines, so that 120 symptoms do not outgrow the first round trip.
const MOST_LINES: usize = 8;

/// Of components in one line that is said in part.
const MOST_COMPONENTS: usize = 10;

static UTC: TimeZone = TimeZone::UTC;

impl<'a> Locale<'a> {
    /// On a page: the zone and the names of the site as it is now.
    pub(crate) fn page(site: &'a Site) -> Self {
        Self {
            site,
            messages: Messages::of(&site.lang),
            zone: site.zone.time_zone(),
            names: true,
            rest: None,
        }
    }

    /// In a feed, whose published items must never change: UTC, and components by their paths, since zones and
    /// names are said anew.
    pub(crate) fn feed(site: &'a Site) -> Self {
        Self { site, messages: Messages::of(&site.lang), zone: &UTC, names: false, rest: None }
    }

    /// The same where long lists are said in part: all of it stands at `rest`.
    pub(crate) fn in_short<'b>(self, rest: &'b str) -> Locale<'b>
    where
        'a: 'b,
    {
        Locale { rest: Some(rest), ..self }
    }

    /// What this program says itself, in the site's language.
    pub(crate) fn messages(&self) -> &'static Messages {
        self.messages
    }

    /// A message as it stands, without markup.
    pub(crate) fn text(&self, key: &'static str) -> &'static str {
        self.messages.text(key)
    }

    /// A message without parts.
    pub(crate) fn phrase(&self, key: &'static str) -> Phrase {
        Phrase::fill::<Phrase, 0>(self.messages, key, [])
    }

    /// A message, its names replaced by `parts`.
    pub(crate) fn fill<P: Into<Phrase>, const N: usize>(
        &self,
        key: &'static str,
        parts: [(&str, P); N],
    ) -> Phrase {
        Phrase::fill(self.messages, key, parts)
    }

    /// One after the other; nothing where there is nothing.
    pub(crate) fn list(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        let pair = |first, next| self.fill("list_pair", [("first", first), ("next", next)]);
        phrases.into_iter().reduce(pair).unwrap_or_default()
    }

    /// Statements of several words each, one after the other.
    pub(crate) fn clauses(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        let pair = |first, next| self.fill("list_clauses", [("first", first), ("next", next)]);
        phrases.into_iter().reduce(pair).unwrap_or_default()
    }

    /// Short statements side by side.
    pub(crate) fn points(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        let pair = |first, next| self.fill("list_points", [("first", first), ("next", next)]);
        phrases.into_iter().reduce(pair).unwrap_or_default()
    }

    /// Lines of one kind: all, or the first and how many more there are.
    pub(crate) fn lines(&self, lines: Vec<Phrase>) -> Vec<Phrase> {
        self.first_of(MOST_LINES, lines)
    }

    /// Components, one after the other: all, or the first and how many more there are.
    pub(crate) fn components<'c>(&self, paths: impl IntoIterator<Item = &'c ComponentPath>) -> Phrase {
        let mut paths: Vec<_> = paths.into_iter().collect();
        sort_by_key(&mut paths, |path| self.place(path));
        let names = paths.into_iter().map(|path| self.component(path).into()).collect();
        self.list(self.first_of(MOST_COMPONENTS, names))
    }

    fn first_of(&self, most: usize, mut phrases: Vec<Phrase>) -> Vec<Phrase> {
        let more = phrases.len().saturating_sub(most);
        if let Some(rest) = self.rest.filter(|_| more > 0) {
            phrases.truncate(most);
            let words = self.messages.fill("list_rest", &[("n", &more.to_string())]);
            phrases.push(Phrase::default().link(words, rest));
        }
        phrases
    }

    /// A moment with weekday and day; its year stands elsewhere in the same place.
    pub(crate) fn near(&self, time: Time) -> Fragment {
        span(time, times::times(self.messages, time, self.zone, Year::Known))
    }

    /// A moment with its year.
    pub(crate) fn full(&self, time: Time) -> Fragment {
        span(time, times::times(self.messages, time, self.zone, Year::Shown))
    }

    /// A moment close to another: the hours alone where the day is the same.
    pub(crate) fn beside(&self, time: Time, other: Time) -> Fragment {
        let same_day = times::same_day(time, other, self.zone);
        if same_day { span(time, times::clock(self.messages, time, self.zone)) } else { self.near(time) }
    }

    /// A day.
    pub(crate) fn day(&self, date: Date) -> Fragment {
        Fragment::Time { text: times::day(self.messages, date), datetime: date.to_string() }
    }

    /// A moment to the second, as the signed text has it.
    pub(crate) fn exact(&self, time: Time) -> Fragment {
        span(time, self.messages.isolated(&time.to_string()))
    }

    /// `11 h 30 min`
    pub(crate) fn duration(&self, from: Time, to: Time) -> Phrase {
        Phrase::plain(times::duration(self.messages, from, to))
    }

    /// A name of machines: a key, an id, a hash.
    pub(crate) fn name(&self, name: impl ToString) -> Phrase {
        Phrase::plain(self.messages.isolated(&name.to_string()))
    }

    /// An operator's words in the language of the update they stand in.
    pub(crate) fn quoted(&self, words: &str, lang: Option<&Lang>) -> Fragment {
        Fragment::LoggedUpdate { text: words.to_owned(), lang: self.foreign(lang) }
    }

    /// The language of an update, where it is not that of the page's own words.
    pub(crate) fn foreign(&self, lang: Option<&Lang>) -> Option<String> {
        let lang = lang.unwrap_or(&self.site.lang);
        (!self.messages.speaks(lang)).then(|| lang.to_string())
    }

    /// A component as readers know it, with what it is part of.
    fn component(&self, path: &ComponentPath) -> Fragment {
        let mut names = vec![self.one_component(path).to_owned()];
        // A component that the site no longer has is known by its path, which names what it was part of.
        let has_name = self.names && self.site.component(path).is_some();
        let mut above = path.parent().filter(|_| has_name);
        while let Some(parent) = above {
            names.push(self.one_component(&parent).to_owned());
            above = parent.parent();
        }
        names.reverse();
        Fragment::LoggedUpdate { text: names.join(" / "), lang: self.foreign(None).filter(|_| self.names) }
    }

    /// Where a component stands in a list: on a page as in the site note, in a feed as it was said.
    fn place(&self, path: &ComponentPath) -> Option<usize> {
        let places = &self.site.component;
        places.iter().position(|component| component.path == *path).filter(|_| self.names)
    }

    fn one_component<'s>(&'s self, path: &'s ComponentPath) -> &'s str {
        if self.names { self.site.component_name(path) } else { path.as_str() }
    }

    /// A way to reach people, as a link that shows what to dial or where to write.
    pub(crate) fn contact(&self, contact: &Contact) -> Fragment {
        let href = contact.as_str();
        let shown = href.strip_prefix("tel:").or_else(|| href.strip_prefix("mailto:")).unwrap_or(href);
        Fragment::link(shown, href)
    }

    /// A link that shows its whole address.
    pub(crate) fn url(&self, url: &Url) -> Fragment {
        Fragment::link(url.as_str(), url.as_str())
    }
}

fn span(time: Time, text: String) -> Fragment {
    Fragment::Time { text, datetime: time.to_string() }
}
