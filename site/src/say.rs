//! Ready-made messages for every channel, built only from signed updates, each within its channel's limit.
//!
//! Text that is too long is cut at a word boundary. The address and the time of the next update are never cut.

mod fit;

use outband_record::text::{Certainty, DataKind, DataStatus, Eta, Fault};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;

use self::fit::{characters, fitted, in_gsm, joined};
pub(crate) use self::fit::{septets, weight, words};
use crate::embed::Brand;
use crate::messages::Messages;
use crate::pages::{base, closed, url};
use crate::words::{Answers, Fact, Locale, Phrase, answers, verdict_on};
use crate::{View, paths};

/// One SMS.
const MESSAGE_SEPTETS: usize = 160;
/// The lowest limit among social networks, as they count.
const SOCIAL_CHARACTERS: usize = 280;
/// How much of a subject mail programs show on a wide screen.
const SUBJECT_CHARACTERS: usize = 120;
/// Twenty seconds at 165 words per minute.
const PHONE_WORDS: usize = 55;

/// The messages for one incident, maintenance or notice.
pub(crate) struct Announcements {
    pub(crate) message: String,
    pub(crate) social: String,
    pub(crate) subject: String,
    pub(crate) mail: String,
    pub(crate) phone: String,
    /// Talking points.
    pub(crate) staff: Vec<String>,
    /// Unbranded, for resellers whose customers do not know the provider.
    pub(crate) resellers: String,
}

/// The current state as messages for each channel, at `view.now`.
pub(crate) fn announcements(view: &View<'_>, state: &IncidentState<'_>) -> Announcements {
    let writer = Writer::of(view, state);
    Announcements {
        message: writer.message(),
        social: writer.social(),
        subject: writer.subject(),
        mail: writer.mail(),
        phone: writer.phone(),
        staff: writer.staff(),
        resellers: writer.resellers(),
    }
}

struct Writer<'a> {
    view: &'a View<'a>,
    locale: Locale<'a>,
    state: &'a IncidentState<'a>,
    words: &'static Messages,
    answers: Answers,
    word: &'static str,
    home: String,
    page: String,
}

impl<'a> Writer<'a> {
    fn of(view: &'a View<'a>, state: &'a IncidentState<'a>) -> Self {
        let locale = Locale::page(view.site);
        Self {
            view,
            locale,
            state,
            words: locale.messages(),
            answers: answers(&locale, state, view.now, &view.site.contact),
            word: verdict_on(state, view.now).word(locale.messages()),
            home: format!("{}/", base(view)),
            page: url(view, &paths::incident(state.slug, state.drill)),
        }
    }

