//! A signed note, parsed into text and signatures.

use std::borrow::Cow;

use crate::line::SIGNATURE_PREFIX;
use crate::ssh::ARMOUR_END;
use crate::{Damage, SignatureLine, SignatureLineError, SshSignature, SshSignatureError, is_forbidden};

/// The maximum size of a note in bytes: four times that of a long update with every header, and small enough to parse
/// in memory.
pub const MAX_NOTE_BYTES: usize = 16 * 1024;

/// The maximum number of signatures on a note, lines and SSH signatures together. C2SP asks that 16 be accepted, and
/// each may cost a verification.
pub const MAX_SIGNATURES: usize = 16;

/// The maximum number of receipts that stations add to a note.
pub const MAX_RECEIPTS: usize = 4;

/// The maximum number of signatures on a note including its receipts.
pub const MAX_ENTRY_SIGNATURES: usize = MAX_SIGNATURES + MAX_RECEIPTS;

/// The maximum size of a note with its receipts, in bytes. An SSH signature's stored line is less than 100 bytes longer
/// than its armour, and a receipt has at most 365 bytes: 16 384 + 16 × 100 + 4 × 365 < 20 480.
pub const MAX_ENTRY_BYTES: usize = 20 * 1024;

/// A signed note, not yet verified: see [`Note::verify`].
///
/// ```text
/// <text, ending in a newline>
///                                                     one empty line
/// — <key name> <base64(key id ‖ signature)>           one line a signature (C2SP signed-note)
/// -----BEGIN SSH SIGNATURE-----                       and, or instead, what `ssh-keygen -Y sign` wrote
/// …
/// -----END SSH SIGNATURE-----
/// ```
///
/// The signed bytes are exactly the text; nothing is normalised. Anything that could be displayed in two ways is
/// refused, so that people sign what they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
    ssh: Vec<SshSignature>,
}

/// Why bytes are not a [`Note`]. Line numbers start at 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The limit is exceeded.
    #[error("the note is {bytes} bytes long; at most {limit} are allowed")]
    TooLarge {
        /// Its length.
        bytes: usize,
        /// The limit that applies.
        limit: usize,
    },
    /// Something changed the note when it was saved or sent.
    #[error("{damage}")]
    Damaged {
        /// What.
        damage: Damage,
    },
    /// Not UTF-8.
    #[error("the note is not UTF-8 text: byte {offset} (counted from 0) is invalid")]
    NotUtf8 {
        /// The offset of the first invalid byte, from 0.
        offset: usize,
    },
    /// A control character other than the newline: C0, DEL or C1.
    #[error("line {line} has the control character {}; only plain newlines are allowed, no tabs and no carriage returns", code_point(*.character))]
    Control {
        /// The line.
        line: usize,
        /// The character.
        character: char,
    },
    /// Another forbidden character: see [`is_forbidden`].
    #[error("line {line} has the invisible character {}, which changes how the text reads or cannot be shown; remove it", code_point(*.character))]
    Invisible {
        /// The line.
        line: usize,
        /// The character.
        character: char,
    },
    /// There is no signature.
    #[error("the note is not signed; a signature follows the text after one empty line")]
    NoSignature,
    /// The last line has no newline.
    #[error("the last line of the note does not end in a newline; add one")]
    NoFinalNewline,
    /// There is no empty line between the text and the signatures.
    #[error(
        "line {line} is a signature, but there is no empty line between it and the text; if the text's last line had no newline, add one and sign it again"
    )]
    NoEmptyLine {
        /// The first signature's line.
        line: usize,
    },
    /// Something follows the signatures, even if it is only an empty line.
    #[error("line {line} follows the signatures; nothing may, not even an empty line")]
    AfterSignatures {
        /// The first line after the signatures.
        line: usize,
    },
    /// A line of the text looks like a signature.
    #[error(
        "line {line} of the text begins with `— ` or `-----BEGIN`, which only signatures may; begin it differently"
    )]
    TextLine {
        /// The line.
        line: usize,
    },
    /// The limit is exceeded.
    #[error("the note has {found} signatures; at most {limit} are allowed")]
    TooManySignatures {
        /// The number of signatures.
        found: usize,
        /// The limit that applies.
        limit: usize,
    },
    /// A malformed signature line.
    #[error("line {line}: {cause}")]
    SignatureLine {
        /// The line.
        line: usize,
        /// What is wrong with it.
        cause: SignatureLineError,
    },
    /// A signature line whose base64 is not the canonical one.
    #[error("line {line}: {}", SignatureLineError::Base64)]
    Base64 {
        /// The line.
        line: usize,
    },
    /// Two signature lines of one key.
    #[error("line {line} is a second signature by the key of line {first}; each key signs once")]
    DuplicateSignature {
        /// The second line.
        line: usize,
        /// The first.
        first: usize,
    },
    /// An SSH signature without its last line.
    #[error(
        "the SSH signature that begins on line {line} has no line {ARMOUR_END:?}; send the whole .sig file"
    )]
    SshUnfinished {
        /// Its first line.
        line: usize,
    },
    /// An invalid SSH signature.
    #[error("line {line}: {cause}")]
    Ssh {
        /// Its first line.
        line: usize,
        /// What is wrong with it.
        cause: SshSignatureError,
    },
    /// Two SSH signatures by one key.
    #[error("line {line} begins a second SSH signature by the key of line {first}; each key signs once")]
    DuplicateSsh {
        /// The second one's first line.
        line: usize,
        /// The first one's first line.
        first: usize,
    },
}

