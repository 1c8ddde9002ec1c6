//! `outband publish`, `update` and `resolve`: compose an update from options, by asking questions or in an editor; show,
//! sign, save and send it.

mod context;
mod defaults;
pub(crate) mod draft;
mod editor;
mod lint;
mod meaning;
mod questions;
mod times;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::{VerifierKey, printable};
use outband_record::text::{IncidentKind, Phase, Slug, Update, Value as _};

use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::outbox::{DraftFile, Outbox, Outcome};
use crate::client::settings::{Directory, Role};
use crate::signers::signer::Signer;
use crate::signers::signing;
use crate::terminal::{self, Guarantee as _, Nothing, QUIET, shown};
use crate::when::When;
use context::Context;
use draft::{Draft, Words};
use questions::{Questions, Subject};

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
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
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
    #[arg(required = true, num_args = 1..=2, value_names = ["INCIDENT", "WORDS"])]
    said: Vec<String>,
    /// The title from now on (default: as it is; required with --yes)
    #[arg(long)]
    title: Option<String>,
    /// The phase from now on (default: as it is; required with --yes)
    #[arg(long)]
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
    #[arg(num_args = 0..=2, value_names = ["INCIDENT", "WORDS"])]
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
    /// Sign although this machine's clock and the server's are more than ten minutes apart
    #[arg(long)]
    trust_clock: bool,
    /// Key file, or the .pub file of an SSH key (default: operator key in outband.toml)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
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
        let draft = self.begin(desk)?;
        if self.edit {
            return desk.in_editor(draft, context, self.new);
        }
        // Questions are asked if what it says is left open.
        let is_open =
            draft.body().is_none() && draft.lines().all(|(name, _)| ["incident", "drill"].contains(&name));
        let is_prepared = self.template.is_some() && !self.words.are_any() && !self.sending.yes;
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
            (Some(file), _) => read_draft(file)?,
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

impl Resolve {
    pub(crate) fn run(self) -> Result<()> {
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
                    bail!("{slug} is a notice, which ends by itself or is withdrawn")
                }
                Some(IncidentKind::Incident) | None => Phase::Resolved,
            };
            draft.add("incident", slug.as_str())?;
            draft.add("phase", phase.as_str())?;
            desk.finish(draft, context, false)
        })
    }
}

/// Where an update is composed: the page's directory, and the options.
struct Desk<'s> {
    sending: &'s Sending,
    directory: Directory,
    outbox: Outbox,
    when: When,
}

/// A valid update, and what its author should know before signing it.
struct Composed {
    update: Update,
    remarks: Vec<String>,
    /// The file that it was saved in while it was written.
    draft: Option<DraftFile>,
}

/// A signed update.
struct Signed {
    update: Update,
    note: String,
    /// Where the note is saved; `None` if it could not be.
    path: Option<PathBuf>,
}

impl Sending {
    /// Composes, signs and sends an update. Succeeds if at least one endpoint accepted the note.
    fn publish(&self, compose: impl FnOnce(&Desk<'_>, &mut Context<'_>) -> Result<Composed>) -> Result<()> {
        terminal::report_interruptions(Nothing::SignedOrSent);
        let (directory, endpoints) = self.destination.open().guarantee(Nothing::SignedOrSent)?;
        let roots = directory.root_keys().guarantee(Nothing::SignedOrSent)?;
        let desk = Desk {
            sending: self,
            outbox: Outbox::of(&directory),
            when: When::here(signing::now()),
            directory,
        };
        let Some(signed) = desk.sign(&endpoints, compose).guarantee(Nothing::SignedOrSent)? else {
            return Ok(());
        };
        desk.deliver(signed, &endpoints, &roots)
    }
}

