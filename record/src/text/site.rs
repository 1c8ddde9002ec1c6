//! `outband site v1`: what the page covers.

use std::fmt::{self, Display};

use jiff::tz::TimeZone;

use super::brand::{Accent, Logo};
use super::fields::{At, Rules, TextError};
use super::grammar::text_type;
use super::values::{ComponentPath, Contact, Host, Id, Lang, Origin, SingleLine, Url, Value, pair_value};
use super::words::Impact;
use crate::time::Time;

/// The maximum number of components: nobody reads more in an outage, and they would make every page larger.
const MAX_COMPONENTS: usize = 200;

/// Minutes to the next update if the site states no cadence.
const DEFAULT_CADENCE_MINUTES: u64 = 30;

/// The longest cadence: something that needs no update for a week is not an incident.
const MAX_CADENCE_MINUTES: u64 = 7 * 24 * 60;

text_type! {
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
    pub struct Site: "site" {
        /// The log's origin.
        "origin" origin: one(Origin), by_program;
        /// This text's own random id.
        "id" id: one(Id), by_program;
        /// When it was written.
        "time" time: one(Time), by_program;
        /// Whose status page it is.
        "name" name: one(SingleLine<80>);
        /// Where the page is.
        "url" url: one(Url);
        /// Language of the page, and of updates that name none.
        "lang" lang: one(Lang);
        /// Zone in which times are shown beside UTC.
        "zone" zone: one(Zone);
        /// How to reach the provider by means that do not go down with it.
        "contact" contact: many(Contact);
        /// One of the provider's other pages.
        "link" link: many(Link);
        /// Base URL of a copy or a second station.
        "mirror" mirror: many(Url);
        /// How soon the next update is promised, by impact.
        "cadence" cadence: many(Cadence);
        /// What can be affected, in the order of the page.
        "component" component: many(Component);
        /// How users recognise that a component is theirs.
        "hint" hint: many(Hint);
        /// Another host whose every path shows this page when the provider's own site is dark.
        "front" front: many(Host);
        /// The provider's logo, which every page shows.
        "logo" logo: maybe(Logo);
        /// The provider's colour, on every page.
        "accent" accent: maybe(Accent);
    }
}

impl Site {
    /// The component at `path`.
    pub fn component(&self, path: &ComponentPath) -> Option<&Component> {
        self.component.iter().find(|component| component.path == *path)
    }

    /// A component's display name, or its path if the site note does not list it.
    pub fn component_name<'s>(&'s self, path: &'s ComponentPath) -> &'s str {
        self.component(path).map_or(path.as_str(), |component| component.name.as_str())
    }

    /// A component's display name after those of its ancestors, `Exchange mail / US East`; `None` if the site note does
    /// not list it.
    pub fn full_name(&self, path: &ComponentPath) -> Option<String> {
        self.component(path)?;
        let lineage = std::iter::successors(Some(path.clone()), ComponentPath::parent);
        let mut names: Vec<_> = lineage.map(|path| self.component_name(&path).to_owned()).collect();
        names.reverse();
        Some(names.join(" / "))
    }

    /// Minutes until the next update of an incident with this impact is due.
    pub fn cadence_minutes(&self, impact: Impact) -> u64 {
        let logged = self.cadence.iter().find(|cadence| cadence.impact == impact);
        logged.map_or(DEFAULT_CADENCE_MINUTES, |cadence| cadence.minutes)
    }
}

impl Rules for Site {
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

/// A time zone as a POSIX TZ rule, `EST5EDT,M3.2.0,M11.1.0`, which needs no time-zone database.
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

    /// The zone as a jiff time zone.
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
    /// The address.
    pub url: Url,
    /// The link's text.
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
    /// Its permanent path.
    pub path: ComponentPath,
    /// Its display name.
    pub name: SingleLine<80>,
}

/// `hint: exchange/us-east server names beginning with exe`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The component.
    pub component: ComponentPath,
    /// How users can tell that it is theirs.
    pub words: SingleLine<120>,
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
