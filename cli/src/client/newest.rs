//! The newest checkpoint that was verified here: what an update says that its author has seen.

use anyhow::{Context as _, Result};
use outband_keys::{Note, VerifierKey};
use outband_record::log::{self, Hash, LogError, Tree};

use crate::client::endpoint::Endpoint;
use crate::client::known::{Contradiction, Known, Signed};
use crate::terminal::shown;

/// The newest verified checkpoint, and what an operator must know about the one that a server shows.
#[derive(Default)]
pub(crate) struct Newest {
    pub(crate) checkpoint: Option<Signed>,
    pub(crate) warnings: Vec<String>,
}

impl Newest {
    /// What is known of the log with this key, before any server is asked.
    pub(crate) fn known(known: Option<&Known>, log: &VerifierKey) -> Self {
        let checkpoint = known.and_then(|known| known.of(log)).cloned();
        Self { checkpoint, warnings: Vec::new() }
    }

    /// Takes the checkpoint that `endpoint` shows, if the log's key has signed it and its log continues the known one.
    /// Otherwise the known one remains.
    pub(crate) fn update(
        &mut self,
        endpoint: &Endpoint,
        shown_checkpoint: &[u8],
        log: &VerifierKey,
        known: Option<&Known>,
    ) {
        let url = endpoint.url();
        let judged = self.judge(endpoint, shown_checkpoint, log);
        match judged {
            Ok((found, None)) => {
                let kept = known.map_or(Ok(()), |known| known.keep(&found));
                self.warnings.extend(kept.err().map(|error| format!("{error:#}")));
                self.checkpoint = Some(found);
            }
            Ok((found, Some(why))) => self.warnings.push(self.contradicted(url, &why, &found, known)),
            Err(error) => self.warnings.push(format!(
                "{url}: {error:#}; {}. Run `outband verify {url}`",
                match self.checkpoint {
                    Some(_) => "the update refers to the newest checkpoint that was verified here",
                    None => "publishing without a log reference",
                }
            )),
        }
    }

    fn judge(
        &self,
        endpoint: &Endpoint,
        checkpoint: &[u8],
        log: &VerifierKey,
    ) -> Result<(Signed, Option<Contradiction>)> {
        let note = Note::parse(checkpoint).context("the server's checkpoint is malformed")?;
        let found =
            Signed::new(log, &note, None).context("the server's log is not signed by your page's key")?;
        let Some(known) = &self.checkpoint else { return Ok((found, None)) };
        let contradiction = found.continues(known, |size| root_at(endpoint, size, found.tree()));
        let contradiction =
            contradiction.context("the server's log cannot be compared with the one verified earlier")?;
        Ok((found, contradiction))
    }

    fn contradicted(&self, url: &str, why: &Contradiction, found: &Signed, known: Option<&Known>) -> String {
        let mut text = format!(
            "DO NOT TRUST {url}: {why}. The update is published all the same, and refers to the newest checkpoint that was verified here, so that others will notice; a station with another log will refuse it, so send it to another endpoint too. Tell the page's other operators"
        );
        let (Some(known), Some(earlier)) = (known, &self.checkpoint) else { return text };
        if let Ok(evidence) = known.keep_evidence(why, earlier, found) {
            text.push_str(&format!(", and keep {}", shown(&evidence)));
        }
        text.push_str(&format!(
            ". If you have restored the station from a backup yourself, move {} away",
            shown(known.path())
        ));
        text
    }
}

/// A tile of hashes has at most this many bytes.
const MAX_TILE: u64 = 256 * 32;

/// The log's root hash at an earlier size, from a few tiles, each of which is checked against the checkpoint's root.
fn root_at(endpoint: &Endpoint, size: u64, tree: &Tree) -> Result<Hash, LogError> {
    let read = |stored: &str| {
        let Some(path) = log::public_name(stored, tree.size) else { return Ok(None) };
        let tile = endpoint.get_up_to(&path, true, MAX_TILE + 1);
        tile.map(|tile| tile.map(|tile| tile.body)).map_err(|error| LogError::Read(format!("{error:#}")))
    };
    log::root_at(&read, size, tree)
}
