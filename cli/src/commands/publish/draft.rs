//! A draft of an update: header lines in any order, and a body. It comes from a text, and from the options of `publish`,
//! one for each line that a person writes.
//!
//! ```text
//! # before the body, lines that begin with # are comments
//! title: Mail is down in all US datacenters
//! affects: exchange outage
//! next-update: 30m
//!
//! We see heavy packet loss between edge and core.
//! ```

use anyhow::{Context as _, Result, bail};
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches};
use outband_keys::quoted;
use outband_record::text::{Line, Occurs, Problem, Update, tidy};

use crate::completion;
use crate::nearest::did_you_mean;

/// Header lines of an update, and its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Draft {
    lines: Vec<(String, String)>,
    body: Option<String>,
}

impl Draft {
    /// Reads a text as people's tools write it, in any of their encodings. Also returns what was tidied.
    pub(crate) fn read(bytes: &[u8]) -> Result<(Self, Vec<&'static str>)> {
        let tidied = tidy(bytes)?;
        let draft = Self::parse_numbered(&tidied.text(), |line| tidied.typed(line))?;
        Ok((draft, tidied.changes.iter().map(|change| change.what).collect()))
    }

    /// Reads header lines and a body. Before the body, lines that begin with `#` are comments, and lines without a value
    /// are left out.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        Self::parse_numbered(text, Some)
    }

    /// `typed` gives the number of a line as its author counts.
    fn parse_numbered(text: &str, typed: impl Fn(usize) -> Option<usize>) -> Result<Self> {
        let mut draft = Self::default();
        let mut rows = text.lines().enumerate();
        let mut has_begun = false;
        for (at, row) in rows.by_ref().filter(|(_, row)| !row.starts_with('#')) {
            match row.trim() {
                "" if has_begun => break,
                "" | Update::FIRST_LINE => {}
                row => {
                    draft.add_row(row).with_context(|| format!("line {}", typed(at + 1).unwrap_or(at + 1)))?
                }
            }
            has_begun |= !row.trim().is_empty();
        }
        let body: Vec<&str> = rows.map(|(_, row)| row).collect();
        draft.set_body(&body.join("\n"));
        Ok(draft)
    }

    fn add_row(&mut self, row: &str) -> Result<()> {
        match row.split_once(':').map(|(name, value)| (name.trim(), value.trim())) {
            Some((_, "")) => Ok(()),
            Some((name, value)) => self.add(&name.to_lowercase(), value),
            None => bail!(
                "{} is not a header line; write `name: value`, and the body after an empty line",
                quoted(row)
            ),
        }
    }

    /// Adds a header line.
    pub(crate) fn add(&mut self, name: &str, value: &str) -> Result<()> {
        let known = Update::HEADERS.iter().map(|header| header.name);
        if !known.clone().any(|known| known == name) {
            let near = did_you_mean(name, known.clone());
            let known: Vec<_> = known.collect();
            bail!("an update has no line {}{near}\nIt has: {}", quoted(name), known.join(", "));
        }
        self.lines.push((name.to_owned(), value.to_owned()));
        Ok(())
    }

    /// Replaces every line of this name by one with this value.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<()> {
        self.remove(name);
        self.add(name, value)
    }

    /// Removes every line of this name.
    pub(super) fn remove(&mut self, name: &str) {
        self.lines.retain(|(found, _)| found != name);
    }

    /// Sets the body; none if it is only white space.
    pub(super) fn set_body(&mut self, body: &str) {
        let body = body.trim();
        self.body = (!body.is_empty()).then(|| body.to_owned());
    }

    /// The first value of a header.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.lines.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Adds a header line unless there already is one with that name.
    pub(super) fn fill(&mut self, name: &str, value: &str) -> Result<()> {
        if self.value(name).is_some() { Ok(()) } else { self.add(name, value) }
    }

    /// Every header line, as name and value.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The same, to replace values.
    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = (&str, &mut String)> {
        self.lines.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether nothing has been written yet.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.body.is_none()
    }

    /// The body.
    pub(super) fn body(&self) -> Option<&str> {
        self.body.as_deref()
    }

    /// The text in the order of the grammar.
    pub(super) fn print(&self) -> String {
        let mut text = format!("{}\n", Update::FIRST_LINE);
        for header in Update::HEADERS {
            for (name, value) in self.lines.iter().filter(|(name, _)| name == header.name) {
                text.push_str(&format!("{name}: {value}\n"));
            }
        }
        if let Some(body) = &self.body {
            text.push_str(&format!("\n{body}\n"));
        }
        text
    }

    /// The update, as [`tidied`](Self::tidied).
    pub(crate) fn update(&self) -> Result<Update> {
        self.tidied().map(|(update, _)| update)
    }

    /// Tidies and parses the update; also returns what was tidied. Errors name the line by its header, since the draft's
    /// order differs.
    pub(super) fn tidied(&self) -> Result<(Update, Vec<&'static str>)> {
        let tidied = tidy(self.print().as_bytes()).context("this cannot be signed")?;
        let update = Update::parse(&tidied.text()).map_err(|error| match error.problem {
            Problem::Missing { .. } | Problem::Value { .. } | Problem::Forbidden { .. } => {
                error.problem.into()
            }
            _ => anyhow::Error::from(error),
        });
        let changes = tidied.changes.iter().map(|change| change.what).collect();
        Ok((update.context("this cannot be signed yet")?, changes))
    }
}

