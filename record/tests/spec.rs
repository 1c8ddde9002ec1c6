//! SPEC.md and the code list the same header lines.

use std::collections::BTreeSet;

use outband_record::text::{Carried, Grammar, Header, Occurs, Text, Update};

const SPEC: &str = include_str!("../../SPEC.md");

#[test]
fn each_table_has_the_lines_of_its_type_in_their_order() {
    for grammar in Text::GRAMMARS {
        let lines = grammar.lines.iter().map(|line| (line.header.name.to_owned(), line.header.occurs));
        assert_eq!(table(&grammar), lines.collect::<Vec<_>>(), "{}", grammar.first_line);
    }
}

#[test]
fn it_names_the_lines_of_a_translation() {
    let named = quoted(between("\nA translation has ", "\n\n")).concat();
    assert_eq!(named.split(' ').collect::<Vec<_>>(), names(|header| header.in_translation));
}

#[test]
fn it_names_the_lines_that_are_not_carried_and_those_that_merge() {
    let carried = between("\n- Stated lines ", "\n- ");
    let (merged, not) = carried.split_once("Not carried").unwrap();
    let set = |names: Vec<String>| names.into_iter().collect::<BTreeSet<_>>();
    assert_eq!(set(quoted(not)), set(names(|header| header.carried == Carried::No)));
    assert_eq!(set(quoted(merged)), set(names(|header| header.carried == Carried::Merged)));
}

fn names(is_meant: impl Fn(&Header) -> bool) -> Vec<String> {
    Update::HEADERS.iter().filter(|header| is_meant(header)).map(|header| header.name.to_owned()).collect()
}

/// The rows of a type's table: ``| `name`, `name` | ! | … |``.
fn table(grammar: &Grammar) -> Vec<(String, Occurs)> {
    let section = between(&format!("\n### `{}`\n", grammar.first_line), "\n#");
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let cells = rows.map(|row| row.split('|').collect::<Vec<_>>());
    cells.flat_map(|cells| quoted(cells[1]).into_iter().map(move |name| (name, occurs(cells[2])))).collect()
}

fn occurs(mark: &str) -> Occurs {
    match mark.trim() {
        "!" => Occurs::One,
        "" => Occurs::Maybe,
        r"\*" => Occurs::Many,
        other => panic!("{other:?} is no mark"),
    }
}

fn quoted(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn between(start: &str, end: &str) -> &'static str {
    let (_, rest) = SPEC.split_once(start).unwrap_or_else(|| panic!("SPEC.md has no {start:?}"));
    rest.split_once(end).unwrap_or_else(|| panic!("nothing ends {start:?}")).0
}
