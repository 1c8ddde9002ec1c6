//! `/status.txt`: the verdict and the answers for curl, phone agents and terminals; and one incident in the same form.

use outband_record::sort::sort_by_key;
use outband_record::timeline::{Incident, IncidentState, Outlook};

use super::article::listed;
use super::frame::{base, url};
use super::index::{ask, lead, others, signed_verdict, with_answers};
use crate::template::RenderError;
use crate::words::{Fact, Locale, Phrase, answers, excerpt, verdict_on};
use crate::{Refused, Rendered, View, paths};

/// Characters of the newest update's body.
const BODY_CHARACTERS: usize = 1500;

/// The verdict and the answers as plain text; the first line is the verdict.
pub fn status_txt(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    open: &[&Incident],
) -> Result<Rendered, RenderError> {
    let locale = Locale::page(view.site);
    let mut text = Text { locale, lines: String::new() };
    text.line(&signed_verdict(view, outlook).description());
    text.line(&format!("{} · {}/", view.site.name, base(view)));
    let lead = lead(outlook);
    let others = others(outlook);
    if others > 0 {
        text.message("embed_others", &[("n", &others.to_string())]);
    }
    if lead.is_none() {
        let contacts = view.site.contact.iter().map(|contact| Phrase::plain(contact.as_str()));
        ask(&locale, contacts).iter().for_each(|ask| text.line(&ask.to_string()));
    }
    let mut open: Vec<_> = outlook.open.iter().zip(open).enumerate().collect();
    // The incident in the first line is answered first.
    sort_by_key(&mut open, |(place, _)| Some(*place) != lead);
    let count = with_answers(open.len()) + usize::from(lead.is_some());
    let (answered, further) = open.split_at(open.len().min(count));
    for (place, (state, incident)) in answered {
        text.gap();
        if Some(*place) != lead {
            text.title(view, state, state.title.value.as_str());
        }
        text.open(view, state, incident);
    }
    if !further.is_empty() {
        text.gap();
    }
    for (_, (state, _)) in further {
        let url = url(view, &paths::incident(state.slug, state.drill));
        text.title(view, state, &format!("{} <{url}>", state.title.value));
    }
    if !view.refused.is_empty() {
        text.gap();
        text.message("index_refused", &[]);
    }
    for Refused { title, why, .. } in view.refused {
        text.message("index_refused_line", &[("title", title), ("why", why)]);
    }
    text.gap();
    text.message("text_feed", &[("url", &url(view, paths::ATOM))]);
    text.message("text_check", &[("command", &format!("outband verify {}/", base(view)))]);
    Ok(Rendered::text(paths::STATUS_TXT, text.lines))
}

/// One incident as [`status_txt`] shows it; `None` if there are no updates.
pub fn incident_txt(view: &View<'_>, incident: &Incident) -> Option<String> {
    let state = incident.state()?;
    let mut text = Text { locale: Locale::page(view.site), lines: String::new() };
    if state.drill {
        text.message("drill_line", &[]);
    }
    text.title(view, &state, state.title.value.as_str());
    text.open(view, &state, incident);
    Some(text.lines)
}

struct Text<'a> {
    locale: Locale<'a>,
    lines: String,
}

impl Text<'_> {
    fn line(&mut self, line: &str) {
        self.lines.push_str(line);
        self.lines.push('\n');
    }

    fn gap(&mut self) {
        self.lines.push('\n');
    }

    fn message(&mut self, key: &'static str, values: &[(&str, &str)]) {
        self.line(&self.locale.messages().fill(key, values));
    }

    fn title(&mut self, view: &View<'_>, state: &IncidentState<'_>, title: &str) {
        let word = verdict_on(state, view.now).word(self.locale.messages());
        self.message("labelled", &[("label", word), ("said", title)]);
    }

    fn open(&mut self, view: &View<'_>, state: &IncidentState<'_>, incident: &Incident) {
        if state.newest.is_pending {
            self.message("text_pending", &[]);
        }
        let path = paths::incident(state.slug, state.drill);
        let answers = answers(&self.locale.in_short(&path), state, view.now, &view.site.contact);
        answers.first.iter().chain(&answers.more).for_each(|fact| self.fact(base(view), fact));
        if let Some(body) = &state.newest.update.body {
            self.gap();
            let (body, cut) = excerpt(body, BODY_CHARACTERS);
            self.line(&body);
            if cut {
                self.message("text_cut", &[]);
            }
        }
        let count = listed(incident).len().to_string();
        self.message("text_all", &[("count", &count), ("url", &url(view, &path))]);
    }

    fn fact(&mut self, base: &str, fact: &Fact) {
        self.line(&fact.to_line(&self.locale, base));
    }
}
