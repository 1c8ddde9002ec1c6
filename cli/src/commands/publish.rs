//! `outband publish`, `update` and `resolve`: compose an update from options, by asking questions or in an editor; show,
//! sign, save and send it.

mod compose;
mod context;
mod defaults;
mod desk;
pub(crate) mod draft;
pub(crate) mod editor;
mod lint;
mod meaning;
mod preview;
mod questions;
mod times;
pub(crate) mod typed;
mod upstream;

use std::path::PathBuf;

use anyhow::{Result, bail};
use outband_record::text::{IncidentKind, Phase, Slug, Value as _};

use crate::client::delivery::Destination;
use crate::completion;
use crate::signers::passphrase::Passphrase;
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _};
pub(crate) use compose::{TEMPLATES, prepared};
use context::Context;
use desk::{Composed, Desk};
use draft::{Draft, Words};
use preview::Form;

/// Publish an update: write, sign and send it
///
/// Asks if no options are given: first what it is about, then about that, with what holds now as answers. What is left
/// out is filled in: phase, name, next update, time. The text is shown before it is signed.
///
/// What is typed is kept in notes/draft.txt until it is signed; notes that were not accepted are kept in notes/unsent.
///
/// The update names the newest checkpoint that was verified here, so that a station cannot take entries back unnoticed.
/// It is kept in the file OUTBAND_STATE, or in outband/checkpoints.json in your directory for state. The station's
/// receipt is kept beside the note.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband publish --quick \"Mail is down in all US datacenters\" --affects exchange=down
  outband publish --incident 2013-09-03-mail --phase identified --eta \"2h possible\"
  outband publish --template mail
  outband publish --from https://status.supplier.net/incidents/2013-09-03-core
  outband publish --quick \"Mail is down\" --affects mail=down --preview
  outband publish --edit
  outband publish --file update.txt --yes")]
pub(crate) struct Publish {
    /// The title; everything else is filled in
    #[arg(long, value_name = "TITLE", conflicts_with_all = ["title", "file", "edit", "template"])]
    quick: Option<String>,
    /// Read headers and body from a file; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["edit", "template"])]
    file: Option<PathBuf>,
    /// Begin with a prepared text: a name in templates/ beside outband.toml, such as `mail`
    #[arg(long, value_name = "NAME", add = completion::templates())]
    template: Option<String>,
    /// Begin with what a supplier says on its own outband page: the URL of an incident or an update
    #[arg(long, value_name = "URL", conflicts_with_all = ["quick", "file", "template", "yes"])]
    from: Option<String>,
    /// Write the update in $VISUAL or $EDITOR
    #[arg(long)]
    edit: bool,
    /// The incident named by --incident or in the file is a new one
    #[arg(long)]
    new: bool,
    #[command(flatten)]
    sending: Sending,
    // Last, since the heading of its options applies to all options that follow.
    #[command(flatten)]
    words: Words,
}

/// Publish an update in a few words on an open incident
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband update \"Mail flows again in Dallas; New York follows within the hour.\"
  outband update 2013-09-03-mail \"Mail flows again in Dallas.\"")]
pub(crate) struct UpdateCommand {
    /// The incident (default: the only open one), and the words
    #[arg(required = true, num_args = 1..=2, value_names = ["INCIDENT", "WORDS"], add = completion::incidents())]
    said: Vec<String>,
    /// The title from now on (default: as it is; required with --yes)
    #[arg(long)]
    title: Option<String>,
    /// The phase from now on (default: as it is; required with --yes)
    #[arg(long, add = completion::phases())]
    phase: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

/// Publish that an open incident is resolved, or a maintenance completed
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband resolve
  outband resolve 2013-09-03-mail \"All mailboxes are reachable again. No mail was lost.\"")]
pub(crate) struct Resolve {
    /// The incident (default: the only open one), and words to add
    #[arg(num_args = 0..=2, value_names = ["INCIDENT", "WORDS"], add = completion::incidents())]
    said: Vec<String>,
    /// The title from now on (default: as it is; required with --yes)
    #[arg(long)]
    title: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

// A `//` comment, as for `Destination`.
// The options of commands that publish an update.
#[derive(clap::Args)]
struct Sending {
    /// Sign without asking for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Show the text and warnings, and check as much as sending would; sign and send nothing
    #[arg(long)]
    dry_run: bool,
    /// Show the page as it will be before anything is signed: in a browser, or as text if there is none
    #[arg(long, value_name = "FORM", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "browser")]
    preview: Option<Form>,
    /// Sign although this machine's clock and the server's are more than ten minutes apart
    #[arg(long)]
    trust_clock: bool,
    /// Key file, or the .pub file of an SSH key (default: operator key in outband.toml)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
    #[command(flatten)]
    destination: Destination,
    /// Print the results as JSON
    #[arg(long)]
    json: bool,
}

impl Publish {
    pub(crate) fn run(self) -> Result<()> {
        self.sending.publish(|desk, context| self.compose(desk, context))
    }

