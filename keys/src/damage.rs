//! What programs do to a note when they save or send it, recognised by the bytes that they leave.

use crate::line::SIGNATURE_PREFIX;

/// A known way in which a note's bytes are changed. Its author signed something else, or the same in other bytes: no
/// guess at the original is ever believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// `curl -d @note.txt` drops every newline; joining an array of lines replaces them by spaces.
    #[error("the note has lost its line breaks, as with `curl -d` in place of `curl --data-binary`")]
    LineBreaks,
    /// `curl --data-urlencode`, or a web form.
    #[error("the note came as a form field (application/x-www-form-urlencoded), not as plain bytes")]
    Form,
    /// `curl -F note=@note.txt`, or a web form with a file.
    #[error("the note came inside a form (multipart/form-data, as with `curl -F`), not as plain bytes")]
    Multipart,
    /// A string that Windows PowerShell sends in Latin-1, which has no `—`.
    #[error("the `—` before a signature has become `?`, as when Windows PowerShell sends a string")]
    Dash,
    /// What `>` and `Out-File` write in Windows PowerShell.
    #[error("the note is UTF-16 text, as PowerShell's `>` writes it; it must be UTF-8")]
    Utf16,
    /// What some editors write before UTF-8.
    #[error("the note begins with a byte order mark, which some editors add; save it as UTF-8 without one")]
    ByteOrderMark,
    /// Windows line ends.
    #[error("line {line} ends in CR LF (a Windows line end); lines must end in LF alone")]
    CarriageReturns {
        /// The first such line.
        line: usize,
    },
}

impl Damage {
    /// Whether it happens on the way, so that the note only has to be sent in another way. Otherwise the file has it, and
    /// a signature may cover it.
    #[must_use]
    pub fn is_in_transit(self) -> bool {
        match self {
            Self::LineBreaks | Self::Form | Self::Multipart | Self::Dash => true,
            Self::Utf16 | Self::ByteOrderMark | Self::CarriageReturns { .. } => false,
        }
    }

    /// What was done to `bytes`, which are not a note. Looks at their beginning, or for a few bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..] => return Some(Self::Utf16),
            [0xef, 0xbb, 0xbf, ..] => return Some(Self::ByteOrderMark),
            _ => {}
        }
        let text = core::str::from_utf8(bytes).ok()?;
        let lines = text.trim_end().contains(['\n', '\r']);
        if !lines && text.starts_with("outband ") && text.contains("origin: ") {
            return Some(Self::LineBreaks);
        }
        if !lines && text.contains("outband") && text.contains("%0A") {
            return Some(Self::Form);
        }
        if text.starts_with("--") && text.contains("\r\nContent-Disposition: form-data") {
            return Some(Self::Multipart);
        }
        if let Some((before, _)) = text.split_once("\r\n") {
            return Some(Self::CarriageReturns { line: before.split('\n').count() });
        }
        text.lines().any(has_lost_its_dash).then_some(Self::Dash)
    }
}

/// Whether the line is a signature but for its dash.
fn has_lost_its_dash(line: &str) -> bool {
    let signature = line.strip_prefix("? ").and_then(|rest| rest.split_once(' '));
    signature.is_some_and(|(name, base64)| {
        let line = format!("{SIGNATURE_PREFIX}{name} {base64}");
        crate::SignatureLine::parse(&line).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::Damage;

    #[test]
    fn what_happens_on_the_way_is_told_from_what_is_in_the_file() {
        let note = "outband update v1\norigin: a.example\n";
        for (bytes, is_in_transit) in [
            (note.replace('\n', " "), true),
            (format!("note={}", note.replace('\n', "%0A")), true),
            (format!("--x\r\nContent-Disposition: form-data\r\n\r\n{note}"), true),
            (format!("{note}\n? a.example/log {}\n", "A".repeat(92)), true),
            (format!("\u{feff}{note}"), false),
            (format!("o\0{note}"), false),
            (note.replace('\n', "\r\n"), false),
        ] {
            let damage = Damage::of(bytes.as_bytes());
            assert_eq!(damage.map(Damage::is_in_transit), Some(is_in_transit), "{bytes:?}: {damage:?}");
        }
    }

    #[test]
    fn what_is_merely_no_note_is_not_called_damaged() {
        for text in [
            "",
            "\n",
            "outband",
            "outband update v1\norigin: a.example\n",
            "? Is it you or us\n",
            "100%0A",
            "-- \nregards",
        ] {
            assert_eq!(Damage::of(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Damage::of(&[b'x'; 16384]), None);
    }
}
