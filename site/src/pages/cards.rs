//! Incidents, maintenance and notices as list items.

use outband_record::text::IncidentKind;
use serde::Serialize;

use crate::View;
use crate::data::Card;
use crate::paths;
use crate::words::{Locale, Phrase, impact, kind, phase};

/// A list item.
#[derive(Serialize)]
pub(super) struct CardLine {
    path: String,
    title: String,
    lang: Option<String>,
    word: String,
    when: Phrase,
}

impl CardLine {
    /// An item with an operator's `title`.
    pub(super) fn new(path: String, title: String, lang: Option<String>, word: String, when: Phrase) -> Self {
        Self { path, title, lang, word, when }
    }
}

/// The cards in the given order.
pub(super) fn lines(view: &View<'_>, cards: &[Card]) -> Vec<CardLine> {
    let locale = Locale::page(view.site);
    cards.iter().map(|card| line(&locale, card)).collect()
}

fn line(locale: &Locale<'_>, card: &Card) -> CardLine {
    let messages = locale.messages();
    let began = Phrase::from(locale.full(card.started));
    let when = match card.ended {
        Some(ended) if card.kind == IncidentKind::Incident => {
            let duration = locale.duration(card.started, ended);
            locale.fill("card_began", [("began", began), ("duration", duration)])
        }
        Some(_) | None => began,
    };
    let stage = phase(messages, card.phase);
    let word = match card.kind {
        IncidentKind::Incident => {
            messages.fill("card_incident", &[("phase", stage), ("impact", impact(messages, card.impact))])
        }
        IncidentKind::Maintenance => {
            messages.fill("card_other", &[("kind", kind(messages, card.kind)), ("phase", stage)])
        }
        IncidentKind::Notice => stage.to_owned(),
    };
    CardLine::new(
        paths::incident(&card.slug, false),
        card.title.to_string(),
        locale.foreign(None),
        word,
        when,
    )
}
