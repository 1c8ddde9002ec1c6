//! Carrying out a redaction: the log is read again without the entry's words, and all that then differs is written, or
//! taken away, in one step with the redaction itself.
//!
//! What followed from the words may be anywhere: in a month's list, in a feed's archive, in what holds. So nothing is
//! guessed: documents are compared one by one, and pages are rendered from those that differ. It costs as much as
//! proving the log does.

use std::collections::{BTreeMap, BTreeSet};

use outband_record::log;
use outband_record::text::{Redaction, Slug};
use outband_record::time::Time;
use outband_site::data::{self, Redacted};
use outband_site::feeds::Channel;
use outband_site::{Rendered, paths};

use crate::Station;
use crate::admit;
use crate::changed::Changed;
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::projection::Projection;
use crate::refusal::Refusal;
use crate::store::{self, File, MemoryStore, Store};
use crate::verify::{Recomputed, Replay};

/// What the author must know.
pub(crate) const REMARK: &str = "the words left every file of this station. Caches, mirrors and backups that have them may keep them: empty the CDN's cache, and ask the mirrors' owners. What translates or corrects the update is redacted by itself";

impl Station {
    /// The batch that carries out `redaction`, the newest entry of the log that becomes `head`, with this `leaf`. `old`
    /// is what was known until now.
    pub(crate) fn redact(
        &self,
        old: &mut Projection<'_>,
        redaction: &Redaction,
        head: &Head,
        leaf: String,
    ) -> Result<Vec<File>, Refusal> {
        let update = admit::redactable(old, redaction)?;
        let index = head.tree.size - 1;
        let leaves = leaves(old.store, redaction.entry, index, leaf.as_bytes())?;
        let recomputed = Recomputed::of(leaves).map_err(StationError::from)?;
        if recomputed.tree != head.tree {
            return Err(StationError::document(
                paths::CHECKPOINT,
                "the entries are not those it was signed for",
            )
            .into());
        }
        let scratch = MemoryStore::default();
        let replayed = Replay::run(&recomputed, &self.roots, &scratch);
        let mut new = replayed.map_err(|unproven| StationError::document(paths::CHECKPOINT, unproven))?;

        let (kept, before) = new.replace(old, &update.incident, head.time)?;
        let mut bodies: Vec<_> = recomputed.tiles.into_iter().collect();
        let notes = [Rendered { path: log::note_path(index), body: leaf.into_bytes() }];
        let notes = notes.into_iter().chain([Redacted::new(index, redaction).note()]);
        let is_left: BTreeSet<_> = kept.iter().map(|rendered| rendered.path.clone()).collect();
        bodies.extend(notes.chain(kept).map(|rendered| (rendered.path, rendered.body)));
        let mut files = self.batch(old.store, head, bodies)?;
        let gone = before.into_iter().map(|rendered| rendered.path).filter(|path| !is_left.contains(path));
        files.extend(gone.map(File::deletion));
        Ok(files)
    }
}

/// Every leaf of the log with the newest one, at `index`, and a hash in the place of the one at `entry`.
fn leaves(store: &dyn Store, entry: u64, index: u64, newest: &[u8]) -> Result<Vec<Vec<u8>>, StationError> {
    let mut leaves = Vec::new();
    let bundles = log::paths(index).into_iter().filter(|(path, _)| path.starts_with("/log/tile/entries/"));
    for (_, path) in bundles {
        let bundle =
            store::read(store, &path)?.ok_or_else(|| StationError::document(&path, "it is missing"))?;
        leaves.extend(log::entries(&bundle.body)?.into_iter().map(<[u8]>::to_vec));
    }
    leaves.push(newest.to_vec());
    for (_, leaf) in (0..).zip(&mut leaves).filter(|(at, _)| *at == entry) {
        *leaf = log::entry_hash(leaf).0.to_vec();
    }
    Ok(leaves)
}

impl Projection<'_> {
    /// Takes the place of `old`, which knew more of `incident`: what is to be rendered of both.
    fn replace(
        &mut self,
        old: &mut Projection<'_>,
        incident: &Slug,
        now: Time,
    ) -> Result<(Vec<Rendered>, Vec<Rendered>), StationError> {
        self.settle(now)?;
        for month in self.measured_months(now) {
            self.spans(&month)?;
        }
        self.published = old.published;
        self.renderer = old.renderer.clone();
        if let Some(pending) = &mut self.renderer.pending {
            // The pieces after the entries are counted anew: some of them may be gone.
            pending.done = pending.done.min(pending.to - pending.from);
        }
        self.changed = self.differing(old, incident)?;
        old.changed = self.changed.clone();
        let (channels, archives) = (old.channels.clone(), old.archives());
        old.changed.lists.retain(|channel| match channel {
            Channel::Archive(number) => *number <= archives,
            Channel::Component(_) | Channel::Language(_) => channels.contains(channel),
        });
        for slug in old.changed.incidents.clone() {
            old.incident(&slug)?;
        }
        self.lose(old);
        let before = old.render(now)?;
        // What is due has marked some more.
        let known = |slug: &&Slug| self.incidents.contains_key(*slug);
        self.changed.incidents.extend(old.changed.incidents.iter().filter(known).cloned());
        self.changed
            .days
            .extend(old.changed.days.iter().filter(|month| self.spans.contains_key(*month)).cloned());
        Ok((self.render(now)?, before))
    }

    /// What is not known as `old` has written it.
    fn differing(&self, old: &Projection<'_>, incident: &Slug) -> Result<Changed, StationError> {
        let differs = |new: Rendered| -> Result<bool, StationError> {
            Ok(store::read(old.store, &new.path)?.is_none_or(|stored| stored.body != new.body))
        };
        let mut changed = Changed::default();
        changed.everything();
        changed
            .incidents
            .extend(those(&self.incidents, |slug, logged| differs(data::incident(slug, logged)))?);
        changed.incidents.insert(incident.clone());
        changed.days.extend(those(&self.spans, |month, spans| differs(data::spans(month, spans)))?);
        changed.months.extend(those(&self.months, |month, cards| differs(data::cards(month, cards)))?);
        changed
            .lists
            .extend(those(&self.lists, |channel, places| differs(data::update_refs(channel, places)))?);
        Ok(changed)
    }

    /// Marks in `old` what is not known any more, and here what spoke of that.
    fn lose(&mut self, old: &mut Projection<'_>) {
        let months = old.history.iter().map(|listed| &listed.month);
        for month in months.filter(|month| !self.months.contains_key(*month)) {
            old.changed.months.insert(month.clone());
            if self.spans.contains_key(month) {
                self.changed.days.insert(month.clone());
            }
        }
        let archives = (1..=old.archives()).map(Channel::Archive);
        let lists = old.channels.iter().cloned().chain(archives);
        old.changed.lists.extend(lists.filter(|channel| !self.lists.contains_key(channel)));
        if old.archives() > self.archives() && self.archives() > 0 {
            self.changed.lists.insert(Channel::Archive(self.archives()));
        }
    }
}

/// The names of what `differs`.
fn those<K: Clone, V>(
    all: &BTreeMap<K, V>,
    differs: impl Fn(&K, &V) -> Result<bool, StationError>,
) -> Result<Vec<K>, StationError> {
    let mut those = Vec::new();
    for (name, known) in all {
        if differs(name, known)? {
            those.push(name.clone());
        }
    }
    Ok(those)
}
