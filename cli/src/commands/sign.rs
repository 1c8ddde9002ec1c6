//! `outband sign`: signs a text without sending it.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use outband_keys::Note;
use outband_record::text::Text;
use serde_json::json;

use crate::client::files;
use crate::client::settings::{Directory, Role};
use crate::signers::passphrase::Passphrase;
use crate::signers::signer::Signer;
use crate::signers::signing;
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _};

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
    /// Key file, or the .pub file of an SSH key (default: for an update, the operator key in outband.toml)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
    /// File to write the note to (default: standard output)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

impl Sign {
    /// Signs only texts that parse, since no station would accept any other.
    pub(crate) fn run(self) -> Result<()> {
        terminal::report_interruptions(Nothing::Signed);
        let (signer, kind, note) = self.sign().guarantee(Nothing::Signed).or_json(self.json)?;
        if let Some(path) = &self.output {
            files::create_note(path, &note).or_json(self.json)?;
        }
        if self.json {
            let text = self.output.is_none().then_some(note);
            let file = &self.output;
            terminal::print_json(&json!({"kind": kind, "signer": signer, "file": file, "note": text}));
            return Ok(());
        }
        if self.output.is_none() {
            std::io::stdout().write_all(note.as_bytes()).context("cannot write to standard output")?;
        }
        anstream::eprintln!("{kind} signed by {signer}");
        Ok(())
    }

    /// The signer's name, the kind of text, and the note.
    fn sign(&self) -> Result<(String, &'static str, String)> {
        let content = files::read_text(&self.file)?;
        let (text, mut note) = match Note::parse(content.as_bytes()) {
            Ok(note) => (note.text().to_owned(), content),
            Err(_) => (content.clone(), format!("{content}\n")),
        };
        let parsed =
            Text::parse(&text).with_context(|| format!("no station would accept {}", self.file.display()))?;
        signing::check_no_secret(&text)?;
        let key = match &self.key {
            Some(path) => Signer::open(path)?,
            None => self.operator_key(&parsed)?,
        }
        .unlocked_by(&self.passphrase);
        note.push_str(&key.signature(&text)?);
        Note::parse(note.as_bytes())?;
        Ok((key.name(), parsed.kind(), note))
    }

    /// The operator's key in the settings. A root's key is never taken without being named: a file is easily sent for a
    /// second signature that is not what it is called.
    fn operator_key(&self, text: &Text) -> Result<Signer> {
        match text {
            Text::Update(_) => Signer::open(&Directory::open(&self.dir)?.key_file(None, Role::Operator)?),
            Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => bail!(
                "{} is a {} note, which decides for the whole page. Read it, and name the key that is to sign it with --key",
                self.file.display(),
                text.kind()
            ),
        }
    }
}
