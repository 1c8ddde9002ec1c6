//! Sites, updates and times for the tests and the gallery. The companies are invented.
//!
//! A sample is a file of updates, each after a line `==== <index> <received> <person>/<device> …`. Nothing is
//! signed, because rendering comes after verification.

#![allow(dead_code, reason = "each test and the gallery use a part of this")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a sample that does not parse is a mistake in the sample"
)]

pub(crate) mod crowd;
pub(crate) mod reading;
pub(crate) mod scenarios;

use std::convert::Infallible;

use outband_keys::{KeyKind, KeyName, SecretKey};
use outband_record::authority::{Authority, RevokedKey};
use outband_record::sorted::Set;
use outband_record::text::{
    Accent, Id, Lang, LeafHash, Logo, Origin, Redaction, Roster, SingleLine, Site, Update, Value, Zone,
};
use outband_record::time::Time;
use outband_record::timeline::{Chronicle, Incident, LoggedUpdate, Names, Outlook, Signer};
use outband_site::data::{Card, Redacted};
use outband_site::feeds::{Channel, Listed};
use outband_site::{Uptime, View};

pub(crate) const OUTAGE: &str = include_str!("outage.txt");
pub(crate) const RECOVERING: &str = concat!(include_str!("outage.txt"), include_str!("recovering.txt"));
pub(crate) const RESOLVED: &str = concat!(include_str!("outage.txt"), include_str!("resolved.txt"));
pub(crate) const MAINTENANCE: &str = include_str!("maintenance.txt");
pub(crate) const CORRECTION: &str = include_str!("correction.txt");
pub(crate) const EVERY_LINE: &str = include_str!("every-line.txt");
pub(crate) const HOSTILE: &str = include_str!("hostile.txt");
pub(crate) const DRILL: &str = include_str!("drill.txt");
pub(crate) const GERMAN: &str = include_str!("german.txt");
pub(crate) const ARABIC: &str = include_str!("arabic.txt");

/// The data that pages are rendered from.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) authority: Authority,
    pub(crate) now: Time,
    pub(crate) last_update: Option<Time>,
    pub(crate) incidents: Vec<Incident>,
    /// The time the page was set up.
    pub(crate) since: Time,
    /// The redactions of the log.
    pub(crate) redactions: Vec<Redacted>,
    /// The feeds of components and languages, as the station creates them.
    pub(crate) channels: Set<Channel>,
}

impl Stage {
    /// The site of the samples at `now`, with the incidents of `samples`.
    pub(crate) fn at(now: &str, samples: &[&str]) -> Self {
        let site = Site::parse(include_str!("site.txt")).expect("the site note");
        Self::of(site, time(now), samples.iter().map(|sample| incident(sample)).collect())
    }

    /// A site at a time, with its incidents.
    pub(crate) fn of(site: Site, now: Time, incidents: Vec<Incident>) -> Self {
        let logged = incidents
            .iter()
            .flat_map(|incident| incident.updates())
            .filter(|logged| !logged.update.is_drill());
        let last_update = logged.map(LoggedUpdate::effective_time).max();
        let since = site.time;
        let authority = authority(&site.origin, Vec::new());
        let (redactions, channels) = (Vec::new(), Set::new());
        let stage = Self { authority, site, now, last_update, incidents, since, redactions, channels };
        stage.with_channels()
    }

    /// The same after the update at `entry` was redacted; `shown` is whether its incident's page shows that.
    pub(crate) fn redacted(mut self, entry: u64, shown: bool) -> Self {
        let logged = self.incidents.iter().flat_map(|incident| incident.updates().to_vec());
        let gone = logged
            .filter(|logged| logged.index == entry)
            .map(|logged| logged.update)
            .next()
            .expect("an update");
        let left = |incident: &Incident| {
            let logged = incident.updates().iter().filter(|logged| logged.index != entry);
            let mut logged: Vec<_> = logged.cloned().collect();
            logged.iter_mut().for_each(|logged| logged.names.updates.retain(|(id, _)| *id != gone.id));
            Incident::from_updates(logged)
        };
        self.incidents = self.incidents.iter().filter_map(left).collect();
        let redaction = Redaction {
            origin: self.site.origin.clone(),
            id: Id::parse(&"7".repeat(32)).expect("an id"),
            time: self.now,
            entry,
            hash: LeafHash([7; 32]),
            update: gone.id,
            incident: shown.then_some(gone.incident),
            reason: SingleLine::parse("named a customer <Acme & Sons>").expect("a reason"),
        };
        self.redactions.push(Redacted::new(1000, &redaction));
        self
    }

    fn with_channels(mut self) -> Self {
        let components =
            self.site.component.iter().map(|component| Channel::Component(component.path.clone()));
        let logged = self.incidents.iter().flat_map(|incident| incident.updates());
        let real = logged.filter(|logged| !logged.update.is_drill());
        let named = real.flat_map(|logged| Channel::of(&self.site, &logged.update));
        self.channels = components.chain(named).collect();
        self
    }

