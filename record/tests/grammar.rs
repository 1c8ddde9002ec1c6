//! Every header line of every type prints and parses back, according to the tables that generate the parsers.

use std::collections::BTreeSet;

use outband_record::text::{Grammar, Occurs, Problem, Text};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::properties::VECTORS;
use crate::text::refused_vectors;

#[test]
fn every_line_of_every_type_reads_back() {
    for grammar in Text::GRAMMARS {
        for line in grammar.lines {
            let name = line.header.name;
            let texts = texts_with(&grammar, name);
            assert!(
                !texts.is_empty(),
                "no text of type {} with {name:?}: is there a vector with one?",
                grammar.kind
            );
            for text in texts {
                reads_back(&grammar, &text).unwrap();
            }
        }
    }
}

#[test]
fn help_texts_are_the_doc_comments_without_a_full_stop() {
    let helps = |grammar: &Grammar| grammar.lines.iter().map(|line| line.help).collect::<BTreeSet<_>>();
    for grammar in Text::GRAMMARS {
        for help in helps(&grammar) {
            assert!(!help.is_empty() && help == help.trim() && !help.ends_with('.'), "{help:?}");
        }
        // One text each, or nearly: some lines are in several types.
        assert!(helps(&grammar).len() * 2 > grammar.lines.len(), "{}", grammar.kind);
    }
}

#[test]
fn every_line_refuses_each_value_that_is_refused_on_a_line_of_its_form() {
    for grammar in Text::GRAMMARS {
        for line in grammar.lines {
            let name = line.header.name;
            let values = refused_values(line.expected);
            assert!(!values.is_empty(), "no vector refuses a value like {name:?} of {}", grammar.kind);
            for value in values {
                let text = replaced(&grammar, name, &value);
                let refused = matches!(
                    Text::parse(&text).map_err(|error| error.problem),
                    Err(Problem::Value { name: found, .. }) if found == name
                );
                assert!(refused, "{:?}: {text}", Text::parse(&text));
            }
        }
    }
}

#[test]
fn a_line_is_required_or_not_and_repeated_or_not_as_the_table_says() {
    for grammar in Text::GRAMMARS {
        for line in grammar.lines {
            let name = line.header.name;
            for text in texts_with(&grammar, name) {
                let is_it = |row: &&str| row.starts_with(&format!("{name}: "));
                let without: Vec<_> = text.split('\n').filter(|row| !is_it(row)).collect();
                if line.header.occurs == Occurs::One {
                    assert!(Text::parse(&without.join("\n")).is_err(), "without {name:?}: {text}");
                }
                let row = text.split('\n').find(is_it).unwrap();
                let twice = text.replacen(row, &format!("{row}\n{row}"), 1);
                let error = Text::parse(&twice).unwrap_err().to_string();
                let repeated = error.contains("appears twice") || error.contains("a second");
                assert!(repeated, "{name:?} twice: {error}");
                assert_eq!(error.contains("a second"), line.header.occurs != Occurs::Many, "{error}");
            }
        }
    }
}

#[test]
fn names_and_help_are_fit_to_be_options() {
    for grammar in Text::GRAMMARS {
        let names: BTreeSet<_> = grammar.lines.iter().map(|line| line.header.name).collect();
        assert_eq!(names.len(), grammar.lines.len(), "{} has a duplicate name", grammar.kind);
        assert_eq!(grammar.first_line, format!("outband {} v1", grammar.kind));
        for line in grammar.lines {
            let name = line.header.name;
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name:?}");
            assert!(!line.help.is_empty() && line.help.trim() == line.help, "{name}: {:?}", line.help);
            assert!(!line.help.ends_with('.') && !line.help.contains('\n'), "{name}: {:?}", line.help);
        }
    }
}

proptest! {
    /// An accepted text with lines of other texts mixed in; some break rules that involve several lines.
    #[test]
    fn mixed_lines_are_refused_or_read_back((grammar, text, rows) in mixed_lines()) {
        let text = rows.iter().fold(text, |text, row| with(&grammar, &text, row));
        if Text::parse(&text).is_ok() {
            reads_back(&grammar, &text)?;
        }
    }
}

