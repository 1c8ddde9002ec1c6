//! The values of the grammar in readers' words, which are the same everywhere: as a phrase if they have several parts,
//! otherwise as a single text.

use std::cmp::Reverse;

use outband_record::sorted::Map;
use outband_record::text::{
    Cause, Certainty, ComponentPath, Condition, Credit, DataKind, DataStatement, DataStatus, Eta,
    EtaConfidence, Fault, Impact, IncidentKind, Lang, Phase, Report, Window,
};
use outband_record::time::Time;

use super::{Fragment, Locale, Phrase};
use crate::messages::Messages;

/// Whose fault is it?
pub(super) fn fault(locale: &Locale<'_>, fault: &Fault, lang: Option<&Lang>) -> Phrase {
    match fault {
        Fault::Ours(Certainty::Confirmed) => locale.phrase("fault_ours_confirmed"),
        Fault::Ours(Certainty::Suspected) => locale.phrase("fault_ours_suspected"),
        Fault::Customer(Certainty::Confirmed) => locale.phrase("fault_customer_confirmed"),
        Fault::Customer(Certainty::Suspected) => locale.phrase("fault_customer_suspected"),
        Fault::Upstream(name, certainty) => {
            let message = match certainty {
                Certainty::Confirmed => "fault_supplier_confirmed",
                Certainty::Suspected => "fault_supplier_suspected",
            };
            locale.fill(message, [("name", locale.quoted(name.as_str(), lang))])
        }
        Fault::Unknown => locale.phrase("fault_unknown"),
    }
}

/// Is the cause known?
pub(super) fn cause(locale: &Locale<'_>, cause: Cause) -> Phrase {
    locale.phrase(match cause {
        Cause::Unknown => "cause_unknown",
        Cause::Suspected => "cause_suspected",
        Cause::Confirmed => "cause_confirmed",
    })
}

/// When will it be fixed?
pub(super) fn eta(locale: &Locale<'_>, eta: &Eta, lang: Option<&Lang>) -> Phrase {
    let (when, confidence) = match eta {
        Eta::Unknown(why) => return locale.fill("eta_unknown", [("why", locale.quoted(why.as_str(), lang))]),
        Eta::By(time, confidence) => (locale.fill("eta_by", [("time", locale.near(*time))]), confidence),
        Eta::Between(from, to, confidence) => {
            (locale.fill("eta_between", [("from", locale.near(*from)), ("to", locale.near(*to))]), confidence)
        }
    };
    let message = match confidence {
        EtaConfidence::Committed => "eta_committed",
        EtaConfidence::Likely => "eta_likely",
        EtaConfidence::Possible => "eta_possible",
    };
    locale.fill(message, [("when", when)])
}

/// When is the maintenance scheduled?
pub(super) fn window(locale: &Locale<'_>, window: Window) -> Phrase {
    locale.fill("window", [("from", locale.full(window.start)), ("to", locale.full(window.end))])
}

/// When did it start, and when did it end?
pub(super) fn began(locale: &Locale<'_>, started: Time, ended: Option<Time>) -> Phrase {
    let from = Phrase::from(locale.full(started));
    let Some(ended) = ended else { return from };
    let duration = locale.duration(started, ended);
    locale.fill("began_ended", [("from", from), ("to", locale.full(ended).into()), ("duration", duration)])
}

/// Is the data safe?
pub(super) fn data(locale: &Locale<'_>, statement: DataStatement) -> Phrase {
    let words = data_status(locale.messages(), statement.status);
    let is_harm = statement.status == DataStatus::Confirmed;
    let status = if is_harm { Phrase::default().warn(words) } else { Phrase::default().strong(words) };
    let kind = Phrase::plain(data_kind(locale.messages(), statement.kind));
    locale.labelled(kind, status)
}

/// Will there be a report? `delivered` links to a report that is an update's own body.
pub(super) fn report(locale: &Locale<'_>, report: &Report, delivered: Fragment) -> Phrase {
    match report {
        Report::Promised(date) => locale.fill("report_promised", [("date", locale.day(*date))]),
        Report::Delivered(url) => {
            let link = url.as_ref().map_or(delivered, |url| locale.url(url));
            locale.fill("report_delivered", [("report", link)])
        }
    }
}

