//! What makes a page look like the provider's own: its logo and its colour.

use std::fmt::{self, Display};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::values::Value;

/// `logo: data:image/svg+xml,%3Csvg …%3E`: a small picture (RFC 2397). Pages show it as an image, in which no script
/// runs and nothing is loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo(String);

impl Logo {
    /// The length of the longest logo, in bytes: every page carries it.
    pub const MAX_BYTES: usize = 1200;

    /// What an SVG or a PNG begins with.
    pub const SVG: &'static str = "data:image/svg+xml,";
    /// The same for a PNG.
    pub const PNG: &'static str = "data:image/png;base64,";

    /// The first bytes of a PNG file.
    pub const PNG_SIGNATURE: &'static [u8] = b"\x89PNG\r\n\x1a\n";

    /// As the note writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a byte of an SVG is written as it is; others are percent-encoded (RFC 3986), in capitals.
    pub fn is_plain(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/?".contains(&byte)
    }
}

impl Display for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for Logo {
    const EXPECTED: &'static str = "an SVG or a PNG as a data URL of at most 1200 characters: `data:image/svg+xml,%3Csvg…`, or `data:image/png;base64,…`";
    const FORM: Option<&'static str> = Some("DATA-URL");
    fn parse(text: &str) -> Option<Self> {
        let is_picture = match (text.strip_prefix(Self::SVG), text.strip_prefix(Self::PNG)) {
            (Some(svg), _) => is_percent_encoded(svg),
            (_, Some(png)) => STANDARD.decode(png).is_ok_and(|png| png.starts_with(Self::PNG_SIGNATURE)),
            (None, None) => false,
        };
        (is_picture && text.len() <= Self::MAX_BYTES).then(|| Self(text.to_owned()))
    }
}

/// Whether each `%` is followed by two digits, and there is something.
fn is_percent_encoded(svg: &str) -> bool {
    let mut pieces = svg.split('%');
    let is_plain = |piece: &str| piece.bytes().all(Logo::is_plain);
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'A'..=b'F');
    !svg.is_empty()
        && pieces.next().is_some_and(is_plain)
        && pieces.all(|piece| is_plain(piece) && piece.bytes().take(2).filter(is_digit).count() == 2)
}

/// `accent: #0b57d0`: a colour that is distinguishable from white.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accent(String);

impl Accent {
    /// The lowest contrast with white: that of graphical objects (WCAG 2.2, 1.4.11).
    const LEAST_CONTRAST: f64 = 3.0;

    /// As style sheets write it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Accent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Value for Accent {
    const EXPECTED: &'static str =
        "a colour such as `#0b57d0`, in lower case, with a contrast ratio of at least 3:1 against white";
    const FORM: Option<&'static str> = Some("#RRGGBB");
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let is_lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        let colour = u32::from_str_radix(digits, 16).ok().filter(|_| is_lower)?;
        (contrast_with_white(colour) >= Self::LEAST_CONTRAST).then(|| Self(text.to_owned()))
    }
}

/// The contrast of a colour, `0xRRGGBB`, with white (WCAG 2.2).
fn contrast_with_white(colour: u32) -> f64 {
    let [_, red, green, blue] = colour.to_be_bytes().map(linear);
    1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
}

/// The linear value of an sRGB channel, from 0 to 1 (WCAG 2.2, relative luminance).
fn linear(channel: u8) -> f64 {
    let c = f64::from(channel) / 255.0;
    if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_distinguishable_from_white() {
        for (colour, is_accepted) in [
            ("#000000", true),
            ("#0b57d0", true),
            ("#b3121d", true),
            // 3.03 and 2.95
            ("#949494", true),
            ("#969696", false),
            // 3.006 and 2.996
            ("#788ef5", true),
            ("#12ad0f", false),
            ("#ffffff", false),
            ("#ffd400", false),
            ("#0B57D0", false),
            ("0b57d0", false),
            ("#0b57d", false),
            ("#0b57d0 ", false),
            ("#-b57d0", false),
            ("red", false),
        ] {
            let accent = Accent::parse(colour);
            assert_eq!(accent.as_ref().map(Accent::as_str), is_accepted.then_some(colour));
        }
        assert!((contrast_with_white(0x05_05_05) - 20.38).abs() < 0.02, "the straight part of the curve");
        assert!((contrast_with_white(0x76_76_76) - 4.54).abs() < 0.02, "a known pair");
    }

    #[test]
    fn a_logo_is_a_short_picture() {
        let long = format!("{}{}", Logo::SVG, "a".repeat(Logo::MAX_BYTES));
        for (logo, is_accepted) in [
            ("data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22/%3E", true),
            ("data:image/png;base64,iVBORw0KGgo=", true),
            ("data:image/svg+xml,", false),
            ("data:image/svg+xml,<svg/>", false),
            ("data:image/svg+xml,%3Csvg xmlns", false),
            ("data:image/svg+xml,'x'", false),
            ("data:image/svg+xml,%3", false),
            ("data:image/svg+xml,%3csvg/%3e", false),
            ("data:image/png;base64,%%%", false),
            ("data:image/png;base64,R0lGODlh", false),
            ("data:text/html,%3Cscript%3E", false),
            ("https://www.example.com/logo.svg", false),
            (&long, false),
            (&long[..Logo::MAX_BYTES], true),
        ] {
            assert_eq!(Logo::parse(logo).as_ref().map(Logo::as_str), is_accepted.then_some(logo));
        }
    }
}
