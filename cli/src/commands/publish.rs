//! `outband publish`: writes, shows, signs, saves and sends an update.

mod compose;
mod context;
pub(crate) mod draft;
mod fill;
mod words;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_record::text::Update;

use crate::client::delivery::{self, Delivery, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::settings::{Directory, Role};
use crate::signers::fresh;
use crate::terminal::ask;
use crate::terminal::messages::{BAD, Guarantee as _, Nothing, QUIET};
use context::Context;
use draft::Draft;
use words::Words;

/// Publish an update: write, sign and send it
///
/// Asks if no options are given. What is left out is filled in: phase, name, next update, time. The text is shown before
/// it is signed.
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
    /// Read headers and body from a file; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "edit")]
    file: Option<PathBuf>,
    /// Write the update in $EDITOR
    #[arg(long)]
    edit: bool,
    /// Sign without asking for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Show the draft with warnings; sign and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Key file (default: operator key in outband.toml)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Base URL to send to; may be repeated (default: endpoints in outband.toml)
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
    // Last, since the heading of its options applies to all options that follow.
    #[command(flatten)]
    words: Words,
}

impl Publish {
    /// Succeeds if at least one endpoint accepted the note.
    pub(crate) fn run(self) -> Result<()> {
        let Some(Signed { update, note, endpoints, path }) = self.sign().guarantee(Nothing::SignedOrSent)?
        else {
            return Ok(());
        };
        keep(&path, &note).guarantee(Nothing::Sent)?;
        let report = if self.json { Report::Json } else { Report::Lines };
        let mut delivery = Delivery::send(&endpoints, note.as_bytes(), report);
        if !self.json {
            delivery.await_visible(&update.id);
        }
        delivery.report(report);
        if delivery.is_accepted() {
            return Ok(());
        }
        let again = delivery::command_to_send(&self.to, &self.dir, &path);
        let saved = path.display();
        if delivery.is_undecided() {
            bail!(
                "we don't know whether it got through. Don't publish it again, or readers may see it twice; resend the saved note:\n  {again}"
            );
        }
        if delivery.is_refused() {
            bail!(
                "it was refused, so readers do not see it. Fix the problem reported above and publish again; the refused note was saved as {saved}"
            );
        }
        bail!(
            "no endpoint could be reached, so readers do not see it. The signed note was saved as {saved}; when you're back online, send it from any machine:\n  {again}"
        )
    }

    /// Writes the update, shows it, and signs it; `None` for a dry run.
    fn sign(&self) -> Result<Option<Signed>> {
        let directory = Directory::open(&self.dir)?;
        let endpoints = delivery::endpoints(&self.to, &directory.settings.endpoints)?;
        let mut draft = self.begin()?;
        let incident = draft.value("incident").map(fill::parse_slug).transpose()?;
        self.check_explicit(&draft)?;
        let log_key = directory.log_key()?;
        let mut context = Context::ask(&endpoints, log_key.as_ref(), incident.as_ref());
        if self.edit {
            draft = compose::in_editor(&draft, &context)?;
        } else if self.wants_questions() {
            compose::by_questions(&mut draft, &context)?;
        }
        let now = fresh::now();
        context.compare_clocks(now);
        fill::fill(&mut draft, &context, &directory.origin()?, now)?;
        let update = draft.update()?;
        self.show(&update, &context, &endpoints);
        if self.dry_run {
            return Ok(None);
        }
        ask::to_sign(self.yes, "Sign and send?")?;
        let key = directory.key(self.key.as_deref(), Role::Operator)?;
        let text = update.print();
        let note = Note::compose(&text, [&key.sign_note(&text)?]);
        let name = format!("{}-{}-{}.note", update.incident, update.phase, fresh::short(&update.id));
        let path = directory.path.join("notes").join(name);
        Ok(Some(Signed { update, note, endpoints, path }))
    }

    fn begin(&self) -> Result<Draft> {
        let mut draft = match &self.file {
            Some(file) => Draft::parse(&files::read_text(file)?)
                .with_context(|| format!("cannot parse {}", file.display()))?,
            None => Draft::default(),
        };
        if let Some(title) = &self.quick {
            draft.add("title", title)?;
        }
        self.words.put_into(&mut draft)?;
        Ok(draft)
    }

    /// Questions are asked only if no option sets part of the update.
    fn wants_questions(&self) -> bool {
        self.quick.is_none() && self.file.is_none() && !self.words.are_any() && ask::is_possible()
    }

    fn show(&self, update: &Update, context: &Context, endpoints: &[Endpoint]) {
        if !self.json {
            let is_trial = endpoints.iter().all(|endpoint| Endpoint::is_local(endpoint.url()));
            let heading = match (self.dry_run, self.yes, is_trial) {
                (true, ..) => "Draft, not signed:",
                (false, true, _) => "Signing:",
                (false, false, true) => "About to sign:",
                (false, false, false) => "About to sign (public and permanent):",
            };
            anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", update.print());
        }
        for warning in &context.warnings {
            anstream::eprintln!("{BAD}warning:{BAD:#} {warning}");
        }
        for note in fill::lint(update, context) {
            anstream::eprintln!("{QUIET}note:{QUIET:#} {note}");
        }
    }

    /// An incident's current title and phase come from a server that is not verified, and with --yes nobody reviews
    /// them either, so they must then be given.
    fn check_explicit(&self, draft: &Draft) -> Result<()> {
        let missing: Vec<_> =
            ["title", "phase"].into_iter().filter(|name| draft.value(name).is_none()).collect();
        if !self.yes || draft.value("incident").is_none() || missing.is_empty() {
            return Ok(());
        }
        bail!(
            "with --yes nobody reviews what would be taken from the server; --{} must be given",
            missing.join(" and --")
        )
    }
}

/// A signed update, ready to send.
struct Signed {
    update: Update,
    note: String,
    endpoints: Vec<Endpoint>,
    /// Where the note is saved.
    path: PathBuf,
}

/// Saves the note before it is sent, so that it can be sent later or from elsewhere.
fn keep(path: &Path, note: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    files::create(path, note)
}
