//! The lists: feeds, newest updates, drills, months.

use outband_record::text::{Phase, Yes};
use outband_site::paths;

use crate::harness::Harness;
use crate::texts::{DAY, START, by_alice, id, past, signed, time, update, value};

fn say(harness: &mut Harness, number: u64, slug: &str, phase: Phase) {
    harness.now += 60;
    harness.accept(&by_alice(&update(number, harness.now, slug, phase).print()));
}

fn end(harness: &mut Harness, number: u64, slug: &str) {
    harness.now += 60;
    harness.accept(&by_alice(&past(number, harness.now, slug).print()));
}

/// The numbers of the updates in the JSON feed, in its order.
fn feed(harness: &Harness) -> Vec<u64> {
    let items = harness.document(paths::JSON_FEED)["items"].as_array().unwrap().clone();
    let number = |id: &str| {
        let digits: String = id.trim_start_matches("urn:uuid:").chars().filter(|c| *c != '-').collect();
        u64::from_str_radix(&digits, 16).unwrap()
    };
    items.iter().map(|item| number(item["id"].as_str().unwrap())).collect()
}

#[test]
fn feeds_have_the_newest_updates_and_all_of_open_incidents() {
    let mut harness = Harness::set_up();
    for number in 1..=10 {
        say(&mut harness, number, "core", Phase::Investigating);
    }
    for number in 11..=70 {
        end(&mut harness, number, &format!("short-{number}"));
    }
    // The 50 newest updates, then those of open incidents, newest first.
    let expected: Vec<u64> = (21..=70).rev().chain((1..=10).rev()).collect();
    assert_eq!(feed(&harness), expected);
    let newest = harness.document(paths::NEWEST_JSON);
    let indexes: Vec<_> =
        newest["updates"].as_array().unwrap().iter().map(|u| u["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, (22..=71).rev().collect::<Vec<_>>());

    // Translations and drills are not in the feeds.
    let feeds = [paths::ATOM, paths::RSS, paths::JSON_FEED];
    let before = feeds.map(|path| harness.get(path).text());
    let mut translation = update(80, harness.now, "core", Phase::Investigating);
    (translation.lang, translation.translates, translation.next_update) =
        (Some(value("de")), Some(id(10)), None);
    let mut drill = update(81, harness.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    for update in [translation, drill] {
        harness.accept(&signed(&update.print(), &["bob/laptop"]));
    }
    assert_eq!(feeds.map(|path| harness.get(path).text()), before);
    assert_eq!(harness.document(paths::NEWEST_JSON)["updates"], newest["updates"]);

    // The incident ends, and its old updates leave the feeds.
    say(&mut harness, 90, "core", Phase::Resolved);
    assert_eq!(feed(&harness), [90].into_iter().chain((22..=70).rev()).collect::<Vec<_>>());
    harness.verify_whole();
}

#[test]
fn the_newest_twenty_drills_are_listed() {
    let mut harness = Harness::set_up();
    let drill = |harness: &mut Harness, number: u64| {
        let mut drill = update(number, harness.now, &format!("drill-{}", number % 100), Phase::Investigating);
        drill.drill = Some(Yes::Yes);
        harness.accept(&by_alice(&drill.print()));
    };
    let listed =
        |harness: &Harness| harness.document(paths::DRILLS_JSON)["drills"].as_array().unwrap().clone();
    for number in 1..=22 {
        drill(&mut harness, number);
    }
    let expected: Vec<_> = (3..=22).rev().map(|n| format!("drill-{n}")).collect();
    assert_eq!(listed(&harness), expected);
    // A drill that is still listed keeps its place; another one returns to the list.
    drill(&mut harness, 105);
    assert_eq!(listed(&harness), expected);
    drill(&mut harness, 101);
    let expected: Vec<_> = [1].into_iter().chain((4..=22).rev()).map(|n| format!("drill-{n}")).collect();
    assert_eq!(listed(&harness), expected);
    harness.verify_whole();
}

#[test]
fn a_month_lists_what_began_in_it_and_an_empty_month_is_not_listed() {
    let mut harness = Harness::set_up();
    let began = |harness: &mut Harness, number: u64, slug: &str, days: u64| {
        harness.now += 60;
        let mut update = update(number, harness.now, slug, Phase::Investigating);
        update.started = Some(time(START - days * DAY));
        harness.accept(&by_alice(&update.print()));
    };
    let count = |harness: &Harness, month: &str| {
        let months = harness.document(paths::HISTORY_JSON)["months"].as_array().unwrap().clone();
        months.iter().find(|listed| listed["month"] == month).map(|listed| listed["count"].as_u64().unwrap())
    };
    began(&mut harness, 1, "core", 40);
    began(&mut harness, 2, "edge", 0);
    began(&mut harness, 3, "disk", 1);
    assert_eq!((count(&harness, "2013-07"), count(&harness, "2013-09")), (Some(1), Some(2)));
    let slugs = |harness: &Harness, month: &str| {
        let document = harness.document(&format!("/data/history/{month}.json"));
        document["items"].as_array().unwrap().iter().map(|item| item["slug"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(slugs(&harness, "2013-09"), ["edge", "disk"]);
    // A new update states a later beginning.
    began(&mut harness, 4, "core", 2);
    assert_eq!((count(&harness, "2013-07"), count(&harness, "2013-09")), (Some(0), Some(3)));
    assert_eq!(slugs(&harness, "2013-09"), ["edge", "disk", "core"]);
    assert!(!harness.get(paths::HISTORY).text().contains("/history/2013-07"));
    assert_eq!(harness.get("/history/2013-07").status(), 200, "old links to it still work");
    harness.verify_whole();
}

/// The index shows ten closed incidents, from however many months.
#[test]
fn the_index_shows_the_last_closed_incidents() {
    let mut harness = Harness::set_up();
    let month = 31 * DAY;
    for (number, slug, months) in [(1, "in-may", 4), (2, "in-june", 3), (3, "in-july", 2)] {
        let mut update = past(number, harness.now, slug);
        update.started = Some(time(START - months * month));
        harness.accept(&by_alice(&update.print()));
    }
    let shown = |harness: &Harness, slug: &str| {
        harness.get(paths::INDEX).text().contains(&format!("\"/incidents/{slug}\""))
    };
    assert_eq!(["in-may", "in-june", "in-july"].map(|slug| shown(&harness, slug)), [true; 3]);
    for number in 10..=21 {
        end(&mut harness, number, &format!("short-{number}"));
    }
    let listed: Vec<_> = (10..=21).filter(|number| shown(&harness, &format!("short-{number}"))).collect();
    assert_eq!(listed, (12..=21).collect::<Vec<_>>());
    assert!(!shown(&harness, "in-july"));
    harness.verify_whole();
}

/// Scheduled maintenance does not displace past incidents, and joins the history at its scheduled beginning.
#[test]
fn planned_maintenance_is_not_history_before_its_time() {
    let mut harness = Harness::set_up();
    end(&mut harness, 1, "core");
    for number in 2..=4 {
        let begin = harness.now + number * 31 * DAY;
        let mut planned = update(number, harness.now, &format!("upgrade-{number}"), Phase::Scheduled);
        planned.window = Some(value(format!("{}/{}", time(begin), time(begin + 3600))));
        harness.accept(&by_alice(&planned.print()));
    }
    let shown = |harness: &Harness, slug: &str| {
        harness.get(paths::INDEX).text().contains(&format!("\"/incidents/{slug}\""))
    };
    assert!(shown(&harness, "core"));
    // A cancelled maintenance is not open, and has not begun either.
    say(&mut harness, 5, "upgrade-2", Phase::Cancelled);
    assert!(!shown(&harness, "upgrade-2"));
    harness.verify_whole();
    harness.pass(2 * 31 * DAY - 3600);
    assert!(!shown(&harness, "upgrade-2"));
    harness.pass(7200);
    assert!(shown(&harness, "upgrade-2") && shown(&harness, "core"));
    harness.verify_whole();
}

/// The latest update need not be among the last to arrive, since phones may have been offline.
#[test]
fn the_time_of_the_latest_update_is_kept() {
    let mut harness = Harness::set_up();
    harness.now += 3 * DAY;
    let spoke = time(harness.now).to_string();
    end(&mut harness, 1, "core");
    for number in 2..=60 {
        let late = past(number, START, &format!("short-{number}"));
        harness.accept(&signed(&late.print(), &["bob/laptop"]));
    }
    let found = harness.document(paths::STATUS_JSON)["spoke"].clone();
    assert!(found.as_str().unwrap() > spoke.as_str(), "{found} after {spoke}");
    assert_eq!(found, time(START + 3 * DAY + 60).to_string());
    harness.verify_whole();
}
