//! Admission: whether a note may be the log's next entry, judged by the log before it.
//!
//! Receiving, verifying and redacting all use [`admit`], so that a note which a station refuses is refused in the log
//! of a copy for the same reason. No rule is implemented anywhere else.

mod meaning;
mod references;

use outband_keys::{
    MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, SecretKey, SignatureLine, Stamped, Verified, VerifierKey,
};
use outband_record::authority::Authority;
use outband_record::log::Hash;
use outband_record::text::{Origin, Roster, Text, Value as _};
use outband_record::time::Time;
use outband_record::timeline::Signer;
use sha2::{Digest, Sha256};

use crate::error::StationError;
use crate::http::{ProblemType, Refusal};
use crate::projection::{Entry, Projection};
pub(crate) use references::update_of;

/// A note to be admitted as the entry `index`.
pub(crate) struct Candidate<'c> {
    pub(crate) note: &'c Note,
    pub(crate) text: &'c Text,
    pub(crate) index: u64,
    pub(crate) arrival: Arrival<'c>,
    /// The keys that may found a log; `None` if the first roster's own are trusted on first use.
    pub(crate) roots: Option<&'c [VerifierKey]>,
    pub(crate) history: &'c dyn History,
}

/// The log before a candidate.
pub(crate) trait History {
    /// The root hash of its first `size` entries.
    fn root_at(&self, size: u64) -> Result<Hash, StationError>;
    /// The entry at `index`, or its hash if it was redacted.
    fn leaf(&self, index: u64) -> Result<Vec<u8>, StationError>;
}

/// Where a note comes from.
pub(crate) enum Arrival<'c> {
    /// Received by a station, which adds its receipt.
    Received {
        /// The log's origin.
        origin: &'c Origin,
        /// The log's key.
        log: VerifierKey,
        /// The station's key.
        station: &'c SecretKey,
        /// The time on the station's clock.
        now: Time,
    },
    /// Read from a log, with its receipts.
    Logged {
        /// The entry, byte for byte.
        leaf: &'c [u8],
        /// Whether an earlier entry, which it may refer to, was redacted.
        has_gaps: bool,
    },
}

/// A note that was admitted.
pub(crate) struct Admitted {
    /// The entry: text, signatures by known keys, receipts.
    pub(crate) leaf: String,
    /// The signature lines and receipts of the entry.
    pub(crate) lines: Vec<SignatureLine>,
    /// Its earliest receipt.
    pub(crate) received: Time,
    pub(crate) signers: Vec<Signer>,
    /// The refusal that it would have got if nothing had been redacted: it refers to something missing.
    pub(crate) excused: Option<Refusal>,
}

impl Admitted {
    /// The entry to apply to the projection that admitted it.
    pub(crate) fn entry<'e>(&self, index: u64, text: &'e Text, signed: &str) -> Entry<'e> {
        Entry {
            index,
            text,
            sha256: sha256(signed),
            signers: self.signers.clone(),
            received: self.received,
            leaf: self.leaf.clone(),
            is_pending: false,
        }
    }
}

/// Admits the candidate as the next entry after those in `projection`, or returns the reason for refusing it.
pub(crate) fn admit(projection: &Projection<'_>, candidate: &Candidate<'_>) -> Result<Admitted, Refusal> {
    let Candidate { note, text, index, .. } = *candidate;
    let judge = Judge::of(projection, candidate)?;
    check_origin(note.text(), judge.origin)?;
    let receipts = note.receipts(judge.stations()).map_err(bad_receipt);
    if let Ok(receipts) = &receipts {
        check_size(candidate, receipts)?;
    }
    let verified = judge.verify(projection, candidate)?;
    meaning::check_size_seen(text, index)?;
    let receipts = receipts?;
    check_id(projection, text)?;
    let lines = lines(candidate, &verified, &receipts)?;
    let leaf = Note::compose(note.text(), &lines);
    let received = judge.received(candidate, &receipts)?;
    meaning::check_clock(text, received)?;
    check_boot_order(projection, text)?;
    match text {
        Text::Update(update) => meaning::check_components(projection.site(), update)?,
        Text::Roster(roster) => {
            meaning::check_host_keys(roster, &judge.log, &stations_of(candidate, &receipts))?;
        }
        Text::Site(_) | Text::Revocation(_) | Text::Redaction(_) => {}
    }
    let excused = references::check(projection, candidate, received)?;
    meaning::check_history(text, candidate.history)?;
    // Last: a received note has no such lines left, and must be refused for the same reason.
    check_lines(candidate, &leaf)?;
    Ok(Admitted { leaf, lines, received, signers: judge.signers(&verified), excused })
}

