//! Checks of a text's own content: its times, its components, the keys it lists, and the log state its author saw.

use outband_keys::VerifierKey;
use outband_record::log::{self, Hash};
use outband_record::text::{ComponentPath, Roster, Seen, Site, Text, Update};
use outband_record::time::Time;

use super::History;
use crate::http::{ProblemType, Refusal};

/// Seconds by which a note's time may be ahead of its receipt, since clocks differ. A note from later than that would
/// claim a time at which nobody had written it.
const FUTURE_SECONDS: u64 = 10 * 60;

/// The newest log state that the author's client had verified, if the text names it.
fn seen(text: &Text) -> Option<&Seen> {
    match text {
        Text::Update(update) => update.seen.as_ref(),
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
    }
}

/// Checks that the log is at least as long as the author's client saw it. A shorter log was restored from a backup:
/// judging the note by it would be wrong, and accepting the note would fork the log.
pub(super) fn check_size_seen(text: &Text, size: u64) -> Result<(), Refusal> {
    let Some(seen) = seen(text).filter(|seen| seen.size > size) else { return Ok(()) };
    let detail = format!(
        "the note's author has seen {} entries of this log, but it has only {size}: it was restored from an old copy, or rewritten. Send the note to another station; this one must catch up first",
        seen.size
    );
    Err(Refusal::new(ProblemType::Behind, detail).header("seen").value(seen.size).expected(size))
}

/// Checks that the log state that the author's client saw is a state of this log.
pub(super) fn check_history(text: &Text, history: &dyn History) -> Result<(), Refusal> {
    let Some(seen) = seen(text) else { return Ok(()) };
    let root = history.root_at(seen.size)?;
    if root == Hash(seen.root) {
        return Ok(());
    }
    let detail = format!(
        "the seen line's root hash is not that of this log's first {} entries: the author's client saw another history. Run `outband verify` against every copy",
        seen.size
    );
    let refusal = Refusal::new(ProblemType::OtherHistory, detail).header("seen").value(seen);
    Err(refusal.expected(log::hash_text(&root)))
}

/// Checks the text's times against the time of receipt.
pub(super) fn check_clock(text: &Text, received: Time) -> Result<(), Refusal> {
    let (time, latest) = (text.time(), received.plus(FUTURE_SECONDS));
    if time > latest {
        let ahead = time.posix() - received.posix();
        let detail = format!(
            "the time line says {time}, which is {ahead} seconds ahead of this station's clock, {received}; at most {FUTURE_SECONDS} are allowed. Set your clock and sign again"
        );
        let refusal = Refusal::new(ProblemType::TimeInFuture, detail).header("time").value(time);
        return Err(refusal.expected(format!("at most {latest}")));
    }
    let submit_by = match text {
        Text::Update(update) => update.submit_by,
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
    };
    let Some(by) = submit_by.filter(|by| *by < received) else { return Ok(()) };
    let detail = format!(
        "the note had to be submitted by {by}, but it is {received}; if it is still correct, sign it again"
    );
    let refusal = Refusal::new(ProblemType::PastSubmitBy, detail).header("submit-by").value(by);
    Err(refusal.expected(format!("at least {received}")))
}

/// Checks that the site has every component that the update names.
pub(super) fn check_components(site: Option<&Site>, update: &Update) -> Result<(), Refusal> {
    let is_known = |path: &ComponentPath| site.is_some_and(|site| site.component(path).is_some());
    let affects = update.affects.iter().map(|affects| ("affects", &affects.component));
    let mut named = affects.chain(update.unaffected.iter().map(|path| ("unaffected", path)));
    let Some((header, unknown)) = named.find(|(_, path)| !is_known(path)) else { return Ok(()) };
    let paths = site.into_iter().flat_map(|site| &site.component).map(|component| component.path.as_str());
    let paths = paths.collect::<Vec<_>>().join(", ");
    let detail = format!("the site has no component {unknown}; it has: {paths}");
    let refusal = Refusal::new(ProblemType::UnknownComponent, detail).header(header);
    Err(refusal.value(unknown).expected(paths))
}

/// Checks that a roster lists the log's key, and every station that issued a receipt for it.
pub(super) fn check_host_keys(
    roster: &Roster,
    log: &VerifierKey,
    stations: &[VerifierKey],
) -> Result<(), Refusal> {
    if roster.log != *log || roster.continues.is_some() {
        let detail = "the roster's log line must be the key that this log began with, without a continues line; this version of outband cannot hand a log over to another key";
        let refusal = Refusal::new(ProblemType::OtherLogKey, detail).header("log");
        return Err(refusal.value(&roster.log).expected(log));
    }
    let Some(missing) = stations.iter().find(|station| !roster.station.contains(station)) else {
        return Ok(());
    };
    let detail = format!(
        "the roster has no line `station: {missing}`; without it that station's receipts would be invalid, although this note has one. Add the line, or send the note without that receipt"
    );
    Err(Refusal::new(ProblemType::OtherStationKey, detail).header("station").expected(missing))
}
