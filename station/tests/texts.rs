//! Test data: keys with fixed seeds, and texts of every type.

use outband_keys::{KeyKind, KeyName, Note, SecretKey, SignatureLine};
use outband_record::text::{
    Affects, Component, Condition, Id, LeafHash, Origin, Person, Phase, Redaction, Revocation, Roster, Rule,
    RuleName, SingleLine, Site, Slug, Update, Value, Zone,
};
use outband_record::time::Time;

pub(crate) const ORIGIN: &str = "status.example.net";

/// 2013-09-03T11:00:00Z, when the tests begin, in POSIX seconds.
pub(crate) const START: u64 = 1_378_206_000;
pub(crate) const MINUTE: u64 = 60;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// A key of this origin, such as `alice/phone`, whose seed is its name.
pub(crate) fn key(name: &str) -> SecretKey {
    let kind = if name.starts_with("station") { KeyKind::Cosignature } else { KeyKind::Note };
    let mut seed = [b'.'; 32];
    seed[..name.len()].copy_from_slice(name.as_bytes());
    SecretKey::from_seed(KeyName::parse(&format!("{ORIGIN}/{name}")).unwrap(), kind, seed)
}

/// A header line's value, parsed.
pub(crate) fn value<T: Value>(text: impl ToString) -> T {
    let text = text.to_string();
    T::parse(&text).unwrap_or_else(|| panic!("{text:?} is not {}", T::EXPECTED))
}

pub(crate) fn origin() -> Origin {
    value(ORIGIN)
}

/// The id with this number.
pub(crate) fn id(number: u64) -> Id {
    value(format!("{number:032x}"))
}

pub(crate) fn time(posix: u64) -> Time {
    Time::from_posix(posix)
}

/// A note of `text`, signed by the keys with these names.
pub(crate) fn signed(text: &str, by: &[&str]) -> Vec<u8> {
    let lines: Vec<_> = by.iter().map(|name| key(name).sign_note(text).unwrap()).collect();
    composed(text, &lines)
}

/// A note of `text`, signed by an operator.
pub(crate) fn by_alice(text: &str) -> Vec<u8> {
    signed(text, &["alice/phone"])
}

/// A note of `text`, signed by a root.
pub(crate) fn by_carol(text: &str) -> Vec<u8> {
    signed(text, &["carol/root"])
}

/// A note of `text` with these signature lines.
pub(crate) fn composed(text: &str, lines: &[SignatureLine]) -> Vec<u8> {
    Note::compose(text, lines).into_bytes()
}

/// The text of a note, without its signatures.
pub(crate) fn text_of(note: &[u8]) -> String {
    Note::parse(note).unwrap().text().to_owned()
}

/// A roster with two roots, one of which suffices, and these operators. Ids of rosters and sites never equal those of
/// updates, which tests count from 0.
pub(crate) fn roster(number: u64, operators: &[&str]) -> Roster {
    Roster {
        origin: origin(),
        id: id(1_000_000 + number),
        time: time(START),
        number,
        root: vec![key("carol/root").verifier(), key("dave/root").verifier()],
        root_threshold: 1,
        log: key("log1").verifier(),
        continues: None,
        station: vec![key("station1").verifier(), key("station2").verifier()],
        operator: operators.iter().map(|name| key(name).verifier()).collect(),
        person: operators
            .iter()
            .find(|name| name.starts_with("alice/"))
            .map(|_| Person { person: "alice".to_owned(), shown: value("Network operations") })
            .into_iter()
            .collect(),
        // No rule may require more persons than there are.
        rule: (operators.len() > 1)
            .then_some(Rule { name: RuleName::DataNone, persons: 2 })
            .into_iter()
            .collect(),
    }
}

/// A site with three components and a subcomponent.
pub(crate) fn site(number: u64) -> Site {
    let component = |path: &str, name: &str| Component { path: value(path), name: value(name) };
    Site {
        origin: origin(),
        id: id(2_000_000 + number),
        time: time(START),
        name: value(format!("Example Mail {number}")),
        url: value("https://status.example.net"),
        lang: value("en"),
        zone: Zone::utc(),
        contact: Vec::new(),
        link: Vec::new(),
        mirror: Vec::new(),
        cadence: Vec::new(),
        component: vec![
            component("mail", "Mail"),
            component("mail/eu", "Europe"),
            component("voice", "Voice"),
            component("files", "Files"),
        ],
        hint: Vec::new(),
        front: Vec::new(),
        logo: None,
        accent: None,
    }
}

/// An update. It promises the next one an hour later if its phase requires that, and has a window in two hours if it is
/// scheduled.
pub(crate) fn update(number: u64, at: u64, slug: &str, phase: Phase) -> Update {
    let title: SingleLine<120> = value(format!("{phase} of {slug}"));
    let mut update = Update::new(origin(), id(number), time(at), value::<Slug>(slug), phase, title);
    update.next_update = phase.needs_next_update().then(|| time(at + HOUR));
    if phase == Phase::Scheduled {
        update.window = Some(value(format!("{}/{}", time(at + 2 * HOUR), time(at + 3 * HOUR))));
    }
    update
}

/// A notice that is over as soon as it is posted: something past, in a single update.
pub(crate) fn past(number: u64, at: u64, slug: &str) -> Update {
    let mut notice = update(number, at, slug, Phase::Notice);
    notice.ended = Some(time(at));
    notice
}

pub(crate) fn affects(path: &str, condition: Condition) -> Affects {
    Affects { component: value(path), condition }
}

pub(crate) fn revocation(number: u64, at: u64, of: &str, since: Option<u64>) -> Revocation {
    let key = key(of).verifier();
    Revocation { origin: origin(), id: id(3_000_000 + number), time: time(at), key, since }
}

/// A redaction of the update `update`, which is in the entry `entry` with this leaf.
pub(crate) fn redaction(number: u64, at: u64, entry: u64, leaf: &[u8], update: u64) -> Redaction {
    let reason = value("named a customer");
    Redaction {
        origin: origin(),
        id: id(4_000_000 + number),
        time: time(at),
        entry,
        hash: LeafHash(outband_record::log::entry_hash(leaf).0),
        update: id(update),
        incident: None,
        reason,
    }
}
