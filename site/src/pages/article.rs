//! One update as shown on a page, and the notices in place of redacted ones.

use std::cmp::Reverse;

use outband_record::log;
use outband_record::sort::sort_by_key;
use outband_record::text::{Carried, Id, Update};
use outband_record::timeline::{Fate, Incident, LoggedUpdate, Signer};

use crate::View;
use crate::data::Redacted;
use crate::words::{
    Block, Fact, Fragment, Locale, Mark, Phrase, anchor, excerpt, facts, phase, proof, prose, signature,
    update_path,
};

/// An update, with any later corrections and retractions.
pub(super) struct Article {
    pub(super) anchor: String,
    pub(super) path: String,
    pub(super) phase: &'static str,
    /// The phase in the style sheet.
    pub(super) class: &'static str,
    pub(super) when: Phrase,
    pub(super) received: Option<Phrase>,
    /// Whether it is corrected, retracted, a correction or a retraction: a word, and a link to the other update.
    pub(super) marks: Vec<Mark>,
    /// Whether it no longer applies.
    pub(super) void: bool,
    /// Whether it ends the incident.
    pub(super) is_final: bool,
    pub(super) lang: Option<String>,
    /// The title, if it differs from the heading above.
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) body: Vec<Block>,
    pub(super) cut: bool,
    pub(super) facts: Vec<Fact>,
    /// Who signed it, and its entry.
    pub(super) signed: Option<Phrase>,
    /// How to verify it.
    pub(super) proof: Vec<Phrase>,
    pub(super) flagged: bool,
    pub(super) translations: Vec<Article>,
}

impl Article {
    /// The classes of its facts.
    pub(super) fn facts_class(&self) -> &'static str {
        if self.void { "facts void" } else { "facts" }
    }
}

/// How much of an update is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Everything that was signed, with the small print.
    Whole,
    /// The newest update: about a screenful, and who signed it.
    Newest,
    /// Older updates and those of other incidents: an excerpt.
    Brief,
}

/// Characters of a body in [`Extent::Newest`], about a screenful. The full text is a link away.
const NEWEST_CHARACTERS: usize = 1100;

/// Characters of a body in [`Extent::Brief`].
const BRIEF_CHARACTERS: usize = 220;

/// `above` is the title in the heading above it.
pub(super) fn article(
    view: &View<'_>,
    incident: &Incident,
    logged: &LoggedUpdate,
    above: &str,
    extent: Extent,
) -> Article {
    let locale = Locale::page(view.site);
    let update = &logged.update;
    let body = update.body.as_deref().unwrap_or_default();
    let (body, cut) = match extent {
        Extent::Whole => (body.to_owned(), false),
        Extent::Newest => excerpt(body, NEWEST_CHARACTERS),
        Extent::Brief => excerpt(body, BRIEF_CHARACTERS),
    };
    let is_whole = extent == Extent::Whole;
    let is_flagged = |signer: &Signer| view.authority.is_flagged(&signer.fingerprint, logged.index);
    Article {
        anchor: anchor(&update.id),
        path: update_path(update, &update.id),
        phase: phase(locale.messages(), update.phase),
        class: update.phase.as_str(),
        when: locale.near(update.time).into(),
        received: logged
            .shows_received()
            .then(|| locale.fill("article_received", [("time", locale.near(logged.received))])),
        marks: marks(&locale, incident, logged),
        void: incident.fate(&update.id).is_some(),
        is_final: update.phase.is_final(),
        lang: locale.foreign(update.lang.as_ref()),
        title: (update.title.as_str() != above).then(|| update.title.to_string()),
        summary: update.summary.as_ref().filter(|_| is_whole).map(ToString::to_string),
        body: if body.is_empty() { Vec::new() } else { prose(&body) },
        cut,
        facts: if is_whole { stated(&locale, logged) } else { Vec::new() },
        signed: (extent != Extent::Brief).then(|| signature(&locale, logged, is_flagged)),
        proof: if is_whole { proof(&locale, logged, is_flagged) } else { Vec::new() },
        flagged: logged.signers.iter().any(is_flagged),
        translations: if is_whole { translations(view, incident, &update.id) } else { Vec::new() },
    }
}

/// Of each update, keeps the facts that it changed: lines that stay in force are not shown again as long as they read the
/// same, until the incident is over. Newest first.
pub(super) fn keep_changes(articles: &mut [Article]) {
    let stays = |line: &str| {
        let header = Update::HEADERS.iter().find(|header| header.name == line);
        header.is_some_and(|header| header.carried == Carried::Last)
    };
    let mut said: Vec<Fact> = Vec::new();
    for article in articles.iter_mut().rev().filter(|article| !article.void) {
        article.facts.retain(|fact| !said.contains(fact));
        said.retain(|old| article.facts.iter().all(|new| new.line != old.line));
        said.extend(article.facts.iter().filter(|fact| stays(fact.line)).cloned());
        if article.is_final {
            said.clear();
        }
    }
}

/// If an update no longer applies, neither do its translations.
fn translations(view: &View<'_>, incident: &Incident, of: &Id) -> Vec<Article> {
    let translated = incident.translations_of(of).into_iter();
    translated.map(|logged| article(view, incident, logged, "", Extent::Whole)).collect()
}

/// The facts, except those already shown as marks.
fn stated(locale: &Locale<'_>, logged: &LoggedUpdate) -> Vec<Fact> {
    let is_mark = |fact: &Fact| matches!(fact.line, "corrects" | "retracts");
    facts(locale, logged).into_iter().filter(|fact| !is_mark(fact)).collect()
}

fn marks(locale: &Locale<'_>, incident: &Incident, logged: &LoggedUpdate) -> Vec<Mark> {
    let id = &logged.update.id;
    let retracted = incident.retracted_by(id).map(Fate::Retracted);
    let corrected = incident.corrected_by(id).map(Fate::Corrected);
    let fates = retracted.into_iter().chain(corrected).map(|fate| Mark::of_fate(locale, fate));
    fates.chain(Mark::of_revision(locale, logged)).collect()
}

/// The updates to list for an incident: all except translations, which are shown below the update they translate.
/// Newest first.
pub(crate) fn listed(incident: &Incident) -> Vec<&LoggedUpdate> {
    let has_target = |logged: &&LoggedUpdate| {
        logged.update.translates.as_ref().is_some_and(|id| incident.by_id(id).is_some())
    };
    let mut listed: Vec<_> = incident.updates().iter().filter(|logged| !has_target(logged)).collect();
    sort_by_key(&mut listed, |logged| Reverse(logged.order()));
    listed
}

/// A title as a heading.
pub(super) fn title(locale: &Locale<'_>, logged: &LoggedUpdate) -> Fragment {
    locale.quoted(logged.update.title.as_str(), logged.update.lang.as_ref())
}

/// One line for each redaction accepted by `is_shown`.
pub(super) fn redacted(view: &View<'_>, is_shown: impl Fn(&Redacted) -> bool) -> Vec<Phrase> {
    let locale = Locale::page(view.site);
    let line = |redacted: &Redacted| {
        let entry = Fragment::link(redacted.entry.to_string(), log::note_path(redacted.entry));
        let reason = Phrase::plain(redacted.reason.as_str());
        locale.fill("redacted_line", [("entry", entry.into()), ("reason", reason)])
    };
    view.redactions.iter().filter(|redacted| is_shown(redacted)).map(line).collect()
}
