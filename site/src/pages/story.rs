//! The page of one incident, maintenance, notice or drill: what holds, and all that was said.

use std::collections::BTreeSet;

use outband_record::timeline::{Holding, Incident};
use serde::Serialize;

use super::article::{Article, Extent, article, listed, title};
use super::frame::{Band, Frame, page, signed_stage};
use super::redacted;
use crate::feeds::{Announced, Channel};
use crate::template::RenderError;
use crate::words::{Fact, Phrase, Voice, answers, phase, standing};
use crate::{Rendered, View, paths};

#[derive(Serialize)]
struct Story<'a> {
    frame: Frame<'a>,
    slug: &'a str,
    /// Where its words for every channel stand; a drill has none.
    channels: Option<String>,
    first: Vec<Fact>,
    more: Vec<Fact>,
    updates: Vec<Article>,
    redacted: Vec<Phrase>,
}

/// The page of an incident, a maintenance, a notice or a drill; `None` where nothing was said.
pub fn incident(view: &View<'_>, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
    let Some(holding) = incident.holding() else { return Ok(None) };
    let path = paths::incident(holding.slug, holding.drill);
    let above = holding.title.value.as_str();
    let answers = answers(&Voice::page(view.site), &holding, view.now, &view.site.contact);
    let articles =
        listed(incident).into_iter().map(|said| article(view, incident, said, above, Extent::Whole));
    let story = Story {
        frame: Frame::new(view, path.as_str(), band(view, incident, &holding))
            .announcing(feeds(view, incident, &holding)),
        slug: holding.slug.as_str(),
        channels: (!holding.drill).then(|| paths::say(holding.slug)),
        first: answers.first,
        more: answers.more,
        updates: articles.collect(),
        redacted: redacted::lines(view, |redacted| redacted.incident.as_ref() == Some(holding.slug)),
    };
    page(view, "incident.html", &path, &story).map(Some)
}

/// The feed of this alone, and those of the languages it was told in. A drill has none.
fn feeds(view: &View<'_>, incident: &Incident, holding: &Holding<'_>) -> Vec<Announced> {
    if holding.drill {
        return Vec::new();
    }
    let mut languages = BTreeSet::new();
    languages.extend(incident.said().iter().filter_map(|said| Channel::spoken(view.site, &said.update)));
    let own = Announced::new(paths::incident_atom(holding.slug), holding.title.value.to_string());
    std::iter::once(own).chain(languages.iter().map(|language| language.announced(view.site))).collect()
}

fn band(view: &View<'_>, incident: &Incident, holding: &Holding<'_>) -> Band {
    let voice = Voice::page(view.site);
    let standing = standing(holding, view.now);
    let last = incident.said().iter().max_by_key(|said| (said.said(), said.index)).unwrap_or(holding.newest);
    let phase = phase(voice.messages(), holding.phase);
    let reached = if holding.reopened {
        voice.messages().fill("stage_again", &[("phase", phase)])
    } else {
        phase.to_owned()
    };
    let mut lines = vec![signed_stage(view, reached, last)];
    if holding.drill {
        lines.insert(0, voice.phrase("drill_line"));
    }
    let band = Band::new(standing.look, title(&voice, holding.title.by).into(), lines);
    band.under(&voice, standing.word(voice.messages()))
}
