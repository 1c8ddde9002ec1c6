use outband_record::text::{Condition, Contact, Kind, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Holding, Said, Stated};

use super::facts::update_path;
use super::{Fact, Phrase, Span, Voice, impact, statement};
use crate::paths;

/// What readers ask about something that is open or was, and what was said to it.
pub(crate) struct Answers {
    /// What everyone asks first: you or us, what is affected, until when, when more, is my data safe, what to do, what
    /// works. The times stand before what may take a paragraph, so that a phone shows them without scrolling.
    pub(crate) first: Vec<Fact>,
    /// What some ask then.
    pub(crate) more: Vec<Fact>,
}

/// What holds, as answers. `now` decides what reads as overdue; `contacts` are the site's.
pub(crate) fn answers(voice: &Voice<'_>, holding: &Holding<'_>, now: Time, contacts: &[Contact]) -> Answers {
    let asked = Asked { voice, holding, now, open: holding.is_open(now) };
    let when = |open: &'static str, over: &'static str| if asked.open { open } else { over };
    let first = [
        ("fault", when("ask_fault", "ask_fault_past"), asked.fault()),
        ("affects", when("ask_affects", "ask_affects_past"), asked.affected()),
        ("window", "ask_window", asked.window()),
        ("eta", "ask_eta", asked.eta()),
        ("next-update", "ask_next_update", asked.next_update()),
        ("data", "ask_data", asked.data()),
        ("workaround", "ask_workaround", asked.workaround()),
        ("unaffected", "ask_unaffected", asked.working()),
    ];
    let more = [
        ("started", when("ask_started", "ask_started_past"), asked.began()),
        ("impact", when("ask_impact", "ask_impact_past"), asked.impact()),
        ("symptom", "ask_symptom", asked.symptom()),
        ("cause", "ask_cause", asked.cause()),
        ("summary", "ask_summary", asked.summary()),
        ("reply", "ask_reply", asked.reply()),
        ("recurrence-of", "ask_recurrence", asked.recurrence()),
        ("continues-in", "ask_continues", asked.continues()),
        ("report", "ask_report", asked.report()),
        ("credit", "ask_credit", asked.credit()),
        ("contact", "ask_contact", asked.contact(contacts)),
    ];
    Answers { first: given(voice, first), more: given(voice, more) }
}

fn given(
    voice: &Voice<'_>,
    asked: impl IntoIterator<Item = (&'static str, &'static str, Vec<Phrase>)>,
) -> Vec<Fact> {
    let answered = asked.into_iter().filter(|(_, _, said)| !said.is_empty());
    let fact = |(line, question, said)| Fact { line, label: voice.text(question), said: voice.lines(said) };
    answered.map(fact).collect()
}

struct Asked<'a, 'i> {
    voice: &'a Voice<'a>,
    holding: &'a Holding<'i>,
    now: Time,
    open: bool,
}

impl Asked<'_, '_> {
    fn fault(&self) -> Vec<Phrase> {
        match &self.holding.fault {
            Some(fault) => {
                let phrase = statement::fault(self.voice, fault.value, fault.by.update.lang.as_ref());
                vec![self.dated(phrase, fault.by)]
            }
            None => self.unsaid(),
        }
    }

    /// What everyone asks while an incident is open has an answer then, though nothing was said.
    fn unsaid(&self) -> Vec<Phrase> {
        let is_asked = self.open && self.holding.kind == Kind::Incident;
        is_asked.then(|| self.voice.phrase("answer_unsaid")).into_iter().collect()
    }

    /// While it is open: what is affected now. Once it is over: what was, at its worst.
    fn affected(&self) -> Vec<Phrase> {
        let holding = self.holding;
        let mut lines = if self.open {
            let stated =
                holding.conditions.iter().filter(|(_, stated)| stated.value != Condition::Operational);
            statement::conditions(self.voice, stated.map(|(path, stated)| (*path, stated.value)))
        } else {
            statement::conditions(
                self.voice,
                holding.affected.iter().map(|(path, condition)| (*path, *condition)),
            )
        };
        if holding.is_of_unknown_extent(self.now) {
            lines.push(self.voice.phrase("answer_extent_unknown"));
        }
        let scope = holding.scope.as_ref();
        let who = |words| self.voice.fill("answer_scope", [("who", words)]);
        lines.extend(scope.map(|scope| who(self.said(scope.value.as_str(), scope.by))));
        lines
    }

    /// What is said on purpose to work. What nobody spoke of is not listed: nobody said that it works.
    fn working(&self) -> Vec<Phrase> {
        if !self.open {
            return Vec::new();
        }
        let works =
            self.holding.conditions.iter().filter(|(_, stated)| stated.value == Condition::Operational);
        let paths = works.map(|(path, _)| *path);
        let phrase = self.voice.components(paths);
        if phrase.is_empty() { Vec::new() } else { vec![phrase] }
    }

    fn workaround(&self) -> Vec<Phrase> {
        let stated = self.holding.workaround.as_ref().filter(|_| self.open);
        stated.map(|line| self.said(line.value.as_str(), line.by)).into_iter().collect()
    }

    fn window(&self) -> Vec<Phrase> {
        let stated = self.holding.window.as_ref();
        stated.map(|window| statement::window(self.voice, window.value)).into_iter().collect()
    }

