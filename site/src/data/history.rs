//! What the history lists: the events that started in a month in `/data/history/<month>.json`, the months in
//! `/data/history.json`, and redacted entries.

use outband_record::log;
use outband_record::text::{
    ComponentPath, Id, Impact, IncidentKind, LeafHash, Phase, Redaction, SingleLine, Slug,
};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

/// An incident, a maintenance or a notice in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its name in URLs.
    #[serde(with = "text")]
    pub slug: Slug,
    /// Incident, maintenance or notice.
    #[serde(with = "text")]
    pub kind: IncidentKind,
    /// What users cannot do.
    #[serde(with = "text")]
    pub title: SingleLine<120>,
    /// The stage it has reached.
    #[serde(with = "text")]
    pub phase: Phase,
    /// Its impact; `None` if unknown.
    #[serde(with = "text::maybe")]
    pub impact: Option<Impact>,
    /// When it began.
    #[serde(with = "text")]
    pub started: Time,
    /// When it ended.
    #[serde(with = "text::maybe")]
    pub ended: Option<Time>,
    /// What it affected, by path.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "text::list")]
    pub affects: Vec<ComponentPath>,
    /// Whether everything that was said of it was withdrawn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Card {
    /// The card of an incident in this state.
    pub fn of(state: &IncidentState<'_>) -> Self {
        Self {
            slug: state.slug.clone(),
            kind: state.kind,
            title: state.title.value.clone(),
            phase: state.phase,
            impact: state.impact,
            started: state.started,
            ended: state.ended,
            affects: state.affected.keys().map(|path| (*path).clone()).collect(),
            withdrawn: state.withdrawn,
        }
    }

    /// The month in whose page it is listed: that of its beginning, in UTC.
    pub fn month(&self) -> String {
        self.started.date().month()
    }
}

/// A month in the list of months.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// `2013-09`.
    pub month: String,
    /// The number of incidents, maintenances and notices that started in it.
    pub count: u64,
}

#[derive(Serialize, Deserialize)]
struct MonthDocument<C> {
    month: String,
    items: C,
}

#[derive(Serialize, Deserialize)]
struct HistoryDocument<M> {
    months: M,
}

/// The document of a month, with its cards in the given order.
pub fn cards(month: &str, cards: &[Card]) -> Result<Rendered, RenderError> {
    print(&paths::month_json(month), MonthDocument { month: month.to_owned(), items: cards })
}

/// Reads [`cards`] back.
pub fn parse_cards(body: &[u8]) -> Result<Vec<Card>, DataError> {
    Ok(parse::<MonthDocument<_>>(body)?.items)
}

/// The list of months, newest first.
pub fn months(months: &[Month]) -> Result<Rendered, RenderError> {
    print(paths::HISTORY_JSON, HistoryDocument { months })
}

/// Reads [`months`] back.
pub fn parse_months(body: &[u8]) -> Result<Vec<Month>, DataError> {
    Ok(parse::<HistoryDocument<_>>(body)?.months)
}

/// An entry whose text was removed from every file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redacted {
    /// Its index.
    pub entry: u64,
    /// Its leaf hash.
    #[serde(with = "text")]
    pub hash: LeafHash,
    /// The id of the redacted update.
    #[serde(with = "text")]
    pub update: Id,
    /// The index of the redaction.
    pub by: u64,
    /// When the redaction was written.
    #[serde(with = "text")]
    pub time: Time,
    /// The incident whose page mentions it.
    #[serde(with = "text::maybe")]
    pub incident: Option<Slug>,
    /// Why.
    #[serde(with = "text")]
    pub reason: SingleLine<200>,
}

impl Redacted {
    /// The entry that `redaction`, at log index `by`, removes.
    pub fn new(by: u64, redaction: &Redaction) -> Self {
        Self {
            entry: redaction.entry,
            hash: redaction.hash,
            update: redaction.update.clone(),
            by,
            time: redaction.time,
            incident: redaction.incident.clone(),
            reason: redaction.reason.clone(),
        }
    }

    /// The text shown to people in place of the entry.
    pub fn note(&self) -> Rendered {
        let text = format!("redacted: {}\nby: {}\n", self.reason, log::note_path(self.by));
        Rendered::text(log::note_path(self.entry), text)
    }
}
