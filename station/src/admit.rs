//! Whether a note that its signers may sign also makes sense, given what was said before it.

use outband_keys::{Note, VerifierKey, VerifyError};
use outband_record::text::{ComponentPath, Id, Origin, Redaction, Roster, Seen, Site, Slug, Text, Update};
use outband_record::time::Time;
use outband_record::timeline::Course;

use crate::error::StationError;
use crate::problem::ProblemType;
use crate::projection::Projection;
use crate::refusal::Refusal;

/// A note from further ahead than this is refused: it would claim to have been said when nobody had said it.
pub(crate) const FUTURE_SECONDS: u64 = 10 * 60;

/// The keys that sign what a station makes of the note at hand: a roster must go on listing them.
pub(crate) struct Signers {
    pub(crate) log: VerifierKey,
    /// The stations that receipted it.
    pub(crate) stations: Vec<VerifierKey>,
}

/// Which stations of the roster that judges an entry have receipted it, and when the first of them did: by that its
/// author's claims are judged.
pub(crate) struct Received {
    pub(crate) stations: Vec<VerifierKey>,
    pub(crate) first: Option<Time>,
}

/// Reads the receipts on an entry: by the roster in force, or the first one, which judges itself.
pub(crate) fn received(
    projection: &Projection<'_>,
    text: &Text,
    entry: &Note,
) -> Result<Received, VerifyError> {
    let known = match (&projection.authority, text) {
        (Some(authority), _) => authority.roster().station.as_slice(),
        (None, Text::Roster(roster)) => roster.station.as_slice(),
        (None, _) => &[],
    };
    let receipts = entry.receipts(known)?;
    let gave = |station: &&VerifierKey| receipts.iter().any(|(name, _)| name == station.name());
    Ok(Received {
        stations: known.iter().filter(gave).cloned().collect(),
        first: receipts.iter().map(|(_, time)| Time::from_posix(*time)).min(),
    })
}

/// What a text takes back of what was said before it.
pub(crate) fn taken_back(projection: &mut Projection<'_>, text: &Text) -> Result<Vec<Update>, StationError> {
    let Text::Update(update) = text else { return Ok(Vec::new()) };
    let taken_back = projection.incident(&update.incident)?.map(|incident| incident.taken_back_by(update));
    Ok(taken_back.unwrap_or_default().into_iter().cloned().collect())
}

/// The text was written for this log.
pub(crate) fn origin(text: &Text, origin: &Origin) -> Result<(), Refusal> {
    if text.origin() == origin {
        return Ok(());
    }
    let detail = format!(
        "the note was written for the log {}, this is {origin}; send it there, or write it for this one",
        text.origin()
    );
    Err(Refusal::new(ProblemType::WrongOrigin, detail).header("origin").value(text.origin()).expected(origin))
}

/// The newest state of the log that the author's client had verified, where it says so.
pub(crate) fn seen(text: &Text) -> Option<&Seen> {
    match text {
        Text::Update(update) => update.seen.as_ref(),
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
    }
}

/// A log that is shorter than what the author's client has seen was restored from a backup: to judge the note by it
/// would be wrong, and to accept it would be to fork the log.
pub(crate) fn behind(text: &Text, size: u64) -> Result<(), Refusal> {
    let Some(seen) = seen(text).filter(|seen| seen.size > size) else { return Ok(()) };
    let detail = format!(
        "this station's log has {size} entries, and the note's author has seen {}: it was restored from an old copy. Send the note to another station; this one must catch up first",
        seen.size
    );
    Err(Refusal::new(ProblemType::Behind, detail).header("seen").value(seen.size).expected(size))
}

/// The text's times fit the moment at which it came in.
pub(crate) fn clock(text: &Text, received: Time) -> Result<(), Refusal> {
    let time = text.time();
    if time > received.plus(FUTURE_SECONDS) {
        let ahead = time.posix() - received.posix();
        let detail = format!(
            "the time line says {time}, which is {ahead} seconds ahead of this station's clock, {received}; at most {FUTURE_SECONDS} are allowed. Set your clock and sign again"
        );
        return Err(Refusal::new(ProblemType::TimeInFuture, detail)
            .header("time")
            .value(time)
            .expected(format!("at most {}", received.plus(FUTURE_SECONDS))));
    }
    match text {
        Text::Update(update) => match update.submit_by.filter(|by| *by < received) {
            Some(by) => {
                let detail = format!(
                    "the note was to be submitted by {by}, and it is {received}; if it still holds, sign it again"
                );
                let expected = format!("at least {received}");
                Err(Refusal::new(ProblemType::PastSubmitBy, detail)
                    .header("submit-by")
                    .value(by)
                    .expected(expected))
            }
            None => Ok(()),
        },
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Ok(()),
    }
}

