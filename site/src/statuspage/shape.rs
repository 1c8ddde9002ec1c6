//! The JSON objects, with the same members in the same order as Statuspage's.

use outband_record::text::{Condition, Impact, IncidentKind, Phase};
use outband_record::timeline::{IncidentState, Outlook};
use serde::{Deserialize, Serialize};

use crate::Rendered;
use crate::template::RenderError;

/// A response: the page, and the requested objects.
#[derive(Serialize)]
pub(super) struct Answer<'a> {
    pub(super) page: &'a Page,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) components: Option<&'a [&'a Component]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) incidents: Option<&'a [&'a Incident]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scheduled_maintenances: Option<&'a [&'a Incident]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<&'a Status>,
}

impl<'a> Answer<'a> {
    /// A response with the page only.
    pub(super) fn of(page: &'a Page) -> Self {
        Self { page, components: None, incidents: None, scheduled_maintenances: None, status: None }
    }

    pub(super) fn print(&self, path: &str) -> Result<Rendered, RenderError> {
        Rendered::json(path, serde_json::to_vec(self))
    }
}

#[derive(Serialize)]
pub(super) struct Page {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) url: String,
    pub(super) time_zone: String,
    pub(super) updated_at: String,
}

#[derive(Serialize)]
pub(super) struct Status {
    pub(super) indicator: Level,
    pub(super) description: &'static str,
}

impl Status {
    /// The worst of all open incidents. It is at least minor if an incident's extent is unknown, or a component is
    /// degraded, down or in an unknown condition; only incidents stated to affect nobody leave it at `none`.
    pub(super) fn of(outlook: &Outlook<'_>) -> Self {
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
        Self { indicator, description }
    }
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

/// The severity of the overall status or of an incident, ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    None,
    Maintenance,
    Minor,
    Major,
    Critical,
}

impl Level {
    pub(super) fn of(impact: Impact) -> Self {
        match impact {
            Impact::None => Self::None,
            Impact::Minor => Self::Minor,
            Impact::Major => Self::Major,
            Impact::Critical => Self::Critical,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Component {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: Health,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) position: usize,
    pub(super) description: Option<String>,
    pub(super) showcase: bool,
    pub(super) start_date: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) page_id: String,
    pub(super) group: bool,
    pub(super) only_show_if_degraded: bool,
    /// For a group: the ids of its components.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) components: Vec<String>,
}

/// The status of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Health {
    Operational,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    UnderMaintenance,
}

impl Health {
    /// An unknown condition must not be reported as operational.
    pub(super) fn of(condition: Condition) -> Self {
        match condition {
            Condition::Operational => Self::Operational,
            Condition::Maintenance => Self::UnderMaintenance,
            Condition::Unknown | Condition::Degraded => Self::DegradedPerformance,
            Condition::Partial => Self::PartialOutage,
            Condition::Outage => Self::MajorOutage,
        }
    }
}

/// An incident, or, with the last two members, a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) status: Stage,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) monitoring_at: Option<String>,
    pub(super) resolved_at: Option<String>,
    pub(super) impact: Level,
    pub(super) shortlink: String,
    pub(super) started_at: String,
    pub(super) page_id: String,
    pub(super) incident_updates: Vec<Update>,
    pub(super) components: Vec<Component>,
    pub(super) reminder_intervals: Option<Never>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scheduled_for: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scheduled_until: Option<String>,
}

/// The type of members that are always null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Never {}

/// The stage of an incident, a maintenance or an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Stage {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
    Scheduled,
    InProgress,
    Verifying,
    Completed,
}

impl Stage {
    /// A notice has no stage. A cancelled maintenance counts as completed; the text says that it was cancelled.
    pub(super) fn of(phase: Phase) -> Option<Self> {
        match phase {
            Phase::Investigating => Some(Self::Investigating),
            Phase::Identified => Some(Self::Identified),
            Phase::Monitoring => Some(Self::Monitoring),
            Phase::Resolved => Some(Self::Resolved),
            Phase::Postmortem => Some(Self::Postmortem),
            Phase::Scheduled => Some(Self::Scheduled),
            Phase::InProgress => Some(Self::InProgress),
            Phase::Verifying => Some(Self::Verifying),
            Phase::Completed | Phase::Cancelled => Some(Self::Completed),
            Phase::Notice => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Update {
    pub(super) id: String,
    pub(super) status: Stage,
    pub(super) body: String,
    pub(super) incident_id: String,
    pub(super) created_at: String,
    pub(super) updated_at: String,
    pub(super) display_at: String,
    pub(super) affected_components: Option<Vec<Affected>>,
    pub(super) deliver_notifications: bool,
    pub(super) custom_tweet: Option<Never>,
    pub(super) tweet_id: Option<Never>,
}

/// The change that an update makes to a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Affected {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) old_status: Health,
    pub(super) new_status: Health,
}
