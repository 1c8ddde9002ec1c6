//! The pages of the samples: snapshots, and the properties that must never be lost.

use std::io::Write as _;

use crate::samples;
use crate::samples::Stage;
use crate::samples::reading::{index, status_txt, story, words};
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_record::text::{Logo, Value as _};
use outband_record::timeline::Incident;
use outband_site::data::{Card, Month};
use outband_site::pages;

/// A page without its style sheet, which is the same on every page.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").expect("a style sheet");
    let (_, after) = rest.split_once("</style>").expect("its end");
    format!("{before}<style></style>{after}")
}

fn gzipped(page: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(page.as_bytes()).expect("memory");
    encoder.finish().expect("memory").len()
}

fn outage() -> Stage {
    Stage::at("2013-09-03T12:06:00Z", &[samples::OUTAGE])
}

#[test]
fn pages_match_their_snapshots() {
    let calm = Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED]);
    let scheduled = Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED, samples::MAINTENANCE]);
    let correction = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let every_line = Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]);
    let hostile = Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE]);
    let drill = Stage::at("2014-06-01T08:00:20Z", &[samples::DRILL]);
    let pages = [
        ("index-outage", index(&outage())),
        ("index-calm", index(&calm)),
        ("index-scheduled", index(&scheduled)),
        ("index-silent", index(&Stage::at("2013-09-05T12:00:00Z", &[]))),
        ("incident-resolved", story(&calm)),
        ("incident-correction", story(&correction)),
        ("incident-every-line", story(&every_line)),
        ("incident-hostile", story(&hostile)),
        ("incident-drill", story(&drill)),
    ];
    for (name, page) in pages {
        insta::assert_snapshot!(name, without_style(&page));
    }
    insta::assert_snapshot!("status-outage", status_txt(&outage()));
    insta::assert_snapshot!("status-calm", status_txt(&calm));
}

#[test]
fn lists_match_their_snapshots() {
    let stage = Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED, samples::MAINTENANCE, samples::DRILL]);
    let view = stage.view();
    let cards: Vec<_> = stage.incidents.iter().filter_map(Incident::state).map(|h| Card::of(&h)).collect();
    let listed = [("2013-09", &cards[..2])];
    let months = [Month { month: "2012-08".to_owned(), count: 2 }];
    let drills: Vec<_> = stage.incidents.iter().filter(|incident| incident.is_drill()).collect();
    let pages = [
        ("month", pages::month(&view, "2013-09", &cards[..2], stage.month("2013-09").as_ref())),
        ("history", pages::history(&view, &listed, &months)),
        ("drills", pages::drill(&view, &drills)),
        ("not-found", pages::not_found(&view)),
        ("not-set-up", pages::not_set_up("status.mail.example")),
    ];
    for (name, page) in pages {
        let page = page.expect("rendered");
        insta::assert_snapshot!(name, without_style(&String::from_utf8(page.body).expect("UTF-8")));
    }
}

