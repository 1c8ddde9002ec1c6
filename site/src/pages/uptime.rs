//! Reported uptime: bars to look at, and a table to read.

use outband_record::sort::sort_by;
use outband_record::text::Condition;
use outband_record::time::Time;
use outband_record::timeline::{Day, Measured, Tally};
use serde::Serialize;

use super::bars::{Bars, Mark, Path, bars, sample};
use crate::messages::Messages;
use crate::uptime::Uptime;
use crate::words::Locale;
use crate::{View, paths};

/// Maximum number of rows on the index; the other components are on the month's page.
const ROWS: usize = 15;

/// Maximum number of days listed one by one on a month's page; the rest are in the data files.
const TOLD: usize = 200;

/// The bars, the table, and how the numbers are calculated.
#[derive(Serialize)]
pub(super) struct Reported {
    /// What each kind of bar looks like and means; the first three have columns.
    kinds: Vec<IncidentKind>,
    rows: Vec<Row>,
    /// A note about the other components.
    more: Option<String>,
    /// A note about where the data begins, if it begins within these days.
    begins: Option<String>,
    /// The page of the month with the other components, or of the previous month.
    page: Option<String>,
    told: Vec<Told>,
    /// Whether the list of days was truncated.
    cut: bool,
}

#[derive(Serialize)]
struct IncidentKind {
    #[serde(flatten)]
    sample: Path,
    word: &'static str,
}

#[derive(Serialize)]
struct Row {
    name: String,
    lang: Option<String>,
    depth: usize,
    uptime: Option<String>,
    /// Days with an outage, a partial outage or degradation, including today.
    outage: usize,
    partial: usize,
    degraded: usize,
    bars: Bars,
}

/// One day of a component.
#[derive(Serialize)]
struct Told {
    date: String,
    name: String,
    lang: Option<String>,
    uptime: Option<String>,
    parts: Vec<Part>,
}

#[derive(Serialize)]
struct Part {
    class: &'static str,
    /// `Outage 8:30`
    words: String,
}

/// The last 90 days and today, for top-level components.
pub(super) fn recent(view: &View<'_>, uptime: &Uptime<'_>) -> Reported {
    let top: Vec<_> = uptime.components.iter().filter(|measured| depth(measured) == 0).collect();
    let more = uptime.components.len() - top.len().min(ROWS);
    let words = Messages::of(&view.site.lang);
    let more = (more > 0).then(|| words.fill("uptime_more", &[("count", &more.to_string())]));
    let marks = |measured: &Measured<'_>| {
        let mut marks: Vec<_> = measured.days.iter().map(|day| mark(&day.tally)).map(Some).collect();
        // A gap before today, which has no figure yet.
        marks.insert(marks.len().saturating_sub(1), None);
        marks
    };
    let rows = top.iter().take(ROWS).map(|measured| row(view, uptime, measured, &marks(measured))).collect();
    let page = paths::month(&uptime.today.month());
    Reported { rows, more, page: Some(page), ..reported(view, uptime) }
}

/// A month with every component, and each day with reports on top-level components.
pub(super) fn of_month(view: &View<'_>, uptime: &Uptime<'_>) -> Reported {
    let length =
        usize::try_from((uptime.end.posix() - uptime.first.start().posix()) / 86_400).unwrap_or_default();
    let marks = |measured: &Measured<'_>| {
        let mut marks: Vec<_> = measured.days.iter().map(|day| mark(&day.tally)).map(Some).collect();
        marks.resize(length, None);
        marks
    };
    let rows =
        uptime.components.iter().map(|measured| row(view, uptime, measured, &marks(measured))).collect();
    let mut told: Vec<_> = uptime
        .components
        .iter()
        .filter(|measured| depth(measured) == 0)
        .flat_map(|measured| uptime.over(measured).filter_map(|day| tell(view, measured, day)))
        .collect();
    // By day, and within a day in the order of the site note.
    sort_by(&mut told, |a, b| a.date.cmp(&b.date));
    let cut = told.len() > TOLD;
    told.truncate(TOLD);
    let before = uptime.first.start().minus(1);
    let page = (uptime.since <= before).then(|| paths::month(&before.date().month()));
    Reported { rows, told, cut, page, ..reported(view, uptime) }
}

fn reported(view: &View<'_>, uptime: &Uptime<'_>) -> Reported {
    let words = Messages::of(&view.site.lang);
    let begins =
        |since: Time| words.fill("uptime_begins", &[("date", &words.isolated(&since.date().to_string()))]);
    Reported {
        kinds: Mark::ALL
            .map(|mark| IncidentKind { sample: sample(mark), word: words.text(word(mark)) })
            .into(),
        rows: Vec::new(),
        more: None,
        begins: (uptime.since > uptime.first.start()).then(|| begins(uptime.since)),
        page: None,
        told: Vec::new(),
        cut: false,
    }
}

fn depth(measured: &Measured<'_>) -> usize {
    measured.component.path.as_str().matches('/').count()
}

fn row(view: &View<'_>, uptime: &Uptime<'_>, measured: &Measured<'_>, marks: &[Option<Mark>]) -> Row {
    let with =
        |seconds: fn(&Tally) -> u64| measured.days.iter().filter(|day| seconds(&day.tally) > 0).count();
    Row {
        name: measured.component.name.to_string(),
        lang: Locale::page(view.site).foreign(None),
        depth: depth(measured),
        uptime: uptime.total(measured).uptime().map(|share| share.to_string()),
        outage: with(|tally| tally.outage),
        partial: with(|tally| tally.partial),
        degraded: with(|tally| tally.degraded),
        bars: bars(marks),
    }
}

/// A day is drawn as its worst condition.
fn mark(tally: &Tally) -> Mark {
    match tally.worst() {
        Some(Condition::Outage) => Mark::Outage,
        Some(Condition::Partial) => Mark::Partial,
        Some(Condition::Degraded) => Mark::Degraded,
        Some(Condition::Maintenance) => Mark::Maintenance,
        Some(Condition::Unknown) => Mark::Unknown,
        Some(Condition::Operational) | None if tally.measured > 0 => Mark::Nothing,
        Some(Condition::Operational) | None => Mark::NoData,
    }
}

fn tell(view: &View<'_>, measured: &Measured<'_>, day: &Day) -> Option<Told> {
    let words = Messages::of(&view.site.lang);
    let Day { date, tally } = day;
    let parts = [
        (Mark::Outage, tally.outage),
        (Mark::Partial, tally.partial),
        (Mark::Degraded, tally.degraded),
        (Mark::Maintenance, tally.maintenance),
        (Mark::Unknown, tally.unknown),
    ];
    let parts = parts.into_iter().filter(|(_, seconds)| *seconds > 0);
    let part = |(mark, seconds): (Mark, u64)| Part {
        class: mark.class(),
        words: format!("{} {}", words.text(word(mark)), hours(seconds)),
    };
    tally.worst().map(|_| Told {
        date: date.to_string(),
        name: measured.component.name.to_string(),
        lang: Locale::page(view.site).foreign(None),
        uptime: tally.uptime().map(|share| share.to_string()),
        parts: parts.map(part).collect(),
    })
}

/// The message key of a bar's label.
fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Outage => "uptime_outage",
        Mark::Partial => "uptime_partial",
        Mark::Degraded => "uptime_degraded",
        Mark::Maintenance => "uptime_maintenance",
        Mark::Unknown => "uptime_unknown",
        Mark::Nothing => "uptime_nothing",
        Mark::NoData => "uptime_nodata",
    }
}

/// `8:30`, or with seconds if there are any: `0:00:30`.
fn hours(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{hours}:{minutes:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}
