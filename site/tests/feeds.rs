//! The feeds: snapshots, how readers parse them, and that only a correction or retraction changes a published item.

use std::collections::BTreeMap;

use crate::samples;
use crate::samples::Stage;
use feed_rs::parser;
use outband_record::text::{Lang, Value as _};
use outband_record::timeline::Incident;
use outband_site::Rendered;
use outband_site::feeds::{Channel, Feeds};

fn all(stage: &Stage) -> [(&'static str, String); 3] {
    let view = stage.view();
    let [atom, rss, json] = Feeds::new(&view).updates(&stage.listed(), 0).expect("rendered");
    [("atom", text(atom)), ("rss", text(rss)), ("json", text(json))]
}

fn text(feed: Rendered) -> String {
    String::from_utf8(feed.body).expect("UTF-8")
}

/// The feeds other than those of all updates, from samples that have items for each.
fn others() -> Vec<(&'static str, Rendered)> {
    let stage =
        Stage::at("2014-05-06T08:00:00Z", &[samples::RESOLVED, samples::CORRECTION, samples::EVERY_LINE]);
    let view = stage.view();
    let feeds = Feeds::new(&view);
    let all = stage.listed();
    let incidents: Vec<&Incident> = stage.incidents.iter().rev().collect();
    let voice = Channel::Component(samples::value("voice"));
    let german = Channel::Language(samples::value("de"));
    let news: Vec<_> =
        all.iter().copied().filter(|listed| listed.logged.update.translates.is_none()).collect();
    let [history_atom, history_rss] = feeds.history(&incidents).expect("rendered");
    vec![
        ("incident", feeds.incident(&stage.incidents[1]).expect("rendered").expect("no drill")),
        ("component", feeds.channel(&voice, &stage.listed_in(&voice), 0).expect("rendered").swap_remove(0)),
        ("language", feeds.channel(&german, &stage.listed_in(&german), 0).expect("rendered").swap_remove(0)),
        ("archive", feeds.channel(&Channel::Archive(2), &news[..2], 3).expect("rendered").swap_remove(0)),
        ("history-atom", history_atom),
        ("history-rss", history_rss),
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
fn feeds_match_their_snapshots() {
    for (name, stage) in stages() {
        for (format, feed) in all(&stage) {
            insta::assert_snapshot!(format!("{name}-{format}"), feed);
        }
    }
    for (name, feed) in others() {
        insta::assert_snapshot!(format!("other-{name}"), text(feed));
    }
}

#[test]
fn readers_parse_every_feed() {
    for (name, feed) in others() {
        let read = parser::parse(feed.body.as_slice()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!read.entries.is_empty() && read.updated.is_some(), "{name}");
        for entry in &read.entries {
            assert!(entry.published.is_some() && entry.title.is_some(), "{name}");
            assert!(entry.summary.is_some() || entry.content.is_some(), "{name}");
        }
    }
}

/// An update is the same item in every feed that contains it.
#[test]
fn an_item_is_the_same_in_every_feed() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let view = stage.view();
    let feeds = Feeds::new(&view);
    let [all, ..] = feeds.updates(&stage.listed(), 0).expect("rendered");
    let own = feeds.incident(&stage.incidents[0]).expect("rendered").expect("no drill");
    let entries = |feed: Rendered| {
        let text = text(feed);
        text[text.find("<entry").expect("an entry")..].to_owned()
    };
    assert_eq!(entries(all), entries(own));
}

#[test]
fn a_drill_has_no_feed() {
    let stage = Stage::at("2014-06-01T08:01:00Z", &[samples::DRILL]);
    let view = stage.view();
    assert_eq!(Feeds::new(&view).incident(&stage.incidents[0]), Ok(None));
}

#[test]
fn an_archive_links_to_its_neighbours_and_the_current_feed() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let view = stage.view();
    let feeds = Feeds::new(&view);
    let listed = stage.listed();
    let links = |feed: Rendered| {
        let feed = text(feed);
        let rels = ["current", "prev-archive", "next-archive"].map(|rel| {
            let (_, link) = feed.split_once(&format!("rel=\"{rel}\""))?;
            Some(link.split('"').nth(3)?.strip_prefix("https://status.mail.example")?.to_owned())
        });
        (feed.contains("<fh:archive/>"), rels)
    };
    let [first, middle, last] = [1, 2, 3]
        .map(|n| links(feeds.channel(&Channel::Archive(n), &listed, 3).expect("rendered").swap_remove(0)));
    let at = |n: u64| Some(format!("/updates/archive/{n}.atom"));
    let current = Some("/updates.atom".to_owned());
    assert_eq!(first, (true, [current.clone(), None, at(2)]));
    assert_eq!(middle, (true, [current.clone(), at(1), at(3)]));
    assert_eq!(last, (true, [current, at(2), None]));
    let [atom, ..] = feeds.updates(&listed, 3).expect("rendered");
    assert_eq!(links(atom), (false, [None, at(3), None]));
    let [atom, ..] = feeds.updates(&listed, 0).expect("rendered");
    assert_eq!(links(atom), (false, [None, None, None]));
}

/// An update is in the channels of each component it names, of their parents and parts, and of its language if that is
/// not the site's, however the tag is capitalised.
#[test]
fn an_update_is_in_the_channels_that_it_concerns() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[]);
    let of = |lines: &str, more: &str| {
        let update = samples::update(&format!(
            "outband update v1\norigin: status.mail.example\nid: 6f1ed002ab5595859014ebf0951522d9\n\
             time: 2013-10-01T13:00:00Z\nincident: core\nphase: resolved\ntitle: It works\n{lines}{more}"
        ));
        let paths: Vec<_> = Channel::of(&stage.site, &update).iter().map(Channel::path).collect();
        paths
    };
    let component = |path: &str| format!("/components/{path}.atom");
    assert_eq!(of("", ""), [""; 0]);
    assert_eq!(
        of("affects: exchange outage\n", ""),
        [component("exchange"), component("exchange/us-east"), component("exchange/us-west")]
    );
    assert_eq!(
        of("affects: exchange/us-east outage\nunaffected: voice\n", ""),
        [component("exchange"), component("exchange/us-east"), component("voice")]
    );
    assert_eq!(of("unaffected: voice\n", "lang: EN\n"), [component("voice")]);
    assert_eq!(of("", "lang: pt-BR\n"), ["/updates.pt-br.atom"]);
    assert_eq!(of("", "lang: de\ntranslates: 6f1ed002ab5595859014ebf0951522d8\n"), ["/updates.de.atom"]);
    let german = Channel::Language(Lang::parse("de").expect("a tag")).announced(&stage.site);
    assert_eq!((german.media_type, german.hreflang.as_deref()), ("application/atom+xml", Some("de")));
}