    /// The updates of a channel, the highest index first.
    pub(crate) fn listed_in(&self, channel: &Channel) -> Vec<Listed<'_>> {
        let is_in = |update: &Update| Channel::of(&self.site, update).contains(channel);
        let mut listed = self.listed();
        listed.retain(|listed| !listed.logged.update.is_drill() && is_in(&listed.logged.update));
        listed.truncate(channel.limit());
        listed
    }

    /// The same in another zone.
    pub(crate) fn in_zone(mut self, rule: &str) -> Self {
        self.site.zone = Zone::parse(rule).expect("a zone");
        self
    }

    /// The same for a site in another language.
    pub(crate) fn in_language(mut self, tag: &str) -> Self {
        self.site.lang = Lang::parse(tag).expect("a language");
        self.with_channels()
    }

    /// A season with every kind of incident, each reported in a single update afterwards; the page was set up in August
    /// of that year.
    pub(crate) fn autumn(now: &str) -> Self {
        let incidents: Vec<_> =
            AUTUMN.iter().zip(50..).map(|(lines, index)| afterwards(index, lines)).collect();
        let incidents: Vec<_> = incidents.iter().map(String::as_str).chain([RESOLVED]).collect();
        Self { since: time("2013-08-20T06:00:00Z"), ..Self::at(now, &incidents) }
    }

    /// The same after `key` was revoked, with its entries flagged from `since` on.
    pub(crate) fn without(mut self, key: &str, since: u64) -> Self {
        let key = secret(&self.site.origin, key).verifier();
        self.authority = authority(&self.site.origin, vec![RevokedKey { key, at: 1000, since: Some(since) }]);
        self
    }

    pub(crate) fn view(&self) -> View<'_> {
        let (site, authority) = (&self.site, &self.authority);
        let (redactions, channels) = (&self.redactions, &self.channels);
        View {
            site,
            authority,
            now: self.now,
            last_update: self.last_update,
            redactions,
            channels,
            refused: &[],
        }
    }

    pub(crate) fn outlook(&self) -> Outlook<'_> {
        let states = self.incidents.iter().filter_map(Incident::state);
        Outlook::at(self.now, &self.site, self.last_update, states)
    }

    /// The open incidents, in the outlook's order.
    pub(crate) fn open(&self) -> Vec<&Incident> {
        let by_slug = |slug| self.incidents.iter().find(|incident| incident.slug() == Some(slug));
        self.outlook()
            .open
            .iter()
            .map(|state| by_slug(state.slug).expect("an incident of this stage"))
            .collect()
    }

    /// The incidents that are not open.
    pub(crate) fn recent(&self) -> Vec<Card> {
        let states = self.incidents.iter().filter_map(Incident::state);
        states.filter(|state| !state.is_open(self.now) && !state.drill).map(|h| Card::of(&h)).collect()
    }

    /// The reported spans.
    pub(crate) fn chronicle(&self) -> Chronicle {
        let mut chronicle = Chronicle::new(self.since);
        for incident in &self.incidents {
            chronicle.add(incident.slug().expect("an incident with updates"), incident.spans());
        }
        chronicle
    }

    pub(crate) fn uptime(&self) -> Uptime<'_> {
        Uptime::recent(&self.site, &self.chronicle(), self.now)
    }

    pub(crate) fn month(&self, month: &str) -> Option<Uptime<'_>> {
        Uptime::of_month(&self.site, &self.chronicle(), month, self.now)
    }

    /// Every update, the highest index first.
    pub(crate) fn updates(&self) -> Vec<&LoggedUpdate> {
        self.listed().iter().map(|listed| listed.logged).collect()
    }

    /// The same as feeds list them.
    pub(crate) fn listed(&self) -> Vec<Listed<'_>> {
        let of = |incident| move |logged| Listed::of(incident, logged);
        let all = self.incidents.iter().flat_map(|incident| incident.updates().iter().map(of(incident)));
        let mut listed: Vec<_> = all.collect();
        listed.sort_by_key(|listed| std::cmp::Reverse(listed.logged.index));
        listed
    }
}

/// Component, condition, start and end.
const AUTUMN: &[&str] = &[
    "exchange/us-west partial 2013-08-29T13:00:00Z 2013-08-29T16:20:00Z",
    "exchange degraded 2013-09-12T22:00:00Z 2013-09-13T04:00:00Z",
    "voice unknown 2013-09-20T08:00:00Z 2013-09-20T10:30:00Z",
    "voice outage 2013-09-20T10:30:00Z 2013-09-20T10:30:45Z",
    "files maintenance 2013-10-06T02:00:00Z 2013-10-06T06:00:00Z",
    "files outage 2013-10-14T23:00:00Z 2013-10-17T01:00:00Z",
    "conference partial 2013-10-15T12:00:00Z 2013-10-15T13:00:00Z",
    "panel degraded 2013-11-01T09:00:00Z 2013-11-04T09:00:00Z",
];

