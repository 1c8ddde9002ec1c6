//! The current status in the format of Statuspage's public API, version 2, so that clients written for it just work:
//! eight responses under `/api/v2/…`.
//!
//! Structure and values are that API's, since any other value breaks clients. Where it has no matching value, the
//! nearest one that does not claim health is used, and `/data/` has the details. Drills and notices are left out, and
//! translations are not updates. `site/schemas/` has a schema for each response.

mod objects;
mod shape;

pub use shape::Incident as Object;

use outband_record::sort::sort_by;
use outband_record::sorted::Map;
use outband_record::text::{ComponentPath, IncidentKind, Origin, Slug};
use outband_record::time::Time;
use outband_record::timeline::{Incident, IncidentState, Outlook};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::pages::base;
use crate::template::RenderError;
use crate::{Rendered, View, paths};
use objects::Components;
use shape::{Answer, Page, Status};

/// What the responses take from the whole log.
#[derive(Clone, Debug)]
pub struct Listing<'l> {
    /// The most recently started incidents, newest first.
    pub incidents: Vec<&'l Slug>,
    /// The maintenances that begin last, upcoming ones first.
    pub maintenances: Vec<&'l Slug>,
    /// The dates of every component that a site note ever listed.
    pub components: &'l Map<ComponentPath, Dates>,
}

/// When a component was created and last updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// The time of the first site note that lists it.
    pub since: Time,
    /// When the newest update was received that names it, or that belongs to an incident which affected it.
    pub named: Time,
}

/// Where the current contents of a listed incident or maintenance come from.
#[derive(Clone, Copy, Debug)]
pub enum Source<'a> {
    /// Its updates.
    Updates(&'a Incident),
    /// A published response. As long as it is over and has no newer updates, and the site note and the renderer are the
    /// same, only its components can have changed.
    Published(&'a Object),
}

/// The incidents or maintenances of a published response, by id. A response that cannot be parsed has none.
pub fn published(response: &[u8]) -> Map<String, Object> {
    #[derive(Deserialize)]
    struct Response {
        #[serde(alias = "scheduled_maintenances")]
        incidents: Vec<Object>,
    }
    let listed = serde_json::from_slice(response).map_or_else(|_| Vec::new(), |r: Response| r.incidents);
    let mut by_id = Map::new();
    by_id.extend(listed.into_iter().map(|object| (object.id.clone(), object)));
    by_id
}

/// The length of every id.
pub const ID_CHARACTERS: usize = 12;

/// The id of an incident or a maintenance.
pub fn incident_id(origin: &Origin, slug: &Slug) -> String {
    id(origin, "incident", slug.as_str())
}

/// The eight responses. `find` returns the contents of everything that is open or listed.
pub fn answers<'a>(
    view: &View<'_>,
    outlook: &Outlook<'_>,
    listing: &Listing<'_>,
    find: impl Fn(&Slug) -> Option<Source<'a>>,
) -> Result<Vec<Rendered>, RenderError> {
    let components = Components::of(view, outlook, listing);
    let object = |slug: &Slug| match find(slug) {
        Some(Source::Updates(incident)) => Ok(objects::incident(view, &components, incident)),
        Some(Source::Published(object)) => Ok(Some(components.refresh(object))),
        None => Err(RenderError::new(&paths::incident_json(slug), "it is listed but was not read")),
    };
    let (incidents, maintenances) = (listing.incidents.iter().copied(), listing.maintenances.iter().copied());
    let slugs =
        incidents.clone().chain(maintenances.clone()).chain(outlook.open.iter().map(|state| state.slug));
    let mut objects = Map::new();
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
    let open = |is_wanted: &dyn Fn(&IncidentState<'_>) -> bool| {
        let mut open: Vec<_> = outlook.open.iter().filter(|state| is_wanted(state)).collect();
        sort_by(&mut open, |a, b| (b.started, b.slug).cmp(&(a.started, a.slug)));
        listed(&mut open.into_iter().map(|state| state.slug))
    };
    let incidents = listed(&mut incidents.clone());
    let unresolved = open(&|state| state.kind == IncidentKind::Incident);
    let maintenances = listed(&mut maintenances.clone());
    let upcoming = open(&|state| state.kind == IncidentKind::Maintenance && state.is_ahead(view.now));
    let active = open(&|state| state.kind == IncidentKind::Maintenance && !state.is_ahead(view.now));
    let upcoming_and_active: Vec<_> = upcoming.iter().chain(&active).copied().collect();

    let (page, status) = (page(view), Status::of(outlook));
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

/// The base32 alphabet of RFC 4648, in lower case.
const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// An id in Statuspage's format: 12 lower-case letters and digits, which is all that some clients can store. It is the
/// first 60 bits, in base32, of SHA-256 over the object's type, the origin and the object's name, so it is permanent
/// and the same on every mirror.
///
/// ```text
/// outband statuspage incident⏎status.example.net⏎2013-09-03-core-network⏎
/// ```
fn id(origin: &Origin, what: &str, name: &str) -> String {
    let digest = Sha256::digest(format!("outband statuspage {what}\n{origin}\n{name}\n"));
    let bits = digest.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let digit = |n: usize| BASE32.get(usize::try_from(bits >> (59 - 5 * n) & 31).unwrap_or_default());
    (0..ID_CHARACTERS).filter_map(digit).map(|digit| char::from(*digit)).collect()
}

#[cfg(test)]
mod tests {
    use outband_record::text::Value as _;

    use super::*;

    /// By `printf … | sha256sum | cut -c1-16 | xxd -r -p | base32 | cut -c1-12 | tr A-Z a-z`.
    #[test]
    fn ids_are_what_other_tools_compute() {
        let origin = Origin::parse("status.example.net").unwrap();
        assert_eq!(id(&origin, "page", ""), "z7eyvr5w4wde");
        assert_eq!(id(&origin, "incident", "2013-09-03-core-network"), "zjvfbh3bz7mh");
        assert_eq!(id(&origin, "component", "exchange/us-east"), "xtkyigwbnb4l");
    }
}
