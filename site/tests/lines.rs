//! Every line of an update is shown on its page.

use std::collections::BTreeSet;

use crate::samples;
use crate::samples::Stage;
use crate::samples::reading::{story, words};

/// Every header line of the grammar, a sample that has it, and the text that must appear on the page.
const LINES: &[(&str, &str, &[&str])] = &[
    ("origin", samples::EVERY_LINE, &["log entry 31 of status.mail.example"]),
    ("id", samples::EVERY_LINE, &["update ID d2f7c0de5b0c4e0f9d3a6b1c2d3e4f81"]),
    ("time", samples::EVERY_LINE, &["03:30 EDT, Tue 6 May (received", "Written 2014-05-06T07:30:00Z"]),
    ("submit-by", samples::EVERY_LINE, &["Not valid if received after 2014-05-06T08:00:00Z"]),
    ("seen", samples::EVERY_LINE, &["root hash 30 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]),
    ("incident", samples::EVERY_LINE, &["https://status.mail.example/incidents/2014-05-06-files"]),
    ("phase", samples::EVERY_LINE, &["Identified"]),
    ("title", samples::EVERY_LINE, &["Les fichiers ne se synchronisent plus", "Le premier titre"]),
    ("summary", samples::EVERY_LINE, &["Une phrase pour tout le monde"]),
    ("symptom", samples::EVERY_LINE, &["What you may seePremier signe visible", "Deuxième signe visible"]),
    ("scope", samples::EVERY_LINE, &["Who is affectedUn tiers des clients, à 09 h 20"]),
    ("impact", samples::EVERY_LINE, &["SeverityMajor impact"]),
    (
        "affects",
        samples::EVERY_LINE,
        &[
            "AffectedOutage: File synchronisation",
            "Partial outage: Conference lines",
            "Degraded: VoIP phones",
            "Unknown: Control panel",
            "Maintenance: Instant messenger sign-on",
            "Working: Exchange mail / US East",
        ],
    ),
    ("unaffected", samples::EVERY_LINE, &["Not affectedMail archive"]),
    ("fault", samples::EVERY_LINE, &["Where the problem liesWith our supplier Fibre Neuf, confirmed"]),
    ("cause", samples::EVERY_LINE, &["CauseConfirmed"]),
    (
        "evidence",
        samples::EVERY_LINE,
        &["Evidencehttps://evidence.example/one", "https://evidence.example/two"],
    ),
    ("reply", samples::EVERY_LINE, &["Their statementhttps://fibre-neuf.example/reply"]),
    (
        "data",
        samples::EVERY_LINE,
        &[
            "DataData loss: not yet known",
            "Data breach: under investigation",
            "Data corruption: confirmed",
            "Delayed data: being delivered now",
        ],
    ),
    ("workaround", samples::EVERY_LINE, &["What you can doTravaillez sur une copie locale"]),
    ("started", samples::EVERY_LINE, &["Started02:41 EDT, Tue 6 May 2014"]),
    ("ended", samples::EVERY_LINE, &["Ended02:59 EDT, Tue 6 May 2014"]),
    ("window", samples::MAINTENANCE, &["ScheduledFrom 22:00 EDT, Sat 7 Sep 2013 to 02:00 EDT"]),
    ("next-update", samples::EVERY_LINE, &["Next updateBy 04:20 EDT, Tue 6 May 2014"]),
    ("eta", samples::EVERY_LINE, &["EstimatePossibly between 05:10 EDT, Tue 6 May and 06:50 EDT"]),
    (
        "contact",
        samples::EVERY_LINE,
        &["Contact+33-1-55-01-02", "aide@secours.example", "https://secours.example/form"],
    ),
    ("recurrence-of", samples::EVERY_LINE, &["Previous incident2014-01-01-files"]),
    ("continues-in", samples::EVERY_LINE, &["Continues in2014-05-06-fibre"]),
    (
        "corrects",
        samples::EVERY_LINE,
        &[
            "Correction: this replaces “Le premier titre” (03:00 EDT",
            "Corrected: replaced by “Les fichiers ne se synchronisent plus” (03:30",
        ],
    ),
    (
        "retracts",
        samples::CORRECTION,
        &[
            "Retraction: this withdraws “All calls fail” (09:30",
            "Retracted: withdrawn by “Calls to some numbers fail” (09:40",
        ],
    ),
    ("report", samples::EVERY_LINE, &["ReportPublished: https://reports.example/rfo.pdf"]),
    (
        "credit",
        samples::EVERY_LINE,
        &["CreditClaim it by Mon 30 Jun 2014 at https://claims.example/form: dix pour cent du mois"],
    ),
    ("lang", samples::EVERY_LINE, &["Languagefr"]),
    (
        "translates",
        samples::EVERY_LINE,
        &[
            "Translation: de",
            "Die Dateien werden nicht mehr abgeglichen",
            "Ein Satz für alle",
            "Erstes Zeichen",
            "Ein Drittel der Kunden",
            "Arbeiten Sie mit einer Kopie",
            "Der Text auf Deutsch.",
        ],
    ),
    ("drill", samples::DRILL, &["Drill: Practice: mail is down", "DrillYes, this is only a drill"]),
];

#[test]
fn every_line_of_an_update_is_shown_on_its_page() {
    for (line, sample, expected) in LINES {
        assert!(sample.contains(&format!("\n{line}: ")), "the sample has no {line} line");
        let page = words(&story(&Stage::at("2014-05-06T08:00:00Z", &[sample])));
        for words in *expected {
            assert!(page.contains(words), "{line}: {words:?} is not on the page:\n{page}");
        }
    }
}

/// A new line of the grammar must be added above.
#[test]
fn every_line_of_the_grammar_is_tested() {
    let wrong = "outband update v1\nnothing: x\n";
    let error = outband_record::text::Update::parse(wrong).expect_err("an unknown header").to_string();
    let (_, grammar) = error.split_once("this type has: ").expect("a list of the grammar's names");
    let looked_for: BTreeSet<_> = LINES.iter().map(|(line, _, _)| *line).collect();
    assert_eq!(grammar.split(", ").collect::<BTreeSet<_>>(), looked_for);
}
