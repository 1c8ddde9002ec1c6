//! A text that decides for the whole page: a roster, a removal, a redaction, a site note. It is shown with what it
//! changes, signed with the keys at hand, and sent; or saved in a file, if others must sign too.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail, ensure};
use outband_keys::{Note, VerifierKey, printable};
use outband_record::authority::Authority;
use outband_record::text::{Site, Text};
use outband_station::MemoryStore;
use outband_station::verify::Proven;
use serde_json::json;

use super::changes::changes;
use super::quorum::{Judge, Quorum, changes_roots};
use crate::client::delivery::{Delivery, Destination, Report};
use crate::client::files;
use crate::client::outbox::DraftFile;
use crate::client::settings::Role;
use crate::signers::passphrase::Passphrase;
use crate::signers::signer::Signer;
use crate::signers::signing::{self, Target};
use crate::terminal::{self, CAUTION, GOOD, Guarantee as _, Nothing, OrJson as _, QUIET, shown};

// The options of commands that sign with the root key. See `Destination` for why this is not a `///` comment.
#[derive(clap::Args)]
pub(crate) struct RootSigning {
    /// Root key file; may be repeated (default: root key in outband.toml)
    #[arg(long, value_name = "FILE")]
    root_key: Vec<PathBuf>,
    /// Sign without asking for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Show the text and what it changes; sign and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    passphrase: Passphrase,
    #[command(flatten)]
    pub(crate) destination: Destination,
    /// Print the results as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How a decision ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// A station accepted it, or nothing was to be done.
    Done,
    /// It is in a file, and others must sign it before it can be sent.
    Waiting,
}

/// The exit code of [`Outcome::Waiting`].
const WAITING: u8 = 3;

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::Waiting => Self::from(WAITING),
        }
    }
}

/// A text, and what is needed to decide on it.
pub(crate) struct Decision {
    pub(crate) target: Target,
    pub(crate) judge: Judge,
    pub(crate) text: Text,
    /// The text that it replaces.
    pub(crate) before: Option<String>,
    /// What is guaranteed if it is refused.
    pub(crate) unchanged: &'static str,
    /// The file that it was written in.
    pub(crate) draft: Option<DraftFile>,
}

/// What decisions depend on, from a page's verified log: a root key must not sign anything based on a forged one.
pub(crate) struct Page {
    pub(crate) target: Target,
    pub(crate) authority: Authority,
    pub(crate) size: u64,
    /// The site note in force.
    pub(crate) site: Option<Site>,
}

impl Page {
    pub(crate) fn open(destination: &Destination) -> Result<Self> {
        let target = Target::of(destination)?;
        let scratch = MemoryStore::default();
        let proven = target.prove(&scratch)?;
        Self::of(target, &proven)
    }

    pub(crate) fn of(target: Target, proven: &Proven<'_>) -> Result<Self> {
        let authority = proven.authority().cloned().context("the log has no roster")?;
        Ok(Self { target, authority, size: proven.tree().size, site: newest_site(proven) })
    }

    /// A text that replaces what holds, if it is of a type that does.
    pub(crate) fn decide(self, text: Text, unchanged: &'static str) -> Decision {
        let before = match &text {
            Text::Roster(_) => Some(self.authority.roster().print()),
            Text::Site(_) => self.site.as_ref().map(Site::print),
            Text::Update(_) | Text::Revocation(_) | Text::Redaction(_) => None,
        };
        let judge = Judge::Log { authority: Box::new(self.authority), size: self.size };
        Decision { target: self.target, judge, text, before, unchanged, draft: None }
    }
}

fn newest_site(proven: &Proven<'_>) -> Option<Site> {
    let texts = (0..proven.tree().size).rev().filter_map(|index| proven.entry(index));
    let mut notes = texts.filter(|leaf| leaf.starts_with(Site::FIRST_LINE.as_bytes()));
    Site::parse(Note::parse_entry(notes.next()?).ok()?.text()).ok()
}

impl Decision {
    /// Shows the text and what it changes, asks, and signs it with each root key at hand.
    pub(crate) fn sign_and_send(self, signing: &RootSigning) -> Result<Outcome> {
        let signed = self.sign(signing, None, true).guarantee(Nothing::SignedOrSent).or_json(signing.json)?;
        signed.map_or(Ok(Outcome::Done), |note| self.finish(signing, &note))
    }

