//! The station's memory: its documents are read back as they were written.

use outband_record::text::{Condition, Id, Phase, Slug};
use outband_site::pages::RenderError;
use outband_site::{Rendered, paths};
use outband_station::memory;
use serde_json::json;

use crate::harness::Harness;
use crate::texts::{DAY, HOUR, affects, id, revocation, signed, time, update, value};

/// A revoked key, an outage of yesterday, an open one and a drill.
fn busy() -> Harness {
    let mut harness = Harness::set_up();
    harness.accept(&signed(&revocation(1, harness.now, "bob/laptop", None).print(), &["carol/root"]));
    let mut outage = update(1, harness.now, "core", Phase::Investigating);
    outage.affects = vec![affects("mail/eu", Condition::Outage)];
    harness.accept(&signed(&outage.print(), &["alice/phone"]));
    harness.now += HOUR;
    harness.accept(&signed(&update(2, harness.now, "core", Phase::Resolved).print(), &["alice/phone"]));
    harness.pass(DAY);
    harness.accept(&signed(&update(3, harness.now, "voice", Phase::Investigating).print(), &["alice/phone"]));
    let mut drill = update(4, harness.now, "fire", Phase::Investigating);
    drill.drill = Some(value("yes"));
    harness.accept(&signed(&drill.print(), &["alice/phone"]));
    harness
}

fn settles<T>(
    harness: &Harness,
    path: &str,
    parse: impl Fn(&[u8]) -> Result<T, outband_site::data::DataError>,
    print: impl Fn(&T) -> Result<Rendered, RenderError>,
) {
    let stored = harness.get(path).text();
    let document = parse(stored.as_bytes()).unwrap_or_else(|error| panic!("{path}: {error}"));
    let printed = print(&document).unwrap();
    assert_eq!(printed.path, path);
    assert_eq!(String::from_utf8(printed.body).unwrap(), stored, "{path}");
}

#[test]
fn documents_are_read_back_as_they_were_written() {
    let harness = busy();
    settles(&harness, paths::ROSTER_JSON, memory::parse_roster, memory::roster);
    settles(&harness, paths::SITE_JSON, memory::parse_site, memory::site);
    settles(&harness, paths::WATCH_JSON, memory::parse_watch, |watched| memory::watch(watched));
    settles(&harness, paths::DRILLS_JSON, memory::parse_drills, |drills| memory::drills(drills));
    settles(&harness, paths::RENDERER_JSON, memory::parse_renderer, memory::renderer);
    settles(&harness, paths::NEWEST_JSON, memory::parse_newest, memory::newest);
    settles(&harness, paths::CHANNELS_JSON, memory::parse_channels, memory::channels);
    settles(&harness, paths::REDACTIONS_JSON, memory::parse_redactions, memory::redactions);
    settles(&harness, paths::STATUSPAGE_JSON, memory::Ledger::parse, memory::Ledger::print);
    let core: Id = id(1);
    settles(&harness, &paths::note_json(&core), memory::parse_note, |note| memory::note(&core, note));
    let month = "2013-09";
    let spans = paths::spans_json(month);
    settles(&harness, &spans, memory::parse_spans, |spans| memory::spans(month, spans));
    let written = harness.get(&spans).text();
    assert!(!memory::parse_spans(written.as_bytes()).unwrap().is_empty());
    let endless = written.replace(&format!("\"to\":\"{}\"", time(harness.now - DAY)), "\"to\":\"\"");
    assert_ne!(endless, written);
    assert!(memory::parse_spans(endless.as_bytes()).is_err());
}

/// An update counts for the components that it names, and for those that its incident has affected.
#[test]
fn the_ledger_has_the_dates_of_components() {
    let harness = busy();
    let dates = |path: &str| {
        let document = harness.document(paths::STATUSPAGE_JSON);
        let components = document["components"].as_array().unwrap().clone();
        components.into_iter().find(|component| component["path"] == path).unwrap()
    };
    let (since, resolved) = (time(harness.now - DAY - HOUR), time(harness.now - DAY));
    assert_eq!(
        dates("mail/eu"),
        json!({"path": "mail/eu", "since": since.to_string(), "named": resolved.to_string()})
    );
    assert_eq!(
        dates("files"),
        json!({"path": "files", "since": since.to_string(), "named": since.to_string()})
    );
    let slugs: Vec<Slug> = harness.document(paths::STATUSPAGE_JSON)["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|begun| value(begun["slug"].as_str().unwrap()))
        .collect();
    assert_eq!(slugs, [value::<Slug>("voice"), value::<Slug>("core")], "the newest first, without the drill");
}
