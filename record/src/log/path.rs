//! The paths of the log's files, and the stored file that answers a request for one.
//!
//! ```text
//! /log/tile/0/067                 level 0, tile 67, full
//! /log/tile/1/000.p/7             level 1, tile 0, its first 7 hashes
//! /log/tile/entries/x001/x234/067 entry bundle 1,234,067, full
//! /log/41.note                    the leaf at index 41
//! ```
//!
//! Numbers are split into groups of three digits, all but the last prefixed with `x`, so that no directory gets large.

use std::fmt;

use super::tile::FULL;

/// Every tile and bundle of a log of `size` ≤ [`MAX_SIZE`](super::MAX_SIZE), bundles first: its public name, with
/// `.p/<W>` if it is partial, and the name under which it is stored.
pub fn paths(size: u64) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for row in Sequence::all(size) {
        for number in 0..row.count(size).div_ceil(FULL) {
            let width = row.width(number, size);
            let public = Name { row, number, partial: (width < FULL).then_some(width) };
            all.push((public.to_string(), row.path(number)));
        }
    }
    all
}

/// The entry bundles of a log of `size`, each with the number of its entries, one at a time: the size may be a lie.
pub fn bundles(size: u64) -> impl Iterator<Item = (String, u64)> {
    let row = Sequence::Entries;
    (0..size.div_ceil(FULL)).map(move |number| {
        let width = row.width(number, size);
        let name = Name { row, number, partial: (width < FULL).then_some(width) };
        (name.to_string(), width)
    })
}

/// The public name, in a log of `size`, of a tile or bundle by the name under which it is stored; `None` if the log has
/// no such file.
pub fn public_name(stored: &str, size: u64) -> Option<String> {
    let Name { row, number, partial: None } = Name::parse(stored)? else { return None };
    let width = row.width(number, size);
    let name = Name { row, number, partial: (width < FULL).then_some(width) };
    (width > 0).then(|| name.to_string())
}

/// Whether `path` is that of an entry bundle.
pub fn is_bundle(path: &str) -> bool {
    path.starts_with("/log/tile/entries/")
}

/// The path of the entry bundle that holds the leaf at `index`, as its entry `index % 256`.
pub fn bundle_path(index: u64) -> String {
    Sequence::Entries.path(index / FULL)
}

/// The human-readable path of the leaf at `index`: `/log/41.note`.
pub fn note_path(index: u64) -> String {
    format!("/log/{index}.note")
}

/// The stored file, or the part of one, that answers a request for a tile or an entry bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileRequest {
    /// A full tile or bundle: the stored file, unchanged.
    Whole {
        /// The name under which it is stored, which equals the path.
        stored: String,
    },
    /// A `.p/<W>` name: the first `width` items of the stored file, which may hold more.
    Cut {
        /// The name under which it is stored.
        stored: String,
        /// Whether it is an entry bundle, not a tile of hashes.
        bundle: bool,
        /// The number of hashes or entries, 1 to 255.
        width: u64,
    },
}

/// Resolves `path` in a log of `size`.
///
/// Returns `None`, a 404, for a malformed path, for a tile or width beyond the size, and for the full name of a tile
/// that is still partial. Every width ever published stays readable, as C2SP requires.
pub fn locate(path: &str, size: u64) -> Option<TileRequest> {
    let Name { row, number, partial } = Name::parse(path)?;
    let stored = row.path(number);
    let exist = row.width(number, size);
    match partial {
        None => (exist == FULL).then_some(TileRequest::Whole { stored }),
        Some(width) => {
            (width <= exist).then_some(TileRequest::Cut { stored, bundle: row == Sequence::Entries, width })
        }
    }
}

/// A sequence that is split into files of 256 items: the leaves, or the hashes of one tile level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sequence {
    Entries,
    Level(u8),
}

