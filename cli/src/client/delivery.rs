//! Delivering a note: choosing its endpoints, sending it to all of them in parallel, and reporting the outcome.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use outband_keys::{Note, VerifierKey, printable};
use outband_record::text::Id;

use crate::client::answer::{Accepted, Answer};
use crate::client::endpoint::Endpoint;
use crate::client::outbox::Outbox;
use crate::client::receipt::{self, Receipt};
use crate::client::settings::Directory;
use crate::terminal::{self, BAD, GOOD};

// A `//` comment: clap would show a `///` comment as the help text of each command that flattens this.
// The options that say where notes are sent.
#[derive(clap::Args)]
pub(crate) struct Destination {
    /// Base URL to send to; may be repeated (default: endpoints in outband.toml)
    #[arg(long, value_name = "URL")]
    to: Vec<String>,
    /// Directory that contains outband.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

impl Destination {
    /// The directory, and the endpoints to send to.
    pub(crate) fn open(&self) -> Result<(Directory, Vec<Endpoint>)> {
        let directory = Directory::open(&self.dir)?;
        let endpoints = self.endpoints_or(&directory.settings.endpoints)?;
        Ok((directory, endpoints))
    }

    /// The endpoints to send to, and the roots of roster 1 if they are known. The directory needs no settings if the
    /// endpoints are given as options.
    pub(crate) fn endpoints(&self) -> Result<(Vec<Endpoint>, Option<Vec<VerifierKey>>)> {
        let directory = Directory::open_if_any(&self.dir)?;
        let roots = directory.as_ref().map(Directory::root_keys).transpose()?;
        let settings = directory.map(|directory| directory.settings.endpoints).unwrap_or_default();
        Ok((self.endpoints_or(&settings)?, roots))
    }

    /// The folder of notes, if the directory has settings.
    pub(crate) fn outbox(&self) -> Result<Option<Outbox>> {
        Ok(Directory::open_if_any(&self.dir)?.as_ref().map(Outbox::of))
    }

    fn endpoints_or(&self, settings: &[String]) -> Result<Vec<Endpoint>> {
        let urls = if self.to.is_empty() { settings } else { &self.to };
        if urls.is_empty() {
            bail!(
                "no endpoint to send to. Pass one with --to https://…, or the directory of outband.toml with --dir"
            );
        }
        urls.iter().map(|url| Endpoint::new(url)).collect()
    }

    /// The command that sends a saved note again, to the same endpoints.
    pub(crate) fn command_to_send(&self, note: &Path) -> String {
        self.command(&format!("send {}", terminal::word(&note.display().to_string())))
    }

    /// A command that uses the same directory and endpoints.
    pub(crate) fn command(&self, words: &str) -> String {
        let mut command = format!("{} {words}", terminal::program());
        for url in &self.to {
            command.push_str(&format!(" --to {}", terminal::word(url)));
        }
        if self.dir != Path::new(".") {
            command.push_str(&format!(" --dir {}", terminal::word(&self.dir.display().to_string())));
        }
        command
    }
}

/// The outcome of sending a note to all endpoints.
pub(crate) struct Delivery<'e> {
    /// The page that shows the note, by what it says itself.
    page: Option<String>,
    /// The responses, in order of arrival.
    answers: Vec<(&'e Endpoint, Checked)>,
    begun: Instant,
    visible: Visible,
}

/// An answer whose claims were checked.
struct Checked {
    answer: Answer,
    /// The receipt of an accepted note; `None` if no roots are known to check it with.
    receipt: Option<Receipt>,
}

/// Whether readers can see the update.
#[derive(Clone, Copy)]
enum Visible {
    Unasked,
    NotYet,
    After(Duration),
}

/// How a delivery is reported.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Report {
    /// Each response as it arrives, then a summary.
    Lines,
    /// Nothing: JSON follows at the end.
    Json,
}

impl Report {
    /// As asked for with `--json`.
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Lines }
    }
}

/// How long to wait until readers can see the update.
const VISIBLE_TIME: Duration = Duration::from_secs(20);
const VISIBLE_STEP: Duration = Duration::from_millis(100);

