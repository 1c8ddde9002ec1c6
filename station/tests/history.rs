//! A station with years of history: 80 closed incidents a month with two updates each; every tenth is a maintenance,
//! every sixteenth a drill. Some incidents and drills from the beginning were never ended.

use outband_record::text::{Condition, Phase, Yes};
use outband_station::{MemoryStore, Store};

use crate::copies::{Copy, entry};
use crate::harness::{Harness, OPERATORS, station};
use crate::texts::{DAY, HOUR, affects, by_alice, by_carol, roster, signed, site, update};

/// Tiles are full after 256 entries, months after 160, and archives after 50 updates that are not drills, so everything
/// repeats after 1280.
pub(crate) const PERIOD: u64 = 1280;

/// The number of incidents, and of drills, that were never ended.
const LEFT_OPEN: u64 = 5;

/// The `n`th update of the station, about as long as people write.
fn note(n: u64, now: u64) -> Vec<u8> {
    let slug = format!("incident-{}", n / 2);
    let phases = match n / 2 % 10 {
        7 => [Phase::Scheduled, Phase::Completed],
        _ => [Phase::Investigating, Phase::Resolved],
    };
    let mut update = update(n, now, &slug, phases[(n % 2) as usize]);
    update.drill = (n / 2 % 16 == 3).then_some(Yes::Yes);
    update
        .affects
        .push(affects(["mail", "mail/eu", "voice", "files"][(n / 2 % 4) as usize], Condition::Partial));
    update.body =
        Some("We see heavy packet loss between edge and core. No mail is lost; it is queued.\n".repeat(4));
    by_alice(&update.print())
}

/// The incidents and drills that were never ended.
fn left_open() -> Vec<Vec<u8>> {
    let note = |n: u64| {
        let mut update = update(10_000_000 + n, when(0), &format!("open-{n}"), Phase::Investigating);
        update.drill = (n >= LEFT_OPEN).then_some(Yes::Yes);
        signed(&update.print(), &["bob/laptop"])
    };
    (0..2 * LEFT_OPEN).map(note).collect()
}

/// The time of the `n`th update: 80 incidents in 30 days, from the start of a month.
fn when(n: u64) -> u64 {
    1_577_836_800 + n / 2 * (30 * DAY / 80) + n % 2 * HOUR
}

/// Publishes the `n`th update.
pub(crate) fn say<S: Store>(harness: &mut Harness<S>, n: u64) {
    harness.now = when(n);
    harness.accept(&note(n, harness.now));
}

/// The store of a station with a roster, a site note, the incidents left open, and `logged` updates. It is restored
/// from its log alone, which is faster than publishing note by note.
pub(crate) fn restored(logged: u64) -> MemoryStore {
    let now = when(logged.saturating_sub(1));
    let first = [roster(1, &OPERATORS).print(), site(1).print()].map(|text| by_carol(&text));
    let first = first.into_iter().chain(left_open()).map(|note| entry(&note, "station1", when(0)));
    let entries: Vec<_> =
        first.chain((0..logged).map(|n| entry(&note(n, when(n)), "station1", when(n)))).collect();
    let mut store = MemoryStore::default();
    station().restore(&Copy::of_log(&entries, now), &mut store).unwrap();
    store
}
