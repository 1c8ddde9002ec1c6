//! Refusals: each says why, and stores nothing.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use outband_keys::{KeyKind, SecretKey};
use outband_record::log::{Hash, entry_hash, hash_text};
use outband_station::ProblemType;

use super::survive::edit;
use crate::author::{Author, ORIGIN, in_seconds, now, sign};
use crate::http::Answer;
use crate::proof::prove;
use crate::session::Session;

pub(super) fn every_refusal(session: &mut Session<'_>) -> Result<()> {
    let Session { author, client, .. } = &*session;
    let roster = author.roster_with("person: alice Network operations\nrule: retract 2\n");
    session.accept(&sign(&roster, &[&author.carol])?)?;
    session.accept(&sign(&author.site(), &[&author.carol])?)?;
    let first = author.investigating("outage");
    session.publish(&first)?;
    let lines =
        format!("phase: investigating\ntitle: A drill\nnext-update: {}\ndrill: yes\n", in_seconds(1800));
    session.publish(&author.update("practice", &lines))?;
    session.publish(&author.investigating("over"))?;
    session.publish(&author.update("over", "phase: resolved\ntitle: It was short\n"))?;
    let remove = format!("{}key: {}\n", author.begin("removal", now()), author.bob.verifier());
    session.accept(&sign(&remove, &[&author.carol])?)?;
    let id = id_of(&first)?;
    let gone = author.investigating("gone");
    let entry = session.publish(&gone)?.index;
    let hash = hash_text(&entry_hash(&session.get(&format!("/log/{entry}.note"))?.body));
    let id_gone = id_of(&gone)?;
    let lines = format!("entry: {entry}\nhash: {hash}\nupdate: {id_gone}\nreason: named a customer\n");
    session.accept(&sign(&format!("{}{lines}", author.begin("redaction", now())), &[&author.carol])?)?;

    let before = session.checkpoint()?.tree;
    let mut refusals = of_notes(author)?;
    refusals.extend(of_texts(author)?);
    refusals.extend(of_signers(author, id)?);
    refusals.extend(of_meaning(author, id)?);
    refusals.push(refusal(ProblemType::Redacted, sign(&gone, &[&author.alice])?).line(3));
    for Refusal { kind, note, names, .. } in &refusals {
        let answer = client.post("/notes", note)?;
        let expected = || format!("expected {} for:\n{}", kind.as_str(), String::from_utf8_lossy(note));
        is_problem(&answer, *kind).with_context(expected)?;
        names_it(&answer, names).with_context(expected)?;
        ensure!(session.checkpoint()?.tree == before, "{kind:?}: the refused note changed the log");
    }
    let met: BTreeSet<ProblemType> = refusals.iter().map(|refusal| refusal.kind).collect();
    let is_elsewhere = |kind: &ProblemType| ELSEWHERE.iter().any(|(elsewhere, _)| elsewhere == kind);
    let missing: Vec<_> =
        ProblemType::ALL.iter().filter(|kind| !met.contains(kind) && !is_elsewhere(kind)).collect();
    ensure!(missing.is_empty(), "no note here is refused as {missing:?}");
    ensure!(prove(session)?.size == before.size);
    Ok(())
}

fn id_of(text: &str) -> Result<&str> {
    text.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).context("no id")
}

/// Kinds of problems that no note to a working host can cause, and where they are tested instead.
const ELSEWHERE: &[(ProblemType, &str)] = &[
    (ProblemType::NotSetUp, "begin::an_empty_host"),
    (ProblemType::OtherRoots, "begin::other_roots"),
    (ProblemType::NotConfigured, "begin::missing_settings"),
    (
        ProblemType::LateBody,
        "limits::bodies_and_readers_that_stall on the native host; the edge's own front end waits for bodies",
    ),
    (
        ProblemType::BrokenOff,
        "a client that has disconnected reads no answer; the station's own tests check it",
    ),
    (ProblemType::BadText, "by_hand::a_text_is_checked; a note's text is refused for what is wrong with it"),
    (ProblemType::StationFault, "a_damaged_store"),
    (ProblemType::TooManyMerged, "130 updates are needed for it; the station's own tests check it"),
    (ProblemType::Busy, "limits::floods"),
    (ProblemType::NoAnswer, "panics::a_silent_object"),
];