impl<'e> Delivery<'e> {
    /// Sends `note` to all of `endpoints` in parallel, so that a dead one does not delay the responses of the others.
    /// `roots` are those of roster 1, if they are known.
    pub(crate) fn send(
        endpoints: &'e [Endpoint],
        note: &[u8],
        roots: Option<&[VerifierKey]>,
        report: Report,
    ) -> Self {
        let page = Note::parse(note).ok().and_then(|note| receipt::page(&note));
        let mut delivery =
            Self { page, answers: Vec::new(), begun: Instant::now(), visible: Visible::Unasked };
        let (answered, answers) = mpsc::channel();
        std::thread::scope(|scope| {
            for endpoint in endpoints {
                let answered = answered.clone();
                scope.spawn(move || {
                    let waiting = |time: Duration| {
                        let seconds = time.as_secs();
                        anstream::eprintln!("{}: busy, retrying in {seconds} s", endpoint.url());
                    };
                    // This fails only if the receiving side has panicked.
                    let _ = answered.send((endpoint, Checked::of(endpoint, note, roots, waiting)));
                });
            }
            drop(answered);
            for (endpoint, answer) in answers {
                if report == Report::Lines {
                    answer.print(endpoint.url(), endpoints.len() > 1);
                }
                delivery.answers.push((endpoint, answer));
            }
        });
        delivery
    }

    /// Waits until the update is visible on its page at the endpoint that accepted it first.
    pub(crate) fn await_visible(&mut self, update: &Id) {
        self.visible = self.watch(update);
    }

    fn watch(&self, update: &Id) -> Visible {
        let (Some((endpoint, _)), Some(page)) = (self.accepted().next(), &self.page) else {
            return Visible::Unasked;
        };
        // Another endpoint may have used up that time by not answering.
        let asked = Instant::now();
        while asked.elapsed() < VISIBLE_TIME {
            let found = endpoint.get(page, false).ok().flatten();
            // Every update is an element with this id on its page.
            let shows =
                found.is_some_and(|file| String::from_utf8_lossy(&file.body).contains(update.as_str()));
            if shows {
                return Visible::After(self.begun.elapsed());
            }
            std::thread::sleep(VISIBLE_STEP);
        }
        Visible::NotYet
    }

    /// Whether at least one endpoint accepted it.
    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted().next().is_some()
    }

    /// Whether the log has it: a second station alone may be lost before it has passed it on.
    pub(crate) fn is_logged(&self) -> bool {
        self.accepted().any(|(_, accepted)| accepted.index.is_some())
    }

    /// Whether a station refused the note for good.
    pub(crate) fn is_refused(&self) -> bool {
        self.answers.iter().any(|(_, checked)| matches!(checked.answer, Answer::Refused(_)))
    }

    /// Whether a station may have it already.
    pub(crate) fn is_undecided(&self) -> bool {
        self.answers.iter().any(|(_, checked)| matches!(checked.answer, Answer::Later(_)))
    }

    /// Whether a station does not take it at the moment, but may accept it unchanged later.
    pub(crate) fn is_postponed(&self) -> bool {
        self.answers.iter().any(|(_, checked)| matches!(checked.answer, Answer::Busy(_)))
    }

    fn accepted(&self) -> impl Iterator<Item = (&'e Endpoint, &Accepted)> {
        self.answers.iter().filter_map(|(endpoint, checked)| match &checked.answer {
            Answer::Accepted(accepted) => Some((*endpoint, accepted)),
            Answer::Refused(_) | Answer::Later(_) | Answer::Busy(_) | Answer::Failed(_) => None,
        })
    }

    /// Keeps the receipts beside the note that they are for. A failure is only a warning: the note is published.
    pub(crate) fn keep_receipts(&self, note: &Path) {
        for receipt in self.answers.iter().filter_map(|(_, checked)| checked.receipt.as_ref()) {
            terminal::or_warn(receipt.keep_beside(note));
        }
    }

    /// Says the outcome over all endpoints.
    pub(crate) fn say(&self) {
        let Some((endpoint, first)) = self.accepted().next() else { return };
        let (accepted, all) = (self.accepted().count(), self.answers.len());
        let at = if all == 1 { String::new() } else { format!(" at {accepted} of {all} endpoints") };
        let (good, place, url) = (GOOD, first.place(), endpoint.url());
        let Some(page) = &self.page else {
            anstream::println!("{good}Accepted ({place}){good:#}{at}");
            return;
        };
        anstream::println!("{good}Published ({place}){good:#}{at}: {url}{page}");
    }

    /// Says whether readers see it.
    pub(crate) fn say_seen(&self) {
        let Some(((endpoint, _), page)) = self.accepted().next().zip(self.page.as_ref()) else { return };
        let (good, bad, url) = (GOOD, BAD, endpoint.url());
        match self.visible {
            Visible::Unasked => {}
            Visible::NotYet => anstream::println!("{bad}READERS DO NOT SEE IT YET:{bad:#} {url}{page}"),
            Visible::After(_) => anstream::println!("{good}READERS SEE IT:{good:#} {url}{page}"),
        }
    }

    /// The outcome as JSON; `note` is where the note is saved.
    pub(crate) fn json(&self, note: Option<&Path>) -> serde_json::Value {
        let answer = |(endpoint, checked): &(&Endpoint, Checked)| {
            let endpoint = endpoint.url();
            match &checked.answer {
                Answer::Accepted(a) => {
                    let received = checked.receipt.as_ref().map(|receipt| receipt.received.to_string());
                    serde_json::json!({"endpoint": endpoint, "accepted": true, "index": a.index, "received": received, "page": self.page, "remark": a.remark})
                }
                Answer::Refused(problem) => {
                    let why = problem.explain("refused");
                    serde_json::json!({"endpoint": endpoint, "accepted": false, "may_be_in_log": false, "send_again": false, "why": why})
                }
                Answer::Later(why) => {
                    serde_json::json!({"endpoint": endpoint, "accepted": false, "may_be_in_log": true, "send_again": true, "why": why})
                }
                Answer::Failed(why) | Answer::Busy(why) => {
                    serde_json::json!({"endpoint": endpoint, "accepted": false, "may_be_in_log": false, "send_again": true, "why": why})
                }
            }
        };
        let visible = if let Visible::After(time) = self.visible { Some(time.as_secs_f64()) } else { None };
        let endpoints: Vec<_> = self.answers.iter().map(answer).collect();
        serde_json::json!({
            "note": note,
            "accepted": self.is_accepted(),
            "may_be_in_log": self.is_accepted() || self.is_undecided(),
            "endpoints": endpoints,
            "visible_after_seconds": visible,
        })
    }
}

