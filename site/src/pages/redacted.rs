//! Notices about redacted entries, with the reasons.

use outband_record::log;

use crate::View;
use crate::data::Redacted;
use crate::words::{Fragment, Locale, Phrase};

/// One line for each redaction accepted by `is_told`.
pub(super) fn lines(view: &View<'_>, is_told: impl Fn(&Redacted) -> bool) -> Vec<Phrase> {
    let locale = Locale::page(view.site);
    let line = |redacted: &Redacted| {
        let entry = Fragment::link(redacted.entry.to_string(), log::note_path(redacted.entry));
        let reason = Phrase::plain(redacted.reason.as_str());
        locale.fill("redacted_line", [("entry", entry.into()), ("reason", reason)])
    };
    view.redactions.iter().filter(|redacted| is_told(redacted)).map(line).collect()
}
