//! Accepted notes: each is shown to readers and in the log exactly once.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use anyhow::{Context as _, Result, ensure};
use outband_keys::{KeyKind, KeyName, SecretKey, SignatureLine};
use outband_record::log::{Tree, entry_hash, hash_text};
use tempfile::TempDir;

use crate::author::{ORIGIN, in_seconds, now, sign};
use crate::history::History;
use crate::proof::{Proof, prove};
use crate::session::{Receipt, Session, Signed, checkpoint};

pub(super) fn an_update_is_there_at_once(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    for n in 0..5 {
        let title = format!("Mail is down for the {n}th time");
        let text = session.author.investigating("outage").replace("Mail is down", &title);
        let note = sign(&text, &[&session.author.alice])?;
        let before = session.checkpoint()?;
        let receipt = session.accept(&note)?;
        for path in
            ["/", "/incidents/outage", "/status.txt", "/updates.atom", "/updates.rss", "/updates.json"]
        {
            ensure!(session.text(path)?.contains(&title), "{path} does not have the update");
        }
        for path in ["/data/status.json", "/data/incidents/outage.json", "/data/newest.json"] {
            ensure!(
                session.get(path)?.json()?.to_string().contains(&title),
                "{path} does not have the update"
            );
        }
        let index = receipt.index;
        let leaf = session.text(&format!("/log/{index}.note"))?;
        ensure!(leaf == format!("{note}{}\n", receipt.line), "the entry is not note and receipt: {leaf}");
        let line = SignatureLine::parse(&receipt.line)?;
        let time = session.author.station.verifier().verify_receipt(&text, &line)?;
        ensure!(time == receipt.received.posix() && time.abs_diff(now().posix()) < 10);
        let after = session.checkpoint()?;
        ensure!(after.tree.size == before.tree.size + 1 && index == before.tree.size);
    }
    prove(session)?;
    Ok(())
}

/// Every type of text except redactions, every kind of incident, and every line of an update.
pub(super) fn every_kind_of_text(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let author = &session.author;
    let (soon, later, day) = (in_seconds(1800), in_seconds(7200), in_seconds(7 * 86_400).date());
    let publish = |incident: &str, lines: &str| -> Result<String> {
        let text = author.update(incident, lines);
        let index = session.publish(&text)?.index;
        let leaf = session.text(&format!("/log/{index}.note"))?;
        ensure!(leaf.starts_with(&format!("{text}\n— ")), "entry {index} is not the note that was sent");
        Ok(text.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).unwrap_or_default().to_owned())
    };
    publish(
        "first",
        "phase: notice\ntitle: Routers failed\nstarted: 2013-08-29T04:00:00Z\nended: 2013-08-29T07:00:00Z\n",
    )?;
    let full = publish("second", &every_line(soon, later, day))?;
    publish(
        "second",
        &format!(
            "phase: identified\ntitle: Mail, voice and files are down in every datacenter\nnext-update: {soon}\ncorrects: {full}\n\nIt is every datacenter.\n"
        ),
    )?;
    let wrong = publish("second", &format!("phase: monitoring\ntitle: All is well\nnext-update: {soon}\n"))?;
    publish(
        "second",
        &format!(
            "phase: identified\ntitle: Not yet well\nnext-update: {soon}\nretracts: {wrong}\n\nThat was too early.\n"
        ),
    )?;
    publish(
        "second",
        &format!(
            "phase: identified\ntitle: Correo sin servicio\nsummary: No hay correo.\nlang: es\ntranslates: {full}\n\nTrabajamos en ello.\n"
        ),
    )?;
    publish("third", &format!("phase: investigating\ntitle: The same by another\nnext-update: {soon}\n"))?;
    publish(
        "third",
        &format!(
            "phase: investigating\ntitle: The same by another\nnext-update: {soon}\ncontinues-in: second\n"
        ),
    )?;
    publish("second", "phase: resolved\ntitle: Everything works again\ndata: delay cleared\n")?;
    publish(
        "second",
        "phase: postmortem\ntitle: Why it happened\nreport: delivered\n\nA routing table.\n\n- one\n- two\n",
    )?;
    let window = format!("window: {later}/{}\n", later.plus(3600));
    publish(
        "routers",
        &format!(
            "phase: scheduled\ntitle: New routers\naffects: voice maintenance\n{window}next-update: {later}\n"
        ),
    )?;
    publish("routers", &format!("phase: in-progress\ntitle: New routers\nnext-update: {later}\n"))?;
    publish("routers", "phase: completed\ntitle: New routers\n")?;
    publish("news", "phase: notice\ntitle: New status page\n\nSee https://www.example.com/ for more.\n")?;
    publish(
        "fire-drill",
        &format!("phase: investigating\ntitle: Only a drill\nnext-update: {soon}\ndrill: yes\n"),
    )?;
    let renamed = author.site().replace("Example Mail", "Example Mail and Voice");
    session.accept(&sign(&renamed, &[&author.carol])?)?;

    let page = session.text("/incidents/second")?;
    for words in ["every datacenter", "Trabajamos", "That was too early", "A routing table", "Router Vendor"]
    {
        ensure!(page.contains(words), "/incidents/second lacks {words:?}");
    }
    ensure!(session.text("/")?.contains("Example Mail and Voice"));
    ensure!(session.text("/drill/fire-drill")?.contains("Only a drill"));
    for path in ["/", "/status.txt", "/updates.atom", "/updates.rss", "/updates.json", "/data/status.json"] {
        ensure!(!session.text(path)?.contains("Only a drill"), "{path} shows a drill");
    }
    let proof = prove(session)?;
    for path in ["/history", "/history/2013-08", "/drill", "/data/incidents/second.json", "/data/roster.json"]
    {
        ensure!(proof.files.contains_key(path), "{path} does not follow from the log");
    }
    ensure!(!session.text("/history/2013-08")?.is_empty());
    Ok(())
}

