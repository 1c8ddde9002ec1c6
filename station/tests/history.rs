//! A station with years behind it: incidents that are over, 80 a month, of two updates each.

use std::collections::BTreeMap;

use outband_record::log::{self, Checkpoint};
use outband_record::text::{Condition, Phase};
use outband_site::paths;
use outband_station::verify::{Proven, Source, SourceError};
use outband_station::{File, MemoryStore, Store};

use crate::desk::{Desk, OPERATORS};
use crate::said::{DAY, HOUR, ORIGIN, affects, composed, key, roster, signed, site, text_of, update};

/// Updates a month: tiles fill after 256 entries and months after 160, so that the same of both comes every 1280.
pub(crate) const PERIOD: u64 = 1280;

/// An update of an incident of about the length that people write, the `n`th of its station.
fn note(n: u64, now: u64) -> Vec<u8> {
    let slug = format!("incident-{}", n / 2);
    let phase = if n.is_multiple_of(2) { Phase::Investigating } else { Phase::Resolved };
    let mut update = update(n, now, &slug, phase);
    update
        .affects
        .push(affects(["mail", "mail/eu", "voice", "files"][(n / 2 % 4) as usize], Condition::Partial));
    update.body =
        Some("We see heavy packet loss between edge and core. No mail is lost; it is queued.\n".repeat(4));
    signed(&update.print(), &["alice/phone"])
}

/// When the `n`th update is said: 80 incidents in 30 days, from a month's beginning on.
fn when(n: u64) -> u64 {
    1_577_836_800 + n / 2 * (30 * DAY / 80) + n % 2 * HOUR
}

/// Says the `n`th update.
pub(crate) fn say<S: Store>(desk: &mut Desk<S>, n: u64) {
    desk.now = when(n);
    desk.accept(&note(n, desk.now));
}

/// A station with roster, site and `said` updates, restored from its log alone: all that is published follows from it,
/// and that is faster than to publish note by note.
pub(crate) fn restored(said: u64) -> MemoryStore {
    let now = when(said.saturating_sub(1));
    let first = [roster(1, &OPERATORS).print(), site(1).print()].map(|text| signed(&text, &["carol/root"]));
    let notes =
        first.into_iter().map(|note| (note, when(0))).chain((0..said).map(|n| (note(n, when(n)), when(n))));
    let receipted = notes.map(|(note, at)| {
        let receipt = key("station1").receipt(&text_of(&note), at).unwrap();
        [note, format!("{receipt}\n").into_bytes()].concat()
    });
    let leaves: Vec<_> = receipted.collect();
    let rebuilt = log::rebuild(leaves.iter().map(Vec::as_slice)).unwrap();
    let checkpoint = Checkpoint { origin: format!("{ORIGIN}/log1"), tree: rebuilt.tree }.print();
    let lines =
        [key("log1").sign_note(&checkpoint).unwrap(), key("station1").cosign(&checkpoint, now).unwrap()];
    let checkpoint = File::new(paths::CHECKPOINT.to_owned(), composed(&checkpoint, &lines), now);

    let stored: BTreeMap<_, _> = rebuilt.files.into_iter().collect();
    let public_to_stored: BTreeMap<_, _> = log::paths(rebuilt.tree.size).into_iter().collect();
    let mut copy: BTreeMap<_, _> =
        public_to_stored.iter().map(|(public, name)| (public.clone(), stored[name].clone())).collect();
    copy.insert(checkpoint.path.clone(), checkpoint.body.clone());
    let scratch = MemoryStore::default();
    let expected = Proven::from_source(&Copy(copy), None, &scratch).unwrap().expected(true).unwrap();
    let name = |public: String| public_to_stored.get(&public).cloned().unwrap_or(public);
    let files = expected.into_iter().map(|(public, body)| File::new(name(public), body, now));
    let mut store = MemoryStore::default();
    store.commit(&files.chain([checkpoint]).collect::<Vec<_>>()).unwrap();
    store
}

struct Copy(BTreeMap<String, Vec<u8>>);

impl Source for Copy {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.0.get(path).cloned())
    }
}
