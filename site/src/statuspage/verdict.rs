use outband_record::text::{Condition, IncidentKind};
use outband_record::timeline::{IncidentState, Outlook};

use super::shape::{Level, Status};

/// The worst of all open incidents. It is at least minor if an incident's extent is unknown, or a component is
/// degraded, down or in an unknown condition; only incidents stated to affect nobody leave it at `none`.
pub(super) fn status(outlook: &Outlook<'_>) -> Status {
    let by_incident = outlook.open.iter().map(|state| level(state, outlook));
    let by_component = outlook.conditions.values().map(|condition| floor(*condition));
    let indicator = by_incident.chain(by_component).max().unwrap_or(Level::None);
    let is_quiet = outlook.open.iter().all(|state| state.kind != IncidentKind::Incident);
    let description = match indicator {
        Level::None if is_quiet => "All Systems Operational",
        Level::None => "Open Incident Without Impact",
        Level::Maintenance => "Service Under Maintenance",
        Level::Minor => "Partially Degraded Service",
        Level::Major => "Partial System Outage",
        Level::Critical => "Major System Outage",
    };
    Status { indicator, description }
}

fn level(state: &IncidentState<'_>, outlook: &Outlook<'_>) -> Level {
    match state.kind {
        IncidentKind::Incident => state.impact.map_or(Level::Minor, Level::of),
        IncidentKind::Notice => state.impact.map_or(Level::None, Level::of),
        IncidentKind::Maintenance if state.is_ahead(outlook.now) => Level::None,
        IncidentKind::Maintenance => Level::Maintenance,
    }
}

fn floor(condition: Condition) -> Level {
    match condition {
        Condition::Operational => Level::None,
        Condition::Maintenance => Level::Maintenance,
        Condition::Unknown | Condition::Degraded | Condition::Partial | Condition::Outage => Level::Minor,
    }
}