    /// The note with signatures at hand added to those that it has; `None` for a dry run.
    pub(crate) fn sign(
        &self,
        signing: &RootSigning,
        has: Option<&str>,
        with_keys: bool,
    ) -> Result<Option<String>> {
        let text = self.text.print();
        signing::check_no_secret(&text)?;
        self.show(signing, &text)?;
        if signing.dry_run {
            return Ok(None);
        }
        let mut note = has.map_or_else(|| format!("{text}\n"), str::to_owned);
        if with_keys {
            terminal::confirm_signing(signing.yes, "Sign with the root key and send?")?;
            for file in self.key_files(signing)? {
                note = self.add(&note, &text, &Signer::open(&file)?.unlocked_by(&signing.passphrase))?;
            }
        }
        Ok(Some(note))
    }

    fn key_files(&self, signing: &RootSigning) -> Result<Vec<PathBuf>> {
        if signing.root_key.is_empty() {
            return Ok(vec![self.target.directory.key_file(None, Role::Root)?]);
        }
        Ok(signing.root_key.clone())
    }

    /// Adds a signature that counts.
    fn add(&self, note: &str, text: &str, key: &Signer) -> Result<String> {
        let signers = |note: &str| match Note::parse(note.as_bytes()) {
            Ok(note) => self.judge.signers(&note, &self.text),
            Err(_) => Ok(Vec::new()),
        };
        let before = signers(note)?;
        let added = format!("{note}{}", key.signature(text)?);
        let name = printable(&key.name());
        Note::parse(added.as_bytes())
            .with_context(|| format!("the signature of {name} cannot be added; has it signed already?"))?;
        let after = signers(&added)?;
        ensure!(
            after.len() > before.len(),
            "{name} is none of the keys that may sign this, so its signature would not count. They are: {}",
            names(self.judge.keys(&self.text).iter())
        );
        let quorums = self.judge.quorums(&self.text);
        let adds = quorums.iter().any(|quorum| quorum.have(&after) > quorum.have(&before));
        let is_site = matches!(self.text, Text::Site(_));
        ensure!(
            adds || is_site,
            "{name} belongs to somebody who has signed already; a person counts once, however many keys they have"
        );
        Ok(added)
    }

    fn show(&self, signing: &RootSigning, text: &str) -> Result<()> {
        let changes = self.before.as_ref().map(|before| changes(before, text));
        ensure!(changes.as_ref().is_none_or(|changes| !changes.is_empty()), "this changes nothing");
        if signing.json {
            if signing.dry_run {
                terminal::print_json(&json!({"signed": false, "text": text, "changes": changes}));
            }
            return Ok(());
        }
        let heading = match (signing.dry_run, signing.yes) {
            (true, _) => "Draft, not signed:",
            (false, true) => "Signing:",
            (false, false) => "About to sign (public and permanent):",
        };
        anstream::eprintln!("{QUIET}{heading}{QUIET:#}\n\n{}", terminal::text(text));
        if let Some(changes) = changes {
            anstream::eprintln!("{QUIET}It changes:{QUIET:#}\n{}\n", terminal::text(&changes.join("\n")));
        }
        for key in self.enrolled() {
            anstream::eprintln!(
                "{QUIET}Words of{QUIET:#} {}{QUIET}, to be compared with its holder by voice:{QUIET:#}\n  {GOOD}{}{GOOD:#}\n",
                printable(key.name().as_str()),
                key.fingerprint_words()
            );
        }
        Ok(())
    }

    /// The operators' keys that a roster enrols.
    fn enrolled(&self) -> Vec<&VerifierKey> {
        let (Text::Roster(roster), Judge::Log { authority, .. }) = (&self.text, &self.judge) else {
            return Vec::new();
        };
        let before = authority.operators();
        roster.operator.iter().filter(|key| !before.contains(key)).collect()
    }

    /// Saves the note, and sends it unless signatures are missing.
    pub(crate) fn finish(&self, signing: &RootSigning, note: &str) -> Result<Outcome> {
        let saved = self.save(note).guarantee(Nothing::Sent).or_json(signing.json)?;
        self.draft.iter().for_each(DraftFile::remove);
        let Saved { file, signers, lacking } = saved;
        if !lacking.is_empty() {
            self.say_who_is_missing(signing, &file, &signers, &lacking);
            return Ok(Outcome::Waiting);
        }
        if let Judge::Founders(_) = self.judge {
            let send = signing.destination.command_to_send(&file);
            anstream::println!(
                "{} is complete. Once the host is running, send it first:\n  {send}",
                shown(&file)
            );
            return Ok(Outcome::Done);
        }
        self.send(signing, note, &file)
    }