/// An empty log begins with roster 1, then the site note; only then can anything be said.
pub(crate) fn boot_order(projection: &Projection<'_>, text: &Text) -> Result<(), Refusal> {
    let wanted = match (&projection.authority, &projection.site) {
        (None, _) => "roster",
        (Some(_), None) => "site",
        (Some(_), Some(_)) => return Ok(()),
    };
    if text.kind() == wanted {
        return Ok(());
    }
    let detail = format!(
        "this station is not set up: its log needs a {wanted} note next. Send the notes that `outband init` wrote, the roster first"
    );
    Err(Refusal::new(ProblemType::NotSetUp, detail).line(Some(1)).value(text.kind()).expected(wanted))
}

/// What the text says makes sense by the roster and the site in force.
pub(crate) fn meaning(projection: &Projection<'_>, text: &Text, signers: &Signers) -> Result<(), Refusal> {
    match text {
        Text::Update(update) => components(projection.site.as_ref().map(|entry| &entry.site), update),
        Text::Roster(roster) => keys(roster, signers),
        Text::Site(_) | Text::Revocation(_) | Text::Redaction(_) => Ok(()),
    }
}

/// What an update says makes sense after the updates before it.
pub(crate) fn context(projection: &mut Projection<'_>, text: &Text, received: Time) -> Result<(), Refusal> {
    let Text::Update(update) = text else { return Ok(()) };
    same_incident(projection, update)?;
    references(projection, update, received)
}

/// What an update refers to is there, and can be referred to so.
pub(crate) fn references(
    projection: &mut Projection<'_>,
    update: &Update,
    received: Time,
) -> Result<(), Refusal> {
    targets(projection, update)?;
    other_incidents(projection, update)?;
    continuation(projection, update, received)
}

/// What a redaction names is the update that it says it is; gives that update.
pub(crate) fn redactable(projection: &Projection<'_>, redaction: &Redaction) -> Result<Update, Refusal> {
    once(projection, redaction)?;
    let entry = redaction.entry;
    let update = projection.update_at(entry)?.ok_or_else(|| {
        let detail = format!(
            "entry {entry} is no update, and only the words of updates can be redacted: a new site note or roster replaces what an older one says"
        );
        Refusal::new(ProblemType::NotRedactable, detail).header("entry").value(entry).expected("the index of an update")
    })?;
    let hash = projection.leaf_hash(entry)?;
    if hash != redaction.hash {
        let detail = format!(
            "the leaf hash of entry {entry} is {hash}: what was to be redacted is not what this log has there"
        );
        return Err(Refusal::new(ProblemType::NotRedactable, detail)
            .header("hash")
            .value(redaction.hash)
            .expected(hash));
    }
    if update.id != redaction.update {
        let detail = format!("entry {entry} is the update {}, not {}", update.id, redaction.update);
        return Err(Refusal::new(ProblemType::NotRedactable, detail)
            .header("update")
            .value(&redaction.update)
            .expected(&update.id));
    }
    match redaction.incident.as_ref().filter(|slug| **slug != update.incident) {
        Some(slug) => {
            let detail = format!("entry {entry} is of the incident {}, not of {slug}", update.incident);
            let refusal = Refusal::new(ProblemType::NotRedactable, detail).header("incident").value(slug);
            Err(refusal.expected(&update.incident))
        }
        None => Ok(update),
    }
}

/// An entry is redacted once.
pub(crate) fn once(projection: &Projection<'_>, redaction: &Redaction) -> Result<(), Refusal> {
    let Some(before) = projection.redaction_of(redaction.entry) else { return Ok(()) };
    let detail = format!("entry {} was redacted by entry {}; nothing of it is left", before.entry, before.by);
    Err(Refusal::new(ProblemType::NotRedactable, detail).header("entry").value(redaction.entry))
}

fn keys(roster: &Roster, signers: &Signers) -> Result<(), Refusal> {
    if roster.log != signers.log || roster.continues.is_some() {
        let detail = "the roster's log line must be the key that this log began with, without a continues line; this version of outband does not hand a log over to another key yet";
        return Err(Refusal::new(ProblemType::OtherLogKey, detail)
            .header("log")
            .value(&roster.log)
            .expected(&signers.log));
    }
    match signers.stations.iter().find(|station| !roster.station.contains(station)) {
        Some(missing) => {
            let detail = format!(
                "the roster has no line `station: {missing}`; without it that station's receipts would not count, though this very note bears one. Add the line, or send the note without that receipt"
            );
            Err(Refusal::new(ProblemType::OtherStationKey, detail).header("station").expected(missing))
        }
        None => Ok(()),
    }
}

fn components(site: Option<&Site>, update: &Update) -> Result<(), Refusal> {
    let known = |path: &ComponentPath| site.is_some_and(|site| site.component(path).is_some());
    let affects = update.affects.iter().map(|affects| ("affects", &affects.component));
    let mut named = affects.chain(update.unaffected.iter().map(|path| ("unaffected", path)));
    let Some((header, unknown)) = named.find(|(_, path)| !known(path)) else { return Ok(()) };
    let paths =
        site.map(|site| site.component.iter().map(|c| c.path.as_str()).collect::<Vec<_>>().join(", "));
    let paths = paths.unwrap_or_default();
    let detail = format!("the site has no component {unknown}; it has: {paths}");
    Err(Refusal::new(ProblemType::UnknownComponent, detail).header(header).value(unknown).expected(paths))
}

