//! The reported uptime of each component over a range of days, for pages and programs alike.

use outband_record::text::Site;
use outband_record::time::{Date, Time};
use outband_record::timeline::{Chronicle, Day, Measured, Tally};

/// Full days covered by the index and the documents; today is added to them.
const DAYS: u64 = 90;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// A range of days of a site, as reported up to some time. For today it has only whether something was reported, not
/// for how long, so it changes only when something starts.
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
    /// The 90 days before `now`'s, and that day.
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
