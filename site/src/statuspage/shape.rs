//! The shapes, member for member and in the order in which Statuspage prints them.

use outband_record::text::{Condition, Impact, Phase};
use serde::{Deserialize, Serialize};

use crate::Rendered;
use crate::template::RenderError;

/// An answer: the page, and what was asked for.
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
    /// The page, and nothing yet.
    pub(super) fn of(page: &'a Page) -> Self {
        Self { page, components: None, incidents: None, scheduled_maintenances: None, status: None }
    }

    pub(super) fn print(&self, path: &str) -> Result<Rendered, RenderError> {
        let mut body = serde_json::to_vec(self).map_err(|error| RenderError::new(path, error))?;
        body.push(b'\n');
        Ok(Rendered { path: path.to_owned(), body })
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

/// How bad it is, of the whole and of an incident; ascending.
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
    /// A group's own: the ids of what is in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) components: Vec<String>,
}

/// How a component is.
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
    /// Of what is unknown nobody said that it works.
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

/// An incident, or with the last two members a maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Incident {
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

/// What a member never has: it is always null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Never {}

/// The stage that an incident or a maintenance has reached, or that an update tells of.
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
    /// A notice has none. That a maintenance was cancelled is said in words.
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

/// What an update says of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Affected {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) old_status: Health,
    pub(super) new_status: Health,
}
