//! How statements read: the text, times and links, before any markup.
//!
//! A [`Phrase`] is a run of text in which times, links and operators' text are marked. Pages, feeds and plain text use
//! the same phrases, so that all channels agree. A [`Locale`] holds the differences between them: the language, the
//! time zone, and whether components are shown by name or path.

mod answers;
mod appearance;
mod facts;
mod locale;
mod phrase;
mod statement;
mod times;

pub(crate) use answers::{Answers, answers};
pub(crate) use appearance::{Appearance, verdict_on};
pub(crate) use facts::{Fact, Mark, anchor, facts, proof, signature, update_path};
pub(crate) use locale::Locale;
pub(crate) use phrase::{Block, Fragment, Phrase, excerpt, prose};
pub(crate) use statement::{condition, impact, kind, phase};
pub(crate) use times::month as month_in_full;
