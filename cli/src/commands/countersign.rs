//! `outband countersign`: further signatures on a note that several must sign.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::{Note, VerifierKey, printable};
use outband_record::text::Text;

use crate::client::files;
use crate::decisions::decision::{Decision, Outcome, Page, RootSigning};
use crate::decisions::quorum::Judge;
use crate::signers::signing::Target;
use crate::terminal::{self, Guarantee as _, Nothing, OrJson as _, shown};

/// Add a signature to a note that several roots must sign, and send it once it has them all
///
/// For rosters, redactions and other notes that one root cannot decide alone. Several files are put together: copies of
/// one note that were signed apart. The files that are named stay as they are; the result is a new file beside
/// outband.toml. Without the network, use `outband sign --key`, and put the files together later.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband countersign roster-2-6f1ed0-alice.note --root-key bob-root.key --dir status.example.net
  outband countersign --combine roster-2-6f1ed0-alice.note from-bob.note")]
pub(crate) struct Countersign {
    /// The note, as the command wrote it that began it; or several copies of it with other signatures
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Put the files together without adding a signature
    #[arg(long, conflicts_with = "root_key")]
    combine: bool,
    #[command(flatten)]
    signing: RootSigning,
}

/// A note from a file.
struct Found {
    file: PathBuf,
    note: Note,
}

impl Countersign {
    pub(crate) fn run(self) -> Result<Outcome> {
        let signed = self.sign().guarantee(Nothing::SignedOrSent).or_json(self.signing.json);
        let Some((decision, note)) = signed? else {
            return Ok(Outcome::Done);
        };
        decision.finish(&self.signing, &note)
    }

    fn sign(&self) -> Result<Option<(Decision, String)>> {
        let notes = self.files.iter().map(|file| Found::read(file)).collect::<Result<Vec<_>>>()?;
        let text = the_text(&notes)?;
        let decision = self.decision(text)?;
        let note = combined(&decision, &notes)?;
        Ok(decision.sign(&self.signing, Some(&note), !self.combine)?.map(|note| (decision, note)))
    }

    /// The decision on this text, which the log must still allow.
    fn decision(&self, text: Text) -> Result<Decision> {
        let target = Target::of(&self.signing.destination)?;
        ensure!(
            *text.origin() == target.origin,
            "the note is for {}, this directory for {}; name the right one with --dir",
            text.origin(),
            target.origin
        );
        match &text {
            Text::Update(_) => bail!("this is an update; operators add their signatures with `outband sign`"),
            Text::Roster(roster) if roster.number == 1 => {
                let judge = Judge::Founders(target.directory.root_keys()?);
                Ok(Decision {
                    target,
                    judge,
                    text,
                    before: None,
                    unchanged: "nothing is set up",
                    draft: None,
                })
            }
            Text::Roster(_) | Text::Site(_) | Text::Revocation(_) | Text::Redaction(_) => {
                let page = Page::open(&self.signing.destination)?;
                check_current(&page, &text)?;
                Ok(page.decide(text, "nothing was changed"))
            }
        }
    }
}

/// Refuses a roster that the log has, or that another one has overtaken.
fn check_current(page: &Page, text: &Text) -> Result<()> {
    let Text::Roster(roster) = text else { return Ok(()) };
    let current = page.authority.roster();
    ensure!(
        roster.id != current.id,
        "this roster is in force already, as entry {}; no signature is missing",
        page.authority.roster_index()
    );
    ensure!(
        roster.number > current.number,
        "this is roster {}, but roster {} is in force by now (entry {}), so this one can no longer be accepted. Make the change again, from the roster in force",
        roster.number,
        current.number,
        page.authority.roster_index()
    );
    Ok(())
}

impl Found {
    fn read(file: &Path) -> Result<Self> {
        let note = Note::parse(&files::read(file)?);
        let note = note.with_context(|| format!("{} is not a signed note", shown(file)))?;
        Ok(Self { file: file.to_owned(), note })
    }

    /// The signatures that count, each with its key. Others are left out, with a warning.
    fn signatures(&self, decision: &Decision) -> Result<Vec<(VerifierKey, String)>> {
        let file = shown(&self.file);
        let signers = decision.judge.signers(&self.note, &decision.text);
        let signers =
            signers.with_context(|| format!("{file} cannot be used; ask for it again, or leave it out"))?;
        let lines = self.note.signatures().iter().map(|line| {
            let by = signers.iter().find(|key| key.name() == line.name() && key.id() == line.id());
            (by, line.name().to_string(), format!("{line}\n"))
        });
        let blocks = self.note.ssh().iter().map(|block| {
            let by = signers.iter().find(|key| key.ssh() == Some(block.key()));
            (by, block.key().fingerprint(), block.to_string())
        });
        let mut counted = Vec::new();
        let mut strangers = Vec::new();
        for (by, name, signature) in lines.chain(blocks) {
            match by {
                Some(key) => counted.push((key.clone(), signature)),
                None => strangers.push(printable(&name)),
            }
        }
        let strangers = strangers.join(", ");
        ensure!(
            !counted.is_empty(),
            "{file} is signed only by {strangers}, who may not sign this; leave it out"
        );
        if !strangers.is_empty() {
            terminal::warn(&format!("{file}: the signature of {strangers} does not count and is left out"));
        }
        Ok(counted)
    }
}

/// The text that all of them have.
fn the_text(notes: &[Found]) -> Result<Text> {
    let (first, others) = notes.split_first().context("no file is named")?;
    if let Some(other) = others.iter().find(|other| other.note.text() != first.note.text()) {
        bail!(
            "{} and {} have different texts, and a signature counts only for its own. Begin with one file, and let everybody sign copies of it",
            shown(&first.file),
            shown(&other.file)
        );
    }
    Text::parse(first.note.text()).with_context(|| format!("no station would accept {}", shown(&first.file)))
}

/// One note with the signatures of all files, each key's once.
fn combined(decision: &Decision, notes: &[Found]) -> Result<String> {
    let mut combined = format!("{}\n", decision.text.print());
    let mut keys = Vec::new();
    for note in notes {
        for (key, signature) in note.signatures(decision)? {
            if !keys.contains(&key) {
                combined.push_str(&signature);
                keys.push(key);
            }
        }
    }
    Ok(combined)
}
