//! What is open now, as an endpoint shows it: `/data/status.json`.

use anyhow::{Context as _, Result};
use outband_record::text::{IncidentKind, Phase, SingleLine, Slug, Value};
use outband_record::time::Time;
use outband_site::{data, paths};
use serde::Deserialize;

use crate::client::endpoint::Endpoint;
use crate::terminal::ago;

/// An open incident, maintenance or notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) slug: Slug,
    pub(crate) kind: IncidentKind,
    pub(crate) title: SingleLine<120>,
    pub(crate) phase: Phase,
    pub(crate) started: Time,
    pub(crate) next_update: Option<Time>,
}

#[derive(Deserialize)]
struct Status {
    open: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    slug: String,
    holds: Holds,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Holds {
    kind: String,
    title: String,
    phase: String,
    started: String,
    next_update: Option<String>,
}

impl Open {
    /// Whether the promised next update is overdue at `now`.
    pub(crate) fn is_overdue(&self, now: Time) -> bool {
        self.next_update.is_some_and(|next| next <= now)
    }

    /// `investigating for 2 h 10 min`
    pub(crate) fn stage(&self, now: Time) -> String {
        if self.started <= now {
            format!("{} for {}", self.phase, ago(self.started, now))
        } else {
            format!("{}, begins in {}", self.phase, ago(now, self.started))
        }
    }

    fn read(listed: &Listed) -> Option<Self> {
        let holds = &listed.holds;
        Some(Self {
            slug: Slug::parse(&listed.slug)?,
            kind: IncidentKind::parse(&holds.kind)?,
            title: SingleLine::parse(&holds.title)?,
            phase: Phase::parse(&holds.phase)?,
            started: Time::parse(&holds.started)?,
            next_update: match &holds.next_update {
                Some(text) => Some(Time::parse(text)?),
                None => None,
            },
        })
    }
}

/// What the endpoint shows as open, in the order in which it needs an operator: the update that is due first, first.
pub(crate) fn open(endpoint: &Endpoint) -> Result<Vec<Open>> {
    let unreadable = || format!("{}{} cannot be read", endpoint.url(), paths::STATUS_JSON);
    // A page without a site note yet has no such document, and nothing is open on it.
    let Some(file) = endpoint.get(paths::STATUS_JSON, true)? else { return Ok(Vec::new()) };
    let status: Status = data::parse(&file.body).with_context(unreadable)?;
    let open: Option<Vec<Open>> = status.open.iter().map(Open::read).collect();
    let mut open = open.with_context(unreadable)?;
    open.sort_by_key(|open| (open.next_update.is_none(), open.next_update, open.started));
    Ok(open)
}