struct Refusal {
    kind: ProblemType,
    note: Vec<u8>,
    /// The line, value and expectation that the problem must name.
    names: Names,
}

/// The details that a problem names.
#[derive(Default)]
struct Names {
    line: Option<u64>,
    value: Option<&'static str>,
    expected: Option<&'static str>,
}

impl Refusal {
    fn line(mut self, line: u64) -> Self {
        self.names.line = Some(line);
        self
    }

    fn value(mut self, value: &'static str) -> Self {
        self.names.value = Some(value);
        self
    }

    fn expected(mut self, expected: &'static str) -> Self {
        self.names.expected = Some(expected);
        self
    }
}

fn refusal(kind: ProblemType, note: impl Into<Vec<u8>>) -> Refusal {
    Refusal { kind, note: note.into(), names: Names::default() }
}

/// Checks the members for programs: the faulty line, its value, and what was expected.
fn names_it(answer: &Answer, names: &Names) -> Result<()> {
    let problem = answer.json()?;
    if let Some(line) = names.line {
        let found = problem.get("line").and_then(|line| line.as_u64());
        ensure!(found == Some(line), "line {found:?} instead of {line}: {}", answer.shown());
    }
    for (name, wanted) in [("value", names.value), ("expected", names.expected)] {
        let Some(wanted) = wanted else { continue };
        let found = problem.get(name).and_then(|found| found.as_str()).unwrap_or_default();
        ensure!(found.contains(wanted), "{name} {found:?} does not contain {wanted:?}: {}", answer.shown());
    }
    Ok(())
}

/// Checks that the answer is a problem document (RFC 9457) of this kind, and states that nothing was stored.
pub(super) fn is_problem(answer: &Answer, kind: ProblemType) -> Result<()> {
    let (status, kind) = (kind.status(), kind.as_str());
    let shown = answer.shown();
    ensure!(answer.status == status, "status {}: {shown}", answer.status);
    ensure!(answer.header("content-type") == Some("application/problem+json"), "{:?}", answer.headers);
    ensure!(answer.header("cache-control") == Some("no-store"), "{:?}", answer.headers);
    let problem = answer.json()?;
    let text = |name: &str| problem.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    ensure!(text("type") == format!("urn:outband:problem:{kind}"), "{shown}");
    ensure!(!text("title").is_empty() && text("detail").ends_with("Nothing was stored."), "{shown}");
    ensure!(text("detail").len() > 40, "too short to explain anything: {shown}");
    ensure!(problem.get("status").and_then(|value| value.as_u64()) == Some(u64::from(status)), "{shown}");
    ensure!((status == 503) == answer.header("retry-after").is_some(), "{:?}", answer.headers);
    Ok(())
}

