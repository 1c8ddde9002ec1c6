use outband_record::text::{Condition, Contact, IncidentKind, Slug};
use outband_record::time::Time;
use outband_record::timeline::{IncidentState, LoggedUpdate, Stated};

use super::facts::{incident_link, update_path};
use super::{Fact, Fragment, Locale, Phrase, impact, statement};

/// Readers' questions about an open or past incident, with the answers so far.
pub(crate) struct Answers {
    /// What everyone asks first: is it just me, what is affected, when will it be fixed, when will I hear more, is my
    /// data safe, what can I do, what still works. Times come before answers that may take a paragraph, so that a
    /// phone shows them without scrolling.
    pub(crate) first: Vec<Fact>,
    /// What some readers ask next.
    pub(crate) more: Vec<Fact>,
}

/// The current state as answers. `now` decides what reads as overdue; `contacts` are the site's.
pub(crate) fn answers(
    locale: &Locale<'_>,
    state: &IncidentState<'_>,
    now: Time,
    contacts: &[Contact],
) -> Answers {
    let asked = Asked { locale, state, now, open: state.is_open(now) };
    let when = |open: &'static str, over: &'static str| if asked.open { open } else { over };
    let first = [
        ("fault", when("ask_fault", "ask_fault_past"), asked.fault()),
        ("affects", when("ask_affects", "ask_affects_past"), asked.affected()),
        ("window", when("ask_window", "ask_window_past"), asked.window()),
        ("eta", "ask_eta", asked.eta()),
        ("next-update", "ask_next_update", asked.next_update()),
        ("data", "ask_data", asked.data()),
        ("workaround", "ask_workaround", asked.workaround()),
        ("unaffected", "ask_unaffected", asked.working()),
    ];
    let more = [
        ("started", when("ask_started", "ask_started_past"), asked.began()),
        ("impact", when("ask_impact", "ask_impact_past"), asked.impact()),
        ("symptom", when("ask_symptom", "ask_symptom_past"), asked.symptom()),
        ("cause", "ask_cause", asked.cause()),
        ("summary", "ask_summary", asked.summary()),
        ("reply", "ask_reply", asked.reply()),
        ("recurrence-of", "ask_recurrence", asked.recurrence()),
        ("continues-in", "ask_continues", asked.continues()),
        ("report", "ask_report", asked.report()),
        ("credit", "ask_credit", asked.credit()),
        ("contact", "ask_contact", asked.contact(contacts)),
    ];
    Answers { first: answered(locale, first), more: answered(locale, more) }
}

fn answered(
    locale: &Locale<'_>,
    asked: impl IntoIterator<Item = (&'static str, &'static str, Vec<Phrase>)>,
) -> Vec<Fact> {
    let answered = asked.into_iter().filter(|(_, _, words)| !words.is_empty());
    let fact =
        |(line, question, words)| Fact { line, label: locale.text(question), words: locale.lines(words) };
    answered.map(fact).collect()
}

struct Asked<'a, 'i> {
    locale: &'a Locale<'a>,
    state: &'a IncidentState<'i>,
    now: Time,
    open: bool,
}

impl Asked<'_, '_> {
    fn fault(&self) -> Vec<Phrase> {
        match &self.state.fault {
            Some(fault) => {
                let phrase = statement::fault(self.locale, fault.value, fault.by.update.lang.as_ref());
                vec![self.dated(phrase, fault.by)]
            }
            None => self.unstated(),
        }
    }

    /// The main questions about an open incident always have an answer, even before anything is stated.
    fn unstated(&self) -> Vec<Phrase> {
        let is_asked = self.open && self.state.kind == IncidentKind::Incident;
        is_asked.then(|| self.locale.phrase("answer_unsaid")).into_iter().collect()
    }

    /// While it is open: what is affected now. Once it is over: what was affected, at its worst.
    fn affected(&self) -> Vec<Phrase> {
        let state = self.state;
        let mut lines = if self.open {
            let stated = state.conditions.iter().filter(|(_, stated)| stated.value != Condition::Operational);
            statement::conditions(self.locale, stated.map(|(path, stated)| (*path, stated.value)))
        } else {
            statement::conditions(
                self.locale,
                state.affected.iter().map(|(path, condition)| (*path, *condition)),
            )
        };
        if state.is_of_unknown_extent(self.now) {
            lines.push(self.locale.phrase("answer_extent_unknown"));
        }
        let scope = state.scope.as_ref();
        let who = |words| self.locale.fill("answer_scope", [("who", words)]);
        lines.extend(scope.map(|scope| who(self.quoted(scope.value.as_str(), scope.by))));
        lines
    }

    /// Components explicitly stated to work. Others are not listed, since nobody stated that they work.
    fn working(&self) -> Vec<Phrase> {
        if !self.open {
            return Vec::new();
        }
        let works = self.state.conditions.iter().filter(|(_, stated)| stated.value == Condition::Operational);
        let paths = works.map(|(path, _)| *path);
        let phrase = self.locale.components(paths);
        if phrase.is_empty() { Vec::new() } else { vec![phrase] }
    }

    fn workaround(&self) -> Vec<Phrase> {
        let stated = self.state.workaround.as_ref().filter(|_| self.open);
        stated.map(|line| self.quoted(line.value.as_str(), line.by)).into_iter().collect()
    }

    fn window(&self) -> Vec<Phrase> {
        let Some(stated) = &self.state.window else { return Vec::new() };
        let phrase = statement::window(self.locale, stated.value);
        vec![if self.state.is_unconfirmed(self.now) {
            self.late("answer_end_unconfirmed", phrase)
        } else {
            phrase
        }]
    }

