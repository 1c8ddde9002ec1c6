//! Maps a requested path to the stored file that answers it.

use super::bundle;
use super::path::{Name, Sequence};
use super::tile::{FULL, HASH_BYTES};

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

/// The first `width` hashes of a tile, or entries of a bundle; `None` if there are fewer or `width` is 0.
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
