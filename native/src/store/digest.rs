//! A digest of all files in a store, kept up to date by every commit.
//!
//! It tells a store from a mixture of two states of it, as a copy is that was made file by file while a host served:
//! SQLite itself does not notice if an old database is combined with a newer write-ahead log.
//!
//! Σ SHA-256(path ‖ LF ‖ etag), its first 16 bytes as a number, modulo 2¹²⁸: a sum does not depend on the order, and a
//! commit needs to look only at the files that it changes. It is meant for accidents, not for attacks.

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

/// The sum so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest(u128);

impl Digest {
    /// The digest of the files in a database, computed from all of them.
    pub(super) fn of_files(connection: &Connection) -> rusqlite::Result<Self> {
        let mut digest = Self::default();
        let mut statement = connection.prepare("SELECT path, etag FROM file")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            digest.add(row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        }
        Ok(digest)
    }

    pub(super) fn add(&mut self, path: &str, etag: &str) {
        self.0 = self.0.wrapping_add(term(path, etag));
    }

    pub(super) fn remove(&mut self, path: &str, etag: &str) {
        self.0 = self.0.wrapping_sub(term(path, etag));
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub(super) fn of_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }
}

fn term(path: &str, etag: &str) -> u128 {
    let hash = Sha256::new().chain_update(path).chain_update("\n").chain_update(etag).finalize();
    hash.iter().take(16).fold(0, |number, byte| number << 8 | u128::from(*byte))
}