impl Note {
    /// Parses a note as sent by an operator: at most [`MAX_NOTE_BYTES`] and [`MAX_SIGNATURES`].
    ///
    /// # Errors
    /// If the bytes are not a note; see [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        Self::parse_within(bytes, MAX_NOTE_BYTES, MAX_SIGNATURES)
    }

    /// Parses a note with its receipts, as kept in the log and served by stations: at most [`MAX_ENTRY_BYTES`] and
    /// [`MAX_ENTRY_SIGNATURES`], so that the receipts fit on any note.
    ///
    /// # Errors
    /// If the bytes are not a note; see [`NoteError`].
    pub fn parse_entry(bytes: &[u8]) -> Result<Self, NoteError> {
        Self::parse_within(bytes, MAX_ENTRY_BYTES, MAX_ENTRY_SIGNATURES)
    }

    /// Composes a note. The result can be parsed if [`Note::check_text`] accepts the text and the lines are distinct.
    #[must_use]
    pub fn compose<'l>(text: &str, lines: impl IntoIterator<Item = &'l SignatureLine>) -> String {
        let mut note = format!("{text}\n");
        for line in lines {
            note.push_str(&line.to_string());
            note.push('\n');
        }
        note
    }

    /// Checks that a note could have this text: its size, characters, final newline and line beginnings.
    ///
    /// # Errors
    /// The first rule broken by the text.
    pub fn check_text(text: &str) -> Result<(), NoteError> {
        if text.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge { bytes: text.len(), limit: MAX_NOTE_BYTES });
        }
        check_characters(text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::NoFinalNewline);
        }
        check_line_beginnings(text)
    }

    /// The signed text, including its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines, known and unknown, in order.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    /// The armoured SSH signatures, known and unknown, in order.
    #[must_use]
    pub fn ssh(&self) -> &[SshSignature] {
        &self.ssh
    }

    fn parse_within(bytes: &[u8], max_bytes: usize, max_signatures: usize) -> Result<Self, NoteError> {
        if bytes.len() > max_bytes {
            return Err(NoteError::TooLarge { bytes: bytes.len(), limit: max_bytes });
        }
        Self::parse_bytes(bytes, max_signatures).map_err(|error| match Damage::of(bytes) {
            Some(damage) if error.is_of_form() => NoteError::Damaged { damage },
            _ => error,
        })
    }

    fn parse_bytes(bytes: &[u8], max_signatures: usize) -> Result<Self, NoteError> {
        let note = core::str::from_utf8(bytes)
            .map_err(|error| NoteError::NotUtf8 { offset: error.valid_up_to() })?;
        let note = with_plain_armour(note);
        check_characters(&note)?;
        let (text, block) = split(&note)?;
        check_line_beginnings(text)?;
        let Signatures { lines, ssh } = Signatures::parse(block, text.lines().count() + 2, max_signatures)?;
        Ok(Self {
            text: text.to_owned(),
            signatures: lines.into_iter().map(|(_, line)| line).collect(),
            ssh: ssh.into_iter().map(|(_, signature)| signature).collect(),
        })
    }
}