/// The lines of an update from `phase` on, including those that no other case uses.
fn every_line(soon: impl ToString, later: impl ToString, day: impl ToString) -> String {
    let (soon, later, day) = (soon.to_string(), later.to_string(), day.to_string());
    format!(
        "phase: identified
title: Mail, voice and files are down in most datacenters
summary: Core routers drop packets; mail is kept and will be delivered.
symptom: Outlook says that it is disconnected
symptom: Phones have no service
scope: about 500,000 mailboxes, as of 08:00 EDT
impact: critical
affects: mail outage
affects: voice outage
affects: files partial
unaffected: support
fault: upstream Router Vendor suspected
cause: suspected
evidence: https://evidence.example.org/graph
reply: https://vendor.example.org/statement
data: loss none
data: breach none
data: delay queued
workaround: Call us on the mobile number below
started: 2013-09-03T11:00:00Z
next-update: {soon}
eta: {soon}/{later} possible
contact: tel:+1-555-0101
recurrence-of: first
report: promised {day}
credit: not-assessed until {day}
lang: en

We restart every device, one after the other.
"
    )
}

pub(super) fn duplicates(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let Session { author, client, .. } = &*session;
    let text = author.investigating("outage");
    let note = sign(&text, &[&author.alice])?;
    let first = session.accept(&note)?;
    session.publish(&author.investigating("outage"))?;
    let size = session.checkpoint()?.tree.size;
    let both = sign(&text, &[&author.alice, &author.bob])?;
    for again in [&note, &note, &both] {
        let answer = Receipt::read(&client.post("/notes", again.as_bytes())?.expect(200)?)?;
        ensure!((answer.index, &answer.line) == (first.index, &first.line), "{answer:?} is not {first:?}");
        ensure!(answer.remark.is_some(), "no remark that the note was already in the log");
    }
    for kept in ["/log/0.note", "/log/1.note"] {
        let leaf = session.text(kept)?;
        let (note, _) =
            leaf.trim_end().rsplit_once('\n').with_context(|| format!("{kept} has no receipt"))?;
        client.post("/notes", format!("{note}\n").as_bytes())?.expect(200).context(kept)?;
    }
    let other = text.replace("Mail is down", "Mail is up");
    let refused = client.post("/notes", sign(&other, &[&author.alice])?.as_bytes())?.expect(409)?;
    ensure!(refused.text()?.contains("urn:outband:problem:reused-id"), "{}", refused.shown());
    ensure!(session.checkpoint()?.tree.size == size, "a refused note changed the log");
    prove(session)?;
    Ok(())
}

