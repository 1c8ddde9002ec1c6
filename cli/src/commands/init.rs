//! `outband init`: creates keys, roster 1, the site note and the settings of the command and of the edge host, and prints
//! the next steps.

pub(crate) mod answers;
mod templates;
mod wrangler;

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use anyhow::{Context as _, Result, bail};
use outband_keys::{KeyKind, Note, SecretKey, VerifierKey};
use outband_record::text::{Person, Roster, Site, Zone};
use outband_record::time::Time;

use crate::client::endpoint::Endpoint;
use crate::client::settings::{self, KeyFiles, Settings};
use crate::client::{files, last_seen};
use crate::commands::publish::TEMPLATES;
use crate::signers::passphrase::NewPassphrase;
use crate::signers::{key_file, keys, signing};
use crate::terminal::{self, BAD, CAUTION, GOOD, Guarantee as _, Nothing, QUIET, shown};
use crate::zone;
use answers::Answers;

/// Set up a status page: keys, who may sign, what the page covers
///
/// Asks for what is not given as an option. Writes a new directory and sends nothing. Each secret key gets a file of its
/// own that only you can read. Once the two notes are sent, keep the root key offline, e.g. on a USB stick in a drawer.
/// To try it on this machine, pass a local --endpoint such as http://127.0.0.1:8080.
#[derive(clap::Args)]
#[command(after_help = "Example:
  outband init --origin status.example.net --provider example.com --name \"Example Mail\" \\
      --person alice --component \"mail Mail\" --component \"support Support: phone and tickets\" \\
      --operator bob=bob.pub")]
pub(crate) struct Init {
    /// Host name of the status page (permanent)
    #[arg(long, value_name = "HOST")]
    origin: Option<String>,
    /// Your own main domain (the one that may go down)
    #[arg(long, value_name = "DOMAIN")]
    provider: Option<String>,
    /// Whose status page it is, e.g. your company's name
    #[arg(long)]
    name: Option<String>,
    /// A component as path and name, such as "mail Mail"; may be repeated
    #[arg(long, value_name = "PATH NAME")]
    component: Vec<String>,
    /// Your name in public key names
    #[arg(long)]
    person: Option<String>,
    /// This machine's name in public key names
    #[arg(long, default_value = "laptop")]
    device: String,
    /// Sign updates with this SSH key instead of a new one
    #[arg(long, value_name = "FILE.pub")]
    ssh_key: Option<PathBuf>,
    /// What readers see for you (default: --person)
    #[arg(long, value_name = "ROLE")]
    shown: Option<String>,
    /// A colleague who may publish, with their SSH key (Ed25519 or ECDSA P-256, also on a security key); may be repeated
    #[arg(long, value_name = "PERSON=FILE.pub")]
    operator: Vec<String>,
    /// Another person whose root key may sign rosters, with the public part of a key by `outband key new`; may be repeated
    #[arg(long, value_name = "PERSON=KEY")]
    root: Vec<String>,
    /// How many persons among the roots must sign a roster together
    #[arg(long, value_name = "PERSONS", default_value_t = 1)]
    root_threshold: u64,
    /// How customers can reach you when everything else is down: tel:, mailto: or https:; may be repeated
    #[arg(long, value_name = "URI")]
    contact: Vec<String>,
    /// Time zone of the page: a name such as America/New_York, or a POSIX TZ rule (default: UTC)
    #[arg(long, value_name = "TZ")]
    zone: Option<String>,
    /// Language of the page (default: en)
    #[arg(long)]
    lang: Option<String>,
    /// Base URL to send notes to; may be repeated (default: https:// and the origin)
    #[arg(long, value_name = "URL")]
    endpoint: Vec<String>,
    /// Directory to create (default: named after the origin)
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    passphrase: NewPassphrase,
}

/// The four keys of a new page.
struct Keys {
    root: SecretKey,
    /// `None` if the operator signs with an SSH key.
    operator: Option<SecretKey>,
    log: SecretKey,
    station: SecretKey,
}

impl Init {
    /// Asks for missing answers, writes the directory, and prints the next steps.
    pub(crate) fn run(self) -> Result<()> {
        terminal::report_interruptions(Nothing::Written);
        let (dir, passphrase) = (self.dir.clone(), self.passphrase.clone());
        let answers = Answers::collect(self).guarantee(Nothing::Written)?;
        let dir = dir.unwrap_or_else(|| PathBuf::from(answers.origin.as_str()));
        check_absent(&dir).guarantee(Nothing::Written)?;
        let whose = if answers.ssh_key.is_some() { "the root key" } else { "the root key and your own" };
        let passphrase = passphrase.choose(whose).guarantee(Nothing::Written)?;
        if let Some(warning) = answers.warning() {
            anstream::eprintln!("{bad}warning:{bad:#} {warning}", bad = BAD);
        }
        let now = signing::now();
        terminal::report_interruptions(None);
        let settings = write(&dir, &answers, passphrase.as_ref(), now)?;
        print_next_steps(&dir, &settings);
        if answers.root_threshold > 1 {
            print_collecting(&dir, answers.root_threshold);
        }
        let (zone, clock) = (&answers.zone, zone::shown(&answers.zone, now));
        anstream::println!("\n{QUIET}The page shows times by {zone}, where it is {clock} now.{QUIET:#}");
        Ok(())
    }
}

