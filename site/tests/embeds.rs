//! Embeds in other people's pages, and the scripts: snapshots, sizes, and claims they must never make.

use std::io::Write as _;

use crate::samples;
use crate::samples::Stage;
use flate2::Compression;
use flate2::write::GzEncoder;
use outband_record::text::Value as _;
use outband_site::scripts::scripts;
use outband_site::{embed, pages, paths};

fn file(stage: &Stage, path: &str) -> String {
    let files = embed::files(&stage.view(), &stage.outlook()).expect("rendered");
    let file = files.into_iter().find(|file| file.path == path).expect("an embedded file");
    String::from_utf8(file.body).expect("UTF-8")
}

fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").expect("a style sheet");
    format!("{before}<style></style>{}", rest.split_once("</style>").expect("its end").1)
}

fn stages() -> Vec<(&'static str, Stage)> {
    vec![
        ("outage", Stage::at("2013-09-03T12:06:00Z", &[samples::OUTAGE])),
        ("overdue", Stage::at("2013-09-03T12:36:00Z", &[samples::OUTAGE])),
        ("calm", Stage::at("2013-09-05T12:00:00Z", &[samples::RESOLVED])),
        ("silent", Stage::at("2013-09-05T12:00:00Z", &[])),
        ("every-line", Stage::at("2014-05-06T07:20:00Z", &[FIRST_FRENCH])),
        ("hostile", Stage::at("2014-07-01T08:11:00Z", &[samples::HOSTILE])),
    ]
}

/// An update in another language than the page's.
const FIRST_FRENCH: &str = "==== 30 2014-05-06T07:00:10Z alice/laptop\noutband update v1\n\
    origin: status.mail.example\nid: d1f7c0de5b0c4e0f9d3a6b1c2d3e4f80\ntime: 2014-05-06T07:00:00Z\n\
    incident: 2014-05-06-files\nphase: investigating\ntitle: Les fichiers d’Example Mail ne se synchronisent plus\n\
    affects: files degraded\nnext-update: 2014-05-06T07:40:00Z\nlang: fr\n";

#[test]
fn embeds_match_their_snapshots() {
    for (name, stage) in stages() {
        let pages = [paths::EMBED, paths::EMBED_PLAIN].map(|path| without_style(&file(&stage, path)));
        let [badge, json] = [paths::BADGE, paths::BANNER_JSON].map(|path| file(&stage, path));
        insta::assert_snapshot!(name, [pages.join("\n"), badge, json].join("\n"));
    }
}

#[test]
fn embeds_in_other_languages_match_their_snapshots() {
    for (tag, sample) in [("de", samples::GERMAN), ("ar", samples::ARABIC)] {
        let stage = Stage::at("2014-03-04T08:55:00Z", &[sample]).in_language(tag);
        let say = pages::say(&stage.view(), &stage.incidents[0])
            .expect("rendered")
            .expect("an incident with updates");
        let say = without_style(&String::from_utf8(say.body).expect("UTF-8"));
        let frame = without_style(&file(&stage, paths::EMBED));
        insta::assert_snapshot!(tag, [frame, file(&stage, paths::BADGE), say].join("\n"));
    }
}

#[test]
fn pages_about_channels_match_their_snapshots() {
    let stage = Stage::at("2013-09-03T12:06:00Z", &[samples::OUTAGE]);
    let say =
        pages::say(&stage.view(), &stage.incidents[0]).expect("rendered").expect("an incident with updates");
    let help = pages::embed_help(&stage.view()).expect("rendered");
    for (name, page) in [("say", say), ("help", help)] {
        insta::assert_snapshot!(name, without_style(&String::from_utf8(page.body).expect("UTF-8")));
    }
    let drill = Stage::at("2014-06-01T08:00:20Z", &[samples::DRILL]);
    assert_eq!(pages::say(&drill.view(), &drill.incidents[0]), Ok(None), "a drill must not be passed on");
}

