//! The reported uptime of each component over a range of days, for pages and programs alike. The last 90 days are
//! `/data/uptime.json` and `/data/uptime.csv`.

use outband_record::text::Site;
use outband_record::time::{Date, Time};
use outband_record::timeline::{Chronicle, Day, Measured, Tally};
use serde::Serialize;

use super::print;
use crate::template::RenderError;
use crate::{Rendered, paths};

/// Full days covered by the index and the documents; today is added to them.
const DAYS: u64 = 90;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A range of days of a site, as reported up to some time. For today it says only whether something was reported,
/// not for how long, so it changes only when something starts.
#[derive(Clone, Debug)]
pub struct Uptime<'s> {
    pub(crate) since: Time,
    pub(crate) today: Date,
    pub(crate) first: Date,
    /// The end of the last day.
    pub(crate) end: Time,
    pub(crate) components: Vec<Measured<'s>>,
}

impl<'s> Uptime<'s> {
    /// The 90 days before the day of `now`, and that day.
    pub fn recent(site: &'s Site, chronicle: &Chronicle, now: Time) -> Self {
        Self::between(site, chronicle, Self::first_recent(now), now.date().end(), now)
    }

    /// The first of the recent days at `now`.
    pub fn first_recent(now: Time) -> Date {
        now.minus(DAYS * DAY_SECONDS).date()
    }

    /// A month, `2013-09`, as far as it has passed at `now`; `None` if there is no data for it.
    pub fn of_month(site: &'s Site, chronicle: &Chronicle, month: &str, now: Time) -> Option<Self> {
        let first = Date::parse(&format!("{month}-01"))?;
        let is_measured = chronicle.since() < first.month_end() && first.start() <= now;
        is_measured.then(|| Self::between(site, chronicle, first, first.month_end(), now))
    }

    fn between(site: &'s Site, chronicle: &Chronicle, first: Date, end: Time, now: Time) -> Self {
        let components = chronicle.measure(site, first, end.min(now.plus(1)));
        Self { since: chronicle.since(), today: now.date(), first, end, components }
    }

    /// The full days of a component: only they have figures.
    pub(crate) fn over<'m>(&self, measured: &'m Measured<'_>) -> impl Iterator<Item = &'m Day> {
        let today = self.today;
        measured.days.iter().filter(move |day| day.date < today)
    }

    /// The total over all full days.
    pub(crate) fn total(&self, measured: &Measured<'_>) -> Tally {
        Tally::of(self.over(measured).map(|day| day.tally))
    }

    /// The period covered by the figures.
    pub(crate) fn measured(&self) -> (Time, Time) {
        let to = self.end.min(self.today.start());
        (self.since.max(self.first.start()).min(to), to)
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
    rows.push(String::new());
    Rendered::text(paths::UPTIME_CSV, rows.join("\r\n"))
}

/// The full days with reports.
fn reported(uptime: &Uptime<'_>, measured: &Measured<'_>) -> impl Iterator<Item = (String, Tally)> {
    let days = uptime.over(measured).filter(|day| day.tally.worst().is_some());
    days.map(|day| (day.date.to_string(), day.tally))
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
