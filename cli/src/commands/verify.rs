//! `outband verify`: proves a copy, and that it does not contradict what was verified before, or another copy.

mod outcome;
mod proof;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use outband_keys::{VerifierKey, printable};
use outband_record::time::Time;
use outband_station::StationError;
use outband_station::verify::Unproven;

use crate::client::copy::Copy;
use crate::client::known::{Contradiction, Known, Signed};
use crate::signers::signing;
use crate::terminal::{self, BAD, GOOD, Guarantee as _, Nothing, OrJson as _};
use crate::when;
use outcome::Outcome;

/// Verify a copy of the page: log, signatures, every file
///
/// Every signature is checked against the roster of its time; every file is recomputed from the log and compared. Of two
/// copies, each is verified, and one log must be the other or the beginning of it.
///
/// With --root, or with --state, the newest verified checkpoint is kept: a log that later has fewer entries (a rollback),
/// or other ones (a split view), fails, and both signed checkpoints are kept as evidence. Without --state, the file is
/// OUTBAND_STATE or outband/checkpoints.json in your directory for state.
///
/// Exit status: 0 everything verified; 1 something differs, is too old, contradicts what was verified before, or is not
/// properly signed; 2 the copy could not be read; 3 the log verified, but the pages were NOT compared, because another
/// version of outband wrote them.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outband verify https://status.example.net --root status.example.net/alice/root+5ef2c0bd+AW…
  outband verify https://status.example.net --state seen.json --max-age 3m
  outband verify https://status.example.net ./mirror
  outband verify ./mirror")]
pub(crate) struct Verify {
    /// Base URL or directory of the copy; a second one is compared with the first
    #[arg(value_name = "URL or DIRECTORY", required = true, num_args = 1..=2)]
    copies: Vec<String>,
    /// Verifier key of a root in roster 1; may be repeated (default: trust the first roster)
    #[arg(long, value_name = "KEY")]
    root: Vec<String>,
    /// File of verified checkpoints: fail unless the log continues the one in it, then keep the new one
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Fail if the station last signed longer ago than this, such as 3m, 1h or 1d
    #[arg(long, value_name = "DURATION", value_parser = age)]
    max_age: Option<u64>,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
}

const UNPROVEN: u8 = 1;
const UNREADABLE: u8 = 2;
const NOT_COMPARED: u8 = 3;

/// T may be ahead of this machine's clock by this many seconds, since clocks differ a little.
const AHEAD_SECONDS: u64 = 60;

fn age(text: &str) -> Result<u64, String> {
    when::seconds(text).ok_or_else(|| "use a duration such as 3m, 2 hours or 1d".to_owned())
}

/// What there is to verify, and what was verified before.
struct Opened {
    copies: Vec<Copy>,
    roots: Option<Vec<VerifierKey>>,
    known: Option<Known>,
    now: Time,
}

impl Verify {
    /// Verifies and reports.
    pub(crate) fn run(self) -> ExitCode {
        let opened = match self.open().guarantee(Nothing::Verified).or_json(self.json) {
            Ok(opened) => opened,
            Err(error) => {
                terminal::print_error(&error);
                return ExitCode::from(UNREADABLE);
            }
        };
        let found: Vec<_> = opened.copies.iter().map(|copy| self.verify(copy, &opened)).collect();
        let disagreement = match disagreement(&found).map_err(Into::into).or_json(self.json) {
            Ok(disagreement) => disagreement,
            Err(error) => {
                terminal::print_error(&error);
                return ExitCode::from(UNPROVEN);
            }
        };
        let kept = if disagreement.is_none() { self.keep(&opened, &found) } else { Ok(()) };
        self.report(&opened, &found, disagreement.as_ref());
        if let Err(error) = kept {
            terminal::print_error(&error);
            return ExitCode::from(UNREADABLE);
        }
        let found: Vec<u8> = found.iter().map(status).collect();
        let worst = [UNPROVEN, UNREADABLE, NOT_COMPARED].into_iter().find(|status| found.contains(status));
        ExitCode::from(if disagreement.is_some() { UNPROVEN } else { worst.unwrap_or(0) })
    }

    fn open(&self) -> Result<Opened> {
        let roots = roots(&self.root)?;
        let copies = self.copies.iter().map(|place| Copy::open(place)).collect::<Result<_>>()?;
        let known = match &self.state {
            Some(path) => Some(Known::open(path).context("--state")?),
            // Without known roots, anybody could fill it.
            None if roots.is_none() => None,
            None => Known::of_user_or_warn(),
        };
        Ok(Opened { copies, roots, known, now: signing::now() })
    }

