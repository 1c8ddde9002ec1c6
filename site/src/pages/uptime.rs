//! Reported uptime: bars to look at, and a table to read.
//!
//! The bars of a component are one small SVG with one path per kind of day, whose dashes are the days. All bars have one
//! height, and each kind has its own pattern besides its colour, so they can be read without colours:
//!
//! ```text
//!  outage  partial  degraded  maintenance  unknown  nothing reported  no data
//!    █        █         ▀          ▔          .           │
//!    █                  ▄          ━          .           │              ▪
//!    █        █         ▄          ▁          .           │
//! ```

use std::fmt::Write as _;

use outband_record::sort::sort_by;
use outband_record::sorted::Map;
use outband_record::text::{ComponentPath, Condition};
use outband_record::time::Time;
use outband_record::timeline::{Day, Measured, Tally};

use crate::messages::Messages;
use crate::words::Locale;
use crate::{Uptime, View, paths};

/// Maximum number of components with bars on the index; the others are on the month's page.
const ROWS: usize = 15;

/// Maximum number of days listed one by one on a month's page; the rest are in the data files.
const MOST_DAYS: usize = 200;

/// The bars, the table, and how the numbers are calculated.
pub(super) struct Reported {
    /// What each kind of bar looks like and means; the first three have columns.
    pub(super) kinds: Vec<Kind>,
    pub(super) rows: Vec<Row>,
    /// A note about the other components.
    pub(super) more: Option<String>,
    /// A note about where the data begins, if it begins within these days.
    pub(super) begins: Option<String>,
    /// The page of the month with the other components, or of the previous month.
    pub(super) page: Option<String>,
    pub(super) days: Vec<DayRow>,
    /// Whether the list of days was truncated.
    pub(super) cut: bool,
}

pub(super) struct Kind {
    pub(super) sample: Path,
    pub(super) word: &'static str,
}

pub(super) struct Row {
    pub(super) name: String,
    pub(super) lang: Option<String>,
    pub(super) depth: usize,
    pub(super) uptime: Option<String>,
    /// Days with an outage, a partial outage or degradation, including today.
    pub(super) outage: usize,
    pub(super) partial: usize,
    pub(super) degraded: usize,
    pub(super) bars: Bars,
}

/// One day of a component.
pub(super) struct DayRow {
    pub(super) date: String,
    pub(super) name: String,
    pub(super) lang: Option<String>,
    pub(super) uptime: Option<String>,
    pub(super) parts: Vec<Part>,
}

pub(super) struct Part {
    pub(super) class: &'static str,
    /// `Outage 8:30`
    pub(super) words: String,
}

/// Fewer days say nothing about a component.
const A_WEEK: u64 = 7 * 24 * 60 * 60;

/// What the index says about the bars of the last 90 days and today; `None` before there are seven full days.
pub(super) fn recent(view: &View<'_>, uptime: &Uptime<'_>) -> Option<Reported> {
    if uptime.since.plus(A_WEEK) > uptime.today.start() {
        return None;
    }
    let more = uptime.components.len() - uptime.components.iter().filter(is_top).take(ROWS).count();
    let words = Messages::of(&view.site.lang);
    let more = (more > 0).then(|| words.fill("uptime_more", &[("count", &more.to_string())]));
    let page = paths::month(&uptime.today.month());
    Some(Reported { more, page: Some(page), ..reported(view, uptime) })
}

/// The last 90 days and today of a component.
pub(super) struct Ninety {
    pub(super) uptime: Option<String>,
    pub(super) bars: Bars,
}

/// The last 90 days and today of a top-level component, if it is one of those that the index draws.
pub(super) fn drawn(uptime: &Uptime<'_>, path: &ComponentPath) -> Option<Ninety> {
    let mut top = uptime.components.iter().filter(is_top).take(ROWS);
    top.any(|measured| measured.component.path == *path).then(|| ninety(uptime, path))?
}