/// Each incident is one item with a permanent id, which is rewritten with all updates, corrections and retractions.
#[test]
fn history_has_one_item_per_incident() {
    let [atom, rss] = [4, 5].map(|n| others().swap_remove(n).1);
    for (feed, format) in [(atom, "atom"), (rss, "rss")] {
        let read = parser::parse(feed.body.as_slice()).expect(format);
        let ids: Vec<_> = read.entries.iter().map(|entry| entry.id.as_str()).collect();
        assert_eq!(ids.len(), 3, "{format}");
        assert!(ids.iter().all(|id| id.starts_with("https://status.mail.example/incidents/")), "{ids:?}");
        let text = text(feed);
        for words in ["Retraction", "(since corrected)", "(since retracted)", "&lt;del&gt;"] {
            assert!(text.contains(words), "{format}: {words}");
        }
    }
}

#[test]
fn readers_see_one_item_per_update_with_its_own_id() {
    for (name, stage) in stages() {
        let items = |logged: &&&outband_record::timeline::LoggedUpdate| {
            !logged.update.is_drill() && logged.update.translates.is_none()
        };
        let expected: Vec<_> =
            stage.updates().iter().filter(items).map(|logged| logged.update.id.to_string()).collect();
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
fn titles_say_what_an_update_is_and_what_became_of_it() {
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
                "[Retracted] All calls fail",
                "[Correction] Calls to some numbers fail",
                "[Corrected] Calls to some numbers fail",
            ],
            "{format}"
        );
    }
}

