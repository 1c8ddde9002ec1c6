//! What a second station accepts is shown at once, passed on, and the same everywhere once the log has it.

use outband_keys::Note;
use outband_record::log;
use outband_record::text::Phase;
use outband_site::paths;
use outband_station::verify::{Log, Source, SourceError};
use outband_station::{MemoryStore, Outcome, ProblemType, Request, Station};
use proptest::prelude::*;

use crate::harness::{Harness, Reply};
use crate::steps::config;
use crate::texts::{HOUR, MINUTE, ORIGIN, by_alice, by_carol, id, key, revocation, signed, site, update};

/// A second station, with its store.
pub(crate) struct Second {
    pub(crate) station: Station,
    pub(crate) store: MemoryStore,
    pub(crate) now: u64,
}

impl Second {
    pub(crate) fn of(primary: &Harness) -> Self {
        let roots = ["carol/root", "dave/root"].map(|name| key(name).verifier().to_string()).join(" ");
        let station = Station::second(Some(ORIGIN), Some(&roots), Some(&key("station2").encode())).unwrap();
        let mut second = Self { station, store: MemoryStore::default(), now: primary.now };
        second.follow(primary);
        second
    }

    pub(crate) fn follow(&mut self, primary: &Harness) {
        self.station.follow(primary, &mut self.store, self.now).unwrap();
    }

    fn send(&mut self, note: &[u8]) -> Reply {
        let request =
            Request { method: "POST".into(), path: "/notes".into(), headers: vec![], body: note.into() };
        let handled = self.station.handle(&mut self.store, &request, self.now);
        assert_eq!(handled.outcome == Some(Outcome::Held), handled.response.status == 202);
        Reply(handled.response)
    }

    fn hold(&mut self, note: &[u8]) -> Reply {
        let reply = self.send(note);
        assert_eq!(reply.status(), 202, "{}", reply.text());
        reply
    }

    fn get(&self, path: &str) -> Reply {
        let request = Request { method: "GET".into(), path: path.into(), headers: vec![], body: Vec::new() };
        Reply(self.station.answer(&self.store, &request, self.now))
    }

    /// Passes everything on, and reads the log again.
    fn heal(&mut self, primary: &mut Harness) {
        for note in self.station.to_pass_on(&self.store).unwrap() {
            let reply = primary.send(&note);
            if reply.status() >= 400 {
                let problem = ProblemType::named(&reply.problem()).unwrap();
                self.station.was_refused(&mut self.store, &note, problem).unwrap();
            }
        }
        self.follow(primary);
    }
}

fn note(number: u64, at: u64, slug: &str, phase: Phase) -> Vec<u8> {
    by_alice(&update(number, at, slug, phase).print())
}

#[test]
fn an_update_is_shown_at_once_and_marked_until_the_log_has_it() {
    let mut primary = Harness::set_up();
    let mut second = Second::of(&primary);
    second.now += MINUTE;
    let reply = second.hold(&note(1, second.now, "core", Phase::Investigating));
    let answer = reply.json();
    assert!(answer.get("index").is_none() && answer.get("entry").is_none(), "{answer}");
    assert_eq!(reply.header("location"), Some("/incidents/core"));
    assert!(answer["remark"].as_str().unwrap().starts_with("signed, not yet in the log"), "{answer}");
    assert!(answer["receipt"].as_str().unwrap().contains("/station2 "), "{answer}");
    let page = second.get("/incidents/core").text();
    assert!(page.contains("investigating of core") && page.contains("not yet in the log"), "{page}");
    for path in [paths::INDEX, paths::STATUS_TXT, paths::ATOM, paths::STATUS_JSON] {
        assert!(second.get(path).text().contains("investigating of core"), "{path}");
    }
    assert!(second.get(paths::STATUS_TXT).text().contains("\nThis update is not yet in the log\n"));
    // The log itself is the first station's.
    assert_eq!(second.get(&log::note_path(2)).status(), 404);
    let pending = second.get(paths::PENDING_JSON).json();
    assert_eq!(pending["pending"].as_array().unwrap().len(), 1);

    let again = second.hold(&note(1, second.now, "core", Phase::Investigating));
    assert_eq!(again.json()["receipt"], answer["receipt"]);

    primary.now = second.now + HOUR;
    second.now = primary.now;
    second.heal(&mut primary);
    let page = second.get("/incidents/core").text();
    assert!(!page.contains("not yet in the log"), "{page}");
    assert!(!second.get(paths::STATUS_TXT).text().contains("not yet in the log"));
    let entry = primary.get(&log::note_path(2)).text();
    assert!(entry.contains("/station2 ") && entry.contains("/station1 "), "{entry}");
    // It counts as received when the second station received it.
    let received = answer["received"].as_str().unwrap();
    assert!(primary.get("/data/incidents/core.json").text().contains(received));
    assert_eq!(second.get(paths::PENDING_JSON).status(), 404);
    assert_healed(&mut primary, &mut second);
    assert_eq!(second.send(&note(1, second.now - HOUR, "core", Phase::Investigating)).status(), 200);
}

