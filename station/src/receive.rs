//! A note's way in: from bytes to an entry of the log, or to a refusal.

use outband_keys::{Note, SignatureLine, Verified, VerifierKey, fingerprint};
use outband_record::authority::Authority;
use outband_record::log::{self, Hash, LogError, Tree};
use outband_record::text::Text;
use outband_record::time::Time;
use outband_record::timeline::{Incident, Signer};
use outband_site::data::NoteRef;
use outband_site::paths;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::Station;
use crate::admit::{self, Signers};
use crate::checkpoint::Head;
use crate::error::StationError;
use crate::http::Response;
use crate::problem::ProblemType;
use crate::projection::{self, Entry, Projection};
use crate::redact;
use crate::refusal::Refusal;
use crate::store::{self, File, Store};

/// What an operator gets back for an accepted note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Receipt {
    /// The note's place in the log.
    index: u64,
    /// This station's statement of when it received the note, as the entry bears it.
    receipt: String,
    /// When that was.
    received: String,
    /// The entry, for people.
    entry: String,
    /// The page that shows it; absent for what has no page of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
    /// What the operator should know though the note was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    remark: Option<String>,
}

impl Station {
    /// Accepts a note or refuses it. Cost depends on the incident, its month and what is open, not on the log; but a
    /// redaction's does.
    pub(crate) fn receive(&self, store: &mut dyn Store, body: &[u8], now: u64) -> Response {
        match self.try_receive(store, body, now) {
            Ok((status, receipt)) => receipt.response(status),
            Err(refusal) => refusal.response(),
        }
    }

    fn try_receive(&self, store: &mut dyn Store, body: &[u8], now: u64) -> Result<(u16, Receipt), Refusal> {
        let note = Note::parse(body)?;
        self.judge(store, &note, now).map_err(|refusal| refusal.located(note.text()))
    }

    fn judge(&self, store: &mut dyn Store, note: &Note, now: u64) -> Result<(u16, Receipt), Refusal> {
        let text = Text::parse(note.text())?;
        admit::origin(&text, &self.origin)?;
        let size = self.head(store)?.tree.size;
        admit::behind(&text, size)?;
        let sha256 = sha256(note.text());
        match projection::note(store, &text)? {
            Some(NoteRef { index, sha256: Some(known) }) if known == sha256 => {
                return Ok((200, self.first_receipt(store, index, &text)?));
            }
            Some(NoteRef { index, sha256: None }) => {
                let detail = format!(
                    "this text was published as entry {index} and redacted; it does not come in again"
                );
                return Err(Refusal::new(ProblemType::Redacted, detail).header("id").value(text.id()));
            }
            Some(_) | None => {}
        }
        if size > 0 {
            projection::authority(store)?.known(note)?;
        }
        let last = self.own_head(store)?;
        let head = Head { time: last.time.max(Time::from_posix(now)), ..last };
        let mut projection = Projection::open(store, &last)?;
        let known = projection.note(&text)?;
        let verified = self.authorise(&mut projection, note, &text, head.tree.size)?;
        if let Some(known) = known {
            let detail = format!(
                "entry {} has the same id and another text; give this text an id of its own",
                known.index
            );
            return Err(Refusal::new(ProblemType::ReusedId, detail)
                .header("id")
                .value(text.id())
                .expected("an id that no other text has"));
        }
        let lines = self.receipts(&projection, note, &verified, head.time)?;
        let leaf = Note::compose(note.text(), &lines);
        let receipts = admit::received(&projection, &text, &Note::parse_entry(leaf.as_bytes())?);
        let receipts = receipts.map_err(|error| Refusal::new(ProblemType::BadReceipt, error))?;
        let received = receipts.first.unwrap_or(head.time);
        admit::clock(&text, received)?;
        admit::boot_order(&projection, &text)?;
        admit::meaning(&projection, &text, &self.signers(receipts.stations))?;
        admit::context(&mut projection, &text, received)?;
        other_history(store, &head.tree, &text)?;

        let appended =
            log::append(&reader(store), &head.tree, leaf.as_bytes()).map_err(StationError::from)?;
        let before = said_before(&mut projection, &text)?;
        let index = head.tree.size;
        let own = self.own_receipt(note.text(), &lines, &log::note_path(index))?;
        let head = Head { tree: appended.tree, time: head.time };
        let (files, remark) = if let Text::Redaction(redaction) = &text {
            (self.redact(&mut projection, redaction, &head, leaf)?, Some(redact::REMARK.to_owned()))
        } else {
            let signers = signers(projection.authority.as_ref(), &text, &verified);
            projection.apply(Entry { index, text: &text, sha256, signers, received, leaf: leaf.clone() })?;
            projection.step_rendering(BUDGET_OF_A_NOTE)?;
            let remark = remark(before.as_ref(), &projection, &text, received);
            (self.files(&mut projection, &head, appended.files, Some((index, leaf)))?, remark)
        };
        let mut receipt = Receipt::new(index, own, &text, remark);
        // Nothing may fail from here on: the note is in the log.
        store.commit(&files).map_err(StationError::from)?;
        if matches!(text, Text::Redaction(_))
            && let Err(error) = store.forget()
        {
            let remark =
                format!("{}. In free space of its own disk they may still lie: {error}", redact::REMARK);
            receipt.remark = Some(remark);
        }
        Ok((201, receipt))
    }

