//! The characters allowed in a text: what people see must be exactly what they sign, and no text may affect the display
//! of text beside it.

/// Whether this character is forbidden within a line of text: a control character (including the newline), one that
/// reorders text, breaks lines or hides text when displayed, or a noncharacter.
#[must_use]
pub fn is_forbidden(character: char) -> bool {
    match character {
        // C0, DEL and C1.
        _ if character.is_control() => true,
        // Line and paragraph separators, bidirectional embeddings and overrides, isolates.
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        // The byte order mark; tags, which can spell invisible words.
        '\u{feff}' | '\u{e0000}'..='\u{e007f}' => true,
        // Noncharacters, which are not allowed in XML and so not in feeds: these 32, and the last two of each plane.
        '\u{fdd0}'..='\u{fdef}' => true,
        _ => u32::from(character) & 0xfffe == 0xfffe,
    }
}

/// Whether this character is visible: not white space, not one that only joins, separates or modifies others, and not a
/// blank letter.
#[must_use]
pub fn is_visible(character: char) -> bool {
    let is_blank = matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    !is_blank && !character.is_whitespace() && !is_forbidden(character)
}

#[cfg(test)]
mod tests {
    use super::{is_forbidden, is_visible};

    #[test]
    fn noncharacters_are_forbidden_in_every_plane() {
        let found = (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| {
            let code = u32::from(*c);
            (0xfdd0..=0xfdef).contains(&code) || code % 0x10000 >= 0xfffe
        });
        let found: Vec<_> = found.collect();
        assert_eq!(found.len(), 66);
        assert!(found.into_iter().all(is_forbidden));
    }

    #[test]
    fn exactly_these_are_forbidden_besides_noncharacters() {
        let found = (0..=0x0010_ffff).filter_map(char::from_u32).filter(|c| is_forbidden(*c));
        let found: Vec<_> = found.map(u32::from).filter(|code| code & 0xfffe != 0xfffe).collect();
        let expected = [
            0..=0x1f,
            0x7f..=0x9f,
            0x2028..=0x202e,
            0x2066..=0x2069,
            0xfdd0..=0xfdef,
            0xfeff..=0xfeff,
            0xe0000..=0xe007f,
        ];
        assert_eq!(found, expected.into_iter().flatten().collect::<Vec<_>>());
    }

    #[test]
    fn ordinary_writing_is_neither_forbidden_nor_invisible() {
        for word in ["Mail", "Störung", "تعطل", "הדואר", "メール", "किताब", "🔥", "…", "1"]
        {
            assert!(word.chars().all(|c| !is_forbidden(c)) && word.chars().any(is_visible), "{word}");
        }
        // Marks needed for Arabic, Hebrew, Persian and emoji.
        for mark in ['\u{200e}', '\u{200f}', '\u{61c}', '\u{200c}', '\u{200d}', '\u{fe0f}'] {
            assert!(!is_forbidden(mark) && !is_visible(mark), "{mark:?}");
        }
    }

    #[test]
    fn hidden_characters_are_not_visible() {
        for hidden in [' ', '\u{a0}', '\u{200b}', '\u{2060}', '\u{3000}', '\u{2800}', '\u{3164}', '\u{e0100}']
        {
            assert!(!is_visible(hidden), "{hidden:?}");
        }
    }
}