fn mixed_lines() -> impl Strategy<Value = (Grammar, String, Vec<String>)> {
    let type_of = |grammar: Grammar| (grammar, vectors(&grammar), known_rows(&grammar));
    let (types, most) = (Text::GRAMMARS.map(type_of), 6);
    select(types.to_vec()).prop_flat_map(move |(grammar, texts, rows)| {
        (Just(grammar), select(texts), subsequence(rows.clone(), 0..=rows.len().min(most)))
    })
}

/// Checks that the text prints back the same, and has the values of its lines for each header.
fn reads_back(grammar: &Grammar, text: &str) -> Result<(), TestCaseError> {
    let parsed = Text::parse(text).map_err(|error| TestCaseError::fail(format!("{error}: {text}")))?;
    prop_assert_eq!(&parsed.print(), text);
    for line in grammar.lines {
        let name = line.header.name;
        let stated: Vec<_> = rows(text).filter(|(found, _)| *found == name).map(|(_, value)| value).collect();
        prop_assert_eq!(values(&parsed, name), stated, "{} of {}", name, text);
    }
    Ok(())
}

fn values(text: &Text, header: &str) -> Vec<String> {
    match text {
        Text::Update(text) => text.values(header),
        Text::Site(text) => text.values(header),
        Text::Roster(text) => text.values(header),
        Text::Revocation(text) => text.values(header),
        Text::Redaction(text) => text.values(header),
    }
}

/// Accepted texts that have a given line: vectors, and the smallest vector with that line added, with every value of
/// its form found in the vectors. So a new line in the table is tested even without its own vector.
fn texts_with(grammar: &Grammar, name: &str) -> Vec<String> {
    let has_it = |text: &String| rows(text).any(|(found, _)| found == name);
    let smallest = vectors(grammar).into_iter().min_by_key(String::len).unwrap();
    let known = known_rows(grammar).into_iter().map(|row| with(grammar, &smallest, &row));
    let composed = known.filter(|text| Text::parse(text).is_ok());
    vectors(grammar).into_iter().chain(composed).filter(has_it).collect()
}

/// Each header of the type, with each value that any vector has on a line of the same form.
fn known_rows(grammar: &Grammar) -> Vec<String> {
    let mut known = BTreeSet::new();
    for other in &Text::GRAMMARS {
        for text in vectors(other) {
            for (name, value) in rows(&text) {
                let of = other.lines.iter().find(|line| line.header.name == name).unwrap();
                let same = grammar.lines.iter().filter(|line| line.expected == of.expected);
                known.extend(same.map(|line| format!("{}: {value}", line.header.name)));
            }
        }
    }
    known.into_iter().collect()
}

/// The values that vectors refuse for not being of this form.
fn refused_values(form: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for text in refused_vectors() {
        if let Problem::Value { value, expected, .. } = Text::parse(&text).unwrap_err().problem
            && expected == form
        {
            values.insert(value);
        }
    }
    values
}

/// The smallest vector with this line in place of any of its name.
fn replaced(grammar: &Grammar, name: &str, value: &str) -> String {
    let smallest = vectors(grammar).into_iter().min_by_key(String::len).unwrap();
    let others: Vec<_> = smallest.split('\n').filter(|row| !row.starts_with(&format!("{name}: "))).collect();
    with(grammar, &others.join("\n"), &format!("{name}: {value}"))
}

/// The text with one line added in its place.
fn with(grammar: &Grammar, text: &str, row: &str) -> String {
    let place =
        |row: &str| grammar.lines.iter().position(|line| row.starts_with(&format!("{}: ", line.header.name)));
    let (head, body) = text.trim_end_matches('\n').split_once("\n\n").unwrap_or((text.trim_end(), ""));
    let later = head.lines().skip(1).position(|other| place(other) > place(row));
    let mut lines: Vec<_> = head.lines().collect();
    lines.insert(later.map_or(lines.len(), |later| later + 1), row);
    let body = if body.is_empty() { String::new() } else { format!("\n{body}\n") };
    format!("{}\n{body}", lines.join("\n"))
}

/// The header lines of a text, as name and value.
fn rows(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("\n\n").next().unwrap_or_default().lines().filter_map(|row| row.split_once(": "))
}

/// The accepted vectors of a type.
fn vectors(grammar: &Grammar) -> Vec<String> {
    VECTORS.iter().filter(|text| text.lines().next() == Some(grammar.first_line)).cloned().collect()
}
