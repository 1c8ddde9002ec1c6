//! The station's working memory for one step: typed documents, read from the store when they are needed, changed
//! entry by entry, with marks for what must be written anew.
//!
//! Receiving a note, a moment passing and verifying a whole log all go through here, so that what is published step
//! by step and what is recomputed from the log alone cannot differ.

use std::collections::{BTreeMap, BTreeSet};

use outband_keys::Note;
use outband_record::authority::Authority;
use outband_record::log::{self, note_path};
use outband_record::text::{Id, LeafHash, Slug, Text, Update};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, Signer};
use outband_site::data::{
    self, Card, DataError, Filed, Month, Newest, NoteRef, Pending, Redacted, Redactions, Renderer, SiteEntry,
    UpdateRef, Watched,
};
use outband_site::feeds::Channel;
use outband_site::statuspage::{Kept, Ledger};
use outband_site::{pages, paths};

use crate::changed::Changed;
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::store::{self, Store};

pub(crate) struct Projection<'s> {
    pub(crate) store: &'s dyn Store,
    /// T of the last step, for which the days in the store were rendered; `None` before the first site note.
    pub(crate) published: Option<Time>,
    pub(crate) authority: Option<Authority>,
    pub(crate) site: Option<SiteEntry>,
    pub(crate) renderer: Renderer,
    pub(crate) watch: BTreeMap<Slug, Watched>,
    pub(crate) newest: Newest,
    /// The feeds of components and languages.
    pub(crate) channels: BTreeSet<Channel>,
    pub(crate) lists: BTreeMap<Channel, Vec<UpdateRef>>,
    pub(crate) history: Vec<Month>,
    pub(crate) drills: Vec<Slug>,
    pub(crate) statuspage: Ledger,
    pub(crate) kept: Kept,
    pub(crate) incidents: BTreeMap<Slug, Incident>,
    pub(crate) months: BTreeMap<String, Vec<Card>>,
    /// What is filed under each month: see `days`.
    pub(crate) spans: BTreeMap<String, Vec<Filed>>,
    pub(crate) notes: BTreeMap<Id, NoteRef>,
    pub(crate) redactions: Redactions,
    pub(crate) changed: Changed,
}

/// An entry that was let in, with what was decided about it.
pub(crate) struct Entry<'e> {
    pub(crate) index: u64,
    pub(crate) text: &'e Text,
    pub(crate) sha256: String,
    pub(crate) signers: Vec<Signer>,
    pub(crate) received: Time,
    pub(crate) leaf: String,
}

impl<'s> Projection<'s> {
    /// The book of a log without entries.
    pub(crate) fn empty(store: &'s dyn Store) -> Self {
        Self {
            store,
            published: None,
            authority: None,
            site: None,
            renderer: Renderer { renderer: pages::RENDERER.to_owned(), pending: None },
            watch: BTreeMap::new(),
            newest: Newest::default(),
            channels: BTreeSet::new(),
            lists: BTreeMap::new(),
            history: Vec::new(),
            drills: Vec::new(),
            statuspage: Ledger::default(),
            kept: Kept::default(),
            incidents: BTreeMap::new(),
            months: BTreeMap::new(),
            spans: BTreeMap::new(),
            notes: BTreeMap::new(),
            redactions: Redactions::default(),
            changed: Changed::default(),
        }
    }

    /// Opens the book on what was last committed.
    pub(crate) fn open(store: &'s dyn Store, last: &Head) -> Result<Self, StationError> {
        let projection = Self::empty(store);
        if last.tree.size == 0 {
            return Ok(projection);
        }
        let site = read(store, paths::SITE_JSON, data::parse_site)?;
        if site.is_none() && last.tree.size > 1 {
            return Err(missing(paths::SITE_JSON));
        }
        let mut watch = BTreeMap::new();
        for watched in required(store, paths::WATCH_JSON, data::parse_watch)? {
            watch.insert(watched.slug.clone(), watched);
        }
        Ok(Self {
            authority: Some(authority(store)?),
            published: site.is_some().then_some(last.time),
            site,
            renderer: required(store, paths::RENDERER_JSON, data::parse_renderer)?,
            watch,
            newest: required(store, paths::NEWEST_JSON, data::parse_newest)?,
            channels: required(store, paths::CHANNELS_JSON, data::parse_channels)?,
            history: required(store, paths::HISTORY_JSON, data::parse_months)?,
            drills: required(store, paths::DRILLS_JSON, data::parse_drills)?,
            statuspage: required(store, paths::STATUSPAGE_JSON, Ledger::parse)?,
            redactions: required(store, paths::REDACTIONS_JSON, data::parse_redactions)?,
            ..projection
        })
    }

