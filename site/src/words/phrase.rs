use std::fmt;

use askama::filters::Safe;
use outband_record::text::{Url, Value as _};

use crate::messages::{Messages, pieces};
use crate::template::Escaped;

/// A run of text whose parts are marked by their kind. Templates insert it as markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Phrase(Vec<Fragment>);

/// A part of a [`Phrase`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fragment {
    /// The program's own text.
    Plain { text: String },
    /// The program's own text, emphasised.
    Strong { text: String },
    /// A missed promise, or something that must not be overlooked.
    Warn { text: String },
    /// A condition, with its shape before it.
    State { text: String, class: &'static str },
    /// A time or a date: on a page, in plain text, and in UTC if that differs.
    Time { text: String, plain: String, utc: Option<String>, datetime: String },
    /// An aside, on a line of its own on a page.
    Small { words: Phrase },
    /// An operator's text; `lang` if it is not in the page's language.
    Quoted { text: String, lang: Option<String> },
    /// A link; `outside` if it leads away from this site.
    Link { text: String, href: String, outside: bool },
    /// Something to type.
    Code { text: String },
}

impl Fragment {
    pub(crate) fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        let href = href.into();
        Self::Link { text: text.into(), outside: href.starts_with("https://"), href }
    }

    fn text(&self) -> &str {
        match self {
            Self::Plain { text }
            | Self::Strong { text }
            | Self::Warn { text }
            | Self::State { text, .. }
            | Self::Time { plain: text, .. }
            | Self::Quoted { text, .. }
            | Self::Link { text, .. }
            | Self::Code { text } => text,
            Self::Small { .. } => "",
        }
    }
}

impl Phrase {
    /// A message with its placeholders filled in, so that each language keeps its own word order; text between
    /// asterisks is bold.
    pub(crate) fn fill<P: Into<Self>, const N: usize>(
        messages: &Messages,
        key: &'static str,
        parts: [(&str, P); N],
    ) -> Self {
        Self::filled(messages.text(key), &mut parts.map(|(name, part)| (name, Some(part.into()))))
    }

    /// Apart from [`Self::fill`], so that it is compiled once, not for each kind and number of parts.
    fn filled(message: &'static str, parts: &mut [(&str, Option<Self>)]) -> Self {
        let mut phrase = Self::default();
        let mut strong = false;
        for (text, name) in pieces(message) {
            for (place, words) in text.split('*').enumerate() {
                strong ^= place > 0;
                phrase = match words {
                    "" => phrase,
                    words if strong => phrase.strong(words),
                    words => phrase.and(words),
                };
            }
            let part = parts.iter_mut().find(|(known, _)| Some(*known) == name);
            phrase = phrase.join(part.and_then(|(_, part)| part.take()).unwrap_or_default());
        }
        phrase
    }

    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::default().and(text)
    }

    fn and(mut self, text: impl Into<String>) -> Self {
        self.0.push(Fragment::Plain { text: text.into() });
        self
    }

    pub(crate) fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Fragment::Strong { text: text.into() });
        self
    }

    pub(crate) fn warn(mut self, text: impl Into<String>) -> Self {
        self.0.push(Fragment::Warn { text: text.into() });
        self
    }

    /// Adds an aside.
    pub(crate) fn small(self, words: Self) -> Self {
        self.span(Fragment::Small { words })
    }

    pub(crate) fn link(self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.span(Fragment::link(text, href))
    }

    fn span(mut self, span: Fragment) -> Self {
        self.0.push(span);
        self
    }

    fn join(mut self, other: Self) -> Self {
        if self.is_empty() {
            return other;
        }
        self.0.extend(other.0);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As templates insert it.
    pub(crate) fn html(&self) -> Safe<Markup<'_>> {
        Safe(Markup(self))
    }

    /// Makes every link to this site absolute.
    pub(crate) fn absolute(mut self, base: &str) -> Self {
        for span in &mut self.0 {
            match span {
                Fragment::Link { href, .. } if href.starts_with('/') => href.insert_str(0, base),
                Fragment::Small { words } => *words = std::mem::take(words).absolute(base),
                _ => {}
            }
        }
        self
    }
}

impl From<Fragment> for Phrase {
    fn from(span: Fragment) -> Self {
        Self(vec![span])
    }
}

/// Plain text only. A link whose text does not show its target is followed by its address.
impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for span in &self.0 {
            f.write_str(span.text())?;
            if let Fragment::Link { text, href, .. } = span
                && !href.ends_with(text.as_str())
            {
                write!(f, " <{href}>")?;
            }
            if let Fragment::Small { words } = span {
                write!(f, " ({words})")?;
            }
        }
        Ok(())
    }
}

/// A phrase as HTML, with its texts escaped.
pub(crate) struct Markup<'p>(&'p Phrase);

