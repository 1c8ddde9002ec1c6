//! Genuineness: what a posted note's signatures say, before anything else is read and before it waits for the one
//! writer. At most one invalid signature is checked, so strangers cannot keep a station busy.

use outband_keys::Note;
use outband_record::authority::Authority;
use outband_record::text::Text;
use outband_site::paths;

use crate::admission::{check_origin, sha256};
use crate::error::StationError;
use crate::http::{NOTES, Refusal, Request, method_not_allowed};
use crate::memory::{NoteRef, parse_roster};
use crate::projection::{Files, Projection};
use crate::store::{Store, read};
use crate::{Handled, Station};

/// The keys that are or were enrolled, as of one state of the log. Before the first roster there are none, and any note
/// is passed on.
#[derive(Clone, Debug, Default)]
pub struct Enrolled(Option<Authority>);

/// A note that an enrolled key has signed.
pub(crate) struct Genuine {
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
    /// The answer to a request that must not take any of the writer's time: one that posts no genuine note. `None` for
    /// reads and genuine notes.
    pub fn screen(&self, enrolled: &Enrolled, request: &Request) -> Option<Handled> {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", NOTES) => self.genuine(enrolled.0.as_ref(), &request.body).err().map(Handled::refused),
            _ => method_not_allowed(request).map(Handled::answered),
        }
    }

    /// The answer to a note that is already in the log: its first receipt. Only reads, so that repetitions do not wait
    /// for the writer.
    pub fn repeated(&self, store: &dyn Store, request: &Request) -> Option<Handled> {
        if (request.method.as_str(), request.path.as_str()) != ("POST", NOTES) {
            return None;
        }
        // Errors are left to the writer, which meets them too.
        let mut projection = Projection::empty(Files::of(store));
        let authority = projection.find_authority().ok()??;
        let genuine = self.genuine(Some(authority), &request.body).ok()?;
        self.find_repeated(&projection, &genuine).ok()?
    }

    /// Checks a posted note by itself and by the keys that are or were enrolled. A stranger's text is not even parsed: it
    /// may list hundreds of keys.
    pub(crate) fn genuine(&self, authority: Option<&Authority>, body: &[u8]) -> Result<Genuine, Refusal> {
        let note = Note::parse(body)?;
        let judged = || -> Result<Text, Refusal> {
            check_origin(note.text(), &self.origin)?;
            authority.map_or(Ok(()), |authority| authority.genuine(&note))?;
            Ok(Text::parse(note.text())?)
        };
        let text = judged().map_err(|refusal| refusal.located(note.text()))?;
        Ok(Genuine { note, text })
    }

    /// The answer if this text is in the log. Another text with its id is judged by admission.
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
            _ => Ok(None),
        }
    }
}
