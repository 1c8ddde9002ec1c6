//! The signed texts, the log that holds them, and the current state computed from it.
//!
//! - [`text`]: the five kinds of signed text, each with one parser and one printer;
//! - [`log`]: entries, tiles, checkpoint and proofs, as files;
//! - [`authority`]: who may sign, judged by log position;
//! - [`timeline`]: folding an incident's updates into its current state, and the next moment at which that changes;
//! - [`time`]: times and dates as texts write them;
//! - [`sort`] and [`sorted`]: sorting, maps and sets with little code, for the crates that use these types too.
//!
//! This crate reads no clock, disk or socket, and knows nothing of HTML.

pub mod authority;
pub mod log;
pub mod sort;
pub mod sorted;
pub mod text;
pub mod time;
pub mod timeline;
