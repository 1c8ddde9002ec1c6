//! Every public path, its media type and its cache class: the one place where the shape of the site is decided.

use outband_record::text::{ComponentPath, Id, Lang, Slug};

/// The index page.
pub const INDEX: &str = "/";
/// What is served, with status 404, where nothing is.
pub const NOT_FOUND: &str = "/404";
/// The verdict in plain text, for curl and phone agents.
pub const STATUS_TXT: &str = "/status.txt";
/// Drills, and nothing but drills.
pub const DRILL: &str = "/drill";
/// Months that have a page.
pub const HISTORY: &str = "/history";
/// The feeds of updates.
pub const ATOM: &str = "/updates.atom";
/// The same as RSS 2.0.
pub const RSS: &str = "/updates.rss";
/// The same as JSON Feed 1.1.
pub const JSON_FEED: &str = "/updates.json";
/// One item an incident, as Atom.
pub const HISTORY_ATOM: &str = "/history.atom";
/// The same as RSS 2.0.
pub const HISTORY_RSS: &str = "/history.rss";
/// Maintenance, as a calendar to subscribe to.
pub const MAINTENANCE_ICS: &str = "/maintenance.ics";
/// The verdict as a frame for other people's pages.
pub const EMBED: &str = "/embed";
/// The same without name and link, for resellers.
pub const EMBED_PLAIN: &str = "/embed/plain";
/// What to paste into other people's pages.
pub const EMBED_HELP: &str = "/embed/help";
/// The banner for other people's pages.
pub const EMBED_JS: &str = "/embed.js";
/// What that banner says.
pub const BANNER_JSON: &str = "/banner.json";
/// The verdict as a picture of words.
pub const BADGE: &str = "/badge.svg";
/// What keeps an open page current.
pub const PAGE_JS: &str = "/page.js";
/// What keeps copies in readers' browsers.
pub const SERVICE_WORKER: &str = "/sw.js";
/// The log's newest checkpoint.
pub const CHECKPOINT: &str = "/log/checkpoint";
/// The verdict and what is open, for programs.
pub const STATUS_JSON: &str = "/data/status.json";
/// Who may sign.
pub const ROSTER_JSON: &str = "/data/roster.json";
/// What the page is about.
pub const SITE_JSON: &str = "/data/site.json";
/// The newest updates, with their notes.
pub const NEWEST_JSON: &str = "/data/newest.json";
/// Which components and languages have feeds of their own.
pub const CHANNELS_JSON: &str = "/data/channels.json";
/// What is open, or will read differently at a known moment.
pub const WATCH_JSON: &str = "/data/watch.json";
/// The months that have something in them.
pub const HISTORY_JSON: &str = "/data/history.json";
/// The newest drills.
pub const DRILLS_JSON: &str = "/data/drills.json";
/// What was taken out of the log.
pub const REDACTIONS_JSON: &str = "/data/redactions.json";
/// The reported uptime of the last 90 days.
pub const UPTIME_JSON: &str = "/data/uptime.json";
/// The same as a table.
pub const UPTIME_CSV: &str = "/data/uptime.csv";
/// Which renderer wrote the files, and whether it is still at it.
pub const RENDERER_JSON: &str = "/data/renderer.json";
/// What the answers under `/api/v2/` are kept up by: see [`crate::statuspage::Ledger`].
pub const STATUSPAGE_JSON: &str = "/data/statuspage.json";
/// Statuspage's API, version 2: all that is true now.
pub const API_SUMMARY: &str = "/api/v2/summary.json";
/// The verdict alone.
pub const API_STATUS: &str = "/api/v2/status.json";
/// How each component is.
pub const API_COMPONENTS: &str = "/api/v2/components.json";
/// The newest incidents.
pub const API_INCIDENTS: &str = "/api/v2/incidents.json";
/// Incidents that are open.
pub const API_UNRESOLVED: &str = "/api/v2/incidents/unresolved.json";
/// The newest maintenances.
pub const API_MAINTENANCES: &str = "/api/v2/scheduled-maintenances.json";
/// Maintenances that are still to come.
pub const API_UPCOMING: &str = "/api/v2/scheduled-maintenances/upcoming.json";
/// Maintenances that have begun.
pub const API_ACTIVE: &str = "/api/v2/scheduled-maintenances/active.json";

/// The page of an incident, a maintenance or a notice; a drill's stands under `/drill`.
pub fn incident(slug: &Slug, drill: bool) -> String {
    if drill { format!("/drill/{slug}") } else { format!("/incidents/{slug}") }
}

