//! The pages of components, with their badges, feeds and calendars.

use std::collections::BTreeMap;

use crate::samples;
use crate::samples::{MAINTENANCE, OUTAGE, RESOLVED, Stage};
use outband_record::text::{ComponentPath, Value as _};
use outband_site::data::Card;
use outband_site::feeds::{Channel, Feeds};
use outband_site::{Rendered, calendar, pages, paths};

/// All files of a component, by path.
fn files(stage: &Stage, path: &str) -> BTreeMap<String, String> {
    let path = ComponentPath::parse(path).unwrap();
    let (view, real) = (stage.view(), stage.incidents.iter().collect::<Vec<_>>());
    let mut cards: Vec<_> =
        real.iter().filter_map(|incident| incident.state()).map(|state| Card::of(&state)).collect();
    cards.sort_by_key(|card| std::cmp::Reverse(card.started));
    let cards: Vec<_> = cards.iter().collect();
    let mut files: Vec<Rendered> = Vec::new();
    files
        .extend(pages::component(&view, &path, &stage.outlook(), &stage.uptime(), &cards).expect("rendered"));
    files.push(calendar::of_component(&view, &path, &real));
    let channel = Channel::Component(path);
    files.extend(Feeds::new(&view).channel(&channel, &stage.listed_in(&channel), 0).expect("rendered"));
    files.into_iter().map(|file| (file.path, String::from_utf8(file.body).unwrap())).collect()
}

fn page(stage: &Stage, path: &str) -> String {
    files(stage, path).remove(&format!("/components/{path}")).expect("its page")
}

#[test]
fn a_component_has_a_page_a_badge_two_feeds_and_a_calendar() {
    let stage = Stage::at("2013-09-03T12:06:00Z", &[OUTAGE]);
    let files = files(&stage, "exchange/us-east");
    let expected =
        ["", ".atom", ".ics", ".rss", ".svg"].map(|end| format!("/components/exchange/us-east{end}"));
    assert!(files.keys().eq(&expected), "{:?}", files.keys());
    let page = &files["/components/exchange/us-east"];
    for path in &expected[1..] {
        assert!(page.contains(&format!("{path}\"")), "the page leads to {path}");
    }
    assert!(page.contains(r#"href="/components/exchange""#), "and to the component that it is a part of");
    assert!(files["/components/exchange/us-east.svg"].contains("Outage"));
    assert_eq!(paths::media_type(&expected[4]), "image/svg+xml; charset=utf-8");
}

#[test]
fn a_page_says_what_is_open_and_what_was() {
    let before = Stage::at("2013-09-03T12:06:00Z", &[OUTAGE]);
    let open = page(&before, "exchange");
    let (now, past) = open.split_once("<h2>Past incidents</h2>").unwrap();
    assert!(now.contains(r#"<span class="word">Outage"#), "{now}");
    assert!(now.contains("/incidents/2013-09-03-core-network") && !past.contains("/incidents/"));
    let after = page(&Stage::at("2013-09-05T12:00:00Z", &[RESOLVED]), "exchange");
    let (now, past) = after.split_once("<h2>Past incidents</h2>").unwrap();
    assert!(
        now.contains("No known problems") && now.contains("No open incidents affect this component."),
        "{now}"
    );
    assert!(!now.contains("/incidents/") && past.contains("/incidents/2013-09-03-core-network"));
}

/// Before the first update, and while an incident says nothing about components, nothing is known of any.
#[test]
fn what_is_not_known_never_reads_as_calm() {
    let silent = page(&Stage::at("2013-09-03T12:06:00Z", &[]), "exchange");
    assert!(silent.contains("No updates yet") && !silent.contains("No known problems"), "{silent}");
    let vague = "==== 7 2013-09-03T11:00:00Z alice/phone\noutband update v1\norigin: status.mail.example\n\
                 id: 11111111111111111111111111111111\ntime: 2013-09-03T11:00:00Z\nincident: vague\n\
                 phase: investigating\ntitle: Something is wrong\nnext-update: 2013-09-03T12:30:00Z\n";
    let vague = page(&Stage::at("2013-09-03T12:06:00Z", &[vague]), "archive");
    assert!(vague.contains("/incidents/vague") && !vague.contains("No known problems"), "{vague}");
}

/// Of many parts, the worst are listed, and how many are not.
#[test]
fn no_part_is_left_out_unnoticed() {
    let mut stage = Stage::at("2013-09-03T12:06:00Z", &[OUTAGE]);
    let parts = (0..60).map(|n| format!("component: archive/p{n} Part {n}\n"));
    let note: String = std::iter::once(stage.site.print()).chain(parts).collect();
    let (before, after): (Vec<_>, Vec<_>) = note.lines().partition(|line| {
        let name = line.split(':').next().unwrap_or_default();
        !matches!(name, "component" | "hint" | "front" | "logo" | "accent")
    });
    let (hints, components): (Vec<_>, Vec<_>) =
        after.into_iter().partition(|line| !line.starts_with("component"));
    let lines = [before, components, hints].concat();
    stage.site = outband_record::text::Site::parse(&format!("{}\n", lines.join("\n"))).unwrap();
    let worst = "==== 99 2013-09-03T12:00:00Z alice/phone\noutband update v1\norigin: status.mail.example\n\
                 id: 99999999999999999999999999999999\ntime: 2013-09-03T12:00:00Z\nincident: part\n\
                 phase: investigating\ntitle: A part is down\naffects: archive/p59 outage\n\
                 next-update: 2013-09-03T12:30:00Z\n";
    let stage = Stage::of(stage.site, stage.now, vec![samples::incident(worst)]);
    let page = page(&stage, "archive");
    assert!(page.contains("<bdi>Mail archive</bdi>") && page.contains("<bdi>Part 59</bdi>"), "{page}");
    assert!(page.contains("More components not shown: 21"), "{page}");
}

#[test]
fn a_calendar_has_the_maintenance_of_its_component_only() {
    let stage = Stage::at("2013-09-06T12:00:00Z", &[MAINTENANCE]);
    let affected: Vec<_> = stage
        .site
        .component
        .iter()
        .filter(|component| {
            let files = files(&stage, component.path.as_str());
            files[&paths::component_ics(&component.path)].contains("BEGIN:VEVENT")
        })
        .map(|component| component.path.clone())
        .collect();
    let state = stage.incidents[0].state().unwrap();
    let named: Vec<_> = state.affected.keys().collect();
    assert!(!affected.is_empty() && affected.len() < stage.site.component.len(), "{affected:?}");
    assert!(affected.iter().all(|path| named.iter().any(|named| path.concerns(named))), "{affected:?}");
}

/// Its page and its feeds stay for those who follow it.
#[test]
fn a_component_that_is_no_longer_listed_says_so() {
    let mut stage = Stage::at("2013-09-05T12:00:00Z", &[RESOLVED]);
    stage.site.component.retain(|component| component.path.as_str() != "archive");
    let page = page(&stage, "archive");
    assert!(page.contains("no longer lists") && !page.contains("No known problems"), "{page}");
    assert!(!files(&stage, "archive")["/components/archive.svg"].contains("No known problems"));
}
