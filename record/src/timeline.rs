//! What is true now: an incident's updates, folded.
//!
//! An update is *said* at the earlier of its own time and its earliest receipt. An incident folds by (said, index),
//! so that a late phone's old "investigating" does not reopen what is resolved; the log and the feeds list by index.

mod fold;
mod holding;
mod outlook;

pub use holding::{Holding, Stated};
pub use outlook::{Outlook, worst};

use std::collections::BTreeMap;

use outband_keys::KeyName;

use crate::text::{Id, Slug, Update};
use crate::time::Time;

/// One update, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its place in the log.
    pub index: u64,
    /// What was said.
    pub update: Update,
    /// Who said it: the key's name, and the person as the roster of that time shows them.
    pub signers: Vec<Signer>,
    /// The earliest valid receipt.
    pub received: Time,
    /// The entry itself: the text, an empty line, signatures and receipts.
    pub leaf: String,
}

/// Who signed an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: KeyName,
    /// The person's display name or role, by the roster of that time.
    pub person: String,
}

impl Said {
    /// When it was said: the operator's clock, or the receipt where that is earlier.
    pub fn said(&self) -> Time {
        self.update.time.min(self.received)
    }

    /// Whether readers should see "received" beside the operator's time.
    pub fn shows_received(&self) -> bool {
        self.update.time.posix().abs_diff(self.received.posix()) > SHOWN_DIFFERENCE_SECONDS
    }
}

/// Clocks of laptops and phones differ by this much without anyone being wrong.
const SHOWN_DIFFERENCE_SECONDS: u64 = 10 * 60;

/// All updates of one slug: an incident, a maintenance or a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    said: Vec<Said>,
}

impl Incident {
    /// An incident of its first update.
    pub fn begin(first: Said) -> Self {
        Self { said: vec![first] }
    }

    /// From updates in the order of the log; `None` where there are none.
    pub fn from_said(said: Vec<Said>) -> Option<Self> {
        (!said.is_empty()).then_some(Self { said })
    }

    /// Adds the newest entry of the log.
    pub fn add(&mut self, said: Said) {
        self.said.push(said);
    }

    /// Every update in the order of the log, drafts of nothing left out: corrections, retractions, translations too.
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// What it is called in URLs.
    pub fn slug(&self) -> Option<&Slug> {
        self.said.first().map(|said| &said.update.incident)
    }

    /// Whether it is a drill: the first update says so, and all others must agree.
    pub fn is_drill(&self) -> bool {
        self.said.first().is_some_and(|said| said.update.is_drill())
    }

    /// The update with this id.
    pub fn by_id(&self, id: &Id) -> Option<&Said> {
        self.said.iter().find(|said| said.update.id == *id)
    }

    /// The correction that stands in place of `id`: the last said, if there are several.
    pub fn corrected_by(&self, id: &Id) -> Option<&Said> {
        let corrections = self.said.iter().filter(|said| said.update.corrects.as_ref() == Some(id));
        corrections.filter(|said| self.retracted_by(&said.update.id).is_none()).max_by_key(|said| (said.said(), said.index))
    }

    /// The retraction of `id`.
    pub fn retracted_by(&self, id: &Id) -> Option<&Said> {
        self.said.iter().find(|said| said.update.retracts.as_ref() == Some(id))
    }

    /// Translations of `id`, one a language: the last received.
    pub fn translations_of(&self, id: &Id) -> Vec<&Said> {
        let mut by_lang = BTreeMap::new();
        for said in self.said.iter().filter(|said| said.update.translates.as_ref() == Some(id)) {
            by_lang.insert(said.update.lang.clone(), said);
        }
        by_lang.into_values().collect()
    }

    /// What holds now by what was said so far.
    pub fn holding(&self) -> Option<Holding<'_>> {
        fold::fold(self)
    }
}