/// The last 90 days and today of a component.
pub(super) fn ninety(uptime: &Uptime<'_>, path: &ComponentPath) -> Option<Ninety> {
    let measured = uptime.components.iter().find(|measured| measured.component.path == *path)?;
    let mut marks = marks(measured);
    // A gap before today, which has no figure yet.
    marks.insert(marks.len().saturating_sub(1), None);
    Some(Ninety {
        uptime: uptime.total(measured).uptime().map(|share| share.to_string()),
        bars: bars(&marks),
    })
}

/// A month with every component, and each day with reports on top-level components.
pub(super) fn of_month(view: &View<'_>, uptime: &Uptime<'_>) -> Reported {
    let length =
        usize::try_from((uptime.end.posix() - uptime.first.start().posix()) / 86_400).unwrap_or_default();
    let marks = |measured: &Measured<'_>| {
        let mut marks = marks(measured);
        marks.resize(length, None);
        marks
    };
    let rows =
        uptime.components.iter().map(|measured| row(view, uptime, measured, &marks(measured))).collect();
    let mut days: Vec<_> = uptime
        .components
        .iter()
        .filter(is_top)
        .flat_map(|measured| uptime.over(measured).filter_map(|day| day_row(view, measured, day)))
        .collect();
    // By day, and within a day in the order of the site note.
    sort_by(&mut days, |a, b| a.date.cmp(&b.date));
    let cut = days.len() > MOST_DAYS;
    days.truncate(MOST_DAYS);
    let before = uptime.first.start().minus(1);
    let page = (uptime.since <= before).then(|| paths::month(&before.date().month()));
    Reported { rows, days, cut, page, ..reported(view, uptime) }
}

fn reported(view: &View<'_>, uptime: &Uptime<'_>) -> Reported {
    let words = Messages::of(&view.site.lang);
    let begins =
        |since: Time| words.fill("uptime_begins", &[("date", &words.isolated(&since.date().to_string()))]);
    Reported {
        kinds: Mark::ALL.map(|mark| Kind { sample: sample(mark), word: words.text(mark.word()) }).into(),
        rows: Vec::new(),
        more: None,
        begins: (uptime.since > uptime.first.start()).then(|| begins(uptime.since)),
        page: None,
        days: Vec::new(),
        cut: false,
    }
}

/// How many ancestors a component has.
pub(super) fn depth(path: &ComponentPath) -> usize {
    path.as_str().matches('/').count()
}

fn is_top(measured: &&Measured<'_>) -> bool {
    depth(&measured.component.path) == 0
}

fn marks(measured: &Measured<'_>) -> Vec<Option<Mark>> {
    measured.days.iter().map(|day| Some(Mark::of(&day.tally))).collect()
}

fn row(view: &View<'_>, uptime: &Uptime<'_>, measured: &Measured<'_>, marks: &[Option<Mark>]) -> Row {
    let with =
        |seconds: fn(&Tally) -> u64| measured.days.iter().filter(|day| seconds(&day.tally) > 0).count();
    Row {
        name: measured.component.name.to_string(),
        lang: Locale::page(view.site).foreign(None),
        depth: depth(&measured.component.path),
        uptime: uptime.total(measured).uptime().map(|share| share.to_string()),
        outage: with(|tally| tally.outage),
        partial: with(|tally| tally.partial),
        degraded: with(|tally| tally.degraded),
        bars: bars(marks),
    }
}

fn day_row(view: &View<'_>, measured: &Measured<'_>, day: &Day) -> Option<DayRow> {
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
        words: format!("{} {}", words.text(mark.word()), hours(seconds)),
    };
    tally.worst().map(|_| DayRow {
        date: date.to_string(),
        name: measured.component.name.to_string(),
        lang: Locale::page(view.site).foreign(None),
        uptime: tally.uptime().map(|share| share.to_string()),
        parts: parts.map(part).collect(),
    })
}

/// `8:30`, or with seconds if there are any: `0:00:30`.
fn hours(seconds: u64) -> String {
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{hours}:{minutes:02}") } else { format!("{hours}:{minutes:02}:{rest:02}") }
}

/// How a day is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    Outage,
    Partial,
    Degraded,
    Maintenance,
    Unknown,
    /// Nothing was reported.
    Nothing,
    NoData,
}