/// One slug is one thing: of one kind, and a drill or not.
pub(crate) fn same_incident(projection: &mut Projection<'_>, update: &Update) -> Result<(), Refusal> {
    let Some(incident) = projection.incident(&update.incident)? else { return Ok(()) };
    if let Some(kind) = incident.kind().filter(|kind| *kind != update.phase.kind()) {
        let detail = format!(
            "{} is of the kind {kind}, and {} is a phase of the kind {}; take one of the kind {kind}, or another slug",
            update.incident,
            update.phase,
            update.phase.kind()
        );
        let expected = format!("a phase of the kind {kind}");
        return Err(Refusal::new(ProblemType::OtherKind, detail)
            .header("phase")
            .value(update.phase)
            .expected(expected));
    }
    // A translation has no drill line: it is what its original is.
    let is_told = update.translates.is_none() && incident.has_own_words();
    if is_told && incident.is_drill() != update.is_drill() {
        let (is, expected) =
            if incident.is_drill() { ("a drill", "drill: yes") } else { ("not a drill", "no drill line") };
        let detail =
            format!("{} is {is}; drills and real updates never share a slug, take another", update.incident);
        let refusal =
            Refusal::new(ProblemType::DrillMixed, detail).header("incident").value(&update.incident);
        return Err(refusal.expected(expected));
    }
    Ok(())
}

/// What is corrected, retracted or translated is an earlier update of the same incident.
fn targets(projection: &mut Projection<'_>, update: &Update) -> Result<(), Refusal> {
    let lines =
        [("corrects", &update.corrects), ("retracts", &update.retracts), ("translates", &update.translates)];
    for (name, id) in lines {
        let Some(id) = id else { continue };
        let incident = projection.incident(&update.incident)?;
        let target = incident.and_then(|incident| incident.by_id(id));
        if target.is_none_or(|logged| logged.update.translates.is_some()) {
            return Err(unknown_update(name, id, &update.incident));
        }
    }
    Ok(())
}

fn unknown_update(name: &'static str, id: &Id, incident: &Slug) -> Refusal {
    let detail = format!(
        "the {name} line names {id}, which is no update of {incident} in this log (a translation does not count); send that one first, or name another"
    );
    let expected = format!("the id of an update of {incident}");
    Refusal::new(ProblemType::UnknownUpdate, detail).header(name).value(id).expected(expected)
}

fn other_incidents(projection: &mut Projection<'_>, update: &Update) -> Result<(), Refusal> {
    for (name, slug) in [("recurrence-of", &update.recurrence_of), ("continues-in", &update.continues_in)] {
        let Some(slug) = slug else { continue };
        let drill = projection.incident(slug)?.map(|incident| incident.is_drill());
        if drill != Some(update.is_drill()) {
            let what = match drill {
                None => "of which nothing was said in this log; send its first update first",
                Some(true) => "which is a drill, and this is not",
                Some(false) => "which is no drill, as this is",
            };
            let detail = format!("the {name} line names {slug}, {what}, or name another");
            let expected =
                if update.is_drill() { "the slug of a drill" } else { "the slug of an incident in this log" };
            return Err(Refusal::new(ProblemType::UnknownIncident, detail)
                .header(name)
                .value(slug)
                .expected(expected));
        }
    }
    Ok(())
}

/// What is to go on in another incident can: that one is of the same kind, was not over when this was said, and did not
/// go on elsewhere itself. (Two that name each other may still come in by way of two stations: neither is over then.)
fn continuation(projection: &mut Projection<'_>, update: &Update, received: Time) -> Result<(), Refusal> {
    let Some(slug) = &update.continues_in else { return Ok(()) };
    let Some(other) = projection.incident(slug)? else { return Ok(()) };
    if let Some(kind) = other.kind().filter(|kind| *kind != update.phase.kind()) {
        let detail = format!(
            "the continues-in line names {slug}, which is of the kind {kind}; name one of the kind {}, or say this in a last update and resolve it",
            update.phase.kind()
        );
        return Err(Refusal::new(ProblemType::OtherKind, detail)
            .header("continues-in")
            .value(slug)
            .expected(format!("the slug of one of the kind {}", update.phase.kind())));
    }
    let logged = update.time.min(received);
    let course = other.course().filter(|course| course.over.is_none_or(|over| over > logged));
    let what = match course {
        None => "over: nothing would take this on, and the page would read as if all were well".to_owned(),
        Some(Course { goes_on: Some((further, at)), .. }) if at <= logged => {
            format!("said to go on in {further} itself; name that one")
        }
        Some(_) => return Ok(()),
    };
    let detail =
        format!("the continues-in line names {slug}, which is {what}. Name another, or leave the line out");
    Err(Refusal::new(ProblemType::NotOpen, detail)
        .header("continues-in")
        .value(slug)
        .expected(format!("the slug of one that goes on at {logged}")))
}
