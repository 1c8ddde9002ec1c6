//! What the feeds say: snapshots, what readers make of them, and that a published item never changes.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should stop"
)]

mod samples;

use feed_rs::parser;
use outband_record::text::Value as _;
use outband_site::{Rendered, feeds};
use samples::Stage;

fn all(stage: &Stage) -> [(&'static str, String); 3] {
    let (view, said) = (stage.view(), stage.said());
    let text = |feed: Rendered| String::from_utf8(feed.body).expect("UTF-8");
    [
        ("atom", text(feeds::atom(&view, &said).expect("rendered"))),
        ("rss", text(feeds::rss(&view, &said).expect("rendered"))),
        ("json", text(feeds::json(&view, &said).expect("rendered"))),
    ]
}

fn stages() -> Vec<(&'static str, Stage)> {
    vec![
        ("resolved", Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED])),
        ("correction", Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION])),
        ("every-line", Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE])),
        ("hostile", Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE])),
        ("empty", Stage::at("2013-09-05T12:00:00Z", &[samples::DRILL])),
    ]
}

#[test]
fn feeds_look_as_before() {
    for (name, stage) in stages() {
        for (format, feed) in all(&stage) {
            insta::assert_snapshot!(format!("{name}-{format}"), feed);
        }
    }
}

#[test]
fn readers_see_one_item_an_update_under_its_own_id() {
    for (name, stage) in stages() {
        let items = |said: &&&outband_record::timeline::Said| {
            !said.update.is_drill() && said.update.translates.is_none()
        };
        let expected: Vec<_> =
            stage.said().iter().filter(items).map(|said| said.update.id.to_string()).collect();
        for (format, feed) in all(&stage) {
            let read =
                parser::parse(feed.as_bytes()).unwrap_or_else(|error| panic!("{name} {format}: {error}"));
            let ids: Vec<_> =
                read.entries.iter().map(|entry| entry.id.replace("urn:uuid:", "").replace('-', "")).collect();
            assert_eq!(ids, expected, "{name} {format}");
            for entry in &read.entries {
                assert!(entry.published.is_some(), "{name} {format}: an item without a date");
                assert!(!entry.authors.is_empty(), "{name} {format}: an item without an author");
                assert!(
                    entry
                        .links
                        .iter()
                        .any(|link| link.href.starts_with("https://status.mail.example/incidents/"))
                );
            }
        }
    }
}

#[test]
fn titles_tell_the_phase_and_what_is_taken_back() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    for (format, feed) in all(&stage) {
        let read = parser::parse(feed.as_bytes()).expect(format);
        let titles: Vec<_> = read
            .entries
            .iter()
            .filter_map(|entry| entry.title.as_ref())
            .map(|t| t.content.as_str())
            .collect();
        assert_eq!(
            titles,
            [
                "[Retraction] Calls to some numbers fail",
                "[Identified] All calls fail",
                "[Correction] Calls to some numbers fail",
                "[Investigating] Calls to some numbers fail",
            ],
            "{format}"
        );
    }
}

/// An item is written once: not the names and the zone of a later site note, nor later updates, nor a removed key
/// may change it.
#[test]
fn a_published_item_never_changes() {
    let now = "2013-10-01T13:42:00Z";
    let before = Stage::at(now, &[samples::CORRECTION]);
    let mut after =
        Stage::at(now, &[samples::CORRECTION, samples::EVERY_LINE]).in_zone("UTC0").without("bob/laptop", 0);
    after.site.component.clear();
    for ((_, before), (format, after)) in all(&before).into_iter().zip(all(&after)) {
        let (begin, end) = match format {
            "atom" => ("<entry", "</entry>"),
            "rss" => ("<item>", "</item>"),
            _ => (r#"{"id":"#, r#""The signed note"}]"#),
        };
        let items: Vec<_> =
            before.split(end).filter_map(|piece| piece.find(begin).map(|at| &piece[at..])).collect();
        assert_eq!(items.len(), 4, "{format}");
        for item in items {
            assert!(after.contains(item), "{format}: changed or gone: {item}");
        }
    }
}

/// A phone that was offline: its words are dated when they were said, the feed when they came in; neither lies in
/// the future of the receipt, though the phone's clock does.
#[test]
fn dates_are_never_in_the_future() {
    let late = samples::OUTAGE.replace("==== 14 2013-09-03T12:05:30Z", "==== 14 2013-09-03T12:04:00Z");
    let stage = Stage::at("2013-09-03T12:06:00Z", &[&late]);
    let [(_, atom), (_, rss), _] = all(&stage);
    assert!(
        atom.contains("<updated>2013-09-03T12:04:00Z</updated>")
            && !atom.contains("<published>2013-09-03T12:05:00Z")
    );
    assert!(rss.contains("<pubDate>Tue, 03 Sep 2013 12:04:00 GMT</pubDate>"));
}

#[test]
fn an_empty_feed_is_as_old_as_the_site_note() {
    let [(_, atom), (_, rss), _] = all(&Stage::at("2014-06-01T08:01:00Z", &[samples::DRILL]));
    assert!(atom.contains("<updated>2013-01-01T00:00:00Z</updated>"));
    assert!(rss.contains("<lastBuildDate>Tue, 01 Jan 2013 00:00:00 GMT</lastBuildDate>"));
}

#[test]
fn content_begins_with_what_matters_and_links_are_absolute() {
    let stage = Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]);
    let [(_, atom), ..] = all(&stage);
    let read = parser::parse(atom.as_bytes()).expect("atom");
    let html = read.entries[0].content.as_ref().and_then(|content| content.body.as_deref()).expect("content");
    let places =
        ["Corrects:", "Impact:", "Affected:", "What you can do:", "Next update:", "Le corps du texte"];
    let found: Vec<_> =
        places.iter().map(|words| html.find(words).unwrap_or_else(|| panic!("{words} in {html}"))).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert!(!html.contains("href=\"/"), "{html}");
    let zone = outband_record::text::Zone::parse("UTC0").expect("a zone");
    assert!(html.contains("08:20 UTC") && !html.contains("EDT"), "times are in {zone}");
}
