//! `outband site`: what the page covers.

mod logo;

use anyhow::{Context as _, Result};
use clap::Subcommand;
use outband_record::text::{Site, Text};
use serde_json::{Map, json};

use crate::client::delivery::Destination;
use crate::client::live;
use crate::client::outbox::{DraftFile, Outbox};
use crate::commands::publish::editor;
use crate::decisions::changes::changes;
use crate::decisions::decision::{Outcome, Page, RootSigning};
use crate::decisions::site::{Lines, removed_components};
use crate::signers::signing;
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, QUIET, shown};

/// The line whose value may be given as a file.
const LOGO: &str = "logo";

/// Show or change what the page covers: components, contacts, cadence, mirrors
///
/// A change is shown, signed with the root key, and sent to every endpoint.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband site show --dir status.example.net
  outband site edit
  outband site set cadence critical 15
  outband site add component billing Billing
  outband site remove component billing
  outband site add mirror https://mirror.example.org")]
pub(crate) struct SiteCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    Show(Show),
    Edit(Edit),
    /// Set a line; of lines that may be repeated, the one about the same component, impact or link
    ///
    /// A component keeps its path for good: setting it changes the name that readers see.
    #[command(after_help = "Examples:
  outband site set cadence critical 15
  outband site set component mail E-mail
  outband site set hint mail server names beginning with mx
  outband site set logo logo.svg
  outband site set accent '#0b57d0'
  outband site set name \"Example Mail and Voice\"")]
    Set(Line),
    /// Add a line: a component, contact, link, mirror, hint or front
    #[command(after_help = "Examples:
  outband site add component billing Billing
  outband site add contact tel:+1-555-0100
  outband site add mirror https://mirror.example.org")]
    Add(Line),
    Remove(Remove),
}

