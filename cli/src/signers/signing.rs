//! Signing texts: a new text's id and time, and signing with the root key, which shows the text, asks for
//! confirmation, signs and sends.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use outband_keys::is_secret;
use outband_native::Clock;
use outband_record::text::{Id, Origin, Value as _};
use outband_record::time::Time;
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use super::keys;
use super::passphrase::Passphrase;
use super::signer::Signer;
use crate::client::copy::Copy;
use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::known::Known;
use crate::client::settings::{Directory, Role};
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, QUIET};

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

// The options of commands that sign with the root key. See `Destination` for why this is not a `///` comment.
#[derive(clap::Args)]
pub(crate) struct RootSigning {
    /// Root key file (default: root key in outband.toml)
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// Sign without asking for confirmation
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    passphrase: Passphrase,
    #[command(flatten)]
    destination: Destination,
}

/// The page, and the endpoints that signed notes are sent to.
pub(crate) struct Target {
    pub(crate) directory: Directory,
    pub(crate) origin: Origin,
    pub(crate) endpoints: Vec<Endpoint>,
}

impl Target {
    /// Opens the directory. Endpoints come from the options, or else from the settings.
    pub(crate) fn open(signing: &RootSigning) -> Result<Self> {
        Self::of(&signing.destination)
    }

    /// The same without a signature.
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

    /// Shows the text, signs it with the root key, saves it under this name, and sends it. `unchanged` is the guarantee
    /// to report if it is refused.
    pub(crate) fn sign_and_send(
        &self,
        signing: &RootSigning,
        text: &str,
        name: &str,
        unchanged: &str,
    ) -> Result<()> {
        self.sign_and_report(signing, text, name, unchanged, Report::Lines)
    }

    /// The same, reported as asked for.
    pub(crate) fn sign_and_report(
        &self,
        signing: &RootSigning,
        text: &str,
        name: &str,
        unchanged: &str,
        report: Report,
    ) -> Result<()> {
        let json = report == Report::Json;
        let (file, note) = self.sign_and_keep(signing, text, name).or_json(json)?;
        let roots = self.directory.root_keys().or_json(json)?;
        let delivery = Delivery::send(&self.endpoints, note.as_bytes(), Some(&roots), report);
        delivery.keep_receipts(&file);
        let done = conclude(&delivery, signing, &file, unchanged);
        if json {
            terminal::print_json_of(delivery.json(Some(&file)), &done);
        } else {
            delivery.say();
        }
        done
    }

    fn sign_and_keep(&self, signing: &RootSigning, text: &str, name: &str) -> Result<(PathBuf, String)> {
        let note = self.sign(signing, text).guarantee(Nothing::SignedOrSent)?;
        let file = self.directory.path.join(format!("{name}.note"));
        files::create_note(&file, &note).guarantee(Nothing::Sent)?;
        terminal::report_interruptions(Nothing::KnownToBeSeen);
        terminal::kept(&file);
        Ok((file, note))
    }

    fn sign(&self, signing: &RootSigning, text: &str) -> Result<String> {
        terminal::report_interruptions(Nothing::SignedOrSent);
        let heading = if signing.yes { "Signing:" } else { "About to sign (public and permanent):" };
        anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", terminal::text(text));
        terminal::confirm_signing(signing.yes, "Sign with the root key and send?")?;
        let key = Signer::open(&self.directory.key_file(signing.root_key.as_deref(), Role::Root)?)?;
        sign(text, &key.unlocked_by(&signing.passphrase))
    }
}

/// Says what became of a note that no endpoint accepted.
fn conclude(delivery: &Delivery<'_>, signing: &RootSigning, file: &Path, unchanged: &str) -> Result<()> {
    if delivery.is_accepted() {
        return Ok(());
    }
    if delivery.is_undecided() {
        let again = signing.destination.command_to_send(file);
        bail!("we don't know whether it got through. Resending the saved note is safe:\n  {again}");
    }
    bail!(
        "no endpoint accepted it; {unchanged}. The signed note was saved as {}. If the roster requires more roots to sign, have each add a signature with `outband sign`, then send it with `outband send`",
        file.display()
    )
}
