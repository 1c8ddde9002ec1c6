//! What holds now of one incident, with who said it, and what time changes of that though nothing is said.

use std::collections::BTreeMap;

use super::fold::{continues_in, notice_end};
use super::{Incident, LoggedUpdate};
use crate::text::{
    Cause, ComponentPath, Condition, Contact, Credit, DataKind, DataStatement, Eta, Fault, Impact,
    IncidentKind, Lang, Phase, Report, SingleLine, Slug, Update, Url, Window,
};
use crate::time::Time;

/// A value that stands until it is restated, with the update that stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'i, T> {
    /// What was stated.
    pub value: T,
    /// By which update.
    pub by: &'i LoggedUpdate,
}

/// What holds now of one incident, maintenance or notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentState<'i> {
    /// What it is called in URLs.
    pub slug: &'i Slug,
    /// Whether it is a drill.
    pub drill: bool,
    /// What it is.
    pub kind: IncidentKind,
    /// The stage it has reached.
    pub phase: Phase,
    /// Whether it had reached a later stage before.
    pub reopened: bool,
    /// The last said update, after corrections and retractions; the next update that it promises is the one that counts.
    pub newest: &'i LoggedUpdate,
    /// What users cannot do.
    pub title: Stated<'i, &'i SingleLine<120>>,
    /// One line that a manager can repeat.
    pub summary: Option<Stated<'i, &'i SingleLine<200>>>,
    /// What you see if this is it.
    pub symptom: Option<Stated<'i, &'i [SingleLine<120>]>>,
    /// Who and how many.
    pub scope: Option<Stated<'i, &'i SingleLine<120>>>,
    /// The impact as stated, or by the worst affected component; `None` means that the extent is unknown.
    /// Once it is over: the worst that it was.
    pub impact: Option<Impact>,
    /// Conditions as stated; each holds for what is under it, unless that stands here too. Empty once it is over,
    /// be it in another one.
    pub conditions: BTreeMap<&'i ComponentPath, Stated<'i, Condition>>,
    /// The worst condition that each component was ever stated to be in.
    pub affected: BTreeMap<&'i ComponentPath, Condition>,
    /// What was said on purpose to be unaffected, and still is.
    pub unaffected: Vec<Stated<'i, &'i ComponentPath>>,
    /// Of the conditions those that tell of the extent.
    pub(super) affecting: Vec<(&'i ComponentPath, Stated<'i, Condition>)>,
    /// Is it you or us?
    pub fault: Option<Stated<'i, &'i Fault>>,
    /// Whether the cause is known.
    pub cause: Option<Stated<'i, Cause>>,
    /// The named party's own statements.
    pub reply: Option<Stated<'i, &'i [Url]>>,
    /// What is known about harm to data, by kind.
    pub data: BTreeMap<DataKind, Stated<'i, DataStatement>>,
    /// What users can do.
    pub workaround: Option<Stated<'i, &'i SingleLine<200>>>,
    /// When it began: as stated, or when it was first spoken of.
    pub started: Time,
    /// When it ended: as stated, or when it was said to be over or to go on in another one.
    pub ended: Option<Time>,
    /// From when to when the maintenance is planned.
    pub window: Option<Stated<'i, Window>>,
    /// When readers hear more: what the newest update promises.
    pub next_update: Option<Time>,
    /// When it will be over.
    pub eta: Option<Stated<'i, &'i Eta>>,
    /// How to reach the provider about this; the site's contacts where absent.
    pub contact: Option<Stated<'i, &'i [Contact]>>,
    /// The earlier incident of which this is a recurrence.
    pub recurrence_of: Option<Stated<'i, &'i Slug>>,
    /// The incident that has taken this one over, which is over by that.
    pub continues_in: Option<Stated<'i, &'i Slug>>,
    /// Whether and when a report comes.
    pub report: Option<Stated<'i, &'i Report>>,
    /// What customers get back.
    pub credit: Option<Stated<'i, &'i Credit>>,
    /// Every line that stands until it is restated, with the update that stated it.
    pub carried: Vec<(&'static str, &'i LoggedUpdate)>,
    /// The language of the newest update.
    pub lang: Option<&'i Lang>,
}