/// Both have the same files, and nothing is left of what waited.
#[track_caller]
fn assert_healed(primary: &mut Harness, second: &mut Second) {
    let now = primary.now.max(second.now);
    let stored = primary.station.stored_time(&primary.store).unwrap();
    let other = second.station.stored_time(&second.store).unwrap();
    (primary.now, second.now) = (now.max(stored).max(other), now.max(stored).max(other));
    primary.tick();
    primary.settle();
    second.station.tick(&mut second.store, second.now).unwrap();
    let own = [paths::CHECKPOINT, paths::PENDING_JSON, "+"];
    let theirs: Vec<_> = primary.store.files().filter(|file| file.path != paths::CHECKPOINT).collect();
    let ours: Vec<_> = second.store.files().filter(|file| !own.contains(&file.path.as_str())).collect();
    let names =
        |files: &[&outband_station::File]| files.iter().map(|file| file.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&theirs), names(&ours));
    for (theirs, ours) in theirs.iter().zip(&ours) {
        let shown = [theirs, ours].map(|file| String::from_utf8_lossy(&file.body).into_owned());
        assert!(theirs.body == ours.body, "{}\n{}\n{}", theirs.path, shown[0], shown[1]);
    }
    primary.verify_whole();
}

#[test]
fn only_updates_that_the_log_would_take_are_held() {
    let mut primary = Harness::set_up();
    primary.accept(&note(1, primary.now, "core", Phase::Investigating));
    let mut second = Second::of(&primary);
    second.hold(&note(2, second.now, "edge", Phase::Investigating));
    let before = second.store.clone();
    let at = second.now;
    let cases = [
        (by_carol(&site(2).print()), ProblemType::Behind),
        (
            signed(&update(3, at, "core", Phase::Identified).print(), &["mallory/phone"]),
            ProblemType::UnknownSigner,
        ),
        (note(4, at, "nothing", Phase::Resolved), ProblemType::UnknownIncident),
        (note(5, at + HOUR, "core", Phase::Identified), ProblemType::TimeInFuture),
        (note(1, at, "other", Phase::Investigating), ProblemType::ReusedId),
        (note(2, at, "other", Phase::Investigating), ProblemType::ReusedId),
        (b"nonsense\n".to_vec(), ProblemType::NoSignature),
    ];
    for (note, problem) in cases {
        let reply = second.send(&note);
        assert_eq!(reply.problem(), problem.as_str(), "{}", reply.text());
    }
    let same = |one: &MemoryStore, other: &MemoryStore| one.files().eq(other.files());
    assert!(same(&second.store, &before), "nothing refused leaves a trace");
    // What waits can be referred to.
    second.hold(&note(6, at, "edge", Phase::Resolved));
}

