//! The demo's fictional provider, its two operators and their keys.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::{KeyKind, SecretKey, VerifierKey};
use outband_record::text::{Contact, Link, Origin, Value};
use outband_record::time::Time;
use outband_station::Station;

use crate::client::settings::{Directory, Role};
use crate::commands::init::{self, answers::Answers};
use crate::commands::serve;
use crate::signers::fresh;

/// A directory as written by `init`, and the key of a second operator.
pub(super) struct World {
    directory: Directory,
    origin: Origin,
    alice: SecretKey,
    bob: SecretKey,
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
        let bob = fresh::key(&origin.key_name("bob/phone"), KeyKind::Note)?;
        let answers = answers(origin.clone(), bob.verifier(), url)?;
        init::write(directory, &answers, begin)?;
        let directory = Directory::open(directory)?;
        let alice = directory.key(None, Role::Operator)?;
        Ok(Self { directory, origin, alice, bob })
    }

    /// The station of this world.
    pub(super) fn station(&self) -> Result<Station> {
        let keys = &self.directory.settings.keys;
        let file = |file: &Option<PathBuf>| file.as_ref().map(|file| self.directory.path.join(file));
        let (log, station) = (file(&keys.log), file(&keys.station));
        serve::station_of(Some(ORIGIN), Some(&self.root_key()), log.as_deref(), station.as_deref())
            .context("the demo's station")
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
    pub(super) fn signer(&self, person: &str) -> Result<&SecretKey> {
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
        device: "laptop".to_owned(),
        shown: Some(value("Network operations")?),
        colleagues: vec![bob],
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
