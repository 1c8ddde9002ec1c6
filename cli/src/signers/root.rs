//! Signing with the root key: shows the text, asks for confirmation, signs and sends.

use std::path::PathBuf;

use anyhow::{Result, bail};
use outband_keys::Note;
use outband_record::text::Origin;
use outband_station::MemoryStore;
use outband_station::verify::Proven;

use crate::client::copy::Copy;
use crate::client::delivery::{self, Delivery, Report};
use crate::client::endpoint::Endpoint;
use crate::client::files;
use crate::client::settings::{Directory, Role};
use crate::terminal::ask;
use crate::terminal::messages::{Guarantee as _, Nothing, QUIET};

#[derive(clap::Args)]
pub(crate) struct Signing {
    /// Root key file (default: root key in outband.toml)
    #[arg(long, value_name = "FILE")]
    root_key: Option<PathBuf>,
    /// Sign without asking for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Base URL to send to; may be repeated (default: endpoints in outband.toml)
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// The page, and the endpoints that signed notes are sent to.
pub(crate) struct Target {
    pub(crate) directory: Directory,
    pub(crate) origin: Origin,
    pub(crate) endpoints: Vec<Endpoint>,
}

impl Target {
    /// From the options, or else the settings.
    pub(crate) fn open(signing: &Signing) -> Result<Self> {
        let directory = Directory::open(&signing.dir)?;
        let endpoints = delivery::endpoints(&signing.to, &directory.settings.endpoints)?;
        Ok(Self { origin: directory.origin()?, directory, endpoints })
    }

    /// The log of the first endpoint at which it can be verified with the roots in the settings, since the root key
    /// must not sign anything based on a forged log.
    pub(crate) fn prove<'s>(&self, scratch: &'s MemoryStore) -> Result<Proven<'s>> {
        let roots = self.directory.root_keys()?;
        let mut why = Vec::new();
        for endpoint in &self.endpoints {
            match Proven::from_source(&Copy::fresh(endpoint), Some(&roots), scratch) {
                Ok(proven) => return Ok(proven),
                Err(unproven) => why.push(format!("{}: {unproven}", endpoint.url())),
            }
        }
        bail!("the log could not be verified: {}", why.join("; "))
    }

    /// Shows the text, signs it with the root key, saves it under this name, and sends it. `unchanged` is the guarantee
    /// to report if it is refused.
    pub(crate) fn sign_and_send(
        &self,
        signing: &Signing,
        text: &str,
        name: &str,
        unchanged: &str,
    ) -> Result<()> {
        let note = self.sign(signing, text).guarantee(Nothing::SignedOrSent)?;
        let file = self.directory.path.join(format!("{name}.note"));
        files::create(&file, &note).guarantee(Nothing::Sent)?;
        let delivery = Delivery::send(&self.endpoints, note.as_bytes(), Report::Lines);
        delivery.report(Report::Lines);
        if delivery.is_accepted() {
            return Ok(());
        }
        if delivery.is_undecided() {
            let again = delivery::command_to_send(&signing.to, &signing.dir, &file);
            bail!("we don't know whether it got through. Resending the saved note is safe:\n  {again}");
        }
        let file = file.display();
        bail!(
            "no endpoint accepted it; {unchanged}. The signed note was saved as {file}. If the roster requires more roots to sign, have each add a signature with `outband sign`, then send it with `outband send`"
        )
    }

    fn sign(&self, signing: &Signing, text: &str) -> Result<String> {
        let heading = if signing.yes { "Signing:" } else { "About to sign (public and permanent):" };
        anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{text}");
        ask::to_sign(signing.yes, "Sign with the root key and send?")?;
        let key = self.directory.key(signing.root_key.as_deref(), Role::Root)?;
        Ok(Note::compose(text, [&key.sign_note(text)?]))
    }
}
