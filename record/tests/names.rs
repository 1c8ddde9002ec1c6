//! What site notes and rosters answer: names of components and persons, and how often there is news.

use outband_record::text::{ComponentPath, Impact, Origin, Roster, Site, Url, Value as _};

const SITE: &str = include_str!("vectors/text/site/cadence-a-week.txt");
const ROSTER: &str = include_str!("vectors/text/roster/everything.txt");

/// The text of a vector.
fn text(vector: &str) -> &str {
    vector.split_once("---\n").expect("a text").1
}

#[test]
fn a_component_has_the_name_in_the_site_note_or_else_its_path() {
    let site = Site::parse(text(SITE)).unwrap();
    for (path, name) in [("exchange", "Exchange mail"), ("voice", "voice")] {
        assert_eq!(site.component_name(&ComponentPath::parse(path).unwrap()), name);
    }
}

#[test]
fn updates_are_due_as_the_site_note_says_or_else_after_half_an_hour() {
    let site = Site::parse(text(SITE)).unwrap();
    for (impact, minutes) in [("minor", 30), ("major", 60), ("critical", 10080)] {
        assert_eq!(site.cadence_minutes(Impact::parse(impact).unwrap()), minutes, "{impact}");
    }
}

#[test]
fn an_origin_names_its_keys_and_a_link_its_host() {
    let origin = Origin::parse("status.example.net").unwrap();
    assert_eq!(origin.key_name("alice/phone"), "status.example.net/alice/phone");
    for rest in ["", "/", "/a/b", "?a", "#a", ":8443/a"] {
        let link = Url::parse(&format!("https://status.example.net{rest}")).unwrap();
        assert_eq!(link.host(), "status.example.net", "{rest}");
    }
}

#[test]
fn a_person_has_the_name_in_the_roster_or_else_that_in_the_key() {
    let roster = Roster::parse(text(ROSTER)).unwrap();
    let shown: Vec<_> = roster.operator.iter().chain(&roster.root).map(|key| roster.person_of(key)).collect();
    assert_eq!(shown, ["Network operations", "carol", "Network operations", "bob"]);
    // A log's key is nobody's.
    assert_eq!(roster.person_of(&roster.log), "status.example.net/log2");
}
