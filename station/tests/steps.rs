//! Files published step by step follow from the log: after any updates and any passing of time, every stored file is
//! the one that `verify` recomputes, and nothing else is stored.
//!
//! This proves that each step marks everything it changes.

use outband_record::log::{Hash, Tree};
use outband_record::text::{Condition, Id, Phase, Seen, Yes};
use outband_site::paths;
use proptest::prelude::*;

use crate::harness::{Harness, OPERATORS};
use crate::statuspage::schemas::Shapes;
use crate::texts::{
    DAY, HOUR, MINUTE, affects, by_alice, by_carol, id, past, revocation, roster, signed, site, time, update,
    value,
};

/// One step of a history.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Say(Say),
    /// A site note, with or without the component `files`, in English or in German.
    Site {
        files: bool,
        english: bool,
    },
    /// A roster with the selected operators.
    Roster {
        operators: [bool; 3],
    },
    /// An operator's key is revoked, with effect from this many entries before.
    Remove {
        operator: usize,
        back: Option<u64>,
    },
    Pass {
        seconds: u64,
    },
    /// The host's clock is set back, and time continues from there.
    ClockBack {
        seconds: u64,
    },
    /// Everything is re-rendered as after an upgrade, a few pieces per tick.
    Rebuild,
}

/// An update, described by numbers: whether it is admissible depends on the updates before it.
#[derive(Clone, Debug)]
pub(crate) struct Say {
    slug: usize,
    phase: usize,
    /// Minutes since its author wrote it.
    late: u64,
    by: usize,
    condition: Option<(usize, usize)>,
    unaffected: bool,
    /// How many days before the update the incident began.
    started: Option<u64>,
    ended: bool,
    next_update: u64,
    eta: Option<u64>,
    report: Option<u64>,
    credit: Option<u64>,
    reassures: bool,
    other: Option<(bool, usize)>,
    target: Option<(usize, usize)>,
    seen: bool,
    lang: Option<usize>,
    /// Days until the window of a maintenance.
    ahead: Option<u64>,
}

const SLUGS: [&str; 8] = ["core", "edge", "disk", "upgrade", "move", "advice", "fire-drill", "flood-drill"];
const INCIDENT: [Phase; 5] =
    [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved, Phase::Postmortem];
const MAINTENANCE: [Phase; 5] =
    [Phase::Scheduled, Phase::InProgress, Phase::Verifying, Phase::Completed, Phase::Cancelled];
const LANGS: [&str; 4] = ["de", "pt-BR", "PT-br", "en"];
const COMPONENTS: [&str; 4] = ["mail", "mail/eu", "voice", "files"];

fn say() -> impl Strategy<Value = Say> {
    let who = (0..SLUGS.len(), 0..5_usize, prop_oneof![4 => Just(0), 1 => 0..2_000_u64], 0..3_usize);
    let what = (
        proptest::option::of((0..COMPONENTS.len(), 0..Condition::ALL.len())),
        prop::bool::weighted(0.2),
        proptest::option::weighted(0.3, 0..70_u64),
        prop::bool::weighted(0.2),
        1..300_u64,
        proptest::option::weighted(0.3, 1..300_u64),
        proptest::option::weighted(0.3, 0..9_u64),
        proptest::option::weighted(0.3, 0..9_u64),
    );
    let whither = (
        prop::bool::weighted(0.2),
        proptest::option::weighted(0.2, (any::<bool>(), 0..SLUGS.len())),
        proptest::option::weighted(0.4, (0..3_usize, 0..20_usize)),
        prop::bool::weighted(0.2),
        proptest::option::weighted(0.2, 0..LANGS.len()),
        proptest::option::weighted(0.5, 0..90_u64),
    );
    (who, what, whither).prop_map(|(who, what, whither)| {
        let (slug, phase, late, by) = who;
        let (condition, unaffected, started, ended, next_update, eta, report, credit) = what;
        let (reassures, other, target, seen, lang, ahead) = whither;
        let next_update = next_update * MINUTE;
        Say {
            slug,
            phase,
            late,
            by,
            condition,
            unaffected,
            started,
            ended,
            next_update,
            eta,
            report,
            credit,
            reassures,
            other,
            target,
            seen,
            lang,
            ahead,
        }
    })
}

pub(crate) fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => say().prop_map(Step::Say),
        1 => any::<[bool; 2]>().prop_map(|[files, english]| Step::Site { files, english }),
        1 => any::<[bool; 3]>().prop_map(|operators| Step::Roster { operators }),
        1 => (0..3_usize, proptest::option::of(0..9_u64)).prop_map(|(operator, back)| Step::Remove { operator, back }),
        4 => (0..8 * HOUR).prop_map(|seconds| Step::Pass { seconds }),
        1 => (0..9 * DAY).prop_map(|seconds| Step::Pass { seconds }),
        1 => (0..2 * DAY).prop_map(|seconds| Step::ClockBack { seconds }),
        1 => Just(Step::Rebuild),
    ]
}

