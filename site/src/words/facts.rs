use outband_record::log::note_path;
use outband_record::text::{Id, Slug, Update};
use outband_record::time::Time;
use outband_record::timeline::{Said, Signer};
use serde::Serialize;

use super::{Phrase, Span, Voice, impact, statement};
use crate::paths;

/// Something that is stated, under the name or the question that readers know it by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Fact {
    /// The header line that states it.
    pub(crate) line: &'static str,
    /// The name or the question.
    pub(crate) label: &'static str,
    /// What is stated.
    pub(crate) said: Vec<Phrase>,
}

/// Everything that the header lines of one update state, in the order of the grammar, without what stands in its
/// heading (phase, title, summary) and its small print (who, when, which).
pub(crate) fn facts(voice: &Voice<'_>, update: &Update) -> Vec<Fact> {
    let mut list = List(Vec::new());
    state(&mut list, voice, update);
    blame(&mut list, voice, update);
    times(&mut list, voice, update);
    promises(&mut list, voice, update);
    references(&mut list, update);
    list.0
}

struct List(Vec<Fact>);

impl List {
    fn one(&mut self, line: &'static str, label: &'static str, said: Option<Phrase>) {
        self.many(line, label, said);
    }

    fn many(&mut self, line: &'static str, label: &'static str, said: impl IntoIterator<Item = Phrase>) {
        let said: Vec<_> = said.into_iter().collect();
        if !said.is_empty() {
            self.0.push(Fact { line, label, said });
        }
    }
}

fn state(list: &mut List, voice: &Voice<'_>, u: &Update) {
    let lang = u.lang.as_ref();
    let words = |text: &str| Phrase::from(voice.said(text, lang));
    list.many("symptom", "What you see", u.symptom.iter().map(|line| words(line.as_str())));
    list.one("scope", "Who and how many", u.scope.as_ref().map(|line| words(line.as_str())));
    list.one("impact", "Impact", u.impact.map(|value| Phrase::plain(impact(Some(value)))));
    let affects = u.affects.iter().map(|affects| (&affects.component, affects.condition));
    list.many("affects", "Affected", statement::conditions(voice, affects));
    let unaffected = (!u.unaffected.is_empty()).then(|| statement::components(voice, &u.unaffected));
    list.one("unaffected", "Not affected", unaffected);
}

fn blame(list: &mut List, voice: &Voice<'_>, u: &Update) {
    let lang = u.lang.as_ref();
    list.one("fault", "You or us?", u.fault.as_ref().map(|value| statement::fault(voice, value, lang)));
    list.one("cause", "Cause", u.cause.map(statement::cause));
    list.many("evidence", "Evidence", u.evidence.iter().map(|url| voice.url(url).into()));
    list.many("reply", "Their own statement", u.reply.iter().map(|url| voice.url(url).into()));
    list.many("data", "Data", u.data.iter().map(|value| statement::data(*value)));
    let workaround = u.workaround.as_ref().map(|line| voice.said(line.as_str(), lang).into());
    list.one("workaround", "What you can do", workaround);
}

fn times(list: &mut List, voice: &Voice<'_>, u: &Update) {
    let at = |time: Time| Phrase::from(voice.full(time));
    list.one("started", "Began", u.started.map(at));
    list.one("ended", "Ended", u.ended.map(at));
    list.one("window", "Planned", u.window.map(|value| statement::window(voice, value)));
    let by = |time: Time| Phrase::plain("By ").span(voice.full(time));
    list.one("next-update", "Next update", u.next_update.map(by));
    list.one("eta", "Estimate", u.eta.as_ref().map(|value| statement::eta(voice, value, u.lang.as_ref())));
}

fn promises(list: &mut List, voice: &Voice<'_>, u: &Update) {
    list.many("contact", "Contact", u.contact.iter().map(|contact| voice.contact(contact).into()));
    let slug = |slug: &Slug| Phrase::default().link(slug.as_str(), paths::incident(slug, u.is_drill()));
    list.one("recurrence-of", "Happened before", u.recurrence_of.as_ref().map(slug));
    list.one("continues-in", "Goes on in", u.continues_in.as_ref().map(slug));
    let report = |value| statement::report(voice, value, &update_path(u, &u.id));
    list.one("report", "Report", u.report.as_ref().map(report));
    list.one(
        "credit",
        "Credit",
        u.credit.as_ref().map(|value| statement::credit(voice, value, u.lang.as_ref())),
    );
}

fn references(list: &mut List, u: &Update) {
    let update = |id: &Id| Phrase::default().link(format!("update {id}"), update_path(u, id));
    list.one("corrects", "Corrects", u.corrects.as_ref().map(update));
    list.one("retracts", "Retracts", u.retracts.as_ref().map(update));
    list.one("lang", "Language", u.lang.as_ref().map(|lang| Phrase::plain(lang.as_str())));
    list.one("translates", "Translates", u.translates.as_ref().map(update));
    list.one("drill", "Drill", u.drill.map(|_| Phrase::plain("Yes: this is a drill, and nothing is wrong")));
}

/// Where the update `id` stands on the page of the same incident as `beside`.
pub(crate) fn update_path(beside: &Update, id: &Id) -> String {
    format!("{}#{}", paths::incident(&beside.incident, beside.is_drill()), anchor(id))
}

/// An update's name within its page.
pub(crate) fn anchor(id: &Id) -> String {
    format!("u-{id}")
}

/// Who said it, when by which clock, and where it can be checked.
pub(crate) fn small_print(said: &Said) -> Vec<Phrase> {
    let update = &said.update;
    let mut lines: Vec<_> =
        said.signers.iter().map(|signer| Phrase::plain("Signed by ").join(named(signer))).collect();
    lines.push(
        Phrase::plain("Written ")
            .span(exact(update.time))
            .and(", received ")
            .span(exact(said.received))
            .and(", entry ")
            .link(said.index.to_string(), note_path(said.index))
            .and(format!(" of the log of {}, id {}", update.origin, update.id)),
    );
    if let Some(by) = update.submit_by {
        lines.push(Phrase::plain("Was to be sent before ").span(exact(by)));
    }
    if let Some(seen) = &update.seen {
        lines.push(Phrase::plain(format!(
            "Its author’s program had verified the log up to size and root hash {seen}"
        )));
    }
    lines
}

/// Who said it, and where it can be checked, in a line.
pub(crate) fn signature(said: &Said) -> Phrase {
    let mut phrase = Phrase::plain("Signed by ");
    for (place, signer) in said.signers.iter().enumerate() {
        phrase = if place > 0 { phrase.and(", ") } else { phrase };
        phrase = phrase.join(named(signer));
    }
    phrase.and("; entry ").link(said.index.to_string(), note_path(said.index)).and(" of the log")
}

fn named(signer: &Signer) -> Phrase {
    let person = Span::Said { text: signer.person.clone(), lang: None };
    Phrase::from(person).and(format!(" ({})", signer.key))
}

/// A moment to the second, as the text has it.
fn exact(time: Time) -> Span {
    Span::Time { text: time.to_string(), datetime: time.to_string() }
}
