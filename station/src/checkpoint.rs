//! The checkpoint file: the log's state under the log key, and the serving station's time-stamped cosignature.

use outband_keys::Note;
use outband_record::log::{Checkpoint, Tree};
use outband_record::time::Time;
use outband_site::paths;

use crate::Station;
use crate::fault::Fault;
use crate::store::{self, Store};

/// The log as it was last committed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) tree: Tree,
    /// The moment for which the files were rendered: that of the cosignature. It never goes back.
    pub(crate) time: Time,
}

impl Head {
    pub(crate) const EMPTY: Head = Head { tree: Tree::EMPTY, time: Time::EPOCH };
}

impl Station {
    /// The log's state as this station last signed it. With other keys than those that the log began with, it would
    /// go on under signatures that no roster knows: that is refused here, before anything is signed.
    pub(crate) fn head(&self, store: &dyn Store) -> Result<Head, Fault> {
        let Some(file) = store::read(store, paths::CHECKPOINT)? else { return Ok(Head::EMPTY) };
        let damaged = |what: &dyn ToString| Fault::document(paths::CHECKPOINT, what.to_string());
        let note = Note::parse(&file.body).map_err(|error| damaged(&error))?;
        let checkpoint = Checkpoint::parse(note.text())?;
        note.verify(&[self.log_key.verifier()]).map_err(|_| damaged(&"it is not signed by this LOG_KEY"))?;
        let cosigned = note.cosignatures(&[self.station_key.verifier()]).map_err(|error| damaged(&error))?;
        let (_, time) =
            cosigned.first().ok_or_else(|| damaged(&"it bears no cosignature by this STATION_KEY"))?;
        Ok(Head { tree: checkpoint.tree, time: Time::from_posix(*time) })
    }

    /// The checkpoint file for `head`.
    pub(crate) fn sign(&self, head: &Head) -> Result<Vec<u8>, Fault> {
        let origin = self.log_key.verifier().name().to_string();
        let text = Checkpoint { origin, tree: head.tree }.print();
        let lines = [self.log_key.sign_note(&text)?, self.station_key.cosign(&text, head.time.posix())?];
        Ok(Note::compose(&text, &lines).into_bytes())
    }
}
