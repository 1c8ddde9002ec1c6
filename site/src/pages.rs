//! The pages people read: the index, a page per incident, a page per month, drills, the 404, and the verdict as plain
//! text.
//!
//! Each function gives a finished file under its public path. No page carries a moment other than those that were
//! said: `view.now` only decides what reads as overdue. A page depends on nothing but its arguments, and only the
//! index and the plain text on `view.last_update`, so that a page of the past is written once.

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

/// The renderer's name, a digest of its sources (`build/renderer.rs`): another one may give other bytes for the same
/// record, so `verify` compares pages only with its own, and a station renders again what another one wrote.
pub const RENDERER: &str = env!("OUTBAND_RENDERER");
