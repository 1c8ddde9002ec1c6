//! What the station itself must remember: who may sign, what the page is about, where each note stands, what is
//! watched, and how far a re-rendering has come. Public like everything else, since it follows from the log.

use outband_record::authority::{Authority, RevokedKey};
use outband_record::text::{Id, Roster, Site, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::{DataError, maybe, parse, print, value};
use crate::{Rendered, paths};

#[derive(Serialize, Deserialize)]
struct RosterDocument {
    index: u64,
    text: String,
    gone: Vec<GoneDocument>,
}

#[derive(Serialize, Deserialize)]
struct GoneDocument {
    key: String,
    at: u64,
    since: Option<u64>,
}

/// `/data/roster.json`: the roster in force, where it stands, and the keys that were taken away.
pub fn roster(authority: &Authority) -> Rendered {
    let gone = |gone: &RevokedKey| GoneDocument { key: gone.key.to_string(), at: gone.at, since: gone.since };
    let document = RosterDocument {
        index: authority.roster_index(),
        text: authority.roster().print(),
        gone: authority.revoked().iter().map(gone).collect(),
    };
    print(paths::ROSTER_JSON, document)
}

/// Reads [`roster`] back.
pub fn parse_roster(body: &[u8]) -> Result<Authority, DataError> {
    let document: RosterDocument = parse(body)?;
    let roster = Roster::parse(&document.text).map_err(DataError::new)?;
    let gone = |gone: GoneDocument| Ok(RevokedKey { key: value(&gone.key)?, at: gone.at, since: gone.since });
    let gone = document.gone.into_iter().map(gone).collect::<Result<_, DataError>>()?;
    Ok(Authority::new(roster, document.index, gone))
}

/// The site note in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEntry {
    /// When the first site note of all was received: before it there is no page, and no data.
    pub since: Time,
    /// Where it stands in the log.
    pub index: u64,
    /// What it says.
    pub site: Site,
}

#[derive(Serialize, Deserialize)]
struct SiteDocument {
    since: String,
    index: u64,
    text: String,
}

/// `/data/site.json`: the site note in force, and where it stands.
pub fn site(entry: &SiteEntry) -> Rendered {
    let since = entry.since.to_string();
    print(paths::SITE_JSON, SiteDocument { since, index: entry.index, text: entry.site.print() })
}

/// Reads [`site`] back.
pub fn parse_site(body: &[u8]) -> Result<SiteEntry, DataError> {
    let document: SiteDocument = parse(body)?;
    let site = Site::parse(&document.text).map_err(DataError::new)?;
    Ok(SiteEntry { since: value(&document.since)?, index: document.index, site })
}

/// Where a note stands in the log: tells a duplicate from a reused id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// Its index.
    pub index: u64,
    /// SHA-256 of its text, in lower-case hexadecimal; `None` where the text was redacted.
    pub sha256: Option<String>,
}

/// `/data/notes/<id>.json`.
pub fn note(id: &Id, note: &NoteRef) -> Rendered {
    print(&paths::note_json(id), note)
}

/// Reads [`note`] back.
pub fn parse_note(body: &[u8]) -> Result<NoteRef, DataError> {
    parse(body)
}

/// Something that is open, or will read differently at a known moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// What it is called.
    pub slug: Slug,
    /// Whether it is a drill.
    pub drill: bool,
    /// Whether it is going on.
    pub open: bool,
    /// The next moment at which it reads differently.
    pub next: Option<Time>,
}

#[derive(Serialize, Deserialize)]
struct WatchDocument {
    watch: Vec<WatchedDocument>,
}

#[derive(Serialize, Deserialize)]
struct WatchedDocument {
    slug: String,
    drill: bool,
    open: bool,
    next: Option<String>,
}

/// `/data/watch.json`: by slug.
pub fn watch<'w>(watched: impl IntoIterator<Item = &'w Watched>) -> Rendered {
    let item = |watched: &Watched| WatchedDocument {
        slug: watched.slug.to_string(),
        drill: watched.drill,
        open: watched.open,
        next: watched.next.map(|next| next.to_string()),
    };
    print(paths::WATCH_JSON, WatchDocument { watch: watched.into_iter().map(item).collect() })
}

/// Reads [`watch`] back.
pub fn parse_watch(body: &[u8]) -> Result<Vec<Watched>, DataError> {
    let item = |item: WatchedDocument| {
        Ok(Watched {
            slug: value(&item.slug)?,
            drill: item.drill,
            open: item.open,
            next: maybe(item.next.as_ref())?,
        })
    };
    parse::<WatchDocument>(body)?.watch.into_iter().map(item).collect()
}

#[derive(Serialize, Deserialize)]
struct DrillsDocument {
    drills: Vec<String>,
}

/// `/data/drills.json`: the newest drills first.
pub fn drills(slugs: &[Slug]) -> Rendered {
    print(paths::DRILLS_JSON, DrillsDocument { drills: slugs.iter().map(ToString::to_string).collect() })
}

/// Reads [`drills`] back.
pub fn parse_drills(body: &[u8]) -> Result<Vec<Slug>, DataError> {
    parse::<DrillsDocument>(body)?.drills.iter().map(|slug| value(slug)).collect()
}

/// Which renderer wrote the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renderer {
    /// Its version.
    pub renderer: String,
    /// What it has still to write anew, if anything.
    pub pending: Option<Pending>,
}

/// A re-rendering that is under way: old files are served until their turn comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The first entry that it concerns.
    pub from: u64,
    /// The entry after the last.
    pub to: u64,
    /// How many pieces of work are done: first the entries, then the months.
    pub done: u64,
}

/// `/data/renderer.json`.
pub fn renderer(renderer: &Renderer) -> Rendered {
    print(paths::RENDERER_JSON, renderer)
}

/// Reads [`renderer`] back.
pub fn parse_renderer(body: &[u8]) -> Result<Renderer, DataError> {
    parse(body)
}
