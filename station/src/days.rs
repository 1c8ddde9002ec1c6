//! The days: which month's spans and pages a step must write anew, because something was said of them or because a day
//! is over.
//!
//! A document a month holds the spans of what is over; what is open is at hand anyway. So the cost of a step depends on
//! the months that its incident touches, and not on the log's length. There is one for each month since the first
//! site note, whether anything was reported in it or not: which files there are must follow from the log and T alone.

use std::collections::BTreeSet;

use outband_record::sort::sort_by;
use outband_record::text::Slug;
use outband_record::time::{self, Time};
use outband_record::timeline::{Chronicle, Incident, Span};
use outband_site::data::{self, Filed};
use outband_site::{Uptime, paths};

use crate::error::StationError;
use crate::projection::{Projection, missing, read};

impl Projection<'_> {
    /// From when on days are measured: when the first site note was received.
    pub(crate) fn since(&self) -> Option<Time> {
        self.site.as_ref().map(|entry| entry.since)
    }

    /// The months of which there are days, up to `now`.
    pub(crate) fn measured_months(&self, now: Time) -> impl Iterator<Item = String> + use<> {
        self.since().into_iter().flat_map(move |since| time::months(since, now))
    }

    /// Keeps in mind which months an incident touched before it changes.
    pub(crate) fn remember_spans(&mut self, slug: &Slug) {
        if let Some(incident) = self.incidents.get(slug)
            && !self.changed.spans.contains_key(slug)
        {
            let before = incident.spans();
            self.changed.spans.insert(slug.clone(), before);
        }
    }

    /// When a day is over, it gets its figures: all that tells of the last 90 days changes, and the pages of its month
    /// and of those since.
    pub(crate) fn turn_days(&mut self, now: Time) {
        let Some(since) = self.since() else { return };
        // A first site note comes in when nothing was measured yet.
        if self.published.is_some_and(|published| published.date() == now.date()) {
            return;
        }
        self.changed.now = true;
        let from = self.published.map_or(since, |published| published.max(since));
        self.changed.days.extend(time::months(from, now));
    }

    /// Files the spans of an incident under the months that they touch, once it is over.
    pub(crate) fn file_spans(&mut self, slug: &Slug, now: Time) -> Result<(), StationError> {
        let Some(since) = self.since() else { return Ok(()) };
        let Some(spans) = self.incident(slug)?.map(Incident::spans) else { return Ok(()) };
        let is_open = self.watch.get(slug).is_some_and(|watched| watched.open);
        let before = self.changed.spans.remove(slug).unwrap_or_default();
        let touched = |span: &Span| time::months(span.from.max(since), span.to.unwrap_or(now).min(now));
        let mut months = BTreeSet::new();
        months.extend(before.iter().chain(&spans).flat_map(touched));
        for month in months {
            let (from, to) = bounds(&month);
            let filed = self.spans(&month)?;
            filed.retain(|filed| filed.slug != *slug);
            if !is_open {
                let here = spans.iter().filter(|span| span.touches(from, to));
                filed.extend(here.map(|span| Filed { slug: slug.clone(), span: span.clone() }));
                sort_by(filed, Filed::cmp);
            }
            self.changed.days.insert(month);
        }
        Ok(())
    }

    /// What is filed under a month.
    pub(crate) fn spans(&mut self, month: &str) -> Result<&mut Vec<Filed>, StationError> {
        if !self.spans.contains_key(month) {
            let path = paths::spans_json(month);
            let spans = match read(self.store, &path, data::parse_spans)? {
                Some(spans) => spans,
                None if self.is_published(month) => return Err(missing(&path)),
                None => Vec::new(),
            };
            self.spans.insert(month.to_owned(), spans);
        }
        Ok(self.spans.entry(month.to_owned()).or_default())
    }

    /// Reads what the days of the last 90, and of the months that changed, are counted from.
    pub(crate) fn load_days(&mut self, now: Time) -> Result<(), StationError> {
        let recent = self.recent_months(now).filter(|_| self.changed.now);
        let mut months = self.changed.days.clone();
        let measured: Vec<String> = self.measured_months(now).collect();
        let read = recent.chain(self.changed.months.iter().cloned());
        months.extend(read.filter(|month| measured.contains(month)));
        for month in months {
            self.spans(&month)?;
        }
        Ok(())
    }

    /// The last 90 days, and today.
    pub(crate) fn recent_days(&self, now: Time) -> Option<Uptime<'_>> {
        let site = &self.site.as_ref()?.site;
        Some(Uptime::recent(site, &self.chronicle(self.recent_months(now))?, now))
    }

    /// The days of a month, if there is data of it.
    pub(crate) fn days_of(&self, month: &str, now: Time) -> Option<Uptime<'_>> {
        let site = &self.site.as_ref()?.site;
        Uptime::of_month(site, &self.chronicle([month.to_owned()])?, month, now)
    }

    fn recent_months(&self, now: Time) -> impl Iterator<Item = String> + use<> {
        let first = Uptime::first_recent(now).start();
        self.since().into_iter().flat_map(move |since| time::months(since.max(first), now))
    }

    /// What was reported in these months, by what is over and by what is open.
    fn chronicle(&self, months: impl IntoIterator<Item = String>) -> Option<Chronicle> {
        let mut chronicle = Chronicle::new(self.since()?);
        for month in months {
            for Filed { slug, span } in self.spans.get(&month).into_iter().flatten() {
                chronicle.add(slug, [span.clone()]);
            }
        }
        for watched in self.watch.values().filter(|watched| watched.open) {
            if let Some(incident) = self.incidents.get(&watched.slug) {
                chronicle.add(&watched.slug, incident.spans());
            }
        }
        Some(chronicle)
    }

    /// Whether the document of the month was written by an earlier step.
    pub(crate) fn is_published(&self, month: &str) -> bool {
        self.published.is_some_and(|published| self.measured_months(published).any(|there| there == month))
    }
}

/// The first moment of a month, and the first after it.
fn bounds(month: &str) -> (Time, Time) {
    let first = time::Date::parse(&format!("{month}-01"));
    first.map_or((Time::EPOCH, Time::EPOCH), |first| (first.start(), first.month_end()))
}
