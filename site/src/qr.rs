use std::fmt::Write as _;

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};
use serde::Serialize;

/// An address as a QR code for printouts: it leads from paper to the live page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Qr {
    /// Modules per side, including the quiet zone.
    side: i32,
    /// The dark modules, row by row, as horizontal strokes of width 1: an SVG path.
    path: String,
}

/// Light modules on every side, which scanners need to find the code.
const QUIET: i32 = 4;

/// The same mask for all: trying all eight takes longer than rendering the rest of the page.
const MASK: u8 = 0;

impl Qr {
    /// Uses the lowest error correction: paper is rarely damaged, and every page carries the code. `None` if the
    /// address is too long for a QR code.
    pub(crate) fn of(address: &str) -> Option<Self> {
        let (text, level) = (QrSegment::make_segments(address), QrCodeEcc::Low);
        let (least, most, mask) = (Version::MIN, Version::MAX, Some(Mask::new(MASK)));
        let code = QrCode::encode_segments_advanced(&text, level, least, most, mask, false).ok()?;
        let mut path = String::new();
        for y in 0..code.size() {
            strokes(&mut path, y, &code);
        }
        Some(Self { side: code.size() + 2 * QUIET, path })
    }
}

/// `M0 5h7m2 0h1`: the first stroke of a row is absolute, each following one relative to the one before.
fn strokes(path: &mut String, y: i32, code: &QrCode) {
    let row: Vec<bool> = (0..code.size()).map(|x| code.get_module(x, y)).collect();
    let mut x = 0;
    let mut end = None;
    for run in row.chunk_by(|a, b| a == b) {
        if run.contains(&true) {
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

    /// What a camera sees: the path's strokes, row by row, inside the quiet zone.
    fn seen(qr: &Qr) -> Vec<Vec<bool>> {
        let (side, quiet) = (usize::try_from(qr.side).unwrap(), usize::try_from(QUIET).unwrap());
        let mut image = vec![vec![false; side]; side];
        for row in qr.path.split('M').skip(1) {
            let (start, strokes) = row.split_once('h').unwrap();
            let (x, y) = start.split_once(' ').unwrap();
            let (mut x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            for stroke in strokes.split('h') {
                let (length, gap) = stroke.split_once('m').unwrap_or((stroke, "0 0"));
                let end = x + length.parse::<usize>().unwrap();
                image[y + quiet][x + quiet..end + quiet].fill(true);
                x = end + gap.trim_end_matches(" 0").parse::<usize>().unwrap();
            }
        }
        image
    }

    #[test]
    fn a_reader_of_codes_finds_the_address() {
        const SCALE: usize = 4;
        for length in (0..200).step_by(11) {
            let address =
                format!("https://status.mail.example/incidents/2013-09-03-{}", "long".repeat(length));
            let image = seen(&Qr::of(&address).unwrap());
            let side = image.len() * SCALE;
            let grey = |x: usize, y: usize| if image[y / SCALE][x / SCALE] { 0 } else { 255 };
            let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey);
            let grids = prepared.detect_grids();
            assert_eq!(grids.len(), 1, "{address}");
            assert_eq!(grids[0].decode().unwrap().1, address);
        }
    }

    #[test]
    fn an_address_that_no_code_holds_has_none() {
        assert_eq!(Qr::of(&"a".repeat(3000)), None);
    }
}
