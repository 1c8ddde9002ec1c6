//! Corrections, retractions, translations.

use super::order::view;
use super::*;
use crate::text::Phase;

#[test]
fn a_correction_takes_its_targets_place() {
    let incident = incident(&[
        ("11:10", "affects: mail outage\naffects: voice outage\nsummary: All is down"),
        ("11:20", "phase: identified\naffects: mail partial"),
        ("11:30", &format!("{}affects: mail outage\naffects: files outage", corrects(1))),
    ]);
    let state = incident.state().unwrap();
    assert_eq!(state.phase, Phase::Identified, "the correction is ordered before the newest update");
    assert_eq!((state.newest.index, state.next_update), (1, Some(t("11:50"))));
    assert_eq!(conditions(&incident), ["files outage", "mail partial"], "nothing of the target is left");
    assert_eq!(state.summary, None);
    assert_eq!(state.started, t("11:10"), "the correction has its target's effective time");
    assert_eq!(state.conditions.get(&path("files")).unwrap().by.index, 2);
    assert_eq!(incident.corrected_by(&id(1)), incident.by_id(&id(3)));
    assert_eq!(incident.corrected_by(&id(2)), None);
}

#[test]
fn a_correction_of_the_newest_is_the_newest() {
    let incident = incident(&[("11:10", ""), ("11:20", ""), ("11:30", &corrects(2))]);
    let state = incident.state().unwrap();
    assert_eq!((state.newest.index, title(&incident)), (2, "update 3"));
    assert_eq!(state.next_update, Some(t("12:00")));
}

#[test]
fn a_corrected_end_does_not_end_later() {
    let incident = incident(&[
        ("11:10", ""),
        ("18:30", "phase: resolved"),
        ("20:00", &format!("phase: resolved\n{}", corrects(2))),
    ]);
    let state = incident.state().unwrap();
    assert_eq!((state.ended, state.reopened), (Some(t("18:30")), false));
}

#[test]
fn an_early_clock_or_a_late_receipt_changes_no_correction() {
    let early = incident(&[("11:10", "scope: wrong"), ("11:05", &corrects(1))]);
    assert_eq!(early.state().unwrap().scope, None);
    assert_eq!(early.state().unwrap().started, t("11:10"));
}

#[test]
fn a_correction_may_be_corrected() {
    let incident = incident(&[
        ("11:10", "scope: one"),
        ("11:20", &format!("scope: two\n{}", corrects(1))),
        ("11:15", &format!("scope: three\n{}", corrects(2))),
        ("11:40", "phase: identified"),
    ]);
    assert_eq!(incident.state().unwrap().scope.unwrap().value.as_str(), "three");
    assert_eq!(incident.corrected_by(&id(1)).unwrap().index, 2);
    assert_eq!(incident.corrected_by(&id(2)).unwrap().index, 2);
}

#[test]
fn the_latest_of_several_corrections_applies() {
    let scope = |times: [&str; 2]| {
        let lines = [format!("scope: two\n{}", corrects(1)), format!("scope: three\n{}", corrects(1))];
        let incident = incident(&[("11:10", "scope: one"), (times[0], &lines[0]), (times[1], &lines[1])]);
        incident.state().unwrap().scope.unwrap().value.to_string()
    };
    assert_eq!(scope(["11:20", "11:30"]), "three");
    assert_eq!(scope(["11:30", "11:20"]), "two");
}

#[test]
fn the_last_correction_of_a_correction_applies() {
    let incident =
        incident(&[("11:10", ""), ("11:20", &corrects(1)), ("11:30", &corrects(1)), ("11:40", &corrects(2))]);
    assert_eq!(title(&incident), "update 4");
}

#[test]
fn a_long_chain_of_corrections_is_followed_at_once() {
    let first = update(1, t("11:10"), "");
    let chain = (1..400).map(|n| update(n + 1, t("11:20"), &corrects(n)));
    let all = std::iter::once(first).chain(chain).enumerate();
    let incident =
        Incident::from_updates(all.map(|(n, update)| logged(n, update, t("12:00"))).collect()).unwrap();
    assert_eq!(title(&incident), "update 400");
}

