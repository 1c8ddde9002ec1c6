//! `outband init`: keys, roster 1, the site note, the settings.

pub(crate) mod answers;
mod next;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::{KeyKind, Note, SecretKey, VerifierKey};
use outband_native::Clock;
use outband_record::text::{Person, Roster, Site, Zone};
use outband_record::time::Time;

use crate::client::settings::{self, KeyFiles, Settings};
use crate::signers::{random, secret_file};
use crate::terminal::colour;
use answers::Answers;

/// Set up a status page: keys, who may sign, what the page is about.
///
/// Asks for what is not given. Writes a new directory and sends nothing. Every secret key is in a file of its own
/// that only you can read; the root key belongs on a stick in a drawer, once the two notes are sent. To try it on this
/// machine, name an --endpoint here, such as http://127.0.0.1:8080.
#[derive(clap::Args)]
#[command(after_help = "Example:
  outband init --origin status.example.net --provider example.com --name \"Example Mail\" \\
      --person alice --component \"mail Mail\" --component \"support Support: phone and tickets\" \\
      --operator bob=bob.pub")]
pub(crate) struct Init {
    /// Host name of the page, for ever
    #[arg(long, value_name = "HOST")]
    origin: Option<String>,
    /// The provider's own domain, which goes down with it
    #[arg(long, value_name = "DOMAIN")]
    provider: Option<String>,
    /// Whose status page it is
    #[arg(long)]
    name: Option<String>,
    /// A component, path and name, such as "mail Mail"
    #[arg(long, value_name = "PATH NAME")]
    component: Vec<String>,
    /// You, as the person part of key names, which are public
    #[arg(long)]
    person: Option<String>,
    /// This machine, as the device part of key names
    #[arg(long, default_value = "laptop")]
    device: String,
    /// What readers see for you; your person part without it
    #[arg(long, value_name = "ROLE")]
    shown: Option<String>,
    /// A colleague's existing SSH key (ssh-ed25519), as often as there are
    #[arg(long, value_name = "PERSON=FILE.pub")]
    operator: Vec<String>,
    /// How to reach you when all else is down: tel:, mailto: or https:
    #[arg(long, value_name = "URI")]
    contact: Vec<String>,
    /// Time zone of the page, as a POSIX TZ rule
    #[arg(long, value_name = "TZ", default_value = "UTC0")]
    zone: String,
    /// Language of the page
    #[arg(long, default_value = "en")]
    lang: String,
    /// Base URL to send notes to; https:// and the origin without it
    #[arg(long, value_name = "URL")]
    endpoint: Vec<String>,
    /// Where to write; a directory named as the origin without it
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The four keys that a page begins with.
struct Keys {
    root: SecretKey,
    operator: SecretKey,
    log: SecretKey,
    station: SecretKey,
}

impl Init {
    /// Asks, makes, writes, and says what comes next.
    pub(crate) fn run(self) -> Result<()> {
        let dir = self.dir.clone();
        let answers = Answers::collect(self)?;
        let dir = dir.unwrap_or_else(|| PathBuf::from(answers.origin.as_str()));
        check_absent(&dir)?;
        if let Some(warning) = answers.warning() {
            anstream::eprintln!("{bad}warning:{bad:#} {warning}", bad = colour::BAD);
        }
        let settings = write(&dir, &answers, Time::from_posix(Clock::real().now()))?;
        next::tell(&dir, &settings);
        Ok(())
    }
}

/// Everything that `init` writes, under these names.
pub(crate) const ROOT: &str = "root.pub";
pub(crate) const ROSTER: &str = "roster-1.note";
pub(crate) const SITE: &str = "site-1.note";
const KEYS: &str = "keys";

fn check_absent(dir: &Path) -> Result<()> {
    let names = [settings::FILE, ROOT, ROSTER, SITE, KEYS, ".gitignore"];
    let there: Vec<&str> = names.into_iter().filter(|name| dir.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(());
    }
    bail!(
        "{} is set up already: it has {}. Nothing was changed; name another directory with --dir, or move these away",
        dir.display(),
        there.join(", ")
    )
}

/// Makes the keys and everything that is signed, then writes the directory: answers that do not fit leave nothing.
pub(crate) fn write(dir: &Path, answers: &Answers, now: Time) -> Result<Settings> {
    let keys = Keys::make(answers)?;
    let signed = |file: &str, text: String| -> Result<String> {
        let line = keys.root.sign_note(&text).with_context(|| format!("{file} cannot be signed"))?;
        Ok(Note::compose(&text, [&line]))
    };
    let root = keys.root.verifier();
    let texts = [
        (".gitignore", format!("/{KEYS}/\n/{}*\n", outband_native::STORE)),
        (ROOT, format!("{root}\n")),
        (ROSTER, signed(ROSTER, roster(answers, &keys, now)?.print())?),
        (SITE, signed(SITE, site(answers, now)?.print())?),
    ];
    let file = |name: &str| Some(Path::new(KEYS).join(name));
    let settings = Settings {
        origin: answers.origin.to_string(),
        endpoints: answers.endpoints.clone(),
        root_keys: vec![root.to_string()],
        log_key: Some(keys.log.verifier().to_string()),
        keys: KeyFiles {
            root: file(ROOT_KEY),
            operator: file(OPERATOR_KEY),
            log: file(LOG_KEY),
            station: file(STATION_KEY),
        },
    };

    let folder = dir.join(KEYS);
    create_private(&folder)?;
    for (file, key) in keys.files() {
        secret_file::create(&folder.join(file), key)?;
    }
    for (file, text) in texts {
        settings::create(&dir.join(file), &text)?;
    }
    settings.create(dir)?;
    Ok(settings)
}

const ROOT_KEY: &str = "root.key";
const OPERATOR_KEY: &str = "operator.key";
const LOG_KEY: &str = "log.key";
const STATION_KEY: &str = "station.key";

impl Keys {
    fn make(answers: &Answers) -> Result<Self> {
        let origin = &answers.origin;
        let person = &answers.person;
        Ok(Self {
            root: random::key(&origin.key_name(&format!("{person}/root")), KeyKind::Note)?,
            operator: random::key(&origin.key_name(&format!("{person}/{}", answers.device)), KeyKind::Note)?,
            log: random::key(&origin.key_name("log1"), KeyKind::Note)?,
            station: random::key(&origin.key_name("station1"), KeyKind::Cosignature)?,
        })
    }