pub(super) fn a_late_note(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let author = &session.author;
    let lines = |phase: &str| format!("phase: {phase}\ntitle: Mail is down\naffects: mail outage\n");
    let open = |phase: &str| format!("{}next-update: {}\n", lines(phase), in_seconds(1800));
    session.publish(&author.update_at(now().minus(600), "outage", &open("investigating")))?;
    session.publish(&author.update_at(now().minus(60), "outage", "phase: resolved\ntitle: Mail works\n"))?;
    let before = session.text("/data/status.json")?;
    let late = author.update_at(now().minus(300), "outage", &open("identified"));
    let receipt = session.publish(&late)?;
    let remark = receipt.remark.context("no remark for the author")?;
    ensure!(remark.contains("is unchanged, because there are newer updates"), "{remark}");
    ensure!(session.text("/data/status.json")? == before, "the late note reopened a resolved incident");
    let [index, page] = [session.text("/status.txt")?, session.text("/incidents/outage")?];
    ensure!(!index.contains("Mail is down"), "a resolved incident is shown as open: {index}");
    let id = late.lines().nth(2).and_then(|line| line.strip_prefix("id: ")).context("no id")?;
    ensure!(page.contains(&format!("id=\"u-{id}\"")), "the late note is not on the page: {page}");
    prove(session)?;
    Ok(())
}

pub(super) fn signed_by_ssh(session: &mut Session<'_>) -> Result<()> {
    let Session { author, client, .. } = &*session;
    let folder = TempDir::new()?;
    let keygen = |arguments: &[&str]| -> Result<()> {
        let run = Command::new("ssh-keygen").args(arguments).current_dir(&folder).output();
        let run = run.context("ssh-keygen is missing: install Debian's package openssh-client")?;
        ensure!(run.status.success(), "ssh-keygen: {}", String::from_utf8_lossy(&run.stderr));
        Ok(())
    };
    let types = ["ed25519", "ecdsa"];
    let mut operators = String::new();
    for key in types {
        keygen(&["-q", "-t", key, "-N", "", "-C", "erin", "-f", key])?;
        let public = fs::read_to_string(folder.path().join(key).with_extension("pub"))?;
        let public = public.trim_end().strip_suffix(" erin").context("an unexpected public key")?;
        operators.push_str(&format!("operator: {ORIGIN}/erin/{key} {public}\n"));
    }
    session.accept(&sign(&author.roster_with(&operators), &[&author.carol])?)?;
    session.accept(&sign(&author.site(), &[&author.carol])?)?;

    for key in types {
        let text = author.investigating(&format!("outage-{key}"));
        let sign = |namespace: &str| -> Result<String> {
            let _ = fs::remove_file(folder.path().join("note.txt.sig"));
            fs::write(folder.path().join("note.txt"), &text)?;
            keygen(&["-q", "-Y", "sign", "-n", namespace, "-f", key, "note.txt"])?;
            Ok(format!("{text}\n{}", fs::read_to_string(folder.path().join("note.txt.sig"))?))
        };
        client
            .post("/notes", sign("file")?.as_bytes())?
            .expect(400)
            .context("a signature for another namespace")?;
        let receipt = session.accept(&sign("outband@v1")?)?;
        let leaf = session.text(&format!("/log/{}.note", receipt.index))?;
        ensure!(
            leaf.starts_with(&format!("{text}\n— {ORIGIN}/erin/{key} ")),
            "not stored as a signature line: {leaf}"
        );
    }
    ensure!(session.text("/")?.contains("Mail is down"));
    prove(session)?;
    Ok(())
}

