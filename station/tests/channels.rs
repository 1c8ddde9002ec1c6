//! The feeds beside those of all updates: components, languages, archives, one incident, all incidents, the calendar.

use outband_record::text::{Condition, Phase, Update, Yes};
use outband_site::{pages, paths};

use crate::desk::Desk;
use crate::logged::{DAY, HOUR, START, affects, id, signed, site, time, update, value};

fn say(desk: &mut Desk, update: &Update) {
    desk.now += 60;
    desk.accept(&signed(&update.print(), &["alice/phone"]));
}

fn tell(desk: &mut Desk, number: u64, slug: &str, phase: Phase) {
    say(desk, &update(number, desk.now, slug, phase));
}

/// The numbers of the updates that an Atom feed has, in its order.
fn numbers(desk: &Desk, path: &str) -> Vec<u64> {
    let reply = desk.get(path);
    assert_eq!(reply.status(), 200, "{path}");
    let text = reply.text();
    let ids = text.split("<id>urn:uuid:").skip(1).map(|rest| rest[..36].replace('-', ""));
    ids.map(|id| u64::from_str_radix(&id, 16).unwrap()).collect()
}

/// Where the feed's link of this relation leads.
fn link(desk: &Desk, path: &str, rel: &str) -> Option<String> {
    let text = desk.get(path).text();
    let (_, rest) = text.split_once(&format!("<link rel=\"{rel}\""))?;
    let (_, rest) = rest.split_once("href=\"https://status.example.net")?;
    Some(rest.split('"').next()?.to_owned())
}

#[test]
fn a_component_has_the_updates_that_concern_it() {
    let mut desk = Desk::set_up();
    let feed = |path: &str| format!("/components/{path}.atom");
    for path in ["mail", "mail/eu", "voice", "files"] {
        assert_eq!(numbers(&desk, &feed(path)), [0; 0], "there from the beginning");
    }
    for (number, component) in (1..=30).zip(["mail", "mail/eu", "voice"].into_iter().cycle()) {
        let mut logged = update(number, desk.now, &format!("incident-{number}"), Phase::Resolved);
        logged.affects.push(affects(component, Condition::Outage));
        say(&mut desk, &logged);
    }
    let mut reassuring = update(31, desk.now, "incident-1", Phase::Postmortem);
    reassuring.unaffected.push(value("voice"));
    say(&mut desk, &reassuring);
    // Both the whole and its part, the twenty newest.
    let mail: Vec<u64> = (1..=30).rev().filter(|number| number % 3 != 0).collect();
    assert_eq!(mail.len(), 20);
    assert_eq!(numbers(&desk, &feed("mail")), mail);
    assert_eq!(numbers(&desk, &feed("mail/eu")), mail);
    assert_eq!(numbers(&desk, &feed("voice")), [31, 30, 27, 24, 21, 18, 15, 12, 9, 6, 3]);
    assert_eq!(numbers(&desk, &feed("files")), [0; 0]);
    desk.verify_whole();

    // A component that the site no longer has keeps its feed; a new one has what is said from then on.
    let mut without = site(2);
    without.component.retain(|component| component.path.as_str() != "voice");
    desk.accept(&signed(&without.print(), &["carol/root"]));
    desk.settle();
    assert_eq!(numbers(&desk, &feed("voice")).len(), 11);
    assert!(desk.get(&feed("voice")).text().contains("<title>Example Mail 2: voice</title>"));
    desk.verify_whole();
}

#[test]
fn a_language_has_its_translations_and_what_was_written_in_it() {
    let mut desk = Desk::set_up();
    let original = update(1, desk.now, "core", Phase::Investigating);
    say(&mut desk, &original);
    assert_eq!(desk.get("/updates.de.atom").status(), 404);
    let mut translation = update(2, desk.now, "core", Phase::Investigating);
    (translation.lang, translation.translates, translation.next_update) =
        (Some(value("de")), Some(id(1)), None);
    say(&mut desk, &translation);
    let mut written = update(3, desk.now, "core", Phase::Identified);
    written.lang = Some(value("DE"));
    say(&mut desk, &written);
    let mut english = update(4, desk.now, "core", Phase::Identified);
    english.lang = Some(value("en"));
    say(&mut desk, &english);
    assert_eq!(numbers(&desk, "/updates.de.atom"), [3, 2]);
    assert_eq!(desk.get("/updates.en.atom").status(), 404);
    assert_eq!(numbers(&desk, paths::ATOM), [4, 3, 1]);
    assert_eq!(numbers(&desk, "/incidents/core.atom"), [4, 3, 1]);
    assert_eq!(desk.document(paths::CHANNELS_JSON)["languages"], serde_json::json!(["de"]));
    desk.verify_whole();
}

