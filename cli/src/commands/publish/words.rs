//! Options of `publish`: one for each line of an update that a person writes.

use anyhow::{Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use outband_record::text::{Line, Occurs, Update};

use crate::commands::publish::draft::Draft;

/// Values have the same form as in the text, except that `=` replaces the first space in values of two parts
/// (`--affects exchange=outage`), and future times may be durations (`--next-update 45m`).
pub(super) struct Words {
    lines: Vec<(&'static Line, String)>,
    body: Option<String>,
}

impl Words {
    /// Adds the options to `draft`. A line that may not be repeated must not be in it already.
    pub(super) fn put_into(&self, draft: &mut Draft) -> Result<()> {
        for (line, value) in &self.lines {
            let name = line.header.name;
            if line.header.occurs != Occurs::Many && draft.value(name).is_some() {
                bail!("{name} is said twice: in the file, and with --{name}; nothing was signed");
            }
            let value = if has_two_parts(line) { value.replacen('=', " ", 1) } else { value.clone() };
            draft.add(name, &value)?;
        }
        if let Some(body) = &self.body {
            draft.set_body(body);
        }
        Ok(())
    }

    /// Whether any option was given.
    pub(super) fn are_any(&self) -> bool {
        let mut draft = Draft::default();
        self.put_into(&mut draft).is_err() || draft != Draft::default()
    }
}

impl clap::Args for Words {
    fn augment_args(command: Command) -> Command {
        let body = Arg::new(BODY).long(BODY).value_name("TEXT").help("More, in paragraphs of plain text");
        let options = lines().map(option).chain([body]);
        command.args(options.map(|option| option.help_heading("Lines of the update")))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Words {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut words = Self { lines: Vec::new(), body: matches.get_one(BODY).cloned() };
        for line in lines() {
            let name = line.header.name;
            if let Some(only) = only_value(line) {
                words.lines.extend(matches.get_flag(name).then(|| (line, only.to_owned())));
            } else {
                let values = matches.get_many::<String>(name).unwrap_or_default();
                words.lines.extend(values.map(|value| (line, value.clone())));
            }
        }
        Ok(words)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The lines of an update that a person writes, in the grammar's order.
pub(super) fn lines() -> impl Iterator<Item = &'static Line> {
    Update::GRAMMAR.lines.iter().filter(|line| !line.by_program)
}

/// A line's help text, followed by notes in brackets: its `form`, whether it may be repeated, whether it may be a
/// duration.
pub(super) fn explanation(line: &Line, form: Option<&str>) -> String {
    let ahead = line.ahead.then_some("TIME may be 45m, 2h or 1d from now");
    let repeated = (line.header.occurs == Occurs::Many).then_some("may be repeated");
    let notes: Vec<&str> = form.into_iter().chain(ahead).chain(repeated).collect();
    if notes.is_empty() { line.help.to_owned() } else { format!("{} ({})", line.help, notes.join("; ")) }
}

const BODY: &str = "body";

fn option(line: &'static Line) -> Arg {
    let name = line.header.name;
    let option = Arg::new(name).long(name).help(explanation(line, None));
    if only_value(line).is_some() {
        return option.action(ArgAction::SetTrue);
    }
    let form = line.form.map_or_else(|| name.to_uppercase(), |form| form.replace(' ', "="));
    let may_be_repeated = line.header.occurs == Occurs::Many;
    let action = if may_be_repeated { ArgAction::Append } else { ArgAction::Set };
    option.value_name(form).action(action)
}

fn has_two_parts(line: &Line) -> bool {
    line.form.is_some_and(|form| form.split(' ').count() == 2)
}

/// The only possible value of a line, if its form has no placeholders.
fn only_value(line: &Line) -> Option<&'static str> {
    line.form.filter(|form| !form.contains(|c: char| c.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, error::ErrorKind};

    use super::*;

    fn said(arguments: &[&str]) -> Result<Words, clap::Error> {
        let command = Words::augment_args(Command::new("publish").no_binary_name(true));
        command.try_get_matches_from(arguments).and_then(|matches| Words::from_arg_matches(&matches))
    }

    #[test]
    fn each_line_that_a_person_writes_has_its_option() {
        for line in lines() {
            let option = format!("--{}", line.header.name);
            let arguments = if only_value(line).is_some() { vec![&*option] } else { vec![&*option, "a=b"] };
            let mut draft = Draft::default();
            said(&arguments).unwrap().put_into(&mut draft).unwrap();
            let value = only_value(line).unwrap_or(if has_two_parts(line) { "a b" } else { "a=b" });
            assert_eq!(draft.lines().collect::<Vec<_>>(), [(line.header.name, value)]);
            let twice = said(&[&*arguments, &*arguments].concat()).map_err(|error| error.kind());
            let may_repeat = line.header.occurs == Occurs::Many;
            assert_eq!(twice.is_ok(), may_repeat, "{option}");
            assert!(may_repeat || twice.is_err_and(|kind| kind == ErrorKind::ArgumentConflict), "{option}");
        }
        for name in ["origin", "id", "time", "seen"] {
            assert!(said(&[&format!("--{name}"), "x"]).is_err(), "{name} is filled in by the program");
        }
    }

    #[test]
    fn what_the_file_says_is_not_said_again() {
        let mut draft = Draft::parse("title: Mail is down\naffects: exchange outage").unwrap();
        said(&["--affects", "voice=partial", "--drill", "--body", "More."])
            .unwrap()
            .put_into(&mut draft)
            .unwrap();
        assert_eq!(draft.lines().filter(|(name, _)| *name == "affects").count(), 2);
        assert_eq!((draft.value("drill"), draft.body()), (Some("yes"), Some("More.")));
        let error = said(&["--title", "Voice is down"]).unwrap().put_into(&mut draft).unwrap_err();
        assert!(error.to_string().contains("title is said twice"), "{error}");
    }

    #[test]
    fn nothing_said_is_nothing() {
        assert!(!said(&[]).unwrap().are_any());
        assert!(said(&["--drill"]).unwrap().are_any());
        assert!(said(&["--body", "More."]).unwrap().are_any());
        assert!(!said(&["--body", " "]).unwrap().are_any());
    }
}
