//! An update that is not signed yet, on the pages that will show it.

use outband_keys::VerifierKey;
use outband_record::text::{Text, Update};
use outband_record::time::Time;
use outband_record::timeline::Signer;
use outband_site::{Rendered, paths};

use crate::admission::sha256;
use crate::checkpoint::{Head, stored_checkpoint};
use crate::error::StationError;
use crate::projection::{Entry, Files, Projection, missing};
use crate::store::Store;

/// An update's own page and, unless it is a drill, the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The pages; the update's own comes first.
    pub pages: Vec<Rendered>,
    /// The update's own page as plain text.
    pub text: String,
    /// `/status.txt`; `None` for a drill.
    pub status: Option<String>,
}

/// The pages as they would be if the station got this update at `now`, signed by `key`. They are rendered by the code that
/// renders what a station serves. Whether the update would be admitted is not judged, and nothing is written.
///
/// # Errors
/// If the store has no page yet, or a document that the pages need is missing.
pub fn preview(
    store: &dyn Store,
    update: &Update,
    key: Option<&VerifierKey>,
    now: Time,
) -> Result<Preview, StationError> {
    let log = stored_checkpoint(store)?.ok_or_else(|| missing(paths::CHECKPOINT))?;
    let mut projection = Projection::empty(Files::of(store));
    projection.open(&Head { tree: log.tree, time: now })?;
    let text = Text::Update(Box::new(update.clone()));
    let leaf = update.print();
    projection.apply(Entry {
        index: log.tree.size,
        text: &text,
        sha256: sha256(&leaf),
        signers: key.into_iter().filter_map(|key| signer(&projection, key)).collect(),
        received: now,
        leaf,
        is_pending: false,
    })?;
    projection.preview(&update.incident, now)
}

/// The signer as readers see it.
fn signer(projection: &Projection<'_>, key: &VerifierKey) -> Option<Signer> {
    let roster = projection.authority()?.roster();
    Some(Signer::new(key, roster.person_of(key)))
}
