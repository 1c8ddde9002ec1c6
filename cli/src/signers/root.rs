//! What takes the root key: showing it, signing it, sending it.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_record::text::{Id, Origin};
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use crate::client::copy::Copy;
use crate::client::delivery::{self, Delivery, Tell};
use crate::client::endpoint::Endpoint;
use crate::client::settings::{Directory, Role};
use crate::terminal::{ask, colour};

#[derive(clap::Args)]
pub(crate) struct Signing {
    /// Root key file; the settings' without it
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// Do not ask before signing
    #[arg(short, long)]
    yes: bool,
    /// Base URL to send to, as often as there are; those of outband.toml without it
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory of outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// Enough of an id for the name of a file: what was refused is kept, and does not stand in the way of the next try.
pub(crate) fn short(id: &Id) -> &str {
    id.as_str().get(..6).unwrap_or_default()
}

/// Whose page it is, and where what is signed goes.
pub(crate) struct Place {
    pub(crate) directory: Directory,
    pub(crate) origin: Origin,
    pub(crate) endpoints: Vec<Endpoint>,
}

impl Place {
    /// By the settings, or what is asked instead.
    pub(crate) fn open(signing: &Signing) -> Result<Self> {
        let directory = Directory::open(&signing.dir)?;
        let endpoints = delivery::endpoints(&signing.to, &directory.settings.endpoints)?;
        Ok(Self { origin: directory.origin()?, directory, endpoints })
    }

    /// The log of the first endpoint where it can be proven from the roots of the settings: what the root key signs must
    /// not begin with a forgery.
    pub(crate) fn prove<'s>(&self, scratch: &'s MemoryStore) -> Result<Proven<'s>> {
        let roots = self.directory.root_keys()?;
        let mut why = Vec::new();
        for endpoint in &self.endpoints {
            match Proven::from_source(&Copy::fresh(endpoint), Some(&roots), scratch) {
                Ok(proven) => return Ok(proven),
                Err(unproven) => why.push(format!("{}: {unproven}", endpoint.url())),
            }
        }
        bail!("the log could not be proven, so nothing was signed. {}", why.join("; "))
    }

    /// Shows the text, signs it with the root key, keeps it under this name, and sends it. `unchanged` is what an author
    /// must know where it is refused.
    pub(crate) fn sign_and_send(
        &self,
        signing: &Signing,
        text: &str,
        name: &str,
        unchanged: &str,
    ) -> Result<()> {
        let quiet = colour::QUIET;
        anstream::eprintln!("{quiet}This will be signed and is public for ever:{quiet:#}\n\n{text}");
        ask::to_sign(signing.yes, "Sign it with the root key and send it?")?;
        let key = self.directory.key(signing.root_key.as_deref(), Role::Root)?;
        let line = key.sign_note(text).context("nothing was signed or sent")?;
        let note = Note::compose(text, [&line]);
        let file = self.directory.path.join(format!("{name}.note"));
        crate::client::settings::create(&file, &note)?;
        let delivery = Delivery::send(&self.endpoints, note.as_bytes(), Tell::Lines);
        delivery.report(Tell::Lines);
        if delivery.is_accepted() {
            return Ok(());
        }
        bail!(
            "no endpoint accepted it; {unchanged}. The signed note is {}: where the roster asks for more roots, have them add theirs with `outband sign`, then `outband send` it",
            file.display()
        )
    }
}
