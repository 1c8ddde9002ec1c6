//! `/maintenance.ics` and `/components/<path>.ics`: maintenance, as a calendar to subscribe to (RFC 5545).
//!
//! All times are in UTC, so that calendars need no time-zone table. The properties of an event are sorted by name.

use outband_record::text::{ComponentPath, IncidentKind, Phase};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, LoggedUpdate};

use crate::messages::Messages;
use crate::pages::url;
use crate::words::{Locale, Phrase, excerpt, phase};
use crate::{Rendered, View, paths};

/// How often calendars should ask for changes: hourly, since maintenance is scheduled days ahead.
const ASK_AGAIN: &str = "PT1H";

/// A calendar must contain something (RFC 5545, 3.6), even if no maintenance is known.
const NOTHING: [(&str, &str); 8] = [
    ("BEGIN", "VTIMEZONE"),
    ("TZID", "UTC"),
    ("BEGIN", "STANDARD"),
    ("DTSTART", "19700101T000000"),
    ("TZOFFSETFROM", "+0000"),
    ("TZOFFSETTO", "+0000"),
    ("END", "STANDARD"),
    ("END", "VTIMEZONE"),
];

/// Characters of a body in a calendar entry, where readers see only a few lines. The full text is a link away.
const BODY_CHARACTERS: usize = 1000;

/// The calendar of those `incidents` that are maintenance with a window, in the given order.
pub fn maintenance(view: &View<'_>, incidents: &[&Incident]) -> Rendered {
    calendar(view, paths::MAINTENANCE_ICS.to_owned(), view.site.name.as_str(), incidents)
}

/// The same of a component: only what affects it.
pub fn of_component(view: &View<'_>, component: &ComponentPath, incidents: &[&Incident]) -> Rendered {
    let affects = |incident: &&&Incident| {
        incident.state().is_some_and(|state| state.affected.keys().any(|named| component.concerns(named)))
    };
    let incidents: Vec<&Incident> = incidents.iter().filter(affects).copied().collect();
    let name = format!("{}: {}", view.site.name, view.site.component_name(component));
    calendar(view, paths::component_ics(component), &name, &incidents)
}

fn calendar(view: &View<'_>, path: String, name: &str, incidents: &[&Incident]) -> Rendered {
    let messages = Messages::of(&view.site.lang);
    let mut lines = Lines::default();
    lines.verbatim("BEGIN", "VCALENDAR");
    lines.verbatim("VERSION", "2.0");
    lines.verbatim("PRODID", "-//outband//maintenance//EN");
    lines.verbatim("REFRESH-INTERVAL;VALUE=DURATION", ASK_AGAIN);
    lines.text("X-WR-CALNAME", &messages.fill("calendar_name", &[("name", name)]));
    lines.verbatim("X-PUBLISHED-TTL", ASK_AGAIN);
    let events = incidents.iter().filter_map(|incident| event(view, messages, incident, &incident.state()?));
    let events: String = events.map(|event| event.0).collect();
    if events.is_empty() {
        NOTHING.iter().for_each(|(name, value)| lines.verbatim(name, value));
    }
    lines.0.push_str(&events);
    lines.verbatim("END", "VCALENDAR");
    Rendered::text(path, lines.0)
}

/// The event of a maintenance with a window; `None` for any other incident.
fn event(
    view: &View<'_>,
    messages: &Messages,
    incident: &Incident,
    state: &IncidentState<'_>,
) -> Option<Lines> {
    let window = state.window.filter(|_| state.kind == IncidentKind::Maintenance && !state.drill)?.value;
    let updates = || incident.updates().iter().filter(|logged| logged.update.translates.is_none());
    let effective = updates().map(LoggedUpdate::effective_time).max()?;
    let received = updates().map(|logged| logged.received).max()?;
    let cancelled = state.phase == Phase::Cancelled;
    // Once it is over, it ends when it did, not when it was to end.
    let ended = state.ended.filter(|ended| !cancelled && *ended > window.start);
    let mut lines = Lines::default();
    lines.verbatim("BEGIN", "VEVENT");
    lines.text("DESCRIPTION", &description(view, messages, state));
    lines.verbatim("DTEND", &stamp(ended.unwrap_or(window.end)));
    lines.verbatim("DTSTAMP", &stamp(effective));
    lines.verbatim("DTSTART", &stamp(window.start));
    lines.verbatim("LAST-MODIFIED", &stamp(received));
    lines.verbatim("SEQUENCE", &updates().count().saturating_sub(1).to_string());
    lines.verbatim("STATUS", if cancelled { "CANCELLED" } else { "CONFIRMED" });
    lines.text("SUMMARY", state.title.value.as_str());
    // It does not mark the subscriber as busy.
    lines.verbatim("TRANSP", "TRANSPARENT");
    lines.verbatim("UID", &format!("{}@{}", state.slug, view.site.origin));
    lines.verbatim("URL", &url(view, &paths::incident(state.slug, false)));
    lines.verbatim("END", "VEVENT");
    Some(lines)
}

/// The stage, the affected components and the latest text.
fn description(view: &View<'_>, messages: &Messages, state: &IncidentState<'_>) -> String {
    let locale = Locale::page(view.site);
    let mut parts = vec![phase(messages, state.phase).to_owned()];
    if !state.affected.is_empty() {
        let components = locale.components(state.affected.keys().copied());
        let label = Phrase::plain(locale.text("fact_affects"));
        parts.push(locale.labelled(label, components).to_string());
    }
    parts.extend(state.summary.map(|summary| summary.value.to_string()));
    parts.extend(state.newest.update.body.as_deref().map(|body| excerpt(body, BODY_CHARACTERS).0));
    parts.join("\n\n")
}

/// `20130903T114000Z`
fn stamp(time: Time) -> String {
    time.to_string().chars().filter(|c| !matches!(c, '-' | ':')).collect()
}

/// Octets per line, excluding the line break (RFC 5545, 3.1).
const LINE: usize = 75;

/// The calendar's content lines, folded, each ended by CRLF.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A property with a text value (RFC 5545, 3.3.11).
    fn text(&mut self, name: &str, words: &str) {
        let escaped = words.replace('\\', r"\\").replace(',', r"\,").replace(';', r"\;").replace('\n', r"\n");
        self.verbatim(name, &escaped);
    }

    /// A property with a verbatim value.
    ///
    /// Lines are folded between characters, but never before a space, which a parser that trims lines would lose.
    fn verbatim(&mut self, name: &str, value: &str) {
        let line = format!("{name}:{value}");
        let mut octets = 0;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            let space = characters.peek().filter(|next| next.is_whitespace());
            let needed = character.len_utf8() + space.map_or(0, |space| space.len_utf8());
            if octets + needed > LINE {
                self.0.push_str("\r\n ");
                octets = 1;
            }
            self.0.push(character);
            octets += character.len_utf8();
        }
        self.0.push_str("\r\n");
    }
}
