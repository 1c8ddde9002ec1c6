//! The days: their filed spans, and when their figures are published.

use outband_record::text::{Condition, Phase, Update};
use outband_record::time::Time;
use outband_site::paths;
use serde_json::Value as Json;

use crate::harness::{Harness, OPERATORS};
use crate::texts::{
    DAY, HOUR, MINUTE, affects, by_alice, by_carol, id, past, roster, site, time, update, value,
};

/// A station that was set up at this time.
fn since(text: &str) -> Harness {
    let mut harness = Harness::empty();
    harness.now = at(text);
    let (mut roster, mut site) = (roster(1, &OPERATORS), site(1));
    (roster.time, site.time) = (time(harness.now), time(harness.now));
    harness.accept(&by_carol(&roster.print()));
    harness.accept(&by_carol(&site.print()));
    harness
}

fn at(text: &str) -> u64 {
    value::<Time>(text).posix()
}

/// Publishes an update at its own time.
fn say(harness: &mut Harness, update: &Update) {
    harness.now = harness.now.max(update.time.posix());
    harness.accept(&by_alice(&update.print()));
}

fn wait_until(harness: &mut Harness, text: &str) {
    harness.pass(at(text) - harness.now);
}

fn component(harness: &Harness, path: &str) -> Json {
    let document = harness.document(paths::UPTIME_JSON);
    document["components"].as_array().unwrap().iter().find(|c| c["path"] == path).unwrap().clone()
}

/// The spans of a month, as `core mail outage 2013-09-03T11:00:00Z 2013-09-03T19:30:00Z`.
fn spans(harness: &Harness, month: &str) -> Vec<String> {
    let document = harness.document(&paths::spans_json(month));
    let member = |span: &Json, name: &str| span[name].as_str().unwrap().to_owned();
    let line = |span: &Json| {
        ["slug", "component", "condition", "from", "to"].map(|name| member(span, name)).join(" ")
    };
    document["spans"].as_array().unwrap().iter().map(line).collect()
}

/// The outage of 3 September 2013, in US Eastern time: down from 07:00 to 15:30, then degraded until 18:30.
fn outage(harness: &mut Harness) {
    let mut down = update(1, at("2013-09-03T11:10:00Z"), "core", Phase::Investigating);
    down.started = Some(value("2013-09-03T11:00:00Z"));
    down.affects.push(affects("mail", Condition::Outage));
    let mut better = update(2, at("2013-09-03T19:30:00Z"), "core", Phase::Monitoring);
    better.affects.push(affects("mail", Condition::Degraded));
    let mut over = update(3, at("2013-09-03T22:40:00Z"), "core", Phase::Resolved);
    over.ended = Some(value("2013-09-03T22:30:00Z"));
    for update in [down, better, over] {
        say(harness, &update);
    }
}

#[test]
fn september_2013_is_98_82_percent() {
    let mut harness = since("2013-08-15T09:00:00Z");
    outage(&mut harness);
    harness.verify_whole();
    wait_until(&mut harness, "2013-10-01T00:00:00Z");
    let page = harness.get("/history/2013-09").text();
    assert!(page.contains(">Mail</bdi></th><td>98.82\u{a0}%</td><td>1</td><td>0</td><td>1</td>"), "{page}");
    assert!(page.contains(">Voice</bdi></th><td>100.00\u{a0}%</td><td>0</td><td>0</td><td>0</td>"));
    assert_eq!(
        spans(&harness, "2013-09"),
        [
            "core mail outage 2013-09-03T11:00:00Z 2013-09-03T19:30:00Z",
            "core mail degraded 2013-09-03T19:30:00Z 2013-09-03T22:30:00Z",
        ]
    );
    // The figures can be computed by anyone, from the documents alone.
    let day = component(&harness, "mail")["days"][0].clone();
    assert_eq!(
        (day["date"].as_str(), day["outage"].as_u64()),
        (Some("2013-09-03"), Some(8 * HOUR + 30 * MINUTE))
    );
    let lost = 10_000 * day["outage"].as_u64().unwrap();
    assert_eq!((lost + 15 * DAY) / (30 * DAY), 118, "98.82 % of thirty days");
    let csv = harness.get(paths::UPTIME_CSV);
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(
        csv.text().contains("\r\nmail,2013-09-03,86400,30600,0,10800,0,0,64.58\r\nmail,total,"),
        "{}",
        csv.text()
    );
    harness.verify_whole();
}

