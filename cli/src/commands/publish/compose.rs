//! How an update comes about: from a prepared text, by questions, in an editor; and what is done to every draft before it
//! can be signed.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use outband_keys::{printable, quoted};
use outband_record::text::{IncidentKind, Phase, Slug, Value as _};

use super::context::Context;
use super::desk::{Composed, Desk};
use super::draft::Draft;
use super::questions::{self, Questions, Subject};
use super::{defaults, editor, meaning, times, typed};
use crate::client::files;
use crate::client::outbox::DraftFile;
use crate::nearest::did_you_mean;
use crate::terminal::{self, QUIET, shown};

impl Desk<'_> {
    /// The incident to continue: the named one, or else the only open one, or one to choose.
    pub(super) fn open_incident(&self, named: Option<&str>, context: &Context<'_>) -> Result<Slug> {
        match named {
            Some(text) => terminal::option_value("the incident", &typed::plain("incident", text)?),
            None => questions::which(context, &self.when),
        }
    }

    pub(super) fn template(&self, name: &str) -> Result<Draft> {
        let names = prepared(&self.directory.path);
        if !names.iter().any(|known| known == name) {
            let near = did_you_mean(name, names.iter().map(String::as_str));
            let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            bail!("there is no prepared text {}{near}\nIn templates/: {}", quoted(name), printable(&names));
        }
        read_draft(&self.directory.path.join(TEMPLATES).join(format!("{name}.txt")))
    }

    /// Asks what it is about, unless the draft names that, and then about it.
    pub(super) fn by_questions(&self, mut draft: Draft, context: &mut Context<'_>) -> Result<Composed> {
        let file = self.outbox.draft();
        if draft.value("incident").is_some() {
            return self.questions_about(draft, IncidentKind::Incident, file, context);
        }
        let saved = std::fs::read_to_string(file.path()).ok().and_then(|text| Draft::parse(&text).ok());
        let saved = saved.filter(|draft| !draft.is_empty());
        let title = saved.as_ref().map(|draft| draft.value("title").unwrap_or("(no title)"));
        let mut kind = IncidentKind::Incident;
        match questions::subject(context, &self.when, title, &prepared(&self.directory.path))? {
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
    pub(super) fn questions_about(
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
    pub(super) fn in_editor(
        &self,
        draft: Draft,
        context: &mut Context<'_>,
        is_new: bool,
    ) -> Result<Composed> {
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
    pub(super) fn finish(
        &self,
        mut draft: Draft,
        context: &mut Context<'_>,
        is_new: bool,
    ) -> Result<Composed> {
        let typed = typed::put_right(&mut draft)?;
        if let Some(text) = draft.value("incident") {
            let slug = terminal::option_value("incident", text)?;
            context.name_incident(&slug, is_new)?;
        }
        self.check_explicit(&draft, context)?;
        let meant = meaning::understand(&mut draft, context.site.as_ref(), context.kind())?;
        times::settle(&mut draft, &self.when)?;
        let now = context.next_second(self.when.now);
        defaults::fill(&mut draft, context, &self.directory.origin()?, now)?;
        let (update, changes) = draft.tidied()?;
        let changes = changes.iter().map(|change| format!("tidied: {change}"));
        Ok(Composed { update, remarks: typed.into_iter().chain(meant).chain(changes).collect(), draft: None })
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

/// The names of the prepared texts in the page's directory.
pub(crate) fn prepared(directory: &Path) -> Vec<String> {
    let files = std::fs::read_dir(directory.join(TEMPLATES)).into_iter().flatten().flatten();
    let name = |file: std::fs::DirEntry| file.file_name().to_str()?.strip_suffix(".txt").map(str::to_owned);
    let mut names: Vec<String> = files.filter_map(name).collect();
    names.sort();
    names
}

pub(super) fn read_draft(file: &Path) -> Result<Draft> {
    let (draft, changes) =
        Draft::read(&files::read(file)?).with_context(|| format!("cannot parse {}", shown(file)))?;
    for change in changes {
        anstream::eprintln!("{QUIET}{}: {change}{QUIET:#}", shown(file));
    }
    Ok(draft)
}
