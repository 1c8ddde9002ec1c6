//! Tidying: a text as people type it, in the form that is signed. Whatever has one meaning is put right and listed;
//! everything else is a problem, and all of them are found at once.

use std::borrow::Cow;

use outband_keys::{Damage, MAX_NOTE_BYTES, NoteError, is_forbidden};

use super::fields::{Problem, TextError};
use super::grammar::Header;
use super::{Origin, Redaction, Revocation, Roster, Site, Text, Update};
use crate::sort::sort_by_key;
use crate::sorted::Set;

/// A tidied text.
///
/// ```text
/// Outband Update v1␍              outband update v1
/// Title:Mail is down␍             origin: status.example.net
/// origin: status.example.net ␍    title: Mail is down
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidied {
    rows: Vec<Row>,
    /// What was changed, in the order in which it was done.
    pub changes: Vec<Change>,
}

/// One kind of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What was done.
    pub what: &'static str,
    /// In which lines as they were typed, from 1; empty if it concerns the whole text.
    pub lines: Vec<usize>,
}

/// A line, and its number as it was typed; `None` if it was added.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    line: Option<usize>,
    text: String,
}

const UTF_16: &str = "changed UTF-16 to UTF-8";
const BYTE_ORDER_MARK: &str = "removed the byte order mark";
const LINE_ENDS: &str = "changed line ends to plain newlines";
const WHITE_SPACE: &str = "removed white space at the ends of lines";
const SPACES: &str = "changed tabs and other spaces to plain spaces";
const EMPTY_LINES: &str = "removed empty lines";
const NAMES: &str = "wrote names in lower case and a colon and a space after them";
const NO_VALUE: &str = "left out lines without a value";
const TWICE: &str = "left out lines that were there twice";
const ORDER: &str = "put the header lines in order";
const ORIGIN: &str = "added the origin line";
const LAST_NEWLINE: &str = "added the newline at the end";

/// Tidies what was typed. Lines of the body that begin with `#` are kept: they are the author's.
///
/// # Errors
/// If the bytes are too many, or no text.
pub fn tidy(bytes: &[u8]) -> Result<Tidied, NoteError> {
    if bytes.len() > MAX_NOTE_BYTES {
        return Err(NoteError::TooLarge { bytes: bytes.len(), limit: MAX_NOTE_BYTES });
    }
    let mut tidied = Tidied { rows: Vec::new(), changes: Vec::new() };
    let text = tidied.decode(bytes)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let plain = text.replace("\r\n", "\n").replace('\r', "\n");
    tidied.note(plain != *text, LINE_ENDS, None);
    let has_end = plain.ends_with('\n');
    for (before, row) in plain.split_terminator('\n').enumerate() {
        tidied.rows.push(Row { line: Some(before + 1), text: row.to_owned() });
    }
    tidied.tidy_rows();
    tidied.tidy_first_row();
    tidied.drop_empty_rows();
    tidied.tidy_head();
    tidied.tidy_values();
    tidied.note(!has_end, LAST_NEWLINE, None);
    Ok(tidied)
}

impl Tidied {
    /// The text.
    pub fn text(&self) -> String {
        self.rows.iter().flat_map(|row| [row.text.as_str(), "\n"]).collect()
    }

    /// The number of a line of the text as it was typed, both from 1.
    pub fn typed(&self, line: usize) -> Option<usize> {
        self.rows.get(line.checked_sub(1)?)?.line
    }

    /// Adds the origin, if there is none.
    pub fn add_origin(&mut self, origin: &Origin) {
        let has_one = self.head().iter().any(|row| row.text.starts_with("origin:"));
        if !has_one && !self.rows.is_empty() {
            self.rows.insert(1, Row { line: None, text: format!("origin: {origin}") });
            self.note(true, ORIGIN, None);
        }
    }

    /// Records a change.
    fn note(&mut self, is_change: bool, what: &'static str, line: Option<usize>) {
        if !is_change {
            return;
        }
        match self.changes.iter_mut().find(|change| change.what == what) {
            Some(change) => change.lines.extend(line),
            None => self.changes.push(Change { what, lines: line.into_iter().collect() }),
        }
    }

    fn decode<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, str>, NoteError> {
        match Damage::of(bytes) {
            Some(Damage::Utf16) => {
                self.note(true, UTF_16, None);
                from_utf16(bytes).map(Cow::Owned)
            }
            Some(damage) if damage.is_in_transit() && damage != Damage::Dash => {
                Err(NoteError::Damaged { damage })
            }
            damage => {
                self.note(damage == Some(Damage::ByteOrderMark), BYTE_ORDER_MARK, None);
                let text = str::from_utf8(bytes);
                text.map(Cow::Borrowed).map_err(|error| NoteError::NotUtf8 { offset: error.valid_up_to() })
            }
        }
    }

