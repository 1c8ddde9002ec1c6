//! The feeds other than those of all updates: components, languages, archives, one incident, all incidents, the
//! calendar.

use outband_record::text::{Condition, Phase, Update, Yes};
use outband_site::{pages, paths};

use crate::harness::Harness;
use crate::texts::{DAY, HOUR, START, affects, by_alice, by_carol, id, past, site, time, update, value};

fn say(harness: &mut Harness, update: &Update) {
    harness.now += 60;
    harness.accept(&by_alice(&update.print()));
}

fn tell(harness: &mut Harness, number: u64, slug: &str, phase: Phase) {
    say(harness, &update(number, harness.now, slug, phase));
}

fn end(harness: &mut Harness, number: u64, slug: &str) {
    say(harness, &past(number, harness.now, slug));
}

/// The numbers of the updates in an Atom feed, in its order.
fn numbers(harness: &Harness, path: &str) -> Vec<u64> {
    let reply = harness.get(path);
    assert_eq!(reply.status(), 200, "{path}");
    let text = reply.text();
    let ids = text.split("<id>urn:uuid:").skip(1).map(|rest| rest[..36].replace('-', ""));
    ids.map(|id| u64::from_str_radix(&id, 16).unwrap()).collect()
}

/// The target of the feed's link with this relation.
fn link(harness: &Harness, path: &str, rel: &str) -> Option<String> {
    let text = harness.get(path).text();
    let (_, rest) = text.split_once(&format!("<link rel=\"{rel}\""))?;
    let (_, rest) = rest.split_once("href=\"https://status.example.net")?;
    Some(rest.split('"').next()?.to_owned())
}

#[test]
fn a_components_feed_has_the_updates_that_concern_it() {
    let mut harness = Harness::set_up();
    let feed = |path: &str| format!("/components/{path}.atom");
    for path in ["mail", "mail/eu", "voice", "files"] {
        assert_eq!(numbers(&harness, &feed(path)), [0; 0], "the feed exists from the beginning");
    }
    for (number, component) in (1..=30).zip(["mail", "mail/eu", "voice"].into_iter().cycle()) {
        let mut logged = past(number, harness.now, &format!("incident-{number}"));
        logged.affects.push(affects(component, Condition::Outage));
        say(&mut harness, &logged);
    }
    let mut reassuring = past(31, harness.now, "incident-1");
    reassuring.unaffected.push(value("voice"));
    say(&mut harness, &reassuring);
    // Both the component and its part have the twenty newest.
    let mail: Vec<u64> = (1..=30).rev().filter(|number| number % 3 != 0).collect();
    assert_eq!(mail.len(), 20);
    assert_eq!(numbers(&harness, &feed("mail")), mail);
    assert_eq!(numbers(&harness, &feed("mail/eu")), mail);
    assert_eq!(numbers(&harness, &feed("voice")), [31, 30, 27, 24, 21, 18, 15, 12, 9, 6, 3]);
    assert_eq!(numbers(&harness, &feed("files")), [0; 0]);
    harness.verify_whole();

    // A component removed from the site keeps its feed; a new one has updates from then on.
    let mut without = site(2);
    without.component.retain(|component| component.path.as_str() != "voice");
    harness.accept(&by_carol(&without.print()));
    harness.settle();
    assert_eq!(numbers(&harness, &feed("voice")).len(), 11);
    assert!(harness.get(&feed("voice")).text().contains("<title>Example Mail 2: voice</title>"));
    harness.verify_whole();
}

