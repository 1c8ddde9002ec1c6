//! The station's working memory for one step: typed documents, read from the store on first use and changed entry by
//! entry.
//!
//! Receiving a note, ticking and verifying a whole log all use this code, so files published step by step cannot differ
//! from files recomputed from the log alone.

mod days;
mod documents;
mod lists;
mod render;
mod replace;
mod rerender;
mod updates;

use std::sync::Arc;

use outband_keys::Note;
use outband_record::authority::Authority;
use outband_record::log::note_path;
use outband_record::sorted::{Map, Set};
use outband_record::text::{Id, Site, Slug, Text, Update};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, Signer, Span};
use outband_site::data::{self, Card, Month, Redacted};
use outband_site::feeds::Channel;
use outband_site::{Refused, pages, paths};

use crate::checkpoint::Head;
use crate::error::StationError;
use crate::memory::{
    self, Channels, Filed, Ledger, Newest, NoteRef, Redactions, Renderer, SiteEntry, UpdateRef, Watched,
};
pub(crate) use documents::{Files, missing};
use documents::{Keyed, Tracked};
pub(crate) use render::of_incident;

pub(crate) struct Projection<'s> {
    pub(crate) files: Files<'s>,
    /// The number of entries in the store.
    size: u64,
    /// T of the last step, the time for which the stored days were rendered; `None` before the first site note.
    pub(crate) published: Option<Time>,
    authority: Tracked<Option<Authority>>,
    site: Tracked<Option<SiteEntry>>,
    pub(crate) renderer: Tracked<Renderer>,
    watch: Tracked<Map<Slug, Watched>>,
    newest: Tracked<Newest>,
    /// The feeds of components and languages.
    channels: Tracked<Channels>,
    history: Tracked<Vec<Month>>,
    drills: Tracked<Vec<Slug>>,
    statuspage: Tracked<Ledger>,
    redactions: Tracked<Redactions>,
    pub(crate) incidents: Keyed<Slug, Incident>,
    notes: Keyed<Id, NoteRef>,
    lists: Keyed<Channel, Vec<UpdateRef>>,
    months: Keyed<String, Vec<Card>>,
    /// The spans filed under each month: see `days`.
    spans: Keyed<String, Vec<Filed>>,
    /// Whether the pages and feeds that show the current status must be written.
    now: bool,
    /// Whether the page of every component must be written.
    all_components: bool,
    /// Incidents that are rendered again though nothing about them has changed.
    rerendered: Set<Slug>,
    /// Updates that are shown although the log does not take them.
    pub(crate) refused: Vec<Refused>,
    /// The open incidents of unknown extent, as of the last step.
    unknown_before: Set<Slug>,
    /// Each changed incident's spans before this step.
    spans_before: Map<Slug, Vec<Span>>,
}

/// An admitted entry, with the results of admission.
pub(crate) struct Entry<'e> {
    pub(crate) index: u64,
    pub(crate) text: &'e Text,
    pub(crate) sha256: String,
    pub(crate) signers: Vec<Signer>,
    pub(crate) received: Time,
    pub(crate) leaf: String,
    /// Whether it is not in the log yet.
    pub(crate) is_pending: bool,
}

impl<'s> Projection<'s> {
    /// The projection of an empty log.
    pub(crate) fn empty(files: Files<'s>) -> Self {
        let renderer = Renderer { renderer: pages::RENDERER.to_owned(), pending: None };
        Self {
            files,
            size: 0,
            published: None,
            authority: Tracked::default(),
            site: Tracked::default(),
            renderer: Tracked::stored(renderer),
            watch: Tracked::default(),
            newest: Tracked::default(),
            channels: Tracked::default(),
            history: Tracked::default(),
            drills: Tracked::default(),
            statuspage: Tracked::default(),
            redactions: Tracked::default(),
            incidents: Keyed::new(paths::incident_json, data::parse_incident),
            notes: Keyed::new(paths::note_json, memory::parse_note),
            lists: Keyed::new(|channel: &Channel| channel.document(), memory::parse_update_refs),
            months: Keyed::new(|month| paths::month_json(month), data::parse_cards),
            spans: Keyed::new(|month| paths::spans_json(month), memory::parse_spans),
            now: false,
            all_components: false,
            rerendered: Set::new(),
            refused: Vec::new(),
            unknown_before: Set::new(),
            spans_before: Map::new(),
        }
    }