    fn tidy_rows(&mut self) {
        for mut row in std::mem::take(&mut self.rows) {
            let plain = row.text.replace('\t', " ").replace('\u{feff}', "");
            let trimmed = plain.trim();
            self.note(plain != row.text && !row.text.trim().is_empty(), SPACES, row.line);
            self.note(trimmed != plain, WHITE_SPACE, row.line);
            row.text = trimmed.to_owned();
            self.rows.push(row);
        }
    }

    /// Leaves one empty line between paragraphs, none at either end or after the first line, and no header line without a
    /// value.
    fn drop_empty_rows(&mut self) {
        let mut kept: Vec<Row> = Vec::new();
        let (mut waiting, mut is_body) = (None::<Row>, false);
        for row in std::mem::take(&mut self.rows) {
            if row.text.is_empty() {
                let first = waiting.replace(row).and_then(|row| row.line);
                self.note(first.is_some(), EMPTY_LINES, first);
                continue;
            }
            is_body |= waiting.is_some() && kept.len() > 1;
            let is_empty =
                !is_body && kept.first().is_some_and(|first| is_valueless(&row.text, headers(&first.text)));
            self.note(is_empty, NO_VALUE, row.line);
            if is_empty {
                continue;
            }
            if let Some(empty) = waiting.take() {
                self.note(!is_body, EMPTY_LINES, empty.line);
                kept.extend(is_body.then_some(empty));
            }
            kept.push(row);
        }
        self.note(waiting.is_some(), EMPTY_LINES, waiting.and_then(|row| row.line));
        self.rows = kept;
    }

    /// The first line and the header lines.
    fn head(&self) -> &[Row] {
        let length = self.rows.iter().position(|row| row.text.is_empty()).unwrap_or(self.rows.len());
        self.rows.get(..length).unwrap_or_default()
    }

    fn tidy_first_row(&mut self) {
        let Some(first) = self.rows.iter_mut().find(|row| !row.text.is_empty()) else { return };
        let line = spaced(&first.text).to_ascii_lowercase();
        if !headers(&line).is_empty() && line != first.text {
            let typed = first.line;
            first.text = line;
            self.note(true, NAMES, typed);
        }
    }

    fn tidy_head(&mut self) {
        let length = self.head().len();
        let body = self.rows.split_off(length);
        let mut head = std::mem::take(&mut self.rows).into_iter();
        let Some(first) = head.next() else { return };
        let headers = headers(&first.text);
        let (mut rows, mut seen) = (Vec::new(), Set::new());
        for row in head {
            let row = self.tidy_header(row, headers);
            let is_new = seen.insert(row.text.clone());
            self.note(!is_new, TWICE, row.line);
            rows.extend(is_new.then(|| (place(&row.text, headers), row)));
        }
        let is_ordered = rows.is_sorted_by_key(|(place, _)| *place);
        self.note(!is_ordered, ORDER, None);
        sort_by_key(&mut rows, |(place, _)| *place);
        let rows = rows.into_iter().map(|(_, row)| row);
        self.rows = [first].into_iter().chain(rows).chain(body).collect();
    }

    /// Plain single spaces in values that are wrong. Right ones keep theirs: those of titles are the author's. Rosters are
    /// written by programs, and parsing hundreds of keys takes long.
    fn tidy_values(&mut self) {
        if self.rows.first().is_some_and(|first| first.text == Roster::FIRST_LINE) {
            return;
        }
        for (line, problem) in self.problems() {
            let Problem::Value { name, value, .. } = problem else { continue };
            let plain = spaced(&value);
            let Some(row) = self.rows.iter_mut().find(|row| row.line == line).filter(|_| plain != value)
            else {
                continue;
            };
            row.text = format!("{name}: {plain}");
            self.note(true, SPACES, line);
        }
    }

    /// A header line that the type has, as `name: value`.
    fn tidy_header(&mut self, mut row: Row, headers: &[Header]) -> Row {
        if let Some((name, value)) = header(&row.text, headers) {
            let tidy = format!("{name}: {value}");
            self.note(tidy != row.text, NAMES, row.line);
            row.text = tidy;
        }
        row
    }
}

/// The name and the value, if this is a header line that the type has.
fn header<'r>(row: &'r str, headers: &[Header]) -> Option<(&'static str, &'r str)> {
    let (name, value) = row.split_once(':')?;
    let known = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name.trim()))?;
    Some((known.name, value.trim()))
}

