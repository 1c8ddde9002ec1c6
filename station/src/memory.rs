//! The station's memory: documents that it keeps to resume from. They are public like everything else, since they follow
//! from the log.

mod statuspage;

pub use statuspage::Ledger;

use outband_keys::VerifierKey;
use outband_record::authority::{Authority, RevokedKey};
use outband_record::sorted::{Map, Set};
use outband_record::text::{ComponentPath, Condition, Id, Lang, Roster, Site, Slug};
use outband_record::time::Time;
use outband_record::timeline::{LoggedUpdate, Span};
use outband_site::data::{DataError, Redacted, logged, parse, print, text};
use outband_site::feeds::Channel;
use outband_site::pages::RenderError;
use outband_site::{Rendered, paths};
use serde::{Deserialize, Serialize};

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
    /// Whether it may affect anything, since it states nothing about components.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
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

impl Pending {
    /// How many entries it goes through.
    pub fn entries(self) -> u64 {
        self.to.saturating_sub(self.from)
    }
}

/// `/data/renderer.json`.
pub fn renderer(renderer: &Renderer) -> Result<Rendered, RenderError> {
    print(paths::RENDERER_JSON, renderer)
}

/// Reads [`renderer`] back.
pub fn parse_renderer(body: &[u8]) -> Result<Renderer, DataError> {
    parse(body)
}

/// The newest updates, without drills and translations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Newest {
    /// The number of such updates in the whole log.
    pub count: u64,
    /// The latest effective time of all of them, which need not be that of the newest entry.
    #[serde(rename = "spoke", with = "text::maybe")]
    pub last_update: Option<Time>,
    /// The date in feeds of the newest one, translations included.
    #[serde(with = "text::maybe")]
    pub listed: Option<Time>,
    /// The newest ones, highest index first.
    #[serde(with = "logged")]
    pub updates: Vec<LoggedUpdate>,
}

impl Newest {
    /// The date in feeds of the next update, received at this time: later than that of every one before it.
    pub fn next_date(&self, received: Time) -> Time {
        self.listed.map_or(received, |last| received.max(last.plus(1)))
    }

    /// Adds the newest entry of the log, and keeps the newest `keep` updates.
    pub fn add(&mut self, logged: LoggedUpdate, keep: usize) {
        self.count = self.count.saturating_add(1);
        self.last_update = self.last_update.max(Some(logged.effective_time()));
        self.updates.insert(0, logged);
        self.updates.truncate(keep);
    }
}

/// `/data/newest.json`: the newest updates of all incidents, and totals over the older ones.
pub fn newest(newest: &Newest) -> Result<Rendered, RenderError> {
    print(paths::NEWEST_JSON, newest)
}

/// Reads [`newest`] back, parsing its notes.
pub fn parse_newest(body: &[u8]) -> Result<Newest, DataError> {
    parse(body)
}

/// A reference to an update: its incident and its log index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpdateRef {
    /// The incident's slug.
    #[serde(rename = "incident", with = "text")]
    pub slug: Slug,
    /// The log index.
    pub index: u64,
}

#[derive(Serialize, Deserialize)]
struct UpdateRefsDocument<U> {
    updates: U,
}

/// The updates of a channel, the highest index first.
pub fn update_refs(channel: &Channel, updates: &[UpdateRef]) -> Result<Rendered, RenderError> {
    print(&channel.document(), UpdateRefsDocument { updates })
}

/// Reads [`update_refs`] back.
pub fn parse_update_refs(body: &[u8]) -> Result<Vec<UpdateRef>, DataError> {
    Ok(parse::<UpdateRefsDocument<_>>(body)?.updates)
}

/// The feeds of components and languages, including components removed from the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// Those that pages announce.
    pub announced: Set<Channel>,
    /// Languages in which nothing has been published yet.
    pub silent: Set<Channel>,
}

impl Channels {
    /// Both.
    pub fn all(&self) -> impl Iterator<Item = &Channel> {
        self.announced.iter().chain(&self.silent)
    }

    /// Whether it has a feed.
    pub fn contains(&self, channel: &Channel) -> bool {
        self.announced.contains(channel) || self.silent.contains(channel)
    }
}

#[derive(Default, Serialize, Deserialize)]
struct ChannelsDocument {
    #[serde(with = "text::list")]
    components: Vec<ComponentPath>,
    #[serde(with = "text::list")]
    languages: Vec<Lang>,
    #[serde(with = "text::list")]
    silent: Vec<Lang>,
}

