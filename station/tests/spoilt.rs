//! Invalid notes, at least one for each kind of refusal.

use outband_keys::{KeyKind, KeyName, SecretKey};
use outband_record::text::{Condition, Phase, Roster, Rule, RuleName, Update, Yes};
use outband_station::{MAX_BODY, ProblemType};

use crate::harness::{Harness, OPERATORS};
use crate::texts::{
    DAY, HOUR, MINUTE, ORIGIN, affects, by_alice, by_carol, composed, id, key, redaction, revocation, roster,
    signed, site, time, update, value,
};

/// A note that must be refused.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) note: Vec<u8>,
    pub(crate) problem: ProblemType,
    /// Text that the detail must contain.
    pub(crate) says: &'static str,
    pub(crate) line: Option<u64>,
    pub(crate) value: Option<&'static str>,
}

/// A note that is refused as `problem`, with a detail that contains `says`.
pub(crate) fn row(name: &'static str, note: Vec<u8>, problem: ProblemType, says: &'static str) -> Row {
    Row { name, note, problem, says, line: None, value: None }
}

impl Row {
    /// The problem must name this line of the note.
    fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The problem must name this value.
    fn value(mut self, value: &'static str) -> Self {
        self.value = Some(value);
        self
    }
}

/// A site with an incident, a maintenance and a drill, in which erin's key was revoked and frank's was dropped.
///
/// Entries: 0 and 1 roster and site, 2 `core`, 3 its translation, 4 `upgrade`, 5 the drill `fire`, 6 the removal,
/// 7 a roster with frank, 8 one without.
pub(crate) fn harness() -> Harness {
    let mut harness = Harness::set_up();
    let now = harness.now;
    harness.accept(&by_alice(&update(1, now, "core", Phase::Investigating).print()));
    let mut translation = update(2, now, "core", Phase::Investigating);
    (translation.next_update, translation.lang, translation.translates) =
        (None, Some(value("de")), Some(id(1)));
    harness.accept(&by_alice(&translation.print()));
    harness.accept(&signed(&update(3, now, "upgrade", Phase::Scheduled).print(), &["bob/laptop"]));
    let mut drill = update(4, now, "fire", Phase::Investigating);
    drill.drill = Some(Yes::Yes);
    harness.accept(&by_alice(&drill.print()));
    harness.accept(&signed(&revocation(1, now, "erin/phone", None).print(), &["dave/root"]));
    let [alice, bob, _] = OPERATORS;
    harness.accept(&by_carol(&later(roster(2, &[alice, bob, "frank/phone"])).print()));
    harness.accept(&by_carol(&later(roster(3, &[alice, bob])).print()));
    harness
}

/// Rosters of `harness` from the second one on require two persons for a retraction.
fn later(mut roster: Roster) -> Roster {
    roster.rule.push(Rule { name: RuleName::Retract, persons: 2 });
    roster
}

/// A valid update of `core`, changed by `spoil`.
pub(crate) fn core(spoil: impl FnOnce(&mut Update)) -> String {
    let mut update = update(100, crate::texts::START, "core", Phase::Identified);
    update.affects.push(affects("mail", Condition::Partial));
    spoil(&mut update);
    update.print()
}

/// The text of a valid update of `core`, with a change that the printer would not make.
fn respelt(from: &str, to: &str) -> String {
    let text = core(|_| {});
    assert!(text.contains(from), "{from:?} is not in {text}");
    text.replacen(from, to, 1)
}

fn changed(note: &[u8], change: impl FnOnce(String) -> String) -> Vec<u8> {
    change(String::from_utf8(note.to_vec()).unwrap()).into_bytes()
}

/// How to send a note intact.
const SEND: &str = ": `curl --data-binary @note.txt https://status.example.net/notes`. Nothing was stored.";
/// How to have a text tidied.
const TIDY: &str =
    "`curl --data-binary @note.txt https://status.example.net/notes/check` is the text without it";