/// Print the site note in force, from the verified log
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband site show --dir status.example.net")]
struct Show {
    #[command(flatten)]
    destination: Destination,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Change it in $VISUAL or $EDITOR
///
/// What is written is kept in notes/site.txt until it is signed, and proposed again.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband site edit --dir status.example.net")]
struct Edit {
    #[command(flatten)]
    signing: RootSigning,
}

// A line and its new value. See `Destination` for why this is not a `///` comment.
#[derive(clap::Args)]
struct Line {
    /// The line's name, as `outband site show` prints it
    #[arg(value_name = "LINE")]
    line: String,
    /// Its value; for `set logo`, also the path of an SVG or PNG file
    #[arg(required = true, value_name = "VALUE")]
    value: Vec<String>,
    #[command(flatten)]
    signing: RootSigning,
}

/// Remove a line: a component with its hint, a contact, link, mirror, cadence, front, logo or accent
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband site remove component billing
  outband site remove mirror https://mirror.example.org
  outband site remove logo")]
struct Remove {
    /// The line's name, as `outband site show` prints it
    #[arg(value_name = "LINE")]
    line: String,
    /// The first word of its value: a component's path, an impact, a link; not for a logo or an accent
    #[arg(value_name = "ABOUT")]
    about: Option<String>,
    #[command(flatten)]
    signing: RootSigning,
}

impl SiteCommand {
    /// Verifies the log first: a root must not sign what a forged site note says.
    pub(crate) fn run(self) -> Result<Outcome> {
        match self.what {
            What::Show(show) => show.run().or_json(show.json).map(|()| Outcome::Done),
            What::Edit(edit) => edit.run(),
            What::Set(Line { line, value, signing }) => change(&signing, |lines| {
                let value = value.join(" ");
                lines.set(&line, &if line == LOGO { logo::written(&value)? } else { value })
            }),
            What::Add(Line { line, value, signing }) => {
                change(&signing, |lines| lines.add(&line, &value.join(" ")))
            }
            What::Remove(Remove { line, about, signing }) => {
                change(&signing, |lines| lines.remove(&line, about.as_deref()))
            }
        }
    }
}

impl Show {
    fn run(&self) -> Result<()> {
        let (_, site) = open(&self.destination)?;
        let text = site.print();
        if !self.json {
            anstream::print!("{}", terminal::text(&text));
            return Ok(());
        }
        let lines: Map<_, _> = Site::HEADERS
            .iter()
            .map(|header| (header.name.to_owned(), json!(site.values(header.name))))
            .collect();
        terminal::print_json(&json!({"text": text, "lines": lines}));
        Ok(())
    }
}

impl Edit {
    fn run(&self) -> Result<Outcome> {
        terminal::report_interruptions(Nothing::SignedOrSent);
        let opened = open(&self.signing.destination).guarantee(Nothing::SignedOrSent);
        let (page, old) = opened.or_json(self.signing.json)?;
        let file = Outbox::of(&page.target.directory).site_draft();
        let new = in_editor(&old, &file).guarantee(Nothing::SignedOrSent).or_json(self.signing.json)?;
        if changes(&old.print(), &new.print()).is_empty() {
            file.remove();
            anstream::println!("Nothing was changed.");
            return Ok(Outcome::Done);
        }
        decide(&self.signing, page, (&old, new), Some(file))
    }
}

/// Opens the site note in an editor until it can be signed or is given up.
fn in_editor(old: &Site, file: &DraftFile) -> Result<Site> {
    let mut text = match saved(file)? {
        Some(text) => text,
        None => Lines::of(old).template(),
    };
    let mut problem = None;
    loop {
        text = editor::write(file, &text, problem.as_deref())?;
        let written = Lines::read(old, &text).and_then(|lines| lines.site(signing::now()));
        let error = match written {
            Ok(site) => return Ok(site),
            Err(error) => error,
        };
        terminal::print_error(&error);
        if !terminal::can_ask() || !terminal::confirm("Edit it again?")? {
            return Err(error);
        }
        problem = Some(format!("{error:#}"));
    }
}

/// What was written before and not signed, if it is to be taken up again.
fn saved(file: &DraftFile) -> Result<Option<String>> {
    let Ok(text) = std::fs::read_to_string(file.path()) else { return Ok(None) };
    let question = format!("Go on with the saved draft {}?", shown(file.path()));
    if !terminal::can_ask() {
        anstream::eprintln!(
            "{QUIET}Going on with the saved draft {}. To begin again, delete it.{QUIET:#}",
            shown(file.path())
        );
        return Ok(Some(text));
    }
    Ok(terminal::confirm(&question)?.then_some(text))
}

fn change(signing: &RootSigning, change: impl FnOnce(&mut Lines) -> Result<()>) -> Result<Outcome> {
    let changed = || -> Result<_> {
        let (page, old) = open(&signing.destination)?;
        let mut lines = Lines::of(&old);
        change(&mut lines)?;
        let new = lines.site(signing::now())?;
        Ok((page, old, new))
    };
    let (page, old, new) = changed().guarantee(Nothing::SignedOrSent).or_json(signing.json)?;
    decide(signing, page, (&old, new), None)
}

/// The page, and its site note in force.
fn open(destination: &Destination) -> Result<(Page, Site)> {
    let page = Page::open(destination)?;
    let site = page
        .site
        .clone()
        .context("the log has no site note yet. Send the one that `outband init` wrote: site-1.note")?;
    Ok((page, site))
}

fn decide(
    signing: &RootSigning,
    page: Page,
    (old, new): (&Site, Site),
    draft: Option<DraftFile>,
) -> Result<Outcome> {
    warn_of_open_incidents(&page, old, &new);
    let mut decision = page.decide(Text::Site(Box::new(new)), "the site note is unchanged");
    decision.draft = draft;
    decision.sign_and_send(signing)
}

/// Stations accept such a site note, but no further update that names the component.
fn warn_of_open_incidents(page: &Page, old: &Site, new: &Site) {
    let removed = removed_components(old, new);
    if removed.is_empty() {
        return;
    }
    let open = page.target.endpoints.iter().find_map(|endpoint| live::open(endpoint).ok());
    for open in open.unwrap_or_default() {
        for component in removed.iter().filter(|component| open.affects.contains(&component.path)) {
            terminal::warn(&format!(
                "the open incident {} affects {}, which this removes: updates that name it will be refused from then on",
                open.slug, component.path
            ));
        }
    }
}
