//! What is not accepted: each refusal says why, and nothing of it is stored.

use anyhow::{Context as _, Result, ensure};
use outband_keys::{KeyKind, SecretKey};
use outband_record::log::{Hash, hash_text};

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
    let remove = format!("{}key: {}\n", author.begin("removal", now()), author.bob.verifier());
    session.accept(&sign(&remove, &[&author.carol])?)?;
    let id = first.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).context("no id")?;

    let before = session.checkpoint()?.tree;
    let mut refusals = of_notes(author)?;
    refusals.extend(of_texts(author)?);
    refusals.extend(of_signers(author, id)?);
    refusals.extend(of_meaning(author, id)?);
    for Refusal { status, kind, note } in refusals {
        let answer = client.post("/notes", &note)?;
        is_problem(&answer, status, kind)
            .with_context(|| format!("expected {status} {kind} for:\n{}", String::from_utf8_lossy(&note)))?;
        ensure!(session.checkpoint()?.tree == before, "{kind}: something was stored");
    }
    ensure!(prove(session)?.size == before.size);
    Ok(())
}

struct Refusal {
    status: u16,
    kind: &'static str,
    note: Vec<u8>,
}

/// A problem document as RFC 9457 has it, of this kind, which says that nothing was stored.
fn is_problem(answer: &Answer, status: u16, kind: &str) -> Result<()> {
    let shown = answer.shown();
    ensure!(answer.status == status, "status {}: {shown}", answer.status);
    ensure!(answer.header("content-type") == Some("application/problem+json"), "{:?}", answer.headers);
    ensure!(answer.header("cache-control") == Some("no-store"), "{:?}", answer.headers);
    let problem = answer.json()?;
    let text = |name: &str| problem.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
    ensure!(text("type") == format!("urn:outband:problem:{kind}"), "{shown}");
    ensure!(!text("title").is_empty() && text("detail").ends_with("Nothing was stored."), "{shown}");
    ensure!(text("detail").len() > 40, "it says too little: {shown}");
    ensure!(problem.get("status").and_then(|value| value.as_u64()) == Some(u64::from(status)), "{shown}");
    ensure!((status == 503) == answer.header("retry-after").is_some(), "{:?}", answer.headers);
    Ok(())
}

/// Rows of the tables below: an accepted note with one thing changed.
fn refusals(rows: Vec<(u16, &'static str, String)>) -> Vec<Refusal> {
    rows.into_iter().map(|(status, kind, note)| Refusal { status, kind, note: note.into_bytes() }).collect()
}

/// Bytes that are no note.
fn of_notes(author: &Author) -> Result<Vec<Refusal>> {
    let good = || sign(&author.investigating("outage"), &[&author.alice]);
    let text = author.investigating("outage");
    let line = author.alice.sign_note(&text)?;
    let many =
        (0..17).map(|n| format!("{line}\n").replace("/alice/", &format!("/alice{n}/"))).collect::<String>();
    let mut last = format!("{line}");
    // Of the 92 characters, the last before `=` has unused bits, which must be zero.
    let unused = last.len() - 2;
    let canonical = last.get(unused..=unused).context("no base64")?.to_owned();
    last.replace_range(unused..=unused, &following(&canonical));
    let long = format!("{text}{}\n", "x".repeat(17_000));
    let mut rows = refusals(vec![
        (413, "too-large", good()?.replace("We look.", &long)),
        (400, "bad-character", good()?.replace("Mail is", "Mail\tis")),
        (400, "bad-character", good()?.replace("Mail is", "Mail\u{7f}is")),
        (400, "bad-character", good()?.replace("Mail is", "Mail \u{202e}is")),
        (400, "bad-character", good()?.replace('\n', "\r\n")),
        (403, "no-signature", text.clone()),
        (400, "too-many-signatures", format!("{text}\n{many}")),
        (400, "bad-base64", format!("{text}\n{last}\n")),
        (400, "duplicate-signature", format!("{text}\n{line}\n{line}\n")),
        (400, "bad-signature-line", format!("{text}\n— nobody\n")),
        (400, "bad-note", format!("{text}{line}\n")),
        (400, "bad-note", format!("{text}\n{line}")),
        (400, "bad-signature-line", format!("{text}\n{line}\nand more\n")),
        (400, "bad-note", format!("{text}\n{line}\n\nand more\n")),
    ]);
    let mut bytes = good()?.into_bytes();
    bytes.splice(9..10, [0xff]);
    rows.push(Refusal { status: 400, kind: "not-utf8", note: bytes });
    rows.push(Refusal { status: 403, kind: "no-signature", note: Vec::new() });
    Ok(rows)
}

/// The character after this one in base64's alphabet, or the one before where there is none.
fn following(character: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let at = ALPHABET.find(character).unwrap_or_default();
    ALPHABET.chars().nth(at + 1).unwrap_or('+').to_string()
}

/// Texts that the grammar does not have.
fn of_texts(author: &Author) -> Result<Vec<Refusal>> {
    let changed = |from: &str, to: &str| {
        let text = author.investigating("outage");
        let changed = text.replace(from, to);
        ensure!(changed != text, "{from:?} is not in the text");
        sign(&changed, &[&author.alice])
    };
    Ok(refusals(vec![
        (400, "unknown-type", changed("outband update v1", "outband update v2")?),
        (400, "not-a-header", changed("phase: ", "phase:")?),
        (400, "unknown-header", changed("affects: ", "effects: ")?),
        (
            400,
            "wrong-order",
            changed(
                "title: Mail is down\naffects: mail outage\n",
                "affects: mail outage\ntitle: Mail is down\n",
            )?,
        ),
        (
            400,
            "duplicate-line",
            changed("title: Mail is down\n", "title: Mail is down\ntitle: Mail is down\n")?,
        ),
        (
            400,
            "repeated-value",
            changed("affects: mail outage\n", "affects: mail outage\naffects: mail partial\n")?,
        ),
        (400, "missing-line", changed("title: Mail is down\n", "")?),
        (400, "missing-line", changed("phase: investigating", "phase: scheduled")?),
        (
            400,
            "forbidden-line",
            changed("next-update: ", &format!("window: {}/{}\nnext-update: ", now(), in_seconds(60)))?,
        ),
        (400, "bad-value", changed("mail outage", "mail broken")?),
        (400, "bad-value", changed("phase: investigating", "phase: looking")?),
        (400, "bad-value", changed("T", "t")?),
        (400, "bad-value", changed("Mail is down", &"x".repeat(121))?),
        (400, "bad-body", changed("We look.\n", "We look.\n\n\nAnd look.\n")?),
        (400, "bad-value", changed("incident: ", "submit-by: 2013-09-03T11:00:00Z\nincident: ")?),
    ]))
}

/// Signatures that do not count, or not for this.
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
    let removal = |key: String, more: &str| format!("{}key: {key}\n{more}", author.begin("removal", now()));
    let (carols, mallorys) = (carol.verifier().to_string(), mallory.verifier().to_string());
    Ok(refusals(vec![
        (403, "unknown-signer", sign(&text(), &[mallory])?),
        (403, "unknown-signer", sign(&text(), &[carol])?),
        (403, "unknown-signer", sign(&author.site(), &[alice])?),
        (403, "removed-signer", sign(&text(), &[bob])?),
        (403, "bad-signature", altered),
        (403, "bad-receipt", with_false_receipt),
        (403, "too-few-persons", sign(&retraction, &[alice])?),
        (409, "roster-number", sign(&author.roster(), &[carol])?),
        (409, "roster-number", sign(&author.roster().replace("number: 1\n", "number: 3\n"), &[carol])?),
        (403, "removes-root", sign(&removal(carols, ""), &[carol])?),
        (409, "not-enrolled", sign(&removal(mallorys, ""), &[carol])?),
        (409, "since-beyond", sign(&removal(alice.verifier().to_string(), "since: 1000\n"), &[carol])?),
    ]))
}

