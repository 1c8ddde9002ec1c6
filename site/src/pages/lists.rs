//! Pages that are lists, and pages with nothing to list.

use askama::Template;
use outband_record::text::{Component, ComponentPath, Impact, IncidentKind};
use outband_record::timeline::Incident;

use super::article::redacted;
use super::frame::{Band, Frame, page};
use super::uptime::{self, Reported};
use crate::data::{Card, Month};
use crate::feeds::Announced;
use crate::messages::Messages;
use crate::template::{self, RenderError};
use crate::words::{Appearance, Fragment, Locale, Phrase, impact, kind, month_in_full, phase};
use crate::{Rendered, Uptime, View, paths};

#[derive(Template)]
#[template(path = "month.html")]
struct MonthPage {
    t: &'static Messages,
    cards: Vec<CardLine>,
    uptime: Option<Reported>,
    /// The page of the next month, once that has begun.
    next: Option<String>,
}

/// The page of a month, `2013-09`: what started in it, in the given order, and the state of each day, if there is
/// data.
pub fn month(
    view: &View<'_>,
    month: &str,
    cards: &[Card],
    uptime: Option<&Uptime<'_>>,
) -> Result<Rendered, RenderError> {
    let (locale, path) = (Locale::page(view.site), paths::month(month));
    let line = match cards.len() {
        0 => locale.phrase("month_empty"),
        count => locale.fill("month_began", [("count", Phrase::plain(count.to_string()))]),
    };
    let band =
        Band::new(Appearance::Plain, Phrase::plain(month_in_full(locale.messages(), month)), vec![line]);
    let end = uptime.map(|uptime| uptime.end).filter(|end| *end <= view.now);
    let month = MonthPage {
        t: locale.messages(),
        next: end.map(|end| paths::month(&end.date().month())),
        cards: list(view, cards),
        uptime: uptime.map(|uptime| uptime::of_month(view, uptime)),
    };
    page(view, &Frame::new(view, path, band), &month)
}

#[derive(Template)]
#[template(path = "history.html")]
struct History {
    t: &'static Messages,
    /// The newest months, with what began in them.
    listed: Vec<MonthList>,
    /// The months before.
    months: Vec<MonthLine>,
    /// Each component's page, with what affected it.
    components: Vec<Phrase>,
    redacted: Vec<Phrase>,
}

struct MonthList {
    path: String,
    name: String,
    incidents: Vec<CardLine>,
    planned: Vec<CardLine>,
    /// How many more are on the month's own page.
    more: Option<String>,
}

/// The history lists what began in this many of the newest months in which anything did.
pub const LISTED_MONTHS: usize = 6;

/// Maximum number of incidents listed in a month, so that a bad year is no endless page.
const LISTED_OF_A_MONTH: usize = 30;

struct MonthLine {
    path: String,
    name: String,
    /// How many events started in it.
    began: String,
}

/// The newest months with what began in them, and those before, in the given order.
pub fn history(
    view: &View<'_>,
    listed: &[(&str, &[Card])],
    months: &[Month],
) -> Result<Rendered, RenderError> {
    let locale = Locale::page(view.site);
    let band = Band::new(Appearance::Plain, locale.phrase("history"), vec![locale.phrase("history_line")]);
    let list = |(month, cards): &(&str, &[Card])| {
        let planned = |card: &&Card| card.kind == IncidentKind::Maintenance;
        let more = cards.len().saturating_sub(LISTED_OF_A_MONTH);
        let (planned, incidents): (Vec<_>, Vec<_>) = cards.iter().take(LISTED_OF_A_MONTH).partition(planned);
        let lines = |cards: Vec<&Card>| cards.into_iter().map(|card| card_line(&locale, card)).collect();
        MonthList {
            path: paths::month(month),
            name: month_in_full(locale.messages(), month),
            incidents: lines(incidents),
            planned: lines(planned),
            more: (more > 0).then(|| locale.messages().fill("index_also_more", &[("n", &more.to_string())])),
        }
    };
    let line = |m: &Month| MonthLine {
        path: paths::month(&m.month),
        name: month_in_full(locale.messages(), &m.month),
        began: locale.messages().fill("history_began", &[("count", &m.count.to_string())]),
    };
    let component = |component: &Component| {
        let name = view.site.full_name(&component.path).unwrap_or_default();
        Phrase::default().link(name, paths::component(&component.path))
    };
    let title = locale.messages().fill("feed_history", &[("name", view.site.name.as_str())]);
    let feeds = [paths::HISTORY_ATOM, paths::HISTORY_RSS].map(|path| Announced::new(path, title.clone()));
    let history = History {
        t: locale.messages(),
        listed: listed.iter().map(list).collect(),
        months: months.iter().map(line).collect(),
        components: view.site.component.iter().map(component).collect(),
        redacted: redacted(view, |_| true),
    };
    page(view, &Frame::new(view, paths::HISTORY, band).announcing(feeds), &history)
}

#[derive(Template)]
#[template(path = "drill.html")]
struct Drills {
    t: &'static Messages,
    drills: Vec<CardLine>,
}