/// The names of the files that `init` writes.
pub(crate) const ROOT: &str = "root.pub";
pub(crate) const ROSTER: &str = "roster-1.note";
pub(crate) const SITE: &str = "site-1.note";
const KEYS: &str = "keys";

fn check_absent(dir: &Path) -> Result<()> {
    let names = [settings::FILE, ROOT, ROSTER, SITE, KEYS, TEMPLATES, wrangler::FILE, ".gitignore"];
    let there: Vec<&str> = names.into_iter().filter(|name| dir.join(name).exists()).collect();
    if there.is_empty() {
        return Ok(());
    }
    bail!(
        "{} is already set up: it contains {}. Choose another directory with --dir, or move these files away",
        dir.display(),
        there.join(", ")
    )
}

/// Creates the keys and the signed notes before it writes the directory, so that invalid answers leave nothing behind.
/// People's keys get the passphrase; the host's have none, since nobody is there to type it.
pub(crate) fn write(
    dir: &Path,
    answers: &Answers,
    passphrase: Option<&SecretString>,
    now: Time,
) -> Result<Settings> {
    let (keys, texts) = make(answers, now).guarantee(Nothing::Written)?;
    let settings = settings(answers, &keys);
    let folder = dir.join(KEYS);
    create_private(&folder)?;
    for (file, key) in keys.of_people() {
        key_file::create(&folder.join(file), key, passphrase)?;
    }
    for (file, key) in [(LOG_KEY, &keys.log), (STATION_KEY, &keys.station)] {
        files::create_secret(&folder.join(file), &files::line_of(key))?;
    }
    for (file, text) in texts {
        files::create(&dir.join(file), &text)?;
    }
    let templates = dir.join(TEMPLATES);
    std::fs::create_dir_all(&templates).with_context(|| format!("cannot create {}", shown(&templates)))?;
    for (name, text) in templates::templates(&answers.components) {
        files::create(&templates.join(format!("{name}.txt")), &text)?;
    }
    if !is_local(&settings) {
        files::create(&dir.join(wrangler::FILE), &wrangler::print(dir, &settings)?)?;
    }
    settings.create(dir)?;
    Ok(settings)
}

/// Creates the keys, and the public files by name.
fn make(answers: &Answers, now: Time) -> Result<(Keys, [(&'static str, String); 4])> {
    let keys = Keys::make(answers)?;
    let signed = |file: &str, text: String| -> Result<String> {
        signing::check_no_secret(&text)?;
        let line = keys.root.sign_note(&text).with_context(|| format!("{file} cannot be signed"))?;
        Ok(Note::compose(&text, [&line]))
    };
    let roots: String = roots(answers, &keys).iter().map(|root| format!("{root}\n")).collect();
    let texts = [
        (
            ".gitignore",
            format!("/{KEYS}/\n/notes/\n/.wrangler/\n/{}\n/{}*\n", last_seen::FILE, outband_native::STORE),
        ),
        (ROOT, roots),
        (ROSTER, signed(ROSTER, roster(answers, &keys, now)?.print())?),
        (SITE, signed(SITE, site(answers, now)?.print())?),
    ];
    Ok((keys, texts))
}

fn settings(answers: &Answers, keys: &Keys) -> Settings {
    // This separator works on every system, in case the directory is moved to another.
    let file = |name: &str| Some(PathBuf::from(format!("{KEYS}/{name}")));
    Settings {
        origin: answers.origin.to_string(),
        endpoints: answers.endpoints.clone(),
        root_keys: roots(answers, keys).iter().map(ToString::to_string).collect(),
        log_key: Some(keys.log.verifier().to_string()),
        keys: KeyFiles {
            root: file(ROOT_KEY),
            operator: answers.ssh_key.as_ref().map(|(path, _)| path.clone()).or_else(|| file(OPERATOR_KEY)),
            log: file(LOG_KEY),
            station: file(STATION_KEY),
        },
    }
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
            root: keys::generate(&origin.key_name(&format!("{person}/root")), KeyKind::Note)?,
            operator: match answers.ssh_key {
                Some(_) => None,
                None => {
                    let name = origin.key_name(&format!("{person}/{}", answers.device));
                    Some(keys::generate(&name, KeyKind::Note)?)
                }
            },
            log: keys::generate(&origin.key_name("log1"), KeyKind::Note)?,
            station: keys::generate(&origin.key_name("station1"), KeyKind::Cosignature)?,
        })
    }

    fn of_people(&self) -> impl Iterator<Item = (&'static str, &SecretKey)> {
        let operator = self.operator.iter().map(|key| (OPERATOR_KEY, key));
        std::iter::once((ROOT_KEY, &self.root)).chain(operator)
    }
}