    fn save(&self, note: &str) -> Result<Saved> {
        let parsed = Note::parse(note.as_bytes())?;
        let lacking = self.judge.lacking(&parsed, &self.text)?;
        let signers = self.judge.signers(&parsed, &self.text)?;
        let name = self.file_name(if lacking.is_empty() { &[] } else { &signers });
        let file = self.target.directory.path.join(name);
        // The same signatures make the same file, so this may be done again.
        if !std::fs::read(&file).is_ok_and(|there| there == note.as_bytes()) {
            files::create_note(&file, note)?;
        }
        Ok(Saved { file, signers, lacking })
    }

    /// `roster-2-6f1ed0.note`, and while others must sign, with those who have: `roster-2-6f1ed0-alice.note`.
    fn file_name(&self, signers: &[VerifierKey]) -> String {
        let mut name = match &self.text {
            Text::Roster(roster) => format!("roster-{}-{}", roster.number, signing::short(&roster.id)),
            text => format!("{}-{}", text.kind(), signing::short(text.id())),
        };
        let origin = self.target.origin.as_str();
        let mut persons: Vec<_> = signers.iter().filter_map(|key| key.name().person_under(origin)).collect();
        persons.sort_unstable();
        persons.dedup();
        for person in persons {
            name.push_str(&format!("-{person}"));
        }
        format!("{name}.note")
    }

    fn say_who_is_missing(
        &self,
        signing: &RootSigning,
        file: &Path,
        signers: &[VerifierKey],
        lacking: &[Quorum],
    ) {
        if signing.json {
            let missing: Vec<_> = lacking.iter().map(|quorum| quorum.json(signers)).collect();
            let file = file.display().to_string();
            terminal::print_json(&json!({"sent": false, "file": file, "missing": missing}));
            return;
        }
        anstream::println!(
            "{CAUTION}Not sent: others must sign it too.{CAUTION:#} It is saved as {}",
            shown(file)
        );
        for quorum in lacking {
            let (have, need) = (quorum.have(signers), quorum.need);
            let open = names(quorum.open(signers).into_iter());
            anstream::println!("{have} of {need} have signed of {}; still to sign: {open}", quorum.whom);
        }
        let name = terminal::word(&file.file_name().unwrap_or_default().to_string_lossy());
        anstream::println!(
            "Each of them copies the file and signs it, on any machine, with\n  outband countersign {name}\nThe last signature sends it. Files that were signed apart are put together with\n  outband countersign --combine FILE FILE"
        );
    }

    fn send(&self, signing: &RootSigning, note: &str, file: &Path) -> Result<Outcome> {
        terminal::report_interruptions(Nothing::KnownToBeSeen);
        terminal::kept(file);
        let roots = self.target.directory.root_keys().or_json(signing.json)?;
        let report = Report::new(signing.json);
        let delivery = Delivery::send(&self.target.endpoints, note.as_bytes(), Some(&roots), report);
        delivery.keep_receipts(file);
        let done = self.conclude(&delivery, signing, file);
        if signing.json {
            terminal::print_json_of(delivery.json(Some(file)), &done);
        } else {
            delivery.say();
        }
        if done.is_ok() {
            self.say_what_follows(signing);
        }
        done
    }

    fn conclude(&self, delivery: &Delivery<'_>, signing: &RootSigning, file: &Path) -> Result<Outcome> {
        if delivery.is_accepted() {
            return Ok(Outcome::Done);
        }
        if delivery.is_undecided() {
            let again = signing.destination.command_to_send(file);
            bail!("we don't know whether it got through. Resending the saved note is safe:\n  {again}");
        }
        bail!(
            "no endpoint accepted it; {}. The signed note was saved as {}; send it again with `outband send` if the cause was temporary",
            self.unchanged,
            shown(file)
        )
    }

    /// New roots change nothing for hosts and readers, who know those of roster 1.
    fn say_what_follows(&self, signing: &RootSigning) {
        let (Text::Roster(roster), Judge::Log { authority, .. }) = (&self.text, &self.judge) else { return };
        if signing.json || !changes_roots(authority.roster(), roster) {
            return;
        }
        anstream::println!(
            "The roots are now, {} of them together: {}
Nothing changes for hosts and readers: ROOT_KEYS, root-keys in outband.toml and `outband verify --root` name the roots of
roster 1, from which the log leads to these. In outband.toml, let `root` under [keys] name the file of your root key.",
            roster.root_threshold,
            names(roster.root.iter())
        );
    }
}

/// A note in its file, and whose signatures it has and lacks.
struct Saved {
    file: PathBuf,
    signers: Vec<VerifierKey>,
    lacking: Vec<Quorum>,
}

fn names<'k>(keys: impl Iterator<Item = &'k VerifierKey>) -> String {
    let mut names: Vec<String> = keys.map(|key| key.name().to_string()).collect();
    names.sort();
    names.dedup();
    names.join(", ")
}
