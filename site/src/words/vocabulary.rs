//! The values of the grammar in readers' words.

use outband_record::text::{Condition, DataKind, DataStatus, Impact, IncidentKind, Phase};

use crate::messages::Messages;

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

pub(super) fn data_kind(messages: &Messages, kind: DataKind) -> &'static str {
    messages.text(match kind {
        DataKind::Loss => "data_loss",
        DataKind::Breach => "data_breach",
        DataKind::Integrity => "data_integrity",
        DataKind::Delay => "data_delay",
    })
}

pub(super) fn data_status(messages: &Messages, status: DataStatus) -> &'static str {
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
