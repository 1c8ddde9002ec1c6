//! Pages that list, and pages that have nothing to list.

use outband_record::timeline::Incident;
use serde::Serialize;

use super::cards::{self, Line};
use super::frame::{Band, Frame, own, page};
use crate::data::{Card, Month};
use crate::template::RenderError;
use crate::words::{Look, Phrase, Voice, month_in_full, phase};
use crate::{Rendered, View, paths};

#[derive(Serialize)]
struct MonthPage<'a> {
    frame: Frame<'a>,
    cards: Vec<Line>,
}

/// The page of a month, `2013-09`: what began in it, in the order given.
pub fn month(view: &View<'_>, month: &str, cards: &[Card]) -> Result<Rendered, RenderError> {
    let path = paths::month(month);
    let band =
        Band::new(Look::Plain, "", Phrase::plain(month_in_full(month)), vec![own(&began(cards.len()))]);
    page(
        "month.html",
        &path,
        &MonthPage { frame: Frame::new(view, path.as_str(), band), cards: cards::lines(view, cards) },
    )
}

fn began(count: usize) -> String {
    match count {
        0 => "Nothing that was spoken of began in this month".to_owned(),
        1 => "One incident, maintenance or notice began in this month".to_owned(),
        n => format!("{n} incidents, maintenances and notices began in this month"),
    }
}

#[derive(Serialize)]
struct History<'a> {
    frame: Frame<'a>,
    months: Vec<MonthLine>,
}

#[derive(Serialize)]
struct MonthLine {
    path: String,
    name: String,
    count: u64,
}

/// The months in the order given.
pub fn history(view: &View<'_>, months: &[Month]) -> Result<Rendered, RenderError> {
    let band = Band::new(Look::Plain, "", own("History"), vec![own("Every month in which something began")]);
    let line =
        |m: &Month| MonthLine { path: paths::month(&m.month), name: month_in_full(&m.month), count: m.count };
    let history =
        History { frame: Frame::new(view, paths::HISTORY, band), months: months.iter().map(line).collect() };
    page("history.html", paths::HISTORY, &history)
}

#[derive(Serialize)]
struct Drills<'a> {
    frame: Frame<'a>,
    drills: Vec<Line>,
}

/// The drills in the order given.
pub fn drill(view: &View<'_>, drills: &[&Incident]) -> Result<Rendered, RenderError> {
    let voice = Voice::page(view.site);
    let line = |incident: &&Incident| {
        let holding = incident.holding()?;
        let words = format!("Drill · {}", phase(holding.phase).to_lowercase());
        let lang = voice.foreign(holding.title.by.update.lang.as_ref());
        let when = voice.full(holding.newest.said()).into();
        Some(Line::new(
            paths::incident(holding.slug, true),
            holding.title.value.to_string(),
            lang,
            words,
            when,
        ))
    };
    let lines = vec![own("Operators practise here. Nothing on this page is real.")];
    let band = Band::new(Look::Drill, "", own("Drills"), lines);
    let page_of = Drills {
        frame: Frame::new(view, paths::DRILL, band),
        drills: drills.iter().filter_map(line).collect(),
    };
    page("drill.html", paths::DRILL, &page_of)
}

#[derive(Serialize)]
struct Bare<'a> {
    frame: Frame<'a>,
}

/// What is served where nothing is.
pub fn not_found(view: &View<'_>) -> Result<Rendered, RenderError> {
    let lines = vec![own("There is no page at this address. This says nothing about how things are.")];
    let band = Band::new(Look::Plain, "", own("Not found"), lines);
    page("not_found.html", paths::NOT_FOUND, &Bare { frame: Frame::new(view, paths::NOT_FOUND, band) })
}

#[derive(Serialize)]
struct NotSetUp<'a> {
    origin: &'a str,
}

/// The whole site of an `origin` that has no site note yet. It must never look like a status.
pub fn not_set_up(origin: &str) -> Result<Rendered, RenderError> {
    page("not_set_up.html", paths::INDEX, &NotSetUp { origin })
}
