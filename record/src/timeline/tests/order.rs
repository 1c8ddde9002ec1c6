//! Effective times, and that the order of receipt does not matter.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::passing::WINDOW;
use super::standing::STANDING;
use super::*;
use crate::text::Phase;

#[test]
fn the_effective_time_is_the_earlier_of_time_and_receipt() {
    let at = |time, received| logged(0, update(1, t(time), ""), t(received)).effective_time();
    assert_eq!(at("11:10", "11:12"), t("11:10"), "store and forward");
    assert_eq!(at("11:20", "11:12"), t("11:12"), "a clock ahead");
}

#[test]
fn receipts_are_shown_where_clocks_differ_by_over_ten_minutes() {
    let shows = |received: &str| logged(0, update(1, t("11:10"), ""), t(received)).shows_received();
    assert!(!shows("11:20") && !shows("11:00"));
    assert!(shows("2013-09-03T11:20:01Z") && shows("2013-09-03T10:59:59Z"));
}

#[test]
fn a_late_phones_old_note_does_not_reopen() {
    let outage = |late: bool| {
        let mut incident = incident(&[("11:10", "affects: mail outage"), ("18:30", "phase: resolved")]);
        if late {
            let old = update(3, t("11:20"), "affects: voice outage\nsummary: Voice too");
            incident.add(logged(2, old, t("19:00")));
        }
        incident
    };
    let (with, without) = (outage(true), outage(false));
    let (with, without) = (with.state().unwrap(), without.state().unwrap());
    assert_eq!((with.phase, with.reopened, with.ended), (Phase::Resolved, false, Some(t("18:30"))));
    assert_eq!((with.newest, with.title), (without.newest, without.title));
    assert!(with.conditions.is_empty());
    assert_eq!(
        with.summary.unwrap().value.as_str(),
        "Voice too",
        "a value that is not restated stays in force"
    );
    assert_eq!(with.affected.len(), 2);
}

#[test]
fn a_clock_that_is_ahead_wins_nothing() {
    let mut incident = incident(&[("11:00", "")]);
    incident.add(logged(1, update(2, t("11:19"), "phase: identified"), t("11:10")));
    incident.add(logged(2, update(3, t("11:15"), "phase: monitoring"), t("11:15")));
    assert_eq!(incident.state().unwrap().phase, Phase::Monitoring);
}

/// Only references to earlier entries count.
#[test]
fn an_update_that_arrives_after_its_correction_stays_as_it_is() {
    for correction in ["11:00", "11:20"] {
        let mut incident = incident(&[(correction, &corrects(2))]);
        incident.add(logged(1, update(2, t("11:10"), ""), t("11:25")));
        let steps: Vec<_> = incident.steps().iter().map(|step| step.logged.update.id.clone()).collect();
        assert_eq!(steps, [id(2)], "{correction}");
        assert_eq!(incident.corrected_by(&id(2)), None);
    }
}

#[test]
fn the_order_is_by_effective_time_and_not_by_index() {
    let incident = incident(&[("11:10", ""), ("11:30", "phase: monitoring"), ("11:20", "phase: identified")]);
    let state = incident.state().unwrap();
    assert_eq!((state.phase, state.newest.index), (Phase::Monitoring, 1));
    let by_index: Vec<_> = incident.updates().iter().map(|logged| logged.index).collect();
    assert_eq!(by_index, [0, 1, 2], "the log is ordered by index");
}

#[test]
fn between_two_of_the_same_second_the_id_decides() {
    let (a, b) = (("11:10", "phase: resolved"), ("11:10", "phase: monitoring"));
    assert_eq!(incident(&[a, b]).state().unwrap().phase, Phase::Monitoring);
    let swapped = [
        logged(0, update(2, t("11:10"), b.1), t("11:11")),
        logged(1, update(1, t("11:10"), a.1), t("11:12")),
    ];
    let swapped = Incident::from_updates(swapped.into()).unwrap();
    assert_eq!(swapped.state().unwrap().phase, Phase::Monitoring);
}

