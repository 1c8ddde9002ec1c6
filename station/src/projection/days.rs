//! The days: which months' spans and pages a step must write, because something was posted about them or because a day
//! is over.
//!
//! One document per month holds the spans of closed incidents; open incidents are read anyway. So the cost of a step
//! depends on the months that its incident touches, not on the log's length. Every month since the first site note has
//! a document, even without reports, because the set of files must follow from the log and T alone.

use std::sync::Arc;

use outband_record::sort::sort_by;
use outband_record::sorted::Set;
use outband_record::text::{Site, Slug};
use outband_record::time::{self, Time};
use outband_record::timeline::{Chronicle, Span};
use outband_site::{Uptime, paths};

use super::{Projection, missing};
use crate::error::StationError;
use crate::memory::Filed;

impl Projection<'_> {
    /// When measuring began: when the first site note was received.
    pub(crate) fn since(&self) -> Option<Time> {
        self.site.as_ref().map(|entry| entry.since)
    }

    /// The months with days to show, up to `now`.
    pub(crate) fn measured_months(&self, now: Time) -> impl Iterator<Item = String> + use<> {
        self.since().into_iter().flat_map(move |since| time::months(since, now))
    }

    /// Remembers an incident's spans before it changes.
    pub(super) fn remember_spans(&mut self, slug: &Slug) -> Result<(), StationError> {
        if !self.spans_before.contains_key(slug)
            && let Some(incident) = self.incident(slug)?
        {
            self.spans_before.insert(slug.clone(), incident.spans());
        }
        Ok(())
    }

    /// Adds the figures of days that are over: everything that covers the last 90 days changes, and so do the pages of
    /// all months since the last step.
    pub(super) fn turn_days(&mut self, now: Time) -> Result<(), StationError> {
        let Some(since) = self.since() else { return Ok(()) };
        // `published` is `None` in the step of the first site note: nothing was measured before.
        if self.published.is_some_and(|published| published.date() == now.date()) {
            return Ok(());
        }
        self.now = true;
        self.all_components = true;
        let from = self.published.map_or(since, |published| published.max(since));
        for month in time::months(from, now) {
            self.begin_spans(&month)?;
        }
        Ok(())
    }

    /// Marks the month's document to be written, and creates it if necessary.
    pub(super) fn begin_spans(&mut self, month: &str) -> Result<(), StationError> {
        let spans = Arc::unwrap_or_clone(self.spans_of(month)?);
        self.spans.set(&month.to_owned(), spans);
        Ok(())
    }

    /// Files the spans of a closed incident under the months that they touch.
    pub(super) fn file_spans(&mut self, slug: &Slug, now: Time) -> Result<(), StationError> {
        let Some(since) = self.since() else { return Ok(()) };
        let Some(spans) = self.incident(slug)?.map(|incident| incident.spans()) else { return Ok(()) };
        let is_open = self.watch.get(slug).is_some_and(|watched| watched.open);
        let before = self.spans_before.remove(slug).unwrap_or_default();
        let touched = |span: &Span| time::months(span.from.max(since), span.to.unwrap_or(now).min(now));
        let mut months = Set::new();
        months.extend(before.iter().chain(&spans).flat_map(touched));
        for month in months {
            let (from, to) = bounds(&month);
            let mut filed = Arc::unwrap_or_clone(self.spans_of(&month)?);
            filed.retain(|filed| filed.slug != *slug);
            if !is_open {
                let here = spans.iter().filter(|span| span.touches(from, to));
                filed.extend(here.filter_map(|span| Filed::of(slug, span)));
                sort_by(&mut filed, |a, b| a.order().cmp(&b.order()));
            }
            self.spans.set(&month, filed);
        }
        Ok(())
    }

    /// The spans filed under a month.
    fn spans_of(&self, month: &str) -> Result<Arc<Vec<Filed>>, StationError> {
        match self.spans.find(&self.files, &month.to_owned())? {
            Some(spans) => Ok(spans),
            None if self.is_published(month) => Err(missing(&paths::spans_json(month))),
            None => Ok(Arc::default()),
        }
    }

    /// The last 90 days, and today.
    pub(super) fn recent_days<'v>(&self, site: &'v Site, now: Time) -> Result<Uptime<'v>, StationError> {
        let first = Uptime::first_recent(now).start();
        let months = self.since().into_iter().flat_map(move |since| time::months(since.max(first), now));
        Ok(Uptime::recent(site, &self.chronicle(months)?, now))
    }

    /// The days of a month, if it has data.
    pub(super) fn days_of<'v>(
        &self,
        site: &'v Site,
        month: &str,
        now: Time,
    ) -> Result<Option<Uptime<'v>>, StationError> {
        Ok(Uptime::of_month(site, &self.chronicle([month.to_owned()])?, month, now))
    }

    /// The spans reported in these months, from closed and open incidents.
    fn chronicle(&self, months: impl IntoIterator<Item = String>) -> Result<Chronicle, StationError> {
        let since = self.since().ok_or_else(|| missing(paths::SITE_JSON))?;
        let mut chronicle = Chronicle::new(since);
        for month in months {
            for filed in self.spans_of(&month)?.iter() {
                chronicle.add(&filed.slug, [filed.span()]);
            }
        }
        for watched in self.watch.values().filter(|watched| watched.open) {
            chronicle.add(&watched.slug, self.listed(&watched.slug)?.spans());
        }
        Ok(chronicle)
    }

    /// Whether an earlier step wrote the month's document.
    pub(super) fn is_published(&self, month: &str) -> bool {
        self.published.is_some_and(|published| self.measured_months(published).any(|there| there == month))
    }
}

/// The start of a month and its end.
fn bounds(month: &str) -> (Time, Time) {
    let first = time::Date::parse(&format!("{month}-01"));
    first.map_or((Time::EPOCH, Time::EPOCH), |first| (first.start(), first.month_end()))
}
