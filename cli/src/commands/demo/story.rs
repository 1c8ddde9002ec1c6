//! The demo's story: a fictional provider, its two operators and their keys, and the updates that they published, which
//! are in `story.txt`.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use outband_keys::{KeyKind, VerifierKey};
use outband_record::text::{Contact, Id, Link, Origin, Value};
use outband_record::time::{Date, Time};
use outband_station::Station;

use crate::client::settings::{Directory, Role};
use crate::commands::init::{self, answers::Answers};
use crate::commands::publish::draft::Draft;
use crate::commands::serve;
use crate::signers::keys;
use crate::signers::signer::Signer;

/// A directory as written by `init`, and the key of a second operator.
pub(super) struct World {
    directory: Directory,
    origin: Origin,
    alice: Signer,
    bob: Signer,
}

const ORIGIN: &str = "larkfield-status.example";

const COMPONENTS: [&str; 11] = [
    "exchange Mail",
    "exchange/us-east US East",
    "exchange/us-west US West",
    "exchange/eu-west EU West",
    "voice Voice and conference lines",
    "voice/us-east US East",
    "voice/us-west US West",
    "files File synchronisation",
    "messenger Instant messenger",
    "portal Web site and customer portal",
    "support Support: phone and tickets",
];

const HINTS: [&str; 3] = [
    "exchange/us-east your server's name begins with exe",
    "exchange/us-west your server's name begins with exw",
    "exchange/eu-west your server's name begins with exl",
];

impl World {
    /// Creates everything in `directory`, dated `begin`.
    pub(super) fn create(directory: &Path, url: &str, begin: Time) -> Result<Self> {
        let origin: Origin = value(ORIGIN)?;
        let bob = keys::generate(&origin.key_name("bob/phone"), KeyKind::Note)?;
        let answers = answers(origin.clone(), bob.verifier(), url)?;
        init::write(directory, &answers, None, begin)?;
        let directory = Directory::open(directory)?;
        let alice = Signer::open(&directory.key_file(None, Role::Operator)?)?;
        Ok(Self { directory, origin, alice, bob: Signer::File(Box::new(bob)) })
    }

    /// The station of this world.
    pub(super) fn station(&self) -> Result<Station> {
        let files = &self.directory.settings.keys;
        let (log, station) = (files.log.as_deref(), files.station.as_deref());
        serve::station_of(Some(ORIGIN), Some(&self.root_key()), log, station).context("the demo's station")
    }

    /// Roster 1 and the site note.
    pub(super) fn founding_notes(&self) -> Result<Vec<Vec<u8>>> {
        let read =
            |name| std::fs::read(self.directory.path.join(name)).context("cannot read the demo's notes");
        [init::ROSTER, init::SITE].into_iter().map(read).collect()
    }

    /// The log's origin.
    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The verifier key of the root.
    pub(super) fn root_key(&self) -> String {
        self.directory.settings.root_keys.join(" ")
    }

    /// The key of a person in the story.
    pub(super) fn signer(&self, person: &str) -> Result<&Signer> {
        match person {
            "alice" => Ok(&self.alice),
            "bob" => Ok(&self.bob),
            other => bail!("the story has no {other}"),
        }
    }
}

fn answers(origin: Origin, bob: VerifierKey, url: &str) -> Result<Answers> {
    Ok(Answers {
        provider: None,
        name: value("Larkfield Hosted Mail")?,
        components: COMPONENTS.into_iter().map(value).collect::<Result<_>>()?,
        person: "alice".to_owned(),
        ssh_key: None,
        device: "laptop".to_owned(),
        shown: Some(value("Network operations")?),
        colleagues: vec![bob],
        roots: Vec::new(),
        root_threshold: 1,
        contacts: vec![value::<Contact>("tel:+1-555-0142")?, value("mailto:desk@larkfield-helps.example")?],
        links: vec![
            value::<Link>("https://www.larkfield.example Main site")?,
            value("https://support.larkfield.example Support")?,
        ],
        hints: HINTS.into_iter().map(value).collect::<Result<_>>()?,
        zone: value("EST5EDT,M3.2.0,M11.1.0")?,
        lang: value("en")?,
        url: value(&format!("https://{origin}"))?,
        endpoints: vec![url.to_owned()],
        origin,
    })
}

fn value<T: Value>(text: &str) -> Result<T> {
    T::parse(text).with_context(|| format!("{text:?} must be {}", T::EXPECTED))
}

const STORY: &str = include_str!("story.txt");

/// How far US Eastern daylight time is behind UTC.
const BEHIND_UTC_SECONDS: u64 = 4 * 60 * 60;
const DAY_SECONDS: u64 = 24 * 60 * 60;
const NOON_SECONDS: u64 = 12 * 60 * 60;