#[test]
fn of_two_of_the_same_second_the_one_whose_author_had_seen_the_other_holds() {
    let seen = |size| format!("seen: {size} {}=\n", "A".repeat(43));
    let identified = format!("{}phase: identified", seen(41));
    let monitoring = format!("{}phase: monitoring", seen(42));
    // The ids alone would decide otherwise.
    for lines in [[monitoring.as_str(), &identified], [&monitoring, "phase: identified"]] {
        let incident = incident(&lines.map(|lines| ("11:10", lines)));
        assert_eq!(incident.state().unwrap().phase, Phase::Monitoring, "{lines:?}");
    }
    // What was said later holds, whatever its author had seen.
    let later = incident(&[("11:10", &monitoring), ("11:11", &identified)]);
    assert_eq!(later.state().unwrap().phase, Phase::Identified);
}

/// The state by value: every field of [`IncidentState`], with updates identified by id, so that log indices do not
/// matter.
pub(super) fn view(incident: &Incident) -> String {
    fn at<T: Debug>(stated: &Stated<'_, T>) -> String {
        format!("{:?} by {}", stated.value, stated.by.update.id)
    }
    fn maybe<T: Debug>(stated: Option<&Stated<'_, T>>) -> Option<String> {
        stated.map(at)
    }
    // Every field is listed, so that a new one cannot be forgotten here.
    let Some(IncidentState {
        slug,
        drill,
        kind,
        phase,
        reopened,
        withdrawn,
        newest,
        title,
        summary,
        symptom,
        scope,
        impact,
        conditions,
        affected,
        unaffected,
        fault,
        cause,
        reply,
        data,
        workaround,
        started,
        ended,
        window,
        next_update,
        eta,
        contact,
        recurrence_of,
        continues_in,
        report,
        credit,
        lang,
        affecting: _,
        carried: _,
    }) = incident.state()
    else {
        return "nothing".to_owned();
    };
    let words = [at(&title), newest.update.id.to_string()];
    let lines = [
        maybe(summary.as_ref()),
        maybe(symptom.as_ref()),
        maybe(scope.as_ref()),
        maybe(fault.as_ref()),
        maybe(cause.as_ref()),
        maybe(reply.as_ref()),
        maybe(workaround.as_ref()),
        maybe(window.as_ref()),
        maybe(eta.as_ref()),
        maybe(contact.as_ref()),
        maybe(recurrence_of.as_ref()),
        maybe(continues_in.as_ref()),
        maybe(report.as_ref()),
        maybe(credit.as_ref()),
    ];
    let conditions: Vec<_> = conditions.iter().map(|(path, stated)| (path, at(stated))).collect();
    let data: Vec<_> = data.values().map(at).collect();
    let mut unaffected: Vec<_> = unaffected.iter().map(at).collect();
    unaffected.sort();
    let state = (slug, drill, kind, phase, reopened, withdrawn, impact, started, ended, next_update, lang);
    format!("{state:?} {words:?} {lines:?} {conditions:?} {affected:?} {unaffected:?} {data:?}")
}

/// A planned update: minutes after 11:00, lines, and the earlier update it refers to.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    minute: u64,
    /// The size of the log that its author had seen.
    seen: Option<u64>,
    lines: String,
    target: Option<(&'static str, usize)>,
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let phase = select(vec!["investigating", "identified", "monitoring", "resolved", "postmortem"]);
    let affects = select(vec![
        "",
        "\naffects: mail outage",
        "\naffects: mail degraded\naffects: mail/eu partial",
        "\naffects: mail/eu operational\nunaffected: voice",
        "\naffects: voice unknown",
        "\nunaffected: mail",
    ]);
    let more = select(
        STANDING
            .iter()
            .flat_map(|(a, b)| [*a, *b])
            .chain(["", "ended: 2013-09-03T12:00:00Z", "continues-in: one", "continues-in: two"])
            .collect::<Vec<_>>(),
    );
    let target = prop_oneof![
        3 => Just(None),
        2 => (select(vec!["corrects", "retracts", "translates"]), any::<usize>()).prop_map(Some),
    ];
    // Few distinct minutes, so that some updates share one.
    let seen = prop_oneof![Just(None), (1..4_u64).prop_map(Some)];
    (0..12_u64, seen, phase, affects, more, target).prop_map(
        |(minute, seen, phase, affects, more, target)| {
            let words = target.is_some_and(|(name, _)| name == "translates");
            let state = if words { "\nlang: de".to_owned() } else { format!("{affects}\n{more}") };
            let seen = seen.filter(|_| !words);
            Plan { minute, seen, lines: format!("phase: {phase}{state}"), target }
        },
    )
}

