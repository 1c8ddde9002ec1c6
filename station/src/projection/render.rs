//! Renders a projection to files.

use std::sync::Arc;

use outband_record::sorted::{Map, Set};
use outband_record::text::{ComponentPath, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Incident, Outlook};
use outband_site::feeds::{Channel, Feeds, Written};
use outband_site::pages::RenderError;
use outband_site::scripts::{scripts, shell_scripts};
use outband_site::statuspage::Source;
use outband_site::{
    Rendered, Uptime, View, calendar, console, data, embed, pages, paths, statuspage, well_known,
};

use super::lists::Found;
use super::{Projection, missing};
use crate::error::StationError;
use crate::memory;
use crate::preview::Preview;

impl Projection<'_> {
    /// Renders every file that depends on a changed document, as of `now`.
    pub(crate) fn render(&mut self, now: Time) -> Result<Vec<Rendered>, StationError> {
        self.settle(now)?;
        let mut files = self.documents()?;
        if let Some(view) = self.view(now)? {
            let feeds = Feeds::new(&view);
            for slug in self.incidents.changed() {
                if let Some(incident) = self.incident(slug)? {
                    files.extend(of_incident(&view, &feeds, slug, &incident)?);
                }
            }
            self.pages(&view, &feeds, &mut files)?;
        }
        Ok(files)
    }

    /// Like [`Projection::render`], without the files of incidents. Other threads may add feed items to `written`.
    pub(crate) fn render_rest(
        &mut self,
        now: Time,
        written: Arc<Written>,
    ) -> Result<Vec<Rendered>, StationError> {
        self.settle(now)?;
        let mut files = self.documents()?;
        if let Some(view) = self.view(now)? {
            self.pages(&view, &Feeds::sharing(&view, written), &mut files)?;
        }
        Ok(files)
    }

    /// `None` before the first site note: there is nothing to render.
    pub(crate) fn view(&self, now: Time) -> Result<Option<View<'_>>, StationError> {
        let Some(site) = self.site() else { return Ok(None) };
        Ok(Some(View {
            site,
            authority: self.authority().ok_or_else(|| missing(paths::ROSTER_JSON))?,
            now,
            last_update: self.newest.last_update,
            redactions: &self.redactions.redacted,
            channels: &self.channels.announced,
            refused: &self.refused,
        }))
    }

    fn documents(&self) -> Result<Vec<Rendered>, StationError> {
        let mut files = Vec::new();
        let mut print = |is_changed: bool, document: &dyn Fn() -> Result<Rendered, StationError>| {
            files.extend(is_changed.then(document).transpose()?);
            Ok::<_, StationError>(())
        };
        for id in self.notes.changed() {
            let note = self.notes.get(&self.files, id)?;
            print(true, &|| Ok(memory::note(id, &note)?))?;
        }
        if let Some(authority) = self.authority() {
            print(self.authority.is_changed(), &|| Ok(memory::roster(authority)?))?;
        }
        if let Some(site) = self.site.as_ref() {
            print(self.site.is_changed(), &|| Ok(memory::site(site)?))?;
        }
        print(self.redactions.is_changed(), &|| Ok(memory::redactions(&self.redactions)?))?;
        print(self.renderer.is_changed(), &|| Ok(memory::renderer(&self.renderer)?))?;
        print(self.watch.is_changed(), &|| Ok(memory::watch(self.watch.values())?))?;
        print(self.newest.is_changed(), &|| Ok(memory::newest(&self.newest)?))?;
        print(self.channels.is_changed(), &|| Ok(memory::channels(&self.channels)?))?;
        print(self.history.is_changed(), &|| Ok(data::months(&self.history)?))?;
        print(self.drills.is_changed(), &|| Ok(memory::drills(&self.drills)?))?;
        print(self.statuspage.is_changed(), &|| Ok(self.statuspage.print()?))?;
        for channel in self.lists.changed() {
            let list = self.lists.get(&self.files, channel)?;
            print(true, &|| Ok(memory::update_refs(channel, &list)?))?;
        }
        for month in self.months.changed() {
            let cards = self.month(month)?;
            print(true, &|| Ok(data::cards(month, &cards)?))?;
        }
        for month in self.spans.changed() {
            let spans = self.spans.get(&self.files, month)?;
            print(true, &|| Ok(memory::spans(month, &spans)?))?;
        }
        Ok(files)
    }

    fn pages(
        &self,
        view: &View<'_>,
        feeds: &Feeds<'_>,
        files: &mut Vec<Rendered>,
    ) -> Result<(), StationError> {
        // Months with changed cards or days.
        for month in self.months.changed().union(self.spans.changed()) {
            let days = self.days_of(view.site, month, view.now)?;
            files.push(pages::month(view, month, &self.month(month)?, days.as_ref())?);
        }
        if self.history.is_changed() || self.site.is_changed() || !self.months.changed().is_empty() {
            self.history(view, files)?;
        }
        if self.drills.is_changed() || self.site.is_changed() {
            let drills = self.drills.iter().map(|slug| self.listed(slug));
            let drills = drills.collect::<Result<Vec<_>, _>>()?;
            files.push(pages::drill(view, &references(&drills))?);
        }
        if self.site.is_changed() {
            files.push(pages::not_found(view)?);
            files.push(pages::embed_help(view)?);
            files.push(pages::help(view)?);
            files.extend(console::files(view)?);
            files.extend(scripts(view));
            files.extend(shell_scripts(view));
            files.push(well_known::robots());
            files.extend(well_known::pictures());
        }
        for channel in self.lists.changed() {
            let updates = self.updates_in(channel)?;
            let updates: Vec<_> = updates.iter().filter_map(Found::listed).collect();
            files.extend(feeds.channel(channel, &updates, self.archives())?);
        }
        if self.newest.is_changed() {
            files.extend(feeds.history(&references(&self.last_begun()?))?);
        }
        let components = self.components()?;
        if self.now || !components.is_empty() {
            let going = self.going()?;
            let (outlook, open) = self.outlook(view, &going)?;
            let days = self.recent_days(view.site, view.now)?;
            let current = Current { view, outlook: &outlook, open: &open, days: &days };
            if self.now {
                self.now(&current, feeds, &going, files)?;
            }
            self.pages_of_components(&current, &components, files)?;
        }
        Ok(())
    }

    /// The components whose pages must be written: no other component's condition, days or incidents can have changed.
    fn components(&self) -> Result<Vec<&ComponentPath>, StationError> {
        let unknown = self.of_unknown_extent();
        let is_anywhere = |slug: &Slug| unknown.contains(slug) || self.unknown_before.contains(slug);
        let changed = || self.incidents.changed().iter().filter(|slug| !self.rerendered.contains(*slug));
        let all = self.all_components || changed().any(is_anywhere);
        let mut named = Set::new();
        for slug in changed() {
            if let Some(incident) = self.incident(slug)?.filter(|incident| !incident.is_drill()) {
                named.extend(incident.components().into_iter().cloned());
            }
        }
        let components = self.channels.all().filter_map(|channel| match channel {
            Channel::Component(path) => Some((channel, path)),
            Channel::Language(_) | Channel::Archive(_) => None,
        });
        let must_be_written = |(channel, path): &(&Channel, &ComponentPath)| {
            all || self.lists.changed().contains(*channel) || named.iter().any(|named| path.concerns(named))
        };
        Ok(components.filter(must_be_written).map(|(_, path)| path).collect())
    }

    fn pages_of_components(
        &self,
        Current { view, outlook, days, .. }: &Current<'_>,
        components: &[&ComponentPath],
        files: &mut Vec<Rendered>,
    ) -> Result<(), StationError> {
        if components.is_empty() {
            return Ok(());
        }
        let cards =
            self.past_months(view.now).take(pages::LISTED_MONTHS).map(|month| self.month(&month.month));
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        let cards: Vec<_> = cards.iter().flat_map(|month| month.iter()).collect();
        let planned = self.planned(view.now)?;
        for path in components {
            files.extend(pages::component(view, path, outlook, days, &cards)?);
            files.push(calendar::of_component(view, path, &references(&planned)));
        }
        Ok(())
    }

    /// Renders the list of everything that began in the newest months.
    fn history(&self, view: &View<'_>, files: &mut Vec<Rendered>) -> Result<(), StationError> {
        let months: Vec<_> = self.filled_months().cloned().collect();
        let (listed, before) = months.split_at(months.len().min(pages::LISTED_MONTHS));
        let cards = listed.iter().map(|month| self.month(&month.month));
        let cards = cards.collect::<Result<Vec<_>, _>>()?;
        let listed = listed.iter().zip(&cards).map(|(month, cards)| (month.month.as_str(), cards.as_slice()));
        files.push(pages::history(view, &listed.collect::<Vec<_>>(), before)?);
        Ok(())
    }

    /// Renders the pages and feeds that show the current status.
    fn now(
        &self,
        Current { view, outlook, open, days }: &Current<'_>,
        feeds: &Feeds<'_>,
        going: &[Arc<Incident>],
        files: &mut Vec<Rendered>,
    ) -> Result<(), StationError> {
        files.push(pages::index(view, outlook, open, &self.recent(view.now)?, days)?);
        files.push(data::uptime(days)?);
        files.push(data::uptime_csv(days));
        files.push(pages::status_txt(view, outlook, open)?);
        files.push(data::status(view, outlook)?);
        files.push(well_known::security(view));
        files.extend(embed::files(view, outlook)?);
        let items = self.items(going)?;
        let items: Vec<_> = items.iter().filter_map(Found::listed).collect();
        files.extend(feeds.updates(&items, self.archives())?);
        files.push(calendar::maintenance(view, &references(&self.planned(view.now)?)));
        self.statuspage(view, outlook, going, files)
    }

    /// Open incidents, without drills.
    fn going(&self) -> Result<Vec<Arc<Incident>>, StationError> {
        self.open_slugs().map(|slug| self.listed(slug)).collect()
    }

    /// The outlook, and the incidents in its order.
    fn outlook<'i>(
        &self,
        view: &View<'i>,
        going: &'i [Arc<Incident>],
    ) -> Result<(Outlook<'i>, Vec<&'i Incident>), StationError> {
        let states = going.iter().filter_map(|incident| incident.state());
        let outlook = Outlook::at(view.now, view.site, view.last_update, states);
        let by_slug = |slug: &Slug| {
            let found = going.iter().find(|incident| incident.slug() == Some(slug));
            found.map(Arc::as_ref).ok_or_else(|| missing(&self.incidents.path(slug)))
        };
        let open = outlook.open.iter().map(|state| by_slug(state.slug)).collect::<Result<_, _>>()?;
        Ok((outlook, open))
    }

    /// The pages that show the newest update of `slug` most prominently.
    pub(crate) fn preview(&mut self, slug: &Slug, now: Time) -> Result<Preview, StationError> {
        self.settle(now)?;
        let view = self.view(now)?.ok_or_else(|| missing(paths::SITE_JSON))?;
        let incident = self.listed(slug)?;
        let mut pages: Vec<_> = pages::incident(&view, &incident)?.into_iter().collect();
        let text = pages::incident_txt(&view, &incident).unwrap_or_default();
        if incident.is_drill() {
            return Ok(Preview { pages, text, status: None });
        }
        let going = self.going()?;
        let (outlook, open) = self.outlook(&view, &going)?;
        let days = self.recent_days(view.site, now)?;
        pages.push(pages::index(&view, &outlook, &open, &self.recent(now)?, &days)?);
        let status = pages::status_txt(&view, &outlook, &open)?.body;
        let status = Some(String::from_utf8_lossy(&status).into_owned());
        Ok(Preview { pages, text, status })
    }

    /// The Statuspage-compatible documents. Published items of unchanged incidents are reused, unless the site note or
    /// the renderer changed, so that 50 incidents and as many maintenances need not be read.
    fn statuspage(
        &self,
        view: &View<'_>,
        outlook: &Outlook<'_>,
        open: &[Arc<Incident>],
        files: &mut Vec<Rendered>,
    ) -> Result<(), StationError> {
        let mut published = Map::new();
        if !self.site.is_changed() {
            for path in [paths::API_INCIDENTS, paths::API_MAINTENANCES] {
                if let Some(file) = self.files.read(path)? {
                    published.extend(statuspage::published(&file.body));
                }
            }
        }
        let find_published = |slug: &Slug| published.get(&statuspage::incident_id(&view.site.origin, slug));
        let listing = self.statuspage.listing();
        let mut read = Map::new();
        read.extend(open.iter().filter_map(|incident| Some((incident.slug()?, incident.clone()))));
        for &slug in listing.incidents.iter().chain(&listing.maintenances) {
            if self.incidents.is_known(slug) || find_published(slug).is_none() {
                read.insert(slug, self.listed(slug)?);
            }
        }
        let find = |slug: &Slug| match read.get(slug) {
            Some(incident) => Some(Source::Updates(incident)),
            None => find_published(slug).map(Source::Published),
        };
        files.extend(statuspage::answers(view, outlook, &listing, find)?);
        Ok(())
    }
}

/// The status at a moment.
struct Current<'c> {
    view: &'c View<'c>,
    outlook: &'c Outlook<'c>,
    open: &'c [&'c Incident],
    days: &'c Uptime<'c>,
}

fn references(incidents: &[Arc<Incident>]) -> Vec<&Incident> {
    incidents.iter().map(Arc::as_ref).collect()
}

/// The files of one incident, maintenance, notice or drill.
pub(crate) fn of_incident(
    view: &View<'_>,
    feeds: &Feeds<'_>,
    slug: &Slug,
    incident: &Incident,
) -> Result<Vec<Rendered>, RenderError> {
    let mut files = vec![data::incident(slug, incident)?];
    files.extend(pages::incident(view, incident)?);
    files.extend(pages::say(view, incident)?);
    files.extend(feeds.incident(incident)?);
    Ok(files)
}
