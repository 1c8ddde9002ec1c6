//! Runs every file under `vectors/text/`; `vectors/README.md` describes them.

#![expect(clippy::disallowed_methods, reason = "reads the vectors; the crate itself touches no disk")]

use std::collections::BTreeSet;
use std::path::Path;

use outband_keys::{KeyKind, KeyName, SecretKey};
use outband_record::text::{Problem, Redaction, Revocation, Roster, Site, Text, TextError, Update};

const TYPES: [&str; 5] = ["update", "site", "roster", "removal", "redaction"];

const PROBLEMS: [&str; 11] = [
    "UnknownType",
    "NotAHeader",
    "UnknownHeader",
    "WrongOrder",
    "Duplicate",
    "Repeated",
    "Missing",
    "Forbidden",
    "Value",
    "Body",
    "Form",
];

#[test]
fn every_vector_has_the_expected_outcome() {
    let wrong: Vec<_> = cases().iter().filter_map(|case| case.check().err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A value's form depends only on its type, so lines with values of the same form may share vectors: `grammar.rs` tests
/// each line with all of them.
#[test]
fn every_form_of_value_in_each_type_has_an_accepted_and_a_refused_vector() {
    let cases = cases();
    for grammar in Text::GRAMMARS {
        let of_type: Vec<_> = cases.iter().filter(|case| case.kind == grammar.kind).collect();
        for line in grammar.lines {
            let same = grammar.lines.iter().filter(|other| other.expected == line.expected);
            let names: Vec<_> = same.map(|other| other.header.name).collect();
            let accepted = |case: &&&Case| {
                let is_about = |name: &&str| {
                    case.about.as_deref() == Some(name) && case.text.contains(&format!("\n{name}: "))
                };
                case.expect == "ok" && names.iter().any(is_about)
            };
            let refused =
                |case: &&&Case| names.iter().any(|name| case.expect.splitn(4, ' ').nth(3) == Some(name));
            assert!(
                of_type.iter().any(|case| accepted(&case)),
                "no accepted {} is about {names:?}",
                grammar.kind
            );
            assert!(
                of_type.iter().any(|case| refused(&case)),
                "no refused {} is about {names:?}",
                grammar.kind
            );
        }
    }
}

#[test]
fn every_problem_has_a_vector() {
    let seen: BTreeSet<_> =
        cases().iter().filter_map(|case| case.expect.split(' ').nth(2).map(str::to_owned)).collect();
    assert_eq!(seen, PROBLEMS.map(str::to_owned).into());
}

#[test]
fn the_keys_of_the_vectors_are_those_of_the_documented_seeds() {
    let files: String = cases().into_iter().map(|case| case.text).collect();
    for (seed, name, kind) in [
        (1, "alice/phone", KeyKind::Note),
        (2, "bob/laptop", KeyKind::Note),
        (3, "carol/laptop", KeyKind::Ssh),
        (4, "station1", KeyKind::Cosignature),
        (5, "log1", KeyKind::Note),
        (7, "alice/root", KeyKind::Note),
        (8, "alice/spare", KeyKind::Note),
        (9, "bob/root", KeyKind::Note),
        (10, "carol/root", KeyKind::Note),
        (11, "station2", KeyKind::Cosignature),
        (12, "log2", KeyKind::Note),
    ] {
        let full = KeyName::parse(&format!("status.example.net/{name}")).unwrap();
        let key = SecretKey::from_seed(full, kind, [seed; 32]).verifier().to_string();
        assert!(files.contains(&format!(": {key}\n")), "{key} is in no vector");
    }
}

/// One file: header lines `name: value`, a line `---`, and the text.
pub(crate) struct Case {
    pub(crate) file: String,
    kind: &'static str,
    pub(crate) expect: String,
    about: Option<String>,
    says: Option<String>,
    why: String,
    pub(crate) text: String,
}

/// The texts of the accepted vectors of all types.
pub(crate) fn accepted_vectors() -> Vec<String> {
    cases().into_iter().filter(|case| case.expect == "ok").map(|case| case.text).collect()
}

/// The texts of the refused vectors of all types.
pub(crate) fn refused_vectors() -> Vec<String> {
    cases().into_iter().filter(|case| case.expect != "ok").map(|case| case.text).collect()
}

pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/text");
    let folders: BTreeSet<_> = entries(&folder).into_iter().collect();
    assert_eq!(folders, TYPES.map(str::to_owned).into(), "one folder per type");
    let of_kind = |kind: &'static str| {
        let files = entries(&folder.join(kind));
        assert!(!files.is_empty(), "no vectors in {kind}");
        let folder = folder.clone();
        files.into_iter().map(move |file| Case::read(&folder.join(kind).join(file), kind))
    };
    TYPES.into_iter().flat_map(of_kind).collect()
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

impl Case {
    fn read(path: &Path, kind: &'static str) -> Self {
        let content = String::from_utf8(std::fs::read(path).unwrap()).unwrap();
        let (head, text) = content.split_once("\n---\n").expect("a line `---`");
        let one = |name: &str| {
            let lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).next()
        };
        let file = path.display().to_string();
        Self {
            kind,
            expect: one("expect").unwrap_or_else(|| panic!("{file} expects nothing")),
            about: one("about"),
            says: one("says"),
            why: one("why").unwrap_or_else(|| panic!("{file} does not say why")),
            text: text.to_owned(),
            file,
        }
    }
}

