//! The station's memory: its documents are read back as they were written.

use outband_record::text::{Condition, Id, Phase, Slug, Update};
use outband_site::data::DataError;
use outband_site::feeds::Channel;
use outband_site::pages::RenderError;
use outband_site::{Rendered, pages, paths};
use outband_station::memory;
use serde_json::json;

use crate::harness::Harness;
use crate::redact::redact;
use crate::texts::{DAY, HOUR, affects, by_alice, by_carol, id, revocation, time, update, value};

/// A revoked key, an outage of yesterday, a maintenance to come, a drill, and an open incident that continues in one of
/// which everything was redacted.
fn busy() -> Harness {
    let mut harness = Harness::set_up();
    harness.accept(&by_carol(&revocation(1, harness.now, "bob/laptop", None).print()));
    let mut outage = update(1, harness.now, "core", Phase::Investigating);
    outage.affects = vec![affects("mail/eu", Condition::Outage)];
    say(&mut harness, &outage);
    harness.now += HOUR;
    let resolved = update(2, harness.now, "core", Phase::Resolved);
    say(&mut harness, &resolved);
    harness.pass(DAY);
    let voice = update(3, harness.now, "voice", Phase::Investigating);
    say(&mut harness, &voice);
    let mut drill = update(4, harness.now, "fire", Phase::Investigating);
    drill.drill = Some(value("yes"));
    say(&mut harness, &drill);
    let scheduled = update(5, harness.now, "upgrade", Phase::Scheduled);
    say(&mut harness, &scheduled);
    let mut cables = update(6, harness.now, "cables", Phase::Monitoring);
    cables.continues_in = Some(value("voice"));
    say(&mut harness, &cables);
    let entry = harness.document(&paths::note_json(&id(3)))["index"].as_u64().unwrap();
    assert_eq!(redact(&mut harness, entry, 3, None).status(), 201);
    harness
}

fn say(harness: &mut Harness, update: &Update) {
    harness.accept(&by_alice(&update.print()));
}

const DOCUMENTS: &[&str] = &[
    paths::ROSTER_JSON,
    paths::SITE_JSON,
    paths::WATCH_JSON,
    paths::DRILLS_JSON,
    paths::RENDERER_JSON,
    paths::NEWEST_JSON,
    paths::CHANNELS_JSON,
    paths::REDACTIONS_JSON,
    paths::STATUSPAGE_JSON,
    "/data/components/mail/eu.json",
    "/data/notes/00000000000000000000000000000001.json",
    "/data/notes/00000000000000000000000000000003.json",
    "/data/uptime/2013-09.json",
];

/// Their members are public, and the next version must read them.
#[test]
fn documents_have_the_same_members_as_before() {
    let harness = busy();
    let text = |path: &&str| format!("{path}\n{}", harness.get(path).text());
    let documents: String = DOCUMENTS.iter().map(text).collect();
    insta::assert_snapshot!(documents.replace(pages::RENDERER, "RENDERER"));
}

fn settles<T>(
    harness: &Harness,
    path: &str,
    parse: impl Fn(&[u8]) -> Result<T, DataError>,
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
    let channel = Channel::Component(value("mail/eu"));
    settles(&harness, &channel.document(), memory::parse_update_refs, |refs| {
        memory::update_refs(&channel, refs)
    });
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
    assert_eq!(
        slugs,
        [value::<Slug>("cables"), value::<Slug>("core")],
        "the newest first, without the drill"
    );
}
