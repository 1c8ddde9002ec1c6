//! `outband sign`: signs a text without sending it.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use outband_keys::{KeyName, Note};
use outband_record::text::Text;

use crate::client::files;
use crate::client::settings::{Directory, Role};
use crate::signers::signing;
use crate::terminal::{Guarantee as _, Nothing};

/// Sign a text without sending it
///
/// If the file is already a signed note, adds a signature, for texts that several people must sign.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband sign update.txt -o update.note\n  outband sign roster-2.txt --key root.key | outband send --to https://status.example.net -"
)]
pub(crate) struct Sign {
    /// The text to sign, or a note to add a signature to; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Key file (default: operator key in outband.toml; for a roster or site note, the root key)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// File to write the note to (default: standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Sign {
    /// Signs only texts that parse, since no station would accept any other.
    pub(crate) fn run(self) -> Result<()> {
        let (signer, note) = self.sign().guarantee(Nothing::Signed)?;
        match &self.output {
            Some(path) => files::create(path, &note)?,
            None => {
                std::io::stdout().write_all(note.as_bytes()).context("cannot write to standard output")?
            }
        }
        anstream::eprintln!("signed by {signer}");
        Ok(())
    }

    /// The signer's name, and the note.
    fn sign(&self) -> Result<(KeyName, String)> {
        let content = files::read_text(&self.file)?;
        let (text, mut note) = match Note::parse(content.as_bytes()) {
            Ok(note) => (note.text().to_owned(), content),
            Err(_) => (content.clone(), format!("{content}\n")),
        };
        let parsed =
            Text::parse(&text).with_context(|| format!("no station would accept {}", self.file.display()))?;
        signing::check_no_secret(&text)?;
        let key = match &self.key {
            Some(path) => files::read_key(path)?,
            None => Directory::open(&self.dir)?.key(None, role(&parsed))?,
        };
        note.push_str(&format!("{}\n", key.sign_note(&text)?));
        Note::parse(note.as_bytes())?;
        Ok((key.verifier().name().clone(), note))
    }
}

fn role(text: &Text) -> Role {
    match text {
        Text::Update(_) => Role::Operator,
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Role::Root,
    }
}
