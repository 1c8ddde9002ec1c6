//! A station with years behind it: incidents that are over, 80 a month, of two updates each.

use std::collections::BTreeMap;

use outband_record::log;
use outband_record::text::{Condition, Phase};
use outband_site::paths;
use outband_station::verify::Proven;
use outband_station::{File, MemoryStore, Store};

use crate::copies::{Copy, entry};
use crate::desk::{Desk, OPERATORS};
use crate::said::{DAY, HOUR, affects, roster, signed, site, update};

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
    let first = first.iter().map(|note| entry(note, "station1", when(0)));
    let entries: Vec<_> =
        first.chain((0..said).map(|n| entry(&note(n, when(n)), "station1", when(n)))).collect();
    let copy = Copy::of_log(&entries, now);
    let scratch = MemoryStore::default();
    let mut proven = Proven::from_source(&copy, None, &scratch).unwrap();
    let stored: BTreeMap<_, _> = log::paths(proven.tree().size).into_iter().collect();
    let mut files = proven.expected(true).unwrap();
    files.insert(paths::CHECKPOINT.to_owned(), copy.files[paths::CHECKPOINT].clone());
    let name = |public: String| stored.get(&public).cloned().unwrap_or(public);
    let files: Vec<_> = files.into_iter().map(|(public, body)| File::new(name(public), body, now)).collect();
    let mut store = MemoryStore::default();
    store.commit(&files).unwrap();
    store
}