    fn eta(&self) -> Vec<Phrase> {
        if !self.open {
            return Vec::new();
        }
        let Some(eta) = &self.state.eta else {
            let is_expected = self.state.kind == IncidentKind::Incident;
            return is_expected.then(|| self.locale.phrase("answer_no_estimate")).into_iter().collect();
        };
        let phrase = statement::eta(self.locale, eta.value, eta.by.update.lang.as_ref());
        let past = self.state.is_past_estimate(self.now);
        let phrase = if past { self.late("answer_estimate_passed", phrase) } else { phrase };
        vec![self.dated(phrase, eta.by)]
    }

    fn next_update(&self) -> Vec<Phrase> {
        let Some(next) = self.state.next_update.filter(|_| self.open) else { return Vec::new() };
        let due = [("time", self.locale.near(next))];
        vec![if self.state.is_overdue(self.now) {
            self.late("answer_overdue", self.locale.fill("answer_next_promised", due))
        } else {
            self.locale.fill("answer_next", due)
        }]
    }

    /// Maintenance that is only scheduled has not started: its window says when it will.
    fn began(&self) -> Vec<Phrase> {
        let window = self.state.window.as_ref();
        if window.is_some_and(|window| self.state.started < window.value.start) {
            return Vec::new();
        }
        vec![statement::began(self.locale, self.state.started, self.state.ended.filter(|_| !self.open))]
    }

    fn impact(&self) -> Vec<Phrase> {
        // Nobody asks how bad a notice or a maintenance is, unless it is said.
        let is_asked = self.state.kind == IncidentKind::Incident || self.state.impact.is_some();
        if !is_asked {
            Vec::new()
        } else {
            vec![Phrase::plain(impact(self.locale.messages(), self.state.impact))]
        }
    }

    fn symptom(&self) -> Vec<Phrase> {
        let Some(stated) = &self.state.symptom else { return Vec::new() };
        stated.value.iter().map(|line| self.quoted(line.as_str(), stated.by)).collect()
    }

    /// In one line; statements from the same update share one date.
    fn data(&self) -> Vec<Phrase> {
        let stated: Vec<_> = self.state.data.values().collect();
        let together = stated.chunk_by(|one, next| one.by.index == next.by.index);
        let points = together.filter_map(|group| {
            let kinds = group.iter().map(|data| statement::data(self.locale, data.value));
            Some(self.dated(self.locale.points(kinds), group.first()?.by))
        });
        let line = self.locale.points(points);
        if line.is_empty() { self.unstated() } else { vec![line] }
    }

    fn cause(&self) -> Vec<Phrase> {
        let cause = |by, cause| self.dated(statement::cause(self.locale, cause), by);
        self.state.cause.iter().map(|stated| cause(stated.by, stated.value)).collect()
    }

    fn summary(&self) -> Vec<Phrase> {
        self.state.summary.iter().map(|line| self.quoted(line.value.as_str(), line.by)).collect()
    }

    fn reply(&self) -> Vec<Phrase> {
        let stated = self.state.reply.iter().flat_map(|stated| stated.value);
        stated.map(|url| self.locale.url(url).into()).collect()
    }

    fn recurrence(&self) -> Vec<Phrase> {
        self.incident("answer_recurrence", self.state.recurrence_of)
    }

    fn continues(&self) -> Vec<Phrase> {
        self.incident("answer_continues", self.state.continues_in)
    }

    fn incident(&self, message: &'static str, stated: Option<Stated<'_, &Slug>>) -> Vec<Phrase> {
        let line = |stated: Stated<'_, &Slug>| {
            let link = incident_link(&stated.by.names, stated.value, self.state.drill);
            self.locale.fill(message, [("incident", link)])
        };
        stated.map(line).into_iter().collect()
    }

    fn report(&self) -> Vec<Phrase> {
        let Some(stated) = &self.state.report else { return Vec::new() };
        let update = &stated.by.update;
        let here = update_path(update, &update.id);
        let link = Fragment::link(self.locale.text("report_read"), here);
        let phrase = statement::report(self.locale, stated.value, link);
        let overdue = self.state.is_report_overdue(self.now);
        vec![if overdue { self.late("answer_overdue", phrase) } else { phrase }]
    }

    fn credit(&self) -> Vec<Phrase> {
        let Some(stated) = &self.state.credit else { return Vec::new() };
        let phrase = statement::credit(self.locale, stated.value, stated.by.update.lang.as_ref());
        let past = self.state.is_credit_past(self.now);
        vec![if past { self.late("answer_day_passed", phrase) } else { phrase }]
    }

    fn contact(&self, contacts: &[Contact]) -> Vec<Phrase> {
        let stated = self.state.contact.as_ref().map_or(contacts, |stated| stated.value);
        stated.iter().map(|contact| self.locale.contact(contact).into()).collect()
    }

    fn quoted(&self, words: &str, by: &LoggedUpdate) -> Phrase {
        self.dated(Phrase::from(self.locale.quoted(words, by.update.lang.as_ref())), by)
    }

    /// Adds the time of the statement if newer updates did not repeat it.
    fn dated(&self, phrase: Phrase, by: &LoggedUpdate) -> Phrase {
        let newest = self.state.newest;
        if by.index == newest.index {
            return phrase;
        }
        let time = self.locale.beside(by.effective_time(), newest.effective_time());
        phrase.small(self.locale.fill("answer_as_of", [("time", time)]))
    }

    /// A missed promise, with the warning before it.
    fn late(&self, warning: &'static str, promise: Phrase) -> Phrase {
        let warning = Phrase::default().warn(self.locale.text(warning));
        self.locale.fill("answer_late", [("warning", warning), ("promise", promise)])
    }
}
