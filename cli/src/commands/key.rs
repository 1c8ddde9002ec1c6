//! `outband key`: makes keys, and shows their public parts.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use outband_keys::{KeyKind, SSH_NAMESPACE, printable};
use outband_station::MemoryStore;
use serde_json::json;

use crate::client::delivery::Destination;
use crate::client::files;
use crate::client::settings::Directory;
use crate::signers::keys;
use crate::signers::signer::Signer;
use crate::signers::signing::Target;
use crate::terminal::{self, GOOD, Guarantee as _, Nothing, OrJson as _, shown};

/// Make keys, and show their public parts
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband key new --dir status.example.net --person bob --device phone bob.key
  outband key list --dir status.example.net
  outband key export bob.key
  outband key allowed-signers --dir status.example.net")]
pub(crate) struct KeyCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    New(New),
    List(List),
    Export(Export),
    AllowedSigners(AllowedSigners),
}

/// Make an operator's key: a file that only you can read
///
/// Prints its public part, which the holder of a root key enrols with `outband roster add`. The secret never leaves the
/// file.
#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  outband key new --dir status.example.net --person bob --device phone bob.key"
)]
struct New {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose key it is, as in the names of keys
    #[arg(long)]
    person: String,
    /// The machine that it is for
    #[arg(long, default_value = "laptop")]
    device: String,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print its public part as JSON
    #[arg(long)]
    json: bool,
}

/// List the key files that outband.toml names, by their public parts
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband key list --dir status.example.net")]
struct List {
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print them as JSON
    #[arg(long)]
    json: bool,
}

/// Print the public part of a key file
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband key export bob.key")]
struct Export {
    /// A key file, or the .pub file of an SSH key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
}

/// Print the operators' SSH keys for `ssh-keygen -Y verify`
///
/// With this file, stock OpenSSH verifies what these operators sign. The roster comes from the log, which is verified
/// first.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband key allowed-signers --dir status.example.net")]
struct AllowedSigners {
    #[command(flatten)]
    destination: Destination,
}

impl KeyCommand {
    pub(crate) fn run(self) -> Result<()> {
        match self.what {
            What::New(new) => new.run().guarantee(Nothing::Written).or_json(new.json),
            What::List(list) => list.run().or_json(list.json),
            What::Export(export) => export.run().or_json(export.json),
            What::AllowedSigners(signers) => signers.run(),
        }
    }
}

impl New {
    fn run(&self) -> Result<()> {
        let origin = Directory::open(&self.dir)?.origin()?;
        for (option, part) in [("--person", &self.person), ("--device", &self.device)] {
            keys::check_part(option, part)?;
        }
        let key =
            keys::generate(&origin.key_name(&format!("{}/{}", self.person, self.device)), KeyKind::Note)?;
        files::create_secret(&self.file, &key)?;
        let public = key.verifier();
        if self.json {
            terminal::print_json(&json!({"key": public.to_string(), "file": self.file}));
            return Ok(());
        }
        anstream::println!("{public}");
        anstream::eprintln!(
            "{GOOD}{} holds the secret.{GOOD:#} The holder of a root key enrols the line above:\n  {} roster add --person {} --key '{public}'",
            shown(&self.file),
            terminal::program(),
            self.person
        );
        Ok(())
    }
}

impl List {
    fn run(&self) -> Result<()> {
        let directory = Directory::open(&self.dir)?;
        let named = &directory.settings.keys;
        let named = [
            ("root", &named.root),
            ("operator", &named.operator),
            ("log", &named.log),
            ("station", &named.station),
        ];
        let mut list = Vec::new();
        for (role, file) in named.into_iter().filter_map(|(role, file)| Some((role, file.as_ref()?))) {
            let key = Signer::open(file).map(|key| key.public_part());
            let (public, error) = (key.as_ref().ok(), key.as_ref().err().map(|error| format!("{error:#}")));
            if !self.json {
                let what = public.or(error.as_ref()).map(|text| printable(text)).unwrap_or_default();
                anstream::println!("{role:8}  {}\n          {what}", shown(file));
            }
            list.push(
                json!({"role": role, "file": file.display().to_string(), "key": public, "error": error}),
            );
        }
        if self.json {
            terminal::print_json(&json!(list));
        }
        Ok(())
    }
}

impl Export {
    fn run(&self) -> Result<()> {
        let public = Signer::open(&self.file)?.public_part();
        if self.json {
            terminal::print_json(&json!({"key": public, "file": self.file}));
        } else {
            anstream::println!("{}", printable(&public));
        }
        Ok(())
    }
}

impl AllowedSigners {
    fn run(&self) -> Result<()> {
        let scratch = MemoryStore::default();
        let proven = Target::of(&self.destination)?.prove(&scratch)?;
        let authority = proven.authority().context("the log has no roster")?;
        let operators = authority.operators();
        let of_ssh: Vec<_> = operators.iter().filter(|key| key.ssh().is_some()).collect();
        if of_ssh.is_empty() {
            bail!("no operator signs with an SSH key");
        }
        for key in of_ssh {
            let line = key.to_string();
            let (name, public) = line.split_once(' ').unwrap_or((&line, ""));
            anstream::println!("{name} namespaces=\"{SSH_NAMESPACE}\" {public}");
        }
        Ok(())
    }
}
