//! Integration tests, one subject per file.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests fail by panicking, in their own helper functions too"
)]

use outband_keys::{KeyKind, KeyName, SecretKey};

mod authenticator;
mod differential;
mod properties;
mod ssh_keygen;
mod ssh_vectors;
mod vectors;
mod wycheproof_vectors;

const ORIGIN: &str = "status.example.net";
const TEXT: &str =
    "outband update v1\norigin: status.example.net\ntitle: Logins fail\n\nWe are looking into it.\n";

/// A key whose seed is one byte, 32 times, as in `vectors/README.md`.
fn key(name: &str, kind: KeyKind, seed: u8) -> SecretKey {
    let name = KeyName::parse(&format!("{ORIGIN}/{name}")).expect("a valid name");
    SecretKey::from_seed(name, kind, [seed; 32])
}
