//! Feeds: one item per update, as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1; and one item per incident, for clients
//! that expect feeds shaped like Statuspage's.
//!
//! A published item never changes, since feed readers keep an edited entry marked as read or report only its first
//! change: it is built only from the update's own signed lines, with times in UTC and components by path. A
//! correction is a separate item.

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

/// Feeds carry this many of the newest updates, and so does an archive.
pub const NEWEST: usize = 50;

/// The feeds of one publication. Each item is rendered once, however many feeds it appears in.
pub struct Feeds<'v> {
    view: &'v View<'v>,
    written: Arc<Written>,
}

/// Rendered items, by the update's index in the log.
#[derive(Default)]
pub struct Written(Mutex<BTreeMap<u64, Arc<Item>>>);

impl<'v> Feeds<'v> {
    /// Starts without any rendered items.
    pub fn new(view: &'v View<'v>) -> Self {
        Self::sharing(view, Arc::default())
    }

    /// Shares rendered items with other feeds of the same site, which may be rendered on other threads: no item is
    /// rendered twice.
    pub fn sharing(view: &'v View<'v>, written: Arc<Written>) -> Self {
        Self { view, written }
    }
}

impl Written {
    fn items(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Item>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
