//! The program's own texts, in each supported language.
//!
//! ```text
//! # messages/en.txt: one message per line, `#` begins a comment
//! lang = en
//! dir = ltr
//! answer_next = *By *{time}
//! ```
//!
//! A value may contain names in braces, each once, in the order its language needs; text between asterisks is bold
//! in a [`Phrase`](crate::words::Phrase). No message puts a number inside a sentence, since
//! languages have up to six plural forms: write `Updates: {count}`.
//!
//! Each file in `messages/` is a language: its name is the language tag, and English is the reference for all others.
//! Operators' text is never translated; it appears in the language in which it was signed.

use std::sync::LazyLock;

use outband_record::sorted::Map;
use outband_record::text::Lang;

/// All messages in one language.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Messages {
    lang: &'static str,
    texts: Map<&'static str, &'static str>,
}

/// Tag and content of each file in `messages/`.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/messages.rs"));

/// The language used where no other applies.
const REFERENCE: &str = "en";

static ALL: LazyLock<Vec<Messages>> = LazyLock::new(|| {
    let messages = |(lang, source): &(&'static str, &'static str)| {
        let mut texts = Map::new();
        texts.extend(parse(source));
        Messages { lang, texts }
    };
    SOURCES.iter().map(messages).collect()
});

/// The languages that pages can be in, English first.
pub fn languages() -> Vec<&'static str> {
    let others = SOURCES.iter().map(|(lang, _)| *lang).filter(|lang| *lang != REFERENCE);
    std::iter::once(REFERENCE).chain(others).collect()
}

fn supported(lang: &str) -> Option<&'static Messages> {
    ALL.iter().find(|messages| messages.lang == lang)
}

fn parse(source: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    source.lines().filter_map(|line| line.split_once('=')).map(|(key, text)| (key.trim(), text.trim()))
}

impl Messages {
    /// The messages in a site's language, or in its primary language; in English if neither is supported.
    pub(crate) fn of(lang: &Lang) -> &'static Self {
        Self::in_language(lang).unwrap_or_else(Self::reference)
    }

    /// The messages in exactly this language or its primary language, if it is supported.
    pub(crate) fn in_language(lang: &Lang) -> Option<&'static Self> {
        let tag = lang.as_str().to_ascii_lowercase();
        let primary = tag.split('-').next().unwrap_or_default();
        [tag.as_str(), primary].into_iter().find_map(supported)
    }

    /// The tag of its language.
    pub(crate) fn tag(&self) -> &'static str {
        self.lang
    }

    /// The messages for a page that is shown before a site has chosen its language.
    pub(crate) fn reference() -> &'static Self {
        static NONE: Messages = Messages { lang: REFERENCE, texts: Map::new() };
        supported(REFERENCE).unwrap_or(&NONE)
    }

    /// Whether text in `lang` needs no `lang` attribute here: it is the same language, or a variant of it.
    pub(crate) fn speaks(&self, lang: &Lang) -> bool {
        let tag = lang.as_str().to_ascii_lowercase();
        tag.strip_prefix(self.lang).is_some_and(|variant| variant.is_empty() || variant.starts_with('-'))
    }

    /// Whether the language runs from right to left.
    pub(crate) fn is_rtl(&self) -> bool {
        self.text("dir") == "rtl"
    }

    /// A clock time, an id or an address, which runs from left to right: in right-to-left text it is wrapped in
    /// invisible isolation marks (U+2066, U+2069).
    pub(crate) fn isolated(&self, text: &str) -> String {
        if self.is_rtl() { format!("\u{2066}{text}\u{2069}") } else { text.to_owned() }
    }

    /// A message as is; its key if there is none, which a test rules out.
    pub(crate) fn text(&self, key: &'static str) -> &'static str {
        self.texts.get(key).copied().unwrap_or(key)
    }

    /// A message by a key that is computed, if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<&'static str> {
        self.texts.get(key).copied()
    }

    /// All messages whose keys begin so.
    pub(crate) fn beginning(&self, prefix: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.texts.iter().filter(move |(key, _)| key.starts_with(prefix)).map(|(key, text)| (*key, *text))
    }

    /// A message with its names in braces filled in.
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

/// A message as pieces of text, each with the name in braces that follows it.
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use outband_record::text::Value as _;

    use super::*;

    /// Sorted, with duplicates: a name that occurs twice would be filled in once.
    fn names(message: &str) -> Vec<&str> {
        let mut names: Vec<_> = pieces(message).filter_map(|(_, name)| name).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_language_has_every_message_with_the_same_names() {
        let reference = Messages::reference();
        assert!(!reference.texts.is_empty());
        for messages in ALL.iter() {
            let keys = |messages: &Messages| messages.texts.keys().copied().collect::<BTreeSet<_>>();
            let (these, all) = (keys(messages), keys(reference));
            let differing: Vec<_> = these.symmetric_difference(&all).collect();
            assert!(
                differing.is_empty(),
                "missing or not known in messages/{}.txt: {differing:?}",
                messages.lang
            );
            for (key, text) in &messages.texts {
                assert!(!text.is_empty(), "{key} in messages/{}.txt is empty", messages.lang);
                assert_eq!(
                    names(text),
                    names(reference.find(key).unwrap_or_default()),
                    "{key} in messages/{}.txt",
                    messages.lang
                );
                assert!(text.matches('*').count() % 2 == 0, "{key} in messages/{}.txt", messages.lang);
            }
            assert_eq!(messages.text("lang"), messages.lang);
            assert!(["ltr", "rtl"].contains(&messages.text("dir")));
        }
    }

    #[test]
    fn no_key_occurs_twice() {
        for (lang, source) in SOURCES {
            let keys: Vec<_> = parse(source).map(|(key, _)| key).collect();
            let once: BTreeSet<_> = keys.iter().collect();
            assert_eq!(keys.len(), once.len(), "messages/{lang}.txt");
        }
    }

    #[test]
    fn a_variant_has_its_language_and_an_unsupported_language_has_english() {
        for (tag, lang) in
            [("en", "en"), ("en-GB", "en"), ("EN", "en"), ("de-AT", "de"), ("ar-EG", "ar"), ("tlh", "en")]
        {
            assert_eq!(Messages::of(&Lang::parse(tag).unwrap()).lang, lang);
        }
    }

    #[test]
    fn another_language_is_distinguished_from_a_variant() {
        let speaks = |tag| Messages::reference().speaks(&Lang::parse(tag).unwrap());
        assert!(speaks("en") && speaks("en-GB") && speaks("EN-us"));
        assert!(!speaks("de") && !speaks("enm") && !speaks("tlh"));
    }

    #[test]
    fn names_are_replaced() {
        let english = Messages::of(&Lang::parse("en").unwrap());
        assert_eq!(english.text("dir"), "ltr");
        let filled: Vec<_> = pieces("{a} of {b}.").collect();
        assert_eq!(filled, [("", Some("a")), (" of ", Some("b")), (".", None)]);
    }
}