/// `/data/channels.json`: the components and languages that have their own feeds.
pub fn channels(channels: &Channels) -> Result<Rendered, RenderError> {
    let mut document = ChannelsDocument::default();
    for channel in channels.all() {
        match channel {
            Channel::Component(path) => document.components.push(path.clone()),
            Channel::Language(lang) if channels.silent.contains(channel) => {
                document.silent.push(lang.clone())
            }
            Channel::Language(lang) => document.languages.push(lang.clone()),
            // The number of archives follows from the number of updates.
            Channel::Archive(_) => {}
        }
    }
    print(paths::CHANNELS_JSON, document)
}

/// Reads [`channels`] back.
pub fn parse_channels(body: &[u8]) -> Result<Channels, DataError> {
    let ChannelsDocument { components, languages, silent } = parse(body)?;
    let components = components.into_iter().map(Channel::Component);
    let announced = components.chain(languages.into_iter().map(Channel::Language)).collect();
    Ok(Channels { announced, silent: silent.into_iter().map(Channel::Language).collect() })
}

/// A span of a closed incident, filed under a month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The incident's slug.
    #[serde(with = "text")]
    pub slug: Slug,
    /// The component named in the update.
    #[serde(with = "text")]
    pub component: ComponentPath,
    /// Its condition.
    #[serde(with = "text")]
    pub condition: Condition,
    /// Its first second.
    #[serde(with = "text")]
    pub from: Time,
    /// The second after its last.
    #[serde(with = "text")]
    pub to: Time,
}

impl Filed {
    /// A span of an incident, if it has ended.
    pub fn of(slug: &Slug, span: &Span) -> Option<Self> {
        let Span { from, component, condition, to } = span.clone();
        Some(Self { slug: slug.clone(), component, condition, from, to: to? })
    }

    /// The span.
    pub fn span(&self) -> Span {
        let Self { component, condition, from, to, .. } = self.clone();
        Span { from, component, condition, to: Some(to) }
    }

    /// The sort key in a month's document.
    pub fn order(&self) -> (&Slug, Time, &ComponentPath, Condition, Time) {
        (&self.slug, self.from, &self.component, self.condition, self.to)
    }
}

#[derive(Serialize, Deserialize)]
struct SpansDocument<S> {
    month: String,
    spans: S,
}

/// `/data/uptime/<month>.json`: all spans that overlap it, in the given order.
pub fn spans(month: &str, filed: &[Filed]) -> Result<Rendered, RenderError> {
    print(&paths::spans_json(month), SpansDocument { month: month.to_owned(), spans: filed })
}

/// Reads [`spans`] back.
pub fn parse_spans(body: &[u8]) -> Result<Vec<Filed>, DataError> {
    Ok(parse::<SpansDocument<_>>(body)?.spans)
}

/// All redactions, and the data that outlives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redactions {
    /// Redacted entries, in log order.
    pub redacted: Vec<Redacted>,
    /// For each incident of which nothing is left: the incidents that named it in `continues-in`.
    pub named: Map<Slug, Set<Slug>>,
}

#[derive(Serialize, Deserialize)]
struct RedactionsDocument<R> {
    redactions: R,
    named: Vec<NamedDocument>,
}

#[derive(Serialize, Deserialize)]
struct NamedDocument {
    #[serde(with = "text")]
    slug: Slug,
    #[serde(with = "text::list")]
    by: Set<Slug>,
}

/// `/data/redactions.json`, in log order.
pub fn redactions(redactions: &Redactions) -> Result<Rendered, RenderError> {
    let named = redactions.named.iter();
    let document = RedactionsDocument {
        redactions: &redactions.redacted,
        named: named.map(|(slug, by)| NamedDocument { slug: slug.clone(), by: by.clone() }).collect(),
    };
    print(paths::REDACTIONS_JSON, document)
}

/// Reads [`redactions`] back.
pub fn parse_redactions(body: &[u8]) -> Result<Redactions, DataError> {
    let RedactionsDocument { redactions, named } = parse(body)?;
    let mut by_slug = Map::new();
    by_slug.extend(named.into_iter().map(|NamedDocument { slug, by }| (slug, by)));
    Ok(Redactions { redacted: redactions, named: by_slug })
}