/// An incident that was over before it was reported.
fn afterwards(index: u64, lines: &str) -> String {
    let words: Vec<_> = lines.split(' ').collect();
    let [component, condition, started, ended] = words[..] else { panic!("four words: {lines}") };
    format!(
        "==== {index} {ended} alice/phone\noutband update v1\norigin: status.mail.example\nid: {index:032x}\ntime: {ended}\n\
         incident: autumn-{index}\nphase: resolved\ntitle: Trouble with {component}\n\
         affects: {component} {condition}\nstarted: {started}\nended: {ended}\n"
    )
}

pub(crate) fn value<T: Value>(text: &str) -> T {
    T::parse(text).unwrap_or_else(|| panic!("{text:?} is not {}", T::EXPECTED))
}

pub(crate) fn time(text: &str) -> Time {
    Time::parse(text).expect("a time")
}

/// The incident of a sample.
pub(crate) fn incident(sample: &str) -> Incident {
    let site = Site::parse(include_str!("site.txt")).expect("the site note");
    let entries = sample.split("==== ").filter(|entry| !entry.is_empty());
    let mut updates = Vec::new();
    entries.for_each(|entry| updates.push(named(logged(entry), &site, &updates, &[])));
    let mut incident = Incident::from_updates(updates).expect("a sample has updates");
    // The incident in which it continues is not among the samples, but takes it over.
    incident.set_taken_over(true);
    incident
}

/// With the names in force, after the updates `before` of the same incident and the updates `others` of others.
fn named(
    logged: LoggedUpdate,
    site: &Site,
    before: &[LoggedUpdate],
    others: &[LoggedUpdate],
) -> LoggedUpdate {
    let title = |slug: &_| {
        let last = others.iter().rev().find(|other| other.update.incident == *slug);
        Ok::<_, Infallible>(last.map(|last| last.update.title.to_string()))
    };
    let names = Names::of(&logged.update, site, before, title).expect("names");
    LoggedUpdate { names, ..logged }
}

/// A false alarm: the last update withdraws the first.
pub(crate) fn withdrawn() -> Stage {
    let (first, _) = CORRECTION.split_once("==== 21").expect("a second update");
    let last = "==== 21 2013-10-01T13:20:10Z bob/laptop\noutband update v1\norigin: status.mail.example\n\
         id: c2f7c0de5b0c4e0f9d3a6b1c2d3e4f71\ntime: 2013-10-01T13:20:00Z\nincident: 2013-10-01-voice\n\
         phase: resolved\ntitle: All calls worked\nretracts: c1f7c0de5b0c4e0f9d3a6b1c2d3e4f70\n\n\
         Our monitoring was wrong. No call failed.\n";
    Stage::at("2013-10-01T13:42:00Z", &[&format!("{first}{last}")])
}

/// Three incidents, a maintenance and a notice at once.
pub(crate) fn several() -> Stage {
    let samples: Vec<_> = include_str!("several.txt").split("####\n").collect();
    let mut stage = Stage::at("2013-09-03T12:30:00Z", &[&samples[..], &[OUTAGE]].concat());
    stage.site.logo = Logo::parse(include_str!("logo.txt").trim_end());
    stage.site.accent = Accent::parse("#0b57d0");
    stage
}

fn logged(entry: &str) -> LoggedUpdate {
    let (head, text) = entry.split_once('\n').expect("a header line");
    let mut words = head.split(' ');
    let index = words.next().and_then(|word| word.parse().ok()).expect("an index");
    let received = time(words.next().expect("a time of receipt"));
    let update = update(text);
    let signers = words.map(|key| signer(&update.origin, key)).collect();
    let names = Names::default();
    LoggedUpdate {
        index,
        update,
        signers,
        received,
        listed: received,
        names,
        leaf: text.to_owned(),
        is_pending: false,
    }
}

pub(crate) fn update(text: &str) -> Update {
    Update::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn signer(origin: &Origin, key: &str) -> Signer {
    let person = if key.starts_with("alice") { "Network operations" } else { "Customer care" };
    let verifier = secret(origin, key).verifier();
    Signer::new(&verifier, person)
}

fn secret(origin: &Origin, key: &str) -> SecretKey {
    let seed = std::array::from_fn(|place| key.as_bytes().get(place).copied().unwrap_or(7));
    let kind = if key.starts_with("station") { KeyKind::Cosignature } else { KeyKind::Note };
    SecretKey::from_seed(KeyName::parse(&format!("{origin}/{key}")).expect("a key name"), kind, seed)
}

fn authority(origin: &Origin, gone: Vec<RevokedKey>) -> Authority {
    let key = |name| secret(origin, name).verifier();
    let text = format!(
        "outband roster v1\norigin: {origin}\nid: 1f1ed002ab5595859014ebf0951522d9\ntime: 2013-01-01T00:00:00Z\n\
         number: 1\nroot: {}\nroot-threshold: 1\nlog: {}\nstation: {}\noperator: {}\noperator: {}\noperator: {}\n",
        key("carol/root"),
        key("log1"),
        key("station1"),
        key("alice/phone"),
        key("alice/laptop"),
        key("bob/laptop"),
    );
    Authority::new(Roster::parse(&text).expect("a roster"), 0, gone)
}