/// Bytes that are not a note.
fn of_notes(author: &Author) -> Result<Vec<Refusal>> {
    let good = || sign(&author.investigating("outage"), &[&author.alice]);
    let text = author.investigating("outage");
    let line = author.alice.sign_note(&text)?;
    let many =
        (0..17).map(|n| format!("{line}\n").replace("/alice/", &format!("/alice{n}/"))).collect::<String>();
    let mut last = format!("{line}");
    // The last character before `=` has unused bits, which must be zero.
    let unused = last.len() - 2;
    let canonical = last.get(unused..=unused).context("no base64")?.to_owned();
    last.replace_range(unused..=unused, &following(&canonical));
    let long = format!("{text}{}\n", "x".repeat(17_000));
    let mut rows = vec![
        refusal(ProblemType::TooLarge, good()?.replace("We look.", &long)),
        refusal(ProblemType::BadCharacter, good()?.replace("Mail is", "Mail\tis")).line(7),
        refusal(ProblemType::BadCharacter, good()?.replace("Mail is", "Mail\u{7f}is")).line(7),
        refusal(ProblemType::BadCharacter, good()?.replace("Mail is", "Mail \u{202e}is")).line(7),
        refusal(ProblemType::Damaged, good()?.replace('\n', "\r\n")).line(1),
        refusal(ProblemType::Damaged, good()?.replace('\n', "")),
        refusal(ProblemType::NoSignature, text.clone()),
        refusal(ProblemType::TooManySignatures, format!("{text}\n{many}")),
        refusal(ProblemType::BadBase64, format!("{text}\n{last}\n")).line(13),
        refusal(ProblemType::DuplicateSignature, format!("{text}\n{line}\n{line}\n")).line(14),
        refusal(ProblemType::BadSignatureLine, format!("{text}\n— nobody\n")).line(13),
        refusal(ProblemType::BadNote, format!("{text}{line}\n")),
        refusal(ProblemType::Damaged, format!("{text}\n{line}")),
        refusal(ProblemType::BadSignatureLine, format!("{text}\n{line}\nand more\n")),
        refusal(ProblemType::BadNote, format!("{text}\n{line}\n\nand more\n")),
    ];
    let mut bytes = good()?.into_bytes();
    bytes.splice(9..10, [0xff]);
    rows.push(refusal(ProblemType::NotUtf8, bytes));
    rows.push(refusal(ProblemType::NoSignature, Vec::new()));
    Ok(rows)
}

/// The next character in base64's alphabet, or the one before if there is none.
fn following(character: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = ALPHABET.find(character).unwrap_or_default();
    ALPHABET.chars().nth(at + 1).unwrap_or('+').to_string()
}

/// Texts that violate the grammar.
fn of_texts(author: &Author) -> Result<Vec<Refusal>> {
    let changed = |from: &str, to: &str| {
        let text = author.investigating("outage");
        let changed = text.replace(from, to);
        ensure!(changed != text, "{from:?} is not in the text");
        sign(&changed, &[&author.alice])
    };
    Ok(vec![
        refusal(ProblemType::UnknownType, changed("outband update v1", "outband update v2")?).line(1),
        refusal(ProblemType::NotAHeader, changed("phase: ", "phase:")?).line(6),
        refusal(ProblemType::UnknownHeader, changed("affects: ", "effects: ")?)
            .line(8)
            .value("effects")
            .expected("affects"),
        refusal(
            ProblemType::WrongOrder,
            changed(
                "title: Mail is down\naffects: mail outage\n",
                "affects: mail outage\ntitle: Mail is down\n",
            )?,
        ),
        refusal(
            ProblemType::DuplicateLine,
            changed("title: Mail is down\n", "title: Mail is down\ntitle: Mail is down\n")?,
        ),
        refusal(
            ProblemType::RepeatedValue,
            changed("affects: mail outage\n", "affects: mail outage\naffects: mail partial\n")?,
        ),
        refusal(ProblemType::MissingLine, changed("title: Mail is down\n", "")?).expected("title"),
        refusal(ProblemType::MissingLine, changed("phase: investigating", "phase: scheduled")?),
        refusal(
            ProblemType::ForbiddenLine,
            changed("next-update: ", &format!("window: {}/{}\nnext-update: ", now(), in_seconds(60)))?,
        ),
        refusal(ProblemType::BadValue, changed("mail outage", "mail broken")?)
            .line(8)
            .value("mail broken")
            .expected("outage"),
        refusal(ProblemType::BadValue, changed("phase: investigating", "phase: looking")?)
            .line(6)
            .value("looking")
            .expected("investigating"),
        refusal(ProblemType::BadValue, changed("T", "t")?)
            .line(4)
            .expected("UTC time such as 2013-09-03T11:00:00Z"),
        refusal(ProblemType::BadValue, changed("Mail is down", &"x".repeat(121))?).line(7),
        refusal(ProblemType::BadBody, changed("We look.\n", "We look.\n\n\nAnd look.\n")?),
        refusal(ProblemType::BadValue, changed("incident: ", "submit-by: 2013-09-03T11:00:00Z\nincident: ")?),
    ])
}

