//! `outband key`: makes keys, changes their passphrases, and shows their public parts.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use clap::Subcommand;
use outband_keys::{KeyKind, SSH_NAMESPACE, printable};
use outband_record::text::{Origin, Value as _};
use outband_station::MemoryStore;
use serde_json::json;

use crate::client::delivery::Destination;
use crate::client::files;
use crate::client::settings::Directory;
use crate::signers::encrypted::EncryptedKey;
use crate::signers::passphrase::{self, NewPassphrase, Passphrase};
use crate::signers::signer::Signer;
use crate::signers::signing::Target;
use crate::signers::{key_file, keys};
use crate::terminal::{self, GOOD, Guarantee as _, Nothing, OrJson as _, shown};

/// Make keys, change their passphrases, and show their public parts
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband key new --dir status.example.net --person bob --device phone bob.key
  outband key passphrase bob.key
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
    Passphrase(Change),
    List(List),
    Export(Export),
    AllowedSigners(AllowedSigners),
}

/// Make an operator's key, or a second station's: a file that only you can read
///
/// Asks for a passphrase. Prints the key's public part, which is also written beside the file and which the holder of a
/// root key enrols with `outband roster add`. The secret never leaves the file; `age --decrypt` reads it, too.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband key new --dir status.example.net --person bob --device phone bob.key
  outband key new --origin status.example.net --person bob --device root bob-root.key
  outband key new --origin status.example.net --station station2 station.key")]
struct New {
    /// The new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Whose key it is, as in the names of keys
    #[arg(long, required_unless_present = "station")]
    person: Option<String>,
    /// Make the key of a second station with this name instead, such as station2: a host, which types no passphrase
    #[arg(long, value_name = "NAME", conflicts_with_all = ["person", "device", "passphrase_file"])]
    station: Option<String>,
    /// The machine that it is for
    #[arg(long, default_value = "laptop")]
    device: String,
    #[command(flatten)]
    passphrase: NewPassphrase,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// The page's host name, where there is no outband.toml
    #[arg(long, value_name = "HOST", conflicts_with = "dir", value_parser = an_origin)]
    origin: Option<Origin>,
    /// Print its public part as JSON
    #[arg(long)]
    json: bool,
}

/// Change, add or remove the passphrase of a key file
///
/// Asks for the passphrase, if the file has one, and for the new one. The file is replaced in one step; copies of it keep
/// the passphrase that they have. For SSH keys, use `ssh-keygen -p`.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband key passphrase status.example.net/keys/operator.key
  outband key passphrase bob.key --no-passphrase")]
struct Change {
    /// The key file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Read the new passphrase from the first line of FILE instead of asking for it
    #[arg(long, value_name = "FILE", value_parser = passphrase::a_file)]
    new_passphrase_file: Option<PathBuf>,
    /// Write the key without a passphrase: anyone who can read the file can sign
    #[arg(long, conflicts_with = "new_passphrase_file")]
    no_passphrase: bool,
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
///
/// Asks for a passphrase only if the public part is not in the file beside it.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  outband key export bob.key")]
struct Export {
    /// A key file, or the .pub file of an SSH key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    passphrase: Passphrase,
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
            What::Passphrase(change) => change.run().guarantee(Nothing::Written),
            What::List(list) => list.run().or_json(list.json),
            What::Export(export) => export.run().or_json(export.json),
            What::AllowedSigners(signers) => signers.run(),
        }
    }
}

impl New {
    fn run(&self) -> Result<()> {
        let origin = self.origin.clone().map_or_else(|| Directory::open(&self.dir)?.origin(), Ok)?;
        let person = self.person.as_deref().unwrap_or_default();
        let (parts, kind, enrol) = match self.station.as_deref() {
            Some(station) => (vec![("--station", station)], KeyKind::Cosignature, "--station".to_owned()),
            None => {
                let parts = vec![("--person", person), ("--device", self.device.as_str())];
                (parts, KeyKind::Note, format!("--person {person} --key"))
            }
        };
        parts.iter().try_for_each(|(option, part)| keys::check_part(option, part))?;
        let name = parts.iter().map(|(_, part)| *part).collect::<Vec<_>>().join("/");
        let key = keys::generate(&origin.key_name(&name), kind)?;
        key_file::check_absent(&self.file)?;
        terminal::report_interruptions(Nothing::Written);
        let passphrase = match self.station {
            Some(_) => None,
            None => self.passphrase.choose(&shown(&self.file))?,
        };
        key_file::create(&self.file, &key, passphrase.as_ref())?;
        let public = key.verifier();
        if self.json {
            terminal::print_json(&json!({"key": public.to_string(), "file": self.file}));
            return Ok(());
        }
        anstream::println!("{public}");
        anstream::eprintln!(
            "{GOOD}{} holds the secret.{GOOD:#} The holder of a root key enrols the line above:\n  {} roster add {enrol} '{public}'",
            shown(&self.file),
            terminal::program()
        );
        Ok(())
    }
}

impl Change {
    fn run(&self) -> Result<()> {
        terminal::report_interruptions(Nothing::Written);
        // The file itself is replaced, not a link to it.
        let file = self.file.canonicalize().with_context(|| format!("cannot find {}", shown(&self.file)))?;
        let key = key_file::open(&file, &self.passphrase)?;
        let new = NewPassphrase {
            passphrase_file: self.new_passphrase_file.clone(),
            no_passphrase: self.no_passphrase,
        };
        let passphrase = new.choose(&shown(&self.file))?;
        key_file::replace(&file, &key, passphrase.as_ref())?;
        let has = if passphrase.is_some() { "has the new passphrase" } else { "has no passphrase" };
        anstream::println!("{GOOD}{} {has}.{GOOD:#}", shown(&self.file));
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
            let key = Signer::open(file);
            let public = key.as_ref().map(Signer::public_part).map_err(|error| format!("{error:#}"));
            let form = key.as_ref().ok().map(Signer::form);
            if !self.json {
                let remark = form.map(|form| format!(" ({})", form.remark())).unwrap_or_default();
                let what = public.as_ref().unwrap_or_else(|error| error);
                anstream::println!("{role:8}  {}{remark}\n          {}", shown(file), printable(what));
            }
            let file = file.display().to_string();
            let error = public.as_ref().err();
            list.push(json!({"role": role, "file": file, "key": public.as_ref().ok(), "form": form, "error": error}));
        }
        if self.json {
            terminal::print_json(&json!(list));
        }
        Ok(())
    }
}

impl Export {
    fn run(&self) -> Result<()> {
        let secret = files::read_secret(&self.file).ok();
        let encrypted = secret.and_then(|secret| EncryptedKey::recognise(&self.file, &secret));
        let public = match encrypted {
            Some(key) if key_file::public_beside(&self.file)?.is_none() => {
                self.passphrase.unlock(&key)?.verifier().to_string()
            }
            _ => Signer::open(&self.file)?.public_part(),
        };
        if self.json {
            terminal::print_json(&json!({"key": public, "file": self.file}));
        } else {
            anstream::println!("{}", printable(&public));
        }
        Ok(())
    }
}

fn an_origin(text: &str) -> Result<Origin> {
    Origin::parse(text).with_context(|| format!("it must be {}", Origin::EXPECTED))
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
