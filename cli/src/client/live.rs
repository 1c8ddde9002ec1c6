//! What endpoints show now, without any proof: their checkpoints, the roster in force, and open incidents.

use std::panic::resume_unwind;

use anyhow::{Context as _, Result};
use outband_keys::Note;
use outband_record::authority::Authority;
use outband_record::log::Checkpoint;
use outband_record::text::{Affects, ComponentPath, IncidentKind, Phase, SingleLine, Slug, Value};
use outband_record::time::Time;
use outband_site::{data, paths};
use outband_station::memory;
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
    /// The components that it has named as affected.
    pub(crate) affects: Vec<ComponentPath>,
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
    #[serde(default)]
    affects: Vec<String>,
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
            affects: holds
                .affects
                .iter()
                .map(|text| Some(Affects::parse(text)?.component))
                .collect::<Option<_>>()?,
        })
    }
}

/// Asks every endpoint at the same time, so that a dead one does not delay the others.
pub(crate) fn of_each<'e, T: Send>(
    endpoints: impl IntoIterator<Item = &'e Endpoint>,
    ask: impl Fn(&'e Endpoint) -> T + Sync,
) -> Vec<(&'e Endpoint, T)> {
    let ask = &ask;
    std::thread::scope(|scope| {
        let start = |endpoint| (endpoint, scope.spawn(move || ask(endpoint)));
        let asked: Vec<_> = endpoints.into_iter().map(start).collect();
        let join =
            |asked: std::thread::ScopedJoinHandle<'_, T>| asked.join().unwrap_or_else(|e| resume_unwind(e));
        asked.into_iter().map(|(endpoint, asked)| (endpoint, join(asked))).collect()
    })
}

/// A checkpoint, and the server's clock when it was sent.
pub(crate) struct ShownCheckpoint {
    pub(crate) note: Note,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) server_time: Option<Time>,
}

/// A difference between clocks that readers do not notice, in seconds.
pub(crate) const CLOCK_SECONDS: u64 = 5;
/// One that makes the times of updates wrong: a warning.
pub(crate) const WRONG_CLOCK_SECONDS: u64 = 60;
/// One at which nothing is signed, unless the operator says that this machine's clock is right.
pub(crate) const MAX_CLOCK_SECONDS: u64 = 10 * 60;

impl ShownCheckpoint {
    /// The server's clock minus this machine's, which was read just before, in seconds.
    pub(crate) fn seconds_ahead_of(&self, before: Time) -> Option<i64> {
        self.server_time?.posix().checked_signed_diff(before.posix())
    }
}

/// The checkpoint of an endpoint or a mirror; `None` if it has no log yet.
pub(crate) fn checkpoint(endpoint: &Endpoint) -> Result<Option<ShownCheckpoint>> {
    let Some(file) = endpoint.get(paths::CHECKPOINT, true)? else { return Ok(None) };
    let unreadable = || format!("{}{} cannot be read", endpoint.url(), paths::CHECKPOINT);
    let note = Note::parse(&file.body).with_context(unreadable)?;
    let checkpoint = Checkpoint::parse(note.text()).with_context(unreadable)?;
    Ok(Some(ShownCheckpoint { note, checkpoint, server_time: file.server_time }))
}

/// The roster in force and the revoked keys, as the endpoint shows them; `None` if it has no roster yet.
pub(crate) fn authority(endpoint: &Endpoint) -> Result<Option<Authority>> {
    let Some(file) = endpoint.get(paths::ROSTER_JSON, true)? else { return Ok(None) };
    let authority = memory::parse_roster(&file.body);
    let authority =
        authority.with_context(|| format!("{}{} cannot be read", endpoint.url(), paths::ROSTER_JSON));
    authority.map(Some)
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
