//! One item per incident, maintenance or notice, which changes with each update, for clients that expect such status
//! feeds.

use std::sync::Arc;

use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, LoggedUpdate};
use serde::Serialize;

use super::item::{Item, is_item, label};
use super::xml::Head;
use super::{Feeds, NEWEST};
use crate::pages::{base, listed};
use crate::template::{self, RenderError};
use crate::words::{Block, Locale, Phrase, prose};
use crate::{Rendered, paths};

/// The history feeds carry this many of the events that started most recently.
pub const HISTORY: usize = 25;

impl Feeds<'_> {
    /// `/history.atom` and `/history.rss`, from the most recently started events, newest first.
    pub fn history(&self, incidents: &[&Incident]) -> Result<[Rendered; 2], RenderError> {
        let items = incidents.iter().filter_map(|incident| Some((*incident, incident.state()?)));
        let items = items.map(|(incident, state)| self.story(incident, &state).map(Arc::new));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let updated = incidents.iter().filter_map(|incident| received(incident)).max();
        let name = [("name", self.view.site.name.as_str())];
        let head = |own| Head {
            title: self.messages().fill("feed_history", &name),
            about: self.messages().fill("feed_history_about", &name),
            whole: paths::HISTORY_ATOM,
            page: paths::HISTORY.to_owned(),
            ..self.head(own, updated.unwrap_or(self.view.site.time))
        };
        Ok([self.atom(&head(paths::HISTORY_ATOM), &items)?, self.rss(&head(paths::HISTORY_RSS), &items)?])
    }

    fn story(&self, incident: &Incident, state: &IncidentState<'_>) -> Result<Item, RenderError> {
        let (site, base) = (self.view.site, base(self.view));
        let path = paths::incident(state.slug, false);
        let first = incident.updates().first().map_or(state.started, LoggedUpdate::effective_time);
        let item = Item {
            // Origin and slug never change, whatever the order in which its updates arrived, and at whichever
            // station.
            id: format!("https://{}{path}", site.origin),
            title: state.title.value.to_string(),
            url: format!("{base}{path}"),
            note: None,
            published: first.to_string(),
            pub_date: first.http_date(),
            updated: received(incident).unwrap_or(first).to_string(),
            authors: Vec::new(),
            category: state.phase.as_str(),
            lang: site.lang.to_string(),
            html: template::render("story.html", self.messages(), &self.told(incident, &path))?,
            entry: String::new(),
        };
        item.written(self.messages())
    }

    fn told(&self, incident: &Incident, path: &str) -> Story {
        let updates: Vec<_> = listed(incident).into_iter().filter(|logged| is_item(logged)).collect();
        Story {
            earlier: (updates.len() > NEWEST).then(|| self.messages().text("feed_earlier")),
            page: format!("{}{path}", base(self.view)),
            updates: updates.into_iter().take(NEWEST).map(|logged| self.part(incident, logged)).collect(),
        }
    }

    fn part(&self, incident: &Incident, logged: &LoggedUpdate) -> Part {
        let (update, locale, messages) = (&logged.update, Locale::page(self.view.site), self.messages());
        let void = match (incident.retracted_by(&update.id), incident.corrected_by(&update.id)) {
            (Some(_), _) => Some(messages.text("feed_retracted")),
            (None, Some(_)) => Some(messages.text("feed_corrected")),
            (None, None) => None,
        };
        Part {
            when: locale.full(logged.effective_time()).into(),
            label: label(messages, update),
            void,
            lang: locale.foreign(update.lang.as_ref()),
            title: update.title.to_string(),
            body: update.body.as_deref().map(prose).unwrap_or_default(),
        }
    }
}

#[derive(Serialize)]
struct Story {
    updates: Vec<Part>,
    /// The text of the link to older updates.
    earlier: Option<&'static str>,
    page: String,
}

#[derive(Serialize)]
struct Part {
    when: Phrase,
    label: &'static str,
    /// Whether it was corrected or withdrawn since, in words: a strikethrough is not read aloud.
    void: Option<&'static str>,
    lang: Option<String>,
    title: String,
    body: Vec<Block>,
}

/// When the newest update was received.
fn received(incident: &Incident) -> Option<Time> {
    incident.updates().iter().filter(|logged| is_item(logged)).map(|logged| logged.received).max()
}
