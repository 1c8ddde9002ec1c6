//! `outband publish`: from what is known to what everybody can read.

mod compose;
mod fill;
mod surroundings;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_record::text::Update;

use crate::clock::Clock;
use crate::delivery::{self, Delivery};
use crate::draft::Draft;
use crate::settings::{Directory, Role};
use crate::{ask, colour};
use outband_record::time::Time;
use surroundings::Surroundings;
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
        let log_key = directory.log_key()?;
        let mut around = Surroundings::ask(&endpoints, log_key.as_ref(), incident.as_ref());
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
        self.confirm()?;

        let note = self.sign(&directory, &update)?;
        let kept = keep(&directory.path, &update, &note)?;
        let mut delivery = Delivery::send(&endpoints, note.as_bytes());
        if delivery.is_accepted() && !self.json {
            delivery.await_visible(&endpoints, note.as_bytes());
        }
        if self.json {
            anstream::println!("{}", delivery.json());
        } else {
            delivery.report();
        }
        if delivery.is_accepted() {
            return Ok(());
        }
        let kept = kept.display();
        if delivery.is_refused() {
            bail!(
                "it was refused, and readers do not see it. Correct what is said above and publish again; what was refused is kept as {kept}"
            );
        }
        bail!(
            "no endpoint could be reached, and readers do not see it. The signed note is kept as {kept}: when the way is free, run `outband send {kept}`, from any machine"
        )
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

    fn show(&self, update: &Update, around: &Surroundings) {
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

    fn confirm(&self) -> Result<()> {
        if self.yes {
            return Ok(());
        }
        if !ask::is_possible() {
            bail!(
                "nobody is there to confirm; nothing was signed or sent. Say --yes to sign what stands above"
            );
        }
        if ask::to_confirm("Sign and send it?")? {
            return Ok(());
        }
        bail!("nothing was signed or sent")
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
    crate::settings::create(&path, note)?;
    Ok(path)
}