    fn verify(&self, copy: &Copy, opened: &Opened) -> Result<Outcome, Unproven> {
        let roots = opened.roots.as_deref();
        let mut outcome = proof::prove(copy, roots)?;
        let mut contradiction = self.contradiction(opened, &outcome)?;
        if let (Some((Contradiction::Shorter { .. }, _)), Some(fresh)) = (&contradiction, copy.past_caches())
        {
            // A cache may be behind.
            outcome = proof::prove(&fresh, roots)?;
            contradiction = self.contradiction(opened, &outcome)?;
        }
        if let Some((why, known)) = contradiction {
            outcome.objections.push(why.to_string());
            let kept = opened.known.as_ref().map(|file| file.keep_evidence(&why, known, &outcome.signed));
            outcome.evidence = terminal::or_warn(kept.transpose()).flatten();
        }
        outcome.objections.extend(self.max_age.and_then(|limit| too_old(outcome.time, opened.now, limit)));
        Ok(outcome)
    }

    /// How the log contradicts what was verified before. In a file named with --state, an origin has one log.
    fn contradiction<'o>(
        &self,
        opened: &'o Opened,
        outcome: &Outcome,
    ) -> Result<Option<(Contradiction, &'o Signed)>, Unproven> {
        let log = outcome.signed.log();
        let of = |known: &'o Known| if self.state.is_some() { known.of_origin(log) } else { known.of(log) };
        let Some(known) = opened.known.as_ref().and_then(of) else { return Ok(None) };
        Ok(continues(outcome, known)?.map(|why| (why, known)))
    }

    /// Keeps the checkpoints of what was verified. Only a file that was asked for must be writable.
    fn keep(&self, opened: &Opened, found: &[Result<Outcome, Unproven>]) -> Result<()> {
        let Some(known) = &opened.known else { return Ok(()) };
        for outcome in found.iter().flatten().filter(|outcome| outcome.is_sound()) {
            let kept = known.keep(&outcome.signed);
            if self.state.is_some() {
                kept?;
            } else {
                terminal::or_warn(kept);
            }
        }
        Ok(())
    }

    fn report(
        &self,
        opened: &Opened,
        found: &[Result<Outcome, Unproven>],
        disagreement: Option<&Contradiction>,
    ) {
        let mut documents = Vec::new();
        for (place, found) in self.copies.iter().zip(found) {
            let place = printable(place);
            let ahead = found.as_ref().ok().and_then(|outcome| ahead(outcome.time, opened.now));
            if let Some(seconds) = ahead {
                terminal::warn(&format!(
                    "{place}: the station's last signature is {seconds} seconds ahead of this machine's clock; one of the two is wrong, and ages cannot be trusted"
                ));
            }
            if self.json {
                documents.push(json(found, ahead));
                continue;
            }
            if found.is_ok() && self.copies.len() > 1 {
                anstream::println!("{place}");
            }
            match found {
                Ok(outcome) => outcome.print(opened.roots.is_some()),
                Err(unproven) => print_unproven(&place, unproven),
            }
        }
        match <[_; 1]>::try_from(documents) {
            Ok([document]) => terminal::print_json(&document),
            Err(documents) if self.json => self.print_both(documents, disagreement),
            Err(_) => print_agreement(found, disagreement),
        }
    }

    fn print_both(&self, mut documents: Vec<serde_json::Value>, disagreement: Option<&Contradiction>) {
        let is_proven = documents.iter().all(|document| document["proven"] == true) && disagreement.is_none();
        for (document, place) in documents.iter_mut().zip(&self.copies) {
            document["copy"] = place.as_str().into();
        }
        let why = disagreement.map(ToString::to_string);
        terminal::print_json(&serde_json::json!({"proven": is_proven, "why": why, "copies": documents}));
    }
}

/// The keys given with --root, if any.
pub(crate) fn roots(given: &[String]) -> Result<Option<Vec<VerifierKey>>> {
    // The file root.pub has a line for each root.
    let keys = given.iter().flat_map(|keys| keys.split_whitespace());
    let parse = |(before, text): (usize, &str)| {
        text.parse().with_context(|| format!("--root, key {}, is not a verifier key", before + 1))
    };
    let roots = keys.enumerate().map(parse).collect::<Result<Vec<_>>>()?;
    if roots.is_empty() && !given.is_empty() {
        bail!(
            "--root is empty: does the file with the key exist? Without --root, the first roster is trusted"
        );
    }
    Ok((!roots.is_empty()).then_some(roots))
}

