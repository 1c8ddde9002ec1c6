use jiff::tz::TimeZone;
use outband_record::sort::sort_by_key;
use outband_record::text::{ComponentPath, Contact, Lang, Site, Url};
use outband_record::time::{Date, Time};
use outband_record::timeline::Names;

use super::phrase::{Fragment, Phrase};
use super::times::{self, Year};
use crate::messages::Messages;

/// How a page, a feed or a text shows statements: the language, the time zone, and how long lists may be.
#[derive(Clone, Copy)]
pub(crate) struct Locale<'a> {
    site: &'a Site,
    messages: &'static Messages,
    zone: &'a TimeZone,
    /// The names in force when something was said; `None` for the current ones.
    names: Option<&'a Names>,
    /// The page with the full list, if this one truncates it.
    rest: Option<&'a str>,
}

/// Maximum number of lines in a truncated list, so that 120 symptoms still fit the first round trip.
const MOST_LINES: usize = 8;

/// Maximum number of components in a truncated line.
const MOST_COMPONENTS: usize = 10;

static UTC: TimeZone = TimeZone::UTC;

impl<'a> Locale<'a> {
    /// For pages: the site's current time zone and names.
    pub(crate) fn page(site: &'a Site) -> Self {
        Self {
            site,
            messages: Messages::of(&site.lang),
            zone: site.zone.time_zone(),
            names: None,
            rest: None,
        }
    }

    /// For feeds, whose items change only if what they say no longer applies: UTC, since the zone may change, and the
    /// names of that time.
    pub(crate) fn feed(site: &'a Site, messages: &'static Messages, names: &'a Names) -> Self {
        Self { site, messages, zone: &UTC, names: Some(names), rest: None }
    }

