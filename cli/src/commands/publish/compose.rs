//! Writing an update by hand: by questions, or in an editor.

use anyhow::{Context as _, Result, bail};
use dialoguer::{Editor, Input, MultiSelect, Select};
use outband_record::text::{Condition, Phase, SingleLine, Site};

use super::context::Context as Surroundings;
use crate::commands::publish::draft::Draft;
use crate::terminal::ask;

/// Asks for what readers need most; everything else has its option.
pub(super) fn by_questions(draft: &mut Draft, around: &Surroundings) -> Result<()> {
    let title: SingleLine<120> = ask::for_value("What can users not do? (the title)", None)?;
    draft.add("title", title.as_str())?;
    let phases = [Phase::Investigating, Phase::Identified, Phase::Monitoring, Phase::Resolved, Phase::Notice];
    let phase = choose("How far is it?", &phases.map(Phase::as_str))?;
    draft.add("phase", phase)?;
    if let Some(site) = &around.site {
        ask_components(draft, site)?;
    }
    let faults = ["unknown", "ours suspected", "ours confirmed", "(do not say)"];
    let fault = choose("Is it you or them?", &faults)?;
    if !fault.starts_with('(') {
        draft.add("fault", fault)?;
    }
    if let Some(workaround) =
        ask::for_optional::<SingleLine<200>>("What can users do meanwhile? (empty: nothing)")?
    {
        draft.add("workaround", workaround.as_str())?;
    }
    let eta: String = Input::new()
        .with_prompt("When will it be over? (`2h possible`, `unknown WHY`; empty: do not say)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    if !eta.is_empty() {
        draft.add("eta", &eta)?;
    }
    let next: String = Input::new()
        .with_prompt("When do they hear more? (`45m`; empty: as the site promises)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    if !next.is_empty() {
        draft.add("next-update", &next)?;
    }
    let body: String = Input::new()
        .with_prompt("More, in a few sentences (may be empty)")
        .allow_empty(true)
        .interact_text()
        .context(UNANSWERED)?;
    draft.set_body(&body);
    Ok(())
}

const UNANSWERED: &str = "the question was not answered; nothing was sent";

fn ask_components(draft: &mut Draft, site: &Site) -> Result<()> {
    let names: Vec<String> =
        site.component.iter().map(|component| format!("{} ({})", component.path, component.name)).collect();
    let chosen = MultiSelect::new()
        .with_prompt("What is affected? (space marks, return ends)")
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
        let condition = choose(&format!("How is {}?", component.name), &conditions.map(Condition::as_str))?;
        draft.add("affects", &format!("{} {condition}", component.path))?;
    }
    Ok(())
}

fn choose<'c>(question: &str, choices: &[&'c str]) -> Result<&'c str> {
    let chosen =
        Select::new().with_prompt(question).items(choices).default(0).interact().context(UNANSWERED)?;
    choices.get(chosen).copied().context(UNANSWERED)
}

/// Opens `$EDITOR` on a template that explains itself.
pub(super) fn in_editor(draft: &Draft, around: &Surroundings) -> Result<Draft> {
    let edited = Editor::new().extension(".txt").require_save(true).edit(&template(draft, around));
    match edited.context("the editor did not end well; nothing was sent")? {
        Some(text) => Draft::parse(&text).context("nothing was sent"),
        None => bail!("the text was not saved; nothing was sent"),
    }
}

fn template(draft: &Draft, around: &Surroundings) -> String {
    let mut text = INTRODUCTION.to_owned();
    for (name, explanation) in EXPLAINED {
        text.push_str(&format!("# {explanation}\n"));
        let mut logged = draft.lines().filter(|(found, _)| *found == name).peekable();
        if logged.peek().is_none() {
            text.push_str(&format!("{name}:\n"));
        }
        for (_, value) in logged {
            text.push_str(&format!("{name}: {value}\n"));
        }
    }
    for (name, value) in draft.lines().filter(|(name, _)| EXPLAINED.iter().all(|(known, _)| known != name)) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    if let Some(site) = &around.site {
        let paths: Vec<&str> = site.component.iter().map(|component| component.path.as_str()).collect();
        text.push_str(&format!("#\n# Components: {}\n", paths.join(", ")));
    }
    text.push_str(&format!("\n{}\n", draft.body().unwrap_or_default()));
    text
}

const INTRODUCTION: &str = "# An update. Lines that begin with # and lines without a value are left out.
# Only the title is needed. The body comes after the empty line: plain paragraphs.
#
";

const EXPLAINED: [(&str, &str); 13] = [
    ("title", "What users cannot do, at most 120 characters"),
    ("phase", "investigating, identified, monitoring, resolved, postmortem; notice"),
    ("summary", "One line that a manager can repeat"),
    ("symptom", "What you see if this is it (may stand several times)"),
    ("scope", "Who and how many, with \"as of\""),
    ("affects", "Component and condition, such as exchange/us-east outage (may stand several times)"),
    ("unaffected", "A component that works, said on purpose (may stand several times)"),
    ("fault", "unknown; ours, customer or upstream NAME, then suspected or confirmed"),
    ("data", "loss none, breach investigating, delay queued, … (may stand several times)"),
    ("workaround", "What users can do meanwhile"),
    ("eta", "2h possible, or a UTC time and possible, likely, committed; or unknown and why"),
    ("next-update", "When readers hear more: 45m, 2h or a UTC time"),
    ("report", "promised DATE, or delivered"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_reads_back_as_what_it_began_with() {
        let mut draft = Draft::default();
        draft.add("title", "Mail is down").unwrap();
        draft.add("credit", "none").unwrap();
        draft.set_body("Words.");
        assert_eq!(Draft::parse(&template(&draft, &Surroundings::default())).unwrap(), draft);
        let empty = Draft::default();
        assert_eq!(Draft::parse(&template(&empty, &Surroundings::default())).unwrap(), empty);
    }
}
