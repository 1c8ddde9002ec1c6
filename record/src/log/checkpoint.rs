//! The text of a C2SP checkpoint, which the log key signs as a note.
//!
//! ```text
//! status.example.net/log1
//! 42
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//! ```

use super::{LogError, MAX_SIZE, Tree, hash_text, parse_hash};

/// A log's name and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log's key, `<origin>/log1`: not empty, without spaces, control characters and `+`.
    pub origin: String,
    /// The size and root hash.
    pub tree: Tree,
}

impl Checkpoint {
    /// Prints the three lines.
    pub fn print(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.tree.size, hash_text(&self.tree.root))
    }

    /// Parses exactly what [`print`](Self::print) writes. Extension lines, which C2SP leaves to each log, are refused,
    /// because this log has none.
    pub fn parse(text: &str) -> Result<Self, LogError> {
        let refuse = |line, what| LogError::Checkpoint { line, what };
        let mut lines = text.split('\n');

        let origin = lines.next().unwrap_or_default();
        let forbidden = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if origin.is_empty() || origin.contains(forbidden) {
            return Err(refuse(1, "not the name of a log's key"));
        }
        let line = lines.next().ok_or(refuse(2, "the size is missing"))?;
        let size: u64 = line.parse().map_err(|_| refuse(2, "the size is not a decimal number"))?;
        if size.to_string() != line {
            return Err(refuse(2, "the size is not written in the shortest way"));
        }
        if size > MAX_SIZE {
            return Err(LogError::TooLarge { size });
        }
        let line = lines.next().ok_or(refuse(3, "the root hash is missing"))?;
        let root = parse_hash(line).ok_or(refuse(3, "the root hash is not 32 bytes in canonical base64"))?;
        let tree = Tree { size, root };
        if size == 0 && tree != Tree::EMPTY {
            return Err(refuse(3, "not the root of an empty log"));
        }
        match (lines.next(), lines.next()) {
            (Some(""), None) => Ok(Checkpoint { origin: origin.into(), tree }),
            (None, _) => Err(refuse(3, "the line does not end in a newline")),
            _ => Err(refuse(4, "a line after the root hash")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "status.example.net/log1\n42\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    const EMPTY: &str = "status.example.net/log1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";

    #[test]
    fn a_checkpoint_prints_back() {
        let checkpoint = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(checkpoint.origin, "status.example.net/log1");
        assert_eq!(checkpoint.tree.size, 42);
        assert_eq!(checkpoint.tree.root.0[..3], [0x0a, 0xc5, 0x18]);
        assert_eq!(checkpoint.print(), TEXT);

        let empty = Checkpoint::parse(EMPTY).unwrap();
        assert_eq!(empty.tree, Tree::EMPTY);
        assert_eq!(empty.print(), EMPTY);
    }

    #[test]
    fn tlog_tiles_reads_it_too() {
        let theirs = tlog_tiles::Checkpoint::from_bytes(TEXT.as_bytes()).unwrap();
        let ours = Checkpoint::parse(TEXT).unwrap();
        assert_eq!(theirs.origin(), ours.origin);
        assert_eq!(theirs.size(), ours.tree.size);
        assert_eq!(theirs.hash().0, ours.tree.root.0);
        assert_eq!(theirs.extension(), "");
    }

    #[test]
    fn other_texts_are_refused_with_their_line() {
        let hash = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
        for (line, text) in [
            (1, String::new()),
            (1, format!("\n42\n{hash}\n")),
            (1, format!("a b\n42\n{hash}\n")),
            (1, format!("a+b\n42\n{hash}\n")),
            (1, format!("a\u{a0}b\n42\n{hash}\n")),
            (1, format!("a\u{2028}b\n42\n{hash}\n")),
            (1, format!("a\tb\n42\n{hash}\n")),
            (1, format!("a\u{1}b\n42\n{hash}\n")),
            (1, format!("a\u{7f}b\n42\n{hash}\n")),
            (1, format!("a\r\n42\r\n{hash}\r\n")),
            (2, "a".into()),
            (2, format!("a\n\n{hash}\n")),
            (2, format!("a\n042\n{hash}\n")),
            (2, format!("a\n+42\n{hash}\n")),
            (2, format!("a\n-1\n{hash}\n")),
            (2, format!("a\n42 \n{hash}\n")),
            (2, format!("a\n18446744073709551616\n{hash}\n")),
            (3, "a\n42".into()),
            (3, "a\n42\n".into()),
            (3, format!("a\n42\n{hash}")),
            (3, format!("a\n42\n{hash} \n")),
            (3, format!("a\n42\n{}\n", &hash[..43])),
            (3, format!("a\n42\n{}\n", hash.replace("I=", "J="))),
            (3, format!("a\n42\n{}\n", hash.replace('/', "_"))),
            (3, format!("a\n42\n{hash}{hash}\n")),
            (3, "a\n42\nAAAA\n".into()),
            (3, format!("a\n0\n{hash}\n")),
            (4, format!("a\n42\n{hash}\n\n")),
            (4, format!("a\n42\n{hash}\nextension\n")),
            (4, format!("a\n42\n{hash}\nextension")),
        ] {
            match Checkpoint::parse(&text) {
                Err(LogError::Checkpoint { line: found, .. }) => assert_eq!(found, line, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_size_beyond_the_limit_is_refused() {
        let text = |size: u64| TEXT.replace("42", &size.to_string());
        assert!(Checkpoint::parse(&text(MAX_SIZE)).is_ok());
        let refused = Checkpoint::parse(&text(MAX_SIZE + 1));
        assert_eq!(refused, Err(LogError::TooLarge { size: MAX_SIZE + 1 }));
    }

    #[test]
    fn a_changed_character_is_refused_or_prints_back() {
        for at in 0..TEXT.len() {
            for bit in 0..7 {
                let mut bytes = TEXT.as_bytes().to_vec();
                bytes[at] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                if let Ok(checkpoint) = Checkpoint::parse(&changed) {
                    assert_eq!(checkpoint.print(), changed);
                }
            }
        }
    }
}
