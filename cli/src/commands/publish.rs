//! `outband publish`: composes an update from options, by asking questions or in an editor; shows, signs, saves and
//! sends it.

mod context;
pub(crate) mod draft;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use dialoguer::Editor;
use outband_keys::{VerifierKey, printable};
use outband_record::text::{Condition, Phase, SingleLine, Site, Slug, Update};

use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::settings::Role;
use crate::signers::signing;
use crate::terminal::{self, Guarantee as _, Nothing, QUIET};
use context::Context;
use draft::{Draft, Words};

/// Publish an update: write, sign and send it
///
/// Asks if no options are given. What is left out is filled in: phase, name, next update, time. The text is shown before
/// it is signed.
///
/// The update names the newest checkpoint that was verified here, so that a station cannot take entries back unnoticed.
/// It is kept in the file OUTBAND_STATE, or in outband/checkpoints.json in your directory for state. The station's
/// receipt is kept beside the note.
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
    #[command(flatten)]
    destination: Destination,
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
        let Some(Signed { update, note, endpoints, roots, path }) =
            self.sign().guarantee(Nothing::SignedOrSent)?
        else {
            return Ok(());
        };
        keep(&path, &note).guarantee(Nothing::Sent)?;
        let report = Report::new(self.json);
        let mut delivery = Delivery::send(&endpoints, note.as_bytes(), Some(&roots), report);
        if report == Report::Lines {
            delivery.await_visible(&update.id);
        }
        delivery.report(report);
        delivery.keep_receipts(&path);
        if delivery.is_accepted() {
            return Ok(());
        }
        let again = self.destination.command_to_send(&path);
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
        let (directory, endpoints) = self.destination.open()?;
        let mut draft = self.begin()?;
        let incident = draft
            .value("incident")
            .map(|text| terminal::option_value::<Slug>("--incident", text))
            .transpose()?;
        self.check_explicit(&draft)?;
        let (log_key, roots) = (directory.log_key()?, directory.root_keys()?);
        let mut context = Context::ask(&endpoints, log_key.as_ref(), incident.as_ref());
        if self.edit {
            draft = in_editor(&draft, &context)?;
        } else if self.wants_questions() {
            by_questions(&mut draft, &context)?;
        }
        let now = signing::now();
        context.compare_clocks(now);
        context::fill(&mut draft, &context, &directory.origin()?, now)?;
        let update = draft.update()?;
        self.show(&update, &context, &endpoints);
        if self.dry_run {
            return Ok(None);
        }
        terminal::confirm_signing(self.yes, "Sign and send?")?;
        let key = directory.key(self.key.as_deref(), Role::Operator)?;
        let text = update.print();
        let note = signing::sign(&text, &key)?;
        let name = format!("{}-{}-{}.note", update.incident, update.phase, signing::short(&update.id));
        let path = directory.path.join("notes").join(name);
        Ok(Some(Signed { update, note, endpoints, roots, path }))
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
        self.quick.is_none() && self.file.is_none() && !self.words.are_any() && terminal::can_ask()
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
            anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", terminal::text(&update.print()));
        }
        for warning in &context.warnings {
            terminal::warn(warning);
        }
        for note in context::lint(update, context) {
            anstream::eprintln!("{QUIET}note:{QUIET:#} {}", printable(&note));
        }
    }

    /// An incident's current title and phase come from a server that is not verified, and with --yes nobody reviews
    /// them either, so they must then be given explicitly.
    fn check_explicit(&self, draft: &Draft) -> Result<()> {
        let missing: Vec<_> =
            ["title", "phase"].into_iter().filter(|name| draft.value(name).is_none()).collect();
        if !self.yes || draft.value("incident").is_none() || missing.is_empty() {
            return Ok(());
        }
        bail!(
            "with --yes nobody reviews values taken from the server, so --{} must be given",
            missing.join(" and --")
        )
    }
}

/// A signed update, ready to send.
struct Signed {
    update: Update,
    note: String,
    endpoints: Vec<Endpoint>,
    roots: Vec<VerifierKey>,
    /// Where the note is saved.
    path: PathBuf,
}

/// Saves the note before it is sent, so that it can be sent later or from elsewhere.
fn keep(path: &Path, note: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    files::create_note(path, note)
}

