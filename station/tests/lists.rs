//! What the lists have: feeds, newest updates, drills, months.

use outband_record::text::{Phase, Yes};
use outband_site::paths;

use crate::desk::Desk;
use crate::said::{DAY, START, id, signed, time, update, value};

fn say(desk: &mut Desk, number: u64, slug: &str, phase: Phase) {
    desk.now += 60;
    desk.accept(&signed(&update(number, desk.now, slug, phase).print(), &["alice/phone"]));
}

/// The numbers of the updates that the JSON feed has, in its order.
fn feed(desk: &Desk) -> Vec<u64> {
    let items = desk.document(paths::JSON_FEED)["items"].as_array().unwrap().clone();
    let number = |id: &str| {
        let digits: String = id.trim_start_matches("urn:uuid:").chars().filter(|c| *c != '-').collect();
        u64::from_str_radix(&digits, 16).unwrap()
    };
    items.iter().map(|item| number(item["id"].as_str().unwrap())).collect()
}

#[test]
fn feeds_have_the_newest_updates_and_all_of_what_is_open() {
    let mut desk = Desk::set_up();
    for number in 1..=10 {
        say(&mut desk, number, "core", Phase::Investigating);
    }
    for number in 11..=70 {
        say(&mut desk, number, &format!("short-{number}"), Phase::Resolved);
    }
    // The 50 newest, and those of what is open, the newest first.
    let expected: Vec<u64> = (21..=70).rev().chain((1..=10).rev()).collect();
    assert_eq!(feed(&desk), expected);
    let newest = desk.document(paths::NEWEST_JSON);
    let indexes: Vec<_> =
        newest["updates"].as_array().unwrap().iter().map(|u| u["index"].as_u64().unwrap()).collect();
    assert_eq!(indexes, (22..=71).rev().collect::<Vec<_>>());

    // A translation and a drill are no news.
    let before =
        [paths::NEWEST_JSON, paths::ATOM, paths::RSS, paths::JSON_FEED].map(|path| desk.get(path).text());
    let mut translation = update(80, desk.now, "core", Phase::Investigating);
    (translation.lang, translation.translates, translation.next_update) =
        (Some(value("de")), Some(id(10)), None);
    let mut drill = update(81, desk.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    for update in [translation, drill] {
        desk.accept(&signed(&update.print(), &["bob/laptop"]));
    }
    let after =
        [paths::NEWEST_JSON, paths::ATOM, paths::RSS, paths::JSON_FEED].map(|path| desk.get(path).text());
    assert_eq!(after, before);

    // It is over: its old updates leave the feeds.
    say(&mut desk, 90, "core", Phase::Resolved);
    assert_eq!(feed(&desk), [90].into_iter().chain((22..=70).rev()).collect::<Vec<_>>());
    desk.verify_whole();
}

#[test]
fn the_newest_twenty_drills_are_listed() {
    let mut desk = Desk::set_up();
    let drill = |desk: &mut Desk, number: u64| {
        let mut drill = update(number, desk.now, &format!("drill-{}", number % 100), Phase::Investigating);
        drill.drill = Some(Yes::Yes);
        desk.accept(&signed(&drill.print(), &["alice/phone"]));
    };
    let listed = |desk: &Desk| desk.document(paths::DRILLS_JSON)["drills"].as_array().unwrap().clone();
    for number in 1..=22 {
        drill(&mut desk, number);
    }
    let expected: Vec<_> = (3..=22).rev().map(|n| format!("drill-{n}")).collect();
    assert_eq!(listed(&desk), expected);
    // One that is still listed keeps its place; one that is not comes back.
    drill(&mut desk, 105);
    assert_eq!(listed(&desk), expected);
    drill(&mut desk, 101);
    let expected: Vec<_> = [1].into_iter().chain((4..=22).rev()).map(|n| format!("drill-{n}")).collect();
    assert_eq!(listed(&desk), expected);
    desk.verify_whole();
}

#[test]
fn a_month_has_what_began_in_it_and_an_emptied_one_is_listed_no_more() {
    let mut desk = Desk::set_up();
    let began = |desk: &mut Desk, number: u64, slug: &str, days: u64| {
        desk.now += 60;
        let mut update = update(number, desk.now, slug, Phase::Investigating);
        update.started = Some(time(START - days * DAY));
        desk.accept(&signed(&update.print(), &["alice/phone"]));
    };
    let count = |desk: &Desk, month: &str| {
        let months = desk.document(paths::HISTORY_JSON)["months"].as_array().unwrap().clone();
        months.iter().find(|listed| listed["month"] == month).map(|listed| listed["count"].as_u64().unwrap())
    };
    began(&mut desk, 1, "core", 40);
    began(&mut desk, 2, "edge", 0);
    began(&mut desk, 3, "disk", 1);
    assert_eq!((count(&desk, "2013-07"), count(&desk, "2013-09")), (Some(1), Some(2)));
    let slugs = |desk: &Desk, month: &str| {
        let document = desk.document(&format!("/data/history/{month}.json"));
        document["items"].as_array().unwrap().iter().map(|item| item["slug"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(slugs(&desk, "2013-09"), ["edge", "disk"]);
    // It turns out that it began later.
    began(&mut desk, 4, "core", 2);
    assert_eq!((count(&desk, "2013-07"), count(&desk, "2013-09")), (Some(0), Some(3)));
    assert_eq!(slugs(&desk, "2013-09"), ["edge", "disk", "core"]);
    assert!(!desk.get(paths::HISTORY).text().contains("/history/2013-07"));
    assert_eq!(desk.get("/history/2013-07").status(), 200, "what linked there still leads somewhere");
    desk.verify_whole();
}

/// The index shows ten of what is over, of the two newest months in which anything began.
#[test]
fn the_index_shows_what_was_over_last() {
    let mut desk = Desk::set_up();
    let month = 31 * DAY;
    for (number, slug, months) in [(1, "in-may", 4), (2, "in-june", 3), (3, "in-july", 2)] {
        let mut update = update(number, desk.now, slug, Phase::Resolved);
        update.started = Some(time(START - months * month));
        desk.accept(&signed(&update.print(), &["alice/phone"]));
    }
    let shown =
        |desk: &Desk, slug: &str| desk.get(paths::INDEX).text().contains(&format!("\"/incidents/{slug}\""));
    assert_eq!(["in-may", "in-june", "in-july"].map(|slug| shown(&desk, slug)), [false, true, true]);
    for number in 10..=21 {
        say(&mut desk, number, &format!("short-{number}"), Phase::Resolved);
    }
    let listed: Vec<_> = (10..=21).filter(|number| shown(&desk, &format!("short-{number}"))).collect();
    assert_eq!(listed, (12..=21).collect::<Vec<_>>());
    assert!(!shown(&desk, "in-july"));
    desk.verify_whole();
}