impl Desk<'_> {
    /// Composes the update, shows it, and signs it; `None` for a dry run.
    fn sign(
        &self,
        endpoints: &[Endpoint],
        compose: impl FnOnce(&Self, &mut Context<'_>) -> Result<Composed>,
    ) -> Result<Option<Signed>> {
        self.remind();
        let mut context = Context::ask(endpoints, self.directory.log_key()?.as_ref());
        context.check_clock(self.when.now, self.sending.trust_clock)?;
        let composed = compose(self, &mut context)?;
        let key = Signer::open(&self.directory.key_file(self.sending.key.as_deref(), Role::Operator)?)?;
        context.check_key(&key);
        let is_trial = endpoints.iter().all(|endpoint| Endpoint::is_local(endpoint.url()));
        self.show(&composed, &context, is_trial);
        if self.sending.dry_run {
            return Ok(None);
        }
        terminal::confirm_signing(self.sending.yes, "Sign and send?")?;
        let update = composed.update;
        let note = signing::sign(&update.print(), &key)?;
        let name = format!("{}-{}-{}.note", update.incident, update.phase, signing::short(&update.id));
        let path = self.keep(&name, &note);
        composed.draft.iter().for_each(DraftFile::remove);
        Ok(Some(Signed { update, note, path }))
    }

    /// Saves the note before it is sent, so that it can be sent later or from elsewhere. A full disk does not keep it
    /// from being sent: it is printed.
    fn keep(&self, name: &str, note: &str) -> Option<PathBuf> {
        let kept = terminal::or_warn(self.outbox.keep(name, note));
        if kept.is_none() {
            anstream::eprintln!(
                "The signed note is not saved. It is sent all the same; to keep it, copy it:\n\n{}",
                terminal::text(note)
            );
        }
        kept
    }

    /// Says that notes lie unsent.
    fn remind(&self) {
        let unsent = terminal::or_warn(self.outbox.unsent()).unwrap_or_default();
        if let [first, ..] = unsent.as_slice() {
            terminal::warn(&format!(
                "{} signed earlier and not sent: {} …; send with `{} send --unsent`",
                match unsent.len() {
                    1 => "a note was".to_owned(),
                    count => format!("{count} notes were"),
                },
                shown(first),
                self.sending.destination.command("send --unsent").trim_end_matches(" send --unsent"),
            ));
        }
    }

    fn show(&self, composed: &Composed, context: &Context<'_>, is_trial: bool) {
        let (update, sending) = (&composed.update, self.sending);
        let text = update.print();
        let hosts = context.site.as_ref().map(|site| lint::foreign_hosts(update, site)).unwrap_or_default();
        let remarks: Vec<String> = composed
            .remarks
            .iter()
            .cloned()
            .chain(lint::remarks(update, context).into_iter().map(str::to_owned))
            .chain(
                hosts.iter().map(|host| format!("the link to {host} leads away from this page's own names")),
            )
            .collect();
        if sending.json {
            if sending.dry_run {
                let warnings = &context.warnings;
                terminal::print_json(
                    &serde_json::json!({"signed": false, "text": text, "warnings": warnings, "remarks": remarks}),
                );
            }
        } else {
            let heading = match (sending.dry_run, sending.yes, is_trial) {
                (true, ..) => "Draft, not signed:",
                (false, true, _) => "Signing:",
                (false, false, true) => "About to sign:",
                (false, false, false) => "About to sign (public and permanent):",
            };
            anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", terminal::text(&text));
            let times = times::shown(update, &self.when);
            if !times.is_empty() {
                anstream::eprintln!("{QUIET}By your clock: {}{QUIET:#}", printable(&times.join("; ")));
            }
        }
        for warning in context.warnings.iter().cloned().chain(context.news()) {
            terminal::warn(&warning);
        }
        for remark in remarks {
            anstream::eprintln!("{QUIET}note:{QUIET:#} {}", printable(&remark));
        }
    }

    fn deliver(&self, signed: Signed, endpoints: &[Endpoint], roots: &[VerifierKey]) -> Result<()> {
        let Signed { update, note, path } = signed;
        terminal::report_interruptions(Nothing::KnownToBeSeen);
        path.iter().for_each(|path| terminal::kept(path));
        let report = Report::new(self.sending.json);
        let mut delivery = Delivery::send(endpoints, note.as_bytes(), Some(roots), report);
        if report == Report::Lines {
            delivery.await_visible(&update.id);
        }
        delivery.report(report);
        let outcome = match (delivery.is_accepted(), delivery.is_undecided()) {
            (true, _) => Some(Outcome::Sent),
            (false, false) if delivery.is_refused() => Some(Outcome::Refused),
            _ => None,
        };
        let path = match (path, outcome) {
            (Some(path), Some(outcome)) => Some(self.outbox.file(path, outcome)),
            (path, _) => path,
        };
        if delivery.is_accepted() {
            path.iter().for_each(|path| delivery.keep_receipts(path));
            if report == Report::Lines {
                delivery.say_seen();
                self.say_next(&update);
            }
            return Ok(());
        }
        let saved = path
            .as_deref()
            .map_or_else(|| "shown above".to_owned(), |path| format!("saved as {}", shown(path)));
        let again = path.as_deref().map_or_else(String::new, |path| {
            format!(":\n  {}", self.sending.destination.command_to_send(path))
        });
        if delivery.is_undecided() {
            return Err(anyhow::anyhow!(
                "we don't know whether it got through. Don't publish it again, or readers may see it twice; send the same note again, which is {saved}{again}"
            ))
            .guarantee(Nothing::KnownToBeSeen);
        }
        if delivery.is_refused() {
            return Err(anyhow::anyhow!(
                "it was refused. Fix the problem reported above and publish again; the refused note is {saved}"
            ))
            .guarantee(Nothing::Seen);
        }
        Err(anyhow::anyhow!(
            "no endpoint could be reached. The signed note is {saved}; when you're back online, send it from any machine{again}"
        ))
        .guarantee(Nothing::Seen)
    }

    /// The next promise, and how to keep it.
    fn say_next(&self, update: &Update) {
        let Some(next) = update.next_update else { return };
        let update = self.sending.destination.command(&format!("update {} \"…\"", update.incident));
        anstream::println!("You promised the next update by {}: {update}", self.when.show(next));
    }

    /// The incident to continue: the named one, or else the only open one, or one to choose.
    fn open_incident(&self, named: Option<&str>, context: &Context<'_>) -> Result<Slug> {
        match named {
            Some(text) => terminal::option_value("the incident", text),
            None => questions::which(context, &self.when),
        }
    }

    fn template(&self, name: &str) -> Result<Draft> {
        let names = self.templates();
        if !names.iter().any(|known| known == name) {
            let near = crate::nearest::did_you_mean(name, names.iter().map(String::as_str));
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            bail!(
                "there is no prepared text {}{near}\nIn templates/: {}",
                outband_keys::quoted(name),
                printable(&names)
            );
        }
        read_draft(&self.directory.path.join(TEMPLATES).join(format!("{name}.txt")))
    }

    /// The names of the prepared texts.
    fn templates(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.directory.path.join(TEMPLATES)).into_iter().flatten().flatten();
        let name =
            |file: std::fs::DirEntry| file.file_name().to_str()?.strip_suffix(".txt").map(str::to_owned);
        let mut names: Vec<String> = files.filter_map(name).collect();
        names.sort();
        names
    }

    /// Asks what it is about, unless the draft names that, and then about it.
    fn by_questions(&self, mut draft: Draft, context: &mut Context<'_>) -> Result<Composed> {
        let file = self.outbox.draft();
        if draft.value("incident").is_some() {
            return self.questions_about(draft, IncidentKind::Incident, file, context);
        }
        let saved = std::fs::read_to_string(file.path()).ok().and_then(|text| Draft::parse(&text).ok());
        let saved = saved.filter(|draft| !draft.is_empty());
        let title = saved.as_ref().map(|draft| draft.value("title").unwrap_or("(no title)"));
        let mut kind = IncidentKind::Incident;
        match questions::subject(context, &self.when, title, &self.templates())? {
            Subject::New(chosen) => kind = chosen,
            Subject::Open(slug) => draft.add("incident", slug.as_str())?,
            Subject::Draft => draft = saved.unwrap_or_default(),
            Subject::Template(name) => {
                let is_drill = draft.value("drill").is_some();
                draft = self.template(&name)?;
                if is_drill {
                    draft.fill("drill", "yes")?;
                }
            }
        }
        self.questions_about(draft, kind, file, context)
    }

    /// Asks about a draft. `kind` is that of a new incident whose draft has no phase yet.
    fn questions_about(
        &self,
        mut draft: Draft,
        kind: IncidentKind,
        file: DraftFile,
        context: &mut Context<'_>,
    ) -> Result<Composed> {
        let phase = draft.value("phase").and_then(Phase::parse);
        if phase.is_some_and(Phase::is_final) && draft.value("incident").is_none() {
            draft.add("incident", questions::which(context, &self.when)?.as_str())?;
        }
        if let Some(slug) = draft.value("incident").and_then(Slug::parse) {
            context.name_incident(&slug, false)?;
        }
        let drafted = phase.map(Phase::kind);
        let kind = context.kind().or(drafted).unwrap_or(kind);
        let save = |draft: &Draft| {
            terminal::or_warn(file.save(&draft.print()));
        };
        Questions { context, when: &self.when, save: &save }.ask(&mut draft, kind)?;
        Ok(Composed { draft: Some(file), ..self.finish(draft, context, false)? })
    }

    /// Writes the draft in an editor until it can be signed or is given up.
    fn in_editor(&self, draft: Draft, context: &mut Context<'_>, is_new: bool) -> Result<Composed> {
        if let Some(slug) = draft.value("incident").and_then(Slug::parse) {
            context.name_incident(&slug, is_new)?;
        }
        let mut text = editor::template(&draft, context.site.as_ref());
        let file = self.outbox.draft();
        let mut problem = None;
        loop {
            text = editor::write(&file, &text, problem.as_deref())?;
            let written = Draft::parse(&text).and_then(|draft| self.finish(draft, context, is_new));
            let error = match written {
                Ok(composed) => return Ok(Composed { draft: Some(file), ..composed }),
                Err(error) => error,
            };
            terminal::print_error(&error);
            if !terminal::can_ask() || !terminal::confirm("Edit it again?")? {
                return Err(error);
            }
            problem = Some(format!("{error:#}"));
        }
    }

    /// Understands, settles and fills in what the draft says, and checks that it can be signed.
    fn finish(&self, mut draft: Draft, context: &mut Context<'_>, is_new: bool) -> Result<Composed> {
        if let Some(text) = draft.value("incident") {
            let slug = terminal::option_value("incident", text)?;
            context.name_incident(&slug, is_new)?;
        }
        self.check_explicit(&draft, context)?;
        let remarks = meaning::understand(&mut draft, context.site.as_ref(), context.kind())?;
        times::settle(&mut draft, &self.when)?;
        let now = context.next_second(self.when.now);
        defaults::fill(&mut draft, context, &self.directory.origin()?, now)?;
        let (update, changes) = draft.tidied()?;
        let changes = changes.iter().map(|change| format!("tidied: {change}"));
        Ok(Composed { update, remarks: remarks.into_iter().chain(changes).collect(), draft: None })
    }

    /// An incident's current title and phase come from a server that is not verified, and with --yes nobody reviews
    /// them either, so they must then be given explicitly.
    fn check_explicit(&self, draft: &Draft, context: &Context<'_>) -> Result<()> {
        let missing: Vec<_> =
            ["title", "phase"].into_iter().filter(|name| draft.value(name).is_none()).collect();
        if !self.sending.yes || context.state().is_none() || missing.is_empty() {
            return Ok(());
        }
        bail!(
            "with --yes nobody reviews values taken from the server, so --{} must be given",
            missing.join(" and --")
        )
    }
}

/// The folder of prepared texts, beside outband.toml.
pub(crate) const TEMPLATES: &str = "templates";

fn read_draft(file: &Path) -> Result<Draft> {
    let (draft, changes) =
        Draft::read(&files::read(file)?).with_context(|| format!("cannot parse {}", shown(file)))?;
    for change in changes {
        anstream::eprintln!("{QUIET}{}: {change}{QUIET:#}", shown(file));
    }
    Ok(draft)
}
