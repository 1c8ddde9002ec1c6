//! A logo as the site note writes it, from a file.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use outband_record::text::Logo;

use crate::terminal::shown;

/// More than any picture that could become a logo.
const MOST: u64 = 1 << 20;

/// A data URL as it is, or one with the picture in a file.
pub(super) fn written(value: &str) -> Result<String> {
    if value.starts_with("data:") {
        return Ok(value.to_owned());
    }
    let path = Path::new(value);
    let mut picture = Vec::new();
    let file = File::open(path).with_context(|| format!("{} cannot be opened", shown(path)))?;
    let read = file.take(MOST).read_to_end(&mut picture);
    read.with_context(|| format!("{} cannot be read", shown(path)))?;
    let logo = match picture.as_slice() {
        png if png.starts_with(Logo::PNG_SIGNATURE) => format!("{}{}", Logo::PNG, STANDARD.encode(png)),
        svg if is_svg(svg) => format!("{}{}", Logo::SVG, escaped(svg)),
        _ => bail!("{} is neither an SVG nor a PNG; export the logo as one of them", shown(path)),
    };
    ensure!(
        logo.len() <= Logo::MAX_BYTES,
        "{} takes {} characters as a data URL; at most {} are allowed, since every page carries it. Simplify the picture",
        shown(path),
        logo.len(),
        Logo::MAX_BYTES
    );
    Ok(logo)
}

fn is_svg(file: &[u8]) -> bool {
    file.windows(4).take(1024).any(|tag| tag == b"<svg")
}

/// Percent-encoded (RFC 3986), with each run of white space as one space.
fn escaped(svg: &[u8]) -> String {
    let text = String::from_utf8_lossy(svg);
    let mut escaped = String::new();
    for (place, word) in text.split_whitespace().enumerate() {
        if place > 0 {
            escaped.push_str("%20");
        }
        for byte in word.bytes() {
            // Writing to a string cannot fail.
            let _ = match byte {
                plain if Logo::is_plain(plain) => write!(escaped, "{}", char::from(plain)),
                other => write!(escaped, "%{other:02X}"),
            };
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::fs;

    use outband_record::text::Value as _;

    use super::*;

    #[test]
    fn a_file_becomes_a_logo() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, content).unwrap();
            written(path.to_str().unwrap())
        };
        let svg =
            write("a.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"\n  viewBox='0 0 1 1'>\n</svg>\n")
                .unwrap();
        assert_eq!(
            svg,
            "data:image/svg+xml,%3Csvg%20xmlns=%22http://www.w3.org/2000/svg%22%20viewBox=%270%200%201%201%27%3E%20%3C/svg%3E"
        );
        let png = write("a.png", b"\x89PNG\r\n\x1a\n0").unwrap();
        assert!(Logo::parse(&svg).is_some() && Logo::parse(&png).is_some(), "{png}");
        assert_eq!(written(&png).unwrap(), png);
        let refused = |name, content: &[u8]| write(name, content).unwrap_err().to_string();
        assert!(refused("a.gif", b"GIF89a").contains("a.gif is neither an SVG nor a PNG"));
        let long = format!("<?xml version=\"1.0\"?>\n<svg>{}</svg>", "x".repeat(30_000));
        assert!(refused("long.svg", long.as_bytes()).contains("at most 1200 are allowed"));
        assert!(written("/no/such/file.svg").unwrap_err().to_string().contains("cannot be opened"));
    }
}
