//! Fits text into a limited space, as the channel counts it.

/// Text before and after the text that may be shortened; each is kept whole or left out.
type Around = [String; 2];

/// `words` between the first of `around` that leaves enough room for them, at most `limit` in total as counted by
/// `measure`. The text around is never cut; `ellipsis` marks where `words` are.
pub(super) fn fitted(
    words: &str,
    around: &[Around],
    limit: usize,
    measure: fn(&str) -> usize,
    ellipsis: &str,
) -> String {
    let whole = |[before, after]: &Around, words: &str| joined([before.as_str(), words, after.as_str()]);
    let fits = |around: &Around, words: &str| measure(&whole(around, words)) <= limit;
    let Some([_, after]) = around.iter().find(|around| fits(around, "")) else { return String::new() };
    // The text before gives way to `words`; the text after is the reason for sending them.
    let possible = around.iter().filter(|around @ [_, own]| own == after && fits(around, ""));
    let mut texts = possible.map(|around| {
        let cut = shortened(words, ellipsis, |cut| fits(around, cut));
        (measure(&cut), whole(around, &cut))
    });
    let first = texts.next().unwrap_or_default();
    let enough = measure(words).min(limit / ENOUGH);
    let is_enough = |(length, _): &(usize, String)| *length >= enough;
    if is_enough(&first) { first.1 } else { texts.find(is_enough).unwrap_or(first).1 }
}

/// The text should get at least a third of the limit; with less it would not be informative.
const ENOUGH: usize = 3;

/// The longest prefix of `words` that fits, cut at a word boundary; within a word only if even the first one is too
/// long, as in languages without spaces. Empty if not even that fits.
fn shortened(words: &str, ellipsis: &str, fits: impl Fn(&str) -> bool) -> String {
    if fits(words) {
        return words.to_owned();
    }
    let cut = |end: usize| {
        let kept = words.get(..end).unwrap_or_default().trim_end_matches([' ', ',', ';', ':', '.', '–', '-']);
        format!("{kept}{ellipsis}")
    };
    let ends = |of: fn(char) -> bool| {
        let ends = words.char_indices().filter(move |(at, c)| *at > 0 && of(*c));
        ends.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let longest = |ends: Vec<usize>| ends.into_iter().rev().map(cut).find(|cut| fits(cut));
    longest(ends(char::is_whitespace)).or_else(|| longest(ends(|_| true))).unwrap_or_default()
}

/// The non-empty parts, joined by spaces.
pub(super) fn joined<'p>(parts: impl IntoIterator<Item = &'p str>) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Characters as social networks count them: CJK characters, emoji and the like count twice.
pub(crate) fn weight(text: &str) -> usize {
    let light = |c| matches!(c, '\0'..='\u{10ff}' | '\u{2000}'..='\u{200d}' | '\u{2010}'..='\u{201f}' | '\u{2032}'..='\u{2037}');
    text.chars().map(|c| if light(c) { 1 } else { 2 }).sum()
}

/// Number of words, as read aloud.
pub(crate) fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// Number of characters.
pub(super) fn characters(text: &str) -> usize {
    text.chars().count()
}

/// How many septets `text` takes. Only meaningful for the output of [`in_gsm`].
pub(crate) fn septets(text: &str) -> usize {
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

/// `text` in the default alphabet of SMS and its extension (3GPP TS 23.038, 6.2.1): a single character outside it makes
/// a phone send the whole text in another encoding, which fits 70 characters instead of 160. Unsupported symbols are
/// left out; `None` if a letter is unsupported: half a word is worse than none.
pub(super) fn in_gsm(text: &str) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_are_cut_and_between_words() {
        let around = |before: &str, after: &str| [[before.to_owned(), after.to_owned()]];
        let fit = |words, limit| fitted(words, &around("A:", "https://a.example/"), limit, characters, "…");
        assert_eq!(fit("mail is down", 40), "A: mail is down https://a.example/");
        assert_eq!(fit("mail, voice, files are down", 40), "A: mail, voice… https://a.example/");
        assert_eq!(fit("abcdefghijklmnopqrstuvwxyz", 30), "A: abcdefg… https://a.example/");
        assert_eq!(fit("mail", 21), "A: https://a.example/");
        assert_eq!(fit("mail", 20), "");
    }

    #[test]
    fn the_text_before_gives_way_to_the_words() {
        let around =
            [["A long name:".to_owned(), "by noon".to_owned()], [String::new(), "by noon".to_owned()]];
        assert_eq!(fitted("mail is down", &around, 40, characters, "…"), "A long name: mail is down by noon");
        assert_eq!(fitted("mail is down", &around, 22, characters, "…"), "mail is down by noon");
    }

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
        assert_eq!(in_gsm("Outlook says “no” – wait…").as_deref(), Some("Outlook says \"no\" - wait..."));
        assert_eq!(in_gsm("Çà et là: forêt, Łódź").as_deref(), Some("Çà et là: foret, Lodz"));
        assert_eq!(in_gsm("Mail is down 🔥\u{2066} now").as_deref(), Some("Mail is down now"));
        assert_eq!(in_gsm("メール"), None);
        assert_eq!(in_gsm("البريد"), None);
        assert_eq!(in_gsm("🔥"), None);
        assert_eq!((septets("a€ [x]"), septets("abc")), (9, 3));
    }
}