/// The items of a feed as it writes them, by the id of the update.
fn items(format: &str, feed: &str) -> BTreeMap<String, String> {
    let (begin, end) = match format {
        "atom" => ("<entry", "</entry>"),
        "rss" => ("<item>", "</item>"),
        _ => (r#"{"id":"#, r#""Signed note"}]"#),
    };
    let pieces = feed.split(end).filter_map(|piece| piece.find(begin).map(|at| &piece[at..]));
    let id = |item: &str| item.split_once("urn:uuid:").expect("an id").1[..36].to_owned();
    pieces.map(|item| (id(item), item.to_owned())).collect()
}

/// Neither a later site note with other names or another zone, nor later updates, nor a revoked key may change an item.
#[test]
fn what_was_said_never_changes() {
    let now = "2013-10-01T13:42:00Z";
    let before = Stage::at(now, &[samples::CORRECTION]);
    let mut after =
        Stage::at(now, &[samples::CORRECTION, samples::EVERY_LINE]).in_zone("UTC0").without("bob/laptop", 0);
    after.site.component.clear();
    for ((_, before), (format, after)) in all(&before).into_iter().zip(all(&after)) {
        let (before, after) = (items(format, &before), items(format, &after));
        assert_eq!(before.len(), 4, "{format}");
        for (id, item) in before {
            assert_eq!(after.get(&id), Some(&item), "{format}");
        }
    }
}

/// A later update that corrects or retracts an item changes it, and says so before everything else; id and date stay.
#[test]
fn only_what_takes_an_item_back_changes_it() {
    let entries: Vec<_> = samples::CORRECTION.split("==== ").filter(|entry| !entry.is_empty()).collect();
    let of = |count: usize| {
        let sample: String = entries[..count].iter().map(|entry| format!("==== {entry}")).collect();
        let stage = Stage::at("2013-10-01T13:42:00Z", &[&sample]);
        all(&stage).map(|(format, feed)| (format, items(format, &feed)))
    };
    let mut changed = 0;
    for count in 1..entries.len() {
        for ((format, before), (_, after)) in of(count).into_iter().zip(of(count + 1)) {
            for (id, item) in before {
                let new = &after[&id];
                if *new == item {
                    continue;
                }
                changed += 1;
                let words = ["[Corrected] ", "[Retracted] "].map(|label| new.contains(label));
                assert!(words.contains(&true) && !item.contains("[Corrected]"), "{format}: {new}");
                assert!(new.contains("&lt;del&gt;") || new.contains("<del>"), "{format}: {new}");
                let dates = |item: &str| {
                    let date = |name: &str| item.split_once(name).map(|(_, rest)| rest[..26].to_owned());
                    (
                        ["<published>", "<pubDate>", "date_published"].map(date),
                        ["<updated>", "date_modified"].map(date),
                    )
                };
                let ((published, updated), (now_published, now_updated)) = (dates(&item), dates(new));
                assert_eq!(published, now_published, "{format}");
                assert!(format == "rss" || updated < now_updated, "{format}: {updated:?} {now_updated:?}");
            }
        }
    }
    assert_eq!(changed, 2 * 3, "one is corrected and one retracted, in three formats");
}

/// An update is named by its title and time, an incident by its title, and a component by its name then: nobody reads
/// ids.
#[test]
fn references_have_names() {
    let stage = Stage::at("2014-05-06T08:00:00Z", &[samples::CORRECTION]);
    let [(_, atom), ..] = all(&stage);
    let correction = items("atom", &atom).into_values().find(|item| item.contains("[Correction]"));
    let correction = correction.expect("a correction");
    let words = correction.split_once("<content").expect("content").1;
    assert!(words.contains("Calls to some numbers fail”") || words.contains("“Calls to"), "{words}");
    for listed in stage.listed() {
        let shown = words.replace("&lt;", "<").replace("&quot;", "\"").replace("&gt;", ">");
        let text: String =
            shown.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect();
        assert!(!text.contains(listed.logged.update.id.as_str()), "{text}");
    }
}

/// The feed of a language is in that language, if the program speaks it, and its titles keep their direction.
#[test]
fn the_feed_of_a_language_is_in_that_language() {
    let stage = Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]);
    let view = stage.view();
    let feed = |lang: &str| {
        let channel = Channel::Language(samples::value(lang));
        text(
            Feeds::new(&view)
                .channel(&channel, &stage.listed_in(&channel), 0)
                .expect("rendered")
                .swap_remove(0),
        )
    };
    let german = feed("de");
    assert!(german.contains("xml:lang=\"de\"") && german.contains("Geschrieben "), "{german}");
    assert!(!german.contains("Written "), "{german}");
    let empty = feed("ar");
    assert!(empty.contains("xml:lang=\"ar\"") && !empty.contains("<entry"), "{empty}");
    let french = feed("fr");
    assert!(french.contains("xml:lang=\"fr\""), "{french}");
    let [(_, atom), ..] = all(&stage);
    assert!(atom.contains("] \u{2068}Les fichiers ne se synchronisent plus\u{2069}</title>"), "{atom}");
}

