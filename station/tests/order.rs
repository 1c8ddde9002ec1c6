//! The order in which notes arrive does not affect the resulting state.

use outband_record::text::{Condition, Phase, Update};
use outband_site::paths;
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::harness::Harness;
use crate::texts::{DAY, HOUR, START, affects, by_alice, id, time, update, value};

/// Updates of several incidents and a maintenance, as from people who were partly offline: with a correction, a
/// retraction, a translation, continuations, and times in another order than the numbers.
fn updates() -> Vec<Update> {
    let logged = |number, minutes: u64, slug, phase| update(number, START + minutes * 60, slug, phase);
    let mut all = vec![
        logged(1, 0, "core", Phase::Investigating),
        logged(2, 10, "core", Phase::Identified),
        logged(3, 20, "core", Phase::Monitoring),
        logged(4, 20, "core", Phase::Resolved),
        logged(5, 5, "edge", Phase::Investigating),
        logged(6, 25, "edge", Phase::Identified),
        logged(7, 30, "edge", Phase::Investigating),
        logged(8, 0, "upgrade", Phase::Scheduled),
        logged(9, 12, "core", Phase::Identified),
        logged(10, 40, "edge", Phase::Monitoring),
        logged(11, 15, "core", Phase::Identified),
        logged(12, 50, "advice", Phase::Notice),
        logged(13, 45, "disk", Phase::Investigating),
        logged(14, 55, "disk", Phase::Identified),
        logged(15, 58, "edge", Phase::Resolved),
        logged(16, 46, "fan", Phase::Investigating),
        logged(17, 50, "fan", Phase::Monitoring),
    ];
    all[0].affects.push(affects("mail", Condition::Outage));
    all[1].affects.push(affects("mail/eu", Condition::Degraded));
    all[4].affects.push(affects("voice", Condition::Partial));
    all[5].started = Some(time(START - 40 * DAY));
    all[6].affects.push(affects("mail", Condition::Unknown));
    all[8].corrects = Some(id(2));
    all[8].affects.push(affects("files", Condition::Degraded));
    all[9].retracts = Some(id(7));
    all[10].translates = Some(id(1));
    (all[10].lang, all[10].next_update) = (Some(value("fr")), None);
    // `fan` continues in `disk`, which continues in `edge`, which is over after that.
    all[12].affects.push(affects("files", Condition::Partial));
    all[13].continues_in = Some(value("edge"));
    all[15].affects.push(affects("voice", Condition::Outage));
    all[16].continues_in = Some(value("disk"));
    all[5].summary = Some(value("One line."));
    all
}

/// Sends the updates in this order; an update that needs another one first waits for it.
fn arrive(order: &[usize]) -> Harness {
    let updates = updates();
    let mut harness = Harness::set_up();
    harness.now = START + DAY;
    let mut waiting: Vec<_> = order.iter().map(|n| &updates[*n]).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|update| {
            let reply = harness.send(&by_alice(&update.print()));
            let waits = ["unknown-update", "unknown-incident"];
            assert!(reply.status() == 201 || waits.contains(&reply.problem().as_str()), "{}", reply.text());
            reply.status() != 201
        });
        assert!(waiting.len() < before, "{} are never admitted", waiting.len());
    }
    harness
}

/// What readers see now.
fn now(harness: &Harness) -> Vec<Json> {
    let holds = ["core", "edge", "upgrade", "advice", "disk", "fan"]
        .map(|slug| harness.document(&format!("/data/incidents/{slug}.json"))["holds"].clone());
    let documents =
        [paths::STATUS_JSON, paths::WATCH_JSON, paths::HISTORY_JSON, "/data/history/2013-09.json"];
    let text = Json::String(harness.get(paths::STATUS_TXT).text());
    holds.into_iter().chain(documents.map(|path| harness.document(path))).chain([text]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn arrival_order_does_not_affect_the_state(order in Just((0..17).collect::<Vec<_>>()).prop_shuffle()) {
        let mut expected = arrive(&(0..17).collect::<Vec<_>>());
        let mut found = arrive(&order);
        prop_assert_eq!(now(&found), now(&expected));
        found.verify_whole();
        // The state stays the same as time passes.
        for seconds in [HOUR, 7 * DAY] {
            expected.pass(seconds);
            found.pass(seconds);
            prop_assert_eq!(now(&found), now(&expected));
        }
    }
}
