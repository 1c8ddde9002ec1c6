//! `outband publish`: from what is known to what everybody can read.

mod compose;
mod context;
pub(crate) mod draft;
mod fill;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_native::Clock;
use outband_record::text::Update;

use crate::client::delivery::{self, Delivery, Tell};
use crate::client::settings::{Directory, Role};
use crate::terminal::{ask, colour, shell};
use context::Context;
use draft::Draft;
use outband_record::time::Time;
use words::Words;

/// Say something: write an update, sign it, send it to every endpoint.
///
/// Without options it asks. Whatever is left out is filled in: phase, name, next update, time. The text is shown
/// before it is signed.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband publish --quick \"Mail is down in all US datacenters\" --affects exchange=outage
  outband publish --incident 2013-09-03-mail --phase identified --eta \"2h possible\"
  outband publish --edit
  outband publish --file update.txt --yes")]
pub(crate) struct Publish {
    /// The title; everything else is filled in
    #[arg(long, value_name = "TITLE", conflicts_with_all = ["title", "file", "edit"])]
    quick: Option<String>,
    /// Header lines and body from a file, `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "edit")]
    file: Option<PathBuf>,
    /// Write it in $EDITOR
    #[arg(long)]
    edit: bool,
    #[command(flatten)]
    words: Words,
    /// Do not ask before signing
    #[arg(short, long)]
    yes: bool,
    /// Show the text and what would be noted about it; sign and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Key file; the settings' operator key without it
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Base URL to send to, as often as there are; those of outband.toml without it
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory of outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print the answers as JSON
    #[arg(long)]
    json: bool,
}

impl Publish {
    /// Succeeds if at least one endpoint accepted.
    pub(crate) fn run(self) -> Result<()> {
        let directory = Directory::open(&self.dir)?;
        let endpoints = delivery::endpoints(&self.to, &directory.settings.endpoints)?;
        let mut draft = self.begin()?;
        let incident = draft.value("incident").map(fill::parse_slug).transpose()?;
        self.says_enough(&draft)?;
        let log_key = directory.log_key()?;
        let mut around = Context::ask(&endpoints, log_key.as_ref(), incident.as_ref());
        if self.edit {
            draft = compose::in_editor(&draft, &around)?;
        } else if self.wants_questions() {
            compose::by_questions(&mut draft, &around)?;
        }
        let now = Time::from_posix(Clock::real().now());
        around.compare_clocks(now);
        fill::fill(&mut draft, &around, &directory.origin()?, now)?;
        let update = draft.update()?;
        self.show(&update, &around);
        if self.dry_run {
            return Ok(());
        }
        ask::to_sign(self.yes, "Sign and send it?")?;

        let note = self.sign(&directory, &update)?;
        let kept = keep(&directory.path, &update, &note)?;
        let tell = if self.json { Tell::Json } else { Tell::Lines };
        let mut delivery = Delivery::send(&endpoints, note.as_bytes(), tell);
        if !self.json {
            delivery.await_visible(&update.id);
        }
        delivery.report(tell);
        if delivery.is_accepted() {
            return Ok(());
        }
        let again = self.command_to_send(&kept);
        let kept = kept.display();
        if delivery.is_open() {
            bail!(
                "it is not known to be in any log. Do not publish it anew, or readers may see it twice: the signed note is kept as {kept}, and to send that again is safe:\n  {again}"
            );
        }
        if delivery.is_refused() {
            bail!(
                "it was refused, and readers do not see it. Correct what is said above and publish again; what was refused is kept as {kept}"
            );
        }
        bail!(
            "no endpoint could be reached, and readers do not see it. The signed note is kept as {kept}: when the way is free, send it, from any machine:\n  {again}"
        )
    }

    fn command_to_send(&self, note: &Path) -> String {
        let mut command = format!("{} send", shell::program());
        for url in &self.to {
            command.push_str(&format!(" --to {}", shell::word(url)));
        }
        if self.to.is_empty() && self.dir != Path::new(".") {
            command.push_str(&format!(" --dir {}", shell::word(&self.dir.display().to_string())));
        }
        format!("{command} {}", shell::word(&note.display().to_string()))
    }

    fn begin(&self) -> Result<Draft> {
        let mut draft = match &self.file {
            Some(file) => Draft::parse(&read(file)?)
                .with_context(|| format!("{} was not understood; nothing was sent", file.display()))?,
            None => Draft::default(),
        };
        if let Some(title) = &self.quick {
            draft.add("title", title)?;
        }
        self.words.put_into(&mut draft)?;
        Ok(draft)
    }

    /// Questions are for those who say nothing yet.
    fn wants_questions(&self) -> bool {
        self.quick.is_none() && self.file.is_none() && !self.words.are_any() && ask::is_possible()
    }

    fn show(&self, update: &Update, around: &Context) {
        let (quiet, bad) = (colour::QUIET, colour::BAD);
        if !self.json {
            anstream::eprintln!(
                "{quiet}This will be signed and is public for ever:{quiet:#}\n\n{}",
                update.print()
            );
        }
        for warning in &around.warnings {
            anstream::eprintln!("{bad}warning:{bad:#} {warning}");
        }
        for note in fill::lint(update, around) {
            anstream::eprintln!("{quiet}note:{quiet:#} {note}");
        }
    }

    /// What was said of an incident so far comes from a server that nobody has verified, and with --yes nobody looks
    /// at it either: then nothing of it may be signed.
    fn says_enough(&self, draft: &Draft) -> Result<()> {
        let missing: Vec<_> =
            ["title", "phase"].into_iter().filter(|name| draft.value(name).is_none()).collect();
        if !self.yes || draft.value("incident").is_none() || missing.is_empty() {
            return Ok(());
        }
        bail!(
            "with --yes nobody sees what would be taken over from the server, so say it: --{} is missing. Nothing was signed or sent",
            missing.join(", --")
        )
    }

    fn sign(&self, directory: &Directory, update: &Update) -> Result<String> {
        let key = directory.key(self.key.as_deref(), Role::Operator)?;
        let text = update.print();
        let line = key.sign_note(&text).context("nothing was signed or sent")?;
        Ok(Note::compose(&text, [&line]))
    }
}

fn read(file: &Path) -> Result<String> {
    let text = if file.as_os_str() == "-" {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    text.with_context(|| format!("{} cannot be read; nothing was sent", file.display()))
}

/// Keeps the note before it is sent: what cannot be sent now can be carried elsewhere.
fn keep(directory: &Path, update: &Update, note: &str) -> Result<PathBuf> {
    let folder = directory.join("notes");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} cannot be made; nothing was sent", folder.display()))?;
    let short = update.id.as_str().get(..6).unwrap_or_default();
    let path = folder.join(format!("{}-{}-{short}.note", update.incident, update.phase));
    crate::client::settings::create(&path, note)?;
    Ok(path)
}
