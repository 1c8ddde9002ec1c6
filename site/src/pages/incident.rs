//! The pages of one incident, maintenance, notice or drill: its current state with all updates, and its ready-made
//! messages.

use std::collections::BTreeSet;

use outband_record::timeline::{Incident, IncidentState};
use serde::Serialize;

use super::article::{Article, Extent, article, listed, redacted, title};
use super::frame::{Band, Frame, page, signed_stage};
use crate::feeds::{Announced, Channel};
use crate::messages::Messages;
use crate::say::{self, announcements};
use crate::template::RenderError;
use crate::words::{Appearance, Fact, Locale, Phrase, answers, phase, verdict_on};
use crate::{Rendered, View, paths};

#[derive(Serialize)]
struct Story<'a> {
    frame: Frame<'a>,
    slug: &'a str,
    /// The path of its ready-made messages; a drill has none.
    channels: Option<String>,
    first: Vec<Fact>,
    more: Vec<Fact>,
    updates: Vec<Article>,
    redacted: Vec<Phrase>,
}

/// The page of an incident, maintenance, notice or drill; `None` if there are no updates.
pub fn incident(view: &View<'_>, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
    let Some(state) = incident.state() else { return Ok(None) };
    let path = paths::incident(state.slug, state.drill);
    let above = state.title.value.as_str();
    let answers = answers(&Locale::page(view.site), &state, view.now, &view.site.contact);
    let articles =
        listed(incident).into_iter().map(|logged| article(view, incident, logged, above, Extent::Whole));
    let story = Story {
        frame: Frame::new(view, path.as_str(), band(view, incident, &state))
            .announcing(feeds(view, incident, &state)),
        slug: state.slug.as_str(),
        channels: (!state.drill).then(|| paths::say(state.slug)),
        first: answers.first,
        more: answers.more,
        updates: articles.collect(),
        redacted: redacted(view, |redacted| redacted.incident.as_ref() == Some(state.slug)),
    };
    page(view, "incident.html", &path, &story).map(Some)
}

/// Its own feed, and those of the languages of its updates. A drill has none.
fn feeds(view: &View<'_>, incident: &Incident, state: &IncidentState<'_>) -> Vec<Announced> {
    if state.drill {
        return Vec::new();
    }
    let mut languages = BTreeSet::new();
    languages.extend(
        incident.updates().iter().filter_map(|logged| Channel::language_of(view.site, &logged.update)),
    );
    let own = Announced::new(paths::incident_atom(state.slug), state.title.value.to_string());
    std::iter::once(own).chain(languages.iter().map(|language| language.announced(view.site))).collect()
}

fn band(view: &View<'_>, incident: &Incident, state: &IncidentState<'_>) -> Band {
    let locale = Locale::page(view.site);
    let verdict = verdict_on(state, view.now);
    let last = incident.updates().iter().max_by_key(|logged| logged.order()).unwrap_or(state.newest);
    let phase = phase(locale.messages(), state.phase);
    let reached = if state.reopened {
        locale.messages().fill("stage_again", &[("phase", phase)])
    } else {
        phase.to_owned()
    };
    let mut lines = vec![signed_stage(view, reached, last)];
    if state.drill {
        lines.insert(0, locale.phrase("drill_line"));
    }
    let band = Band::new(verdict.appearance, title(&locale, state.title.by).into(), lines);
    band.under(&locale, verdict.word(locale.messages()))
}

#[derive(Serialize)]
struct Say<'a> {
    frame: Frame<'a>,
    parts: Vec<Message>,
    back: String,
}

#[derive(Serialize)]
struct Message {
    heading: &'static str,
    /// How much of the channel's limit is used.
    hint: Option<String>,
    list: bool,
    lines: Vec<String>,
}

/// Ready-made messages for an incident, maintenance or notice; `None` for a drill, which nobody should announce, and
/// if there are no updates.
pub fn say(view: &View<'_>, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
    let Some(state) = incident.state().filter(|state| !state.drill) else { return Ok(None) };
    let words = Messages::of(&view.site.lang);
    let texts = announcements(view, &state);
    let used = |key, used: usize| Some(words.fill(key, &[("used", &used.to_string())]));
    let one = |key, hint, line| Message { heading: words.text(key), hint, list: false, lines: vec![line] };
    let parts = vec![
        one("say_message", used("say_message_hint", say::septets(&texts.message)), texts.message),
        one("say_social", used("say_social_hint", say::weight(&texts.social)), texts.social),
        one("say_mail_subject", None, texts.subject),
        one("say_mail", None, texts.mail),
        one("say_phone", used("say_phone_hint", say::words(&texts.phone)), texts.phone),
        Message { heading: words.text("say_staff"), hint: None, list: true, lines: texts.staff },
        one("say_resellers", None, texts.resellers),
    ];
    let path = paths::say(state.slug);
    let locale = Locale::page(view.site);
    let title = locale.quoted(state.title.value.as_str(), state.title.by.update.lang.as_ref());
    let lines = vec![title.into(), locale.phrase("say_line")];
    let band = Band::new(Appearance::Plain, locale.phrase("say_headline"), lines);
    let model =
        Say { frame: Frame::new(view, path.as_str(), band), parts, back: paths::incident(state.slug, false) };
    page(view, "say.html", &path, &model).map(Some)
}
