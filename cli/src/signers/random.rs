//! Randomness from the operating system.

use anyhow::{Context as _, Result};
use outband_keys::{KeyKind, KeyName, SecretKey};
use outband_record::text::{Id, Value as _};

/// A text's own name: 128 random bits.
pub(crate) fn id() -> Result<Id> {
    let digits: String = bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Id::parse(&digits).context("32 hexadecimal digits were not taken for an id")
}

/// A new key.
pub(crate) fn key(name: &str, kind: KeyKind) -> Result<SecretKey> {
    let name = KeyName::parse(name).with_context(|| format!("{name:?} cannot be a key's name"))?;
    Ok(SecretKey::from_seed(name, kind, bytes()?))
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the operating system gives no random bytes; nothing was made")?;
    Ok(bytes)
}
