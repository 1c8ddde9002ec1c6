//! `continues-in`: an incident that continues elsewhere leaves the page only if another one takes it over.

use outband_record::text::{Condition, Phase, Update};
use outband_site::paths;
use outband_station::ProblemType;

use crate::harness::Harness;
use crate::texts::{DAY, HOUR, MINUTE, affects, by_alice, time, update, value};

/// The open incidents on the page, and the condition of mail.
fn shown(harness: &Harness) -> (Vec<String>, String) {
    let status = harness.document(paths::STATUS_JSON);
    let text = |json: &serde_json::Value| json.as_str().unwrap().to_owned();
    let open = status["open"].as_array().unwrap().iter().map(|open| text(&open["slug"]));
    let mut open: Vec<_> = open.collect();
    open.sort();
    let components = status["components"].as_array().unwrap();
    let mail = components.iter().find(|component| component["path"] == "mail").unwrap();
    (open, text(&mail["condition"]))
}

fn says(number: u64, at: u64, slug: &str, goes_on_in: Option<&str>) -> Update {
    let mut logged = update(number, at, slug, Phase::Identified);
    logged.continues_in = goes_on_in.map(value);
    logged.next_update = Some(time(at + DAY));
    logged
}

/// `core`, with an outage of mail, and `edge`, with degraded voice.
fn begun() -> Harness {
    let mut harness = Harness::set_up();
    harness.now += HOUR;
    for (number, slug) in [(1, "core"), (2, "edge")] {
        let mut begun = says(number, harness.now - 2 * MINUTE, slug, None);
        begun.affects.push(match slug {
            "core" => affects("mail", Condition::Outage),
            _ => affects("voice", Condition::Degraded),
        });
        harness.accept(&by_alice(&begun.print()));
    }
    harness
}

#[test]
fn what_was_written_before_the_other_was_over_may_continue_in_it() {
    let mut harness = begun();
    let over = harness.now;
    harness.accept(&by_alice(&update(3, over, "edge", Phase::Resolved).print()));
    harness.now += MINUTE;
    let mut written = |at| harness.send(&by_alice(&says(4, at, "core", Some("edge")).print()));
    assert_eq!(written(over).problem(), "not-open");
    assert_eq!(written(over - 1).status(), 201);
}

#[test]
fn it_leaves_the_page_and_comes_back() {
    let mut harness = begun();
    harness.accept(&by_alice(&says(3, harness.now, "core", Some("edge")).print()));
    assert_eq!(shown(&harness), (vec!["edge".to_owned()], "operational".to_owned()));
    let core = harness.document("/data/incidents/core.json");
    assert_eq!(core["holds"]["continues-in"], "edge");
    assert_eq!(core["holds"]["ended"], time(harness.now).to_string());
    assert_eq!(harness.document("/data/incidents/edge.json")["named_by"], serde_json::json!(["core"]));
    harness.verify_whole();

    harness.now += HOUR;
    harness.accept(&by_alice(&says(4, harness.now, "core", None).print()));
    assert_eq!(shown(&harness), (vec!["core".to_owned(), "edge".to_owned()], "outage".to_owned()));
    harness.verify_whole();
}

#[test]
fn two_incidents_that_name_each_other_never_both_disappear() {
    let mut harness = begun();
    let there = by_alice(&says(3, harness.now - MINUTE, "core", Some("edge")).print());
    let back = by_alice(&says(4, harness.now, "edge", Some("core")).print());
    harness.accept(&there);
    let reply = harness.send(&back);
    assert_eq!(reply.problem(), ProblemType::NotOpen.as_str(), "{}", reply.text());
    assert!(reply.text().contains("itself stated to continue in edge"), "{}", reply.text());
    assert_eq!(shown(&harness).0, ["edge"]);

    // Through two stations, the later update may arrive first: then neither is over.
    let mut other = begun();
    other.accept(&back);
    assert_eq!(shown(&other), (vec!["core".to_owned()], "outage".to_owned()));
    other.accept(&there);
    assert_eq!(shown(&other), (vec!["core".to_owned(), "edge".to_owned()], "outage".to_owned()));
    other.verify_whole();
}