/// No embed ever claims that something works: at most, that no problem is known.
#[test]
fn no_embed_claims_that_all_is_well() {
    for (name, stage) in stages() {
        for path in [paths::EMBED, paths::EMBED_PLAIN, paths::BADGE, paths::BANNER_JSON] {
            let text = without_comments(&file(&stage, path)).to_lowercase();
            for claim in ["operational", "all systems", "works", "healthy", "up and running"] {
                assert!(!text.contains(claim), "{name} {path} claims {claim:?}");
            }
        }
    }
}

fn without_comments(page: &str) -> String {
    page.split_once("<style>").map_or_else(|| page.to_owned(), |_| without_style(page))
}

#[test]
fn a_frame_fits_into_2_kb_has_no_script_and_a_policy_for_its_style() {
    use base64::Engine as _;
    use sha2::Digest as _;
    for (name, stage) in stages() {
        let page = file(&stage, paths::EMBED);
        assert!(page.len() <= 2048, "{name}: {} bytes", page.len());
        assert!(!page.contains("<script") && page.contains(r#"target="_top""#), "{name}");
        let style =
            page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>")).expect("a style").0;
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
        for path in [paths::EMBED, paths::EMBED_PLAIN] {
            let policy = pages::policy(path);
            assert!(policy.contains(&format!("'sha256-{hash}'")) && policy.ends_with("frame-ancestors *"));
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// For any title in any script.
    #[test]
    fn a_frame_has_2_kb_for_any_title(title in "[a-z&'\"<あ語🔥]{1,120}") {
        let sample = samples::OUTAGE.replace("Mail, voice and files are down for all customers in US datacenters", &title);
        let stage = Stage::at("2013-09-03T12:06:00Z", &[&sample]);
        let size = file(&stage, paths::EMBED).len();
        proptest::prop_assert!(size <= 2048, "{} bytes", size);
    }
}

#[test]
fn resellers_get_an_embed_without_name_and_link() {
    for (name, stage) in stages() {
        let page = file(&stage, paths::EMBED_PLAIN).to_lowercase();
        for given_away in ["example mail", "mail.example", "href="] {
            assert!(!page.contains(given_away), "{name}: {given_away}");
        }
    }
    let french = without_style(&file(&stages().remove(4).1, paths::EMBED_PLAIN));
    assert!(french.contains("File synchronisation") && !french.contains("Les fichiers"), "{french}");
}

#[test]
fn scripts_fit_into_7_kb_and_use_nothing_dangerous() {
    let stage = Stage::at("2013-09-03T12:06:00Z", &[]);
    let mut total = 0;
    for script in scripts(&stage.view()) {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&script.body).expect("memory");
        let size = encoder.finish().expect("memory").len();
        println!("{} {size} bytes gzipped", script.path);
        total += size;
        let text = String::from_utf8(script.body).expect("UTF-8");
        assert!(!text.contains("\n//") && !text.contains("words.undefined"));
        for forbidden in ["eval(", "innerHTML =", "document.write", "http://", "new Function"] {
            assert!(!text.contains(forbidden), "{}: {forbidden}", script.path);
        }
    }
    println!("{total} bytes gzipped in total");
    assert!(total <= 7 * 1024, "{total} bytes");
}

/// Scripts take all their text from the messages they are given.
#[test]
fn scripts_get_all_their_messages() {
    let mut stage = Stage::at("2013-09-03T12:06:00Z", &[]);
    stage.site.lang = outband_record::text::Lang::parse("en").expect("a language");
    for script in scripts(&stage.view()) {
        let text = String::from_utf8(script.body).expect("UTF-8");
        let (code, words) = text.rsplit_once("})(").expect("a call");
        let words: serde_json::Value =
            serde_json::from_str(words.trim_end().trim_end_matches(");")).expect("JSON");
        let words = words.as_object().expect("an object");
        let mut used: Vec<_> = code.match_indices("words.").map(|(at, _)| &code[at + 6..]).collect();
        used = used
            .iter()
            .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().expect("a name"))
            .collect();
        used.sort_unstable();
        used.dedup();
        assert_eq!(used, words.keys().map(String::as_str).collect::<Vec<_>>(), "{}", script.path);
        for text in words.values().filter_map(|text| text.as_str()) {
            assert!(!text.contains(['<', '&', '"']), "the worker writes it into a page: {text}");
            assert!(text.matches('{').count() <= 1, "{text}");
        }
    }
}