    /// Reads the authority (the keys that may sign) before anything else. A log without entries has none.
    pub(crate) fn find_authority(&mut self) -> Result<Option<&Authority>, StationError> {
        if self.authority.is_none() {
            let authority = self.files.document(paths::ROSTER_JSON, memory::parse_roster)?;
            self.authority = Tracked::stored(authority);
        }
        Ok(self.authority())
    }

    /// A log with entries has an authority.
    pub(crate) fn require_authority(&mut self, last: &Head) -> Result<(), StationError> {
        match self.find_authority()? {
            None if last.tree.size > 0 => Err(missing(paths::ROSTER_JSON)),
            _ => Ok(()),
        }
    }

    /// Reads the last committed documents, except those read by key.
    pub(crate) fn open(&mut self, last: &Head) -> Result<(), StationError> {
        self.require_authority(last)?;
        self.size = last.tree.size;
        if last.tree.size == 0 {
            return Ok(());
        }
        let files = &self.files;
        let site = files.document(paths::SITE_JSON, memory::parse_site)?;
        if site.is_none() && last.tree.size > 1 {
            return Err(missing(paths::SITE_JSON));
        }
        let mut watch = Map::new();
        for watched in files.required_document(paths::WATCH_JSON, memory::parse_watch)? {
            watch.insert(watched.slug.clone(), watched);
        }
        self.watch = Tracked::stored(watch);
        self.renderer =
            Tracked::stored(files.required_document(paths::RENDERER_JSON, memory::parse_renderer)?);
        self.newest = Tracked::stored(files.required_document(paths::NEWEST_JSON, memory::parse_newest)?);
        self.channels =
            Tracked::stored(files.required_document(paths::CHANNELS_JSON, memory::parse_channels)?);
        self.history = Tracked::stored(files.required_document(paths::HISTORY_JSON, data::parse_months)?);
        self.drills = Tracked::stored(files.required_document(paths::DRILLS_JSON, memory::parse_drills)?);
        self.statuspage = Tracked::stored(files.required_document(paths::STATUSPAGE_JSON, Ledger::parse)?);
        let redactions = files.required_document(paths::REDACTIONS_JSON, memory::parse_redactions)?;
        self.redactions = Tracked::stored(redactions);
        self.unknown_before = self.of_unknown_extent();
        self.published = site.is_some().then_some(last.time);
        self.site = Tracked::stored(site);
        Ok(())
    }

    pub(crate) fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    pub(crate) fn site(&self) -> Option<&Site> {
        self.site.as_ref().map(|entry| &entry.site)
    }

    pub(crate) fn redactions(&self) -> &[Redacted] {
        &self.redactions.redacted
    }

    /// The log position of the text with this id. It is an error if an incident contains the update but the update's
    /// own document is missing.
    pub(crate) fn note(&self, text: &Text) -> Result<Option<NoteRef>, StationError> {
        let note = self.notes.find(&self.files, text.id())?;
        if let (None, Text::Update(update)) = (&note, text)
            && self.incident(&update.incident)?.is_some_and(|incident| incident.by_id(&update.id).is_some())
        {
            return Err(missing(&self.notes.path(text.id())));
        }
        Ok(note.map(Arc::unwrap_or_clone))
    }

    /// The log position of the text with this `id`, according to its document alone.
    pub(crate) fn note_of(&self, id: &Id) -> Result<Option<NoteRef>, StationError> {
        Ok(self.notes.find(&self.files, id)?.map(Arc::unwrap_or_clone))
    }