/// A station with a history of steps and the accepted updates.
pub(crate) struct Walk {
    pub(crate) harness: Harness,
    pub(crate) logged: Vec<(usize, Id)>,
    number: u64,
    roster: u64,
    size: u64,
    /// The number of refused notes.
    refused: u64,
    /// Operators whose keys were removed: no roster can enrol them again.
    removed: [bool; 3],
}

impl Walk {
    pub(crate) fn begin() -> Self {
        Self {
            harness: Harness::set_up(),
            logged: Vec::new(),
            number: 0,
            roster: 1,
            size: 2,
            refused: 0,
            removed: [false; 3],
        }
    }

    pub(crate) fn take(&mut self, step: &Step) {
        self.number += 1;
        let now = self.harness.now;
        match step {
            Step::Say(say) => {
                let accepted = self.send(&self.note(say));
                if accepted {
                    self.logged.push((say.slug, id(self.number)));
                }
            }
            Step::Site { files, english } => {
                let mut site = site(self.number);
                site.time = time(now);
                site.component.truncate(if *files { 4 } else { 3 });
                site.lang = value(if *english { "en" } else { "de" });
                self.send(&signed(&site.print(), &["dave/root"]));
            }
            Step::Roster { operators } => {
                let all = OPERATORS.into_iter().zip(operators).zip(self.removed);
                let kept = all.filter(|((_, on), removed)| **on && !removed);
                let kept: Vec<_> = kept.map(|((name, _), _)| name).collect();
                let mut roster = roster(self.roster + 1, &kept);
                roster.time = time(now);
                assert!(self.send(&by_carol(&roster.print())), "the next roster is accepted");
                self.roster += 1;
            }
            Step::Remove { operator, back } => {
                let since = back.map(|back| self.size.saturating_sub(back));
                let revocation = revocation(self.number, now, OPERATORS[*operator], since);
                self.removed[*operator] |= self.send(&by_carol(&revocation.print()));
            }
            Step::Pass { seconds } => self.harness.pass(*seconds),
            Step::ClockBack { seconds } => {
                self.harness.now -= seconds;
                self.harness.tick();
            }
            Step::Rebuild => {
                let (station, store) = (&self.harness.station, &mut self.harness.store);
                station.rebuild(store, "another", now, 1).unwrap();
                station.rebuild(store, outband_site::pages::RENDERER, now, 3).unwrap();
            }
        }
    }

    /// Sends a note, and checks that a refused one changed nothing.
    fn send(&mut self, note: &[u8]) -> bool {
        self.harness.now += 1;
        let before = self.harness.dump();
        let reply = self.harness.send(note);
        let accepted = reply.status() == 201;
        if accepted {
            self.size += 1;
        } else {
            assert!(reply.status() < 500, "{}", reply.text());
            assert_eq!(self.harness.dump(), before, "{}", reply.text());
            self.refused += 1;
        }
        accepted
    }

    fn note(&self, say: &Say) -> Vec<u8> {
        let phase = match say.slug {
            3 | 4 => MAINTENANCE[say.phase],
            5 => Phase::Notice,
            _ => INCIDENT[say.phase],
        };
        let at = self.harness.now - say.late * MINUTE;
        let mut logged = update(self.number, at, SLUGS[say.slug], phase);
        logged.drill = (say.slug >= 6).then_some(Yes::Yes);
        logged.body = Some(format!("Update {}.\n", self.number));
        // Targets are updates of the same slug, so that corrections and the like are admitted.
        let mut own = self.logged.iter().filter(|(slug, _)| *slug == say.slug).map(|(_, id)| id.clone());
        let target = say.target.and_then(|(kind, nth)| Some((kind, own.nth(nth % 4)?)));
        if let Some((2, target)) = target {
            logged.translates = Some(target);
            logged.lang = Some(value(LANGS[say.lang.unwrap_or_default()]));
            (logged.next_update, logged.window, logged.drill) = (None, None, None);
            return signed(&logged.print(), &[OPERATORS[say.by]]);
        }
        match target {
            Some((0, id)) => logged.corrects = Some(id),
            Some((_, id)) => logged.retracts = Some(id),
            None => {}
        }
        if let Some((component, condition)) = say.condition {
            logged.affects.push(affects(COMPONENTS[component], Condition::ALL[condition]));
        }
        logged.lang = say.lang.map(|lang| value(LANGS[lang]));
        if let Some(days) = say.ahead.filter(|_| phase == Phase::Scheduled) {
            let begin = at + days * DAY + HOUR;
            logged.window = Some(value(format!("{}/{}", time(begin), time(begin + 2 * HOUR))));
        }
        if say.unaffected {
            logged.unaffected.push(value("voice"));
            logged.affects.retain(|affects| affects.component.as_str() != "voice");
        }
        logged.started = say.started.map(|days| time(at - days * DAY));
        logged.ended = say.ended.then(|| time(at));
        if logged.next_update.is_some() || phase == Phase::Notice {
            logged.next_update = Some(time(at + say.next_update));
        }
        logged.eta = say.eta.map(|minutes| value(format!("{} likely", time(at + minutes * MINUTE))));
        logged.report = say.report.map(|days| value(format!("promised {}", time(at + days * DAY).date())));
        logged.credit =
            say.credit.map(|days| value(format!("not-assessed until {}", time(at + days * DAY).date())));
        if say.reassures {
            logged.data.push(value("loss none"));
        }
        match say.other {
            Some((true, other)) => {
                logged.continues_in = of_same_kind(say.slug, other).map(|other| value(SLUGS[other]));
            }
            Some((false, other)) if other != say.slug => logged.recurrence_of = Some(value(SLUGS[other])),
            _ => {}
        }
        if say.seen {
            let Tree { size, root: Hash(root) } = self.harness.tree();
            logged.seen = Some(Seen { size, root });
        }
        let second = OPERATORS[(say.by + 1) % 3];
        let by = if say.reassures { vec![OPERATORS[say.by], second] } else { vec![OPERATORS[say.by]] };
        signed(&logged.print(), &by)
    }
}