impl Incident {
    /// What holds now by the updates so far; `None` where these are translations only.
    pub fn state(&self) -> Option<IncidentState<'_>> {
        let (fold, machine) = (&self.fold, &self.fold.machine);
        let phase = machine.phase?;
        let first = fold.steps.first()?;
        let newest = self.updates.get(fold.steps.last()?.update)?;
        let elsewhere = machine.continues.filter(|_| self.taken_over);
        let is_over = phase.is_final() || elsewhere.is_some();
        let over_since = machine.over_since.into_iter().chain(elsewhere.map(|(_, at)| at)).min();
        let stated = machine.conditions.iter().filter(|_| !is_over);
        let conditions = stated.filter_map(|(path, (value, by))| Some((path, self.stated(*value, *by)?)));
        let conditions: BTreeMap<_, _> = conditions.collect();
        let affecting = conditions.iter().filter(|(path, _)| machine.is_affecting(path));
        let unaffected = machine.unaffected.iter().filter(|_| !is_over);
        Some(IncidentState {
            slug: &newest.update.incident,
            drill: self.is_drill(),
            kind: phase.kind(),
            phase,
            reopened: machine.reopened,
            newest,
            title: self.last("title", |u| Some(&u.title))?,
            summary: self.last("summary", |u| u.summary.as_ref()),
            symptom: self.last("symptom", |u| Some(u.symptom.as_slice())),
            scope: self.last("scope", |u| u.scope.as_ref()),
            impact: if is_over { machine.worst_impact } else { machine.impact() },
            fault: self.last("fault", |u| u.fault.as_ref()),
            cause: self.last("cause", |u| u.cause),
            reply: self.last("reply", |u| Some(u.reply.as_slice())),
            workaround: self.last("workaround", |u| u.workaround.as_ref()),
            started: self.begun().unwrap_or(first.at),
            ended: machine.stated_end.map(|end| end.at).or(over_since),
            window: self.last("window", |u| u.window),
            next_update: newest.update.next_update.filter(|_| !is_over),
            eta: self.last("eta", |u| u.eta.as_ref()),
            contact: self.last("contact", |u| Some(u.contact.as_slice())),
            recurrence_of: self.last("recurrence-of", |u| u.recurrence_of.as_ref()),
            continues_in: elsewhere.and_then(|(by, _)| self.stated(continues_in(&self.updates, by)?, by)),
            report: self.last("report", |u| u.report.as_ref()),
            credit: self.last("credit", |u| u.credit.as_ref()),
            carried: machine.stated().filter_map(|(line, by)| Some((line, self.updates.get(by)?))).collect(),
            lang: newest.update.lang.as_ref(),
            affected: machine.affected.iter().map(|(path, condition)| (path, *condition)).collect(),
            affecting: affecting.map(|(path, stated)| (*path, *stated)).collect(),
            unaffected: unaffected.filter_map(|(path, by)| self.stated(path, *by)).collect(),
            data: machine.data.iter().filter_map(|(k, (d, by))| Some((*k, self.stated(*d, *by)?))).collect(),
            conditions,
        })
    }

    fn stated<T>(&self, value: T, by: usize) -> Option<Stated<'_, T>> {
        Some(Stated { value, by: self.updates.get(by)? })
    }

    /// The last statement of a line that stands until it is restated.
    fn last<'i, T>(
        &'i self,
        line: &str,
        value: impl FnOnce(&'i Update) -> Option<T>,
    ) -> Option<Stated<'i, T>> {
        let by = self.updates.get(self.fold.machine.last(line)?)?;
        Some(Stated { value: value(&by.update)?, by })
    }
}