#[test]
fn body_signers_and_entry_are_shown_on_the_page() {
    let page = story(&Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]));
    let read = words(&page);
    for expected in [
        "Le corps du texte, premier paragraphe.",
        "un point de liste",
        "Signed by Network operations (status.mail.example/alice/laptop)",
        "Signed by Customer care (status.mail.example/bob/laptop)",
        "log entry 31 of status.mail.example",
    ] {
        assert!(read.contains(expected), "{expected:?} is not on the page:\n{read}");
    }
    assert!(page.contains(r#"href="/log/31.note""#));
    assert!(page.contains("<del>Le premier titre</del>"), "corrected text is struck through");
    assert!(page.contains(r##"href="/incidents/2014-05-06-files#u-d1f7c0de5b0c4e0f9d3a6b1c2d3e4f80""##));
    assert!(page.contains(r##"href="/incidents/2014-05-06-files#u-d2f7c0de5b0c4e0f9d3a6b1c2d3e4f81""##));
    assert!(page.contains(r#"lang="fr""#) && page.contains(r#"lang="de""#));
}

#[test]
fn updates_by_a_revoked_key_are_flagged() {
    let stage = Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    assert!(!words(&story(&stage)).contains("Flagged:"));
    let flagged = words(&story(&stage.without("bob/laptop", 21)));
    assert_eq!(flagged.matches("Flagged:").count(), 2, "the key signed entries 21 and 23");
}

#[test]
fn a_redaction_is_shown_in_place_of_the_update() {
    let stage = || Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let gone = stage().incidents[0].updates()[2].update.id.to_string();
    assert!(story(&stage()).contains(&format!("#u-{gone}")), "the retraction links to the retracted update");
    let page = story(&stage().redacted(22, true));
    assert!(words(&page).contains("Entry 22 was redacted: named a customer <Acme & Sons>"));
    assert!(page.contains(r#"<a href="/log/22.note">22</a>"#), "{page}");
    assert!(
        words(&page).contains("this withdraws an update that has since been redacted")
            && !page.contains(&gone),
        "a link to a redacted update, or its id: {page}"
    );
    assert!(!words(&story(&stage().redacted(22, false))).contains("was redacted:"));
}

#[test]
fn broken_promises_are_shown_as_such() {
    let open = words(&index(&Stage::at("2013-09-03T12:34:59Z", &[samples::OUTAGE])));
    assert!(!open.contains("Overdue.") && !open.contains("This estimate has passed."));
    let late = words(&index(&Stage::at("2013-09-03T19:30:00Z", &[samples::OUTAGE])));
    assert!(late.contains("Overdue. The next update was due by 08:35 EDT, Tue 3 Sep"));
    assert!(late.contains("This estimate has passed. Likely by 15:30 EDT, Tue 3 Sep"));
    let report = |now| words(&story(&Stage::at(now, &[samples::RESOLVED])));
    assert!(report("2013-09-17T23:59:59Z").contains("Will there be a report?Promised by Tue 17 Sep 2013"));
    assert!(
        report("2013-09-18T00:00:00Z")
            .contains("Will there be a report?Overdue. Promised by Tue 17 Sep 2013")
    );
    assert!(!report("2013-09-20T23:59:59Z").contains("This date has passed."));
    assert!(report("2013-09-21T00:00:00Z").contains("This date has passed. Not yet assessed"));
}

#[test]
fn calm_is_never_a_claim() {
    let calm = index(&Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED]));
    let read = words(&calm);
    assert!(read.contains("No known incidents") && read.contains("Last update 18:40 EDT, Tue 3 Sep 2013"));
    assert!(read.contains("Seeing a problem? Contact us: +1-555-0100"));
    assert!(!read.to_lowercase().contains("operational"));
    let silent = index(&Stage::at("2013-09-05T12:00:00Z", &[]));
    assert!(words(&silent).contains("nothing has been posted yet"));
    assert!(silent.contains(r#"<body class="unknown">"#), "a site without updates must not look calm");
    let first_line = status_txt(&Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED]));
    assert!(first_line.starts_with("No known incidents. Last update "));
}

#[test]
fn the_gravest_incident_leads_and_the_others_are_listed() {
    let page = index(&Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION, samples::OUTAGE]));
    assert!(page.contains(r#"<body class="outage">"#));
    assert!(page.contains("<title>Outage: Mail, voice and files are down for all customers in US datacenters (+1) · Example Mail</title>"));
    let read = words(&page);
    assert_eq!(read.matches("Partial outage: Calls to some numbers fail").count(), 2);
    // A line between the verdict and its answers leads to it.
    let (first, _) = read.split_once("Is it just me?").expect("answers");
    assert!(first.contains("Partial outage: Calls to some numbers fail"), "{first}");
    assert!(page.contains(r##"<a href="#open-2013-10-01-voice">"##));
    assert!(page.contains(r#"id="open-2013-10-01-voice""#));
}

/// The first answers cover everyone's questions, even if the answer is that nothing is known yet.
#[test]
fn the_first_answers_cover_everyones_questions() {
    let page = words(&index(&outage()));
    let first = page.split_once("Latest update").expect("a latest update").0;
    for expected in [
        "Outage: Mail, voice and files are down for all customers in US datacenters",
        "signed by Network operations, Customer care",
        "Is it just me?On our side, confirmed",
        "What is affected?Outage: Exchange mail, ",
        "When will I hear more?By 08:35 EDT",
        "Is my data safe?Data loss: none · Data breach: none · Delayed data: queued",
        "What can I do?Use mobile phones for calls.",
    ] {
        assert!(first.contains(expected), "{expected:?} is not in:\n{first}");
    }
    let silent = samples::OUTAGE.lines().filter(|line| !line.starts_with("data: "));
    let silent = silent.map(|line| format!("{line}\n")).collect::<String>();
    let silent = words(&index(&Stage::at("2013-09-03T12:06:00Z", &[&silent])));
    assert!(silent.contains("Is my data safe?No word on this yet"));
}

/// The holder of a revoked key is not shown as a signer on behalf of the operators.
#[test]
fn a_revoked_key_speaks_for_nobody() {
    let both = || Stage::at("2013-10-01T13:42:00Z", &[samples::CORRECTION]);
    let signed = |page: String, by: &str| words(&page).contains(by);
    assert!(signed(index(&both()), "signed by Network operations, Customer care"));
    let page = index(&both().without("bob/laptop", 21));
    assert!(signed(page.clone(), "signed by Network operations") && !signed(page, "operations, Customer"));
    let one = || Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED]);
    assert!(signed(story(&one()), "signed by Customer care"));
    let page = story(&one().without("bob/laptop", 13));
    assert!(signed(page.clone(), "· Signed with a key that has since been revoked"));
    assert!(!signed(page, "signed by Customer care"));
}

/// While a fix is monitored, the page looks like the remaining problem, never calm.
#[test]
fn the_look_follows_the_conditions_while_monitoring() {
    let sample = |phase: &str, conditions: &str| {
        format!(
            "==== 7 2013-09-03T11:00:00Z alice/phone\noutband update v1\norigin: status.mail.example\nid: {:032x}\n\
             time: 2013-09-03T11:00:00Z\nincident: watched\nphase: {phase}\ntitle: Mail was down\nimpact: critical\n\
             {conditions}next-update: 2013-09-03T12:30:00Z\n",
            7
        )
    };
    let class = |phase, conditions| {
        let page = index(&Stage::at("2013-09-03T11:01:00Z", &[&sample(phase, conditions)]));
        let (_, rest) = page.split_once("<body class=\"").expect("a body");
        rest.split('"').next().expect("its class").to_owned()
    };
    let degraded = "affects: exchange degraded\naffects: voice operational\n";
    assert_eq!(class("identified", degraded), "outage");
    assert_eq!(class("monitoring", degraded), "degraded");
    assert_eq!(class("monitoring", "affects: exchange partial\n"), "partial");
    assert_eq!(class("monitoring", "affects: exchange outage\n"), "outage", "the outage continues");
    assert_eq!(class("monitoring", "affects: exchange operational\n"), "recovering");
    assert_eq!(class("monitoring", ""), "unknown");
}

/// Whether a page's head links to the feed at `path`, with the language `lang` if given.
fn announces(page: &str, path: &str, lang: Option<&str>) -> bool {
    let lang = lang.map(|lang| format!(" hreflang=\"{lang}\"")).unwrap_or_default();
    let end = format!("{lang} href=\"{path}\">");
    let mut links = page.lines().filter(|line| line.starts_with("<link rel=\"alternate\""));
    links.any(|line| line.ends_with(&end) && line.contains("type=\"application/"))
}

#[test]
fn feeds_of_components_and_languages_are_announced() {
    let mut stage = Stage::at("2014-05-06T08:00:00Z", &[samples::EVERY_LINE]);
    let (page, own) = (index(&stage), story(&stage));
    for lang in ["de", "fr"] {
        let path = format!("/updates.{lang}.atom");
        assert!(announces(&page, &path, Some(lang)) && announces(&own, &path, Some(lang)), "{lang}");
    }
    assert!(announces(&page, "/components/exchange/us-east.atom", None));
    assert!(announces(&own, "/incidents/2014-05-06-files.atom", None));
    assert!(!page.contains("/incidents/2014-05-06-files.atom") && !own.contains("/components/"));
    stage.site = site_of(200);
    let is_feed = |line: &str| line.starts_with("<link") && line.contains("/components/");
    assert!(!index(&stage).lines().any(is_feed), "200 feeds are too many to choose from");
    let drill = story(&Stage::at("2014-06-01T08:00:20Z", &[samples::DRILL]));
    assert!(!drill.contains("practice.atom"), "a drill has no feed");
}

#[test]
fn the_index_fits_the_first_round_trip() {
    let page = index(&outage());
    let size = gzipped(&page);
    println!("{size} bytes gzipped");
    assert!(size <= 9 * 1024, "{size} bytes");
    let rest = page.replacen(r#"<script src="/page.js" defer></script>"#, "", 1);
    for foreign in ["<script", "@import", "url(", "src="] {
        assert!(!rest.contains(foreign), "{foreign}");
    }
}

/// However much operators write, the index fits into the 14 kB of a first congestion window.
#[test]
fn the_index_fits_even_with_long_updates() {
    let mut incidents = String::new();
    for update in 0..40_u64 {
        let noise: Vec<_> = (0..400_u64)
            .map(|word| format!("{:x}", (word + 400 * update).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
            .collect();
        incidents += &format!(
            "==== {update} 2013-09-03T11:{update:02}:00Z alice/phone\noutband update v1\norigin: status.mail.example\n\
             id: {update:032x}\ntime: 2013-09-03T11:{update:02}:00Z\nincident: long\nphase: investigating\n\
             title: Mail is down\naffects: exchange outage\nnext-update: 2013-09-03T12:30:00Z\n\n{}\n",
            noise.join(" ")
        );
    }
    let mut stage = Stage::at("2013-09-03T12:06:00Z", &[&incidents]);
    stage.site.logo = Logo::parse(&longest_logo());
    let size = gzipped(&index(&stage));
    println!("{size} bytes gzipped with long updates and a logo");
    assert!(stage.site.logo.is_some() && size <= 14_000, "{size} bytes");
}

/// A site note with `count` top-level components, with realistic names.
fn site_of(count: usize) -> outband_record::text::Site {
    let mut note = include_str!("samples/site.txt").split("component: ").next().expect("a head").to_owned();
    for number in 0..count {
        note += &format!("component: c{number} Datacenter {number} in region {}\n", noise(number, 12));
    }
    outband_record::text::Site::parse(&note).expect("a site note")
}

/// Text that does not compress well.
fn noise(seed: usize, characters: usize) -> String {
    let word =
        |place: u64| format!("{:x} ", (place + 977 * seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (0..)
        .flat_map(|place| word(place).into_bytes())
        .take(characters)
        .map(char::from)
        .collect::<String>()
        .replace(' ', "-")
}

fn longest_logo() -> String {
    format!("{}{}", Logo::SVG, noise(7, Logo::MAX_BYTES - Logo::SVG.len()))
}

fn entry(number: usize, slug: &str, lines: &str) -> String {
    format!(
        "==== {number} 2013-09-03T11:00:00Z alice/phone\noutband update v1\norigin: status.mail.example\nid: {number:032x}\n\
         time: 2013-09-03T11:00:00Z\nincident: {slug}\nphase: investigating\n{lines}"
    )
}

#[test]
fn of_many_lines_the_first_are_shown_with_a_link_to_the_rest() {
    let symptoms: String = (0..120).map(|line| format!("symptom: {}\n", noise(line, 119))).collect();
    let lines = format!(
        "title: Mail is down\n{symptoms}affects: exchange outage\nnext-update: 2013-09-03T12:30:00Z\n"
    );
    let stage = Stage::at("2013-09-03T11:01:00Z", &[&entry(7, "long", &lines)]);
    let (index, text) = (index(&stage), status_txt(&stage));
    assert!(gzipped(&index) <= 9 * 1024, "{} bytes", gzipped(&index));
    assert!(index.contains(r#"<dd><a href="/incidents/long">and 112 more</a></dd>"#));
    assert!(text.contains("; and 112 more <https://status.mail.example/incidents/long>\n"));
    assert!(text.len() <= 4 * 1024, "{} bytes", text.len());
    assert_eq!(
        story(&stage).matches(&noise(119, 119)).count(),
        2,
        "once as an answer and once in the update"
    );
}

/// 50 open incidents with long texts, and 200 components, all of them affected.
#[test]
fn the_index_stays_short_on_the_worst_of_days() {
    let affects = |first: usize| -> String {
        (0..40).map(|n| format!("affects: c{} {}\n", 5 * n + first, ["outage", "partial"][n % 2])).collect()
    };
    let entries: Vec<_> = (0..50)
        .map(|number| {
            let affects = affects(number % 5);
            let lines = format!(
                "title: {}\nsummary: {}\nscope: {}\n{affects}fault: ours suspected\nworkaround: {}\n\
                 next-update: 2013-09-03T12:30:00Z\neta: unknown {}\n\n{}\n",
                noise(number, 80),
                noise(number + 100, 150),
                noise(number + 200, 80),
                noise(number + 300, 150),
                noise(number + 400, 80),
                noise(number + 500, 900),
            );
            entry(number, &format!("incident-{number}"), &lines)
        })
        .collect();
    let samples: Vec<_> = entries.iter().map(String::as_str).collect();
    let mut stage = Stage::at("2013-09-03T11:01:00Z", &samples);
    stage.site = site_of(200);
    let (page, text) = (index(&stage), status_txt(&stage));
    let long = longest_logo();
    stage.site.logo = Logo::parse(&long);
    let branded = index(&stage);
    assert!(branded.contains(&long));
    let index = page;
    println!(
        "index {} bytes gzipped, {} with a logo; status.txt {} bytes",
        gzipped(&index),
        gzipped(&branded),
        text.len()
    );
    assert!(gzipped(&branded) <= 14_000, "{} bytes", gzipped(&branded));
    assert!(text.len() <= 24 * 1024, "{} bytes", text.len());
    for number in 0..50 {
        let path = format!("/incidents/incident-{number}");
        assert!(index.contains(&format!(r#"href="{path}""#)), "{path} is not linked from the index");
        assert!(text.contains(&path), "{path} is not named in status.txt");
    }
    assert!(index.contains("More components not shown: 160"));
    assert!(index.contains("and 10 more"));
}

/// An `unaffected` line neither makes an outage look over nor shows its extent.
#[test]
fn an_unaffected_component_is_no_recovery() {
    let vague =
        "title: Mail is down\nimpact: critical\nunaffected: voice\nnext-update: 2013-09-03T12:30:00Z\n";
    let stage = Stage::at("2013-09-03T11:01:00Z", &[&entry(7, "vague", vague)]);
    let page = index(&stage);
    let read = words(&page);
    assert!(page.contains(r#"<body class="outage">"#) && read.contains("Critical incident"));
    assert!(!read.contains("Recovering") && read.contains("We don’t yet know how much is affected"));
    assert!(read.contains("What still works?VoIP phones"));
    assert!(read.contains("VoIP phonesConfirmed working") && read.contains("Control panelUnknown"));
    assert!(!read.contains("No known problems"), "its extent is not known");
    let status = outband_site::data::status(&stage.view(), &stage.outlook());
    let status = String::from_utf8(status.expect("rendered").body).expect("UTF-8");
    assert_eq!(status.matches(r#""condition":"operational""#).count(), 1, "{status}");
    let back = "title: Mail is back\nimpact: critical\naffects: exchange operational\nnext-update: 2013-09-03T12:30:00Z\n";
    assert!(
        words(&index(&Stage::at("2013-09-03T11:01:00Z", &[&entry(7, "back", back)]))).contains("Recovering")
    );
}

#[test]
fn before_the_first_update_no_component_is_operational() {
    let stage = Stage::at("2013-09-05T12:00:00Z", &[]);
    let status = outband_site::data::status(&stage.view(), &stage.outlook());
    assert!(!String::from_utf8(status.expect("rendered").body).expect("UTF-8").contains("operational"));
    assert!(words(&index(&stage)).contains("Control panelNo updates yet"));
}

/// An update about something else does not make the verdict look fresher.
#[test]
fn the_verdict_is_as_old_as_its_incidents_last_update() {
    let other = entry(
        30,
        "other",
        "title: A slow panel\naffects: panel degraded\nnext-update: 2013-09-03T13:30:00Z\n",
    )
    .replace("2013-09-03T11:00:00Z", "2013-09-03T12:30:00Z");
    let stage = Stage::at("2013-09-03T12:31:00Z", &[samples::OUTAGE, &other]);
    assert!(status_txt(&stage).contains("Identified · updated 08:05 EDT"));
}

#[test]
fn maintenance_continues_until_reported_completed() {
    let rows = |now| words(&index(&Stage::at(now, &[samples::MAINTENANCE])));
    let (before, after) = (rows("2013-09-08T01:59:59Z"), rows("2013-09-08T06:00:01Z"));
    assert!(
        !before.contains("File synchronisationMaintenance")
            && after.contains("File synchronisationMaintenance"),
        "{after}"
    );
}

/// A window that has passed is neither the end nor work that goes on.
#[test]
fn a_window_that_passed_in_silence_is_not_confirmed_to_be_over() {
    let completed = "\n==== 18 2013-09-08T05:30:00Z bob/laptop
outband update v1
origin: status.mail.example
id: b1f7c0de5b0c4e0f9d3a6b1c2d3e4f61
time: 2013-09-08T05:30:00Z
incident: 2013-09-07-core-software
phase: completed
title: New software for the core routers
";
    let over = format!("{}{completed}", samples::MAINTENANCE.trim_end());
    let says = |sample: &str, now: &str| {
        let stage = Stage::at(now, &[sample]);
        let pages = [index(&stage), story(&stage), status_txt(&stage)];
        pages.map(|page| {
            page.contains("end not confirmed") && page.contains("Its end has not been confirmed.")
        })
    };
    assert_eq!(says(samples::MAINTENANCE, "2013-09-08T05:59:59Z"), [false; 3]);
    assert_eq!(says(samples::MAINTENANCE, "2013-09-08T06:00:00Z"), [true; 3]);
    assert_eq!(says(&over, "2013-09-08T06:00:00Z"), [false; 3]);
}

#[test]
fn the_policy_names_the_style_that_pages_carry() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = index(&outage());
    let style = page
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .expect("a style sheet")
        .0;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    assert!(pages::content_security_policy().contains(&format!("style-src 'sha256-{hash}'")));
    assert!(!page.contains("style=\""), "no style outside the sheet");
}

#[test]
fn no_page_contains_its_time_of_rendering() {
    let at = |now| index(&Stage::at(now, &[samples::OUTAGE]));
    assert_eq!(at("2013-09-03T12:06:00Z"), at("2013-09-03T12:34:59Z"));
}

/// The page has as many characters that begin markup as one with harmless text in the same place.
#[test]
fn text_cannot_become_markup() {
    let page = |words: &str| {
        let sample = samples::OUTAGE.replace("Use mobile phones for calls.", words);
        let stage = Stage::at("2013-09-03T12:06:00Z", &[&sample]);
        (index(&stage), story(&stage))
    };
    let marks = |page: &str| ['<', '>', '"', '\''].map(|mark| page.matches(mark).count());
    let (plain_index, plain_story) = page("words");
    proptest::proptest!(proptest::prelude::ProptestConfig::with_cases(64), |(hostile in "[a<>\"'&/{}%#;! -]{1,60}")| {
        let (index, story) = page(&format!("x{hostile}x"));
        proptest::prop_assert_eq!(marks(&index), marks(&plain_index));
        proptest::prop_assert_eq!(marks(&story), marks(&plain_story));
    });
}
