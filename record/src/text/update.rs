//! `outband update v1`: what one operator said, once.

use super::fields::{At, Fields, Printer, TextError};
use super::values::{
    Affects, Cause, ComponentPath, Contact, Credit, DataStatement, Eta, Fault, Id, Impact, Kind, Lang, Line, Origin,
    Phase, Report, Seen, Slug, Url, Window, Yes,
};
use crate::time::Time;

pub(super) const TYPE: &str = "outband update v1";

/// The grammar's order.
const NAMES: &[&str] = &[
    "origin", "id", "time", "submit-by", "seen", "incident", "phase", "title", "summary", "symptom", "scope", "impact",
    "affects", "unaffected", "fault", "cause", "evidence", "reply", "data", "workaround", "started", "ended", "window",
    "next-update", "eta", "contact", "recurrence-of", "continues-in", "corrects", "retracts", "report", "credit",
    "lang", "translates", "drill",
];

/// An update. The fields are the lines of the text, in its order; `SPEC.md` says what each means.
///
/// ```text
/// outband update v1
/// origin: status.example.net
/// id: 6f1ed002ab5595859014ebf0951522d9
/// time: 2013-09-03T11:10:00Z
/// incident: 2013-09-03-core-network
/// phase: investigating
/// title: Mail, voice and files are down in all US datacenters
/// affects: exchange outage
/// next-update: 2013-09-03T11:40:00Z
///
/// We see heavy packet loss between edge and core. No mail is lost; it is queued.
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the header line of the same name; SPEC.md holds the table")]
pub struct Update {
    pub origin: Origin,
    pub id: Id,
    pub time: Time,
    pub submit_by: Option<Time>,
    pub seen: Option<Seen>,
    pub incident: Slug,
    pub phase: Phase,
    pub title: Line<120>,
    pub summary: Option<Line<200>>,
    pub symptom: Vec<Line<120>>,
    pub scope: Option<Line<120>>,
    pub impact: Option<Impact>,
    pub affects: Vec<Affects>,
    pub unaffected: Vec<ComponentPath>,
    pub fault: Option<Fault>,
    pub cause: Option<Cause>,
    pub evidence: Vec<Url>,
    pub reply: Vec<Url>,
    pub data: Vec<DataStatement>,
    pub workaround: Option<Line<200>>,
    pub started: Option<Time>,
    pub ended: Option<Time>,
    pub window: Option<Window>,
    pub next_update: Option<Time>,
    pub eta: Option<Eta>,
    pub contact: Vec<Contact>,
    pub recurrence_of: Option<Slug>,
    pub continues_in: Option<Slug>,
    pub corrects: Option<Id>,
    pub retracts: Option<Id>,
    pub report: Option<Report>,
    pub credit: Option<Credit>,
    pub lang: Option<Lang>,
    pub translates: Option<Id>,
    pub drill: Option<Yes>,
    /// Paragraphs of plain text, ending in a newline.
    pub body: Option<String>,
}

impl Update {
    /// An update with the required lines only, to be filled in.
    pub fn new(origin: Origin, id: Id, time: Time, incident: Slug, phase: Phase, title: Line<120>) -> Self {
        Self {
            origin,
            id,
            time,
            submit_by: None,
            seen: None,
            incident,
            phase,
            title,
            summary: None,
            symptom: Vec::new(),
            scope: None,
            impact: None,
            affects: Vec::new(),
            unaffected: Vec::new(),
            fault: None,
            cause: None,
            evidence: Vec::new(),
            reply: Vec::new(),
            data: Vec::new(),
            workaround: None,
            started: None,
            ended: None,
            window: None,
            next_update: None,
            eta: None,
            contact: Vec::new(),
            recurrence_of: None,
            continues_in: None,
            corrects: None,
            retracts: None,
            report: None,
            credit: None,
            lang: None,
            translates: None,
            drill: None,
            body: None,
        }
    }

