//! The scenarios: they use the whole grammar, and the pages show everything they contain.

use std::collections::BTreeSet;

use crate::samples::Stage;
use crate::samples::scenarios::{self, A, A_END, B, B_END, B_WORST, C, C_END, C_WORST, D, D_END, D_WORST};
use outband_record::text::{Fault, Phase, Update, Value as _};
use outband_record::timeline::Incident;
use outband_site::feeds::Feeds;
use outband_site::{Rendered, pages};

fn text(file: Rendered) -> String {
    String::from_utf8(file.body).expect("UTF-8")
}

fn incident<'s>(stage: &'s Stage, slug: &str) -> &'s Incident {
    let named = |incident: &&Incident| incident.slug().is_some_and(|own| own.to_string() == slug);
    stage.incidents.iter().find(named).unwrap_or_else(|| panic!("{slug} has no updates yet"))
}

/// The page of one of the stage's incidents, without the style sheet.
fn story(stage: &Stage, slug: &str) -> String {
    let page = pages::incident(&stage.view(), incident(stage, slug)).expect("rendered").expect("a page");
    let page = text(page);
    let (before, rest) = page.split_once("<style>").expect("a style sheet");
    let (_, after) = rest.split_once("</style>").expect("its end");
    format!("{before}<style></style>{after}")
}

#[test]
fn incident_pages_match_their_snapshots() {
    let moments = [
        ("b-worst", B, B_WORST, "2013-09-17-mail-flow"),
        ("b-end", B, B_END, "2013-09-17-mail-flow"),
        ("c-worst", C, C_WORST, "2009-04-13-calls"),
        ("c-end", C, C_END, "2009-04-13-calls"),
        ("d-worst", D, D_WORST, "2012-11-13-mail"),
        ("d-end", D, D_END, "2012-11-13-mail"),
    ];
    for (name, scenario, now, slug) in moments {
        insta::assert_snapshot!(name, story(&scenarios::stage(scenario, now), slug));
    }
}

#[test]
fn feeds_of_the_dispute_match_their_snapshots() {
    let stage = scenarios::stage(C, C_END);
    let feeds = Feeds::new(&stage.view()).updates(&stage.listed(), 0).expect("rendered");
    for (name, feed) in ["c-atom", "c-rss", "c-json"].into_iter().zip(feeds) {
        insta::assert_snapshot!(name, text(feed));
    }
}

/// A new line of the grammar must be used in a scenario too.
#[test]
fn together_they_use_every_line_and_every_phase() {
    let all = [A, B, C, D].concat();
    let wrong = Update::parse("outband update v1\nnothing: x\n").expect_err("an unknown header").to_string();
    let (_, names) = wrong.split_once("this type has: ").expect("a list of the grammar's names");
    for name in names.split(", ") {
        assert!(all.contains(&format!("\n{name}: ")), "no scenario has a line {name}");
    }
    let phases: BTreeSet<_> = all.lines().filter_map(|line| line.strip_prefix("phase: ")).collect();
    let expected: BTreeSet<_> = Phase::ALL.iter().map(|phase| phase.as_str()).collect();
    assert_eq!(phases, expected);
}

/// The page of an incident keeps every update, whatever happened afterwards.
#[test]
fn every_word_of_every_update_is_on_its_page() {
    for (scenario, end) in [(A, A_END), (B, B_END), (C, C_END), (D, D_END)] {
        let stage = scenarios::stage(scenario, end);
        for incident in &stage.incidents {
            let page = pages::incident(&stage.view(), incident).expect("rendered").expect("a page");
            let page = text(page).replace("&#39;", "'");
            for logged in incident.updates() {
                let update = &logged.update;
                assert!(page.contains(update.title.as_str()), "{}: {}", update.id, update.title);
                assert!(
                    page.contains(&format!("/log/{}.note", logged.index)),
                    "{}: no link to its entry",
                    update.id
                );
                for line in update.evidence.iter().chain(&update.reply) {
                    assert!(page.contains(&format!("href=\"{line}\"")), "{}: {line}", update.id);
                }
                for paragraph in update.body.iter().flat_map(|body| body.lines()) {
                    let begin = paragraph.trim_start_matches("- ").split("https:").next().unwrap_or_default();
                    assert!(page.contains(begin), "{}: {begin}", update.id);
                }
            }
        }
    }
}

/// Two people reported the same outage; the incident that continues in the other one is over.
#[test]
fn an_incident_that_continues_elsewhere_is_over() {
    let stage = scenarios::stage(D, D_WORST);
    let open: Vec<_> = stage.outlook().open.iter().map(|state| state.slug.to_string()).collect();
    assert_eq!(open, ["2012-11-13-mail", "2012-11-13-move"]);
}

/// A supplier was suspected and replied, one update was retracted, and in the end nobody is blamed.
#[test]
fn a_dispute_ends_with_what_is_known() {
    let fault = |now| {
        let stage = scenarios::stage(C, now);
        let state = incident(&stage, "2009-04-13-calls").state().expect("something holds");
        state.fault.as_ref().map(|stated| stated.value.clone())
    };
    let upstream = Fault::parse("upstream Transit Nine suspected").expect("a fault");
    assert_eq!(fault("2009-04-13T16:30:00Z"), Some(upstream.clone()));
    assert_eq!(fault(C_WORST), Some(upstream), "the update that called it confirmed was retracted");
    assert_eq!(fault(C_END), Some(Fault::Unknown));
}