impl Sequence {
    /// The non-empty sequences of a log of `size`.
    pub(super) fn all(size: u64) -> impl Iterator<Item = Sequence> {
        let levels = (0..=u8::MAX).map(Sequence::Level);
        [Sequence::Entries].into_iter().chain(levels).take_while(move |row| row.count(size) > 0)
    }

    /// The number of items in a log of `size`. Each hash of a level covers 256 of the level below.
    pub(super) fn count(self, size: u64) -> u64 {
        match self {
            Sequence::Entries => size,
            Sequence::Level(level) => size.checked_shr(8 * u32::from(level)).unwrap_or(0),
        }
    }

    /// The number of items in file `number`, in a log of `size`.
    pub(super) fn width(self, number: u64, size: u64) -> u64 {
        number.checked_mul(FULL).map_or(0, |before| self.count(size).saturating_sub(before).min(FULL))
    }

    /// The path under which file `number` is stored, whatever its width.
    pub(super) fn path(self, number: u64) -> String {
        Name { row: self, number, partial: None }.to_string()
    }
}

/// The public name of a tile or an entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) row: Sequence,
    pub(super) number: u64,
    /// The width of a partial file, 1 to 255; `None` for a full one.
    pub(super) partial: Option<u64>,
}

impl Name {
    /// Parses exactly what `Display` writes.
    pub(super) fn parse(path: &str) -> Option<Name> {
        let (row, rest) = path.strip_prefix("/log/tile/")?.split_once('/')?;
        let row = match row {
            "entries" => Sequence::Entries,
            level => Sequence::Level(level.parse().ok()?),
        };
        let (number, partial) = match rest.split_once(".p/") {
            Some((number, width)) => {
                (number, Some(width.parse().ok().filter(|width| (1..FULL).contains(width))?))
            }
            None => (rest, None),
        };
        let number = number.split('/').try_fold(0_u64, |number, group| {
            let group: u64 = group.strip_prefix('x').unwrap_or(group).parse().ok()?;
            number.checked_mul(1000)?.checked_add(group)
        })?;
        let name = Name { row, number, partial };
        (name.to_string() == path).then_some(name)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.row {
            Sequence::Entries => write!(f, "/log/tile/entries")?,
            Sequence::Level(level) => write!(f, "/log/tile/{level}")?,
        }
        let mut number = format!("{:03}", self.number % 1000);
        let mut higher = self.number / 1000;
        while higher > 0 {
            number = format!("x{:03}/{number}", higher % 1000);
            higher /= 1000;
        }
        write!(f, "/{number}")?;
        self.partial.map_or(Ok(()), |width| write!(f, ".p/{width}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_c2sp_writes_them() {
        for (row, number, partial, expected) in [
            (Sequence::Level(0), 0, None, "/log/tile/0/000"),
            (Sequence::Level(0), 67, None, "/log/tile/0/067"),
            (Sequence::Level(3), 999, Some(1), "/log/tile/3/999.p/1"),
            (Sequence::Level(0), 1000, None, "/log/tile/0/x001/000"),
            (Sequence::Entries, 1_234_067, None, "/log/tile/entries/x001/x234/067"),
            (Sequence::Entries, 1_234_067, Some(255), "/log/tile/entries/x001/x234/067.p/255"),
            (Sequence::Level(63), u64::MAX, None, "/log/tile/63/x018/x446/x744/x073/x709/x551/615"),
        ] {
            let name = Name { row, number, partial };
            assert_eq!(name.to_string(), expected);
            assert_eq!(Name::parse(expected), Some(name));
        }
        assert_eq!(bundle_path(0), "/log/tile/entries/000");
        assert_eq!(bundle_path(255), "/log/tile/entries/000");
        assert_eq!(bundle_path(256), "/log/tile/entries/001");
        assert_eq!(bundle_path(1_234_067 * 256 + 9), "/log/tile/entries/x001/x234/067");
        assert_eq!(note_path(41), "/log/41.note");
    }

    #[test]
    fn names_are_those_of_tlog_tiles_without_its_height() {
        for number in [0, 1, 66, 999, 1000, 1001, 999_999, 1_000_000, 1_234_067] {
            for width in [1_u32, 255, 256] {
                for data in [false, true] {
                    let row = if data { Sequence::Entries } else { Sequence::Level(0) };
                    let partial = (width < 256).then_some(width.into());
                    let theirs = tlog_tiles::Tile::new(8, 0, number, width, data).path();
                    let mapped =
                        theirs.replace("tile/8/data/", "/log/tile/entries/").replace("tile/8/", "/log/tile/");
                    assert_eq!(Name { row, number, partial }.to_string(), mapped);
                }
            }
        }
    }

    #[test]
    fn other_spellings_of_a_name_are_refused() {
        for path in [
            "",
            "/log/tile/",
            "/log/tile/0",
            "/log/tile/0/",
            "/log/tile/0/0",
            "/log/tile/0/67",
            "/log/tile/0/0067",
            "/log/tile/0/x067",
            "/log/tile/0/x000/067",
            "/log/tile/0/001/067",
            "/log/tile/0/x001/x067",
            "/log/tile/0/x1/067",
            "/log/tile/0/xx01/067",
            "/log/tile/0/-01",
            "/log/tile/0/+01",
            "/log/tile/0/067/",
            "/log/tile/0/067.p",
            "/log/tile/0/067.p/",
            "/log/tile/0/067.p/0",
            "/log/tile/0/067.p/256",
            "/log/tile/0/067.p/01",
            "/log/tile/0/067.p/+1",
            "/log/tile/0/067.p/1/",
            "/log/tile/0/067.p/1.p/1",
            "/log/tile/00/067",
            "/log/tile/+0/067",
            "/log/tile/256/067",
            "/log/tile/data/067",
            "/log/tile/8/0/067/",
            "/log/tile/Entries/067",
            "log/tile/0/067",
            "//log/tile/0/067",
            "/log/tile/0/067?",
            "/log/tile/0/06\u{0667}",
            "/log/tile/0/x018/x446/x744/x073/x709/x551/616",
            "/log/tile/0/x999/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(Name::parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_log_of_65793_has_these_files() {
        let all = paths(65_793);
        assert_eq!(all.len(), 258 + 258 + 2 + 1);
        for (public, stored) in [
            ("/log/tile/entries/000", "/log/tile/entries/000"),
            ("/log/tile/entries/257.p/1", "/log/tile/entries/257"),
            ("/log/tile/0/256", "/log/tile/0/256"),
            ("/log/tile/0/257.p/1", "/log/tile/0/257"),
            ("/log/tile/1/000", "/log/tile/1/000"),
            ("/log/tile/1/001.p/1", "/log/tile/1/001"),
            ("/log/tile/2/000.p/1", "/log/tile/2/000"),
        ] {
            assert!(all.contains(&(public.into(), stored.into())), "{public}");
        }
        for (public, stored) in &all {
            assert_eq!(public_name(stored, 65_793).as_ref(), Some(public));
        }
        for absent in ["/log/tile/0/258", "/log/tile/3/000", "/log/tile/0/257.p/1", "/log/checkpoint"] {
            assert_eq!(public_name(absent, 65_793), None, "{absent}");
        }
        let named: Vec<_> = bundles(65_793).map(|(public, _)| public).collect();
        let listed = all.iter().map(|(public, _)| public.clone()).filter(|public| is_bundle(public));
        assert_eq!(named, listed.collect::<Vec<_>>());
        assert_eq!(bundles(65_793).map(|(_, width)| width).sum::<u64>(), 65_793);
        assert_eq!(bundles(u64::MAX).next(), Some(("/log/tile/entries/000".to_owned(), FULL)));
        assert_eq!(paths(0), []);
        assert_eq!(paths(256).len(), 3);
    }
}
