//! The context of a new update: the site note, the newest checkpoint, the incident so far, the server's clock.

use anyhow::{Context as _, Result};
use outband_keys::{Note, VerifierKey};
use outband_record::log::Checkpoint;
use outband_record::text::{Impact, Phase, Seen, SingleLine, Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::Incident;
use outband_site::{data, paths};
use outband_station::memory;

use crate::client::endpoint::Endpoint;

/// The context as far as it is known. Nothing in it is required to publish.
#[derive(Default)]
pub(super) struct Context {
    /// The site note in force.
    pub(super) site: Option<Site>,
    /// The newest checkpoint, with a verified signature.
    pub(super) seen: Option<Seen>,
    /// The incident so far.
    pub(super) so_far: Option<SoFar>,
    /// The server's clock at the time of its response.
    pub(super) server_time: Option<Time>,
    /// Warnings for the operator.
    pub(super) warnings: Vec<String>,
}

/// The current state of an incident.
pub(super) struct SoFar {
    pub(super) phase: Phase,
    pub(super) title: SingleLine<120>,
    pub(super) impact: Option<Impact>,
}

/// The clock difference above which a warning is shown, since readers see the time of each update.
const CLOCK_SECONDS: u64 = 2 * 60;

impl Context {
    /// Asks the endpoints in turn until one answers.
    pub(super) fn ask(
        endpoints: &[Endpoint],
        log_key: Option<&VerifierKey>,
        incident: Option<&Slug>,
    ) -> Self {
        let mut found = Self::default();
        for endpoint in endpoints {
            match found.ask_one(endpoint, log_key, incident) {
                Ok(()) => return found,
                Err(error) => found.warnings.push(format!("{error:#}")),
            }
        }
        found
    }

    fn ask_one(
        &mut self,
        endpoint: &Endpoint,
        log_key: Option<&VerifierKey>,
        incident: Option<&Slug>,
    ) -> Result<()> {
        let Some(checkpoint) = endpoint.get(paths::CHECKPOINT, true)? else {
            self.warnings.push(format!("{} is not set up yet: it has no log", endpoint.url()));
            return Ok(());
        };
        self.server_time = checkpoint.server_time;
        match log_key {
            Some(key) => match seen(&checkpoint.body, key) {
                Ok(seen) => self.seen = Some(seen),
                Err(error) => self.warnings.push(format!(
                    "{0}: {error:#}; publishing without a log reference. Run `outband verify {0}`",
                    endpoint.url()
                )),
            },
            None => self
                .warnings
                .push("outband.toml has no log-key; publishing without a log reference".to_owned()),
        }
        let site = endpoint.get(paths::SITE_JSON, false)?;
        self.site = site.and_then(|file| memory::parse_site(&file.body).ok()).map(|entry| entry.site);
        if let Some(slug) = incident {
            let document = endpoint.get(&paths::incident_json(slug), true)?;
            self.so_far = document.and_then(|file| data::parse_incident(&file.body).ok()).and_then(so_far);
        }
        Ok(())
    }

    /// Adds a warning if this machine's clock and the server's disagree.
    pub(super) fn compare_clocks(&mut self, now: Time) {
        let Some(server) = self.server_time else { return };
        let apart = server.posix().abs_diff(now.posix());
        if apart > CLOCK_SECONDS {
            self.warnings.push(format!(
                "this machine's clock says {now}, the server's says {server} ({apart} seconds apart). Readers see the time that you sign; if your clock is wrong, set it first"
            ));
        }
    }
}

fn seen(checkpoint: &[u8], key: &VerifierKey) -> Result<Seen> {
    let note = Note::parse(checkpoint)?;
    note.verify(std::slice::from_ref(key)).context("the server's log is not signed by your page's key")?;
    let tree = Checkpoint::parse(note.text())?.tree;
    Ok(Seen { size: tree.size, root: tree.root.0 })
}

fn so_far(incident: Incident) -> Option<SoFar> {
    let state = incident.state()?;
    Some(SoFar { phase: state.phase, title: state.title.value.clone(), impact: state.impact })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_disagree_are_reported_before_signing() {
        let now = Time::parse("2013-09-03T11:00:00Z").unwrap();
        let warnings = |server: Time| {
            let mut context = Context { server_time: Some(server), ..Context::default() };
            context.compare_clocks(now);
            context.warnings.len()
        };
        assert_eq!(warnings(now.plus(CLOCK_SECONDS)), 0);
        assert_eq!(warnings(now.plus(CLOCK_SECONDS + 1)), 1);
        assert_eq!(warnings(now.minus(CLOCK_SECONDS + 1)), 1);
    }
}
