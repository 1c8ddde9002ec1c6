//! Every public path, its media type and its cache class: the single place that defines the site's layout.

use outband_record::text::{ComponentPath, Id, Lang, Slug};

/// The index page.
pub const INDEX: &str = "/";
/// The page served with status 404.
pub const NOT_FOUND: &str = "/404";
/// The verdict as plain text, for curl and phone agents.
pub const STATUS_TXT: &str = "/status.txt";
/// The list of drills.
pub const DRILL: &str = "/drill";
/// The list of months.
pub const HISTORY: &str = "/history";
/// The feeds of updates.
pub const ATOM: &str = "/updates.atom";
/// The same as RSS 2.0.
pub const RSS: &str = "/updates.rss";
/// The same as JSON Feed 1.1.
pub const JSON_FEED: &str = "/updates.json";
/// One item per incident, as Atom.
pub const HISTORY_ATOM: &str = "/history.atom";
/// The same as RSS 2.0.
pub const HISTORY_RSS: &str = "/history.rss";
/// Maintenance, as a calendar to subscribe to.
pub const MAINTENANCE_ICS: &str = "/maintenance.ics";
/// The verdict as an iframe for other people's pages.
pub const EMBED: &str = "/embed";
/// The same without name and link, for resellers.
pub const EMBED_PLAIN: &str = "/embed/plain";
/// Snippets for other people's pages.
pub const EMBED_HELP: &str = "/embed/help";
/// The banner script for other people's pages.
pub const EMBED_JS: &str = "/embed.js";
/// The banner's content.
pub const BANNER_JSON: &str = "/banner.json";
/// The verdict as an image.
pub const BADGE: &str = "/badge.svg";
/// The script that keeps an open page up to date.
pub const PAGE_JS: &str = "/page.js";
/// The service worker that keeps copies in readers' browsers.
pub const SERVICE_WORKER: &str = "/sw.js";
/// The console: posts updates from a phone.
pub const CONSOLE: &str = "/console";
/// What makes it an app that can be installed (W3C Web Application Manifest).
pub const CONSOLE_MANIFEST: &str = "/console.webmanifest";
/// The service worker that keeps the console on the device.
pub const CONSOLE_WORKER: &str = "/console-sw.js";
/// The app's icon.
pub const CONSOLE_ICON: &str = "/console/icon.svg";
/// What crawlers may read (RFC 9309).
pub const ROBOTS: &str = "/robots.txt";
/// The site's icon, for programs that read no page.
pub const FAVICON: &str = "/favicon.ico";
/// The site's icon on home screens.
pub const TOUCH_ICON: &str = "/apple-touch-icon.png";
/// How to report a vulnerability (RFC 9116).
pub const SECURITY: &str = "/.well-known/security.txt";
/// Help for operators.
pub const HELP: &str = "/help";
/// Where notes are posted; not a file.
pub const NOTES: &str = "/notes";
/// Where texts are posted that are only to be checked; not a file.
pub const CHECK: &str = "/notes/check";
/// A shell script that signs and sends an update, for machines without `outband`.
pub const NEW_SH: &str = "/notes/new";
/// The same for PowerShell.
pub const NEW_PS1: &str = "/notes/new.ps1";
/// The log's newest checkpoint.
pub const CHECKPOINT: &str = "/log/checkpoint";
/// The verdict and open incidents, for programs.
pub const STATUS_JSON: &str = "/data/status.json";
/// Who may sign.
pub const ROSTER_JSON: &str = "/data/roster.json";
/// The site note in force.
pub const SITE_JSON: &str = "/data/site.json";
/// The newest updates, with their notes.
pub const NEWEST_JSON: &str = "/data/newest.json";
/// Which components and languages have feeds of their own.
pub const CHANNELS_JSON: &str = "/data/channels.json";
/// Incidents that are open, or will read differently at a known time.
pub const WATCH_JSON: &str = "/data/watch.json";
/// The months with events.
pub const HISTORY_JSON: &str = "/data/history.json";
/// The newest drills.
pub const DRILLS_JSON: &str = "/data/drills.json";
/// Redacted log entries.
pub const REDACTIONS_JSON: &str = "/data/redactions.json";
/// The reported uptime of the last 90 days.
pub const UPTIME_JSON: &str = "/data/uptime.json";
/// The same as CSV.
pub const UPTIME_CSV: &str = "/data/uptime.csv";
/// Updates that a second station shows and the log does not have yet.
pub const PENDING_JSON: &str = "/data/pending.json";
/// Which renderer wrote the files, and whether it is still writing.
pub const RENDERER_JSON: &str = "/data/renderer.json";
/// The state behind the answers under `/api/v2/`: updated with each entry, so that no publication has to read the log.
pub const STATUSPAGE_JSON: &str = "/data/statuspage.json";
/// Statuspage's API, version 2: the complete current status.
pub const API_SUMMARY: &str = "/api/v2/summary.json";
/// Only the verdict.
pub const API_STATUS: &str = "/api/v2/status.json";
/// The status of each component.
pub const API_COMPONENTS: &str = "/api/v2/components.json";
/// The newest incidents.
pub const API_INCIDENTS: &str = "/api/v2/incidents.json";
/// Open incidents.
pub const API_UNRESOLVED: &str = "/api/v2/incidents/unresolved.json";
/// The newest maintenance.
pub const API_MAINTENANCES: &str = "/api/v2/scheduled-maintenances.json";
/// Upcoming maintenance.
pub const API_UPCOMING: &str = "/api/v2/scheduled-maintenances/upcoming.json";
/// Maintenance in progress.
pub const API_ACTIVE: &str = "/api/v2/scheduled-maintenances/active.json";

