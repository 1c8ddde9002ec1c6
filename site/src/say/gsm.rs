//! SMS: the GSM default alphabet and its extension (3GPP TS 23.038, 6.2.1).
//!
//! A single character outside it makes a phone send the whole text in another encoding, which fits 70 characters
//! instead of 160.

/// Characters that take one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// Characters that need an escape: two septets.
const EXTENSION: &str = "^{}\\[~]|€";

/// Replacements for characters that are not in the alphabet.
const INSTEAD: &[(&str, &str)] = &[
    ("’‘‚‛`´ʼ′", "'"),
    ("“”„‟«»″", "\""),
    ("–—‐‑‒―−", "-"),
    ("…", "..."),
    ("·•", "/"),
    ("→", "->"),
    ("×", "x"),
    ("áâãāăą", "a"),
    ("ÁÀÂÃĀĂĄ", "A"),
    ("çćčċ", "c"),
    ("ĆČĊ", "C"),
    ("ďđð", "d"),
    ("ĎĐÐ", "D"),
    ("êëēėęě", "e"),
    ("ÈÊËĒĖĘĚ", "E"),
    ("ğģġ", "g"),
    ("ĞĢĠ", "G"),
    ("íîïīįı", "i"),
    ("ÍÌÎÏĪĮİ", "I"),
    ("ķ", "k"),
    ("Ķ", "K"),
    ("łľļĺ", "l"),
    ("ŁĽĻĹ", "L"),
    ("ńňņ", "n"),
    ("ŃŇŅ", "N"),
    ("óôõőō", "o"),
    ("ÓÒÔÕŐŌ", "O"),
    ("œ", "oe"),
    ("Œ", "OE"),
    ("řŕ", "r"),
    ("ŘŔ", "R"),
    ("śšşș", "s"),
    ("ŚŠŞȘ", "S"),
    ("ťţț", "t"),
    ("ŤŢȚ", "T"),
    ("þ", "th"),
    ("Þ", "Th"),
    ("úûūůűų", "u"),
    ("ÚÙÛŪŮŰŲ", "U"),
    ("ýÿ", "y"),
    ("ÝŸ", "Y"),
    ("źżž", "z"),
    ("ŹŻŽ", "Z"),
];

/// `text` in this alphabet. Unsupported symbols are left out; `None` if a letter is unsupported: half a word is worse
/// than none.
pub(super) fn written(text: &str) -> Option<String> {
    let mut written = String::new();
    for c in text.chars() {
        if septets_of(c) > 0 {
            written.push(c);
        } else if let Some((_, instead)) = INSTEAD.iter().find(|(these, _)| these.contains(c)) {
            written.push_str(instead);
        } else if c.is_alphanumeric() {
            return None;
        } else if c.is_whitespace() {
            written.push(' ');
        }
    }
    Some(written.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|written| !written.is_empty())
}

/// How many septets `text` takes. Only meaningful for the output of [`written`].
pub(super) fn septets(text: &str) -> usize {
    text.chars().map(septets_of).sum()
}

/// 0 if the character is in neither table.
pub(super) fn septets_of(c: char) -> usize {
    if BASIC.contains(c) {
        1
    } else if EXTENSION.contains(c) {
        2
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_have_as_many_characters_as_the_standard() {
        // 128 positions, one of which is the escape; the extension's form feed is not text.
        assert_eq!(BASIC.chars().count(), 127);
        assert_eq!(EXTENSION.chars().count(), 9);
        assert!(INSTEAD.iter().all(|(these, instead)| {
            these.chars().all(|c| septets_of(c) == 0) && instead.chars().all(|c| septets_of(c) == 1)
        }));
    }

    #[test]
    fn what_cannot_be_written_is_replaced_or_left_out_whole() {
        assert_eq!(written("Outlook says “no” – wait…").as_deref(), Some("Outlook says \"no\" - wait..."));
        assert_eq!(written("Çà et là: forêt, Łódź").as_deref(), Some("Çà et là: foret, Lodz"));
        assert_eq!(written("Mail is down 🔥\u{2066} now").as_deref(), Some("Mail is down now"));
        assert_eq!(written("メール"), None);
        assert_eq!(written("البريد"), None);
        assert_eq!(written("🔥"), None);
        assert_eq!((septets("a€ [x]"), septets("abc")), (9, 3));
    }
}
