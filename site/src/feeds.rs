//! Feeds: one item an update, as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1; and one item an incident, for clients
//! that expect the shape of Statuspage's.
//!
//! A published item of an update never changes, since readers keep an edited entry read or report only its first
//! change: it is written from the update's own signed lines alone, with times in UTC and components by their paths.
//! A correction is an item of its own.

mod channel;
mod history;
mod item;
mod json;
mod xml;

pub use channel::{Announced, Channel};
pub use history::HISTORY;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::View;
use item::Item;

/// Feeds carry this many of the newest updates, and an archive as many.
pub const NEWEST: usize = 50;

/// The feeds of one publication. An item is written once, in however many of them it stands.
pub struct Feeds<'v> {
    view: &'v View<'v>,
    written: Arc<Written>,
}

/// Items that were written, by the update's index in the log.
#[derive(Default)]
pub struct Written(Mutex<BTreeMap<u64, Arc<Item>>>);

impl<'v> Feeds<'v> {
    /// None of them written yet.
    pub fn new(view: &'v View<'v>) -> Self {
        Self::sharing(view, Arc::default())
    }

    /// With others of the same site, which may be written on other threads: none writes an item that another has
    /// `written`.
    pub fn sharing(view: &'v View<'v>, written: Arc<Written>) -> Self {
        Self { view, written }
    }
}

impl Written {
    fn items(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Item>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