#[test]
fn what_the_first_station_refuses_stays_visible_and_changes_nothing() {
    let mut primary = Harness::set_up();
    let mut second = Second::of(&primary);
    // Its author's key is revoked meanwhile.
    second.hold(&note(1, second.now, "core", Phase::Investigating));
    primary.accept(&by_carol(&revocation(9, primary.now, "alice/phone", None).print()));
    second.heal(&mut primary);
    let pending = second.get(paths::PENDING_JSON).json();
    assert_eq!(pending["pending"][0]["refused"], "removed-signer");
    assert!(second.station.to_pass_on(&second.store).unwrap().is_empty());
    assert_eq!(second.get("/incidents/core").status(), 404);
    let index = second.get(paths::INDEX).text();
    assert!(index.contains("not taken by the log") && index.contains("investigating of core"), "{index}");
    assert!(index.contains("removed signer"), "{index}");
    let text = second.get(paths::STATUS_TXT).text();
    assert!(
        text.contains("\nSigned, but not taken by the log\ninvestigating of core: removed signer\n"),
        "{text}"
    );
    // Sent again, it is refused again.
    let again = second.send(&note(1, second.now, "core", Phase::Investigating));
    assert_eq!(again.problem(), "removed-signer");
    assert_eq!(second.get(paths::PENDING_JSON).json()["pending"].as_array().unwrap().len(), 1);
}

/// A copy with one file of its own.
struct With<'h>(&'h Harness, &'static str, Vec<u8>);

impl Source for With<'_> {
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        if path == self.1 { Ok(Some(self.2.clone())) } else { self.0.read(path) }
    }

    fn names(&self) -> Result<Option<Vec<String>>, SourceError> {
        Ok(None)
    }
}

/// What a hostile copy lists changes nothing of what is expected of its pages.
#[test]
fn what_nobody_signed_is_shown_by_no_proven_page() {
    let mut primary = Harness::set_up();
    primary.accept(&note(1, primary.now, "core", Phase::Investigating));
    let mut second = Second::of(&primary);
    second.hold(&note(2, second.now, "edge", Phase::Investigating));
    let held = second.get(paths::PENDING_JSON).json()["pending"][0]["note"].as_str().unwrap().to_owned();
    let logged = primary.get(&log::note_path(2)).text();
    let unsigned = update(3, primary.now, "edge", Phase::Investigating).print();
    let stranger = signed(&unsigned, &["mallory/phone"]);
    let unreceived = note(3, primary.now, "edge", Phase::Investigating);
    let [stranger, unreceived] = [stranger, unreceived].map(|note| String::from_utf8(note).unwrap());
    let pending = |note: &str, refused: Option<&str>| {
        let document = serde_json::json!({"v": 1, "pending": [{"note": note, "refused": refused}]});
        let copy = With(&primary, paths::PENDING_JSON, document.to_string().into_bytes());
        let scratch = MemoryStore::default();
        let mut proven = Log::read(&copy, None).unwrap().prove(&scratch, &mut |_| true).unwrap();
        proven.add_pending(&copy).unwrap()
    };
    for refused in [None, Some("bad-clock"), Some("time-in-future")] {
        for note in [&stranger, &unreceived, &logged] {
            assert_eq!(pending(note, refused), 0, "{refused:?} {note}");
        }
    }
    assert_eq!(pending(&held, None), 1);
    assert_eq!(pending(&held, Some("time-in-future")), 1);
    assert_eq!(pending(&held, Some("All is well")), 0);
}

/// What is acknowledged can be passed on: with the receipt, it is still a note.
#[test]
fn a_note_that_the_receipt_makes_too_long_is_not_held() {
    let primary = Harness::set_up();
    let mut second = Second::of(&primary);
    let long = |bytes: usize| {
        let mut long = update(1, second.now, "core", Phase::Investigating);
        long.body = Some(format!("{}\n", "x".repeat(bytes)));
        by_alice(&long.print())
    };
    let fits = (15_000..16_000).rev().find(|bytes| Note::parse(&long(*bytes)).is_ok()).unwrap();
    let (too_long, shorter) = (long(fits), long(fits - 300));
    assert_eq!(second.send(&too_long).problem(), "too-large");
    second.hold(&shorter);
}

