//! Whatever text an operator signs, the feeds are well-formed, and readers get the text back.

use crate::samples;
use crate::samples::Stage;
use feed_rs::parser;
use outband_record::timeline::Incident;
use outband_site::Rendered;
use outband_site::feeds::{Channel, Feeds};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use quick_xml::events::Event;

/// A piece of text that tends to break feeds.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,12}".prop_map(String::from),
        1 => prop::sample::select(vec![
            "<script>alert(1)</script>", "]]>", "<![CDATA[", "&amp;", "&nbsp;", "&#0;", "\"'", "<!--", "-->", "<?xml?>",
            "e\u{301}\u{327}\u{489}", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום", "\u{200f}", "\u{fffe}", "\u{ffff}", "\u{1fffe}", "{{7*7}}", "%}", "\\",
            "https://example.com/?a=1&b=<2>", "https://example.com/&amp;", "ﷺ", "\u{10ffff}", "-", "—", "'\"><img>",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("a word", |c| !c.is_whitespace()).prop_map(String::from),
    ]
}

fn words(longest: usize) -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..longest).prop_map(|words| words.join(" "))
}

/// The text of an update, which the grammar may still refuse.
fn text() -> impl Strategy<Value = String> {
    let body = prop::option::of(
        prop::collection::vec(words(8), 1..4).prop_map(|paragraphs| paragraphs.join("\n\n")),
    );
    let lines = (words(6), prop::option::of(words(6)), prop::option::of(words(6)), any::<bool>());
    (lines, body, 0..4_u32, any::<u128>()).prop_map(
        |((title, summary, workaround, corrects), body, lang, id)| {
            let line = |name: &str, value: Option<String>| value.map(|value| format!("{name}: {value}\n"));
            let lang = ["de", "ar", "zh-Hant-TW"].get(lang as usize).map(|lang| (*lang).to_owned());
            let target = corrects.then(|| format!("{:032x}", id.wrapping_add(1)));
            [
                Some(format!("outband update v1\norigin: status.mail.example\nid: {id:032x}\n")),
                Some("time: 2013-09-03T12:00:00Z\nincident: core\nphase: resolved\n".to_owned()),
                line("title", Some(title)),
                line("summary", summary),
                Some("affects: voice outage\n".to_owned()),
                line("workaround", workaround),
                line("corrects", target),
                line("lang", lang),
                body.map(|body| format!("\n{body}\n")),
            ]
            .into_iter()
            .flatten()
            .collect()
        },
    )
}

/// Whether XML allows this character (XML 1.0, 2.2).
fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_well_formed(xml: &str) {
    assert!(xml.chars().all(is_xml), "{xml:?}");
    let mut reader = quick_xml::Reader::from_str(xml);
    let config = reader.config_mut();
    (config.check_comments, config.check_end_names) = (true, true);
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {xml}")) {
            Event::Eof => return,
            Event::CData(_) | Event::PI(_) | Event::Comment(_) | Event::DocType(_) => {
                panic!("unexpected element: {xml}")
            }
            _ => {}
        }
    }
}

proptest! {
    // Each file here is a separate binary, for which proptest cannot derive the folder.
    #![proptest_config(ProptestConfig {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("proptest-regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_signed_text_can_be_read(texts in prop::collection::vec(text(), 1..4)) {
        let accepted: Vec<_> =
            texts.into_iter().filter(|text| outband_record::text::Update::parse(text).is_ok()).collect();
        prop_assume!(!accepted.is_empty());
        let numbered = accepted.iter().enumerate();
        let sample: String = numbered.map(|(n, text)| format!("==== {} 2013-09-03T12:00:10Z bob/laptop\n{text}", n + 2)).collect();
        let stage = Stage::at("2013-09-03T13:00:00Z", &[&sample]);
        let (view, listed) = (stage.view(), stage.listed());
        let feeds = Feeds::new(&view);
        let voice = Channel::Component(samples::value("voice"));
        let titles: Vec<&str> = listed.iter().map(|listed| listed.logged.update.title.as_str()).collect();
        let mut written: Vec<Rendered> = feeds.updates(&listed, 1).expect("rendered").into();
        written.extend(feeds.incident(&stage.incidents[0]).expect("rendered"));
        written.extend(feeds.channel(&voice, &listed, 1).expect("rendered"));
        written.extend(feeds.channel(&Channel::Archive(1), &listed, 1).expect("rendered"));
        let incidents: Vec<&Incident> = stage.incidents.iter().collect();
        let history = feeds.history(&incidents).expect("rendered");
        for feed in written.iter().chain(&history) {
            if !feed.path.ends_with(".json") {
                is_well_formed(std::str::from_utf8(&feed.body).expect("UTF-8"));
            }
            let read = parser::parse(feed.body.as_slice());
            let read = read.unwrap_or_else(|error| panic!("{}: {error}", feed.path));
            if !feed.path.starts_with("/history") {
                prop_assert_eq!(read.entries.len(), titles.len(), "{}", feed.path);
            }
        }
        // An XML parser must get each title as it was signed.
        let atom = std::str::from_utf8(&written[0].body).expect("UTF-8");
        let found = text_of_titles(atom);
        for (found, title) in found.iter().skip(1).zip(titles) {
            let shown = title.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
            let found = found.replace(['\u{2068}', '\u{2069}'], "");
            prop_assert!(found.ends_with(&format!("] {shown}")), "{:?} instead of {:?}", found, title);
        }
    }
}

/// The content of each `title`, according to an XML parser.
fn text_of_titles(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut titles, mut open): (Vec<String>, bool) = (Vec::new(), false);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(start) if start.name().as_ref() == "title" => {
                open = true;
                titles.push(String::new());
            }
            Event::End(_) => open = false,
            Event::Text(text) if open => {
                titles.last_mut().expect("open").push_str(&text);
            }
            Event::GeneralRef(reference) if open => {
                let c = match reference.resolve_char_ref().expect("a character") {
                    Some(c) => c.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)
                        .expect("predefined")
                        .to_owned(),
                };
                titles.last_mut().expect("open").push_str(&c);
            }
            Event::Eof => return titles,
            _ => {}
        }
    }
}
