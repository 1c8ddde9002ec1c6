//! What chats, word processors and telephones make of what people type: typographic quotation marks and dashes, no-break
//! spaces, characters that nobody sees. What has one meaning is put right, and said.

use anyhow::{Result, bail};
use outband_keys::{is_forbidden, printable, quoted};

use super::draft::Draft;

/// Lines in words for readers, whose typography is their author's.
const WORDS: [&str; 6] = ["title", "summary", "symptom", "scope", "workaround", "credit"];

/// Puts every value right, and returns what was done.
pub(super) fn put_right(draft: &mut Draft) -> Result<Vec<String>> {
    let mut remarks = Vec::new();
    for (name, value) in draft.values_mut() {
        let plain = plain(name, value)?;
        if plain != *value {
            remarks.push(format!("{name}: {} is taken to mean {plain}", quoted(value)));
            *value = plain;
        }
    }
    let body = draft.body().map(|body| (body.to_owned(), without_marks(body)));
    if let Some((body, plain)) = body.filter(|(body, plain)| body != plain) {
        let count = body.chars().count().saturating_sub(plain.chars().count());
        remarks.push(format!("body: removed invisible characters ({count})"));
        draft.set_body(&plain);
    }
    Ok(remarks)
}

/// A line's value as it was meant.
pub(super) fn plain(name: &str, value: &str) -> Result<String> {
    let names_or_explains = match name {
        "eta" => value.starts_with("unknown "),
        "fault" => value.starts_with("upstream "),
        name => WORDS.contains(&name),
    };
    if names_or_explains {
        return words(name, value);
    }
    let seen = value.chars().filter(|c| !is_unseen(*c) && !is_quotation_mark(*c));
    let plain: String = seen.map(|c| if is_dash(c) { '-' } else { spaced(c) }).collect();
    let trimmed = plain.trim();
    let bare = ['"', '\''].iter().find_map(|mark| trimmed.strip_prefix(*mark)?.strip_suffix(*mark));
    Ok(bare.unwrap_or(trimmed).trim().to_owned())
}

/// Words for readers. Quotation marks around a single word were meant for the shell; one that is not closed may be the
/// beginning of words that the shell has taken apart.
fn words(name: &str, value: &str) -> Result<String> {
    let words = without_marks(value);
    let words = words.trim();
    if is_taken_apart(words) {
        bail!(
            "{name} {}: the quotation mark has no counterpart. A shell knows straight ones only: --{name} \"…\"",
            quoted(words)
        );
    }
    let bare = words.strip_prefix(is_quotation_mark).and_then(|rest| rest.strip_suffix(is_quotation_mark));
    let bare = bare.filter(|bare| !bare.is_empty() && !bare.contains(char::is_whitespace));
    Ok(bare.unwrap_or(words).to_owned())
}

/// A text without the marks of direction that programs put around what is copied from them. One that turns the order of
/// letters is left to be refused: without it, the text would read otherwise.
fn without_marks(text: &str) -> String {
    if text.contains(['\u{202d}', '\u{202e}']) {
        return text.to_owned();
    }
    text.chars().filter(|c| !(is_unseen(*c) && is_forbidden(*c))).collect()
}

/// What is wrong with a word of a command line, if programs have changed its hyphens or quotation marks.
pub(crate) fn hint(word: &str) -> Option<String> {
    if let Some(option) = option(word) {
        return Some(format!(
            "{} begins with a dash that is not a hyphen; the option is {}",
            quoted(word),
            printable(&option)
        ));
    }
    is_taken_apart(word)
        .then(|| format!("{}: a shell knows straight quotation marks only: \"Mail is down\"", quoted(word)))
}

/// A word that was meant as an option, as the option: `—yes` as `--yes`.
fn option(word: &str) -> Option<String> {
    let name = word.trim_start_matches(|c| c == '-' || is_dash(c));
    let is_option =
        word.starts_with(is_dash) || word.strip_prefix('-').is_some_and(|rest| rest.starts_with(is_dash));
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.contains(char::is_whitespace);
    let hyphens = if name.len() == 1 { "-" } else { "--" };
    (is_option && is_name).then(|| format!("{hyphens}{name}"))
}

