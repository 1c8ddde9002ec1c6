//! The station's own state: who may sign, what the page covers, the log index of each note, the watched incidents, and
//! the progress of a re-rendering. It is public like everything else, since it follows from the log.

use outband_keys::VerifierKey;
use outband_record::authority::{Authority, RevokedKey};
use outband_record::text::{Id, Roster, Site, Slug};
use outband_record::time::Time;
use serde::{Deserialize, Serialize};

use super::{DataError, parse, print, text};
use crate::template::RenderError;
use crate::{Rendered, paths};

#[derive(Serialize, Deserialize)]
struct RosterDocument {
    index: u64,
    text: String,
    #[serde(rename = "gone")]
    revoked: Vec<RevokedDocument>,
}

#[derive(Serialize, Deserialize)]
struct RevokedDocument {
    #[serde(with = "text")]
    key: VerifierKey,
    at: u64,
    since: Option<u64>,
}

/// `/data/roster.json`: the roster in force, its log index, and the revoked keys.
pub fn roster(authority: &Authority) -> Result<Rendered, RenderError> {
    let revoked = authority.revoked().iter();
    let document = RosterDocument {
        index: authority.roster_index(),
        text: authority.roster().print(),
        revoked: revoked.map(|r| RevokedDocument { key: r.key.clone(), at: r.at, since: r.since }).collect(),
    };
    print(paths::ROSTER_JSON, document)
}

/// Reads [`roster`] back.
pub fn parse_roster(body: &[u8]) -> Result<Authority, DataError> {
    let RosterDocument { index, text, revoked } = parse(body)?;
    let roster = Roster::parse(&text).map_err(DataError::new)?;
    let revoked = revoked.into_iter().map(|r| RevokedKey { key: r.key, at: r.at, since: r.since });
    Ok(Authority::new(roster, index, revoked.collect()))
}

/// The site note in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEntry {
    /// When the very first site note was received; before that there is no page, and no data.
    pub since: Time,
    /// Its log index.
    pub index: u64,
    /// The site note.
    pub site: Site,
}

#[derive(Serialize, Deserialize)]
struct SiteDocument {
    #[serde(with = "text")]
    since: Time,
    index: u64,
    text: String,
}

/// `/data/site.json`: the site note in force, and its log index.
pub fn site(entry: &SiteEntry) -> Result<Rendered, RenderError> {
    let SiteEntry { since, index, site } = entry;
    print(paths::SITE_JSON, SiteDocument { since: *since, index: *index, text: site.print() })
}

/// Reads [`site`] back.
pub fn parse_site(body: &[u8]) -> Result<SiteEntry, DataError> {
    let SiteDocument { since, index, text } = parse(body)?;
    Ok(SiteEntry { since, index, site: Site::parse(&text).map_err(DataError::new)? })
}

/// A note's log index and digest, to distinguish a duplicate from a reused id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// Its index.
    pub index: u64,
    /// SHA-256 of its text, in lower-case hexadecimal; `None` if the text was redacted.
    pub sha256: Option<String>,
}

/// `/data/notes/<id>.json`.
pub fn note(id: &Id, note: &NoteRef) -> Result<Rendered, RenderError> {
    print(&paths::note_json(id), note)
}

/// Reads [`note`] back.
pub fn parse_note(body: &[u8]) -> Result<NoteRef, DataError> {
    parse(body)
}

/// An incident that is open, or will read differently at a known time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Its slug.
    #[serde(with = "text")]
    pub slug: Slug,
    /// Whether it is a drill.
    pub drill: bool,
    /// Whether it is open.
    pub open: bool,
    /// The next time at which it reads differently.
    #[serde(with = "text::maybe")]
    pub next: Option<Time>,
}

#[derive(Serialize, Deserialize)]
struct WatchDocument<W> {
    watch: W,
}

/// `/data/watch.json`: by slug.
pub fn watch<'w>(watched: impl IntoIterator<Item = &'w Watched>) -> Result<Rendered, RenderError> {
    print(paths::WATCH_JSON, WatchDocument { watch: watched.into_iter().collect::<Vec<_>>() })
}

/// Reads [`watch`] back.
pub fn parse_watch(body: &[u8]) -> Result<Vec<Watched>, DataError> {
    Ok(parse::<WatchDocument<_>>(body)?.watch)
}

#[derive(Serialize, Deserialize)]
struct DrillsDocument {
    #[serde(with = "text::list")]
    drills: Vec<Slug>,
}

/// `/data/drills.json`: the newest drills first.
pub fn drills(slugs: &[Slug]) -> Result<Rendered, RenderError> {
    print(paths::DRILLS_JSON, DrillsDocument { drills: slugs.to_vec() })
}

/// Reads [`drills`] back.
pub fn parse_drills(body: &[u8]) -> Result<Vec<Slug>, DataError> {
    Ok(parse::<DrillsDocument>(body)?.drills)
}

/// Which renderer wrote the files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renderer {
    /// Its name.
    pub renderer: String,
    /// The re-rendering in progress, if any.
    pub pending: Option<Pending>,
}

/// A re-rendering in progress; old files are served until they are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// The first entry to re-render.
    pub from: u64,
    /// The entry after the last one.
    pub to: u64,
    /// The number of units of work done: first the entries, then the months.
    pub done: u64,
}

/// `/data/renderer.json`.
pub fn renderer(renderer: &Renderer) -> Result<Rendered, RenderError> {
    print(paths::RENDERER_JSON, renderer)
}

/// Reads [`renderer`] back.
pub fn parse_renderer(body: &[u8]) -> Result<Renderer, DataError> {
    parse(body)
}