#[test]
fn a_day_gets_its_figures_when_it_is_over() {
    let mut harness = since("2013-08-25T00:00:00Z");
    let mut down = update(1, at("2013-09-03T12:00:00Z"), "core", Phase::Investigating);
    down.affects.push(affects("voice", Condition::Outage));
    down.next_update = Some(time(down.time.posix() + 30 * DAY));
    say(&mut harness, &down);
    let files = |harness: &Harness| {
        [paths::INDEX, paths::UPTIME_JSON, paths::UPTIME_CSV, "/history/2013-09"]
            .map(|p| harness.get(p).text())
    };
    let before = files(&harness);
    assert!(before[0].contains("class=\"outage\" d=\"M364 12h3\""), "today is drawn at once");
    assert_eq!(component(&harness, "voice")["measured"], 9 * DAY);
    harness.now = at("2013-09-03T23:59:59Z");
    assert_eq!(harness.tick(), at("2013-09-04T00:00:00Z"), "a tick is due at the end of the day");
    assert_eq!(files(&harness), before, "nothing changes within the day");
    harness.now = at("2013-09-04T00:00:00Z");
    harness.tick();
    for (before, after) in before.iter().zip(files(&harness)) {
        assert_ne!(*before, after);
    }
    assert_eq!(component(&harness, "voice")["outage"], DAY / 2);
    assert_eq!(component(&harness, "voice")["uptime"], "95.00");
    harness.verify_whole();
}

/// A host that was down catches up on all days that ended meanwhile, by a tick or by a note.
#[test]
fn days_missed_by_a_stopped_host_are_caught_up() {
    for by_note in [false, true] {
        let mut harness = since("2013-09-01T00:00:00Z");
        let mut down = update(1, at("2013-09-03T12:00:00Z"), "core", Phase::Investigating);
        down.affects.push(affects("voice", Condition::Partial));
        say(&mut harness, &down);
        harness.now = at("2013-12-24T18:00:00Z");
        if by_note {
            let over = update(2, harness.now, "core", Phase::Resolved);
            say(&mut harness, &over);
        } else {
            harness.tick();
        }
        for month in ["2013-09", "2013-10", "2013-11", "2013-12"] {
            let page = harness.get(&paths::month(month)).text();
            assert!(page.contains("class=\"partial\""), "{month}");
            assert_eq!(spans(&harness, month).len(), usize::from(by_note), "{month}");
        }
        assert_eq!(harness.get("/history/2013-08").status(), 404);
        harness.verify_whole();
    }
}

#[test]
fn a_month_without_updates_has_a_page_and_full_uptime() {
    let mut harness = since("2013-07-10T00:00:00Z");
    wait_until(&mut harness, "2013-09-02T00:00:00Z");
    let page = harness.get("/history/2013-08").text();
    assert!(
        page.contains(">Mail</bdi></th><td>100.00\u{a0}%</td>") && page.contains("href=\"/history/2013-07\""),
        "{page}"
    );
    let first = harness.get("/history/2013-07").text();
    assert!(
        first.contains("class=\"nodata\" d=\"M0 12h35\"") && first.contains("No data before 2013-07-10.")
    );
    assert_eq!(spans(&harness, "2013-08"), [""; 0]);
    harness.verify_whole();
}

#[test]
fn an_outage_before_the_page_existed_is_listed_but_not_measured() {
    let mut harness = since("2013-09-02T00:00:00Z");
    let mut down = past(1, at("2013-09-02T01:00:00Z"), "core");
    (down.started, down.ended) = (Some(value("2013-06-01T00:00:00Z")), Some(value("2013-09-02T00:30:00Z")));
    down.affects.push(affects("mail", Condition::Outage));
    say(&mut harness, &down);
    wait_until(&mut harness, "2013-09-03T00:00:00Z");
    assert_eq!(component(&harness, "mail")["outage"], 30 * MINUTE);
    assert_eq!(component(&harness, "mail")["measured"], DAY);
    assert_eq!(spans(&harness, "2013-09"), ["core mail outage 2013-06-01T00:00:00Z 2013-09-02T00:30:00Z"]);
    assert!(
        !harness.get("/history/2013-06").text().contains("class=\"uptime\""),
        "there is no data for that month"
    );
    harness.verify_whole();
}