/// Whether a typographic quotation mark begins or ends a word without a counterpart, so that a shell has taken the words
/// apart.
fn is_taken_apart(word: &str) -> bool {
    let is_mark = |c: char| is_quotation_mark(c) && !is_apostrophe(c);
    let is_odd = !word.chars().filter(|c| is_mark(*c)).count().is_multiple_of(2);
    is_odd && (word.starts_with(is_mark) || word.ends_with(is_mark))
}

fn is_quotation_mark(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201f}' | '«' | '»' | '‹' | '›')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\u{2018}'..='\u{201b}')
}

fn is_dash(c: char) -> bool {
    matches!(c, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

fn spaced(c: char) -> char {
    if c.is_whitespace() { ' ' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_one_meaning_is_put_right() {
        for (name, typed, meant) in [
            ("affects", "“mail down”", "mail down"),
            ("affects", "“mail” down", "mail down"),
            ("affects", "mail\u{a0}down", "mail down"),
            ("affects", "mail–eu down", "mail-eu down"),
            ("next-update", "‘45m’", "45m"),
            ("next-update", "„2\u{202f}hours“", "2 hours"),
            ("next-update", "'45m'", "45m"),
            ("started", "–20m", "-20m"),
            ("started", "−20m", "-20m"),
            ("window", "2026–12–01 22:00/2h", "2026-12-01 22:00/2h"),
            ("incident", "«mail»", "mail"),
            ("contact", "\u{202a}tel:+1-555-0100\u{202c}", "tel:+1-555-0100"),
            ("phase", "\u{feff}resolved\u{200b}", "resolved"),
            ("fault", "“unknown”", "unknown"),
            ("eta", "22:00\u{a0}possible", "22:00 possible"),
            ("title", "“Mail”", "Mail"),
            ("title", "\u{2067}Mail\u{2069} is down", "Mail is down"),
        ] {
            assert_eq!(plain(name, typed).unwrap(), meant, "{name}: {typed}");
        }
    }

    #[test]
    fn an_author_s_typography_is_kept() {
        for (name, typed) in [
            ("title", "“Mail” is down – and voice too"),
            ("title", "“Mail is down”"),
            ("title", "All of the users’"),
            ("workaround", "Call us, it’s quick"),
            ("eta", "unknown we don’t know"),
            ("fault", "upstream Müller’s Net suspected"),
            ("title", "\u{202e}nwod si liaM"),
            ("affects", "mail outage"),
        ] {
            assert_eq!(plain(name, typed).unwrap(), typed, "{name}");
        }
    }

    #[test]
    fn what_a_shell_has_taken_apart_is_refused() {
        for typed in ["“Mail", "Mail”", "„Mail", "«Mail"] {
            let error = plain("title", typed).unwrap_err().to_string();
            assert!(error.contains("--title \"…\""), "{error}");
        }
        assert!(is_taken_apart("“Mail") && is_taken_apart("down”") && !is_taken_apart("“Mail”"));
    }

    #[test]
    fn dashes_that_were_hyphens_make_options() {
        for (word, meant) in [
            ("—quick", Some("--quick")),
            ("–-title", Some("--title")),
            ("-–title", Some("--title")),
            ("––dry-run", Some("--dry-run")),
            ("–y", Some("-y")),
            ("--title", None),
            ("— we look", None),
            ("–20m", None),
            ("mail", None),
        ] {
            assert_eq!(option(word).as_deref(), meant, "{word}");
        }
    }

    #[test]
    fn what_was_done_is_said() {
        let mut draft = Draft::default();
        draft.add("next-update", "‘45m’").unwrap();
        draft.set_body("Call \u{2067}us\u{2069}.");
        assert_eq!(
            put_right(&mut draft).unwrap(),
            ["next-update: \"‘45m’\" is taken to mean 45m", "body: removed invisible characters (2)"]
        );
        assert_eq!((draft.value("next-update"), draft.body()), (Some("45m"), Some("Call us.")));
        assert!(put_right(&mut draft).unwrap().is_empty());
    }
}
