//! The values of the grammar in words that readers know.

use outband_record::text::{Condition, DataKind, DataStatus, Impact, Kind, Phase};

pub(crate) fn phase(phase: Phase) -> &'static str {
    match phase {
        Phase::Investigating => "Investigating",
        Phase::Identified => "Identified",
        Phase::Monitoring => "Monitoring",
        Phase::Resolved => "Resolved",
        Phase::Postmortem => "Report",
        Phase::Scheduled => "Scheduled",
        Phase::InProgress => "In progress",
        Phase::Verifying => "Verifying",
        Phase::Completed => "Completed",
        Phase::Cancelled => "Cancelled",
        Phase::Notice => "Notice",
    }
}

pub(crate) fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Incident => "Incident",
        Kind::Maintenance => "Maintenance",
        Kind::Notice => "Notice",
    }
}

pub(crate) fn impact(impact: Option<Impact>) -> &'static str {
    match impact {
        Some(Impact::None) => "None",
        Some(Impact::Minor) => "Minor",
        Some(Impact::Major) => "Major",
        Some(Impact::Critical) => "Critical",
        None => "Extent unknown",
    }
}

/// A condition that was stated. Where nothing was, a component has "no known problem": nobody said that it works.
pub(crate) fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::Operational => "Working",
        Condition::Maintenance => "Maintenance",
        Condition::Unknown => "Unknown",
        Condition::Degraded => "Degraded",
        Condition::Partial => "Partial outage",
        Condition::Outage => "Outage",
    }
}

pub(super) fn data_kind(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Loss => "Data loss",
        DataKind::Breach => "Data breach",
        DataKind::Integrity => "Altered data",
        DataKind::Delay => "Delayed data",
    }
}

pub(super) fn data_status(status: DataStatus) -> &'static str {
    match status {
        DataStatus::None => "none",
        DataStatus::Investigating => "being investigated",
        DataStatus::Confirmed => "confirmed",
        DataStatus::Unknown => "not known",
        DataStatus::Queued => "queued; kept for later delivery",
        DataStatus::Clearing => "being delivered now",
        DataStatus::Cleared => "all delivered",
    }
}
