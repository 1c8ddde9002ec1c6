//! The current state of one incident, with the update that stated each value, and the changes that come with time
//! alone.

use super::fold::{continues_in, notice_end};
use super::{Incident, LoggedUpdate};
use crate::sorted::Map;
use crate::text::{
    Cause, ComponentPath, Condition, Contact, Credit, DataKind, DataStatement, Eta, Fault, Impact,
    IncidentKind, Lang, Phase, Report, SingleLine, Slug, Update, Url, Window,
};
use crate::time::Time;

/// A value that stays in force until it is restated, with the update that stated it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stated<'i, T> {
    /// The value.
    pub value: T,
    /// The update.
    pub by: &'i LoggedUpdate,
}

/// The current state of one incident, maintenance or notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentState<'i> {
    /// Its name in URLs.
    pub slug: &'i Slug,
    /// Whether it is a drill.
    pub drill: bool,
    /// Incident, maintenance or notice.
    pub kind: IncidentKind,
    /// The stage it has reached.
    pub phase: Phase,
    /// Whether it reached a later stage before.
    pub reopened: bool,
    /// Whether nothing is left of it but retractions: it never happened.
    pub withdrawn: bool,
    /// The update with the latest effective time, after corrections and retractions. Only its promise of a next update
    /// counts.
    pub newest: &'i LoggedUpdate,
    /// What users cannot do.
    pub title: Stated<'i, &'i SingleLine<120>>,
    /// One line that a manager can repeat.
    pub summary: Option<Stated<'i, &'i SingleLine<200>>>,
    /// What you see if this is it.
    pub symptom: Option<Stated<'i, &'i [SingleLine<120>]>>,
    /// Who is affected, and how many.
    pub scope: Option<Stated<'i, &'i SingleLine<120>>>,
    /// The stated impact, or that of the worst affected component; `None` if the extent is unknown. Once it is over,
    /// the worst impact that it had.
    pub impact: Option<Impact>,
    /// The stated conditions. Each applies to the component's descendants too, except those listed themselves. Empty
    /// once it is over or taken over.
    pub conditions: Map<&'i ComponentPath, Stated<'i, Condition>>,
    /// The worst condition ever stated for each component.
    pub affected: Map<&'i ComponentPath, Condition>,
    /// Components explicitly stated to be unaffected, and still so.
    pub unaffected: Vec<Stated<'i, &'i ComponentPath>>,
    /// The conditions of components that count as affected.
    pub(super) affecting: Vec<(&'i ComponentPath, Stated<'i, Condition>)>,
    /// Whose fault it is.
    pub fault: Option<Stated<'i, &'i Fault>>,
    /// Whether the cause is known.
    pub cause: Option<Stated<'i, Cause>>,
    /// The named party's own statements.
    pub reply: Option<Stated<'i, &'i [Url]>>,
    /// What is known about harm to data, by kind.
    pub data: Map<DataKind, Stated<'i, DataStatement>>,
    /// What users can do.
    pub workaround: Option<Stated<'i, &'i SingleLine<200>>>,
    /// When it began: as stated, or the start of its window, or else the effective time of its first update.
    pub started: Time,
    /// When it ended: as stated, or else when an update reported it over or continued in another one.
    pub ended: Option<Time>,
    /// When the maintenance is planned.
    pub window: Option<Stated<'i, Window>>,
    /// When the next update is due, as the newest one promises.
    pub next_update: Option<Time>,
    /// When a fix is expected.
    pub eta: Option<Stated<'i, &'i Eta>>,
    /// How to reach the provider about this; the site's contacts if absent.
    pub contact: Option<Stated<'i, &'i [Contact]>>,
    /// The earlier incident of which this is a recurrence.
    pub recurrence_of: Option<Stated<'i, &'i Slug>>,
    /// The incident that has taken this one over, which ends this one.
    pub continues_in: Option<Stated<'i, &'i Slug>>,
    /// Whether and when a report will be published.
    pub report: Option<Stated<'i, &'i Report>>,
    /// The credit that customers get.
    pub credit: Option<Stated<'i, &'i Credit>>,
    /// Every line that stays in force until it is restated, with the update that stated it.
    pub carried: Vec<(&'static str, &'i LoggedUpdate)>,
    /// The language of the newest update.
    pub lang: Option<&'i Lang>,
}