/// Malformed notes and texts.
fn form() -> Vec<Row> {
    let good = by_alice(&core(|_| {}));
    let text = |from: &str, to: &str| by_alice(&respelt(from, to));
    let raw = |from: &str, to: &str| changed(&good, |note| note.replacen(from, to, 1));
    let mut long = core(|_| {});
    while long.len() <= MAX_BODY {
        long.push_str("\nMore and more.\n");
    }
    let too_long = [long.as_bytes(), b"\n\xe2\x80\x94 a b\n"].concat();
    let twice = changed(&good, |note| {
        let (_, line) = note.split_once("\n\n").unwrap();
        format!("{note}{line}")
    });
    let lines: Vec<_> =
        (0..17).map(|n| key(&format!("p{n}/phone")).sign_note(&core(|_| {})).unwrap()).collect();
    let utf16 = String::from_utf8(good.clone()).unwrap();
    let utf16 = utf16.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let unpadded = changed(&good, |note| note.trim_end().to_owned() + "A\n");
    vec![
        row("not UTF-8", [b"outband \xff", good.as_slice()].concat(), ProblemType::NotUtf8, "byte 8"),
        row("a tab", raw("title: ", "title:\t"), ProblemType::BadCharacter, "U+0009").line(7),
        row("a Windows line end", raw("\n", "\r\n"), ProblemType::Damaged, TIDY).line(1),
        row("UTF-16", utf16, ProblemType::Damaged, TIDY),
        row("lost line breaks", changed(&good, |n| n.replace('\n', "")), ProblemType::Damaged, SEND),
        row(
            "a bidirectional override",
            raw("of core", "of \u{202e}core"),
            ProblemType::BadCharacter,
            "U+202E",
        )
        .line(7),
        row("an isolate", raw("of core", "of \u{2066}core"), ProblemType::BadCharacter, "U+2066").line(7),
        row("over 16 KiB", too_long, ProblemType::TooLarge, "at most 16384"),
        row("no signature", core(|_| {}).into_bytes(), ProblemType::NoSignature, "not signed"),
        row("nothing", Vec::new(), ProblemType::NoSignature, "not signed"),
        row(
            "17 signatures",
            composed(&core(|_| {}), &lines),
            ProblemType::TooManySignatures,
            "17 signatures",
        ),
        row("two signatures by one key", twice, ProblemType::DuplicateSignature, "each key signs once")
            .line(12),
        row("base64 that is not canonical", unpadded, ProblemType::BadBase64, "canonical base64").line(11),
        row(
            "a malformed signature line",
            raw("\n— ", "\n— — "),
            ProblemType::BadSignatureLine,
            "signature line",
        )
        .line(11),
        row("no final newline", good[..good.len() - 1].to_vec(), ProblemType::Damaged, SEND),
        row("no empty line", raw("\n\n", "\n"), ProblemType::BadNote, "no empty line"),
        row("another type", text("update v1", "update v2"), ProblemType::UnknownType, "outband update v1")
            .line(1),
        row("no header", text("title: ", "title "), ProblemType::NotAHeader, "name: value").line(7),
        row("an unknown header", text("title: ", "titel: "), ProblemType::UnknownHeader, "titel")
            .line(7)
            .value("titel"),
        row("a header in capitals", text("phase: ", "Phase: "), ProblemType::UnknownHeader, "Phase").line(6),
        row(
            "wrong order",
            text(
                "phase: identified\ntitle: identified of core\n",
                "title: identified of core\nphase: identified\n",
            ),
            ProblemType::WrongOrder,
            "order",
        )
        .line(7),
        row(
            "a duplicate line",
            text("phase: ", "phase: resolved\nphase: "),
            ProblemType::DuplicateLine,
            "phase",
        )
        .line(7),
        row(
            "a repeated value",
            text("affects: mail partial\n", "affects: mail partial\naffects: mail outage\n"),
            ProblemType::RepeatedValue,
            "mail",
        )
        .line(9),
        row(
            "no next-update",
            by_alice(&core(|u| u.next_update = None)),
            ProblemType::MissingLine,
            "promise a time",
        )
        .line(9),
        row("no title", text("title: identified of core\n", ""), ProblemType::MissingLine, "title").line(7),
        row(
            "a window in an incident",
            text("next-update", "window: 2013-09-04T00:00:00Z/2013-09-05T00:00:00Z\nnext-update"),
            ProblemType::ForbiddenLine,
            "maintenance",
        )
        .line(9),
        row("an empty value", text("affects: mail partial", "summary: "), ProblemType::NotAHeader, "value")
            .line(8),
        row("a time with an offset", text("00Z", "00+00:00"), ProblemType::BadValue, "UTC time").line(4),
        row("a time with a fraction", text("00Z", "00.0Z"), ProblemType::BadValue, "UTC time").line(4),
        row(
            "a component in capitals",
            text("mail partial", "Mail partial"),
            ProblemType::BadValue,
            "component path",
        )
        .line(8),
        row("an unknown condition", text("mail partial", "mail down"), ProblemType::BadValue, "degraded")
            .value("mail down"),
        row("a number with a zero", by_alice(&seen("05")), ProblemType::BadValue, "size and its root")
            .line(5),
        row(
            "a hash that is not canonical",
            by_alice(&seen("5").replace("A=", "B=")),
            ProblemType::BadValue,
            "base64",
        )
        .line(5),
        row(
            "a roster number with a plus",
            by_carol(&roster(4, &[]).print().replace("number: 4", "number: +4")),
            ProblemType::BadValue,
            "leading zeros",
        ),
        row("an empty body", by_alice(&(core(|_| {}) + "\n")), ProblemType::BadBody, "empty"),
        row(
            "a body in a revocation",
            by_carol(&(erin(None) + "\nBecause.\n")),
            ProblemType::BadBody,
            "absent",
        ),
        row("a byte order mark", raw("title: ", "title: \u{feff}"), ProblemType::BadCharacter, "U+FEFF")
            .line(7),
        row(
            "an invisible title",
            text("title: identified of core", "title: \u{200b}"),
            ProblemType::BadValue,
            "to see",
        )
        .line(7),
    ]
}

