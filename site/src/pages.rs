//! The pages people read: the index, a page per incident, a page per month, drills, the 404, and the verdict as plain
//! text.
//!
//! Each function returns a finished file with its public path. Pages print only times from the record: `view.now`
//! only decides what reads as overdue. A page depends only on its arguments, and only the index and the plain text
//! depend on `view.spoke`, so pages about the past are written once.

mod article;
mod bars;
mod cards;
mod channels;
mod components;
mod frame;
mod index;
mod lists;
mod redacted;
mod story;
mod text;
mod uptime;

pub use crate::template::{RenderError, content_security_policy, policy};
pub(crate) use article::listed;
pub use channels::{embed_help, say};
pub(crate) use frame::{Band, base, closed};
pub use index::index;
pub(crate) use index::{lead, verdict};
pub use lists::{drill, history, month, not_found, not_set_up};
pub use story::incident;
pub use text::status_txt;

/// Incremented whenever the same record would give different bytes: `verify` compares pages only with its own
/// version.
pub const RENDERER: &str = "1";
