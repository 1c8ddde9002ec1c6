//! The page of a component: its condition, open incidents, days and past incidents.

use std::cmp::Reverse;

use askama::Template;
use outband_record::sort::sort_by_key;
use outband_record::text::{Component, ComponentPath};
use outband_record::time::Time;
use outband_record::timeline::{IncidentState, Outlook};

use super::frame::{Band, Frame, base, page, webcal};
use super::index::{ComponentRow, Row, component_row, component_words, rest, row};
use super::lists::{self, CardLine};
use super::uptime::{self, Reported, depth};
use crate::data::Card;
use crate::embed::component_badge;
use crate::feeds::{Announced, Channel};
use crate::messages::Messages;
use crate::template::RenderError;
use crate::words::{Appearance, Fragment, Locale, Phrase};
use crate::{Rendered, Uptime, View, paths};

#[derive(Template)]
#[template(path = "component.html")]
struct ComponentPage {
    t: &'static Messages,
    /// The component that it is a part of.
    above: Option<Phrase>,
    /// Open incidents, maintenances and notices that affect it.
    open: Vec<Row>,
    /// The component and its parts.
    rows: Vec<ComponentRow>,
    /// How many parts are not shown.
    rest: Option<Phrase>,
    uptime: Option<Reported>,
    past: Vec<CardLine>,
}

/// Maximum number of rows: of more parts, the worst are listed.
const ROWS: usize = 40;

/// Maximum number of past events listed.
const PAST: usize = 30;

/// The page of a component, and its badge. `cards` are those of the newest months up to this one, newest first.
pub fn component(
    view: &View<'_>,
    path: &ComponentPath,
    outlook: &Outlook<'_>,
    uptime: &Uptime<'_>,
    cards: &[&Card],
) -> Result<[Rendered; 2], RenderError> {
    let locale = Locale::page(view.site);
    let open: Vec<_> = outlook.open.iter().filter(|state| affects(state, path, view.now)).collect();
    let is_open = |card: &Card| outlook.open.iter().any(|state| *state.slug == card.slug);
    let is_past = |card: &&&Card| {
        let is_affected = card.affects.iter().any(|named| path.concerns(named));
        is_affected && card.started <= view.now && !is_open(card)
    };
    let past: Vec<Card> = cards.iter().filter(is_past).take(PAST).map(|card| (*card).clone()).collect();
    let reported = view.last_update.and_then(|_| uptime::recent(view, uptime));
    let line = |part: &Component| ComponentRow {
        depth: depth(&part.path).saturating_sub(depth(path)),
        measured: reported.as_ref().and_then(|_| uptime::ninety(uptime, &part.path)),
        ..component_row(view, &locale, outlook, part)
    };
    let mut parts: Vec<_> = view.site.component.iter().filter(|part| part.path.is_within(path)).collect();
    let rest = rest(&locale, parts.len().saturating_sub(ROWS));
    if rest.is_some() {
        sort_by_key(&mut parts, |part| (part.path != *path, Reverse(outlook.shown(&part.path))));
        parts.truncate(ROWS);
    }
    let above = path.parent().map(|above| {
        let link = Fragment::link(view.site.component_name(&above), paths::component(&above));
        locale.fill("component_of", [("component", link)])
    });
    let channel = Channel::Component(path.clone());
    let rss = Announced::new(paths::component_rss(path), view.site.component_name(path).to_owned());
    let band = band(view, path, outlook, &open);
    let badge = component_badge(view, path, &band)?;
    let frame = Frame::new(view, paths::component(path), band)
        .announcing([channel.announced(view.site), rss])
        .subscribing(ways(view, &locale, path));
    let page_of = ComponentPage {
        t: locale.messages(),
        above,
        open: open.into_iter().map(|state| row(view, state)).collect(),
        rows: parts.into_iter().map(line).collect(),
        rest,
        uptime: reported.map(|reported| Reported { more: None, ..reported }),
        past: lists::list(view, &past),
    };
    Ok([page(view, &frame, &page_of)?, badge])
}

/// Whether an incident affects a component, or may.
fn affects(state: &IncidentState<'_>, path: &ComponentPath, now: Time) -> bool {
    state.is_of_unknown_extent(now) || state.affected.keys().any(|named| path.concerns(named))
}

fn band(view: &View<'_>, path: &ComponentPath, outlook: &Outlook<'_>, open: &[&IncidentState<'_>]) -> Band {
    let locale = Locale::page(view.site);
    let Some(name) = view.site.full_name(path) else {
        let lines = vec![locale.phrase("component_gone")];
        return Band::new(Appearance::Plain, Phrase::plain(path.as_str()), lines);
    };
    let (word, _) = component_words(view, &locale, outlook, path);
    let last = open.iter().map(|state| state.newest.effective_time()).max();
    let line = match last {
        Some(last) => locale.fill("component_as_of", [("time", locale.full(last))]),
        None => {
            let now = Fragment::link(locale.text("not_found_now"), paths::INDEX);
            locale.fill("component_none_open", [("now", now)])
        }
    };
    let appearance = Appearance::of(outlook.shown(path));
    let band = Band::new(appearance, locale.quoted(&name, None).into(), vec![line]).under(&locale, word);
    match last {
        Some(last) => band.since(last),
        None => band,
    }
}

/// How to follow the component: what each is called, and its address.
fn ways(view: &View<'_>, locale: &Locale<'_>, path: &ComponentPath) -> [(String, String); 4] {
    let messages = locale.messages();
    let name = view.site.component_name(path);
    let way = |format: &str| messages.fill("subscribe_component", &[("component", name), ("format", format)]);
    [
        (way("Atom"), paths::component_atom(path)),
        (way("RSS"), paths::component_rss(path)),
        (way(messages.text("subscribe_calendar")), webcal(base(view), &paths::component_ics(path))),
        (way(messages.text("embed_help_badge")), paths::component_badge(path)),
    ]
}
