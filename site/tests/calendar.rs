//! The maintenance calendar: a snapshot, and the rules of RFC 5545. The end-to-end tests read it with other parsers.

use crate::samples;
use crate::samples::Stage;
use outband_record::text::{SingleLine, Value as _};
use outband_record::timeline::Incident;
use outband_site::calendar;

fn written(stage: &Stage) -> String {
    let incidents: Vec<&Incident> = stage.incidents.iter().collect();
    String::from_utf8(calendar::maintenance(&stage.view(), &incidents).body).expect("UTF-8")
}

/// The samples' maintenance with a second update.
fn with(lines: &str, body: &str) -> Stage {
    let more = format!(
        "==== 18 2013-09-05T14:00:10Z bob/laptop\noutband update v1\norigin: status.mail.example\n\
         id: b1f7c0de5b0c4e0f9d3a6b1c2d3e4f61\ntime: 2013-09-05T14:00:00Z\nincident: 2013-09-07-core-software\n\
         {lines}\n\n{body}\n"
    );
    Stage::at("2013-09-06T08:00:00Z", &[&format!("{}{more}", samples::MAINTENANCE), samples::RESOLVED])
}

fn unfolded(calendar: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in calendar.strip_suffix("\r\n").expect("an end").split("\r\n") {
        assert!(line.len() <= 75, "{} octets: {line}", line.len());
        assert!(!line.contains(['\r', '\n']));
        match line.strip_prefix(' ') {
            Some(rest) => lines.last_mut().expect("a line before").push_str(rest),
            None => lines.push(line.to_owned()),
        }
    }
    lines
}

fn line(calendar: &str, name: &str) -> String {
    let lines = unfolded(calendar);
    let found: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix(&format!("{name}:"))).collect();
    assert_eq!(found.len(), 1, "{name} in {lines:?}");
    found[0].to_owned()
}

#[test]
fn the_calendar_matches_its_snapshot() {
    let stage = Stage::at("2013-09-06T08:00:00Z", &[samples::MAINTENANCE, samples::RESOLVED, samples::DRILL]);
    insta::assert_snapshot!("calendar", written(&stage).replace("\r\n", "\n"));
}

#[test]
fn the_sites_name_is_escaped() {
    let mut stage = Stage::at("2013-09-06T08:00:00Z", &[samples::RESOLVED]);
    stage.site.name = SingleLine::parse("Mail, voice; files").expect("a name");
    assert_eq!(line(&written(&stage), "X-WR-CALNAME"), "Mail\\, voice\\; files: maintenance");
}

/// Updates without a window are no events, and an empty calendar is still valid.
#[test]
fn it_contains_only_maintenance() {
    let stage = Stage::at("2013-09-06T08:00:00Z", &[samples::RESOLVED]);
    let lines = unfolded(&written(&stage));
    assert_eq!(lines[0], "BEGIN:VCALENDAR");
    assert!(!lines.iter().any(|line| line.starts_with("BEGIN:VEVENT")));
    assert!(lines.iter().any(|line| line == "BEGIN:VTIMEZONE"), "RFC 5545 demands one component");
    assert_eq!(lines.last().map(String::as_str), Some("END:VCALENDAR"));
}

/// A new window replaces the old one as a later revision of the same event; so does a cancellation.
#[test]
fn an_event_keeps_its_uid_when_revised() {
    let first = written(&Stage::at("2013-09-06T08:00:00Z", &[samples::MAINTENANCE]));
    let moved = written(&with(
        "phase: scheduled\ntitle: Moved\nwindow: 2013-09-15T02:00:00Z/2013-09-15T06:00:00Z\n\
         next-update: 2013-09-15T02:00:00Z",
        "Later.",
    ));
    let cancelled = written(&with("phase: cancelled\ntitle: It will not be done", "Not now."));
    let completed =
        |ended| written(&with(&format!("phase: completed\ntitle: Done\nended: {ended}"), "Done."));
    let uid = "2013-09-07-core-software@status.mail.example";
    for (calendar, sequence, stamp, start, status) in [
        (&first, "0", "20130904T140000Z", "20130908T020000Z", "CONFIRMED"),
        (&moved, "1", "20130905T140000Z", "20130915T020000Z", "CONFIRMED"),
        (&cancelled, "1", "20130905T140000Z", "20130908T020000Z", "CANCELLED"),
    ] {
        assert_eq!(line(calendar, "UID"), uid);
        assert_eq!(line(calendar, "SEQUENCE"), sequence);
        assert_eq!(line(calendar, "DTSTAMP"), stamp);
        assert_eq!(line(calendar, "DTSTART"), start);
        assert_eq!(line(calendar, "STATUS"), status);
    }
    assert_eq!(line(&moved, "DTEND"), "20130915T060000Z");
    // It ends when the work ended, sooner or later than planned; but never before it begins.
    for (ended, end) in [
        ("2013-09-08T03:10:00Z", "20130908T031000Z"),
        ("2013-09-08T07:00:00Z", "20130908T070000Z"),
        ("2013-09-05T14:00:00Z", "20130908T060000Z"),
    ] {
        assert_eq!(line(&completed(ended), "DTEND"), end, "{ended}");
    }
    assert_eq!(line(&cancelled, "DTEND"), "20130908T060000Z");
    assert_eq!(line(&moved, "LAST-MODIFIED"), "20130905T140010Z");
    assert_eq!(line(&moved, "URL"), "https://status.mail.example/incidents/2013-09-07-core-software");
}

/// Text is escaped, and no line is longer than 75 octets, whatever it contains.
#[test]
fn text_is_escaped_and_lines_are_folded() {
    for length in 1..160 {
        let title = "e\u{301}🥊; a, b\\c".chars().cycle().take(1 + length % 100).collect::<String>();
        let title = title.trim();
        let body = format!("{}🥊; a, b\\n\n\n- one\nBEGIN:VEVENT", "x".repeat(length));
        let lines = format!("phase: cancelled\ntitle: {title}");
        let calendar = written(&with(&lines, &body));
        let escaped = |text: &str| {
            text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
        };
        assert_eq!(line(&calendar, "SUMMARY"), escaped(title));
        assert!(line(&calendar, "DESCRIPTION").ends_with(&escaped(&body)), "{calendar}");
        assert_eq!(unfolded(&calendar).iter().filter(|line| *line == "BEGIN:VEVENT").count(), 1);
    }
}