/// The rules for a candidate: those of the roster in force, or, for the first roster, its own.
struct Judge<'c> {
    roster: &'c Roster,
    origin: &'c Origin,
    log: VerifierKey,
}

impl<'c> Judge<'c> {
    fn of(projection: &'c Projection<'_>, candidate: &Candidate<'c>) -> Result<Self, Refusal> {
        let roster = match (projection.authority(), candidate.text) {
            (Some(authority), _) => authority.roster(),
            (None, Text::Roster(roster)) => roster.as_ref(),
            (None, text) => return Err(not_set_up(text, "roster")),
        };
        let (origin, log) = match &candidate.arrival {
            Arrival::Received { origin, log, .. } => (*origin, log.clone()),
            Arrival::Logged { .. } => (&roster.origin, roster.log.clone()),
        };
        Ok(Self { roster, origin, log })
    }

    /// The stations whose receipts are valid.
    fn stations(&self) -> &'c [VerifierKey] {
        &self.roster.station
    }

    /// Verifies that the persons required by the rules signed it.
    fn verify(&self, projection: &Projection<'_>, candidate: &Candidate<'_>) -> Result<Verified, Refusal> {
        let Candidate { note, text, index, roots, .. } = *candidate;
        let Some(authority) = projection.authority() else {
            return Ok(Authority::founding(note, self.roster, roots.unwrap_or(&self.roster.root))?);
        };
        let incident = match text {
            Text::Update(update) => projection.incident(&update.incident)?.map(|incident| (incident, update)),
            Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
        };
        let taken_back = incident.as_ref().map(|(incident, update)| incident.taken_back_by(update));
        let taken_back: Vec<_> = taken_back.into_iter().flatten().cloned().collect();
        Ok(authority.admit(note, text, index, &taken_back)?)
    }

    /// When the note was received: the time of its earliest valid receipt.
    fn received(&self, candidate: &Candidate<'_>, receipts: &[Stamped<'_>]) -> Result<Time, Refusal> {
        let given = receipts.iter().map(|stamped| Time::from_posix(stamped.time)).min();
        match &candidate.arrival {
            Arrival::Received { station, now, .. } => {
                let counts = self.stations().contains(&station.verifier());
                Ok(given.map_or(*now, |given| if counts { given.min(*now) } else { given }))
            }
            Arrival::Logged { .. } => given.ok_or_else(|| {
                Refusal::new(ProblemType::BadReceipt, "it has no receipt by a station of the roster")
            }),
        }
    }

    /// The signers as shown to readers, by the roster that judged the note.
    fn signers(&self, verified: &Verified) -> Vec<Signer> {
        let signer = |key: &VerifierKey| Signer::new(key, self.roster.person_of(key));
        verified.signers().iter().map(signer).collect()
    }
}

/// Checks that the text was written for this log. It need not be well-formed: an author who sends it to the wrong
/// station learns that first.
pub(crate) fn check_origin(text: &str, origin: &Origin) -> Result<(), Refusal> {
    let second = text.lines().nth(1).and_then(|line| line.strip_prefix("origin: "));
    let Some(found) = second.and_then(Origin::parse).filter(|found| found != origin) else { return Ok(()) };
    let detail = format!(
        "the note was written for the log {found}, but this is {origin}; send it there, or write it for this log"
    );
    Err(Refusal::new(ProblemType::WrongOrigin, detail).header("origin").value(found).expected(origin))
}

/// Parses the text of a log's entry. One that is not well-formed is refused for what a station refuses first: its
/// origin, then its signatures.
pub(crate) fn parse_entry(authority: Option<&Authority>, note: &Note) -> Result<Text, Refusal> {
    Text::parse(note.text()).map_err(|error| {
        let first = || -> Result<(), Refusal> {
            let Some(authority) = authority else { return Ok(()) };
            check_origin(note.text(), &authority.roster().origin)?;
            Ok(authority.genuine(note)?)
        };
        first().err().unwrap_or_else(|| error.into())
    })
}

/// An SSH signature's line in an entry may be longer than its armoured form, by fewer bytes than this.
const SSH_LINE_BYTES: usize = 100;