/// How the log of one copy contradicts the other's.
fn disagreement(found: &[Result<Outcome, Unproven>]) -> Result<Option<Contradiction>, Unproven> {
    let [Ok(one), Ok(other)] = found else { return Ok(None) };
    let is_longer = one.signed.tree().size > other.signed.tree().size;
    let (longer, shorter) = if is_longer { (one, other) } else { (other, one) };
    continues(longer, &shorter.signed)
}

fn continues(outcome: &Outcome, earlier: &Signed) -> Result<Option<Contradiction>, Unproven> {
    let root_at = |size| outcome.hashes.root_at(size);
    let contradiction = outcome.signed.continues(earlier, root_at);
    contradiction.map_err(|error| Unproven::Failed(StationError::from(error)))
}

fn too_old(time: Time, now: Time, limit: u64) -> Option<String> {
    let seconds = now.posix().saturating_sub(time.posix());
    (seconds > limit).then(|| {
        format!(
            "too old: the station last signed {} minutes ago, at {time}, and --max-age allows {}. The copy is frozen, or the station is down",
            seconds / 60,
            limit / 60
        )
    })
}

/// By how many seconds T is ahead of the clock, if by too many.
fn ahead(time: Time, now: Time) -> Option<u64> {
    Some(time.posix().saturating_sub(now.posix())).filter(|seconds| *seconds > AHEAD_SECONDS)
}

fn status(found: &Result<Outcome, Unproven>) -> u8 {
    match found {
        Err(Unproven::Source(_)) => UNREADABLE,
        Err(_) => UNPROVEN,
        Ok(outcome) if !outcome.is_sound() => UNPROVEN,
        Ok(Outcome { incomparable: Some(_), .. }) => NOT_COMPARED,
        Ok(_) => 0,
    }
}

fn json(found: &Result<Outcome, Unproven>, ahead: Option<u64>) -> serde_json::Value {
    match found {
        Ok(outcome) => outcome.json(ahead),
        Err(unproven) => {
            let is_read = !matches!(unproven, Unproven::Source(_));
            serde_json::json!({"proven": false, "read": is_read, "why": printable(&unproven.to_string())})
        }
    }
}

fn print_unproven(place: &str, unproven: &Unproven) {
    let unread = matches!(unproven, Unproven::Source(_));
    let verdict = if unread { "could not be read" } else { "FAILED verification" };
    anstream::eprintln!("{BAD}{place} {verdict}:{BAD:#} {}", printable(&unproven.to_string()));
}

fn print_agreement(found: &[Result<Outcome, Unproven>], disagreement: Option<&Contradiction>) {
    let [one, other] = found else { return };
    match (one, other, disagreement) {
        (_, _, Some(why)) => anstream::println!(
            "{BAD}FAILED:{BAD:#} the copies contradict each other. {why}. Both signed checkpoints prove it; `--json` prints them"
        ),
        (Ok(one), Ok(other), None) if one.signed.tree() == other.signed.tree() => {
            anstream::println!("{GOOD}agreed:{GOOD:#} both copies have the same log")
        }
        (Ok(_), Ok(_), None) => {
            anstream::println!("{GOOD}agreed:{GOOD:#} the shorter log is the beginning of the longer one")
        }
        (_, _, None) => anstream::eprintln!("the copies were not compared with each other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::from_posix(1_000_000 + seconds)
    }

    #[test]
    fn a_copy_is_too_old_beyond_the_limit_only() {
        assert_eq!(too_old(at(0), at(180), 180), None);
        assert!(
            too_old(at(0), at(181), 180).unwrap().starts_with("too old: the station last signed 3 minutes")
        );
        assert_eq!(too_old(at(500), at(0), 180), None, "ahead of the clock");
    }

    #[test]
    fn a_time_ahead_of_the_clock_is_noticed_after_a_minute() {
        assert_eq!(ahead(at(60), at(0)), None);
        assert_eq!(ahead(at(61), at(0)), Some(61));
        assert_eq!(ahead(at(0), at(61)), None);
    }
}
