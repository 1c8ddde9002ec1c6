//! Incidents with their states: `/data/incidents/<slug>.json` is one with all its updates, `/data/status.json` lists
//! those that are open.

use std::borrow::Cow;

use outband_record::text::{Component, Occurs, Slug, Update};
use outband_record::timeline::{Incident, IncidentState, LoggedUpdate, Outlook};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::{Card, DataError, logged, parse, print, text};
use crate::template::RenderError;
use crate::{Rendered, View, paths};

#[derive(Serialize, Deserialize)]
struct IncidentDocument<'u> {
    #[serde(with = "text")]
    slug: Slug,
    drill: bool,
    page: String,
    holds: Json,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "text::list")]
    named_by: Vec<Slug>,
    #[serde(with = "logged")]
    updates: Cow<'u, [LoggedUpdate]>,
}

/// The document of an incident.
pub fn incident(slug: &Slug, incident: &Incident) -> Result<Rendered, RenderError> {
    let drill = incident.is_drill();
    let document = IncidentDocument {
        slug: slug.clone(),
        drill,
        page: paths::incident(slug, drill),
        holds: incident.state().map_or(Json::Null, |state| holds(&state)),
        named_by: incident.named_by().iter().cloned().collect(),
        updates: incident.updates().into(),
    };
    print(&paths::incident_json(slug), document)
}

/// Reads [`incident`] back. Everything is parsed from the notes, except for the effects of other incidents, which are
/// read from the document.
pub fn parse_incident(body: &[u8]) -> Result<Incident, DataError> {
    let document: IncidentDocument<'_> = parse(body)?;
    let mut incident = Incident::from_updates(document.updates.into_owned())
        .ok_or_else(|| DataError::new("it has no updates"))?;
    incident.set_taken_over(document.holds.get(CONTINUES_IN).is_some());
    for slug in document.named_by {
        incident.add_name(slug);
    }
    Ok(incident)
}

/// The current status: the components with their conditions, and the open incidents with their states.
pub fn status(view: &View<'_>, outlook: &Outlook<'_>) -> Result<Rendered, RenderError> {
    let component = |component: &Component| {
        json!({
            "path": component.path.as_str(),
            "name": component.name.as_str(),
            "condition": outlook.shown(&component.path).as_str(),
        })
    };
    let open = |state: &IncidentState<'_>| {
        json!({
            "slug": state.slug.as_str(),
            "page": paths::incident(state.slug, false),
            "overdue": state.is_overdue(outlook.now),
            "unconfirmed": state.is_unconfirmed(outlook.now),
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

/// In the state, this line is present only if that incident has taken this one over.
const CONTINUES_IN: &str = "continues-in";

/// The state, each value in the form of the header line with the same name; values that are not stated are absent.
fn holds(state: &IncidentState<'_>) -> Json {
    let mut lines = Map::new();
    for (line, by) in &state.carried {
        let is_list =
            Update::HEADERS.iter().any(|header| header.name == *line && header.occurs == Occurs::Many);
        let values = by.update.values(line);
        lines.insert((*line).to_owned(), if is_list { json!(values) } else { json!(values.concat()) });
    }
    // Values that no single update states, but that follow from all of them.
    let card = Card::of(state);
    let one = [
        ("kind", Some(card.kind.to_string())),
        ("phase", Some(card.phase.to_string())),
        ("impact", card.impact.map(|impact| impact.to_string())),
        ("started", Some(card.started.to_string())),
        ("ended", card.ended.map(|ended| ended.to_string())),
        ("next-update", state.next_update.map(|next| next.to_string())),
        (CONTINUES_IN, state.continues_in.map(|slug| slug.value.to_string())),
    ];
    let affects = state.conditions.iter().map(|(path, stated)| format!("{path} {}", stated.value));
    let many = [
        ("affects", affects.collect()),
        ("unaffected", strings(state.unaffected.iter().map(|v| v.value))),
        ("data", strings(state.data.values().map(|v| v.value))),
    ];
    for (line, value) in one {
        lines.remove(line);
        lines.extend(value.map(|value| (line.to_owned(), json!(value))));
    }
    lines.extend(
        many.into_iter()
            .filter(|(_, v): &(_, Vec<String>)| !v.is_empty())
            .map(|(l, v)| (l.to_owned(), json!(v))),
    );
    lines.into()
}

fn strings(values: impl Iterator<Item = impl ToString>) -> Vec<String> {
    values.map(|value| value.to_string()).collect()
}
