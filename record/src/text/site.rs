//! `outband site v1`: what the page is about.

use std::fmt::{self, Display};

use jiff::tz::TimeZone;

use super::fields::{At, Fields, Printer, TextError};
use super::values::{ComponentPath, Contact, Host, Id, Lang, Origin, SingleLine, Url, Value};
use super::words::Impact;
use crate::time::Time;

pub(super) const TYPE: &str = "outband site v1";

const NAMES: &[&str] = &[
    "origin",
    "id",
    "time",
    "name",
    "url",
    "lang",
    "zone",
    "contact",
    "link",
    "mirror",
    "cadence",
    "component",
    "hint",
    "front",
];

/// More components than this nobody reads in an outage, and every page would carry them.
const MAX_COMPONENTS: usize = 200;

/// Minutes to the next update where the site's cadence says nothing.
const DEFAULT_CADENCE_MINUTES: u64 = 30;

/// The longest promise: an incident of which nobody speaks for a week is not one.
const MAX_CADENCE_MINUTES: u64 = 7 * 24 * 60;

/// The site note. The newest one in the log is in force.
///
/// ```text
/// outband site v1
/// origin: status.example.net
/// id: 0f1ed002ab5595859014ebf0951522d9
/// time: 2013-01-01T00:00:00Z
/// name: Example Mail
/// url: https://status.example.net
/// lang: en
/// zone: EST5EDT,M3.2.0,M11.1.0
/// contact: tel:+1-555-0100
/// link: https://www.example.com Main site
/// cadence: critical 30
/// component: exchange Exchange mail
/// component: exchange/us-east US East
/// hint: exchange/us-east server names beginning with exe
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The log's origin.
    pub origin: Origin,
    /// This text's own name.
    pub id: Id,
    /// When it was written.
    pub time: Time,
    /// Whose status page it is.
    pub name: SingleLine<80>,
    /// Where the page is.
    pub url: Url,
    /// The language of the page, and of updates that name none.
    pub lang: Lang,
    /// The zone in which times are shown beside UTC.
    pub zone: Zone,
    /// How to reach the provider by means that are not down with it.
    pub contact: Vec<Contact>,
    /// The provider's other pages.
    pub link: Vec<Link>,
    /// Base URLs of copies and second stations.
    pub mirror: Vec<Url>,
    /// How soon the next update is promised, by impact.
    pub cadence: Vec<Cadence>,
    /// What can be affected, in the order of the page.
    pub component: Vec<Component>,
    /// How users recognise that a component is theirs.
    pub hint: Vec<Hint>,
    /// Other hosts whose every path shows this page when the provider's own site is dark.
    pub front: Vec<Host>,
}