    /// As [`note`], but a document that is missing of an update that is there is a fault.
    pub(crate) fn note(&mut self, text: &Text) -> Result<Option<NoteRef>, StationError> {
        let note = note(self.store, text)?;
        if let (None, Text::Update(update)) = (&note, text)
            && self.incident(&update.incident)?.is_some_and(|incident| incident.by_id(&update.id).is_some())
        {
            return Err(missing(&paths::note_json(text.id())));
        }
        Ok(note)
    }

    /// The incident, maintenance or notice of this name, if anything was said of it.
    pub(crate) fn incident(&mut self, slug: &Slug) -> Result<Option<&Incident>, StationError> {
        if !self.incidents.contains_key(slug) {
            let path = paths::incident_json(slug);
            match read(self.store, &path, data::parse_incident)? {
                Some(incident) => {
                    self.incidents.insert(slug.clone(), incident);
                }
                // What is watched is not to be forgotten because its document is.
                None if self.watch.contains_key(slug) => return Err(missing(&path)),
                None => {}
            }
        }
        Ok(self.incidents.get(slug))
    }

    /// Reads an incident that another document lists.
    pub(crate) fn load_incident(&mut self, slug: &Slug) -> Result<(), StationError> {
        let there = self.incident(slug)?.is_some();
        if there { Ok(()) } else { Err(missing(&paths::incident_json(slug))) }
    }

    /// What began in a month.
    pub(crate) fn month(&mut self, month: &str) -> Result<&mut Vec<Card>, StationError> {
        if !self.months.contains_key(month) {
            let path = paths::month_json(month);
            let cards = match read(self.store, &path, data::parse_cards)? {
                Some(cards) => cards,
                None if self.history.iter().any(|listed| listed.month == month) => {
                    return Err(missing(&path));
                }
                None => Vec::new(),
            };
            self.months.insert(month.to_owned(), cards);
        }
        Ok(self.months.entry(month.to_owned()).or_default())
    }

    /// The months in which something began, newest first.
    pub(crate) fn filled_months(&self) -> impl Iterator<Item = &Month> {
        self.history.iter().filter(|month| month.count > 0)
    }

    /// Takes the log's next entry into account.
    pub(crate) fn apply(&mut self, entry: Entry<'_>) -> Result<(), StationError> {
        let note = NoteRef { index: entry.index, sha256: Some(entry.sha256.clone()) };
        self.notes.insert(entry.text.id().clone(), note);
        match entry.text {
            Text::Roster(roster) => {
                self.authority = Some(match self.authority.take() {
                    Some(old) => old.after(entry.text, entry.index),
                    // With the first entry every document begins, so that a missing one is a damaged store.
                    None => {
                        self.changed.everything();
                        Authority::new(roster.as_ref().clone(), entry.index, Vec::new())
                    }
                });
                self.changed.roster = true;
            }
            Text::Revocation(revocation) => {
                self.authority = self.authority.take().map(|old| old.after(entry.text, entry.index));
                self.changed.roster = true;
                if let Some(since) = revocation.since.filter(|since| *since < entry.index) {
                    self.render_anew(since, entry.index);
                    // What readers look at now is flagged at once, what is older step by step.
                    self.changed.now = true;
                    let newest = self.newest.updates.iter().map(|logged| logged.update.incident.clone());
                    self.changed.incidents.extend(newest.chain(self.watch.keys().cloned()));
                }
            }
            Text::Site(site) => {
                let since = self.since().unwrap_or(entry.received);
                self.statuspage.apply_site(site);
                let site = SiteEntry { since, index: entry.index, site: site.as_ref().clone() };
                let before = self.site.replace(site);
                self.begin_channels();
                match before {
                    Some(_) => self.render_anew(0, entry.index),
                    // Until now there was nothing to render.
                    None => self.changed.everything(),
                }
                self.changed.site = true;
                self.changed.statuspage = true;
                self.changed.now = true;
            }
            Text::Update(update) => self.apply_update(update, entry)?,
            // What it takes out is not here: see `redact`.
            Text::Redaction(redaction) => {
                let gone = NoteRef { index: redaction.entry, sha256: None };
                self.notes.insert(redaction.update.clone(), gone);
                self.redactions.redacted.push(Redacted::new(entry.index, redaction));
            }
        }
        Ok(())
    }