/// Its words for every channel.
pub fn say(slug: &Slug) -> String {
    format!("/incidents/{slug}/say")
}

/// All that was said of it, for programs.
pub fn incident_json(slug: &Slug) -> String {
    format!("/data/incidents/{slug}.json")
}

/// The updates of an incident, a maintenance or a notice.
pub fn incident_atom(slug: &Slug) -> String {
    format!("/incidents/{slug}.atom")
}

/// The updates that concern a component.
pub fn component_atom(path: &ComponentPath) -> String {
    format!("/components/{path}.atom")
}

/// Where these stand in the log, for programs.
pub fn component_json(path: &ComponentPath) -> String {
    format!("/data/components/{path}.json")
}

/// What was said in a language other than the site's.
pub fn language_atom(lang: &Lang) -> String {
    format!("/updates.{lang}.atom")
}

/// Where that stands in the log, for programs.
pub fn language_json(lang: &Lang) -> String {
    format!("/data/languages/{lang}.json")
}

/// Fifty updates that were the newest once, the first fifty in number 1.
pub fn archive_atom(number: u64) -> String {
    format!("/updates/archive/{number}.atom")
}

/// Where these stand in the log, for programs.
pub fn archive_json(number: u64) -> String {
    format!("/data/updates/{number}.json")
}

/// The page of a month, `2013-09`.
pub fn month(month: &str) -> String {
    format!("/history/{month}")
}

/// What began in a month, for programs.
pub fn month_json(month: &str) -> String {
    format!("/data/history/{month}.json")
}

/// In which conditions components were in a month, for programs.
pub fn spans_json(month: &str) -> String {
    format!("/data/uptime/{month}.json")
}

/// Where a note stands in the log, by its id.
pub fn note_json(id: &Id) -> String {
    format!("/data/notes/{id}.json")
}

/// The media type of what stands at `path`.
pub fn media_type(path: &str) -> &'static str {
    let extension =
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    match extension {
        _ if path == CHECKPOINT => "text/plain; charset=utf-8",
        _ if path.starts_with("/log/tile/") => "application/octet-stream",
        Some("atom") => "application/atom+xml; charset=utf-8",
        Some("rss") => "application/rss+xml; charset=utf-8",
        _ if path == JSON_FEED => "application/feed+json; charset=utf-8",
        Some("json") => "application/json; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("ics") => "text/calendar; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("txt" | "note") => "text/plain; charset=utf-8",
        _ => "text/html; charset=utf-8",
    }
}

/// Whether programs ask for what stands, or would stand, at `path`: people get a page.
pub fn is_for_programs(path: &str) -> bool {
    let folders = ["/api/", "/data/", "/log/"];
    folders.iter().any(|folder| path.starts_with(folder)) || !media_type(path).starts_with("text/html")
}

/// In whose pages and programs something may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Pages: in nobody else's.
    Own,
    /// Made to stand in anybody's page.
    Embedded,
    /// Data and scripts: read by anybody, shown in nobody's page.
    Anyone,
}

/// How far what stands at `path` reaches.
pub fn reach(path: &str) -> Reach {
    match path {
        EMBED | EMBED_PLAIN | BADGE => Reach::Embedded,
        page if media_type(page).starts_with("text/html") => Reach::Own,
        _ => Reach::Anyone,
    }
}

/// Whether a page is worth printing: its paper bears the address as a code.
pub(crate) fn is_on_paper(path: &str) -> bool {
    let is_incident = path.strip_prefix("/incidents/").is_some_and(|slug| !slug.contains('/'));
    path == INDEX || is_incident
}

/// How long a copy may be used without asking again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheClass {
    /// Never changes once it is there.
    Immutable,
    /// Changes whenever something is said, or time passes.
    Live,
}

/// The cache class of what stands at `path`.
pub fn cache_class(path: &str) -> CacheClass {
    let is_full_tile = path.starts_with("/log/tile/") && !path.contains(".p/");
    if is_full_tile { CacheClass::Immutable } else { CacheClass::Live }
}

/// The name under which a copy in a directory keeps what stands at `path`, so that any static file server answers
/// as the station does: pages get `.html`, the index is `index.html`.
pub fn in_directory(path: &str) -> String {
    match path.strip_prefix('/').unwrap_or(path) {
        "" => "index.html".to_owned(),
        name if media_type(path).starts_with("text/html") => format!("{name}.html"),
        name => name.to_owned(),
    }
}
