//! Checks of a text's references: to its incident, earlier updates, other incidents, or the entry that it redacts.

use std::cmp::Reverse;

use outband_keys::Note;
use outband_record::log;
use outband_record::sort::sort_by_key;
use outband_record::text::{Id, LeafHash, Redaction, Slug, Text, Update};
use outband_record::time::Time;
use outband_record::timeline::Course;

use super::{Arrival, Candidate};
use crate::http::{ProblemType, Refusal};
use crate::projection::Projection;

/// Checks that everything the text refers to exists and may be referred to in this way. In a log with redacted entries
/// an update may refer to one that has since been redacted: then the refusal that it would otherwise have got is
/// returned.
pub(super) fn check(
    projection: &Projection<'_>,
    candidate: &Candidate<'_>,
    received: Time,
) -> Result<Option<Refusal>, Refusal> {
    match candidate.text {
        Text::Update(update) => {
            check_incident(projection, update)?;
            match check_others(projection, update, received) {
                Err(refusal) if is_excused(candidate, &refusal) => Ok(Some(refusal)),
                checked => checked.map(|()| None),
            }
        }
        Text::Redaction(redaction) => check_redaction(projection, candidate, redaction).map(|()| None),
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) => Ok(None),
    }
}

fn is_excused(candidate: &Candidate<'_>, refusal: &Refusal) -> bool {
    let by_absence = [ProblemType::UnknownUpdate, ProblemType::UnknownIncident, ProblemType::NotOpen];
    let has_gaps = matches!(candidate.arrival, Arrival::Logged { has_gaps: true, .. });
    has_gaps && by_absence.contains(&refusal.problem)
}

/// Checks that all updates of a slug are of one kind, and that either all or none are drills.
fn check_incident(projection: &Projection<'_>, update: &Update) -> Result<(), Refusal> {
    let Some(incident) = projection.incident(&update.incident)? else { return Ok(()) };
    if let Some(kind) = incident.kind().filter(|kind| *kind != update.phase.kind()) {
        let detail = format!(
            "{} is of the kind {kind}, but {} is a phase of the kind {}; use a phase of the kind {kind}, or another slug",
            update.incident,
            update.phase,
            update.phase.kind()
        );
        let refusal = Refusal::new(ProblemType::OtherKind, detail).header("phase").value(update.phase);
        return Err(refusal.expected(format!("a phase of the kind {kind}")));
    }
    // A translation has no drill line: its original decides.
    let is_stated = update.translates.is_none() && incident.has_own_words();
    if is_stated && incident.is_drill() != update.is_drill() {
        let (is, expected) =
            if incident.is_drill() { ("a drill", "drill: yes") } else { ("not a drill", "no drill line") };
        let detail =
            format!("{} is {is}; drills and real updates never share a slug; use another", update.incident);
        let refusal = Refusal::new(ProblemType::DrillMixed, detail).header("incident");
        return Err(refusal.value(&update.incident).expected(expected));
    }
    Ok(())
}

fn check_others(projection: &Projection<'_>, update: &Update, received: Time) -> Result<(), Refusal> {
    check_targets(projection, update)?;
    check_begun(projection, update)?;
    check_other_incidents(projection, update)?;
    check_continuation(projection, update, received)
}

/// Checks that a corrected, retracted or translated update is an earlier update of the same incident.
fn check_targets(projection: &Projection<'_>, update: &Update) -> Result<(), Refusal> {
    let lines =
        [("corrects", &update.corrects), ("retracts", &update.retracts), ("translates", &update.translates)];
    for (name, id) in lines {
        let Some(id) = id else { continue };
        let incident = projection.incident(&update.incident)?;
        let target = incident.as_ref().and_then(|incident| incident.by_id(id));
        if target.is_none_or(|logged| logged.update.translates.is_some()) {
            return Err(unknown_update(name, id, &update.incident));
        }
    }
    Ok(())
}

fn unknown_update(name: &'static str, id: &Id, incident: &Slug) -> Refusal {
    let detail = format!(
        "the {name} line names {id}, which is not an update of {incident} in this log (a translation does not count); send that one first, or name another"
    );
    let refusal = Refusal::new(ProblemType::UnknownUpdate, detail).header(name).value(id);
    refusal.expected(format!("the id of an update of {incident}"))
}