impl Mark {
    /// Worst first.
    const ALL: [Self; 7] = [
        Self::Outage,
        Self::Partial,
        Self::Degraded,
        Self::Maintenance,
        Self::Unknown,
        Self::Nothing,
        Self::NoData,
    ];

    /// A day is drawn as its worst condition.
    fn of(tally: &Tally) -> Self {
        match tally.worst() {
            Some(Condition::Outage) => Self::Outage,
            Some(Condition::Partial) => Self::Partial,
            Some(Condition::Degraded) => Self::Degraded,
            Some(Condition::Maintenance) => Self::Maintenance,
            Some(Condition::Unknown) => Self::Unknown,
            Some(Condition::Operational) | None if tally.measured > 0 => Self::Nothing,
            Some(Condition::Operational) | None => Self::NoData,
        }
    }

    /// The message key of its label.
    fn word(self) -> &'static str {
        match self {
            Self::Outage => "uptime_outage",
            Self::Partial => "uptime_partial",
            Self::Degraded => "uptime_degraded",
            Self::Maintenance => "uptime_maintenance",
            Self::Unknown => "uptime_unknown",
            Self::Nothing => "uptime_nothing",
            Self::NoData => "uptime_nodata",
        }
    }

    /// Its class in the style sheet, which sets the stroke width.
    fn class(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Partial => "partial",
            Self::Degraded => "degraded",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
            Self::Nothing => "nothing",
            Self::NoData => "nodata",
        }
    }

    /// The vertical centre of each of its strokes, from the top; the image is 24 high.
    fn strokes(self) -> &'static [u8] {
        match self {
            Self::Outage | Self::Nothing | Self::NoData => &[12],
            Self::Partial => &[5, 19],
            Self::Degraded => &[3, 12, 21],
            Self::Maintenance => &[2, 9, 15, 22],
            Self::Unknown => &[1, 7, 12, 17, 23],
        }
    }
}

/// The bars as SVG.
pub(super) struct Bars {
    pub(super) width: usize,
    pub(super) paths: Vec<Path>,
}

pub(super) struct Path {
    pub(super) class: &'static str,
    pub(super) d: String,
}

/// The width of a day including the gap after it; must match the dashes in the style sheet.
const DAY: usize = 4;
const GAP: usize = 1;

/// The days in order; `None` leaves a gap.
fn bars(days: &[Option<Mark>]) -> Bars {
    let mut paths: Map<Mark, String> = Map::new();
    let mut place = 0;
    for run in days.chunk_by(|a, b| a == b) {
        if let Some(Some(mark)) = run.first() {
            strokes(paths.or_default(*mark), *mark, place, run.len());
        }
        place += run.len();
    }
    Bars {
        width: (place * DAY).saturating_sub(GAP),
        paths: paths.into_iter().map(|(mark, d)| Path { class: mark.class(), d }).collect(),
    }
}

/// A sample of two days, for the legend.
fn sample(mark: Mark) -> Path {
    let mut d = String::new();
    strokes(&mut d, mark, 0, 2);
    Path { class: mark.class(), d }
}

/// Draws `days` days of a kind, starting with the day at `place`.
fn strokes(path: &mut String, mark: Mark, place: usize, days: usize) {
    for y in mark.strokes() {
        // Writing to a string cannot fail.
        let _ = write!(path, "M{} {y}h{}", place * DAY, days * DAY - GAP);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_mark_is_one_path() {
        let days = [Mark::NoData, Mark::NoData, Mark::Nothing, Mark::Outage, Mark::Nothing, Mark::Partial];
        let mut days: Vec<_> = days.into_iter().map(Some).collect();
        days.insert(5, None);
        let Bars { width, paths } = bars(&days);
        assert_eq!(width, 27);
        let paths: Vec<_> = paths.iter().map(|path| format!("{} {}", path.class, path.d)).collect();
        assert_eq!(
            paths,
            ["outage M12 12h3", "partial M24 5h3M24 19h3", "nothing M8 12h3M16 12h3", "nodata M0 12h7"]
        );
    }
}
