use outband_keys::SshKeyKind;
use outband_record::log::note_path;
use outband_record::text::{Id, Slug, Update};
use outband_record::time::Time;
use outband_record::timeline::{Fate, LoggedUpdate, Names, Said, Signer};

use super::{Fragment, Locale, Phrase, impact, statement};
use crate::paths;

/// A stated fact, with the label or question that readers know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    /// The header line that states it.
    pub(crate) line: &'static str,
    /// The label or question.
    pub(crate) label: &'static str,
    /// The statements.
    pub(crate) words: Vec<Phrase>,
}

impl Fact {
    /// In plain text; links to this site begin with `base`.
    pub(crate) fn to_line(&self, locale: &Locale<'_>, base: &str) -> String {
        format!("{} {}", self.label, locale.clauses(self.words.iter().cloned()).absolute(base))
    }
}

/// Everything stated by an update's header lines, in grammar order, without its heading (phase, title, summary) and
/// its small print (who, when, which).
pub(crate) fn facts(locale: &Locale<'_>, logged: &LoggedUpdate) -> Vec<Fact> {
    let (mut list, update) = (List { locale, facts: Vec::new() }, &logged.update);
    state(&mut list, update);
    blame(&mut list, update);
    times(&mut list, update);
    promises(&mut list, update, &logged.names);
    references(&mut list, update, &logged.names);
    list.facts
}

struct List<'v> {
    locale: &'v Locale<'v>,
    facts: Vec<Fact>,
}

impl List<'_> {
    fn one(&mut self, line: &'static str, label: &'static str, words: Option<Phrase>) {
        self.many(line, label, words);
    }

    fn many(&mut self, line: &'static str, label: &'static str, words: impl IntoIterator<Item = Phrase>) {
        let words: Vec<_> = words.into_iter().collect();
        if !words.is_empty() {
            self.facts.push(Fact { line, label: self.locale.text(label), words });
        }
    }
}

fn state(list: &mut List<'_>, u: &Update) {
    let (locale, lang) = (list.locale, u.lang.as_ref());
    let words = |text: &str| Phrase::from(locale.quoted(text, lang));
    let impact = |value| Phrase::plain(impact(locale.messages(), Some(value)));
    list.many("symptom", "fact_symptom", u.symptom.iter().map(|line| words(line.as_str())));
    list.one("scope", "fact_scope", u.scope.as_ref().map(|line| words(line.as_str())));
    list.one("impact", "fact_impact", u.impact.map(impact));
    let affects = u.affects.iter().map(|affects| (&affects.component, affects.condition));
    list.many("affects", "fact_affects", statement::conditions(locale, affects));
    let unaffected = (!u.unaffected.is_empty()).then(|| locale.components(&u.unaffected));
    list.one("unaffected", "fact_unaffected", unaffected);
}

fn blame(list: &mut List<'_>, u: &Update) {
    let (locale, lang) = (list.locale, u.lang.as_ref());
    list.one("fault", "fact_fault", u.fault.as_ref().map(|value| statement::fault(locale, value, lang)));
    list.one("cause", "fact_cause", u.cause.map(|value| statement::cause(locale, value)));
    list.many("evidence", "fact_evidence", u.evidence.iter().map(|url| locale.url(url).into()));
    list.many("reply", "fact_reply", u.reply.iter().map(|url| locale.url(url).into()));
    list.many("data", "fact_data", u.data.iter().map(|value| statement::data(locale, *value)));
    let workaround = u.workaround.as_ref().map(|line| locale.quoted(line.as_str(), lang).into());
    list.one("workaround", "fact_workaround", workaround);
}

fn times(list: &mut List<'_>, u: &Update) {
    let locale = list.locale;
    let at = |time: Time| Phrase::from(locale.full(time));
    list.one("started", "fact_started", u.started.map(at));
    list.one("ended", "fact_ended", u.ended.map(at));
    list.one("window", "fact_window", u.window.map(|value| statement::window(locale, value)));
    let by = |time: Time| locale.fill("fact_next_update_by", [("time", locale.full(time))]);
    list.one("next-update", "fact_next_update", u.next_update.map(by));
    list.one("eta", "fact_eta", u.eta.as_ref().map(|value| statement::eta(locale, value, u.lang.as_ref())));
}