impl NoteError {
    /// Whether the bytes do not even have a note's form, as those of a damaged one.
    fn is_of_form(&self) -> bool {
        matches!(
            self,
            Self::NotUtf8 { .. } | Self::Control { .. } | Self::Invisible { .. } | Self::NoSignature
        )
    }
}

/// The note with plain newlines around and in its armour, in which `ssh-keygen` writes CR LF on Windows. No signature
/// covers them.
fn with_plain_armour(note: &str) -> Cow<'_, str> {
    let armour = note.find("\n-----BEGIN ").and_then(|newline| note.split_at_checked(newline + 1));
    match armour.filter(|_| note.contains('\r')) {
        Some((before, armour)) => {
            let text = before
                .strip_suffix("\n\r\n")
                .map_or(Cow::Borrowed(before), |text| format!("{text}\n\n").into());
            format!("{text}{}", armour.replace("\r\n", "\n")).into()
        }
        None => note.into(),
    }
}

/// Refuses characters that could be displayed in two ways.
fn check_characters(note: &str) -> Result<(), NoteError> {
    // Most notes, and most garbage, are plain ASCII, which takes a tenth of the time.
    if note.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return Ok(());
    }
    let mut line = 1;
    for character in note.chars() {
        match character {
            '\n' => line += 1,
            _ if character.is_control() => return Err(NoteError::Control { line, character }),
            _ if is_forbidden(character) => return Err(NoteError::Invisible { line, character }),
            _ => {}
        }
    }
    Ok(())
}

fn check_line_beginnings(text: &str) -> Result<(), NoteError> {
    match text.lines().position(looks_signed) {
        Some(before) => Err(NoteError::TextLine { line: before + 1 }),
        None => Ok(()),
    }
}

/// Whether this line looks like the beginning of a signature, which no line of a text may.
#[must_use]
pub fn looks_signed(line: &str) -> bool {
    line.starts_with(SIGNATURE_PREFIX) || line.starts_with("-----BEGIN")
}

/// Splits a note at the last empty line, into text and signature block.
fn split(note: &str) -> Result<(&str, &str), NoteError> {
    let Some(first) = note.lines().position(looks_signed) else {
        return Err(NoteError::NoSignature);
    };
    if !note.ends_with('\n') {
        return Err(NoteError::NoFinalNewline);
    }
    let (before, block) = note.rsplit_once("\n\n").ok_or(NoteError::NoEmptyLine { line: first + 1 })?;
    // The text keeps its final newline.
    let text = note.get(..=before.len()).unwrap_or(note);
    let empty_line = text.lines().count() + 1;
    match block.lines().position(looks_signed) {
        Some(0) => Ok((text, block)),
        Some(above) => Err(NoteError::NoEmptyLine { line: empty_line + 1 + above }),
        None if follows_empty_line(text, first) => Err(NoteError::AfterSignatures { line: empty_line }),
        None => Err(NoteError::TextLine { line: first + 1 }),
    }
}

fn follows_empty_line(text: &str, index: usize) -> bool {
    index.checked_sub(1).and_then(|before| text.lines().nth(before)).is_some_and(str::is_empty)
}

/// The signature block: each signature with its first line number.
#[derive(Default)]
struct Signatures {
    lines: Vec<(usize, SignatureLine)>,
    ssh: Vec<(usize, SshSignature)>,
}

