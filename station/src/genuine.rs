//! Genuineness: what a posted note's signatures say, before anything else is read and before it waits for the one
//! writer. At most one invalid signature is checked, so strangers cannot keep a station busy.

use outband_keys::{Note, NoteError};
use outband_record::authority::Authority;
use outband_record::text::Text;
use outband_site::paths;

use crate::admission::{check_origin, redacted, sha256};
use crate::error::StationError;
use crate::http::{CHECK, NOTES, Refusal, Request, other_method};
use crate::memory::{NoteRef, parse_roster};
use crate::projection::{Files, Projection};
use crate::store::{Store, read};
use crate::{Handled, Station};

/// The keys that are or were enrolled, as of one state of the log. Before the first roster there are none, and any note
/// is passed on.
#[derive(Clone, Debug, Default)]
pub struct Enrolled(Option<Authority>);

/// A note that an enrolled key has signed.
#[derive(Debug)]
pub struct Genuine {
    pub(crate) note: Note,
    pub(crate) text: Text,
}

impl Enrolled {
    /// The public path of the document that [`Enrolled::parse`] reads.
    pub const PATH: &'static str = paths::ROSTER_JSON;

    /// Reads them from a store.
    pub fn read(store: &dyn Store) -> Result<Self, StationError> {
        match read(store, Self::PATH)? {
            Some(file) => Self::parse(&file.body),
            None => Ok(Self(None)),
        }
    }

    /// Reads them from the document at [`Enrolled::PATH`].
    pub fn parse(document: &[u8]) -> Result<Self, StationError> {
        Ok(Self(Some(parse_roster(document).map_err(StationError::data(Self::PATH))?)))
    }
}

impl Station {
    /// The genuine note that a request other than a read posts, or the answer to a request that must not take any of
    /// the writer's time.
    pub fn screen(&self, enrolled: &Enrolled, request: &Request) -> Result<Genuine, Handled> {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", NOTES) => self.genuine(enrolled.0.as_ref(), &request.body).map_err(Handled::refused),
            ("POST", CHECK) => Err(Handled::answered(self.check(request))),
            _ => Err(Handled::answered(other_method(request))),
        }
    }

    /// The answer to a note that is or was in the log: its first receipt, or that it was redacted. Only reads, so that
    /// repetitions do not wait for the writer.
    pub fn repeated(&self, store: &dyn Store, genuine: &Genuine) -> Option<Handled> {
        let found = self.find_repeated(&Projection::empty(Files::of(store)), genuine);
        found.unwrap_or_else(|refusal| Some(Handled::refused(refusal.located(genuine.note.text()))))
    }

    /// Checks a posted note alone, and against the keys that are or were enrolled. A stranger's text is not even parsed: it
    /// may list hundreds of keys.
    pub(crate) fn genuine(&self, authority: Option<&Authority>, body: &[u8]) -> Result<Genuine, Refusal> {
        let note = Note::parse(body).map_err(|error| self.formless(error, NOTES))?;
        let judged = || -> Result<Text, Refusal> {
            check_origin(note.text(), &self.origin)?;
            authority.map_or(Ok(()), |authority| authority.genuine(&note))?;
            Ok(Text::parse(note.text())?)
        };
        let text = judged().map_err(|refusal| refusal.located(note.text()))?;
        Ok(Genuine { note, text })
    }

    /// The refusal of bytes, sent to `path`, that have no form. If something damaged them, the refusal says how to send
    /// them intact.
    pub(crate) fn formless(&self, error: NoteError, path: &str) -> Refusal {
        let to = |path: &str| format!("curl --data-binary @note.txt https://{}{path}", self.origin);
        let send = to(path);
        let how = match error {
            NoteError::Damaged { damage } if !damage.is_in_transit() => {
                let check = to(CHECK);
                format!(
                    "The answer to `{check}` is the text without it: sign that, and send it with `{send}`"
                )
            }
            NoteError::Damaged { .. } | NoteError::NoFinalNewline => {
                format!("Send the file as it is: `{send}`")
            }
            _ => return error.into(),
        };
        let mut refusal = Refusal::from(error);
        refusal.detail = format!("{}. {how}", refusal.detail);
        refusal
    }

    /// The answer if this text is or was in the log. Another text with its id is judged by admission.
    pub(crate) fn find_repeated(
        &self,
        projection: &Projection<'_>,
        genuine: &Genuine,
    ) -> Result<Option<Handled>, Refusal> {
        let Genuine { note, text } = genuine;
        match projection.note_of(text.id())? {
            Some(NoteRef { index, sha256: Some(known) }) if known == sha256(note.text()) => {
                self.known(&projection.files, index, text).map(Some)
            }
            Some(NoteRef { index, sha256: None }) => Err(redacted(text, index)),
            _ => Ok(None),
        }
    }
}
