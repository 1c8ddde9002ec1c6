//! What people type is tidied where it has one meaning, and all its problems are found at once.

use outband_keys::{Damage, NoteError};
use outband_record::text::{Problem, Text, Value as _, tidy};
use proptest::prelude::*;

use crate::text::cases;

const TEXT: &str = "outband update v1
origin: status.example.net
id: 6f1ed002ab5595859014ebf0951522d9
time: 2013-09-03T11:10:00Z
incident: core
phase: investigating
title: Mail\u{a0}is down
affects: mail outage
next-update: 2013-09-03T11:40:00Z

We see heavy packet loss.
# Not a comment

Mail is queued.
";

#[test]
fn each_of_these_has_one_meaning() {
    let changed = |from: &str, to: &str| {
        assert!(TEXT.contains(from), "{from:?}");
        TEXT.replace(from, to).into_bytes()
    };
    let utf16 = |text: &str| text.encode_utf16().collect::<Vec<_>>();
    let little = [vec![0xfeff], utf16(TEXT)].concat().into_iter().flat_map(u16::to_le_bytes).collect();
    let big = utf16(TEXT).into_iter().flat_map(u16::to_be_bytes).collect();
    for (typed, changes) in [
        (TEXT.as_bytes().to_vec(), ""),
        (little, "changed UTF-16 to UTF-8 []"),
        (big, "changed UTF-16 to UTF-8 []"),
        (format!("\u{feff}{TEXT}").into_bytes(), "removed the byte order mark []"),
        (changed("\n", "\r\n"), "changed line ends to plain newlines []"),
        (changed("\n", "\r"), "changed line ends to plain newlines []"),
        (changed("outage\n", "outage \u{a0}\n"), "removed white space at the ends of lines [8]"),
        (changed("We see", "  We see"), "removed white space at the ends of lines [11]"),
        (changed("heavy packet", "heavy\tpacket"), "changed tabs and other spaces to plain spaces [11]"),
        (
            changed("mail outage", "mail\u{a0}\u{2007} outage"),
            "changed tabs and other spaces to plain spaces [8]",
        ),
        (
            changed("\n\n", "\n\n \n\n"),
            "removed white space at the ends of lines [11, 16]; removed empty lines [10, 11, 15, 16]",
        ),
        (changed("v1\n", "v1\n\n"), "removed empty lines [2]"),
        (changed("queued.\n", "queued.\n\n"), "removed empty lines [15]"),
        (
            changed("outband update v1", "Outband  Update v1"),
            "wrote names in lower case and a colon and a space after them [1]",
        ),
        (changed("phase: ", "Phase:"), "wrote names in lower case and a colon and a space after them [6]"),
        (
            changed("phase: ", "phase :\u{a0}"),
            "wrote names in lower case and a colon and a space after them [6]",
        ),
        (
            changed("affects", "scope: \naffects"),
            "removed white space at the ends of lines [8]; left out lines without a value [8]",
        ),
        (
            changed("affects: mail outage\n", "affects: mail outage\naffects: mail outage\n"),
            "left out lines that were there twice [9]",
        ),
        (
            changed(
                "phase: investigating\ntitle: Mail\u{a0}is down\n",
                "title: Mail\u{a0}is down\nphase: investigating\n",
            ),
            "put the header lines in order []",
        ),
        (TEXT.trim_end().into(), "added the newline at the end []"),
    ] {
        let tidied = tidy(&typed).unwrap();
        let found: Vec<_> =
            tidied.changes.iter().map(|change| format!("{} {:?}", change.what, change.lines)).collect();
        let typed = String::from_utf8_lossy(&typed).into_owned();
        assert_eq!((tidied.text().as_str(), found.join("; ").as_str()), (TEXT, changes), "{typed}");
        assert_eq!(tidied.problems(), []);
    }
}