/// A revocation of a key that is already revoked.
fn erin(since: Option<u64>) -> String {
    revocation(2, crate::texts::START, "erin/phone", since).print()
}

/// A text whose author saw `size` entries of a log with an all-zero root hash.
fn seen(size: &str) -> String {
    let root = "A".repeat(43) + "=";
    respelt("incident: ", &format!("seen: {size} {root}\nincident: "))
}

/// Faulty signatures, and signers without the required rights.
fn authority() -> Vec<Row> {
    let good = by_alice(&core(|_| {}));
    let now = crate::texts::START;
    let kept = [OPERATORS[0], OPERATORS[1]];
    let roster = |number| later(roster(number, &kept));
    let mallory = {
        let name = KeyName::parse(&format!("{ORIGIN}/alice/phone")).unwrap();
        SecretKey::from_seed(name, KeyKind::Note, [9; 32]).sign_note(&core(|_| {})).unwrap()
    };
    let receipt = |text: &str| key("station2").receipt(text, now).unwrap();
    let forged = {
        let line = key("alice/phone").sign_note(&core(|_| {})).unwrap();
        composed(&core(|_| {}), &[line, receipt("another text\n")])
    };
    let retraction = core(|u| u.retracts = Some(id(1)));
    let correction = core(|u| u.corrects = Some(id(1)));
    let reassurance = core(|u| u.data.push(value("loss none")));
    let mut other_log = roster(4);
    other_log.log = key("log2").verifier();
    let mut no_station = roster(4);
    no_station.station.remove(0);
    let station2_dropped = {
        let mut roster = roster(4);
        roster.station.remove(1);
        let text = roster.print();
        composed(&text, &[key("carol/root").sign_note(&text).unwrap(), receipt(&text)])
    };
    let mut old = roster(3);
    old.id = id(56);
    let root = revocation(3, now, "dave/root", None).print();
    let stranger = revocation(4, now, "mallory/phone", None).print();
    let bob = revocation(5, now, "bob/laptop", None).print();
    let bob_beyond = revocation(6, now, "bob/laptop", Some(100)).print();
    let site_by_bob = site(7).print();
    vec![
        row(
            "an unknown signer",
            signed(&core(|_| {}), &["mallory/phone"]),
            ProblemType::UnknownSigner,
            "mallory/phone",
        ),
        row(
            "another key of a known name",
            composed(&core(|_| {}), &[mallory]),
            ProblemType::UnknownSigner,
            "enrolled",
        ),
        row("an update by a root", by_carol(&core(|_| {})), ProblemType::UnknownSigner, "carol/root"),
        row("a roster by an operator", by_alice(&roster(4).print()), ProblemType::UnknownSigner, "a root"),
        row("a revocation by another operator", by_alice(&bob), ProblemType::UnknownSigner, "alice/phone"),
        row(
            "a site note by an operator",
            signed(&site_by_bob, &["bob/laptop"]),
            ProblemType::UnknownSigner,
            "bob/laptop",
        ),
        row(
            "a revoked signer",
            signed(&core(|_| {}), &["erin/phone"]),
            ProblemType::RevokedSigner,
            "entry 6",
        ),
        row(
            "a dropped signer",
            signed(&core(|_| {}), &["frank/phone"]),
            ProblemType::RevokedSigner,
            "entry 8",
        ),
        row(
            "an altered text",
            changed(&good, |n| n.replace("partial", "degraded")),
            ProblemType::BadSignature,
            "altered",
        ),
        row(
            "a root's signature of another text on an update",
            composed(
                &core(|_| {}),
                &[
                    key("alice/phone").sign_note(&core(|_| {})).unwrap(),
                    key("carol/root").sign_note("Another text.\n").unwrap(),
                ],
            ),
            ProblemType::BadSignature,
            "carol/root",
        ),
        row("a receipt of another text", forged, ProblemType::BadReceipt, "station2"),
        row("a retraction by one", by_alice(&retraction), ProblemType::TooFewPersons, "2 of the operators")
            .value("1"),
        row("a correction by one", by_alice(&correction), ProblemType::TooFewPersons, "2 of the operators")
            .value("1"),
        row(
            "an all-clear for the data by one",
            by_alice(&reassurance),
            ProblemType::TooFewPersons,
            "no data came to harm",
        ),
        row("a skipped roster", by_carol(&roster(5).print()), ProblemType::RosterNumber, "number 4")
            .value("5"),
        row("an old roster", by_carol(&old.print()), ProblemType::RosterNumber, "number 4").value("3"),
        row(
            "a roster with a removed key",
            by_carol(&later(crate::texts::roster(4, &OPERATORS)).print()),
            ProblemType::RemovedKey,
            "entry 6",
        )
        .line(14),
        row("another log key", by_carol(&other_log.print()), ProblemType::OtherLogKey, "log line"),
        row(
            "a roster without this station",
            by_carol(&no_station.print()),
            ProblemType::OtherStationKey,
            "station1",
        ),
        row("a revocation of a root", by_carol(&root), ProblemType::RevokesRoot, "a new roster"),
        row("a revocation of an unknown key", by_carol(&stranger), ProblemType::NotEnrolled, "mallory/phone"),
        row("a second revocation", by_carol(&erin(None)), ProblemType::NotEnrolled, "erin/phone"),
        row("since beyond the log", by_carol(&bob_beyond), ProblemType::SinceBeyond, "100").value("100"),
        row(
            "a redaction beyond the log",
            by_carol(&redaction(2, now, 9, b"", 1).print()),
            ProblemType::EntryBeyond,
            "the log's 9 entries",
        )
        .value("9"),
        row(
            "the station of a receipt is dropped",
            station2_dropped,
            ProblemType::OtherStationKey,
            "station2",
        ),
        row(
            "a redaction of the site note",
            by_carol(&redaction(1, now, 1, b"", 1).print()),
            ProblemType::NotRedactable,
            "is not an update",
        ),
    ]
}