impl Site {
    /// Parses the text and checks the rules that it can be held to alone.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut f = Fields::open(text, TYPE, NAMES)?;
        let site = Self {
            origin: f.one("origin")?,
            id: f.one("id")?,
            time: f.one("time")?,
            name: f.one("name")?,
            url: f.one("url")?,
            lang: f.one("lang")?,
            zone: f.one("zone")?,
            contact: f.many("contact", Contact::clone)?,
            link: f.many("link", |link: &Link| link.url.clone())?,
            mirror: f.many("mirror", Url::clone)?,
            cadence: f.many("cadence", |c: &Cadence| c.impact)?,
            component: f.many("component", |c: &Component| c.path.clone())?,
            hint: f.many("hint", |hint: &Hint| hint.component.clone())?,
            front: f.many("front", Host::clone)?,
        };
        f.finish(false)?;
        site.check(&At(&f))?;
        Ok(site)
    }

    /// The text that parses to this.
    pub fn print(&self) -> String {
        Printer::new(TYPE)
            .one("origin", &self.origin)
            .one("id", &self.id)
            .one("time", &self.time)
            .one("name", &self.name)
            .one("url", &self.url)
            .one("lang", &self.lang)
            .one("zone", &self.zone)
            .many("contact", &self.contact)
            .many("link", &self.link)
            .many("mirror", &self.mirror)
            .many("cadence", &self.cadence)
            .many("component", &self.component)
            .many("hint", &self.hint)
            .many("front", &self.front)
            .finish()
    }

    /// The component at `path`.
    pub fn component(&self, path: &ComponentPath) -> Option<&Component> {
        self.component.iter().find(|component| component.path == *path)
    }

    /// A component's name as readers see it: the path itself where the site no longer has it.
    pub fn component_name<'s>(&'s self, path: &'s ComponentPath) -> &'s str {
        self.component(path).map_or(path.as_str(), |component| component.name.as_str())
    }

    /// Minutes after which the next update of an incident of this impact is promised.
    pub fn cadence_minutes(&self, impact: Impact) -> u64 {
        let logged = self.cadence.iter().find(|cadence| cadence.impact == impact);
        logged.map_or(DEFAULT_CADENCE_MINUTES, |cadence| cadence.minutes)
    }

    fn check(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if self.component.is_empty() {
            return Err(at.missing("component", "a page without components cannot say what is affected"));
        }
        if let Some(beyond) = self.component.get(MAX_COMPONENTS) {
            return Err(at.value("component", beyond, format!("one of at most {MAX_COMPONENTS}")));
        }
        let minutes = 1..=MAX_CADENCE_MINUTES;
        if let Some(other) = self.cadence.iter().find(|cadence| !minutes.contains(&cadence.minutes)) {
            let expected = format!("at least 1 minute and at most {MAX_CADENCE_MINUTES}, a week");
            return Err(at.value("cadence", other, expected));
        }
        let known = |path: &ComponentPath| self.component(path).is_some();
        for component in &self.component {
            if let Some(parent) = component.path.parent().filter(|parent| !known(parent)) {
                let expected = format!("under a component of this site; add `component: {parent} <name>`");
                return Err(at.value("component", component, expected));
            }
        }
        match self.hint.iter().find(|hint| !known(&hint.component)) {
            Some(hint) => Err(at.value("hint", hint, "about a component that a component line names")),
            None => Ok(()),
        }
    }
}

/// A zone as a POSIX TZ rule, `EST5EDT,M3.2.0,M11.1.0`: no time-zone database is needed to apply it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    rule: String,
    zone: TimeZone,
}

impl Zone {
    /// UTC, `UTC0`.
    pub fn utc() -> Self {
        Self { rule: "UTC0".to_owned(), zone: TimeZone::UTC }
    }

    /// The zone in jiff's terms.
    pub fn time_zone(&self) -> &TimeZone {
        &self.zone
    }
}

impl Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)
    }
}

impl Value for Zone {
    const EXPECTED: &'static str = "a POSIX TZ rule such as UTC0 or EST5EDT,M3.2.0,M11.1.0";
    fn parse(text: &str) -> Option<Self> {
        let zone = TimeZone::posix(text).ok()?;
        Some(Self { rule: text.to_owned(), zone })
    }
}

/// `link: https://www.example.com Main site`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub url: Url,
    /// What it is.
    pub name: SingleLine<80>,
}

/// `cadence: critical 30`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cadence {
    /// For incidents of this impact.
    pub impact: Impact,
    /// Minutes to the next update.
    pub minutes: u64,
}

/// `component: exchange/us-east US East`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its path, for ever.
    pub path: ComponentPath,
    /// Its name as readers see it.
    pub name: SingleLine<80>,
}

/// `hint: exchange/us-east server names beginning with exe`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Which component.
    pub component: ComponentPath,
    /// How users recognise that it is theirs.
    pub words: SingleLine<120>,
}

/// A value of two parts with a space between them.
macro_rules! pair_value {
    ($name:ident, $first:ident, $second:ident, $expected:literal) => {
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.$first, self.$second)
            }
        }

        impl Value for $name {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Option<Self> {
                let (first, second) = text.split_once(' ')?;
                Some(Self { $first: Value::parse(first)?, $second: Value::parse(second)? })
            }
        }
    };
}

pair_value!(Link, url, name, "an https link and its name, such as `https://www.example.com Main site`");
pair_value!(Cadence, impact, minutes, "an impact and a number of minutes, such as `critical 30`");
pair_value!(Component, path, name, "a component path and its name, such as `exchange/us-east US East`");
pair_value!(
    Hint,
    component,
    words,
    "a component path and how users recognise it, such as `exchange/us-east server names beginning with exe`"
);