    /// The incident, maintenance or notice with this slug, if anything was posted about it.
    pub(crate) fn incident(&self, slug: &Slug) -> Result<Option<Arc<Incident>>, StationError> {
        match self.incidents.find(&self.files, slug)? {
            // A watched incident must have a document: a missing one is an error, not an incident without updates.
            None if self.watch.contains_key(slug) => Err(missing(&self.incidents.path(slug))),
            found => Ok(found),
        }
    }

    /// Everything that was open at the last step, without drills.
    pub(crate) fn open_slugs(&self) -> impl Iterator<Item = &Slug> {
        self.open_now().map(|watched| &watched.slug)
    }

    fn open_now(&self) -> impl Iterator<Item = &Watched> {
        self.watch.values().filter(|watched| watched.open && !watched.drill)
    }

    /// An incident that another document refers to, so its own document must exist.
    fn listed(&self, slug: &Slug) -> Result<Arc<Incident>, StationError> {
        self.incidents.get(&self.files, slug)
    }

    /// The cards of everything that began in a month.
    fn month(&self, month: &str) -> Result<Arc<Vec<Card>>, StationError> {
        match self.months.find(&self.files, &month.to_owned())? {
            Some(cards) => Ok(cards),
            None if self.is_listed(month) => Err(missing(&paths::month_json(month))),
            None => Ok(Arc::default()),
        }
    }

    fn is_listed(&self, month: &str) -> bool {
        self.history.iter().any(|listed| listed.month == month)
    }

    /// The months in which something began, newest first.
    fn filled_months(&self) -> impl Iterator<Item = &Month> {
        self.history.iter().filter(|month| month.count > 0)
    }

    /// Applies the log's next entry.
    pub(crate) fn apply(&mut self, entry: Entry<'_>) -> Result<(), StationError> {
        let note = NoteRef { index: entry.index, sha256: Some(entry.sha256.clone()) };
        self.notes.set(entry.text.id(), note);
        match entry.text {
            Text::Roster(roster) => {
                let next = match self.authority.take_value() {
                    Some(old) => old.after(entry.text, entry.index),
                    // The first entry creates every document, so that a missing one always means a damaged store.
                    None => {
                        self.touch_everything();
                        Authority::new(roster.as_ref().clone(), entry.index, Vec::new())
                    }
                };
                *self.authority.change() = Some(next);
            }
            Text::Revocation(revocation) => {
                let next = self.authority.take_value().map(|old| old.after(entry.text, entry.index));
                *self.authority.change() = next;
                if let Some(since) = revocation.since.filter(|since| *since < entry.index) {
                    self.flag_since(since, entry.index);
                }
            }
            Text::Site(site) => self.apply_site(site, &entry),
            Text::Update(update) => self.apply_update(update, entry)?,
            // Removing the redacted text is done elsewhere: see `redact`.
            Text::Redaction(redaction) => {
                self.notes.set(&redaction.update, NoteRef { index: redaction.entry, sha256: None });
                self.redactions.change().redacted.push(Redacted::new(entry.index, redaction));
            }
        }
        Ok(())
    }

    /// Flags updates from the entry `since` on: those on current pages at once, older ones step by step.
    fn flag_since(&mut self, since: u64, index: u64) {
        self.schedule_rerendering(since, index);
        self.now = true;
        let newest = self.newest.updates.iter().map(|logged| logged.update.incident.clone());
        for slug in newest.chain(self.watch.keys().cloned()).collect::<Vec<_>>() {
            self.incidents.touch(slug);
        }
    }

    fn apply_site(&mut self, site: &Site, entry: &Entry<'_>) {
        let since = self.since().unwrap_or(entry.received);
        self.statuspage.change().apply_site(site);
        let is_first = self.site.is_none();
        *self.site.change() = Some(SiteEntry { since, index: entry.index, site: site.clone() });
        self.begin_channels();
        if is_first {
            // Nothing could be rendered before the first site note.
            self.touch_everything();
        } else {
            self.schedule_rerendering(0, entry.index);
        }
        self.now = true;
    }