/// Another slug of the same kind as `slug`: an incident can only continue in one of its kind.
fn of_same_kind(slug: usize, nth: usize) -> Option<usize> {
    let kinds = [0..3, 3..5, 5..6, 6..8];
    let mut others = kinds.into_iter().find(|kind| kind.contains(&slug))?.filter(|other| *other != slug);
    let count = others.clone().count();
    (count > 0).then(|| others.nth(nth % count))?
}

/// Each case has many steps, so there are few by default, and more with `PROPTEST_CASES`.
pub(crate) fn config() -> ProptestConfig {
    let config = ProptestConfig::default();
    ProptestConfig { cases: config.cases / 32, max_shrink_iters: 300, ..config }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn after_every_step_the_files_follow_from_the_log(steps in prop::collection::vec(step(), 1..24)) {
        let (mut walk, shapes) = (Walk::begin(), Shapes::load());
        walk.harness.verify_whole();
        for step in &steps {
            walk.take(step);
            walk.harness.settle();
            walk.harness.verify_whole();
            crate::statuspage::holds(&walk.harness, &shapes);
        }
    }

    /// Longer histories, so that lists overflow, months fill and empty, archives are full, and a re-rendering takes
    /// several ticks with notes in between.
    #[test]
    fn after_many_steps_the_files_follow_from_the_log(
        steps in prop::collection::vec(step(), 120..160), drills in 0..30_u64, crowd in 0..120_u64,
    ) {
        let (mut walk, shapes) = (Walk::begin(), Shapes::load());
        for number in 0..drills {
            let mut drill = update(10_000 + number, walk.harness.now, &format!("drill-{number}"), Phase::Investigating);
            drill.drill = Some(Yes::Yes);
            assert!(walk.send(&by_alice(&drill.print())));
        }
        for number in 0..crowd {
            let slug = format!("short-{}", number % 40);
            let mut short = past(20_000 + number, walk.harness.now, &slug);
            short.affects.push(affects(COMPONENTS[number as usize % COMPONENTS.len()], Condition::Partial));
            assert!(walk.send(&signed(&short.print(), &["bob/laptop"])));
        }
        for (n, step) in steps.iter().enumerate() {
            walk.take(step);
            if n % 40 == 39 {
                walk.harness.settle();
                walk.harness.verify_whole();
                crate::statuspage::holds(&walk.harness, &shapes);
            }
        }
        walk.harness.settle();
        walk.harness.verify_whole();
    }
}

/// The strategies above are only useful if most of their updates are admissible.
#[test]
fn most_updates_of_the_steps_are_accepted() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut walk = Walk::begin();
    let (mut corrected, mut retracted, mut translated) = (0, 0, 0);
    for _ in 0..400 {
        let say = say().new_tree(&mut runner).unwrap().current();
        let note = walk.note(&say);
        walk.number += 1;
        walk.take(&Step::Say(say));
        let text = crate::texts::text_of(&note);
        corrected += u32::from(text.contains("\ncorrects: "));
        retracted += u32::from(text.contains("\nretracts: "));
        translated += u32::from(text.contains("\ntranslates: "));
    }
    assert!(walk.refused < 120, "{} of 400 refused", walk.refused);
    assert!(corrected > 20 && retracted > 20 && translated > 20, "{corrected} {retracted} {translated}");
    let months = walk.harness.document(paths::HISTORY_JSON);
    assert!(months["months"].as_array().unwrap().len() >= 2, "{months}");
}
