//! `/data/status.json`: the current status, for programs.

use outband_record::timeline::Outlook;
use serde_json::json;

use super::incident::holds;
use super::print;
use crate::template::RenderError;
use crate::{Rendered, View, paths};

/// The document: the components with their conditions, and the open incidents with their states.
pub fn status(view: &View<'_>, outlook: &Outlook<'_>) -> Result<Rendered, RenderError> {
    let component = |component: &outband_record::text::Component| {
        json!({
            "path": component.path.as_str(),
            "name": component.name.as_str(),
            "condition": outlook.shown(&component.path).as_str(),
        })
    };
    let open = |state: &outband_record::timeline::IncidentState<'_>| {
        json!({
            "slug": state.slug.as_str(),
            "page": paths::incident(state.slug, false),
            "overdue": state.is_overdue(outlook.now),
            "holds": holds(state),
        })
    };
    let document = json!({
        "name": view.site.name.as_str(),
        "url": view.site.url.as_str(),
        "spoke": view.last_update.map(|time| time.to_string()),
        "components": outlook.site.component.iter().map(component).collect::<Vec<_>>(),
        "open": outlook.open.iter().map(open).collect::<Vec<_>>(),
    });
    print(paths::STATUS_JSON, document)
}