/// The planned updates. Each refers only to earlier ones that are not translations, as a station ensures.
pub(super) fn updates(plans: &[Plan]) -> Vec<Update> {
    let mut updates: Vec<Update> = Vec::new();
    for (n, plan) in plans.iter().enumerate() {
        let targets: Vec<_> = updates.iter().filter(|update| update.translates.is_none()).collect();
        let line = match plan.target {
            Some((name, at)) if !targets.is_empty() => {
                format!("\n{name}: {}", targets[at % targets.len()].id)
            }
            _ => String::new(),
        };
        // Ids in a different order from the plans.
        let number = (n * 7919 + 13) % 1000;
        let seen = plan.seen.map(|size| format!("seen: {size} {}=\n", "A".repeat(43))).unwrap_or_default();
        let lines = format!("{seen}{}{line}", plan.lines);
        updates.push(update(number, t("11:00").plus(plan.minute * 60), &lines));
    }
    updates
}

/// The incident of a station that receives these updates in the order of `ranks`, except that each waits for the one it
/// refers to.
pub(super) fn received(updates: &[Update], ranks: &[u64]) -> Incident {
    let target =
        |update: &Update| update.corrects.clone().or(update.retracts.clone()).or(update.translates.clone());
    let mut waiting: Vec<_> = updates.iter().zip(ranks).collect();
    waiting.sort_by_key(|(_, rank)| **rank);
    let mut log: Vec<LoggedUpdate> = Vec::new();
    while !waiting.is_empty() {
        let has = |id: Id| log.iter().any(|logged| logged.update.id == id);
        let next = waiting.iter().position(|(update, _)| target(update).is_none_or(has)).unwrap();
        let (update, _) = waiting.remove(next);
        log.push(logged(log.len(), update.clone(), t("13:00").plus(log.len() as u64)));
    }
    let mut incident = Incident::from_updates(log).unwrap();
    incident.set_taken_over(true);
    incident
}

/// All parts of the state that change with time.
fn reading(incident: &Incident, now: Time) -> Option<String> {
    let state = incident.state()?;
    let conditions = ["mail", "mail/eu", "voice"].map(|c| state.condition(&path(c), now).map(|s| s.value));
    let passed = [
        state.is_open(now),
        state.is_ahead(now),
        state.is_overdue(now),
        state.is_past_estimate(now),
        state.is_report_overdue(now),
        state.is_credit_past(now),
    ];
    Some(format!("{conditions:?} {passed:?}"))
}

proptest! {
    #[test]
    fn the_same_notes_in_any_order_hold_the_same(
        plans in vec(plan(), 1..10),
        ranks in vec(any::<u64>(), 10),
    ) {
        let updates = updates(&plans);
        let (one, other) = (received(&updates, &[0; 10]), received(&updates, &ranks));
        prop_assert_eq!(view(&one), view(&other));
    }

    #[test]
    fn an_incident_that_grows_is_the_one_folded_at_once(
        plans in vec(plan(), 1..10),
        ranks in vec(any::<u64>(), 10),
    ) {
        let whole = received(&updates(&plans), &ranks);
        let (first, later) = whole.updates().split_first().unwrap();
        let mut grown = Incident::begin(first.clone());
        grown.set_taken_over(true);
        for update in later {
            grown.add(update.clone());
        }
        prop_assert_eq!(grown, whole);
    }

    #[test]
    fn between_two_moments_nothing_changes(
        plans in vec(plan(), 1..6),
        kind in select(vec!["", WINDOW, "phase: notice", "phase: notice\nended: 2013-09-05T00:00:00Z"]),
    ) {
        let updates = match kind {
            "" => updates(&plans),
            lines => vec![update(1, t("11:00"), lines)],
        };
        let incident = received(&updates, &[0; 10]);
        let state = incident.state();
        let mut moments: Vec<_> = state.iter().flat_map(IncidentState::moments).collect();
        moments.sort();
        // From a time after all updates.
        moments.retain(|moment| *moment > t("13:10"));
        moments.insert(0, t("13:10"));
        moments.push(t("9999-01-01T00:00:00Z"));
        for pair in moments.windows(2) {
            prop_assert_eq!(reading(&incident, pair[0]), reading(&incident, pair[1].minus(1)));
        }
    }
}
