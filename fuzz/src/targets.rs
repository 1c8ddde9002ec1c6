//! The targets: parsers of untrusted input, and the property that each must satisfy.

mod documents;
pub(crate) mod posts;

use std::str;

use outband_keys::{KeyName, Note, SshSignature, VerifierKey};
use outband_record::log::{self, Checkpoint, MAX_SIZE, TileRequest};
use outband_record::text::Text;

/// A parser to be fuzzed.
#[derive(Debug)]
pub struct Target {
    /// Its name, and that of its corpus folder.
    pub name: &'static str,
    /// Folders of test vectors that belong to its corpus.
    pub vectors: &'static [&'static str],
    /// Makes an input from a published file's path and content, if the file is of this target's format.
    pub published: fn(&str, &[u8]) -> Option<Vec<u8>>,
    /// The number of mutations of each corpus file in the tests: a second or two for all of them.
    pub mutations: usize,
    /// Parses an input.
    pub read: fn(&[u8]) -> Verdict,
}

/// Whether the input was accepted, or a description of the broken property.
pub type Verdict = Result<bool, String>;

/// All targets.
pub const TARGETS: &[Target] = &[
    target("note", note, &["keys/tests/vectors"], nothing, 1000),
    target("entry", entry, &["keys/tests/vectors"], published_entry, 500),
    target("text", text, TEXTS, nothing, 200),
    target("checkpoint", checkpoint, &[], published_checkpoint, 20_000),
    target("tile-path", tile_path, &[], published_tile, 5000),
    target("bundle", bundle, &[], published_bundle, 5000),
    target("ssh", ssh, &[], nothing, 1000),
    target("key", key, &[], nothing, 5000),
    target("document", documents::read, &[], documents::published, 500),
    target("posts", posts::read, &[], nothing, 150),
];

const TEXTS: &[&str] = &[
    "record/tests/vectors/text/redaction",
    "record/tests/vectors/text/removal",
    "record/tests/vectors/text/roster",
    "record/tests/vectors/text/site",
    "record/tests/vectors/text/update",
];

const fn target(
    name: &'static str,
    read: fn(&[u8]) -> Verdict,
    vectors: &'static [&'static str],
    published: fn(&str, &[u8]) -> Option<Vec<u8>>,
    mutations: usize,
) -> Target {
    Target { name, read, vectors, published, mutations }
}

impl Target {
    /// The target of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        TARGETS.iter().find(|target| target.name == name)
    }
}

fn nothing(_: &str, _: &[u8]) -> Option<Vec<u8>> {
    None
}

fn published_entry(path: &str, body: &[u8]) -> Option<Vec<u8>> {
    path.ends_with(".note").then(|| body.to_vec())
}

fn published_checkpoint(path: &str, body: &[u8]) -> Option<Vec<u8>> {
    let note = Note::parse_entry(body).ok().filter(|_| path == "/log/checkpoint")?;
    Some(note.text().as_bytes().to_vec())
}

fn published_tile(path: &str, _: &[u8]) -> Option<Vec<u8>> {
    path.starts_with("/log/tile/").then(|| path.as_bytes().to_vec())
}

fn published_bundle(path: &str, body: &[u8]) -> Option<Vec<u8>> {
    path.starts_with("/log/tile/entries/").then(|| body.to_vec())
}

/// The property of every format: what was read prints back to the same bytes.
fn prints_back(read: &[u8], printed: &[u8]) -> Verdict {
    if read == printed {
        return Ok(true);
    }
    Err(format!("it prints back as {:?}", String::from_utf8_lossy(printed)))
}

fn note(bytes: &[u8]) -> Verdict {
    Note::parse(bytes).map_or(Ok(false), |note| composes(bytes, &note))
}

fn entry(bytes: &[u8]) -> Verdict {
    Note::parse_entry(bytes).map_or(Ok(false), |note| composes(bytes, &note))
}

/// SSH signatures are parsed, and their lines are not kept verbatim: such a note cannot be composed again, so only its
/// text is compared.
fn composes(bytes: &[u8], note: &Note) -> Verdict {
    if note.ssh().is_empty() {
        return prints_back(bytes, Note::compose(note.text(), note.signatures()).as_bytes());
    }
    let begins = bytes.starts_with(note.text().as_bytes());
    if begins { Ok(true) } else { Err("the note does not begin with its text".to_owned()) }
}

fn text(bytes: &[u8]) -> Verdict {
    let Ok(text) = str::from_utf8(bytes) else { return Ok(false) };
    Text::parse(text).map_or(Ok(false), |parsed| prints_back(bytes, parsed.print().as_bytes()))
}

fn checkpoint(bytes: &[u8]) -> Verdict {
    let Ok(text) = str::from_utf8(bytes) else { return Ok(false) };
    Checkpoint::parse(text).map_or(Ok(false), |parsed| prints_back(bytes, parsed.print().as_bytes()))
}

/// Log sizes at which files begin, and the largest of all.
const SIZES: &[u64] = &[0, 1, 255, 256, 257, 65_535, 65_536, 65_537, MAX_SIZE, u64::MAX];

fn tile_path(bytes: &[u8]) -> Verdict {
    let Ok(path) = str::from_utf8(bytes) else { return Ok(false) };
    let mut found = false;
    for size in SIZES {
        let printed = match log::locate(path, *size) {
            None => continue,
            Some(TileRequest::Whole { stored }) => stored,
            Some(TileRequest::Cut { stored, width, .. }) => format!("{stored}.p/{width}"),
        };
        prints_back(bytes, printed.as_bytes())?;
        found = true;
    }
    Ok(found)
}

fn bundle(bytes: &[u8]) -> Verdict {
    let Ok(entries) = log::entries(bytes) else { return Ok(false) };
    let mut printed = Vec::new();
    for entry in &entries {
        let length = u16::try_from(entry.len()).map_err(|_| "an entry is too long for its length")?;
        printed.extend(length.to_be_bytes());
        printed.extend(*entry);
    }
    prints_back(bytes, &printed)?;
    let width = u64::try_from(entries.len()).unwrap_or(u64::MAX);
    let cut = log::cut(bytes, true, width);
    if entries.is_empty() || cut.as_deref() == Some(bytes) {
        Ok(true)
    } else {
        Err("cutting it to its full width changes it".to_owned())
    }
}

/// It prints back, from its stored payload too; two are not read as one; and it is no signature of another text.
fn ssh(bytes: &[u8]) -> Verdict {
    let Ok(armour) = str::from_utf8(bytes) else { return Ok(false) };
    let Ok(signature) = SshSignature::parse(armour) else { return Ok(false) };
    prints_back(bytes, signature.to_string().as_bytes())?;
    let key = signature.key().clone();
    if SshSignature::from_payload(key.clone(), &signature.payload()) != Ok(signature) {
        return Err("its stored payload is another signature".to_owned());
    }
    let name = KeyName::parse("status.example.net/alice/ssh").map_err(|error| error.to_string())?;
    let note =
        Note::parse(format!("Another text.\n\n{armour}").as_bytes()).map_err(|error| error.to_string())?;
    let verified = note.verify(&[VerifierKey::of_ssh(name, key)]).is_ok();
    if verified || SshSignature::parse(&armour.repeat(2)).is_ok() {
        return Err("a doubled armour is read, or a signature of another text is valid".to_owned());
    }
    Ok(true)
}

/// A key in a roster prints back.
fn key(bytes: &[u8]) -> Verdict {
    let Ok(text) = str::from_utf8(bytes) else { return Ok(false) };
    text.parse::<VerifierKey>().map_or(Ok(false), |key| prints_back(bytes, key.to_string().as_bytes()))
}