#[test]
fn a_retraction_removes_its_target_and_is_an_update_itself() {
    let incident = incident(&[
        ("11:10", "affects: mail outage"),
        ("11:20", "affects: voice outage\nfault: upstream Transit confirmed\nphase: identified"),
        ("11:30", &format!("phase: investigating\nscope: all\n{}", retracts(2))),
    ]);
    let state = incident.state().unwrap();
    assert_eq!(conditions(&incident), ["mail outage"]);
    assert_eq!(state.fault, None);
    assert_eq!((state.newest.index, state.reopened), (2, false), "the retracted phase does not count");
    assert_eq!(state.scope.unwrap().value.as_str(), "all");
    assert_eq!(incident.retracted_by(&id(2)), incident.by_id(&id(3)));
}

#[test]
fn a_retracted_retraction_gives_its_target_back() {
    let incident = incident(&[
        ("11:10", "affects: mail outage"),
        ("11:20", &format!("affects: voice partial\n{}", retracts(1))),
        ("11:30", &retracts(2)),
    ]);
    assert_eq!(conditions(&incident), ["mail outage"]);
    assert_eq!(incident.retracted_by(&id(1)), None);
    assert_eq!(incident.retracted_by(&id(2)).unwrap().index, 2);
}

#[test]
fn a_retracted_correction_gives_the_original_back() {
    let updates = [
        ("11:10", "scope: one".to_owned()),
        ("11:20", format!("scope: two\n{}", corrects(1))),
        ("11:30", format!("scope: three\n{}", corrects(2))),
        ("11:40", retracts(3)),
        ("11:50", retracts(2)),
    ];
    let scope = |count| {
        let updates: Vec<_> = updates[..count].iter().map(|(time, lines)| (*time, lines.as_str())).collect();
        incident(&updates).state().unwrap().scope.unwrap().value.to_string()
    };
    assert_eq!(
        ["one", "two", "three", "two", "one"],
        [1, 2, 3, 4, 5].map(scope).each_ref().map(String::as_str)
    );
}

#[test]
fn a_retracted_original_takes_its_corrections_along() {
    let incident = incident(&[
        ("11:10", "affects: mail outage"),
        ("11:20", &format!("affects: voice outage\n{}", corrects(1))),
        ("11:30", &retracts(1)),
    ]);
    assert!(conditions(&incident).is_empty());
}

#[test]
fn a_retraction_of_a_corrected_correction_takes_both() {
    let incident = incident(&[
        ("11:10", "scope: one"),
        ("11:20", &format!("scope: two\n{}", corrects(1))),
        ("11:30", &format!("scope: three\n{}", corrects(2))),
        ("11:40", &retracts(2)),
    ]);
    assert_eq!(incident.state().unwrap().scope.unwrap().value.as_str(), "one");
}

#[test]
fn a_corrected_retraction_still_retracts() {
    let incident = incident(&[
        ("11:10", "affects: mail outage"),
        ("11:20", &retracts(1)),
        ("11:30", &format!("scope: nobody\n{}", corrects(2))),
    ]);
    assert!(conditions(&incident).is_empty());
    assert_eq!(title(&incident), "update 3");
}

#[test]
fn where_all_is_retracted_only_the_retraction_holds() {
    let incident = incident(&[
        ("11:10", "affects: mail outage\nimpact: critical\nstarted: 2013-09-03T11:00:00Z"),
        ("11:20", &format!("phase: resolved\n{}", retracts(1))),
    ]);
    let state = incident.state().unwrap();
    assert_eq!((title(&incident), state.phase), ("update 2", Phase::Resolved));
    assert_eq!((state.impact, state.started, state.ended), (None, t("11:20"), Some(t("11:20"))));
    assert!(state.affected.is_empty());
}

#[test]
fn references_to_later_entries_do_not_count() {
    let incident = incident(&[("11:10", &retracts(2)), ("11:20", &retracts(1))]);
    assert_eq!((title(&incident), incident.retracted_by(&id(2))), ("update 2", None));
}

#[test]
fn everything_taken_back_is_found_back_to_the_first_update() {
    let incident = incident(&[
        ("11:10", ""),
        ("11:20", &corrects(1)),
        ("11:30", &retracts(2)),
        ("11:40", &corrects(7)),
        ("11:50", &corrects(6)),
        ("12:00", &corrects(5)),
    ]);
    let found = |lines: &str| {
        let by = update(99, t("12:30"), lines);
        let indexes = incident.taken_back_by(&by).into_iter().map(|u| incident.by_id(&u.id).unwrap().index);
        indexes.collect::<Vec<_>>()
    };
    assert_eq!(found(&corrects(3)), [2, 1, 0]);
    assert_eq!(found(&retracts(1)), [0]);
    assert_eq!(found(""), [0; 0]);
    assert_eq!(found(&corrects(4)), [3], "no update has the id 7");
    assert_eq!(found(&corrects(5)), [4, 5], "a cycle, which no station admits");
}

