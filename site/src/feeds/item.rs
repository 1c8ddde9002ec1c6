use outband_record::log::note_path;
use outband_record::text::Update;
use outband_record::time::Time;
use outband_record::timeline::Said;
use serde::Serialize;

use crate::messages::Messages;
use crate::pages::base;
use crate::template::{self, RenderError};
use crate::words::{Block, Fact, Voice, facts, phase, prose, update_path};
use crate::{View, paths};

/// One update, in every format's terms.
pub(super) struct Item {
    /// `urn:uuid:` and the update's own random id: it does not change with host, mirror or title.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) url: String,
    /// The signed note in the log.
    pub(super) note: String,
    /// When it was said: the operator's clock or the receipt, whichever is earlier, so never in the future and
    /// never moved by what comes later.
    pub(super) said: Time,
    pub(super) authors: Vec<String>,
    pub(super) category: &'static str,
    pub(super) lang: String,
    pub(super) html: String,
}

/// The updates that are items, in the order given.
pub(super) fn items(view: &View<'_>, said: &[&Said]) -> Result<Vec<Item>, RenderError> {
    said.iter().filter(|said| is_item(said)).map(|said| item(view, said)).collect()
}

/// When the newest item came in; when the site note was written where there is none.
pub(super) fn updated(view: &View<'_>, said: &[&Said]) -> Time {
    let received = said.iter().filter(|said| is_item(said)).map(|said| said.received);
    received.max().unwrap_or(view.site.time)
}

/// Drills are not real, and a translation is not another update.
fn is_item(said: &Said) -> bool {
    !said.update.is_drill() && said.update.translates.is_none()
}

fn item(view: &View<'_>, said: &Said) -> Result<Item, RenderError> {
    let (update, base) = (&said.update, base(view));
    let messages = Messages::of(&view.site.lang);
    let note = format!("{base}{}", note_path(said.index));
    Ok(Item {
        id: urn(update.id.as_str()),
        title: format!("[{}] {}", label(messages, update), update.title),
        url: format!("{base}{}", update_path(update, &update.id)),
        said: said.said(),
        authors: said.signers.iter().map(|signer| signer.person.clone()).collect(),
        category: update.phase.as_str(),
        lang: update.lang.as_ref().unwrap_or(&view.site.lang).to_string(),
        html: template::render("item.html", messages, &content(view, said, &note))?,
        note,
    })
}

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

#[derive(Serialize)]
struct Content<'a> {
    first: Vec<Fact>,
    summary: Option<&'a str>,
    body: Vec<Block>,
    more: Vec<Fact>,
    note: &'a str,
    incident: String,
}

/// What a reader of feeds must see before any prose.
const FIRST: [&str; 7] = ["corrects", "retracts", "impact", "affects", "workaround", "eta", "next-update"];

fn content<'a>(view: &View<'_>, said: &'a Said, note: &'a str) -> Content<'a> {
    let (update, base) = (&said.update, base(view));
    let voice = Voice::feed(view.site);
    let line = |fact: Fact| Fact { said: vec![voice.clauses(fact.said).absolute(base)], ..fact };
    let facts = facts(&voice, update).into_iter().map(line);
    let (mut first, more): (Vec<_>, Vec<_>) = facts.partition(|fact| FIRST.contains(&fact.line));
    first.sort_by_key(|fact| FIRST.iter().position(|line| *line == fact.line));
    Content {
        first,
        summary: update.summary.as_ref().map(|line| line.as_str()),
        body: update.body.as_deref().map(prose).unwrap_or_default(),
        more,
        note,
        incident: format!("{base}{}", paths::incident(&update.incident, false)),
    }
}
