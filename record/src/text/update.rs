//! `outband update v1`: one message by an operator.

use super::fields::{At, Rules, TextError};
use super::grammar::text_type;
use super::promises::{Credit, Eta, Report};
use super::values::{
    Affects, ComponentPath, Contact, DataStatement, Fault, Id, Lang, Origin, Seen, SingleLine, Slug, Url,
    Window,
};
use super::words::{Cause, Impact, IncidentKind, Phase, Yes};
use crate::time::Time;

text_type! {
    /// An update; `SPEC.md` says what each line means.
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
    pub struct Update: "update" with body {
        /// The log's origin.
        "origin" origin: one(Origin), by_program, in_translation;
        /// This text's own random id.
        "id" id: one(Id), by_program, in_translation;
        /// When it was written, by the author's clock.
        "time" time: one(Time), by_program, in_translation;
        /// Stations refuse it after this.
        "submit-by" submit_by: maybe(Time), ahead;
        /// Size and root hash of the newest checkpoint that the author's client verified.
        "seen" seen: maybe(Seen), by_program;
        /// Incident, maintenance or notice to continue, by its name in URLs (default: a new one).
        "incident" incident: one(Slug), in_translation;
        /// Stage: investigating, identified, monitoring, resolved, postmortem; of a maintenance: scheduled, in-progress,
        /// verifying, completed, cancelled; or notice.
        "phase" phase: one(Phase), in_translation;
        /// What users can't do, at most 120 characters.
        "title" title: one(SingleLine<120>), carried, in_translation;
        /// One line that a manager can repeat, at most 200 characters.
        "summary" summary: maybe(SingleLine<200>), carried, in_translation;
        /// What users see if this is it, at most 120 characters.
        "symptom" symptom: many(SingleLine<120>), carried, in_translation;
        /// Who is affected and how many, with "as of".
        "scope" scope: maybe(SingleLine<120>), carried, in_translation;
        /// none, minor, major or critical (default: derived from the components).
        "impact" impact: maybe(Impact), carried;
        /// A component and its condition: operational, degraded, partial, outage, maintenance or unknown.
        "affects" affects: many(Affects), merged;
        /// A component you confirm is working.
        "unaffected" unaffected: many(ComponentPath), merged;
        /// Whose fault is it? "ours confirmed", "upstream NAME suspected", "customer suspected", unknown.
        "fault" fault: maybe(Fault), carried;
        /// Is the cause known? unknown, suspected or confirmed.
        "cause" cause: maybe(Cause), carried;
        /// Link to what proves it.
        "evidence" evidence: many(Url);
        /// Link to the named party's own statement.
        "reply" reply: many(Url), carried;
        /// Is data safe? loss, breach or integrity: none, investigating, confirmed, unknown; delay: none, queued,
        /// clearing, cleared.
        "data" data: many(DataStatement), merged;
        /// What users can do in the meantime, at most 200 characters.
        "workaround" workaround: maybe(SingleLine<200>), carried, in_translation;
        /// When it began, UTC.
        "started" started: maybe(Time), carried;
        /// When it ended, UTC.
        "ended" ended: maybe(Time), carried;
        /// When a maintenance is planned, from and to, UTC.
        "window" window: maybe(Window), carried;
        /// When readers will hear more.
        "next-update" next_update: maybe(Time), ahead;
        /// When you expect a fix: "TIME likely", "TIME/TIME possible", "unknown WHY".
        "eta" eta: maybe(Eta), carried, ahead;
        /// How to reach you while this is down: tel:, mailto: or https: (default: the site's contacts).
        "contact" contact: many(Contact), carried;
        /// The earlier incident that this one repeats.
        "recurrence-of" recurrence_of: maybe(Slug), carried;
        /// The incident in which this one continues.
        "continues-in" continues_in: maybe(Slug);
        /// Id of the update that this one replaces.
        "corrects" corrects: maybe(Id);
        /// Id of the update that this one withdraws.
        "retracts" retracts: maybe(Id);
        /// "promised DATE", "delivered URL", or delivered if the body is the report.
        "report" report: maybe(Report), carried;
        /// none, "not-assessed until DATE", "automatic by DATE, WHAT", "claim by DATE at URL, WHAT".
        "credit" credit: maybe(Credit), carried;
        /// Language of this update (default: the site's).
        "lang" lang: maybe(Lang), in_translation;
        /// Id of the update that this one translates.
        "translates" translates: maybe(Id), in_translation;
        /// Only a drill, shown under /drill and nowhere else.
        "drill" drill: maybe(Yes);
    }
}

impl Update {
    /// Whether this is a drill.
    pub fn is_drill(&self) -> bool {
        self.drill.is_some()
    }

    /// The components that it names, affected or not.
    pub fn components(&self) -> impl Iterator<Item = &ComponentPath> {
        self.affects.iter().map(|affects| &affects.component).chain(&self.unaffected)
    }

    /// The update that this one corrects or retracts.
    pub fn revises(&self) -> Option<&Id> {
        self.corrects.as_ref().or(self.retracts.as_ref())
    }
}

impl Rules for Update {
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
}

impl Update {
    /// Checks that the updates and incidents referred to are others.
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
            let why = format!("readers of this {kind} must know when they will hear more; promise a time");
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
        if let Some(name) = at.first(|header| !header.in_translation) {
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
