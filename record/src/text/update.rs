//! `outband update v1`: what one operator said, once.

use super::fields::{At, Fields, Printer, TextError};
use super::hashes::Seen;
use super::promises::{Credit, Report};
use super::values::{
    Affects, ComponentPath, Contact, DataStatement, Eta, Fault, Id, Lang, Origin, SingleLine, Slug, Url,
    Window,
};
use super::words::{Cause, Impact, IncidentKind, Phase, Yes};
use crate::time::Time;

pub(super) const TYPE: &str = "outband update v1";

/// The grammar's order.
const NAMES: &[&str] = &[
    "origin",
    "id",
    "time",
    "submit-by",
    "seen",
    "incident",
    "phase",
    "title",
    "summary",
    "symptom",
    "scope",
    "impact",
    "affects",
    "unaffected",
    "fault",
    "cause",
    "evidence",
    "reply",
    "data",
    "workaround",
    "started",
    "ended",
    "window",
    "next-update",
    "eta",
    "contact",
    "recurrence-of",
    "continues-in",
    "corrects",
    "retracts",
    "report",
    "credit",
    "lang",
    "translates",
    "drill",
];

/// The headers of a translation, which carries words only.
const TRANSLATION_NAMES: &[&str] = &[
    "origin",
    "id",
    "time",
    "incident",
    "phase",
    "title",
    "summary",
    "symptom",
    "scope",
    "workaround",
    "lang",
    "translates",
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
    pub title: SingleLine<120>,
    pub summary: Option<SingleLine<200>>,
    pub symptom: Vec<SingleLine<120>>,
    pub scope: Option<SingleLine<120>>,
    pub impact: Option<Impact>,
    pub affects: Vec<Affects>,
    pub unaffected: Vec<ComponentPath>,
    pub fault: Option<Fault>,
    pub cause: Option<Cause>,
    pub evidence: Vec<Url>,
    pub reply: Vec<Url>,
    pub data: Vec<DataStatement>,
    pub workaround: Option<SingleLine<200>>,
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
    /// The names of its headers, in the order of the grammar.
    pub const HEADERS: &'static [&'static str] = NAMES;

    /// An update with the required lines only, to be filled in.
    pub fn new(
        origin: Origin,
        id: Id,
        time: Time,
        incident: Slug,
        phase: Phase,
        title: SingleLine<120>,
    ) -> Self {
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
        let update = Self {
            origin: f.one("origin")?,
            id: f.one("id")?,
            time: f.one("time")?,
            submit_by: f.maybe("submit-by")?,
            seen: f.maybe("seen")?,
            incident: f.one("incident")?,
            phase: f.one("phase")?,
            title: f.one("title")?,
            summary: f.maybe("summary")?,
            symptom: f.many("symptom", SingleLine::to_string)?,
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
            body: f.finish(true)?,
        };
        update.check(&At(&f))?;
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
        self.check_references(at)?;
        if self.translates.is_some() {
            return self.check_translation(at);
        }
        self.check_times(at)?;
        self.check_window(at)?;
        let also_affected = |path: &&ComponentPath| self.affects.iter().any(|a| a.component == **path);
        if let Some(both) = self.unaffected.iter().find(also_affected) {
            let expected = "a component that no affects line of this update names";
            return Err(at.value("unaffected", both, expected));
        }
        if self.report == Some(Report::Delivered(None)) && self.body.is_none() {
            let what = "is missing: a report that is delivered without a link is the body; write it, or add the link";
            return Err(at.no_body("report", what));
        }
        Ok(())
    }

    /// What an update speaks of is another one.
    fn check_references(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        let updates =
            [("corrects", &self.corrects), ("retracts", &self.retracts), ("translates", &self.translates)];
        if let Some((name, _)) = updates.into_iter().find(|(_, id)| id.as_ref() == Some(&self.id)) {
            return Err(at.value(name, &self.id, "the id of an earlier update, not this one's own"));
        }
        if self.corrects.is_some() && self.retracts.is_some() {
            return Err(at.forbidden("retracts", "an update either corrects or retracts another; send two"));
        }
        let incidents = [("recurrence-of", &self.recurrence_of), ("continues-in", &self.continues_in)];
        match incidents.into_iter().find(|(_, slug)| slug.as_ref() == Some(&self.incident)) {
            Some((name, _)) => Err(at.value(name, &self.incident, "the slug of another incident")),
            None => Ok(()),
        }
    }

    fn check_times(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        let not_later = |moment: &Time| *moment <= self.time;
        let later = || format!("later than the time line, {}", self.time);
        if let Some(by) = self.submit_by.filter(not_later) {
            return Err(at.value("submit-by", &by, later()));
        }
        if let Some(next) = self.next_update.filter(not_later) {
            return Err(at.value("next-update", &next, later()));
        }
        if self.next_update.is_none() && self.phase.needs_next_update() {
            let kind = self.phase.kind();
            let why = format!("readers of this {kind} must know when they hear more; promise a time");
            return Err(at.missing("next-update", why));
        }
        match (self.started, self.ended) {
            (Some(started), Some(ended)) if ended < started => {
                Err(at.value("ended", &ended, format!("not earlier than the started line, {started}")))
            }
            _ => Ok(()),
        }
    }

    fn check_window(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if self.window.is_some() && self.phase.kind() != IncidentKind::Maintenance {
            return Err(at.forbidden("window", "only a maintenance has one; use started and ended"));
        }
        if self.window.is_none() && self.phase == Phase::Scheduled {
            return Err(at.missing("window", "a scheduled maintenance says from when to when"));
        }
        Ok(())
    }

    fn check_translation(&self, at: &At<'_, '_>) -> Result<(), TextError> {
        if let Some(name) = at.first_besides(TRANSLATION_NAMES) {
            let why = "a translation has only title, summary, symptom, scope, workaround and a body; \
                       it changes no state";
            return Err(at.forbidden(name, why));
        }
        match self.lang {
            Some(_) => Ok(()),
            None => Err(at.missing("lang", "a translation says into which language")),
        }
    }
}
