//! The words that this program says itself, in each language that it speaks.
//!
//! ```text
//! # messages/en.txt: one message a line, `#` begins a comment, a value may hold names in braces
//! lang = en
//! dir = ltr
//! month_days = Reported for {month}, day by day
//! ```
//!
//! A file in `messages/` is a language: its name is the tag, English is the one that all others are held to. What
//! operators say is never translated here: it stands in the language in which it was signed.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::Value;
use minijinja::value::Object;
use outband_record::text::Lang;

/// Every message in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Messages {
    lang: &'static str,
    texts: BTreeMap<&'static str, &'static str>,
}

/// Tag and content of each file in `messages/`.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// The language that is spoken where no other is known.
const REFERENCE: &str = "en";

static ALL: LazyLock<BTreeMap<&'static str, Arc<Messages>>> = LazyLock::new(|| {
    let messages = |(lang, source): &(&'static str, &'static str)| {
        (*lang, Arc::new(Messages { lang, texts: parse(source).collect() }))
    };
    SOURCES.iter().map(messages).collect()
});

fn parse(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = source.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once('=')).map(|(key, text)| (key.trim(), text.trim()))
}

impl Messages {
    /// In the language of a site, or in the one that it is a variant of; in English where neither is spoken.
    pub(crate) fn of(lang: &Lang) -> &'static Arc<Self> {
        static NONE: LazyLock<Arc<Messages>> =
            LazyLock::new(|| Arc::new(Messages { lang: REFERENCE, texts: BTreeMap::new() }));
        let tag = lang.as_str().to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or_default();
        let found = [tag.as_str(), primary, REFERENCE].into_iter().find_map(|tag| ALL.get(tag));
        found.unwrap_or(&NONE)
    }

    /// The tag of the language.
    pub(crate) fn lang(&self) -> &'static str {
        self.lang
    }

    /// A message as it stands; its own key where there is none, which a test forbids.
    pub(crate) fn text(&self, key: &'static str) -> &'static str {
        self.texts.get(key).copied().unwrap_or(key)
    }

    /// A message with its names in braces replaced.
    pub(crate) fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        for (text, name) in pieces(self.text(key)) {
            filled.push_str(text);
            let value = values.iter().find(|(known, _)| Some(*known) == name);
            filled.push_str(value.map_or_else(|| name.unwrap_or_default(), |(_, value)| value));
        }
        filled
    }
}

/// A message as texts, each with the name in braces that follows it.
pub(crate) fn pieces(message: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(message);
    std::iter::from_fn(move || {
        let (text, after) = match rest?.split_once('{') {
            None => (rest.take()?, None),
            Some((text, after)) => (text, Some(after)),
        };
        let Some((name, after)) = after.and_then(|after| after.split_once('}')) else {
            rest = None;
            return Some((text, None));
        };
        rest = Some(after);
        Some((text, Some(name)))
    })
}

/// Templates read a message as a member: `{{ t.month_days }}`.
impl Object for Messages {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.texts.get(key.as_str()?).map(|text| Value::from(*text))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use outband_record::text::Value as _;

    use super::*;

    fn names(message: &str) -> BTreeSet<&str> {
        pieces(message).filter_map(|(_, name)| name).collect()
    }

    #[test]
    fn every_language_has_every_message_with_the_same_names() {
        let reference = &ALL[REFERENCE];
        assert!(!reference.texts.is_empty());
        for messages in ALL.values() {
            let keys = |messages: &Messages| messages.texts.keys().copied().collect::<Vec<_>>();
            assert_eq!(keys(messages), keys(reference), "messages/{}.txt", messages.lang);
            for (key, text) in &messages.texts {
                assert!(!text.is_empty(), "{key} in messages/{}.txt is empty", messages.lang);
                assert_eq!(
                    names(text),
                    names(reference.texts[key]),
                    "{key} in messages/{}.txt",
                    messages.lang
                );
            }
            assert_eq!(messages.text("lang"), messages.lang);
            assert!(["ltr", "rtl"].contains(&messages.text("dir")));
        }
    }

    #[test]
    fn no_key_stands_twice() {
        for (lang, source) in SOURCES {
            let keys: Vec<_> = parse(source).map(|(key, _)| key).collect();
            let once: BTreeSet<_> = keys.iter().collect();
            assert_eq!(keys.len(), once.len(), "messages/{lang}.txt");
        }
    }

    #[test]
    fn a_variant_speaks_its_language_and_a_stranger_english() {
        for (tag, lang) in [("en", "en"), ("en-GB", "en"), ("EN", "en"), ("tlh", "en")] {
            assert_eq!(Messages::of(&Lang::parse(tag).unwrap()).lang(), lang);
        }
    }

    #[test]
    fn names_are_replaced() {
        let english = Messages::of(&Lang::parse("en").unwrap());
        assert_eq!(english.text("dir"), "ltr");
        let filled: Vec<_> = pieces("{a} of {b}.").collect();
        assert_eq!(filled, [("", Some("a")), (" of ", Some("b")), (".", None)]);
    }
}