fn promises(list: &mut List<'_>, u: &Update, names: &Names) {
    let locale = list.locale;
    list.many("contact", "fact_contact", u.contact.iter().map(|contact| locale.contact(contact).into()));
    let incident = |slug: &Slug| incident_link(names, slug, u.is_drill()).into();
    list.one("recurrence-of", "fact_recurrence", u.recurrence_of.as_ref().map(incident));
    list.one("continues-in", "fact_continues", u.continues_in.as_ref().map(incident));
    let here = || Fragment::link(locale.text("report_here"), update_path(u, &u.id));
    list.one(
        "report",
        "fact_report",
        u.report.as_ref().map(|value| statement::report(locale, value, here())),
    );
    let credit = |value| statement::credit(locale, value, u.lang.as_ref());
    list.one("credit", "fact_credit", u.credit.as_ref().map(credit));
}

fn references(list: &mut List<'_>, u: &Update, names: &Names) {
    let locale = list.locale;
    let update = |id: &Id| reference(locale, u, names, id).into();
    list.one("corrects", "fact_corrects", u.corrects.as_ref().map(update));
    list.one("retracts", "fact_retracts", u.retracts.as_ref().map(update));
    list.one("lang", "fact_lang", u.lang.as_ref().map(|lang| Phrase::plain(lang.as_str())));
    list.one("translates", "fact_translates", u.translates.as_ref().map(update));
    list.one("drill", "fact_drill", u.drill.map(|_| locale.phrase("fact_drill_yes")));
}

/// A link to another incident, by its title when it was named.
pub(crate) fn incident_link(names: &Names, slug: &Slug, drill: bool) -> Fragment {
    let title = names.incident(slug).unwrap_or(slug.as_str());
    Fragment::link(title, paths::incident(slug, drill))
}

/// A link to an update that `beside`, another one of its incident, refers to. If it was redacted, there is nothing to
/// link to.
fn reference(locale: &Locale<'_>, beside: &Update, names: &Names, id: &Id) -> Fragment {
    match names.update(id) {
        Some(said) => update_link(locale, beside, id, said),
        None => Fragment::Plain { text: locale.text("update_redacted").to_owned() },
    }
}

/// `“Mail is slow” (11:40 UTC, Tue 3 Sep 2013)`
fn update_link(locale: &Locale<'_>, beside: &Update, id: &Id, said: &Said) -> Fragment {
    let parts = [("title", &*said.title), ("time", &locale.short(said.time))];
    Fragment::link(locale.messages().fill("update_named", &parts), update_path(beside, id))
}

/// How an update relates to another, or its fate: a word, and a link to the other update.
pub(crate) struct Mark {
    pub(crate) word: &'static str,
    pub(crate) words: Phrase,
}

impl Mark {
    /// That an update no longer applies.
    pub(crate) fn of_fate(locale: &Locale<'_>, fate: Fate<'_>) -> Self {
        let (word, message) = match fate {
            Fate::Retracted(_) => ("mark_retracted", "mark_retracted_by"),
            Fate::Corrected(_) => ("mark_corrected", "mark_corrected_by"),
        };
        let by = &fate.by().update;
        let update = update_link(locale, by, &by.id, &Said::of(by));
        Self { word: locale.text(word), words: locale.fill(message, [("update", update)]) }
    }

    /// That an update replaces or withdraws another one.
    pub(crate) fn of_revision(locale: &Locale<'_>, logged: &LoggedUpdate) -> Option<Self> {
        let update = &logged.update;
        let (word, message) = match update.corrects {
            Some(_) => ("mark_correction", "mark_corrects"),
            None => ("mark_retraction", "mark_retracts"),
        };
        let target = reference(locale, update, &logged.names, update.revises()?);
        Some(Self { word: locale.text(word), words: locale.fill(message, [("update", target)]) })
    }