/// Asks for the essentials; everything else is an option.
fn by_questions(draft: &mut Draft, context: &Context) -> Result<()> {
    let title: SingleLine<120> = terminal::ask("What can't users do? (title)", None)?;
    draft.add("title", title.as_str())?;
    let phases = [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved, Phase::Notice];
    let phase = terminal::choose("What stage is it at?", &phases.map(Phase::as_str))?;
    draft.add("phase", phase)?;
    if let Some(site) = &context.site {
        ask_components(draft, site)?;
    }
    let faults = ["unknown", "ours suspected", "ours confirmed", "(skip)"];
    let fault = terminal::choose("Whose fault is it?", &faults)?;
    if !fault.starts_with('(') {
        draft.add("fault", fault)?;
    }
    if let Some(workaround) =
        terminal::ask_optional::<SingleLine<200>>("What can users do in the meantime? (Enter to skip)")?
    {
        draft.add("workaround", workaround.as_str())?;
    }
    for (header, question) in [
        ("eta", "When do you expect a fix? (`2h possible`, `unknown WHY`; Enter to skip)"),
        ("next-update", "When is the next update? (`45m`; Enter for what the site promises)"),
    ] {
        if let Some(value) = terminal::ask_text(question, |_| Ok(()))? {
            draft.add(header, &value)?;
        }
    }
    let body = terminal::ask_text("Anything else? A few sentences (Enter to skip)", |_| Ok(()))?;
    draft.set_body(&body.unwrap_or_default());
    Ok(())
}

fn ask_components(draft: &mut Draft, site: &Site) -> Result<()> {
    let names: Vec<String> = site
        .component
        .iter()
        .map(|component| format!("{} ({})", component.path, printable(component.name.as_str())))
        .collect();
    let chosen = terminal::choose_several("What is affected? (space to select, Enter when done)", &names)?;
    let conditions = [
        Condition::Outage,
        Condition::Partial,
        Condition::Degraded,
        Condition::Unknown,
        Condition::Operational,
    ];
    for component in chosen.into_iter().filter_map(|at| site.component.get(at)) {
        let condition = terminal::choose(
            &format!("{} is…", printable(component.name.as_str())),
            &conditions.map(Condition::as_str),
        )?;
        draft.add("affects", &format!("{} {condition}", component.path))?;
    }
    Ok(())
}

/// Opens `$EDITOR` with a self-explanatory template.
fn in_editor(draft: &Draft, context: &Context) -> Result<Draft> {
    let edited = Editor::new().extension(".txt").require_save(true).edit(&template(draft, context));
    match edited.context("the editor failed or was aborted")? {
        Some(text) => Draft::parse(&text),
        None => bail!("the text was not saved"),
    }
}

fn template(draft: &Draft, context: &Context) -> String {
    let mut text = INTRODUCTION.to_owned();
    for line in draft::lines() {
        text.push_str(&format!("# {}\n", draft::explanation(line, line.form)));
        let name = line.header.name;
        let mut stated = draft.lines().filter(|(found, _)| *found == name).peekable();
        if stated.peek().is_none() {
            text.push_str(&format!("{name}:\n"));
        }
        for (_, value) in stated {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    let asked = |name: &str| draft::lines().any(|line| line.header.name == name);
    for (name, value) in draft.lines().filter(|(name, _)| !asked(name)) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(site) = &context.site {
        let paths: Vec<&str> = site.component.iter().map(|component| component.path.as_str()).collect();
        text.push_str(&format!("#\n# Components: {}\n", paths.join(", ")));
    }
    text.push_str(&format!("\n{}\n", draft.body().unwrap_or_default()));
    text
}

const INTRODUCTION: &str = "# An update. Lines that start with # and lines without a value are ignored.
# Only the title is required. The body goes after the blank line, as plain paragraphs.
#
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_back_as_its_draft() {
        let mut draft = Draft::default();
        draft.add("title", "Mail is down").unwrap();
        draft.add("credit", "none").unwrap();
        draft.add("seen", "1 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
        draft.set_body("Words.");
        assert_eq!(Draft::parse(&template(&draft, &Context::default())).unwrap(), draft);
        let empty = Draft::default();
        assert_eq!(Draft::parse(&template(&empty, &Context::default())).unwrap(), empty);
    }

    #[test]
    fn the_template_asks_for_each_line_that_a_person_writes() {
        let template = template(&Draft::default(), &Context::default());
        let asked: Vec<_> = template.lines().filter_map(|row| row.strip_suffix(':')).collect();
        assert_eq!(asked, draft::lines().map(|line| line.header.name).collect::<Vec<_>>());
        assert!(template.contains("(COMPONENT CONDITION; may be repeated)\naffects:\n"), "{template}");
    }
}
