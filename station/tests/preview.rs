//! An update that is not signed yet looks as it will look once it is published, byte for byte.

use outband_record::text::{Condition, Phase, Update, Yes};
use outband_record::time::Time;
use outband_site::paths;
use outband_station::{StationError, preview};

use crate::harness::{Harness, OPERATORS};
use crate::texts::{START, affects, by_alice, by_carol, key, roster, site, update, value};

fn first() -> Update {
    Update {
        affects: vec![affects("mail", Condition::Outage)],
        body: Some("We look into it.\n".to_owned()),
        ..update(1, START, "mail", Phase::Investigating)
    }
}

/// Previews the update, publishes it, and compares.
fn compare(harness: &mut Harness, update: &Update) {
    let operator = key("alice/phone").verifier().clone();
    let before = harness.dump();
    let preview = preview(&harness.store, update, Some(&operator), Time::from_posix(harness.now)).unwrap();
    assert_eq!(harness.dump(), before, "nothing is written");
    harness.accept(&by_alice(&update.print()));
    let own = paths::incident(&update.incident, update.is_drill());
    let expected = if update.is_drill() { vec![own.as_str()] } else { vec![own.as_str(), paths::INDEX] };
    assert_eq!(preview.pages.iter().map(|page| page.path.as_str()).collect::<Vec<_>>(), expected);
    for page in &preview.pages {
        assert_eq!(String::from_utf8_lossy(&page.body), harness.get(&page.path).text(), "{}", page.path);
    }
    let status = (!update.is_drill()).then(|| harness.get(paths::STATUS_TXT).text());
    assert_eq!(preview.status, status);
    assert!(preview.text.contains(update.title.as_str()), "{}", preview.text);
}

#[test]
fn a_preview_is_what_readers_will_see() {
    let mut harness = Harness::set_up();
    compare(&mut harness, &first());
    compare(&mut harness, &update(2, START + 60, "files", Phase::Identified));
    harness.now = START + 120;
    compare(&mut harness, &update(3, START + 120, "mail", Phase::Resolved));
    compare(
        &mut harness,
        &Update { drill: Some(Yes::Yes), ..update(4, START + 120, "drill", Phase::Monitoring) },
    );
    compare(
        &mut harness,
        &Update {
            retracts: Some(value("00000000000000000000000000000002")),
            ..update(5, START + 120, "files", Phase::Identified)
        },
    );
}

#[test]
fn what_is_missing_is_an_error_not_a_calm_page() {
    let mut harness = Harness::empty();
    let shown = |harness: &Harness| preview(&harness.store, &first(), None, Time::from_posix(START));
    assert!(matches!(shown(&harness), Err(StationError::Document { path, .. }) if path == paths::CHECKPOINT));
    harness.accept(&by_carol(&roster(1, &OPERATORS).print()));
    assert!(matches!(shown(&harness), Err(StationError::Document { path, .. }) if path == paths::SITE_JSON));
    harness.accept(&by_carol(&site(1).print()));
    assert!(shown(&harness).is_ok());
}
