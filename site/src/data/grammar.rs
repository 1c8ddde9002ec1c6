//! The grammar of each type of text, for programs that compose texts elsewhere: `outband grammar --json`, and the
//! console.

use outband_record::text::{Carried, Grammar, Line, Occurs, Text};
use serde::Serialize;

/// The document. While `v` is 1, members may be added, but never changed or removed.
#[derive(Clone, Debug, Serialize)]
pub struct Grammars {
    v: u8,
    types: Vec<Type>,
}

#[derive(Clone, Debug, Serialize)]
struct Type {
    r#type: &'static str,
    first_line: &'static str,
    body: bool,
    lines: Vec<Header>,
}

#[derive(Clone, Debug, Serialize)]
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

impl Grammars {
    /// The grammar of every type.
    pub fn new() -> Self {
        Self::of(&Text::GRAMMARS)
    }

    /// The grammar of these types.
    pub(crate) fn of(grammars: &[Grammar]) -> Self {
        let type_of = |grammar: &Grammar| Type {
            r#type: grammar.kind,
            first_line: grammar.first_line,
            body: grammar.has_body,
            lines: grammar.lines.iter().map(Header::from).collect(),
        };
        Self { v: 1, types: grammars.iter().map(type_of).collect() }
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

impl Default for Grammars {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_json_has_every_line_and_its_rules() {
        let json: serde_json::Value = serde_json::to_value(Grammars::new()).unwrap();
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
}
