//! Composing an update by questions. Each answer is checked at its question and saved at once; what holds now is proposed.

use anyhow::{Result, bail};
use outband_keys::printable;
use outband_record::text::{
    Affects, Condition, Eta, Fault, IncidentKind, Phase, SingleLine, Site, Slug, Value, Window,
};
use outband_record::time::Time;
use outband_record::timeline::IncidentState;

use super::context::Context;
use super::defaults;
use super::draft::Draft;
use super::{times, typed};
use crate::client::live::Open;
use crate::terminal;
use crate::when::When;

/// What the update is about.
pub(super) enum Subject {
    New(IncidentKind),
    Open(Slug),
    /// The draft that was saved earlier.
    Draft,
    Template(String),
}

/// Asks what the update is about: open incidents come first, the most urgent at the top.
pub(super) fn subject(
    context: &Context<'_>,
    when: &When,
    saved: Option<&str>,
    templates: &[String],
) -> Result<Subject> {
    let mut choices = Vec::new();
    if let Some(title) = saved {
        choices.push((format!("Go on with the saved draft: {}", printable(title)), Subject::Draft));
    }
    for open in &context.open {
        choices.push((line(open, when), Subject::Open(open.slug.clone())));
    }
    choices.push(("A new incident".to_owned(), Subject::New(IncidentKind::Incident)));
    for name in templates {
        choices
            .push((format!("A new one, from the text {}", printable(name)), Subject::Template(name.clone())));
    }
    choices.push(("A new maintenance".to_owned(), Subject::New(IncidentKind::Maintenance)));
    choices.push(("A new notice".to_owned(), Subject::New(IncidentKind::Notice)));
    let lines: Vec<&str> = choices.iter().map(|(line, _)| line.as_str()).collect();
    let chosen = terminal::choose("What is this about?", &lines, 0)?;
    match choices.into_iter().nth(chosen) {
        Some((_, subject)) => Ok(subject),
        None => bail!("there is no choice {chosen}"),
    }
}

/// Asks which open incident is meant; no question if there is only one.
pub(super) fn which(context: &Context<'_>, when: &When) -> Result<Slug> {
    let slugs = || context.open.iter().map(|open| open.slug.as_str()).collect::<Vec<_>>().join(", ");
    match context.open.as_slice() {
        [] => bail!(
            "nothing is open, as far as the endpoints say. Name the incident, or begin one with `publish`"
        ),
        [only] => Ok(only.slug.clone()),
        _ if !terminal::can_ask() => bail!("several are open; name one: {}", slugs()),
        several => {
            let lines: Vec<String> = several.iter().map(|open| line(open, when)).collect();
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let chosen = terminal::choose("Which one?", &lines, 0)?;
            several.get(chosen).map(|open| open.slug.clone()).ok_or_else(|| anyhow::anyhow!("no such choice"))
        }
    }
}

/// `Mail is down: investigating for 2 h, next update overdue by 12 min`
fn line(open: &Open, when: &When) -> String {
    let next = match open.next_update {
        Some(next) if next <= when.now => {
            format!(", next update OVERDUE by {}", terminal::ago(next, when.now))
        }
        Some(next) => format!(", next update in {}", terminal::ago(when.now, next)),
        None => String::new(),
    };
    format!("{}: {}{next}", printable(open.title.as_str()), open.stage(when.now))
}

/// The questions about one update.
pub(super) struct Questions<'q> {
    pub(super) context: &'q Context<'q>,
    pub(super) when: &'q When,
    /// Called after each answer.
    pub(super) save: &'q dyn Fn(&Draft),
}

