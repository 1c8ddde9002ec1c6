use outband_record::text::{Url, Value};
use serde::Serialize;

use super::Phrase;

/// A paragraph or a list of an update's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Block {
    /// Whether the lines are the items of a list.
    list: bool,
    lines: Vec<Phrase>,
}

/// A body: paragraphs of plain text, `- ` lists, bare https links. There is no other markup.
pub(crate) fn prose(body: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for paragraph in body.trim_end().split("\n\n") {
        let mut open: Option<Block> = None;
        for row in paragraph.split('\n') {
            let (list, words) = row.strip_prefix("- ").map_or((false, row), |item| (true, item));
            let line = linked(words);
            match &mut open {
                Some(block) if block.list == list => block.lines.push(line),
                _ => blocks.extend(open.replace(Block { list, lines: vec![line] })),
            }
        }
        blocks.extend(open);
    }
    blocks
}

/// The start of a body, at most `limit` characters, cut at a word boundary; and whether it was cut.
pub(crate) fn excerpt(body: &str, limit: usize) -> (String, bool) {
    let whole = body.trim_end();
    let Some((end, _)) = whole.char_indices().nth(limit) else { return (whole.to_owned(), false) };
    let head = whole.get(..end).unwrap_or(whole);
    let at_word = head.rfind(char::is_whitespace).and_then(|at| head.get(..at)).unwrap_or(head);
    (format!("{} …", at_word.trim_end()), true)
}

/// One line, with its bare links turned into links.
fn linked(line: &str) -> Phrase {
    let mut phrase = Phrase::default();
    let mut rest = line;
    while let Some((before, link, after)) = next_link(rest) {
        if !before.is_empty() {
            phrase = phrase.and(before);
        }
        phrase = phrase.link(link, link);
        rest = after;
    }
    if rest.is_empty() { phrase } else { phrase.and(rest) }
}

const SCHEME: &str = "https://";

/// The text before the first link of `line`, the link, and the text after it.
fn next_link(line: &str) -> Option<(&str, &str, &str)> {
    for (at, _) in line.match_indices(SCHEME) {
        let (before, tail) = line.split_at_checked(at)?;
        let in_word = before.chars().next_back().is_some_and(char::is_alphanumeric);
        let token = tail.split(char::is_whitespace).next().unwrap_or(tail);
        let link = without_punctuation(token);
        if !in_word && link.len() > SCHEME.len() && Url::parse(link).is_some() {
            return Some((before, link, tail.get(link.len()..).unwrap_or_default()));
        }
    }
    None
}

/// A link at the end of a sentence or in parentheses does not include the punctuation that follows it.
fn without_punctuation(token: &str) -> &str {
    let mut link = token;
    loop {
        let Some(last) = link.chars().next_back() else { return link };
        let closes = match last {
            ')' => !link.contains('('),
            _ => matches!(last, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | ']' | '>' | '”' | '’' | '…'),
        };
        match link.strip_suffix(last) {
            Some(shorter) if closes => link = shorter,
            _ => return link,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bare_https_link_is_a_link() {
        let cases = [
            ("see https://a.example/x. Thanks", Some("https://a.example/x")),
            ("(https://a.example/x)", Some("https://a.example/x")),
            ("https://a.example/x_(y)", Some("https://a.example/x_(y)")),
            ("<https://a.example/?a=1&b=2>", Some("https://a.example/?a=1&b=2")),
            ("xhttps://a.example", None),
            ("http://a.example", None),
            ("https:// nothing", None),
            ("javascript:alert(1)", None),
        ];
        for (line, expected) in cases {
            assert_eq!(next_link(line).map(|(_, link, _)| link), expected, "{line}");
        }
    }

    #[test]
    fn an_excerpt_ends_at_a_word() {
        assert_eq!(excerpt("Restarting the routers\n", 40), ("Restarting the routers".to_owned(), false));
        assert_eq!(excerpt("Restarting the routers\n", 17), ("Restarting the …".to_owned(), true));
        assert_eq!(excerpt("éééééééé", 4), ("éééé …".to_owned(), true));
    }
}