impl Signatures {
    fn parse(block: &str, first_line: usize, limit: usize) -> Result<Self, NoteError> {
        let found = block.lines().filter(|line| looks_signed(line)).count();
        if found > limit {
            return Err(NoteError::TooManySignatures { found, limit });
        }
        let mut signatures = Self::default();
        let mut rest = (first_line..).zip(block.lines());
        while let Some((line, content)) = rest.next() {
            if content.starts_with("-----BEGIN") {
                let armour = take_armour(line, content, &mut rest)?;
                signatures.add_ssh(line, &armour)?;
            } else {
                signatures.add_line(line, content)?;
            }
        }
        Ok(signatures)
    }

    fn add_line(&mut self, line: usize, content: &str) -> Result<(), NoteError> {
        let signature = SignatureLine::parse(content).map_err(|cause| match cause {
            SignatureLineError::Base64 => NoteError::Base64 { line },
            cause => NoteError::SignatureLine { line, cause },
        })?;
        let same_key =
            |known: &SignatureLine| known.name() == signature.name() && known.id() == signature.id();
        if let Some((first, _)) = self.lines.iter().find(|(_, known)| same_key(known)) {
            return Err(NoteError::DuplicateSignature { line, first: *first });
        }
        self.lines.push((line, signature));
        Ok(())
    }

    fn add_ssh(&mut self, line: usize, armour: &str) -> Result<(), NoteError> {
        let signature = SshSignature::parse(armour).map_err(|cause| NoteError::Ssh { line, cause })?;
        if let Some((first, _)) = self.ssh.iter().find(|(_, known)| known.key() == signature.key()) {
            return Err(NoteError::DuplicateSsh { line, first: *first });
        }
        self.ssh.push((line, signature));
        Ok(())
    }
}

/// Takes the armoured block that begins on this line, with its newlines.
fn take_armour<'n>(
    line: usize,
    begin: &str,
    rest: &mut impl Iterator<Item = (usize, &'n str)>,
) -> Result<String, NoteError> {
    let mut armour = format!("{begin}\n");
    for (_, content) in rest {
        armour.push_str(content);
        armour.push('\n');
        if content.starts_with("-----END") {
            return Ok(armour);
        }
    }
    Err(NoteError::SshUnfinished { line })
}

fn code_point(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::{MAX_NOTE_BYTES, Note, NoteError};
    use crate::{KeyKind, KeyName, SecretKey, SignatureLine};

    #[test]
    fn a_text_may_be_as_long_as_a_note() {
        let longest = format!("{}\n", "a".repeat(MAX_NOTE_BYTES - 1));
        assert_eq!(Note::check_text(&longest), Ok(()));
        let limit = MAX_NOTE_BYTES;
        assert_eq!(
            Note::check_text(&format!("a{longest}")),
            Err(NoteError::TooLarge { bytes: limit + 1, limit })
        );
    }

    #[test]
    fn errors_name_characters_that_nobody_sees() {
        for (text, named) in [("a\u{1}\n", "U+0001"), ("a\u{202e}\n", "U+202E"), ("a\u{e0041}\n", "U+E0041")]
        {
            let error = Note::check_text(text).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn an_entry_may_have_twenty_signatures_and_a_note_sixteen() {
        let line = |nth: u8| -> SignatureLine {
            let name = KeyName::parse(&format!("status.example.net/person{nth}/phone")).unwrap();
            SecretKey::from_seed(name, KeyKind::Note, [nth; 32]).sign_note("text\n").unwrap()
        };
        let note =
            |lines: u8| Note::compose("text\n", &(0..lines).map(line).collect::<Vec<_>>()).into_bytes();
        let too_many = |found, limit| Some(NoteError::TooManySignatures { found, limit });
        assert_eq!(Note::parse(&note(16)).err(), None);
        assert_eq!(Note::parse(&note(17)).err(), too_many(17, 16));
        assert_eq!(Note::parse_entry(&note(20)).err(), None);
        assert_eq!(Note::parse_entry(&note(21)).err(), too_many(21, 20));
    }
}
