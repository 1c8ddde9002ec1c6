//! Signing texts: a new text's id and time, its signature, and the verified log on which it is based.

use anyhow::{Context as _, Result, bail};
use outband_keys::is_secret;
use outband_native::Clock;
use outband_record::text::{Id, Origin, Value as _};
use outband_record::time::Time;
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use super::keys;
use super::signer::Signer;
use crate::client::copy::Copy;
use crate::client::delivery::Destination;
use crate::client::endpoint::Endpoint;
use crate::client::known::Known;
use crate::client::settings::Directory;

/// A new text id: 128 random bits.
pub(crate) fn new_id() -> Result<Id> {
    let digits: String = keys::random::<16>()?.iter().map(|byte| format!("{byte:02x}")).collect();
    Id::parse(&digits).context("32 hexadecimal digits are not a valid id")
}

/// The start of an id, for the name of a saved note: a refused note is kept, and its file must not block the next
/// attempt.
pub(crate) fn short(id: &Id) -> &str {
    id.as_str().get(..6).unwrap_or_default()
}

/// The time by this machine's clock.
pub(crate) fn now() -> Time {
    Time::from_posix(Clock::real().now())
}

/// The text as a note with this key's signature.
pub(crate) fn sign(text: &str, key: &Signer) -> Result<String> {
    check_no_secret(text)?;
    Ok(format!("{text}\n{}", key.signature(text)?))
}

/// Refuses a text with a secret key in it: whatever is signed here is meant to be published.
pub(crate) fn check_no_secret(text: &str) -> Result<()> {
    if is_secret(text) {
        bail!("the text contains a secret key, which everybody would see. Remove it, and replace that key");
    }
    Ok(())
}

/// The page, and the endpoints that signed notes are sent to.
pub(crate) struct Target {
    pub(crate) directory: Directory,
    pub(crate) origin: Origin,
    pub(crate) endpoints: Vec<Endpoint>,
}

impl Target {
    /// Opens the directory. Endpoints come from the options, or else from the settings.
    pub(crate) fn of(destination: &Destination) -> Result<Self> {
        let (directory, endpoints) = destination.open()?;
        Ok(Self { origin: directory.origin()?, directory, endpoints })
    }

    /// The log of the first endpoint at which it can be verified with the roots in the settings, since the root key
    /// must not sign anything based on a forged log.
    pub(crate) fn prove<'s>(&self, scratch: &'s MemoryStore) -> Result<Proven<'s>> {
        let roots = self.directory.root_keys()?;
        let known = Known::of_user_or_warn();
        let mut why = Vec::new();
        for endpoint in &self.endpoints {
            let proven = Proven::from_source(&Copy::fresh(endpoint), Some(&roots), scratch);
            let checked = proven.map_err(anyhow::Error::from).and_then(|proven| {
                known.as_ref().map_or(Ok(()), |known| known.check_and_keep(&proven))?;
                Ok(proven)
            });
            match checked {
                Ok(proven) => return Ok(proven),
                Err(error) => why.push(format!("{}: {error:#}", endpoint.url())),
            }
        }
        bail!("the log could not be verified: {}", why.join("; "))
    }
}