pub(super) fn keys_come_and_go(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let Session { author, client, .. } = &*session;
    let dave = SecretKey::from_seed(KeyName::parse(&format!("{ORIGIN}/dave/phone"))?, KeyKind::Note, [7; 32]);
    let refused = |text: &str, key: &SecretKey, kind: &str| -> Result<()> {
        let answer = client.post("/notes", sign(text, &[key])?.as_bytes())?.expect(403)?;
        ensure!(answer.text()?.contains(&format!("urn:outband:problem:{kind}\"")), "{}", answer.shown());
        Ok(())
    };
    refused(&author.investigating("by-dave"), &dave, "unknown-signer")?;
    let earlier = session.publish(&author.investigating("by-alice-earlier"))?;
    let before = session.publish(&author.investigating("by-alice"))?;

    let bob = format!("operator: {}\n", author.bob.verifier());
    let enrol = author
        .roster()
        .replace("number: 1\n", "number: 2\n")
        .replace(&bob, &format!("operator: {}\n", dave.verifier()));
    session.accept(&sign(&enrol, &[&author.carol])?)?;
    session.accept(&sign(&author.investigating("by-dave"), &[&dave])?)?;
    refused(&author.investigating("by-bob"), &author.bob, "removed-signer")?;

    let remove = format!(
        "{}key: {}\nsince: {}\n",
        author.begin("removal", now()),
        author.alice.verifier(),
        before.index
    );
    session.accept(&sign(&remove, &[&author.carol])?)?;
    refused(&author.investigating("by-alice"), &author.alice, "removed-signer")?;
    let flag = "Flagged:";
    let [flagged, whole] =
        ["/incidents/by-alice", "/incidents/by-alice-earlier"].map(|path| session.text(path));
    let (flagged, whole) = (flagged?, whole?);
    ensure!(flagged.contains("Mail is down"), "a flagged update is hidden");
    ensure!(flagged.contains(flag), "an update after entry {} is not flagged: {flagged}", before.index);
    ensure!(!whole.contains(flag), "entry {} came before, but is flagged", earlier.index);
    prove(session)?;
    Ok(())
}

pub(super) fn a_redaction(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let name = "Acme Widgets";
    let text =
        session.author.investigating("outage").replace("Mail is down", &format!("{name}: mail is down"));
    let note = sign(&text, &[&session.author.alice])?;
    let logged = session.accept(&note)?;
    session.publish(&session.author.investigating("another"))?;
    let naming_files = |proof: &Proof| {
        proof.files.iter().filter(|(_, body)| String::from_utf8_lossy(body).contains(name)).count()
    };
    ensure!(naming_files(&prove(session)?) > 10, "hardly any file has the name");

    let id = text.lines().find_map(|line| line.strip_prefix("id: ")).context("no id")?;
    let begun = session.author.begin("redaction", now());
    let leaf = session.get(&format!("/log/{}.note", logged.index))?.body;
    let hash = hash_text(&entry_hash(&leaf));
    let redaction =
        format!("{begun}entry: {}\nhash: {hash}\nupdate: {id}\nreason: named a customer\n", logged.index);
    session.accept(&sign(&redaction, &[&session.author.carol])?)?;
    ensure!(naming_files(&prove(session)?) == 0, "some file still has the name");
    session.client.get("/incidents/outage")?.expect(404)?;
    ensure!(
        session.text(&format!("/log/{}.note", logged.index))?.starts_with("redacted: named a customer\n")
    );
    ensure!(session.text("/history")?.contains("named a customer"));
    session.client.post("/notes", note.as_bytes())?.expect(409)?;
    session.publish(&session.author.investigating("further"))?;
    prove(session)?;
    Ok(())
}