/// Checks an entry's size and its number of signatures, without the receipts that stations added. (A received note was
/// checked when it was parsed.)
fn check_size(candidate: &Candidate<'_>, receipts: &[Stamped<'_>]) -> Result<(), Refusal> {
    let Arrival::Logged { leaf, .. } = &candidate.arrival else { return Ok(()) };
    let found = candidate.note.signatures().len().saturating_sub(receipts.len());
    if found > MAX_SIGNATURES {
        return Err(NoteError::TooManySignatures { found, limit: MAX_SIGNATURES }.into());
    }
    let added: usize = receipts.iter().map(|stamped| stamped.line.to_string().len() + 1).sum();
    let bytes = leaf.len().saturating_sub(added + SSH_LINE_BYTES * found);
    if bytes > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge { bytes, limit: MAX_NOTE_BYTES }.into());
    }
    Ok(())
}

/// Checks that no other text has the same id.
fn check_id(projection: &Projection<'_>, text: &Text) -> Result<(), Refusal> {
    let Some(known) = projection.note(text)? else { return Ok(()) };
    if known.sha256.is_none() {
        return Err(redacted(text, known.index));
    }
    let detail = format!("entry {} has the same id; each text needs its own id", known.index);
    let refusal = Refusal::new(ProblemType::ReusedId, detail).header("id").value(text.id());
    Err(refusal.expected("an id that no other text has"))
}

/// The refusal of a text that was published as the entry `index` and redacted.
pub(crate) fn redacted(text: &Text, index: u64) -> Refusal {
    let detail =
        format!("this text was published as entry {index} and redacted; it cannot be published again");
    Refusal::new(ProblemType::Redacted, detail).header("id").value(text.id())
}

/// The operators' signature lines, then the receipts: those of the roster's stations, and this station's own, once.
fn lines(
    candidate: &Candidate<'_>,
    verified: &Verified,
    receipts: &[Stamped<'_>],
) -> Result<Vec<SignatureLine>, Refusal> {
    let mut lines = verified.lines().to_vec();
    lines.extend(receipts.iter().map(|stamped| stamped.line.clone()));
    if let Arrival::Received { station, now, .. } = &candidate.arrival {
        let own = station.verifier();
        if !receipts.iter().any(|stamped| stamped.station.name() == own.name()) {
            let receipt = station.receipt(candidate.note.text(), now.posix()).map_err(StationError::from)?;
            lines.push(receipt);
        }
    }
    Ok(lines)
}

/// Checks that an entry has exactly the lines that a station would have given it.
fn check_lines(candidate: &Candidate<'_>, leaf: &str) -> Result<(), Refusal> {
    match &candidate.arrival {
        Arrival::Logged { leaf: found, .. } if leaf.as_bytes() != *found => {
            let detail = "it has lines that are neither signatures nor receipts by the roster's keys";
            Err(Refusal::new(ProblemType::BadNote, detail))
        }
        Arrival::Logged { .. } | Arrival::Received { .. } => Ok(()),
    }
}

/// The stations that issued a receipt for the note, including this one: a new roster must list them.
fn stations_of(candidate: &Candidate<'_>, receipts: &[Stamped<'_>]) -> Vec<VerifierKey> {
    let mut stations: Vec<_> = receipts.iter().map(|stamped| stamped.station.clone()).collect();
    if let Arrival::Received { station, .. } = &candidate.arrival
        && !stations.contains(&station.verifier())
    {
        stations.push(station.verifier());
    }
    stations
}

/// Checks that an empty log begins with roster 1 and then the site note, before anything can be posted.
fn check_boot_order(projection: &Projection<'_>, text: &Text) -> Result<(), Refusal> {
    let wanted = match (projection.authority(), projection.site()) {
        (None, _) => "roster",
        (Some(_), None) => "site",
        (Some(_), Some(_)) => return Ok(()),
    };
    if text.kind() == wanted { Ok(()) } else { Err(not_set_up(text, wanted)) }
}

fn not_set_up(text: &Text, wanted: &str) -> Refusal {
    let detail = format!(
        "this station is not set up: its log needs a {wanted} note next. Send the notes that `outband init` wrote, the roster first"
    );
    Refusal::new(ProblemType::NotSetUp, detail).line(Some(1)).value(text.kind()).expected(wanted)
}

fn bad_receipt(error: impl ToString) -> Refusal {
    Refusal::new(ProblemType::BadReceipt, error.to_string())
}

/// SHA-256 of a note's text, in lower-case hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}