impl<'i> IncidentState<'i> {
    /// Whether it is going on at `now`.
    pub fn is_open(&self, now: Time) -> bool {
        match self.kind {
            _ if self.phase.is_final() || self.continues_in.is_some() => false,
            IncidentKind::Notice => now < self.notice_end(),
            IncidentKind::Incident | IncidentKind::Maintenance => true,
        }
    }

    /// Whether the maintenance is still to come at `now`.
    pub fn is_ahead(&self, now: Time) -> bool {
        self.phase == Phase::Scheduled && self.window.is_none_or(|window| now < window.value.start)
    }

    /// Whether the promised next update has not come by `now`.
    pub fn is_overdue(&self, now: Time) -> bool {
        self.is_open(now) && self.next_update.is_some_and(|next| next <= now)
    }

    /// Whether the estimate has passed at `now` and it is still open.
    pub fn is_past_estimate(&self, now: Time) -> bool {
        self.is_open(now) && self.estimate_end().is_some_and(|end| end <= now)
    }

    /// Whether the promised report has not come by `now`.
    pub fn is_report_overdue(&self, now: Time) -> bool {
        self.report_due().is_some_and(|due| due <= now)
    }

    /// Whether the day by which credit was promised, decided or to be claimed is over at `now`.
    pub fn is_credit_past(&self, now: Time) -> bool {
        self.credit_due().is_some_and(|due| due <= now)
    }

    /// What was stated to be affected, whatever its condition is by now.
    pub fn affecting(&self) -> impl Iterator<Item = (&'i ComponentPath, Stated<'i, Condition>)> {
        self.affecting.iter().copied()
    }

    /// Whether it is going on at `now` and nobody knows of which components: anything may be affected.
    pub fn is_of_unknown_extent(&self, now: Time) -> bool {
        let may_affect = self.kind == IncidentKind::Incident && self.impact != Some(Impact::None);
        may_affect && self.is_open(now) && self.affecting().next().is_none()
    }

    /// The condition in which this puts `component` at `now`, with the update that stated it. A scheduled
    /// maintenance puts nothing in any condition before its window opens; once it is open, the work goes on until it
    /// is said to be over.
    pub fn condition(&self, component: &ComponentPath, now: Time) -> Option<Stated<'i, Condition>> {
        if !self.is_open(now) {
            return None;
        }
        if self.is_ahead(now) {
            return None;
        }
        // The longest stated path that `component` is within is its nearest ancestor.
        let stated = self.conditions.iter().filter(|(path, _)| component.is_within(path));
        stated.max_by_key(|(path, _)| path.as_str().len()).map(|(_, stated)| *stated)
    }

    /// The moments at which this reads differently though nothing was said, in no order.
    pub fn moments(&self) -> impl Iterator<Item = Time> {
        let over = self.phase.is_final() || self.continues_in.is_some();
        let while_open = [
            self.next_update,
            self.estimate_end(),
            self.window.map(|window| window.value.start),
            (self.kind == IncidentKind::Notice).then(|| self.notice_end()),
        ];
        let always = [self.report_due(), self.credit_due()];
        while_open.into_iter().filter(move |_| !over).chain(always).flatten()
    }

    fn notice_end(&self) -> Time {
        notice_end(self.ended, self.newest)
    }

    fn estimate_end(&self) -> Option<Time> {
        self.eta.as_ref().and_then(|eta| eta.value.end())
    }

    fn report_due(&self) -> Option<Time> {
        match self.report.as_ref().map(|report| report.value) {
            Some(Report::Promised(date)) => Some(date.end()),
            Some(Report::Delivered(_)) | None => None,
        }
    }

    fn credit_due(&self) -> Option<Time> {
        match self.credit.as_ref().map(|credit| credit.value) {
            Some(Credit::NotAssessed(date) | Credit::Automatic(date, _) | Credit::Claim(date, _, _)) => {
                Some(date.end())
            }
            Some(Credit::None) | None => None,
        }
    }
}