/// Signatures that do not count, or not for this text.
fn of_signers(author: &Author, first: &str) -> Result<Vec<Refusal>> {
    let text = || author.investigating("outage");
    let Author { alice, bob, carol, mallory, .. } = author;
    let retraction = author.update(
        "outage",
        &format!(
            "phase: investigating\ntitle: Not so\nnext-update: {}\nretracts: {first}\n",
            in_seconds(600)
        ),
    );
    let altered = sign(&text(), &[alice])?.replace("Mail is down", "Mail is up");
    let with_false_receipt = {
        let text = text();
        let receipt = author.station.receipt(&author.investigating("other"), 1_000_000_000)?;
        format!("{}{receipt}\n", sign(&text, &[alice])?)
    };
    let revocation =
        |key: String, more: &str| format!("{}key: {key}\n{more}", author.begin("removal", now()));
    let (carols, mallorys) = (carol.verifier().to_string(), mallory.verifier().to_string());
    Ok(vec![
        refusal(ProblemType::UnknownSigner, sign(&text(), &[mallory])?).value("mallory/laptop"),
        refusal(ProblemType::UnknownSigner, sign(&text(), &[carol])?),
        refusal(ProblemType::UnknownSigner, sign(&author.site(), &[alice])?),
        refusal(ProblemType::RevokedSigner, sign(&text(), &[bob])?).value("bob/phone"),
        refusal(ProblemType::BadSignature, altered).value("alice/laptop"),
        refusal(ProblemType::BadReceipt, with_false_receipt),
        refusal(ProblemType::TooFewPersons, sign(&retraction, &[alice])?).value("1").expected("2"),
        refusal(ProblemType::RosterNumber, sign(&author.roster(), &[carol])?).value("1").expected("2"),
        refusal(
            ProblemType::RosterNumber,
            sign(&author.roster().replace("number: 1\n", "number: 3\n"), &[carol])?,
        ),
        refusal(
            ProblemType::RemovedKey,
            sign(&author.roster().replace("number: 1\n", "number: 2\n"), &[carol])?,
        )
        .value("bob/phone"),
        refusal(ProblemType::RevokesRoot, sign(&revocation(carols, ""), &[carol])?).value("carol/root"),
        refusal(ProblemType::NotEnrolled, sign(&revocation(mallorys, ""), &[carol])?),
        refusal(
            ProblemType::SinceBeyond,
            sign(&revocation(alice.verifier().to_string(), "since: 1000\n"), &[carol])?,
        ),
    ])
}