impl fmt::Display for Markup<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for span in &self.0.0 {
            let text = Escaped(span.text());
            match span {
                Fragment::Plain { .. } => write!(f, "{text}")?,
                Fragment::Strong { .. } => write!(f, "<b>{text}</b>")?,
                Fragment::Warn { .. } => write!(f, r#"<strong class="warn">{text}</strong>"#)?,
                Fragment::State { class, .. } => write!(f, r#"<b class="state {class}">{text}</b>"#)?,
                Fragment::Time { text, utc, datetime, .. } => {
                    write!(f, r#"<time datetime="{}""#, Escaped(datetime))?;
                    if let Some(utc) = utc {
                        write!(f, r#" title="{}""#, Escaped(utc))?;
                    }
                    write!(f, ">{}</time>", Escaped(text))?;
                }
                Fragment::Small { words } => write!(f, " <small>({})</small>", Markup(words))?,
                Fragment::Quoted { lang: None, .. } => write!(f, "<bdi>{text}</bdi>")?,
                Fragment::Quoted { lang: Some(lang), .. } => {
                    write!(f, r#"<bdi lang="{}">{text}</bdi>"#, Escaped(lang))?;
                }
                Fragment::Link { href, outside, .. } => {
                    let rel = if *outside { r#" rel="nofollow noopener""# } else { "" };
                    write!(f, r#"<a href="{}"{rel}>{text}</a>"#, Escaped(href))?;
                }
                Fragment::Code { .. } => write!(f, "<code>{text}</code>")?,
            }
        }
        Ok(())
    }
}

/// A paragraph or a list of an update's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Whether the lines are the items of a list.
    pub(crate) list: bool,
    pub(crate) lines: Vec<Phrase>,
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

/// The text before the first link of `line`, the link, and the text after it. Each word is looked at once, so that the
/// cost is linear in the line, whatever it contains.
fn next_link(line: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find(SCHEME).map(|at| from + at) {
        let (before, tail) = line.split_at_checked(at)?;
        let in_word = before.chars().next_back().is_some_and(char::is_alphanumeric);
        let token = tail.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>')).next().unwrap_or(tail);
        let link = without_punctuation(token);
        if !in_word && link.len() > SCHEME.len() && Url::parse(link).is_some() {
            return Some((before, link, tail.get(link.len()..).unwrap_or_default()));
        }
        // Links that begin earlier would be too long, too.
        let shortest = token.trim_end_matches(is_punctuation).len();
        from = at + shortest.saturating_sub(Url::MAX_BYTES).max(SCHEME.len());
    }
    None
}

/// A link ends where the autolinks of CommonMark and its extension by GitHub end: before punctuation that follows it, and
/// before parentheses that were not opened within it.
fn without_punctuation(token: &str) -> &str {
    let mut unopened = token.matches(')').count().saturating_sub(token.matches('(').count());
    token.trim_end_matches(|last| {
        let is_unopened = last == ')' && unopened > 0;
        unopened -= usize::from(is_unopened);
        is_unopened || last != ')' && is_punctuation(last)
    })
}

fn is_punctuation(last: char) -> bool {
    let quotes = matches!(last, '"' | '\'' | '”' | '’' | '“' | '»');
    quotes || matches!(last, ')' | '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '~' | ']' | '…')
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
            ("https://a.example/x_(y))", Some("https://a.example/x_(y)")),
            ("(see https://a.example/x_(y).)", Some("https://a.example/x_(y)")),
            ("(https://a.example/x))).", Some("https://a.example/x")),
            ("https://a.example/((x)", Some("https://a.example/((x)")),
            ("<https://a.example/?a=1&b=2>", Some("https://a.example/?a=1&b=2")),
            ("<https://a.example/x>.", Some("https://a.example/x")),
            ("https://a.example/x<b>y", Some("https://a.example/x")),
            ("**https://a.example/x**", Some("https://a.example/x")),
            ("_https://a.example/x_", Some("https://a.example/x")),
            ("~https://a.example/x_y~", Some("https://a.example/x_y")),
            ("„https://a.example/x“", Some("https://a.example/x")),
            ("https://a.example/x?!…", Some("https://a.example/x")),
            ("xhttps://a.example", None),
            (&format!("https://{},https://b.example", "x".repeat(490)), Some("https://b.example")),
            ("http://a.example", None),
            ("https:// nothing", None),
            ("javascript:alert(1)", None),
        ];
        for (line, expected) in cases {
            assert_eq!(next_link(line).map(|(_, link, _)| link), expected, "{line}");
        }
    }

    /// A search that is quadratic in the line would not finish in the test's time.
    #[test]
    fn links_are_found_in_linear_time() {
        for line in [
            format!("{}{}", SCHEME.repeat(200_000), ")".repeat(1_000_000)),
            format!("https://a.example/({}", ")".repeat(2_000_000)),
            format!("x{}", SCHEME.repeat(300_000)),
            "https://a.example/x ".repeat(100_000),
        ] {
            assert!(!linked(&line).to_string().is_empty());
        }
    }

    #[test]
    fn an_excerpt_ends_at_a_word() {
        assert_eq!(excerpt("Restarting the routers\n", 40), ("Restarting the routers".to_owned(), false));
        assert_eq!(excerpt("Restarting the routers\n", 17), ("Restarting the …".to_owned(), true));
        assert_eq!(excerpt("éééééééé", 4), ("éééé …".to_owned(), true));
    }
}