impl Case {
    fn check(&self) -> Result<(), String> {
        let Self { file, kind, expect, why, text, .. } = self;
        let wrong = |what: String| Err(format!("{file}: {what} ({why})"));
        let parsed = Text::parse(text);
        let found = outcome(&parsed);
        if found != *expect {
            return wrong(format!("{found}, not {expect}"));
        }
        let taken = parsers_that_take(text);
        match parsed {
            Ok(parsed) if parsed.print() != *text => wrong("does not print back".to_owned()),
            Ok(parsed) if parsed.kind() != *kind => wrong(format!("is a {}", parsed.kind())),
            Ok(_) if taken != [*kind] => wrong(format!("is taken as {taken:?}")),
            Err(_) if !taken.is_empty() => wrong(format!("is taken as {taken:?}")),
            Err(error) => {
                let says = self.says.as_deref().unwrap_or_default();
                let message = error.to_string();
                if message.contains(says) {
                    Ok(())
                } else {
                    wrong(format!("{message:?} does not say {says:?}"))
                }
            }
            Ok(_) => Ok(()),
        }
    }
}

/// The result as written in `expect`: `ok`, or the line, the problem and, if it has one, the header's name.
fn outcome(parsed: &Result<Text, TextError>) -> String {
    let Err(TextError { line, problem }) = parsed else { return "ok".to_owned() };
    let logged = match problem {
        Problem::UnknownType { .. } => "UnknownType".to_owned(),
        Problem::NotAHeader { .. } => "NotAHeader".to_owned(),
        Problem::UnknownHeader { name, .. } => format!("UnknownHeader {name}"),
        Problem::WrongOrder { name, .. } => format!("WrongOrder {name}"),
        Problem::Duplicate { name } => format!("Duplicate {name}"),
        Problem::Repeated { name, .. } => format!("Repeated {name}"),
        Problem::Missing { name, .. } => format!("Missing {name}"),
        Problem::Forbidden { name, .. } => format!("Forbidden {name}"),
        Problem::Value { name, .. } => format!("Value {name}"),
        Problem::Body { .. } => "Body".to_owned(),
        Problem::Form { .. } => "Form".to_owned(),
        other => panic!("{other:?} is not among PROBLEMS"),
    };
    format!("line {line}: {logged}")
}

/// The types whose own parser accepts `text`: at most one.
fn parsers_that_take(text: &str) -> Vec<&'static str> {
    let takes = |kind: &&str| match *kind {
        "update" => Update::parse(text).is_ok(),
        "site" => Site::parse(text).is_ok(),
        "roster" => Roster::parse(text).is_ok(),
        "removal" => Revocation::parse(text).is_ok(),
        _ => Redaction::parse(text).is_ok(),
    };
    TYPES.into_iter().filter(takes).collect()
}
