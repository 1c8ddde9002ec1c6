//! `/data/uptime.json` and `/data/uptime.csv`: the reported uptime of the last 90 days; `/data/uptime/<month>.json`:
//! the spans that it is computed from.

use outband_record::text::{ComponentPath, Condition, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Measured, Span, Tally};
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, text};
use crate::template::RenderError;
use crate::uptime::Uptime;
use crate::{Rendered, paths};

/// A span of a closed incident, filed under a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The incident's slug.
    #[serde(with = "text")]
    pub slug: Slug,
    /// The component named in the update.
    #[serde(with = "text")]
    pub component: ComponentPath,
    /// Its condition.
    #[serde(with = "text")]
    pub condition: Condition,
    /// Its first second.
    #[serde(with = "text")]
    pub from: Time,
    /// The second after its last.
    #[serde(with = "text")]
    pub to: Time,
}

impl Filed {
    /// A span of an incident, if it has ended.
    pub fn of(slug: &Slug, span: &Span) -> Option<Self> {
        let Span { from, component, condition, to } = span.clone();
        Some(Self { slug: slug.clone(), component, condition, from, to: to? })
    }

    /// The span.
    pub fn span(&self) -> Span {
        let Self { component, condition, from, to, .. } = self.clone();
        Span { from, component, condition, to: Some(to) }
    }

    /// The sort key in a month's document.
    pub fn order(&self) -> (&Slug, Time, &ComponentPath, Condition, Time) {
        (&self.slug, self.from, &self.component, self.condition, self.to)
    }
}

#[derive(Serialize, Deserialize)]
struct MonthDocument<S> {
    month: String,
    spans: S,
}

/// The document of a month: all spans that overlap it, in the given order.
pub fn spans(month: &str, filed: &[Filed]) -> Result<Rendered, RenderError> {
    print(&paths::spans_json(month), MonthDocument { month: month.to_owned(), spans: filed })
}

/// Reads [`spans`] back.
pub fn parse_spans(body: &[u8]) -> Result<Vec<Filed>, DataError> {
    Ok(parse::<MonthDocument<_>>(body)?.spans)
}

/// The formula by which the uptime follows from the seconds.
const FORMULA: &str = "uptime = 1 - (outage + partial / 2) / (measured - unknown)";

#[derive(Serialize)]
struct UptimeDocument {
    formula: &'static str,
    from: String,
    to: String,
    components: Vec<ComponentDocument>,
}

#[derive(Serialize)]
struct ComponentDocument {
    path: String,
    #[serde(flatten)]
    total: Seconds,
    days: Vec<DayDocument>,
}

#[derive(Serialize)]
struct DayDocument {
    date: String,
    #[serde(flatten)]
    seconds: Seconds,
}

/// Conditions that were not reported are left out.
#[derive(Serialize)]
struct Seconds {
    uptime: Option<String>,
    measured: u64,
    #[serde(skip_serializing_if = "is_zero")]
    outage: u64,
    #[serde(skip_serializing_if = "is_zero")]
    partial: u64,
    #[serde(skip_serializing_if = "is_zero")]
    degraded: u64,
    #[serde(skip_serializing_if = "is_zero")]
    maintenance: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unknown: u64,
}

fn is_zero(seconds: &u64) -> bool {
    *seconds == 0
}

impl From<Tally> for Seconds {
    fn from(tally: Tally) -> Self {
        Self {
            uptime: tally.uptime().map(|share| share.to_string()),
            measured: tally.measured,
            outage: tally.outage,
            partial: tally.partial,
            degraded: tally.degraded,
            maintenance: tally.maintenance,
            unknown: tally.unknown,
        }
    }
}

/// The document of the last 90 days. For each component it has the days with reports.
pub fn uptime(uptime: &Uptime<'_>) -> Result<Rendered, RenderError> {
    let component = |measured: &Measured<'_>| ComponentDocument {
        path: measured.component.path.to_string(),
        total: uptime.total(measured).into(),
        days: reported(uptime, measured)
            .map(|(date, tally)| DayDocument { date, seconds: tally.into() })
            .collect(),
    };
    let (from, to) = uptime.measured();
    let document = UptimeDocument {
        formula: FORMULA,
        from: from.to_string(),
        to: to.to_string(),
        components: uptime.components.iter().map(component).collect(),
    };
    print(paths::UPTIME_JSON, document)
}

/// The same as CSV (RFC 4180): for each component, one row per day with reports, then one for all days. No field needs
/// quotes.
pub fn uptime_csv(uptime: &Uptime<'_>) -> Rendered {
    let mut rows =
        vec!["component,date,measured,outage,partial,degraded,maintenance,unknown,uptime".to_owned()];
    for measured in &uptime.components {
        let days = reported(uptime, measured);
        let all = days.chain([("total".to_owned(), uptime.total(measured))]);
        rows.extend(all.map(|(date, tally)| {
            let Seconds { uptime, measured: seconds, outage, partial, degraded, maintenance, unknown } =
                tally.into();
            let (path, uptime) = (&measured.component.path, uptime.unwrap_or_default());
            format!("{path},{date},{seconds},{outage},{partial},{degraded},{maintenance},{unknown},{uptime}")
        }));
    }
    let mut body = rows.join("\r\n");
    body.push_str("\r\n");
    Rendered { path: paths::UPTIME_CSV.to_owned(), body: body.into_bytes() }
}

/// The full days with reports.
fn reported(uptime: &Uptime<'_>, measured: &Measured<'_>) -> impl Iterator<Item = (String, Tally)> {
    let days = uptime.over(measured).filter(|day| day.tally.worst().is_some());
    days.map(|day| (day.date.to_string(), day.tally))
}