#[test]
fn a_languages_feed_has_translations_and_originals() {
    let mut harness = Harness::set_up();
    let original = update(1, harness.now, "core", Phase::Investigating);
    say(&mut harness, &original);
    // Readers of a language that the program speaks can subscribe before anything is said in it.
    assert_eq!(numbers(&harness, "/updates.de.atom"), [0; 0]);
    assert!(
        !harness.get(paths::INDEX).text().contains("/updates.de.atom"),
        "pages announce none that is empty"
    );
    assert_eq!(harness.get("/updates.pt-br.atom").status(), 404);
    assert_eq!(harness.document(paths::CHANNELS_JSON)["languages"], serde_json::json!([]));
    let mut translation = update(2, harness.now, "core", Phase::Investigating);
    (translation.lang, translation.translates, translation.next_update) =
        (Some(value("de")), Some(id(1)), None);
    say(&mut harness, &translation);
    let mut written = update(3, harness.now, "core", Phase::Identified);
    written.lang = Some(value("DE"));
    say(&mut harness, &written);
    let mut english = update(4, harness.now, "core", Phase::Identified);
    english.lang = Some(value("en"));
    say(&mut harness, &english);
    let mut brazilian = update(5, harness.now, "core", Phase::Identified);
    brazilian.lang = Some(value("pt-BR"));
    say(&mut harness, &brazilian);
    assert_eq!(numbers(&harness, "/updates.pt-br.atom"), [5]);
    assert_eq!(numbers(&harness, "/updates.de.atom"), [3, 2]);
    assert_eq!(harness.get("/updates.en.atom").status(), 404);
    assert_eq!(numbers(&harness, paths::ATOM), [5, 4, 3, 1]);
    assert_eq!(numbers(&harness, "/incidents/core.atom"), [5, 4, 3, 1]);
    assert_eq!(harness.document(paths::CHANNELS_JSON)["languages"], serde_json::json!(["de", "pt-br"]));
    assert!(harness.get(paths::INDEX).text().contains("/updates.de.atom"));
    harness.verify_whole();
}

/// Following links from the newest updates reaches every update ever published (RFC 5005).
#[test]
fn archives_contain_every_update() {
    let mut harness = Harness::set_up();
    let mut archived = Vec::new();
    for number in 1..=160 {
        end(&mut harness, number, &format!("incident-{}", number / 2));
        archived.push(harness.get("/updates/archive/1.atom").0.body);
        if number == 100 {
            harness.verify_whole();
        }
    }
    let mut found = std::collections::BTreeSet::from_iter(numbers(&harness, paths::ATOM));
    assert_eq!(numbers(&harness, paths::ATOM), (111..=160).rev().collect::<Vec<_>>());
    let mut path = link(&harness, paths::ATOM, "prev-archive");
    let mut after = None;
    for number in (1..=3).rev() {
        let archive = path.unwrap();
        assert_eq!(archive, format!("/updates/archive/{number}.atom"));
        assert_eq!(numbers(&harness, &archive), (number * 50 - 49..=number * 50).rev().collect::<Vec<_>>());
        assert_eq!(link(&harness, &archive, "next-archive"), after);
        assert_eq!(link(&harness, &archive, "current").as_deref(), Some(paths::ATOM));
        found.extend(numbers(&harness, &archive));
        path = link(&harness, &archive, "prev-archive");
        after = Some(archive);
    }
    assert_eq!(path, None);
    assert_eq!(found, (1..=160).collect());
    // It is written when it is full, and again when there is a next one to link to.
    archived.dedup();
    assert_eq!(archived.len(), 3, "missing, full, and with its successor");
    harness.verify_whole();

    // Everything is re-rendered.
    harness.station.rebuild(&mut harness.store, "another", harness.now, 1).unwrap();
    harness.station.rebuild(&mut harness.store, pages::RENDERER, harness.now, 3).unwrap();
    harness.settle();
    harness.verify_whole();
}

