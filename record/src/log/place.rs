//! From a path that someone asks for to the stored file that answers it.

use super::bundle;
use super::path::{Name, Sequence};
use super::tile::{FULL, HASH_BYTES};

/// What a public path of a tile or an entry bundle stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TileRequest {
    /// A full tile or bundle: the stored file as it is.
    Whole {
        /// The name it is stored under, which is the path itself.
        stored: String,
    },
    /// A `.p/<W>` name: the first `width` items of the stored file, which may have more by now.
    Cut {
        /// The name it is stored under.
        stored: String,
        /// Whether it is an entry bundle, not a tile of hashes.
        bundle: bool,
        /// How many hashes or entries, 1 to 255.
        width: u64,
    },
}

/// What `path` means for a log of `size`.
///
/// `None`, a 404, is everything that such a log does not have: malformed paths, tiles and widths beyond the size, and
/// the full name of what is still partial. Every width that has ever been published stays readable, as C2SP asks.
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

/// The first `width` hashes of a tile, or entries of a bundle; `None` if there are fewer, or none is asked for.
pub fn cut(bytes: &[u8], bundle: bool, width: u64) -> Option<Vec<u8>> {
    if width == 0 {
        return None;
    }
    let part = if bundle {
        bundle::cut(bytes, width)?
    } else {
        bytes.get(..usize::try_from(width.checked_mul(HASH_BYTES)?).ok()?)?
    };
    Some(part.to_vec())
}