#[test]
fn the_origin_is_added_where_there_is_none() {
    let origin = outband_record::text::Origin::parse("status.example.net").unwrap();
    let mut tidied = tidy(TEXT.replace("origin: status.example.net\n", "").as_bytes()).unwrap();
    tidied.add_origin(&origin);
    tidied.add_origin(&origin);
    assert_eq!(tidied.text(), TEXT);
    assert_eq!(tidied.changes.len(), 1);
    assert_eq!((tidied.typed(1), tidied.typed(2), tidied.typed(3)), (Some(1), None, Some(2)));
}

/// Each with its line as it was typed, also where lines were moved.
#[test]
fn all_problems_are_found_at_once() {
    let typed = "outband update v1

title: Mail is down
time: 11:10
origin: Status
phase: broken
incident: Core network
affects: mail down
effects: mail outage
affects: voice outage
affects: voice partial
impact: none
drill: no
submit-by: yesterday

-----BEGIN
Fine.
— nobody
";
    let found: Vec<_> = tidy(typed.as_bytes())
        .unwrap()
        .problems()
        .into_iter()
        .map(|(line, problem)| format!("{line:?} {}", problem.header().unwrap_or("-")))
        .collect();
    let expected = [
        "Some(4) time",
        "Some(5) origin",
        "Some(6) phase",
        "Some(7) incident",
        "Some(8) affects",
        "Some(9) effects",
        "Some(11) affects",
        "Some(13) drill",
        "Some(14) submit-by",
        "Some(16) -",
        "Some(18) -",
        "None id",
    ];
    assert_eq!(found, expected);
}

#[test]
fn the_rules_between_lines_are_among_them() {
    let typed = TEXT
        .replace(
            "next-update: 2013-09-03T11:40:00Z\n",
            "unaffected: mail\nwindow: 2013-09-03T11:40:00Z/2013-09-03T11:50:00Z\n",
        )
        .replace("title: Mail\u{a0}is down\n", "");
    let problems = tidy(typed.as_bytes()).unwrap().problems();
    let found: Vec<_> = problems.iter().map(|(line, problem)| (*line, problem.header().unwrap())).collect();
    let expected = [(Some(8), "unaffected"), (Some(9), "window"), (None, "title"), (None, "next-update")];
    assert_eq!(found, expected);
}

#[test]
fn a_wrong_line_is_reported_once_and_makes_no_other_line_wrong() {
    for (from, to) in [
        ("time: 2013-09-03T11:10:00Z", "time: now"),
        ("phase: investigating", "phase: Investigating"),
        ("next-update: 2013-09-03T11:40:00Z", "next-update: soon"),
        ("incident: core", "incident: Core"),
        ("next-update", "translates: me\nlang: de\nnext-update"),
    ] {
        let problems = tidy(TEXT.replace(from, to).as_bytes()).unwrap().problems();
        let others = if to.contains("translates") { 2 } else { 0 };
        assert_eq!(problems.len(), 1 + others, "{to}: {problems:?}");
    }
}