    /// What follows from the entries `from..to` must be rendered anew, in steps: see `tick`.
    pub(crate) fn render_anew(&mut self, from: u64, to: u64) {
        let from = self.renderer.pending.map_or(from, |pending| pending.from.min(from));
        self.renderer.pending = (from < to).then_some(Pending { from, to, done: 0 });
        self.changed.renderer = true;
    }

    /// The redaction of the entry at `index`.
    pub(crate) fn redaction_of(&self, index: u64) -> Option<&Redacted> {
        self.redactions.redacted.iter().find(|redacted| redacted.entry == index)
    }

    /// The leaf hash of the entry at `index`.
    pub(crate) fn leaf_hash(&self, index: u64) -> Result<LeafHash, StationError> {
        let path = note_path(index);
        let file = store::read(self.store, &path)?.ok_or_else(|| missing(&path))?;
        Ok(LeafHash(log::entry_hash(&file.body).0))
    }

    /// Reads again what is said at `index` of the log, if it is an update that stands.
    pub(crate) fn update_at(&self, index: u64) -> Result<Option<Update>, StationError> {
        if self.redaction_of(index).is_some() {
            return Ok(None);
        }
        let path = note_path(index);
        let damaged = |what: String| StationError::document(&path, what);
        let file = store::read(self.store, &path)?.ok_or_else(|| missing(&path))?;
        let note = Note::parse_entry(&file.body).map_err(|error| damaged(error.to_string()))?;
        match Text::parse(note.text()).map_err(|error| damaged(error.to_string()))? {
            Text::Update(update) => Ok(Some(*update)),
            Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Ok(None),
        }
    }

    /// Looks again at everything that was changed, and at everything whose moment has come: is it open, and when
    /// does it next read differently? And which days are over?
    pub(crate) fn settle(&mut self, now: Time) -> Result<(), StationError> {
        self.turn_days(now);
        let due = self.watch.values().filter(|watched| watched.next.is_some_and(|next| next <= now));
        let due: Vec<(Slug, bool)> = due.map(|watched| (watched.slug.clone(), watched.drill)).collect();
        for (slug, drill) in due {
            self.changed.incidents.insert(slug);
            if drill { self.changed.drills = true } else { self.changed.now = true }
        }
        let slugs: Vec<_> = self.changed.incidents.iter().cloned().collect();
        for slug in slugs {
            let watched =
                self.incident(&slug)?.and_then(Incident::state).and_then(|state| watched(&state, now));
            let before = self.watch.remove(&slug);
            self.changed.watch |= before != watched;
            if let Some(watched) = watched {
                self.watch.insert(slug.clone(), watched);
            }
            self.file_spans(&slug, now)?;
        }
        Ok(())
    }

    /// The next moment after `now` at which something reads differently though nothing was said.
    pub(crate) fn next_moment(&self, now: Time) -> Option<Time> {
        let end_of_day = self.since().map(|_| now.date().end());
        self.watch.values().filter_map(|watched| watched.next).chain(end_of_day).min()
    }
}

/// Where a text with this one's id stands, if one was accepted.
pub(crate) fn note(store: &dyn Store, text: &Text) -> Result<Option<NoteRef>, StationError> {
    read(store, &paths::note_json(text.id()), data::parse_note)
}

/// Who may sign, once the log has an entry.
pub(crate) fn authority(store: &dyn Store) -> Result<Authority, StationError> {
    required(store, paths::ROSTER_JSON, data::parse_roster)
}

/// What goes on has its place in what is true now, and a beginning that is to come in what has begun. A drill has
/// neither: it is watched while it will read differently.
fn watched(state: &IncidentState<'_>, now: Time) -> Option<Watched> {
    let next = state.moments().chain([state.started]).filter(|moment| *moment > now).min();
    let open = state.is_open(now);
    ((open && !state.drill) || next.is_some()).then(|| Watched {
        slug: state.slug.clone(),
        drill: state.drill,
        open,
        next,
    })
}

pub(crate) fn read<T>(
    store: &dyn Store,
    path: &str,
    parse: impl Fn(&[u8]) -> Result<T, DataError>,
) -> Result<Option<T>, StationError> {
    store::read(store, path)?.map(|file| parse(&file.body).map_err(StationError::data(path))).transpose()
}

/// A document that is there once the log has an entry: without it, the page would read as if nothing had been said.
fn required<T>(
    store: &dyn Store,
    path: &str,
    parse: impl Fn(&[u8]) -> Result<T, DataError>,
) -> Result<T, StationError> {
    read(store, path, parse)?.ok_or_else(|| missing(path))
}

pub(crate) fn missing(path: &str) -> StationError {
    StationError::document(path, "it is missing; restore it from a mirror")
}