/// Checks that a final update ends something. One under a mistyped slug would leave the real incident open, and its
/// author believing that it is over.
fn check_begun(projection: &Projection<'_>, update: &Update) -> Result<(), Refusal> {
    let Update { incident: slug, phase, .. } = update;
    if !phase.is_final() || projection.incident(slug)?.is_some() {
        return Ok(());
    }
    let open = nearest_open(projection, slug).join(", ");
    let open = if open.is_empty() { String::new() } else { format!(" Open now: {open}") };
    let detail = format!(
        "{slug} has no earlier update in this log, so there is nothing that {phase} could end. Check the slug, or send the first update first.{open}"
    );
    let refusal = Refusal::new(ProblemType::UnknownIncident, detail).header("incident").value(slug);
    Err(refusal.expected("the slug of an incident in this log"))
}

/// How many open incidents a refusal names.
const MAX_NAMED: usize = 5;

/// The slugs of open incidents that are most like this one: equal for the most characters at both ends. A log that is
/// read as a whole has no list of what is open.
fn nearest_open<'p>(projection: &'p Projection<'_>, slug: &Slug) -> Vec<&'p str> {
    let equal = |open: &str| {
        let pairs = open.bytes().zip(slug.as_str().bytes());
        let from_end = open.bytes().rev().zip(slug.as_str().bytes().rev());
        pairs.take_while(|(a, b)| a == b).count() + from_end.take_while(|(a, b)| a == b).count()
    };
    let mut open: Vec<_> = projection.open_slugs().map(Slug::as_str).collect();
    sort_by_key(&mut open, |slug| Reverse(equal(slug)));
    open.truncate(MAX_NAMED);
    open
}

fn check_other_incidents(projection: &Projection<'_>, update: &Update) -> Result<(), Refusal> {
    for (name, slug) in [("recurrence-of", &update.recurrence_of), ("continues-in", &update.continues_in)] {
        let Some(slug) = slug else { continue };
        let what = match projection.incident(slug)?.map(|incident| incident.is_drill()) {
            Some(drill) if drill == update.is_drill() => continue,
            None => "which is not in this log: send its first update first",
            Some(true) => "which is a drill, while this update is not: leave the line out",
            Some(false) => "which is not a drill, while this update is: leave the line out",
        };
        let detail = format!("the {name} line names {slug}, {what}, or name another");
        let expected =
            if update.is_drill() { "the slug of a drill" } else { "the slug of an incident in this log" };
        let refusal = Refusal::new(ProblemType::UnknownIncident, detail).header(name);
        return Err(refusal.value(slug).expected(expected));
    }
    Ok(())
}

/// Checks that the incident named by `continues-in` can take this one over: it is of the same kind, was not over at
/// this update's effective time, and did not itself continue elsewhere. (Two incidents that name each other may still
/// arrive through two stations: then neither is over.)
fn check_continuation(projection: &Projection<'_>, update: &Update, received: Time) -> Result<(), Refusal> {
    let Some(slug) = &update.continues_in else { return Ok(()) };
    let Some(other) = projection.incident(slug)? else { return Ok(()) };
    let own_kind = update.phase.kind();
    if let Some(kind) = other.kind().filter(|kind| *kind != own_kind) {
        let detail = format!(
            "the continues-in line names {slug}, which is of the kind {kind}; name one of the kind {own_kind}, or write this in a final update and resolve it"
        );
        let refusal = Refusal::new(ProblemType::OtherKind, detail).header("continues-in").value(slug);
        return Err(refusal.expected(format!("the slug of one of the kind {own_kind}")));
    }
    let effective = update.time.min(received);
    let course = other.course().filter(|course| course.over.is_none_or(|over| over > effective));
    let what = match course {
        None => "over, so this incident would disappear from the page".to_owned(),
        Some(Course { continues_in: Some((further, at)), .. }) if at <= effective => {
            format!("itself stated to continue in {further}; name that one")
        }
        Some(_) => return check_merged(projection, &update.incident, slug),
    };
    let detail =
        format!("the continues-in line names {slug}, which is {what}. Name another, or leave the line out");
    let refusal = Refusal::new(ProblemType::NotOpen, detail).header("continues-in").value(slug);
    Err(refusal.expected(format!("the slug of one that is open at {effective}")))
}

