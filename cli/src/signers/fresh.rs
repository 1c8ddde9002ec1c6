//! Randomness and the time from the operating system, for new texts and keys.

use anyhow::{Context as _, Result};
use outband_keys::{KeyKind, KeyName, SecretKey};
use outband_native::Clock;
use outband_record::text::{Id, Value as _};
use outband_record::time::Time;

/// A new text id: 128 random bits.
pub(crate) fn id() -> Result<Id> {
    let digits: String = bytes::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Id::parse(&digits).context("32 hexadecimal digits are not a valid id")
}

/// The start of an id, for a file name: a refused note is kept, and its file must not block the next attempt.
pub(crate) fn short(id: &Id) -> &str {
    id.as_str().get(..6).unwrap_or_default()
}

/// A new key.
pub(crate) fn key(name: &str, kind: KeyKind) -> Result<SecretKey> {
    let name = KeyName::parse(name).with_context(|| format!("{name:?} is not a valid key name"))?;
    Ok(SecretKey::from_seed(name, kind, bytes()?))
}

/// The time by this machine's clock.
pub(crate) fn now() -> Time {
    Time::from_posix(Clock::real().now())
}

fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the operating system returned no random bytes")?;
    Ok(bytes)
}