impl Incident {
    /// The state after all updates so far; `None` if it has no steps, as when only translations are left.
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
        let conditions: Map<_, _> = conditions.collect();
        let affecting = conditions.iter().filter(|(path, _)| machine.is_affecting(path));
        let unaffected = machine.unaffected.iter().filter(|_| !is_over);
        Some(IncidentState {
            slug: &newest.update.incident,
            drill: self.is_drill(),
            kind: phase.kind(),
            phase,
            reopened: machine.reopened,
            withdrawn: self.is_withdrawn(),
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

    fn is_withdrawn(&self) -> bool {
        let mut in_force = self.fold.steps.iter().map(|step| self.updates.get(step.update));
        in_force.all(|logged| logged.is_some_and(|logged| logged.update.retracts.is_some()))
    }

    fn stated<T>(&self, value: T, by: usize) -> Option<Stated<'_, T>> {
        Some(Stated { value, by: self.updates.get(by)? })
    }

    /// The last statement of a carried line.
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
    /// Whether it is open at `now`.
    pub fn is_open(&self, now: Time) -> bool {
        match self.kind {
            _ if self.is_over() => false,
            IncidentKind::Notice => now < self.notice_end(),
            IncidentKind::Incident | IncidentKind::Maintenance => true,
        }
    }

    /// Whether the maintenance has not begun by `now`.
    pub fn is_ahead(&self, now: Time) -> bool {
        self.phase == Phase::Scheduled && self.window.is_none_or(|window| now < window.value.start)
    }

    /// Whether the maintenance's window has passed by `now`, though no update has ended it: nobody has confirmed its end.
    pub fn is_unconfirmed(&self, now: Time) -> bool {
        let is_past = self.window.is_some_and(|window| window.value.end <= now);
        self.kind == IncidentKind::Maintenance && is_past && self.is_open(now)
    }

    /// Whether the promised next update is overdue at `now`.
    pub fn is_overdue(&self, now: Time) -> bool {
        self.is_open(now) && self.next_update.is_some_and(|next| next <= now)
    }

    /// Whether it is still open at `now` although the estimate has passed.
    pub fn is_past_estimate(&self, now: Time) -> bool {
        self.is_open(now) && self.estimate_end().is_some_and(|end| end <= now)
    }

    /// Whether the promised report is overdue at `now`.
    pub fn is_report_overdue(&self, now: Time) -> bool {
        self.report_due().is_some_and(|due| due <= now)
    }

    /// Whether the last day for a credit to be paid, decided or claimed is over at `now`.
    pub fn is_credit_past(&self, now: Time) -> bool {
        self.credit_due().is_some_and(|due| due <= now)
    }

    /// The components that count as affected, including those reported operational again.
    pub fn affecting(&self) -> impl Iterator<Item = (&'i ComponentPath, Stated<'i, Condition>)> {
        self.affecting.iter().copied()
    }

    /// Whether it is an open incident at `now` with no known affected components, so that anything may be affected.
    pub fn is_of_unknown_extent(&self, now: Time) -> bool {
        let may_affect = self.kind == IncidentKind::Incident && self.impact != Some(Impact::None);
        may_affect && self.is_open(now) && self.affecting().next().is_none()
    }

    /// The condition of `component` at `now` by this incident, with the update that stated it. A scheduled maintenance
    /// affects nothing before its window opens; after that it continues until an update ends it.
    pub fn condition(&self, component: &ComponentPath, now: Time) -> Option<Stated<'i, Condition>> {
        if !self.is_open(now) {
            return None;
        }
        if self.is_ahead(now) {
            return None;
        }
        // The longest matching path is the component itself or its nearest ancestor.
        let stated = self.conditions.iter().filter(|(path, _)| component.is_within(path));
        stated.max_by_key(|(path, _)| path.as_str().len()).map(|(_, stated)| *stated)
    }

    /// The times at which the state reads differently without a new update, in no order.
    pub fn moments(&self) -> impl Iterator<Item = Time> {
        let over = self.is_over();
        let while_open = [
            self.next_update,
            self.estimate_end(),
            self.window.map(|window| window.value.start),
            self.window.map(|window| window.value.end),
            (self.kind == IncidentKind::Notice).then(|| self.notice_end()),
        ];
        let always = [self.report_due(), self.credit_due()];
        while_open.into_iter().filter(move |_| !over).chain(always).flatten()
    }

    /// Whether an update ended it, or another incident took it over.
    fn is_over(&self) -> bool {
        self.phase.is_final() || self.continues_in.is_some()
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
