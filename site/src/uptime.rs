//! The reported uptime of each component over some days, for pages and programs alike.

use outband_record::text::Site;
use outband_record::time::{Date, Time};
use outband_record::timeline::{Chronicle, Day, Measured, Tally};

/// Days that are over, of which the index and the documents tell; today comes on top.
const DAYS: u64 = 90;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// Some days of a site, as they were reported until a moment. What is said of today is whether, and never how long:
/// so it changes only when something begins.
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
    /// The 90 days before `now`'s, and that one.
    pub fn recent(site: &'s Site, chronicle: &Chronicle, now: Time) -> Self {
        Self::between(site, chronicle, Self::first_recent(now), now.date().end(), now)
    }

    /// The first of the days that are recent at `now`.
    pub fn first_recent(now: Time) -> Date {
        now.minus(DAYS * DAY_SECONDS).date()
    }

    /// A month, `2013-09`, as far as it is there at `now`; `None` where there is no data of it.
    pub fn of_month(site: &'s Site, chronicle: &Chronicle, month: &str, now: Time) -> Option<Self> {
        let first = Date::parse(&format!("{month}-01"))?;
        let is_measured = chronicle.since() < first.month_end() && first.start() <= now;
        is_measured.then(|| Self::between(site, chronicle, first, first.month_end(), now))
    }

    fn between(site: &'s Site, chronicle: &Chronicle, first: Date, end: Time, now: Time) -> Self {
        let components = chronicle.measure(site, first, end.min(now.plus(1)));
        Self { since: chronicle.since(), today: now.date(), first, end, components }
    }

    /// The days of a component that are over: only they have figures.
    pub(crate) fn over<'m>(&self, measured: &'m Measured<'_>) -> impl Iterator<Item = &'m Day> {
        let today = self.today;
        measured.days.iter().filter(move |day| day.date < today)
    }

    /// All of these together.
    pub(crate) fn total(&self, measured: &Measured<'_>) -> Tally {
        Tally::of(self.over(measured).map(|day| day.tally))
    }

    /// From when to when the figures are.
    pub(crate) fn measured(&self) -> (Time, Time) {
        let to = self.end.min(self.today.start());
        (self.since.max(self.first.start()).min(to), to)
    }
}