    /// Everything that one step commits: the log's files, what follows from them, and the checkpoint over it all.
    pub(crate) fn files(
        &self,
        projection: &mut Projection<'_>,
        head: &Head,
        tiles: Vec<(String, Vec<u8>)>,
        entry: Option<(u64, String)>,
    ) -> Result<Vec<File>, StationError> {
        let mut bodies = tiles;
        bodies.extend(entry.map(|(index, leaf)| (log::note_path(index), leaf.into_bytes())));
        bodies
            .extend(projection.render(head.time)?.into_iter().map(|rendered| (rendered.path, rendered.body)));
        self.batch(projection.store, head, bodies)
    }

    /// Of these files those that are not in the store as they are, and the checkpoint.
    pub(crate) fn batch(
        &self,
        store: &dyn Store,
        head: &Head,
        bodies: Vec<(String, Vec<u8>)>,
    ) -> Result<Vec<File>, StationError> {
        let mut files = Vec::new();
        for (path, body) in bodies {
            let file = File::new(path, body, head.time.posix());
            let stored = store.get(&file.path)?;
            if stored.is_none_or(|stored| stored.etag != file.etag || stored.body != file.body) {
                files.push(file);
            }
        }
        files.push(File::new(paths::CHECKPOINT.to_owned(), self.sign(head)?, head.time.posix()));
        Ok(files)
    }

    /// This station's keys, with the stations that receipted the note: this one has, known to the roster or not.
    fn signers(&self, mut stations: Vec<VerifierKey>) -> Signers {
        let own = self.station_key.verifier();
        if !stations.contains(&own) {
            stations.push(own);
        }
        Signers { log: self.log_key.verifier(), stations }
    }

    fn authorise(
        &self,
        projection: &mut Projection<'_>,
        note: &Note,
        text: &Text,
        size: u64,
    ) -> Result<Verified, Refusal> {
        let taken_back = admit::taken_back(projection, text)?;
        match (&projection.authority, text) {
            (Some(authority), _) => Ok(authority.admit(note, text, size, &taken_back)?),
            (None, Text::Roster(roster)) => Ok(Authority::founding(note, roster, &self.roots)?),
            (None, _) => Err(admit::boot_order(projection, text)
                .err()
                .unwrap_or_else(|| Refusal::new(ProblemType::NotSetUp, "this station is not set up"))),
        }
    }

    /// The operators' lines, then the receipts: those that other stations gave, and this one's, once.
    fn receipts(
        &self,
        projection: &Projection<'_>,
        note: &Note,
        verified: &Verified,
        now: Time,
    ) -> Result<Vec<SignatureLine>, Refusal> {
        let stations = projection
            .authority
            .as_ref()
            .map(|authority| authority.roster().station.clone())
            .unwrap_or_default();
        let given = note.receipts(&stations).map_err(|error| Refusal::new(ProblemType::BadReceipt, error))?;
        let is_receipt = |line: &&SignatureLine| {
            stations.iter().any(|station| station.verify_receipt(note.text(), line).is_ok())
        };
        let mut lines = verified.lines().to_vec();
        lines.extend(note.signatures().iter().filter(is_receipt).cloned());
        let own = self.station_key.verifier().name().clone();
        if !given.iter().any(|(name, _)| *name == own) {
            lines.push(self.station_key.receipt(note.text(), now.posix()).map_err(StationError::from)?);
        }
        Ok(lines)
    }

    /// The answer to a note that is in the log already: the receipt that it got then.
    fn first_receipt(&self, store: &dyn Store, index: u64, text: &Text) -> Result<Receipt, Refusal> {
        let path = log::note_path(index);
        let damaged = |what: &dyn ToString| StationError::document(&path, what.to_string());
        let file = store::read(store, &path)?.ok_or_else(|| damaged(&"it is missing"))?;
        let entry = Note::parse_entry(&file.body).map_err(|error| damaged(&error))?;
        let own = self.own_receipt(entry.text(), entry.signatures(), &path)?;
        let remark = Some("this text is in the log already; nothing new was stored".to_owned());
        Ok(Receipt::new(index, own, text, remark))
    }