/// The options for the lines of an update, and for its body.
///
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
                bail!("{name} is given twice: in the file, and with --{name}");
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
    let ahead = line.ahead.then_some("TIME may be 45m, 2 hours or 22:00");
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
    let option = option.value_name(form).action(action);
    match name {
        "affects" => option.add(completion::affected()),
        "unaffected" => option.add(completion::components()),
        "phase" => option.add(completion::phases()),
        "incident" | "continues-in" => option.add(completion::incidents()),
        _ => option,
    }
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
    use jiff::tz::TimeZone;
    use outband_record::time::Time;

    use super::super::times;
    use super::*;
    use crate::when::When;

    #[test]
    fn lines_in_any_order_become_an_update() {
        let text = "# a comment\ntitle: Mail is down\naffects: exchange outage\nsummary:\nid: 6f1ed002ab5595859014ebf0951522d9\norigin: status.example.net\nphase: investigating\nnext-update: +30m\neta: 2h\ntime: 2013-09-03T11:00:00Z\nincident: mail\n\nFirst.\n\nSecond.\n";
        let mut draft = Draft::parse(text).unwrap();
        let now = Time::parse("2013-09-03T11:00:00Z").unwrap();
        times::settle(&mut draft, &When { now, zone: TimeZone::UTC }).unwrap();
        let update = draft.update().unwrap();
        assert_eq!(update.print(), draft.print());
        assert_eq!(update.next_update.unwrap().to_string(), "2013-09-03T11:30:00Z");
        assert_eq!(update.eta.unwrap().to_string(), "2013-09-03T13:00:00Z likely");
        assert_eq!(update.body.as_deref(), Some("First.\n\nSecond.\n"));
    }

    #[test]
    fn problems_name_the_header() {
        let error = |text| format!("{:#}", Draft::parse(text).unwrap_err());
        assert!(
            error("\n# a comment\ntilte: Mail")
                .starts_with("line 3: an update has no line \"tilte\"; did you mean title")
        );
        assert!(error("Mail is down").contains("not a header line"));
        let draft = Draft::parse("origin: x\nid: y").unwrap();
        let error = format!("{:#}", draft.update().unwrap_err());
        assert!(error.contains("\"id\" has the value \"y\""), "{error}");
    }

    #[test]
    fn texts_are_read_as_tools_write_them() {
        let text = "# for the night\r\nTitle: Mail is down\u{a0}\r\nAFFECTS: mail outage\t\r\n\r\nCall \u{2067}us\u{2069}.\r\n";
        let utf16: Vec<u8> =
            "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let marked = format!("\u{feff}{text}");
        for bytes in [text.as_bytes(), marked.as_bytes(), &utf16] {
            let (draft, changes) = Draft::read(bytes).unwrap();
            assert_eq!(draft.value("title"), Some("Mail is down"));
            assert_eq!(draft.value("affects"), Some("mail outage"));
            assert!(changes.contains(&"changed line ends to plain newlines"), "{changes:?}");
        }
        let error = format!("{:#}", Draft::read(b"# one\n\n\ntitle: Mail\ntilte: Mail\n").unwrap_err());
        assert!(error.starts_with("line 5: "), "the line of the user's file: {error}");
    }

    #[test]
    fn comments_end_where_the_body_begins() {
        let draft =
            Draft::parse("# for the night\n\nTitle: Mail is down\n# soon\n\n# 1 of 2\n\nWe look.\n").unwrap();
        assert_eq!(draft.value("title"), Some("Mail is down"));
        assert_eq!(draft.body(), Some("# 1 of 2\n\nWe look."));
    }

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
    fn options_do_not_repeat_lines_of_the_file() {
        let mut draft = Draft::parse("title: Mail is down\naffects: exchange outage").unwrap();
        said(&["--affects", "voice=partial", "--drill", "--body", "More."])
            .unwrap()
            .put_into(&mut draft)
            .unwrap();
        assert_eq!(draft.lines().filter(|(name, _)| *name == "affects").count(), 2);
        assert_eq!((draft.value("drill"), draft.body()), (Some("yes"), Some("More.")));
        let error = said(&["--title", "Voice is down"]).unwrap().put_into(&mut draft).unwrap_err();
        assert!(error.to_string().contains("title is given twice"), "{error}");
    }

    #[test]
    fn options_are_noticed_if_any_is_given() {
        assert!(!said(&[]).unwrap().are_any());
        assert!(said(&["--drill"]).unwrap().are_any());
        assert!(said(&["--body", "More."]).unwrap().are_any());
        assert!(!said(&["--body", " "]).unwrap().are_any());
    }
}
