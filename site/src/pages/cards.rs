//! Incidents, maintenances and notices as lines of a list.

use outband_record::text::Kind;
use serde::Serialize;

use crate::View;
use crate::data::Card;
use crate::paths;
use crate::words::{Phrase, Voice, impact, kind, phase};

/// A line of a list.
#[derive(Serialize)]
pub(super) struct Line {
    path: String,
    title: String,
    lang: Option<String>,
    word: String,
    when: Phrase,
}

impl Line {
    /// A line under `title`, as an operator wrote it.
    pub(super) fn new(path: String, title: String, lang: Option<String>, word: String, when: Phrase) -> Self {
        Self { path, title, lang, word, when }
    }
}

/// The cards in the order given.
pub(super) fn lines(view: &View<'_>, cards: &[Card]) -> Vec<Line> {
    let voice = Voice::page(view.site);
    cards.iter().map(|card| line(&voice, card)).collect()
}

fn line(voice: &Voice<'_>, card: &Card) -> Line {
    let messages = voice.messages();
    let began = Phrase::from(voice.full(card.started));
    let when = match card.ended {
        Some(ended) if card.kind == Kind::Incident => {
            let duration = voice.duration(card.started, ended);
            voice.fill("card_began", [("began", began), ("duration", duration)])
        }
        Some(_) | None => began,
    };
    let stage = phase(messages, card.phase);
    let word = match card.kind {
        Kind::Incident => {
            messages.fill("card_incident", &[("phase", stage), ("impact", impact(messages, card.impact))])
        }
        Kind::Maintenance => {
            messages.fill("card_other", &[("kind", kind(messages, card.kind)), ("phase", stage)])
        }
        Kind::Notice => stage.to_owned(),
    };
    Line::new(paths::incident(&card.slug, false), card.title.to_string(), voice.foreign(None), word, when)
}
