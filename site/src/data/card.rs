//! `/data/history/<month>.json`: what began in a month; `/data/history.json`: the months.

use outband_record::text::{Impact, IncidentKind, Phase, SingleLine, Slug};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;
use serde::{Deserialize, Serialize};

use super::{DataError, maybe, parse, print, value};
use crate::{Rendered, paths};

/// An incident, a maintenance or a notice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// What it is called in URLs.
    pub slug: Slug,
    /// What it is.
    pub kind: IncidentKind,
    /// What users cannot do.
    pub title: SingleLine<120>,
    /// The stage it has reached.
    pub phase: Phase,
    /// How bad it is or was; `None` where that is unknown.
    pub impact: Option<Impact>,
    /// When it began.
    pub started: Time,
    /// When it ended.
    pub ended: Option<Time>,
}

impl Card {
    /// The card of what holds.
    pub fn of(state: &IncidentState<'_>) -> Self {
        Self {
            slug: state.slug.clone(),
            kind: state.kind,
            title: state.title.value.clone(),
            phase: state.phase,
            impact: state.impact,
            started: state.started,
            ended: state.ended,
        }
    }

    /// The month whose page lists it: that of its beginning, in UTC.
    pub fn month(&self) -> String {
        self.started.date().month()
    }
}

/// A month in the list of months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// `2013-09`.
    pub month: String,
    /// How many incidents, maintenances and notices began in it.
    pub count: u64,
}

#[derive(Serialize, Deserialize)]
struct CardDocument {
    slug: String,
    kind: String,
    title: String,
    phase: String,
    impact: Option<String>,
    started: String,
    ended: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct MonthDocument {
    month: String,
    items: Vec<CardDocument>,
}

#[derive(Serialize, Deserialize)]
struct HistoryDocument {
    months: Vec<MonthCount>,
}

#[derive(Serialize, Deserialize)]
struct MonthCount {
    month: String,
    count: u64,
}

/// The document of a month, its cards in the order given.
pub fn cards(month: &str, cards: &[Card]) -> Rendered {
    let item = |card: &Card| CardDocument {
        slug: card.slug.to_string(),
        kind: card.kind.to_string(),
        title: card.title.to_string(),
        phase: card.phase.to_string(),
        impact: card.impact.map(|impact| impact.to_string()),
        started: card.started.to_string(),
        ended: card.ended.map(|ended| ended.to_string()),
    };
    print(
        &paths::month_json(month),
        MonthDocument { month: month.to_owned(), items: cards.iter().map(item).collect() },
    )
}

/// Reads [`cards`] back.
pub fn parse_cards(body: &[u8]) -> Result<Vec<Card>, DataError> {
    let card = |item: &CardDocument| {
        Ok(Card {
            slug: value(&item.slug)?,
            kind: value(&item.kind)?,
            title: value(&item.title)?,
            phase: value(&item.phase)?,
            impact: maybe(item.impact.as_ref())?,
            started: value(&item.started)?,
            ended: maybe(item.ended.as_ref())?,
        })
    };
    parse::<MonthDocument>(body)?.items.iter().map(card).collect()
}

/// The list of months, newest first.
pub fn months(months: &[Month]) -> Rendered {
    let months = months.iter().map(|m| MonthCount { month: m.month.clone(), count: m.count }).collect();
    print(paths::HISTORY_JSON, HistoryDocument { months })
}

/// Reads [`months`] back.
pub fn parse_months(body: &[u8]) -> Result<Vec<Month>, DataError> {
    let months = parse::<HistoryDocument>(body)?.months;
    Ok(months.into_iter().map(|m| Month { month: m.month, count: m.count }).collect())
}
