//! From the marks in a [`Projection`] to files.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use outband_record::sort::sort_by_key;
use outband_record::text::Slug;
use outband_record::time::Time;
use outband_record::timeline::{Incident, LoggedUpdate, Outlook};
use outband_site::data;
use outband_site::feeds::{Feeds, Written};
use outband_site::scripts::scripts;
use outband_site::{Rendered, View, calendar, embed, pages, statuspage};

use crate::error::StationError;
use crate::projection::Projection;

impl Projection<'_> {
    /// Every file that follows from what changed, as it reads at `now`.
    pub(crate) fn render(&mut self, now: Time) -> Result<Vec<Rendered>, StationError> {
        self.prepare(now)?;
        self.files(now, Arc::default())
    }

    /// Finds what changed by itself, and reads what the files need.
    pub(crate) fn prepare(&mut self, now: Time) -> Result<(), StationError> {
        self.settle(now)?;
        self.load(now)
    }

    /// The files of what is marked, all that they need being there.
    pub(crate) fn files(&self, now: Time, written: Arc<Written>) -> Result<Vec<Rendered>, StationError> {
        let mut files = self.documents();
        let Some(view) = self.view(now) else { return Ok(files) };
        let mut feeds = Feeds::sharing(&view, written);
        for (slug, incident) in self.changed_incidents() {
            files.extend(of_incident(&view, &mut feeds, slug, incident)?);
        }
        self.pages(&view, &mut files)?;
        self.feeds(&mut feeds, &mut files)?;
        if self.changed.now {
            self.now(&view, &mut feeds, &mut files)?;
        }
        Ok(files)
    }

    /// `None` before the first site note: there is nothing to render.
    pub(crate) fn view(&self, now: Time) -> Option<View<'_>> {
        Some(View {
            site: &self.site.as_ref()?.site,
            authority: self.authority.as_ref()?,
            now,
            spoke: self.newest.spoke,
            redactions: &self.redactions.redacted,
            channels: &self.channels,
        })
    }

    /// Reads what the pages need beyond what changed.
    fn load(&mut self, now: Time) -> Result<(), StationError> {
        if self.changed.now || !self.changed.days.is_empty() || !self.changed.months.is_empty() {
            let open = self.watch.values().filter(|watched| watched.open && !watched.drill);
            for slug in open.map(|watched| watched.slug.clone()).collect::<Vec<_>>() {
                self.incident(&slug)?;
            }
        }
        if self.changed.now {
            self.load_recent(now)?;
            self.load_statuspage()?;
        }
        if self.changed.newest {
            self.load_last_begun()?;
        }
        self.load_channels()?;
        if self.changed.drills || self.changed.site {
            for slug in self.drills.clone() {
                self.incident(&slug)?;
            }
        }
        for month in self.month_pages() {
            self.month(&month)?;
        }
        self.load_days(now)
    }

    fn documents(&self) -> Vec<Rendered> {
        let changed = &self.changed;
        let mut files: Vec<_> = self.notes.iter().map(|(id, note)| data::note(id, note)).collect();
        files.extend(self.authority.as_ref().filter(|_| changed.roster).map(data::roster));
        files.extend(self.site.as_ref().filter(|_| changed.site).map(data::site));
        files.extend(changed.redactions.then(|| data::redactions(&self.redactions)));
        files.extend(changed.renderer.then(|| data::renderer(&self.renderer)));
        files.extend(changed.watch.then(|| data::watch(self.watch.values())));
        files.extend(changed.newest.then(|| data::newest(&self.newest)));
        files.extend(changed.channels.then(|| data::channels(&self.channels)));
        let lists = changed.lists.iter().filter_map(|channel| self.lists.get_key_value(channel));
        files.extend(lists.map(|(channel, places)| data::update_refs(channel, places)));
        files.extend(changed.history.then(|| data::months(&self.history)));
        files.extend(changed.drills.then(|| data::drills(&self.drills)));
        files.extend(changed.statuspage.then(|| self.statuspage.print()));
        let months = changed.months.iter().filter_map(|month| self.months.get_key_value(month));
        files.extend(months.map(|(month, cards)| data::cards(month, cards)));
        let days = changed.days.iter().filter_map(|month| self.spans.get_key_value(month));
        files.extend(days.map(|(month, spans)| data::spans(month, spans)));
        files
    }

    fn pages(&self, view: &View<'_>, files: &mut Vec<Rendered>) -> Result<(), StationError> {
        for month in &self.month_pages() {
            let cards = self.months.get(month).map(Vec::as_slice).unwrap_or_default();
            let days = self.days_of(month, view.now);
            files.push(pages::month(view, month, cards, days.as_ref()).map_err(unrendered)?);
        }
        if self.changed.history || self.changed.site {
            let months: Vec<_> = self.filled_months().cloned().collect();
            files.push(pages::history(view, &months).map_err(unrendered)?);
        }
        if self.changed.drills || self.changed.site {
            let drills: Vec<_> = self.drills.iter().filter_map(|slug| self.incidents.get(slug)).collect();
            files.push(pages::drill(view, &drills).map_err(unrendered)?);
        }
        if self.changed.site {
            files.push(pages::not_found(view).map_err(unrendered)?);
            files.push(pages::embed_help(view).map_err(unrendered)?);
            files.extend(scripts(view));
        }
        Ok(())
    }

    /// The feeds but for those of what is true now.
    fn feeds(&self, feeds: &mut Feeds<'_>, files: &mut Vec<Rendered>) -> Result<(), StationError> {
        for channel in &self.changed.lists {
            let logged = self.updates_in(channel);
            files.push(feeds.channel(channel, &logged, self.archives()).map_err(unrendered)?);
        }
        if self.changed.newest {
            files.extend(feeds.history(&self.last_begun()).map_err(unrendered)?);
        }
        Ok(())
    }

    /// What says what is true now.
    fn now(
        &self,
        view: &View<'_>,
        feeds: &mut Feeds<'_>,
        files: &mut Vec<Rendered>,
    ) -> Result<(), StationError> {
        let watched = self.watch.values().filter(|watched| watched.open && !watched.drill);
        let going: Vec<&Incident> = watched.filter_map(|watched| self.incidents.get(&watched.slug)).collect();
        let states = going.iter().filter_map(|incident| incident.state());
        let outlook = Outlook::at(view.now, view.site, view.spoke, states);
        let by_slug = |slug: &Slug| going.iter().copied().find(|incident| incident.slug() == Some(slug));
        let open: Vec<&Incident> = outlook.open.iter().filter_map(|state| by_slug(state.slug)).collect();
        let recent = self.recent(view.now);
        let items = self.items(&open);
        if let Some(days) = self.recent_days(view.now) {
            files.push(pages::index(view, &outlook, &open, &recent, &days).map_err(unrendered)?);
            files.push(data::uptime(&days));
            files.push(data::uptime_csv(&days));
        }
        files.push(pages::status_txt(view, &outlook, &open).map_err(unrendered)?);
        files.push(data::status(view, &outlook));
        files.extend(embed::files(view, &outlook).map_err(unrendered)?);
        files.extend(feeds.updates(&items, self.archives()).map_err(unrendered)?);
        files.push(calendar::maintenance(view, &self.planned(view.now)));
        let find = |slug: &Slug| self.incidents.get(slug);
        files.extend(statuspage::answers(view, &outlook, &self.statuspage, &self.kept, find));
        Ok(())
    }

    /// The months whose page lists something else than before, or has other days.
    fn month_pages(&self) -> BTreeSet<String> {
        let mut months = self.changed.months.clone();
        months.extend(self.changed.days.iter().cloned());
        months
    }

    fn changed_incidents(&self) -> impl Iterator<Item = (&Slug, &Incident)> {
        self.changed.incidents.iter().filter_map(|slug| self.incidents.get_key_value(slug))
    }

    /// The feeds' items: the newest updates, and all of what is open, the highest index first.
    fn items<'i>(&'i self, open: &[&'i Incident]) -> Vec<&'i LoggedUpdate> {
        let of_open = open.iter().flat_map(|incident| incident.updates());
        let mut items: Vec<&LoggedUpdate> = self
            .newest
            .updates
            .iter()
            .chain(of_open.filter(|logged| logged.update.translates.is_none()))
            .collect();
        sort_by_key(&mut items, |logged| Reverse(logged.index));
        items.dedup_by_key(|logged| logged.index);
        items
    }
}

/// What an incident, a maintenance, a notice or a drill has for itself.
pub(crate) fn of_incident(
    view: &View<'_>,
    feeds: &mut Feeds<'_>,
    slug: &Slug,
    incident: &Incident,
) -> Result<Vec<Rendered>, StationError> {
    let mut files = vec![data::incident(slug, incident)];
    files.extend(pages::incident(view, incident).map_err(unrendered)?);
    files.extend(pages::say(view, incident).map_err(unrendered)?);
    files.extend(feeds.incident(incident).map_err(unrendered)?);
    Ok(files)
}

fn unrendered(error: impl ToString) -> StationError {
    StationError::Render(error.to_string())
}
