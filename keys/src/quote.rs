//! What a message may show of a text that somebody else wrote, or put in the wrong place.

use core::fmt::Write as _;

use crate::{is_forbidden, is_visible};

/// Shown in a message instead of a secret.
const HIDDEN: &str = "(a secret key, not shown)";

/// What only secret keys contain: ours, PEM and OpenSSH files, the first line of base64 in an OpenSSH file
/// (`openssh-key-v1`), PuTTY's files, and age files, which hold ours with a passphrase, and their first line of base64
/// (`age-encryption.org/v1`).
const SECRET_MARKS: [&str; 6] = [
    "private+key",
    "private key-----",
    "b3blbnnzac1rzxktdjea",
    "putty-user-key-file",
    "begin age encrypted file-----",
    "ywdllwvuy3j5chrpb24ub3jnl3yx",
];

/// Whether a text contains a secret key, or the beginning of one.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    SECRET_MARKS.iter().any(|mark| text.contains(mark))
}

/// A text as a message may show it: control characters and those that reorder or hide text are written as
/// `\u{202e}`, and nothing is left of a text with a secret key.
///
/// The variation selectors of emoji are kept: they change a single picture.
#[must_use]
pub fn printable(text: &str) -> String {
    if is_secret(text) {
        return HIDDEN.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if is_printable(character) {
            shown.push(character);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}", character.escape_unicode());
        }
    }
    shown
}

/// Whether a character is shown as it is.
#[must_use]
pub fn is_printable(character: char) -> bool {
    let is_space = character.is_whitespace() && !is_forbidden(character);
    is_space || is_visible(character) || matches!(character, '\u{fe0e}' | '\u{fe0f}')
}

/// Like [`printable`], in quotation marks.
#[must_use]
pub fn quoted(text: &str) -> String {
    if is_secret(text) { HIDDEN.to_owned() } else { format!("{text:?}") }
}

#[cfg(test)]
mod tests {
    use super::{HIDDEN, is_secret, printable, quoted};
    use crate::{KeyKind, KeyName, SecretKey};

    #[test]
    fn no_secret_is_shown_whatever_surrounds_it() {
        let key = SecretKey::from_seed(KeyName::parse("o/alice/phone").unwrap(), KeyKind::Note, [7; 32]);
        let ours = key.encode().to_string();
        let openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmU=\n";
        for secret in [
            ours.as_str(),
            ours.get(..14).unwrap(),
            openssh,
            openssh.lines().nth(1).unwrap(),
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----",
            "PuTTY-User-Key-File-3: ssh-ed25519",
            "-----BEGIN AGE ENCRYPTED FILE-----",
            "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCA",
        ] {
            for text in [secret.to_owned(), format!("name: {secret}"), format!("\u{feff}{secret}\n")] {
                assert!(is_secret(&text), "{text}");
                assert_eq!((printable(&text).as_str(), quoted(&text).as_str()), (HIDDEN, HIDDEN), "{text}");
            }
        }
        let verifier = key.verifier().to_string();
        assert_eq!(printable(&verifier), verifier);
        assert_eq!(quoted("-----BEGIN SSH SIGNATURE-----"), "\"-----BEGIN SSH SIGNATURE-----\"");
    }

    #[test]
    fn hidden_and_reordering_characters_are_shown_as_text() {
        for (text, shown) in [
            ("Mail\u{202e}liaM", "Mail\\u{202e}liaM"),
            ("\u{1b}[2Jall is well\r\n", "\\u{1b}[2Jall is well\\u{d}\\u{a}"),
            ("a\u{200b}b\u{ad}c\u{e0041}", "a\\u{200b}b\\u{ad}c\\u{e0041}"),
            ("\u{9b}31m\u{2028}\u{feff}", "\\u{9b}31m\\u{2028}\\u{feff}"),
        ] {
            assert_eq!(printable(text), shown);
        }
        for ordinary in
            ["Störung: “E-Mail” – 3 %", "الدواء", "メール\u{3000}停止", "⚠\u{fe0f} 🔥", "C:\\x 'y'"]
        {
            assert_eq!(printable(ordinary), ordinary);
        }
    }
}
