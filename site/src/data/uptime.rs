//! `/data/uptime.json` and `/data/uptime.csv`: the reported uptime of the last 90 days.

use outband_record::timeline::{Measured, Tally};
use serde::Serialize;

use super::print;
use crate::template::RenderError;
use crate::uptime::Uptime;
use crate::{Rendered, paths};

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