/// What may be said by whom it is, but not here and now.
fn of_meaning(author: &Author, first: &str) -> Result<Vec<Refusal>> {
    let signed = |text: String| sign(&text, &[&author.alice]);
    let with = |incident: &str, line: &str| {
        let text = author.investigating(incident);
        signed(text.replace("\n\nWe look.", &format!("\n{line}\n\nWe look.")))
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
    let second = author.roster().replace("number: 1\n", "number: 2\n");
    let other = SecretKey::from_seed(author.log.verifier().name().clone(), KeyKind::Note, [9; 32]);
    let other = format!("log: {}\n", other.verifier());
    let redaction = format!("{}entry: 2\nreason: named a customer\n", author.begin("redaction", now()));
    let log = format!("log: {}\n", author.log.verifier());
    let station = format!("station: {}\n", author.station.verifier());
    let nowhere = "0123456789abcdef0123456789abcdef";
    Ok(refusals(vec![
        (422, "wrong-origin", signed(author.investigating("outage").replace(ORIGIN, "status.example.org"))?),
        (422, "time-in-future", signed(ahead)?),
        (422, "past-submit-by", signed(late)?),
        (
            422,
            "unknown-component",
            signed(author.investigating("outage").replace("mail outage", "telex outage"))?,
        ),
        (409, "reused-id", signed(reused)?),
        (409, "other-kind", signed(author.update("outage", "phase: completed\ntitle: Done\n"))?),
        (409, "drill-mixed", with("practice", "lang: en")?),
        (409, "drill-mixed", with("outage", "drill: yes")?),
        (409, "unknown-update", with("outage", &format!("corrects: {nowhere}"))?),
        (409, "unknown-update", with("elsewhere", &format!("corrects: {first}"))?),
        (409, "unknown-incident", with("outage", "recurrence-of: never-was")?),
        (409, "unknown-incident", with("outage", "continues-in: practice")?),
        (503, "behind", seen(1000)?),
        (409, "other-history", seen(2)?),
        (422, "other-log-key", sign(&second.replace(&log, &other), &[&author.carol])?),
        (422, "other-station-key", sign(&second.replace(&station, ""), &[&author.carol])?),
        (422, "not-yet", sign(&redaction, &[&author.carol])?),
    ]))
}

/// A flipped byte in what the station reads before it accepts: it says so, and nothing is stored.
pub(super) fn a_damaged_store(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    session.publish(&session.author.investigating("outage"))?;
    let size = session.checkpoint()?.tree.size;
    for path in ["/data/roster.json", "/data/watch.json", "/data/incidents/outage.json", "/log/tile/0/000"] {
        let whole = edit(session, path, |body| body.truncate(body.len() / 2))?;
        let note = sign(&session.author.investigating("outage"), &[&session.author.alice])?;
        let answer = session.client.post("/notes", note.as_bytes())?;
        is_problem(&answer, 503, "station-fault").with_context(|| format!("{path} was damaged"))?;
        ensure!(answer.text()?.contains(path), "the damaged file is not named: {}", answer.shown());
        ensure!(session.text("/")?.contains("Mail is down"), "readers are not served");
        edit(session, path, |body| body.clone_from(&whole))?;
        ensure!(session.checkpoint()?.tree.size == size, "something was stored");
    }
    session.publish(&session.author.investigating("outage"))?;
    prove(session)?;
    Ok(())
}