/// From the newest on, by links alone, every update that was ever said (RFC 5005).
#[test]
fn archives_have_all_that_was_ever_said() {
    let mut desk = Desk::set_up();
    let mut archived = Vec::new();
    for number in 1..=160 {
        tell(&mut desk, number, &format!("incident-{}", number / 2), Phase::Resolved);
        archived.push(desk.get("/updates/archive/1.atom").0.body);
        if number == 100 {
            desk.verify_whole();
        }
    }
    let mut found = std::collections::BTreeSet::from_iter(numbers(&desk, paths::ATOM));
    assert_eq!(numbers(&desk, paths::ATOM), (111..=160).rev().collect::<Vec<_>>());
    let mut path = link(&desk, paths::ATOM, "prev-archive");
    let mut after = None;
    for number in (1..=3).rev() {
        let archive = path.unwrap();
        assert_eq!(archive, format!("/updates/archive/{number}.atom"));
        assert_eq!(numbers(&desk, &archive), (number * 50 - 49..=number * 50).rev().collect::<Vec<_>>());
        assert_eq!(link(&desk, &archive, "next-archive"), after);
        assert_eq!(link(&desk, &archive, "current").as_deref(), Some(paths::ATOM));
        found.extend(numbers(&desk, &archive));
        path = link(&desk, &archive, "prev-archive");
        after = Some(archive);
    }
    assert_eq!(path, None);
    assert_eq!(found, (1..=160).collect());
    // Written when it was full, and when there was one to link to.
    archived.dedup();
    assert_eq!(archived.len(), 3, "nothing, full, and with its successor");
    desk.verify_whole();

    // All of it is rendered anew.
    desk.station.rebuild(&mut desk.store, "another", desk.now, 1).unwrap();
    desk.station.rebuild(&mut desk.store, pages::RENDERER, desk.now, 3).unwrap();
    desk.settle();
    desk.verify_whole();
}

#[test]
fn history_has_what_began_last_and_a_drill_is_nowhere() {
    let mut desk = Desk::set_up();
    for number in 1..=30 {
        tell(&mut desk, number, &format!("incident-{number:02}"), Phase::Resolved);
    }
    let mut drill = update(31, desk.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    drill.affects.push(affects("mail", Condition::Outage));
    say(&mut desk, &drill);
    assert_eq!(desk.get("/incidents/fire.atom").status(), 404);
    assert_eq!(numbers(&desk, "/components/mail.atom"), [0; 0]);
    for path in [paths::HISTORY_ATOM, paths::HISTORY_RSS] {
        let text = desk.get(path).text();
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
    // One that is older and spoken of again keeps its place outside; one of the newest is told anew.
    let before = desk.get(paths::HISTORY_ATOM).text();
    tell(&mut desk, 40, "incident-02", Phase::Postmortem);
    assert_eq!(desk.get(paths::HISTORY_ATOM).text(), before);
    tell(&mut desk, 41, "incident-20", Phase::Postmortem);
    assert!(desk.get(paths::HISTORY_ATOM).text().contains("postmortem of incident-20"));
    desk.verify_whole();
}

#[test]
fn the_calendar_has_what_is_planned_goes_on_or_was_done_lately() {
    let mut desk = Desk::set_up();
    let plan = |desk: &mut Desk, number: u64, slug: &str, begin: u64| {
        let mut planned = update(number, desk.now, slug, Phase::Scheduled);
        planned.window = Some(value(format!("{}/{}", time(begin), time(begin + HOUR))));
        say(desk, &planned);
    };
    let events = |desk: &Desk| -> Vec<String> {
        let text = desk.get(paths::MAINTENANCE_ICS).text();
        text.split("UID:").skip(1).map(|rest| rest.split('@').next().unwrap().to_owned()).collect()
    };
    assert_eq!(events(&desk), [""; 0]);
    plan(&mut desk, 1, "first", START + DAY);
    plan(&mut desk, 2, "second", START + 40 * DAY);
    tell(&mut desk, 3, "core", Phase::Investigating);
    assert_eq!(events(&desk), ["first", "second"]);
    desk.pass(2 * DAY);
    tell(&mut desk, 4, "first", Phase::Completed);
    tell(&mut desk, 5, "second", Phase::Cancelled);
    assert_eq!(events(&desk), ["first", "second"]);
    let text = desk.get(paths::MAINTENANCE_ICS).text();
    assert!(text.contains("STATUS:CANCELLED") && text.contains("SEQUENCE:1"), "{text}");
    // September and October are the newest months in which anything began, until November.
    desk.pass(70 * DAY);
    assert_eq!(events(&desk), ["first", "second"]);
    tell(&mut desk, 6, "edge", Phase::Resolved);
    assert_eq!(events(&desk), ["second"]);
    desk.verify_whole();
}

/// A drill that is open is watched while it will read differently, and then no longer: whatever its number, drills
/// cost a publication nothing.
#[test]
fn a_drill_is_watched_while_it_will_read_differently() {
    let mut desk = Desk::set_up();
    let mut drill = update(1, desk.now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    say(&mut desk, &drill);
    assert!(desk.next_moment().is_some());
    let before = desk.get("/drill/fire").text();
    desk.pass(2 * HOUR);
    assert_ne!(desk.get("/drill/fire").text(), before, "overdue");
    assert_eq!(desk.document(paths::WATCH_JSON)["watch"], serde_json::json!([]));
    desk.verify_whole();
}