/// A chain costs each further update of it a look at all of it, and so does whatever many incidents continue in.
#[test]
fn at_most_64_incidents_belong_together() {
    let chained = |n: usize| (format!("chain-{n}"), format!("chain-{}", n + 1));
    let starred = |n: usize| (format!("star-{n}"), "star".to_owned());
    for names in [&chained as &dyn Fn(usize) -> (String, String), &starred] {
        let mut harness = begun();
        let mut next = 100;
        let mut say = |harness: &mut Harness, slug: &str, into: Option<&str>| {
            next += 1;
            harness.now += 1;
            harness.send(&by_alice(&says(next, harness.now, slug, into).print()))
        };
        for n in 0..63 {
            let (slug, into) = names(n);
            say(&mut harness, &slug, None);
            say(&mut harness, &into, None);
            assert_eq!(say(&mut harness, &slug, Some(&into)).status(), 201, "{n}");
        }
        let (slug, into) = names(63);
        say(&mut harness, &slug, None);
        say(&mut harness, &into, None);
        let reply = say(&mut harness, &slug, Some(&into));
        assert_eq!(reply.problem(), ProblemType::TooManyMerged.as_str(), "{}", reply.text());
        harness.verify_whole();
    }
}

#[test]
fn an_incident_cannot_continue_in_a_closed_one() {
    let mut harness = begun();
    let there = by_alice(&says(3, harness.now, "core", Some("edge")).print());
    let over = by_alice(&update(4, harness.now - MINUTE, "edge", Phase::Resolved).print());
    harness.accept(&over);
    let reply = harness.send(&there);
    assert_eq!(
        (reply.status(), reply.problem()),
        (409, ProblemType::NotOpen.as_str().to_owned()),
        "{}",
        reply.text()
    );
    assert!(reply.text().contains("disappear from the page"), "{}", reply.text());

    // The end of `edge` arrives late, though it is older: `core`, which was to continue in it, is on the page again,
    // and open in its month.
    let mut late = begun();
    late.accept(&there);
    assert_eq!(shown(&late).0, ["edge"]);
    late.accept(&over);
    assert_eq!(shown(&late), (vec!["core".to_owned()], "outage".to_owned()));
    let month = late.document("/data/history/2013-09.json");
    let core = month["items"].as_array().unwrap().iter().find(|item| item["slug"] == "core").unwrap();
    assert_eq!(core["ended"], serde_json::Value::Null);
    late.verify_whole();
}

#[test]
fn the_end_of_the_other_incident_reopens_all_that_continued_in_it() {
    let mut harness = begun();
    harness.accept(&by_alice(&says(3, harness.now - 2 * MINUTE, "disk", None).print()));
    harness.accept(&by_alice(&says(4, harness.now - MINUTE, "core", Some("edge")).print()));
    harness.accept(&by_alice(&says(5, harness.now, "edge", Some("disk")).print()));
    assert_eq!(shown(&harness).0, ["disk"]);
    // A late update: disk was over before edge was to continue in it.
    harness.accept(&by_alice(&update(6, harness.now - 30, "disk", Phase::Resolved).print()));
    assert_eq!(shown(&harness).0, ["edge"]);
    harness.verify_whole();
    // Likewise, edge was over before core was to continue in it.
    harness.now += HOUR;
    let mut correction = update(7, harness.now, "edge", Phase::Resolved);
    correction.corrects = Some(crate::texts::id(2));
    harness.accept(&by_alice(&correction.print()));
    let mut correction = update(8, harness.now, "edge", Phase::Resolved);
    correction.corrects = Some(crate::texts::id(5));
    harness.accept(&by_alice(&correction.print()));
    assert_eq!(shown(&harness), (vec!["core".to_owned()], "outage".to_owned()));
    harness.verify_whole();
}