    /// The same with long lists truncated: the full list is at `rest`.
    pub(crate) fn in_short<'b>(self, rest: &'b str) -> Locale<'b>
    where
        'a: 'b,
    {
        Locale { rest: Some(rest), ..self }
    }

    /// The program's own texts, in the site's language.
    pub(crate) fn messages(&self) -> &'static Messages {
        self.messages
    }

    /// A message as is, without markup.
    pub(crate) fn text(&self, key: &'static str) -> &'static str {
        self.messages.text(key)
    }

    /// A message without placeholders.
    pub(crate) fn phrase(&self, key: &'static str) -> Phrase {
        Phrase::fill::<Phrase, 0>(self.messages, key, [])
    }

    /// A message with its placeholders filled in.
    pub(crate) fn fill<P: Into<Phrase>, const N: usize>(
        &self,
        key: &'static str,
        parts: [(&str, P); N],
    ) -> Phrase {
        Phrase::fill(self.messages, key, parts)
    }

    /// Joins phrases with commas; empty if there are none.
    pub(crate) fn list(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        self.joined("list_pair", phrases)
    }

    /// Joins clauses of several words each with semicolons.
    pub(crate) fn clauses(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        self.joined("list_clauses", phrases)
    }

    /// Joins short statements with dots.
    pub(crate) fn points(&self, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        self.joined("list_points", phrases)
    }

    fn joined(&self, pair: &'static str, phrases: impl IntoIterator<Item = Phrase>) -> Phrase {
        let pair = |first, next| self.fill(pair, [("first", first), ("next", next)]);
        phrases.into_iter().reduce(pair).unwrap_or_default()
    }

    /// `Outage: Mail`
    pub(crate) fn labelled(&self, label: Phrase, said: Phrase) -> Phrase {
        self.fill("labelled", [("label", label), ("said", said)])
    }

    /// Lines of one kind: all, or the first few and how many more there are.
    pub(crate) fn lines(&self, lines: Vec<Phrase>) -> Vec<Phrase> {
        self.first_of(MOST_LINES, lines)
    }

    /// Components in one line: all, or the first few and how many more there are.
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

    /// A time with weekday and day; its year is shown nearby.
    pub(crate) fn near(&self, time: Time) -> Fragment {
        self.moment(time, Year::Known)
    }

    /// As people read it aloud on the phone.
    pub(crate) fn aloud(&self, time: Time) -> String {
        times::aloud(self.messages, time, self.zone)
    }

    /// A time with its year.
    pub(crate) fn full(&self, time: Time) -> Fragment {
        self.moment(time, Year::Shown)
    }

    /// As pages about the present show it: without the year, which plain text has, since it is read alone.
    pub(crate) fn present(&self, time: Time) -> Fragment {
        let plain = times::times(self.messages, time, self.zone, Year::Shown);
        match self.near(time) {
            Fragment::Time { text, utc, datetime, .. } => Fragment::Time { text, plain, utc, datetime },
            other => other,
        }
    }

    fn moment(&self, time: Time, year: Year) -> Fragment {
        Fragment::Time {
            text: times::short(self.messages, time, self.zone, year),
            plain: times::times(self.messages, time, self.zone, year),
            utc: times::utc(self.messages, time, self.zone),
            datetime: time.to_string(),
        }
    }

    /// A time as pages show it, with its year, without markup.
    pub(crate) fn short(&self, time: Time) -> String {
        times::short(self.messages, time, self.zone, Year::Shown)
    }

    /// A time next to another: only the clock time if the day is the same.
    pub(crate) fn beside(&self, time: Time, other: Time) -> Fragment {
        let same_day = times::same_day(time, other, self.zone);
        if !same_day {
            return self.near(time);
        }
        let clock = times::clock(self.messages, time, self.zone);
        Fragment::Time {
            plain: clock.clone(),
            text: clock,
            utc: times::utc(self.messages, time, self.zone),
            datetime: time.to_string(),
        }
    }

    /// A date.
    pub(crate) fn day(&self, date: Date) -> Fragment {
        span(times::day(self.messages, date), date)
    }

    /// A time to the second, as in the signed text.
    pub(crate) fn exact(&self, time: Time) -> Fragment {
        span(self.messages.isolated(&time.to_string()), time)
    }

    /// `11 h 30 min`
    pub(crate) fn duration(&self, from: Time, to: Time) -> Phrase {
        Phrase::plain(times::duration(self.messages, from, to))
    }

    /// A technical name: a key, an id, a hash.
    pub(crate) fn name(&self, name: impl ToString) -> Phrase {
        Phrase::plain(self.messages.isolated(&name.to_string()))
    }

    /// An operator's text in the language of the update.
    pub(crate) fn quoted(&self, words: &str, lang: Option<&Lang>) -> Fragment {
        Fragment::Quoted { text: words.to_owned(), lang: self.foreign(lang) }
    }

    /// The language of an update, if it is not the page's own.
    pub(crate) fn foreign(&self, lang: Option<&Lang>) -> Option<String> {
        let lang = lang.unwrap_or(&self.site.lang);
        (!self.messages.speaks(lang)).then(|| lang.to_string())
    }

    /// A component by its readable name, with its ancestors; by its path if it has no name.
    fn component(&self, path: &ComponentPath) -> Fragment {
        let name = match self.names {
            None => self.site.full_name(path),
            Some(names) => names.component(path).map(str::to_owned),
        };
        let lang = self.foreign(None);
        Fragment::Quoted { text: name.unwrap_or_else(|| path.to_string()), lang }
    }

    /// A component's position in a list: on a page as in the site note, in a feed as stated.
    fn place(&self, path: &ComponentPath) -> Option<usize> {
        let places = &self.site.component;
        places.iter().position(|component| component.path == *path).filter(|_| self.names.is_none())
    }

    /// Text of another direction inside a line of plain text, in invisible isolation marks (U+2068, U+2069).
    pub(crate) fn apart(&self, words: &str, lang: Option<&Lang>) -> String {
        match self.foreign(lang) {
            Some(_) => format!("\u{2068}{words}\u{2069}"),
            None => words.to_owned(),
        }
    }

    /// A contact, as a link that shows the number or address.
    pub(crate) fn contact(&self, contact: &Contact) -> Fragment {
        let href = contact.as_str();
        let shown = href.strip_prefix("tel:").or_else(|| href.strip_prefix("mailto:")).unwrap_or(href);
        Fragment::link(shown, href)
    }

    /// A link that shows its full address.
    pub(crate) fn url(&self, url: &Url) -> Fragment {
        Fragment::link(url.as_str(), url.as_str())
    }
}

/// The same on a page and in plain text.
fn span(text: String, at: impl ToString) -> Fragment {
    Fragment::Time { plain: text.clone(), text, utc: None, datetime: at.to_string() }
}