    /// This station's receipt among the lines of the entry at `path`, and when it received the text.
    fn own_receipt(
        &self,
        text: &str,
        lines: &[SignatureLine],
        path: &str,
    ) -> Result<(String, Time), StationError> {
        let station = self.station_key.verifier();
        let own = |line: &SignatureLine| {
            let time = station.verify_receipt(text, line).ok()?;
            Some((line.to_string(), Time::from_posix(time)))
        };
        let found = lines.iter().find_map(own);
        found.ok_or_else(|| StationError::document(path, "it bears no receipt of this station"))
    }
}

/// Incidents and months that one note may re-render beside its own: enough for a small site to be whole at once.
const BUDGET_OF_A_NOTE: u64 = 32;

impl Receipt {
    fn new(index: u64, (receipt, received): (String, Time), text: &Text, remark: Option<String>) -> Self {
        let page = match text {
            Text::Update(update) => Some(paths::incident(&update.incident, update.is_drill())),
            Text::Site(_) => Some(paths::INDEX.to_owned()),
            Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => None,
        };
        Self { index, receipt, received: received.to_string(), entry: log::note_path(index), page, remark }
    }

    fn response(&self, status: u16) -> Response {
        let mut body = serde_json::to_vec_pretty(self).unwrap_or_default();
        body.push(b'\n');
        let mut response = Response::new(status, "application/json; charset=utf-8", body);
        response.header("location", &self.entry);
        response.header("cache-control", "no-store");
        response.header("access-control-allow-origin", "*");
        response
    }
}

/// What the author's client saw is a state of this very log.
fn other_history(store: &dyn Store, tree: &Tree, text: &Text) -> Result<(), Refusal> {
    let Some(seen) = admit::seen(text) else { return Ok(()) };
    let root = log::root_at(&reader(store), seen.size, tree).map_err(StationError::from)?;
    if root == Hash(seen.root) {
        return Ok(());
    }
    let detail = format!(
        "the seen line's root hash is not that of this log's first {} entries: the author's client saw another history. Run `outband verify` against every copy",
        seen.size
    );
    Err(Refusal::new(ProblemType::OtherHistory, detail)
        .header("seen")
        .value(seen)
        .expected(log::hash_text(&root)))
}

/// How log code reads this store.
pub(crate) fn reader<'s>(store: &'s dyn Store) -> impl Fn(&str) -> Result<Option<Vec<u8>>, LogError> + 's {
    |path| match store::read(store, path) {
        Ok(file) => Ok(file.map(|file| file.body)),
        Err(error) => Err(LogError::Read(error.to_string())),
    }
}

/// SHA-256 of a note's text, in lower-case hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who signed, as readers see them: by the roster that judged the note.
pub(crate) fn signers(authority: Option<&Authority>, text: &Text, verified: &Verified) -> Vec<Signer> {
    let roster = match (authority, text) {
        (Some(authority), _) => Some(authority.roster()),
        (None, Text::Roster(roster)) => Some(roster.as_ref()),
        (None, _) => None,
    };
    let signer = |key: &VerifierKey| Signer {
        key: key.name().clone(),
        fingerprint: fingerprint(key.public()),
        person: roster.map(|roster| roster.person_of(key).to_owned()).unwrap_or_default(),
    };
    verified.signers().iter().map(signer).collect()
}

/// The incident as it stood before this update.
fn said_before(projection: &mut Projection<'_>, text: &Text) -> Result<Option<Incident>, Refusal> {
    match text {
        Text::Update(update) => Ok(projection.incident(&update.incident)?.cloned()),
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Ok(None),
    }
}

/// A late note may change nothing that holds, because newer ones were said: its author must know.
fn remark(
    before: Option<&Incident>,
    projection: &Projection<'_>,
    text: &Text,
    received: Time,
) -> Option<String> {
    let Text::Update(update) = text else { return None };
    if update.translates.is_some() {
        return None;
    }
    let (before, after) = (before?.state()?, projection.incidents.get(&update.incident)?.state()?);
    let apart = received.posix().abs_diff(text.time().posix());
    (before == after).then(|| {
        format!("accepted, and nothing that holds now has changed: newer updates of {} were said. The note's time and this station's clock are {apart} seconds apart", update.incident)
    })
}