/// Incidents that may continue in one, directly or through others. Each update of it looks at them all.
const MAX_MERGED: usize = 64;

/// Checks that not too many incidents continue in one.
fn check_merged(projection: &Projection<'_>, slug: &Slug, other: &Slug) -> Result<(), Refusal> {
    let mut merged = projection.concerned(other)?;
    merged.extend(projection.concerned(slug)?);
    if merged.len() <= MAX_MERGED {
        return Ok(());
    }
    let detail = format!(
        "the continues-in line names {other}, in which {} incidents would continue then; resolve this one, or leave the line out",
        merged.len() - 1
    );
    let refusal = Refusal::new(ProblemType::TooManyMerged, detail).header("continues-in").value(other);
    Err(refusal.expected(format!("one in which fewer than {MAX_MERGED} continue")))
}

/// Checks that a redaction names the right update, and one that is not yet redacted. In a log where it was carried out,
/// only the hash of that entry is left.
fn check_redaction(
    projection: &Projection<'_>,
    candidate: &Candidate<'_>,
    redaction: &Redaction,
) -> Result<(), Refusal> {
    if let Some(before) = projection.redaction_of(redaction.entry) {
        let detail = format!("entry {} has already been redacted by entry {}", before.entry, before.by);
        return Err(Refusal::new(ProblemType::NotRedactable, detail).header("entry").value(redaction.entry));
    }
    let leaf = candidate.history.leaf(redaction.entry)?;
    match log::redacted(&leaf) {
        Some(hash) => check_withheld(projection, redaction, LeafHash(hash.0)),
        None => check_present(redaction, &leaf),
    }
}

/// Checks that the hash in place of the entry is the one the redaction names, and that no other text has the update's
/// id.
fn check_withheld(projection: &Projection<'_>, redaction: &Redaction, hash: LeafHash) -> Result<(), Refusal> {
    check_hash(redaction, hash)?;
    if projection.note_of(&redaction.update)?.is_none() {
        return Ok(());
    }
    let detail = format!("it redacts the update {}, which is elsewhere in the log", redaction.update);
    Err(Refusal::new(ProblemType::NotRedactable, detail).header("update").value(&redaction.update))
}

fn check_present(redaction: &Redaction, leaf: &[u8]) -> Result<(), Refusal> {
    let entry = redaction.entry;
    let Some(update) = update_of(leaf) else {
        let detail = format!(
            "entry {entry} is not an update, and only the text of updates can be redacted: to replace a site note or a roster, publish a new one"
        );
        let refusal = Refusal::new(ProblemType::NotRedactable, detail).header("entry").value(entry);
        return Err(refusal.expected("the index of an update"));
    };
    check_hash(redaction, LeafHash(log::entry_hash(leaf).0))?;
    if update.id != redaction.update {
        let detail = format!("entry {entry} is the update {}, not {}", update.id, redaction.update);
        let refusal = Refusal::new(ProblemType::NotRedactable, detail).header("update");
        return Err(refusal.value(&redaction.update).expected(&update.id));
    }
    let Some(slug) = redaction.incident.as_ref().filter(|slug| **slug != update.incident) else {
        return Ok(());
    };
    let detail = format!("entry {entry} belongs to the incident {}, not to {slug}", update.incident);
    let refusal = Refusal::new(ProblemType::NotRedactable, detail).header("incident").value(slug);
    Err(refusal.expected(&update.incident))
}

fn check_hash(redaction: &Redaction, hash: LeafHash) -> Result<(), Refusal> {
    if hash == redaction.hash {
        return Ok(());
    }
    let entry = redaction.entry;
    let detail = format!("the leaf hash of entry {entry} is {hash}: this log has a different entry there");
    let refusal = Refusal::new(ProblemType::NotRedactable, detail).header("hash");
    Err(refusal.value(redaction.hash).expected(hash))
}

/// The update in an entry, if it holds one.
pub(crate) fn update_of(leaf: &[u8]) -> Option<Update> {
    match Text::parse(Note::parse_entry(leaf).ok()?.text()).ok()? {
        Text::Update(update) => Some(*update),
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
    }
}