    fn name(&self) -> &'a str {
        self.view.site.name.as_str()
    }

    fn title(&self) -> &'a str {
        self.state.title.value.as_str()
    }

    /// `Outage: Mail is down`
    fn statement(&self) -> String {
        self.words.fill("labelled", &[("label", self.word), ("said", self.title())])
    }

    /// The summary, which was written to be repeated; otherwise verdict and title.
    fn in_a_line(&self) -> String {
        let summary = self.state.summary.as_ref().map(|summary| summary.value.to_string());
        closed(&summary.unwrap_or_else(|| self.statement()))
    }

    /// When the next update is due, if one is promised.
    fn promised(&self) -> Option<Time> {
        self.state.next_update.filter(|_| self.state.is_open(self.view.now))
    }

    /// The promise of the next update, ahead or overdue; empty if none is promised.
    fn promise(&self, ahead: &'static str, overdue: &'static str) -> String {
        self.promise_by(ahead, overdue, |time| Phrase::from(self.locale.near(time)).to_string())
    }

    fn promise_by(
        &self,
        ahead: &'static str,
        overdue: &'static str,
        written: impl Fn(Time) -> String,
    ) -> String {
        let key = if self.state.is_overdue(self.view.now) { overdue } else { ahead };
        self.promised().map(|time| self.words.fill(key, &[("time", &written(time))])).unwrap_or_default()
    }

    fn next(&self) -> String {
        self.promise("say_next", "say_overdue")
    }

    fn lead(&self, name: &str) -> String {
        self.words.fill("say_lead", &[("name", name)])
    }

    fn message(&self) -> String {
        let written = |text: &str| in_gsm(text).unwrap_or_default();
        let parts = [self.word, self.title()].map(written);
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        let statement = parts.reduce(|word, title| format!("{word}: {title}"));
        let statement = statement.map(|statement| closed(&statement)).unwrap_or_default();
        // A language that does not fit the SMS alphabet gets the bare time.
        let bare = self.promised().map(|time| time.to_string().replace('T', " ").replace(":00Z", " UTC"));
        let next = in_gsm(&self.next()).or(bare).unwrap_or_default();
        let tail = joined([next.as_str(), self.home.as_str()]);
        let lead = in_gsm(&self.lead(self.name())).unwrap_or_default();
        let around = [
            [lead, tail.clone()],
            [String::new(), tail],
            [String::new(), self.home.clone()],
            [String::new(), next],
        ];
        fitted(&statement, &around, MESSAGE_SEPTETS, septets, "...")
    }

    fn social(&self) -> String {
        let summary = self.state.summary.as_ref().map_or("", |summary| summary.value.as_str());
        let words = joined([closed(&self.statement()).as_str(), summary]);
        let next = self.next();
        let tail = joined([next.as_str(), self.page.as_str()]);
        let around = [
            [self.lead(self.name()), tail.clone()],
            [String::new(), tail],
            [String::new(), self.page.clone()],
            [String::new(), next],
        ];
        fitted(&words, &around, SOCIAL_CHARACTERS, weight, "…")
    }

    fn subject(&self) -> String {
        let name = self.words.fill("say_subject", &[("name", self.name())]);
        let around = [[name, String::new()], [String::new(), String::new()]];
        fitted(&self.statement(), &around, SUBJECT_CHARACTERS, characters, "…")
    }

    fn mail(&self) -> String {
        let facts = self.facts(&[]).filter(|fact| !matches!(fact.line, "summary" | "next-update"));
        let facts: Vec<_> = facts.map(|fact| self.line(fact)).collect();
        let paragraphs = [
            joined([closed(&self.statement()).as_str(), &self.summary()]),
            facts.join("\n"),
            joined([self.next().as_str(), self.page.as_str()]),
            self.name().to_owned(),
        ];
        paragraphs.join("\n\n")
    }

    fn summary(&self) -> String {
        self.state.summary.as_ref().map(|summary| closed(summary.value.as_str())).unwrap_or_default()
    }

    fn phone(&self) -> String {
        let workaround = self.state.workaround.as_ref().filter(|_| self.state.is_open(self.view.now));
        let workaround = workaround.map(|line| closed(line.value.as_str())).unwrap_or_default();
        let text = joined([self.in_a_line().as_str(), workaround.as_str()]);
        let greeting = self.words.fill("say_phone_greeting", &[("name", self.name())]);
        let next = self.promise_by("say_phone_next", "say_phone_overdue", |time| self.locale.aloud(time));
        let url = self.home.trim_start_matches("https://").trim_end_matches('/');
        let tail = joined([next.as_str(), &self.words.fill("say_phone_where", &[("url", url)])]);
        let around = [[greeting, tail.clone()], [String::new(), tail], [String::new(), next]];
        fitted(&text, &around, PHONE_WORDS, words, "…")
    }

    /// Statements that staff may make, then those that they may not.
    fn staff(&self) -> Vec<String> {
        let facts =
            self.facts(&["fault", "affects", "unaffected", "workaround", "eta", "next-update", "data"]);
        let mut points = vec![self.in_a_line()];
        points.extend(facts.map(|fact| self.line(fact)));
        points.extend(self.unstated().into_iter().map(|key| self.words.text(key).to_owned()));
        points.push(self.words.fill("say_staff_else", &[("url", &self.page)]));
        points
    }

    /// The warnings about unconfirmed points that callers will ask about.
    fn unstated(&self) -> Vec<&'static str> {
        let fault = self.state.fault.as_ref().map(|stated| stated.value);
        let is_confirmed = match fault {
            Some(Fault::Ours(certainty) | Fault::Customer(certainty) | Fault::Upstream(_, certainty)) => {
                *certainty == Certainty::Confirmed
            }
            Some(Fault::Unknown) | None => false,
        };
        let eta = self.state.eta.as_ref().map(|stated| stated.value);
        let is_estimated = !matches!(eta, Some(Eta::Unknown(_)) | None);
        let is_safe = |kind| self.state.data.get(&kind).is_some_and(|s| s.value.status == DataStatus::None);
        let all_safe = [DataKind::Loss, DataKind::Breach, DataKind::Integrity].into_iter().all(is_safe);
        let open = self.state.is_open(self.view.now);
        let points = [
            (!is_confirmed, "say_staff_fault"),
            (open && !is_estimated, "say_staff_eta"),
            (!all_safe, "say_staff_data"),
        ];
        points.into_iter().filter(|(unstated, _)| *unstated).map(|(_, key)| key).collect()
    }

    /// Nothing that reveals the provider: no address, and no operator text that names it.
    fn resellers(&self) -> String {
        let brand = Brand::of(self.view.site);
        let facts = self.facts(&["affects", "workaround", "eta", "data"]).map(|fact| self.line(fact));
        let lines = std::iter::once(closed(&self.statement())).chain(facts).chain([self.next()]);
        let lines: Vec<_> = lines.filter(|line| !line.is_empty() && !brand.is_in(line)).collect();
        if lines.is_empty() { closed(self.word) } else { lines.join("\n") }
    }

    /// The answers to these header lines, or all of them if `lines` is empty, in their usual order.
    fn facts(&self, lines: &[&str]) -> impl Iterator<Item = &Fact> {
        let all = self.answers.first.iter().chain(&self.answers.more);
        all.filter(move |fact| lines.is_empty() || lines.contains(&fact.line))
    }

    fn line(&self, fact: &Fact) -> String {
        fact.to_line(&self.locale, base(self.view))
    }
}

#[cfg(test)]
mod tests;