    fn eta(&self) -> Vec<Phrase> {
        if !self.open {
            return Vec::new();
        }
        let Some(eta) = &self.holding.eta else {
            let is_expected = self.holding.kind == Kind::Incident;
            return is_expected.then(|| self.voice.phrase("answer_no_estimate")).into_iter().collect();
        };
        let phrase = statement::eta(self.voice, eta.value, eta.by.update.lang.as_ref());
        let past = self.holding.is_past_estimate(self.now);
        let phrase = if past { self.late("answer_estimate_passed", phrase) } else { phrase };
        vec![self.dated(phrase, eta.by)]
    }

    fn next_update(&self) -> Vec<Phrase> {
        let Some(next) = self.holding.next_update.filter(|_| self.open) else { return Vec::new() };
        let due = [("time", self.voice.near(next))];
        vec![if self.holding.is_overdue(self.now) {
            self.late("answer_overdue", self.voice.fill("answer_next_promised", due))
        } else {
            self.voice.fill("answer_next", due)
        }]
    }

    /// A maintenance that was only announced has not begun: its window says when it will.
    fn began(&self) -> Vec<Phrase> {
        let window = self.holding.window.as_ref();
        if window.is_some_and(|window| self.holding.started < window.value.start) {
            return Vec::new();
        }
        vec![statement::began(self.voice, self.holding.started, self.holding.ended.filter(|_| !self.open))]
    }

    fn impact(&self) -> Vec<Phrase> {
        let is_notice = self.holding.kind == Kind::Notice && self.holding.impact.is_none();
        if is_notice {
            Vec::new()
        } else {
            vec![Phrase::plain(impact(self.voice.messages(), self.holding.impact))]
        }
    }

    fn symptom(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.symptom else { return Vec::new() };
        stated.value.iter().map(|line| self.said(line.as_str(), stated.by)).collect()
    }

    /// In one line; what was said together is dated together.
    fn data(&self) -> Vec<Phrase> {
        let stated: Vec<_> = self.holding.data.values().collect();
        let together = stated.chunk_by(|one, next| one.by.index == next.by.index);
        let points = together.filter_map(|said| {
            let kinds = said.iter().map(|data| statement::data(self.voice, data.value));
            Some(self.dated(self.voice.points(kinds), said.first()?.by))
        });
        let line = self.voice.points(points);
        if line.is_empty() { self.unsaid() } else { vec![line] }
    }

    fn cause(&self) -> Vec<Phrase> {
        let cause = |by, cause| self.dated(statement::cause(self.voice, cause), by);
        self.holding.cause.iter().map(|stated| cause(stated.by, stated.value)).collect()
    }

    fn summary(&self) -> Vec<Phrase> {
        self.holding.summary.iter().map(|line| self.said(line.value.as_str(), line.by)).collect()
    }

    fn reply(&self) -> Vec<Phrase> {
        let stated = self.holding.reply.iter().flat_map(|stated| stated.value);
        stated.map(|url| self.voice.url(url).into()).collect()
    }

    fn recurrence(&self) -> Vec<Phrase> {
        self.incident("answer_recurrence", self.holding.recurrence_of)
    }

    fn continues(&self) -> Vec<Phrase> {
        self.incident("answer_continues", self.holding.continues_in)
    }

    fn incident(&self, message: &'static str, stated: Option<Stated<'_, &Slug>>) -> Vec<Phrase> {
        let link = |slug: &Slug| Span::link(slug.as_str(), paths::incident(slug, self.holding.drill));
        let line = |slug| self.voice.fill(message, [("incident", link(slug))]);
        stated.map(|stated| line(stated.value)).into_iter().collect()
    }

    fn report(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.report else { return Vec::new() };
        let update = &stated.by.update;
        let here = update_path(update, &update.id);
        let link = Span::link(self.voice.text("report_read"), here);
        let phrase = statement::report(self.voice, stated.value, link);
        let overdue = self.holding.is_report_overdue(self.now);
        vec![if overdue { self.late("answer_overdue", phrase) } else { phrase }]
    }

    fn credit(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.credit else { return Vec::new() };
        let phrase = statement::credit(self.voice, stated.value, stated.by.update.lang.as_ref());
        let past = self.holding.is_credit_past(self.now);
        vec![if past { self.late("answer_day_passed", phrase) } else { phrase }]
    }

    fn contact(&self, contacts: &[Contact]) -> Vec<Phrase> {
        let stated = self.holding.contact.as_ref().map_or(contacts, |stated| stated.value);
        stated.iter().map(|contact| self.voice.contact(contact).into()).collect()
    }

    fn said(&self, words: &str, by: &Said) -> Phrase {
        self.dated(Phrase::from(self.voice.said(words, by.update.lang.as_ref())), by)
    }

    /// With the time at which it was said, where newer updates left it standing.
    fn dated(&self, phrase: Phrase, by: &Said) -> Phrase {
        let newest = self.holding.newest;
        if by.index == newest.index {
            return phrase;
        }
        let time = self.voice.beside(by.said(), newest.said()).into();
        self.voice.fill("answer_said_at", [("words", phrase), ("time", time)])
    }

    /// A promise that was not kept: the warning stands before it.
    fn late(&self, warning: &'static str, promise: Phrase) -> Phrase {
        let warning = Phrase::default().warn(self.voice.text(warning));
        self.voice.fill("answer_late", [("warning", warning), ("promise", promise)])
    }
}
