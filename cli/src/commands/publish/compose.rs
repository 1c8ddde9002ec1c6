//! Writing an update interactively: with questions, or in an editor.

use anyhow::{Context as _, Result, bail};
use dialoguer::{Editor, Input, MultiSelect, Select};
use outband_record::text::{Condition, Phase, SingleLine, Site};

use super::context::Context;
use super::words;
use crate::commands::publish::draft::Draft;
use crate::terminal::ask;

/// Asks for the essentials; everything else is an option.
pub(super) fn by_questions(draft: &mut Draft, around: &Context) -> Result<()> {
    let title: SingleLine<120> = ask::for_value("What can't users do? (title)", None)?;
    draft.add("title", title.as_str())?;
    let phases = [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved, Phase::Notice];
    let phase = choose("What stage is it at?", &phases.map(Phase::as_str))?;
    draft.add("phase", phase)?;
    if let Some(site) = &around.site {
        ask_components(draft, site)?;
    }
    let faults = ["unknown", "ours suspected", "ours confirmed", "(skip)"];
    let fault = choose("Whose side is it on?", &faults)?;
    if !fault.starts_with('(') {
        draft.add("fault", fault)?;
    }
    if let Some(workaround) =
        ask::for_optional::<SingleLine<200>>("What can users do in the meantime? (Enter to skip)")?
    {
        draft.add("workaround", workaround.as_str())?;
    }
    let eta: String = Input::new()
        .with_prompt("When do you expect a fix? (`2h possible`, `unknown WHY`; Enter to skip)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    if !eta.is_empty() {
        draft.add("eta", &eta)?;
    }
    let next: String = Input::new()
        .with_prompt("When is the next update? (`45m`; Enter for what the site promises)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    if !next.is_empty() {
        draft.add("next-update", &next)?;
    }
    let body: String = Input::new()
        .with_prompt("Anything else? A few sentences (Enter to skip)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    draft.set_body(&body);
    Ok(())
}

const UNANSWERED: &str = "the question was not answered";

fn ask_components(draft: &mut Draft, site: &Site) -> Result<()> {
    let names: Vec<String> =
        site.component.iter().map(|component| format!("{} ({})", component.path, component.name)).collect();
    let chosen = MultiSelect::new()
        .with_prompt("What is affected? (space to select, Enter when done)")
        .items(&names)
        .interact()
        .context(UNANSWERED)?;
    let conditions = [
        Condition::Outage,
        Condition::Partial,
        Condition::Degraded,
        Condition::Unknown,
        Condition::Operational,
    ];
    for component in chosen.into_iter().filter_map(|at| site.component.get(at)) {
        let condition = choose(&format!("{} is…", component.name), &conditions.map(Condition::as_str))?;
        draft.add("affects", &format!("{} {condition}", component.path))?;
    }
    Ok(())
}

fn choose<'c>(question: &str, choices: &[&'c str]) -> Result<&'c str> {
    let chosen =
        Select::new().with_prompt(question).items(choices).default(0).interact().context(UNANSWERED)?;
    choices.get(chosen).copied().context(UNANSWERED)
}

/// Opens `$EDITOR` with a self-explanatory template.
pub(super) fn in_editor(draft: &Draft, around: &Context) -> Result<Draft> {
    let edited = Editor::new().extension(".txt").require_save(true).edit(&template(draft, around));
    match edited.context("the editor failed or was aborted")? {
        Some(text) => Draft::parse(&text),
        None => bail!("the text was not saved"),
    }
}

fn template(draft: &Draft, around: &Context) -> String {
    let mut text = INTRODUCTION.to_owned();
    for line in words::lines() {
        text.push_str(&format!("# {}\n", words::explanation(line, line.form)));
        let name = line.header.name;
        let mut stated = draft.lines().filter(|(found, _)| *found == name).peekable();
        if stated.peek().is_none() {
            text.push_str(&format!("{name}:\n"));
        }
        for (_, value) in stated {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    let asked = |name: &str| words::lines().any(|line| line.header.name == name);
    for (name, value) in draft.lines().filter(|(name, _)| !asked(name)) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(site) = &around.site {
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
    fn the_template_reads_back_as_what_it_began_with() {
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
        assert_eq!(asked, words::lines().map(|line| line.header.name).collect::<Vec<_>>());
        assert!(template.contains("(COMPONENT CONDITION; may be repeated)\naffects:\n"), "{template}");
    }
}
