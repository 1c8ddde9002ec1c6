//! Items: an update, or a whole incident, as all formats show it.

use std::sync::Arc;

use askama::Template;
use outband_record::log::note_path;
use outband_record::sort::sort_by_key;
use outband_record::text::Update;
use outband_record::time::Time;
use outband_record::timeline::{Fate, Incident, IncidentState, LoggedUpdate};

use super::{Feeds, Listed, NEWEST};
use crate::messages::Messages;
use crate::pages::{base, listed, url};
use crate::template::{self, RenderError};
use crate::words::{Block, Fact, Locale, Mark, Phrase, facts, phase, prose, update_path};
use crate::{View, paths};

/// An item, with the fields that all formats share.
#[derive(Template)]
#[template(path = "entry.atom")]
pub(super) struct Item {
    t: &'static Messages,
    /// A permanent id, independent of host, mirror and title.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) url: String,
    /// The signed note in the log.
    pub(super) note: Option<String>,
    pub(super) published: String,
    /// The same date in RSS format.
    pub(super) pub_date: String,
    pub(super) updated: String,
    pub(super) authors: Vec<String>,
    pub(super) category: &'static str,
    pub(super) lang: String,
    pub(super) html: String,
    /// The item as an Atom entry.
    pub(super) entry: String,
}

impl Item {
    /// Adds the Atom entry.
    fn written(self) -> Result<Self, RenderError> {
        let entry = template::render(&self.url, &self)?;
        Ok(Self { entry, ..self })
    }
}

impl Feeds<'_> {
    /// The items of these updates, in the given order.
    pub(super) fn items(&self, updates: &[Listed<'_>]) -> Result<Vec<Arc<Item>>, RenderError> {
        updates.iter().map(|update| self.item(*update)).collect()
    }

    fn item(&self, update: Listed<'_>) -> Result<Arc<Item>, RenderError> {
        let key = (self.messages.tag(), update.logged.index);
        if let Some(item) = self.written.items().get(&key) {
            return Ok(Arc::clone(item));
        }
        let item = Arc::new(item(self.view, self.messages, update)?.written()?);
        self.written.items().insert(key, Arc::clone(&item));
        Ok(item)
    }

    /// When one of these last changed; the time of the site note if there are none.
    pub(super) fn updated(&self, updates: &[Listed<'_>]) -> Time {
        updates.iter().map(|update| update.updated()).max().unwrap_or(self.view.site.time)
    }
}

/// Whether feeds carry it: drills are not real, and a translation is not a new update.
pub(super) fn is_item(logged: &LoggedUpdate) -> bool {
    !logged.update.is_drill() && logged.update.translates.is_none()
}

fn item(view: &View<'_>, messages: &'static Messages, listed: Listed<'_>) -> Result<Item, RenderError> {
    let Listed { logged, fate, .. } = listed;
    let (update, base) = (&logged.update, base(view));
    let locale = Locale::feed(view.site, messages, &logged.names);
    let url = format!("{base}{}", update_path(update, &update.id));
    // What is not in the log yet has no entry to read.
    let entry = (!logged.is_pending).then(|| format!("{base}{}", note_path(logged.index)));
    let note = entry.as_ref().unwrap_or(&url);
    let label = match fate {
        Some(Fate::Corrected(_)) => messages.text("item_corrected"),
        Some(Fate::Retracted(_)) => messages.text("item_retracted"),
        None => label(messages, update),
    };
    Ok(Item {
        t: messages,
        id: urn(update.id.as_str()),
        title: format!("[{label}] {}", locale.apart(update.title.as_str(), update.lang.as_ref())),
        published: logged.listed.to_string(),
        pub_date: logged.listed.http_date(),
        updated: listed.updated().to_string(),
        authors: logged.signers.iter().map(|signer| signer.person.clone()).collect(),
        category: update.phase.as_str(),
        lang: update.lang.as_ref().unwrap_or(&view.site.lang).to_string(),
        html: template::render(note, &content(view, &locale, listed, note))?,
        note: entry,
        url,
        entry: String::new(),
    })
}

/// The update's stage, or that it corrects or retracts another.
fn label(messages: &Messages, update: &Update) -> &'static str {
    match (&update.corrects, &update.retracts) {
        (Some(_), _) => messages.text("item_correction"),
        (_, Some(_)) => messages.text("item_retraction"),
        _ => phase(messages, update.phase),
    }
}

/// `urn:uuid:6f1ed002-ab55-9585-9014-ebf0951522d9`
fn urn(id: &str) -> String {
    let mut urn = "urn:uuid:".to_owned();
    for (place, digit) in id.chars().enumerate() {
        if matches!(place, 8 | 12 | 16 | 20) {
            urn.push('-');
        }
        urn.push(digit);
    }
    urn
}

/// The words come before the facts: readers and chats show the first 150 characters as a preview. What no longer applies
/// says so before that.
#[derive(Template)]
#[template(path = "item.html")]
struct Content<'a> {
    t: &'static Messages,
    mark: Option<Mark>,
    /// The title, if there are no other words.
    title: Option<&'a str>,
    summary: Option<&'a str>,
    body: Vec<Block>,
    facts: Vec<Fact>,
    /// When it was written, and when it was received if that was much later.
    when: Phrase,
    incident: String,
    note: &'a str,
}