/// The page of an incident, maintenance or notice; drills are under `/drill`.
pub fn incident(slug: &Slug, drill: bool) -> String {
    if drill { format!("/drill/{slug}") } else { format!("/incidents/{slug}") }
}

/// Its ready-made messages.
pub fn say(slug: &Slug) -> String {
    format!("/incidents/{slug}/say")
}

/// The picture that chats show with a link to a page: its verdict, by the name that the verdict has in the style sheet.
pub fn card(class: &str) -> String {
    format!("/card/{class}.png")
}

/// A module of the console.
pub fn console_module(name: &str) -> String {
    format!("/console/{name}.js")
}

/// All its updates, for programs.
pub fn incident_json(slug: &Slug) -> String {
    format!("/data/incidents/{slug}.json")
}

/// The feed of an incident, maintenance or notice.
pub fn incident_atom(slug: &Slug) -> String {
    format!("/incidents/{slug}.atom")
}

/// The page of a component.
pub fn component(path: &ComponentPath) -> String {
    format!("/components/{path}")
}

/// The feed of a component.
pub fn component_atom(path: &ComponentPath) -> String {
    format!("/components/{path}.atom")
}

/// The same as RSS 2.0.
pub fn component_rss(path: &ComponentPath) -> String {
    format!("/components/{path}.rss")
}

/// Its maintenance, as a calendar to subscribe to.
pub fn component_ics(path: &ComponentPath) -> String {
    format!("/components/{path}.ics")
}

/// Its condition as an image.
pub fn component_badge(path: &ComponentPath) -> String {
    format!("/components/{path}.svg")
}

/// The list of its updates in the log, for programs.
pub fn component_json(path: &ComponentPath) -> String {
    format!("/data/components/{path}.json")
}

/// The feed of updates in a language other than the site's.
pub fn language_atom(lang: &Lang) -> String {
    format!("/updates.{lang}.atom")
}

/// The list of its updates in the log, for programs.
pub fn language_json(lang: &Lang) -> String {
    format!("/data/languages/{lang}.json")
}

/// Fifty updates that were once the newest; number 1 has the first fifty.
pub fn archive_atom(number: u64) -> String {
    format!("/updates/archive/{number}.atom")
}

/// The list of its updates in the log, for programs.
pub fn archive_json(number: u64) -> String {
    format!("/data/updates/{number}.json")
}

