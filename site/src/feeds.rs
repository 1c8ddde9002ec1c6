//! Feeds of updates: one item an update, as Atom (RFC 4287), RSS 2.0 and JSON Feed 1.1.
//!
//! A published item never changes, since readers keep an edited entry read or report only its first change: an item
//! is written from the update's own signed lines alone, with times in UTC and components by their paths. A
//! correction is an item of its own.

mod item;
mod json;
mod xml;

pub use json::json;
pub use xml::{atom, rss};