fn content<'a>(view: &View<'_>, locale: &Locale<'_>, listed: Listed<'a>, note: &'a str) -> Content<'a> {
    let Listed { logged, fate, .. } = listed;
    let update = &logged.update;
    let is_title_all = update.summary.is_none() && update.body.is_none();
    let written = Phrase::from(locale.full(update.time));
    let when = if logged.shows_received() {
        let received = locale.full(logged.received).into();
        locale.fill("item_received", [("written", written), ("received", received)])
    } else {
        locale.fill("item_written", [("written", written)])
    };
    Content {
        t: locale.messages(),
        mark: fate.map(|fate| Mark::of_fate(locale, fate).absolute(base(view))),
        title: is_title_all.then_some(update.title.as_str()),
        summary: update.summary.as_ref().map(|line| line.as_str()),
        body: update.body.as_deref().map(prose).unwrap_or_default(),
        facts: if fate.is_some() { Vec::new() } else { stated(view, locale, logged) },
        when,
        incident: url(view, &paths::incident(&update.incident, false)),
        note,
    }
}

/// Facts that come first.
const FIRST: [&str; 7] = ["corrects", "retracts", "impact", "affects", "workaround", "eta", "next-update"];

/// The facts that an update states, a line each.
fn stated(view: &View<'_>, locale: &Locale<'_>, logged: &LoggedUpdate) -> Vec<Fact> {
    let base = base(view);
    let line = |fact: Fact| Fact { words: vec![locale.clauses(fact.words).absolute(base)], ..fact };
    let mut facts: Vec<_> = facts(locale, logged).into_iter().map(line).collect();
    let place = |fact: &Fact| FIRST.iter().position(|line| *line == fact.line).unwrap_or(FIRST.len());
    sort_by_key(&mut facts, place);
    facts
}

impl Feeds<'_> {
    /// An incident as an item.
    pub(super) fn story(&self, incident: &Incident, state: &IncidentState<'_>) -> Result<Item, RenderError> {
        let (site, base) = (self.view.site, base(self.view));
        let path = paths::incident(state.slug, false);
        let first = incident.updates().first().map_or(state.started, |logged| logged.listed);
        let item = Item {
            t: self.messages,
            // Origin and slug never change, whatever the order in which its updates arrived, and at whichever
            // station.
            id: format!("https://{}{path}", site.origin),
            title: state.title.value.to_string(),
            url: format!("{base}{path}"),
            note: None,
            published: first.to_string(),
            pub_date: first.http_date(),
            updated: listed_at(incident).unwrap_or(first).to_string(),
            authors: Vec::new(),
            category: state.phase.as_str(),
            lang: site.lang.to_string(),
            html: template::render(&path, &self.story_content(incident, &path))?,
            entry: String::new(),
        };
        item.written()
    }

    fn story_content(&self, incident: &Incident, path: &str) -> Story {
        let updates: Vec<_> = listed(incident).into_iter().filter(|logged| is_item(logged)).collect();
        Story {
            t: self.messages,
            earlier: (updates.len() > NEWEST).then(|| self.messages.text("feed_earlier")),
            page: url(self.view, path),
            updates: updates.into_iter().take(NEWEST).map(|logged| self.part(incident, logged)).collect(),
        }
    }

    fn part(&self, incident: &Incident, logged: &LoggedUpdate) -> Part {
        let (update, locale, messages) = (&logged.update, Locale::page(self.view.site), self.messages);
        let said = Locale::feed(self.view.site, messages, &logged.names);
        let void = incident.fate(&update.id).map(|fate| match fate {
            Fate::Retracted(_) => messages.text("feed_retracted"),
            Fate::Corrected(_) => messages.text("feed_corrected"),
        });
        Part {
            when: locale.full(logged.effective_time()).into(),
            label: label(messages, update),
            void,
            lang: locale.foreign(update.lang.as_ref()),
            title: update.title.to_string(),
            summary: update.summary.as_ref().map(ToString::to_string),
            body: update.body.as_deref().map(prose).unwrap_or_default(),
            facts: if void.is_some() { Vec::new() } else { stated(self.view, &said, logged) },
        }
    }
}

#[derive(Template)]
#[template(path = "story.html")]
struct Story {
    t: &'static Messages,
    updates: Vec<Part>,
    /// The text of the link to older updates.
    earlier: Option<&'static str>,
    page: String,
}

struct Part {
    when: Phrase,
    label: &'static str,
    /// Whether it was corrected or withdrawn since, in words: a strikethrough is not read aloud.
    void: Option<&'static str>,
    lang: Option<String>,
    title: String,
    summary: Option<String>,
    body: Vec<Block>,
    facts: Vec<Fact>,
}

/// When the newest update was listed.
pub(super) fn listed_at(incident: &Incident) -> Option<Time> {
    incident.updates().iter().filter(|logged| is_item(logged)).map(|logged| logged.listed).max()
}