/// An update has the date of its receipt, whatever the clock of the phone that wrote it says; the words have the date of
/// writing.
#[test]
fn an_item_is_dated_by_its_receipt() {
    for received in ["2013-09-03T12:04:00Z", "2013-09-03T14:04:00Z"] {
        let sample = samples::OUTAGE.replace("==== 14 2013-09-03T12:05:30Z", &format!("==== 14 {received}"));
        let stage = Stage::at("2013-09-03T15:06:00Z", &[&sample]);
        let [(_, atom), (_, rss), (_, json)] = all(&stage);
        let hour = &received[11..19];
        assert!(atom.contains(&format!("<published>{received}</published>")), "{atom}");
        assert!(rss.contains(&format!("<pubDate>Tue, 03 Sep 2013 {hour} GMT</pubDate>")), "{rss}");
        assert!(json.contains(&format!("\"date_published\":\"{received}\"")), "{json}");
        assert!(json.contains("Written ") && json.contains("12:05 UTC"), "{json}");
        assert_eq!(json.contains("received "), received.contains("T14"), "{json}");
    }
}

#[test]
fn an_empty_feed_is_as_old_as_the_site_note() {
    let [(_, atom), (_, rss), _] = all(&Stage::at("2014-06-01T08:01:00Z", &[samples::DRILL]));
    assert!(atom.contains("<updated>2013-01-01T00:00:00Z</updated>"));
    assert!(rss.contains("<lastBuildDate>Tue, 01 Jan 2013 00:00:00 GMT</lastBuildDate>"));
}

#[test]
fn content_begins_with_the_words_and_links_are_absolute() {
    let stage = Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]);
    let [(_, atom), ..] = all(&stage);
    let read = parser::parse(atom.as_bytes()).expect("atom");
    let html = read.entries[0].content.as_ref().and_then(|content| content.body.as_deref()).expect("content");
    let places = [
        "Une phrase pour tout le monde",
        "Le corps du texte",
        "Corrects:",
        "Severity:",
        "Affected:",
        "What you can do:",
        "Next update:",
        "Cause:",
    ];
    let found: Vec<_> =
        places.iter().map(|words| html.find(words).unwrap_or_else(|| panic!("{words} in {html}"))).collect();
    assert!(found.is_sorted(), "{found:?}");
    assert!(!html.contains("href=\"/"), "{html}");
    // An update that is all title says it again: a preview shows the body only.
    let first =
        read.entries[1].content.as_ref().and_then(|content| content.body.as_deref()).expect("content");
    assert!(first.contains("\n<p dir=\"auto\"><del>Le premier titre</del></p>"), "{first}");
    assert!(first.starts_with("<p><b>Corrected:</b> replaced by <a href=\"https://"), "{first}");
    let zone = outband_record::text::Zone::parse("UTC0").expect("a zone");
    assert!(html.contains("08:20 UTC") && !html.contains("EDT"), "times are in {zone}");
}