/// The drills in the given order.
pub fn drill(view: &View<'_>, drills: &[&Incident]) -> Result<Rendered, RenderError> {
    let locale = Locale::page(view.site);
    let line = |incident: &&Incident| {
        let state = incident.state()?;
        let parts = [("kind", locale.text("kind_drill")), ("phase", phase(locale.messages(), state.phase))];
        let word = locale.messages().fill("card_other", &parts);
        let lang = locale.foreign(state.title.by.update.lang.as_ref());
        let when = locale.full(state.newest.effective_time()).into();
        Some(CardLine {
            path: paths::incident(state.slug, true),
            title: state.title.value.to_string(),
            lang,
            word,
            class: "none",
            when,
            affects: None,
        })
    };
    let band = Band::new(Appearance::Drill, locale.phrase("drills"), vec![locale.phrase("drills_line")]);
    let drills = Drills { t: locale.messages(), drills: drills.iter().filter_map(line).collect() };
    page(view, &Frame::new(view, paths::DRILL, band), &drills)
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFound {
    elsewhere: Phrase,
}

/// The page served with status 404.
pub fn not_found(view: &View<'_>) -> Result<Rendered, RenderError> {
    let locale = Locale::page(view.site);
    let band =
        Band::new(Appearance::Plain, locale.phrase("not_found"), vec![locale.phrase("not_found_line")]);
    let now = Fragment::link(locale.text("not_found_now"), paths::INDEX);
    let history = Fragment::link(locale.text("not_found_history"), paths::HISTORY);
    let elsewhere = locale.fill("not_found_elsewhere", [("now", now), ("history", history)]);
    page(view, &Frame::new(view, paths::NOT_FOUND, band), &NotFound { elsewhere })
}

#[derive(Template)]
#[template(path = "not_set_up.html")]
struct NotSetUp<'a> {
    t: &'static Messages,
    style: &'static str,
    origin: &'a str,
    line: String,
    /// The owner's next steps, in order.
    steps: [Phrase; 2],
}

/// The only page of an `origin` without a site note. It must never look like a status.
pub fn not_set_up(origin: &str) -> Result<Rendered, RenderError> {
    let messages = Messages::reference();
    let step = |message, command: &str| {
        Phrase::fill(messages, message, [("command", Fragment::Code { text: command.to_owned() })])
    };
    let line = messages.fill("not_set_up_line", &[("origin", origin)]);
    let steps = [step("not_set_up_init", "outband init"), step("not_set_up_send", "outband send")];
    let page = NotSetUp { t: messages, style: template::STYLE, origin, line, steps };
    Ok(Rendered::text(paths::INDEX, template::render(paths::INDEX, &page)?))
}

/// An incident, maintenance or notice as a list item.
pub(super) struct CardLine {
    pub(super) path: String,
    pub(super) title: String,
    pub(super) lang: Option<String>,
    pub(super) word: String,
    /// Its worst state in the style sheet.
    pub(super) class: &'static str,
    pub(super) when: Phrase,
    /// What it affected; `None` if nothing was said about that.
    pub(super) affects: Option<Phrase>,
}

/// The cards in the given order.
pub(super) fn list(view: &View<'_>, cards: &[Card]) -> Vec<CardLine> {
    let locale = Locale::page(view.site);
    cards.iter().map(|card| card_line(&locale, card)).collect()
}

fn card_line(locale: &Locale<'_>, card: &Card) -> CardLine {
    let messages = locale.messages();
    let began = Phrase::from(locale.full(card.started));
    let when = match card.ended {
        Some(ended) if card.kind == IncidentKind::Incident => {
            let duration = locale.duration(card.started, ended);
            locale.fill("card_began", [("began", began), ("duration", duration)])
        }
        Some(_) | None => began,
    };
    let is_withdrawn = card.withdrawn && card.ended.is_some();
    let stage = phase(messages, card.phase);
    let word = match card.kind {
        _ if is_withdrawn => messages.text("standing_withdrawn").to_owned(),
        IncidentKind::Incident => {
            messages.fill("card_incident", &[("phase", stage), ("impact", impact(messages, card.impact))])
        }
        IncidentKind::Maintenance => {
            messages.fill("card_other", &[("kind", kind(messages, card.kind)), ("phase", stage)])
        }
        IncidentKind::Notice => stage.to_owned(),
    };
    let class = match (card.kind, card.impact) {
        _ if is_withdrawn => "none",
        (IncidentKind::Maintenance, _) => "maintenance",
        (IncidentKind::Notice, None) | (_, Some(Impact::None)) => "none",
        (_, None) => "unknown",
        (_, Some(Impact::Minor)) => "degraded",
        (_, Some(Impact::Major)) => "partial",
        (_, Some(Impact::Critical)) => "outage",
    };
    let path = paths::incident(&card.slug, false);
    // Parts of what is listed go without saying.
    let is_part =
        |path: &&ComponentPath| card.affects.iter().any(|other| other != *path && path.is_within(other));
    let affects = locale.in_short(&path).components(card.affects.iter().filter(|path| !is_part(path)));
    CardLine {
        title: card.title.to_string(),
        lang: locale.foreign(None),
        word,
        class,
        when,
        affects: (!affects.is_empty()).then_some(affects),
        path,
    }
}
