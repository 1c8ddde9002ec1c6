//! The pages people read: the index, a page per incident, a page per month, drills, the 404, and the verdict as plain
//! text.
//!
//! Each function returns a finished file with its public path. Pages contain no times except those in updates:
//! `view.now` only decides what reads as overdue. A page depends only on its arguments, and only the index and the
//! plain text depend on `view.last_update`, so that pages about the past are written once.

mod article;
mod component;
mod embed_help;
mod frame;
mod help;
mod incident;
mod index;
mod lists;
mod text;
mod uptime;

pub use crate::template::{RenderError, content_security_policy, policy};
pub(crate) use article::listed;
pub use component::component;
pub use embed_help::embed_help;
pub(crate) use frame::{Band, base, closed, url};
pub use help::help;
pub use incident::{incident, say};
pub use index::index;
pub(crate) use index::{leading, others, verdict};
pub use lists::{LISTED_MONTHS, drill, history, month, not_found, not_set_up};
pub use text::{incident_txt, status_txt};

/// The renderer's name, a digest of its sources (`build/renderer.rs`). Another renderer may produce different bytes
/// from the same record, so `verify` compares pages only if they were written by its own renderer, and a station
/// re-renders the files of another one.
pub const RENDERER: &str = env!("OUTBAND_RENDERER");
