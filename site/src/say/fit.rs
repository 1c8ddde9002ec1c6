//! Fits text into a limited space.

/// Text before and after the text that may be shortened; each is kept whole or left out.
pub(super) type Around = [String; 2];

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

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        text.chars().count()
    }

    #[test]
    fn words_are_cut_at_a_word_and_what_stands_around_never() {
        let around = |before: &str, after: &str| [[before.to_owned(), after.to_owned()]];
        let fit = |words, limit| fitted(words, &around("A:", "https://a.example/"), limit, count, "…");
        assert_eq!(fit("mail is down", 40), "A: mail is down https://a.example/");
        assert_eq!(fit("mail, voice, files are down", 40), "A: mail, voice… https://a.example/");
        assert_eq!(fit("abcdefghijklmnopqrstuvwxyz", 30), "A: abcdefg… https://a.example/");
        assert_eq!(fit("mail", 21), "A: https://a.example/");
        assert_eq!(fit("mail", 20), "");
    }

    #[test]
    fn what_stands_around_gives_way_to_the_words() {
        let around =
            [["A long name:".to_owned(), "by noon".to_owned()], [String::new(), "by noon".to_owned()]];
        assert_eq!(fitted("mail is down", &around, 40, count, "…"), "A long name: mail is down by noon");
        assert_eq!(fitted("mail is down", &around, 22, count, "…"), "mail is down by noon");
    }
}