/// The page of a month, `2013-09`.
pub fn month(month: &str) -> String {
    format!("/history/{month}")
}

/// The events that started in a month, for programs.
pub fn month_json(month: &str) -> String {
    format!("/data/history/{month}.json")
}

/// The conditions of components during a month, for programs.
pub fn spans_json(month: &str) -> String {
    format!("/data/uptime/{month}.json")
}

/// A note's position in the log, by its id.
pub fn note_json(id: &Id) -> String {
    format!("/data/notes/{id}.json")
}

/// The media type of the file at `path`.
pub fn media_type(path: &str) -> &'static str {
    let extension =
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, extension)| extension);
    match extension {
        _ if path == CHECKPOINT || path == NEW_SH => "text/plain; charset=utf-8",
        _ if path.starts_with("/log/tile/") => "application/octet-stream",
        Some("atom") => "application/atom+xml; charset=utf-8",
        Some("rss") => "application/rss+xml; charset=utf-8",
        _ if path == JSON_FEED => "application/feed+json; charset=utf-8",
        Some("json") => "application/json; charset=utf-8",
        Some("csv") => "text/csv; charset=utf-8",
        Some("ics") => "text/calendar; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("webmanifest") => "application/manifest+json; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("png") => "image/png",
        Some("ico") => "image/vnd.microsoft.icon",
        Some("txt" | "note" | "ps1") => "text/plain; charset=utf-8",
        _ => "text/html; charset=utf-8",
    }
}

/// Whether `path` is for programs, even if there is no such file. People get a page.
pub fn is_for_programs(path: &str) -> bool {
    let folders = ["/api/", "/data/", "/log/"];
    folders.iter().any(|folder| path.starts_with(folder)) || !media_type(path).starts_with("text/html")
}

/// Which origins may read or embed a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Pages: never embedded elsewhere.
    Own,
    /// Meant to be embedded in anyone's page.
    Embedded,
    /// Data and scripts: readable by anyone, but never shown in a frame.
    Anyone,
}

/// Which origins may read or embed the file at `path`.
pub fn reach(path: &str) -> Reach {
    match path {
        EMBED | EMBED_PLAIN | BADGE => Reach::Embedded,
        badge if badge.starts_with("/components/") && badge.ends_with(".svg") => Reach::Embedded,
        page if media_type(page).starts_with("text/html") => Reach::Own,
        _ => Reach::Anyone,
    }
}

/// Whether a page is worth printing: printouts carry the address as a QR code.
pub(crate) fn is_on_paper(path: &str) -> bool {
    let is_incident = path.strip_prefix("/incidents/").is_some_and(|slug| !slug.contains('/'));
    path == INDEX || is_incident
}

/// What readers look at first: a spike of them is answered from memory.
pub const HOT: &[&str] = &[
    INDEX,
    STATUS_TXT,
    ATOM,
    RSS,
    JSON_FEED,
    STATUS_JSON,
    API_SUMMARY,
    API_STATUS,
    BANNER_JSON,
    EMBED,
    EMBED_PLAIN,
    EMBED_JS,
    BADGE,
    PAGE_JS,
    FAVICON,
];

/// How long a copy may be used without revalidation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheClass {
    /// Never changes once it exists.
    Immutable,
    /// Changes with every update, or with time.
    Live,
}

/// The cache class of the file at `path`.
pub fn cache_class(path: &str) -> CacheClass {
    let is_full_tile = path.starts_with("/log/tile/") && !path.contains(".p/");
    if is_full_tile { CacheClass::Immutable } else { CacheClass::Live }
}

/// The file name for `path` in a copy of the site, such that any static file server answers like the station: pages
/// end in `.html`, and the index is `index.html`.
pub fn in_directory(path: &str) -> String {
    match path.strip_prefix('/').unwrap_or(path) {
        "" => "index.html".to_owned(),
        name if media_type(path).starts_with("text/html") => format!("{name}.html"),
        name => name.to_owned(),
    }
}