    fn files(&self) -> [(&'static str, &SecretKey); 4] {
        [
            (ROOT_KEY, &self.root),
            (OPERATOR_KEY, &self.operator),
            (LOG_KEY, &self.log),
            (STATION_KEY, &self.station),
        ]
    }
}

/// One root, threshold 1, no rules: what asks for several persons is added when there are several.
fn roster(answers: &Answers, keys: &Keys, now: Time) -> Result<Roster> {
    let mut operator: Vec<VerifierKey> = vec![keys.operator.verifier()];
    operator.extend(answers.colleagues.iter().cloned());
    let shown =
        answers.shown.iter().map(|shown| Person { person: answers.person.clone(), shown: shown.clone() });
    let roster = Roster {
        origin: answers.origin.clone(),
        id: random::id()?,
        time: now,
        number: 1,
        root: vec![keys.root.verifier()],
        root_threshold: 1,
        log: keys.log.verifier(),
        continues: None,
        station: vec![keys.station.verifier()],
        operator,
        person: shown.collect(),
        rule: Vec::new(),
    };
    Roster::parse(&roster.print()).context("these answers do not make a roster; nothing was written")
}

fn site(answers: &Answers, now: Time) -> Result<Site> {
    let site = Site {
        origin: answers.origin.clone(),
        id: random::id()?,
        time: now,
        name: answers.name.clone(),
        url: answers.url.clone(),
        lang: answers.lang.clone(),
        zone: Zone::clone(&answers.zone),
        contact: answers.contacts.clone(),
        link: answers.links.clone(),
        mirror: Vec::new(),
        cadence: Vec::new(),
        component: answers.components.clone(),
        hint: answers.hints.clone(),
        front: Vec::new(),
    };
    Site::parse(&site.print()).context("these answers do not make a site note; nothing was written")
}

/// A folder that only its owner may enter.
fn create_private(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("{} cannot be made; nothing was written", folder.display()))
}
