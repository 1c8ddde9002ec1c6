//! What can be said, the log of it, and what is true now.
//!
//! - [`text`]: the five kinds of signed text, each with one parser and one printer;
//! - [`log`]: entries, tiles, checkpoint and proofs, as files;
//! - [`authority`]: who may sign, judged by the log position;
//! - [`timeline`]: folding an incident's updates into what holds now, and the next moment at which that changes.
//!
//! Nothing here reads a clock, a disk or a socket, and nothing here knows HTML.

pub mod authority;
pub mod log;
pub mod sort;
pub mod text;
pub mod time;
pub mod timeline;