/// Will customers get a credit?
pub(super) fn credit(locale: &Locale<'_>, credit: &Credit, lang: Option<&Lang>) -> Phrase {
    match credit {
        Credit::None => locale.phrase("credit_none"),
        Credit::NotAssessed(date) => locale.fill("credit_not_assessed", [("date", locale.day(*date))]),
        Credit::Automatic(date, what) => {
            let what = locale.quoted(what.as_str(), lang);
            locale.fill("credit_automatic", [("date", locale.day(*date)), ("what", what)])
        }
        Credit::Claim(date, at, what) => {
            let what = locale.quoted(what.as_str(), lang);
            locale.fill(
                "credit_claim",
                [("date", locale.day(*date)), ("place", locale.url(at)), ("what", what)],
            )
        }
    }
}

/// One line per condition, worst first.
pub(super) fn conditions<'c>(
    locale: &Locale<'_>,
    stated: impl IntoIterator<Item = (&'c ComponentPath, Condition)>,
) -> Vec<Phrase> {
    let mut by_condition: Map<Reverse<Condition>, Vec<&ComponentPath>> = Map::new();
    for (path, condition) in stated {
        by_condition.or_default(Reverse(condition)).push(path);
    }
    let line = |(Reverse(state), paths): (Reverse<Condition>, Vec<&ComponentPath>)| {
        let text = condition(locale.messages(), state).to_owned();
        let word = Fragment::State { text, class: state.as_str() };
        locale.labelled(word.into(), locale.components(paths))
    };
    by_condition.into_iter().map(line).collect()
}

pub(crate) fn phase(messages: &Messages, phase: Phase) -> &'static str {
    messages.text(phase_key(phase))
}

pub(super) fn phase_key(phase: Phase) -> &'static str {
    match phase {
        Phase::Investigating => "phase_investigating",
        Phase::Identified => "phase_identified",
        Phase::Monitoring => "phase_monitoring",
        Phase::Resolved => "phase_resolved",
        Phase::Postmortem => "phase_postmortem",
        Phase::Scheduled => "phase_scheduled",
        Phase::InProgress => "phase_in_progress",
        Phase::Verifying => "phase_verifying",
        Phase::Completed => "phase_completed",
        Phase::Cancelled => "phase_cancelled",
        Phase::Notice => "phase_notice",
    }
}

pub(crate) fn kind(messages: &Messages, kind: IncidentKind) -> &'static str {
    messages.text(match kind {
        IncidentKind::Incident => "kind_incident",
        IncidentKind::Maintenance => "kind_maintenance",
        IncidentKind::Notice => "kind_notice",
    })
}

pub(crate) fn impact(messages: &Messages, impact: Option<Impact>) -> &'static str {
    messages.text(match impact {
        Some(Impact::None) => "impact_none",
        Some(Impact::Minor) => "impact_minor",
        Some(Impact::Major) => "impact_major",
        Some(Impact::Critical) => "impact_critical",
        None => "impact_unknown",
    })
}

/// A stated condition. A component without one has "no known problems", since nobody stated that it works.
pub(crate) fn condition(messages: &Messages, condition: Condition) -> &'static str {
    messages.text(match condition {
        Condition::Operational => "condition_operational",
        Condition::Maintenance => "condition_maintenance",
        Condition::Unknown => "condition_unknown",
        Condition::Degraded => "condition_degraded",
        Condition::Partial => "condition_partial",
        Condition::Outage => "condition_outage",
    })
}

fn data_kind(messages: &Messages, kind: DataKind) -> &'static str {
    messages.text(match kind {
        DataKind::Loss => "data_loss",
        DataKind::Breach => "data_breach",
        DataKind::Integrity => "data_integrity",
        DataKind::Delay => "data_delay",
    })
}

fn data_status(messages: &Messages, status: DataStatus) -> &'static str {
    messages.text(match status {
        DataStatus::None => "data_status_none",
        DataStatus::Investigating => "data_status_investigating",
        DataStatus::Confirmed => "data_status_confirmed",
        DataStatus::Unknown => "data_status_unknown",
        DataStatus::Queued => "data_status_queued",
        DataStatus::Clearing => "data_status_clearing",
        DataStatus::Cleared => "data_status_cleared",
    })
}
