//! Days as a row of bars: one small SVG with one path per kind of day, whose dashes are the days.
//!
//! The worse the day, the taller its bar, and each kind has its own shape, so it can be read without colours:
//!
//! ```text
//!  outage  partial  degraded  maintenance  unknown  nothing reported  no data
//!    █
//!    █        █                               ▁
//!    █        ▄         █          ▁          ▁
//!    █        █         █          ▁          ▁            ▁              .
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

/// How a day is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    Outage,
    Partial,
    Degraded,
    Maintenance,
    Unknown,
    /// Nothing was reported.
    Nothing,
    NoData,
}

/// The bars as SVG.
#[derive(Serialize)]
pub(super) struct Bars {
    width: usize,
    paths: Vec<Path>,
}

#[derive(Serialize)]
pub(super) struct Path {
    class: &'static str,
    d: String,
}

/// The width of a day including the gap after it; must match the dashes in the style sheet.
const DAY: usize = 4;
const GAP: usize = 1;

impl Mark {
    /// Worst first.
    pub(super) const ALL: [Self; 7] = [
        Self::Outage,
        Self::Partial,
        Self::Degraded,
        Self::Maintenance,
        Self::Unknown,
        Self::Nothing,
        Self::NoData,
    ];

    /// Its class in the style sheet, which sets the stroke width.
    pub(super) fn class(self) -> &'static str {
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
            Self::Outage => &[12],
            Self::Partial => &[20, 10],
            Self::Degraded => &[18],
            Self::Maintenance => &[22, 14],
            Self::Unknown => &[23, 18, 13],
            Self::Nothing => &[22],
            Self::NoData => &[23],
        }
    }
}

/// The days in order; `None` leaves a gap.
pub(super) fn bars(days: &[Option<Mark>]) -> Bars {
    let mut paths: BTreeMap<Mark, String> = BTreeMap::new();
    let mut place = 0;
    for run in days.chunk_by(|a, b| a == b) {
        if let Some(Some(mark)) = run.first() {
            strokes(paths.entry(*mark).or_default(), *mark, place, run.len());
        }
        place += run.len();
    }
    Bars {
        width: (place * DAY).saturating_sub(GAP),
        paths: paths.into_iter().map(|(mark, d)| Path { class: mark.class(), d }).collect(),
    }
}

/// A sample of two days, for the legend.
pub(super) fn sample(mark: Mark) -> Path {
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
            ["outage M12 12h3", "partial M24 20h3M24 10h3", "nothing M8 22h3M16 22h3", "nodata M0 23h7"]
        );
    }
}
