//! What an incident's page shows of each update: what it changed, and what is left of it.

use crate::samples;
use crate::samples::Stage;
use crate::samples::reading::{story, words};
use outband_site::data::Card;

/// Updates of one incident, a minute apart, each given as its lines.
fn of(updates: &[&str]) -> Stage {
    let entry = |(number, lines): (usize, &&str)| {
        let time = samples::time("2013-09-03T11:00:00Z").plus(60 * number as u64);
        format!(
            "==== {number} {time} alice/phone\noutband update v1\norigin: status.mail.example\nid: {:032x}\n\
             time: {time}\nincident: core\n{lines}\n",
            number + 1
        )
    };
    let sample: String = updates.iter().enumerate().map(entry).collect();
    Stage::at("2013-09-03T12:00:00Z", &[&sample])
}

/// The updates as the page shows them, the oldest first.
fn shown(stage: &Stage) -> Vec<String> {
    let page = story(stage);
    let articles = page.split("<article").skip(1);
    let mut texts: Vec<_> = articles.map(|article| words(&format!("<body{article}"))).collect();
    texts.reverse();
    texts
}

const DOWN: &str = "phase: identified\ntitle: Mail is down\naffects: exchange outage\nfault: ours suspected\n\
                    workaround: Call us\nnext-update: 2013-09-03T13:00:00Z";
const OVER: &str = "phase: resolved\ntitle: Mail works";

#[test]
fn what_an_earlier_update_said_is_not_said_again() {
    let same = DOWN.replace("13:00", "13:30");
    let other = DOWN.replace("suspected", "confirmed");
    let texts = shown(&of(&[DOWN, &same, &other]));
    let has = |number: usize, what: &str| texts[number].contains(what);
    assert!(has(0, "Call us") && has(0, "Probably on our side"), "{texts:?}");
    assert!(!has(1, "Call us") && !has(1, "on our side") && has(1, "Next update"), "{texts:?}");
    assert!(!has(2, "Call us") && has(2, "On our side"), "{texts:?}");
}

/// Conditions end with the incident and with `unaffected`, so they are shown whenever they are stated.
#[test]
fn what_was_over_is_said_again() {
    for between in [OVER, &DOWN.replace("affects: exchange outage", "unaffected: exchange")] {
        let texts = shown(&of(&[DOWN, between, DOWN]));
        assert!(texts[2].contains("Outage: Exchange mail"), "{between}: {texts:?}");
    }
    let texts = shown(&of(&[DOWN, OVER, DOWN]));
    assert!(texts[2].contains("Call us"), "{texts:?}");
}

/// An incident of which nothing is left but retractions never happened. One that did is not undone by taking back a
/// mistaken update about it.
#[test]
fn only_a_false_alarm_is_withdrawn() {
    let retracting = |number: u64| format!("phase: resolved\ntitle: Mail works\nretracts: {number:032x}");
    for (updates, is_withdrawn) in [
        (vec![DOWN.to_owned(), retracting(1)], true),
        (vec![DOWN.to_owned(), OVER.to_owned(), DOWN.to_owned(), retracting(3)], false),
        (vec![DOWN.to_owned(), OVER.to_owned()], false),
    ] {
        let stage = of(&updates.iter().map(String::as_str).collect::<Vec<_>>());
        let class = if is_withdrawn { "withdrawn" } else { "over" };
        assert!(story(&stage).contains(&format!("<body class=\"{class}\">")), "{updates:?}");
        assert_eq!(Card::of(&stage.incidents[0].state().expect("a state")).withdrawn, is_withdrawn);
    }
}