    /// Marks every document that does not belong to one incident, month or channel to be written.
    pub(crate) fn touch_everything(&mut self) {
        self.authority.touch();
        self.site.touch();
        self.renderer.touch();
        self.watch.touch();
        self.newest.touch();
        self.channels.touch();
        self.history.touch();
        self.drills.touch();
        self.statuspage.touch();
        self.redactions.touch();
        self.now = true;
        self.all_components = true;
    }

    /// Shows an update that the log does not take.
    pub(crate) fn show_refused(&mut self, refused: Refused) {
        self.refused.push(refused);
        self.now = true;
    }

    /// The open incidents that may affect anything, since they state nothing about components.
    fn of_unknown_extent(&self) -> Set<Slug> {
        self.open_now().filter(|watched| watched.unknown).map(|watched| watched.slug.clone()).collect()
    }

    /// The redaction of the entry at `index`, if it was redacted.
    pub(crate) fn redaction_of(&self, index: u64) -> Option<&Redacted> {
        self.redactions().iter().find(|redacted| redacted.entry == index)
    }

    /// The update at `index` of the log; `None` if that entry is not an update or was redacted.
    pub(crate) fn update_at(&self, index: u64) -> Result<Option<Update>, StationError> {
        if self.redaction_of(index).is_some() {
            return Ok(None);
        }
        let path = note_path(index);
        let damaged = |what: String| StationError::document(&path, what);
        let leaf = self.files.required(&path)?;
        let note = Note::parse_entry(&leaf.body).map_err(|error| damaged(error.to_string()))?;
        match Text::parse(note.text()).map_err(|error| damaged(error.to_string()))? {
            Text::Update(update) => Ok(Some(*update)),
            Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Ok(None),
        }
    }

    /// Re-evaluates every incident that changed or is due: whether it is open, and when its text next changes
    /// without an update. Also closes the days that are over.
    pub(crate) fn settle(&mut self, now: Time) -> Result<(), StationError> {
        self.turn_days(now)?;
        let due = self.watch.values().filter(|watched| watched.next.is_some_and(|next| next <= now));
        for (slug, drill) in due.map(|due| (due.slug.clone(), due.drill)).collect::<Vec<_>>() {
            self.rerendered.take(&slug);
            self.incidents.touch(slug);
            if drill { self.drills.touch() } else { self.now = true }
        }
        for slug in self.incidents.changed().clone() {
            let incident = self.incident(&slug)?;
            let watched =
                incident.and_then(|incident| incident.state().and_then(|state| watched(&state, now)));
            if self.watch.get(&slug) != watched.as_ref() {
                match watched {
                    Some(watched) => self.watch.change().insert(slug.clone(), watched),
                    None => self.watch.change().remove(&slug),
                };
            }
            self.file_spans(&slug, now)?;
        }
        Ok(())
    }

    /// The next time after `now` at which some file changes although nothing is posted.
    pub(crate) fn next_moment(&self, now: Time) -> Option<Time> {
        let end_of_day = self.since().map(|_| now.date().end());
        self.watch.values().filter_map(|watched| watched.next).chain(end_of_day).min()
    }
}

/// Open incidents are watched because they are part of the current status, and future ones until they begin. A drill is
/// neither: it is watched only while its text will still change without an update.
fn watched(state: &IncidentState<'_>, now: Time) -> Option<Watched> {
    let next = state.moments().chain([state.started]).filter(|moment| *moment > now).min();
    let open = state.is_open(now);
    ((open && !state.drill) || next.is_some()).then(|| Watched {
        slug: state.slug.clone(),
        drill: state.drill,
        open,
        unknown: state.is_of_unknown_extent(now),
        next,
    })
}