fn is_valueless(row: &str, headers: &[Header]) -> bool {
    header(row, headers).is_some_and(|(_, value)| value.is_empty())
}

/// The header lines of the type with this first line.
fn headers(first_line: &str) -> &'static [Header] {
    TYPES.iter().find(|(known, _)| *known == first_line).map_or(&[], |(_, headers)| headers)
}

/// The first line and the header lines of each type.
const TYPES: [(&str, &[Header]); 5] = [
    (Update::FIRST_LINE, Update::HEADERS),
    (Site::FIRST_LINE, Site::HEADERS),
    (Roster::FIRST_LINE, Roster::HEADERS),
    (Revocation::FIRST_LINE, Revocation::HEADERS),
    (Redaction::FIRST_LINE, Redaction::HEADERS),
];

/// Where a header line belongs; last, if it is none.
fn place(row: &str, headers: &[Header]) -> usize {
    let name = header(row, headers).map(|(name, _)| name);
    headers.iter().position(|header| Some(header.name) == name).unwrap_or(headers.len())
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Decodes UTF-16 with a byte order mark, or in the order in which its first character is ASCII.
fn from_utf16(bytes: &[u8]) -> Result<String, NoteError> {
    let is_big = matches!(bytes, [0xfe, 0xff, ..] | [0, _, ..]);
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units =
        pairs.iter().map(|pair| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
    text.filter(|_| rest.is_empty()).ok_or(NoteError::NotUtf8 { offset: 0 })
}

/// At most this many problems are listed: each costs as much as parsing the text.
const MAX_PROBLEMS: usize = 16;

impl Tidied {
    /// Everything that is wrong with the text by itself, at most sixteen, in the order of their lines as they were typed,
    /// and what is missing last.
    ///
    /// The parser stops at the first one. So each is mended as far as the rules between lines need it, and the text is
    /// parsed again.
    pub fn problems(&self) -> Vec<(Option<usize>, Problem)> {
        let mut problems = Vec::new();
        let mut mended = Self { rows: self.rows.clone(), changes: Vec::new() };
        while problems.len() < MAX_PROBLEMS {
            let Err(TextError { line, problem }) = Text::parse(&mended.text()) else { break };
            let is_missing = matches!(problem, Problem::Missing { .. });
            problems.push((mended.typed(line).filter(|_| !is_missing), problem.clone()));
            if !mended.mend(line, &problem) {
                break;
            }
        }
        sort_by_key(&mut problems, |(line, _)| (line.is_none(), *line));
        problems
    }

    /// Mends a problem of this line; returns whether anything else can still be judged.
    fn mend(&mut self, line: usize, problem: &Problem) -> bool {
        let (at, head) = (line.saturating_sub(1), self.head().len());
        if let Problem::Missing { name, .. } = problem {
            let Some(value) = substitute(name) else { return false };
            self.rows.insert(at.min(self.rows.len()), Row { line: None, text: format!("{name}: {value}") });
            return true;
        }
        let has_body = self.rows.first().is_some_and(|first| first.text == Update::FIRST_LINE);
        let Some(row) = self.rows.get_mut(at) else { return false };
        match problem {
            Problem::UnknownType { .. } => return false,
            // The last newline is always there.
            Problem::Form { .. } => row.text.retain(|c| !is_forbidden(c)),
            // Other lines refer to components.
            Problem::Value { name: "component", .. } => return false,
            Problem::Value { name, value, .. } => match substitute(name).filter(|known| known != value) {
                Some(known) => row.text = format!("{name}: {known}"),
                None => drop(self.rows.remove(at)),
            },
            Problem::Body { .. } if !has_body => self.rows.truncate(head),
            Problem::Body { .. } if at > head => "x".clone_into(&mut row.text),
            _ => drop(self.rows.remove(at)),
        }
        true
    }
}

/// A value that breaks no rule between lines, in place of one that is missing or wrong.
fn substitute(name: &str) -> Option<&'static str> {
    match name {
        "origin" => Some("status.example.net"),
        "id" => Some("00000000000000000000000000000000"),
        "translates" => Some("ffffffffffffffffffffffffffffffff"),
        "time" => Some("1970-01-01T00:00:00Z"),
        "next-update" => Some("9999-01-01T00:00:00Z"),
        "window" => Some("9999-01-01T00:00:00Z/9999-01-02T00:00:00Z"),
        // It may have a window, and needs no next update.
        "phase" => Some("completed"),
        "incident" | "title" | "name" => Some("x"),
        "lang" => Some("en"),
        "url" => Some("https://status.example.net"),
        "zone" => Some("UTC0"),
        _ => None,
    }
}
