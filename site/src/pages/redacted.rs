//! That something was taken out, and why.

use outband_record::log;

use crate::View;
use crate::data::Redacted;
use crate::words::{Fragment, Locale, Phrase};

/// A line for each redaction that `is_told` here.
pub(super) fn lines(view: &View<'_>, is_told: impl Fn(&Redacted) -> bool) -> Vec<Phrase> {
    let locale = Locale::page(view.site);
    let line = |redacted: &Redacted| {
        let entry = Fragment::link(redacted.entry.to_string(), log::note_path(redacted.entry));
        let reason = Phrase::plain(redacted.reason.as_str());
        locale.fill("redacted_line", [("entry", entry.into()), ("reason", reason)])
    };
    view.redactions.iter().filter(|redacted| is_told(redacted)).map(line).collect()
}