    /// Parses the text and checks the rules that it can be held to alone.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let mut f = Fields::open(text, TYPE, NAMES)?;
        let mut update = Self {
            origin: f.one("origin")?,
            id: f.one("id")?,
            time: f.one("time")?,
            submit_by: f.maybe("submit-by")?,
            seen: f.maybe("seen")?,
            incident: f.one("incident")?,
            phase: f.one("phase")?,
            title: f.one("title")?,
            summary: f.maybe("summary")?,
            symptom: f.many("symptom", Line::to_string)?,
            scope: f.maybe("scope")?,
            impact: f.maybe("impact")?,
            affects: f.many("affects", |a: &Affects| a.component.clone())?,
            unaffected: f.many("unaffected", ComponentPath::clone)?,
            fault: f.maybe("fault")?,
            cause: f.maybe("cause")?,
            evidence: f.many("evidence", Url::clone)?,
            reply: f.many("reply", Url::clone)?,
            data: f.many("data", |d: &DataStatement| d.kind)?,
            workaround: f.maybe("workaround")?,
            started: f.maybe("started")?,
            ended: f.maybe("ended")?,
            window: f.maybe("window")?,
            next_update: f.maybe("next-update")?,
            eta: f.maybe("eta")?,
            contact: f.many("contact", Contact::clone)?,
            recurrence_of: f.maybe("recurrence-of")?,
            continues_in: f.maybe("continues-in")?,
            corrects: f.maybe("corrects")?,
            retracts: f.maybe("retracts")?,
            report: f.maybe("report")?,
            credit: f.maybe("credit")?,
            lang: f.maybe("lang")?,
            translates: f.maybe("translates")?,
            drill: f.maybe("drill")?,
            body: None,
        };
        update.check(&At(&f))?;
        update.body = f.finish(true)?;
        Ok(update)
    }

    /// The text that parses to this.
    pub fn print(&self) -> String {
        Printer::new(TYPE)
            .one("origin", &self.origin)
            .one("id", &self.id)
            .one("time", &self.time)
            .maybe("submit-by", self.submit_by.as_ref())
            .maybe("seen", self.seen.as_ref())
            .one("incident", &self.incident)
            .one("phase", &self.phase)
            .one("title", &self.title)
            .maybe("summary", self.summary.as_ref())
            .many("symptom", &self.symptom)
            .maybe("scope", self.scope.as_ref())
            .maybe("impact", self.impact.as_ref())
            .many("affects", &self.affects)
            .many("unaffected", &self.unaffected)
            .maybe("fault", self.fault.as_ref())
            .maybe("cause", self.cause.as_ref())
            .many("evidence", &self.evidence)
            .many("reply", &self.reply)
            .many("data", &self.data)
            .maybe("workaround", self.workaround.as_ref())
            .maybe("started", self.started.as_ref())
            .maybe("ended", self.ended.as_ref())
            .maybe("window", self.window.as_ref())
            .maybe("next-update", self.next_update.as_ref())
            .maybe("eta", self.eta.as_ref())
            .many("contact", &self.contact)
            .maybe("recurrence-of", self.recurrence_of.as_ref())
            .maybe("continues-in", self.continues_in.as_ref())
            .maybe("corrects", self.corrects.as_ref())
            .maybe("retracts", self.retracts.as_ref())
            .maybe("report", self.report.as_ref())
            .maybe("credit", self.credit.as_ref())
            .maybe("lang", self.lang.as_ref())
            .maybe("translates", self.translates.as_ref())
            .maybe("drill", self.drill.as_ref())
            .body(self.body.as_ref())
            .finish()
    }

    /// Whether this is a drill.
    pub fn is_drill(&self) -> bool {
        self.drill.is_some()
    }

    fn check(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        self.check_times(at)?;
        if self.corrects.is_some() && self.retracts.is_some() {
            return Err(at.forbidden("retracts", "an update either corrects or retracts another; send two"));
        }
        if self.continues_in.as_ref() == Some(&self.incident) {
            return Err(at.value("continues-in", &self.incident, "the slug of another incident"));
        }
        if self.recurrence_of.as_ref() == Some(&self.incident) {
            return Err(at.value("recurrence-of", &self.incident, "the slug of an earlier incident"));
        }
        if let Some(both) = self.unaffected.iter().find(|path| self.affects.iter().any(|a| a.component == **path)) {
            return Err(at.value("unaffected", both, "a component that no affects line of this update names"));
        }
        if self.translates.is_some() { self.check_translation(at) } else { Ok(()) }
    }

    fn check_times(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if let Some(by) = self.submit_by.filter(|by| *by <= self.time) {
            return Err(at.value("submit-by", by, format!("later than the time line, {}", self.time)));
        }
        match self.next_update {
            Some(next) if next <= self.time => {
                return Err(at.value("next-update", next, format!("later than the time line, {}", self.time)));
            }
            None if self.phase.needs_next_update() && self.translates.is_none() => {
                let why = format!("readers of a {} must know when they hear more; promise a time", self.phase.kind());
                return Err(at.missing("next-update", why));
            }
            _ => {}
        }
        if let (Some(started), Some(ended)) = (self.started, self.ended)
            && ended < started
        {
            return Err(at.value("ended", ended, format!("not earlier than the started line, {started}")));
        }
        if self.window.is_some() && self.phase.kind() != Kind::Maintenance {
            return Err(at.forbidden("window", "only a maintenance has one; use started and ended"));
        }
        if self.window.is_none() && self.phase == Phase::Scheduled && self.translates.is_none() {
            return Err(at.missing("window", "a scheduled maintenance says from when to when"));
        }
        Ok(())
    }

    /// A translation carries words only: it moves no state.
    fn check_translation(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if self.lang.is_none() {
            return Err(at.missing("lang", "a translation says into which language"));
        }
        let state: [(&'static str, bool); 23] = [
            ("submit-by", self.submit_by.is_some()),
            ("seen", self.seen.is_some()),
            ("impact", self.impact.is_some()),
            ("affects", !self.affects.is_empty()),
            ("unaffected", !self.unaffected.is_empty()),
            ("fault", self.fault.is_some()),
            ("cause", self.cause.is_some()),
            ("evidence", !self.evidence.is_empty()),
            ("reply", !self.reply.is_empty()),
            ("data", !self.data.is_empty()),
            ("started", self.started.is_some()),
            ("ended", self.ended.is_some()),
            ("window", self.window.is_some()),
            ("next-update", self.next_update.is_some()),
            ("eta", self.eta.is_some()),
            ("contact", !self.contact.is_empty()),
            ("recurrence-of", self.recurrence_of.is_some()),
            ("continues-in", self.continues_in.is_some()),
            ("corrects", self.corrects.is_some()),
            ("retracts", self.retracts.is_some()),
            ("report", self.report.is_some()),
            ("credit", self.credit.is_some()),
            ("drill", self.drill.is_some()),
        ];
        match state.iter().find(|(_, present)| *present) {
            Some((name, _)) => Err(at.forbidden(name, "a translation has only title, summary, symptom, scope, workaround and a body; it changes no state")),
            None => Ok(()),
        }
    }
}