    /// The same with links that work everywhere; `base` is the site's address.
    pub(crate) fn absolute(self, base: &str) -> Self {
        Self { words: self.words.absolute(base), ..self }
    }
}

/// The path of the update `id` of the same incident as `beside`.
pub(crate) fn update_path(beside: &Update, id: &Id) -> String {
    format!("{}#{}", paths::incident(&beside.incident, beside.is_drill()), anchor(id))
}

/// An update's anchor on its page.
pub(crate) fn anchor(id: &Id) -> String {
    format!("u-{id}")
}

/// The keys that signed it, its time by both clocks, and where to verify it. Signers whose signature is flagged are not
/// named.
pub(crate) fn proof(
    locale: &Locale<'_>,
    logged: &LoggedUpdate,
    is_flagged: impl Fn(&Signer) -> bool,
) -> Vec<Phrase> {
    let update = &logged.update;
    let by = |signer: &Signer| {
        let signer = if is_flagged(signer) { locale.name(&signer.key) } else { named(locale, signer) };
        locale.fill("small_signed", [("signer", signer)])
    };
    let mut lines: Vec<_> = logged.signers.iter().map(by).collect();
    lines.push(locale.fill(
        "small_written",
        [
            ("written", locale.exact(update.time).into()),
            ("received", locale.exact(logged.received).into()),
            ("entry", entry(locale, logged)),
            ("origin", locale.name(&update.origin)),
            ("id", locale.name(&update.id)),
        ],
    ));
    lines.extend(update.submit_by.map(|by| locale.fill("small_submit_by", [("time", locale.exact(by))])));
    lines.extend(update.seen.as_ref().map(|seen| locale.fill("small_seen", [("seen", locale.name(seen))])));
    lines
}

/// Who signed it and where to verify it, in one line. Signers whose signature is flagged are not named.
pub(crate) fn signature(
    locale: &Locale<'_>,
    logged: &LoggedUpdate,
    is_flagged: impl Fn(&Signer) -> bool,
) -> Phrase {
    let mut people: Vec<&str> = Vec::new();
    for signer in logged.signers.iter().filter(|signer| !is_flagged(signer)) {
        if !people.contains(&signer.person.as_str()) {
            people.push(&signer.person);
        }
    }
    if people.is_empty() && !logged.signers.is_empty() {
        let warning = locale.phrase("stage_flagged_why");
        return locale.points([warning, entry(locale, logged)]);
    }
    let quoted = |person: &str| Fragment::Quoted { text: person.to_owned(), lang: None }.into();
    let signers = locale.list(people.into_iter().map(quoted));
    locale.fill("small_signature", [("signers", signers), ("entry", entry(locale, logged))])
}

/// Its entry, or that it has none yet.
fn entry(locale: &Locale<'_>, logged: &LoggedUpdate) -> Phrase {
    if logged.is_pending {
        return locale.phrase("small_pending");
    }
    let number = Phrase::default().link(logged.index.to_string(), note_path(logged.index));
    locale.fill("small_entry", [("entry", number)])
}

fn named(locale: &Locale<'_>, signer: &Signer) -> Phrase {
    let person = Fragment::Quoted { text: signer.person.clone(), lang: None };
    let (person, key) = (person.into(), locale.name(&signer.key));
    let kind = signer.kind.map(|kind| match kind {
        SshKeyKind::Plain => "key_ssh",
        SshKeyKind::SecurityKey => "key_security",
        SshKeyKind::Passkey => "key_passkey",
    });
    match kind {
        None => locale.fill("small_signer", [("person", person), ("key", key)]),
        Some(kind) => {
            let parts = [("person", person), ("key", key), ("kind", locale.phrase(kind))];
            locale.fill("small_signer_kind", parts)
        }
    }
}