/// The number of clients, and of all their updates.
const CLIENTS: u64 = 8;
const UPDATES: u64 = 100;

pub(super) fn many_clients_are_one_history(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let session = &*session;
    let publishing = AtomicBool::new(true);
    let (accepted, seen) = thread::scope(|scope| -> Result<_> {
        let clients: Vec<_> = (0..CLIENTS).map(|n| scope.spawn(move || publish_share(session, n))).collect();
        let watching = scope.spawn(|| watch(session, &publishing));
        let mut accepted = Vec::new();
        for client in clients {
            let shared = client.join().ok().context("a client panicked");
            accepted.push(shared);
        }
        publishing.store(false, Ordering::Relaxed);
        let seen = watching.join().ok().context("the watching client panicked")??;
        let accepted: Result<Vec<_>> = accepted.into_iter().map(|share| share?).collect();
        Ok((accepted?.concat(), seen))
    })?;

    let mut indexes: Vec<u64> = accepted.iter().map(|(index, _)| *index).collect();
    indexes.sort_unstable();
    ensure!(indexes == (2..2 + UPDATES).collect::<Vec<_>>(), "there are gaps: {indexes:?}");
    ensure!(seen.len() > 10, "only {} checkpoints were seen", seen.len());
    let history = is_one_history(session, &seen)?;
    ensure!(history.size() == 2 + UPDATES);
    for (index, text) in &accepted {
        let leaf = history.leaves.get(usize::try_from(*index)?).context("beyond the log")?;
        ensure!(
            leaf.starts_with(&format!("{text}\n— ")),
            "entry {index} is not the update with that receipt"
        );
    }
    Ok(())
}

/// Checks that all checkpoints seen and all files served belong to one history.
fn is_one_history(session: &Session<'_>, seen: &[Signed]) -> Result<History> {
    let Signed { tree: Tree { size, root }, .. } = session.checkpoint()?;
    let history = History::read(session, size)?;
    ensure!(history.root(size)? == root, "the checkpoint's root is not that of the entries");
    history.holds(seen)?;
    history.proves_every_entry(root)?;
    history.is_tiled(session)?;
    ensure!(prove(session)?.size == size);
    Ok(history)
}

/// Publishes one client's updates, each after the receipt for the one before. Returns their indices and texts.
fn publish_share(session: &Session<'_>, client: u64) -> Result<Vec<(u64, String)>> {
    let mut accepted = Vec::new();
    for _ in (client..UPDATES).step_by(usize::try_from(CLIENTS)?) {
        let text = session.author.investigating(&format!("outage-{client}"));
        accepted.push((session.publish(&text)?.index, text));
    }
    Ok(accepted)
}

/// Collects checkpoints until publishing is done.
fn watch(session: &Session<'_>, publishing: &AtomicBool) -> Result<Vec<Signed>> {
    let mut seen: Vec<Signed> = Vec::new();
    while publishing.load(Ordering::Relaxed) {
        let now = checkpoint(&session.get("/log/checkpoint")?.body, &session.author)?;
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    Ok(seen)
}

/// Entries beyond a full tile.
const OVER: u64 = 4;

pub(super) fn the_log_continues_past_a_full_tile(session: &mut Session<'_>) -> Result<()> {
    session.set_up()?;
    let mut seen = Vec::new();
    for n in 2..256 + OVER {
        session.publish(&session.author.past(&format!("short-{n}"), "It was short"))?;
        seen.push(session.checkpoint()?);
    }
    let history = is_one_history(session, &seen)?;
    ensure!(history.size() == 256 + OVER);
    let full = session.get("/log/tile/0/000")?;
    let cache = full.header("cache-control").unwrap_or_default();
    ensure!(cache.contains("immutable"), "a full tile never changes, but has Cache-Control {cache:?}");
    Ok(())
}
