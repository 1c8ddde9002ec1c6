//! `outband grammar`: the lines of each type of text, for people and for programs that compose texts elsewhere.

use anyhow::Result;
use outband_record::text::{Carried, Grammar, Line, Occurs, Text};
use serde::Serialize;

use crate::terminal::QUIET;

/// Show which lines each type of text may have, in their order.
///
/// Programs that compose texts elsewhere, such as a console on a phone, read the same as JSON.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  outband grammar\n  outband grammar --json")]
pub(crate) struct GrammarCommand {
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

impl GrammarCommand {
    /// Needs neither settings nor network.
    pub(crate) fn run(self) -> Result<()> {
        if self.json {
            anstream::println!("{}", serde_json::to_string(&Document::new())?);
        } else {
            anstream::print!("{}", table());
        }
        Ok(())
    }
}

fn table() -> String {
    let lines = || Text::GRAMMARS.iter().flat_map(|grammar| grammar.lines);
    let width = lines().map(|line| line.header.name.len()).max().unwrap_or_default();
    let mut text = "! required   * may be repeated\n".to_owned();
    for Grammar { first_line, lines, has_body, .. } in Text::GRAMMARS {
        text.push_str(&format!("\n{first_line}\n"));
        for line in lines {
            let mark = match line.header.occurs {
                Occurs::One => '!',
                Occurs::Maybe => ' ',
                Occurs::Many => '*',
            };
            text.push_str(&format!("{mark} {:width$}  {}\n", line.header.name, line.help));
            text.push_str(&format!("  {:width$}  {QUIET}{}{QUIET:#}\n", "", line.expected));
        }
        if has_body {
            text.push_str("\n  An empty line and a body may follow: paragraphs of plain text.\n");
        }
    }
    text
}

/// While `v` is 1, members may be added, but never changed or removed.
#[derive(Serialize)]
struct Document {
    v: u8,
    types: [Type; 5],
}

#[derive(Serialize)]
struct Type {
    r#type: &'static str,
    first_line: &'static str,
    body: bool,
    lines: Vec<Header>,
}

#[derive(Serialize)]
struct Header {
    name: &'static str,
    /// `one`, `maybe`, `many`
    occurs: &'static str,
    /// Its parts, with placeholders in capitals; absent if it has a single part.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    /// A description of valid values.
    expected: &'static str,
    help: &'static str,
    /// `no`, `last`, `merged`
    carried: &'static str,
    in_translation: bool,
    /// Whether a program fills it in.
    by_program: bool,
}

impl Document {
    fn new() -> Self {
        let type_of = |grammar: Grammar| Type {
            r#type: grammar.kind,
            first_line: grammar.first_line,
            body: grammar.has_body,
            lines: grammar.lines.iter().map(Header::from).collect(),
        };
        Self { v: 1, types: Text::GRAMMARS.map(type_of) }
    }
}

impl From<&Line> for Header {
    fn from(line: &Line) -> Self {
        Self {
            name: line.header.name,
            occurs: match line.header.occurs {
                Occurs::One => "one",
                Occurs::Maybe => "maybe",
                Occurs::Many => "many",
            },
            form: line.form,
            expected: line.expected,
            help: line.help,
            carried: match line.header.carried {
                Carried::No => "no",
                Carried::Last => "last",
                Carried::Merged => "merged",
            },
            in_translation: line.header.in_translation,
            by_program: line.by_program,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_every_line_and_its_rules() {
        let json: serde_json::Value = serde_json::to_value(Document::new()).unwrap();
        assert_eq!(json["v"], 1);
        for (printed, grammar) in json["types"].as_array().unwrap().iter().zip(Text::GRAMMARS) {
            assert_eq!(printed["first_line"], grammar.first_line);
            assert_eq!(printed["lines"].as_array().unwrap().len(), grammar.lines.len());
        }
        let update = &json["types"][0];
        assert_eq!((&update["type"], &update["body"]), (&"update".into(), &true.into()));
        let line = |name: &str| {
            update["lines"].as_array().unwrap().iter().find(|line| line["name"] == name).unwrap().clone()
        };
        let affects = line("affects");
        assert_eq!((&affects["occurs"], &affects["carried"]), (&"many".into(), &"merged".into()));
        assert_eq!(
            (&affects["form"], &affects["in_translation"]),
            (&"COMPONENT CONDITION".into(), &false.into())
        );
        let title = line("title");
        assert_eq!((&title["occurs"], &title["carried"]), (&"one".into(), &"last".into()));
        assert_eq!((&title["by_program"], &title["in_translation"]), (&false.into(), &true.into()));
        assert!(title.get("form").is_none() && title["expected"].as_str().unwrap().contains("120"));
        assert_eq!(line("seen")["by_program"], true);
        assert_eq!((&line("drill")["occurs"], &line("drill")["carried"]), (&"maybe".into(), &"no".into()));
    }

    #[test]
    fn the_table_shows_each_name_with_its_mark_and_help() {
        let table = table();
        let rows = [
            "! title           What users can't do, at most 120 characters\n",
            "* affects         A component and its condition",
            "  submit-by       Stations refuse it after this\n",
            "! root-threshold  How many distinct persons among the roots must sign\n",
        ];
        for row in rows {
            assert_eq!(table.matches(row).count(), 1, "{row}: {table}");
        }
        for line in Text::GRAMMARS.iter().flat_map(|grammar| grammar.lines) {
            assert!(table.contains(line.help) && table.contains(line.expected), "{line:?}: {table}");
        }
        assert_eq!(table.matches("and a body may follow").count(), 1);
    }
}