#[test]
fn a_restarted_second_station_has_what_it_acknowledged() {
    let mut primary = Harness::set_up();
    let mut second = Second::of(&primary);
    second.hold(&note(1, second.now, "core", Phase::Investigating));
    let mut restarted = Second { store: second.store.clone(), ..Second::of(&primary) };
    restarted.heal(&mut primary);
    assert_healed(&mut primary, &mut restarted);
}

/// What happens at the two stations.
#[derive(Clone, Debug)]
enum Event {
    /// An update is posted at the second station, or else at the first, or at both.
    Post {
        at: Post,
        slug: usize,
        phase: usize,
        late: u64,
    },
    /// The first one's clock and the second one's go on by this much.
    Pass(u64, u64),
    /// The second station reads the log, but passes nothing on: its requests are lost.
    Read,
    /// What waits is passed on, but the answers are lost; then nothing more is read.
    Send,
    Heal,
    Restart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Post {
    First,
    Second,
    Both,
}

fn event() -> impl Strategy<Value = Event> {
    let at = prop_oneof![2 => Just(Post::Second), 2 => Just(Post::First), 1 => Just(Post::Both)];
    prop_oneof![
        8 => (at, 0..3_usize, 0..4_usize, prop_oneof![3 => Just(0), 1 => 0..90_u64])
            .prop_map(|(at, slug, phase, late)| Event::Post { at, slug, phase, late }),
        3 => (0..3 * HOUR, 0..3 * HOUR).prop_map(|(one, other)| Event::Pass(one, other)),
        1 => Just(Event::Read),
        1 => Just(Event::Send),
        1 => Just(Event::Heal),
        1 => Just(Event::Restart),
    ]
}

const PHASES: [Phase; 4] = [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved];

proptest! {
    #![proptest_config(config())]

    /// Whatever is posted where, in whatever order, and whatever is lost on the way: after healing, the files are the
    /// same, and the log has every update that was acknowledged, unless it refused it.
    #[test]
    fn after_healing_both_stations_have_the_same_files(events in prop::collection::vec(event(), 1..40)) {
        let mut primary = Harness::set_up();
        let mut second = Second::of(&primary);
        let mut acknowledged = Vec::new();
        for (number, event) in (0..).zip(&events) {
            match event {
                Event::Post { at, slug, phase, late } => {
                    let clock = if *at == Post::First { primary.now } else { second.now };
                    let note = note(number, clock - late * MINUTE, ["core", "edge", "disk"][*slug], PHASES[*phase]);
                    let mut accepted = false;
                    if *at != Post::First {
                        accepted |= [200, 202].contains(&second.send(&note).status());
                    }
                    if *at != Post::Second {
                        accepted |= primary.send(&note).status() == 201;
                    }
                    if accepted {
                        acknowledged.push(number);
                    }
                }
                Event::Pass(one, other) => {
                    primary.pass(*one);
                    second.now += other;
                    second.station.tick(&mut second.store, second.now).unwrap();
                }
                Event::Read => second.follow(&primary),
                Event::Send => {
                    for note in second.station.to_pass_on(&second.store).unwrap() {
                        primary.send(&note);
                    }
                }
                Event::Heal => second.heal(&mut primary),
                Event::Restart => second = Second { store: second.store.clone(), now: second.now, ..Second::of(&primary) },
            }
        }
        second.heal(&mut primary);
        let refused = second.get(paths::PENDING_JSON);
        let refused = if refused.status() == 200 { refused.text() } else { String::new() };
        for number in acknowledged {
            let id = id(number);
            let logged = primary.get(&paths::note_json(&id)).status() == 200;
            prop_assert!(logged || refused.contains(id.as_str()), "{id} is lost");
        }
        if !refused.contains("\"refused\"") {
            assert_healed(&mut primary, &mut second);
        }
    }
}