    fn compose(&self, desk: &Desk<'_>, context: &mut Context<'_>) -> Result<Composed> {
        let mut draft = self.begin(desk)?;
        if let Some(url) = &self.from {
            if !terminal::can_ask() && !self.sending.dry_run {
                bail!(
                    "--from takes the words of others, which a person must read before they are signed. Run it at a terminal, or see them with --dry-run"
                );
            }
            upstream::fill(&mut draft, url, context, &desk.when)?;
        }
        if self.edit {
            return desk.in_editor(draft, context, self.new);
        }
        // Questions are asked if what it says is left open.
        let is_open =
            draft.body().is_none() && draft.lines().all(|(name, _)| ["incident", "drill"].contains(&name));
        let is_prepared = self.template.is_some() && !self.words.are_any() && !self.sending.yes;
        let is_prepared = is_prepared || self.from.is_some();
        match terminal::can_ask() {
            true if is_open => desk.by_questions(draft, context),
            true if is_prepared => {
                desk.questions_about(draft, IncidentKind::Incident, desk.outbox.draft(), context)
            }
            _ => desk.finish(draft, context, self.new),
        }
    }

    fn begin(&self, desk: &Desk<'_>) -> Result<Draft> {
        let mut draft = match (&self.file, &self.template) {
            (Some(file), _) => compose::read_draft(file)?,
            (None, Some(name)) => desk.template(name)?,
            (None, None) => Draft::default(),
        };
        if let Some(title) = &self.quick {
            draft.add("title", title)?;
        }
        self.words.put_into(&mut draft)?;
        Ok(draft)
    }
}

impl UpdateCommand {
    pub(crate) fn run(self) -> Result<()> {
        let (words, incident) = match self.said.as_slice() {
            [incident, words] => (words, Some(incident.as_str())),
            [words, ..] => (words, None),
            [] => bail!("an update needs words"),
        };
        check_said(&self.said).guarantee(Nothing::SignedOrSent).or_json(self.sending.json)?;
        let mut draft = Draft::default();
        draft.set_body(words);
        for (name, value) in [("title", &self.title), ("phase", &self.phase)] {
            value.iter().try_for_each(|value| draft.add(name, value))?;
        }
        self.sending.publish(|desk, context| {
            let slug = desk.open_incident(incident, context)?;
            draft.add("incident", slug.as_str())?;
            desk.finish(draft, context, false)
        })
    }
}

/// Refuses words that were meant as an option, or that the shell has taken apart.
fn check_said(said: &[String]) -> Result<()> {
    match said.iter().find_map(|word| typed::hint(word)) {
        Some(hint) => bail!(hint),
        None => Ok(()),
    }
}

impl Resolve {
    pub(crate) fn run(self) -> Result<()> {
        check_said(&self.said).guarantee(Nothing::SignedOrSent).or_json(self.sending.json)?;
        let (incident, words) = match self.said.as_slice() {
            [incident, words] => (Some(incident.as_str()), words.as_str()),
            [one] if Slug::parse(one).is_some() => (Some(one.as_str()), ""),
            [words, ..] => (None, words.as_str()),
            [] => (None, ""),
        };
        let mut draft = Draft::default();
        draft.set_body(words);
        self.title.iter().try_for_each(|title| draft.add("title", title))?;
        self.sending.publish(|desk, context| {
            let slug = desk.open_incident(incident, context)?;
            context.name_incident(&slug, false)?;
            let phase = match context.kind() {
                Some(IncidentKind::Maintenance) => Phase::Completed,
                Some(IncidentKind::Notice) => {
                    bail!("{slug} is a notice, which ends on its own or is withdrawn")
                }
                Some(IncidentKind::Incident) | None => Phase::Resolved,
            };
            draft.add("incident", slug.as_str())?;
            draft.add("phase", phase.as_str())?;
            desk.finish(draft, context, false)
        })
    }
}
