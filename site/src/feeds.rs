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
use std::sync::Arc;

use crate::View;
use item::Item;

/// Feeds carry this many of the newest updates, and an archive as many.
pub const NEWEST: usize = 50;

/// The feeds of one publication. An item is written once, in however many of them it stands.
pub struct Feeds<'v> {
    view: &'v View<'v>,
    before: &'v Written,
    written: Written,
}

/// Items that were written, by the update's index in the log.
#[derive(Default)]
pub struct Written(BTreeMap<u64, Arc<Item>>);

static NOTHING: Written = Written(BTreeMap::new());

impl<'v> Feeds<'v> {
    /// None of them written yet.
    pub fn new(view: &'v View<'v>) -> Self {
        Self::after(view, &NOTHING)
    }

    /// After others of the same site, which have written these items.
    pub fn after(view: &'v View<'v>, before: &'v Written) -> Self {
        Self { view, before, written: Written::default() }
    }

    /// The items that were written for these feeds.
    pub fn written(self) -> Written {
        self.written
    }
}
