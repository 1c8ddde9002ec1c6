//! How what was said reads: the words, the times and the links, before any markup.
//!
//! A [`Phrase`] is a run of words in which times, links and other people's words are marked. Pages, feeds and plain
//! text write the same phrases, so that no channel says it differently. A [`Locale`] holds what differs between
//! them: the language, the zone, and whether components have names or paths.

mod answers;
mod appearance;
mod facts;
mod locale;
mod phrase;
mod prose;
mod statement;
mod times;
mod vocabulary;

pub(crate) use answers::{Answers, answers};
pub(crate) use appearance::{Appearance, verdict_on};
pub(crate) use facts::{Fact, anchor, facts, signature, small_print, update_name, update_path};
pub(crate) use locale::Locale;
pub(crate) use phrase::{Fragment, Phrase};
pub(crate) use prose::{Block, excerpt, prose};
pub(crate) use times::month as month_in_full;
pub(crate) use vocabulary::{condition, impact, kind, phase};
