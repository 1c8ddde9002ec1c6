//! `outband sign`: a text becomes a note; nothing is sent.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use outband_keys::Note;
use outband_record::text::Text;

use crate::client::settings::{self, Directory, Role};
use crate::signers::secret_file;

/// Sign a text; sends nothing.
///
/// A file that is a note already gets one more signature, for texts that several persons must sign.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  outband sign update.txt -o update.note\n  outband sign roster-2.txt --key root.key | outband send --to https://status.example.net /dev/stdin"
)]
pub(crate) struct Sign {
    /// The text, or a note that needs one more signature
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Key file; the settings' operator key without it (for a roster or a site note, the root key)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// Where to write the note; standard output without it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Directory of outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Sign {
    /// Signs what parses; anything else no station would take.
    pub(crate) fn run(self) -> Result<()> {
        let shown = self.file.display().to_string();
        let bytes = std::fs::read(&self.file)
            .with_context(|| format!("{shown} cannot be read; nothing was signed"))?;
        let content =
            String::from_utf8(bytes).with_context(|| format!("{shown} is not UTF-8; nothing was signed"))?;
        let (text, mut note) = match Note::parse(content.as_bytes()) {
            Ok(note) => (note.text().to_owned(), content),
            Err(_) => (content.clone(), format!("{content}\n")),
        };
        let parsed = Text::parse(&text)
            .with_context(|| format!("{shown} was not signed: no station would accept it"))?;
        let key = match &self.key {
            Some(path) => secret_file::read_key(path)?,
            None => Directory::open(&self.dir)?.key(None, role(&parsed))?,
        };
        note.push_str(&format!("{}\n", key.sign_note(&text)?));
        Note::parse(note.as_bytes()).context("nothing was signed")?;
        write(self.output.as_deref(), &note)?;
        anstream::eprintln!("signed by {}", key.verifier().name());
        Ok(())
    }
}

fn role(text: &Text) -> Role {
    match text {
        Text::Update(_) => Role::Operator,
        Text::Site(_) | Text::Roster(_) | Text::Revocation(_) | Text::Redaction(_) => Role::Root,
    }
}

fn write(output: Option<&Path>, note: &str) -> Result<()> {
    match output {
        Some(path) => settings::create(path, note),
        None => std::io::stdout().write_all(note.as_bytes()).context("the note was not written"),
    }
}
