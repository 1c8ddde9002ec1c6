//! The pages of one incident, maintenance, notice or drill: its current state with all updates, and its ready-made
//! messages.

use askama::Template;
use outband_record::sorted::Set;
use outband_record::text::IncidentKind;
use outband_record::timeline::{Incident, IncidentState, Step};

use super::article::{Article, Extent, article, keep_changes, listed, redacted, title};
use super::frame::{Band, Frame, page, signed_stage};
use crate::feeds::{Announced, Channel};
use crate::messages::Messages;
use crate::say::{self, announcements};
use crate::template::RenderError;
use crate::words::{Appearance, Fact, Locale, Phrase, answers, phase, verdict_on};
use crate::{Rendered, View, paths};

#[derive(Template)]
#[template(path = "incident.html")]
struct Story<'a> {
    t: &'static Messages,
    slug: &'a str,
    /// The path of its ready-made messages; a drill has none.
    channels: Option<String>,
    first: Vec<Fact>,
    more: Vec<Fact>,
    /// The phases that it has gone through, if it went through several.
    steps: Vec<Reached>,
    updates: Vec<Article>,
    /// The calendar with a maintenance that is not over.
    calendar: Option<&'static str>,
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
    let mut updates: Vec<_> = articles.collect();
    keep_changes(&mut updates);
    let is_planned = state.kind == IncidentKind::Maintenance && state.is_open(view.now) && !state.drill;
    let frame = Frame::new(view, path.as_str(), band(view, incident, &state));
    let frame = frame.announcing(feeds(view, incident, &state));
    let story = Story {
        t: Messages::of(&view.site.lang),
        slug: state.slug.as_str(),
        channels: (!state.drill).then(|| paths::say(state.slug)),
        first: answers.first,
        more: answers.more,
        steps: steps(&Locale::page(view.site), incident),
        updates,
        calendar: is_planned.then_some(paths::MAINTENANCE_ICS),
        redacted: redacted(view, |redacted| redacted.incident.as_ref() == Some(state.slug)),
    };
    page(view, &frame, &story).map(Some)
}

/// A phase that it reached, and when.
struct Reached {
    phase: &'static str,
    class: &'static str,
    when: Phrase,
}

/// The phases in order; none if there was no other than the first.
fn steps(locale: &Locale<'_>, incident: &Incident) -> Vec<Reached> {
    let steps = incident.steps();
    let phases = steps.chunk_by(|one, next| one.logged.update.phase == next.logged.update.phase);
    let reached = |first: &Step<'_>| Reached {
        phase: phase(locale.messages(), first.logged.update.phase),
        class: first.logged.update.phase.as_str(),
        when: locale.near(first.place.effective_time()).into(),
    };
    let reached: Vec<_> = phases.filter_map(|same| same.first()).map(reached).collect();
    if reached.len() > 1 { reached } else { Vec::new() }
}

/// Its own feed, and those of the languages of its updates. A drill has none.
fn feeds(view: &View<'_>, incident: &Incident, state: &IncidentState<'_>) -> Vec<Announced> {
    if state.drill {
        return Vec::new();
    }
    let mut languages = Set::new();
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
    let when = locale.full(last.effective_time());
    let mut lines = vec![signed_stage(view, reached, last, when)];
    if state.drill {
        lines.insert(0, locale.phrase("drill_line"));
    }
    let band = Band::new(verdict.appearance, title(&locale, state.title.by).into(), lines);
    let band = band.under(&locale, verdict.word(locale.messages()));
    if state.is_open(view.now) { band.since(last.effective_time()) } else { band }
}

/// Words per minute, read aloud unhurriedly.
const WORDS_PER_MINUTE: usize = 150;

/// How long a phone announcement takes.
fn reading_time(messages: &Messages, count: usize) -> String {
    let seconds = (count * 60).div_ceil(WORDS_PER_MINUTE).next_multiple_of(5);
    let parts = [("used", &*count.to_string()), ("seconds", &*seconds.to_string())];
    messages.fill("say_phone_hint", &parts)
}

#[derive(Template)]
#[template(path = "say.html")]
struct Say {
    t: &'static Messages,
    parts: Vec<Message>,
    back: String,
}

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
        one("say_phone", Some(reading_time(words, say::words(&texts.phone))), texts.phone),
        Message { heading: words.text("say_staff"), hint: None, list: true, lines: texts.staff },
        one("say_resellers", None, texts.resellers),
    ];
    let path = paths::say(state.slug);
    let locale = Locale::page(view.site);
    let title = locale.quoted(state.title.value.as_str(), state.title.by.update.lang.as_ref());
    let lines = vec![title.into(), locale.phrase("say_line")];
    let band = Band::new(Appearance::Plain, locale.phrase("say_headline"), lines);
    let say = Say { t: words, parts, back: paths::incident(state.slug, false) };
    page(view, &Frame::new(view, path, band), &say).map(Some)
}
