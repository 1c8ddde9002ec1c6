//! What people read: the index, a page an incident, a page a month, drills, the 404, and the verdict as plain text.
//!
//! Each function gives a finished file under its public path. No page carries a moment other than those that were
//! said: `view.now` only decides what reads as overdue.

use std::sync::LazyLock;

use outband_record::timeline::{Incident, Outlook};

use crate::data::{Card, Month};
use crate::{Rendered, View, paths};

/// Raised whenever the same record would give other bytes: `verify` compares pages only with its own version.
pub const RENDERER: &str = "1";

/// A template that fails on its model: a defect of this crate, never of what was said.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the template {template} was not rendered: {what}")]
pub struct RenderError {
    template: &'static str,
    what: String,
}

/// The header under which pages are sent: nothing runs, nothing comes from elsewhere, only this style applies.
pub fn content_security_policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| "default-src 'none'".to_owned());
    &POLICY
}

/// The index. `open` are the updates of what `outlook.open` holds, in the same order; `recent` is what ended last.
pub fn index(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    open: &[&Incident],
    recent: &[Card],
) -> Result<Rendered, RenderError> {
    let _ = (view, outlook, open, recent);
    stub(paths::INDEX)
}

/// The page of an incident, a maintenance, a notice or a drill; `None` where nothing was said.
pub fn incident(view: &View<'_>, incident: &Incident) -> Result<Option<Rendered>, RenderError> {
    let _ = view;
    incident.slug().map(|slug| stub(&paths::incident(slug, incident.is_drill()))).transpose()
}

/// The page of a month, `2013-09`: what began in it.
pub fn month(view: &View<'_>, month: &str, cards: &[Card]) -> Result<Rendered, RenderError> {
    let _ = (view, cards);
    stub(&paths::month(month))
}

/// The months, newest first.
pub fn history(view: &View<'_>, months: &[Month]) -> Result<Rendered, RenderError> {
    let _ = (view, months);
    stub(paths::HISTORY)
}

/// The drills, newest first.
pub fn drill(view: &View<'_>, drills: &[&Incident]) -> Result<Rendered, RenderError> {
    let _ = (view, drills);
    stub(paths::DRILL)
}

/// What is served where nothing is.
pub fn not_found(view: &View<'_>) -> Result<Rendered, RenderError> {
    let _ = view;
    stub(paths::NOT_FOUND)
}

/// The verdict and the answers as plain text.
pub fn status_txt(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    open: &[&Incident],
) -> Result<Rendered, RenderError> {
    let _ = (view, outlook, open);
    stub(paths::STATUS_TXT)
}

/// The whole site of an `origin` that has no site note yet.
pub fn not_set_up(origin: &str) -> Result<Rendered, RenderError> {
    let _ = origin;
    stub(paths::INDEX)
}

fn stub(path: &str) -> Result<Rendered, RenderError> {
    Ok(Rendered { path: path.to_owned(), body: b"stub\n".to_vec() })
}
