//! Carrying out a redaction: the log is read again without the entry's text, and every file that then differs is
//! written or deleted in one commit with the redaction itself.
//!
//! The text may have affected any file: a month's list, a feed's archive, the state of an incident. So all files are
//! compared: see [`Projection::replace`]. This costs as much as proving the log.

use outband_record::log;
use outband_record::text::Redaction;
use outband_record::time::Time;
use outband_site::data::Redacted;
use outband_site::paths;

use crate::Station;
use crate::admission::update_of;
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::projection::{Projection, missing};
use crate::store::{File, MemoryStore, StoreError};
use crate::verify::{Recomputed, Replay};

/// The remark in the receipt.
pub(crate) const REMARK: &str = "the text has been removed from every file of this station. Caches, mirrors and backups that have it may keep it: empty the CDN's cache, and ask the mirrors' owners. Redact translations and corrections of it separately";

/// The remark if the store could not wipe its free space.
pub(crate) fn not_wiped(error: &StoreError) -> String {
    format!(
        "{REMARK}. It is still in free space on the station's disk ({error}); the station tries again to wipe that until it succeeds"
    )
}

impl Station {
    /// The batch that carries out `redaction`, and the next moment after it. The redaction is the newest entry of the
    /// log with the new head `head`, and `leaf` is its leaf; `old` is the projection without it.
    pub(crate) fn redact(
        &self,
        old: &mut Projection<'_>,
        redaction: &Redaction,
        head: &Head,
        leaf: &str,
    ) -> Result<(Vec<File>, Option<Time>), StationError> {
        let index = head.tree.size - 1;
        let whole = old.files.required(&log::note_path(redaction.entry))?;
        let update = update_of(&whole.body)
            .ok_or_else(|| StationError::document(&log::note_path(redaction.entry), "it is not an update"))?;
        let mut leaves = leaves(&old.files.reader(), index)?;
        leaves.push(leaf.as_bytes().to_vec());
        withhold(&mut leaves, redaction.entry);
        let recomputed = Recomputed::of(leaves)?;
        if recomputed.tree != head.tree {
            let what = "the entries do not match its root hash";
            return Err(StationError::document(paths::CHECKPOINT, what));
        }
        let scratch = MemoryStore::default();
        let replayed = Replay::run(&recomputed, &self.roots, &scratch);
        let mut new = replayed.map_err(|unproven| StationError::document(paths::CHECKPOINT, unproven))?;

        let replaced = new.replace(old, &update.incident, [&redaction.update, &redaction.id], head.time)?;
        let mut bodies: Vec<_> = recomputed.tiles.into_iter().collect();
        bodies.push((log::note_path(index), leaf.as_bytes().to_vec()));
        let withheld = Redacted::new(index, redaction).note();
        let rendered = std::iter::once(withheld).chain(replaced.files);
        bodies.extend(rendered.map(|rendered| (rendered.path, rendered.body)));
        let mut files = self.batch(&old.files, head, bodies)?;
        files.extend(replaced.gone.into_iter().map(File::deletion));
        Ok((files, new.next_moment(head.time)))
    }
}

/// Every leaf of a stored log of this size.
pub(crate) fn leaves(read: log::Read, size: u64) -> Result<Vec<Vec<u8>>, StationError> {
    let mut leaves = Vec::new();
    for (_, path) in log::paths(size).into_iter().filter(|(path, _)| log::is_bundle(path)) {
        let bundle = read(&path)?.ok_or_else(|| missing(&path))?;
        leaves.extend(log::entries(&bundle)?.into_iter().map(<[u8]>::to_vec));
    }
    Ok(leaves)
}

/// Puts its hash in the place of the leaf at `entry`.
pub(crate) fn withhold(leaves: &mut [Vec<u8>], entry: u64) {
    for (_, leaf) in (0..).zip(leaves).filter(|(at, _)| *at == entry) {
        *leaf = log::entry_hash(leaf).0.to_vec();
    }
}