/// Found on these lines: nothing that is mended for the sake of the rest is a problem itself, or hides one.
#[test]
fn each_problem_is_found_alone() {
    let update = |from: &str, to: &str| {
        assert!(TEXT.contains(from), "{from}");
        TEXT.replace(from, to)
    };
    let next = "next-update: 2013-09-03T11:40:00Z\n";
    let body = "We see heavy packet loss.\n# Not a comment\n\nMail is queued.\n";
    let site = include_str!("vectors/text/site/cadence-a-week.txt").split_once("---\n").unwrap().1;
    for (typed, lines) in [
        ("outband letter v1\nx: y\n".to_owned(), vec![1]),
        (update("down", "\u{202e}down").replace("packet", "\u{2067}packet"), vec![7, 11]),
        (update(body, "— nobody\n"), vec![11]),
        (
            update("phase: investigating", "phase: scheduled")
                .replace(next, &format!("window: soon\n{next}")),
            vec![9],
        ),
        (update(next, &format!("{next}report: delivered\n")).replace(&format!("\n{body}"), ""), vec![10]),
        (site.replace("component: ", "component: Core "), vec![11]),
        (site.replace("component: ", "hint: core x\ncomponent: Core "), vec![12]),
    ] {
        let problems = tidy(typed.as_bytes()).unwrap().problems();
        let found: Vec<_> = problems.iter().map(|(line, _)| line.unwrap_or(0)).collect();
        assert_eq!(found, lines, "{typed}\n{problems:?}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    let damaged = |damage| NoteError::Damaged { damage };
    let lost = TEXT.replace('\n', "");
    let form = format!("note={}", TEXT.replace('\n', "%0A").replace(' ', "+"));
    assert_eq!(tidy(lost.as_bytes()), Err(damaged(Damage::LineBreaks)));
    assert_eq!(tidy(form.as_bytes()), Err(damaged(Damage::Form)));
    assert_eq!(tidy(b"outband \xff"), Err(NoteError::NotUtf8 { offset: 8 }));
    assert_eq!(tidy(&[0xff, 0xfe, b'o']), Err(NoteError::NotUtf8 { offset: 0 }));
    assert!(tidy(&[b'x'; 16384]).is_ok());
    assert_eq!(tidy(&[b'x'; 16385]), Err(NoteError::TooLarge { bytes: 16385, limit: 16384 }));
    assert!(matches!(&tidy(b"").unwrap().problems()[..], [(None, Problem::UnknownType { .. })]));
}

/// A site's body is one problem, however long, and there is a limit.
#[test]
fn the_list_of_problems_is_short() {
    let body = "Fine.\n".repeat(100);
    let site = format!("outband site v1\nname: Example Mail\n\n{body}");
    let problems = tidy(site.as_bytes()).unwrap().problems();
    let bodies = problems.iter().filter(|(_, problem)| matches!(problem, Problem::Body { .. }));
    assert_eq!(bodies.count(), 1, "{problems:?}");
    let many = "outband update v1\n".to_owned();
    let many = (0..1000).fold(many, |text, n| text + &format!("effects: {n}\n"));
    assert_eq!(tidy(many.as_bytes()).unwrap().problems().len(), 16);
}

#[test]
fn a_right_text_is_left_as_it_is_and_a_wrong_one_has_a_problem_or_is_put_right() {
    for case in cases() {
        let tidied = tidy(case.text.as_bytes());
        match tidied {
            Ok(tidied) if case.expect == "ok" => {
                assert_eq!(
                    (tidied.text(), &tidied.changes[..]),
                    (case.text.clone(), &[][..]),
                    "{}",
                    case.file
                );
                assert_eq!(tidied.problems(), [], "{}", case.file);
            }
            Ok(tidied) => {
                let is_right = Text::parse(&tidied.text()).is_ok();
                assert_eq!(tidied.problems().is_empty(), is_right, "{}: {}", case.file, tidied.text());
                assert!(!is_right || !tidied.changes.is_empty(), "{}", case.file);
            }
            Err(error) => assert_ne!(case.expect, "ok", "{}: {error}", case.file),
        }
    }
}

proptest! {
    /// Whatever is typed: tidying it again changes nothing, and it has no problems exactly if it can be parsed.
    #[test]
    fn tidying_is_done_once(
        lines in proptest::collection::vec("(Title|phase|x|affects|Time|)(: |:| )?[a-z \u{a0}\t\r:-]{0,12}", 0..12),
        end in "(\n|\r\n|)",
    ) {
        let typed = format!("outband update v1\n{}{end}", lines.join("\n"));
        let tidied = tidy(typed.as_bytes()).unwrap();
        let again = tidy(tidied.text().as_bytes()).unwrap();
        prop_assert_eq!(again.text(), tidied.text());
        prop_assert!(again.changes.is_empty(), "{:?}", again.changes);
        prop_assert_eq!(tidied.problems().is_empty(), Text::parse(&tidied.text()).is_ok());
    }
}