/// Faulty content, judged by the log before it.
fn meaning() -> Vec<Row> {
    let now = crate::texts::START;
    let logged = |spoil: &dyn Fn(&mut Update)| by_alice(&core(|u| spoil(u)));
    let drill = |u: &mut Update| u.drill = Some(Yes::Yes);
    let other_slug = |slug: &'static str, phase| by_alice(&update(101, now, slug, phase).print());
    let future = time(now + 10 * MINUTE + 1);
    let late = |u: &mut Update| {
        u.time = time(now - HOUR);
        (u.submit_by, u.next_update) = (Some(time(now - 1)), Some(time(now)));
    };
    let translation = |u: &mut Update, of: u64| {
        (u.next_update, u.affects, u.lang) = (None, Vec::new(), Some(value("de")));
        u.translates = Some(id(of));
    };
    let signed_by_two = |text: String| signed(&text, &["alice/phone", "bob/laptop"]);
    let corrects = |target| signed_by_two(core(|u| u.corrects = Some(id(target))));
    let continues_in = |slug: &str| logged(&|u| u.continues_in = Some(value(slug)));
    vec![
        row(
            "another origin",
            by_alice(&respelt(ORIGIN, "status.example.org")),
            ProblemType::WrongOrigin,
            ORIGIN,
        )
        .line(2),
        row(
            "from the future",
            logged(&|u| (u.time, u.next_update) = (future, Some(time(now + DAY)))),
            ProblemType::TimeInFuture,
            "601 seconds ahead",
        ),
        row("past its submit-by", logged(&late), ProblemType::PastSubmitBy, "sign it again")
            .value("2013-09-03T10:59:59Z"),
        row(
            "an unknown component",
            logged(&|u| u.affects.push(affects("mail/us", Condition::Outage))),
            ProblemType::UnknownComponent,
            "mail, mail/eu, voice, files",
        )
        .line(9)
        .value("mail/us"),
        row(
            "an unknown component is unaffected",
            logged(&|u| u.unaffected.push(value("fax"))),
            ProblemType::UnknownComponent,
            "fax",
        ),
        row(
            "a maintenance phase for an incident",
            other_slug("core", Phase::InProgress),
            ProblemType::OtherKind,
            "core is of the kind incident",
        ),
        row(
            "an incident phase for a maintenance",
            other_slug("upgrade", Phase::Resolved),
            ProblemType::OtherKind,
            "use a phase of the kind maintenance",
        ),
        row(
            "a notice for an incident",
            other_slug("core", Phase::Notice),
            ProblemType::OtherKind,
            "another slug",
        ),
        row("a drill among real updates", logged(&drill), ProblemType::DrillMixed, "never share a slug"),
        row(
            "a real update in a drill",
            other_slug("fire", Phase::Identified),
            ProblemType::DrillMixed,
            "fire is a drill",
        ),
        row("a reused id", logged(&|u| u.id = id(1)), ProblemType::ReusedId, "entry 2 has the same id"),
        row("corrects nothing", corrects(55), ProblemType::UnknownUpdate, "corrects line"),
        row("corrects a translation", corrects(2), ProblemType::UnknownUpdate, "translation"),
        row("corrects another incident's update", corrects(3), ProblemType::UnknownUpdate, "core"),
        row(
            "retracts nothing",
            signed_by_two(core(|u| u.retracts = Some(id(55)))),
            ProblemType::UnknownUpdate,
            "retracts line",
        ),
        row(
            "translates nothing",
            logged(&|u| translation(u, 55)),
            ProblemType::UnknownUpdate,
            "translates line",
        ),
        row(
            "the end of something that never began",
            other_slug("edge", Phase::Resolved),
            ProblemType::UnknownIncident,
            "send the first update first",
        )
        .line(5)
        .value("edge"),
        row(
            "recurrence of an unknown incident",
            logged(&|u| u.recurrence_of = Some(value("edge"))),
            ProblemType::UnknownIncident,
            "which is not in this log",
        ),
        row(
            "continues in an unknown incident",
            continues_in("edge"),
            ProblemType::UnknownIncident,
            "which is not in this log",
        ),
        row("continues in a drill", continues_in("fire"), ProblemType::UnknownIncident, "a drill"),
        row(
            "continues in a maintenance",
            continues_in("upgrade"),
            ProblemType::OtherKind,
            "name one of the kind incident",
        ),
        row("has seen more", by_alice(&seen("10")), ProblemType::Behind, "has only 9").value("10"),
        row("has seen another log", by_alice(&seen("5")), ProblemType::OtherHistory, "first 5 entries"),
    ]
}

/// All rows, for [`harness`].
pub(crate) fn rows() -> Vec<Row> {
    form().into_iter().chain(authority()).chain(meaning()).collect()
}