#[test]
fn a_translation_changes_nothing() {
    let updates = [("11:10", "affects: mail outage\nscope: all"), ("11:20", "phase: identified\nlang: en")];
    let german =
        format!("lang: de\nphase: resolved\ntitle: Alles gut\nscope: niemand\ntranslates: {}", id(1));
    let plain = incident(&updates);
    let mut translated = plain.clone();
    translated.add(logged(2, update(3, t("11:30"), &german), t("11:31")));
    assert_eq!(view(&translated), view(&plain));
    assert_eq!(translated.state(), plain.state());
}

#[test]
fn the_latest_translation_of_each_language_is_found() {
    let of = |lang: &str| format!("lang: {lang}\ntranslates: {}", id(1));
    let incident = incident(&[
        ("11:10", ""),
        ("11:40", &of("fr")),
        ("11:20", &of("de")),
        ("11:30", &of("fr")),
        ("11:30", &of("de")),
    ]);
    let found: Vec<_> = incident.translations_of(&id(1)).iter().map(|logged| logged.index).collect();
    assert_eq!(found, [4, 1]);
    assert!(incident.translations_of(&id(2)).is_empty());
}

#[test]
fn translations_alone_say_nothing() {
    let incident = incident(&[("11:10", &format!("lang: de\ntranslates: {}", id(7)))]);
    assert_eq!(incident.state(), None);
}

/// A literal implementation of the definition, with which the single pass must agree.
mod defined {
    use super::*;

    fn after<'i>(incident: &'i Incident, id: &Id) -> impl Iterator<Item = &'i LoggedUpdate> {
        let place = incident.updates().iter().position(|logged| logged.update.id == *id).unwrap();
        incident.updates().iter().skip(place + 1)
    }

    pub(super) fn retracted_by<'i>(incident: &'i Incident, id: &Id) -> Option<&'i LoggedUpdate> {
        let mut by = after(incident, id).filter(|logged| logged.update.retracts.as_ref() == Some(id));
        by.find(|logged| retracted_by(incident, &logged.update.id).is_none())
    }

    pub(super) fn corrected_by<'i>(incident: &'i Incident, id: &Id) -> Option<&'i LoggedUpdate> {
        let by = after(incident, id).filter(|logged| logged.update.corrects.as_ref() == Some(id));
        let standing = by.filter(|logged| retracted_by(incident, &logged.update.id).is_none());
        let last = standing.map(|logged| corrected_by(incident, &logged.update.id).unwrap_or(logged));
        last.max_by_key(|logged| logged.order())
    }
}

proptest::proptest! {
    #[test]
    fn relations_are_as_defined_for_any_references(about in proptest::collection::vec((0..4_u8, 1..13_usize, 0..60_u64), 1..12)) {
        let logged = about.iter().enumerate().map(|(index, (how, target, minute))| {
            let lines = match how {
                // No update refers to itself.
                _ if *target == index + 1 => String::new(),
                0 => String::new(),
                1 => retracts(*target),
                _ => corrects(*target),
            };
            let time = t("11:00").plus(minute * 60);
            logged(index, update(index + 1, time, &lines), time)
        });
        let incident = Incident::from_updates(logged.collect()).unwrap();
        for logged in incident.updates() {
            let id = &logged.update.id;
            assert_eq!(incident.retracted_by(id), defined::retracted_by(&incident, id), "{about:?}");
            assert_eq!(incident.corrected_by(id), defined::corrected_by(&incident, id), "{about:?}");
        }
    }
}

#[test]
fn a_thousand_corrections_of_corrections_are_one() {
    let lines: Vec<_> = (1..1000).map(corrects).collect();
    let mut updates = vec![("11:10", "scope: first")];
    updates.extend(lines.iter().map(|lines| ("11:20", lines.as_str())));
    let incident = incident(&updates);
    assert_eq!(incident.corrected_by(&id(1)).unwrap().index, 999);
    assert_eq!(title(&incident), "update 1000");
}
