use std::fmt::Write as _;

use qrcode::types::Color;
use qrcode::{EcLevel, QrCode};
use serde::Serialize;

/// An address as a QR code, for paper: whoever holds a printed page finds the living one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Qr {
    /// Modules on a side, with the quiet zone of four around.
    side: usize,
    /// The dark modules, row by row, as horizontal strokes of width 1: an SVG path.
    path: String,
}

/// Light modules on every side, by which readers find the code.
const QUIET: usize = 4;

impl Qr {
    /// The lowest error correction: paper is hardly damaged, and every page carries the code.
    /// `None` where the address is longer than any code holds.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(address, EcLevel::L).ok()?;
        let width = code.width();
        let colors = code.to_colors();
        let mut path = String::new();
        for (y, row) in colors.chunks(width).enumerate() {
            strokes(&mut path, y, row);
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

/// `M0 5h7m2 0h1`: the first stroke of a row stands where it is, each other one beside the one before.
fn strokes(path: &mut String, y: usize, row: &[Color]) {
    let mut x = 0;
    let mut end = None;
    for run in row.chunk_by(|a, b| a == b) {
        if run.contains(&Color::Dark) {
            // Writing to a string cannot fail.
            let _ = match end {
                None => write!(path, "M{x} {y}h{}", run.len()),
                Some(end) => write!(path, "m{} 0h{}", x - end, run.len()),
            };
            end = Some(x + run.len());
        }
        x += run.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strokes_are_the_dark_modules() {
        let address = "https://status.mail.example/incidents/2013-09-03-core-network";
        let qr = Qr::of(address).unwrap();
        let code = QrCode::with_error_correction_level(address, EcLevel::L).unwrap();
        assert_eq!(qr.side, code.width() + 8);
        let mut drawn = vec![Color::Light; code.width() * code.width()];
        for row in qr.path.split('M').skip(1) {
            let (start, strokes) = row.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for stroke in strokes.split("h") {
                let (length, gap) = stroke.split_once('m').unwrap_or((stroke, "0 0"));
                for _ in 0..length.parse().unwrap() {
                    drawn[y * code.width() + x] = Color::Dark;
                    x += 1;
                }
                x += gap.trim_end_matches(" 0").parse::<usize>().unwrap();
            }
        }
        assert!(drawn == code.to_colors());
    }

    #[test]
    fn an_address_that_no_code_holds_has_none() {
        assert_eq!(Qr::of(&"a".repeat(3000)), None);
    }
}