/// The new root key, and the others that were given.
fn roots(answers: &Answers, keys: &Keys) -> Vec<VerifierKey> {
    std::iter::once(keys.root.verifier()).chain(answers.roots.iter().cloned()).collect()
}

/// No rules: those that require several people can be added once there are several.
fn roster(answers: &Answers, keys: &Keys, now: Time) -> Result<Roster> {
    let of_ssh = answers.ssh_key.iter().map(|(_, key)| key.clone());
    let mut operator: Vec<VerifierKey> =
        keys.operator.iter().map(SecretKey::verifier).chain(of_ssh).collect();
    operator.extend(answers.colleagues.iter().cloned());
    let shown =
        answers.shown.iter().map(|shown| Person { person: answers.person.clone(), shown: shown.clone() });
    let roster = Roster {
        origin: answers.origin.clone(),
        id: signing::new_id()?,
        time: now,
        number: 1,
        root: roots(answers, keys),
        root_threshold: answers.root_threshold,
        log: keys.log.verifier(),
        continues: None,
        station: vec![keys.station.verifier()],
        operator,
        person: shown.collect(),
        rule: Vec::new(),
    };
    Roster::parse(&roster.print()).context("the roster would not be valid")
}

fn site(answers: &Answers, now: Time) -> Result<Site> {
    let site = Site {
        origin: answers.origin.clone(),
        id: signing::new_id()?,
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
        logo: None,
        accent: None,
    };
    Site::parse(&site.print()).context("the site note would not be valid")
}

/// Creates a folder that only its owner may enter.
fn create_private(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let created = builder.create(folder).with_context(|| format!("cannot create {}", folder.display()));
    created.guarantee(Nothing::Written)
}

/// Where `serve` listens by default.
const DEFAULT_ADDRESS: &str = "127.0.0.1:8080";

/// Prints the next commands: on this machine if the endpoint is local, otherwise at the edge. Never both with the same
/// keys, since one log key must not sign two histories.
fn print_next_steps(dir: &Path, settings: &Settings) {
    let dir = terminal::word(&dir.display().to_string());
    anstream::println!(
        "{GOOD}{dir} is ready.{GOOD:#} Its keys/ folder holds the only copy of its secrets: back it up, and never commit it.
Readers need {dir}/{ROOT} to verify the page; share it with them by some other route than the page itself.
"
    );
    if is_local(settings) { print_steps_here(&dir, settings) } else { print_steps_at_the_edge(&dir) }
}

/// Whether the page is to be served on this machine only.
fn is_local(settings: &Settings) -> bool {
    settings.endpoints.iter().all(|url| Endpoint::is_local(url))
}

/// What comes before everything else, if several roots must sign roster 1.
fn print_collecting(dir: &Path, persons: u64) {
    let outband = terminal::program();
    let dir = terminal::word(&dir.display().to_string());
    anstream::println!(
        "
{CAUTION}{persons} roots must sign roster 1 before the host accepts it; {dir}/{ROSTER} has one signature.{CAUTION:#} Another root
needs that file and {dir}/{SETTINGS}, and runs, with the directory of both and their own key:

  {outband} countersign {dir}/{ROSTER} --dir {dir} --root-key KEY

Then send the file that this writes, instead of {ROSTER}.",
        SETTINGS = settings::FILE,
    );
}

fn print_steps_here(dir: &str, settings: &Settings) {
    let outband = terminal::program();
    let address =
        settings.endpoints.first().and_then(|url| url.split_once("://")).map(|(_, address)| address);
    let listen = match address.filter(|address| *address != DEFAULT_ADDRESS) {
        Some(address) => format!(" --listen {}", terminal::word(address.trim_end_matches('/'))),
        None => String::new(),
    };
    anstream::println!(
        "Next, on this machine:

  {outband} serve --dir {dir}{listen}
  {outband} send --dir {dir} {dir}/{ROSTER} {dir}/{SITE}
  {outband} publish --dir {dir}

These are throwaway keys. For the public page, run init again in a new directory."
    );
}

fn print_steps_at_the_edge(dir: &str) {
    let outband = terminal::program();
    let config = format!("--config {dir}/{}", wrangler::FILE);
    anstream::println!(
        "Next, with Node.js 22 or newer:

  npx wrangler login
  npx wrangler secret put LOG_KEY {config} < {dir}/keys/{LOG_KEY}
  npx wrangler secret put STATION_KEY {config} < {dir}/keys/{STATION_KEY}
  npx wrangler deploy {config}
  {outband} send --dir {dir} {dir}/{ROSTER} {dir}/{SITE}

{QUIET}Do not also serve this page locally with these keys: two histories would contradict each other. To try it here, run
init again with --dir trial --endpoint http://127.0.0.1:8080.{QUIET:#}"
    );
}
