//! `/maintenance.ics`: maintenance, as a calendar to subscribe to (RFC 5545).
//!
//! Every moment is given, in UTC: the crate that writes the calendar would otherwise ask a clock for `DTSTAMP` and
//! chance for `UID`.

use icalendar::{Calendar, Component as _, Event, Property};
use outband_record::text::{IncidentKind, Phase};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, LoggedUpdate};

use crate::messages::Messages;
use crate::pages::base;
use crate::words::{Locale, Phrase, excerpt, phase};
use crate::{Rendered, View, paths};

/// Characters of a body in a calendar entry, where readers see only a few lines. The full text is a link away.
const BODY_CHARACTERS: usize = 1000;

/// The calendar of those `incidents` that are maintenance with a window, in the given order.
pub fn maintenance(view: &View<'_>, incidents: &[&Incident]) -> Rendered {
    let messages = Messages::of(&view.site.lang);
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//outband//maintenance//EN"));
    let name = messages.fill("calendar_name", &[("name", view.site.name.as_str())]);
    calendar.append_property(Property::new("X-WR-CALNAME", name));
    for incident in incidents {
        if let Some(event) = incident.state().and_then(|state| event(view, messages, incident, &state)) {
            calendar.push(event);
        }
    }
    Rendered {
        path: paths::MAINTENANCE_ICS.to_owned(),
        body: within_lines(&calendar.to_string()).into_bytes(),
    }
}

fn event(
    view: &View<'_>,
    messages: &Messages,
    incident: &Incident,
    state: &IncidentState<'_>,
) -> Option<Event> {
    let window = state.window.filter(|_| state.kind == IncidentKind::Maintenance && !state.drill)?.value;
    let updates = || incident.updates().iter().filter(|logged| logged.update.translates.is_none());
    let mut event = Event::new();
    event.uid(&format!("{}@{}", state.slug, view.site.origin));
    event.sequence(u32::try_from(updates().count().saturating_sub(1)).unwrap_or(u32::MAX));
    event.add_property("DTSTAMP", stamp(updates().map(LoggedUpdate::effective_time).max()?));
    event.add_property("LAST-MODIFIED", stamp(updates().map(|logged| logged.received).max()?));
    event.add_property("DTSTART", stamp(window.start));
    event.add_property("DTEND", stamp(window.end));
    let cancelled = state.phase == Phase::Cancelled;
    event.add_property("STATUS", if cancelled { "CANCELLED" } else { "CONFIRMED" });
    // Who subscribes is not busy because of it.
    event.add_property("TRANSP", "TRANSPARENT");
    event.summary(state.title.value.as_str());
    event.description(&description(view, messages, state));
    event.url(&format!("{}{}", base(view), paths::incident(state.slug, false)));
    Some(event)
}

/// The stage, the affected components and the latest text.
fn description(view: &View<'_>, messages: &Messages, state: &IncidentState<'_>) -> String {
    let locale = Locale::page(view.site);
    let mut parts = vec![phase(messages, state.phase).to_owned()];
    if !state.affected.is_empty() {
        let components = locale.components(state.affected.keys().copied());
        let label = Phrase::plain(locale.text("fact_affects"));
        parts.push(locale.fill("labelled", [("label", label), ("said", components)]).to_string());
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

/// The crate does not count the space with which a folded line begins: its last one may be an octet too long.
fn within_lines(calendar: &str) -> String {
    let mut lines = String::new();
    for line in calendar.split_terminator("\r\n") {
        let end = (0..=LINE).rev().find(|end| line.is_char_boundary(*end)).unwrap_or_default();
        let (head, tail) =
            line.split_at_checked(end).filter(|(_, tail)| !tail.is_empty()).unwrap_or((line, ""));
        lines.push_str(head);
        if !tail.is_empty() {
            lines.push_str("\r\n ");
            lines.push_str(tail);
        }
        lines.push_str("\r\n");
    }
    lines
}
