use outband_record::text::{Condition, Contact, Kind, Report};
use outband_record::time::Time;
use outband_record::timeline::{Holding, Said};

use super::facts::update_path;
use super::{Fact, Phrase, Voice, impact, statement};
use crate::paths;

/// What readers ask about something that is open or was, and what was said to it.
pub(crate) struct Answers {
    /// What everyone asks first: you or us, what is affected, until when, when more, what works, what to do. The
    /// two times stand before what may take a paragraph, so that a phone shows them without scrolling.
    pub(crate) first: Vec<Fact>,
    /// What some ask then.
    pub(crate) more: Vec<Fact>,
}

/// What holds, as answers. `now` decides what reads as overdue; `contacts` are the site's.
pub(crate) fn answers(voice: &Voice<'_>, holding: &Holding<'_>, now: Time, contacts: &[Contact]) -> Answers {
    let asked = Asked { voice, holding, now, open: holding.is_open(now) };
    let when = |open: &'static str, over: &'static str| if asked.open { open } else { over };
    let first = [
        ("fault", when("Is it you or us?", "Was it you or us?"), asked.fault()),
        ("affects", when("What is affected?", "What was affected?"), asked.affected()),
        ("window", "When is it planned?", asked.window()),
        ("eta", "When will it be back?", asked.eta()),
        ("next-update", "When do I hear more?", asked.next_update()),
        ("unaffected", "What still works?", asked.working()),
        ("workaround", "What can I do?", asked.workaround()),
    ];
    let more = [
        ("started", when("Since when?", "From when to when?"), asked.began()),
        ("impact", when("How bad is it?", "How bad was it?"), asked.impact()),
        ("symptom", "How do I recognise it?", asked.symptom()),
        ("data", "Is my data safe?", asked.data()),
        ("cause", "Is the cause known?", asked.cause()),
        ("summary", "What can I tell others?", asked.summary()),
        ("reply", "What do the others say?", asked.reply()),
        ("recurrence-of", "Has it happened before?", asked.recurrence()),
        ("continues-in", "Where does it go on?", asked.continues()),
        ("report", "Will there be a report?", asked.report()),
        ("credit", "What do I get back?", asked.credit()),
        ("contact", "Whom can I reach?", asked.contact(contacts)),
    ];
    Answers { first: given(first), more: given(more) }
}

fn given(asked: impl IntoIterator<Item = (&'static str, &'static str, Vec<Phrase>)>) -> Vec<Fact> {
    let answered = asked.into_iter().filter(|(_, _, said)| !said.is_empty());
    answered.map(|(line, label, said)| Fact { line, label, said }).collect()
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
            None if self.open && self.holding.kind == Kind::Incident => vec![Phrase::plain("Not said yet.")],
            None => Vec::new(),
        }
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
        if lines.is_empty() && self.open && holding.kind == Kind::Incident && holding.conditions.is_empty() {
            lines.push(Phrase::plain("The extent is not known yet."));
        }
        let scope = holding.scope.as_ref();
        lines.extend(
            scope.map(|scope| Phrase::plain("Who: ").join(self.said(scope.value.as_str(), scope.by))),
        );
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
        let phrase = statement::components(self.voice, paths);
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
            return is_expected.then(|| Phrase::plain("No estimate was given yet.")).into_iter().collect();
        };
        let phrase = statement::eta(self.voice, eta.value, eta.by.update.lang.as_ref());
        let past = self.holding.is_past_estimate(self.now);
        let phrase = if past { late("Estimate passed.", phrase) } else { phrase };
        vec![self.dated(phrase, eta.by)]
    }

    fn next_update(&self) -> Vec<Phrase> {
        let Some(next) = self.holding.next_update.filter(|_| self.open) else { return Vec::new() };
        let due = self.voice.near(next);
        vec![if self.holding.is_overdue(self.now) {
            Phrase::default().warn("Overdue.").and(" The next update was promised by ").span(due)
        } else {
            Phrase::default().strong("By ").span(due)
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
        if is_notice { Vec::new() } else { vec![Phrase::plain(impact(self.holding.impact))] }
    }

    fn symptom(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.symptom else { return Vec::new() };
        stated.value.iter().map(|line| self.said(line.as_str(), stated.by)).collect()
    }

    fn data(&self) -> Vec<Phrase> {
        let stated = self.holding.data.values();
        stated.map(|data| self.dated(statement::data(data.value), data.by)).collect()
    }

    fn cause(&self) -> Vec<Phrase> {
        self.holding.cause.iter().map(|cause| self.dated(statement::cause(cause.value), cause.by)).collect()
    }

    fn summary(&self) -> Vec<Phrase> {
        self.holding.summary.iter().map(|line| self.said(line.value.as_str(), line.by)).collect()
    }

    fn reply(&self) -> Vec<Phrase> {
        let stated = self.holding.reply.iter().flat_map(|stated| stated.value);
        stated.map(|url| self.voice.url(url).into()).collect()
    }

    fn recurrence(&self) -> Vec<Phrase> {
        let stated = self.holding.recurrence_of.iter();
        let link =
            |slug| Phrase::plain("Yes: ").link(format!("{slug}"), paths::incident(slug, self.holding.drill));
        stated.map(|stated| link(stated.value)).collect()
    }

    fn continues(&self) -> Vec<Phrase> {
        let stated = self.holding.continues_in.iter();
        let link =
            |slug| Phrase::plain("In ").link(format!("{slug}"), paths::incident(slug, self.holding.drill));
        stated.map(|stated| link(stated.value)).collect()
    }

    fn report(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.report else { return Vec::new() };
        let update = &stated.by.update;
        let here = update_path(update, &update.id);
        let phrase = match stated.value {
            Report::Delivered(None) => Phrase::plain("Delivered: ").link("read the report", here),
            value => statement::report(self.voice, value, &here),
        };
        let overdue = self.holding.is_report_overdue(self.now);
        vec![if overdue { late("Overdue.", phrase) } else { phrase }]
    }

    fn credit(&self) -> Vec<Phrase> {
        let Some(stated) = &self.holding.credit else { return Vec::new() };
        let phrase = statement::credit(self.voice, stated.value, stated.by.update.lang.as_ref());
        let past = self.holding.is_credit_past(self.now);
        vec![if past { late("That day has passed.", phrase) } else { phrase }]
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
        phrase.and(" (said ").span(self.voice.beside(by.said(), newest.said())).and(")")
    }
}

/// A promise that was not kept, said before the promise.
fn late(warning: &str, promise: Phrase) -> Phrase {
    Phrase::default().warn(warning).and(" ").join(promise)
}
