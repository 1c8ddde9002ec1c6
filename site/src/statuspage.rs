//! The current status in the format of Statuspage's public API, version 2, so that clients written for it just work:
//! eight responses under `/api/v2/…`.
//!
//! Structure and values are that API's, since any other value breaks clients. Where it has no matching value, the
//! nearest one that does not claim health is used, and `/data/` has the details. Drills and notices are left out, and
//! translations are not updates. `site/schemas/` has a schema for each response.

mod component;
mod id;
mod incident;
mod kept;
mod ledger;
mod shape;
mod verdict;

pub use kept::Kept;
pub use ledger::Ledger;

use std::collections::BTreeMap;

use outband_record::sort::sort_by;
use outband_record::text::{IncidentKind, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, Outlook};

use crate::pages::base;
use crate::template::RenderError;
use crate::{Rendered, View, paths};
use component::Components;
use id::id;
use shape::{Answer, Page};

/// The eight responses. `find` returns the incidents and maintenances that were read: all open ones, and those listed
/// by the ledger that are not in `kept`.
pub fn answers<'a>(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    ledger: &Ledger,
    kept: &Kept,
    find: impl Fn(&Slug) -> Option<&'a Incident>,
) -> Result<Vec<Rendered>, RenderError> {
    let components = Components::of(view, outlook, ledger);
    let object = |slug: &Slug| match find(slug) {
        Some(incident) => Ok(incident::object(view, &components, incident)),
        None => match kept.object(&view.site.origin, slug, &components) {
            Some(object) => Ok(Some(object)),
            None => Err(RenderError::new(&paths::incident_json(slug), "it is listed, and was not read")),
        },
    };
    let slugs = ledger.incidents().chain(ledger.maintenances()).chain(outlook.open.iter().map(|h| h.slug));
    let mut objects = BTreeMap::new();
    for slug in slugs {
        if !objects.contains_key(slug)
            && let Some(object) = object(slug)?
        {
            objects.insert(slug, object);
        }
    }
    let listed = |slugs: &mut dyn Iterator<Item = &Slug>| {
        slugs.filter_map(|slug| objects.get(slug)).collect::<Vec<_>>()
    };
    let open = |is_meant: &dyn Fn(&IncidentState<'_>) -> bool| {
        let mut open: Vec<_> = outlook.open.iter().filter(|state| is_meant(state)).collect();
        sort_by(&mut open, |a, b| (b.started, b.slug).cmp(&(a.started, a.slug)));
        listed(&mut open.into_iter().map(|state| state.slug))
    };
    let incidents = listed(&mut ledger.incidents());
    let unresolved = open(&|state| state.kind == IncidentKind::Incident);
    let maintenances = listed(&mut ledger.maintenances());
    let upcoming = open(&|state| state.kind == IncidentKind::Maintenance && state.is_ahead(view.now));
    let active = open(&|state| state.kind == IncidentKind::Maintenance && !state.is_ahead(view.now));
    let upcoming_and_active: Vec<_> = upcoming.iter().chain(&active).copied().collect();

    let (page, status) = (page(view), verdict::status(outlook));
    let components = components.objects();
    let answer = || Answer::of(&page);
    let answers = [
        (paths::API_STATUS, Answer { status: Some(&status), ..answer() }),
        (paths::API_COMPONENTS, Answer { components: Some(&components), ..answer() }),
        (paths::API_INCIDENTS, Answer { incidents: Some(&incidents), ..answer() }),
        (paths::API_UNRESOLVED, Answer { incidents: Some(&unresolved), ..answer() }),
        (paths::API_MAINTENANCES, Answer { scheduled_maintenances: Some(&maintenances), ..answer() }),
        (paths::API_UPCOMING, Answer { scheduled_maintenances: Some(&upcoming), ..answer() }),
        (paths::API_ACTIVE, Answer { scheduled_maintenances: Some(&active), ..answer() }),
        (
            paths::API_SUMMARY,
            Answer {
                components: Some(&components),
                incidents: Some(&unresolved),
                scheduled_maintenances: Some(&upcoming_and_active),
                status: Some(&status),
                ..answer()
            },
        ),
    ];
    answers.into_iter().map(|(path, answer)| answer.print(path)).collect()
}

fn page(view: &View<'_>) -> Page {
    Page {
        id: id(&view.site.origin, "page", ""),
        name: view.site.name.to_string(),
        url: base(view).to_owned(),
        // Clients look the name up in the time-zone database, which does not contain the site's rule. All times end in
        // Z.
        time_zone: "Etc/UTC".to_owned(),
        updated_at: moment(view.last_update.map_or(view.site.time, |last| last.max(view.site.time))),
    }
}

/// `2013-09-03T11:10:00.000Z`: this API always has milliseconds.
fn moment(time: Time) -> String {
    format!("{}.000Z", time.to_string().trim_end_matches('Z'))
}