/// Texts by authorised signers that the log's state does not allow.
fn of_meaning(author: &Author, first: &str) -> Result<Vec<Refusal>> {
    let signed = |text: String| sign(&text, &[&author.alice]);
    let with = |incident: &str, line: &str| {
        let text = author.investigating(incident);
        signed(text.replace("\n\nWe look.", &format!("\n{line}\n\nWe look.")))
    };
    let translation = |incident: &str, of: &str| {
        let lines = format!("phase: investigating\ntitle: Keine Mail\nlang: de\ntranslates: {of}\n");
        signed(author.update(incident, &lines))
    };
    let seen = |size: u64| {
        let zero = hash_text(&Hash([0; 32]));
        signed(
            author.investigating("outage").replace("incident: ", &format!("seen: {size} {zero}\nincident: ")),
        )
    };
    let ahead = author.update_at(in_seconds(3600), "outage", "phase: resolved\ntitle: Mail works\n");
    let late = author.update_at(now().minus(60), "outage", "phase: resolved\ntitle: Mail works\n");
    let late = late.replace("incident: ", &format!("submit-by: {}\nincident: ", now().minus(30)));
    let reused = author.investigating("outage").replace("Mail is down", "Mail is up");
    let reused = reused.replace(reused.lines().nth(2).unwrap_or_default(), &format!("id: {first}"));
    // Without bob, whose key was removed.
    let second = author.roster().replace("number: 1\n", "number: 2\n");
    let second = second.replace(&format!("operator: {}\n", author.bob.verifier()), "");
    let other = SecretKey::from_seed(author.log.verifier().name().clone(), KeyKind::Note, [9; 32]);
    let other = format!("log: {}\n", other.verifier());
    let redaction = format!(
        "{}entry: 1\nhash: {}\nupdate: {}\nreason: named a customer\n",
        author.begin("redaction", now()),
        hash_text(&Hash([0; 32])),
        "0".repeat(32)
    );
    let log = format!("log: {}\n", author.log.verifier());
    let station = format!("station: {}\n", author.station.verifier());
    let nowhere = "0123456789abcdef0123456789abcdef";
    Ok(vec![
        refusal(
            ProblemType::WrongOrigin,
            signed(author.investigating("outage").replace(ORIGIN, "status.example.org"))?,
        )
        .line(2)
        .value("status.example.org")
        .expected(ORIGIN),
        refusal(ProblemType::TimeInFuture, signed(ahead)?),
        refusal(ProblemType::PastSubmitBy, signed(late)?),
        refusal(
            ProblemType::UnknownComponent,
            signed(author.investigating("outage").replace("mail outage", "telex outage"))?,
        )
        .line(8)
        .value("telex")
        .expected("mail/us-east"),
        refusal(ProblemType::ReusedId, signed(reused)?).line(3),
        refusal(ProblemType::OtherKind, signed(author.update("outage", "phase: completed\ntitle: Done\n"))?),
        refusal(ProblemType::DrillMixed, with("practice", "lang: en")?),
        refusal(ProblemType::DrillMixed, with("outage", "drill: yes")?),
        refusal(ProblemType::UnknownUpdate, translation("outage", nowhere)?).value(nowhere),
        refusal(ProblemType::UnknownUpdate, translation("elsewhere", first)?),
        refusal(ProblemType::UnknownIncident, with("outage", "recurrence-of: never-was")?).value("never-was"),
        refusal(ProblemType::UnknownIncident, with("outage", "continues-in: practice")?),
        refusal(
            ProblemType::UnknownIncident,
            signed(author.update("outrage", "phase: resolved\ntitle: Up\n"))?,
        )
        .line(5)
        .value("outrage"),
        refusal(ProblemType::NotOpen, with("outage", "continues-in: over")?),
        refusal(ProblemType::Behind, seen(1000)?).value("1000"),
        refusal(ProblemType::OtherHistory, seen(2)?),
        refusal(ProblemType::OtherLogKey, sign(&second.replace(&log, &other), &[&author.carol])?),
        refusal(ProblemType::OtherStationKey, sign(&second.replace(&station, ""), &[&author.carol])?),
        refusal(
            ProblemType::EntryBeyond,
            sign(&redaction.replace("entry: 1", "entry: 1000"), &[&author.carol])?,
        )
        .value("1000"),
        refusal(ProblemType::NotRedactable, sign(&redaction, &[&author.carol])?),
    ])
}

/// Flips a byte in a file that the station reads before it accepts a note.
pub(super) fn a_damaged_store(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let size = session.checkpoint()?.tree.size;
    for path in ["/data/roster.json", "/data/watch.json", "/data/incidents/outage.json", "/log/tile/0/000"] {
        let whole = edit(session, path, |body| body.truncate(body.len() / 2))?;
        let note = sign(&session.author.investigating("outage"), &[&session.author.alice])?;
        let answer = session.client.post("/notes", note.as_bytes())?;
        is_problem(&answer, ProblemType::StationFault).with_context(|| format!("with damage to {path}"))?;
        ensure!(answer.text()?.contains(path), "the damaged file is not named: {}", answer.shown());
        ensure!(session.text("/")?.contains("Mail is down"), "readers are no longer served");
        edit(session, path, |body| body.clone_from(&whole))?;
        ensure!(session.checkpoint()?.tree.size == size, "a refused note changed the log");
    }
    session.publish(&session.author.investigating("outage"))?;
    prove(session)?;
    Ok(())
}
