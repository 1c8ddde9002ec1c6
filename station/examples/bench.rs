//! Measures the cost of a publication on a new log and after years, and how long it takes to prove everything.
//!
//! ```text
//! cargo run --release -p outband-station --example bench
//! ```

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "it measures time, and fails by panicking"
)]

#[path = "../tests/copies.rs"]
mod copies;
#[path = "../tests/harness.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod harness;
#[path = "../tests/history.rs"]
mod history;
#[path = "../tests/stores.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod stores;
#[path = "../tests/texts.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod texts;

use std::time::Instant;

use outband_record::text::{Condition, Phase};
use outband_site::pages;

use harness::Harness;
use history::{PERIOD, restored, say};
use stores::{Counted, Counting};

/// Timed publications: as many as a tile has items.
const WINDOW: u64 = 256;

/// An update of an incident with ten times as many updates may cost this many times as much: the cost is linear, with
/// room for noise.
const MOST_GROWTH: f64 = 12.0;

/// Seconds per update of an incident that already has `updates`. Each update states another condition than the one
/// before it.
fn one_long_incident(updates: u64) -> f64 {
    let mut harness = Harness::set_up();
    let note = |n: u64| {
        let mut update = texts::update(n, texts::START + n, "long", Phase::Investigating);
        let condition = if n.is_multiple_of(2) { Condition::Outage } else { Condition::Operational };
        update.affects.push(texts::affects("mail", condition));
        texts::by_alice(&update.print())
    };
    for n in 0..updates {
        harness.now = texts::START + n;
        harness.accept(&note(n));
    }
    let more: Vec<_> = (updates..updates + 10).map(note).collect();
    let start = Instant::now();
    for note in &more {
        harness.now += 1;
        harness.accept(note);
    }
    start.elapsed().as_secs_f64() / more.len() as f64
}

fn main() {
    let mut harness = Harness::on(Counting::default(), 0);
    let mut windows = Vec::new();
    for from in [256, 8 * PERIOD + 256] {
        harness.store = Counting { inner: restored(from), ..Counting::default() };
        let mut times = Vec::new();
        for n in from..from + WINDOW {
            let start = Instant::now();
            say(&mut harness, n);
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        let Counted { files_read, bytes_read, files_written, bytes_written, tile_bytes } =
            harness.store.counted.take();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        let [median, most] = [times[times.len() / 2], times[times.len() - 1]].map(|seconds| seconds * 1e3);
        println!("{from} entries, the next {WINDOW} publications, each on average:");
        println!("  {:.2} ms (median {median:.2}, most {most:.2})", mean * 1e3);
        let [files_read, bytes_read, files_written, bytes_written, tile_bytes] =
            [files_read, bytes_read, files_written, bytes_written, tile_bytes]
                .map(|sum| sum as f64 / WINDOW as f64);
        println!(
            "  {files_read:.1} files of {bytes_read:.0} bytes read, {files_written:.1} files of {bytes_written:.0} bytes written; {tile_bytes:.0} of these bytes are of tiles"
        );
        windows.push(mean);
    }
    println!("ratio: {:.2}", windows[1] / windows[0]);

    let start = Instant::now();
    let files = harness.verify().len();
    println!(
        "{} entries proven, {files} files recomputed and compared: {:.1} s",
        harness.tree().size,
        start.elapsed().as_secs_f64()
    );

    let [short, long] = [100, 1_000].map(one_long_incident);
    println!(
        "one incident of 100 and of 1000 updates, one more: {:.1} and {:.1} ms, ratio {:.1} of {MOST_GROWTH}",
        short * 1e3,
        long * 1e3,
        long / short
    );
    assert!(long / short <= MOST_GROWTH, "the cost of an update grows faster than its incident");

    let size = harness.tree().size;
    let start = Instant::now();
    harness.station.rebuild(&mut harness.store, "another", harness.now, 1).unwrap();
    harness.station.rebuild(&mut harness.store, pages::RENDERER, harness.now, 2 * size).unwrap();
    println!("everything re-rendered: {:.1} s", start.elapsed().as_secs_f64());
}