impl Checked {
    /// Sends the note to one endpoint, and checks the receipt if it claims to have accepted it.
    fn of(
        endpoint: &Endpoint,
        note: &[u8],
        roots: Option<&[VerifierKey]>,
        waiting: impl Fn(Duration),
    ) -> Self {
        let answer = endpoint.send(note, waiting);
        let roots = roots.filter(|roots| !roots.is_empty());
        let (Answer::Accepted(accepted), Some(roots)) = (&answer, roots) else {
            return Self { answer, receipt: None };
        };
        let verify = |note: Note| Receipt::verify(accepted.receipt.as_deref(), &note, endpoint, roots);
        match Note::parse(note).map_err(anyhow::Error::from).and_then(verify) {
            Ok(receipt) => Self { answer, receipt: Some(receipt) },
            Err(error) => {
                let why = format!(
                    "it says that it accepted the note, but {error:#}. Do not rely on it: send the note to another endpoint, and run `outband verify {}`",
                    endpoint.url()
                );
                Self { answer: Answer::Later(why), receipt: None }
            }
        }
    }

    /// Prints it as soon as it arrives.
    fn print(&self, url: &str, several: bool) {
        let (good, bad) = (GOOD, BAD);
        match &self.answer {
            Answer::Accepted(accepted) => {
                if several {
                    anstream::println!("{good}{url}{good:#}: accepted ({})", accepted.place());
                }
                if let Some(remark) = &accepted.remark {
                    anstream::println!("{url}: {}", printable(remark));
                }
                if self.receipt.is_none() {
                    anstream::eprintln!(
                        "{url}: the receipt was not checked, since no root keys are known here; to check it, pass the directory of outband.toml with --dir"
                    );
                }
            }
            Answer::Refused(problem) => {
                anstream::eprintln!("{bad}{url}{bad:#}: {}", problem.explain("refused"))
            }
            Answer::Later(why) | Answer::Busy(why) | Answer::Failed(why) => {
                anstream::eprintln!("{bad}{url}{bad:#}: {}", terminal::text(why))
            }
        }
    }
}
