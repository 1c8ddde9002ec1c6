//! The result of a verification, and how it is reported.

use std::path::PathBuf;

use outband_keys::{VerifierKey, printable};
use outband_record::log::hash_text;
use outband_record::time::Time;
use outband_site::data::Redacted;
use outband_site::paths;
use outband_station::verify::{Cause, Difference, Hashes, How, Incomparable};

use crate::client::known::Signed;
use crate::terminal::{BAD, GOOD, shown};

/// The result of a verification.
pub(super) struct Outcome {
    pub(super) signed: Signed,
    pub(super) hashes: Hashes,
    /// T: when the station last signed.
    pub(super) time: Time,
    /// The roots that founded the log: those that `--root` names.
    pub(super) roots: Vec<VerifierKey>,
    /// Those of the roster in force.
    pub(super) roots_now: Vec<VerifierKey>,
    pub(super) redacted: Vec<Redacted>,
    /// How many updates a second station shows that the log does not have yet.
    pub(super) pending: usize,
    pub(super) files: usize,
    pub(super) differences: Vec<Difference>,
    /// Why the pages were not compared, if they were not.
    pub(super) incomparable: Option<Incomparable>,
    /// Why the copy fails although its files match its log: too old, or not the log that was verified before.
    pub(super) objections: Vec<String>,
    /// The file with both checkpoints of a contradiction.
    pub(super) evidence: Option<PathBuf>,
}

impl Outcome {
    /// Whether nothing speaks against the log, whether or not the pages could be compared.
    pub(super) fn is_sound(&self) -> bool {
        self.differences.is_empty() && self.objections.is_empty()
    }

    /// Prints it for people.
    pub(super) fn print(&self, roots_given: bool) {
        let tree = self.signed.tree();
        anstream::println!("log: {} entries, root hash {}", tree.size, hash_text(&tree.root));
        anstream::println!("     last signed by the station at {}", self.time);
        self.print_roots(roots_given);
        for Redacted { entry, by, reason, .. } in &self.redacted {
            anstream::println!("redacted: {} (entry {entry}, by entry {by})", printable(reason.as_str()));
        }
        if self.pending > 0 {
            anstream::println!(
                "pending: {} signed, not in the log yet: {}",
                self.pending,
                paths::PENDING_JSON
            );
        }
        self.differences.iter().for_each(print_difference);
        self.print_verdict();
        for objection in &self.objections {
            anstream::println!("{BAD}FAILED:{BAD:#} {}", printable(objection));
        }
        if let Some(path) = &self.evidence {
            anstream::println!("evidence: both signed checkpoints are in {}", shown(path));
        }
        if let Some(why) = &self.incomparable {
            anstream::println!("{BAD}pages were NOT compared:{BAD:#} {why}. Trust the entries under /log/");
        }
    }

    fn print_roots(&self, given: bool) {
        let how =
            if given { "as given" } else { "trusted on first use; compare with a key from another source" };
        for root in &self.roots {
            anstream::println!("root: {} {} ({how})", root.name(), root.fingerprint());
            if !given {
                anstream::println!("      next time: --root '{root}'");
            }
        }
        for root in self.roots_now.iter().filter(|root| !self.roots.contains(root)) {
            anstream::println!("root: {} {} (by the roster in force)", root.name(), root.fingerprint());
        }
    }

    fn print_verdict(&self) {
        let files = self.files;
        let added = self.differences.iter().filter(|difference| difference.how == How::Unexpected).count();
        match (self.differences.len() - added, added, &self.incomparable) {
            (0, 0, None) if self.objections.is_empty() => {
                anstream::println!("{GOOD}verified:{GOOD:#} all {files} files match the log")
            }
            (0, 0, None) => anstream::println!("all {files} files match this log"),
            (0, 0, Some(_)) => {
                anstream::println!("the log and its {files} files are verified; nothing else is")
            }
            (differing, added, _) => anstream::println!(
                "{BAD}FAILED:{BAD:#} {differing} of {files} files differ from the log, {added} follow from no entry; trust the entries under /log/, not these pages"
            ),
        }
    }

    /// The result for programs. `ahead` is by how many seconds T is ahead of this machine's clock, if it is.
    pub(super) fn json(&self, ahead: Option<u64>) -> serde_json::Value {
        let difference = |d: &Difference| {
            let from_byte = if let How::From(offset) = d.how { Some(offset) } else { None };
            let (missing, unexpected) = (d.how == How::Missing, d.how == How::Unexpected);
            serde_json::json!({"path": d.path, "from_byte": from_byte, "missing": missing, "unexpected": unexpected, "cause": d.cause.map(Cause::as_str)})
        };
        let redacted =
            |r: &Redacted| serde_json::json!({"entry": r.entry, "by": r.by, "reason": r.reason.as_str()});
        let why = self.objections.iter().cloned().chain(self.incomparable.iter().map(ToString::to_string));
        let why: Vec<String> = why.collect();
        serde_json::json!({
            "proven": self.is_sound() && self.incomparable.is_none(),
            "read": true,
            "entries": self.signed.tree().size,
            "root_hash": hash_text(&self.signed.tree().root),
            "time": self.time.to_string(),
            "ahead_seconds": ahead,
            "checkpoint": self.signed.note(),
            "roots": self.roots.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "roots_now": self.roots_now.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "redacted": self.redacted.iter().map(redacted).collect::<Vec<_>>(),
            "pending": self.pending,
            "files": self.files,
            "pages_compared": self.incomparable.is_none(),
            "why": (!why.is_empty()).then(|| why.join("; ")),
            "evidence": self.evidence,
            "differences": self.differences.iter().map(difference).collect::<Vec<_>>(),
        })
    }
}

fn print_difference(Difference { path, how, cause }: &Difference) {
    let path = printable(path);
    match how {
        How::From(offset) => anstream::println!("{BAD}differs:{BAD:#} {path}, from byte {offset} on"),
        How::Missing => anstream::println!("{BAD}missing:{BAD:#} {path}"),
        How::Unexpected => anstream::println!("{BAD}unexpected:{BAD:#} {path} follows from no entry"),
    }
    if let Some(cause) = cause {
        anstream::println!("  {}", cause.advice());
    }
}