/// Overlapping incidents are not counted twice: at each time the worse condition counts.
#[test]
fn of_two_overlapping_incidents_the_worse_counts() {
    let mut harness = since("2013-09-01T00:00:00Z");
    for (number, slug, condition, from, to) in [
        (1, "core", Condition::Outage, "2013-09-03T10:00:00Z", "2013-09-03T12:00:00Z"),
        (2, "edge", Condition::Partial, "2013-09-03T11:00:00Z", "2013-09-03T14:00:00Z"),
    ] {
        let mut past = past(number, at(to), slug);
        (past.started, past.ended) = (Some(value(from)), Some(value(to)));
        past.affects.push(affects("mail/eu", condition));
        say(&mut harness, &past);
    }
    wait_until(&mut harness, "2013-09-04T00:00:00Z");
    for path in ["mail", "mail/eu"] {
        let days = component(&harness, path)["days"].clone();
        assert_eq!(
            (&days[0]["outage"], &days[0]["partial"]),
            (&(2 * HOUR).into(), &(2 * HOUR).into()),
            "{path}"
        );
        assert_eq!(days[0]["uptime"], "87.50", "{path}");
    }
    harness.verify_whole();
}

/// A correction moves an outage's end to another month, and the spans filed after it disappear.
#[test]
fn a_correction_that_shortens_an_outage_shortens_it_everywhere() {
    let mut harness = since("2013-08-01T00:00:00Z");
    let mut down = update(1, at("2013-08-30T00:00:00Z"), "core", Phase::Investigating);
    down.affects.push(affects("mail", Condition::Outage));
    let over = update(2, at("2013-10-02T00:00:00Z"), "core", Phase::Resolved);
    say(&mut harness, &down);
    say(&mut harness, &over);
    let filed =
        |harness: &Harness| ["2013-08", "2013-09", "2013-10"].map(|month| spans(harness, month).len());
    assert_eq!(filed(&harness), [1, 1, 1]);
    assert!(harness.get("/history/2013-10").text().contains("class=\"outage\" d=\"M0 12h3\""));
    assert_eq!(component(&harness, "mail")["outage"], 33 * DAY);
    let mut shorter = update(3, at("2013-10-05T00:00:00Z"), "core", Phase::Resolved);
    (shorter.corrects, shorter.ended) = (Some(id(2)), Some(value("2013-09-01T06:00:00Z")));
    say(&mut harness, &shorter);
    assert_eq!(filed(&harness), [1, 1, 0]);
    assert!(
        !harness.get("/history/2013-10").text().contains("<path class=\"outage\" d=\"M0 12h3\"/></svg></td>")
    );
    assert_eq!(component(&harness, "mail")["outage"], 2 * DAY + 6 * HOUR);
    harness.verify_whole();
    // A reopened incident is not filed, but still counts.
    let back = update(4, at("2013-10-06T00:00:00Z"), "core", Phase::Investigating);
    say(&mut harness, &back);
    assert_eq!(filed(&harness), [0, 0, 0]);
    assert_eq!(component(&harness, "mail")["outage"], 2 * DAY + 6 * HOUR);
    harness.verify_whole();
}

/// A notice expires, so no note triggers the filing of its spans.
#[test]
fn the_spans_of_an_expired_notice_are_filed() {
    let mut harness = since("2013-09-01T00:00:00Z");
    let mut notice = update(1, at("2013-09-03T11:00:00Z"), "advice", Phase::Notice);
    notice.affects.push(affects("files", Condition::Degraded));
    say(&mut harness, &notice);
    assert_eq!(spans(&harness, "2013-09"), [""; 0]);
    wait_until(&mut harness, "2013-09-11T00:00:00Z");
    assert_eq!(
        spans(&harness, "2013-09"),
        ["advice files degraded 2013-09-03T11:00:00Z 2013-09-10T11:00:00Z"]
    );
    assert_eq!(component(&harness, "files")["degraded"], 7 * DAY);
    harness.verify_whole();
}

/// Without its spans a month would read as if nothing had been reported in it.
#[test]
fn losing_the_spans_of_a_month_is_a_fault() {
    let mut harness = since("2013-09-01T00:00:00Z");
    outage(&mut harness);
    let files: Vec<_> =
        harness.store.files().filter(|file| file.path != "/data/uptime/2013-09.json").cloned().collect();
    let mut store = outband_station::MemoryStore::default();
    outband_station::Store::commit(&mut store, &files).unwrap();
    harness.store = store;
    let reply = harness.send(&by_alice(&update(9, harness.now, "edge", Phase::Investigating).print()));
    assert_eq!((reply.status(), reply.problem().as_str()), (503, "station-fault"));
    assert!(reply.text().contains("/data/uptime/2013-09.json"), "{}", reply.text());
}
