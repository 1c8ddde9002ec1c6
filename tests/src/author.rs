//! The author of all notes in the tests: every key of a site, from fixed seeds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result};
use outband_keys::{KeyKind, KeyName, Note, SecretKey};
use outband_record::time::Time;

/// The log's origin in all tests.
pub const ORIGIN: &str = "status.example.net";

/// The keys of one site, and a counter for ids.
#[derive(Debug)]
pub struct Author {
    /// The only root.
    pub carol: SecretKey,
    /// An operator.
    pub alice: SecretKey,
    /// Another operator.
    pub bob: SecretKey,
    /// Signs checkpoints.
    pub log: SecretKey,
    /// Signs receipts and times.
    pub station: SecretKey,
    /// Does so at a second station, which only some rosters list.
    pub second: SecretKey,
    /// A key that is in no roster.
    pub mallory: SecretKey,
    written: AtomicU64,
}

impl Author {
    /// The same keys each time.
    pub fn new() -> Result<Self> {
        let key = |name: &str, kind, seed| -> Result<SecretKey> {
            Ok(SecretKey::from_seed(KeyName::parse(&format!("{ORIGIN}/{name}"))?, kind, [seed; 32]))
        };
        Ok(Self {
            carol: key("carol/root", KeyKind::Note, 1)?,
            alice: key("alice/laptop", KeyKind::Note, 2)?,
            bob: key("bob/phone", KeyKind::Note, 3)?,
            log: key("log1", KeyKind::Note, 4)?,
            station: key("station1", KeyKind::Cosignature, 5)?,
            second: key("station2", KeyKind::Cosignature, 7)?,
            mallory: key("mallory/laptop", KeyKind::Note, 6)?,
            written: AtomicU64::new(0),
        })
    }

    /// A new id. Ids count up, so that the same notes have the same ids on every host.
    pub fn id(&self) -> String {
        format!("{:032x}", 0x6f1e_d002_ab55_9585 + self.written.fetch_add(1, Ordering::Relaxed))
    }

    /// The beginning of any text: its type, origin, id and time.
    pub fn begin(&self, kind: &str, time: Time) -> String {
        format!("outband {kind} v1\norigin: {ORIGIN}\nid: {}\ntime: {time}\n", self.id())
    }

    /// Roster 1 with `more` lines at its end: `operator:` lines and those after them.
    pub fn roster_with(&self, more: &str) -> String {
        let Self { carol, alice, bob, log, station, .. } = self;
        let [carol, alice, bob, log, station] = [carol, alice, bob, log, station].map(SecretKey::verifier);
        let begin = self.begin("roster", now());
        format!(
            "{begin}number: 1\nroot: {carol}\nroot-threshold: 1\nlog: {log}\nstation: {station}\n\
             operator: {alice}\noperator: {bob}\n{more}"
        )
    }

    /// Roster 1.
    pub fn roster(&self) -> String {
        self.roster_with("person: alice Network operations\n")
    }

    /// Roster 1 with a second station.
    pub fn roster_with_second(&self) -> String {
        let second = format!("station: {}\noperator: ", self.second.verifier());
        self.roster().replacen("operator: ", &second, 1)
    }

    /// The site note.
    pub fn site(&self) -> String {
        format!("{}{SITE}", self.begin("site", now()))
    }

    /// An update of `incident`, written now: `lines` are those from `phase` on, and the body.
    pub fn update(&self, incident: &str, lines: &str) -> String {
        self.update_at(now(), incident, lines)
    }

    /// The same, written at `time`.
    pub fn update_at(&self, time: Time, incident: &str, lines: &str) -> String {
        format!("{}incident: {incident}\n{lines}", self.begin("update", time))
    }

    /// A notice that is over as soon as it is posted: something past, in a single update.
    pub fn past(&self, slug: &str, title: &str) -> String {
        let now = now();
        self.update_at(now, slug, &format!("phase: notice\ntitle: {title}\nended: {now}\n"))
    }

    /// A plain update of an open incident.
    pub fn investigating(&self, incident: &str) -> String {
        self.investigating_of(incident, "mail")
    }

    /// The same with an outage of `component`.
    pub fn investigating_of(&self, incident: &str, component: &str) -> String {
        let next = in_seconds(1800);
        let lines = format!(
            "phase: investigating\ntitle: Mail is down\naffects: {component} outage\nnext-update: {next}\n\nWe look.\n"
        );
        self.update(incident, &lines)
    }
}

/// The site note from its fifth line on.
const SITE: &str = "name: Example Mail
url: https://status.example.net
lang: en
zone: EST5EDT,M3.2.0,M11.1.0
contact: tel:+1-555-0100
link: https://www.example.com Main site
cadence: critical 30
component: mail Exchange mail
component: mail/us-east US East
component: mail/us-west US West
component: voice Voice
component: files Files
component: support Support: phone and tickets
hint: mail/us-east server names beginning with exe
";

/// A note of `text`, signed by `keys`.
pub fn sign(text: &str, keys: &[&SecretKey]) -> Result<String> {
    let lines: Result<Vec<_>, _> = keys.iter().map(|key| key.sign_note(text)).collect();
    Ok(Note::compose(text, &lines.with_context(|| text.to_owned())?))
}

/// This machine's time, which is also the hosts'.
pub fn now() -> Time {
    Time::from_posix(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()))
}

/// The time in this many seconds from now.
pub fn in_seconds(seconds: u64) -> Time {
    now().plus(seconds)
}
