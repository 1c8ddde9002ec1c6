use jiff::tz::TimeZone;
use outband_record::text::{ComponentPath, Contact, Lang, Site, Url};
use outband_record::time::{Date, Time};

use super::moment::{self, Year};
use super::phrase::Span;

/// What differs between the places where the same thing is said.
#[derive(Clone, Copy)]
pub(crate) struct Voice<'a> {
    site: &'a Site,
    zone: &'a TimeZone,
    names: bool,
}

static UTC: TimeZone = TimeZone::UTC;

impl<'a> Voice<'a> {
    /// On a page: the zone and the names of the site as it is now.
    pub(crate) fn page(site: &'a Site) -> Self {
        Self { site, zone: site.zone.time_zone(), names: true }
    }

    /// In a feed, whose published items must never change: UTC, and components by their paths, since zones and
    /// names are said anew.
    pub(crate) fn feed(site: &'a Site) -> Self {
        Self { site, zone: &UTC, names: false }
    }

    /// A moment with weekday and day; its year stands elsewhere in the same place.
    pub(crate) fn near(&self, time: Time) -> Span {
        span(time, moment::moment(time, self.zone, Year::Known))
    }

    /// A moment with its year.
    pub(crate) fn full(&self, time: Time) -> Span {
        span(time, moment::moment(time, self.zone, Year::Shown))
    }

    /// A moment close to another: the hours alone where the day is the same.
    pub(crate) fn beside(&self, time: Time, other: Time) -> Span {
        let same_day = moment::same_day(time, other, self.zone);
        if same_day { span(time, moment::clock(time, self.zone)) } else { self.near(time) }
    }

    /// A day.
    pub(crate) fn day(&self, date: Date) -> Span {
        Span::Time { text: moment::day(date), datetime: date.to_string() }
    }

    /// An operator's words in the language of the update they stand in.
    pub(crate) fn said(&self, words: &str, lang: Option<&Lang>) -> Span {
        Span::Said { text: words.to_owned(), lang: self.foreign(lang) }
    }

    /// The language of an update, where it is not that of the page's own words.
    pub(crate) fn foreign(&self, lang: Option<&Lang>) -> Option<String> {
        let lang = lang.unwrap_or(&self.site.lang).as_str();
        let is_english = lang == PAGE_LANG || lang.starts_with("en-");
        (!is_english).then(|| lang.to_owned())
    }

    /// A component as readers know it, with what it is part of.
    pub(crate) fn component(&self, path: &ComponentPath) -> Span {
        let mut names = vec![self.one_component(path).to_owned()];
        // A component that the site no longer has is known by its path, which names what it was part of.
        let has_name = self.names && self.site.component(path).is_some();
        let mut above = path.parent().filter(|_| has_name);
        while let Some(parent) = above {
            names.push(self.one_component(&parent).to_owned());
            above = parent.parent();
        }
        names.reverse();
        Span::Said { text: names.join(" / "), lang: self.foreign(None).filter(|_| self.names) }
    }

    /// Where a component stands in a list: on a page as in the site note, in a feed as it was said.
    pub(crate) fn place(&self, path: &ComponentPath) -> Option<usize> {
        let places = &self.site.component;
        places.iter().position(|component| component.path == *path).filter(|_| self.names)
    }

    fn one_component<'s>(&'s self, path: &'s ComponentPath) -> &'s str {
        if self.names { self.site.component_name(path) } else { path.as_str() }
    }

    /// A way to reach people, as a link that shows what to dial or where to write.
    pub(crate) fn contact(&self, contact: &Contact) -> Span {
        let href = contact.as_str();
        let shown = href.strip_prefix("tel:").or_else(|| href.strip_prefix("mailto:")).unwrap_or(href);
        link(shown, href)
    }

    /// A link that shows its whole address.
    pub(crate) fn url(&self, url: &Url) -> Span {
        link(url.as_str(), url.as_str())
    }
}

/// The language of the page's own words.
const PAGE_LANG: &str = "en";

fn span(time: Time, text: String) -> Span {
    Span::Time { text, datetime: time.to_string() }
}

fn link(text: &str, href: &str) -> Span {
    Span::Link { text: text.to_owned(), href: href.to_owned(), outside: href.starts_with("https://") }
}