/// The text of this element in each of a feed's items, in its order.
fn of_items(harness: &Harness, path: &str, element: &str) -> Vec<String> {
    let text = harness.get(path).text();
    let content = |item: &str| {
        let (_, rest) = item.split_once(&format!("<{element}>")).unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    text.split("<entry").skip(1).map(content).collect()
}

/// Readers that look only at what is newer than what they have miss nothing: not the second of two notes in a second, and
/// no note that was kept through the outage.
#[test]
fn dates_increase_in_the_order_of_the_log() {
    let mut harness = Harness::set_up();
    for number in 1..=3 {
        harness.accept(&by_alice(&past(number, harness.now, "core").print()));
    }
    let mut translation = past(4, harness.now, "core");
    (translation.lang, translation.translates, translation.ended) = (Some(value("de")), Some(id(3)), None);
    harness.accept(&by_alice(&translation.print()));
    harness.accept(&by_alice(&past(5, harness.now, "edge").print()));
    harness.now += 2 * HOUR;
    harness.accept(&by_alice(&past(6, harness.now - HOUR, "kept").print()));
    let kept = of_items(&harness, paths::ATOM, "published");
    assert_eq!(kept.len(), 5);
    assert!(kept.is_sorted_by(|newer, older| newer > older), "{kept:?}");
    assert_eq!(kept[0], time(harness.now).to_string());
    assert_eq!(of_items(&harness, "/updates.de.atom", "published"), [time(START + 3).to_string()]);
    harness.verify_whole();
}

/// What is taken back is marked in every feed that has it, whatever the retraction itself names, and unmarked if the
/// retraction is taken back.
#[test]
fn what_is_taken_back_is_marked_in_every_feed() {
    let mut harness = Harness::set_up();
    let mut original = past(1, harness.now, "core");
    original.affects.push(affects("mail/eu", Condition::Outage));
    say(&mut harness, &original);
    let mut translation = past(2, harness.now, "core");
    (translation.lang, translation.translates, translation.ended) = (Some(value("de")), Some(id(1)), None);
    say(&mut harness, &translation);
    for number in 3..=130 {
        end(&mut harness, number, &format!("incident-{number}"));
    }
    let old = [
        "/components/mail.atom",
        "/components/mail/eu.atom",
        "/updates/archive/1.atom",
        "/incidents/core.atom",
    ];
    let marked = |harness: &Harness, path: &str, mark: &str| {
        of_items(harness, path, "title").iter().filter(|title| title.starts_with(mark)).count()
    };
    let mut by = 200;
    let mut take_back = |harness: &mut Harness, what: u64, relate: fn(&mut Update, u64)| {
        by += 1;
        let mut update = past(by, harness.now, "core");
        relate(&mut update, what);
        say(harness, &update);
        harness.verify_whole();
        by
    };
    let retract = |update: &mut Update, what: u64| update.retracts = Some(id(what));
    let correct = |update: &mut Update, what: u64| update.corrects = Some(id(what));
    let retraction = take_back(&mut harness, 1, retract);
    for path in old {
        assert_eq!(marked(&harness, path, "[Retracted]"), 1, "{path}");
    }
    assert_eq!(marked(&harness, "/updates.de.atom", "[Zurückgenommen]"), 1);
    let changed = |harness: &Harness| {
        let text = harness.get("/incidents/core.atom").text();
        let item = text.split("<entry").last().unwrap().to_owned();
        item.split_once("<updated>").unwrap().1[..20].to_owned()
    };
    let before = changed(&harness);
    take_back(&mut harness, retraction, retract);
    assert!(changed(&harness) > before, "readers that compare dates see that it applies again");
    for path in old {
        let of_the_retraction = usize::from(path == "/incidents/core.atom");
        assert_eq!(marked(&harness, path, "[Retracted]"), of_the_retraction, "{path}");
    }
    assert_eq!(marked(&harness, "/updates.de.atom", "[Zurückgenommen]"), 0);
    take_back(&mut harness, 1, correct);
    for path in old {
        assert_eq!(marked(&harness, path, "[Corrected]"), 1, "{path}");
    }
    // One of the newest, and one in the second archive.
    take_back(&mut harness, 203, retract);
    assert_eq!(marked(&harness, paths::ATOM, "[Retracted]"), 2);
    let mut recent = past(300, harness.now, "incident-60");
    recent.retracts = Some(id(60));
    say(&mut harness, &recent);
    assert_eq!(marked(&harness, "/updates/archive/2.atom", "[Retracted]"), 1);
    harness.verify_whole();
}

/// Components and incidents are named as they were called when an update was received.
#[test]
fn items_keep_the_names_of_their_time() {
    let mut harness = Harness::set_up();
    end(&mut harness, 1, "before");
    let mut named = past(2, harness.now, "core");
    named.affects.push(affects("mail/eu", Condition::Outage));
    named.recurrence_of = Some(value("before"));
    say(&mut harness, &named);
    let mut renamed = site(2);
    renamed.component.retain(|component| component.path.as_str() != "mail/eu");
    harness.accept(&by_carol(&renamed.print()));
    let mut other = past(3, harness.now, "before");
    other.title = value("Another title");
    say(&mut harness, &other);
    harness.settle();
    for path in [paths::ATOM, "/components/mail/eu.atom"] {
        let text = harness.get(path).text();
        let item = text.split("<entry").find(|entry| entry.contains("000000000002</id>")).unwrap();
        assert!(item.contains("Mail / Europe"), "{path}: {item}");
        assert!(item.contains("&gt;notice of before&lt;"), "{path}: {item}");
    }
    harness.verify_whole();
}

#[test]
fn history_has_the_latest_incidents_and_no_drills() {
    let mut harness = Harness::set_up();
    for number in 1..=30 {
        end(&mut harness, number, &format!("incident-{number:02}"));
    }
    let mut drill = update(31, harness.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    drill.affects.push(affects("mail", Condition::Outage));
    say(&mut harness, &drill);
    assert_eq!(harness.get("/incidents/fire.atom").status(), 404);
    assert_eq!(numbers(&harness, "/components/mail.atom"), [0; 0]);
    for path in [paths::HISTORY_ATOM, paths::HISTORY_RSS] {
        let text = harness.get(path).text();
        let items: Vec<u64> = text
            .split(">https://status.example.net/incidents/incident-")
            .skip(1)
            .map(|rest| rest[..2].parse().unwrap())
            .collect();
        let mut once = items.clone();
        once.dedup();
        assert_eq!(once, (6..=30).rev().collect::<Vec<_>>(), "{path}");
        assert!(!text.contains("fire"));
    }
    // An update of an older incident does not bring it back into the feed; one of a listed incident appears.
    let before = harness.get(paths::HISTORY_ATOM).text();
    end(&mut harness, 40, "incident-02");
    assert_eq!(harness.get(paths::HISTORY_ATOM).text(), before);
    end(&mut harness, 41, "incident-20");
    assert!(harness.get(paths::HISTORY_ATOM).text().contains("notice of incident-20"));
    harness.verify_whole();
}

#[test]
fn the_calendar_has_planned_current_and_recent_maintenance() {
    let mut harness = Harness::set_up();
    let plan = |harness: &mut Harness, number: u64, slug: &str, begin: u64| {
        let mut planned = update(number, harness.now, slug, Phase::Scheduled);
        planned.window = Some(value(format!("{}/{}", time(begin), time(begin + HOUR))));
        say(harness, &planned);
    };
    let events = |harness: &Harness| -> Vec<String> {
        let text = harness.get(paths::MAINTENANCE_ICS).text();
        text.split("UID:").skip(1).map(|rest| rest.split('@').next().unwrap().to_owned()).collect()
    };
    assert_eq!(events(&harness), [""; 0]);
    plan(&mut harness, 1, "first", START + DAY);
    plan(&mut harness, 2, "second", START + 40 * DAY);
    tell(&mut harness, 3, "core", Phase::Investigating);
    assert_eq!(events(&harness), ["first", "second"]);
    harness.pass(2 * DAY);
    tell(&mut harness, 4, "first", Phase::Completed);
    tell(&mut harness, 5, "second", Phase::Cancelled);
    assert_eq!(events(&harness), ["first", "second"]);
    let text = harness.get(paths::MAINTENANCE_ICS).text();
    assert!(text.contains("STATUS:CANCELLED") && text.contains("SEQUENCE:1"), "{text}");
    // September and October are the newest months in which anything began, until November.
    harness.pass(70 * DAY);
    assert_eq!(events(&harness), ["first", "second"]);
    end(&mut harness, 6, "edge");
    assert_eq!(events(&harness), ["second"]);
    harness.verify_whole();
}

/// An open drill is watched only while its text can still change over time, so drills that stay open add no cost to a
/// publication.
#[test]
fn a_drill_is_watched_only_while_its_text_can_change() {
    let mut harness = Harness::set_up();
    let mut drill = update(1, harness.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    say(&mut harness, &drill);
    assert!(harness.next_moment().is_some());
    let before = harness.get("/drill/fire").text();
    harness.pass(2 * HOUR);
    assert_ne!(harness.get("/drill/fire").text(), before, "overdue");
    assert_eq!(harness.document(paths::WATCH_JSON)["watch"], serde_json::json!([]));
    harness.verify_whole();
}
