//! Feeds of updates: one item an update, as Atom, RSS 2.0 and JSON Feed 1.1.

use outband_record::timeline::Said;

use crate::pages::RenderError;
use crate::{Rendered, View, paths};

/// `/updates.atom`, from updates with the highest index first.
pub fn atom(view: &View<'_>, items: &[&Said]) -> Result<Rendered, RenderError> {
    let _ = (view, items);
    Ok(Rendered { path: paths::ATOM.to_owned(), body: Vec::new() })
}

/// `/updates.rss`, from updates with the highest index first.
pub fn rss(view: &View<'_>, items: &[&Said]) -> Result<Rendered, RenderError> {
    let _ = (view, items);
    Ok(Rendered { path: paths::RSS.to_owned(), body: Vec::new() })
}

/// `/updates.json`, from updates with the highest index first.
pub fn json(view: &View<'_>, items: &[&Said]) -> Result<Rendered, RenderError> {
    let _ = (view, items);
    Ok(Rendered { path: paths::JSON_FEED.to_owned(), body: Vec::new() })
}