impl Questions<'_> {
    /// Asks for the essentials; everything else is an option.
    pub(super) fn ask(&self, draft: &mut Draft, kind: IncidentKind) -> Result<()> {
        self.text::<SingleLine<120>>(draft, "title", title_question(kind), true)?;
        self.phase(draft, kind)?;
        let phase = draft.value("phase").and_then(Phase::parse).unwrap_or(Phase::Notice);
        if kind == IncidentKind::Maintenance && phase == Phase::Scheduled {
            self.text::<Window>(draft, "window", "From when to when? (`2026-12-01 22:00/23:30`)", true)?;
        }
        if phase.needs_next_update() {
            if let Some(site) = &self.context.site {
                self.components(draft, site)?;
            }
            if kind == IncidentKind::Incident {
                self.fault(draft)?;
                let question = "What can users do in the meantime? (Enter to skip)";
                self.text::<SingleLine<200>>(draft, "workaround", question, false)?;
                let question = "When do you expect a fix? (`2h possible`, `unknown WHY`; Enter to skip)";
                self.text::<Eta>(draft, "eta", question, false)?;
            }
            self.next_update(draft)?;
        }
        let body = draft.body().map(|body| body.replace('\n', " "));
        let question = "Anything else? A few sentences (Enter to skip)";
        let answer = terminal::ask_text(question, body.as_deref(), |_| Ok(()))?;
        // Unchanged, it keeps its paragraphs.
        if answer != body {
            draft.set_body(&answer.unwrap_or_default());
        }
        (self.save)(draft);
        Ok(())
    }

    /// Asks for a line's value until it is valid. What holds now is proposed, and stated again only if it changes.
    fn text<T: Value>(&self, draft: &mut Draft, name: &str, question: &str, is_required: bool) -> Result<()> {
        let holds = self.holds(name);
        let proposal = draft.value(name).map(str::to_owned).or_else(|| holds.clone());
        let read = |text: &str| -> Result<T> {
            let plain = typed::plain(name, text)?;
            let settled = times::settled(name, &plain, self.when)?;
            match T::parse(settled.as_deref().unwrap_or(&plain)) {
                Some(value) => Ok(value),
                None => bail!("it must be {}", T::EXPECTED),
            }
        };
        let check = |text: &str| read(text).map(drop);
        let answer = loop {
            match terminal::ask_text(question, proposal.as_deref(), check)? {
                None if is_required => anstream::eprintln!("This is needed."),
                answer => break answer,
            }
        };
        draft.remove(name);
        if let Some(text) = answer {
            let value = read(&text)?.to_string();
            if is_required || holds.as_deref() != Some(&value) {
                draft.add(name, &value)?;
            }
        }
        (self.save)(draft);
        Ok(())
    }

    /// What the incident's updates so far say on this line.
    fn holds(&self, name: &str) -> Option<String> {
        let state = self.context.state()?;
        let (line, by) = state.carried.iter().find(|(line, _)| *line == name)?;
        by.update.values(line).into_iter().next()
    }

    fn phase(&self, draft: &mut Draft, kind: IncidentKind) -> Result<()> {
        let phases: Vec<Phase> = Phase::ALL.iter().copied().filter(|phase| phase.kind() == kind).collect();
        let words: Vec<&str> = phases.iter().map(|phase| phase.as_str()).collect();
        let now = draft.value("phase").and_then(Phase::parse);
        let now = now.or(self.context.state().map(|state| state.phase));
        let at = now.and_then(|now| phases.iter().position(|phase| *phase == now)).unwrap_or(0);
        let chosen = if words.len() > 1 { terminal::choose("What stage is it at?", &words, at)? } else { 0 };
        draft.set("phase", words.get(chosen).copied().unwrap_or_default())?;
        (self.save)(draft);
        Ok(())
    }

    fn fault(&self, draft: &mut Draft) -> Result<()> {
        let holds = self.holds("fault");
        let now = draft.value("fault").map(str::to_owned).or_else(|| holds.clone());
        let mut words = vec!["unknown", "ours suspected", "ours confirmed"];
        words.extend(now.as_deref().filter(|now| !words.contains(now) && Fault::parse(now).is_some()));
        let skip = words.len();
        words.push("(skip)");
        let at = now.as_deref().and_then(|now| words.iter().position(|word| *word == now)).unwrap_or(0);
        let chosen = terminal::choose("Whose fault is it?", &words, at)?;
        let chosen = words.get(chosen).copied().filter(|_| chosen != skip).map(str::to_owned);
        draft.remove("fault");
        if let Some(fault) = chosen.filter(|fault| holds.as_ref() != Some(fault)) {
            draft.add("fault", &fault)?;
        }
        (self.save)(draft);
        Ok(())
    }

    /// Asks what is affected. A component that was affected and no longer is becomes operational.
    fn components(&self, draft: &mut Draft, site: &Site) -> Result<()> {
        let state = self.context.state();
        let drafted: Vec<Affects> = draft
            .lines()
            .filter(|(name, _)| *name == "affects")
            .filter_map(|(_, v)| Affects::parse(v))
            .collect();
        let holds = |path: &_| {
            state.as_ref().and_then(|state: &IncidentState<'_>| Some(state.conditions.get(path)?.value))
        };
        let now: Vec<Option<Condition>> = site
            .component
            .iter()
            .map(|component| {
                let drafted = drafted.iter().find(|affects| affects.component == component.path);
                drafted.map(|affects| affects.condition).or_else(|| holds(&component.path))
            })
            .collect();
        let is_bad = |condition: &Option<Condition>| condition.is_some_and(|c| c != Condition::Operational);
        let names: Vec<String> = site
            .component
            .iter()
            .map(|component| format!("{} ({})", component.path, printable(component.name.as_str())))
            .collect();
        let checked: Vec<bool> = now.iter().map(is_bad).collect();
        let question = "What is affected? (space to select, Enter when done)";
        let chosen = terminal::choose_several(question, &names, &checked)?;
        draft.remove("affects");
        for (at, (component, now)) in site.component.iter().zip(&now).enumerate() {
            let condition = match (chosen.contains(&at), is_bad(now)) {
                (true, _) => condition(component.name.as_str(), *now)?,
                (false, true) => Condition::Operational,
                (false, false) => continue,
            };
            if holds(&component.path) != Some(condition) {
                draft.add("affects", &format!("{} {condition}", component.path))?;
            }
        }
        (self.save)(draft);
        Ok(())
    }

    fn next_update(&self, draft: &mut Draft) -> Result<()> {
        let proposed = defaults::next_update(draft, self.context, self.when.now);
        let proposed =
            proposed.map_or_else(String::new, |time| format!("; Enter for {}", self.when.show(time)));
        let question = format!("When is the next update? (`45m`, `22:00`{proposed})");
        self.text::<Time>(draft, "next-update", &question, false)
    }
}

fn title_question(kind: IncidentKind) -> &'static str {
    match kind {
        IncidentKind::Incident => "What can't users do? (title)",
        IncidentKind::Maintenance => "What will be done? (title)",
        IncidentKind::Notice => "What should users know? (title)",
    }
}

fn condition(name: &str, now: Option<Condition>) -> Result<Condition> {
    let conditions = [
        Condition::Outage,
        Condition::Partial,
        Condition::Degraded,
        Condition::Maintenance,
        Condition::Unknown,
        Condition::Operational,
    ];
    let at = now.and_then(|now| conditions.iter().position(|condition| *condition == now)).unwrap_or(0);
    let chosen =
        terminal::choose(&format!("{} is…", printable(name)), &conditions.map(Condition::as_str), at)?;
    Ok(conditions.get(chosen).copied().unwrap_or(Condition::Unknown))
}