/// One update of the story.
pub(super) struct Scene {
    /// When it was published.
    pub(super) at: Time,
    /// `3 Sep 07:10 EDT`.
    pub(super) wall: String,
    /// Who signed it.
    pub(super) by: String,
    draft: String,
}

/// Every scene, in order.
pub(super) fn scenes() -> Result<Vec<Scene>> {
    let (_, scenes) = STORY.split_once("\n\n").context("the story has no beginning")?;
    scenes.split("\n--\n").map(Scene::parse).collect()
}

/// `11:40` on the story's main day.
pub(super) fn moment_of_main_day(clock: &str) -> Option<Time> {
    eastern(&format!("2013-09-03T{clock}"))
}

impl Scene {
    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.splitn(3, '\n');
        let mut header = |name: &str| {
            let line = lines.next().and_then(|line| line.strip_prefix(name));
            line.map(str::to_owned).with_context(|| format!("a scene does not begin with {name:?}"))
        };
        let (at, by) = (header("at: ")?, header("by: ")?);
        let time = eastern(&at).with_context(|| format!("{at:?} is not a time"))?;
        let draft = lines.next().unwrap_or_default().to_owned();
        Ok(Self { at: time, wall: wall(&at), by, draft })
    }

    /// The update, shifted by `later` seconds.
    pub(super) fn draft(&self, origin: &Origin, id: &Id, later: u64) -> Result<Draft> {
        let mut draft = Draft::parse(&shift(&self.draft, later))?;
        draft.add("origin", origin.as_str())?;
        draft.add("id", id.as_str())?;
        draft.add("time", &self.at.plus(later).to_string())?;
        Ok(draft)
    }

    /// The value of a header line in the story's text.
    pub(super) fn header(&self, name: &str) -> &str {
        let mut lines = self.draft.lines().take_while(|line| !line.is_empty());
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or_default()
    }
}

fn eastern(wall: &str) -> Option<Time> {
    Some(Time::parse(&format!("{wall}:00Z"))?.plus(BEHIND_UTC_SECONDS))
}

/// `2013-09-03T07:10` as `3 Sep 07:10 EDT`: the story spans two months.
fn wall(at: &str) -> String {
    let (date, clock) = at.split_once('T').unwrap_or((at, ""));
    let day = date.rsplit('-').next().unwrap_or_default().trim_start_matches('0');
    let month = if date.contains("-08-") { "Aug" } else { "Sep" };
    format!("{day:>2} {month} {clock} EDT")
}

/// Shifts every `@2013-09-03T07:10` and `@2013-09-10` in the text by `later` seconds.
fn shift(text: &str, later: u64) -> String {
    let mut pieces = text.split('@');
    let mut shifted = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let moment = piece.split_at_checked("2013-09-03T07:10".len());
        let day = piece.split_at_checked("2013-09-03".len());
        if let Some((time, rest)) = moment.and_then(|(at, rest)| Some((eastern(at)?, rest))) {
            shifted.push_str(&format!("{}{rest}", time.plus(later)));
        } else if let Some((date, rest)) = day.and_then(|(at, rest)| Some((Date::parse(at)?, rest))) {
            let noon = Time::from_posix(date.end().posix() - DAY_SECONDS + NOON_SECONDS);
            shifted.push_str(&format!("{}{rest}", noon.plus(BEHIND_UTC_SECONDS + later).date()));
        } else {
            shifted.push('@');
            shifted.push_str(piece);
        }
    }
    shifted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scenes_are_updates_in_order() {
        let scenes = scenes().unwrap();
        let origin = Origin::parse("status.example.net").unwrap();
        let id = Id::parse("6f1ed002ab5595859014ebf0951522d9").unwrap();
        assert!(scenes.len() > 10);
        assert!(scenes.is_sorted_by_key(|scene| scene.at));
        for scene in &scenes {
            let update = scene.draft(&origin, &id, 7_777_777).unwrap().update();
            let update = update.unwrap_or_else(|error| panic!("{}: {error:#}", scene.wall));
            assert_eq!(update.phase.as_str(), scene.header("phase"));
            assert_eq!(update.time, scene.at.plus(7_777_777));
            assert!(!update.print().contains("@2013"), "{}", update.print());
        }
    }

    #[test]
    fn moments_and_days_are_shifted_together() {
        let text =
            shift("eta: @2013-09-03T13:00/@2013-09-03T17:00 possible, @2013-09-10, x@y.example", 2 * 86_400);
        assert_eq!(text, "eta: 2013-09-05T17:00:00Z/2013-09-05T21:00:00Z possible, 2013-09-12, x@y.example");
        assert_eq!(moment_of_main_day("11:40").unwrap().to_string(), "2013-09-03T15:40:00Z");
        assert_eq!(wall("2013-09-03T07:10"), " 3 Sep 07:10 EDT");
    }
}
